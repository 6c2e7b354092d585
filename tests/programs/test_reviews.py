"""Reviews: others read nothing that no person approved, in whatever order things happen (SAFETY.md, M1 to M6)."""

import asyncio
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage import dates
from engage.database.tenancy import every_school
from engage.errors import NotAllowed, NotFound, Refused
from engage.people.models import ClassMember, Person, School
from engage.people.rules import Reader, Role
from engage.programs import review_queries, review_rules, reviewing
from engage.programs.review_models import Review
from engage.programs.review_rules import Audience, ReviewState, Standing
from engage.programs.reviewing import Written
from tests import make
from tests.school import as_reader

WORDS = "The otter never gives up, and neither did I."
OTHER = "It was slow at first. Then the river came."


@pytest.fixture
async def reviewed(school):
    """Lincoln has reviews for everyone signed in; Nia is in Room 12 beside Sam, Kit in another class."""
    await School.filter(id=school.lincoln.id).update(reviews="school")
    nia = await make.person("Nia", Role.STUDENT, school.lincoln, grade=3)
    await make.in_class(nia, school.room, Role.STUDENT)
    kit = await make.person("Kit", Role.STUDENT, school.lincoln, grade=5)
    other = await make.school_class(school.lincoln, "Room 7")
    await make.in_class(kit, other, Role.STUDENT)
    lou = await make.person("Lou", Role.TEACHER, school.lincoln, login="lou")
    await make.in_class(lou, other, Role.TEACHER)
    book = await make.resource("Wet Fur")
    names = ("ada", "tom", "sam", "vera", "alma", "dora")
    people = {name: await again(getattr(school, name)) for name in names}
    people |= {"nia": await as_reader(nia, "lincoln"), "kit": await as_reader(kit, "lincoln")}
    people |= {"lou": await as_reader(lou, "lincoln"), "visitor": Reader(people["ada"].school)}
    people["rosa"] = Reader(people["ada"].school)  # a specialist of another school is a visitor here
    return people, book


async def again(reader: Reader) -> Reader:
    """The same person, with what the school has decided meanwhile."""
    return await as_reader(await Person.get(school_id=reader.school.id, id=reader.id), "lincoln")


async def write(who: Reader, book, words: str = WORDS, audience: Audience = Audience.SCHOOL, key: str = "") -> str:
    return await reviewing.write_review(book.key, Written(words, audience, "liked"), key, who)


async def row_of(people, key: str) -> Review:
    return await Review.get(school_id=people["ada"].school.id, key=key)


async def read_by(people, book) -> dict[str, list[str]]:
    return {
        name: [row["text"] for row in await review_queries.reviews_of(reader, book.id)]
        for name, reader in people.items()
    }


async def readers_of(people, book) -> set[str]:
    return {name for name, texts in (await read_by(people, book)).items() if texts}


ACTS = ("write", "approve", "shorten", "reject", "withdraw", "hide")


@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 9)), max_size=12))
def test_what_others_read_was_approved_whatever_the_order(acts):
    now, ever = Standing(ReviewState.PENDING), set()
    for act, number in acts:
        words = f"words {number}"
        match act:
            case "write":
                now = review_rules.written(now)
            case "approve" | "shorten":
                now = review_rules.approved(now, words)
                ever.add(words)
            case "reject":
                now = review_rules.rejected(now)
            case "withdraw":
                now = review_rules.withdrawn()
            case "hide":
                now = Standing(now.state, now.shown, True, now.public)
        assert not now.shown or now.shown in ever
        assert not (now.is_read and now.state is ReviewState.WITHDRAWN)


async def test_nobody_but_the_deciders_reads_a_review_before_it_is_approved(reviewed):
    people, book = reviewed
    key = await write(people["sam"], book)
    assert await readers_of(people, book) == set()
    waits = {}
    for name, reader in people.items():
        waits[name] = [row["key"] for row in (await review_queries.waiting_for(reader)).rows]
    assert {name for name, keys in waits.items() if keys} == {"ada", "tom", "alma"}

    await reviewing.approve(key, "", 1, people["tom"])
    # REV02: everyone of the school who is signed in, and the district's admin; no visitor
    assert await readers_of(people, book) == {"ada", "tom", "sam", "vera", "alma", "dora", "nia", "kit", "lou"}
    assert not (await review_queries.waiting_for(people["ada"])).rows


async def test_a_review_for_the_class_stays_in_the_class(reviewed):
    people, book = reviewed
    key = await write(people["sam"], book, audience=Audience.CLASS)
    await reviewing.approve(key, "", 1, people["tom"])
    # REV02: the column of the school admin, in which a viewer reads, says Y for every class
    assert await readers_of(people, book) == {"ada", "tom", "sam", "alma", "vera", "nia"}


async def test_who_wrote_it_is_known_to_those_who_look_after_it(reviewed):
    people, book = reviewed
    await Person.filter(school_id=people["sam"].school.id, id=people["sam"].id).update(shown="Amber Otter")
    await reviewing.approve(await write(people["sam"], book), "", 1, people["tom"])
    seen = {}
    for name, reader in people.items():
        for row in await review_queries.reviews_of(reader, book.id):
            seen[name] = (row["shown"], row["name"], row["mine"])
    assert {name for name, (_, real, _) in seen.items() if real} == {"ada", "alma"}
    assert {name for name, (_, _, mine) in seen.items() if mine} == {"sam"}
    assert {shown for shown, _, _ in seen.values()} == {"Amber Otter"}
    # in the own class the teacher knows: it is about this child's words (REV07)
    nia = await write(people["nia"], book, OTHER, Audience.CLASS)
    await reviewing.approve(nia, "", 1, people["tom"])
    told = {row["text"]: row["name"] for row in await review_queries.reviews_of(people["tom"], book.id)}
    assert told[OTHER] == "Nia"


async def test_an_approved_review_that_is_changed_waits_and_its_old_words_stay(reviewed):
    people, book = reviewed
    key = await write(people["sam"], book)
    await reviewing.approve(key, "", 1, people["ada"])
    assert await write(people["sam"], book, OTHER) == key
    assert (await read_by(people, book))["nia"] == [WORDS]
    row = await row_of(people, key)
    await reviewing.reject(key, "Please say what river.", row.version, people["tom"])
    assert (await read_by(people, book))["nia"] == [WORDS]
    await write(people["sam"], book, OTHER)
    await reviewing.approve(key, "", (await row_of(people, key)).version, people["ada"])
    assert (await read_by(people, book))["nia"] == [OTHER]


async def test_words_for_the_class_do_not_go_to_the_school_by_a_change(reviewed):
    people, book = reviewed
    key = await write(people["sam"], book, audience=Audience.CLASS)
    await reviewing.approve(key, "", 1, people["tom"])
    await write(people["sam"], book, WORDS, Audience.SCHOOL)
    assert await readers_of(people, book) == set()


async def test_nobody_approves_what_they_wrote_and_no_stranger_decides(reviewed):
    people, book = reviewed
    key = await write(people["sam"], book)
    outcomes = {}
    for name, reader in people.items():
        try:
            await reviewing.reject(key, "no", 99, reader)
        except (NotFound, NotAllowed, Refused) as no:
            outcomes[name] = type(no).__name__
    allowed = {name for name, outcome in outcomes.items() if outcome == "Refused"}
    assert allowed == {"ada", "tom", "alma"}
    # the writer sees their own review, but is not among those who decide; all others: it does not exist
    assert {outcomes[name] for name in outcomes.keys() - allowed} == {"NotFound"}
    own = await write(people["ada"], book, OTHER)
    with pytest.raises(NotAllowed):
        await reviewing.approve(own, "", 1, people["ada"])
    await reviewing.approve(own, "", 1, people["alma"])


async def test_words_may_be_left_out_and_none_put_in(reviewed):
    people, book = reviewed
    key = await write(people["sam"], book, "The otter is brave. My cousin Ben told me. Read it.")
    for words in (
        "The otter is great. Read it.",
        "Read it. The otter is brave.",
        "The otter is brave, brave. Read it.",
    ):
        with pytest.raises(Refused):
            await reviewing.approve(key, words, 1, people["ada"])
    await reviewing.approve(key, "The otter is brave. Read it.", 1, people["ada"])
    assert (await read_by(people, book))["nia"] == ["The otter is brave. Read it."]


async def test_what_was_changed_meanwhile_is_not_approved_unread(reviewed):
    people, book = reviewed
    key = await write(people["sam"], book)
    await write(people["sam"], book, OTHER)
    with pytest.raises(Refused):
        await reviewing.approve(key, "", 1, people["ada"])
    assert await readers_of(people, book) == set()


async def test_two_readers_hide_a_review_until_it_is_looked_at(reviewed):
    people, book = reviewed
    key = await write(people["sam"], book)
    await reviewing.approve(key, "", 1, people["ada"])
    await reviewing.report(key, "It tells the end.", people["nia"])
    await reviewing.report(key, "It tells the end!", people["nia"])
    assert "kit" in await readers_of(people, book)
    await reviewing.report(key, "", people["kit"])
    assert await readers_of(people, book) == set()
    (waiting,) = (await review_queries.waiting_for(people["ada"])).rows
    assert waiting["reports"] == ["It tells the end!", ""]
    await reviewing.approve(key, "", waiting["version"], people["ada"])
    assert "kit" in await readers_of(people, book)
    assert not (await review_queries.waiting_for(people["ada"])).rows
    with pytest.raises(NotFound):
        await reviewing.report(key, "", people["visitor"])


async def test_no_to_a_reported_review_takes_it_from_its_readers(reviewed):
    people, book = reviewed
    key = await write(people["sam"], book)
    await reviewing.approve(key, "", 1, people["ada"])
    await reviewing.report(key, "It is about me.", people["nia"])
    (waiting,) = (await review_queries.waiting_for(people["tom"])).rows
    await reviewing.reject(key, "It is about somebody.", waiting["version"], people["tom"])
    assert await readers_of(people, book) == set()
    assert not (await review_queries.waiting_for(people["ada"])).rows
    assert (await row_of(people, key)).approved_at is None


async def test_a_review_of_who_was_erased_can_be_taken_away(reviewed):
    people, book = reviewed
    key = await write(people["sam"], book)
    await reviewing.approve(key, "", 1, people["ada"])
    await Review.filter(school_id=people["ada"].school.id, key=key).update(person_id=None)
    await reviewing.report(key, "", people["nia"])
    assert [row["key"] for row in (await review_queries.waiting_for(people["ada"])).rows] == [key]
    await reviewing.withdraw(key, people["ada"])
    assert await readers_of(people, book) == set()


async def test_who_has_left_is_a_reader_like_any(reviewed):
    people, book = reviewed
    await Person.filter(school_id=people["sam"].school.id, id=people["sam"].id).update(shown="Amber Otter")
    await reviewing.approve(await write(people["sam"], book), "", 1, people["ada"])
    await Person.filter(school_id=people["sam"].school.id, id=people["sam"].id).update(gone_at=dates.now())
    (row,) = await review_queries.reviews_of(people["ada"], book.id)
    assert (row["shown"], row["avatar"], row["name"], row["text"]) == ("", "", "", WORDS)


async def test_words_do_not_move_to_another_class(reviewed, school):
    people, book = reviewed
    key = await write(people["sam"], book, audience=Audience.CLASS)
    await reviewing.approve(key, "", 1, people["tom"])
    today = dates.today(people["ada"].school.zone)
    await ClassMember.filter(school_id=school.lincoln.id, person_id=people["sam"].id, role=Role.STUDENT).update(
        until=today - timedelta(days=1)
    )
    other = await make.school_class(school.lincoln, "Room 9")
    await make.in_class(await Person.get(school_id=school.lincoln.id, id=people["sam"].id), other, Role.STUDENT)
    await write(await again(people["sam"]), book, OTHER, Audience.CLASS)
    assert await readers_of(people, book) == set()
    assert (await row_of(people, key)).approved_at is None


async def test_two_who_take_it_away_at_once_take_it_away_once(reviewed):
    people, book = reviewed
    key = await write(people["sam"], book)
    await reviewing.approve(key, "", 1, people["ada"])
    done = await asyncio.gather(*(reviewing.withdraw(key, people["ada"]) for _ in range(4)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["NoneType", "NotFound", "NotFound", "NotFound"]


async def test_the_public_reads_what_two_decided(reviewed, school):
    people, book = reviewed
    key = await write(people["sam"], book)
    await reviewing.approve(key, "", 1, people["ada"])
    with pytest.raises(Refused):
        await reviewing.put_before_public(key, True, people["ada"])
    await School.filter(id=school.lincoln.id).update(public_reviews=True)
    people = {name: await again(reader) if reader.id else reader for name, reader in people.items()}
    visitor = Reader(people["ada"].school)
    assert await review_queries.reviews_of(visitor, book.id) == []
    for nobody in ("tom", "alma", "sam"):
        with pytest.raises((NotAllowed, NotFound)):
            await reviewing.put_before_public(key, True, people[nobody])
    await reviewing.put_before_public(key, True, people["ada"])
    assert [row["text"] for row in await review_queries.reviews_of(visitor, book.id)] == [WORDS]
    # new words are not public before they are approved for that again
    await write(people["sam"], book, OTHER)
    await reviewing.approve(key, "", (await row_of(people, key)).version, people["tom"])
    assert await review_queries.reviews_of(visitor, book.id) == []


async def test_without_the_school_there_are_no_reviews(reviewed, school):
    people, book = reviewed
    await reviewing.approve(await write(people["sam"], book), "", 1, people["ada"])
    await School.filter(id=school.lincoln.id).update(reviews="")
    people = {name: await again(reader) for name, reader in people.items() if reader.id}
    assert await readers_of(people, book) == set()
    with pytest.raises(NotFound):
        await write(people["nia"], book)
    await School.filter(id=school.lincoln.id).update(reviews="class")
    with pytest.raises(Refused):
        await write(await again(people["nia"]), book)


async def test_the_same_form_twice_is_one_review_and_two_at_once_are_one(reviewed):
    people, book = reviewed
    keys = await asyncio.gather(*(write(people["sam"], book, key="form") for _ in range(5)))
    assert len(set(keys)) == 1
    row = await row_of(people, keys[0])
    assert (row.version, await Review.filter(school_id=people["ada"].school.id).count()) == (1, 1)


async def test_need_goes_to_the_top_and_what_waits_long_is_said(reviewed):
    people, book = reviewed
    other = await make.resource("Hoot")
    old = await write(people["nia"], other)
    await Review.filter(school_id=other.school_id, key=old).update(written_at=dates.now() - timedelta(days=15))
    await write(people["sam"], book, "I hate my life. This book helped a bit.")
    waiting = await review_queries.waiting_for(people["tom"])
    assert [row["title"] for row in waiting.rows] == ["Wet Fur", "Hoot"]
    assert (waiting.needy, waiting.late) == (True, 1)
    assert await review_queries.number_waiting(people["tom"]) == (2, 1)
    assert json.loads((await Review.get(school_id=book.school_id, resource_id=book.id)).marks) == ["distress"]


async def test_rejected_words_are_gone_after_thirty_days(reviewed):
    people, book = reviewed
    key = await write(people["sam"], book)
    await reviewing.reject(key, "Too short.", 1, people["ada"])
    kept = await write(people["nia"], book, OTHER)
    await reviewing.approve(kept, "", 1, people["ada"])
    await write(people["nia"], book, WORDS)
    await reviewing.reject(kept, "Not this one.", (await row_of(people, kept)).version, people["ada"])
    with every_school("a job's work"):
        assert await reviewing.forget_rejected(dates.now() + timedelta(days=29)) == 0
        assert await reviewing.forget_rejected(dates.now() + timedelta(days=31)) == 2
    rows = await Review.filter(school_id=people["ada"].school.id).values_list("text", "state")
    assert rows == [(OTHER, "approved")]


async def test_a_review_taken_away_is_read_by_nobody(reviewed):
    people, book = reviewed
    key = await write(people["sam"], book)
    await reviewing.approve(key, "", 1, people["ada"])
    for nobody, no in (("nia", NotAllowed), ("lou", NotAllowed), ("visitor", NotFound)):
        with pytest.raises(no):
            await reviewing.withdraw(key, people[nobody])
    await reviewing.withdraw(key, people["sam"])
    assert await readers_of(people, book) == set()
    with pytest.raises(NotFound):
        await reviewing.withdraw(key, people["sam"])


async def test_a_teacher_decides_for_the_students_of_today(reviewed):
    people, book = reviewed
    key = await write(people["sam"], book)
    today = dates.today(people["ada"].school.zone)
    await ClassMember.filter(school_id=people["sam"].school.id, person_id=people["sam"].id, role=Role.STUDENT).update(
        until=today
    )
    assert not (await review_queries.waiting_for(people["tom"])).rows
    with pytest.raises(NotFound):
        await reviewing.approve(key, "", 1, people["tom"])


@pytest.mark.parametrize("words", ["Short", "x" * 1_001, "See www.example.com for more", "go to cats.com please"])
def test_words_that_are_no_review(words):
    with pytest.raises(Refused) as no:
        review_rules.check_words(words)
    assert no.value.about == "text"
