"""The catalogue for those who keep it: all of it, by search, and one resource written by hand."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import Refused
from engage.resources import actions, queries
from engage.resources.forms import ResourceForm, preset
from engage.resources.pages import asked, wanted_by
from engage.resources.rules import ResourceState
from engage.resources.search import find
from engage.resources.showing import shown
from engage.web.forms import choice, number, sent_form
from engage.web.render import render, say, see_other

STATES = {
    "": (ResourceState.OFFERED,),
    "withdrawn": (ResourceState.WITHDRAWN, ResourceState.TAKEN_BACK),
}


async def catalogue(request: Request) -> Response:
    """Everything the library has, or what it no longer offers."""
    reader = request.user
    state = choice(request, "state", STATES)
    wanted = wanted_by(request, states=STATES[state])
    found = await find(reader.school.id, wanted, number(request, "page", 1))
    head = asked(request, wanted, found, "resources.catalogue")
    head["query"]["state"] = state
    return render(request, "resources/catalogue.html", **head, state=state, things=[shown(row) for row in found.rows])


async def new(request: Request) -> Response:
    """Write a resource down."""
    form = await ResourceForm.read(request, copies=1)
    if form.complete:
        try:
            key = await actions.add_resource(form.written, form.key, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{form.written.title} is in the catalogue.")
            return see_other(request, "resources.show", key=key)
    return render(request, "resources/edit.html", form.status, form=form, resource=None)


async def edit(request: Request) -> Response:
    """Write over what a resource says."""
    whole = await queries.resource_for(request.user, request.path_params["key"])
    form = await ResourceForm.read(
        request, **preset(whole.row, whole.creators, whole.subjects, whole.holdings, whole.links)
    )
    if form.complete:
        try:
            await actions.change_resource(whole.row["key"], form.written, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "Saved. What you changed stays as you wrote it, whatever is imported later.")
            return see_other(request, "resources.show", key=whole.row["key"])
    return render(request, "resources/edit.html", form.status, form=form, resource=whole.row, kept=_kept(whole.row))


async def offer(request: Request) -> Response:
    """Offer a resource no longer, or again."""
    again = bool((await sent_form(request)).get("again"))
    key = request.path_params["key"]
    title = await actions.offer(key, again, by=request.user)
    say(request, f"{title} is offered again." if again else f"{title} is offered no longer. Lists do not show it.")
    return see_other(request, "resources.show", key=key)


WORDS = {"audience_low": "grades", "audience_high": "grades", "holdings": "shelf", "links": "address"}


def _kept(row: dict[str, Any]) -> list[str]:
    """What a person wrote of it, in words."""
    names = [name for name in str(row["kept"]).split(",") if name]
    return list(dict.fromkeys(WORDS.get(name, name.replace("_", " ")) for name in names))
