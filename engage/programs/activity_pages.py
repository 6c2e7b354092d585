"""The page of one challenge, and what a student does there: activities, prompts, an own goal."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from engage.engagement.diary import opened
from engage.engagement.rules import Kind
from engage.errors import Refused
from engage.programs import activity_actions, queries
from engage.programs.activity_rules import LONGEST_ANSWER
from engage.programs.challenge_showing import ChallengePage, challenge_page
from engage.programs.forms import WholeNumber
from engage.programs.rules import LARGEST, ActivityKind, ProgramState
from engage.programs.telling import told_of
from engage.web.forms import Form, trimmed
from engage.web.render import render, say, see_other
from engage.web.routing import path_for


class DoForm(Form):
    """What was done. activity: its key. given: the code word or the answer. entry: the key of what answers a prompt."""

    activity = HiddenField(default="")
    given = TextAreaField("Your answer", [Length(max=LONGEST_ANSWER, message="Use fewer words.")], [trimmed])
    entry = RadioField("Which one was it?", [Optional()], choices=[], validate_choice=False)


class GoalForm(Form):
    """The goal that a student sets."""

    goal = WholeNumber(
        "My own goal", [InputRequired("Write a number."), NumberRange(1, LARGEST, "Write a whole number, 1 or more.")]
    )


async def challenge(request: Request) -> Response:
    """One challenge: how far one is, and what there is to do."""
    program, page = await _asked(request)
    if program["state"] == ProgramState.PUBLISHED:
        opened(Kind.PROGRAM_OPENED, request.user, program_id=program["id"])
    return _shown(request, page)


async def do(request: Request) -> Response:
    """Do an activity or answer a prompt; asked for as a page, it is the challenge's."""
    slug, key = request.path_params["slug"], request.path_params["key"]
    form = await DoForm.read(request)
    if form.complete:
        try:
            did = await activity_actions.do_activity(
                slug, form.activity.data or "", form.key, request.user, form.given.data or "", form.entry.data or ""
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            undo = path_for(request, "programs.undo_activity", slug=slug, key=key, done=did.done)
            for sentence, kind in told_of(did.changes, "do", slug):
                say(request, sentence, kind=kind, undo=undo)
                undo = ""
            return see_other(request, "programs.challenge", slug=slug, key=key)
    _, page = await _asked(request)
    return _shown(request, page, form)


async def set_goal(request: Request) -> Response:
    """Set an own goal; asked for as a page, it is the challenge's."""
    slug, key = request.path_params["slug"], request.path_params["key"]
    form = await GoalForm.read(request)
    if form.complete:
        try:
            did = await activity_actions.set_own_goal(slug, key, form.goal.data, request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            for sentence, kind in told_of(did.changes, "goal", slug):
                say(request, sentence, kind=kind)
            return see_other(request, "programs.challenge", slug=slug, key=key)
    _, page = await _asked(request)
    return _shown(request, page, goal=form)


async def undo_activity(request: Request) -> Response:
    """Take back that one did an activity."""
    slug, key = request.path_params["slug"], request.path_params["key"]
    try:
        did = await activity_actions.undo_activity(slug, request.path_params["done"], request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
    else:
        for sentence, kind in told_of(did.changes, "undo", slug):
            say(request, sentence, kind=kind)
    return see_other(request, "programs.challenge", slug=slug, key=key)


async def _asked(request: Request) -> tuple[dict[str, Any], ChallengePage]:
    program = await queries.program_for(request.user, request.path_params["slug"])
    return program, await challenge_page(request.user, program, request.path_params["key"])


def _shown(request: Request, page: ChallengePage, sent: DoForm | None = None, goal: GoalForm | None = None) -> Response:
    """The page with a form for each thing that may be done; the one that was refused comes back as it was filled in."""
    status = next((form.status for form in (sent, goal) if form is not None and form.sent), 200)
    whole = sent is not None and not any(thing.open and thing.row["key"] == sent.activity.data for thing in page.things)
    return render(
        request,
        "programs/one_challenge.html",
        status,
        page=page,
        program=page.program,
        forms={thing.row["key"]: _form_for(thing.row, page, sent) for thing in page.things if thing.open},
        goal_form=goal or GoalForm(data={"goal": page.own_goal or page.suggestion}),
        refused=sent if whole else None,
        sent=sent,
    )


def _form_for(row: Any, page: ChallengePage, sent: DoForm | None) -> DoForm:
    mine = sent is not None and sent.activity.data == row["key"]
    form = sent if mine and sent is not None else DoForm(data={"activity": row["key"]})
    form.entry.choices = [(one["key"], one["title"]) for one in page.entries]
    for field in (form.given, form.entry):
        # several forms stand on one page
        field.id = f"{field.name}-{row['key']}"
    if row["kind"] in (ActivityKind.CODE, ActivityKind.ATTEND):
        form.given.label.text = "Code word"
    return form
