"""The pages of asking the library: a teacher's own requests, and the worklist of those who answer."""

from starlette.requests import Request
from starlette.responses import Response
from wtforms import DateField, HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from engage.classes import help_actions, help_queries, help_rules
from engage.classes.help_actions import Wish, print_of_answer
from engage.classes.help_rules import ANSWERS, KINDS, STATES, TABS, HelpKind, HelpState
from engage.classes.unit_forms import plain
from engage.errors import NotFound, Refused
from engage.web.forms import Form, choice, words
from engage.web.render import render, say, see_other


class WishForm(Form):
    """What a teacher asks the library for. room: an own class; the page offers them."""

    kind = RadioField(
        "What would help you?",
        [InputRequired("Say what would help you.")],
        choices=[SelectChoice(kind.value, said) for kind, said in KINDS.items()],
    )
    text = TextAreaField(
        "What do you have in mind?",
        [
            InputRequired("Say in a sentence what you have in mind."),
            Length(max=help_rules.TEXT, message="Use 1,000 letters at most."),
        ],
        [plain],
    )
    room = SelectField("For which class?", [Optional()])
    wished_on = DateField("Which day would suit you?", [Optional()])


class ReplyForm(Form):
    """The library's answer. seen: of the answer as it stood when the form was opened."""

    state = RadioField(
        "Your answer",
        [InputRequired("Say yes, talk, or not now.")],
        choices=[SelectChoice(state.value, said) for state, said in ANSWERS.items()],
    )
    agreed_on = DateField("On which day?", [Optional()])
    answer = TextAreaField(
        "A word to the teacher", [Length(max=help_rules.ANSWER, message="Use 1,000 letters at most.")], [plain]
    )
    seen = HiddenField()


async def my_help(request: Request) -> Response:
    """What one asked the library for, and how it stands."""
    _check_asks(request)
    mine = await help_queries.asked_by(request.user)
    return render(request, "classes/my_help.html", mine=mine, kinds=KINDS, states=STATES)


async def ask_for_help(request: Request) -> Response:
    """Ask the library for time, a list, a lesson, something else."""
    _check_asks(request)
    rooms = await help_queries.classes_to_name(request.user)
    only = rooms[0][0] if len(rooms) == 1 else ""
    form = await WishForm.read(request, {"room": [("", "No class in particular"), *rooms]}, room=only)
    if form.complete:
        wish = Wish(HelpKind(form.kind.data), form.text.data, form.wished_on.data, form.room.data or "")
        try:
            await help_actions.ask(wish, by=request.user, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The library has your request. The answer will stand here.")
            return see_other(request, "classes.my_help")
    return render(request, "classes/ask_for_help.html", form.status, form=form, rooms=rooms)


async def take_help_back(request: Request) -> Response:
    """Take an own request back."""
    _check_asks(request)
    await help_actions.take_back(request.path_params["key"], by=request.user)
    say(request, "Your request is withdrawn.", kind="note")
    return see_other(request, "classes.my_help")


async def to_help(request: Request) -> Response:
    """What teachers ask for: what waits, the oldest first, and what became of the rest."""
    state = HelpState(choice(request, "state", list(HelpState), HelpState.ASKED))
    page = await help_queries.worklist(request.user, state, words(request, "after"))
    return render(
        request,
        "classes/to_help.html",
        page=page,
        state=state,
        tabs_of=TABS,
        kinds=KINDS,
        counts=await help_queries.counts(request.user),
    )


async def reply(request: Request) -> Response:
    """Answer a request: yes on a day, let us talk, not now and why."""
    one = await help_queries.request_for(request.user, request.path_params["key"])
    form = await ReplyForm.read(
        request,
        state="" if one["state"] in (HelpState.ASKED, HelpState.DONE) else one["state"].value,
        answer=one["answer"],
        agreed_on=one["agreed_on"] or one["wished_on"],
        seen=print_of_answer(one["state"], one["answer"]),
    )
    if form.complete:
        said = (HelpState(form.state.data), form.answer.data or "", form.agreed_on.data, form.seen.data or "")
        try:
            await help_actions.answer(one["key"], *said, by=request.user)
        except Refused as refused:
            form.refuse(refused)
            one = await help_queries.request_for(request.user, one["key"])
            form.seen.data = print_of_answer(one["state"], one["answer"])
        else:
            say(request, "Answered. The teacher reads it under My requests to the library.")
            return see_other(request, "classes.to_help")
    return render(request, "classes/reply.html", form.status, form=form, one=one, kinds=KINDS, states=STATES)


async def help_done(request: Request) -> Response:
    """What was promised is done."""
    key = request.path_params["key"]
    try:
        await help_actions.done(key, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
        return see_other(request, "classes.reply", key=key)
    say(request, "It is done. The teacher sees that, too.")
    return see_other(request, "classes.to_help", {"state": HelpState.AGREED.value})


async def help_to_unit(request: Request) -> Response:
    """Make a unit of a request."""
    key = request.path_params["key"]
    try:
        made = await help_actions.make_unit(key, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
        return see_other(request, "classes.reply", key=key)
    say(request, "Here is the unit. The teacher who asked plans it with you.")
    return see_other(request, "classes.unit", key=made)


async def help_to_list(request: Request) -> Response:
    """Start a draft list for a request."""
    key = request.path_params["key"]
    try:
        made = await help_actions.make_list(key, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
        return see_other(request, "classes.reply", key=key)
    say(request, "Here is the draft. The teacher who asked may edit it, too.")
    return see_other(request, "lists.edit", key=made)


def _check_asks(request: Request) -> None:
    if not help_queries.asks(request.user):
        raise NotFound("asking the library")
