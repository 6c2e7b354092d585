"""The page where many things are pasted for a list: the lines, then what was found of each, then they are on it."""

from collections.abc import Sequence
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from engage.errors import Refused
from engage.lists import editing, pasting, queries
from engage.lists.bench_pages import list_on_bench, text
from engage.lists.editing import Addition
from engage.lists.pasting import Outcome, Resolved
from engage.lists.queries import ListCard
from engage.lists.rules import counted
from engage.people.rules import Scope
from engage.resources.showing import brief
from engage.web.forms import sent_form
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
        lines = pasting.lines_of(pasted)
    except Refused as refused:
        return await _page(request, curated, pasted, refused.sentence)
    return await _page(request, curated, pasted, resolved=await pasting.resolve(curated, lines))


async def _added(request: Request, curated: ListCard, keys: Sequence[str], section: str) -> Response:
    if not keys:
        raise Refused("Tick something first.")
    added = await editing.add_items(curated.key, [Addition(key, section) for key in keys], by=request.user)
    there = f" {counted(len(added.there), 'thing')} stood on it already." if added.there else ""
    words = f"{counted(len(added.keys), 'thing')} added." if added.keys else "Nothing was new."
    undo = added.number and path_for(request, "lists.put_back", key=curated.key, number=added.number)
    say(request, f"{words}{there}", **({"undo": undo} if undo else {}))
    return see_other(request, "lists.edit", {"moved": added.keys[0]} if added.keys else None, key=curated.key)


async def _page(
    request: Request, curated: ListCard, pasted: str, wrong: str = "", resolved: Sequence[Resolved] = ()
) -> Response:
    """The lines to change, and, once they were looked at, what was found. wrong: what to mend first."""
    reader = request.user
    if wrong and pasted and text(await sent_form(request), "do") == "add":
        resolved = await pasting.resolve(curated, pasting.lines_of(pasted))
    return render(
        request,
        "lists/paste.html",
        422 if wrong else 200,
        curated=curated,
        pasted=pasted,
        wrong=wrong,
        lines=[_shown(each) for each in resolved],
        # what is sure is ticked; what has to be chosen is not counted before it is
        ready=sum(each.outcome is Outcome.FOUND for each in resolved),
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
        "things": [brief(row) for row in resolved.things],
    }
