"""Who takes part in a program, by name, for those who may know it (PRG05, PRG06); and what counts of what they logged.

A specialist sees names in the programs that they run, a teacher those of own classes. Titles that a student chose
freely are not asked for here at all (SAFETY.md, P2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from engage.errors import NotFound
from engage.people.models import ClassMember
from engage.people.rules import Reader, Role, Scope, Status, named
from engage.programs.models import Award, Badge, Enrolment, LogEntry, StaffGrant, Standing
from engage.programs.queries import HELD, program_to_run
from engage.programs.rules import Credit

PAGE = 100


async def program_with_names(reader: Reader, key: str) -> dict[str, Any]:
    """One program whose participants the reader may see by name. Raises NotFound."""
    program = await program_to_run(reader, key)
    if not sees_names(reader, program):
        raise NotFound(key)
    return program


def sees_names(reader: Reader, program: Mapping[str, Any]) -> bool:
    """Whether a reader who may change a program sees who takes part: its specialist, or a teacher (PRG05)."""
    if reader.may("PRG01", Scope.SCHOOL):
        return bool(program["by_id"] == reader.id)
    return reader.may("PRG05", Scope.CLASS)


def participants(reader: Reader, program: int) -> QuerySet[Enrolment]:
    """The enrolments that the reader may see, those of students who left the program among them, not the school."""
    part = Enrolment.filter(school_id=reader.school.id, program_id=program, person__status=Status.ACTIVE)
    if reader.may("PRG01", Scope.SCHOOL):
        return part
    return part.filter(person_id__in=Subquery(students_taught(reader).values("person_id")))


def students_taught(reader: Reader) -> QuerySet[ClassMember]:
    """The memberships of the students whom the reader teaches today."""
    return ClassMember.filter(
        school_id=reader.school.id,
        school_class_id__in=sorted(reader.taught_ids),
        role=Role.STUDENT,
        until__isnull=True,
        person__status=Status.ACTIVE,
    )


async def people_in(reader: Reader, program: int, after: str = "") -> tuple[list[dict[str, Any]], str]:
    """A page of those who take part, in order of name, with what they did; and where the next page begins, "" for none.

    after: the key of the last one seen, as given before.
    """
    part = participants(reader, program).filter(left_at=None)
    rows = await part.order_by("person__name", "person_id").values(
        "person_id", "joined_on", "way", key="person__key", name="person__name", letter="person__letter"
    )
    start = next((place + 1 for place, row in enumerate(rows) if row["key"] == after), 0)
    shown = rows[start : start + PAGE]
    people = [row["person_id"] for row in shown]
    of = {"school_id": reader.school.id, "program_id": program, "person_id__in": people}
    columns = ("minutes", "titles", "days", "completed_on")
    standings = {row["person_id"]: row for row in await Standing.filter(**of).values("person_id", *columns)}
    held: dict[int, int] = {}
    for (person,) in await Award.filter(**of, state__in=HELD).values_list("person_id"):
        held[person] = held.get(person, 0) + 1
    nothing = dict.fromkeys(columns[:3], 0) | {"completed_on": None}
    found = [
        {**row, **standings.get(row["person_id"], nothing), "badges": held.get(row["person_id"], 0)} for row in shown
    ]
    more = shown[-1]["key"] if len(rows) > start + PAGE else ""
    return found, more


COUNTED = ("minutes", "titles", "days", "points")


@dataclass(frozen=True)
class Participant:
    """One student's part in a program.

    standing: COUNTED by name, 0 each of who did nothing yet. awards: by the badge's id, with state, day and whether it
    was given by hand.
    """

    id: int
    key: str
    name: str
    grade: int | None
    joined_on: Any
    left_at: Any
    way: str
    standing: Mapping[str, Any]
    awards: Mapping[int, Mapping[str, Any]]


async def participant(reader: Reader, program: Mapping[str, Any], key: str) -> Participant:
    """One student who takes part, or took part. Raises NotFound."""
    part = participants(reader, program["id"]).filter(person__key=key)
    rows = await part.values(
        "person_id", "joined_on", "left_at", "way", name="person__name", letter="person__letter", grade="person__grade"
    )
    if not rows:
        raise NotFound(key)
    row = rows[0]
    of = {"school_id": reader.school.id, "program_id": program["id"], "person_id": row["person_id"]}
    standing = await Standing.filter(**of).values(*COUNTED)
    awards = await Award.filter(**of).values("badge_id", "state", "earned_on", "kept")
    return Participant(
        row["person_id"],
        key,
        named(row["name"], row["letter"]),
        row["grade"],
        row["joined_on"],
        row["left_at"],
        row["way"],
        standing[0] if standing else dict.fromkeys(COUNTED, 0),
        {award["badge_id"]: award for award in awards},
    )


# what staff of a program may see of an entry: never its title, its resource or how it was (SAFETY.md, P2)
OPEN_COLUMNS = ("key", "on", "mode", "minutes", "pages", "chapters", "sessions", "ending", "way")


def entries_of_part(reader: Reader, program: Mapping[str, Any], one: Participant) -> QuerySet[LogEntry]:
    """A student's standing entries that count in a program: of its days, and none after the student left it (P3)."""
    first = program["starts"] if program["credit"] == Credit.OPENING else max(program["starts"], one.joined_on)
    entries = LogEntry.filter(
        school_id=reader.school.id,
        person_id=one.id,
        on__gte=first,
        void__id__isnull=True,
        superseded_by__id__isnull=True,
    )
    if program["ends"] is not None:
        entries = entries.filter(on__lte=program["ends"])
    return entries if one.left_at is None else entries.filter(entered_at__lte=one.left_at)


async def entries_in(reader: Reader, program: Mapping[str, Any], one: Participant) -> list[dict[str, Any]]:
    """The newest of them first, without their titles."""
    entries = entries_of_part(reader, program, one)
    return await entries.order_by("-on", "-id").limit(PAGE).values("id", *OPEN_COLUMNS)


async def students_to_enrol(reader: Reader, program: int) -> list[dict[str, Any]]:
    """The students of the reader's own classes who do not take part: key and name (CLS01). Nobody for a specialist.

    A specialist reads no rosters, and names the student instead.
    """
    if reader.may("PRG01", Scope.SCHOOL):
        return []
    within = Enrolment.filter(school_id=reader.school.id, program_id=program, left_at=None)
    out = students_taught(reader).filter(
        person_id__not_in=[person for (person,) in await within.values_list("person_id")]
    )
    rows = await out.distinct().values(
        key="person__key", name="person__name", letter="person__letter", id="person_id", grade="person__grade"
    )
    return sorted(rows, key=lambda row: (row["name"], row["letter"]))


async def students_named(reader: Reader, name: str, room: str) -> list[dict[str, Any]]:
    """The students of a class who are called so, in any case: id, key, grade. room: the key of a class."""
    members = ClassMember.filter(
        school_id=reader.school.id,
        school_class__key=room,
        role=Role.STUDENT,
        until__isnull=True,
        person__status=Status.ACTIVE,
    )
    rows = await members.values(
        id="person_id", key="person__key", name="person__name", letter="person__letter", grade="person__grade"
    )
    wanted = " ".join(name.casefold().split())

    def names(row: Mapping[str, Any]) -> set[str]:
        own = " ".join(row["name"].casefold().split())
        return {own, f"{own} {row['letter'].casefold()}".strip()}

    found = [row for row in rows if wanted in names(row)]
    exact = [row for row in found if f"{row['name']} {row['letter']}".casefold().split() == wanted.split()]
    return exact if len(exact) == 1 else found


async def badges_for(reader: Reader, program: int, person: int) -> list[dict[str, Any]]:
    """The badges of a program in order: id, key, title, and by_hand where the staff gave it to somebody."""
    of = {"school_id": reader.school.id}
    badges = await Badge.filter(**of, program_id=program).order_by("position", "id").values("id", "key", "title")
    given = StaffGrant.filter(**of, person_id=person, badge__program_id=program)
    by_hand = {number for (number,) in await given.values_list("badge_id")}
    return [{**row, "by_hand": row["id"] in by_hand} for row in badges]
