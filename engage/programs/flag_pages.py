"""Flagged entries, for whoever runs their program: looked at and left, or voided with a reason (LOG04)."""

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import Refused
from engage.people.rules import named
from engage.programs import flag_actions
from engage.programs.flag_queries import waiting_flags
from engage.programs.participants_pages import ReasonForm
from engage.web.render import render, say, see_other


async def flagged(request: Request) -> Response:
    """What waits to be looked at, without titles."""
    return await _all(request, None, "")


async def _all(request: Request, form: ReasonForm | None, wrong_at: str) -> Response:
    mine, others = await waiting_flags(request.user)
    rows = [{**row, "shown": named(row["name"], row["letter"])} for row in mine]
    return render(
        request,
        "programs/flagged.html",
        form.status if form else 200,
        rows=rows,
        others=others,
        form=form or ReasonForm(),
        wrong_at=wrong_at,
    )


async def look_at_entry(request: Request) -> Response:
    """Leave an entry as it is: it was looked at."""
    await flag_actions.look_at_entry(request.path_params["entry"], request.user)
    say(request, "Looked at. The entry counts as it did.")
    return see_other(request, "programs.flagged")


async def void_flagged(request: Request) -> Response:
    """Void an entry that was flagged, without seeing what it is called."""
    entry = request.path_params["entry"]
    form = await ReasonForm.read(request)
    if form.complete:
        try:
            await flag_actions.void_flagged(entry, form.reason.data, request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(
                request,
                "The entry counts no longer. The student still sees it in the log, as taken out by the library.",
            )
            return see_other(request, "programs.flagged")
    return await _all(request, form, entry)
