"""Visits that found nothing new are written together, and as well as if each were written alone."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from engage.outside.fetch import Door, Validators
from engage.resources.harvest import harvest_due
from engage.resources.incoming_models import Source, Visit
from engage.resources.intake import Found, keep
from engage.resources.leases import Taken, claim
from engage.resources.rules import SourceState
from engage.resources.settling import Settling, settle
from feeds import Feed
from tests import make
from tests.patience import until

NOW = datetime(2026, 11, 13, 12, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SAME = Found(validators=Validators('"v2"', "today"), body_hash="x", quiet=3 * HOUR)


async def names(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


async def taken(title: str = "Owls", **more: object) -> Taken:
    values = {"next_visit_at": NOW, "body_hash": "x", "failures": 2, "problem": "Away.", "etag": '"v1"', **more}
    one = await make.source(title, **values)
    found = await claim(one.id, one.school_id, NOW)
    assert found is not None
    return found


async def row(one: Taken) -> dict[str, object]:
    return dict((await Source.filter(id=one.id, school_id=one.school_id).values())[0])


async def said(one: Taken) -> list[dict[str, object]]:
    mine = Visit.filter(source_id=one.id, school_id=one.school_id).order_by("id")
    return [dict(each) for each in await mine.values("at", "good", "code", "sentence", "new", "changed")]


async def test_what_is_written_together_is_what_would_be_written_alone(ada):
    together, alone = await taken("Owls"), await taken("Bats")
    before = await row(together)
    assert await settle([(together, SAME)], NOW) == {together.id}
    await keep(alone.lease, SAME, NOW)
    own = {"id", "key", "url", "url_hash", "title", "made_at"}
    first, second = [
        {name: value for name, value in (await row(one)).items() if name not in own} for one in (together, alone)
    ]
    assert first == second
    assert {name for name in first if first[name] != before[name]} == {
        *("lease_until", "last_visit_at", "last_good_at", "failures", "problem", "next_visit_at", "etag"),
        "last_modified",
    }
    assert (first["next_visit_at"], first["etag"]) == (NOW + 3 * HOUR, '"v2"')
    assert await said(together) == await said(alone)
    assert [each["sentence"] for each in await said(together)] == ["Nothing new."]


async def test_however_many_have_not_changed_the_database_is_asked_as_often(ada, server, cage, statements):
    asked = []
    door = Door(server.pairs, resolver=names)
    for turn, number in enumerate((2, 9)):
        for each in range(number):
            url = f"http://s{turn}-{each}.test:{server.port}/feed"
            await make.source(url, url=url, next_visit_at=NOW + 2 * turn * HOUR)
        await harvest_due(door, cage, NOW + 2 * turn * HOUR)
        await (
            Source.filter(school_id=ada.school.id).exclude(url__contains=f"//s{turn}-").update(state=SourceState.PAUSED)
        )
        statements.forget()
        await harvest_due(door, cage, NOW + (2 * turn + 1) * HOUR)
        asked.append(len([each for each in statements.seen if "source" in each or "visit" in each]))
    assert asked == [4, 4]
    visits = Visit.filter(school_id=ada.school.id, at=NOW + 3 * HOUR, sentence="Nothing new.")
    assert await visits.count() == 9


async def test_whoever_comes_too_late_writes_nothing_and_the_others_are_written(ada):
    late, good = await taken("Owls"), await taken("Bats")
    await Source.filter(id=late.id, school_id=late.school_id).update(fence=late.fence + 1)
    before = await row(late)
    async with Settling(NOW) as settling:
        await settling.add(late, SAME)
        await settling.add(good, SAME)
    assert await row(late) == before
    assert (await said(late), len(await said(good))) == ([], 1)


async def test_what_a_person_decided_during_the_visit_stays(ada):
    paused, slower = await taken("Owls"), await taken("Bats")
    mine = Source.filter(school_id=ada.school.id)
    await mine.filter(id=paused.id).update(state=SourceState.PAUSED)
    await mine.filter(id=slower.id).update(minutes_between=360)
    assert await settle([(paused, SAME), (slower, SAME)], NOW) == {paused.id}
    async with Settling(NOW) as settling:
        await settling.add(slower, SAME)
    assert (await row(paused))["state"] is SourceState.PAUSED
    assert (await row(slower))["next_visit_at"] == NOW + 6 * HOUR
    assert [len(await said(one)) for one in (paused, slower)] == [1, 1]


async def test_old_visits_go_with_the_first_visit_of_a_day(ada):
    today, yesterday = [await taken(str(at), last_visit_at=NOW - at) for at in (HOUR, 24 * HOUR)]
    for one in (today, yesterday):
        for days in (29, 31):
            told = {"source_id": one.id, "school_id": one.school_id, "at": NOW - timedelta(days=days), "good": True}
            await Visit.create(**told, sentence="Old.")
    await settle([(today, SAME), (yesterday, SAME)], NOW)
    assert [len(await said(one)) for one in (today, yesterday)] == [3, 2]


@pytest.mark.parametrize(
    ("found", "moved_to", "takes"),
    [
        (SAME, "", True),
        (Found(code="slow"), "", False),
        (Found(feed=Feed()), "", False),
        (Found(note="Older ones."), "", False),
        (Found(permanent_url="https://e.org/"), "", False),
        (SAME, "https://e.org/", False),
    ],
)
async def test_only_what_brings_nothing_new_at_all_is_written_together(ada, found, moved_to, takes):
    assert Settling(NOW).takes(await taken(moved_to=moved_to), found) is takes


async def test_what_has_been_seen_is_written_though_another_site_is_slow(ada, server, cage):
    good = await taken(url=f"{server.base}/feed", body_hash="")
    await keep(good.lease, Found(), NOW - HOUR)
    door = Door(server.pairs, resolver=names)
    await Source.filter(id=good.id, school_id=good.school_id).update(next_visit_at=NOW)
    await harvest_due(door, cage, NOW)
    await make.source("Drip", url=f"http://drip.test:{server.port}/drip", next_visit_at=NOW + HOUR)
    running = asyncio.create_task(harvest_due(door, cage, NOW + HOUR))

    async def written() -> bool:
        return await Visit.filter(school_id=ada.school.id, at=NOW + HOUR).exists()

    await until(written)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
