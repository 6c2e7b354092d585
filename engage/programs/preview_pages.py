"""A program as a student will see it, before it is published."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.people.rules import Reader, Role
from engage.programs import queries
from engage.programs.forms import LogForm
from engage.programs.gathering import page_of
from engage.programs.pages import shown
from engage.web.forms import choice
from engage.web.render import render


async def preview(request: Request) -> Response:
    """The page of a program for a student before joining or, asked so, for one in it; nothing on it can be pressed."""
    reader = request.user
    program = await queries.program_to_run(reader, request.path_params["key"])
    joined = choice(request, "as", ("in",)) == "in"
    student = as_student(reader, program["grade_low"])
    page = await page_of(student, program, dates.today(reader.school.zone) if joined else None)
    page = replace(page, joinable=not joined, loggable=joined, figures=None, everybody=None)
    form = LogForm() if joined else None
    return render(request, "programs/preview.html", joined=joined, **{**shown(request, page, form), "may_run": False})


def as_student(reader: Reader, grade: int | None) -> Reader:
    """Somebody of the staff as a student of the same school, who did nothing yet."""
    return replace(reader, roles=frozenset({Role.STUDENT}), grade=grade, class_ids=frozenset(), taught_ids=frozenset())
