"""The pages of lists of feeds: one comes in and is decided about feed by feed, ours goes out."""

import wtforms
from starlette.requests import Request
from starlette.responses import Response

from engage.errors import Refused
from engage.outside.cage import the_cage
from engage.outside.fetch import Door, door_of
from engage.resources import looking, suggested
from engage.resources.sources_pages import check_may
from engage.resources.wording import counted
from engage.web.cache import answer
from engage.web.forms import Form, has_file, sent_file, sent_form, trimmed
from engage.web.render import render, say, see_other
from engage.web.tables import attachment
from feeds import Unreadable
from feeds.opml import Subscriptions, write_opml

LARGEST = 4 * 1024 * 1024
NAMED = 3


class ListForm(Form):
    """A list of feeds: its file, or where it stands."""

    file = wtforms.FileField("List of feeds (OPML)")
    address = wtforms.StringField("Or its address", [wtforms.validators.Length(max=2_000)], filters=[trimmed])


async def suggestions(request: Request) -> Response:
    """Bring in a list of feeds, and see what waits for a yes."""
    form = await ListForm.read(request)
    if form.complete:
        try:
            door = door_of(request.app.settings)
            found = await _read(form, door)
            told = await suggested.suggest(request.user.school.id, request.user, found, door.allowed)
            say(request, _sentence(told), "care" if told.refused else "done")
            return see_other(request, "resources.suggestions")
        except Refused as no:
            form.refuse(no)
    topics = await suggested.suggestions(request.user)
    number = sum(map(len, topics.values()))
    return render(
        request,
        "resources/suggestions.html",
        form.status,
        form=form,
        topics=topics,
        number=number,
        may_decide=request.user.may("FED01"),
    )


async def decide(request: Request) -> Response:
    """Add the suggested feeds that were picked, or leave them out."""
    check_may(request)
    sent = await sent_form(request)
    keys = None if sent.get("all") else [str(key) for key in sent.getlist("pick")]
    try:
        if sent.get("act") == "leave":
            number = await suggested.leave_out(keys, by=request.user)
            say(request, f"Left out: {counted(number, 'feed')}.")
        else:
            number = await suggested.approve(keys, by=request.user)
            say(request, f"Added: {counted(number, 'feed')}. What they bring waits in the inbox in a few minutes.")
    except Refused as no:
        say(request, no.sentence, "care")
    return see_other(request, "resources.suggestions")


async def ours(request: Request) -> Response:
    """The feeds of the school as a list to take elsewhere."""
    school = request.user.school
    body = write_opml(f"{school.name}: feeds", await suggested.subscriptions(request.user))
    return answer(request, body, "text/x-opml", Content_Disposition=attachment(f"{school.slug}-feeds.opml"))


async def _read(form: ListForm, door: Door) -> Subscriptions:
    if form.address.data and not has_file(form.file):
        body, about = await looking.body_at(form.address.data, door), "address"
    else:
        _, body = await sent_file(form.file, "Choose a file, or write an address.")
        about = "file"
    if len(body) > LARGEST:
        raise Refused("This file is too large for a list of feeds.", about=about)
    try:
        found = await the_cage().opml(body)
    except Unreadable as no:
        raise Refused(no.sentence, about=about) from no
    if not found.feeds and not found.problems:
        raise Refused("This list names no feed.", about=about)
    return found


def _sentence(told: suggested.Told) -> str:
    words = [f"Suggested: {counted(told.new, 'feed')}."]
    if told.held:
        words.append(f"{told.held} here already.")
    words += told.refused[:NAMED]
    if len(told.refused) > NAMED:
        words.append(f"And {len(told.refused) - NAMED} more that cannot be visited.")
    return " ".join(words)
