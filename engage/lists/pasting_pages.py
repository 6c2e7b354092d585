"""The page where many things are pasted for a list: the lines, then what was found of each, then they are on it."""

from collections.abc import Sequence
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from engage.errors import NotFound, Refused
from engage.lists import editing, pasting, queries
from engage.lists.bench_pages import list_on_bench, text
from engage.lists.editing import Addition
from engage.lists.pasting import Outcome, Resolved
from engage.lists.queries import ListCard
from engage.lists.rules import counted
from engage.people.rules import Scope
from engage.resources.showing import brief
from engage.web.forms import sent_form
from engage.web.limits import Full, turn_to_search
from engage.web.render import render, say, see_other
from engage.web.routing import path_for

PASTED = 40_000


async def paste(request: Request) -> Response:
    """Paste ISBNs, titles or addresses, look at what was found, and put it on the list."""
    curated = await list_on_bench(request)
    given = await sent_form(request) if request.method == "POST" else FormData()
    pasted = text(given, "lines")[:PASTED]
    if request.method == "GET":
        return await _page(request, curated, pasted)
    if text(given, "do") == "add":
        keys = list(dict.fromkeys(key for key in given.getlist("take") if isinstance(key, str) and key))
        try:
            return await _added(request, curated, keys, text(given, "into"))
        except Refused as refused:
            return await _page(request, curated, pasted, refused.sentence)
    try:
        return await _page(request, curated, pasted, resolved=await _resolved(request, curated, pasted))
    except Refused as refused:
        return await _page(request, curated, pasted, refused.sentence)


async def _resolved(request: Request, curated: ListCard, pasted: str) -> list[Resolved]:
    """What the library has of each line; a turn among those who search. Raises Refused, also where that is full."""
    lines = pasting.lines_of(pasted)
    try:
        async with turn_to_search(request.user.id):
            return await pasting.resolve(curated, lines)
    except Full:
        raise Refused("Many are searching just now. Your lines are still here: try again in a moment.") from None


async def _added(request: Request, curated: ListCard, keys: Sequence[str], section: str) -> Response:
    if not keys:
        raise Refused("Tick something first.")
    # somebody may have taken the part away meanwhile
    part = section if any(each["key"] == section for each in await queries.sections_of(curated)) else ""
    try:
        added = await editing.add_items(curated.key, [Addition(key, part) for key in keys], by=request.user)
    except NotFound:
        gone = await pasting.no_longer_offered(curated.school_id, keys)
        if not gone:
            raise
        are = "is" if len(gone) == 1 else "are"
        some = f"{', '.join(gone[:-1])} and {gone[-1]}" if gone[1:] else gone[0]
        raise Refused(f"{some} {are} no longer in the catalogue. Nothing is added yet. Look, and add again.") from None
    there = f" {counted(len(added.there), 'thing')} stood on it already." if added.there else ""
    words = f"{counted(len(added.keys), 'thing')} added." if added.keys else "Nothing was new."
    undo = added.number and path_for(request, "lists.put_back", key=curated.key, number=added.number)
    say(request, f"{words}{there}", **({"undo": undo} if undo else {}))
    return see_other(request, "lists.edit", {"moved": added.keys[0]} if added.keys else None, key=curated.key)


async def _page(
    request: Request, curated: ListCard, pasted: str, wrong: str = "", resolved: Sequence[Resolved] = ()
) -> Response:
    """The lines to change, and, once they were looked at, what was found. wrong: what to mend first.

    What was ticked and chosen before is so again.
    """
    reader = request.user
    given = await sent_form(request) if request.method == "POST" else FormData()
    adding = text(given, "do") == "add"
    if wrong and pasted and adding:
        try:
            resolved = await _resolved(request, curated, pasted)
        except Refused as refused:
            # the lines were made more than fit after they were looked at
            wrong = refused.sentence
    return render(
        request,
        "lists/paste.html",
        422 if wrong else 200,
        curated=curated,
        pasted=pasted,
        wrong=wrong,
        lines=[_shown(each) for each in resolved],
        # what is sure is ticked; what has to be chosen is not counted before it is
        ticked=set(given.getlist("take")) if adding else None,
        into=text(given, "into"),
        ready=sum(each.outcome is Outcome.FOUND for each in resolved),
        there=sum(each.outcome is Outcome.THERE for each in resolved),
        sections=await queries.sections_of(curated),
        most=pasting.MOST_LINES,
        may_bring=reader.may("FED05", Scope.SCHOOL),
    )


def _shown(resolved: Resolved) -> dict[str, Any]:
    return {
        "typed": resolved.line.typed,
        "kind": str(resolved.line.kind),
        "value": resolved.line.value,
        "said": resolved.line.said,
        "outcome": str(resolved.outcome),
        "near": resolved.near,
        "things": [brief(row) for row in resolved.things],
    }
