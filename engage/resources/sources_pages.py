"""The pages of sources: all of them with their health, adding one or several by address, and what is done with one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import wtforms
from starlette.requests import Request
from starlette.responses import Response
from wtforms.fields.choices import SelectChoice

from engage import dates
from engage.engagement.rules import Mode
from engage.errors import NotAllowed, NotFound, Refused
from engage.outside.cage import the_cage
from engage.outside.fetch import Door, door_of
from engage.resources import looking, sources, visiting, waiting
from engage.resources.looking import Preview
from engage.resources.rules import SOURCE_KINDS, SourceKind, SourceState, source_kind
from engage.resources.sorting import NO_TITLE, harvest_of
from engage.resources.source_history import next_visit
from engage.resources.sources import Chosen
from engage.resources.wording import counted
from engage.web.forms import Form, choice, trimmed
from engage.web.render import render, say, see_other
from feeds import Feed
from feeds.model import UNREADABLE

SHOWN, FEW = 5, 3
NAMED = 3
LONGEST = looking.LINES * 2_000
ORDER = {"bad": 0, "warn": 1, "wait": 2, "good": 3}
TROUBLED = ("bad", "warn")
STATES = {"": "All", "trouble": "With trouble", "paused": "Paused", "removed": "Removed"}


class NewForm(Form):
    """Feeds that are new: first looked at, then added. pick: kind, address and title of each that is taken."""

    address = wtforms.TextAreaField(
        "Address of the feed, or of a page that has one",
        [wtforms.validators.InputRequired("Write the address."), wtforms.validators.Length(max=LONGEST)],
        filters=[trimmed],
    )
    title = wtforms.StringField("Name", [wtforms.validators.Length(max=500)], filters=[trimmed])
    mode = wtforms.SelectField(
        "Its entries are for", choices=[SelectChoice(*each) for each in visiting.MODES.items()], default=""
    )
    minutes = wtforms.SelectField(
        "Look every",
        choices=[SelectChoice(*each) for each in visiting.INTERVALS.items()],
        coerce=int,
        default=visiting.USUAL_MINUTES,
    )
    kind = wtforms.HiddenField()
    step = wtforms.HiddenField(default="look")
    pick = wtforms.SelectMultipleField(validate_choice=False)

    @property
    def lines(self) -> list[str]:
        """The addresses that were typed, each once."""
        found = (line.strip() for line in (self.address.data or "").splitlines())
        return list(dict.fromkeys(line for line in found if line))

    @property
    def one(self) -> Chosen:
        """The one feed that was looked at, as the action takes it."""
        mode = Mode(self.mode.data) if self.mode.data else None
        title = self.title.data or ""
        return Chosen(self.lines[0], title, _kind(self.kind.data), self.minutes.data, mode)

    @property
    def picked(self) -> list[Chosen]:
        """Those of several that were picked."""
        parts = [str(each).split(" ", 2) for each in (self.pick.data or [])[: looking.LINES * looking.OFFERS]]
        return [Chosen(each[1], each[2][:500], _kind(each[0])) for each in parts if len(each) == 3]


async def index(request: Request) -> Response:
    """All sources of the school, those with trouble first; some of them by ?state and ?kind."""
    now = dates.now()
    rows = await waiting.sources(request.user, now)
    rows.sort(key=lambda row: ORDER[row["health"].tone])
    state = choice(request, "state", STATES)
    of_state = {name: [row for row in rows if _is_in(row, name)] for name in STATES}
    kinds = list(dict.fromkeys(row["kind"] for row in of_state[state]))
    kind = choice(request, "kind", kinds)
    shown = [row for row in of_state[state] if not kind or row["kind"] == kind]
    may = {"may_add": request.user.may("FED01"), "may_fetch": request.user.may("FED02")}
    may["may_import"] = request.user.may("FED05")
    return render(
        request,
        "resources/sources.html",
        sources=[{**row, "next": next_visit(row, now)} for row in shown],
        number=len(of_state[""]),
        troubled=len(of_state["trouble"]),
        states=[(name, words, len(of_state[name])) for name, words in STATES.items()],
        kinds={name: SOURCE_KINDS[name] for name in SOURCE_KINDS if name in kinds},
        words=SOURCE_KINDS,
        asked={"state": state, "kind": kind},
        suggested=await waiting.suggested(request.user),
        **may,
    )


def _is_in(row: Mapping[str, Any], name: str) -> bool:
    removed = row["state"] is SourceState.RETIRED and not row["failures"]
    if name in ("", "removed"):
        return removed is bool(name)
    return row["health"].tone in TROUBLED if name == "trouble" else row["state"] is SourceState.PAUSED


async def new(request: Request) -> Response:
    """Add feeds: one address or several, then what stands there, then the decision."""
    check_may(request)
    form = await NewForm.read(request)
    found: dict[str, Any] = {}
    if form.complete:
        try:
            if form.step.data == "several":
                return await _add_several(request, form)
            if form.step.data == "add" and len(form.lines) == 1:
                await sources.add_source(form.one, by=request.user, allowed=_door(request).allowed)
                say(request, "Added. Engage reads it now; its entries wait in the inbox in a minute.")
                return see_other(request, "resources.sources")
            found = await _look(request, form)
        except Refused as no:
            form.refuse(no)
            found = {"page": form.lines[0] if no.sentence == UNREADABLE["web-page"] else ""}
    return render(
        request,
        "resources/source_new.html",
        form.status,
        form=form,
        kinds=SOURCE_KINDS,
        web_page=UNREADABLE["web-page"],
        may_import=request.user.may("FED05"),
        **{"preview": None, "offers": [], "entries": [], "answers": [], "first": {}, "page": "", **found},
    )


async def _add_several(request: Request, form: NewForm) -> Response:
    added = await sources.add_sources(form.picked, by=request.user, allowed=_door(request).allowed)
    words = (
        [f"Added: {counted(added.number, 'feed')}. What they bring waits in the inbox in a few minutes."]
        if added.number
        else []
    )
    words += added.refused[:NAMED]
    if len(added.refused) > NAMED:
        words.append(f"And {len(added.refused) - NAMED} more that could not be added.")
    say(request, " ".join(words), "care" if added.refused else "done")
    return see_other(request, "resources.sources")


async def _look(request: Request, form: NewForm) -> dict[str, Any]:
    """What the page shows below the addresses, once they have been looked at. Raises Refused."""
    if len(form.lines) > 1:
        form.step.data = "several"
        answers = await looking.look_at_each(form.lines, _door(request), the_cage(), by=request.user)
        feeds = {offer.address: offer.feed for answer in answers for offer in answer.offers if offer.feed}
        zone, now = request.user.school.zone, dates.now()
        return {"answers": answers, "first": {url: _first(feed, zone, now, FEW) for url, feed in feeds.items()}}
    preview = await looking.look_at(form.lines[0], _door(request), the_cage())
    return {"preview": preview, **_shown(form, preview, request.user.school.zone, dates.now())}


def _shown(form: NewForm, preview: Preview, zone: str, now: datetime) -> dict[str, Any]:
    """What the page of one new source shows below its address."""
    if preview.feed is None:
        form.step.data = "look"
        return {"offers": [{"title": title or address, "address": address} for title, address in preview.offers]}
    form.address.data, form.step.data = preview.address, "add"
    form.kind.data = source_kind(preview.feed.kind, preview.feed.format)
    form.title.data = form.title.data or preview.feed.title
    return {"entries": _first(preview.feed, zone, now, SHOWN)}


def _first(feed: Feed, zone: str, now: datetime, most: int) -> list[dict[str, Any]]:
    """The first entries of a feed, as they would come into the inbox."""
    return [
        {
            "title": entry.title or NO_TITLE,
            "on": dates.on(entry.published_at, zone) if not entry.date_guessed else None,
            "mode": entry.mode,
            "creator": entry.creator,
            "summary": entry.summary,
        }
        for entry in harvest_of(feed, now)[:most]
    ]


async def pause(request: Request) -> Response:
    """Visit it no longer."""
    check_may(request)
    await sources.pause(request.path_params["key"], by=request.user)
    say(request, "Paused. Its entries stay where they are.")
    return see_other(request, "resources.source", key=request.path_params["key"])


async def go_on(request: Request) -> Response:
    """Visit it again."""
    check_may(request)
    try:
        await sources.go_on(request.path_params["key"], by=request.user)
        say(request, "Engage visits this feed again, beginning now.")
    except Refused as no:
        say(request, no.sentence, "care")
    return see_other(request, "resources.source", key=request.path_params["key"])


async def remove(request: Request) -> Response:
    """Let it go for good, with what waits from it."""
    check_may(request)
    await sources.remove(request.path_params["key"], by=request.user)
    say(request, "Removed. What you added from it stays in the library.")
    return see_other(request, "resources.sources")


async def fetch_now(request: Request) -> Response:
    """Look for new entries now: of one source, or of all."""
    key = request.path_params.get("key")
    try:
        await sources.fetch_now(key, by=request.user)
        say(request, "Engage is looking now. What is new appears here in a minute.", "note")
    except Refused as no:
        say(request, no.sentence, "care")
    if key is None:
        return see_other(request, "resources.inbox")
    return see_other(request, "resources.source", key=key)


def check_may(request: Request) -> None:
    """Raises NotAllowed for whoever may not add a feed, NotFound for one of the library's."""
    if request.user.may("FED01"):
        return
    if "key" in request.path_params:
        raise NotFound(request.path_params["key"])
    # a teacher may ask for a feed (Q), and cannot yet; see the head of SAFETY.md
    raise NotAllowed("FED01")


def _door(request: Request) -> Door:
    return door_of(request.app.settings)


def _kind(text: str | None) -> SourceKind:
    return SourceKind(text) if text in SOURCE_KINDS else SourceKind.FEED
