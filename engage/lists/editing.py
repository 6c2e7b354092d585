"""The items of a list: put on, moved, written about, taken off, one or many at a time; two people may edit at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import F

from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.lists import rules
from engage.lists.models import ListItem
from engage.lists.order import Moved, arranged, moved
from engage.lists.revisions import ITEM, Taken, keep, put_in_order, stood, take_up
from engage.lists.together import Clash, one_form, print_of, settled
from engage.lists.together_models import ListComment
from engage.people.rules import Reader
from engage.resources.models import Resource
from engage.resources.rules import ResourceState

ON_IT = "{} is on this list already."
# how many titles a revision names of those that were changed together
NAMED = 3


@dataclass(frozen=True)
class Addition:
    """A resource to put on a list. resource, section: keys; without a section it goes to the end of the list."""

    resource: str
    section: str = ""
    annotation: str = ""


@dataclass(frozen=True)
class Added:
    """What came of it. keys: of the new items; there: keys of the resources that stood on the list already.

    number: of the revision that `undoing.put_back` takes back; None where nothing was new.
    """

    keys: tuple[str, ...]
    there: tuple[str, ...] = ()
    number: int | None = None


async def add_item(key: str, resource: str, *, section: str = "", annotation: str = "", by: Reader) -> str:
    """Put a resource at the end of a section; returns the key of the new item.

    Raises NotFound, NotAllowed, Refused (about "resource" where it is on the list already).
    """
    return await _add_one(key, Addition(resource, section, annotation), by)


@one_transaction
async def _add_one(key: str, addition: Addition, by: Reader) -> str:
    added = await add_items(key, [addition], by=by)
    if added.there:
        found = await Resource.get(school_id=by.school.id, key=addition.resource)
        raise Refused(ON_IT.format(found.title), about="resource")
    return added.keys[0]


@one_transaction
async def add_items(key: str, additions: Sequence[Addition], *, by: Reader) -> Added:
    """Put resources at the ends of their sections, in this order; what stands on the list already is left there.

    Raises NotFound, NotAllowed, Refused (about "resource" where the list has no room for all of them).
    """
    taken = await take_up(by, key)
    offered = Resource.filter(school_id=by.school.id, state=ResourceState.OFFERED)
    rows = await offered.filter(key__in=[each.resource for each in additions]).values("id", "key", "title", "mode")
    found = {row["key"]: row for row in rows}
    on_it = {item["resource"] for item in taken.items}
    last = taken.parts[-1] if taken.parts else None
    new: list[dict[str, Any]] = []
    there: list[str] = []
    for each in additions:
        if each.resource not in found:
            raise NotFound(each.resource)
        if each.resource in on_it:
            there.append(each.resource)
            continue
        on_it.add(each.resource)
        part = taken.section(each.section).id if each.section else last
        new.append({"of": found[each.resource], "section_id": part, "annotation": _note(each.annotation)})
    if not new:
        return Added((), tuple(there))
    made = await put_many(taken, new, by)
    titles = [row["of"]["title"] for row in new]
    revision = await keep(taken, by, "added", named(titles), {"added": [item["key"] for item in made]})
    return Added(tuple(item["key"] for item in made), tuple(there), revision.number)


async def put_many(taken: Taken, new: Sequence[Mapping[str, Any]], by: Reader) -> list[dict[str, Any]]:
    """Make items at the ends of their sections; the rows of them that `taken` now has.

    new: for each its section_id and other columns, and of: id key title mode of the resource, which is not on the
    list yet. Raises Refused.
    """
    room = rules.LONGEST - len(taken.items)
    if len(new) > room:
        more = f"{room} more {'fits' if room == 1 else 'fit'}." if room else "Start a second one."
        raise Refused(f"A list holds {rules.LONGEST} items. {more}", about="resource")
    await _hold(taken, [each["of"]["id"] for each in new])
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    start = len(taken.items) + 1
    rows = [
        ListItem(
            **of_list,
            **{name: value for name, value in each.items() if name != "of"},
            resource_id=each["of"]["id"],
            position=position,
            added_by_id=by.id,
        )
        for position, each in enumerate(new, start)
    ]
    await ListItem.bulk_create(rows)
    ids = dict(await ListItem.filter(**of_list, position__gte=start).values_list("key", "id"))
    for row, each in zip(rows, new, strict=True):
        row.id = ids[row.key]
        of = {"resource": each["of"]["key"], "title": each["of"]["title"], "mode": each["of"]["mode"]}
        taken.items.append({**{name: getattr(row, name) for name in ITEM}, **of})
    await count_list(taken, [each["of"]["id"] for each in new], 1)
    made = taken.items[start - 1 :]
    await put_in_order(taken, arranged(taken.places, taken.parts))
    return made


async def _hold(taken: Taken, resource_ids: list[int]) -> None:
    """Let none of them become another one before they are on the list. Raises Refused where one has become so."""
    of_school = Resource.filter(school_id=taken.curated.school_id, id__in=resource_ids)
    rows = await of_school.order_by("id").select_for_update(no_key=True).only("id", "title", "state")
    merged = next((row for row in rows if row.state is ResourceState.MERGED), None)
    if merged is not None:
        raise Refused(f"{merged.title} was made one with another a moment ago. Look for it again.", about="resource")


async def count_list(taken: Taken, resource_ids: list[int], change: int) -> None:
    """A resource is as popular as the lists that it is on, among other things; its rank in search follows."""
    resources = Resource.filter(school_id=taken.curated.school_id, id__in=resource_ids)
    await resources.update(popularity=F("popularity") + change)


def _note(text: str) -> str:
    text = one_form(text)
    if len(text) > rules.NOTE:
        raise Refused(f"A note may have {rules.NOTE:,} characters; this has {len(text):,}.", about="annotation")
    return text


def named(titles: Sequence[str]) -> str:
    """Some titles in one line: "A; B; C and 9 more"."""
    more = len(titles) - NAMED
    return "; ".join(titles[:NAMED]) + (f" and {more} more" if more > 0 else "")


@one_transaction
async def remove_item(key: str, item: str, *, by: Reader) -> int:
    """Take an item off; returns the number of the revision that `undoing.put_back` takes back."""
    taken = await take_up(by, key)
    return await _remove(taken, [taken.item(item)], by)


@one_transaction
async def remove_items(key: str, items: Collection[str], *, by: Reader) -> int | None:
    """Take several off in one change, as remove_item; None where somebody took all of them off already."""
    taken = await take_up(by, key)
    going = [item for item in taken.items if item["key"] in items]
    return await _remove(taken, going, by) if going else None


async def _remove(taken: Taken, going: Sequence[Mapping[str, Any]], by: Reader) -> int:
    ids = [item["id"] for item in going]
    undo = {"items": await with_comments(taken, ids, stood(taken, {item["key"] for item in going}))}
    await take_off(taken, ids)
    revision = await keep(taken, by, "removed", named([item["title"] for item in going]), undo)
    return revision.number


async def with_comments(taken: Taken, ids: list[int], items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How items stood, and comments: the keys of those about each of them, which are about none once it is gone."""
    rows = ListComment.filter(school_id=taken.curated.school_id, curated_id=taken.curated.id, item_id__in=ids)
    about: dict[str, list[str]] = {}
    for comment, item in await rows.order_by("id").values_list("key", "item__key"):
        about.setdefault(item, []).append(comment)
    return [{**item, **({"comments": about[item["key"]]} if item["key"] in about else {})} for item in items]


async def take_off(taken: Taken, ids: Collection[int]) -> None:
    """Delete items, and close the gaps."""
    await count_list(taken, [item["resource_id"] for item in taken.items if item["id"] in ids], -1)
    await ListItem.filter(school_id=taken.curated.school_id, id__in=list(ids)).delete()
    taken.items = [item for item in taken.items if item["id"] not in ids]
    await put_in_order(taken, taken.places)


@one_transaction
async def move_item(key: str, item: str, *, to: str | int, section: str | None = None, by: Reader) -> Moved:
    """Move an item: "up", "down", "top", "bottom", or to a place in its section, from 1.

    section: the key of another section to move it to, "" for the head of the list, None for its own.
    """
    taken = await take_up(by, key)
    moving = taken.item(item)
    part = moving["section_id"]
    if section is not None:
        part = taken.section(section).id if section else None
    places = moved(taken.places, taken.parts, moving["id"], part, to)
    if places != taken.places:
        undo = {"items": stood(taken, {item})}
        await put_in_order(taken, places)
        await keep(taken, by, "moved", moving["title"], undo)
    column = [place.item for place in places if place.part == part]
    position = [place.item for place in places].index(moving["id"]) + 1
    return Moved(moving["title"], column.index(moving["id"]) + 1, len(column), position)


@one_transaction
async def move_items(
    key: str, items: Collection[str], *, to: str, section: str | None = None, by: Reader
) -> int | None:
    """Move several to the "top" or the "bottom" of a section in one change; they keep their order among themselves.

    section: as for move_item. Returns the number of the revision that `undoing.put_back` takes back, None where
    nothing moved.
    """
    taken = await take_up(by, key)
    part = None if not section else taken.section(section).id
    going = [item for item in taken.items if item["key"] in items]
    places = taken.places
    # one after another to the top would turn their order around
    for item in reversed(going) if to == "top" else going:
        goal = item["section_id"] if section is None else part
        places = moved(places, taken.parts, item["id"], goal, to)
    if places == taken.places:
        return None
    undo = {"items": stood(taken, {item["key"] for item in going})}
    await put_in_order(taken, places)
    revision = await keep(taken, by, "moved", named([item["title"] for item in going]), undo)
    return revision.number


@one_transaction
async def annotate(key: str, notes: Mapping[str, str], *, seen: Mapping[str, str], by: Reader) -> list[Clash]:
    """Keep the notes that the person changed; those that somebody else changed meanwhile come back as clashes.

    notes: text by the key of the item. seen: print_of the note as it stood when the person began. A note whose item
    was taken off meanwhile comes back too, with "" for theirs, so that the words are not lost. Raises Refused.
    """
    taken = await take_up(by, key)
    there = {item["key"]: item for item in taken.items}
    clashes, changed = [], []
    for name, mine in notes.items():
        item = there.get(name)
        if item is None:
            typed = one_form(mine) and print_of(mine) != seen.get(name, "")
            clashes += [Clash(name, "", mine, "")] if typed else []
            continue
        stands = settled(seen.get(name, ""), _note(mine), item["annotation"])
        if stands.clash:
            clashes.append(Clash(name, item["title"], mine, item["annotation"]))
        elif stands.text != item["annotation"]:
            rows = ListItem.filter(school_id=taken.curated.school_id, id=item["id"])
            await rows.update(annotation=stands.text, version=F("version") + 1)
            item["annotation"] = stands.text
            changed.append(item["title"])
    if changed:
        await keep(taken, by, "note", named(changed))
    return clashes


@one_transaction
async def mark_start(key: str, item: str, *, start_here: bool, by: Reader) -> None:
    """Set or take the "start here" mark of an item."""
    taken = await take_up(by, key)
    marked = taken.item(item)
    await ListItem.filter(school_id=taken.curated.school_id, id=marked["id"]).update(start_here=start_here)
    marked["start_here"] = start_here
    await keep(taken, by, "start here", marked["title"])
