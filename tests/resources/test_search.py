"""What is found, in which order, and how many of each kind there are. Sources: STACK.md, "Search"; SAFETY.md, S6."""

import random

from engage.database import fold
from engage.engagement.rules import Mode
from engage.resources import search
from engage.resources.models import Resource
from engage.resources.record import Term
from engage.resources.rules import Format, ResourceState
from engage.resources.search import Wanted, find, spelled_nearly, suggest
from tests import make


async def titles(school, text="", **choices) -> list[str]:
    found = await find(school.card.id, Wanted(text, **choices))
    assert found.total == len(found.rows)
    return [row["title"] for row in found.rows]


async def test_words_are_found_in_every_field_whatever_their_accents_and_case(school):
    await make.resource("Le Café", creator="Zoë Ångström", summary="Un été à Œuvre.", subjects=(Term("Šárka"),))
    for text in ("cafe", "CAFÉ", "zoe", "angstrom", "ete", "sarka", "cafe zoe ete", "œuvre", "œuv", "ca"):
        assert await titles(school, text) == ["Le Café"], text
    for text in ("cafes", "ngstrom", "cafe nothing", "zzz"):
        assert await titles(school, text) == [], text


async def test_a_title_stands_before_a_creator_a_subject_and_a_summary(school):
    await make.resource("Cooking", summary="A fox in the kitchen.")
    await make.resource("Animals", subjects=(Term("Foxes"), Term("Fox")))
    await make.resource("Poems", creator="Paula Fox")
    await make.resource("Fox in socks")
    await make.resource("Foxfire", popularity=5)
    await make.resource("Fox")
    assert await titles(school, "fox") == ["Fox", "Foxfire", "Fox in socks", "Poems", "Animals", "Cooking"]


async def test_words_may_stand_in_different_fields(school):
    await make.resource("Coraline", creator="Neil Gaiman")
    await make.resource("Gaiman's Coraline: a study", creator="Somebody")
    assert await titles(school, "gaiman coraline") == ["Gaiman's Coraline: a study", "Coraline"]


async def test_what_is_on_lists_stands_first_among_equals(school):
    await make.resource("Owl babies")
    await make.resource("Owl moon", popularity=3)
    await make.resource("Owl at home", popularity=1)
    assert await titles(school, "owl") == ["Owl moon", "Owl at home", "Owl babies"]
    assert await titles(school) == ["Owl moon", "Owl at home", "Owl babies"]


async def test_an_isbn_is_found_however_it_is_written(school):
    await make.resource("Owl moon", identifiers=(("isbn", "9780399214578"),))
    await make.resource("9780399214578 things")
    for text in ("9780399214578", "0-399-21457-7", "978 0 399 21457 8", "ISBN 0399214577"):
        assert await titles(school, text) == ["Owl moon"], text


async def test_what_was_changed_is_found_by_its_new_words_only(school):
    made = await make.resource("Owl moon")
    made.search_text = "ᵗbear"
    await made.save(update_fields=["search_text"])
    assert await titles(school, "bear") == ["Owl moon"]
    assert await titles(school, "owl") == []
    await made.delete()
    assert await titles(school, "bear") == []


async def test_neither_other_schools_nor_what_is_withdrawn_is_found_or_counted(school):
    await make.resource("Owl moon", school="roosevelt")
    gone = await make.resource("Owl at home")
    gone.state = ResourceState.WITHDRAWN
    await gone.save(update_fields=["state"])
    found = await find(school.card.id, Wanted("owl"))
    assert (found.total, found.rows, found.facets.mode, found.near) == (0, [], {}, [])
    assert await titles(school, "owl", states=(ResourceState.OFFERED, ResourceState.WITHDRAWN)) == ["Owl at home"]


async def test_choices_narrow_and_are_counted_as_if_each_were_free(school):
    await make.resource("Owl moon", call_number="E YOL", language="en", audience_low=0, audience_high=3)
    await make.resource("Owl talk", mode=Mode.LISTENING, format=Format.EPISODE, url="https://e.org/a", language="en")
    await make.resource(
        "Búho", other_titles=("Owl",), language="es", audience_low=3, call_number="E B", url="https://e.org/b"
    )
    assert await titles(school, "owl", mode=Mode.LISTENING) == ["Owl talk"]
    assert await titles(school, "owl", format=Format.BOOK) == ["Búho", "Owl moon"]
    assert await titles(school, "owl", language="es") == ["Búho"]
    assert await titles(school, "owl", band="early") == ["Owl moon"]
    assert await titles(school, "owl", band="high") == ["Búho"]
    assert await titles(school, "owl", place="online") == ["Búho", "Owl talk"]
    assert await titles(school, "owl", place="here", language="en") == ["Owl moon"]

    found = await find(school.card.id, Wanted("owl", mode=Mode.READING, language="es"))
    assert found.total == 1
    assert found.facets.mode == {"reading": 1}
    assert found.facets.language == {"en": 1, "es": 1}
    assert found.facets.place == {"here": 1, "online": 1}
    assert found.facets.band == {"middle": 1, "upper": 1, "high": 1}


async def test_facets_agree_with_what_choosing_them_finds(school):
    chance = random.Random(7)
    for number in range(60):
        low = chance.choice([None, -1, 0, 3, 6, 9])
        await make.resource(
            f"Owl {number}",
            mode=chance.choice(list(Mode)),
            format=chance.choice([Format.BOOK, Format.FILM, Format.EPISODE]),
            language=chance.choice(["en", "es", ""]),
            audience_low=low,
            audience_high=None if low is None else chance.choice([None, low, low + 3]),
            call_number=chance.choice(["", "E"]),
            url=chance.choice(["", "https://example.org/x"]),
            pages=chance.choice([None, 30, 50, 200, 201]),
            minutes=chance.choice([None, 14, 15, 46]),
            subjects=tuple(Term(word) for word in chance.sample(["Owls", "Night", "Snow"], k=chance.randint(0, 3))),
        )
    kinds = {"mode": Mode, "format": Format} | dict.fromkeys(("band", "language", "place", "ready", "length"), str)
    kinds["subject"] = str
    chosen = {"mode": Mode.READING, "language": "en"}
    found = await find(school.card.id, Wanted("owl", **chosen))
    for name, kind in kinds.items():
        for value, count in getattr(found.facets, name).items():
            asked = Wanted("owl", **(chosen | {name: kind(value)}))
            assert (await find(school.card.id, asked)).total == count, (name, value)


async def test_pages_hold_everything_once(school):
    for number in range(60):
        await make.resource(f"Owl {number:02}")
    seen = []
    for page in (1, 2, 3):
        found = await find(school.card.id, Wanted("owl"), page)
        assert (found.total, found.pages, found.page) == (60, 3, page)
        seen += [row["title"] for row in found.rows]
    assert seen == [f"Owl {number:02}" for number in range(60)]
    assert (await find(school.card.id, Wanted("owl"), 99)).page == 3


async def test_a_search_costs_a_steady_number_of_statements_however_much_it_finds(school, statements):
    async def cost(number: int) -> tuple[int, int]:
        for each in range(number):
            await make.resource(f"Owl {each}", call_number="E")
        statements.forget()
        await find(school.card.id, Wanted("owl", mode=Mode.READING))
        paged = len(statements)
        statements.forget()
        await suggest(school.card.id, "owl")
        return paged, len(statements)

    few, many = await cost(1), await cost(120)
    assert few >= many
    assert max(few) <= 9


SYNTAX = """' " \'\' "" * owl* owl\\ \\' % _ owl;-- ? $1 $$ rowid resource_text r.id
title:owl ^owl -owl (owl owl) {owl} a:* 'owl':*
owl.com http://owl.org/x owl@moon.org a/b/c 1-2-3 -1 0 1e5 1.5 {{7*7}} <script> \u202eowl \u1d57owl \u1d9c \u1d57
\U0001f989 \u0130 \u00df \ufb03 \u2177 \u2460 \u00b2 \u0301
\u65e5\u672c\u8a9e \u0e44\u0e17\u0e22 \u0928\u092e\u0938\u094d\u0924\u0947"""
HOSTILE = [
    *SYNTAX.split(),
    *("owl OR 1=1", "owl' OR '1'='1", 'owl" OR "a', "NEAR(owl moon)", "owl NOT moon", "owl AND", "owl & | !"),
    *("'; DROP TABLE resource; --", "owl " * 60, "x" * 5_000, "\u0430" * 300, "\ufdfa" * 60, "e\u0301" * 40, "\ud7ff"),
]


async def test_what_is_typed_is_never_more_than_words(school):
    await make.resource("Owl moon")
    for text in HOSTILE:
        assert (await find(school.card.id, Wanted(text))).total in (0, 1), text
        assert (
            await find(school.card.id, Wanted("owl", subject=text, language=text, place=text, band=text))
        ).total in (0, 1), text
    assert (await find(school.card.id, Wanted("owl"))).total == 1


async def test_every_kind_of_word_that_is_kept_is_found(school):
    """Both databases cut a text into the words that we cut it into; a word they cut otherwise would be lost."""
    chance = random.Random(3)
    letters = "abcxyz0189éßøłﬁ日本ไनक字ـא٣½²ⅷªº\u2019\u00b7\u02bc"
    for _ in range(60):
        word = "".join(chance.choices(letters, k=chance.randint(1, 7)))
        made = await make.resource(f"{word} 5e3x 1e5 0x1f a1b2", creator=f"q{word}")
        for part in (*fold.words(word), "5e3x", "1e5", "0x1f", "a1b2"):
            found = await find(school.card.id, Wanted(part))
            assert made.key in {row["key"] for row in found.rows} or found.total > 24, (word, part)


async def test_nothing_found_offers_what_is_spelled_nearly_so(school):
    await make.resource("Harry Potter and the goblet of fire", creator="J. K. Rowling")
    await make.resource("Pottery", creator="Rowan Lee", school="roosevelt")
    found = await find(school.card.id, Wanted("hary poter"))
    assert (found.total, found.near[0]) == (0, "harry potter")
    assert (await find(school.card.id, Wanted(found.near[0]))).total == 1
    assert (await find(school.card.id, Wanted("qqqq"))).near == []


async def test_nothing_found_offers_what_may_be_meant_by_a_child(school):
    await make.resource("Dog Man", creator="Dav Pilkey", format=Format.GRAPHIC_NOVEL)
    await make.resource("A Wrinkle in Time", creator="Madeleine L'Engle")
    await make.resource("Snowman Paul")
    await make.resource("Sharks and rays", summary="A book about the sea.")
    await make.resource("Spider Man", school="roosevelt")
    await make.resource("Doran and Dolan", creator="Ann Lehne")
    for typed, meant in {
        "dogman": ["dog man"],
        "dogman 2": ["dog man"],
        "DOG MAN #3": ["dog man"],
        "lengle": ["l engle"],
        "snow man paul": ["snowman paul"],
        "i want a book about sharks": ["sharks"],
        "graphic novel dog man": ["dog man"],
        "books about sharcks": ["sharks"],
        "spiderman": [],
        "harry potter": [],
    }.items():
        assert (await find(school.card.id, Wanted(typed))).near[:1] == meant, typed
        for each in meant:
            assert (await find(school.card.id, Wanted(each))).total == 1
    assert (await suggest(school.card.id, "dogman")).near[0] == "dog man"


async def test_a_pasted_title_is_nearly_one_of_ours_only_with_all_its_words(school):
    await make.resource("Stars")
    await make.resource("Dog Man")
    assert await spelled_nearly(school.card.id, "Number the Stars", 3) == []
    assert await spelled_nearly(school.card.id, "A Book about Stars", 3) == []
    assert [row["title"] for row in await spelled_nearly(school.card.id, "Dog Mann", 3)] == ["Dog Man"]


async def test_a_kind_that_was_typed_is_offered_as_a_choice_where_there_are_such_things(school):
    await make.resource("Dog Man", creator="Dav Pilkey", format=Format.GRAPHIC_NOVEL)
    await make.resource("Owl moon")
    await make.resource("Talk", format=Format.PODCAST, mode=Mode.LISTENING, school="roosevelt")
    for typed, kind in {
        "graphic novels": (Format.GRAPHIC_NOVEL, ""),
        "comics about dogs man": None,
        "comic books by pilkey": (Format.GRAPHIC_NOVEL, "pilkey"),
        "podcasts": None,
        "owl comics": None,
        "zzz": None,
    }.items():
        assert (await find(school.card.id, Wanted(typed))).kind == kind, typed


async def test_withdrawing_a_resource_takes_it_out_of_the_index_with_its_row(school):
    made = await make.resource("Owl moon")
    await Resource.filter(school_id=school.card.id, id=made.id).delete()
    assert (await find(school.card.id, Wanted("owl"))).total == 0


async def test_what_is_ready_and_how_long_it_is_narrow_too(school):
    await make.resource("Owl moon", call_number="E YOL", pages=32)
    await make.resource("Owl talk", mode=Mode.LISTENING, format=Format.EPISODE, url="https://e.org/a", minutes=20)
    await make.resource("Owl tome", pages=900, minutes=10)
    assert await titles(school, "owl", ready="now") == ["Owl moon", "Owl talk"]
    assert await titles(school, "owl", length="thin") == ["Owl moon"]
    assert await titles(school, "owl", length="sitting") == ["Owl talk"]
    assert await titles(school, "owl", length="thick") == ["Owl tome"]
    found = await find(school.card.id, Wanted("owl"))
    assert found.facets.length == {"thin": 1, "sitting": 1, "thick": 1}
    assert found.facets.ready == {"now": 2}


async def test_subjects_of_what_was_found_are_counted_the_most_frequent_first(school):
    await make.resource("Owl moon", subjects=(Term("Owls"), Term("Winter")))
    await make.resource("Owl babies", subjects=(Term("Owls"),))
    await make.resource("Snow", subjects=(Term("Winter"),))
    await make.resource("Owl abroad", subjects=(Term("Travel"),), school="roosevelt")
    found = await find(school.card.id, Wanted("owl"))
    assert list(found.facets.subject.items()) == [("Owls", 2), ("Winter", 1)]


async def test_more_than_can_be_counted_is_said_to_be_many_and_still_found_whole(school, monkeypatch):
    monkeypatch.setattr(search, "COUNTED", 10)
    for number in range(14):
        await make.resource(f"Owl {number:02}", language="es" if number >= 12 else "en", call_number="E")
    found = await find(school.card.id, Wanted("owl"))
    assert (found.many, found.facets.counted, len(found.rows)) == (10, False, 14)
    narrowed = await find(school.card.id, Wanted("owl", language="es"))
    assert (narrowed.total, narrowed.many) == (2, 0)
    assert [row["title"] for row in narrowed.rows] == ["Owl 12", "Owl 13"]
    few = await find(school.card.id, Wanted("owl 01"))
    assert (few.total, few.many, few.facets.counted) == (1, 0, True)


async def suggested(school, text: str) -> list[str]:
    return [row["title"] for row in (await suggest(school.card.id, text)).rows]


async def test_what_is_offered_while_one_types_is_ranked_as_the_page_ranks(school):
    await make.resource("Cooking", summary="A fox in the kitchen.", popularity=9)
    await make.resource("Animals", subjects=(Term("Foxes"),), popularity=8)
    await make.resource("Poems", creator="Paula Fox", popularity=7)
    await make.resource("Fox in socks")
    await make.resource("Foxfire", popularity=5)
    await make.resource("Fox")
    assert await suggested(school, "fo") == ["Foxfire", "Fox", "Fox in socks", "Poems", "Animals", "Cooking"]
    assert await suggested(school, "FOX") == ["Fox", "Foxfire", "Fox in socks", "Poems", "Animals", "Cooking"]
    assert await suggested(school, "fox i") == ["Fox in socks", "Cooking"]
    assert await suggested(school, "") == await suggested(school, "zz") == []


async def test_of_many_the_most_popular_are_offered_whatever_their_number(school):
    for number in range(450):
        await make.resource(f"Owl {number}" if number % 3 else f"Book {number}", summary="owl")
    await make.resource("The last owl", popularity=2)
    await make.resource("Owl of lists", popularity=3000)
    await make.resource("Bear of lists", popularity=9, summary="owl")
    rare = await make.resource("Xylophone owl")
    found = await suggested(school, "owl")
    assert (len(found), found[:2]) == (8, ["Owl of lists", "The last owl"])
    assert await suggested(school, "x") == await suggested(school, "owl xyl") == ["Xylophone owl"]
    assert (await suggested(school, "bear ow"))[0] == "Bear of lists"
    rare.popularity = 5
    await rare.save(update_fields=["popularity"])
    assert (await suggested(school, "owl"))[1] == "Xylophone owl"


async def test_a_school_is_offered_its_own_and_what_is_still_there(school):
    await make.resource("Owl moon", school="roosevelt", popularity=5)
    gone = await make.resource("Owl at home", popularity=5)
    gone.state = ResourceState.WITHDRAWN
    await gone.save(update_fields=["state"])
    assert (await suggest(school.card.id, "owl")) == search.Suggested([], [])
    gone.state = ResourceState.OFFERED
    await gone.save(update_fields=["state"])
    assert await suggested(school, "owl") == ["Owl at home"]


async def test_a_misspelled_word_is_offered_as_it_is_spelled_here(school):
    await make.resource("Harry Potter", creator="J. K. Rowling")
    await make.resource("Rowlingson", school="roosevelt")
    for text, meant in (("hary poter", "harry potter"), ("rwoling", "rowling"), ("potterr", "potter")):
        found = await suggest(school.card.id, text)
        assert (found.rows, found.near[0]) == ([], meant), text
    for text in ("rowlingsn", "qq", "zzzzz", "a" * 500, "\uffff\uffff\uffff", "'\"'", "é\u0301\u0301\u0301"):
        assert (await suggest(school.card.id, text)).near in ([], ["rowling"]), text
