"""What a person decides about entries of the inbox: into the catalogue and onto a list, not for us, or back again.

It stands here and not with resources, because a promotion may end on a list, in the same unit of work.
See DECISIONS.md, "The inbox is worked in the lists wing".
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import F

from engage import dates
from engage.database.transaction import one_transaction
from engage.engagement import Kind, Mode, record
from engage.errors import NotFound, Refused
from engage.lists import editing
from engage.lists.models import CuratedList, ListItem
from engage.people.rules import Reader
from engage.resources import sorting
from engage.resources.incoming_models import InboxEntry
from engage.resources.keeping import keep_resource
from engage.resources.models import Identifier, Resource
from engage.resources.promoting import record_of
from engage.resources.revising import Change, revise_all
from engage.resources.rules import EntryState, ResourceState

MOST = 25
WHY = 1_000
OPEN = (EntryState.WAITING, EntryState.IGNORED, EntryState.MUTED)


@dataclass(frozen=True)
class Promoted:
    """What came of a promotion. titles: of what is new in the catalogue or on the list.

    there: titles of what stood on the list already. curated: the list's title, "" for the catalogue alone.
    """

    titles: tuple[str, ...]
    there: tuple[str, ...] = ()
    curated: str = ""


@one_transaction
async def promote(notes: Mapping[str, str], curated: str, by: Reader) -> Promoted:
    """Put entries into the catalogue and, if a list is named, onto it, each with its note.

    notes: by the key of the entry, why it is good; on the list it is the annotation. curated: the key of the list, or
    "". Entries that somebody decided about meanwhile are left as they are. Raises NotFound, NotAllowed, Refused.
    """
    _check(notes)
    entries = await _entries(list(notes), OPEN, by)
    titles, there = [], []
    for entry in entries:
        note = _note(notes[entry["key"]])
        mine = InboxEntry.filter(id=entry["id"], school_id=by.school.id)
        decided = {"decided_by_id": by.id, "decided_at": dates.now(), "why": note}
        # whoever decides first holds the row; the other one waits here and then leaves it
        if not await mine.filter(state=entry["state"]).update(state=EntryState.PROMOTED, **decided):
            continue
        resource = await _resource_for(entry, by)
        await mine.update(resource_id=resource.id)
        await record(
            Kind.ENTRY_PROMOTED, by=by, mode=Mode(entry["mode"]), format=str(entry["format"]), resource_id=resource.id
        )
        if curated and await _is_on(curated, resource.id, by):
            there.append(resource.title)
            continue
        if curated:
            await editing.add_item(curated, resource.key, annotation=note, by=by)
        titles.append(resource.title)
    name = (await CuratedList.get(school_id=by.school.id, key=curated)).title if curated and entries else ""
    return Promoted(tuple(titles), tuple(there), name)


@one_transaction
async def ignore(keys: Collection[str], why: str, by: Reader) -> int:
    """Say that entries are not for us. How many."""
    _check(keys)
    mine = InboxEntry.filter(school_id=by.school.id, key__in=list(keys), state=EntryState.WAITING)
    return await mine.update(state=EntryState.IGNORED, decided_by_id=by.id, decided_at=dates.now(), why=_note(why))


@one_transaction
async def undo(keys: Collection[str], curated: str, by: Reader) -> int:
    """Take a decision back: the entries wait again. How many.

    What a promotion put onto the list is taken off it, and what it put into the catalogue is taken back unless it has
    come to stand on another list. curated: the key of the list, or "".
    """
    _check(keys)
    entries = await _entries(list(keys), (EntryState.PROMOTED, EntryState.IGNORED, EntryState.MUTED), by)
    for entry in entries:
        if entry["state"] is EntryState.PROMOTED:
            await _take_back(entry, curated, by)
    ids = [entry["id"] for entry in entries]
    mine = InboxEntry.filter(school_id=by.school.id, id__in=ids)
    await mine.update(state=EntryState.WAITING, decided_by_id=None, decided_at=None, why="", proposal="")
    return len(ids)


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
        *("minutes", "language", "explicit", "state", "resource_id"),
        source_title="source__title",
    )
    return sorted(rows, key=lambda row: keys.index(row["key"]))


async def _resource_for(entry: Mapping[str, Any], by: Reader) -> Resource:
    """The resource that an entry stands for: what it was before, what the catalogue has under its address, or new."""
    known = record_of(entry)
    before = entry["resource_id"]
    for scheme, value in known.identifiers if before is None else ():
        same = Identifier.filter(school_id=by.school.id, scheme=scheme, value=value)
        before = await same.order_by("id").first().values_list("resource_id", flat=True)
    if before is None:
        return await keep_resource(by.school.id, known)
    resource = await Resource.get(school_id=by.school.id, id=before)
    if resource.state is not ResourceState.OFFERED:
        await _set_state(resource, ResourceState.OFFERED)
    return resource


async def _is_on(curated: str, resource_id: int, by: Reader) -> bool:
    return await ListItem.filter(school_id=by.school.id, curated__key=curated, resource_id=resource_id).exists()


async def _take_back(entry: Mapping[str, Any], curated: str, by: Reader) -> None:
    resource = await Resource.get_or_none(school_id=by.school.id, id=entry["resource_id"])
    if resource is None:
        return
    stands = ListItem.filter(school_id=by.school.id, resource_id=resource.id)
    if curated:
        for (item,) in await stands.filter(curated__key=curated).values_list("key"):
            await editing.remove_item(curated, item, by=by)
    others = InboxEntry.filter(school_id=by.school.id, resource_id=resource.id, state=EntryState.PROMOTED)
    if not resource.here and not await stands.exists() and not await others.exclude(id=entry["id"]).exists():
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
    if resource is not None:
        await revise_all(by.school.id, [Change(resource.id, known, whole=resource.origin == known.origin)])


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
