"""The pages of tokens: those there are, a new one that is shown once, and the end of one (CLS10)."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from wtforms import BooleanField, DateField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from engage import dates
from engage.errors import Refused
from engage.people import tokens
from engage.people.token_rules import LONGEST_NAME, Opens
from engage.web.forms import Form, trimmed
from engage.web.proving import to_prove
from engage.web.render import render, say, see_other, whole
from engage.web.routing import path_for
from engage.web.sessions import proved


class TokenForm(Form):
    """A new token."""

    name = StringField(
        "What is it for?",
        [
            InputRequired("Say what it is for: which system, and who runs it."),
            Length(max=LONGEST_NAME, message="Keep this shorter."),
        ],
        [trimmed],
    )
    opens = SelectMultipleField(
        "What does it open?",
        [InputRequired("Choose what it opens.")],
        choices=[SelectChoice(each.value, each.words) for each in Opens],
    )
    ends_on = DateField("Until when?", [InputRequired("Choose a day.")])
    district = BooleanField("For all schools of the district")


async def tokens_page(request: Request) -> Response:
    """The tokens of the school, or of the district for its admin."""
    return render(
        request,
        "people/tokens.html",
        tokens=await tokens.tokens_of(request.user),
        address=whole(request, path_for(request, "api.description")),
    )


async def new_token(request: Request) -> Response:
    """Make a token; who one is has to be proved first."""
    tokens.check_makes_tokens(request.user)
    if not proved(request):
        return to_prove(request)
    today = dates.today(request.user.school.zone)
    form = await TokenForm.read(request, ends_on=today + timedelta(days=365), opens=[])
    if form.complete:
        try:
            token = await tokens.make_token(
                form.name.data,
                [Opens(each) for each in form.opens.data],
                form.ends_on.data,
                form.district.data,
                request.app.settings.secret_key,
                form.key,
                by=request.user,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            return render(request, "people/token.html", token=token, name=form.name.data, until=form.ends_on.data)
    may_district = tokens.may_for_district(request.user)
    return render(request, "people/token_new.html", form.status, form=form, may_district=may_district)


async def revoke_token(request: Request) -> Response:
    """A token opens nothing any more."""
    name = await tokens.revoke(request.path_params["key"], by=request.user)
    say(request, f"{name} opens nothing any more.")
    return see_other(request, "people.tokens")
