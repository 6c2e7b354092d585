"""What is asked about people: first of all, who is asking."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tortoise.connection import get_connection

from engage import dates
from engage.database.tenancy import every_school
from engage.errors import NotAllowed, NotFound
from engage.people.models import ClassMember, Person, School, SchoolClass, Session
from engage.people.rules import Reader, Role, SchoolCard, Scope, Status

CARD = tuple(SchoolCard.__dataclass_fields__)
WHO = """
SELECT s.id, s.key, s.slug, s.name, s.zone, s.district_id, s.language, s.hours, s.year_starts_in, s.fewest,
 se.id AS session_id, se.seen_at, se.ends_at, se.said,
 p.id AS person_id, p.key AS person_key, p.name AS person_name, p.avatar, p.grade, p.status,
 m.role, m.school_id AS role_school, ms.district_id AS role_district,
 c.school_class_id, c.role AS class_role, c.since AS class_since, c.until AS class_until
FROM {from_school}
LEFT JOIN membership m ON m.person_id = p.id
LEFT JOIN school ms ON ms.id = m.school_id
LEFT JOIN class_member c ON c.person_id = p.id AND c.school_id = s.id
WHERE {which}
"""
BY_TOKEN = "school s LEFT JOIN session se ON se.token_hash = {0} LEFT JOIN person p ON p.id = se.person_id"
AT_HOME = "session se JOIN person p ON p.id = se.person_id JOIN school s ON s.id = p.school_id"
BY_PERSON = "school s JOIN person p ON p.id = {0} LEFT JOIN session se ON FALSE"


@dataclass(frozen=True)
class Asking:
    """A school and, where a session came along, whose it is.

    reader: the person's Reader at this school; a visitor's where the person is nothing here or there is no person.
    known: whether the session's token stands in the table, of a person who still belongs somewhere.
    student: whether the person is a student anywhere, which makes the session a short one.
    """

    reader: Reader
    known: bool = False
    student: bool = False
    session_id: int | None = None
    seen_at: datetime | None = None
    ends_at: datetime | None = None
    said: str = ""


async def asking(slug: str | None, token_hash: str) -> Asking | None:
    """Who is asking at the school of this slug (None: at the person's own school), in one statement.

    None where there is no such school, or no such session where no school is named.
    """
    if slug is None:
        rows = await _ask(AT_HOME, "se.token_hash = {0}", [token_hash])
    else:
        rows = await _ask(BY_TOKEN, "s.slug = {1}", [token_hash, slug])
    return _asking(rows) if rows else None


async def reader_of(slug: str, token_hash: str) -> Reader | None:
    """Who is asking at a school, whether or not the session's time has run out; None where there is no such school."""
    found = await asking(slug, token_hash)
    return found.reader if found else None


async def reader_at(person_id: int, slug: str) -> Reader | None:
    """A person as the Reader of one school, for jobs and commands that act for somebody."""
    rows = await _ask(BY_PERSON, "s.slug = {1}", [person_id, slug])
    return _asking(rows).reader if rows else None


async def schools_to_visit() -> list[dict[str, Any]]:
    """The schools that a visitor chooses from: slug and name, in order of name."""
    return await School.all().order_by("name", "id").values("slug", "name")


async def _ask(source: str, which: str, values: list[Any]) -> list[dict[str, Any]]:
    connection = get_connection("default")
    lite = connection.capabilities.dialect == "sqlite"
    marks = ["?1" if lite else "$1", "?2" if lite else "$2"]
    card = ", ".join(f"s.{name}" for name in CARD)
    sql = WHO.format(card=card, from_school=source.format(*marks), which=which.format(*marks))
    with every_school("who is asking is known only after this"):
        return await connection.execute_query_dict(sql, values)


def _asking(rows: list[dict[str, Any]]) -> Asking:
    first = rows[0]
    school = SchoolCard(**{name: first[name] for name in CARD})
    if first["person_id"] is None or first["status"] != Status.ACTIVE:
        return Asking(Reader(school))
    held = {(Role(row["role"]), row["role_school"], row["role_district"]) for row in rows if row["role"]}
    roles = frozenset(
        role
        for role, at, district in held
        if at == school.id or (role is Role.DISTRICT_ADMIN and district == school.district_id)
    )
    today = dates.today(school.zone)
    classes = {
        (row["school_class_id"], Role(row["class_role"]))
        for row in rows
        if row["school_class_id"] and _day(row["class_since"]) <= today <= _day(row["class_until"], date.max)
    }
    reader = Reader(school, session_id=first["session_id"])
    if roles:
        reader = Reader(
            school=school,
            id=first["person_id"],
            key=first["person_key"],
            name=first["person_name"],
            avatar=first["avatar"],
            grade=first["grade"] if Role.STUDENT in roles else None,
            roles=roles,
            class_ids=frozenset(number for number, role in classes if role is Role.STUDENT),
            taught_ids=frozenset(number for number, role in classes if role is not Role.STUDENT),
            session_id=first["session_id"],
        )
    return Asking(
        reader,
        known=first["session_id"] is not None,
        student=any(role is Role.STUDENT for role, _, _ in held),
        session_id=first["session_id"],
        seen_at=_moment(first["seen_at"]),
        ends_at=_moment(first["ends_at"]),
        said=first["said"] or "",
    )


def _day(value: date | str | None, none: date = date.min) -> date:
    return none if value is None else date.fromisoformat(value) if isinstance(value, str) else value


def _moment(value: datetime | str | None) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


async def home_of(person_id: int) -> str:
    """The path of the home page of a person's own school."""
    with every_school("the school is what is asked for"):
        person = await Person.get(id=person_id).values(slug="school__slug")
    return f"/{person['slug']}/"


async def oneself(reader: Reader) -> Person:
    """The row of the person who asks."""
    with every_school("one's own row, whichever school one is at home in"):
        return await Person.get(id=reader.id)


async def sessions_of(reader: Reader) -> list[dict[str, Any]]:
    """Where one is signed in: key (for addresses), way, made_at, seen_at, and whether it is this very session."""
    alive = Session.filter(person_id=reader.id, ends_at__gt=dates.now())
    rows = await alive.order_by("-seen_at").values("id", "token_hash", "way", "made_at", "seen_at")
    return [{**row, "key": row["token_hash"][:16], "this": row["id"] == reader.session_id} for row in rows]


async def class_to_open(reader: Reader, key: str) -> SchoolClass:
    """A class whose door this person may open (CLS06), or NotFound."""
    room = await SchoolClass.get_or_none(school_id=reader.school.id, key=key, ended_on__isnull=True)
    if room is None or not (room.id in reader.taught_ids or reader.may("CLS06", Scope.SCHOOL)):
        raise NotFound(key)
    return room


def sees_roster(reader: Reader, class_id: int) -> bool:
    """Whether this person may see who is in a class (CLS01)."""
    return class_id in reader.taught_ids or reader.may("CLS01", Scope.SCHOOL)


async def students_of(school_id: int, class_id: int) -> list[dict[str, Any]]:
    """The students of a class today, in order of name: id, key, name, letter, avatar, has_pictures."""
    members = ClassMember.filter(
        school_id=school_id,
        school_class_id=class_id,
        role=Role.STUDENT,
        until__isnull=True,
        person__status=Status.ACTIVE,
    )
    rows = await members.order_by("person__name", "person__letter").values(
        id="person__id",
        key="person__key",
        name="person__name",
        letter="person__letter",
        avatar="person__avatar",
        picture_hash="person__picture_hash",
    )
    return [{**row, "has_pictures": bool(row.pop("picture_hash"))} for row in rows]


async def students_of_door(reader: Reader, class_id: int) -> list[dict[str, Any]]:
    """The students beside the door of a class, for those who may see its roster; nobody for others."""
    return await students_of(reader.school.id, class_id) if sees_roster(reader, class_id) else []


async def student_to_help(reader: Reader, class_id: int, key: str) -> Person:
    """A student of a class whose sign-in this person may reset (CLS05), or NotFound."""
    may = class_id in reader.taught_ids or reader.may("CLS05", Scope.SCHOOL)
    member = await ClassMember.get_or_none(
        school_id=reader.school.id, school_class_id=class_id, role=Role.STUDENT, until__isnull=True, person__key=key
    ).values("person_id")
    if member is None or not may:
        raise NotFound(key)
    return await Person.get(school_id=reader.school.id, id=member["person_id"])


async def settings_of(reader: Reader) -> dict[str, Any]:
    """What the reader's school has decided, by column. Raises NotAllowed where the reader may not decide it (ADM01)."""
    if not reader.may("ADM01"):
        raise NotAllowed("ADM01")
    rows = await School.filter(id=reader.school.id).values("shows_measures")
    return rows[0]
