"""What a visit to a source found is written down, in one unit of work, by whoever holds the source.

Sources: SAFETY.md, F4, F9, I4; STANDARDS.md, 2.1.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from tortoise.expressions import Q

from engage import dates
from engage.database.transaction import one_transaction
from engage.engagement import Kind, record
from engage.outside.fetch import Validators
from engage.people.models import School
from engage.people.rules import Reader, SchoolCard
from engage.resources import muting, sorting, visiting
from engage.resources.incoming_models import InboxEntry, Source, Visit
from engage.resources.rules import EntryState, SourceState, source_kind
from engage.resources.sorting import Harvested, Known
from engage.resources.visiting import Move
from feeds import Feed
from feeds.model import ENTRIES

log = logging.getLogger("engage.harvest")

VISITS_KEPT = timedelta(days=30)
BATCH = 100
CARD = tuple(field.name for field in fields(SchoolCard))


@dataclass(frozen=True)
class Lease:
    """The right to write about a source, as long as nobody else has taken a lease with a higher fence."""

    source_id: int
    school_id: int
    fence: int


@dataclass(frozen=True)
class Found:
    """What a visit found. code: "" for a good one. feed: None where nothing has changed, or nothing could be read.

    note: what the specialist should know of a good visit as well.
    """

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
    note: str = ""


@one_transaction
async def keep(lease: Lease, found: Found, now: datetime) -> int:
    """Write down what a visit found, in one unit of work; nothing if another has taken the source. How many are new."""
    mine = Source.filter(id=lease.source_id, school_id=lease.school_id, fence=lease.fence)
    source = await mine.select_for_update().first()
    if source is None:
        log.info("a visit came too late and was not kept")
        return 0
    before = dict(source)  # type: ignore[call-overload]
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
    if found.feed is not None:
        values["slices"] = " ".join(found.feed.slices) if await _is_roomy(source) else ""
    await mine.update(**{name: value for name, value in values.items() if before[name] != value})
    sentence = found.sentence or " ".join(part for part in (_came(new, changed), found.note) if part)
    where: dict[str, Any] = {"school_id": lease.school_id, "source_id": lease.source_id}
    await Visit.create(**where, at=now, good=good, code=found.code, sentence=sentence, new=new, changed=changed)
    if source.last_visit_at is None or source.last_visit_at.date() != now.date():  # once a day is enough
        await Visit.filter(**where, at__lt=now - VISITS_KEPT).delete()
    return new


async def _keep_entries(source: Source, found: Found, now: datetime) -> tuple[int, int]:
    where = {"school_id": source.school_id, "source_id": source.id}  # type: ignore[attr-defined]
    columns = ("id", "identity", "second_key", "content_hash", "state", "published_at", "date_guessed", "proposal")
    first, second = ([getattr(each, key) for each in found.entries] for key in ("identity", "second_key"))
    rows = await InboxEntry.filter(Q(identity__in=first) | Q(second_key__in=second), **where).values(*columns)
    unchanged = found.feed.unchanged if found.feed else 0
    out = sorting.sort_out(found.entries, (Known(**row) for row in rows), source.changes_ids, unchanged)
    source.changes_ids = out.changes_ids
    await _add(source, out.new, now)
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


async def _add(source: Source, new: Sequence[Harvested], now: datetime) -> None:
    """Put new entries into the inbox; those with words that the school does not want are muted, and counted."""
    if not new:
        return
    school_id: int = source.school_id  # type: ignore[attr-defined]
    rules = await muting.rules_of(source.id, school_id)
    muted: list[int] = []
    rows = []
    for entry in new:
        row = InboxEntry(school_id=school_id, source_id=source.id, **entry.columns, seen_at=now)
        rule = muting.first_fitting(rules, entry.title)
        if rule is not None:
            row.state, row.mute_id, row.decided_at = EntryState.MUTED, rule.id, now
            muted.append(rule.id)
        rows.append(row)
    await InboxEntry.bulk_create(rows, batch_size=BATCH)
    await muting.count_muted(school_id, muted)
    school = SchoolCard(**(await School.filter(id=school_id).values(*CARD))[0])
    await record(Kind.SOURCE_HARVESTED, by=Reader(school=school), on=dates.on(now, school.zone), count=len(rows))


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


async def _is_roomy(source: Source) -> bool:
    """Whether the next visit cannot fill the source: before old entries go, all that the feed shows has to be read."""
    where = {"school_id": source.school_id, "source_id": source.id}  # type: ignore[attr-defined]
    kept = await InboxEntry.filter(**where).exclude(state=EntryState.PROMOTED).count()
    return kept + ENTRIES <= sorting.KEPT


def _kept_of(entry: Harvested) -> set[str]:
    return {"identity", "published_at", "date_guessed"} if entry.date_guessed else {"identity"}


def _about(source: Source, found: Found) -> dict[str, Any]:
    """What a good visit says about the feed itself. A title that a person gave stays."""
    validators = found.validators or Validators()
    about: dict[str, Any] = {"etag": validators.etag, "last_modified": validators.modified}
    if found.feed is not None:
        if not found.feed.unchanged:  # it takes all entries to tell
            about |= {"kind": source_kind(found.feed.kind, found.feed.format)}
        about |= {"site": found.feed.site_url or source.site, "rest": visiting.rest_of(found.feed)}
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


def _came(new: int, changed: int) -> str:
    if not new and not changed:
        return "Nothing new."
    return ", ".join(f"{number} {word}" for number, word in ((new, "new"), (changed, "changed")) if number) + "."
