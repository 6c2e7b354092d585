"""What a person decides about entries of the inbox: into the catalogue and onto a list, not for us, or back again.

It stands here and not with resources, because a promotion may end on a list, in the same unit of work.
See DECISIONS.md, "The inbox is worked in the lists wing".
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.expressions import F

from engage import dates
from engage.database.transaction import one_transaction
from engage.engagement.diary import record
from engage.engagement.rules import Kind, Mode
from engage.errors import NotFound, Refused
from engage.lists import editing
from engage.lists.editing import Addition
from engage.lists.models import CuratedList, ListItem
from engage.lists.taking_in import resources_for
from engage.people.rules import Reader
from engage.resources import inbox, sorting
from engage.resources.inbox import Wanted
from engage.resources.incoming_models import InboxEntry
from engage.resources.models import Link, Resource
from engage.resources.promoting import record_of
from engage.resources.record import NAME, neat
from engage.resources.revising import Change, revise_all
from engage.resources.rules import EntryState, ResourceState

MOST = 25
WHY = 1_000
OPEN = (EntryState.WAITING, EntryState.IGNORED, EntryState.MUTED)
DECIDED = (EntryState.PROMOTED, EntryState.IGNORED, EntryState.MUTED)
MOST_PROMOTED = 250
BATCH = 500
# how the origin of a resource begins that a promotion brought
OURS = "inbox "
UNDECIDED = {
    "state": EntryState.WAITING,
    "decided_by_id": None,
    "decided_at": None,
    "why": "",
    "proposal": "",
    "mute_id": None,
}


@dataclass(frozen=True)
class Promoted:
    """What came of a promotion. titles: of what is new in the catalogue or on the list.

    there: titles of what stood on the list already. curated: the list's title, "" for the catalogue alone.
    """

    titles: tuple[str, ...]
    there: tuple[str, ...] = ()
    curated: str = ""


@one_transaction
async def promote(
    notes: Mapping[str, str],
    curated: str,
    by: Reader,
    same: Mapping[str, str] | None = None,
    at: datetime | None = None,
) -> Promoted:
    """Put entries into the catalogue and, if a list is named, onto it, each with its note.

    notes: by the key of the entry, why it is good; on the list it is the annotation. curated: the key of the list, or
    "". same: by the key of the entry, the key of the resource that it is, where a person said so, and "" where one
    said that we have none; else its numbers tell, and of a work its title and maker. at: the moment under which
    `undo_all` finds what was decided together. Entries that somebody decided about meanwhile are left as they
    are. Raises NotFound, NotAllowed, Refused.
    """
    _check(notes)
    whys = {key: _note(note) for key, note in notes.items()}
    waiting = InboxEntry.filter(school_id=by.school.id, key__in=list(notes), state__in=OPEN)
    # whoever decides first holds the rows; the other one waits here and then leaves them
    held = {row.key for row in await waiting.order_by("id").select_for_update(no_key=True).only("id", "key")}
    entries = await _entries([key for key in notes if key in held], OPEN, by)
    resources = await resources_for(entries, same or {}, by)
    promoted: list[tuple[str, Addition]] = []
    for entry in entries:
        resource, note = resources[entry["key"]], whys[entry["key"]]
        mode, format = Mode(entry["mode"]), str(entry["format"])
        await record(Kind.ENTRY_PROMOTED, by=by, mode=mode, format=format, resource_id=resource["id"])
        promoted.append((resource["title"], Addition(resource["key"], annotation=note)))
    await _keep(entries, resources, whys, by, at or dates.now())
    if not curated:
        return Promoted(tuple(title for title, _ in promoted))
    added = await editing.add_items(curated, [addition for _, addition in promoted], by=by)
    # two entries may be one resource: it is new on the list once
    there = Counter(added.there)
    titles: tuple[list[str], list[str]] = ([], [])
    for title, addition in reversed(promoted):
        stood = there[addition.resource] > 0
        there[addition.resource] -= stood
        titles[stood].insert(0, title)
    name = (await CuratedList.get(school_id=by.school.id, key=curated)).title if entries else ""
    return Promoted(tuple(titles[False]), tuple(titles[True]), name)


@one_transaction
async def ignore(keys: Collection[str], why: str, by: Reader, at: datetime | None = None) -> int:
    """Say that entries are not for us. How many. at: as for `promote`."""
    _check(keys)
    mine = InboxEntry.filter(school_id=by.school.id, key__in=list(keys), state=EntryState.WAITING)
    decided = {"decided_by_id": by.id, "decided_at": at or dates.now(), "why": _note(why)}
    return await mine.update(state=EntryState.IGNORED, **decided)


@one_transaction
async def ignore_all(notes: Mapping[str, str], by: Reader, at: datetime | None = None) -> int:
    """The same of several, each for its own reason. notes: by the key of the entry."""
    _check(notes)
    whys = dict.fromkeys(notes.values())
    some = [[key for key, note in notes.items() if note == why] for why in whys]
    return sum([await ignore(keys, why, by=by, at=at) for keys, why in zip(some, whys, strict=True)])


@one_transaction
async def ignore_matching(wanted: Wanted, expected: int, by: Reader, at: datetime) -> int:
    """Say of all waiting entries that match that they are not for us. How many.

    expected: how many the person was told of; if it is another number now, nothing is done. Raises Refused.
    """
    ids = await _matching(wanted, expected, "id", by)
    decided = {"decided_by_id": by.id, "decided_at": at}
    for start in range(0, len(ids), BATCH):
        mine = InboxEntry.filter(school_id=by.school.id, id__in=ids[start : start + BATCH], state=EntryState.WAITING)
        await mine.update(state=EntryState.IGNORED, **decided)
    return len(ids)


async def keys_matching(wanted: Wanted, expected: int, by: Reader) -> list[str]:
    """The keys of all waiting entries that match, to be promoted in several units of work. Raises Refused."""
    if expected > MOST_PROMOTED:
        raise Refused(f"Add {MOST_PROMOTED} at most at one time. Narrow down what is shown first.")
    return await _matching(wanted, expected, "key", by)


async def _matching(wanted: Wanted, expected: int, column: str, by: Reader) -> list[Any]:
    """A column of all waiting entries that match, newest first."""
    rows = inbox.matching(by, wanted, dates.now()).filter(state=EntryState.WAITING)
    found: list[Any] = await rows.order_by("-published_at", "-id").values_list(column, flat=True)
    if len(found) != expected:
        raise Refused(f"Now {len(found)} match, and you saw {expected}. Look at them again, then decide.")
    return found


@one_transaction
async def undo(keys: Collection[str], lists: list[str], by: Reader) -> int:
    """Take decisions back: the entries wait again. How many.

    What a promotion put onto these lists is taken off them, and what it put into the catalogue is taken back unless it
    has come to stand on another list. lists: keys.
    """
    _check(keys)
    entries = await _entries(list(keys), DECIDED, by)
    await _take_back([entry for entry in entries if entry["state"] is EntryState.PROMOTED], lists, by)
    ids = [entry["id"] for entry in entries]
    return await InboxEntry.filter(school_id=by.school.id, id__in=ids).update(**UNDECIDED)


async def undo_all(at: datetime, lists: list[str], by: Reader) -> int:
    """Take back what this person decided at one moment, in as many units of work as it takes. How many wait again."""
    mine = InboxEntry.filter(school_id=by.school.id, decided_by_id=by.id, decided_at=at)
    number = await _forget(at, by)
    while keys := await mine.filter(state=EntryState.PROMOTED).order_by("id").limit(MOST).values_list("key", flat=True):
        number += await undo([str(key) for key in keys], lists, by)
    return number


@one_transaction
async def _forget(at: datetime, by: Reader) -> int:
    mine = InboxEntry.filter(school_id=by.school.id, decided_by_id=by.id, decided_at=at)
    return await mine.filter(state=EntryState.IGNORED).update(**UNDECIDED)


@one_transaction
async def settle_proposal(key: str, accepted: bool, by: Reader) -> str:
    """Take over what a feed now says of a promoted entry, or leave it as the person approved it. The title.

    Either way it is not proposed again, unless the feed changes once more. Raises NotFound.
    """
    row = await InboxEntry.get_or_none(school_id=by.school.id, key=key, state=EntryState.PROMOTED)
    if row is None or not row.proposal:
        raise NotFound(key)
    said: dict[str, Any] = json.loads(row.proposal)
    row.content_hash, row.proposal = said.pop("content_hash"), ""
    if accepted:
        row.update_from_dict(sorting.from_proposal(said))
    await row.save()
    if accepted:
        (entry,) = await _entries([key], (EntryState.PROMOTED,), by)
        await _change_resource(entry, by)
    return row.title


async def _entries(keys: Sequence[str], states: Sequence[EntryState], by: Reader) -> list[dict[str, Any]]:
    """The school's own entries of these keys, in the order of the keys."""
    rows = await InboxEntry.filter(school_id=by.school.id, key__in=keys, state__in=states).values(
        *("id", "key", "title", "url", "summary", "creator", "published_at", "mode", "format", "file_url", "file_type"),
        *("minutes", "language", "explicit", "state", "resource_id", "decided_at", "picture", "transcript"),
        *("isbn", "publisher", "subjects", "series", "year", "access"),
        source_title="source__title",
        source_language="source__language",
        audience_low="source__audience_low",
        audience_high="source__audience_high",
    )
    return sorted(rows, key=lambda row: keys.index(row["key"]))


async def _keep(
    entries: Sequence[Mapping[str, Any]],
    resources: Mapping[str, Mapping[str, Any]],
    whys: Mapping[str, str],
    by: Reader,
    at: datetime,
) -> None:
    """Write of entries who promoted them, when and why, and what they became."""
    if not entries:
        return
    mine = InboxEntry.filter(school_id=by.school.id)
    decided = {"state": EntryState.PROMOTED, "decided_by_id": by.id, "decided_at": at}
    await mine.filter(id__in=[entry["id"] for entry in entries]).update(**decided)
    rows = [
        InboxEntry(id=entry["id"], why=whys[entry["key"]], resource_id=resources[entry["key"]]["id"])
        for entry in entries
    ]
    await mine.bulk_update(rows, fields=("why", "resource_id"))


async def _take_back(entries: Sequence[Mapping[str, Any]], lists: list[str], by: Reader) -> None:
    """Undo promotions: each list loses in one change all that they put onto it."""
    of = {"school_id": by.school.id}
    resources = await Resource.filter(**of, id__in=sorted({entry["resource_id"] or 0 for entry in entries}))
    here = {resource.id for resource in resources}
    gone = [entry for entry in entries if entry["resource_id"] in here]
    if lists and gone:
        await _take_off(gone, lists, by)
    ours = {one.id for one in resources if one.origin.startswith(OURS) and not one.here}
    ours &= {one.id for one in resources if one.state is ResourceState.OFFERED}
    others = InboxEntry.filter(**of, resource_id__in=sorted(ours), state=EntryState.PROMOTED)
    for kept in (
        ListItem.filter(**of, resource_id__in=sorted(ours)).values_list("resource_id"),
        others.exclude(id__in=[entry["id"] for entry in entries]).values_list("resource_id"),
        # what others were merged into is theirs as well, and stays
        Resource.filter(**of, merged_into_id__in=sorted(ours)).values_list("merged_into_id"),
    ):
        ours -= {number for (number,) in await kept}
    if ours:
        await _set_state(by.school.id, sorted(ours), ResourceState.TAKEN_BACK)
    for entry in gone:
        mode, format = Mode(entry["mode"]), str(entry["format"])
        await record(Kind.ENTRY_PROMOTED, by=by, mode=mode, format=format, resource_id=entry["resource_id"], count=-1)


async def _take_off(entries: Sequence[Mapping[str, Any]], lists: list[str], by: Reader) -> None:
    decided: dict[int, list[datetime]] = {}
    for entry in entries:
        decided.setdefault(entry["resource_id"], []).append(entry["decided_at"])
    stands = ListItem.filter(school_id=by.school.id, resource_id__in=sorted(decided), curated__key__in=lists)
    going: dict[str, list[str]] = {}
    for curated, item, resource, added_at in await stands.values_list("curated__key", "key", "resource_id", "added_at"):
        # what stood on a list before the promotion is not the promotion's to take off
        if added_at >= min(decided[resource]):
            going.setdefault(str(curated), []).append(str(item))
    for curated in sorted(going):
        await editing.remove_items(curated, going[curated], by=by)


async def _set_state(school_id: int, ids: Sequence[int], state: ResourceState) -> None:
    mine = Resource.filter(school_id=school_id, id__in=list(ids))
    await mine.update(state=state, version=F("version") + 1, changed_at=dates.now())


async def _change_resource(entry: Mapping[str, Any], by: Reader) -> None:
    """The catalogue follows what was accepted, as far as no person and no other record wrote over it."""
    known = record_of(entry)
    resource = await Resource.get_or_none(school_id=by.school.id, id=entry["resource_id"])
    if resource is None:
        return
    links = Link.filter(school_id=by.school.id, resource_id=resource.id, origin=known.origin)
    access = neat(entry["access"], NAME)
    mine = links.filter(url__in=[address.url for address in known.addresses]).exclude(access=access)
    costs_otherwise = await mine.update(access=access)
    seen = await revise_all(by.school.id, [Change(resource.id, known, whole=resource.origin == known.origin)])
    if costs_otherwise and not seen:
        await _set_state(by.school.id, [resource.id], resource.state)


def _check(keys: Collection[str]) -> None:
    if not keys:
        raise Refused("Pick something first.")
    if len(keys) > MOST:
        raise Refused(f"Pick {MOST} at most at one time.")


def _note(text: str) -> str:
    text = text.strip()
    if len(text) > WHY:
        raise Refused(f"A note may have {WHY:,} characters; this has {len(text):,}.")
    return text
