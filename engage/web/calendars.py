"""Days for calendar programs, as iCalendar. Sources: STANDARDS.md, 5.3; RFC 5545; RFC 7986."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import icalendar

CALENDAR = "text/calendar; charset=utf-8"
ASK_AGAIN = timedelta(hours=6)
# noncharacters that no document can hold; lone halves of characters are looked for by their range
NEVER = "\ufffe\uffff"


@dataclass(frozen=True)
class Dated:
    """Something on whole days, both included. uid: the same for ever; sequence: rises with each change of it.

    cancelled: it was to be and is not; programs that know it take it away.
    """

    uid: str
    title: str
    url: str
    first: date
    last: date
    changed_at: datetime
    words: str = ""
    sequence: int = 0
    cancelled: bool = False


def calendar_of(name: str, producer: str, zone: str, events: Iterable[Dated]) -> bytes:
    """A calendar to subscribe to. producer: which part of Engage made it; zone: the school's IANA time zone."""
    calendar = icalendar.Calendar()
    for key, value in (
        ("prodid", f"-//Engage//{producer}//EN"),
        ("version", "2.0"),
        ("method", "PUBLISH"),
        ("name", line_of(name)),
        ("x-wr-calname", line_of(name)),
        ("x-wr-timezone", zone),
    ):
        calendar.add(key, value)
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    for one in events:
        calendar.add_component(event_of(one))
    return bytes(calendar.to_ical())


def event_of(one: Dated) -> icalendar.Event:
    """An event of whole days."""
    event = icalendar.Event()
    event.add("uid", one.uid)
    event.add("dtstamp", one.changed_at)
    event.add("last-modified", one.changed_at)
    event.add("sequence", one.sequence)
    event.add("summary", line_of(one.title))
    if one.words:
        event.add("description", text_of(one.words))
    event.add("url", one.url)
    event.add("dtstart", one.first)
    # the day after the last; source: STANDARDS.md, 5.3
    event.add("dtend", one.last + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    if one.cancelled:
        event.add("status", "CANCELLED")
    return event


def text_of(words: str) -> str:
    """Text that a calendar can hold: no control characters but the ends of lines."""
    ended = words.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in ended if letter == "\n" or _stands(letter))


def _stands(letter: str) -> bool:
    return letter >= " " and letter not in NEVER and not "\ud800" <= letter <= "\udfff"


def line_of(words: str) -> str:
    """The same in one line."""
    return " ".join(text_of(words.replace("\t", " ")).split())
