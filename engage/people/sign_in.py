"""Signing in: staff by name, password and code, students by class code, own tile and four pictures or a PIN."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from engage.database.tenancy import every_school
from engage.errors import NotFound, Refused
from engage.people import passwords, queries, second_factor, tries
from engage.people.models import ClassMember, Person, SchoolClass
from engage.people.oidc_queries import signs_in_elsewhere
from engage.people.rules import Role, Second, Status
from engage.people.sign_in_models import StudentSignIn
from engage.people.tries import Tried

NO = "That did not fit. Check it and try again, or wait a minute."
NO_PICTURE = "Those were not the right pictures. Try again, or ask your teacher to look."
NO_PIN = "That was not your PIN. Try again, or ask your teacher to look."
NO_CODE = "No class is open with that code right now. Check it, or ask your teacher to open the door."


class Next(StrEnum):
    """What comes after the right password: one is in, a code is asked for, or a second factor has to be set up."""

    IN = "in"
    CODE = "code"
    SET_UP = "set up"


@dataclass(frozen=True)
class Entering:
    """Somebody of the staff who gave the right password."""

    person: Person
    next: Next


def account_of(login: str | None) -> str:
    """What failures of a member of the staff are counted by."""
    return f"staff/{(login or '').strip().casefold()}"


def account_of_student(key: str) -> str:
    """What failures of a student are counted by."""
    return f"student/{key}"


@dataclass(frozen=True)
class OpenClass:
    """A school class whose door is open for signing in."""

    id: int
    school_id: int
    school_slug: str
    school_name: str
    name: str
    code: str
    grade: int | None


async def staff_member(login: str, password: str, address: str, secret_key: str, now: datetime) -> Entering:
    """The person of the staff with this login and password, and what comes next.

    Raises Refused with one and the same sentence, after the same statements and the same hash, for a name that nobody
    has, a wrong password, an account that has to wait and one that was stopped (SAFETY.md, L6).
    """
    tried = Tried(account=account_of(login), address=address)
    allowed = await tries.begin(tried, secret_key, now)
    with every_school("one knows the school of a login only once it has signed in"):
        person = await Person.get_or_none(login=login.strip().casefold(), status=Status.ACTIVE)
    fits = await passwords.fits(password, person.password_hash if person else "")
    if person is None or not fits or not allowed or await signs_in_elsewhere(person.id):
        raise Refused(NO)
    if await second_factor.has_one(person.id):
        await tries.no_failure(tried, secret_key)
        return Entering(person, Next.CODE)
    await tries.succeeded(tried, secret_key)
    return Entering(person, Next.SET_UP if await second_factor.needs_one(person.id) else Next.IN)


async def staff_code(person: Person, code: str, address: str, secret_key: str, now: datetime) -> None:
    """The second step of somebody who has shown the password. Raises Refused with one sentence for all that is no."""
    tried = Tried(account=account_of(person.login), address=address)
    if not await tries.begin(tried, secret_key, now) or not await second_factor.fits(person, code, secret_key, now):
        raise Refused(second_factor.NO_CODE, about="secret_code")
    await tries.succeeded(tried, secret_key)


async def show_again(person: Person, secret: str, address: str, secret_key: str, now: datetime, *, two: bool) -> None:
    """The password once more, or a code where there is a second factor, of somebody who is in. Raises Refused.

    two: whether there is one.
    """
    tried = Tried(account=account_of(person.login), address=address)
    allowed = await tries.begin(tried, secret_key, now)
    fits = await passwords.fits(secret, person.password_hash)
    if not fits and two and allowed:
        fits = await second_factor.fits(person, secret, secret_key, now)
    if not fits or not allowed:
        raise Refused(NO, about="secret")
    await tries.succeeded(tried, secret_key)


def plain_code(text: str) -> str:
    """A class code as it is kept: capitals and digits, however it was typed."""
    return "".join(letter for letter in text.upper() if letter.isascii() and letter.isalnum())[:12]


async def open_class(code: str, now: datetime) -> OpenClass:
    """The class of a code, if its door is open. Raises NotFound, also for a code that no class has."""
    with every_school("a class code is typed before any school is known"):
        found = SchoolClass.filter(sign_in_until__gt=now, ended_on__isnull=True, school__closed_at=None)
        row = await found.get_or_none(code=plain_code(code)).values(
            "id", "school_id", "name", "code", "grade", school_slug="school__slug", school_name="school__name"
        )
    if row is None:
        raise NotFound(code)
    return OpenClass(**row)


async def class_at(code: str, address: str, secret_key: str, now: datetime) -> OpenClass:
    """The same for a code that stands in an address: a guess that no class has counts, what is right writes nothing.

    Raises NotFound, also for everything from where too many were guessed.
    """
    if await tries.too_many_from(address, secret_key, now):
        raise NotFound(code)
    try:
        return await open_class(code, now)
    except NotFound:
        with every_school("a class code is typed before any school is known"):
            known = await SchoolClass.exists(code=plain_code(code))
        if not known:  # a whole class that comes back to a shut door has guessed nothing
            await tries.begin(Tried(account="", address=address), secret_key, now)
        raise


async def class_by_code(code: str, address: str, secret_key: str, now: datetime) -> OpenClass:
    """The same for a code that was typed in; too many wrong codes from one address are refused like a wrong code."""
    tried = Tried(account="", address=address)
    allowed = await tries.begin(tried, secret_key, now)
    try:
        found = await open_class(code, now)
    except NotFound:
        raise Refused(NO_CODE, about="code") from None
    if not allowed:
        raise Refused(NO_CODE, about="code")
    await tries.succeeded(tried, secret_key)
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


async def show_second(
    person: Person,
    second: Second,
    given: Sequence[str],
    address: str,
    secret_key: str,
    now: datetime,
    class_code: str = "",
) -> None:
    """Pictures in order, or the digits of a PIN, of a student who is known by tile, card or session.

    Raises Refused with one sentence whether they were wrong or have been wrong too often.
    """
    pictures = second is Second.PICTURES
    stops = tries.PICTURES_STOP if pictures else tries.PIN_STOP
    tried = Tried(account_of_student(person.key), address, class_code=class_code, stops=stops)
    allowed = await tries.begin(tried, secret_key, now)
    if pictures:
        kept, secret = person.picture_hash, passwords.picture_secret(given, person.key, secret_key)
    else:
        kept, secret = await pin_hash_of(person), passwords.pin_secret("".join(given), person.key, secret_key)
    if not await passwords.fits(secret, kept) or not allowed:
        raise Refused(NO_PICTURE if pictures else NO_PIN, about="" if pictures else "pin")
    await tries.succeeded(tried, secret_key)


async def pin_hash_of(person: Person) -> str:
    """What is kept of a student's PIN, "" without one."""
    of_school = {"school_id": person.school_id, "person_id": person.id}  # type: ignore[attr-defined]
    row = await StudentSignIn.get_or_none(**of_school).values("pin_hash")
    return row["pin_hash"] if row else ""
