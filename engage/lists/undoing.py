"""Changes of a list taken back: what left it comes back, what moved goes back, and what was put on goes off again.

A change that can be taken back says in its revision what that takes, under "undo": items, as `stood` gives them, that
go back to where they stood, with the keys of the comments on them; section, a heading that comes back; part, one that
was moved; added, the keys of items that go off again.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.lists.editing import ON_IT, named, put_many, take_off
from engage.lists.models import Revision
from engage.lists.order import Place, moved
from engage.lists.queries import ListCard
from engage.lists.revisions import Taken, keep, put_in_order, snapshot_of, take_up
from engage.lists.sections import move_section_back, put_section_back
from engage.lists.together_models import ListComment
from engage.people.rules import Reader
from engage.resources.models import Resource
from engage.resources.rules import ResourceState

UNDOABLE = frozenset({"removed", "moved", "added", "part removed", "part moved"})
UNDONE = "put back"
RESTORED = "restored"
TAKES_OFF = frozenset({"removed", RESTORED})
REMEMBERED = 100
OFFERED_FOR = timedelta(days=1)
MARKS = ("key", "annotation", "start_here", "pinned", "found", "guid")
GONE = "The library no longer has this resource."


async def last_undoable(curated: ListCard, by: Reader) -> dict[str, Any] | None:
    """The last change that this person made to the list today and that can be taken back: number act what.

    Notes that were written since do not stand in its way; once it is taken back there is nothing more to offer.
    """
    mine = Revision.filter(school_id=curated.school_id, curated_id=curated.id, by_id=by.id)
    lately = mine.filter(act__in=[*sorted(UNDOABLE), UNDONE], at__gte=dates.now() - OFFERED_FOR)
    found = await lately.order_by("-number").limit(1).values("number", "act", "what")
    return found[0] if found and found[0]["act"] != UNDONE else None


@one_transaction
async def put_back(key: str, number: int, *, by: Reader) -> str:
    """Take back a change: what it took off or moved stands where it stood, and what it put on is off the list.

    number: of the revision. Returns what was done, in a sentence. Raises NotFound, Refused.
    """
    taken = await take_up(by, key)
    of_list = Revision.filter(school_id=taken.curated.school_id, curated_id=taken.curated.id)
    revision = await of_list.filter(number=number).first()
    undo = undo_of(await snapshot_of(revision)) if revision and revision.act in UNDOABLE else {}
    if revision is None or not undo:
        raise NotFound(number)
    if "added" in undo:
        said, titles = "Off the list again", await _take_off_again(taken, undo["added"])
    elif "part" in undo:
        said, titles = "Back where it stood", [await move_section_back(taken, undo["part"])]
    elif revision.act == "removed":
        said, titles = "Back on the list", await _bring_back(taken, undo["items"], by)
        await put_in_order(taken, _returned(taken, undo["items"]))
    else:
        said, titles = "Back where it stood", await _move_back(taken, undo)
    await keep(taken, by, UNDONE, named(titles))
    return f"{said}: {named(titles)}."


async def _take_off_again(taken: Taken, added: Sequence[str]) -> list[str]:
    off = [item for item in taken.items if item["key"] in added]
    if not off:
        raise Refused("It is off the list already.")
    await take_off(taken, [item["id"] for item in off])
    return [item["title"] for item in off]


async def _move_back(taken: Taken, undo: Mapping[str, Any]) -> list[str]:
    """What was moved, and what stood under a heading that was taken away, goes back; what is off the list stays off."""
    if "section" in undo:
        await put_section_back(taken, undo["section"])
    places = _returned(taken, undo["items"])
    if places == taken.places and "section" not in undo:
        raise Refused("It stands where it stood already.")
    await put_in_order(taken, places)
    if "section" in undo:
        return [undo["section"]["title"]]
    keys = {each["key"] for each in undo["items"]}
    return [item["title"] for item in taken.items if item["key"] in keys]


def undo_of(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """What taking back a change takes; {} where it cannot be taken back. Also of revisions that say it in the old way:
    removed, with an item and its position on the whole list, or a section and the keys of what stood under it."""
    removed = snapshot.get("removed", {})
    if "item" in removed:
        gone = removed["item"]
        inside = [item for item in snapshot["items"][: gone["position"] - 1] if item["section"] == gone["section"]]
        return {"items": [{**gone, "after": inside[-1]["key"] if inside else "", "place": len(inside) + 1}]}
    if "section" in removed:
        gone = removed["section"]
        before = [
            {"key": key, "section": gone["key"], "after": "", "place": n} for n, key in enumerate(gone["items"], 1)
        ]
        return {"section": gone, "items": before}
    undo: dict[str, Any] = snapshot.get("undo", {})
    return undo


async def _bring_back(taken: Taken, gone: Sequence[Mapping[str, Any]], by: Reader) -> list[str]:
    """Make the items again that left the list; their titles. Raises Refused where none of them can be."""
    found = await resources_by_key(taken, [each["resource"] for each in gone])
    on_it = {item["resource_id"] for item in taken.items}
    sections = {section.key: section.id for section in taken.sections}
    new, refused = [], GONE
    for each in gone:
        resource = found.get(each["resource"])
        if resource is None:
            continue
        if resource["id"] in on_it:
            refused = ON_IT.format(resource["title"])
            continue
        on_it.add(resource["id"])
        marks = {name: each[name] for name in MARKS if name in each}
        new.append({"of": resource, "section_id": sections.get(each["section"]), **marks})
    if not new:
        raise Refused(refused)
    made = await put_many(taken, new, by)
    await _speak_of_again(taken, {item["key"]: item["id"] for item in made}, gone)
    return [each["of"]["title"] for each in new]


async def _speak_of_again(taken: Taken, ids: Mapping[str, int], gone: Sequence[Mapping[str, Any]]) -> None:
    """Comments are about what they were about before it left the list. ids: of the items that came back, by key."""
    rows = ListComment.filter(school_id=taken.curated.school_id, curated_id=taken.curated.id, item_id__isnull=True)
    for each in gone:
        if each.get("comments") and each["key"] in ids:
            await rows.filter(key__in=each["comments"]).update(item_id=ids[each["key"]])


async def speak_again(taken: Taken, items: Mapping[str, int], since: int) -> None:
    """Comments are about items again that came back from an older state, as far as it is known what they were about.

    items: ids by key. since: the number of the revision that they come from. What took an item off after it tells
    which comments were about it; the last REMEMBERED such changes are asked.
    """
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    if not items or not await ListComment.filter(**of_list, item_id__isnull=True).exists():
        return
    rows = Revision.filter(**of_list, number__gt=since, act__in=sorted(TAKES_OFF)).order_by("-number")
    for revision in await rows.limit(REMEMBERED):
        await _speak_of_again(taken, items, undo_of(await snapshot_of(revision)).get("items", ()))


async def resources_by_key(taken: Taken, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The resources of these keys, merged ones as what they turned out to be: id key title mode state."""
    columns = ("id", "key", "title", "mode", "state")
    of_school = Resource.filter(school_id=taken.curated.school_id)
    rows = await of_school.filter(key__in=keys).values(*columns, "merged_into_id")
    found = {row["key"]: row for row in rows}
    merged = [row["merged_into_id"] for row in rows if row["state"] == ResourceState.MERGED]
    if merged:
        stays = {row["id"]: row for row in await of_school.filter(id__in=merged).values(*columns)}
        for row in rows:
            if row["state"] == ResourceState.MERGED and row["merged_into_id"] in stays:
                found[row["key"]] = stays[row["merged_into_id"]]
    return found


def _returned(taken: Taken, items: Sequence[Mapping[str, Any]]) -> list[Place]:
    """The list after items went back to where they stood: behind what stood before them there, if it still does."""
    ids = {item["key"]: item["id"] for item in taken.items}
    sections = {section.key: section.id for section in taken.sections}
    places = taken.places
    for each in items:
        if each["key"] not in ids or (each["section"] and each["section"] not in sections):
            continue
        part = sections.get(each["section"])
        column = [place.item for place in places if place.part == part and place.item != ids[each["key"]]]
        before = ids.get(each["after"])
        at = column.index(before) + 2 if before in column else 1 if not each["after"] else each["place"]
        places = moved(places, taken.parts, ids[each["key"]], part, at)
    return places
