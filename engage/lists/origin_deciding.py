"""What becomes of the changes that an origin made: shown, and taken or declined by somebody here, one or many at once.

What was edited here is never written over in bulk; one change alone may be taken over one's own words, knowingly.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Case, F, When

from engage import dates
from engage.database.transaction import one_transaction
from engage.errors import Refused
from engage.lists import rules
from engage.lists.editing import put_many, take_off
from engage.lists.exchange import item_columns, matches
from engage.lists.exchange_models import ListProposal, Missing
from engage.lists.exchange_rules import Kind, item_from, item_values, packed
from engage.lists.models import ListItem, Section
from engage.lists.order import Place, moved
from engage.lists.queries import ListCard
from engage.lists.revisions import Taken, keep, put_in_order, take_up
from engage.lists.rules import ProposalState
from engage.people.rules import Reader

# how many changes are shown, and so decided, at once; a form has room for twice as many fields
SHOWN = 100
# the order in which changes are taken together: a moved one stands after one that was added
ORDER = (Kind.WORDS, Kind.REMOVED, Kind.ADDED, Kind.MOVED, Kind.RENAMED, Kind.NOTE)
ROW = ("id", "key", "kind", "guid", "was", "now", "at")
OVER = "This change is decided, or there is a newer one. Look at what waits now."
Rows = Sequence[Mapping[str, Any]]
# an item, the part it comes into, and the guid of the one that it follows
Standing = tuple[Mapping[str, Any], int | None, str]


@dataclass(frozen=True)
class Decided:
    """What came of a decision. skipped: how many wait on because somebody edited the same words here. over: how many
    were decided by somebody else, or have become other changes since they were shown."""

    done: int = 0
    skipped: int = 0
    over: int = 0


async def waiting_for(curated: ListCard) -> list[dict[str, Any]]:
    """The changes that wait on a list, the oldest SHOWN of them and one more where there are more, in the order of
    ORDER: key kind guid at, was and now as values; ours: what stands here, None where the item is not on the list;
    lacked: its title and creators as readers see them below the list, None where they do not."""
    of_list = {"school_id": curated.school_id, "curated_id": curated.id}
    rows = (
        await ListProposal.filter(**of_list, state=ProposalState.WAITING).order_by("id").limit(SHOWN + 1).values(*ROW)
    )
    items = ListItem.filter(**of_list, guid__in=[row["guid"] for row in rows if row["guid"]])
    ours = {row["guid"]: row for row in await items.values("guid", "annotation", title="resource__title")}
    missing = Missing.filter(**of_list, guid__in=[row["guid"] for row in rows if row["guid"]], gone_at=None)
    lacked = {guid: item_from(json.loads(record)) for guid, record in await missing.values_list("guid", "record")}
    found = [{**row, "was": json.loads(row["was"] or "{}"), "now": json.loads(row["now"] or "{}")} for row in rows]
    return [
        {
            **row,
            "lacked": lacked.get(row["guid"]),
            "ours": ours.get(row["guid"]),
            "edited": _is_edited(row, ours.get(row["guid"]), curated),
        }
        for row in sorted(found, key=lambda row: ORDER.index(Kind(row["kind"])))
    ]


def _is_edited(row: Mapping[str, Any], ours: Mapping[str, Any] | None, curated: Any) -> bool:
    """Whether somebody here changed the words that the origin changed too."""
    if row["kind"] in (Kind.NOTE, Kind.REMOVED):
        known = (row["was"]["note"][: rules.NOTE], row["now"].get("note", "")[: rules.NOTE])
        return ours is not None and ours["annotation"] not in known
    if row["kind"] == Kind.WORDS:
        return (curated.title, curated.introduction) != (row["was"]["title"], row["was"]["introduction"])
    return False


@one_transaction
async def decide(key: str, chosen: Collection[str], *, take: bool, together: bool = False, by: Reader) -> Decided:
    """Take changes of the origin over, or decline them. chosen: the keys of what was shown, SHOWN at most.

    together: without a look at each, so that those are left waiting whose words somebody edited here.
    Raises NotFound, NotAllowed (LST06), Refused.
    """
    taken = await take_up(by, key)
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    keys = list(dict.fromkeys(chosen))[:SHOWN]
    found = await ListProposal.filter(**of_list, state=ProposalState.WAITING, key__in=keys).order_by("id").values(*ROW)
    if not found:
        raise Refused(OVER)
    items = {item["guid"]: item for item in taken.items if item["guid"]}
    rows: list[Mapping[str, Any]] = []
    for row in found:
        ours = items.get(row["guid"])
        values = {**row, "was": json.loads(row["was"] or "{}"), "now": json.loads(row["now"] or "{}"), "ours": ours}
        if not (take and together and _is_edited(values, ours, taken.curated)):
            rows.append(values)
    if take and rows:
        await _take(taken, rows, by)
        await keep(taken, by, "followed origin", rules.counted(len(rows), "change"))
    state = ProposalState.TAKEN if take else ProposalState.DECLINED
    decided = ListProposal.filter(school_id=taken.curated.school_id, id__in=[row["id"] for row in rows])
    await decided.update(state=state, decided_by_id=by.id, decided_at=dates.now())
    return Decided(len(rows), len(found) - len(rows), len(keys) - len(found))


async def _take(taken: Taken, rows: Rows, by: Reader) -> None:
    """Do what some changes say, in the order of ORDER; the same number of statements, however many of a kind."""
    of_kind = {kind: [row for row in rows if row["kind"] == kind] for kind in ORDER}
    for row in of_kind[Kind.WORDS]:
        title = " ".join(str(row["now"]["title"]).split())[: rules.TITLE]
        taken.curated.title = title or taken.curated.title
        taken.curated.introduction = str(row["now"]["introduction"])[: rules.INTRODUCTION]
    await _take_removed(taken, of_kind[Kind.REMOVED])
    standing = await _take_added(taken, of_kind[Kind.ADDED], by) if of_kind[Kind.ADDED] else []
    for row in of_kind[Kind.MOVED]:
        if row["ours"] is not None:
            part = await part_named(taken, row["now"].get("section", ""))
            standing.append((row["ours"], part, row["now"].get("after", "")))
    if standing:
        places = taken.places
        for item, part, guid in standing:
            places = placed_after(taken, places, item, part, guid)
        await put_in_order(taken, places)
    await _take_notes(taken, of_kind[Kind.NOTE])
    await _reword_missing(taken, [*of_kind[Kind.RENAMED], *of_kind[Kind.NOTE]])


async def _take_removed(taken: Taken, rows: Rows) -> None:
    ids = [row["ours"]["id"] for row in rows if row["ours"] is not None]
    if ids:
        await take_off(taken, ids)
    lacked = [row["guid"] for row in rows if row["ours"] is None]
    if lacked:
        of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
        await Missing.filter(**of_list, guid__in=lacked, gone_at=None).update(gone_at=dates.now())


async def _take_notes(taken: Taken, rows: Rows) -> None:
    notes = {row["ours"]["id"]: str(row["now"]["note"])[: rules.NOTE] for row in rows if row["ours"] is not None}
    if not notes:
        return
    of_list = ListItem.filter(school_id=taken.curated.school_id, id__in=list(notes))
    stood = Case(*(When(id=number, then=note) for number, note in notes.items()), default=F("annotation"))
    await of_list.update(annotation=stood, version=F("version") + 1)
    for item in taken.items:
        item["annotation"] = notes.get(item["id"], item["annotation"])


async def _reword_missing(taken: Taken, rows: Rows) -> None:
    """What we lack is called as it is there now, and has the note that it has there."""
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    told: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["ours"] is None:
            # of a note the title is told only to say what it is about
            names = ("title", "creators") if row["kind"] == Kind.RENAMED else ("note",)
            told.setdefault(row["guid"], {}).update({name: row["now"][name] for name in names})
    if not told:
        return
    lacked = await Missing.filter(**of_list, guid__in=list(told), gone_at=None).values("id", "guid", "record")
    records = {row["id"]: packed({**json.loads(row["record"]), **told[row["guid"]]}) for row in lacked}
    if records:
        stood = Case(*(When(id=number, then=text) for number, text in records.items()), default=F("record"))
        await Missing.filter(school_id=taken.curated.school_id, id__in=list(records)).update(record=stood)


async def _take_added(taken: Taken, rows: Rows, by: Reader) -> list[Standing]:
    """Put on what we have, and note what we lack; where each stands at the origin."""
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    added = [(item_from(row["now"]), row["now"].get("where", {})) for row in rows if row["ours"] is None]
    held = await matches(taken.curated.school_id, [item for item, _ in added])
    on_it: dict[int, Any] = {item["resource_id"]: item for item in taken.items}
    new, where_to, same, missing = [], [], {}, []
    for item, where in added:
        found = held.get(item.guid)
        if found is None:
            missing.append(Missing(**of_list, guid=item.guid, record=packed(item_values(item)), position=0))
        elif found["id"] not in on_it:
            on_it[found["id"]] = None
            part = await part_named(taken, where.get("section", ""))
            new.append(item_columns(item, found, part))
            where_to.append((part, where.get("after", "")))
        elif (there := on_it[found["id"]]) is not None:
            # somebody here put it on before the origin did; from now on it is the same one
            same[there["id"]] = there["guid"] = item.guid
    await Missing.bulk_create(missing)
    if same:
        known = Case(*(When(id=number, then=guid) for number, guid in same.items()), default=F("guid"))
        await ListItem.filter(school_id=taken.curated.school_id, id__in=list(same)).update(guid=known)
    made = await put_many(taken, new, by) if new else []
    by_guid = {item["guid"]: item for item in made}
    return [(by_guid[row["guid"]], *where) for row, where in zip(new, where_to, strict=True)]


async def part_named(taken: Taken, title: str) -> int | None:
    """The part of this name, made where there is none and room for it."""
    if not title:
        return None
    known = next((section.id for section in taken.sections if section.title == title), None)
    if known is not None or len(taken.sections) >= rules.MOST_SECTIONS:
        return known if known is not None else taken.parts[-1]
    made = await Section.create(
        school_id=taken.curated.school_id,
        curated_id=taken.curated.id,
        title=title[: rules.TITLE],
        position=len(taken.sections) + 1,
    )
    taken.sections.append(made)
    return int(made.id)


def placed_after(
    taken: Taken, places: Sequence[Place], item: Mapping[str, Any], part: int | None, guid: str
) -> list[Place]:
    """The places with an item after the one of this guid in a part; at its end where that one is not there, at its
    top where there is no guid."""
    guids = {each["id"]: each["guid"] for each in taken.items}
    column = [place.item for place in places if place.part == part and place.item != item["id"]]
    before = next((at for at, each in enumerate(column, 1) if guid and guids[each] == guid), None)
    to: int | str = before + 1 if before is not None else "bottom" if guid else "top"
    return moved(places, taken.parts, item["id"], part, to)
