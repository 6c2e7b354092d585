"""A resource made what it was before an import changed it, but for what a person wrote of it since.

Called within a unit of work.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from tortoise.models import Model

from engage import dates
from engage.engagement.rules import Mode
from engage.resources import keeping, record
from engage.resources.models import Creator, Holding, Identifier, Link, Measure, Resource, Subject
from engage.resources.record import CatalogueRecord, Maker, Term
from engage.resources.revising import Beside
from engage.resources.rules import Format, ResourceState

Of = dict[str, int]


async def restore(resource: Resource, beside: Beside, photograph: str) -> None:
    """Undo one change. photograph: what revising.photograph took before it."""
    if resource.state is ResourceState.MERGED:
        return  # what it had is another one's since, and stays there
    was = json.loads(photograph)
    of = {"school_id": resource.school_id, "resource_id": resource.id}  # type: ignore[attr-defined]
    kept = keeping.kept_of(resource)
    columns: dict[str, Any] = {}
    if was["whole"]:
        columns = _columns(resource, beside, was, kept)
        await _rows(of, was, kept)
    if was["new"]:
        for scheme, value in was["new"]:
            await Identifier.filter(**of, scheme=scheme, value=value).delete()
    if "holdings" not in kept:
        await _shelve(of, was)
    if "links" not in kept:
        await _relink(of, beside, was)
    holdings, links = await Holding.filter(**of), await Link.filter(**of)
    columns |= {
        "version": resource.version + 1,
        "changed_at": dates.now(),
    }
    mode, format = columns.get("mode", resource.mode), columns.get("format", resource.format)
    columns |= keeping.stock_columns(mode, format, holdings, links)
    if resource.state is ResourceState.OFFERED:
        columns["state"] = ResourceState(was["state"])
    resource.update_from_dict(columns)
    await resource.save(update_fields=list(columns))


def _columns(resource: Resource, beside: Beside, was: dict[str, Any], kept: Collection[str]) -> dict[str, Any]:
    """The columns as they were, but for those that a person wrote since, and what follows from them."""
    columns = {name: value for name, value in was["columns"].items() if name not in kept}
    kinds: tuple[tuple[str, type[Mode] | type[Format]], ...] = (("mode", Mode), ("format", Format))
    columns |= {name: kind(columns[name]) for name, kind in kinds if name in columns}
    makers = beside.makers if "creators" in kept else [Maker(*each) for each in was["makers"]]
    now = {**{name: getattr(resource, name) for name in was["columns"]}, **columns}
    # what was remembered may be of a time when another key led to it
    work = CatalogueRecord(now["title"], makers=tuple(makers), format=Format(now["format"]))
    columns["match_key"] = work.match_key
    if set(kept) <= set(was["kept"].split(",")):
        return columns
    if "title" in kept:
        columns["title_sort"] = resource.title_sort
    terms = beside.subjects if "subjects" in kept else [Term(*each) for each in was["subjects"]]
    titles = [now["title"], *now["other_titles"].split("; ")]
    names, words = [maker.name for maker in makers], [term.text for term in terms]
    columns["search_text"] = record.search_text(titles, names, words, now["summary"], now["series"])
    return columns


async def _rows(of: Of, was: dict[str, Any], kept: Collection[str]) -> None:
    """The creators, subjects and reading measures as they were."""
    if "creators" not in kept:
        await _anew(
            Creator, of, [{"position": n, "name": name, "role": role} for n, (name, role) in enumerate(was["makers"])]
        )
    if "subjects" not in kept:
        await _anew(Subject, of, [{"term": term, "kind": kind} for term, kind in was["subjects"]])
    measures = [{"scheme": scheme, "value": value, "origin": origin} for scheme, value, origin in was["measures"]]
    await _anew(Measure, of, measures)


async def _anew(model: type[Model], of: Of, rows: Sequence[dict[str, Any]]) -> None:
    await model.filter(**of).delete()
    if rows:
        await model.bulk_create([model(**of, **row) for row in rows])


async def _shelve(of: Of, was: dict[str, Any]) -> None:
    """The holdings that the record named, as they were; those of others are as they are."""
    await Holding.filter(**of, origin=was["origin"]).delete()
    rows = [
        each | {name: each[name] and datetime.fromisoformat(each[name]) for name in ("as_of", "gone_at")}
        for each in was["holdings"]
        if each["origin"] == was["origin"]
    ]
    if rows:
        await Holding.bulk_create([Holding(**of, **row) for row in rows])


async def _relink(of: Of, beside: Beside, was: dict[str, Any]) -> None:
    """The links that the record named; those that stay keep what was found out about them."""
    wanted, at_hand = {each["url"] for each in was["links"]}, {link.url for link in beside.links}
    mine = [link for link in beside.links if link.origin == was["origin"]]
    if gone := [link.id for link in mine if link.url not in wanted]:
        await Link.filter(school_id=of["school_id"], id__in=gone).delete()
    new = [each for each in was["links"] if each["url"] not in at_hand and each["origin"] == was["origin"]]
    if new:
        await Link.bulk_create([Link(**of, **each) for each in new])
