"""The pages of requests: asking for a title, my requests, and answering for those who decide."""

import wtforms
from starlette.requests import Request
from starlette.responses import Response
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from engage.errors import NotAllowed, Refused
from engage.resources import requests, showing
from engage.resources.isbn import thirteen
from engage.resources.requests import Title
from engage.resources.rules import RequestState
from engage.web.forms import Form, choice, trimmed, words
from engage.web.render import render, say, see_other

ANSWERS = {
    RequestState.PLANNED: "Planned",
    RequestState.BOUGHT: "Here, or on its way",
    RequestState.NO: "No",
}
TABS = {
    RequestState.ASKED: "To answer",
    RequestState.PLANNED: "Planned",
    RequestState.BOUGHT: "Here, or on its way",
    RequestState.NO: "No",
}


class AskForm(Form):
    """A title that somebody would like. sure: the title, once it was said that the library has such a one."""

    title = wtforms.StringField(
        "What would you like?",
        [
            InputRequired("Write the title that you would like."),
            Length(max=requests.TITLE, message="Keep the title under 300 letters."),
        ],
        filters=[trimmed],
    )
    creator = wtforms.StringField(
        "Who wrote or made it?", [Length(max=requests.NAME, message="Keep the name under 200 letters.")], [trimmed]
    )
    why = wtforms.TextAreaField(
        "Why would you like it?", [Length(max=requests.WORDS, message="Keep this under 1,000 letters.")], [trimmed]
    )
    isbn = wtforms.StringField("ISBN", [Length(max=40, message="Keep the ISBN under 40 signs.")], [trimmed])
    url = wtforms.StringField(
        "Where did you see it?", [Length(max=requests.ADDRESS, message="This address is too long.")], [trimmed]
    )
    sure = wtforms.HiddenField()

    @property
    def wanted(self) -> Title:
        """What was filled in."""
        return Title(**{name: self[name].data or "" for name in ("title", "creator", "why", "isbn", "url")})


class AnswerForm(Form):
    """What becomes of a request. resource: what the catalogue has of it now."""

    state = wtforms.RadioField(
        "Your answer",
        [InputRequired("Say what becomes of it.")],
        choices=[SelectChoice(state.value, said) for state, said in ANSWERS.items()],
    )
    answer = wtforms.TextAreaField(
        "A word to those who asked",
        [Length(max=requests.WORDS, message="Keep the answer under 1,000 letters.")],
        [trimmed],
    )
    resource = wtforms.RadioField("It is in the catalogue", default="", validate_choice=False)


async def asked_by_me(request: Request) -> Response:
    """What I asked for, and what came of it."""
    _check_may_ask(request)
    mine = await requests.requests_of(request.user)
    return render(request, "resources/requests.html", requests=mine, said_of=TABS)


async def ask(request: Request) -> Response:
    """Ask for a title. ?title fills the form, as a search that found nothing does."""
    _check_may_ask(request)
    form = await AskForm.read(request, title=words(request, "title", requests.TITLE))
    held = []
    if form.complete:
        if form.sure.data != requests.spoken(form.title.data):
            held = await requests.held(request.user, form.title.data, thirteen(form.isbn.data or ""))
        if held:
            form.sure.data = requests.spoken(form.title.data)
            form.refuse(Refused("The library may have this one already. Look below."))
        else:
            try:
                await requests.ask_for(form.wanted, form.key, by=request.user)
            except Refused as no:
                form.refuse(no)
            else:
                say(request, "You have asked for it. The answer will stand here.")
                return see_other(request, "resources.asked_by_me")
    things = [showing.brief(row) for row in held]
    return render(request, "resources/ask.html", form.status, form=form, held=things)


async def take_request_back(request: Request) -> Response:
    """Take an own request back."""
    _check_may_ask(request)
    title = await requests.take_back(request.path_params["key"], by=request.user)
    say(request, f"Your request for {title} is withdrawn.")
    return see_other(request, "resources.asked_by_me")


async def to_answer(request: Request) -> Response:
    """What people ask for, the oldest first, and what was answered."""
    requests.check_answers(request.user)
    state = RequestState(choice(request, "state", list(RequestState), RequestState.ASKED))
    rows, after = await requests.requests_to_answer(request.user, state, words(request, "after"))
    return render(
        request,
        "resources/requests_to_answer.html",
        requests=rows,
        after=after,
        state=state,
        tabs_of=TABS,
        counts=await requests.counts(request.user),
    )


async def answer_request(request: Request) -> Response:
    """Answer one title, for all who asked for it."""
    one = await requests.request_to_answer(request.user, request.path_params["key"])
    held = await requests.held(request.user, one["title"], one["isbn"])
    things = [showing.brief(row) for row in held]
    chosen = one["resource_key"] or (things[0]["key"] if things else "")
    form = await AnswerForm.read(
        request,
        {"resource": [*((each["key"], each["title"]) for each in things), ("", "None of these")]},
        state="" if one["state"] is RequestState.ASKED else one["state"].value,
        answer=one["answer"],
        resource=chosen,
    )
    if form.complete:
        state = RequestState(form.state.data)
        resource = form.resource.data or "" if state is RequestState.BOUGHT else ""
        try:
            number = await requests.answer(one["key"], state, form.answer.data or "", resource, by=request.user)
        except Refused as no:
            form.refuse(no)
        else:
            say(request, f"Answered. {number} {'person reads' if number == 1 else 'people read'} it on their page.")
            return see_other(request, "resources.to_answer")
    return render(request, "resources/answer.html", form.status, form=form, one=one, held=things)


def _check_may_ask(request: Request) -> None:
    if not request.user.may_ask:
        raise NotAllowed("LST11")
