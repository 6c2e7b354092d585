"""The titles of a list from elsewhere that the library here does not have, and what can be done about each.

The same work in another edition is offered first, then others of the same creator, then others on the same subject in
the same mode; all from our own catalogue. A title can be asked for, added as a web page, or left out.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from engage import dates
from engage.database import fold
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import rules
from engage.lists.editing import put_many
from engage.lists.exchange import item_columns, matches
from engage.lists.exchange_form import seen_of
from engage.lists.exchange_models import Missing, Origin
from engage.lists.exchange_rules import item_from, record_of
from engage.lists.models import ListItem
from engage.lists.origin_deciding import part_named, placed_after
from engage.lists.queries import ListCard
from engage.lists.revisions import Taken, keep, put_in_order, take_up
from engage.people.rules import Reader
from engage.resources import requests
from engage.resources.keeping import keep_resource
from engage.resources.models import Creator, Resource, Subject
from engage.resources.record import sorting_title
from engage.resources.rules import ResourceState
from feeds.shared_list import SharedItem

PER_PAGE = 20
OFFERED_EACH = 3
LOOKED_AT = 400
# how many substitutes are put on in one unit of work
AT_ONCE = 100
RESOURCE = ("id", "key", "title", "creators", "mode", "format", "year", "picture")
SAME_WORK = "The same work in another edition"


async def missing_of(curated: ListCard, page: int = 1) -> tuple[list[dict[str, Any]], int]:
    """A page of what a list lacks, in the order of its origin, and how many there are in all: key position, item
    (a SharedItem), and substitutes, each with RESOURCE, why and same. Five statements, however many there are."""
    rows = Missing.filter(school_id=curated.school_id, curated_id=curated.id, gone_at=None)
    count = await rows.count()
    asked = rows.order_by("position", "id").offset((page - 1) * PER_PAGE).limit(PER_PAGE)
    found = await asked.values("key", "position", "record")
    items = {row["key"]: item_from(json.loads(row["record"])) for row in found}
    listed = ListItem.filter(school_id=curated.school_id, curated_id=curated.id)
    on_it = {number for (number,) in await listed.values_list("resource_id")}
    offered = await substitutes(curated.school_id, list(items.values()), on_it)
    return [
        {
            "key": row["key"],
            "position": row["position"],
            "item": items[row["key"]],
            "substitutes": offered.get(items[row["key"]].guid, []),
        }
        for row in found
    ], count


async def titles_of(curated: ListCard, most: int) -> list[tuple[str, str]]:
    """What a list lacks, in the order of its origin: titles and creators."""
    rows = Missing.filter(school_id=curated.school_id, curated_id=curated.id, gone_at=None)
    records = await rows.order_by("position", "id").limit(most).values_list("record")
    items = [item_from(json.loads(record)) for (record,) in records]
    return [(item.title, "; ".join(item.creators)) for item in items]


async def substitutes(
    school_id: int, items: Sequence[SharedItem], on_it: frozenset[int] | set[int] = frozenset()
) -> dict[str, list[dict[str, Any]]]:
    """What the catalogue has instead of some titles, by guid; three statements. on_it: ids that are not offered."""
    if not items:
        return {}
    offered = Resource.filter(school_id=school_id, state=ResourceState.OFFERED)
    titles = sorted({sorting_title(item.title) for item in items})
    works = await offered.filter(title_sort__in=titles).limit(LOOKED_AT).values(*RESOURCE, "title_sort")
    of_resource = {name: f"resource__{name}" for name in RESOURCE}
    beside: dict[str, Any] = {"school_id": school_id, "resource__state": ResourceState.OFFERED}
    names = sorted({name for item in items for name in item.creators})
    makers = Creator.filter(**beside, name__in=names).order_by("-resource__popularity", "resource_id")
    by_maker = await makers.limit(LOOKED_AT).values(**of_resource, of="name") if names else []
    terms = sorted({term for item in items for term in item.subjects})
    subjects = Subject.filter(**beside, term__in=terms).order_by("-resource__popularity", "resource_id")
    about = await subjects.limit(LOOKED_AT).values(**of_resource, of="term") if terms else []
    return {item.guid: _best(item, works, by_maker, about, on_it) for item in items}


def _best(
    item: SharedItem,
    works: Sequence[Mapping[str, Any]],
    by_maker: Sequence[Mapping[str, Any]],
    about: Sequence[Mapping[str, Any]],
    on_it: frozenset[int] | set[int],
) -> list[dict[str, Any]]:
    kept: dict[int, dict[str, Any]] = {}

    def add(row: Mapping[str, Any], why: str, same: bool = False) -> None:
        if len(kept) < OFFERED_EACH and row["id"] not in on_it:
            kept.setdefault(row["id"], {**{name: row[name] for name in RESOURCE}, "why": why, "same": same})

    spoken = sorting_title(item.title)
    for row in works:
        if row["title_sort"] == spoken and _same_maker(item, row["creators"]):
            add(row, SAME_WORK, same=True)
    mode = str(record_of(item).mode)
    for row in sorted(by_maker, key=lambda row: str(row["mode"]) != mode):
        if row["of"] in item.creators:
            add(row, f"Also by {row['of']}")
    for row in about:
        if row["of"] in item.subjects and str(row["mode"]) == mode:
            add(row, f"Also about {row['of']}")
    return list(kept.values())


def _same_maker(item: SharedItem, creators: str) -> bool:
    """Whether the makers may be the same: "Gaiman, Neil" is "Neil Gaiman", and who is not named may be anybody."""
    ours = {frozenset(fold.words(name)) for name in creators.split("; ") if name}
    theirs = {frozenset(fold.words(name)) for name in item.creators}
    return not ours or not theirs or bool(ours & theirs)


@one_transaction
async def take_substitute(key: str, missing: str, resource: str, *, by: Reader) -> str:
    """Put something of ours on the list instead of a title, with the note that it has there; returns its title.

    missing, resource: keys. Raises NotFound, NotAllowed, Refused.
    """
    taken = await take_up(by, key)
    row, item = await _one(taken, missing)
    offered = Resource.filter(school_id=taken.curated.school_id, key=resource, state=ResourceState.OFFERED)
    found = await offered.values("id", "key", "title", "mode")
    if not found:
        raise NotFound(resource)
    await _put_on(taken, [(item, found[0])], by)
    await _done_with(taken, [row.id])
    await keep(taken, by, "substitute", found[0]["title"])
    return str(found[0]["title"])


@one_transaction
async def take_same_works(key: str, *, by: Reader) -> int:
    """Of each title that is missing, the same work in another edition, where we have one; and what has come into the
    library since; a hundred at a time. How many."""
    taken = await take_up(by, key)
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    rows = await Missing.filter(**of_list, gone_at=None).order_by("position", "id")
    items = {row.id: item_from(json.loads(row.record)) for row in rows}
    on_it = {item["resource_id"] for item in taken.items}
    held = await matches(taken.curated.school_id, list(items.values()))
    offered = await substitutes(taken.curated.school_id, list(items.values()), on_it)
    chosen: dict[int, tuple[SharedItem, Mapping[str, Any]]] = {}
    for number, item in items.items():
        if len(chosen) >= AT_ONCE:
            break
        same = [each for each in offered.get(item.guid, []) if each["same"]]
        best = held.get(item.guid) or next(iter(same), None)
        if best is not None and best["id"] not in on_it and len(on_it) < rules.LONGEST:
            on_it.add(best["id"])
            chosen[number] = item, {name: best[name] for name in ("id", "key", "title", "mode")}
    if chosen:
        await _put_on(taken, list(chosen.values()), by)
        await _done_with(taken, list(chosen))
        await keep(taken, by, "substitute", f"{len(chosen)} titles")
    return len(chosen)


@one_transaction
async def add_web_page(key: str, missing: str, *, by: Reader) -> str:
    """Keep a title that is on the web in our own catalogue, and put it on the list; returns its title.

    Raises NotFound, NotAllowed (FED05), Refused.
    """
    if not by.may("FED05"):
        raise NotAllowed("FED05", "Ask the library to add this page to the catalogue.")
    taken = await take_up(by, key)
    row, item = await _one(taken, missing)
    if not item.address:
        raise Refused("The other library names no address for this title.")
    held = (await matches(by.school.id, [item])).get(item.guid)
    if held is None:
        made = await keep_resource(by.school.id, record_of(item))
        held = {"id": made.id, "key": made.key, "title": made.title, "mode": made.mode}
    await _put_on(taken, [(item, held)], by)
    await _done_with(taken, [row.id])
    await keep(taken, by, "added", item.title)
    return item.title


@one_transaction
async def ask_for(key: str, missing: str, *, by: Reader) -> str:
    """Ask the library to get a title; returns it. Raises NotFound, NotAllowed (LST11), Refused."""
    taken = await take_up(by, key)
    row, item = await _one(taken, missing)
    isbn = next((number for scheme, number in item.numbers if scheme == "isbn"), "")
    why = f"It is on “{taken.curated.title}”."
    wanted = requests.Title(item.title, "; ".join(item.creators)[: requests.NAME], why, isbn, item.address)
    await requests.ask_for(wanted, "", by)
    await _done_with(taken, [row.id])
    return item.title


@one_transaction
async def leave_out(key: str, missing: Sequence[str] | None, *, by: Reader) -> int:
    """Do without some titles. missing: their keys, None for all. How many. Raises NotFound, NotAllowed."""
    taken = await take_up(by, key)
    rows = Missing.filter(school_id=taken.curated.school_id, curated_id=taken.curated.id, gone_at=None)
    if missing is not None:
        rows = rows.filter(key__in=list(missing))
    return await rows.update(gone_at=dates.now())


async def _one(taken: Taken, missing: str) -> tuple[Missing, SharedItem]:
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    row = await Missing.filter(**of_list, key=missing, gone_at=None).first()
    if row is None:
        raise NotFound(missing)
    return row, item_from(json.loads(row.record))


async def _done_with(taken: Taken, ids: Sequence[int]) -> None:
    rows = Missing.filter(school_id=taken.curated.school_id, id__in=list(ids))
    await rows.update(gone_at=dates.now())


async def _put_on(taken: Taken, chosen: Sequence[tuple[SharedItem, Mapping[str, Any]]], by: Reader) -> None:
    """Put things on the list where their titles stand at the origin. Raises Refused."""
    on_it = {item["resource_id"]: item["title"] for item in taken.items}
    for _, found in chosen:
        if found["id"] in on_it:
            raise Refused(f"{on_it[found['id']]} is on this list already.")
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    origin = await Origin.filter(**of_list).first()
    there = seen_of(origin) if origin else None
    names = {section.guid: section.title for section in there.sections} if there else {}
    order = [item.guid for item in there.items] if there else []
    sections = {item.guid: item.section for item in there.items} if there else {}
    parts = [await part_named(taken, names.get(sections.get(item.guid, item.section), "")) for item, _ in chosen]
    new = [item_columns(item, found, part) for (item, found), part in zip(chosen, parts, strict=True)]
    made = await put_many(taken, new, by)
    by_guid = {row["guid"]: row for row in made}
    places = taken.places
    for (item, _), part in zip(chosen, parts, strict=True):
        here = {row["guid"] for row in taken.items if row["section_id"] == part and row["guid"]}
        before = order[: order.index(item.guid)] if item.guid in order else []
        after = next((guid for guid in reversed(before) if guid in here), "")
        places = placed_after(taken, places, by_guid[item.guid], part, after)
    await put_in_order(taken, places)
