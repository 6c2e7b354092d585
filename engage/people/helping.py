"""What teachers and admins do for the sign-in of students: see what each has, give it anew, let in, sign out.

Of one's own classes, or of the school, as CLS05 and CLS15 say. What is given is shown once, to be told or printed, and
kept as a hash only.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people import audit, passwords, pins, sessions, tries, ways
from engage.people.models import Person, SchoolClass
from engage.people.queries import class_for, students_of
from engage.people.rules import Reader, Second, band_of, named
from engage.people.sign_in import account_of_student
from engage.people.sign_in_models import Card, StudentSignIn
from engage.people.ways import Ways

# cards and secrets for so many students at once: the largest class, and what is hashed within the time of an answer
MOST = 60


@dataclass(frozen=True)
class Student:
    """A student with what there is to sign in with. stopped: failures stopped it, so that somebody has to look."""

    id: int
    key: str
    name: str
    letter: str
    grade: int | None
    ways: Ways
    has_second: bool
    card_since: Any
    used_on: Any
    stopped: bool

    @property
    def spoken(self) -> str:
        """The name as the class says it."""
        return named(self.name, self.letter)


@dataclass(frozen=True)
class Secret:
    """What was given to a student. pictures: four names, or none; pin: six digits, or ""."""

    student: Student
    pictures: Sequence[str] = ()
    pin: str = ""


async def student_to_sign_out(reader: Reader, class_key: str, key: str) -> dict[str, Any]:
    """A student of a class whose sessions this person may end (CLS15): id, key, name. Raises NotFound."""
    room = await class_for(reader, "CLS15", class_key)
    found = next((row for row in await students_of(reader.school.id, room.id) if row["key"] == key), None)
    if found is None:
        raise NotFound(key)
    return found


async def students_with(room: SchoolClass, reader: Reader, secret_key: str) -> list[Student]:
    """The students of a class with what each has, in order of name; five statements, however many."""
    school_id = reader.school.id
    rows = await students_of(school_id, room.id)
    of = {"school_id": school_id, "person_id__in": [row["id"] for row in rows]}
    kept = {
        row["person_id"]: row for row in await StudentSignIn.filter(**of).values("person_id", "pin_hash", "used_on")
    }
    cards = dict(await Card.filter(**of).values_list("person_id", "made_at"))
    chosen = await ways.ways_by_band(school_id)
    stopped = await tries.stopped_among([account_of_student(row["key"]) for row in rows], secret_key)
    students = []
    for row in rows:
        mine = chosen[band_of(row["grade"])]
        ours = kept.get(row["id"], {"pin_hash": "", "used_on": None})
        students.append(
            Student(
                **{name: row[name] for name in ("id", "key", "name", "letter", "grade")},
                ways=mine,
                has_second=row["has_pictures"] if mine.second is Second.PICTURES else bool(ours["pin_hash"]),
                card_since=cards.get(row["id"]),
                used_on=ours["used_on"],
                stopped=account_of_student(row["key"]) in stopped,
            )
        )
    return students


def chosen_among(students: Collection[Student], keys: Collection[str]) -> list[Student]:
    """Those of the students who were ticked. Raises Refused where nobody was, or too many."""
    chosen = [student for student in students if student.key in keys]
    if not chosen:
        raise Refused("Choose at least one student.", about="students")
    if len(chosen) > MOST:
        raise Refused(f"Choose {MOST} students at most, and the others after them.", about="students")
    return chosen


def student_among(students: Collection[Student], key: str) -> Student:
    """One of the students, or NotFound."""
    found = next((student for student in students if student.key == key), None)
    if found is None:
        raise NotFound(key)
    return found


async def give_secrets(students: Sequence[Student], secret_key: str, *, by: Reader) -> list[Secret]:
    """New pictures or PINs, as their grades have them, chosen by chance; the old ones are void, sessions end."""
    given = [
        Secret(one, pictures=passwords.choose_pictures())
        if one.ways.second is Second.PICTURES
        else Secret(one, pin=pins.choose_pin())
        for one in students
    ]
    texts = [
        passwords.pin_secret(one.pin, one.student.key, secret_key)
        if one.pin
        else passwords.picture_secret(one.pictures, one.student.key, secret_key)
        for one in given
    ]
    hashes = await asyncio.gather(*map(passwords.hashed, texts))
    await _keep({one.student: kept for one, kept in zip(given, hashes, strict=True)}, secret_key, by)
    return given


@one_transaction
async def _keep(hashes: Mapping[Student, str], secret_key: str, by: Reader) -> None:
    for student, kept in hashes.items():
        if student.ways.second is Second.PICTURES:
            await Person.filter(school_id=by.school.id, id=student.id).update(picture_hash=kept)
        else:
            await keep_pin(by.school.id, student.id, kept)
        await sessions.end_all_sessions(student.id)
        await tries.let_go(account_of_student(student.key), secret_key)
        words = "gave new pictures" if student.ways.second is Second.PICTURES else "gave a new PIN"
        await audit.note(words, by=by, about_id=student.id)


async def keep_pin(school_id: int, person_id: int, pin_hash: str) -> None:
    """Keep the hash of a PIN, inside the unit of work that gave or chose it."""
    await StudentSignIn.update_or_create(school_id=school_id, person_id=person_id, defaults={"pin_hash": pin_hash})


@one_transaction
async def let_go(student: Student, secret_key: str, *, by: Reader) -> None:
    """The teacher has looked: the student may try again with the same pictures or PIN."""
    await tries.let_go(account_of_student(student.key), secret_key)
    await audit.note("let a student sign in again", by=by, about_id=student.id)


@one_transaction
async def end_sessions(person_id: int, *, by: Reader) -> int:
    """Sign somebody out everywhere (CLS15); on how many devices."""
    number = await sessions.end_all_sessions(person_id)
    await audit.note("ended sessions", by=by, about_id=person_id, detail=f"{number}")
    return number


@one_transaction
async def note_use(person: Person) -> None:
    """Write down the day on which a student signed in."""
    home = await Person.filter(id=person.id, school_id=_home(person)).values_list("school__zone", flat=True)
    on = dates.today(str(home[0]))
    await StudentSignIn.update_or_create(school_id=_home(person), person_id=person.id, defaults={"used_on": on})


def _home(person: Person) -> int:
    return int(person.school_id)  # type: ignore[attr-defined]
