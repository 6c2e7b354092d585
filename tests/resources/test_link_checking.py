"""The look at links: over the one door, politely, and what it writes down."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import pytest

from engage.logs import JsonLines
from engage.outside.fetch import Door
from engage.resources import link_checking
from engage.resources.link_checking import check, check_links
from engage.resources.models import Link, LinkCheck, Resource
from engage.resources.rules import LinkState
from tests import make
from tests.faults.hostile import hostile

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
NIGHT = timedelta(hours=21)
PAGE = b"<html><head><title>Owls at night</title></head><body>Hoo</body></html>"


@pytest.fixture
async def site():
    async with hostile() as running:
        running.extra["/owls"] = "text/html", PAGE
        yield running


async def look(school, site, now: datetime = NOW, **more: object) -> link_checking.Checked:
    return await check(Door(site.pairs), now, [school.card.id], pause=0, **more)  # type: ignore[arg-type]


async def link_of(resource: Resource) -> Link:
    return await Link.get(resource_id=resource.id, school_id=resource.school_id)  # type: ignore[attr-defined]


async def test_a_link_that_works_is_looked_at_once_and_then_left_alone_for_a_month(school, site):
    one = await make.resource(url=site.base + "/owls")
    told = await look(school, site)
    assert (told.looked, told.states, told.dead) == (1, {LinkState.ALIVE: 1}, ())
    link = await link_of(one)
    assert (link.state, link.found, link.checked_at) == (LinkState.ALIVE, "It works.", NOW)
    assert link.fingerprint
    for day in range(1, 26):
        assert (await look(school, site, NOW + timedelta(days=day))).looked == 0
    assert (await look(school, site, NOW + timedelta(days=31))).looked == 1
    assert len(site.seen) == 2
    # nothing new was found, so the history says it once
    assert await LinkCheck.filter(school_id=school.card.id).count() == 1


async def test_a_link_is_dead_after_three_nights_and_alive_again_when_it_answers(school, site):
    one = await make.resource(url=site.base + "/gone")
    for night in range(3):
        assert (await link_of(one)).state is LinkState.UNCHECKED
        for hour in range(5):  # the job comes round every hour
            told = await look(school, site, NOW + night * NIGHT + timedelta(hours=hour / 4))
    assert len(site.seen) == 3
    assert (await link_of(one)).state is LinkState.DEAD
    now = await Resource.get(id=one.id, school_id=school.card.id)
    assert (now.version, now.available, one.available) == (one.version + 1, False, True)
    site.extra["/gone"] = "text/html", PAGE
    told = await look(school, site, NOW + 4 * NIGHT)
    assert told.states == {LinkState.ALIVE: 1}
    states = await LinkCheck.filter(school_id=school.card.id).order_by("id").values_list("state", flat=True)
    assert states == [LinkState.UNCHECKED, LinkState.DEAD, LinkState.ALIVE]
    assert (await Resource.get(id=one.id, school_id=school.card.id)).available


async def test_looking_ten_times_in_an_hour_makes_nothing_dead(school, site):
    one = await make.resource(url=site.base + "/gone")
    for minute in range(10):
        told = await look(school, site, NOW + timedelta(minutes=minute), everything=True)
        assert told.looked == 1
    assert (await link_of(one)).failures == 1


async def test_a_film_is_not_fetched_to_see_that_it_is_there(school, site):
    site.extra["/film.mp4"] = "video/mp4", b"\x00" * 9_000_000
    one = await make.resource(url=site.base + "/film.mp4")
    body = (await Door(site.pairs).fetch(site.base + "/film.mp4", limit=1_000, cut=True)).body
    assert len(body) == 1_000
    await look(school, site)
    assert (await link_of(one)).state is LinkState.ALIVE
    endless = await make.resource("Endless", url=site.base + "/endless")
    await look(school, site)
    assert (await link_of(endless)).state is LinkState.ALIVE


async def test_a_permanent_move_is_told_and_a_passing_one_is_not(school, site):
    head = "HTTP/1.1 {} Moved\r\nLocation: /owls\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    for status in (301, 302, 308):
        site.extra[f"/{status}"] = head.format(status).encode()
    for status, state in ((301, "moved"), (302, "alive"), (308, "moved")):
        one = await make.resource(f"Book {status}", url=f"{site.base}/{status}")
        await look(school, site)
        link = await link_of(one)
        assert (link.state, link.moved_to) == (state, site.base + "/owls" if state == "moved" else "")


async def test_nothing_inside_our_own_network_is_looked_at(school, site):
    one = await make.resource(url=site.base + "/owls")
    await check(Door(), NOW, [school.card.id], pause=0)
    assert site.seen == []
    link = await link_of(one)
    assert (link.state, link.failures) == (LinkState.UNCHECKED, 0)
    assert "not public" in link.found


async def test_a_site_is_asked_so_many_times_a_night_and_with_a_pause(school, site, monkeypatch):
    monkeypatch.setattr(link_checking, "OF_A_HOST", 3)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(link_checking.asyncio, "sleep", sleep)
    for n in range(5):
        await make.resource(f"Book {n}", url=f"{site.base}/owls?{n}")
    assert (await check(Door(site.pairs), NOW, [school.card.id])).looked == 3
    assert pauses.count(1.0) >= 2
    assert (await look(school, site)).looked == 2


async def test_a_link_never_seen_comes_before_those_that_wait_longest(school, site, monkeypatch):
    monkeypatch.setattr(link_checking, "A_ROUND", 2)
    for n, days in enumerate((40, 60, 50)):
        one = await make.resource(f"Book {n}", url=f"{site.base}/owls?{n}")
        await Link.filter(school_id=school.card.id, resource_id=one.id).update(checked_at=NOW - timedelta(days=days))
    await make.resource("New", url=site.base + "/owls?new")
    assert (await look(school, site)).looked == 2
    assert [asked.path for asked in site.seen] == ["/owls?new", "/owls?1"]
    await look(school, site)
    assert [asked.path for asked in site.seen[2:]] == ["/owls?2", "/owls?0"]


@pytest.mark.parametrize("days", [None, 40])
async def test_a_site_with_more_links_than_a_round_holds_up_no_other(school, site, monkeypatch, days):
    monkeypatch.setattr(link_checking, "A_ROUND", 3)
    monkeypatch.setattr(link_checking, "OF_A_HOST", 1)
    async with hostile("127.0.0.2") as other:
        other.extra["/owls"] = "text/html", PAGE
        for n in range(7):
            await make.resource(f"Book {n}", url=f"{site.base}/owls?{n}")
        await make.resource("Other", url=other.base + "/owls")
        if days:
            await Link.filter(school_id=school.card.id).update(checked_at=NOW - timedelta(days=days))
        told = await check(Door(site.pairs | other.pairs), NOW, [school.card.id], pause=0)
        assert (told.looked, len(site.seen), len(other.seen)) == (2, 1, 1)
        told = await check(Door(site.pairs), NOW, [school.card.id], pause=0, everything=True)
        assert told.looked == 8


@dataclass(frozen=True)
class Broken(Door):
    """A door with a fault of ours in it."""

    async def fetch(self, *_: object, **__: object) -> NoReturn:
        raise LookupError("Sam Lopez")


async def test_a_link_at_which_we_fail_ends_nothing_and_is_put_off_to_the_next_night(school, site, caplog):
    one = await make.resource(url=site.base + "/owls")
    assert (await check(Broken(), NOW, [school.card.id], pause=0)).looked == 0
    link = await link_of(one)
    assert (link.checked_at, link.state) == (None, LinkState.UNCHECKED)
    (line,) = (record for record in caplog.records if record.name == "engage.links")
    assert (line.error, line.place.split(":")[0]) == ("LookupError", "resources/link_checking.py")  # type: ignore[attr-defined]
    assert "Sam" not in JsonLines().format(line)
    assert (await look(school, site)).looked == 0
    assert (await look(school, site, NOW + NIGHT)).looked == 1


async def test_an_address_that_was_changed_meanwhile_is_left_alone(school, site):
    one = await make.resource(url=site.base + "/gone")
    before = link_checking.standing((await Link.filter(school_id=school.card.id).values(*link_checking.COLUMNS))[0])
    await Link.filter(school_id=school.card.id).update(url=site.base + "/owls")
    await link_checking.note((await link_of(one)).id, school.card.id, before, before, NOW)
    assert (await link_of(one)).checked_at is None


async def test_only_what_is_offered_and_only_the_schools_that_were_asked_for(school, site):
    await make.resource("Theirs", url=site.base + "/owls", school="roosevelt")
    gone = await make.resource("Gone", url=site.base + "/owls")
    await Resource.filter(id=gone.id, school_id=school.card.id).update(state="withdrawn")
    assert (await look(school, site)).looked == 0


async def test_the_job_looks_where_it_is_night(school, site, settings, monkeypatch):
    await make.resource("Here", url=site.base + "/owls")
    await make.resource("There", url=site.base + "/owls?there", school="hill")
    looked: list[list[int]] = []

    async def check(door: object, now: object, schools: list[int]) -> link_checking.Checked:
        looked.append(schools)
        return link_checking.Checked(0, link_checking.Counter(), ())

    monkeypatch.setattr(link_checking, "check", check)
    for hour in (4, 16):  # 11 pm in New York and 9 pm in Denver; 11 am and 9 am
        monkeypatch.setattr(link_checking.dates, "now", lambda hour=hour: NOW.replace(hour=hour))
        await check_links(settings)
    assert looked == [sorted([school.card.id, school.roosevelt.id])]


async def test_the_history_keeps_the_last_lines_only(school, site):
    one = await make.resource(url=site.base + "/owls")
    link = await link_of(one)
    for n in range(link_checking.REMEMBERED + 5):
        await link_checking.remember(school.card.id, link.id, LinkState.ALIVE, f"Line {n}", NOW + timedelta(hours=n))
    rows = await LinkCheck.filter(school_id=school.card.id).order_by("id").values_list("sentence", flat=True)
    assert (len(rows), rows[0]) == (link_checking.REMEMBERED, "Line 5")
