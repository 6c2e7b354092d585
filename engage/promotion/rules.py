"""What is true of things on show: places, links, days, and what stands beside what; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from engage.errors import Refused

KICKER, SPOT = 60, 80
MOST_DAYS = timedelta(days=366)
WEEK = timedelta(days=7)


class Place(StrEnum):
    """Where something is on show. HERO: first on the home page. STAND: in the rooms of the library, with a sign."""

    HERO = "hero"
    SHELF = "shelf"
    STAND = "stand"
    SCREEN = "screen"
    NEWSLETTER = "newsletter"


class Medium(StrEnum):
    """Through what a link is found; each display has one link for each."""

    HOME = "home"
    SIGN = "sign"
    SCREEN = "screen"
    NEWSLETTER = "newsletter"
    WIDGET = "widget"


class Verdict(StrEnum):
    """What came of a display that is over: whether its list was surely opened more or less while it stood."""

    MORE = "more"
    LESS = "less"
    SAME = "same"
    UNTOLD = "untold"


VERDICTS = {
    Verdict.MORE: "Opened more",
    Verdict.SAME: "No clear difference",
    Verdict.LESS: "Opened less",
    Verdict.UNTOLD: "Too few to tell",
}
PLACES = {
    Place.HERO: "First on the home page",
    Place.SHELF: "Home page, shelf",
    Place.STAND: "In the library",
    Place.SCREEN: "Screen",
    Place.NEWSLETTER: "Newsletter",
}
MEDIA = {
    Medium.HOME: "home page",
    Medium.SIGN: "sign",
    Medium.SCREEN: "screen",
    Medium.NEWSLETTER: "newsletter",
    Medium.WIDGET: "other sites",
}
# how many stand there at once; what begins last is shown before the others
ROOM = {Place.HERO: 1, Place.SHELF: 3}


def check_days(starts: date, ends: date) -> None:
    """Refuse days that are none, or too many. Raises Refused."""
    if ends < starts:
        raise Refused("The last day must not be before the first.", about="ends")
    if ends - starts > MOST_DAYS:
        raise Refused("A display stands for a year at most.", about="ends")


def one_line(text: str, most: int, about: str) -> str:
    """A line without blanks at its ends. Raises Refused where it is too long."""
    said = " ".join(text.split())
    if len(said) > most:
        raise Refused(f"The line may have {most} characters.", about=about)
    return said


def again(starts: date, ends: date, today: date) -> tuple[date, date]:
    """The days of a second time: as long, on the same days of the week, after the first time and not before today."""
    later = starts + WEEK * (1 + (ends - starts).days // 7)
    if later < today:
        later += WEEK * -((later - today).days // 7)
    return later, later + (ends - starts)


@dataclass(frozen=True)
class Crowd:
    """A place where more is set than there is room for. on, until: the days; titles: the shown ones first."""

    place: Place
    on: date
    until: date
    titles: tuple[str, ...]


def crowded(displays: Sequence[Mapping[str, Any]], today: date) -> list[Crowd]:
    """Where more is set than is shown, from today on. displays: place starts ends title, in any order."""
    found: list[Crowd] = []
    for place, room in ROOM.items():
        here = [one for one in displays if one["place"] == place and one["ends"] >= today]
        edges = sorted({max(one["starts"], today) for one in here} | {one["ends"] + timedelta(days=1) for one in here})
        for first, after in pairwise(edges):
            there = [one for one in here if one["starts"] <= first <= one["ends"]]
            if len(there) > room:
                there.sort(key=lambda one: one["starts"], reverse=True)
                found.append(Crowd(place, first, after - timedelta(days=1), tuple(one["title"] for one in there)))
    return _joined(found)


def _joined(crowds: Iterable[Crowd]) -> list[Crowd]:
    """Neighbours with the same things as one."""
    found: list[Crowd] = []
    for one in crowds:
        last = found[-1] if found else None
        if last and (last.place, last.titles) == (one.place, one.titles) and last.until + timedelta(days=1) == one.on:
            found[-1] = Crowd(last.place, last.on, one.until, last.titles)
        else:
            found.append(one)
    return found


@dataclass(frozen=True)
class Weeks:
    """The weeks of a calendar by their Mondays, and for each display in which of them it stands."""

    mondays: tuple[date, ...]
    rows: tuple[tuple[Mapping[str, Any], tuple[bool, ...]], ...]


def calendar(displays: Iterable[Mapping[str, Any]], today: date, weeks: int = 10) -> Weeks:
    """What stands in the week before today's and the weeks after it, by place and first day."""
    first = today - timedelta(days=today.weekday()) - WEEK
    mondays = tuple(first + WEEK * number for number in range(weeks))
    order = list(Place)
    shown = [one for one in displays if one["ends"] >= first and one["starts"] < mondays[-1] + WEEK]
    shown.sort(key=lambda one: (order.index(Place(one["place"])), one["starts"]))
    rows = tuple(
        (one, tuple(one["starts"] < monday + WEEK and one["ends"] >= monday for monday in mondays)) for one in shown
    )
    return Weeks(mondays, rows)
