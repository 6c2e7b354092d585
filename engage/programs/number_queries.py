"""What came of a program, by grade band: counted now, or as it was frozen when it was final (rule 20)."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.expressions import F, Q
from tortoise.functions import Count, Max, Sum
from tortoise.queryset import QuerySet

from engage import dates
from engage.engagement.rules import Mode
from engage.errors import NotFound
from engage.people.models import Person
from engage.people.rules import GradeBand, Reader, Role, SchoolCard, Scope, Status, band_of
from engage.programs.activity_models import ActivityDone
from engage.programs.models import Award, Badge, Enrolment, LogEntry, Program, Standing
from engage.programs.number_rules import JOINED, Counted, Counts, Numbers, numbers_shown, read_numbers, stalled_shown
from engage.programs.queries import HELD, PROGRAM
from engage.programs.recognition_models import ProgramResult
from engage.programs.rules import Credit, ProgramState, frozen_at

SEES = frozenset("YA")
# the keys of number_rules.STALLED
AFTER = {"week": timedelta(days=7), "fortnight": timedelta(days=14)}
MINUTES = {Mode.READING: "Minutes read", Mode.VIEWING: "Minutes watched", Mode.LISTENING: "Minutes heard"}
COUNTED = (
    Counted(JOINED, "Students who take part", people=True),
    Counted("completed", "Students who completed it", people=True),
    *(Counted(mode.value, words) for mode, words in MINUTES.items()),
    Counted("titles", "Titles finished"),
    Counted("days", "Days with an entry, of each student"),
    Counted("badges", "Badges given", sum_of="badge "),
)


async def program_to_report(reader: Reader, key: str) -> dict[str, Any]:
    """A program whose numbers the reader may see: all of the staff see those of the school (REP02). Raises NotFound."""
    if not reader.is_staff or reader.answers("REP02", Scope.SCHOOL) not in SEES:
        raise NotFound(key)
    known = Program.filter(school_id=reader.school.id, key=key).exclude(state=ProgramState.DRAFT)
    rows = await known.limit(1).values(*PROGRAM)
    if not rows:
        raise NotFound(key)
    return rows[0]


async def numbers_for(school: SchoolCard, program: Mapping[str, Any]) -> tuple[Numbers, datetime | None]:
    """The numbers of a program, and the moment at which they were frozen; None where they still change."""
    final = final_at(program, school.zone)
    if final is not None and final <= dates.now():
        kept = ProgramResult.filter(school_id=school.id, program_id=program["id"], at__gte=final)
        for figures, at in await kept.values_list("figures", "at"):
            return read_numbers(figures), at
    return await numbers_now(school, program, dates.now()), None


def final_at(program: Mapping[str, Any], zone: str) -> datetime | None:
    """The moment at which the result of a program is final; None for one without end."""
    return frozen_at(program["ends"], program["catching_up"], program["zone"] or zone)


async def numbers_now(school: SchoolCard, program: Mapping[str, Any], until: datetime) -> Numbers:
    """The numbers as they are counted from what was written until a moment; steady in its statements."""
    badges = await Badge.filter(school_id=school.id, program_id=program["id"]).order_by("position", "id").values()
    counted = [*COUNTED, *(Counted(f"badge {row['key']}", f"Badge: {row['title']}", people=True) for row in badges)]
    counts = await _counts(school.id, program, until)
    return numbers_shown(counts, await _bands(school.id, program, counts), counted, school.fewest)


async def _bands(school_id: int, program: Mapping[str, Any], counts: Counts) -> list[GradeBand]:
    """The grade bands that a program is for, of those that the school has, and those of whoever joined."""
    students = Person.filter(
        school_id=school_id, memberships__role=Role.STUDENT, memberships__school_id=school_id, status=Status.ACTIVE
    )
    if program["grade_low"] is not None:
        students = students.filter(grade__gte=program["grade_low"])
    if program["grade_high"] is not None:
        students = students.filter(grade__lte=program["grade_high"])
    known = {band_of(grade) for (grade,) in await students.distinct().values_list("grade")}
    return [band for band in GradeBand if band in known or (JOINED, band) in counts]


async def _counts(school_id: int, program: Mapping[str, Any], until: datetime) -> Counts:
    of = {"school_id": school_id, "program_id": program["id"]}
    amounts: Counter[tuple[str, GradeBand]] = Counter()
    people: Counter[tuple[str, GradeBand]] = Counter()

    def add(key: str, grade: int | None, amount: int, number: int = 1) -> None:
        amounts[key, band_of(grade)] += amount
        people[key, band_of(grade)] += number

    part = Enrolment.filter(**of, left_at=None, joined_at__lte=until)
    for grade, number in await part.annotate(n=Count("id")).group_by("person__grade").values_list("person__grade", "n"):
        add(JOINED, grade, number, number)
    standings = Standing.filter(**of).values_list("person__grade", "titles", "days", "completed_on")
    for grade, titles, days, completed_on in await standings:
        for key, amount in (("titles", titles), ("days", days), ("completed", int(completed_on is not None))):
            if amount:
                add(key, grade, amount)
    sums = _entries(school_id, program, until).annotate(m=Sum("minutes"), n=Count("person_id", distinct=True))
    by_mode = sums.group_by("person__grade", "mode").values_list("person__grade", "mode", "m", "n")
    for grade, mode, minutes, number in await by_mode:
        add(mode.value, grade, minutes, number)
    held = Award.filter(**of, state__in=HELD).annotate(n=Count("id"), p=Count("person_id", distinct=True))
    for grade, number, holders in await held.group_by("person__grade").values_list("person__grade", "n", "p"):
        add("badges", grade, number, holders)
    of_each = held.group_by("person__grade", "badge__key").values_list("person__grade", "badge__key", "p")
    for grade, badge, number in await of_each:
        add(f"badge {badge}", grade, number, number)
    return {key: (amounts[key], people[key]) for key in amounts}


def _entries(school_id: int, program: Mapping[str, Any], until: datetime) -> QuerySet[LogEntry]:
    """The entries with minutes that counted in a program at a moment, as engage.programs.facts takes them."""
    entries = LogEntry.filter(
        Q(void__id__isnull=True) | Q(void__at__gt=until),
        Q(superseded_by__id__isnull=True) | Q(superseded_by__entered_at__gt=until),
        school_id=school_id,
        person__enrolments__program_id=program["id"],
        person__enrolments__left_at__isnull=True,
        on__gte=program["starts"],
        entered_at__lte=until,
        minutes__gt=0,
    )
    if program["ends"] is not None:
        entries = entries.filter(on__lte=program["ends"])
    if program["credit"] == Credit.JOINING:
        entries = entries.filter(on__gte=F("person__enrolments__joined_on"))
    return entries


async def stalled_in(school: SchoolCard, program: Mapping[str, Any], today: date) -> Numbers:
    """How many take part, have not completed it, and did nothing for 7 and for 14 days, by grade band.

    Totals alone, for whoever runs it, too: who has stalled is nobody's list (SAFETY.md, P8).
    """
    of = {"school_id": school.id}
    done = Standing.filter(**of, program_id=program["id"], completed_on__isnull=False)
    completed = {person for (person,) in await done.values_list("person_id")}
    last: dict[int, date] = defaultdict(lambda: date.min)
    since = {
        "person__enrolments__program_id": program["id"],
        "person__enrolments__left_at__isnull": True,
        "on__gt": today - max(AFTER.values()),
    }
    logged = LogEntry.filter(**of, **since, void__id__isnull=True, superseded_by__id__isnull=True)
    did = ActivityDone.filter(**of, **since, voided_at=None)
    for rows in (logged, did):
        days = rows.annotate(last=Max("on")).group_by("person_id").values_list("person_id", "last")
        for person, on in await days:
            # what a function gives is a word on SQLite
            last[person] = max(last[person], on if isinstance(on, date) else date.fromisoformat(on))
    numbers: Counter[tuple[str, GradeBand]] = Counter()
    joined = Enrolment.filter(**of, program_id=program["id"], left_at=None)
    for person, joined_on, grade in await joined.values_list("person_id", "joined_on", "person__grade"):
        numbers[JOINED, band_of(grade)] += 1
        if person not in completed:
            quiet_since = max(joined_on, program["starts"], last[person])
            for key, days_ago in AFTER.items():
                numbers[key, band_of(grade)] += quiet_since <= today - days_ago
    counts = {key: (number, number) for key, number in numbers.items()}
    return stalled_shown(counts, await _bands(school.id, program, counts), school.fewest)
