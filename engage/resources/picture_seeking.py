"""The job that looks for pictures: at the address that a record or a feed gives, then at Open Library by ISBN.

Only a job asks; no reader's browser does, because the address of a cover names the book. A miss is remembered for 30
days. Sources: STANDARDS.md, 3.3; SAFETY.md, F1, F8 and P7.
"""

import asyncio
import logging
import time
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tortoise.connection import get_connection
from tortoise.exceptions import BaseORMException

from engage import dates
from engage.database import worker
from engage.database.queue import sql
from engage.database.tenancy import every_school
from engage.errors import Busy, Refused
from engage.outside.fetch import Door, Fetched, Unreachable, door_of
from engage.people.queries import open_schools
from engage.resources import pictures
from engage.resources.models import Cover, Identifier, Resource
from engage.resources.pictures import FEED, LIBRARY, OWN, RECORD, Developed
from engage.resources.record import is_web
from engage.settings import Settings
from feeds.address import host_of

log = logging.getLogger("engage.pictures")

ACCEPT = "image/webp, image/jpeg, image/png, image/gif;q=0.8"
LARGEST = 8 * 1024 * 1024
SECONDS = 15.0
A_ROUND = 200
ROUND_SECONDS = 240.0
AT_ONCE = 3
# a site that fails so often in one round is asked no more in it
PATIENCE = 3
REMEMBERED = timedelta(days=30)
SOON = timedelta(days=1)
MOST_TRIES = 4
FAILED = "Something went wrong here while it was looked for."
# of 100 requests in 5 minutes that Open Library allows by ISBN
LIBRARY_ASKS = 90
LIBRARY_SECONDS = 300.0
ISBNS = 2

UNSEEN = """SELECT r.id AS "id" FROM resource r LEFT JOIN cover c ON c.resource_id = r.id
WHERE c.id IS NULL AND r.state = 'offered' AND r.school_id IN (SELECT id FROM school WHERE closed_at IS NULL)
 AND ({}) ORDER BY r.id DESC LIMIT ?"""
BY_ADDRESS = "r.cover <> ''"
# without the school, which the resource has already, or SQLite goes through all ISBNs of a school for each resource
BY_NUMBER = " OR EXISTS (SELECT 1 FROM identifier i WHERE i.resource_id = r.id AND i.scheme = 'isbn')"


@dataclass(frozen=True)
class Whereabouts:
    """Where a picture may be: found_by is one of the words of Cover."""

    found_by: str
    url: str


@dataclass(frozen=True)
class Pictureless:
    """A resource that wants a picture. places: in the order in which they are asked. tries: looks that failed."""

    id: int
    school_id: int
    places: tuple[Whereabouts, ...]
    tries: int

    @property
    def host(self) -> str:
        """Whose turn it is."""
        return host_of(self.places[0].url) if self.places else ""


# when Open Library was asked, by the monotonic clock; one job asks at a time, in one process
asked_library: deque[float] = deque()


@dataclass
class Patience:
    """What a round may still ask. until: by the monotonic clock, when it ends. failures: by host."""

    until: float
    failures: Counter[str] = field(default_factory=Counter)

    async def may_ask(self, place: Whereabouts) -> bool:
        """Whether there is room for this request; waits for its turn at Open Library."""
        if self.failures[host_of(place.url)] >= PATIENCE:
            return False
        if place.found_by == LIBRARY:
            while asked_library and asked_library[0] <= time.monotonic() - LIBRARY_SECONDS:
                asked_library.popleft()
            if len(asked_library) >= LIBRARY_ASKS:
                free = asked_library[-LIBRARY_ASKS] + LIBRARY_SECONDS
                if free >= self.until:
                    return False
                await asyncio.sleep(max(0.0, free - time.monotonic()))
        if time.monotonic() >= self.until:
            return False
        if place.found_by == LIBRARY:
            asked_library.append(time.monotonic())
        return True


Fetch = Callable[[str], Awaitable[Fetched]]


async def covers(settings: Settings) -> int:
    """The job: look for what was asked for, what was never looked for, and what was missed long ago. How many came."""
    return await seek(door_of(settings), settings.covers_from, dates.now())


async def seek(door: Door, library: str, now: datetime) -> int:
    """One round. library: where Open Library's covers are asked for, "" for nowhere. How many pictures are new."""
    with every_school("pictures of all schools"):
        wanted = [await _wanted(number, library) for number in await _due(library, now)]
        patience = Patience(time.monotonic() + ROUND_SECONDS)
        by_host: dict[str, list[Pictureless]] = defaultdict(list)
        for one in wanted:
            if one is not None:
                by_host[one.host].append(one)
        room = asyncio.Semaphore(AT_ONCE)

        async def chain(of_host: Sequence[Pictureless]) -> int:
            found = 0
            for one in of_host:
                async with room:
                    found += await _safely(one, door, patience, now)
            return found

        return sum(await asyncio.gather(*(chain(of_host) for of_host in by_host.values())))


async def _due(library: str, now: datetime) -> list[int]:
    known = Cover.filter(next_try_at__lte=now, school_id__in=open_schools()).order_by("next_try_at").limit(A_ROUND)
    due = [number for (number,) in await known.values_list("resource_id")]
    client = get_connection("default")
    text = sql(UNSEEN.format(BY_ADDRESS + (BY_NUMBER if library else "")), client)
    rows = await client.execute_query_dict(text, [A_ROUND - len(due)]) if len(due) < A_ROUND else []
    return [*due, *(row["id"] for row in rows)]


async def _wanted(number: int, library: str) -> Pictureless | None:
    rows = await Resource.filter(id=number).values("id", "school_id", "cover", "kept", "origin")
    if not rows:
        return None
    numbers = Identifier.filter(school_id=rows[0]["school_id"], resource_id=number, scheme="isbn").order_by("id")
    isbns = [value for (value,) in await numbers.limit(ISBNS).values_list("value")]
    tries = [tries for (tries,) in await Cover.filter(resource_id=number).values_list("tries")]
    return Pictureless(number, rows[0]["school_id"], places_of(rows[0], isbns, library), *(tries or [0]))


def places_of(row: dict[str, Any], isbns: Sequence[str], library: str) -> tuple[Whereabouts, ...]:
    """Where the picture of a resource may be, the likeliest first. Source: STANDARDS.md, 3.3.

    row: cover, kept and origin of the resource. isbns: of thirteen digits, with a right check digit.
    """
    places = []
    if is_web(row["cover"]):
        named = OWN if "cover" in row["kept"].split(",") else FEED if row["origin"].startswith("inbox ") else RECORD
        places.append(Whereabouts(named, row["cover"]))
    if library:
        # without default=false a missing cover is a picture of one point, and "found"
        places += [Whereabouts(LIBRARY, f"{library}/b/isbn/{number}-M.jpg?default=false") for number in isbns]
    return tuple(places)


async def _safely(one: Pictureless, door: Door, patience: Patience, now: datetime) -> int:
    try:
        return await look_for(one, door, patience, now)
    except Exception as exc:  # noqa: BLE001 -- one picture must not end the search for all others
        log.warning(
            "a picture could not be looked for", extra={"error": type(exc).__name__, "place": worker.place(exc)}
        )
        # where this fails too, it stays due
        with suppress(Busy, BaseORMException):
            await pictures.keep_miss(one.school_id, one.id, "", "", FAILED, _again(one, True, now), now)
        return 0


def _again(one: Pictureless, passing: bool, now: datetime) -> datetime:
    return now + (SOON if passing and one.tries < MOST_TRIES else REMEMBERED)


async def look_for(one: Pictureless, door: Door, patience: Patience, now: datetime) -> int:
    """Ask the places one after the other; 1 where a new picture is shown now."""
    problem, passing, asked = "Nothing says where a picture could be.", False, Whereabouts("", "")
    for place in one.places:
        if not await patience.may_ask(place):
            if not patience.failures[host_of(place.url)]:
                return 0  # there was no time for it, so it stays due
            problem, passing, asked = "The site did not answer others before it.", True, place
            continue
        asked = place
        try:
            picture = await fetch_picture(place.url, door)
        except Missed as no:
            problem, passing = no.sentence, passing or no.passing
            if no.passing:
                patience.failures[host_of(place.url)] += 1
            continue
        return int(await pictures.keep_picture(one.school_id, one.id, place.found_by, place.url, picture, now))
    again = _again(one, passing, now) if one.places else None
    await pictures.keep_miss(one.school_id, one.id, asked.found_by, asked.url, problem, again, now)
    return 0


class Missed(Exception):
    """There is no picture at an address. passing: there may be one tomorrow."""

    def __init__(self, sentence: str, passing: bool = False) -> None:
        super().__init__(sentence)
        self.sentence, self.passing = sentence, passing


async def fetch_picture(url: str, door: Door) -> Developed:
    """The picture at an address, drawn anew. Raises Missed."""
    try:
        got = await door.fetch(url, limit=LARGEST, seconds=SECONDS, accept=ACCEPT)
    except Unreachable as no:
        raise Missed(no.sentence, passing=no.code in ("slow", "unreachable", "broken")) from no
    if got.status != 200:
        raise Missed(f"The site answered {got.status}.", passing=got.status == 429 or got.status >= 500)
    try:
        return await pictures.develop(got.body)
    except Refused as no:
        raise Missed(no.sentence) from no
