"""The pages on which a student moves to another school: the school asks, the district decides (CLS17)."""

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import NotFound, Refused
from engage.people import moving, person_queries
from engage.people.office_forms import MoveForm
from engage.people.privacy_forms import DecideForm
from engage.web.proving import to_prove
from engage.web.render import render, say, see_other
from engage.web.routing import path_for
from engage.web.sessions import proved


async def moves(request: Request) -> Response:
    """What was asked and is not decided."""
    rows = await moving.waiting_for(request.user)
    form = await DecideForm.read(request)
    return render(request, "people/moves.html", rows=rows, decides=moving.decides(request.user), form=form)


async def ask_move(request: Request) -> Response:
    """The school asks that a student move."""
    reader = request.user
    shown = await person_queries.student_for(reader, request.path_params["key"])
    if not moving.may_ask(reader):
        raise NotFound(shown.person.key)
    form = await MoveForm.read(request, {"school": await moving.schools_to_move_to(reader)})
    if form.complete:
        try:
            await moving.ask(shown.person, form.school.data, form.key, by=reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "You asked. An admin of the district decides; until then nothing changes.")
            return see_other(request, "people.moves")
    return render(request, "people/ask_move.html", form.status, form=form, shown=shown)


async def decide_move(request: Request) -> Response:
    """The district moves a student as it was asked, or does not."""
    if not proved(request):
        return to_prove(request, path_for(request, "people.moves"))
    form = await DecideForm.read(request)
    if form.complete:
        agreed = form.agreed.data == "yes"
        try:
            await moving.decide(request.path_params["key"], agreed, by=request.user)
        except Refused as refused:
            say(request, refused.sentence, kind="care")
        else:
            say(request, "The student has moved." if agreed else "The student stays.")
    return see_other(request, "people.moves")


async def take_back_move(request: Request) -> Response:
    """The school asks no more."""
    await moving.take_back(request.path_params["key"], by=request.user)
    say(request, "You ask no more. The student stays.")
    return see_other(request, "people.moves")
