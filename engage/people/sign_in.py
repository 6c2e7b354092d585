"""Signing in: staff by name and password, students by class code, own tile and four pictures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engage.database.tenancy import every_school
from engage.errors import NotFound, Refused
from engage.people import passwords, queries, tries
from engage.people.models import ClassMember, Person, SchoolClass
from engage.people.rules import Role, Status
from engage.people.tries import Tried

NO = "That did not fit. Check it and try again, or wait a minute."
NO_PICTURE = "Those were not the right pictures. Try again, or ask your teacher to look."
NO_CODE = "No class is open with that code right now. Check it, or ask your teacher to open the door."


@dataclass(frozen=True)
class OpenClass:
    """A school class whose door is open for signing in."""

    id: int
    school_id: int
    school_slug: str
    school_name: str
    name: str
    code: str


async def staff_member(login: str, password: str, address: str, secret_key: str, now: datetime) -> Person:
    """The person of the staff with this login and password.

    Raises Refused with one and the same sentence, and after the same time, for a name that nobody has, a wrong password
    and an account that has to wait (SAFETY.md, L6).
    """
    login = login.strip().casefold()
    tried = Tried(account=f"staff/{login}", address=address)
    allowed = await tries.may_try(tried, secret_key, now)
    with every_school("one knows the school of a login only once it has signed in"):
        person = await Person.get_or_none(login=login, status=Status.ACTIVE)
    fits = await passwords.fits(password, person.password_hash if person else "")
    if person is None or not fits or not allowed:
        await tries.failed(tried, secret_key, now)
        raise Refused(NO)
    await tries.succeeded(tried, secret_key)
    return person


def plain_code(text: str) -> str:
    """A class code as it is kept: capitals and digits, however it was typed."""
    return "".join(letter for letter in text.upper() if letter.isascii() and letter.isalnum())[:12]


async def open_class(code: str, now: datetime) -> OpenClass:
    """The class of a code, if its door is open. Raises NotFound, also for a code that no class has."""
    with every_school("a class code is typed before any school is known"):
        row = await SchoolClass.get_or_none(code=plain_code(code), sign_in_until__gt=now, ended_on__isnull=True).values(
            "id", "school_id", "name", "code", school_slug="school__slug", school_name="school__name"
        )
    if row is None:
        raise NotFound(code)
    return OpenClass(**row)


async def class_by_code(code: str, address: str, secret_key: str, now: datetime) -> OpenClass:
    """The same for a code that was typed in; too many wrong codes from one address are refused like a wrong code."""
    tried = Tried(account="", address=address)
    allowed = await tries.may_try(tried, secret_key, now)
    try:
        found = await open_class(code, now)
    except NotFound:
        await tries.failed(tried, secret_key, now)
        raise Refused(NO_CODE, about="code") from None
    if not allowed:
        raise Refused(NO_CODE, about="code")
    return found


async def tiles(room: OpenClass) -> list[dict[str, Any]]:
    """The students of an open class, as queries.students_of gives them."""
    return await queries.students_of(room.school_id, room.id)


async def student_at(room: OpenClass, key: str) -> Person:
    """The student of a tile. Raises NotFound for one who is not in this class."""
    member = await ClassMember.get_or_none(
        until__isnull=True,
        school_id=room.school_id,
        school_class_id=room.id,
        role=Role.STUDENT,
        person__key=key,
        person__status=Status.ACTIVE,
    ).values("person_id")
    if member is None:
        raise NotFound(key)
    return await Person.get(school_id=room.school_id, id=member["person_id"])


async def student_with_pictures(
    room: OpenClass, key: str, pictures: list[str], address: str, secret_key: str, now: datetime
) -> Person:
    """The student of a tile who chose the right four pictures in order.

    Raises NotFound, and Refused with one sentence whether the pictures were wrong or have been wrong too often.
    """
    person = await student_at(room, key)
    tried = Tried(f"student/{person.key}", address, class_code=room.code, stops=tries.PICTURES_STOP)
    allowed = await tries.may_try(tried, secret_key, now)
    secret = passwords.picture_secret(pictures, person.key, secret_key)
    if not await passwords.fits(secret, person.picture_hash) or not allowed:
        await tries.failed(tried, secret_key, now)
        raise Refused(NO_PICTURE)
    await tries.succeeded(tried, secret_key)
    return person
