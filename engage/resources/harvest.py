"""The harvest: each source that is due is visited under a lease, and what is new waits in the inbox.

Sources: SAFETY.md, F4, F9, I4; DESIGN.md, section 4, "The harvest runs".
"""

import asyncio
import hashlib
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tortoise.queryset import QuerySet

from engage.database.tenancy import every_school
from engage.database.worker import database_seconds
from engage.errors import Refused
from engage.outside.cage import Cage, the_cage
from engage.outside.fetch import Door, Unreachable, Validators, door_of
from engage.people.queries import open_schools
from engage.people.rules import SchoolCard
from engage.resources import paged, sorting, visiting
from engage.resources.incoming_models import Source
from engage.resources.intake import Found, hash_of_address, keep
from engage.resources.leases import Lease, Taken, Turns, claim
from engage.resources.rules import SourceState
from engage.resources.settling import Settling
from engage.settings import Settings
from feeds import Unreadable
from feeds.address import host_of

__all__ = [
    "Found",
    "Lease",
    "Round",
    "claim",
    "harvest",
    "harvest_due",
    "harvest_now",
    "hash_of_address",
    "keep",
    "look",
]

log = logging.getLogger("engage.harvest")

AT_ONCE = 4
A_ROUND = 5_000
FEW = 5  # entries that are sorted out in half a millisecond


async def harvest(settings: Settings) -> int:
    """The job: visit what is due, by the database's own clock. How many entries are new."""
    now = datetime.fromtimestamp(await database_seconds(), UTC)
    return await harvest_due(door_of(settings), the_cage(), now)


@dataclass(frozen=True)
class Round:
    """What visits on command found. problems: name and sentence of each source that could not be read."""

    visited: int
    new: int
    problems: tuple[tuple[str, str], ...]


async def harvest_now(
    door: Door, cage: Cage, now: datetime, source: str | None = None, progress: Callable[[int, int], None] | None = None
) -> Round:
    """Visit one source by its key, or all that are active, whether they are due or not.

    progress: told how many of how many have been visited. Raises Refused where the one source is none, or is not
    visited: what is paused or only suggested waits for a person.
    """
    with every_school("harvest on command"):
        active = Source.filter(state=SourceState.ACTIVE, school_id__in=open_schools())
        chosen = active.filter(key=source) if source else active
        await chosen.update(next_visit_at=now)
        due = await _known(chosen)
        if source and not due:
            raise Refused("No feed that is visited has this key. A paused or suggested feed waits for a person.")
        new = await _visit_all(due, door, cage, now, progress)
        visited = Source.filter(last_visit_at=now, **({"key": source} if source else {}))
        rows = await visited.exclude(problem="").values("title", "url", "problem")
    return Round(len(due), new, tuple((row["title"] or row["url"], row["problem"]) for row in rows))


async def harvest_due(door: Door, cage: Cage, now: datetime) -> int:
    """Visit every active source whose time has come; one that fails holds up nobody. How many entries are new.

    Sources of one host are visited one after the other, a few hosts at once; those that answered last time come first.
    """
    with every_school("harvest"):
        due = Source.filter(state=SourceState.ACTIVE, next_visit_at__lte=now, school_id__in=open_schools())
        return await _visit_all(await _known(due), door, cage, now)


async def _known(sources: QuerySet[Source]) -> list[dict[str, Any]]:
    asked = sources.order_by("failures", "next_visit_at").limit(A_ROUND)
    rows: list[dict[str, Any]] = await asked.values("id", "school_id", "url", "failures", "last_good_at")
    return rows


async def _visit_all(
    due: list[dict[str, Any]],
    door: Door,
    cage: Cage,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    # those that answered before come first, so that new ones that drip hold up none of them
    due.sort(key=lambda source: (source["failures"], source["last_good_at"] is None))
    by_host: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for source in due:
        by_host[host_of(source["url"])].append((source["id"], source["school_id"]))
    turns, settling = Turns(by_host.values(), now), Settling(now)
    cards: dict[int, SchoolCard] = {}
    done = 0

    async def in_turns() -> int:
        nonlocal done
        new = 0
        while (turn := await turns.next()) is not None:
            source, others = turn
            new += await _visit_safely(source, door, cage, now, settling, cards)
            turns.done(others)
            done += 1
            if progress is not None:
                progress(done + turns.passed, len(due))
        return new

    async with settling:
        new = sum(await asyncio.gather(*(in_turns() for _ in range(AT_ONCE))))
    if progress is not None and turns.passed:
        progress(len(due), len(due))
    return new


async def _visit_safely(
    source: Taken, door: Door, cage: Cage, now: datetime, settling: Settling, cards: dict[int, SchoolCard]
) -> int:
    try:
        found = await look(source, door, cage, now)
        if settling.takes(source, found):
            await settling.add(source, found)
            return 0
        return await keep(source.lease, found, now, cards)
    except Exception as exc:  # noqa: BLE001 -- one source must not end the harvest of all others
        log.warning("a source could not be visited", extra={"error": type(exc).__name__})
        return 0


async def look(source: Taken, door: Door, cage: Cage, now: datetime) -> Found:
    """What stands at the source's address now; a failure is an answer too."""
    known = Validators(source.etag, source.last_modified)
    anew = _forget(source, now)
    try:
        got = await door.fetch(source.url, validators=None if anew else known)
    except Unreachable as no:
        return Found(code=no.code, sentence=no.sentence)
    resting = visiting.resting(source.rest)
    quiet = visiting.quiet_until_awake(resting, now, source.minutes_between, got.headers)
    as_before = Found(permanent_url=got.permanent_url, quiet=quiet, body_hash=source.body_hash)
    if got.status == 304 and source.body_hash:
        return replace(as_before, validators=known)
    if got.status != 200:
        asked = visiting.retry_after(got.headers.get("retry-after", ""), now)
        return Found(f"http-{got.status}", visiting.status_sentence(got.status), got.status, asked)
    body_hash = hashlib.sha256(got.body).hexdigest()
    if body_hash == source.body_hash:
        return replace(as_before, validators=got.validators)
    may_leave_out = bool(source.body_hash) and not anew and not source.changes_ids
    slices = source.slices.split() if may_leave_out else ()
    try:
        feed = await cage.feed(got.body, got.url, got.headers, slices)
    except Unreadable as no:
        return Found(code=no.code, sentence=no.sentence)
    feed, note = await paged.whole(feed, got, door, cage, time.monotonic() + paged.SECONDS)
    told = (feed, now, source.mode, source.key, source.language)
    # up to 500 long texts are cut to summaries: not between two pages that the same process answers
    entries = (
        sorting.harvest_of(*told) if len(feed.entries) <= FEW else await asyncio.to_thread(sorting.harvest_of, *told)
    )
    return Found(
        permanent_url=got.permanent_url,
        # what is not whole is read again next time
        validators=Validators() if note.again else got.validators,
        body_hash="" if note.again else body_hash,
        quiet=visiting.quiet_until_awake(feed, now, source.minutes_between, got.headers),
        feed=feed,
        entries=tuple(entries),
        note=" ".join(filter(None, (note.sentence, visiting.left_out_sentence(feed)))),
    )


def _forget(source: Taken, now: datetime) -> bool:
    """Whether to ask for everything again: at the first visit of every fourteenth day, lest a site err for ever."""
    turn = (now.toordinal() + source.id) % visiting.VALIDATORS_LAST.days == 0
    return turn and (source.last_visit_at is None or source.last_visit_at.date() != now.date())
