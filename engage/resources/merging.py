"""One batch of records put into the catalogue, in one unit of work: what is new, what is changed, what is the same.

A record replaces what it said itself in an earlier import, except what a person wrote; to what another record or a
person said it adds its numbers, holdings and links only. Source: DECISIONS.md, "Whose fields they are".
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter
from typing import Any

from engage.database import rows
from engage.database.transaction import one_transaction
from engage.people.models import School
from engage.resources import isbn, keeping
from engage.resources.incoming_models import Import, ImportRow
from engage.resources.matching import ADAPTER, Known, Number, Shelf, is_adapted
from engage.resources.models import Creator, Holding, Identifier, Link, Resource
from engage.resources.pictures import ask_for_covers
from engage.resources.record import CatalogueRecord
from engage.resources.revising import Change, add_all, revise_all, would_change
from engage.resources.rules import Format, Outcome, ResourceState, medium_of

Stand = tuple[str, str]  # call number and location
MATCHED = ("id", "title", "mode", "format", "match_key", "origin")


@dataclass(frozen=True)
class Item:
    """One record of the file: what it says, or why it is refused. notes: what was odd about it.

    copy_of: it says no more than that the record of this number has a copy more. asked: an ISBN, only asked for.
    """

    number: int
    known: CatalogueRecord | None = None
    refused: str = ""
    title: str = ""
    notes: str = ""
    copy_of: int = 0
    asked: str = ""

    @cached_property
    def ready(self) -> keeping.Ready:
        """The record as the tables will hold it, for an item that has one."""
        assert self.known is not None
        return keeping.ready_of(self.known)


@dataclass(frozen=True)
class Result:
    """What became of an item. revised: the resource was compared with it row by row. before: what it was."""

    item: Item
    outcome: Outcome
    resource_id: int | None = None
    reason: str = ""
    revised: bool = False
    before: str = ""


@dataclass
class Run:
    """What an import remembers between its batches.

    reported: the items that stand in the report; again: some did at the start, from a try that was broken off. seen:
    which record was met for which resource. holdings: those that the file names, by resource and record; of those in
    revised, what a record named before and names no more is gone at the end. shelf: what a dry run would have added.
    adds: the last unit added something.
    """

    school_id: int
    import_id: int
    dry: bool = False
    again: bool = False
    reported: set[int] = field(default_factory=set)
    seen: set[tuple[int, str]] = field(default_factory=set)
    revised: set[tuple[int, str]] = field(default_factory=set)
    holdings: dict[tuple[int, str], set[Stand]] = field(default_factory=dict)
    shelf: Shelf = field(default_factory=Shelf)
    adds: bool = True


def prepare(run: Run, item: Item) -> None:
    """Do beforehand what needs no database, so that a unit of work is short."""
    if item.known is not None:
        item.known.match_keys, item.known.content_hash  # noqa: B018 -- kept by the record, as is what follows by the item
        if run.adds and not run.dry:
            item.ready  # noqa: B018


async def put_in(run: Run, items: Sequence[Item]) -> None:
    """Put records into the catalogue and their outcomes into the report, in one unit of work or a few.

    Raises Busy; the units that were kept before are kept.
    """
    left = list(items)
    while left:
        done, left = await _one_unit(run, left)
        run.reported.update(result.item.number for result in done)
        run.adds = any(result.outcome is Outcome.ADDED for result in done)
        for result in done:
            known, number = result.item.known, result.resource_id
            if known is None or number is None:
                continue
            key = (number, known.origin)
            run.seen.add(key)
            run.holdings.setdefault(key, set()).update(keeping.stands_of(known))
            if result.revised or run.again:
                run.revised.add(key)


@one_transaction
async def _one_unit(run: Run, items: list[Item]) -> tuple[list[Result], list[Item]]:
    """Handle what can be handled at once; a record about something that this unit touches waits for the next one."""
    if not run.dry:
        # two imports of one school would both find that a title is not here yet
        await School.filter(id=run.school_id).select_for_update(no_key=True).get()
    shelf = Shelf() if not run.dry else run.shelf
    for known in await known_for(run.school_id, [item.known for item in items if item.known is not None]):
        if known.id not in shelf.things:
            shelf.put(known)
    touched: set[int] = set()
    met: set[tuple[int, str]] = set()
    results: list[Result] = []
    left: list[Item] = []
    new: list[Item] = []
    changes: list[tuple[Item, Change]] = []
    asked = await held(run.school_id, [item.asked for item in items if item.asked])
    for item in items:
        if item.asked:
            results.append(_answer(item, asked))
            continue
        if item.copy_of:
            results.append(Result(item, Outcome.SAME, reason=f"One more row about what stands on line {item.copy_of}."))
            continue
        if item.known is None:
            results.append(Result(item, Outcome.REFUSED, reason=item.refused))
            continue
        found = shelf.find(item.known)
        if found is None:
            made = _as_known(-item.number, item.known)
            shelf.put(made)
            touched.add(made.id)
            new.append(item)
            continue
        mine = bool(item.known.origin) and found.origin == item.known.origin
        again = (found.id, item.known.origin) in run.seen or (found.id, item.known.origin) in met
        said = mine and found.content_hash == item.known.content_hash != ""
        if found.id in touched and not said:
            left.append(item)
            continue
        if said and (found.id in touched or not again):
            results.append(Result(item, Outcome.SAME, found.id))
            met.add((found.id, item.known.origin))
            continue
        touched.add(found.id)
        changes.append((item, Change(found.id, item.known, whole=mine and not again)))
    results += await (_pretend(run.school_id, new, changes) if run.dry else _do(run.school_id, new, changes))
    await _report(run, results)
    return results, left


async def _do(school_id: int, new: list[Item], changes: list[tuple[Item, Change]]) -> list[Result]:
    ids = await add_all(school_id, [item.ready for item in new]) if new else []
    results = [Result(item, Outcome.ADDED, number) for item, number in zip(new, ids, strict=True)]
    seen = await revise_all(school_id, [change for _, change in changes])
    for item, change in changes:
        outcome = Outcome.CHANGED if change.resource_id in seen else Outcome.SAME
        before = seen.get(change.resource_id, "")
        results.append(Result(item, outcome, change.resource_id, "" if change.whole else JOINED, True, before))
    await ask_for_covers([number for number, before in seen.items() if _has_new_numbers(before)], new=bool(ids))
    return results


def _has_new_numbers(before: str) -> bool:
    """Whether a change brought numbers by which a picture may be found."""
    return any(scheme == "isbn" for scheme, _ in json.loads(before)["new"])


async def _pretend(school_id: int, new: list[Item], changes: list[tuple[Item, Change]]) -> list[Result]:
    """What would be done, without doing it. What would only come with this file (id below 0) is told as changed."""
    results = [Result(item, Outcome.ADDED, -item.number) for item in new]
    seen = await would_change(school_id, [change for _, change in changes if change.resource_id > 0])
    for item, change in changes:
        differs = change.resource_id < 0 or change.resource_id in seen
        outcome = Outcome.CHANGED if differs else Outcome.SAME
        results.append(Result(item, outcome, change.resource_id, "" if change.whole else JOINED))
    return results


JOINED = "Another record about the same thing is here; its numbers, copies and links are added to it."


def _answer(item: Item, asked: dict[str, tuple[int, str]]) -> Result:
    found = asked.get(item.asked)
    if found is None:
        return Result(
            replace(item, title=isbn.shown(item.asked)), Outcome.REFUSED, reason="The library does not have it."
        )
    number, title = found
    return Result(replace(item, title=title), Outcome.SAME, number)


async def held(school_id: int, isbns: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Which ISBNs the catalogue has: of each the id and the title of its resource."""
    wanted = sorted(set(isbns))
    if not wanted:
        return {}
    named = Identifier.filter(school_id=school_id, scheme="isbn", value__in=wanted)
    rows = await named.values_list("value", "resource_id", "resource__title", "resource__state")
    best = sorted(rows, key=lambda row: (row[3] is ResourceState.OFFERED, -row[1]))
    return {value: (number, title) for value, number, title, state in best if state is not ResourceState.MERGED}


async def same_as(
    school_id: int, records: Mapping[str, CatalogueRecord], among: Collection[int] | None = None
) -> dict[str, int]:
    """Which of some records are about something that is offered, as an import tells it: the id of the resource.

    among: the ids of what is offered and may be meant, where the caller has them.
    """
    if not records:
        return {}
    known = {each.id: each for each in await known_for(school_id, records.values())}
    if among is None:
        rows = Resource.filter(school_id=school_id, id__in=sorted(known), state=ResourceState.OFFERED)
        among = {number for (number,) in await rows.values_list("id")}
    shelf = Shelf()
    for number in sorted(known.keys() & among):
        shelf.put(known[number])
    found = {name: shelf.find(record) for name, record in records.items()}
    return {name: each.id for name, each in found.items() if each is not None}


async def known_for(school_id: int, records: Iterable[CatalogueRecord]) -> list[Known]:
    """What the catalogue has that some records may be about; one statement for each kind of number."""
    records = list(records)
    numbers: dict[str, set[str]] = {}
    for known in records:
        for scheme, value in known.identifiers:
            numbers.setdefault(scheme, set()).add(value)
    ids: set[int] = set()
    ours = {"school_id": school_id}
    for scheme, values in sorted(numbers.items()):
        named = await rows.read(Identifier, ("resource_id",), ours | {"scheme": scheme}, {"value": sorted(values)})
        ids.update([row["resource_id"] for row in named])
    if keys := sorted({key for known in records for key in known.match_keys}):
        ids.update([row["id"] for row in await rows.read(Resource, ("id",), ours, {"match_key": keys})])
    others = await _merged(school_id, ids) if ids else {}
    ids |= others.keys()
    if not ids:
        return []
    of: dict[int, set[Number]] = {number: set() for number in ids}
    for row in await rows.read(Identifier, ("resource_id", "scheme", "value"), ours, {"resource_id": sorted(ids)}):
        of[row["resource_id"]].add((row["scheme"], row["value"]))
    columns = (*MATCHED, "content_hash", "language", "series", "editions", "state")
    there = sorted(await rows.read(Resource, columns, ours, {"id": sorted(ids)}), key=itemgetter("id"))
    origins = await _origins(school_id, records, there)
    adapted = await _adapted(school_id, records, there)
    found = []
    for row in there:
        state = row.pop("state")
        if state is ResourceState.MERGED:
            continue
        if state is ResourceState.TAKEN_BACK:
            # what was taken back is brought again by a record that has not changed either
            row["content_hash"] = ""
        number = row["id"]
        more: dict[str, Any] = {"numbers": frozenset(of[number]), "others": tuple(others.get(number, ()))}
        found.append(Known(**row, **more, origins=frozenset(origins.get(number, ())), adapted=number in adapted))
    return found


async def _origins(
    school_id: int, records: Sequence[CatalogueRecord], there: Sequence[Mapping[str, Any]]
) -> dict[int, set[str]]:
    """Which records name holdings and links of some resources, where a record without any number may be one of them.

    By that it finds again what it joined, whatever has come under its title since.
    """
    bare = [known for known in records if known.origin and not known.identifiers]
    keys, own = {key for known in bare for key in known.match_keys}, {known.origin for known in bare}
    ids = sorted(row["id"] for row in there if row["match_key"] in keys and row["origin"] not in own)
    found: dict[int, set[str]] = {}
    for model in (Holding, Link) if ids else ():
        columns = ("resource_id", "origin")
        for row in await rows.read(model, columns, {"school_id": school_id}, {"resource_id": ids}):
            found.setdefault(row["resource_id"], set()).add(row["origin"])
    return found


async def _adapted(school_id: int, records: Sequence[CatalogueRecord], there: Sequence[Mapping[str, Any]]) -> set[int]:
    """Which resources were retold, of those whose title stands here or in the records in more than one medium."""
    media: dict[str, set[Format]] = {}
    for known in records:
        media.setdefault(known.match_key, set()).add(medium_of(known.format))
    for row in there:
        media.setdefault(row["match_key"], set()).add(medium_of(row["format"]))
    ids = sorted(row["id"] for row in there if len(media[row["match_key"]]) > 1)
    if not ids:
        return set()
    of = {"school_id": school_id, "role": ADAPTER}
    named = await rows.read(Creator, ("resource_id", "position"), of, {"resource_id": ids})
    return {row["resource_id"] for row in named if row["position"]}


async def _merged(school_id: int, ids: set[int]) -> dict[int, list[Known]]:
    """What was merged into some resources, and what some of them were merged into, by the id of the one it became."""
    where = {"school_id": school_id, "state": ResourceState.MERGED.value}
    columns = (*MATCHED, "merged_into_id")
    among = sorted(ids)
    others: dict[int, list[Known]] = {}
    merged = await rows.read(Resource, columns, where, {"id": among, "merged_into_id": among})
    for row in sorted(merged, key=itemgetter("id")):
        became = row.pop("merged_into_id")
        if became is not None:
            others.setdefault(became, []).append(Known(**row))
    return others


def _as_known(number: int, known: CatalogueRecord) -> Known:
    return Known(
        number,
        known.title,
        known.mode,
        known.match_key,
        known.origin,
        known.content_hash,
        frozenset(known.identifiers),
        format=known.format,
        language=known.language,
        series=known.series,
        adapted=is_adapted(known),
    )


async def _report(run: Run, results: list[Result]) -> None:
    """Write what became of the items, and how far the import is, in the same unit of work."""
    fresh = [result for result in results if result.item.number not in run.reported]
    if not fresh:
        return
    await rows.add(
        ImportRow,
        [
            {
                "school_id": run.school_id,
                "of_import_id": run.import_id,
                "number": result.item.number,
                "outcome": result.outcome,
                "title": result.item.known.title if result.item.known else result.item.title,
                "line": _line(result.item.known),
                "reason": " ".join(filter(None, [result.reason, result.item.notes])),
                "before": result.before,
                "resource_id": result.resource_id if (result.resource_id or 0) > 0 else None,
            }
            for result in fresh
        ],
    )
    imported = await Import.get(school_id=run.school_id, id=run.import_id)
    for result in fresh:
        name = result.outcome.value
        setattr(imported, name, getattr(imported, name) + 1)
    imported.done += len(fresh)
    await imported.save(update_fields=["added", "changed", "same", "refused", "done"])


def _line(known: CatalogueRecord | None) -> str:
    if known is None:
        return ""
    call = known.places[0].call_number if known.places else ""
    return " · ".join(filter(None, [known.creators.split("; ")[0], call, str(known.year or "")]))
