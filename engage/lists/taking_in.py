"""What entries of the inbox become in the catalogue, many at a time: what is known already, and what is new."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tortoise.expressions import F

from engage import dates
from engage.engagement.rules import Mode
from engage.people.rules import Reader
from engage.resources.keeping import ready_of
from engage.resources.matching import Known, agrees, is_edition
from engage.resources.merging import same_as
from engage.resources.models import Identifier, Resource
from engage.resources.pictures import ask_for_covers
from engage.resources.promoting import is_work, record_of
from engage.resources.record import CatalogueRecord
from engage.resources.revising import Change, add_all, revise_all
from engage.resources.rules import Format, ResourceState

Entry = tuple[Mapping[str, Any], CatalogueRecord]  # the row of the inbox, and the record that it gives
Row = dict[str, Any]
COLUMNS = ("id", "state", "origin", "merged_into_id")


async def resources_for(entries: Sequence[Mapping[str, Any]], same: Mapping[str, str], by: Reader) -> dict[str, Row]:
    """The resource that each entry stands for: what a person says, what it was before, what is known for it, or new.

    To one that something else brought, an entry adds its numbers and links. entries: as `record_of` takes them, and
    key, resource_id, transcript. same: as for `from_inbox.promote`. Returns id, key and title by the key of the entry.
    Those about different things are done together, in as many statements as one of them takes; of those that may be
    about one thing, each finds what the ones before it brought.
    """
    left: list[Entry] = [(entry, record_of(entry)) for entry in entries]
    found: dict[str, Row] = {}
    while left:
        apart = _apart(left)
        known = await _known_as(apart, same, by)
        # two that lead to one resource: the second adds to what the first made of it
        first = {row["id"]: entry["key"] for entry, _ in reversed(apart) if (row := known.get(entry["key"]))}
        done = [one for one in apart if (row := known.get(one[0]["key"])) is None or first[row["id"]] == one[0]["key"]]
        found |= await _put_in(done, known, by)
        left = [one for one in left if one[0]["key"] not in found]
    return found


def _apart(entries: Sequence[Entry]) -> list[Entry]:
    """Those that are about nothing that an entry before them may bring."""
    numbers: set[tuple[str, str]] = set()
    titles: set[str] = set()
    apart = []
    for entry, known in entries:
        if numbers.isdisjoint(known.identifiers) and not (is_work(entry) and titles.intersection(known.match_keys)):
            apart.append((entry, known))
        numbers.update(known.identifiers)
        titles.update(known.match_keys)
    return apart


async def _put_in(entries: Sequence[Entry], known_as: Mapping[str, Row], by: Reader) -> dict[str, Row]:
    """Put what is new into the catalogue, and add to what is there; each entry is about another thing."""
    new = [one for one in entries if one[0]["key"] not in known_as]
    joined = [(record, known_as[entry["key"]]) for entry, record in entries if entry["key"] in known_as]
    ids = {entry["key"]: known_as[entry["key"]]["id"] for entry, _ in entries if entry["key"] in known_as}
    if new:
        made = await add_all(by.school.id, [ready_of(record) for _, record in new])
        ids |= {entry["key"]: number for (entry, _), number in zip(new, made, strict=True)}
        await ask_for_covers(made)
    others = [Change(row["id"], record, whole=False) for record, row in joined if row["origin"] != record.origin]
    await revise_all(by.school.id, others)
    mine = Resource.filter(school_id=by.school.id)
    if gone := [row["id"] for _, row in joined if row["state"] is not ResourceState.OFFERED]:
        back = mine.filter(id__in=gone).exclude(state=ResourceState.OFFERED)
        await back.update(state=ResourceState.OFFERED, version=F("version") + 1, changed_at=dates.now())
    if told := [ids[entry["key"]] for entry, _ in entries if entry["transcript"]]:
        await mine.filter(id__in=told, transcript__isnull=True).update(transcript=True)
    rows = {row["id"]: row for row in await mine.filter(id__in=list(ids.values())).values("id", "key", "title")}
    return {key: rows[number] for key, number in ids.items()}


async def _known_as(entries: Sequence[Entry], same: Mapping[str, str], by: Reader) -> dict[str, Row]:
    """What the catalogue has of each entry, by the key of the entry; no merged one."""
    said = sorted({key for entry, _ in entries if (key := same.get(entry["key"]))})
    offered = Resource.filter(school_id=by.school.id, state=ResourceState.OFFERED, key__in=said)
    chosen = dict(await offered.values_list("key", "id")) if said else {}
    ids: dict[str, int | None] = {
        entry["key"]: chosen.get(same.get(entry["key"], "")) or entry["resource_id"] for entry, _ in entries
    }
    ids |= await _by_number([one for one in entries if ids[one[0]["key"]] is None], by)
    works = {
        entry["key"]: record
        for entry, record in entries
        if ids[entry["key"]] is None and same.get(entry["key"]) is None and is_work(entry)
    }
    ids |= await same_as(by.school.id, works)
    rows = await _now({number for number in ids.values() if number is not None}, by)
    return {key: row for key, number in ids.items() if number is not None and (row := rows.get(number))}


async def _by_number(entries: Sequence[Entry], by: Reader) -> dict[str, int | None]:
    """What has a number of each entry; of several numbers the first is believed."""
    numbers = {number for _, record in entries for number in record.identifiers}
    if not numbers:
        return {}
    # an index leads to each value; pairs that do not belong together are told by the number
    named = Identifier.filter(
        school_id=by.school.id,
        scheme__in=sorted({scheme for scheme, _ in numbers}),
        value__in=sorted({value for _, value in numbers}),
    ).exclude(resource__state=ResourceState.MERGED)
    columns = {"title": "resource__title", "mode": "resource__mode", "format": "resource__format"}
    rows = defaultdict(list)
    for row in await named.order_by("id").values("scheme", "value", "resource_id", **columns):
        rows[row["scheme"], row["value"]].append(row)
    return {
        entry["key"]: next(
            (
                row["resource_id"]
                for number in record.identifiers
                for row in rows[number]
                # an address is one thing; an ISBN is mistyped and used again
                if number[0] == "url" or _agree(record, row)
            ),
            None,
        )
        for entry, record in entries
    }


def _agree(record: CatalogueRecord, row: Mapping[str, Any]) -> bool:
    other = Known(row["resource_id"], row["title"], Mode(row["mode"]), "", "", format=Format(row["format"]))
    return agrees(record, other) or is_edition(record, other)


async def _now(ids: Collection[int], by: Reader) -> dict[int, Row]:
    """What each of some resources is now: itself, or what it was merged into. What is no more is left out."""
    rows: dict[int, Row] = {}
    asked: set[int | None] = {None}
    while wanted := sorted({*ids, *(row["merged_into_id"] for row in rows.values())} - asked):
        asked.update(wanted)
        there = await Resource.filter(school_id=by.school.id, id__in=wanted).values(*COLUMNS)
        rows |= {row["id"]: row for row in there}
    found = {}
    for number in ids:
        row = rows.get(number)
        while row is not None and row["state"] is ResourceState.MERGED:
            row = rows.get(row["merged_into_id"])
        if row is not None:
            found[number] = row
    return found
