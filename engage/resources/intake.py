"""What a visit to a source found is written down, in one unit of work, by whoever holds the source.

Sources: SAFETY.md, F4, F9, I4; STANDARDS.md, 2.1.
"""

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from tortoise.connection import get_connection

from engage import dates
from engage.database import rows
from engage.database.fields import new_key
from engage.database.queue import sql
from engage.database.transaction import one_transaction
from engage.engagement.diary import record
from engage.engagement.rules import Kind
from engage.outside.fetch import Validators
from engage.people.models import School
from engage.people.rules import Reader, SchoolCard
from engage.resources import muting, sorting, visiting
from engage.resources.incoming_models import InboxEntry, Source, Visit
from engage.resources.leases import Lease as Lease
from engage.resources.rules import EntryState, SourceState, source_kind
from engage.resources.sorting import Harvested, Known
from engage.resources.visiting import Move
from feeds import Feed
from feeds.model import ENTRIES

log = logging.getLogger("engage.harvest")

VISITS_KEPT = timedelta(days=30)
NOTHING_NEW = "Nothing new."
# what has to be known of a source to write about it, and of an entry to sort it out
SOURCE = (
    *("state", "title", "site", "kind", "etag", "last_modified", "body_hash", "slices", "rest", "changes_ids"),
    *("minutes_between", "lease_until", "last_visit_at", "last_good_at", "next_visit_at", "failures", "problem"),
    *("moved_to", "moved_seen", "moved_on", "url", "url_hash"),
)
# how many entries there are that nobody promoted, and whether any words are muted
BESIDE = f"""(SELECT COUNT(*) FROM "inbox_entry" AS "e" WHERE "e"."school_id"="source"."school_id"
    AND "e"."source_id"="source"."id" AND "e"."state"<>'{EntryState.PROMOTED}') AS "kept",
    EXISTS (SELECT 1 FROM "mute_rule" AS "m" WHERE "m"."school_id"="source"."school_id") AS "mutes" """
KNOWN = ("id", "identity", "second_key", "content_hash", "state", "published_at", "date_guessed", "proposal")
CARD = tuple(field.name for field in fields(SchoolCard))


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
async def keep(lease: Lease, found: Found, now: datetime, cards: dict[int, SchoolCard] | None = None) -> int:
    """Write down what a visit found, in one unit of work; nothing if another has taken the source. How many are new.

    cards: schools that were looked up before, by their ids.
    """
    source = await _held(lease, BESIDE if found.feed is not None else "")
    if source is None:
        log.info("a visit came too late and was not kept")
        return 0
    good = not found.code
    new = changed = 0
    failures = 0 if good else source["failures"] + 1
    values: dict[str, Any] = {
        "lease_until": None,
        "last_visit_at": now,
        "failures": failures,
        "problem": found.sentence,
        "next_visit_at": visiting.next_visit(now, source["minutes_between"], failures, found.asked, found.quiet),
    }
    if source["state"] is SourceState.ACTIVE:  # a person may have paused it in the meantime
        values["state"] = visiting.state_after(failures, found.status)
    if good:
        values |= {"last_good_at": now, "body_hash": found.body_hash}
        values |= _about(source, found) | await _moving(lease, source, found, now)
    if found.feed is not None:
        out = await _sort_out(lease, source, found)
        new, changed, kept = await _keep_entries(lease, source, out, now, {} if cards is None else cards)
        # before old entries go, all that the feed shows has to be read
        values["slices"] = " ".join(found.feed.slices) if kept + ENTRIES <= sorting.KEPT else ""
        values["changes_ids"] = out.changes_ids
    await rows.change(Source, {name: value for name, value in values.items() if source[name] != value}, _key(lease))
    sentence = found.sentence or " ".join(part for part in (_came(new, changed), found.note) if part)
    await note_visits([(lease, found.code, sentence, new, changed)], now)
    if visiting.is_first_of_day(source["last_visit_at"], now):  # once a day is enough
        await let_visits_go([lease], now)
    return new


async def _held(lease: Lease, beside: str) -> dict[str, Any] | None:
    """The source, kept from all others until the unit is over; None where another has it."""
    held = await rows.read(Source, SOURCE, {**_key(lease), "fence": lease.fence}, lock=True, beside=beside)
    return held[0] if held else None


def _key(lease: Lease) -> dict[str, Any]:
    return {"school_id": lease.school_id, "id": lease.source_id}


async def _sort_out(lease: Lease, source: Mapping[str, Any], found: Found) -> sorting.Sorted:
    first, second = ([getattr(each, key) for each in found.entries] for key in ("identity", "second_key"))
    known: list[dict[str, Any]] = []
    if first:
        where = {"school_id": lease.school_id, "source_id": lease.source_id}
        known = await rows.read(InboxEntry, KNOWN, where, either={"identity": first, "second_key": second})
    unchanged = found.feed.unchanged if found.feed else 0
    return sorting.sort_out(found.entries, (Known(**row) for row in known), source["changes_ids"], unchanged)


async def _keep_entries(
    lease: Lease, source: Mapping[str, Any], out: sorting.Sorted, now: datetime, cards: dict[int, SchoolCard]
) -> tuple[int, int, int]:
    """How many entries are new and how many changed; and how many there are that nobody promoted."""
    mine = InboxEntry.filter(school_id=lease.school_id, source_id=lease.source_id)
    rules = await muting.rules_of(lease.source_id, lease.school_id) if out.new and source["mutes"] else []
    await _add(lease, out.new, rules, now, cards)
    for before, entry in out.changed:
        await mine.filter(id=before.id).update(
            **{name: value for name, value in entry.columns.items() if name not in _kept_of(entry)}
        )
    proposed = 0
    for before, entry in out.proposed:
        proposed += await _propose(before, entry, lease)
    kept = source["kept"] + len(out.new)
    if out.new and kept > sorting.KEPT:
        kept -= await _let_go(lease, out.shown, kept - sorting.KEPT)
    return len(out.new), len(out.changed) + proposed, kept


async def _add(
    lease: Lease, new: Sequence[Harvested], rules: Sequence[muting.Rule], now: datetime, cards: dict[int, SchoolCard]
) -> None:
    """Put new entries into the inbox; those with words that the school does not want are muted, and counted."""
    if not new:
        return
    school_id = lease.school_id
    muted: list[int] = []
    added = []
    for entry in new:
        rule = muting.first_fitting(rules, entry.title)
        decided: dict[str, Any] = {"state": EntryState.WAITING, "mute_id": None, "decided_at": None}
        if rule is not None:
            decided = {"state": EntryState.MUTED, "mute_id": rule.id, "decided_at": now}
            muted.append(rule.id)
        where = {"school_id": school_id, "source_id": lease.source_id, "key": new_key(), "seen_at": now}
        added.append({**where, **entry.columns, **decided, "why": "", "proposal": ""})
    await rows.add(InboxEntry, added)
    await muting.count_muted(school_id, muted)
    if school_id not in cards:
        cards[school_id] = SchoolCard(**(await School.filter(id=school_id).values(*CARD))[0])
    school = cards[school_id]
    await record(Kind.SOURCE_HARVESTED, by=Reader(school=school), on=dates.on(now, school.zone), count=len(added))


async def _propose(before: Known, entry: Harvested, lease: Lease) -> int:
    """Show what a feed now says differently of an entry that a person promoted; the entry itself stays."""
    mine = InboxEntry.filter(id=before.id, school_id=lease.school_id)
    row = (await mine.values(*entry.content))[0]
    text = sorting.proposal(row, entry)
    return await mine.update(proposal=text) if text != before.proposal else 0


async def _let_go(lease: Lease, in_feed: frozenset[str], excess: int) -> int:
    """Let the oldest entries go that nobody promoted and that the feed no longer shows, past 2,000. How many went.

    in_feed: the identities of those that it shows.
    """
    mine = InboxEntry.filter(school_id=lease.school_id, source_id=lease.source_id)
    others = mine.exclude(state=EntryState.PROMOTED).order_by("published_at", "id")
    oldest = await others.limit(excess + len(in_feed)).values_list("id", "identity")
    gone = [number for number, identity in oldest if identity not in in_feed][:excess]
    return await mine.filter(id__in=gone).delete()


async def note_visits(visits: Iterable[tuple[Lease, str, str, int, int]], now: datetime) -> None:
    """Remember visits. visits: the lease of each, its code ("" for a good one), sentence, new and changed entries."""
    named = ("source_id", "school_id", "at", "good", "code", "sentence", "new", "changed")
    told = [(one.source_id, one.school_id, now, not code, code, *words) for one, code, *words in visits]
    await rows.add(Visit, [dict(zip(named, each, strict=True)) for each in told])


async def let_visits_go(leases: Sequence[Lease], now: datetime) -> None:
    """Forget the visits to these sources that are older than thirty days."""
    if leases:
        schools, sources = [one.school_id for one in leases], [one.source_id for one in leases]
        marks, client = ", ".join("?" * len(leases)), get_connection("default")
        text = f'DELETE FROM "visit" WHERE "school_id" IN ({marks}) AND "source_id" IN ({marks}) AND "at"<?'
        await client.execute_query(sql(text, client), [*schools, *sources, now - VISITS_KEPT])


def _kept_of(entry: Harvested) -> set[str]:
    return {"identity", "published_at", "date_guessed"} if entry.date_guessed else {"identity"}


def _about(source: Mapping[str, Any], found: Found) -> dict[str, Any]:
    """What a good visit says about the feed itself. A title that a person gave stays."""
    validators = found.validators or Validators()
    about: dict[str, Any] = {"etag": validators.etag, "last_modified": validators.modified}
    if found.feed is not None:
        if not found.feed.unchanged:  # it takes all entries to tell
            about |= {"kind": source_kind(found.feed.kind, found.feed.format)}
        about |= {"site": found.feed.site_url or source["site"], "rest": visiting.rest_of(found.feed)}
        about["title"] = source["title"] or found.feed.title
    return about


async def _moving(lease: Lease, source: Mapping[str, Any], found: Found, now: datetime) -> dict[str, Any]:
    """The address after one more word about it; it changes when three days agree and no other source has it."""
    before = Move(source["moved_to"], source["moved_seen"], source["moved_on"])
    move = visiting.moved(before, found.permanent_url, dates.on(now, "UTC"))
    if visiting.has_moved(move):
        key = hash_of_address(move.to)
        taken = await Source.filter(school_id=lease.school_id, url_hash=key).exists()
        if not taken:
            return {"url": move.to, "url_hash": key, "moved_to": "", "moved_seen": 0, "moved_on": None}
    return {"moved_to": move.to, "moved_seen": move.seen, "moved_on": move.on}


def hash_of_address(url: str) -> str:
    """What tells two sources of a school apart."""
    return hashlib.sha256(url.encode()).hexdigest()


def _came(new: int, changed: int) -> str:
    if not new and not changed:
        return NOTHING_NEW
    return ", ".join(f"{number} {word}" for number, word in ((new, "new"), (changed, "changed")) if number) + "."
