"""All lists at once for those who subscribe: the feeds of the public ones (OPML), and what is shown when (iCalendar).

Sources: STANDARDS.md, 2.6 and 5.3; RFC 5545; RFC 7986.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import icalendar
from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.lists.exchange_form import urn
from engage.lists.rules import ListKind
from engage.people.rules import Reader
from engage.promotion.catalogue_queries import catalogue, dated
from engage.promotion.catalogues import KIND_WORDS
from engage.promotion.outgoing import shared
from engage.promotion.queries import displays_for
from engage.web.cache import answer
from engage.web.render import whole
from engage.web.routing import path_for
from feeds.opml import Subscription, write_opml
from feeds.writing import legal

OPML = "text/x-opml; charset=utf-8"
CALENDAR = "text/calendar; charset=utf-8"
ASK_AGAIN = timedelta(hours=6)
LOOKS_BACK = timedelta(days=366)
DISPLAYS = 300


async def lists_opml(request: Request) -> Response:
    """The feeds of all lists that everybody may see. A feed reader cannot sign in, so others would be dead ends."""
    school = request.user.school
    rows = await catalogue(Reader(school))
    newest = Subscription(
        whole(request, path_for(request, "promotion.lists_rss")),
        f"New lists of {school.name}",
        whole(request, path_for(request, "lists.index")),
    )
    each = [
        Subscription(
            whole(request, path_for(request, "promotion.list_rss", slug=row["slug"])),
            row["title"],
            whole(request, path_for(request, "lists.show", slug=row["slug"])),
            KIND_WORDS[ListKind(row["kind"])],
        )
        for row in rows
    ]
    body = write_opml(f"Lists of {school.name}", [newest, *each])
    return shared(request, answer(request, body, OPML, Content_Disposition='inline; filename="lists.opml"'))


async def lists_ics(request: Request) -> Response:
    """What is on show and from which day to which, and the lists that leave again; all events last whole days."""
    school = request.user.school
    calendar = icalendar.Calendar()
    name = f"On show at {school.name}"
    for key, value in (
        ("prodid", "-//Engage//Lists//EN"),
        ("version", "2.0"),
        ("method", "PUBLISH"),
        ("name", legal(name)),
        ("x-wr-calname", legal(name)),
        ("x-wr-timezone", school.zone),
    ):
        calendar.add(key, value)
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    for event in [*await displays_as_events(request), *await lists_as_events(request)]:
        calendar.add_component(event)
    return shared(request, answer(request, calendar.to_ical(), CALENDAR))


async def displays_as_events(request: Request) -> list[icalendar.Event]:
    """What is put on show, of which the reader may see the thing itself."""
    from_day = dates.today(request.user.school.zone) - LOOKS_BACK
    rows = displays_for(request.user).filter(ends__gte=from_day).order_by("starts", "id").limit(DISPLAYS)
    found = await rows.values(
        *("key", "kicker", "starts", "ends", "made_at"),
        list="curated__title",
        list_slug="curated__slug",
        program="program__title",
        program_slug="program__slug",
    )
    events = []
    for row in found:
        if row["list"] is not None:
            title, path = row["list"], path_for(request, "lists.show", slug=row["list_slug"])
        else:
            title, path = row["program"], path_for(request, "programs.show", slug=row["program_slug"])
        what = {"title": title, "words": row["kicker"], "url": whole(request, path)}
        events.append(event_of(urn("display", row["key"]), what, row["starts"], row["ends"], row["made_at"]))
    return events


async def lists_as_events(request: Request) -> list[icalendar.Event]:
    """The lists that leave again, from the day of their publication to their last."""
    zone = request.user.school.zone
    from_day = dates.today(zone) - LOOKS_BACK
    events = []
    for row in await dated(request.user):
        last = dates.on(row["publish_until"], zone)
        first = min(dates.on(row["published_at"] or row["changed_at"], zone), last)
        if last >= from_day:
            url = whole(request, path_for(request, "lists.show", slug=row["slug"]))
            what = {"title": row["title"], "words": row["introduction"], "url": url}
            events.append(event_of(urn("list", row["key"]), what, first, last, row["changed_at"], row["version"]))
    return events


def event_of(
    uid: str, what: Mapping[str, Any], first: date, last: date, changed_at: datetime, sequence: int = 0
) -> icalendar.Event:
    """An event of whole days, both included. what: title, words, url."""
    event = icalendar.Event()
    event.add("uid", uid)
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("sequence", sequence)
    event.add("summary", line_of(what["title"]))
    if what["words"]:
        event.add("description", text_of(what["words"]))
    event.add("url", what["url"])
    event.add("dtstart", first)
    # the day after the last; source: STANDARDS.md, 5.3
    event.add("dtend", last + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    return event


def text_of(words: str) -> str:
    """Text that a calendar can hold: no control characters but the ends of lines."""
    ended = legal(words).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in ended if letter >= " " or letter == "\n")


def line_of(words: str) -> str:
    """The same in one line."""
    return " ".join(text_of(words.replace("\t", " ")).split())
