"""How an admin sets up a platform for courses, like Canvas, Moodle or Schoology (CLS10)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from engage.classes import lti_actions, lti_queries
from engage.classes.lti_models import LtiPlatform
from engage.errors import Refused
from engage.people import elsewhere_queries
from engage.people.rules import Role
from engage.web.forms import Form, trimmed
from engage.web.proving import to_prove
from engage.web.render import render, say, see_other, whole
from engage.web.routing import path_for
from engage.web.sessions import proved

TOO_LONG = "Keep this shorter."


def _address(label: str) -> StringField:
    wanted = [InputRequired("Copy the address from the platform."), Length(max=500, message=TOO_LONG)]
    return StringField(label, wanted, [trimmed])


class PlatformForm(Form):
    """What was agreed with a platform."""

    name = StringField(
        "What do people here call it?",
        [InputRequired("Give it a name, like Canvas."), Length(max=40, message=TOO_LONG)],
        [trimmed],
    )
    site = StringField(
        "Address where people see it",
        [InputRequired("Write where people open it."), Length(max=255, message=TOO_LONG)],
        [trimmed],
    )
    issuer = _address("Issuer, also called platform id")
    client_id = StringField(
        "Client id",
        [InputRequired("Copy the client id from the platform."), Length(max=255, message=TOO_LONG)],
        [trimmed],
    )
    deployments = StringField(
        "Deployment id",
        [InputRequired("Copy the deployment id from the platform."), Length(max=2_000, message=TOO_LONG)],
        [trimmed],
    )
    authorize = _address("Address for signing in, also called authentication request")
    token = _address("Address for access tokens")
    keys = _address("Address of its public keys (JWKS)")
    by_roster = BooleanField("Its ids of people are those of our roster, and people cannot change their own there")
    scores = BooleanField("It may hear that a student has finished a list")
    agreement = TextAreaField("Agreement that lets it hear that", [Length(max=2_000, message=TOO_LONG)], [trimmed])
    whole_district = BooleanField("For all schools of the district")


class ChangeForm(PlatformForm):
    """The same once it is kept. on: people come in from it."""

    on = BooleanField("People come in from it")


async def platforms(request: Request) -> Response:
    """The platforms for courses that people come from."""
    elsewhere_queries.check_decides(request.user)
    found = await elsewhere_queries.agreed_with(LtiPlatform, request.user)
    numbers = await elsewhere_queries.linked_number(LtiPlatform, found)
    rows = [_shown(request, one) | {"accounts": numbers.get(one.id, 0)} for one in found]
    return render(request, "classes/lti_platforms.html", rows=rows)


def _shown(request: Request, one: LtiPlatform) -> dict[str, Any]:
    names = ("key", "name", "issuer", "scores", "whole_district", "on")
    may_change = elsewhere_queries.may_change(request.user, one)
    return {name: getattr(one, name) for name in names} | {"may_change": may_change}


async def new_platform(request: Request) -> Response:
    """Agree with one more."""
    elsewhere_queries.check_decides(request.user)
    if not proved(request):
        return to_prove(request)
    form = await PlatformForm.read(request)
    if form.complete:
        try:
            key = await lti_actions.agree(form.values, _inside(request), form.key, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "It is kept. Give it the addresses below, then let people come in.")
            return see_other(request, "classes.platform", key=key)
    return _show(request, form, None, [])


async def platform(request: Request) -> Response:
    """One of them, to be changed and opened."""
    elsewhere_queries.check_decides(request.user)
    if not proved(request):
        return to_prove(request)
    one = await elsewhere_queries.site_to_change(LtiPlatform, request.user, request.path_params["key"])
    names = [*lti_actions.FIELDS, "on"]
    form = await ChangeForm.read(request, **{name: getattr(one, name) for name in names})
    if form.complete:
        try:
            await lti_actions.change(one, form.values, _inside(request), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "It is kept.")
            return see_other(request, "classes.platform", key=one.key)
    return _show(request, form, one, await lti_queries.failures_of(one))


def _show(request: Request, form: PlatformForm, one: LtiPlatform | None, failures: list[str]) -> Response:
    addresses = [
        (words, whole(request, path_for(request, name)))
        for words, name in (
            ("Address to begin signing in, also called initiate login", "classes.login"),
            ("Redirect address, also called tool address", "classes.launch"),
            ("Address for choosing content", "classes.choose"),
            ("Address of our public keys (JWKS)", "classes.jwks"),
            ("All of it at once, for Canvas", "classes.config"),
        )
    ]
    return render(
        request,
        "classes/lti_platform.html",
        form.status,
        form=form,
        one=_shown(request, one) if one else None,
        addresses=addresses,
        failures=failures,
        for_district=Role.DISTRICT_ADMIN in request.user.roles,
    )


async def remove_platform(request: Request) -> Response:
    """Let it go."""
    elsewhere_queries.check_decides(request.user)
    if not proved(request):
        return to_prove(request, path_for(request, "classes.platform", key=request.path_params["key"]))
    name = await lti_actions.let_go(request.path_params["key"], by=request.user)
    say(request, f"Nobody comes in from {name} any more.")
    return see_other(request, "classes.platforms")


def _inside(request: Request) -> set[str]:
    """The origins that the operator has named, which need no https."""
    return {f"http://{host}:{port}" for host, port in request.app.settings.allowed_outside}
