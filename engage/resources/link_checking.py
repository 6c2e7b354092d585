"""The look at links: by night, by one question at a time for each site, and with a pause between.

Sources: PRODUCT.md, 2, "Link check"; SAFETY.md, F1 to F3 and P7.
"""

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tortoise.exceptions import BaseORMException
from tortoise.expressions import F, Q

from engage import dates
from engage.database import worker
from engage.database.fields import new_key
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import Busy
from engage.outside.fetch import Door, Unreachable, door_of
from engage.people.models import School
from engage.resources import keeping, link_rules
from engage.resources.link_rules import Looked, Standing
from engage.resources.models import Link, LinkCheck, Resource
from engage.resources.rules import LinkState, ResourceState
from engage.settings import Settings
from feeds.address import host_of

log = logging.getLogger("engage.links")

AT_ONCE = 3
A_ROUND = 2_000
OF_A_HOST = 60
ROUND_SECONDS = 40 * 60.0
PAUSE_SECONDS = 1.0
# enough for the title of a page; of a film nothing more is fetched either
BEGINNING = 128 * 1024
SECONDS = 20.0
REMEMBERED = 20
# looks nearer to each other are of one day
A_DAY = timedelta(hours=12)
COLUMNS = ("id", "school_id", "url", "state", "access", "failures", "found", "moved_to", "fingerprint")


@dataclass(frozen=True)
class Checked:
    """What a round found. states: how many links stand how now. dead: address and sentence of each that is dead."""

    looked: int
    states: Counter[LinkState]
    dead: tuple[tuple[str, str], ...]


async def check_links(settings: Settings) -> int:
    """The job: look at the links that are due, of the schools where it is night. How many were looked at."""
    now = dates.now()
    with every_school("links of all schools"):
        schools = await School.filter(closed_at=None).values("id", "zone")
    asleep = [row["id"] for row in schools if link_rules.is_night(now.astimezone(ZoneInfo(row["zone"])).hour)]
    return (await check(door_of(settings), now, asleep)).looked if asleep else 0


async def check(
    door: Door,
    now: datetime,
    school_ids: Sequence[int],
    *,
    everything: bool = False,
    pause: float = PAUSE_SECONDS,
    progress: Callable[[int, int], None] | None = None,
) -> Checked:
    """Look at the links of these schools that are due. everything: at those that are not, too.

    pause: seconds between two questions to one site. progress: told how many of how many have been looked at.
    """
    with every_school("links of all schools"):
        rows = await _due(now, school_ids, everything)
        by_host: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            by_host[host_of(row["url"])].append(row)
        room, until = asyncio.Semaphore(AT_ONCE), time.monotonic() + ROUND_SECONDS
        seen: list[tuple[str, Standing]] = []

        async def walk(chain: list[dict[str, Any]]) -> None:
            for number, row in enumerate(chain):
                if number:
                    await asyncio.sleep(pause)
                async with room:
                    if time.monotonic() > until and not everything:
                        return
                    after = await _safely(row, door, now)
                if after is not None:
                    seen.append((row["url"], after))
                if progress is not None:
                    progress(len(seen), len(rows))

        await asyncio.gather(*map(walk, by_host.values()))
    dead = tuple((url, after.found) for url, after in seen if after.state is LinkState.DEAD)
    return Checked(len(seen), Counter(after.state for _, after in seen), dead)


async def _due(now: datetime, school_ids: Sequence[int], everything: bool) -> list[dict[str, Any]]:
    """What a round looks at: links never seen before, then those that wait longest; so many of a host."""
    links = Link.filter(school_id__in=list(school_ids), resource__state=ResourceState.OFFERED)
    if everything:
        return await links.order_by("id").values(*COLUMNS, "checked_at")
    due = links.filter(Q(next_check_at__isnull=True) | Q(next_check_at__lte=now))
    chosen: list[dict[str, Any]] = []
    of_host: Counter[str] = Counter()
    # two questions, since an empty moment comes first in one database and last in the other
    for waiting in (
        due.filter(checked_at__isnull=True).order_by("id"),
        due.filter(checked_at__isnull=False).order_by("checked_at", "id"),
    ):
        start = 0
        # a site with more than a round can hold must not stand before all others
        while len(chosen) < A_ROUND:
            rows = await waiting.offset(start).limit(A_ROUND).values(*COLUMNS, "checked_at")
            for row in rows:
                host = host_of(row["url"])
                of_host[host] += 1
                if of_host[host] <= OF_A_HOST:
                    chosen.append(row)
            if len(rows) < A_ROUND:
                break
            start += A_ROUND
    return chosen[:A_ROUND]


async def _safely(row: dict[str, Any], door: Door, now: datetime) -> Standing | None:
    try:
        before = standing(row)
        another_day = row["checked_at"] is None or now - row["checked_at"] >= A_DAY
        after = link_rules.judge(before, await look(row["url"], door), another_day)
        await note(row["id"], row["school_id"], before, after, now)
    except Exception as exc:  # noqa: BLE001 -- one link must not end the look at all others
        log.warning("a link could not be looked at", extra={"error": type(exc).__name__, "place": worker.place(exc)})
        # where this fails too, it stays due
        with suppress(Busy, BaseORMException):
            await put_off(row["id"], row["school_id"], now)
        return None
    return after


@one_transaction
async def put_off(link_id: int, school_id: int, now: datetime) -> None:
    """Look at a link the next night, and leave what is known of it."""
    await Link.filter(id=link_id, school_id=school_id).update(next_check_at=now + link_rules.ILL)


def standing(row: dict[str, Any]) -> Standing:
    """What a row of Link says."""
    known = {name: row[name] for name in COLUMNS if name not in ("id", "school_id")}
    return Standing(**{**known, "state": LinkState(known["state"])})


async def look(url: str, door: Door) -> Looked:
    """What the site answers now."""
    try:
        got = await door.fetch(url, limit=BEGINNING, cut=True, seconds=SECONDS, accept="text/html, */*;q=0.5")
    except Unreachable as no:
        return Looked(0, code=no.code)
    title = link_rules.title_in(got.body) if "html" in got.headers.get("content-type", "") else b""
    return Looked(got.status, got.url, got.permanent_url, title)


@one_transaction
async def note(link_id: int, school_id: int, before: Standing, after: Standing, now: datetime) -> None:
    """Write down what a look found, unless the address was changed meanwhile; what is new goes into the history."""
    link = await Link.get_or_none(id=link_id, school_id=school_id, url=before.url)
    if link is None:
        return
    changed = (link.state, link.found) != (after.state, after.found)
    turned = (link.state is LinkState.DEAD) != (after.state is LinkState.DEAD)
    values: dict[str, Any] = {
        "state": after.state,
        "failures": after.failures,
        "found": after.found,
        "moved_to": after.moved_to,
        "fingerprint": after.fingerprint,
        "checked_at": now,
        "next_check_at": link_rules.next_look(after, link_id, now),
        "key": link.key or new_key(),
    }
    await link.update_from_dict(values).save(update_fields=list(values))
    if changed:
        await remember(school_id, link_id, after.state, after.found, now)
    if turned:
        resource = Resource.filter(id=link.resource_id, school_id=school_id)  # type: ignore[attr-defined]
        await resource.update(version=F("version") + 1)
        await keeping.note_stock(school_id, [link.resource_id])  # type: ignore[attr-defined]


async def remember(
    school_id: int, link_id: int, state: LinkState, sentence: str, now: datetime, by_id: int | None = None
) -> None:
    """One more line in the history of a link; the oldest go."""
    of = {"school_id": school_id, "link_id": link_id}
    await LinkCheck.create(**of, at=now, state=state, sentence=sentence, by_id=by_id)  # type: ignore[arg-type]
    old = await LinkCheck.filter(**of).order_by("-at", "-id").offset(REMEMBERED).limit(100).values_list("id")
    if old:
        await LinkCheck.filter(school_id=school_id, id__in=[number for (number,) in old]).delete()
