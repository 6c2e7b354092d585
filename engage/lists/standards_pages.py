"""The pages of standards: the frameworks, one to read through, what covers it, and what serves nothing yet."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.lists import standards
from engage.lists.standards import Served
from engage.people.rules import Reader, Scope
from engage.resources.wording import GRADES
from engage.web.forms import choice, number
from engage.web.front import share
from engage.web.render import render
from engage.web.tables import csv_answer

SHOW = {"": "All of them", "without": "Those that nothing serves", "with": "Those that something serves"}
HEAD = ("Code", "Statement", "Kind", "Lowest grade", "Highest grade", "Lists", "Resources", "Titles of lists")
DEEPEST_SHOWN = 6


async def frameworks(request: Request) -> Response:
    """The frameworks of standards that the library works with."""
    reader = request.user
    _shared(request)
    return render(
        request,
        "lists/frameworks.html",
        frameworks=await standards.frameworks(reader),
        may_bring=reader.may("FED05", Scope.SCHOOL),
        may_judge=_may_judge(reader),
    )


async def framework(request: Request) -> Response:
    """One framework to read through, in its order, with what serves each statement."""
    reader = request.user
    one = await standards.framework_for(reader, request.path_params["key"])
    start = number(request, "from", 1)
    page = await standards.part_of(reader, one["id"], start, request.query_params.get("after", ""))
    _shared(request)
    return render(
        request,
        "lists/framework.html",
        framework=one,
        tops=await standards.tops(reader, one["id"]),
        rows=page.rows,
        after=page.after,
        start=start,
        served=await standards.serving(reader, [row["id"] for row in page.rows]),
        deepest=DEEPEST_SHOWN,
        may_judge=_may_judge(reader),
    )


async def coverage(request: Request) -> Response:
    """Which lists and resources serve which standard, and which standards nothing serves."""
    reader = request.user
    one = await standards.framework_for(reader, request.path_params["key"])
    grade, show = _narrowed(request)
    after = request.query_params.get("after", "")
    page, served = await standards.coverage(reader, one["id"], *_asked(grade, show), after)
    return render(
        request,
        "lists/coverage.html",
        framework=one,
        rows=page.rows,
        after=page.after,
        served=served,
        counts=await standards.counts(reader, one["id"], _asked(grade, show)[0]),
        grade=grade,
        grades=GRADES[1:],
        show=show,
        shows=SHOW,
    )


async def coverage_csv(request: Request) -> Response:
    """The same as a table."""
    reader = request.user
    one = await standards.framework_for(reader, request.path_params["key"])
    rows, served = await standards.whole_coverage(reader, one["id"], *_asked(*_narrowed(request)))
    return csv_answer(f"coverage of {one['title'][:60]}.csv", HEAD, _table(rows, served))


def _table(rows: list[dict[str, Any]], served: dict[int, Served]) -> Iterator[tuple[Any, ...]]:
    nothing = Served()
    for row in rows:
        by = served.get(row["id"], nothing)
        titles = "; ".join(title for title, _ in by.lists)
        grades = (row["grade_low"], row["grade_high"])
        yield (row["code"], row["statement"], row["kind"], *grades, len(by.lists), len(by.resources), titles)


async def unused(request: Request) -> Response:
    """The resources that serve no standard of a framework."""
    reader = request.user
    one = await standards.framework_for(reader, request.path_params["key"])
    page, many = await standards.idle(reader, one["id"], request.query_params.get("after", ""))
    return render(
        request,
        "lists/unused.html",
        framework=one,
        resources=page.rows,
        after=page.after,
        many=many,
        may_align=reader.may("LST06", Scope.SCHOOL),
    )


def _may_judge(reader: Reader) -> bool:
    """Whether the reader may see what covers standards and what does not (REP03)."""
    return reader.answers("REP03", Scope.SCHOOL) in "YA"


def _narrowed(request: Request) -> tuple[str, str]:
    return choice(request, "grade", [value for value, _ in GRADES]), choice(request, "show", SHOW)


def _asked(grade: str, show: str) -> tuple[int | None, bool | None]:
    return int(grade) if grade else None, {"": None, "without": False, "with": True}[show]


def _shared(request: Request) -> None:
    reader: Reader = request.user
    if reader.id is None:
        share(request)
