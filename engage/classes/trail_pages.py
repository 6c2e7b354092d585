"""The pages of a teacher: what students handed in of their inquiries, opened and answered once."""

import wtforms
from starlette.requests import Request
from starlette.responses import Response
from wtforms.validators import InputRequired, Length

from engage.classes import inquiry_actions, inquiry_queries, inquiry_rules
from engage.classes.inquiry_rules import NOTES
from engage.classes.unit_forms import plain
from engage.errors import NotFound, Refused
from engage.people.rules import Scope
from engage.web.forms import Form
from engage.web.render import render, say, see_other


class CommentForm(Form):
    """What a teacher answers to an inquiry."""

    comment = wtforms.TextAreaField(
        "Your answer",
        [
            InputRequired("Write a word to the student."),
            Length(max=inquiry_rules.COMMENT, message="Use 2,000 letters at most."),
        ],
        [plain],
    )


async def trails(request: Request) -> Response:
    """The inquiries that were handed in to one."""
    reader = request.user
    if not reader.taught_ids or not reader.may("LOG06", Scope.CLASS):
        raise NotFound("inquiries")
    return render(request, "classes/trails.html", trails=await inquiry_queries.trails_for(reader))


async def trail(request: Request) -> Response:
    """One of them: opened by a press, because it cannot be taken back from then on; and its one answer."""
    reader = request.user
    one = await inquiry_queries.trail_for(reader, request.path_params["key"])
    form = await CommentForm.read(request)
    if form.complete:
        try:
            await inquiry_actions.comment(one["key"], form.comment.data, by=reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "Your answer is with the inquiry.")
            return see_other(request, "classes.trail", key=one["key"])
    sources = await inquiry_queries.sources_of_trail(reader, one) if one["read_at"] else []
    return render(
        request,
        "classes/trail.html",
        form.status,
        form=form,
        trail=one,
        sources=sources,
        noted=inquiry_rules.noted(sources),
        notes=NOTES,
    )


async def open_trail(request: Request) -> Response:
    """Open what was handed in."""
    key = request.path_params["key"]
    await inquiry_actions.open_trail(key, by=request.user)
    return see_other(request, "classes.trail", key=key)
