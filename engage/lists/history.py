"""The history of a list: who changed what and when, any state of it again, and the list or one item brought back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tortoise.expressions import Case, F, When

from engage import dates
from engage.database.paging import Page, one_page
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.lists.editing import ON_IT, put_many, take_off, with_comments
from engage.lists.models import ListItem, Revision, Section
from engage.lists.order import Place, arranged, moved
from engage.lists.queries import ListCard, items_of, sections_of
from engage.lists.revisions import LATER, WORDS, Taken, keep, look_again, put_in_order, snapshot_of, stood, take_up
from engage.lists.rules import ListKind, State, scope_of
from engage.lists.undoing import GONE, resources_by_key, speak_again
from engage.lists.undoing import RESTORED as AGAIN
from engage.people.rules import Reader
from engage.resources.models import Resource
from engage.resources.rules import ResourceState

SHOWN = 50
# whom a list is for and whether it is published are decided by publishing, and nothing of that comes back by itself
RESTORED = tuple(name for name in WORDS if name not in ("state", "visibility"))
MARKS = tuple(LATER)


def may_see_history(reader: Reader, curated: ListCard) -> bool:
    """Whether the reader may see who changed a list (LST13); P is for published lists."""
    letter = reader.answers("LST13", scope_of(reader, curated.owner_id, curated.part))
    return letter == "Y" or (letter == "P" and curated.state is State.PUBLISHED)


async def changes_of(curated: ListCard, after: str = "") -> Page:
    """The changes of a list, newest first: number at act what; by, None where nobody is known any more."""
    rows = Revision.filter(school_id=curated.school_id, curated_id=curated.id)
    return await one_page(
        rows, "number", "at", "act", "what", order=("-number",), after=after, size=SHOWN, by="by__name"
    )


async def change_of(curated: ListCard, number: int) -> Revision:
    """The revision of this number. Raises NotFound."""
    found = await Revision.filter(school_id=curated.school_id, curated_id=curated.id, number=number).first()
    if found is None:
        raise NotFound(number)
    return found


async def change_before(curated: ListCard, number: int) -> Revision | None:
    """The revision before this number; None for the first."""
    rows = Revision.filter(school_id=curated.school_id, curated_id=curated.id, number__lt=number)
    return await rows.order_by("-number").first()


async def as_it_is(curated: ListCard) -> dict[str, Any]:
    """The list as it stands now, as a revision would keep it."""
    rows = await items_of(curated)
    return {
        **{name: getattr(curated, name) for name in WORDS},
        "sections": await sections_of(curated),
        "items": [
            {
                "key": row["key"],
                "resource": row["resource_key"],
                "section": row["section_key"] or "",
                "annotation": row["annotation"],
                "start_here": bool(row["start_here"]),
            }
            for row in rows
        ],
    }


async def titles_of(curated: ListCard, keys: Sequence[str]) -> dict[str, str]:
    """The titles of resources by their keys, whatever became of them."""
    rows = Resource.filter(school_id=curated.school_id, key__in=list(keys))
    return dict(await rows.values_list("key", "title"))


@dataclass
class Restored:
    """What came of it. gone: what the library no longer has, by its title, or "Something" where no title is known."""

    gone: list[str] = field(default_factory=list)


@one_transaction
async def restore(key: str, number: int, *, by: Reader) -> Restored:
    """Make the list what it was after a change: its words, parts, items, notes and order; a new revision says so.

    What turned out to be another resource meanwhile is that one; what the library no longer has is left out and said.
    Whom the list is for and its state stay. Raises NotFound, NotAllowed (LST06).
    """
    taken = await take_up(by, key)
    revision, then = await _then(taken, number)
    for name in RESTORED:
        setattr(taken.curated, name, ListKind(then[name]) if name == "kind" else then[name])
    parts = await _restore_sections(taken, then["sections"])
    plan = await _plan(taken, then["items"])
    standing = {item["id"] for item, _ in plan.staying}
    going = [item for item in taken.items if item["id"] not in standing]
    off = [item["id"] for item in going]
    gone = await with_comments(taken, off, stood(taken, {item["key"] for item in going}))
    await take_off(taken, off)
    new = [
        {"of": of, "section_id": parts.get(snap["section"]), **_columns(snap), "key": snap["key"]}
        for snap, of in plan.coming
    ]
    if new:
        made = await put_many(taken, new, by)
        await speak_again(taken, {item["key"]: item["id"] for item in made}, number)
    await _restore_notes(taken, plan.staying)
    await _restore_order(taken, then, plan, parts)
    await _drop_sections(taken, set(parts.values()))
    await look_again(taken)
    zone = by.school.zone
    day, clock = dates.on(revision.at, zone), dates.clock_of(revision.at, zone)
    # what it took off is told for the comments' sake; it is undone by restoring what was before
    spoken_of = [each for each in gone if "comments" in each]
    await keep(taken, by, AGAIN, f"{day.isoformat()} {clock:%H:%M}", {"items": spoken_of} if spoken_of else None)
    return Restored(plan.gone)


async def _then(taken: Taken, number: int) -> tuple[Revision, dict[str, Any]]:
    rows = Revision.filter(school_id=taken.curated.school_id, curated_id=taken.curated.id, number=number)
    revision = await rows.first()
    if revision is None:
        raise NotFound(number)
    return revision, await snapshot_of(revision)


@dataclass
class Plan:
    """What restoring does to the items.

    staying: rows of now with what they were; coming: what they were, and of what; gone: as in Restored.
    """

    staying: list[tuple[dict[str, Any], Mapping[str, Any]]] = field(default_factory=list)
    coming: list[tuple[Mapping[str, Any], dict[str, Any]]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


async def _plan(taken: Taken, items: Sequence[Mapping[str, Any]]) -> Plan:
    found = await resources_by_key(taken, [each["resource"] for each in items])
    by_key = {item["key"]: item for item in taken.items}
    by_resource = {item["resource_id"]: item for item in taken.items}
    plan, used, wanted = Plan(), set(), set()
    for snap in items:
        of = found.get(snap["resource"])
        now = by_key.get(snap["key"]) or (by_resource.get(of["id"]) if of else None)
        if now is not None:
            if now["id"] not in used:
                used.add(now["id"])
                wanted.add(now["resource_id"])
                plan.staying.append((now, snap))
        elif of is None or of["state"] != ResourceState.OFFERED:
            plan.gone.append(of["title"] if of else "Something")
        elif of["id"] not in wanted:
            wanted.add(of["id"])
            plan.coming.append((snap, of))
    return plan


def _columns(snap: Mapping[str, Any]) -> dict[str, Any]:
    return {name: snap[name] for name in ("annotation", "start_here", *MARKS)}


async def _restore_sections(taken: Taken, sections: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The sections of then, in order, made or named anew; the ids by key. Others still stand behind them."""
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    now = {section.key: section for section in taken.sections}
    ids = {}
    for position, each in enumerate(sections, 1):
        columns = {"title": each["title"], "note": each["note"], "position": position}
        section = now.get(each["key"])
        if section is None:
            section = await Section.create(**of_list, key=each["key"], **columns)
        elif any(getattr(section, name) != value for name, value in columns.items()):
            await Section.filter(**of_list, id=section.id).update(**columns)
        ids[each["key"]] = section.id
    behind = [section.id for section in taken.sections if section.key not in ids]
    for position, number in enumerate(behind, len(ids) + 1):
        await Section.filter(**of_list, id=number).update(position=position)
    taken.sections = await Section.filter(**of_list).order_by("position", "id")
    return ids


async def _drop_sections(taken: Taken, keeping: set[int]) -> None:
    of_school = Section.filter(school_id=taken.curated.school_id, curated_id=taken.curated.id)
    leaving = [number for number in taken.parts if number not in keeping]
    if leaving:
        await of_school.filter(id__in=leaving).delete()


async def _restore_notes(taken: Taken, staying: Sequence[tuple[dict[str, Any], Mapping[str, Any]]]) -> None:
    """The notes and marks of then, in five statements at most however many there are."""
    rows = ListItem.filter(school_id=taken.curated.school_id, curated_id=taken.curated.id)
    notes = {item["id"]: snap["annotation"] for item, snap in staying if item["annotation"] != snap["annotation"]}
    marks: dict[tuple[str, bool], list[int]] = {}
    for item, snap in staying:
        for name in ("start_here", "pinned"):
            if bool(item[name]) != snap[name]:
                marks.setdefault((name, snap[name]), []).append(item["id"])
    if notes:
        stood = Case(*(When(id=number, then=note) for number, note in notes.items()), default=F("annotation"))
        await rows.filter(id__in=list(notes)).update(annotation=stood, version=F("version") + 1)
    for (name, on), ids in marks.items():
        await rows.filter(id__in=ids).update(**{name: on}, version=F("version") + 1)


async def _restore_order(taken: Taken, then: Mapping[str, Any], plan: Plan, parts: Mapping[str, int]) -> None:
    by_key = {item["key"]: item["id"] for item in taken.items}
    ids = {snap["key"]: item["id"] for item, snap in plan.staying}
    ids |= {snap["key"]: by_key[snap["key"]] for snap, _ in plan.coming}
    places = [Place(ids[snap["key"]], parts.get(snap["section"])) for snap in then["items"] if snap["key"] in ids]
    await put_in_order(taken, arranged(places, taken.parts))


@one_transaction
async def restore_item(key: str, number: int, item: str, *, by: Reader) -> str:
    """Bring one item back as it was after a change: onto the list, or its note and mark where it stands there.

    item: its key. Returns the title. Raises NotFound, NotAllowed (LST06), Refused.
    """
    taken = await take_up(by, key)
    _, then = await _then(taken, number)
    snap = next((each for each in then["items"] if each["key"] == item), None)
    if snap is None:
        raise NotFound(item)
    plan = await _plan(taken, [snap])
    if plan.gone:
        raise Refused(GONE)
    if plan.staying:
        now = plan.staying[0][0]
        if (now["annotation"], bool(now["start_here"])) == (snap["annotation"], snap["start_here"]):
            raise Refused(ON_IT.format(now["title"]))
        await _restore_notes(taken, plan.staying)
        title = str(now["title"])
    else:
        title = await _put_one_back(taken, snap, plan.coming[0][1], then["items"], number, by)
    await look_again(taken)
    await keep(taken, by, "item restored", title)
    return title


async def _put_one_back(
    taken: Taken,
    snap: Mapping[str, Any],
    of: dict[str, Any],
    items: Sequence[Mapping[str, Any]],
    number: int,
    by: Reader,
) -> str:
    """Make the item again, behind those of its part that stood before it and are still there."""
    part = next((section.id for section in taken.sections if section.key == snap["section"]), None)
    before = {each["key"] for each in items[: items.index(snap)] if each["section"] == snap["section"]}
    place = 1 + sum(each["key"] in before and each["section_id"] == part for each in taken.items)
    made = await put_many(taken, [{"of": of, "section_id": part, **_columns(snap), "key": snap["key"]}], by)
    await speak_again(taken, {snap["key"]: made[0]["id"]}, number)
    await put_in_order(taken, moved(taken.places, taken.parts, made[0]["id"], part, place))
    return str(of["title"])
