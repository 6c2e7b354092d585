"""The page of words that keep entries out of the inbox: what each kept out, a new rule, and one taken away."""

import wtforms
from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import Refused
from engage.resources import muting, waiting
from engage.resources.sources_pages import check_may
from engage.web.forms import Form, choice, trimmed
from engage.web.render import render, say, see_other
from engage.web.routing import path_for

BACK = {"inbox": "resources.inbox"}


class RuleForm(Form):
    """Which titles are never wanted."""

    words = wtforms.StringField(
        "Words in the title",
        [wtforms.validators.InputRequired("Write at least one word."), wtforms.validators.Length(max=500)],
        filters=[trimmed],
    )
    source = wtforms.SelectField("From", default="")


async def rules(request: Request) -> Response:
    """All rules of the school, and a form for one more.

    ?words and ?from fill it, as an entry of the inbox does; with ?then=inbox one goes back there.
    """
    check_may(request)
    names = {row["key"]: row["name"] for row in await waiting.sources(request.user, dates.now())}
    asked = request.query_params
    source, then = asked.get("from", ""), choice(request, "then", BACK)
    form = await RuleForm.read(
        request,
        {"source": [("", "All feeds"), *names.items()]},
        words=asked.get("words", "")[:500],
        source=source if source in names else "",
    )
    if form.complete:
        try:
            key = await muting.mute_words(form.words.data, form.source.data or None, by=request.user)
            undo = path_for(request, "resources.unmute", {"then": then}, key=key)
            say(request, "Entries with these words are kept out from now on.", undo=undo)
            return see_other(request, BACK.get(then, "resources.mute_rules"))
        except Refused as no:
            form.refuse(no)
    return render(
        request,
        "resources/mute_rules.html",
        form.status,
        form=form,
        rules=await muting.rules_for(request.user),
        then=then,
    )


async def take_away(request: Request) -> Response:
    """Forget a rule; what it kept out waits again."""
    check_may(request)
    freed = await muting.unmute(request.path_params["key"], by=request.user)
    again = f"{freed or 'nothing'} {'wait' if freed > 1 else 'waits'} again"
    say(request, f"The rule is gone. Of what it kept out, {again}.")
    return see_other(request, BACK.get(choice(request, "then", BACK), "resources.mute_rules"))
