"""What is done about people: opening the door for a class, new pictures, accounts, passwords."""

import secrets
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from starlette.requests import Request

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, Refused
from engage.people import audit, passwords, sessions, tries
from engage.people.models import ClassMember, District, Membership, Person, School, SchoolClass
from engage.people.rules import Reader, Role

CODE_WORDS = (
    "KITE",
    "BOAT",
    "STAR",
    "BIRD",
    "TREE",
    "MOON",
    "FISH",
    "LAMP",
    "WIND",
    "LEAF",
    "BELL",
    "DRUM",
    "NEST",
    "WAVE",
)


@one_transaction
async def sign_in(request: Request, person: Person, *, way: str, student: bool) -> None:
    """Begin a session on this device."""
    await sessions.start_session(request, person, way=way, student=student)


@one_transaction
async def sign_out(request: Request) -> None:
    """End the session on this device."""
    await sessions.end_session(request)


@one_transaction
async def open_door(room: SchoolClass, minutes: int, *, by: Reader) -> None:
    """Open sign-in for a class for a while (SAFETY.md, L3: 5 to 60 minutes)."""
    room.sign_in_until = dates.now() + timedelta(minutes=minutes)
    room.sign_in_by_id = by.id
    await room.save(update_fields=["sign_in_until", "sign_in_by_id"])
    await audit.note("opened class sign-in", by=by, subject=room.key, detail=f"{minutes} minutes")


@one_transaction
async def close_door(room: SchoolClass, *, by: Reader) -> None:
    """Close sign-in for a class now; who is in stays in."""
    room.sign_in_until = None
    await room.save(update_fields=["sign_in_until"])
    await audit.note("closed class sign-in", by=by, subject=room.key)


async def give_pictures(student: Person, *, by: Reader, secret_key: str) -> tuple[str, ...]:
    """Four new pictures for a student; the old ones are void, and so are the student's sessions."""
    pictures = passwords.choose_pictures()
    await keep_pictures(
        student, await passwords.hashed(passwords.picture_secret(pictures, student.key, secret_key)), by
    )
    await tries.succeeded(tries.Tried(f"student/{student.key}", ""), secret_key)
    return pictures


@one_transaction
async def keep_pictures(student: Person, picture_hash: str, by: Reader) -> None:
    """Keep the hash of new pictures."""
    student.picture_hash = picture_hash
    await student.save(update_fields=["picture_hash"])
    await sessions.end_all_sessions(student.id)
    await audit.note("gave new pictures", by=by, about_id=student.id)


async def change_password(person: Person, current: str, password: str, *, by: Reader) -> None:
    """A new password of one's own; all other sessions end. Raises Refused."""
    if not await passwords.fits(current, person.password_hash):
        raise Refused("That is not your password now.", about="current")
    passwords.check_password(password, (person.name, person.login or "", by.school.name))
    await keep_password(person, await passwords.hashed(password), but=by.session_id)


@one_transaction
async def keep_password(person: Person, password_hash: str, but: int | None = None) -> None:
    """Keep the hash of a new password and end the person's sessions. but: the session that stays."""
    person.password_hash = password_hash
    await person.save(update_fields=["password_hash"])
    await sessions.end_all_sessions(person.id, but)


@one_transaction
async def end_session(key: str, *, by: Reader) -> None:
    """End another session of one's own, by the key of sessions_of. Raises NotFound."""
    await sessions.end_one_session(key, by.id)


@one_transaction
async def create_school(name: str, slug: str, zone: str, district: str = "", reserved: Collection[str] = ()) -> School:
    """A new school, in a district of this name (made if there is none).

    reserved: first parts of the service's own addresses. Raises Refused if the slug is taken or one of them.
    """
    if slug in reserved:
        raise Refused(f"The address {slug} is the service's own. Choose another one.", about="slug")
    if await School.exists(slug=slug):
        raise Refused(f"There is a school with the address {slug} already.", about="slug")
    home, _ = await District.get_or_create(name=district or name)
    return await School.create(district=home, name=name, slug=slug, zone=zone)


@one_transaction
async def create_person(
    school: School,
    name: str,
    role: Role,
    *,
    login: str | None = None,
    email: str = "",
    grade: int | None = None,
    room: str = "",
    year: str = "",
    on: date,
    letter: str = "",
    avatar: str = "",
) -> Person:
    """A person with a role at a school; a student or teacher also in a class of this name, made if there is none.

    Raises Refused if staff have no login or the login is taken.
    """
    if role is not Role.STUDENT and not login:
        raise Refused("Staff need a login to sign in with.", about="login")
    login = login.strip().casefold() if login and role is not Role.STUDENT else None
    with every_school("a login is one person's in the whole service"):
        if login and await Person.exists(login=login):
            raise Refused(f"The login {login} is taken.", about="login")
    person = await Person.create(
        district_id=school.district_id,  # type: ignore[attr-defined]
        school_id=school.id,
        name=name.strip(),
        letter=letter,
        login=login,
        email="" if role is Role.STUDENT else email,
        grade=grade if role is Role.STUDENT else None,
        avatar=avatar or (secrets.choice(passwords.PICTURES[:4]) if role is Role.STUDENT else ""),
    )
    await Membership.create(school_id=school.id, person_id=person.id, role=role)
    if room and role in (Role.STUDENT, Role.TEACHER):
        members = await class_named(school, room, year, grade if role is Role.STUDENT else None)
        await ClassMember.create(
            school_id=school.id, school_class_id=members.id, person_id=person.id, role=role, since=on
        )
    return person


async def class_named(school: School, name: str, year: str, grade: int | None) -> SchoolClass:
    """The class of this name and year, made if there is none, with a code of its own."""
    found = await SchoolClass.filter(school_id=school.id, name=name, year=year, ended_on__isnull=True).first()
    if found is not None:
        return found
    return await SchoolClass.create(school_id=school.id, name=name, year=year, grade=grade, code=await new_code())


async def new_code() -> str:
    """A class code that no other class has: a word and four digits, easy to read out."""
    while True:
        code = f"{secrets.choice(CODE_WORDS)}{secrets.randbelow(10_000):04d}"
        with every_school("class codes are unique in the whole service"):
            if not await SchoolClass.exists(code=code):
                return code


def drawn(pictures: Sequence[str]) -> list[dict[str, Any]]:
    """Pictures as a page shows them: name and words."""
    return [{"name": name, "words": name.replace("flower-", "").capitalize()} for name in pictures]


@one_transaction
async def change_settings(shows_measures: bool, *, by: Reader) -> bool:
    """Keep what a school has decided (ADM01); whether that is anything new. Raises NotAllowed."""
    if not by.may("ADM01"):
        raise NotAllowed("ADM01")
    school = await School.get(id=by.school.id)
    if school.shows_measures == shows_measures:
        return False
    school.shows_measures = shows_measures
    await school.save(update_fields=["shows_measures"])
    await audit.note("showed reading measures" if shows_measures else "hid reading measures", by=by)
    return True
