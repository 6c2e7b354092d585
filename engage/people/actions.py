"""What is done about people: opening the door for a class, new pictures, accounts, passwords."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from starlette.requests import Request

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, Refused
from engage.people import audit, helping, passwords, pins, queries, second_factor, sessions, shown_names, tries
from engage.people.models import ClassMember, Membership, Person, School, SchoolClass
from engage.people.rules import Reader, Role, Second, Way
from engage.people.sign_in import account_of, show_second
from engage.people.tries import Tried

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
async def sign_in(request: Request, person: Person, *, way: str, student: bool, proved: bool = True) -> None:
    """Begin a session on this device. student: in a child's way, which never opens to staff (SAFETY.md, L2).

    proved: whether the person just showed who they are. Raises NotAllowed, also where the school is closed.
    """
    if student and any(role is not Role.STUDENT for role, _ in await queries.roles_of(person.id)):
        raise NotAllowed(sentence="Whoever works at a school signs in with a password.")
    if not await queries.home_slug(person.id):
        raise NotAllowed(sentence="Your school is closed here. Ask whoever looks after the schools of the district.")
    await sessions.start_session(request, person, way=way, student=student, proved=proved)
    if student:
        await helping.note_use(person)


@one_transaction
async def prove(request: Request, *, by: Reader) -> None:
    """The person has shown password, code, pictures or PIN once more; a session by card is a whole one from now on."""
    if by.session_id is not None:
        await sessions.raise_session(request, by.session_id, Way.CARD_AND_SECOND if by.by_card else "")


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
    await audit.note("opened class sign-in", by=by, subject=room.key, detail=f"{room.name}, {minutes} minutes")


@one_transaction
async def close_door(room: SchoolClass, *, by: Reader) -> None:
    """Close sign-in for a class now; who is in stays in."""
    room.sign_in_until = None
    await room.save(update_fields=["sign_in_until"])
    await audit.note("closed class sign-in", by=by, subject=room.key, detail=room.name)


async def change_password(
    person: Person, current: str, password: str, address: str, secret_key: str, now: datetime, *, by: Reader
) -> None:
    """A new password of one's own; all other sessions end. Raises Refused, also after too many wrong ones."""
    tried = Tried(account=account_of(person.login), address=address)
    allowed = await tries.begin(tried, secret_key, now)
    if not await passwords.fits(current, person.password_hash) or not allowed:
        raise Refused("That is not your password now. Check it and try again, or wait a minute.", about="current")
    await tries.succeeded(tried, secret_key)
    two = await second_factor.has_one(person.id)
    passwords.check_password(password, (person.name, person.login or "", by.school.name), two=two)
    await keep_password(person, await passwords.hashed(password), but=by.session_id)


@one_transaction
async def keep_password(person: Person, password_hash: str, but: int | None = None) -> None:
    """Keep the hash of a new password and end the person's sessions. but: the session that stays."""
    person.password_hash = password_hash
    await person.save(update_fields=["password_hash"])
    await sessions.end_all_sessions(person.id, but)


@one_transaction
async def forget_second_factor(person: Person) -> None:
    """The app and its codes are lost, and nobody else can help: a command of the operator's."""
    await second_factor.forget(person.id)
    school_id = second_factor.home_of(person)
    await audit.note("forgot a second factor", by=None, school_id=school_id, about_id=person.id)


@one_transaction
async def end_session(key: str, *, by: Reader) -> None:
    """End another session of one's own, by the key of sessions_of. Raises NotFound."""
    await sessions.end_one_session(key, by.id)


@one_transaction
async def end_other_sessions(*, by: Reader) -> int:
    """End every other session of one's own; how many."""
    return await sessions.end_all_sessions(by.id or 0, by.session_id)


async def change_pin(
    person: Person, current: str, pin: str, address: str, secret_key: str, now: datetime, *, by: Reader
) -> None:
    """A new PIN of one's own; all other sessions end. Raises Refused, also after too many wrong ones."""
    if by.by_card:
        raise Refused("First show that it is you: a card alone changes nothing.")
    fresh = pins.check_pin(pin)
    try:
        await show_second(person, Second.PIN, list(pins.plain_pin(current)), address, secret_key, now)
    except Refused as refused:
        raise Refused(refused.sentence, about="current") from None
    await _keep_own_pin(await passwords.hashed(passwords.pin_secret(fresh, person.key, secret_key)), by)


@one_transaction
async def _keep_own_pin(pin_hash: str, by: Reader) -> None:
    await helping.keep_pin(by.school.id, by.id or 0, pin_hash)
    await sessions.end_all_sessions(by.id or 0, by.session_id)


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
async def change_settings(decided: Mapping[str, Any], *, by: Reader) -> bool:
    """Keep what a school has decided (ADM01): values by column, of queries.DECIDED. Whether that is anything new.

    Raises NotAllowed.
    """
    if not by.may("ADM01"):
        raise NotAllowed("ADM01")
    school = await School.get(id=by.school.id)
    said = {name: value for name, value in decided.items() if value or name not in NEVER_EMPTY}
    changed = [name for name in queries.DECIDED if name in said and getattr(school, name) != said[name]]
    for name in changed:
        detail = f"{getattr(school, name)} to {said[name]}" if name in NEVER_EMPTY else ""
        setattr(school, name, said[name])
        await audit.note(ACTS[name][bool(said[name])], by=by, detail=detail or DETAIL.get((name, said[name]), ""))
    if changed:
        await school.save(update_fields=changed)
    return bool(changed)


NEVER_EMPTY = ("name", "zone")
# what the audit says of a decision: when it was taken back, and when it was made
ACTS = {
    "name": ("", "gave the library another name"),
    "zone": ("", "changed the time zone"),
    "shows_measures": ("hid reading measures", "showed reading measures"),
    "reviews": ("switched reviews off", "switched reviews on"),
    "public_reviews": ("kept reviews from visitors", "let visitors read reviews"),
    "safeguarding": ("took the words for a child in need away", "wrote the words for a child in need"),
}
DETAIL = {("reviews", "class"): "for the own class", ("reviews", "school"): "for everyone signed in"}


@one_transaction
async def note_audit_taken(*, by: Reader) -> None:
    """Write down that somebody took the audit out."""
    await audit.note("took the audit out", by=by)


@one_transaction
async def choose_shown(shown: str, avatar: str, *, by: Reader) -> None:
    """Choose the name and the picture under which others see one (CLS09). Raises Refused."""
    if not shown_names.is_given(shown):
        raise Refused("Choose one of these names.", about="shown")
    if avatar not in passwords.PICTURES:
        raise Refused("Choose one of these pictures.", about="avatar")
    await School.filter(id=by.school.id).select_for_update().first()
    if await Person.filter(school_id=by.school.id, shown=shown).exclude(id=by.id).exists():
        raise Refused("Somebody here has this name. Choose another one.", about="shown")
    await Person.filter(school_id=by.school.id, id=by.id).update(shown=shown, avatar=avatar)
