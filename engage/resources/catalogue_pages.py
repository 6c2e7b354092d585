"""The catalogue for those who keep it: all of it, by search, and one resource written by hand."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import Refused
from engage.resources import actions, queries, requests
from engage.resources.forms import GRADED, PLAIN, SAID, ResourceForm, languages_with
from engage.resources.isbn import shown as isbn_shown
from engage.resources.keeping import REMOVED
from engage.resources.link_queries import wanting
from engage.resources.measures import measures_kept
from engage.resources.pages import asked, found_by, wanted_by
from engage.resources.record import mark_of
from engage.resources.rules import ACCESS, RequestState, ResourceState
from engage.resources.showing import shown
from engage.web.forms import choice, sent_form
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
    found = await found_by(request, wanted)
    head = asked(request, wanted, found, "resources.catalogue", state=state)
    head["broken"] = await wanting(reader)
    waiting = (await requests.counts(reader))[RequestState.ASKED]
    things = [shown(row) for row in found.rows]
    return render(request, "resources/catalogue.html", **head, state=state, things=things, waiting=waiting)


async def new(request: Request) -> Response:
    """Write a resource down."""
    form = await ResourceForm.read(
        request,
        {"language": languages_with("")},
        places=[{"copies": 1}],
        addresses=[{}],
        language=request.user.school.language,
    )
    if form.complete:
        try:
            key = await actions.add_resource(form.written, form.key, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{form.written.title} is in the catalogue.")
            return see_other(request, "resources.show", key=key)
    return render(request, "resources/edit.html", form.status, form=form, resource=None, unseen=0)


async def edit(request: Request) -> Response:
    """Write over what a resource says."""
    whole = await queries.resource_for(request.user, request.path_params["key"])
    form = await ResourceForm.read(request, {"language": languages_with(whole.row["language"])}, **preset(whole))
    if form.complete:
        try:
            await actions.change_resource(whole.row["key"], form.written, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "Saved. What you changed stays as you wrote it, whatever is imported later.")
            return see_other(request, "resources.show", key=whole.row["key"])
    return render(
        request,
        "resources/edit.html",
        form.status,
        form=form,
        resource=whole.row,
        kept=_kept(whole.row),
        measures=await measures_kept(request.user, whole.row["id"]),
        unseen=max(0, len(whole.holdings) - MOST_PLACES) + max(0, len(whole.links) - MOST_ADDRESSES),
    )


async def offer(request: Request) -> Response:
    """Offer a resource no longer, or again."""
    again = bool((await sent_form(request)).get("again"))
    key = request.path_params["key"]
    title = await actions.offer(key, again, by=request.user)
    say(request, f"{title} is offered again." if again else f"{title} is offered no longer. Lists do not show it.")
    return see_other(request, "resources.show", key=key)


MOST_PLACES = 15
MOST_ADDRESSES = 12
NOTHING: dict[str, Any] = {}
TOLD = {said: value for value, said in SAID.items()}


def preset(whole: queries.Whole) -> dict[str, Any]:
    """A resource as the form shows it, with room for one more place and address.

    Where there are editions each place and address says of which kind it is, so that another kind of the resource
    itself turns none of them into what it is not.
    """
    row = whole.row
    makers = [
        each["name"] if each["role"] == "author" else f"{each['name']} ({each['role']})" for each in whole.creators
    ]
    own = row["format"].value if any(each["format"] for each in [*whole.holdings, *whole.links]) else ""
    places = [_row(each, own) for each in whole.holdings[:MOST_PLACES]]
    addresses = [_row(each, own) for each in whole.links[:MOST_ADDRESSES]]
    return {
        **{name: row[name] for name in PLAIN},
        **{name: "" if row[name] is None else str(row[name]) for name in GRADED},
        **{name: TOLD[row[name]] for name in ACCESS},
        "makers": "\n".join(makers),
        "subjects": "\n".join(each["term"] for each in whole.subjects if each["kind"] != "award"),
        "isbns": "\n".join(isbn_shown(each) for each in whole.isbns),
        "places": [*places, NOTHING],
        "addresses": [*addresses, NOTHING],
    }


def _row(each: dict[str, Any], own: str) -> dict[str, Any]:
    return {**each, "mark": mark_of(each["id"]), "format": each["format"] or own}


WORDS = {"audience_low": "grades", "audience_high": "grades", "holdings": "places", "links": "addresses"}


def _kept(row: dict[str, Any]) -> list[str]:
    """What a person wrote of it, in words."""
    names = [name for name in str(row["kept"]).split(",") if name]
    said = ["ISBNs" if name.startswith(REMOVED) else WORDS.get(name, name.replace("_", " ")) for name in names]
    return list(dict.fromkeys(said))
