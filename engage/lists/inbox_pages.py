"""The inbox: what the harvest brought, triaged one by one or many at once, and what was decided before."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import NotAllowed, Refused
from engage.lists import from_inbox, queries
from engage.lists.actions import start_list
from engage.lists.from_inbox import MOST, Promoted
from engage.lists.suggesting import Choice, suggest, words_of
from engage.lists.worklist import titles_of_lists_with
from engage.people.rules import Reader
from engage.resources import inbox as entries_of
from engage.resources import waiting
from engage.resources.inbox import OLDER, UNSAID, Counts, Wanted
from engage.resources.languages import name_of
from engage.resources.promoting import changes_of
from engage.resources.rules import EntryState
from engage.resources.wording import kind_and_length
from engage.web.forms import choice, sent_form
from engage.web.forms import words as typed
from engage.web.render import render, say, see_other
from engage.web.routing import path_for

MODES = {"reading": "Read", "viewing": "Watch", "listening": "Listen"}
SHOWN = {"skipped": EntryState.IGNORED, "kept": EntryState.PROMOTED, "muted": EntryState.MUTED}
WHEN = {"day": "Today", "week": "The last 7 days", "month": "The last 30 days", OLDER: "Older than 30 days"}
FILTERS = ("from", "mode", "language", "age", "q")
ASKED = (*FILTERS, "show", "after", "last")
OWN = "own"  # each of the picked to the list beside it
NEW = "new"
FORM_KEY = 40
NEAR = 24  # lists to choose from beside an entry; the bar has them all
LANGUAGE = 12
TROUBLED = ("warn", "bad")
MOST_TROUBLE = 3
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


async def inbox(request: Request) -> Response:
    """What waits, newest first; on POST what was decided about some of it."""
    _check_may(request)
    if request.method == "POST":
        return await _decide(request)
    reader, now = request.user, dates.now()
    sources = await waiting.sources(reader, now)
    asked = _asked(request, [row["key"] for row in sources])
    wanted = _wanted(asked)
    page = await entries_of.entries(reader, wanted, now, asked["after"])
    if asked["after"] and not page.rows:
        return see_other(request, "resources.inbox", {**_given(asked), "after": ""})
    counts = await entries_of.counts(reader, wanted, now)
    states = await waiting.counts(reader)
    lists = await queries.editable_lists(reader)
    held = await entries_of.held(reader, page.rows) if not asked["show"] else {}
    standing = await titles_of_lists_with(reader, [each.id for each in held.values()])
    offers = [Choice(row["key"], row["title"], words_of(row["title"], row["introduction"])) for row in lists]
    titles = {row["key"]: row for row in lists}
    shown = [{**_entry(row, reader), **_offer(row, offers, titles, asked["last"])} for row in page.rows]
    return render(
        request,
        "lists/inbox.html",
        entries=shown,
        held=held,
        standing=standing,
        after=page.after,
        lists=lists,
        near=lists[:NEAR],
        sources=sources,
        trouble=[row for row in sources if row["health"].tone in TROUBLED][:MOST_TROUBLE],
        states=states,
        counts=counts,
        narrowed=_choices(sources, counts, asked),
        proposals=await entries_of.proposals(reader),
        asked=asked,
        given=_given(asked),
        may_fetch=reader.may("FED02"),
        may_mute=reader.may("FED01"),
        may_start=reader.may("LST05"),
        form_key=secrets.token_urlsafe(16),
    )


async def undo(request: Request) -> Response:
    """Take back what was just decided, all of one moment, or the one entry that is named."""
    _check_may(request)
    query = request.query_params
    lists, at = query.getlist("list"), _moment(query.get("at", ""))
    try:
        if at is not None:
            number = await from_inbox.undo_all(at, lists, by=request.user)
        else:
            number = await from_inbox.undo(query.getlist("pick"), lists, by=request.user)
        again = "It waits here again." if number == 1 else f"{number:,} wait here again."
        say(request, f"Taken back. {again}" if number else "That was taken back already.")
    except Refused as no:
        say(request, no.sentence, "care")
    return see_other(request, "resources.inbox", _given(query))


async def proposals(request: Request) -> Response:
    """What feeds now say otherwise of things that were promoted; on POST whether that is taken over."""
    _check_may(request)
    if request.method == "POST":
        given = await sent_form(request)
        take = str(given.get("take") or "")
        title = await from_inbox.settle_proposal(take or str(given.get("leave") or ""), bool(take), by=request.user)
        say(request, f"“{title}” now says what the feed says." if take else f"“{title}” stays as it is.")
        return see_other(request, "resources.proposals")
    rows = await entries_of.proposals(request.user)
    said = [(row, entries_of.said_of(row)) for row in rows]
    shown = [{**row, "said": now, "changed": changes_of(now)} for row, now in said]
    return render(request, "lists/proposals.html", proposals=shown)


async def _decide(request: Request) -> Response:
    given = await sent_form(request)
    sent = _given(given)
    now = dates.now()
    try:
        picked, act, every = _picked(given)
        if act == "add":
            keys = await from_inbox.keys_matching(_wanted(sent), every, request.user) if every else picked
            sentence, lists = await _promote(request, given, keys, now)
            sent["last"] = lists[0] if len(lists) == 1 else sent.get("last", "")
        else:
            lists = []
            if every:
                number = await from_inbox.ignore_matching(_wanted(sent), every, by=request.user, at=now)
            else:
                number = await from_inbox.ignore_all(_notes(given, picked), by=request.user, at=now)
            sentence = "Skipped." if number == 1 else f"Skipped {number:,}."
        query = {**sent, "at": (now - EPOCH) // MICROSECOND, "list": lists}
        say(request, sentence, undo=path_for(request, "resources.undo_inbox", query))
    except Refused as no:
        say(request, no.sentence, "care")
    return see_other(request, "resources.inbox", sent)


async def _promote(request: Request, given: FormData, keys: Sequence[str], at: datetime) -> tuple[str, list[str]]:
    """Add entries, 25 in a unit of work. What happened, in words, and the lists that they were put on.

    What was added before a refusal stays added. Raises Refused where nothing was.
    """
    if not keys:
        raise Refused("Pick something first.")
    bar = await _list_of_bar(request, given) if given.get("do") else OWN
    to: dict[str, list[str]] = {}
    for key in keys:
        to.setdefault(str(given.get(f"list.{key}") or "") if bar == OWN else bar, []).append(key)
    done: list[Promoted] = []
    for curated, some in to.items():
        for start in range(0, len(some), MOST):
            notes = _notes(given, some[start : start + MOST])
            asked = [key for key in notes if f"asked.{key}" in given or f"same.{key}" in given]
            same = {key: str(given.get(f"same.{key}") or "") for key in asked}
            try:
                done.append(await from_inbox.promote(notes, curated, by=request.user, same=same, at=at))
            except Refused as no:
                if not done:
                    raise
                return f"{promoted_sentence(together(done))} {no.sentence}", [key for key in to if key]
    return promoted_sentence(together(done)), [key for key in to if key]


async def _list_of_bar(request: Request, given: FormData) -> str:
    """The key of the list that many are added to: one that there is, a new one, "" for none, or OWN."""
    to = str(given.get("to") or "")
    if to != NEW:
        return to
    title = str(given.get("named") or "").strip()
    if not title or not request.user.may("LST05"):
        raise Refused("Write a name for the new list beside “A new list”.")
    form_key = str(given.get("form_key") or "")[:FORM_KEY]
    return (await start_list(title=title, by=request.user, form_key=form_key)).key


def _notes(given: FormData, keys: Iterable[str]) -> dict[str, str]:
    return {key: str(given.get(f"note.{key}") or "") for key in keys}


def _picked(given: FormData) -> tuple[list[str], str, int]:
    """Which entries, what is done, "add" or "skip", and how many where it is all that match, else 0."""
    for act in ("add", "skip"):
        if given.get(act):
            return [str(given[act])], act, 0
    act = "add" if given.get("do") == "add" else "skip"
    every = str(given.get("every") or "")
    if every.isascii() and every.isdigit() and len(every) < 8:
        if act == "add" and given.get("to") == OWN:
            raise Refused("Choose one list for all of them, or pick fewer.")
        return [], act, int(every)
    return [str(key) for key in given.getlist("shown" if given.get("all") else "pick")], act, 0


def together(done: Sequence[Promoted]) -> Promoted:
    """What came of several promotions. curated: the list's title, or on how many lists the things are."""
    names = list(dict.fromkeys(each.curated for each in done if each.titles or each.there))
    where = names[0] if len(names) == 1 else f"{len(names)} lists" if all(names) else "the catalogue and your lists"
    titles = tuple(title for each in done for title in each.titles)
    return Promoted(titles, tuple(title for each in done for title in each.there), where if names else "")


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


def _asked(request: Request, sources: Sequence[str]) -> dict[str, str]:
    """What the address asks for; what is not known is not asked."""
    query = request.query_params
    language = query.get("language", "").lower()[:LANGUAGE]
    return {
        "from": choice(request, "from", sources),
        "mode": choice(request, "mode", MODES),
        "language": language if language.replace("-", "").isalnum() else "",
        "age": choice(request, "age", WHEN),
        "q": typed(request, "q"),
        "show": choice(request, "show", SHOWN),
        "after": query.get("after", ""),
        "last": query.get("last", ""),
    }


def _wanted(asked: Mapping[str, str]) -> Wanted:
    """asked: as `_asked` gives it, or as the page sent it back, which is believed no more than an address."""
    return Wanted(
        SHOWN.get(asked.get("show", ""), EntryState.WAITING),
        asked.get("from", ""),
        mode if (mode := asked.get("mode", "")) in MODES else "",
        asked.get("language", ""),
        age if (age := asked.get("age", "")) in WHEN else "",
        asked.get("q", ""),
    )


def _given(given: Mapping[str, Any]) -> dict[str, str]:
    """What was asked for, to be asked for again."""
    return {name: value for name in ASKED if (value := str(given.get(name) or "")[:500])}


def _moment(text: str) -> datetime | None:
    return EPOCH + int(text) * MICROSECOND if text.isascii() and text.isdigit() and len(text) < 18 else None


def _choices(
    sources: Sequence[Mapping[str, Any]], counts: Counts, asked: Mapping[str, str]
) -> list[tuple[str, str, list[tuple[str, str, int]]]]:
    """The questions by which one narrows down: name, words and answers, each with its value, words and how many."""
    feeds = [(row["key"], row["name"], counts.source.get(row["id"], 0)) for row in sources]
    spoken = sorted((name_of(tag) if tag != UNSAID else "Not said", tag) for tag in counts.language)
    answers = {
        "from": ("Feed", sorted(feeds, key=lambda one: not one[2])),
        "mode": ("Kind", [(name, words, counts.mode.get(name, 0)) for name, words in MODES.items()]),
        "language": ("Language", [(tag, words, counts.language[tag]) for words, tag in spoken]),
        "age": ("From", [(name, words, counts.age.get(name, 0)) for name, words in WHEN.items()]),
    }
    return [
        (name, words, [one for one in offered if one[2] or one[0] == asked[name]])
        for name, (words, offered) in answers.items()
    ]


def _entry(row: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """An entry as the page shows it."""
    on, today = dates.on(row["published_at"], reader.school.zone), dates.today(reader.school.zone)
    line = kind_and_length(row["format"], row["mode"], row["minutes"]).replace("Podcast episode", "Podcast")
    return {**row, "line": line, "when": when(on, today)}


def _offer(
    row: Mapping[str, Any], offers: Sequence[Choice], lists: Mapping[str, Mapping[str, Any]], last: str
) -> dict[str, Any]:
    """The list on which an entry might go: by the rule of its feed, by its words, or the one chosen last."""
    found = suggest(row["title"], row["summary"], offers)
    to = next((key for key in (row["default_list"], found.slug, last) if key in lists), "")
    return {"to": lists.get(to), "matched": found.matched, "by_rule": bool(to) and to == row["default_list"]}


def when(on: date, today: date) -> str:
    """Today, Yesterday, the name of a day of the last week, else the date."""
    days = (today - on).days
    if days in (0, 1):
        return ("Today", "Yesterday")[days]
    if 1 < days < 7:
        return f"{on:%A}"
    return f"{on.day} {on:%b}" if on.year == today.year else f"{on.day} {on:%b} {on.year}"
