"""How an admin sets up signing in with accounts elsewhere (CLS10), and tries it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from wtforms import BooleanField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from engage.errors import Refused
from engage.people import elsewhere_queries, oidc_actions
from engage.people.oidc_models import OidcProvider
from engage.people.oidc_pages import leave, service_of
from engage.people.rules import Role
from engage.web.forms import Form, trimmed
from engage.web.proving import to_prove
from engage.web.render import render, say, see_other, whole
from engage.web.routing import path_for
from engage.web.sessions import proved

TOO_LONG = "Keep this shorter."


class ProviderForm(Form):
    """What was agreed with a provider. The secret is never shown again; left empty, it stays."""

    name = StringField(
        "What does its button say after “Sign in with”?",
        [InputRequired("Give it a name, like Google."), Length(max=40, message=TOO_LONG)],
        [trimmed],
    )
    issuer = StringField(
        "Address of the issuer",
        [InputRequired("Copy the address from the other site."), Length(max=500, message=TOO_LONG)],
        [trimmed],
    )
    client_id = StringField(
        "Client id",
        [InputRequired("Copy the client id from the other site."), Length(max=255, message=TOO_LONG)],
        [trimmed],
    )
    secret = PasswordField("Client secret", [Length(max=1024, message=TOO_LONG)])
    staff = BooleanField("Staff, by their verified e-mail")
    students = BooleanField("Students, by the id that the roster has of them")
    student_claim = StringField("Claim with the student's id", [Length(max=80, message=TOO_LONG)], [trimmed])
    domains = StringField("Domains of the accounts", [Length(max=2_000, message=TOO_LONG)], [trimmed])
    whole_district = BooleanField("For all schools of the district")


class ChangeForm(ProviderForm):
    """The same once it is kept. on: offered; instead: no passwords of staff."""

    on = BooleanField("Offer it on the page where people sign in")
    instead = BooleanField("Staff sign in this way only. Passwords are taken from admins alone")


async def providers(request: Request) -> Response:
    """The ways to sign in with accounts elsewhere."""
    elsewhere_queries.check_decides(request.user)
    found = await elsewhere_queries.agreed_with(OidcProvider, request.user)
    numbers = await elsewhere_queries.linked_number(OidcProvider, found)
    rows = [_shown(request, one) | {"accounts": numbers.get(one.id, 0)} for one in found]
    return render(request, "people/oidc_providers.html", rows=rows)


def _shown(request: Request, one: OidcProvider) -> dict[str, Any]:
    names = ("key", "name", "issuer", "staff", "students", "whole_district", "on", "instead", "tried_at")
    return {name: getattr(one, name) for name in names} | {
        "may_change": elsewhere_queries.may_change(request.user, one),
        "back": whole(request, path_for(request, "people.oidc_back", key=one.key)),
    }


async def new_provider(request: Request) -> Response:
    """Agree with one more."""
    elsewhere_queries.check_decides(request.user)
    if not proved(request):
        return to_prove(request)
    form = await ProviderForm.read(request, staff=True)
    if form.complete:
        try:
            key = await oidc_actions.agree(form.values, _key(request), form.key, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "It is kept. Give the other site the address below, then try it.")
            return see_other(request, "people.provider", key=key)
    return _show(request, form, None)


async def provider(request: Request) -> Response:
    """One of them, to be changed, tried and offered."""
    elsewhere_queries.check_decides(request.user)
    if not proved(request):
        return to_prove(request)
    one = await elsewhere_queries.site_to_change(OidcProvider, request.user, request.path_params["key"])
    names = [*oidc_actions.FIELDS, "on", "instead"]
    form = await ChangeForm.read(request, **{name: getattr(one, name) for name in names})
    if form.complete:
        try:
            await oidc_actions.change(one, form.values, _key(request), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "It is kept.")
            return see_other(request, "people.provider", key=one.key)
    return _show(request, form, one)


def _show(request: Request, form: ProviderForm, one: OidcProvider | None) -> Response:
    return render(
        request,
        "people/oidc_provider.html",
        form.status,
        form=form,
        one=_shown(request, one) if one else None,
        for_district=Role.DISTRICT_ADMIN in request.user.roles,
    )


async def try_provider(request: Request) -> Response:
    """Go there and come back, to see that it works and whom it would let in; nobody is signed in by it."""
    elsewhere_queries.check_decides(request.user)
    if not proved(request):
        return to_prove(request, path_for(request, "people.provider", key=request.path_params["key"]))
    one = await elsewhere_queries.site_to_change(OidcProvider, request.user, request.path_params["key"])
    back = path_for(request, "people.provider", key=one.key)
    try:
        return await leave(request, one, purpose="try", who=request.user.key, back=back)
    except Refused as refused:
        say(request, refused.sentence, "wrong")
        return see_other(request, "people.provider", key=one.key)


async def remove_provider(request: Request) -> Response:
    """Let it go."""
    elsewhere_queries.check_decides(request.user)
    if not proved(request):
        return to_prove(request, path_for(request, "people.provider", key=request.path_params["key"]))
    name = await oidc_actions.let_go(request.path_params["key"], by=request.user)
    say(request, f"Nobody signs in with {name} any more.")
    return see_other(request, "people.providers")


def _key(request: Request) -> str:
    return service_of(request, "").secret_key
