"""What the privacy desk asks: limits, what was done by night, who asked for what, which glass is open."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise.expressions import Q

from engage import dates
from engage.database.fold import fold
from engage.errors import NotFound
from engage.people.models import ClassMember, Membership, Person
from engage.people.privacy_models import BreakGlass, Erasure, RecordTaken, Retention, RetentionRun
from engage.people.register_rules import LONGEST, ErasureState, Limits, Register, Topic
from engage.people.retention_rules import in_words
from engage.people.rules import Reader, Role, Scope, Status

LIMITS = tuple(Limits.__dataclass_fields__)
PAGE = 100
# an asking that nobody answered is no asking any more
WAITS = timedelta(days=7)
ALARMS_SHOWN = timedelta(days=30)
Row = dict[str, Any]


async def limits_of(school_id: int) -> Limits:
    """How long a school keeps things."""
    rows = await Retention.filter(school_id=school_id).values(*LIMITS)
    return Limits(**rows[0]) if rows else LONGEST


async def last_runs(school_id: int, most: int = 7) -> list[Row]:
    """What the nightly job did of late: at, and did, how many by what was done."""
    rows = await RetentionRun.filter(school_id=school_id).order_by("-id").limit(most).values("at", "did")
    return [{"at": row["at"], "did": {what: n for what, n in json.loads(row["did"]).items() if n}} for row in rows]


@dataclass(frozen=True)
class Held:
    """One topic of the public page: what is held, for how long, and who sees it."""

    words: str
    seen: str
    things: tuple[tuple[str, str], ...]


def held(register: Register, limits: Limits) -> list[Held]:
    """The register as the public page says it, topic by topic; what says nothing of a person in one line."""
    found = []
    for topic in Topic:
        tables = [table for table in register if table.topic is topic]
        if topic is Topic.LIBRARY:
            tables = [table for table in tables if table.references]
        things = tuple((table.purpose, in_words(table.kept, limits)) for table in tables)
        if things:
            found.append(Held(topic.value, topic.seen, things))
    return found


async def glass_of_year(reader: Reader) -> list[Row]:
    """The yearly notice: how often the glass was broken this school year, by act. Nobody is named."""
    year = dates.school_year(dates.today(reader.school.zone), reader.school.year_starts_in)
    since = dates.end_of(year.starts - timedelta(days=1), reader.school.zone)
    rows = BreakGlass.filter(school_id=reader.school.id, agreed=True, decided_at__gte=since)
    counts: dict[str, int] = {}
    for act in await rows.values_list("act", flat=True):
        counts[str(act)] = counts.get(str(act), 0) + 1
    return [{"act": act, "number": number} for act, number in sorted(counts.items())]


def check_erases(reader: Reader) -> None:
    """Who may erase a student at once (LOG10). Raises NotFound."""
    if not reader.may("LOG10", Scope.SCHOOL):
        raise NotFound("records")


async def students_named(reader: Reader, words: str) -> list[Row]:
    """The students of the school whose name has all of some words, of today and of before, PAGE at most."""
    check_erases(reader)
    wanted = fold(words).split()
    if not wanted:
        return []
    known = Membership.filter(school_id=reader.school.id, role=Role.STUDENT).exclude(person__status=Status.NOBODY)
    rows = await known.order_by("person__name", "person__letter", "person_id").values(
        key="person__key",
        name="person__name",
        letter="person__letter",
        grade="person__grade",
        status="person__status",
    )
    return [row for row in rows if all(word in fold(f"{row['name']} {row['letter']}") for word in wanted)][:PAGE]


async def student_named(reader: Reader, key: str) -> Person:
    """A student of the school, also one who has left, for who may erase. Raises NotFound."""
    check_erases(reader)
    return await student_of(reader, key)


async def student_of(reader: Reader, key: str) -> Person:
    """A student of the school by key, who is nothing else anywhere. Raises NotFound."""
    person = await Person.exclude(status=Status.NOBODY).get_or_none(school_id=reader.school.id, key=key)
    if person is None:
        raise NotFound(key)
    held = Membership.filter(school_id=reader.school.id, person_id=person.id)
    roles = {Role(str(role)) for role in await held.values_list("role", flat=True)}
    if roles != {Role.STUDENT}:
        raise NotFound(key)
    return person


async def student_taught(reader: Reader, key: str) -> Person:
    """A student of a class that the reader teaches, whose erasure the reader may ask for (LOG10). Raises NotFound."""
    if reader.answers("LOG10", Scope.CLASS) not in ("Q", "Y") or not reader.taught_ids:
        raise NotFound(key)
    taught = ClassMember.filter(
        school_id=reader.school.id,
        school_class_id__in=sorted(reader.taught_ids),
        role=Role.STUDENT,
        until__isnull=True,
        person__key=key,
    )
    if not await taught.exists():
        raise NotFound(key)
    return await student_of(reader, key)


async def students_taught(reader: Reader) -> list[Row]:
    """The students for whom the reader may ask: those of own classes, in order of name; nobody for others."""
    if reader.answers("LOG10", Scope.CLASS) != "Q" or not reader.taught_ids:
        return []
    members = ClassMember.filter(
        school_id=reader.school.id,
        school_class_id__in=sorted(reader.taught_ids),
        role=Role.STUDENT,
        until__isnull=True,
        person__status=Status.ACTIVE,
    )
    rows = (
        await members.order_by("person__name", "person__letter")
        .limit(PAGE)
        .values(key="person__key", name="person__name", letter="person__letter")
    )
    return [row for place, row in enumerate(rows) if row not in rows[:place]]


async def erasures_asked(reader: Reader) -> list[Row]:
    """The erasures that somebody asked for and nobody has decided, the oldest first."""
    check_erases(reader)
    rows = Erasure.filter(school_id=reader.school.id, state=ErasureState.ASKED, person_id__isnull=False).order_by("id")
    return await rows.limit(PAGE).values(
        "key",
        "reason",
        "asked_at",
        "asked_by_id",
        "person_id",
        student="person__key",
        name="person__name",
        letter="person__letter",
        by="asked_by__name",
    )


async def erasure_of(reader: Reader, person_id: int | None) -> Row | None:
    """The last erasure of somebody that is not over: state, asked_at, reason."""
    rows = Erasure.filter(school_id=reader.school.id, person_id=person_id).order_by("-id").limit(1)
    found = await rows.values("state", "asked_at", "decided_at", "reason")
    return found[0] if found else None


GLASS = (
    *("id", "key", "act", "reason", "asked_at", "agreed", "decided_at", "ends_at", "closed_at", "used_at"),
    *("by_id", "student_id"),
)
NAMES = {"name": "student__name", "letter": "student__letter", "student": "student__key", "by": "by__name"}


async def glass_to_decide(reader: Reader) -> list[Row]:
    """What others ask, for the second person (ADM06): never one's own."""
    if not reader.may("ADM06", Scope.SCHOOL):
        return []
    since = dates.now() - WAITS
    rows = BreakGlass.filter(school_id=reader.school.id, decided_at__isnull=True, closed_at__isnull=True)
    rows = rows.filter(asked_at__gte=since).exclude(by_id=reader.id).exclude(student__status=Status.NOBODY)
    rows = rows.order_by("id").limit(PAGE)
    return await rows.values(*GLASS, **NAMES)


async def own_glass(reader: Reader) -> list[Row]:
    """What the reader asked, the newest first, with whether it is open."""
    rows = BreakGlass.filter(school_id=reader.school.id, by_id=reader.id).exclude(student__status=Status.NOBODY)
    rows = rows.order_by("-id").limit(PAGE)
    now = dates.now()
    return [{**row, "open": is_open(row, now)} for row in await rows.values(*GLASS, **NAMES)]


def is_open(row: Row, now: datetime) -> bool:
    """Whether a glass may be looked through now."""
    return bool(row["agreed"]) and row["closed_at"] is None and row["ends_at"] is not None and now < row["ends_at"]


async def open_glass(reader: Reader, key: str, acts: Sequence[str]) -> Row:
    """An open glass of the reader's own, of one of these acts: what the letter B answers Y for. Raises NotFound."""
    rows = BreakGlass.filter(school_id=reader.school.id, key=key, by_id=reader.id, act__in=list(acts))
    # of whoever was erased there is nothing to see: the row stays under a stand-in, for the yearly notice
    found = await rows.exclude(student__status=Status.NOBODY).values(*GLASS, **NAMES)
    if not found or not is_open(found[0], dates.now()) or not reader.may_break(found[0]["act"]):
        raise NotFound(key)
    return found[0]


async def alarms(reader: Reader) -> list[Row]:
    """When somebody took out a great deal at once, for those who read the audit; one's own alarm is not for oneself."""
    rows = RecordTaken.filter(
        Q(by_id__isnull=True) | ~Q(by_id=reader.id),
        school_id=reader.school.id,
        alarmed=True,
        at__gte=dates.now() - ALARMS_SHOWN,
    )
    return await rows.order_by("-id").limit(PAGE).values("at", "what", by="by__name")
