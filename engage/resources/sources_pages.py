"""The pages of sources: all of them with their health, one of them, and adding one by its address."""

from typing import Any

import wtforms
from starlette.requests import Request
from starlette.responses import Response
from wtforms.fields.choices import SelectChoice

from engage import dates
from engage.engagement.rules import Mode
from engage.errors import NotAllowed, Refused
from engage.outside.cage import the_cage
from engage.outside.fetch import Door, door_of
from engage.resources import sources, visiting, waiting
from engage.resources.sorting import NO_TITLE, harvest_of
from engage.resources.sources import Preview
from engage.web.forms import Form, trimmed
from engage.web.render import render, say, see_other

SHOWN = 5
MODES = {"": "As each entry says", "reading": "Reading", "viewing": "Viewing", "listening": "Listening"}
INTERVALS = {
    15: "15 minutes",
    30: "half an hour",
    60: "hour",
    180: "3 hours",
    360: "6 hours",
    720: "12 hours",
    1440: "day",
}
KINDS = {"feed": "Feed", "podcast": "Podcast", "video": "Video channel"}


class AddressForm(Form):
    """Where the feed is."""

    address = wtforms.StringField(
        "Address of the feed, or of a page that has one",
        [wtforms.validators.InputRequired("Write the address."), wtforms.validators.Length(max=2_000)],
        filters=[trimmed],
    )


class SourceForm(AddressForm):
    """What a specialist decides about a source."""

    title = wtforms.StringField("Name", [wtforms.validators.Length(max=500)], filters=[trimmed])
    mode = wtforms.SelectField(
        "Its entries are for", choices=[SelectChoice(*each) for each in MODES.items()], default=""
    )
    minutes = wtforms.SelectField(
        "Look every",
        choices=[SelectChoice(*each) for each in INTERVALS.items()],
        coerce=int,
        default=visiting.USUAL_MINUTES,
    )

    @property
    def decided(self) -> dict[str, Any]:
        """The values as the actions take them."""
        mode = Mode(self.mode.data) if self.mode.data else None
        return {
            "address": self.address.data,
            "title": self.title.data or "",
            "minutes": self.minutes.data,
            "mode": mode,
        }


class NewForm(SourceForm):
    """The same, for a source that is new: first looked at, then added."""

    kind = wtforms.HiddenField()
    step = wtforms.HiddenField(default="look")


async def index(request: Request) -> Response:
    """All sources of the school, those with trouble first."""
    rows = await waiting.sources(request.user, dates.now())
    order = {"bad": 0, "warn": 1, "wait": 2, "good": 3}
    rows.sort(key=lambda row: order[row["health"].tone])
    troubled = sum(row["health"].tone in ("bad", "warn") for row in rows)
    may = {"may_add": request.user.may("FED01"), "may_fetch": request.user.may("FED02")}
    may["may_import"] = request.user.may("FED05")
    number = await waiting.suggested(request.user)
    return render(
        request, "resources/sources.html", sources=rows, troubled=troubled, kinds=KINDS, suggested=number, **may
    )


async def new(request: Request) -> Response:
    """Add a source: the address, then what stands there, then the decision."""
    check_may(request)
    form = await NewForm.read(request)
    preview: Preview | None = None
    if form.complete:
        try:
            if form.step.data == "add":
                kind = form.kind.data if form.kind.data in KINDS else "feed"
                await sources.add_source(**form.decided, kind=kind, by=request.user, allowed=_door(request).allowed)
                say(request, "Added. Engage reads it now; its entries wait in the inbox in a minute.")
                return see_other(request, "resources.sources")
            preview = await sources.look_at(form.address.data, _door(request), the_cage())
        except Refused as no:
            form.refuse(no)
    return render(request, "resources/source_new.html", form.status, form=form, **_shown(form, preview, request))


async def show(request: Request) -> Response:
    """One source: how it is, what its visits found, and what was decided about it."""
    source = await waiting.source_of(request.user, request.path_params["key"], dates.now())
    return _source_page(request, source, await _form_of(request, source))


async def change(request: Request) -> Response:
    """Decide otherwise about a source."""
    check_may(request)
    source = await waiting.source_of(request.user, request.path_params["key"], dates.now())
    form = await _form_of(request, source)
    if form.complete:
        try:
            decided = {**form.decided, "by": request.user, "allowed": _door(request).allowed}
            await sources.change_source(source["key"], **decided)
            say(request, "Saved.")
            return see_other(request, "resources.source", key=source["key"])
        except Refused as no:
            form.refuse(no)
    return _source_page(request, source, form)


async def _form_of(request: Request, source: dict[str, Any]) -> SourceForm:
    return await SourceForm.read(
        request,
        address=source["url"],
        title=source["title"],
        mode=source["mode"] or "",
        minutes=source["minutes_between"],
    )


def _source_page(request: Request, source: dict[str, Any], form: SourceForm) -> Response:
    may = {"may_change": request.user.may("FED01"), "may_fetch": request.user.may("FED02")}
    return render(request, "resources/source.html", form.status, source=source, form=form, kinds=KINDS, **may)


async def pause(request: Request) -> Response:
    """Visit it no longer."""
    check_may(request)
    await sources.pause(request.path_params["key"], by=request.user)
    say(request, "Paused. Its entries stay where they are.")
    return see_other(request, "resources.source", key=request.path_params["key"])


async def go_on(request: Request) -> Response:
    """Visit it again."""
    check_may(request)
    await sources.go_on(request.path_params["key"], by=request.user)
    say(request, "Engage visits this feed again, beginning now.")
    return see_other(request, "resources.source", key=request.path_params["key"])


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
    """Raises NotAllowed for whoever may not add a feed."""
    # a teacher may ask for a feed (Q), and cannot yet; see the head of SAFETY.md
    if not request.user.may("FED01"):
        raise NotAllowed("FED01")


def _door(request: Request) -> Door:
    return door_of(request.app.settings)


def _shown(form: NewForm, preview: Preview | None, request: Request) -> dict[str, Any]:
    """What the page of a new source shows below its address."""
    offers: list[dict[str, str]] = []
    entries: list[dict[str, Any]] = []
    if preview is not None and preview.feed is not None:
        form.address.data, form.kind.data, form.step.data = preview.address, preview.feed.kind, "add"
        form.title.data = form.title.data or preview.feed.title
        entries = [
            {
                "title": entry.title or NO_TITLE,
                "on": dates.on(entry.published_at, request.user.school.zone) if not entry.date_guessed else None,
                "mode": entry.mode,
                "creator": entry.creator,
                "summary": entry.summary,
            }
            for entry in harvest_of(preview.feed, dates.now())[:SHOWN]
        ]
    elif preview is not None:
        form.step.data = "look"
        offers = [{"title": title or address, "address": address} for title, address in preview.offers]
    return {"preview": preview, "offers": offers, "entries": entries, "kinds": KINDS}
