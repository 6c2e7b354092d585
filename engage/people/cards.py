"""Students' cards: made, printed anew, void; and what a card opens, where. Source: SAFETY.md, L3.

A card holds 160 random bits, as a code for cameras and as four groups to type, and the table a keyed hash of them: what
was printed is known to nobody any more. It opens alone inside an open class sign-in of the student, on the device on
which the code of the class was typed, or on a device that staff have enrolled; elsewhere the student's pictures or PIN
are asked for as well.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engage import dates
from engage.database.fields import ALPHABET
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people import audit, devices, sealing, sessions, sign_in, tries, ways
from engage.people.models import ClassMember, School
from engage.people.rules import Reader, Role, SchoolCard, Second, Status
from engage.people.sign_in_models import Card
from engage.people.tries import Tried

LETTERS, GROUPS = 32, 4
NO_CARD = "That card does not open this door. Try again, or ask your teacher for a new one."
LOOK_AGAIN = "Too much time went by. Scan your card again."
KIND = "card"
# each press begins it anew, so nobody has to hurry (L7)
ANSWER_WITHIN = timedelta(minutes=20)
# signs that are taken for others; the alphabet has none of them
MISREAD = str.maketrans({"o": "0", "i": "1", "l": "1"})


@dataclass(frozen=True)
class Where:
    """What a device says in its cookies. door: the code of a class; device: its token, where it is enrolled."""

    door: str = ""
    device: str = ""


@dataclass(frozen=True)
class Shown:
    """Whose card was shown. alone: whether it opens without a second step where it was shown. door: see Where."""

    card: str
    person_id: int
    name: str
    avatar: str
    school: str
    second: Second
    alone: bool
    door: str = ""
    grade: int | None = None


def new_token() -> str:
    """160 random bits as 32 letters of Crockford's base32."""
    number = secrets.randbits(5 * LETTERS)
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(LETTERS))


def in_groups(token: str) -> list[str]:
    """The four groups that one types."""
    size = LETTERS // GROUPS
    return [token[at : at + size].upper() for at in range(0, LETTERS, size)]


def plain_token(text: str) -> str:
    """The token in what was typed or scanned, the whole address too; "" where there is none."""
    letters = text.rpartition("#")[2].casefold().translate(MISREAD)
    token = "".join(letter for letter in letters if letter in ALPHABET)
    return token if len(token) == LETTERS else ""


def hash_of(token: str, secret_key: str) -> str:
    """What stands in the table in place of the token."""
    return sealing.keyed(secret_key, KIND, token)


async def show(text: str, where: Where, address: str, secret_key: str, now: datetime) -> Shown:
    """Whose card this is. Raises Refused with one sentence for every card that opens nothing, whatever the reason."""
    tried = Tried(account="", address=address)
    allowed = await tries.begin(tried, secret_key, now)
    token = plain_token(text)
    found = await _found({"token_hash": hash_of(token, secret_key)}, where, now)
    if found is None or not allowed:
        raise Refused(NO_CARD, about="card")
    await tries.succeeded(tried, secret_key)
    return found


def hand_out(shown: Shown, secret_key: str, now: datetime) -> str:
    """What the page "is this you?" carries on: that this card was shown just now."""
    return sealing.handed_out(secret_key, KIND, {"card": shown.card}, now + ANSWER_WITHIN)


async def shown_before(handed: str, where: Where, secret_key: str, now: datetime) -> Shown:
    """The card that was shown a moment ago, if it is still a card. Raises Refused."""
    what = sealing.handed_back(secret_key, KIND, handed, now)
    found = await _found({"key": what["card"]}, where, now) if what else None
    if found is None:
        raise Refused(LOOK_AGAIN, about="card")
    return found


async def _found(which: Mapping[str, str], where: Where, now: datetime) -> Shown | None:
    with every_school("a card names no school, and is asked for before any is known"):
        rows = await Card.filter(**which, person__status=Status.ACTIVE, school__closed_at=None).values(
            "key",
            "person_id",
            "school_id",
            "year",
            name="person__name",
            avatar="person__avatar",
            grade="person__grade",
            home="person__school_id",
            slug="school__slug",
            zone="school__zone",
            first_month="school__year_starts_in",
        )
    row = rows[0] if rows else None
    if row is None or row["home"] != row["school_id"]:
        return None
    if row["year"] != dates.year_name(dates.school_year(dates.on(now, row["zone"]), row["first_month"])):
        return None
    chosen = await ways.ways_of(row["school_id"], row["grade"])
    if not chosen.cards:
        return None
    door = await _door(row, where, now)
    alone = bool(door) or await _on_enrolled(row, where, now)
    who = (row["key"], row["person_id"], row["name"], row["avatar"], row["slug"])
    return Shown(*who, chosen.second, alone, door, row["grade"])


async def _door(row: Mapping[str, Any], where: Where, now: datetime) -> str:
    """The code of the open class in which the card was shown; "" outside of one, or of one's own."""
    try:
        room = await sign_in.open_class(where.door, now)
    except NotFound:
        return ""
    inside = room.school_id == row["school_id"] and await _is_in(row, room.id)
    return room.code if inside else ""


async def _on_enrolled(row: Mapping[str, Any], where: Where, now: datetime) -> bool:
    device = await devices.enrolled(where.device)
    if device is None or device["school_id"] != row["school_id"]:
        return False
    opens = device["school_class_id"] is None or await _is_in(row, device["school_class_id"])
    if opens:
        await devices.note_use(device, now)
    return opens


async def _is_in(row: Mapping[str, Any], class_id: int) -> bool:
    return await ClassMember.filter(
        school_id=row["school_id"],
        school_class_id=class_id,
        person_id=row["person_id"],
        role=Role.STUDENT,
        until__isnull=True,
    ).exists()


@one_transaction
async def keep_printed(tokens: Mapping[int, str], secret_key: str, room: str, *, by: Reader) -> None:
    """From now on these are the students' cards, by the id of each; what they had is void, and its sessions end.

    room: the key of the class for which they were printed.
    """
    year = year_of(by.school)
    for person_id, token in tokens.items():
        await _void(person_id)
        await Card.create(
            school_id=by.school.id,
            person_id=person_id,
            token_hash=hash_of(token, secret_key),
            year=year,
            made_at=dates.now(),
            by_id=by.id,
        )
        await audit.note("printed a card", by=by, about_id=person_id, subject=room)


@one_transaction
async def void(person_id: int, *, by: Reader) -> bool:
    """The student's card opens nothing any more, and the student's sessions end; whether there was one."""
    gone = await _void(person_id)
    if gone:
        await audit.note("voided a card", by=by, about_id=person_id)
    return gone


async def _void(person_id: int) -> bool:
    with every_school("who came from another school may have its card still"):
        gone = await Card.filter(person_id=person_id).delete()
    if gone:
        await sessions.end_all_sessions(person_id)
    return bool(gone)


def year_of(school: SchoolCard) -> str:
    """The school year that a card printed today is for."""
    return dates.year_name(dates.school_year(dates.today(school.zone), school.year_starts_in))


async def void_old_cards(now: datetime) -> int:
    """Void the cards of school years that are over; a job's work. How many.

    They open nothing from the first day of the new year on in any case.
    """
    number = 0
    for school in await School.all().values("id", "zone", "year_starts_in"):
        today = dates.on(now, school["zone"])
        year = dates.year_name(dates.school_year(today, school["year_starts_in"]))
        number += await _void_year(school["id"], year)
    return number


@one_transaction
async def _void_year(school_id: int, year: str) -> int:
    old = Card.filter(school_id=school_id).exclude(year=year)
    people: Sequence[int] = await old.values_list("person_id", flat=True)  # type: ignore[assignment]
    for person_id in people:
        await _void(person_id)
    if people:
        await audit.note("voided cards at the end of the year", by=None, school_id=school_id, detail=f"{len(people)}")
    return len(people)
