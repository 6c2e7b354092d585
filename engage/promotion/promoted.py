"""Promoted links: what they lead to, and how often they are opened, by nobody in particular.

Openings are counted in memory and written every few seconds, so that a flood costs no row and a link costs no write.
"""

import re
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from engage import dates
from engage.database.putting import add_rows
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.people.rules import Reader
from engage.promotion.models import Display, PromotedDay, PromotedLink
from engage.promotion.rules import Medium

# the same link twice in one session within this time is once. Source: COUNTER 5.1, STANDARDS.md 5.9
SAME_SECONDS = 30.0
# of one link in one worker; three classes that point their cameras at once stay below it, a machine does not
MOST_A_MINUTE = 120
REMEMBERED = 20_000
# who looks for somebody else, and not for a person who will read it
MACHINES = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|scanner|fetch|monitor|headless|curl/|wget/|python|okhttp|go-http|facebookexternal"
    r"|whatsapp|skype|slack|discord|telegram|barracuda|proofpoint|mimecast",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Opening:
    """A link that was opened."""

    school_id: int
    zone: str
    link_id: int


_openings: Counter[Opening] = Counter()
_sessions: OrderedDict[tuple[int, int], float] = OrderedDict()
_minutes: OrderedDict[tuple[int, int], int] = OrderedDict()


def is_a_person(headers: Mapping[str, str]) -> bool:
    """Whether a request looks like somebody who wants the page now: no program, and nothing fetched ahead of a wish."""
    if any("prefetch" in headers.get(name, "") or "prerender" in headers.get(name, "") for name in AHEAD):
        return False
    if headers.get("x-purpose", "") == "preview" or headers.get("sec-fetch-dest", "document") != "document":
        return False
    agent = headers.get("user-agent", "")
    return bool(agent) and not MACHINES.search(agent)


AHEAD = ("sec-purpose", "purpose", "x-purpose", "x-moz")


def opened(link_id: int, reader: Reader) -> bool:
    """Count that a promoted link was opened; whether it was. Staff of the library count for nothing."""
    if reader.is_library:
        return False
    at = monotonic()
    if reader.session_id is not None and not _is_new((reader.session_id, link_id), at):
        return False
    minute = (link_id, int(at // 60))
    _minutes[minute] = count = _minutes.get(minute, 0) + 1
    _forget(_minutes)
    if count > MOST_A_MINUTE:
        return False
    _openings[Opening(reader.school.id, reader.school.zone, link_id)] += 1
    return True


def _is_new(act: tuple[int, int], at: float) -> bool:
    before = _sessions.pop(act, None)
    _sessions[act] = at
    _forget(_sessions)
    return before is None or at - before >= SAME_SECONDS


def _forget(kept: OrderedDict[Any, Any]) -> None:
    while len(kept) > REMEMBERED:
        kept.popitem(last=False)


def forget_waiting() -> None:
    """Forget what was counted and is not written, as before a test."""
    for kept in (_openings, _sessions, _minutes):
        kept.clear()


async def flush_promoted() -> int:
    """Write what was opened since the last time; returns how many. Busy leaves them for the next time."""
    waiting = Counter(_openings)
    if not waiting:
        return 0
    await _write(waiting)
    _openings.subtract(waiting)
    for opening in [opening for opening, count in _openings.items() if not count]:
        del _openings[opening]
    return waiting.total()


@one_transaction
async def _write(waiting: Counter[Opening]) -> None:
    at = dates.now()
    with every_school("one flush for all schools"):
        known = await PromotedLink.filter(id__in=sorted({one.link_id for one in waiting})).values_list("id")
        there = {number for (number,) in known}
        rows = [
            {"school_id": one.school_id, "link_id": one.link_id, "on": dates.on(at, one.zone), "count": count}
            for one, count in sorted(waiting.items(), key=lambda pair: (pair[0].school_id, pair[0].link_id))
            if one.link_id in there  # a display that was taken off in these seconds took its links along
        ]
        await add_rows(PromotedDay, ("school_id", "link_id", "on"), rows)


@dataclass(frozen=True)
class Target:
    """What a promoted link leads to: the slug of a school, and of one of its lists or programs."""

    link_id: int
    school: str
    curated: str
    program: str


async def target_of(key: str) -> Target | None:
    """Where a link leads; None where there is none. Whether it may be seen is asked there."""
    with every_school("a promoted link names no school"):
        rows = (
            await PromotedLink.filter(key=key, school__closed_at=None)
            .limit(1)
            .values(
                "id",
                school_slug="school__slug",
                curated_key="curated__key",
                program_slug="program__slug",
                shown_key="display__curated__key",
                shown_slug="display__program__slug",
            )
        )
    if not rows:
        return None
    row = rows[0]
    return Target(
        row["id"],
        row["school_slug"],
        row["curated_key"] or row["shown_key"] or "",
        row["program_slug"] or row["shown_slug"] or "",
    )


async def make_links(display: Display) -> None:
    """Give a display its links, one for each medium; inside the unit of work that makes it."""
    await PromotedLink.bulk_create(
        [PromotedLink(school_id=display.school_id, display_id=display.id, medium=each.value) for each in Medium]  # type: ignore[attr-defined]
    )


async def keys_of(reader: Reader, displays: Iterable[int], medium: Medium) -> dict[int, str]:
    """The keys of the links of some displays for one medium, by the display."""
    rows = PromotedLink.filter(school_id=reader.school.id, display_id__in=list(displays), medium=medium.value)
    return dict(await rows.values_list("display_id", "key"))


async def links_for(school_id: int, medium: Medium, curated: Iterable[int], programs: Iterable[int]) -> dict[str, str]:
    """The keys of links to lists and programs that are on no display; those that there are not yet are made.

    By "list ID" and "program ID". Inside a unit of work.
    """
    wanted = {"curated_id": set(curated), "program_id": set(programs)}
    found: dict[str, str] = {}
    for column, word in (("curated_id", "list"), ("program_id", "program")):
        asked = {f"{column}__in": sorted(wanted[column]), "display_id": None, "medium": medium.value}
        known = dict(await PromotedLink.filter(school_id=school_id, **asked).values_list(column, "key"))
        new = [
            PromotedLink(school_id=school_id, medium=medium.value, **{column: number})
            for number in sorted(wanted[column] - known.keys())
        ]
        await PromotedLink.bulk_create(new)
        known |= {getattr(one, column): one.key for one in new}
        found |= {f"{word} {number}": key for number, key in known.items()}
    return found
