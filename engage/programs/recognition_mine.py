"""What a student has to fetch, has been given and may print, in one program. Only ever asked for oneself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engage.database.asked import named_rows_of, rows_of
from engage.database.at_once import at_once
from engage.database.fields import as_day
from engage.errors import NotFound
from engage.people.models import Person
from engage.people.rules import Reader, Scope
from engage.programs.counting import Outcome
from engage.programs.drawing_queries import OF_THE_SCHOOL
from engage.programs.queries import HELD
from engage.programs.recognition_queries import badges_of, days_of, earned_in, prizes_of, sight_of
from engage.programs.recognition_rules import HANDED, DeliveryKind, called
from engage.programs.rules import ProgramState


@dataclass(frozen=True)
class Given:
    """A thing that was handed over. kept: what it was for is not met any more, and it stays all the same (rule 16)."""

    what: str
    on: date
    kept: bool


@dataclass(frozen=True)
class Paper:
    """A certificate that one may print. badge: the key of the badge that it is for, "" for the whole program."""

    title: str
    badge: str
    on: date


@dataclass(frozen=True)
class Recognized:
    """One student's recognition in a program. fetch: titles of prizes; gone: those of which none is left.

    won: titles of drawings, each with the place. lots: titles of drawings in which one has a number, with the number.
    """

    fetch: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    given: tuple[Given, ...] = ()
    papers: tuple[Paper, ...] = ()
    won: tuple[tuple[str, str, int], ...] = ()
    lots: tuple[tuple[str, str, int], ...] = ()

    @property
    def anything(self) -> bool:
        """Whether there is anything to say."""
        return any((self.fetch, self.gone, self.given, self.papers, self.won, self.lots))


# what somebody was handed in a program, and the numbers that they have in its drawings
DELIVERED = """
SELECT d.kind, d.prize_id, d.what, d."on", b.key AS badge_key FROM delivery d LEFT JOIN badge b ON b.id = d.badge_id
WHERE d.school_id = {0} AND d.program_id = {1} AND d.person_id = {2} AND d.undone_at IS NULL ORDER BY d.at, d.id
"""
NUMBERS = """
SELECT g.title, g.key, l.number, l.won, g.prize_id FROM lot l JOIN drawing g ON g.id = l.drawing_id
WHERE l.school_id = {0} AND g.program_id = {1} AND l.person_id = {2} ORDER BY l.drawing_id
"""


@dataclass(frozen=True)
class Kept:
    """What is kept of a program's prizes and drawings. handed, numbers: the reader's own, by DELIVERED and NUMBERS."""

    prizes: Sequence[Mapping[str, Any]] = ()
    handed: Sequence[Mapping[str, Any]] = ()
    numbers: Sequence[Sequence[Any]] = ()


async def kept_in(reader: Reader, program: Mapping[str, Any]) -> Kept:
    """What is kept of them for the student who asks, in one statement."""
    if reader.id is None or not reader.is_student:
        return Kept()
    own = [reader.school.id, program["id"], reader.id]
    return Kept(*await at_once(prizes_of(reader, program["id"]), named_rows_of(DELIVERED, own), rows_of(NUMBERS, own)))


def recognized(program: Mapping[str, Any], kept: Kept, result: Outcome | None) -> Recognized:
    """A student's recognition in a program. result: what is counted of them, None for who is not in the program."""
    if result is None:
        return Recognized()
    held = {one.badge.key: one for one in result.badges}
    papers = [Paper(program["title"], "", result.completed_on)] if result.completed_on else []
    papers += [Paper(one.badge.title, key, one.earned_on) for key, one in held.items()]
    won = {prize for *_, place, prize in kept.numbers if place is not None}

    def stands(badge: str | None) -> bool:
        return result.completed_on is not None if badge is None else badge in held

    def may_have(prize: Mapping[str, Any]) -> bool:
        return prize["id"] in won if prize["drawn"] else stands(prize["badge_key"])

    known = {row["id"]: row for row in kept.prizes}
    had = {row["prize_id"] for row in kept.handed if row["kind"] in HANDED}
    due = [row for row in kept.prizes if may_have(row) and row["id"] not in had]
    given = [
        # a prize that is gone is not asked about
        Given(row["what"], as_day(row["on"]), row["prize_id"] in known and not may_have(known[row["prize_id"]]))
        for row in kept.handed
        if row["kind"] in HANDED
    ]
    given += [
        Given(f"Certificate: {row['what']}", as_day(row["on"]), True)
        for row in kept.handed
        if row["kind"] == DeliveryKind.CERTIFICATE and not stands(row["badge_key"])
    ]
    return Recognized(
        tuple(row["title"] for row in due if row["left"] != 0),
        tuple(row["title"] for row in due if row["left"] == 0),
        tuple(given),
        tuple(papers),
        tuple((title, key, place) for title, key, _, place, _ in kept.numbers if place is not None),
        tuple((title, key, number) for title, key, number, place, _ in kept.numbers if place is None),
    )


@dataclass(frozen=True)
class Ways:
    """Where a program's page leads to. drawings: titles and keys of frozen ones."""

    hand_out: bool = False
    teams: bool = False
    board: bool = False
    drawings: tuple[tuple[str, str], ...] = ()

    @property
    def anything(self) -> bool:
        """Whether it leads anywhere."""
        return self != Ways()


# everything besides badges that a program has, and whether the reader was given any of it
THINGS = """
SELECT 'drawing' AS what, title, key FROM drawing
WHERE school_id = {0} AND program_id = {1} AND frozen_at IS NOT NULL
UNION ALL SELECT DISTINCT 'team', '', '' FROM team WHERE school_id = {0} AND program_id = {1} AND ended_at IS NULL
UNION ALL SELECT DISTINCT 'prize', '', '' FROM prize WHERE school_id = {0} AND program_id = {1}
UNION ALL SELECT DISTINCT 'delivery', '', '' FROM delivery
WHERE school_id = {0} AND program_id = {1} AND person_id = {2} AND undone_at IS NULL
"""


async def things_in(reader: Reader, program: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What a program has besides badges, in one statement: drawings with title and key, and the words of THINGS."""
    if not reader.roles & OF_THE_SCHOOL or program["state"] != ProgramState.PUBLISHED:
        return []
    rows = await rows_of(THINGS, [reader.school.id, program["id"], reader.id])
    return [(what, title, key) for what, title, key in rows]


def ways_in(reader: Reader, program: Mapping[str, Any], things: Sequence[tuple[str, str, str]]) -> Ways:
    """Where the page of a program leads one of the school. things: of things_in."""
    if not reader.roles & OF_THE_SCHOOL or program["state"] != ProgramState.PUBLISHED:
        return Ways()
    return Ways(
        sight_of(reader, program) is not None,
        any(what == "team" for what, *_ in things),
        bool(program["has_board"]) and reader.answers("PRG10", Scope.SCHOOL) in "YP",
        tuple((title, key) for what, title, key in things if what == "drawing"),
    )


# a prize that is drawn is for who won it, another for who holds its badge or, without one, completed the program
TO_FETCH = f"""
SELECT z.title, p.title AS program, p.slug FROM prize z JOIN program p ON p.id = z.program_id
WHERE z.school_id = {{0}} AND p.state = '{ProgramState.PUBLISHED.value}' AND z.program_id IN (
 SELECT program_id FROM enrolment WHERE school_id = {{0}} AND person_id = {{1}} AND left_at IS NULL)
AND NOT EXISTS (
 SELECT 1 FROM delivery WHERE school_id = {{0}} AND person_id = {{1}} AND prize_id = z.id AND undone_at IS NULL)
AND CASE WHEN EXISTS (SELECT 1 FROM drawing WHERE school_id = {{0}} AND prize_id = z.id) THEN EXISTS (
 SELECT 1 FROM lot l JOIN drawing d ON d.id = l.drawing_id
 WHERE l.school_id = {{0}} AND l.person_id = {{1}} AND l.won IS NOT NULL AND d.prize_id = z.id)
WHEN z.badge_id IS NOT NULL THEN EXISTS (
 SELECT 1 FROM award WHERE school_id = {{0}} AND person_id = {{1}} AND badge_id = z.badge_id
 AND state IN ({", ".join(f"'{state}'" for state in HELD)}))
ELSE EXISTS (
 SELECT 1 FROM standing
 WHERE school_id = {{0}} AND person_id = {{1}} AND program_id = z.program_id AND completed_on IS NOT NULL)
END
ORDER BY z.program_id, z.position, z.id
"""


async def to_fetch(reader: Reader) -> list[dict[str, Any]]:
    """The prizes that the reader may fetch, in whatever program: title, program and slug. One statement."""
    rows = await rows_of(TO_FETCH, [reader.school.id, reader.id])
    return [{"title": title, "program": program, "slug": slug} for title, program, slug in rows]


async def own_paper(
    reader: Reader, program: Mapping[str, Any], key: str
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """What one's certificate says: the badge that it is for, None for the program, and name, since and days.

    key: the badge's, "" for the program. Raises NotFound where the reader has not earned it.
    """
    if reader.id is None or not reader.is_student:
        raise NotFound(key)
    badges = await badges_of(reader, program["id"])
    badge = next((row for row in badges if row["key"] == key), None)
    since = (await earned_in(reader, program["id"], [reader.id])).of(badge["id"] if badge else None).get(reader.id)
    if since is None or (key and badge is None):
        raise NotFound(key)
    names = Person.filter(school_id=reader.school.id, id=reader.id)
    person = (await names.values("name", "letter"))[0]
    days = await days_of(reader, program["id"], [reader.id])
    return badge, {"name": called(person), "since": since, "days": days.get(reader.id, 0)}
