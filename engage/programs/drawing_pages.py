"""Drawings: made and drawn at the desk; the frozen list, the seed and how it goes, for everybody in the school."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.engagement.small_groups import enough
from engage.errors import Refused
from engage.people.rules import Reader
from engage.programs import drawing_actions, drawings
from engage.programs.drawing_queries import drawing_for, drawing_to_run, eligible_for, lots_of, names_in
from engage.programs.queries import program_to_run
from engage.programs.recognition_forms import AgainForm, DrawingForm
from engage.programs.recognition_queries import badges_of, sight_of
from engage.programs.recognition_rules import DrawingRule
from engage.web.render import render, say, see_other

IN_IT = {
    DrawingRule.COMPLETED: "Who completed the program",
    DrawingRule.JOINED: "Everybody in the program",
    DrawingRule.TICKETS: "Who has tickets",
    DrawingRule.BADGE: "Who holds the badge",
}


async def new_drawing(request: Request) -> Response:
    """Make a drawing."""
    program = await program_to_run(request.user, request.path_params["key"])
    badges = await badges_of(request.user, program["id"])
    choices = [("", "None"), *((each["key"], each["title"]) for each in badges)]
    form = await DrawingForm.read(request, {"badge": choices})
    if form.complete:
        try:
            key = await drawing_actions.make_drawing(
                program["key"],
                request.user,
                title=form.title.data or "",
                rule=DrawingRule(form.rule.data),
                badge=form.badge.data or "",
                winners=form.winners.data,
                prize=form.prize.data or "",
                form_key=form.key,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The drawing is made. Freeze its list when the day has come.")
            return see_other(request, "programs.drawing_desk", key=program["key"], drawing=key)
    return render(request, "programs/drawing_new.html", form.status, form=form, program=program)


async def drawing_desk(request: Request) -> Response:
    """A drawing for who runs it: who would be in it, what is frozen, who won."""
    reader = request.user
    program, row = await drawing_to_run(reader, request.path_params["key"], request.path_params["drawing"])
    lots = await lots_of(reader, row["id"])
    return render(
        request,
        "programs/drawing_desk.html",
        program=program,
        drawing=row,
        who=IN_IT[DrawingRule(row["rule"])],
        would=len(await eligible_for(reader, row)) if row["frozen_at"] is None else len(lots),
        winners=_winners(lots, await names_in(reader, program)),
        left=sum(lot["won"] is None for lot in lots),
    )


async def freeze_drawing(request: Request) -> Response:
    """Freeze the list of a drawing."""
    key, drawing = request.path_params["key"], request.path_params["drawing"]
    try:
        number = await drawing_actions.freeze_drawing(key, drawing, request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
    else:
        say(request, f"The list is frozen with {number} in it. Everybody in the school can see it now.")
    return see_other(request, "programs.drawing_desk", key=key, drawing=drawing)


async def draw_drawing(request: Request) -> Response:
    """Draw."""
    key, drawing = request.path_params["key"], request.path_params["drawing"]
    try:
        number = await drawing_actions.draw_drawing(key, drawing, request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
    else:
        say(request, f"Drawn: {number} won.")
    return see_other(request, "programs.drawing_desk", key=key, drawing=drawing)


async def drop_drawing(request: Request) -> Response:
    """Take away a drawing that is not frozen."""
    key, drawing = request.path_params["key"], request.path_params["drawing"]
    try:
        title = await drawing_actions.drop_drawing(key, drawing, request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
        return see_other(request, "programs.drawing_desk", key=key, drawing=drawing)
    say(request, f"{title} is taken away.")
    return see_other(request, "programs.recognition", key=key)


async def draw_again(request: Request) -> Response:
    """A new drawing among those who have not won, with the reason."""
    program, row = await drawing_to_run(request.user, request.path_params["key"], request.path_params["drawing"])
    form = await AgainForm.read(request)
    if form.complete:
        try:
            new = await drawing_actions.draw_again(
                program["key"],
                row["key"],
                request.user,
                reason=form.reason.data or "",
                winners=form.winners.data,
                form_key=form.key,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The new list is frozen: all who have not won yet. Now draw it.")
            return see_other(request, "programs.drawing_desk", key=program["key"], drawing=new)
    return render(request, "programs/drawing_again.html", form.status, form=form, program=program, drawing=row)


async def drawing(request: Request) -> Response:
    """The frozen list by number, the seed and its hash, who won, and how anybody draws it again."""
    reader = request.user
    program, row = await drawing_for(reader, request.path_params["slug"], request.path_params["drawing"])
    lots = await lots_of(reader, row["id"])
    sight = sight_of(reader, program)
    told = enough(len(lots), reader.school.fewest) or (sight is not None and sight.everybody)
    return render(
        request,
        "programs/drawing.html",
        program=program,
        drawing=row,
        who=IN_IT[DrawingRule(row["rule"])],
        lots=lots if told else [],
        enough=told,
        winners=_winners(lots, await names_in(reader, program)) if told else [],
        own=_own(reader, lots),
        steps=drawings.STEPS,
    )


def _winners(lots: list[dict[str, Any]], names: dict[int, str]) -> list[dict[str, Any]]:
    """Who won, the first place first: place, number, and the name for those who may know it, else ""."""
    won = sorted((lot for lot in lots if lot["won"] is not None), key=lambda lot: int(lot["won"]))
    return [{"place": lot["won"], "number": lot["number"], "name": names.get(lot["person_id"], "")} for lot in won]


def _own(reader: Reader, lots: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The reader's own lot, for students only."""
    if not reader.is_student:
        return None
    return next((lot for lot in lots if lot["person_id"] == reader.id), None)
