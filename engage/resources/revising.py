"""Many resources put in at once, and many brought up to date with what records say of them now.

Called within a unit of work. What is not different is not written.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tortoise.models import Model

from engage import dates
from engage.database import rows
from engage.database.fields import new_key
from engage.resources import editions, keeping, record
from engage.resources.keeping import Ready
from engage.resources.models import Creator, Holding, Identifier, Link, Measure, Resource, Subject
from engage.resources.record import CatalogueRecord, Level, Maker, Term
from engage.resources.rules import Format, ResourceState

# columns that a record decides, and what it may change of the rows beside
SAID = tuple(keeping.columns_of(CatalogueRecord("")))
OF_HOLDING = ("call_number", "location", "barcodes", "copies", "available", "format", "origin")
OF_LINK = ("url", "provider", "access", "media_type", "format", "origin")
# columns that no record decides
FIXED = frozenset({"id", "key", "school_id", "made_at", "popularity", "kept"})


@dataclass(frozen=True)
class Change:
    """A resource and a record about it. whole: the record decides its fields, else it only adds to what is there."""

    resource_id: int
    known: CatalogueRecord
    whole: bool


@dataclass
class Beside:
    """What stands beside a resource in the other tables."""

    makers: list[Maker] = field(default_factory=list)
    subjects: list[Term] = field(default_factory=list)
    measures: list[Level] = field(default_factory=list)
    numbers: set[tuple[str, str]] = field(default_factory=set)
    holdings: list[Holding] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


@dataclass
class Writing:
    """What is to be written: resources that changed, and rows beside them that come and go.

    gone: ids of holdings and links; of the other tables, ids of the resources whose rows are written anew.
    """

    changed: list[Resource] = field(default_factory=list)
    new: dict[type[Model], list[Model]] = field(default_factory=lambda: defaultdict(list))
    gone: dict[type[Model], list[int]] = field(default_factory=lambda: defaultdict(list))


async def add_all(school_id: int, records: Sequence[Ready]) -> list[int]:
    """Put resources into the catalogue. Returns their ids, in order."""
    now = dates.now()
    anew = {"state": ResourceState.OFFERED, "kept": "", "popularity": 0, "version": 1}
    keys = [new_key() for _ in records]
    columns = [
        {"school_id": school_id, "key": key} | ready.columns | anew | {"made_at": now, "changed_at": now}
        for key, ready in zip(keys, records, strict=True)
    ]
    ids = {row["key"]: row["id"] for row in await rows.add(Resource, columns, returning=("key", "id"))}
    beside: dict[type[Model], list[dict[str, Any]]] = defaultdict(list)
    for key, ready in zip(keys, records, strict=True):
        for model, more in keeping.rows_beside(school_id, ids[key], ready, now).items():
            beside[model] += more
    for model, more in beside.items():
        await rows.add(model, more)
    return [ids[key] for key in keys]


async def revise_all(school_id: int, changes: Sequence[Change]) -> dict[int, str]:
    """Bring resources up to date, each at most once.

    Returns those that readers could see change, by id, each with what it was before, for restoring.
    """
    writing, seen = await _revised(school_id, changes)
    await _write(school_id, writing)
    return seen


async def would_change(school_id: int, changes: Sequence[Change]) -> set[int]:
    """The ids that revise_all would return; nothing is written."""
    _, seen = await _revised(school_id, changes)
    return set(seen)


async def _revised(school_id: int, changes: Sequence[Change]) -> tuple[Writing, dict[int, str]]:
    """What is to be written, and what revise_all returns."""
    writing = Writing()
    seen: dict[int, str] = {}
    ids = [change.resource_id for change in changes]
    if not ids:
        return writing, seen
    if len({*ids}) < len(ids):
        # what it was before the second one is not what it was: taking back would restore half
        raise ValueError("A resource is brought up to date once in a unit.")
    resources = {row.id: row for row in await Resource.filter(school_id=school_id, id__in=ids)}
    beside = await beside_of(school_id, ids)
    for change in changes:
        resource = resources[change.resource_id]
        before = photograph(resource, beside[resource.id], change)
        if _revise(resource, beside[resource.id], change, writing):
            seen[resource.id] = before
    return writing, seen


def photograph(resource: Resource, beside: Beside, change: Change) -> str:
    """All of a resource that a change may change, as JSON; reading measures among it, so it is shown to nobody."""
    known = change.known
    return json.dumps(
        {
            "whole": change.whole,
            "origin": known.origin[: record.ORIGIN],
            "state": resource.state,
            "kept": resource.kept,
            "columns": {name: getattr(resource, name) for name in SAID} if change.whole else {},
            "makers": [(maker.name, maker.role) for maker in beside.makers],
            "subjects": [(term.text, term.kind) for term in beside.subjects],
            "measures": [(level.scheme, level.value, level.origin) for level in beside.measures],
            "new": keeping.new_numbers(resource, beside.numbers, known),
            "holdings": [
                {name: getattr(each, name) for name in OF_HOLDING}
                | {"as_of": each.as_of.isoformat(), "gone_at": each.gone_at.isoformat() if each.gone_at else None}
                for each in beside.holdings
            ],
            "links": [{name: getattr(each, name) for name in OF_LINK} for each in beside.links],
        }
    )


async def write_over(
    resource: Resource,
    beside: Beside,
    known: CatalogueRecord,
    kept: frozenset[str],
    removed: frozenset[tuple[str, str]],
) -> None:
    """Write what a person made of a resource: its own columns, creators, subjects and measures.

    known: the whole resource as it is to be. kept: the names of all that persons wrote of it. removed: the numbers that
    persons took away from it.
    """
    of = {"school_id": resource.school_id, "resource_id": resource.id}  # type: ignore[attr-defined]
    writing = Writing()
    _replace_rows(of, beside, known, writing)
    own = {"origin": resource.origin, "content_hash": resource.content_hash}
    columns = keeping.columns_of(known) | own
    await part_editions(resource.format, known.format, beside)
    columns |= keeping.stock_columns(known.mode, known.format, beside.holdings, beside.links)
    columns |= {"kept": keeping.kept_text(kept, removed), "version": resource.version + 1, "changed_at": dates.now()}
    resource.update_from_dict(columns)
    await resource.save(update_fields=list(columns))
    await _write(of["school_id"], writing)


async def beside_of(school_id: int, ids: Sequence[int]) -> dict[int, Beside]:
    """What stands beside each of some resources; six statements, however many they are."""
    found: dict[int, Beside] = {number: Beside() for number in ids}
    of: dict[str, Any] = {"school_id": school_id, "resource_id__in": list(ids)}
    for number, name, role in (
        await Creator.filter(**of).order_by("position").values_list("resource_id", "name", "role")
    ):
        found[number].makers.append(Maker(name, role))
    for number, term, kind in await Subject.filter(**of).order_by("id").values_list("resource_id", "term", "kind"):
        found[number].subjects.append(Term(term, kind))
    columns = ("resource_id", "scheme", "value", "origin")
    for number, scheme, value, origin in await Measure.filter(**of).order_by("id").values_list(*columns):
        found[number].measures.append(Level(scheme, value, origin))
    for number, scheme, value in await Identifier.filter(**of).values_list("resource_id", "scheme", "value"):
        found[number].numbers.add((scheme, value))
    for holding in await Holding.filter(**of).order_by("id"):
        found[holding.resource_id].holdings.append(holding)  # type: ignore[attr-defined]
    for link in await Link.filter(**of).order_by("id"):
        found[link.resource_id].links.append(link)  # type: ignore[attr-defined]
    return found


def _revise(resource: Resource, beside: Beside, change: Change, writing: Writing) -> bool:
    """Note what is to be written of one change; whether anything of it can be seen."""
    known, of = change.known, {"school_id": resource.school_id, "resource_id": resource.id}  # type: ignore[attr-defined]
    kept = keeping.kept_of(resource)
    seen = _add_numbers(of, keeping.new_numbers(resource, beside.numbers, known), writing)
    edition = _edition(resource, beside, known)
    if "holdings" not in kept:
        seen |= _settle_holdings(of, beside, known, edition, writing)
    if "links" not in kept:
        seen |= _settle_links(of, beside, change, edition, writing)
    columns: dict[str, Any] = {}
    if resource.state is ResourceState.TAKEN_BACK:
        columns["state"] = ResourceState.OFFERED
    if change.whole:
        seen |= "holdings" not in kept and _names_fewer(beside, known)
        known = with_kept(known, resource, beside)
        # what the next import compares with is what the record said, not what was kept of it
        columns |= keeping.columns_of(known) | {"content_hash": change.known.content_hash}
        seen |= _replace_rows(of, beside, known, writing)
    mode, format = columns.get("mode", resource.mode), columns.get("format", resource.format)
    columns |= keeping.stock_columns(mode, format, beside.holdings, beside.links)
    differs = {name: value for name, value in columns.items() if getattr(resource, name) != value}
    seen |= bool(differs.keys() - {"content_hash", "origin", "match_key", "search_text"})
    if differs or seen:
        for name, value in differs.items():
            setattr(resource, name, value)
        if seen:
            resource.version += 1
            resource.changed_at = dates.now()
        writing.changed.append(resource)
    return seen


def with_kept(known: CatalogueRecord, resource: Resource, beside: Beside) -> CatalogueRecord:
    """A record with what a person wrote in place of what it says itself."""
    kept = keeping.kept_of(resource)
    values: dict[str, Any] = {name: getattr(resource, name) for name in kept & keeping.COLUMNS}
    if "title" in kept:
        values["title_sort"] = resource.title_sort
    if "creators" in kept:
        values["makers"] = tuple(beside.makers)
    if "subjects" in kept:
        values["subjects"] = tuple(beside.subjects)
    return replace(known, **values)


def _add_numbers(of: dict[str, int], new: Sequence[tuple[str, str]], writing: Writing) -> bool:
    """Numbers only come to a resource: another record about it may have brought those that this one has not."""
    writing.new[Identifier] += [Identifier(**of, scheme=scheme, value=value) for scheme, value in new]
    return bool(new)


def _edition(resource: Resource, beside: Beside, known: CatalogueRecord) -> str:
    """Of which format is what a record names, "" for the resource's own.

    The record that brought the resource names what is of the resource's format, unless a person made it another one.
    """
    if known.origin and known.origin == resource.origin:
        rows: list[Holding | Link] = [*beside.holdings, *beside.links]
        named = (each.format for each in rows if each.origin == known.origin)
        return next(named, "")
    return editions.format_of(known, resource.format)


async def part_editions(before: Format, now: Format, beside: Beside) -> None:
    """Let what is there keep its format where a person makes another edition the one that a resource is known by."""
    rows: list[Holding | Link] = [*beside.holdings, *beside.links]
    ours = [each for each in rows if each.format and not editions.other_format(Format(each.format), now)]
    if not ours:
        return  # then it was said wrongly before, of all that is there
    theirs = [each for each in rows if not each.format]
    for each in ours:
        each.format = ""
    for each in theirs:
        each.format = editions.other_format(before, now)
    for each in (*ours, *theirs):
        await each.save(update_fields=["format"])


def _settle_holdings(
    of: dict[str, int], beside: Beside, known: CatalogueRecord, edition: str, writing: Writing
) -> bool:
    """Put in the holdings that a record names, and change those that it named before. edition: their format."""
    at_hand = {(holding.origin, holding.call_number, holding.location): holding for holding in beside.holdings}
    seen = False
    for columns in keeping.holding_columns(known):
        columns["format"] = edition
        holding = at_hand.get((columns["origin"], columns["call_number"], columns["location"]))
        if holding is None:
            holding = Holding(**of, **columns, as_of=dates.now())
            beside.holdings.append(holding)
            writing.new[Holding].append(holding)
            seen = True
        elif holding.gone_at is not None or any(getattr(holding, name) != value for name, value in columns.items()):
            writing.gone[Holding].append(holding.id)
            writing.new[Holding].append(Holding(**of, **columns, available=holding.available, as_of=dates.now()))
            holding.gone_at = None
            seen = True
    return seen


def _names_fewer(beside: Beside, known: CatalogueRecord) -> bool:
    """Whether a record names a holding no more; it is marked gone at the end, if no other copy of the record does."""
    named = keeping.stands_of(known)
    standing = [each for each in beside.holdings if each.gone_at is None and each.origin == known.origin]
    return any((holding.call_number, holding.location) not in named for holding in standing)


def _settle_links(of: dict[str, int], beside: Beside, change: Change, edition: str, writing: Writing) -> bool:
    """Put in the links that a record names; take away those that it named before and names no more."""
    known = keeping.link_columns(change.known)
    wanted, at_hand = {columns["url"] for columns in known}, {link.url for link in beside.links}
    new = [Link(**of, **columns, format=edition) for columns in known if columns["url"] not in at_hand]
    gone = [
        link
        for link in beside.links
        if change.whole and link.origin and link.origin == change.known.origin and link.url not in wanted
    ]
    beside.links = [link for link in beside.links if link not in gone] + new
    writing.new[Link] += new
    writing.gone[Link] += [link.id for link in gone]
    return bool(new or gone)


def _replace_rows(of: dict[str, int], beside: Beside, known: CatalogueRecord, writing: Writing) -> bool:
    """Write the creators, subjects and measures anew where they differ."""
    kinds: list[tuple[type[Model], list[Any], list[dict[str, Any]], tuple[str, ...]]] = [
        (Creator, beside.makers, keeping.creator_columns(known), ("name", "role")),
        (Subject, beside.subjects, keeping.subject_columns(known), ("term", "kind")),
        (Measure, beside.measures, keeping.measure_columns(known), ("scheme", "value", "origin")),
    ]
    seen = False
    for model, at_hand, columns, names in kinds:
        if [tuple(vars(each).values()) for each in at_hand] != [tuple(row[name] for name in names) for row in columns]:
            writing.gone[model].append(of["resource_id"])
            writing.new[model] += [model(**of, **row) for row in columns]
            seen = True
    return seen


async def _write(school_id: int, writing: Writing) -> None:
    for model, ids in writing.gone.items():
        which = "id__in" if model in (Holding, Link) else "resource_id__in"
        if ids:
            await model.filter(school_id=school_id, **{which: ids}).delete()
    if writing.changed:
        # one statement for all of them: an insert that finds each key there and writes the rest over
        names = [name for name in Resource._meta.db_fields if name not in FIXED]
        await Resource.bulk_create(writing.changed, on_conflict=["key"], update_fields=names)
    for model, new in writing.new.items():
        if new:
            await model.bulk_create(new)
