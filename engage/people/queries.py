"""What is asked about people: first of all, who is asking."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.connection import get_connection
from tortoise.expressions import Subquery

from engage import dates
from engage.database.tenancy import every_school
from engage.errors import NotAllowed, NotFound
from engage.people.models import ClassMember, Membership, Person, School, SchoolClass, Session
from engage.people.rules import Reader, Role, SchoolCard, Scope, Status, Way

ROLE_AT = ("role", "school_id")
CARD = tuple(SchoolCard.__dataclass_fields__)
# what a school decides for itself on its page of settings (ADM01)
DECIDED = ("name", "zone", "shows_measures", "reviews", "public_reviews", "safeguarding")
WHO = """
SELECT s.id, s.key, s.slug, s.name, s.zone, s.district_id, s.language, s.hours, s.year_starts_in, s.fewest,
 s.reviews, s.public_reviews, se.id AS session_id, se.seen_at, se.ends_at, se.way, se.roles AS roles_then,
 se.proved_at,
 p.id AS person_id, p.key AS person_key, p.name AS person_name, p.avatar, p.grade, p.status,
 m.role, m.school_id AS role_school, ms.district_id AS role_district,
 c.school_class_id, c.role AS class_role, c.since AS class_since, c.until AS class_until
FROM {from_school}
LEFT JOIN membership m ON m.person_id = p.id
LEFT JOIN school ms ON ms.id = m.school_id
LEFT JOIN class_member c ON c.person_id = p.id AND c.school_id = s.id
WHERE {which}
"""
# the school that somebody is at home in; where that is closed, the first open one in which they have a role
HOME = """COALESCE((SELECT h.id FROM school h WHERE h.id = p.school_id AND h.closed_at IS NULL),
 (SELECT MIN(o.id) FROM membership r JOIN school o ON o.id = r.school_id
 WHERE r.person_id = p.id AND o.closed_at IS NULL))"""
BY_TOKEN = "school s LEFT JOIN session se ON se.token_hash = {0} LEFT JOIN person p ON p.id = se.person_id"
AT_HOME = f"session se JOIN person p ON p.id = se.person_id JOIN school s ON s.id = {HOME}"
BY_PERSON = "school s JOIN person p ON p.id = {0} LEFT JOIN session se ON FALSE"
OPEN_AT = "s.slug = {1} AND s.closed_at IS NULL"


@dataclass(frozen=True)
class Asking:
    """A school and, where a session came along, whose it is.

    reader: the person's Reader at this school; a visitor's where the person is nothing here or there is no person.
    known: whether the session's token stands in the table, of a person who still belongs somewhere.
    student: whether the person is a student anywhere, which makes the session a short one. proved_at: see Session.
    """

    reader: Reader
    known: bool = False
    student: bool = False
    session_id: int | None = None
    seen_at: datetime | None = None
    ends_at: datetime | None = None
    proved_at: datetime | None = None


async def asking(slug: str | None, token_hash: str) -> Asking | None:
    """Who is asking at the school of this slug (None: at the person's own school), in one statement.

    None where there is no such school or it is closed, or no such session where no school is named.
    """
    if slug is None:
        rows = await _ask(AT_HOME, "se.token_hash = {0}", [token_hash])
    else:
        rows = await _ask(BY_TOKEN, OPEN_AT, [token_hash, slug])
    return _asking(rows) if rows else None


async def reader_of(slug: str, token_hash: str) -> Reader | None:
    """Who is asking at a school, whether or not the session's time has run out; None where there is no such school."""
    found = await asking(slug, token_hash)
    return found.reader if found else None


async def reader_at(person_id: int, slug: str) -> Reader | None:
    """A person as the Reader of one school, for jobs and commands that act for somebody."""
    rows = await _ask(BY_PERSON, OPEN_AT, [person_id, slug])
    return _asking(rows).reader if rows else None


async def schools_to_visit() -> list[dict[str, Any]]:
    """The schools that a visitor chooses from: slug and name, in order of name."""
    return await School.filter(closed_at=None).order_by("name", "id").values("slug", "name")


def open_schools() -> Subquery:
    """The ids of the schools that are not closed, for jobs that fetch and tell: a closed one asks nobody anything."""
    return Subquery(School.filter(closed_at=None).values("id"))


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
    school = SchoolCard(**{name: first[name] for name in CARD} | {"public_reviews": bool(first["public_reviews"])})
    if first["person_id"] is None or first["status"] != Status.ACTIVE:
        return Asking(Reader(school))
    held = {(Role(row["role"]), row["role_school"], row["role_district"]) for row in rows if row["role"]}
    if first["roles_then"] and first["roles_then"] != digest_of((role, at) for role, at, _ in held):
        return Asking(Reader(school))
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
    by_card = first["way"] == Way.CARD
    reader = Reader(school, session_id=first["session_id"], by_card=by_card)
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
            by_card=by_card,
        )
    return Asking(
        reader,
        known=first["session_id"] is not None,
        student=any(role is Role.STUDENT for role, _, _ in held),
        session_id=first["session_id"],
        seen_at=_moment(first["seen_at"]),
        ends_at=_moment(first["ends_at"]),
        proved_at=_moment(first["proved_at"]),
    )


def digest_of(roles: Iterable[tuple[Role, int]]) -> str:
    """Roles with the ids of their schools as a short text, to see that they are no longer the same (SAFETY.md, S1)."""
    told = ",".join(sorted(f"{role.value}@{school}" for role, school in roles))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


async def roles_of(person_id: int) -> list[tuple[Role, int]]:
    """All roles of a person, with the ids of their schools."""
    with every_school("roles in all schools decide how somebody signs in"):
        return [(Role(role), at) for role, at in await Membership.filter(person_id=person_id).values_list(*ROLE_AT)]


def _day(value: date | str | None, none: date = date.min) -> date:
    return none if value is None else date.fromisoformat(value) if isinstance(value, str) else value


def _moment(value: datetime | str | None) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


async def home_of(person_id: int) -> str:
    """The path of the home page of the school that a person is at home in; of all schools where that is closed."""
    slug = await home_slug(person_id)
    return f"/{slug}/" if slug else "/"


async def home_slug(person_id: int) -> str:
    """The slug of the open school in which somebody is at home or has a role; "" where every one is closed."""
    connection = get_connection("default")
    mark = "?1" if connection.capabilities.dialect == "sqlite" else "$1"
    with every_school("the school is what is asked for"):
        found = await connection.execute_query_dict(
            f"SELECT s.slug FROM person p JOIN school s ON s.id = {HOME} WHERE p.id = {mark}", [person_id]
        )
    return str(found[0]["slug"]) if found else ""


async def student_with_card(person_id: int) -> Person:
    """The row of a student whose card was shown, before any school is known."""
    with every_school("a card names no school"):
        return await Person.get(id=person_id)


async def staff_with_key(key: str) -> Person | None:
    """One of the staff who has shown the password, before any school is known."""
    with every_school("who signs in names no school"):
        return await Person.get_or_none(key=key, status=Status.ACTIVE, login__isnull=False)


async def school_name(person_id: int) -> str:
    """The name of the school that a person is at home in."""
    with every_school("the school is what is asked for"):
        return str((await Person.get(id=person_id).values(name="school__name"))["name"])


async def oneself(reader: Reader) -> Person:
    """The row of the person who asks."""
    with every_school("one's own row, whichever school one is at home in"):
        return await Person.get(id=reader.id)


async def sessions_of(reader: Reader, idle: timedelta) -> list[dict[str, Any]]:
    """Where one is signed in: key (for addresses), way, device, made_at, seen_at, and whether it is this session.

    idle: after how long without use a session of this person is over.
    """
    now = dates.now()
    alive = Session.filter(person_id=reader.id, ends_at__gt=now, seen_at__gt=now - idle)
    rows = await alive.order_by("-seen_at").values("id", "token_hash", "way", "device", "made_at", "seen_at")
    return [{**row, "key": row["token_hash"][:16], "this": row["id"] == reader.session_id} for row in rows]


def may_in_class(reader: Reader, act: str, class_id: int) -> bool:
    """Whether this person may do a thing in a class: in one that they teach, or in any of the school."""
    return reader.may(act, Scope.SCHOOL) or (class_id in reader.taught_ids and reader.may(act, Scope.CLASS))


async def class_for(reader: Reader, act: str, key: str, *, ended: bool = False) -> SchoolClass:
    """The class of a key in which this person may do a thing. ended: also one that has ended. Raises NotFound."""
    room = await SchoolClass.get_or_none(school_id=reader.school.id, key=key)
    if room is None or (room.ended_on is not None and not ended) or not may_in_class(reader, act, room.id):
        raise NotFound(key)
    return room


async def opener_of(room: SchoolClass) -> str:
    """The name of who opened the door of a class last, "" where that person is gone."""
    rows = await SchoolClass.filter(school_id=room.school_id, id=room.id).values(name="sign_in_by__name")  # type: ignore[attr-defined]
    return rows[0]["name"] or ""


async def students_of(school_id: int, class_id: int) -> list[dict[str, Any]]:
    """The students of a class today, in order of name: id, key, name, letter, avatar, grade, has_pictures."""
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
        grade="person__grade",
        picture_hash="person__picture_hash",
    )
    return [{**row, "has_pictures": bool(row.pop("picture_hash"))} for row in rows]


async def staff_at(reader: Reader, key: str) -> Person:
    """One of the staff of the reader's school, or NotFound."""
    of_school = Membership.filter(school_id=reader.school.id, person__key=key).exclude(role=Role.STUDENT)
    found = await of_school.limit(1).values_list("person_id", flat=True)
    if not found:
        raise NotFound(key)
    with every_school("staff of this school, who may be at home in another one"):
        return await Person.get(id=found[0])


async def settings_of(reader: Reader) -> dict[str, Any]:
    """What the reader's school has decided, by column. Raises NotAllowed where the reader may not decide it (ADM01)."""
    if not reader.may("ADM01"):
        raise NotAllowed("ADM01")
    rows = await School.filter(id=reader.school.id).values(*DECIDED)
    return rows[0]
