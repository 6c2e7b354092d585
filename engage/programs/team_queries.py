"""What teams did: the sums of their members while they were members, and the roster of a day (rule 21)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from tortoise.connection import get_connection
from tortoise.expressions import Q

from engage import dates
from engage.database.queue import sql
from engage.errors import NotFound
from engage.people.models import ClassMember
from engage.people.rules import Reader, Role
from engage.programs.activity_models import ProgramClass
from engage.programs.models import Challenge, Enrolment
from engage.programs.recognition_models import Team, TeamMember
from engage.programs.rules import Unit, frozen_at
from engage.programs.team_rules import TeamSum
from engage.programs.terms import modes_of

# who belongs to which team of a program, from a day until a day: by hand, or as the classes do
MEMBERS = """
SELECT tm.team_id AS team_id, tm.person_id AS person_id, tm.since AS since, tm.until AS until
FROM team_member tm JOIN team t ON t.id = tm.team_id
WHERE tm.school_id = ? AND t.program_id = ? AND t.school_class_id IS NULL AND t.ended_at IS NULL
UNION ALL
SELECT t.id, c.person_id, c.since, c.until
FROM team t JOIN class_member c ON c.school_class_id = t.school_class_id
WHERE t.school_id = ? AND t.program_id = ? AND c.role = 'student' AND t.ended_at IS NULL
"""
# the entries that stand; what came after the result was final changes nothing
COUNTED = """
SELECT m.team_id AS team, {what} AS total
FROM ({members}) m
JOIN enrolment e ON e.person_id = m.person_id AND e.program_id = ? AND e.left_at IS NULL
JOIN log_entry l ON l.person_id = m.person_id AND l."on" >= m.since AND (m.until IS NULL OR l."on" <= m.until)
LEFT JOIN entry_void v ON v.entry_id = l.id AND {void_in_time}
LEFT JOIN log_entry s ON s.supersedes_id = l.id AND {other_in_time}
WHERE l.school_id = ? AND v.id IS NULL AND s.id IS NULL AND {here}
GROUP BY m.team_id{each}
"""
DAYS = "SELECT team, COUNT(*) AS total FROM ({counted}) d WHERE total >= {minimum} GROUP BY team"
ROSTER = """
SELECT m.team_id AS team, COUNT(*) AS members FROM ({members}) m
JOIN enrolment e ON e.person_id = m.person_id AND e.program_id = ? AND e.left_at IS NULL
WHERE e.school_id = ? AND m.since <= '{on}' AND (m.until IS NULL OR m.until >= '{on}')
GROUP BY m.team_id
"""
# a title counts once for each person, by its resource or as it was typed; in a final result by what it was then
WORK = "COALESCE({then}'r' || l.resource_id, 't' || LOWER(l.title))"
THEN = """(SELECT COALESCE('r' || b.resource_id, 't' || LOWER(b.title)) FROM entry_before b
 WHERE b.school_id = l.school_id AND b.entry_id = l.id AND b.until > '{moment}' ORDER BY b.until LIMIT 1), """
SUMS = {
    Unit.MINUTES: "SUM(COALESCE(l.minutes, 0))",
    Unit.DAYS: "SUM(COALESCE(l.minutes, 0))",
    Unit.PAGES: "SUM(COALESCE(l.pages, 0))",
    Unit.CHAPTERS: "SUM(COALESCE(l.chapters, 0))",
    Unit.SESSIONS: "SUM(COALESCE(l.sessions, 1))",
    Unit.TITLES: f"COUNT(DISTINCT l.person_id || ':' || {WORK})",
}
TEAM = ("id", "key", "name", "ink", "school_class_id")


async def teams_of(reader: Reader, program_id: int) -> list[dict[str, Any]]:
    """The teams of a program that go on, in order of name."""
    rows = Team.filter(school_id=reader.school.id, program_id=program_id, ended_at__isnull=True)
    return await rows.order_by("name", "id").values(*TEAM)


async def team_in(reader: Reader, program_id: int, key: str) -> dict[str, Any]:
    """One team of a program. Raises NotFound."""
    rows = Team.filter(school_id=reader.school.id, program_id=program_id, key=key, ended_at__isnull=True)
    found = await rows.limit(1).values(*TEAM)
    if not found:
        raise NotFound(key)
    return found[0]


async def team_sums(reader: Reader, program: Mapping[str, Any], on: date) -> tuple[list[TeamSum], Unit]:
    """The teams with what they did until a day and their rosters on it, and the unit; four statements.

    What is counted is the unit of the program's first challenge, minutes where it has none. on: in the run.
    """
    teams = await teams_of(reader, program["id"])
    of = {"school_id": reader.school.id, "program_id": program["id"]}
    first = await Challenge.filter(**of).order_by("position", "id").limit(1).values("unit", "minimum", "modes")
    challenge = first[0] if first else {"unit": Unit.MINUTES.value, "minimum": 0, "modes": ""}
    # challenges of other kinds count squares or activities, which no entry has
    unit = Unit(challenge["unit"]) if challenge["unit"] in {each.value for each in SUMS} else Unit.MINUTES
    totals = await _ask(_counted(program, challenge, unit, on, reader.school.zone), reader, program["id"])
    roster = ROSTER.format(members=MEMBERS, on=on.isoformat())
    members = await _ask(roster, reader, program["id"], "members")
    return [
        TeamSum(
            row["key"],
            row["name"],
            row["ink"],
            members.get(row["id"], 0),
            totals.get(row["id"], 0),
            row["school_class_id"] is not None,
        )
        for row in teams
    ], unit


def _counted(program: Mapping[str, Any], challenge: Mapping[str, Any], unit: Unit, on: date, zone: str) -> str:
    """The statement that counts. All that is put into it is ours: days, moments and the names of modes."""
    here = [f"l.\"on\" BETWEEN '{program['starts'].isoformat()}' AND '{on.isoformat()}'"]
    frozen = frozen_at(program["ends"], program["catching_up"], program["zone"] or zone)
    in_time, then = {"l": "TRUE", "v": "TRUE", "s": "TRUE"}, ""
    if frozen is not None:
        moment = frozen.isoformat(" ")
        in_time = {"l": f"l.entered_at <= '{moment}'", "v": f"v.at <= '{moment}'", "s": f"s.entered_at <= '{moment}'"}
        then = THEN.format(moment=moment)
    here.append(in_time["l"])
    if program["credit"] == "joining":
        here.append('l."on" >= e.joined_on')
    if (modes := modes_of(challenge["modes"])) is not None:
        here.append(f"l.mode IN ({', '.join(repr(mode.value) for mode in sorted(modes))})")
    if unit is Unit.TITLES:
        here.append("l.ending = 'finished' AND (l.resource_id IS NOT NULL OR l.title <> '')")
    counted = COUNTED.format(
        what=SUMS[unit].format(then=then),
        members=MEMBERS,
        void_in_time=in_time["v"],
        other_in_time=in_time["s"],
        here=" AND ".join(here),
        each=', l.person_id, l."on"' if unit is Unit.DAYS else "",
    )
    return DAYS.format(counted=counted, minimum=int(challenge["minimum"])) if unit is Unit.DAYS else counted


async def _ask(statement: str, reader: Reader, program_id: int, what: str = "total") -> dict[int, int]:
    """A number for each team. The values of the statement are always the same six."""
    client = get_connection("default")
    school = reader.school.id
    values = [school, program_id, school, program_id, program_id, school]
    rows = await client.execute_query_dict(sql(statement, client), values)
    return {int(row["team"]): int(row[what] or 0) for row in rows}


async def own_team(reader: Reader, program_id: int) -> str:
    """The key of the team that the reader is in today; "" for none."""
    if not reader.is_student or reader.id is None:
        return ""
    today = dates.today(reader.school.zone)
    still = Q(until__isnull=True) | Q(until__gte=today)
    of: dict[str, Any] = {"school_id": reader.school.id, "person_id": reader.id, "since__lte": today}
    by_hand = TeamMember.filter(still, **of, team__program_id=program_id, team__ended_at__isnull=True)
    keys = await by_hand.limit(1).values_list("team__key", flat=True)
    if not keys and reader.class_ids:
        classes = Team.filter(
            school_id=reader.school.id,
            program_id=program_id,
            ended_at__isnull=True,
            school_class_id__in=sorted(reader.class_ids),
        )
        keys = await classes.order_by("name").limit(1).values_list("key", flat=True)
    return str(keys[0]) if keys else ""


async def roster_of(reader: Reader, program_id: int) -> dict[int, str]:
    """In which team made by hand each person is today: the team's key by person."""
    today = dates.today(reader.school.zone)
    still = Q(until__isnull=True) | Q(until__gte=today)
    rows = TeamMember.filter(
        still, school_id=reader.school.id, team__program_id=program_id, team__ended_at__isnull=True
    )
    return {int(person): str(key) for person, key in await rows.values_list("person_id", "team__key")}


async def classes_to_be_teams(reader: Reader, program_id: int) -> list[dict[str, Any]]:
    """The classes that may be teams: those of the program, else those of the students in it; id and name."""
    assigned = ProgramClass.filter(school_id=reader.school.id, program_id=program_id)
    rows = await assigned.order_by("school_class__name").values(id="school_class_id", name="school_class__name")
    if rows:
        return rows
    part = Enrolment.filter(school_id=reader.school.id, program_id=program_id, left_at=None)
    people = list(await part.values_list("person_id", flat=True))
    rooms = ClassMember.filter(
        school_id=reader.school.id,
        person_id__in=people,
        role=Role.STUDENT.value,
        until__isnull=True,
        school_class__ended_on__isnull=True,
    )
    found = await rooms.values_list("school_class_id", "school_class__name")
    return [{"id": number, "name": name} for number, name in sorted(set(found), key=lambda row: str(row[1]))]
