"""The inbox: what the harvest brought, triaged one by one or many at once, and what was decided before."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import NotAllowed, Refused
from engage.lists import from_inbox, queries
from engage.lists.from_inbox import Promoted
from engage.lists.suggesting import Choice, suggest, words_of
from engage.people.rules import Reader
from engage.resources import waiting
from engage.resources.promoting import changes_of
from engage.resources.rules import EntryState
from engage.resources.wording import kind_and_length
from engage.web.forms import choice, sent_form
from engage.web.render import render, say, see_other
from engage.web.routing import path_for

MODES = ("reading", "viewing", "listening")
SHOWN = {"skipped": EntryState.IGNORED, "kept": EntryState.PROMOTED}
FILTERS = ("from", "mode", "show")
TROUBLED = ("warn", "bad")
MOST_TROUBLE = 3


async def inbox(request: Request) -> Response:
    """What waits, newest first; on POST what was decided about some of it."""
    _check_may(request)
    reader = request.user
    if request.method == "POST":
        return await _decide(request)
    show = choice(request, "show", SHOWN)
    mode = choice(request, "mode", MODES)
    sources = await waiting.sources(reader, dates.now())
    source = choice(request, "from", [row["key"] for row in sources])
    state = SHOWN.get(show, EntryState.WAITING)
    page = await waiting.entries(reader, state, source, mode, request.query_params.get("after"))
    lists = await queries.editable_lists(reader)
    choices = _choices(lists)
    today = dates.today(reader.school.zone)
    return render(
        request,
        "lists/inbox.html",
        entries=[_entry(row, choices, today, reader) for row in page.rows],
        after=page.after,
        lists=lists,
        sources=sources,
        trouble=[row for row in sources if row["health"].tone in TROUBLED][:MOST_TROUBLE],
        counts=await waiting.counts(reader),
        proposals=await waiting.proposals(reader),
        asked={"from": source, "mode": mode, "show": show},
        may_fetch=reader.may("FED02"),
        may_mute=reader.may("FED01"),
    )


async def undo(request: Request) -> Response:
    """Take back what was just decided."""
    _check_may(request)
    keys = request.query_params.getlist("pick")
    try:
        number = await from_inbox.undo(keys, request.query_params.get("list", ""), by=request.user)
        say(request, "Taken back. It waits here again." if number == 1 else f"Taken back. {number} wait here again.")
    except Refused as no:
        say(request, no.sentence, "care")
    return see_other(request, "resources.inbox", _filters(request.query_params))


async def proposals(request: Request) -> Response:
    """What feeds now say otherwise of things that were promoted; on POST whether that is taken over."""
    _check_may(request)
    if request.method == "POST":
        given = await sent_form(request)
        take = str(given.get("take") or "")
        title = await from_inbox.settle_proposal(take or str(given.get("leave") or ""), bool(take), by=request.user)
        say(request, f"“{title}” now says what the feed says." if take else f"“{title}” stays as it is.")
        return see_other(request, "resources.proposals")
    rows = await waiting.proposals(request.user)
    shown = [{**row, "said": waiting.said_of(row), "changed": changes_of(waiting.said_of(row))} for row in rows]
    return render(request, "lists/proposals.html", proposals=shown)


async def _decide(request: Request) -> Response:
    given = await sent_form(request)
    picked, act = _picked(given)
    curated = str(given.get("to" if given.get("do") else f"list.{picked[0]}") or "") if picked else ""
    filters = _filters(given)
    query = {**filters, "pick": picked, "list": curated if act == "add" else ""}
    try:
        if act == "add":
            notes = {key: str(given.get(f"note.{key}") or "") for key in picked}
            sentence = promoted_sentence(await from_inbox.promote(notes, curated, by=request.user))
        else:
            number = await from_inbox.ignore(picked, "", by=request.user)
            sentence = "Skipped." if number == 1 else f"Skipped {number}."
        say(request, sentence, undo=path_for(request, "resources.undo_inbox", query))
    except Refused as no:
        say(request, no.sentence, "care")
    return see_other(request, "resources.inbox", filters)


def _picked(given: FormData) -> tuple[list[str], str]:
    """Which entries, and what is done: "add" or "skip"."""
    for act in ("add", "skip"):
        if given.get(act):
            return [str(given[act])], act
    many = given.getlist("shown" if given.get("all") else "pick")
    return [str(key) for key in many], "add" if given.get("do") == "add" else "skip"


def promoted_sentence(done: Promoted) -> str:
    """What happened, in a sentence or two."""
    where = f"to {done.curated}" if done.curated else "to the catalogue"
    said = []
    if done.titles:
        what = f"“{done.titles[0]}”" if len(done.titles) == 1 else f"{len(done.titles)} things"
        said.append(f"Added {what} {where}.")
    if done.there:
        one = len(done.there) == 1
        said.append(f"“{done.there[0]}” was on it already." if one else f"{len(done.there)} were on it already.")
    return " ".join(said) or "Somebody has decided about that already."


def _check_may(request: Request) -> None:
    # a teacher may ask for a feed (Q), and cannot yet; see the head of SAFETY.md
    if not request.user.may("FED04"):
        raise NotAllowed("FED04")


def _filters(given: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(given.get(name) or "") for name in FILTERS}


def _choices(lists: Sequence[Mapping[str, Any]]) -> list[Choice]:
    return [Choice(row["key"], row["title"], words_of(row["title"], row["introduction"])) for row in lists]


def _entry(row: Mapping[str, Any], choices: Sequence[Choice], today: date, reader: Reader) -> dict[str, Any]:
    """An entry as the page shows it."""
    found = suggest(row["title"], row["summary"], choices)
    return {
        **row,
        "line": kind_and_length(row["format"], row["mode"], row["minutes"]).replace("Podcast episode", "Podcast"),
        "when": when(dates.on(row["published_at"], reader.school.zone), today),
        "suggested": found.slug,
        "matched": found.matched,
    }


def when(on: date, today: date) -> str:
    """Today, Yesterday, the name of a day of the last week, else the date."""
    days = (today - on).days
    if days in (0, 1):
        return ("Today", "Yesterday")[days]
    if 1 < days < 7:
        return f"{on:%A}"
    return f"{on.day} {on:%b}" if on.year == today.year else f"{on.day} {on:%b} {on.year}"
