"""The worklist of links: what is dead, moved, changed or closed, each with what can be done about it in one click."""

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import Refused
from engage.resources import link_actions as actions
from engage.resources import link_queries as queries
from engage.resources.forms import AddressForm
from engage.resources.rules import LinkState
from engage.web.forms import choice, sent_form
from engage.web.render import render, say, see_other

TABS = {
    LinkState.DEAD: "Dead",
    LinkState.MOVED: "Moved",
    LinkState.CHANGED: "Changed",
    LinkState.SIGN_IN: "Sign-in needed",
}
STATES = {**TABS, LinkState.ALIVE: "Works", LinkState.UNCHECKED: "Not looked at"}


async def links(request: Request) -> Response:
    """Links that want a person, by what is wrong with them."""
    reader = request.user
    counts = await queries.counts(reader)
    first = next((state for state in TABS if counts.get(state)), LinkState.DEAD)
    state = LinkState(choice(request, "state", list(TABS), first))
    page = await queries.links_that_are(reader, state, request.query_params.get("after", ""))
    return render(
        request,
        "resources/links.html",
        tabs=[(each, words, counts.get(each, 0)) for each, words in TABS.items()],
        state=state,
        links=page.rows,
        after=page.after,
        wanting=sum(counts.get(each, 0) for each in TABS),
        total=sum(counts.values()),
        unseen=counts.get(LinkState.UNCHECKED, 0),
        failing=await queries.failing(reader),
    )


async def link(request: Request) -> Response:
    """One link with its history, and another address for it."""
    row = await queries.link_to_mend(request.user, request.path_params["key"])
    form = await AddressForm.read(request, url=row["url"])
    if form.complete:
        try:
            await actions.change_address(row["key"], form.values["url"], by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{row['title']} leads to its new address.")
            return see_other(request, "resources.links")
    history = await queries.history_of(request.user, row["id"])
    return render(request, "resources/link.html", form.status, form=form, link=row, history=history, states=STATES)


async def mend_link(request: Request) -> Response:
    """Do what one of the buttons says."""
    key, by = request.path_params["key"], request.user
    sent = await sent_form(request)
    back = {"state": str(sent.get("state", ""))}
    try:
        match sent.get("act"):
            case "move":
                address = await actions.use_new_address(key, by)
                say(request, f"It leads to {address} now.")
            case "right":
                await actions.leave_as_it_is(key, by)
                say(request, "It stays as it is.")
            case "sign-in":
                await actions.note_sign_in(key, str(sent.get("note", "")), by)
                say(request, "Readers are told where they sign in.")
            case "soon":
                await actions.look_soon(key, by)
                say(request, "We look at it again in the coming night.")
            case "remove":
                title, url = await actions.take_away(key, by)
                say(request, f"{title} leads no longer to {url}.")
            case _:
                say(request, "Nothing was done.", kind="note")
    except Refused as refused:
        say(request, refused.sentence, kind="care")
    return see_other(request, "resources.links", back)


async def move_links(request: Request) -> Response:
    """Use the new address of every link that the page showed."""
    shown = [str(each).partition(" ") for each in (await sent_form(request)).getlist("shown")]
    number = await actions.use_new_addresses({key: address for key, _, address in shown}, request.user)
    say(request, f"{number} {'link leads' if number == 1 else 'links lead'} to the new address now.")
    return see_other(request, "resources.links")
