"""The numbers of a program, for a report: a page and a file, with few students withheld from everybody (REP02)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.programs.desk_words import state_of
from engage.programs.number_queries import numbers_for, program_to_report, stalled_in
from engage.programs.participants_queries import sees_names
from engage.programs.queries import may_run
from engage.programs.rules import Phase
from engage.web.render import render
from engage.web.tables import csv_answer


async def numbers(request: Request) -> Response:
    """What a program comes to, by grade band; and, while it runs, how many have stalled."""
    reader = request.user
    program = await program_to_report(reader, request.path_params["key"])
    today = dates.today(reader.school.zone)
    shown, frozen_at = await numbers_for(reader.school, program)
    runs = await may_run(reader, program["id"])
    state = state_of(program, reader.school.zone, today)
    return render(
        request,
        "programs/numbers.html",
        program={**program, **state},
        numbers=shown,
        frozen_on=dates.on(frozen_at, reader.school.zone) if frozen_at else None,
        runs=runs,
        sees_people=runs and sees_names(reader, program),
        stalled=await stalled_in(reader.school, program, today) if state["phase"] is Phase.RUNNING else None,
        fewest=reader.school.fewest,
    )


async def numbers_file(request: Request) -> Response:
    """The same as a table to take away."""
    reader = request.user
    program: dict[str, Any] = await program_to_report(reader, request.path_params["key"])
    shown, frozen_at = await numbers_for(reader.school, program)
    today = dates.today(reader.school.zone)
    rows = [
        *shown.rows(),
        ("As of", dates.on(frozen_at, reader.school.zone) if frozen_at else today),
        ("Final", "yes" if frozen_at else "no"),
    ]
    return csv_answer(f"{program['title']}, numbers.csv", ("Figure", "All", *shown.bands), rows)
