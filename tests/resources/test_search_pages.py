"""The search, one resource, and the page before another site, as a visitor, a student and the staff see them."""

import pytest

from engage.engagement.diary import flush_openings
from engage.engagement.models import DailyFigure
from engage.engagement.rules import Kind, Mode
from engage.resources.keeping import keep_resource
from engage.resources.models import Resource
from engage.resources.record import CatalogueRecord, Level, Maker, Term
from engage.resources.rules import Format, ResourceState
from engage.web import limits
from engage.web.limits import SmallGate
from tests import make
from tests.school import words_of


async def test_everybody_finds_what_the_library_has(browser, sam, tom, ada):
    await make.resource("Owl moon", call_number="E YOL", summary="Snow.", identifiers=(("isbn", "9780399214578"),))
    for who in (None, sam, tom, ada):
        page = await browser.sign_in(who).get("/search?q=owl")
        assert page.status_code == 200
        words = words_of(page)
        assert ("Owl moon" in words, "E YOL" in words, "1 thing for “owl”" in words) == (True, True, True)
    assert "Owl moon" in words_of(await browser.get("/search?q=9780399214578"))


async def test_another_school_finds_its_own(browser, school):
    await make.resource("Owl moon")
    assert "Owl moon" not in words_of(await browser.get("/roosevelt/search?q=owl"))
    assert "Owl moon" not in words_of(await browser.sign_in(school.rosa).get("/roosevelt/search?q=owl"))


async def test_nothing_found_says_what_to_do_and_offers_near_spellings(browser):
    await make.resource("Harry Potter")
    page = await browser.get("/search?q=hary+poter")
    assert "Try fewer words" in words_of(page)
    assert 'href="/lincoln/search?q=harry+potter"' in page.text


async def test_a_kind_that_was_typed_is_one_click_away(browser):
    await make.resource("Dog Man", format=Format.GRAPHIC_NOVEL)
    page = await browser.get("/search?q=graphic+novels")
    assert "Kind: graphic novel" in words_of(page)
    assert 'href="/lincoln/search?kind=graphic+novel"' in page.text
    assert "Dog Man" in words_of(await browser.get("/search?kind=graphic+novel"))
    page = await browser.get("/search?q=graphic+novel+about+dogs")
    assert "dogs, kind" not in words_of(page)


async def test_choices_narrow_by_links_and_by_a_form(browser):
    await make.resource("Owl moon", call_number="E YOL", language="en")
    await make.resource("Owl talk", mode=Mode.LISTENING, format=Format.EPISODE, url="https://e.org/a", language="es")
    page = await browser.get("/search?q=owl")
    assert 'href="/lincoln/search?q=owl&amp;mode=listening"' in page.text
    for said in (
        "Book (1)",
        "Podcast episode (1)",
        "In our library (1)",
        "Online now (1)",
        "English (1)",
        "Spanish (1)",
    ):
        assert said in words_of(page)
    assert "Owl moon" not in words_of(await browser.get("/search?q=owl&mode=listening"))
    narrowed = words_of(await browser.get("/search?q=owl&where=here&language=es"))
    assert "Nothing found" in narrowed


@pytest.mark.parametrize(
    "query",
    ["page=x", "page=-1", "page=99999", "mode=zzz", "ages=7", "where=there", "language=" + "x" * 90,
     "subject=%27%22", "q=%22%20OR%201", "q=%3Cscript%3E", "mode=reading&mode=viewing", "state=withdrawn"],
)  # fmt: skip
async def test_what_cannot_be_read_in_an_address_is_left_out(browser, query):
    await make.resource("Owl moon")
    page = await browser.get(f"/search?{query}")
    assert page.status_code == 200
    assert "<script>" not in page.text.replace("<script src", "")


async def test_what_others_wrote_is_text_on_every_page(browser, ada):
    nasty = "<img src=x onerror=alert(1)>\"'{{7919*7907}}"
    made = await make.resource(
        nasty,
        creator=nasty,
        summary=nasty,
        call_number=nasty,
        url="https://example.org/'\"><script>x</script>".replace("<", "%3C").replace(">", "%3E").replace('"', "%22"),
        subjects=(Term(nasty),),
        series=nasty,
        other_titles=(nasty,),
    )
    browser.sign_in(ada)
    for path in ("/search?q=img", f"/resources/{made.key}", f"/resources/{made.key}/out", "/curate/resources",
                 f"/curate/resources/{made.key}/edit"):  # fmt: skip
        page = await browser.get(path)
        assert page.status_code == 200, path
        assert "<img src=x" not in page.text
        assert str(7919 * 7907) not in page.text


async def test_searching_costs_as_many_statements_for_much_as_for_little(browser, sam, statements):
    async def asked(path: str) -> int:
        statements.forget()
        assert (await browser.get(path)).status_code == 200
        return len(statements)

    await make.resource("Owl 0", call_number="E")
    browser.sign_in(sam)
    await browser.get("/search")
    few = await asked("/search?q=owl")
    for number in range(1, 40):
        await make.resource(f"Owl {number}", call_number="E", url="https://example.org/x")
    assert await asked("/search?q=owl") == few <= 8


async def test_a_resource_shows_what_it_is_and_where(browser, sam):
    made = await make.resource(
        "Coraline",
        creator="Neil Gaiman",
        summary="A girl finds a door.",
        call_number="FIC GAI",
        url="https://example.org/coraline",
        language="en",
        audience_low=4,
        audience_high=8,
        year=2002,
        pages=162,
        publisher="HarperCollins",
        series="None, 1",
        subjects=(Term("Doors"), Term("Newbery Honor", "award")),
        identifiers=(("isbn", "9780380977789"),),
        other_titles=("Coralina",),
        measures=(Level("Lexile", "740L"),),
    )
    for who in (None, sam):
        page = await browser.sign_in(who).get(f"/resources/{made.key}")
        words = words_of(page)
        for said in ("Coraline", "Neil Gaiman", "A girl finds a door.", "FIC GAI", "example.org", "Grades 4 to 8",
                     "162 pages",
                     "HarperCollins, 2002", "978-0-380-97778-9", "Coralina", "Newbery Honor"):  # fmt: skip
            assert said in words, said
        # reading measures are never public, and nobody's browser is sent to another site before it is told
        assert "740L" not in page.text
        assert 'href="https://example.org' not in page.text
        assert 'href="/lincoln/search?subject=Doors"' in page.text
    assert "I read this" in words_of(page)


async def test_makers_are_named_with_what_they_did(browser, school):
    known = CatalogueRecord("Owl moon", makers=(Maker("Jane Yolen"), Maker("John Schoenherr", "illustrator")))
    made = await keep_resource(school.card.id, known)
    assert "Jane Yolen . Illustrator John Schoenherr" in words_of(await browser.get(f"/resources/{made.key}"))


async def test_a_resource_names_the_lists_that_the_reader_may_see(browser, ada, sam):
    made = await make.resource("Owl moon")
    await make.curated_list(by=ada, title="Night walks", items=[made], published=True)
    await make.curated_list(by=ada, title="Not yet", items=[made])
    page = words_of(await browser.sign_in(sam).get(f"/resources/{made.key}"))
    assert ("Night walks" in page, "Not yet" in page) == (True, False)


async def test_what_is_not_there_for_a_reader_is_not_found(browser, school, sam, tom, ada):
    made = await make.resource("Owl moon", url="https://example.org/a")
    other = await make.resource("Other", school="roosevelt", url="https://example.org/a")
    await Resource.filter(school_id=school.card.id, id=made.id).update(state=ResourceState.WITHDRAWN)
    for who in (None, sam, tom):
        for key in (made.key, other.key, "0000000000000"):
            for tail in ("", "/out"):
                page = await browser.sign_in(who).get(f"/resources/{key}{tail}")
                assert page.status_code == 404
    page = await browser.sign_in(ada).get(f"/resources/{made.key}")
    assert (page.status_code, "No longer offered" in words_of(page)) == (200, True)
    assert (await browser.get(f"/resources/{other.key}")).status_code == 404


async def test_leaving_says_where_to_and_what_the_library_tells(browser, sam):
    made = await make.resource("StarDate", mode=Mode.LISTENING, url="https://www.stardate.org/a?b=1&c=2")
    page = await browser.sign_in(sam).get(f"/resources/{made.key}/out")
    assert "You are leaving for stardate.org" in words_of(page)
    assert 'href="https://www.stardate.org/a?b=1&amp;c=2" rel="noreferrer noopener"' in page.text
    assert (await browser.get(f"/resources/{made.key}/out?to=2")).status_code == 404
    assert (await browser.get(f"/resources/{made.key}/out?to=x")).status_code == 200


async def test_an_opened_resource_is_counted_without_a_person(browser, school, sam, ada):
    made = await make.resource("Owl moon")
    await browser.sign_in(sam).get(f"/resources/{made.key}")
    await browser.sign_in(None).get(f"/resources/{made.key}")
    await browser.sign_in(ada).get(f"/resources/{made.key}")
    await flush_openings()
    figures = DailyFigure.filter(school_id=school.card.id, kind=Kind.RESOURCE_OPENED)
    assert sum(await figures.values_list("count", flat=True)) == 2


async def test_a_resource_costs_a_steady_number_of_statements(browser, sam, statements):
    small = await make.resource("Owl moon")
    large = await make.resource(
        "Owls",
        call_number="E",
        url="https://example.org/x",
        subjects=tuple(Term(f"Subject {number}") for number in range(30)),
        identifiers=tuple(("isbn", str(9780000000000 + number)) for number in range(20)),
    )
    browser.sign_in(sam)
    await browser.get("/search")
    counts = []
    for made in (small, large):
        statements.forget()
        await browser.get(f"/resources/{made.key}")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 13


async def test_what_may_be_meant_is_offered_while_one_types(browser, school, sam, tom):
    made = await make.resource("Owl moon", "Jane Yolen", summary="Snow.")
    await make.resource("Owl, elsewhere", school="roosevelt")
    for who in (None, sam, tom, school.ada):
        answer = await browser.sign_in(who).get("/search/as-you-type?q=OW")
        assert answer.headers["content-type"].startswith("application/json")
        book = {"title": "Owl moon", "by": "Jane Yolen", "mode": "reading", "kind": "Book"}
        assert answer.json() == {
            "found": [book | {"href": f"/lincoln/resources/{made.key}"}],
            "near": [],
            "all": "/lincoln/search?q=OW",
        }
    misspelled = (await browser.get("/search/as-you-type?q=jane+yolne")).json()
    assert misspelled["near"] == [{"text": "jane yolen", "href": "/lincoln/search?q=jane+yolen"}]
    for nothing in ("", "?q=", "?q=%00", "?q=%22", "?q=" + "x" * 900):
        assert (await browser.get(f"/search/as-you-type{nothing}")).status_code in (200, 400)


async def test_what_is_not_offered_to_readers_is_not_offered_while_one_types(browser, school, ada):
    made = await make.resource("Owl moon")
    await Resource.filter(school_id=school.card.id, id=made.id).update(state=ResourceState.WITHDRAWN)
    for who in (None, ada):
        answer = (await browser.sign_in(who).get("/search/as-you-type?q=owl")).json()
        assert (answer["found"], answer["near"]) == ([], [])


async def test_whoever_may_ask_for_a_title_can_do_so_where_nothing_is_found(browser, sam, tom, vera):
    for who, may in ((sam, True), (tom, True), (vera, False), (None, False)):
        page = await browser.sign_in(who).get("/search?q=owls+%26+moons")
        assert ('href="/lincoln/requests/new?title=owls+%26+moons"' in page.text) == may
    page = await browser.sign_in(sam).get("/requests/new?title=owls+%26+moons")
    assert (page.status_code, 'value="owls &amp; moons"' in page.text) == (200, True)


async def test_subjects_of_what_was_found_lead_on_and_can_be_taken_back(browser):
    await make.resource("Owl moon", subjects=(Term("Night"),), pages=32, call_number="E YOL")
    await make.resource("Owl talk", subjects=(Term("Night"), Term("Radio")), minutes=20)
    page = await browser.get("/search?q=owl")
    assert 'href="/lincoln/search?q=owl&amp;subject=Night"' in page.text
    for said in ("Night 2", "Radio 1", "Under 50 pages (1)", "15 to 45 minutes (1)", "Ready for you now (1)"):
        assert said in words_of(page), said
    page = await browser.get("/search?q=owl&subject=Radio&length=sitting")
    assert 'href="/lincoln/search?q=owl&amp;length=sitting"' in page.text
    assert ("Owl talk" in page.text, "Owl moon" in page.text) == (True, False)


async def test_typing_and_long_searches_wait_at_a_gate_of_their_own(browser, sam, monkeypatch):
    await make.resource("Owl Moon")
    busy = SmallGate(1, 0, each=1)
    monkeypatch.setattr(limits, "SEARCHING", busy)
    typing, many, few = "/search/as-you-type?q=owl", "/search?q=an+owl+in+moonlight", "/search?q=owl+moon+jane"
    browser.sign_in(sam)
    async with busy.turn(None):
        turned_away = await browser.get(typing)
        assert (turned_away.status_code, "Retry-After" in turned_away.headers) == (503, True)
        assert (await browser.get(many)).status_code == 503
        assert (await browser.get(few)).status_code == 200
    for path in (typing, many):
        assert (await browser.get(path)).status_code == 200


async def test_what_there_is_of_each_kind_is_counted_anew_only_after_a_change(browser, sam, statements):
    await make.resource("Owl Moon")
    browser.sign_in(sam)
    assert "1 thing." in words_of(await browser.get("/search"))
    statements.forget()
    assert "1 thing." in words_of(await browser.get("/search?mode=reading"))
    assert not [each for each in statements.seen if "GROUP BY mode" in each]
    await make.resource("Owls at night", mode=Mode.LISTENING, format=Format.EPISODE)
    words = words_of(await browser.get("/search"))
    assert ("2 things." in words, "Listen 1" in words) == (True, True)
    # another school has its own, and so has whoever sees what is offered no more
    assert "Owl Moon" not in words_of(await browser.get("/roosevelt/search"))
