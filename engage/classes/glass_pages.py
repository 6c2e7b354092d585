"""What an open glass shows of what a student handed in (LOG06)."""

from starlette.requests import Request
from starlette.responses import Response

from engage.classes import hand_ins
from engage.people import glass
from engage.people.glass_rules import ACTS
from engage.people.privacy_queries import open_glass
from engage.programs.glass_queries import titles_of
from engage.web.forms import words
from engage.web.render import render


async def glass_handed_in(request: Request) -> Response:
    """What a student handed in, through an open glass: to teachers, and what counts in a list of a program."""
    row = await open_glass(request.user, request.path_params["key"], ["LOG06"])
    rows, after = await titles_of(request.user, row["student_id"], handed_in=True, after=words(request, "after"))
    handed = await hand_ins.handed_in_by(request.user, row["student_id"])
    await glass.note_use(row, by=request.user)
    return render(
        request,
        "classes/glass_handed_in.html",
        glass=row,
        act=ACTS[row["act"]],
        handed=handed,
        rows=rows,
        after=after,
    )
