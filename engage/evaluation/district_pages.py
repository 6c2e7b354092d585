"""The page of a district's figures, and its table."""

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.evaluation.district import HEAD, district_of
from engage.web.render import render, see_other
from engage.web.tables import csv_answer


async def to_district(request: Request) -> Response:
    """The district's address by itself: to the first of its pages."""
    return see_other(request, "evaluation.district")


async def district(request: Request) -> Response:
    """What the schools of the reader's district come to together."""
    figures = await district_of(request.user.school.district_id, dates.now())
    return render(request, "evaluation/district.html", figures=figures)


async def district_csv(request: Request) -> Response:
    """The same as a table."""
    figures = await district_of(request.user.school.district_id, dates.now())
    return csv_answer("District figures.csv", HEAD, list(figures.rows()))
