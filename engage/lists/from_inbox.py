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
from engage.people.rules import Reader
from engage.resources import inbox, sorting
from engage.resources.inbox import Wanted
from engage.resources.incoming_models import InboxEntry
from engage.resources.keeping import keep_resource
from engage.resources.matching import Known, agrees, is_edition
from engage.resources.merging import same_as
from engage.resources.models import Identifier, Link, Resource
from engage.resources.pictures import ask_for_cover
from engage.resources.promoting import is_work, record_of
from engage.resources.record import NAME, CatalogueRecord, neat
from engage.resources.revising import Change, revise_all
from engage.resources.rules import EntryState, Format, ResourceState

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
    at = at or dates.now()
    entries = await _entries(list(notes), OPEN, by)
    promoted: list[tuple[str, Addition]] = []
    for entry in entries:
        note = _note(notes[entry["key"]])
        mine = InboxEntry.filter(id=entry["id"], school_id=by.school.id)
        decided = {"decided_by_id": by.id, "decided_at": at, "why": note}
        # whoever decides first holds the row; the other one waits here and then leaves it
        if not await mine.filter(state=entry["state"]).update(state=EntryState.PROMOTED, **decided):
            continue
        resource = await _resource_for(entry, (same or {}).get(entry["key"]), by)
        await mine.update(resource_id=resource.id)
        await record(
            Kind.ENTRY_PROMOTED, by=by, mode=Mode(entry["mode"]), format=str(entry["format"]), resource_id=resource.id
        )
        promoted.append((resource.title, Addition(resource.key, annotation=note)))
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
    for entry in entries:
        if entry["state"] is EntryState.PROMOTED:
            await _take_back(entry, lists, by)
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


async def _resource_for(entry: Mapping[str, Any], same: str | None, by: Reader) -> Resource:
    """The resource that an entry stands for: what a person says, what it was before, what is known for it, or new.

    To one that something else brought the entry adds its numbers and links.
    """
    known = record_of(entry)
    resource = await _known_as(entry, known, same, by)
    if resource is None:
        resource = await keep_resource(by.school.id, known)
        await ask_for_cover(resource.id)
    elif resource.origin != known.origin:
        await revise_all(by.school.id, [Change(resource.id, known, whole=False)])
        resource = await Resource.get(school_id=by.school.id, id=resource.id)
    if resource.state is not ResourceState.OFFERED:
        await _set_state(resource, ResourceState.OFFERED)
    if entry["transcript"] and resource.transcript is None:
        await Resource.filter(school_id=by.school.id, id=resource.id).update(transcript=True)
    return resource


async def _known_as(entry: Mapping[str, Any], known: CatalogueRecord, same: str | None, by: Reader) -> Resource | None:
    """What the catalogue has of an entry, or None."""
    mine = Resource.filter(school_id=by.school.id)
    if same and (chosen := await mine.get_or_none(key=same, state=ResourceState.OFFERED)):
        return chosen
    before = entry["resource_id"]
    for scheme, value in known.identifiers if before is None else ():
        named = Identifier.filter(school_id=by.school.id, scheme=scheme, value=value)
        rows = (
            await named.exclude(resource__state=ResourceState.MERGED)
            .order_by("id")
            .values("resource_id", title="resource__title", mode="resource__mode", format="resource__format")
        )
        # an address is one thing; an ISBN is mistyped and used again
        fitting = [row["resource_id"] for row in rows if scheme == "url" or _agree(known, row)]
        before = before or next(iter(fitting), None)
    if before is None and same is None and is_work(entry):
        before = (await same_as(by.school.id, {entry["key"]: known})).get(entry["key"])
    found = None if before is None else await mine.get_or_none(id=before)
    while found is not None and found.state is ResourceState.MERGED:
        into: int | None = found.merged_into_id  # type: ignore[attr-defined]
        found = None if into is None else await mine.get_or_none(id=into)
    return found


def _agree(known: CatalogueRecord, row: Mapping[str, Any]) -> bool:
    other = Known(row["resource_id"], row["title"], Mode(row["mode"]), "", "", format=Format(row["format"]))
    return agrees(known, other) or is_edition(known, other)


async def _take_back(entry: Mapping[str, Any], lists: list[str], by: Reader) -> None:
    resource = await Resource.get_or_none(school_id=by.school.id, id=entry["resource_id"])
    if resource is None:
        return
    stands = ListItem.filter(school_id=by.school.id, resource_id=resource.id)
    # what stood on a list before the promotion is not the promotion's to take off
    brought = stands.filter(curated__key__in=list(lists), added_at__gte=entry["decided_at"])
    for curated, item in await brought.values_list("curated__key", "key") if lists else ():
        await editing.remove_item(curated, item, by=by)
    others = InboxEntry.filter(school_id=by.school.id, resource_id=resource.id, state=EntryState.PROMOTED)
    ours = resource.origin.startswith(OURS) and not resource.here and resource.state is ResourceState.OFFERED
    # what others were merged into is theirs as well, and stays
    shared = Resource.filter(school_id=by.school.id, merged_into_id=resource.id)
    others = others.exclude(id=entry["id"])
    if ours and not (await stands.exists() or await others.exists() or await shared.exists()):
        await _set_state(resource, ResourceState.TAKEN_BACK)
    mode, format = Mode(entry["mode"]), str(entry["format"])
    await record(Kind.ENTRY_PROMOTED, by=by, mode=mode, format=format, resource_id=resource.id, count=-1)


async def _set_state(resource: Resource, state: ResourceState) -> None:
    mine = Resource.filter(school_id=resource.school_id, id=resource.id)  # type: ignore[attr-defined]
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
        await _set_state(resource, resource.state)


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
