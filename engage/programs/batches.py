"""Entries that staff make for students: for all who are there, for one who cannot write yet, and taking them back.

Each student is a unit of work, so that nobody waits for thirty others; a batch that was broken off is gone on with by
sending the same form again, since each entry has a key made of the batch and the student.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from engage import dates
from engage.database.transaction import one_transaction, savepoint
from engage.engagement.diary import Who
from engage.errors import NotFound, Refused
from engage.people import audit
from engage.people.models import ClassMember, Person, SchoolClass
from engage.people.queries import class_for, may_in_class, students_of
from engage.people.rules import Reader, Role, Scope, Status, named
from engage.programs import entries, paper_rules
from engage.programs.entries import Author, Given, Sent
from engage.programs.models import Enrolment, EntryVoid, LogEntry
from engage.programs.paper_models import LogBatch, PaperSheet
from engage.programs.rules import ProgramState
from engage.programs.settling import hold

CLASS, PAPER, PRE_READER = "class", "paper", "pre-reader"
WAYS = {CLASS: "class", PAPER: "paper week", PRE_READER: "for a pre-reader"}
LATEST = 30


@dataclass(frozen=True)
class Entered:
    """What came of a batch. key: of the batch. entries: how many it holds now. refused: names, each with the reason."""

    key: str
    entries: int
    refused: tuple[tuple[str, str], ...] = ()


async def class_to_log(reader: Reader, key: str) -> SchoolClass:
    """A class for whose students this person may log (LOG02), or NotFound."""
    return await class_for(reader, "LOG02", key)


async def students_to_log(reader: Reader, class_id: int) -> list[dict[str, Any]]:
    """The students of a class whose names this person may see (CLS07), in order of name.

    All for who teaches the class; for the library's people those who take part in a program that they run themselves.
    """
    students = await students_of(reader.school.id, class_id)
    if may_in_class(reader, "CLS07", class_id):
        return students
    part = Enrolment.filter(
        school_id=reader.school.id,
        program__by_id=reader.id,
        program__state=ProgramState.PUBLISHED.value,
        person_id__in=[student["id"] for student in students],
        left_at=None,
    )
    known = set(await part.values_list("person_id", flat=True))
    return [student for student in students if student["id"] in known]


async def log_for_class(
    room: SchoolClass, present: Collection[str], given: Given, form_key: str, by: Reader, note: str = ""
) -> Entered:
    """The same entry for each student who is there (rule 21). present: keys of students. Raises NotFound, Refused."""
    students = {student["key"]: student for student in await students_to_log(by, room.id)}
    chosen = [students[key] for key in students if key in present]
    paper_rules.check_some(len(chosen), paper_rules.MOST_STUDENTS, "students")
    batch = await begin(CLASS, form_key, by, room_id=room.id, note=note)
    pairs = [(await author_of(by, student["id"], room.id), _called(student), given) for student in chosen]
    return await enter(batch, pairs, by)


async def log_for_one(room: SchoolClass, student: str, given: Given, form_key: str, by: Reader) -> Entered:
    """An entry for a student who cannot write it yet (LOG02). student: a key. Raises NotFound, Refused."""
    found = next((each for each in await students_to_log(by, room.id) if each["key"] == student), None)
    if found is None:
        raise NotFound(student)
    batch = await begin(PRE_READER, form_key, by, room_id=room.id)
    entered = await enter(batch, [(await author_of(by, found["id"], room.id), _called(found), given)], by)
    if entered.refused:
        raise Refused(entered.refused[0][1])
    return entered


def _called(student: dict[str, Any]) -> str:
    return named(student["name"], student["letter"])


async def author_of(by: Reader, person_id: int, class_id: int | None) -> Author:
    """A student for whom staff log. class_id: the class in which it was done."""
    rows = await Person.filter(school_id=by.school.id, id=person_id, status=Status.ACTIVE).values("grade")
    if not rows:
        raise NotFound(person_id)
    return Author(Who(person_id, rows[0]["grade"]), class_id)


@one_transaction
async def begin(
    kind: str, form_key: str, by: Reader, room_id: int | None = None, program_id: int | None = None, note: str = ""
) -> LogBatch:
    """The batch of a form: a new one, or the one that the same form began before.

    Raises Refused where the form was of somebody else, or its batch was undone.
    """
    columns: dict[str, Any] = {
        "kind": kind,
        "school_class_id": room_id,
        "program_id": program_id,
        "note": " ".join(note.split()),
    }
    try:
        async with savepoint():
            return await LogBatch.create(
                school_id=by.school.id, by_id=by.id, form_key=form_key, at=dates.now(), **columns
            )
    except IntegrityError:
        batch = await LogBatch.get(school_id=by.school.id, form_key=form_key)
    same = batch.by_id == by.id and all(getattr(batch, name) == value for name, value in columns.items())  # type: ignore[attr-defined]
    if not same or batch.undone_at is not None:
        raise Refused("This form was sent before. Open the page anew.")
    return batch


async def keep_open(batch: LogBatch, by: Reader) -> None:
    """Hold a batch, before the student, until an entry of it stands. Raises Refused once the batch is undone."""
    row = await LogBatch.filter(school_id=by.school.id, id=batch.id).select_for_update().first()
    if row is None or row.undone_at is not None:
        raise Refused("This was taken back meanwhile.")


async def enter(batch: LogBatch, pairs: Sequence[tuple[Author, str, Given]], by: Reader) -> Entered:
    """An entry for each of these students; what is refused for one holds up nobody. pairs: author, name, what."""
    refused = []
    for author, name, given in pairs:
        try:
            await _one(batch, author, given, by)
        except Refused as no:
            refused.append((name, no.sentence))
    return await finish(batch, refused, by)


@one_transaction
async def _one(batch: LogBatch, author: Author, given: Given, by: Reader) -> None:
    await keep_open(batch, by)
    await hold(by, author.who.id)
    form_key = f"batch-{batch.key}-{author.who.id}"
    sent = Sent(form_key, sure=True, way=WAYS[batch.kind], batch=batch.key, reason=batch.note)
    await entries.put_in(by, author, given, sent)


@one_transaction
async def finish(batch: LogBatch, refused: Sequence[tuple[str, str]], by: Reader) -> Entered:
    """Note how many there are, and that staff wrote in others' logs (SAFETY.md, audit)."""
    number = await LogEntry.filter(school_id=by.school.id, batch=batch.key).count()
    rows = LogBatch.filter(school_id=by.school.id, id=batch.id)
    if await rows.exclude(entries=number).update(entries=number):
        await audit.note("logged for students", by=by, subject=batch.key, detail=f"{batch.kind}, {number} entries")
    return Entered(batch.key, number, tuple(refused))


async def undo(key: str, by: Reader) -> int:
    """Take a whole batch back; how many entries that were. Doing it again goes on where it was broken off.

    Raises NotFound, and Refused where it was taken back before.
    """
    batch = await _begin_undoing(key, by)
    rows = LogEntry.filter(school_id=by.school.id, batch=batch.key, void__id__isnull=True)
    left = await rows.order_by("id").values_list("id", "person_id", "person__grade")
    for number, person, grade in left:
        await _undo_one(batch, number, Who(person, grade), by)
    return len(left)


async def batches_of(reader: Reader, class_id: int | None = None) -> list[dict[str, Any]]:
    """The latest batches that this person may take back. class_id: of one class."""
    rows = LogBatch.filter(school_id=reader.school.id)
    if class_id is not None:
        rows = rows.filter(school_class_id=class_id)
    if not reader.may("LOG04", Scope.SCHOOL):
        rows = rows.filter(Q(school_class_id__in=sorted(reader.taught_ids)) | Q(by_id=reader.id, school_class_id=None))
    columns = ("key", "kind", "note", "entries", "at", "undone_at")
    joined = {"by_name": "by__name", "class_name": "school_class__name", "program_title": "program__title"}
    return await rows.order_by("-id").limit(LATEST).values(*columns, **joined)


@one_transaction
async def _begin_undoing(key: str, by: Reader) -> LogBatch:
    batch = await LogBatch.filter(school_id=by.school.id, key=key).select_for_update().first()
    if batch is None:
        raise NotFound(key)
    if not await _may_undo(by, batch):
        raise NotFound(key)
    if batch.undone_at is None:
        batch.undone_at, batch.undone_by_id = dates.now(), by.id
        await batch.save(update_fields=["undone_at", "undone_by_id"])
        await audit.note("took back entries", by=by, subject=batch.key, detail=f"{batch.kind}, {batch.entries} entries")
    elif not await LogEntry.filter(school_id=by.school.id, batch=key, void__id__isnull=True).exists():
        raise Refused("This was taken back before.")
    return batch


async def _may_undo(by: Reader, batch: LogBatch) -> bool:
    """LOG04: those of classes that one teaches today, own sheets of their students, and for the library all."""
    if by.may("LOG04", Scope.SCHOOL) or batch.school_class_id in by.taught_ids:  # type: ignore[attr-defined]
        return True
    if batch.by_id != by.id or batch.school_class_id is not None:  # type: ignore[attr-defined]
        return False
    sheets = PaperSheet.filter(school_id=by.school.id, batch=batch.key)
    rooms = set(await sheets.distinct().values_list("school_class_id", flat=True))
    return by.may("LOG04", Scope.MINE) and rooms <= by.taught_ids


@one_transaction
async def _undo_one(batch: LogBatch, number: int, who: Who, by: Reader) -> None:
    await hold(by, who.id)
    # in the same unit as its entry goes, so that a sheet is never left as entered by nothing
    await PaperSheet.filter(school_id=by.school.id, batch=batch.key, person_id=who.id).update(batch="")
    if await EntryVoid.filter(school_id=by.school.id, entry_id=number).exists():
        return
    entry = await LogEntry.get(school_id=by.school.id, id=number)
    if await LogEntry.filter(school_id=by.school.id, supersedes_id=number).exists():
        return  # the student made another one of it, which is the student's own
    await entries.take_out(by, who, entry, "it was logged for you, and that was a slip")


async def rooms_to_log(reader: Reader) -> list[dict[str, Any]]:
    """The classes for which this person may log: key, name, grade."""
    rooms = SchoolClass.filter(school_id=reader.school.id, ended_on__isnull=True)
    if not reader.may("LOG02", Scope.SCHOOL):
        rooms = rooms.filter(id__in=sorted(reader.taught_ids))
    return await rooms.order_by("name", "id").values("id", "key", "name", "grade")


async def room_of(reader: Reader, person_id: int) -> int | None:
    """The class of a student that comes first; None where there is none."""
    rows = ClassMember.filter(
        school_id=reader.school.id, person_id=person_id, role=Role.STUDENT, until__isnull=True
    ).order_by("school_class_id")
    found = await rows.limit(1).values_list("school_class_id", flat=True)
    return int(str(found[0])) if found else None
