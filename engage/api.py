"""What other systems read with a token: figures, lists, programs and schools, as JSON. Nothing of a person.

Figures are those of the pages, from the same report, with the limit beyond the school; lists and programs are
those that a visitor sees. engage.api_description says the same for programs; a test holds every answer against it.
"""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.api_description import description_of
from engage.database.paging import one_page
from engage.evaluation import queries as evaluation
from engage.evaluation.indicators import ALL
from engage.evaluation.report import Figure, Report, build_shared
from engage.evaluation.rules import Value
from engage.lists.exchange_form import urn
from engage.lists.queries import COUNTS, published_for
from engage.people.rules import Reader
from engage.people.tokens import Bearer, schools_of
from engage.programs.queries import programs_for
from engage.programs.rules import ProgramState
from engage.promotion.exports import data_of, things_of
from engage.promotion.outgoing import published
from engage.web.cache import answer
from engage.web.limits import Cost
from engage.web.render import whole
from engage.web.routing import ANY_TOKEN, OPEN, Row, page, path_for
from feeds.writing import stamp

PAGE = 50
LIST = ("id", "key", "slug", "title", "introduction", "kind", "grade_low", "grade_high", "published_at", "changed_at")
PROGRAM = ("id", "key", "slug", "title", "introduction", "kind", "grade_low", "grade_high", "starts", "ends")


async def description(request: Request) -> Response:
    """What there is and how it is asked for, as OpenAPI 3.1."""
    return answer(request, _text(description_of(request.app.settings.base_url)), "application/json")


async def schools(request: Request) -> Response:
    """The schools that the token reaches."""
    bearer: Bearer = request.scope["engage.machine"]
    rows = await schools_of(bearer)
    return _answer(
        request,
        {
            "district_token": bearer.district,
            "data": [
                {
                    "id": row["key"],
                    "school": row["slug"],
                    "name": row["name"],
                    "time_zone": row["zone"],
                    "language": row["language"],
                    "url": whole(request, f"/{row['slug']}/"),
                }
                for row in rows
            ],
        },
    )


async def indicators(request: Request) -> Response:
    """Every indicator with its definition."""
    return _answer(
        request,
        {
            "data": [
                {
                    "name": each.name,
                    "title": each.title,
                    "definition": each.definition,
                    "unit": each.unit,
                    "version": each.version,
                    "broken_down_by": each.split or None,
                    "lower_is_better": each.lower_is_better,
                }
                for each in ALL
            ]
        },
    )


async def cycles(request: Request) -> Response:
    """The evaluation cycles of the token's school."""
    return await _cycles(request, "api.cycle")


async def district_cycles(request: Request) -> Response:
    """The same of one school of the district, for a token of the district."""
    return await _cycles(request, "api.district_cycle")


async def _cycles(request: Request, name: str) -> Response:
    slug = request.path_params["at"]
    rows = [
        {
            "cycle": row["slug"],
            "starts": row["starts"].isoformat(),
            "ends": row["ends"].isoformat(),
            "url": whole(request, path_for(request, name, at=slug, cycle=row["slug"])),
        }
        for row in await evaluation.cycles_for(request.user)
    ]
    return _answer(request, {"school": slug, "data": rows})


async def cycle(request: Request) -> Response:
    """The figures of a cycle, for a token of the school."""
    return await _cycle(request)


async def district_cycle(request: Request) -> Response:
    """The figures of a cycle of one school, for a token of the district."""
    return await _cycle(request)


async def _cycle(request: Request) -> Response:
    """They leave the school, so groups of fewer than ten are withheld, whoever asks (SAFETY.md, section 0)."""
    report = await build_shared(request.user, request.path_params["cycle"], dates.now())
    return _answer(request, report_data(report, request.path_params["at"]))


def report_data(report: Report, slug: str) -> dict[str, Any]:
    """The figures of a report as they go out. value: null where it is withheld, only bounded, or nothing is there."""
    return {
        "school": slug,
        "cycle": report.cycle,
        "starts": report.starts.isoformat(),
        "ends": report.ends.isoformat(),
        "until": report.until.isoformat(),
        "closed": report.closed,
        "smallest_group": report.fewest,
        "data": [_figure(figure) for figure in report.figures],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "indicator": figure.name,
        "title": figure.title,
        "unit": figure.unit,
        "version": figure.version,
        "broken_down_by": figure.split or None,
        **_value(figure.value, figure.unit),
        "parts": [{"group": name, **_value(value, figure.unit)} for name, value in figure.parts],
    }


def _value(value: Value, unit: str) -> dict[str, Any]:
    bound = {"bound": value.bound, "edge": value.edge} if value.bound else {"bound": None, "edge": None}
    withheld = value.withheld and not value.empty
    return {"value": value.number, "withheld": withheld, **bound, "shown_as": value.words(unit)}


async def lists(request: Request) -> Response:
    """The public lists of a school, the newest first."""
    visitor = as_visitor(request)
    found = await one_page(
        published_for(visitor),
        *(*LIST, *COUNTS),
        order=("-id",),
        after=request.query_params.get("after"),
        size=PAGE,
        by="owner__name",
    )
    rows = [
        {
            "id": urn("list", row["key"]),
            "list": row["slug"],
            "title": row["title"],
            "introduction": row["introduction"],
            "kind": row["kind"].value,
            "by": row["by"],
            "grades": [row["grade_low"], row["grade_high"]],
            "items": row["items_count"],
            "published": stamp(row["published_at"]) if row["published_at"] else None,
            "changed": stamp(row["changed_at"]),
            "url": whole(request, path_for(request, "lists.show", slug=row["slug"])),
            "items_url": whole(request, path_for(request, "api.list_items", at=visitor.school.slug, slug=row["slug"])),
        }
        for row in found.rows
    ]
    return _answer(
        request, {"school": visitor.school.slug, "data": rows, "next": _next(request, "api.lists", found.after)}
    )


async def list_items(request: Request) -> Response:
    """One public list with its items."""
    as_visitor(request)
    curated = await published(request)
    pairs, works = await things_of(request, curated)
    return _answer(request, data_of(request, curated, pairs, works))


async def programs(request: Request) -> Response:
    """The public programs of a school, the newest first: what they are, and never who is in them."""
    visitor = as_visitor(request)
    found = await one_page(
        programs_for(visitor).filter(state=ProgramState.PUBLISHED),
        *PROGRAM,
        order=("-id",),
        after=request.query_params.get("after"),
        size=PAGE,
    )
    rows = [
        {
            "id": urn("program", row["key"]),
            "program": row["slug"],
            "title": row["title"],
            "introduction": row["introduction"],
            "kind": str(row["kind"]),
            "grades": [row["grade_low"], row["grade_high"]],
            "starts": row["starts"].isoformat(),
            "ends": row["ends"].isoformat() if row["ends"] else None,
            "url": whole(request, path_for(request, "programs.show", slug=row["slug"])),
        }
        for row in found.rows
    ]
    following = _next(request, "api.programs", found.after)
    return _answer(request, {"school": visitor.school.slug, "data": rows, "next": following})


def as_visitor(request: Request) -> Reader:
    """From here on the token sees no more than a visitor of this school does."""
    card = request.user.school
    request.scope["user"] = visitor = Reader(card)
    request.scope["path_params"]["school"] = card.slug
    return visitor


def _next(request: Request, name: str, after: str | None) -> str | None:
    """The address of the rows that follow."""
    if after is None:
        return None
    return whole(request, path_for(request, name, {"after": after}, at=request.path_params["at"]))


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _answer(request: Request, value: dict[str, Any]) -> Response:
    """JSON for the holder of this token alone; who has it already is told so."""
    headers = {"Cache_Control": "private, no-cache", "Vary": "Authorization"}
    return answer(request, _text(value), "application/json", **headers)


API: list[Row] = [
    page("/api/v1/openapi.json", description, OPEN),
    page("/api/v1/schools", schools, "LST01", opens=ANY_TOKEN),
    page("/api/v1/indicators", indicators, "REP03", opens="figures"),
    page("/api/v1/schools/{at}/cycles", cycles, "REP02", opens="figures"),
    page("/api/v1/schools/{at}/cycles/{cycle}", cycle, "REP02", opens="figures", seconds=20, cost=Cost.REPORT),
    page("/api/v1/schools/{at}/lists", lists, "LST14", opens="lists"),
    page("/api/v1/schools/{at}/lists/{slug}", list_items, "LST14", opens="lists", seconds=20, cost=Cost.EXPORT),
    page("/api/v1/schools/{at}/programs", programs, "PRG02", opens="lists"),
    page("/api/v1/district/schools/{at}/cycles", district_cycles, "REP04", opens="figures"),
    page(
        "/api/v1/district/schools/{at}/cycles/{cycle}",
        district_cycle,
        "REP04",
        opens="figures",
        seconds=20,
        cost=Cost.REPORT,
    ),
]
