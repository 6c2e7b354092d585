"""The page on which a school year begins."""

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import Refused
from engage.people import year_turning
from engage.people.roster_forms import YearForm
from engage.people.rules import grade_name
from engage.web.forms import choice
from engage.web.render import render, say, see_other

GRADES = tuple(str(grade) for grade in range(-1, 13))


async def new_year(request: Request) -> Response:
    """What would change in a new school year, and begin it."""
    year_turning.check_may_turn(request.user)
    asked = choice(request, "top", GRADES)
    turn = await year_turning.turn_for(request.user, int(asked) if asked else None)
    form = await YearForm.read(request, top=str(turn.top))
    if form.complete:
        try:
            done = await year_turning.begin_year(int(form.top.data), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            moved = sum(done.moving.values())
            say(request, f"The year {done.year} has begun: {moved:,} moved up, {done.leaving:,} left.")
            return see_other(request, "people.new_year")
    return render(request, "people/year.html", form.status, form=form, turn=turn, grade_name=grade_name)
