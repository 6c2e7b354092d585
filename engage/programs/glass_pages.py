"""What an open glass shows of programs: a student's titles, and the names under which one stands on boards."""

from starlette.requests import Request
from starlette.responses import Response

from engage.people import glass
from engage.people.glass_rules import ACTS
from engage.people.privacy_queries import open_glass
from engage.programs import glass_queries
from engage.web.forms import words
from engage.web.render import render


async def glass_titles(request: Request) -> Response:
    """All of a student's titles through an open glass (LOG05); those handed in are a page of the classes."""
    row = await open_glass(request.user, request.path_params["key"], ["LOG05"])
    rows, after = await glass_queries.titles_of(
        request.user, row["student_id"], handed_in=False, after=words(request, "after")
    )
    await glass.note_use(row, by=request.user)
    return render(request, "programs/glass_titles.html", glass=row, act=ACTS[row["act"]], rows=rows, after=after)


async def glass_names(request: Request) -> Response:
    """Under which names a student stands on boards, through an open glass (PRG11)."""
    row = await open_glass(request.user, request.path_params["key"], ["PRG11"])
    names = await glass_queries.board_names_of(request.user, row["student_id"])
    await glass.note_use(row, by=request.user)
    return render(request, "programs/glass_names.html", glass=row, act=ACTS[row["act"]], names=names)
