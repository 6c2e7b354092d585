"""The life of a list by the clock: scheduled and unseen, published when due, archived at its end; drafts that go."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta

import pytest

from engage import dates
from engage.classes.queries import tickets_for
from engage.database.queue import timetable
from engage.database.transaction import guard
from engage.database.worker import LeaseLost
from engage.engagement.models import Engagement
from engage.engagement.rules import Kind, Mode
from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import actions, editing, life, rules
from engage.lists.life import NOT_PUBLISHED, keep_time
from engage.lists.models import CuratedList, Revision
from engage.lists.queries import editable_lists, lists_for, newest, published_for
from engage.lists.rules import State, Visibility
from engage.people.models import AuditEntry, Membership, SchoolClass
from engage.programs import log_actions
from engage.programs.entries import Given
from engage.programs.models import Progress
from engage.programs.rebuild import recount
from engage.programs.rules import Ending
from engage.resources.models import Resource
from tests import make
from tests.school import Browser, TestSchool, words_of

SOON = timedelta(hours=2)


async def now(curated: CuratedList) -> CuratedList:
    return await CuratedList.get(school_id=curated.school_id, id=curated.id)


async def acts(curated: CuratedList) -> list[tuple[str, int | None]]:
    rows = Revision.filter(school_id=curated.school_id, curated_id=curated.id).order_by("number")
    return [(row.act, row.by_id) for row in await rows]


async def diary(school: TestSchool) -> list[Kind]:
    return [row.kind for row in await Engagement.filter(school_id=school.card.id).order_by("id")]


def test_the_times_of_a_list_are_checked():
    at = datetime(2026, 11, 14, 12, tzinfo=UTC)
    rules.check_times(None, None, at)
    rules.check_times(at + SOON, at + 2 * SOON, at)
    for publish_at, until, about in (
        (at, None, "day"),
        (at + timedelta(days=900), None, "day"),
        (None, at, "until"),
        (at + 2 * SOON, at + SOON, "until"),
        (None, at + timedelta(days=4_000), "until"),
    ):
        with pytest.raises(Refused) as refused:
            rules.check_times(publish_at, until, at)
        assert refused.value.about == about


def test_a_day_by_the_schools_clock_is_a_moment():
    zone = "America/New_York"
    at = dates.moment(date(2026, 11, 14), time(7, 30), zone)
    assert at == datetime(2026, 11, 14, 12, 30, tzinfo=UTC)
    assert dates.clock_of(at, zone) == time(7, 30)
    # the night in which the hour from two to three is skipped
    assert dates.moment(date(2027, 3, 14), time(2, 30), zone) == datetime(2027, 3, 14, 7, 30, tzinfo=UTC)
    end = dates.end_of(date(2026, 11, 1), zone)
    assert end == datetime(2026, 11, 2, 5, tzinfo=UTC)
    assert dates.last_day(end, zone) == date(2026, 11, 1)


async def test_a_scheduled_list_is_published_once_when_it_is_due(school: TestSchool) -> None:
    at = dates.now() + SOON
    curated = await make.curated_list(school.ada, items=2)
    await life.schedule(curated.key, visibility=Visibility.SCHOOL, at=at, until=at + 2 * SOON, by=school.ada)
    assert (await now(curated)).state is State.SCHEDULED
    # as a draft: its owner and the library see it
    seen = [reader.name for reader in (school.ada, school.tom, school.sam, school.alma) if await sees(reader)]
    assert seen == ["Ada Okafor"]
    assert await keep_time(at - timedelta(seconds=1)) == 0
    # four workers at once
    assert sorted(await asyncio.gather(*(keep_time(at) for _ in range(4)))) == [0, 0, 0, 1]
    row = await now(curated)
    assert (row.state, row.publish_at, row.publish_until) == (State.PUBLISHED, None, at + 2 * SOON)
    assert await sees(school.sam)
    assert await acts(curated) == [
        ("started", school.ada.id),
        ("scheduled", school.ada.id),
        ("published", school.ada.id),
    ]
    assert await diary(school) == [Kind.LIST_PUBLISHED]
    # at its end it is put away, once, by nobody, and answers as a list that was taken down
    assert await keep_time(at + 2 * SOON) == 1
    assert await keep_time(at + 2 * SOON) == 0
    assert (await now(curated)).state is State.ARCHIVED
    assert await diary(school) == [Kind.LIST_PUBLISHED, Kind.LIST_WITHDRAWN]
    assert (await acts(curated))[-1] == ("archived", None)
    assert not await sees(school.sam)
    assert await published_for(school.ada).count() == 0
    assert await newest(school.ada) == []
    assert await editable_lists(school.ada) == []
    await actions.publish(curated.key, visibility=Visibility.SCHOOL, by=school.ada)
    assert (await now(curated)).publish_until is None


async def test_a_list_that_is_put_off_when_its_turn_comes_waits(school: TestSchool) -> None:
    """Between the look at what is due and its own unit somebody gave it another time, or no end."""
    at = dates.now() + SOON
    later = await make.curated_list(school.ada, "Later", 1)
    await life.schedule(later.key, visibility=Visibility.SCHOOL, at=at + SOON, by=school.ada)
    longer = await make.curated_list(school.ada, "Longer", 1, published=True, publish_until=at + SOON)
    for publishing, curated in ((life._publish_due, later), (life._archive_ended, longer)):
        assert await publishing(school.card.id, curated.id, at) == 0
    assert ((await now(later)).state, (await now(longer)).state) == (State.SCHEDULED, State.PUBLISHED)
    assert (timetable["keep_time"].seconds, timetable["forget_suggesters"].seconds) == (60, 24 * 3600)


async def sees(reader) -> bool:
    return await lists_for(reader).exists()


async def test_what_can_no_longer_be_published_stays_and_says_why(school: TestSchool) -> None:
    at = dates.now() + SOON
    empty = await make.curated_list(school.ada, "Empty", 1)
    of_tom = await make.curated_list(school.tom, "Of Tom", 1)
    rooms = await make.curated_list(school.ada, "Rooms", 1)
    fine = await make.curated_list(school.ada, "Fine", 1)
    for curated, by, visibility in (
        (empty, school.ada, Visibility.PUBLIC),
        (of_tom, school.tom, Visibility.CLASSES),
        (rooms, school.ada, Visibility.CLASSES),
        (fine, school.ada, Visibility.PUBLIC),
    ):
        await life.schedule(curated.key, visibility=visibility, classes=[school.room.key], at=at, by=by)
    # the rights are those of the moment: Tom no longer teaches, and the class is over
    await Membership.filter(school_id=school.card.id, person_id=school.tom.id).delete()
    await SchoolClass.filter(school_id=school.card.id).update(ended_on=date(2026, 1, 1))
    (item,) = await empty.items.filter(school_id=school.card.id)
    await editing.remove_item(empty.key, item.key, by=school.ada)
    for _ in range(2):
        await keep_time(at)
    assert (await now(fine)).state is State.PUBLISHED
    why = {}
    for curated in (empty, of_tom, rooms):
        assert (await now(curated)).state is State.SCHEDULED
        said = await Revision.filter(school_id=school.card.id, curated_id=curated.id, act=NOT_PUBLISHED)
        assert [row.by_id for row in said] == [None], "it is said once, however often it is tried"
        why[curated.title] = said[0].what
    assert why == {
        "Empty": "A list needs at least one item before it can be published.",
        "Of Tom": life.LEFT,
        "Rooms": "The classes that it is for have ended.",
    }
    await actions.publish(of_tom.key, visibility=Visibility.SCHOOL, by=school.ada)
    assert (await now(of_tom)).state is State.PUBLISHED


async def test_one_list_that_breaks_holds_up_no_other(school: TestSchool, caplog) -> None:
    """Whatever happens to one list, the others come and go at their times; but who lost the lease stops at once."""
    at = dates.now() + SOON
    good = await make.curated_list(school.ada, "Good", 1)
    bad = await make.curated_list(school.ada, "Bad", 1)
    for curated in (good, bad):
        await life.schedule(curated.key, visibility=Visibility.SCHOOL, at=at, by=school.ada)
    over = await make.curated_list(school.ada, "Over", 1, published=True, publish_until=at)
    # the next revision of this list has its number already
    await Revision.create(school_id=bad.school_id, curated_id=bad.id, number=3, at=at, act="moved", snapshot="{}")
    assert await keep_time(at) == 2
    assert [(await now(each)).state for each in (good, bad, over)] == [
        State.PUBLISHED,
        State.SCHEDULED,
        State.ARCHIVED,
    ]
    assert [(row.message, row.error) for row in caplog.records if row.name == "engage.lists"] == [
        ("a list was not published or put away in time", "IntegrityError")
    ]

    async def not_ours() -> None:
        raise LeaseLost("keep_time")

    token = guard.set(not_ours)
    with pytest.raises(LeaseLost):
        await keep_time(at)
    guard.reset(token)


async def test_a_list_that_the_library_opened_wider_goes_out_when_it_is_due(school: TestSchool) -> None:
    """Who settled last whom it is for answers for it, and not who scheduled it before."""
    at = dates.now() + SOON
    curated = await make.curated_list(school.tom, items=1)
    room = {"visibility": Visibility.CLASSES, "classes": [school.room.key]}
    await life.schedule(curated.key, **room, at=at, by=school.tom)
    await actions.set_audience(curated.key, visibility=Visibility.SCHOOL, classes=(), by=school.ada)
    assert (await now(curated)).publish_at == at
    assert await keep_time(at) == 1
    row = await now(curated)
    assert (row.state, row.visibility, (await acts(curated))[-1]) == (
        State.PUBLISHED,
        Visibility.SCHOOL,
        ("published", school.ada.id),
    )


async def test_what_may_not_be_published_may_not_be_scheduled(school: TestSchool) -> None:
    at = dates.now() + SOON
    of_tom = await make.curated_list(school.tom, "Of Tom", 1)
    bare = await make.curated_list(school.ada, "Bare")
    with pytest.raises(NotAllowed):
        await life.schedule(of_tom.key, visibility=Visibility.SCHOOL, at=at, by=school.tom)
    with pytest.raises(Refused, match="at least one item"):
        await life.schedule(bare.key, visibility=Visibility.SCHOOL, at=at, by=school.ada)
    with pytest.raises(Refused, match="passed"):
        await life.schedule(of_tom.key, visibility=Visibility.SCHOOL, at=dates.now(), by=school.ada)
    assert {row.state for row in await lists_for(school.ada)} == {State.DRAFT}
    await life.schedule(of_tom.key, visibility=Visibility.SCHOOL, at=at, by=school.ada)
    await life.unschedule(of_tom.key, by=school.tom)
    row = await now(of_tom)
    assert (row.state, row.publish_at) == (State.DRAFT, None)
    assert await keep_time(at) == 0


@pytest.mark.parametrize("act", [actions.withdraw, life.archive])
async def test_what_was_done_with_a_list_counts_after_it_has_gone(browser: Browser, school: TestSchool, act) -> None:
    """A program and an assignment keep their credit, and what is finished later counts as well."""
    books = await make.resources(2)
    curated = await make.curated_list(school.ada, items=books, published=True)
    program = await make.program(school.ada, challenges=[{"goal": 2, "curated": curated}])
    await make.enrolment(program, school.sam)
    sent = {"list": curated.key, "classes": school.room.key, "kind": "all"}
    assert (await browser.sign_in(school.tom).post("/assign", sent)).status_code == 303

    async def finished(book: Resource) -> tuple[object, object]:
        today = dates.today(school.card.zone)
        read = Given(today, Mode.READING, resource=book.key, ending=Ending.FINISHED)
        await log_actions.log_entry(read, "", school.sam, "", True, None)
        (row,) = await Progress.filter(school_id=school.card.id, person_id=school.sam.id)
        (ticket,) = await tickets_for(school.sam, today)
        return (row.amount, row.goal), (ticket.part.finished, ticket.part.asked)

    assert await finished(books[0]) == ((1, 2), (1, 2))
    await act(curated.key, by=school.ada)
    assert await recount(school.card.id, program.id) == 1
    assert await finished(books[1]) == ((2, 2), (2, 2))
    assert (await browser.get(f"/classes/{school.room.key}")).status_code == 200


async def test_who_may_put_a_list_away(school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=1, published=True)
    for reader, error in ((school.tom, NotAllowed), (school.sam, NotAllowed), (school.rosa, NotFound)):
        with pytest.raises(error):
            await life.archive(curated.key, by=reader)
    await life.archive(curated.key, by=school.ada)
    assert (await now(curated)).state is State.ARCHIVED
    with pytest.raises(Refused):
        await life.archive(curated.key, by=school.ada)


async def test_only_a_draft_that_nobody_used_is_deleted(school: TestSchool) -> None:
    owl = await make.resource("Owl Moon")
    used = await make.curated_list(school.tom, "Used", [owl])
    program = await make.program(school.ada, challenges=[{"goal": 1, "curated": used}])
    published = await make.curated_list(school.ada, "Published", 1, published=True)
    with pytest.raises(Refused, match="stays"):
        await life.delete_draft(used.key, by=school.tom)
    with pytest.raises(Refused, match="never published"):
        await life.delete_draft(published.key, by=school.ada)
    await program.delete()
    for reader, error in ((school.sam, NotFound), (school.alma, NotFound), (school.rosa, NotFound)):
        with pytest.raises(error):
            await life.delete_draft(used.key, by=reader)
    before = (await Resource.get(school_id=school.card.id, id=owl.id)).popularity
    assert await life.delete_draft(used.key, by=school.tom) == "Used"
    assert not await CuratedList.filter(school_id=school.card.id, id=used.id).exists()
    assert (await Resource.get(school_id=school.card.id, id=owl.id)).popularity == before - 1
    assert (await AuditEntry.get(school_id=school.card.id)).act == "deleted a draft"


async def test_a_list_is_scheduled_changed_and_put_away_from_the_bench(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=1)
    browser.sign_in(school.ada)
    bench = f"/curate/lists/{curated.key}"
    today = dates.today(school.card.zone)
    sent = {"visibility": "public", "when": "later", "day": str(today + timedelta(days=3)), "clock": "07:30"}
    no_day = await browser.post(f"{bench}/publish", sent | {"day": ""})
    assert no_day.status_code == 422
    assert "Choose the day and the time." in words_of(no_day)
    assert 'value="07:30"' in no_day.text
    late = await browser.post(f"{bench}/publish", sent | {"until": str(today)})
    assert (late.status_code, "over before anybody" in late.text) == (422, True)
    page = await browser.follow(
        await browser.post(f"{bench}/publish", sent | {"until": str(today + timedelta(days=9))})
    )
    row = await now(curated)
    assert row.publish_at == dates.moment(today + timedelta(days=3), time(7, 30), school.card.zone)
    assert row.publish_until == dates.end_of(today + timedelta(days=9), school.card.zone)
    assert f"It will be published on {today + timedelta(days=3):%A}" in words_of(page)
    assert "at 7:30 am" in words_of(page)
    assert "Back to a draft" in page.text
    again = await browser.follow(await browser.post(f"{bench}/unschedule"))
    assert "The list is a draft again." in words_of(again)
    assert "Delete this draft" in again.text
    await browser.post(f"{bench}/publish", {"visibility": "public"})
    assert (await now(curated)).state is State.PUBLISHED
    page = await browser.follow(await browser.post(f"{bench}/audience", {"visibility": "school", "until": str(today)}))
    assert "Its last day is" in words_of(page)
    assert (await now(curated)).publish_until == dates.end_of(today, school.card.zone)
    away = await browser.follow(await browser.post(f"{bench}/archive"))
    assert "still counts" in words_of(away)
    for reader in (school.sam, school.tom, None):
        assert (await browser.sign_in(reader).get(f"/lists/{curated.slug}")).status_code == 404
        assert (await browser.get(f"/lists/{curated.slug}.rss")).status_code == 404


async def test_a_school_admin_puts_a_list_away(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, items=1, published=True)
    answer = await browser.sign_in(school.alma).post(f"/curate/lists/{curated.key}/archive")
    assert answer.headers["location"] == "/lincoln/lists"
    assert (await now(curated)).state is State.ARCHIVED


async def test_a_draft_is_deleted_after_asking_once(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.tom, items=1)
    browser.sign_in(school.tom)
    asked = await browser.get(f"/curate/lists/{curated.key}/delete")
    assert "It has 1 item." in words_of(asked)
    done = await browser.follow(await browser.post(f"/curate/lists/{curated.key}/delete"))
    assert "Sea stories is deleted." in words_of(done)
    assert (await browser.get(f"/curate/lists/{curated.key}")).status_code == 404
