"""The harvest: each source that is due is visited under a lease, and what is new waits in the inbox.

Sources: SAFETY.md, F4, F9, I4; DESIGN.md, section 4, "The harvest runs".
"""

import asyncio
import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.connection import get_connection
from tortoise.expressions import Q

from engage import dates
from engage.database.queue import later, sql
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.database.worker import database_seconds
from engage.outside.cage import Cage, the_cage
from engage.outside.fetch import Door, Unreachable, Validators, door_of
from engage.resources import sorting, visiting
from engage.resources.incoming_models import InboxEntry, Source, Visit
from engage.resources.rules import EntryState, SourceState
from engage.resources.sorting import Harvested, Known
from engage.resources.visiting import Move
from engage.settings import Settings
from feeds import Feed, Unreadable
from feeds.address import host_of

log = logging.getLogger("engage.harvest")

AT_ONCE = 4
A_ROUND = 5_000
VISITS_KEPT = timedelta(days=30)
BATCH = 100


@dataclass(frozen=True)
class Lease:
    """The right to write about a source, as long as nobody else has taken a lease with a higher fence."""

    source_id: int
    school_id: int
    fence: int


@dataclass(frozen=True)
class Found:
    """What a visit found. code: "" for a good one. feed: None where nothing has changed, or nothing could be read."""

    code: str = ""
    sentence: str = ""
    status: int | None = None
    asked: timedelta | None = None
    permanent_url: str | None = None
    validators: Validators | None = None
    body_hash: str = ""
    quiet: timedelta = timedelta()
    feed: Feed | None = None
    entries: tuple[Harvested, ...] = ()


async def harvest(settings: Settings) -> int:
    """The job: visit what is due, by the database's own clock. How many entries are new."""
    now = datetime.fromtimestamp(await database_seconds(), UTC)
    return await harvest_due(door_of(settings), the_cage(), now)


async def harvest_now(door: Door, cage: Cage, now: datetime, source: str | None = None) -> int:
    """Visit one source by its key, or all that are active, whether they are due or not. How many entries are new."""
    with every_school("harvest on command"):
        chosen = Source.filter(key=source) if source else Source.filter(state=SourceState.ACTIVE)
        await chosen.update(next_visit_at=now, state=SourceState.ACTIVE)
    return await harvest_due(door, cage, now)


async def harvest_due(door: Door, cage: Cage, now: datetime) -> int:
    """Visit every active source whose time has come; one that fails holds up nobody. How many entries are new.

    Sources of one host are visited one after the other, a few hosts at once; those that answered last time come first.
    """
    with every_school("harvest"):
        due = (
            await Source.filter(state=SourceState.ACTIVE, next_visit_at__lte=now)
            .order_by("failures", "next_visit_at")
            .limit(A_ROUND)
            .values("id", "school_id", "url", "failures", "last_good_at")
        )
        # those that answered before come first, so that new ones that drip hold up none of them
        due.sort(key=lambda source: (source["failures"], source["last_good_at"] is None))
        room = asyncio.Semaphore(AT_ONCE)

        async def chain(sources: Iterable[dict[str, Any]]) -> int:
            new = 0
            for source in sources:
                async with room:
                    new += await _visit_safely(source["id"], source["school_id"], door, cage, now)
            return new

        by_host: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for source in due:
            by_host[host_of(source["url"])].append(source)
        return sum(await asyncio.gather(*(chain(sources) for sources in by_host.values())))


async def _visit_safely(source_id: int, school_id: int, door: Door, cage: Cage, now: datetime) -> int:
    try:
        return await visit(source_id, school_id, door, cage, now)
    except Exception as exc:  # noqa: BLE001 -- one source must not end the harvest of all others
        log.warning("a source could not be visited", extra={"error": type(exc).__name__})
        return 0


async def visit(source_id: int, school_id: int, door: Door, cage: Cage, now: datetime) -> int:
    """Visit one source, if nobody else does. How many entries are new."""
    lease = await claim(source_id, school_id, now)
    if lease is None:
        return 0
    source = await Source.filter(id=source_id, school_id=school_id).get()
    return await keep(lease, await look(source, door, cage, now), now)


async def claim(source_id: int, school_id: int, now: datetime) -> Lease | None:
    """A lease of 120 seconds by the database's clock, or None where the source is not due or another has it."""
    client = get_connection("default")
    rows = await client.execute_query_dict(
        sql(
            f"""UPDATE "source" SET "lease_until"={later(client)}, "fence"="fence"+1
            WHERE "id"=? AND "school_id"=? AND "state"='active' AND "next_visit_at" <= ?
            AND ("lease_until" IS NULL OR "lease_until" < {later(client)}) RETURNING "fence" """,
            client,
        ),
        [int(visiting.LEASE.total_seconds()), source_id, school_id, now, 0],
    )
    return Lease(source_id, school_id, rows[0]["fence"]) if rows else None


async def look(source: Source, door: Door, cage: Cage, now: datetime) -> Found:
    """What stands at the source's address now; a failure is an answer too."""
    known = Validators(source.etag, source.last_modified)
    try:
        got = await door.fetch(source.url, validators=None if _forget(source, now) else known)
    except Unreachable as no:
        return Found(code=no.code, sentence=no.sentence)
    as_before = Found(
        permanent_url=got.permanent_url, quiet=visiting.quiet_for(got.headers, None), body_hash=source.body_hash
    )
    if got.status == 304 and source.body_hash:
        return replace(as_before, validators=known)
    if got.status != 200:
        asked = visiting.retry_after(got.headers.get("retry-after", ""), now)
        return Found(f"http-{got.status}", visiting.status_sentence(got.status), got.status, asked)
    body_hash = hashlib.sha256(got.body).hexdigest()
    if body_hash == source.body_hash:
        return replace(as_before, validators=got.validators)
    try:
        feed = await cage.feed(got.body, got.url, got.headers)
    except Unreadable as no:
        return Found(code=no.code, sentence=no.sentence)
    # up to 500 long texts are cut to summaries: not between two pages that the same process answers
    entries = await asyncio.to_thread(sorting.harvest_of, feed, now, source.mode, source.key)
    return Found(
        permanent_url=got.permanent_url,
        validators=got.validators,
        body_hash=body_hash,
        quiet=visiting.quiet_for(got.headers, feed.ttl_minutes),
        feed=feed,
        entries=tuple(entries),
    )


@one_transaction
async def keep(lease: Lease, found: Found, now: datetime) -> int:
    """Write down what a visit found, in one unit of work; nothing if another has taken the source. How many are new."""
    mine = Source.filter(id=lease.source_id, school_id=lease.school_id, fence=lease.fence)
    source = await mine.select_for_update().first()
    if source is None:
        log.info("a visit came too late and was not kept")
        return 0
    good = not found.code
    new = changed = 0
    if found.feed is not None:
        new, changed = await _keep_entries(source, found, now)
    failures = 0 if good else source.failures + 1
    values: dict[str, Any] = {
        "lease_until": None,
        "last_visit_at": now,
        "failures": failures,
        "problem": found.sentence,
        # a person may have paused it in the meantime
        "state": visiting.state_after(failures, found.status) if source.state is SourceState.ACTIVE else source.state,
        "next_visit_at": visiting.next_visit(now, source.minutes_between, failures, found.asked, found.quiet),
    }
    if good:
        values |= {"last_good_at": now, "body_hash": found.body_hash, "changes_ids": source.changes_ids}
        values |= _about(source, found) | await _moving(source, found, now)
    await mine.update(**values)
    sentence = found.sentence or _came(new, changed)
    where: dict[str, Any] = {"school_id": lease.school_id, "source_id": lease.source_id}
    await Visit.create(**where, at=now, good=good, code=found.code, sentence=sentence, new=new, changed=changed)
    await Visit.filter(**where, at__lt=now - VISITS_KEPT).delete()
    return new


async def _keep_entries(source: Source, found: Found, now: datetime) -> tuple[int, int]:
    where = {"school_id": source.school_id, "source_id": source.id}  # type: ignore[attr-defined]
    columns = ("id", "identity", "second_key", "content_hash", "state", "published_at", "date_guessed", "proposal")
    first, second = ([getattr(each, key) for each in found.entries] for key in ("identity", "second_key"))
    rows = await InboxEntry.filter(Q(identity__in=first) | Q(second_key__in=second), **where).values(*columns)
    out = sorting.sort_out(found.entries, (Known(**row) for row in rows), source.changes_ids)
    source.changes_ids = out.changes_ids
    await InboxEntry.bulk_create(
        [InboxEntry(**where, **entry.columns, seen_at=now) for entry in out.new], batch_size=BATCH
    )
    for before, entry in out.changed:
        await InboxEntry.filter(id=before.id, school_id=source.school_id).update(  # type: ignore[attr-defined]
            **{name: value for name, value in entry.columns.items() if name not in _kept_of(entry)}
        )
    proposed = 0
    for before, entry in out.proposed:
        proposed += await _propose(before, entry, source)
    if out.new:
        await _let_go(where, {row["identity"] for row in rows} | {entry.identity for entry in out.new})
    return len(out.new), len(out.changed) + proposed


async def _propose(before: Known, entry: Harvested, source: Source) -> int:
    """Show what a feed now says differently of an entry that a person promoted; the entry itself stays."""
    mine = InboxEntry.filter(id=before.id, school_id=source.school_id)  # type: ignore[attr-defined]
    row = (await mine.values(*entry.content))[0]
    text = sorting.proposal(row, entry)
    return await mine.update(proposal=text) if text != before.proposal else 0


async def _let_go(where: dict[str, Any], in_feed: set[str]) -> None:
    """Let the oldest entries go that nobody promoted and that the feed no longer shows, past 2,000.

    in_feed: the identities of those that it shows.
    """
    others = InboxEntry.filter(**where).exclude(state=EntryState.PROMOTED)
    excess = await others.count() - sorting.KEPT
    if excess > 0:
        rows = others.order_by("published_at", "id").limit(excess + len(in_feed))
        oldest = await rows.values_list("id", "identity")
        gone = [number for number, identity in oldest if identity not in in_feed][:excess]
        await InboxEntry.filter(**where, id__in=gone).delete()


def _kept_of(entry: Harvested) -> set[str]:
    return {"identity", "published_at", "date_guessed"} if entry.date_guessed else {"identity"}


def _about(source: Source, found: Found) -> dict[str, Any]:
    """What a good visit says about the feed itself. A title that a person gave stays."""
    validators = found.validators or Validators()
    about: dict[str, Any] = {"etag": validators.etag, "last_modified": validators.modified}
    if found.feed is not None:
        about |= {"kind": found.feed.kind, "site": found.feed.site_url or source.site}
        about["title"] = source.title or found.feed.title
    return about


async def _moving(source: Source, found: Found, now: datetime) -> dict[str, Any]:
    """The address after one more word about it; it changes when three days agree and no other source has it."""
    before = Move(source.moved_to, source.moved_seen, source.moved_on)
    move = visiting.moved(before, found.permanent_url, dates.on(now, "UTC"))
    if visiting.has_moved(move):
        key = hash_of_address(move.to)
        taken = await Source.filter(school_id=source.school_id, url_hash=key).exists()  # type: ignore[attr-defined]
        if not taken:
            return {"url": move.to, "url_hash": key, "moved_to": "", "moved_seen": 0, "moved_on": None}
    return {"moved_to": move.to, "moved_seen": move.seen, "moved_on": move.on}


def hash_of_address(url: str) -> str:
    """What tells two sources of a school apart."""
    return hashlib.sha256(url.encode()).hexdigest()


def _forget(source: Source, now: datetime) -> bool:
    """Whether to ask for everything again: at the first visit of every fourteenth day, lest a site err for ever."""
    turn = (now.toordinal() + source.id) % visiting.VALIDATORS_LAST.days == 0
    return turn and (source.last_visit_at is None or source.last_visit_at.date() != now.date())


def _came(new: int, changed: int) -> str:
    if not new and not changed:
        return "Nothing new."
    return ", ".join(f"{number} {word}" for number, word in ((new, "new"), (changed, "changed")) if number) + "."
