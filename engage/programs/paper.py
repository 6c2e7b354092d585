"""Paper takes part as an equal: sheets with a short code for a student and a week, and what was noted on them entered.

A sheet's total is one entry on the last day of its week, within the same limits as any (PRODUCT.md, 4, rule 23).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tortoise.exceptions import IntegrityError

from engage import dates
from engage.database.transaction import one_transaction, savepoint
from engage.engagement.rules import Mode
from engage.errors import NotFound, Refused
from engage.people import audit
from engage.people.models import SchoolClass
from engage.people.rules import GradeBand, Reader, Scope, band_of, named
from engage.programs import batches, entries, paper_rules
from engage.programs.batches import Entered
from engage.programs.entries import Given, Sent
from engage.programs.models import Enrolment, Program
from engage.programs.paper_models import LogBatch, PaperSheet
from engage.programs.paper_rules import Week
from engage.programs.rules import ProgramState
from engage.programs.settling import hold

SHEET = ("id", "code", "first_on", "batch", "person_id", "program_id", "school_class_id")
SHOWN = {
    "name": "person__name",
    "letter": "person__letter",
    "grade": "person__grade",
    "student": "person__key",
    "ends": "program__ends",
    "program": "program__title",
    "class_name": "school_class__name",
}


@dataclass(frozen=True)
class Line:
    """What staff read off one sheet. code: as typed."""

    code: str
    minutes: int | None
    pages: int | None = None


async def programs_on_paper(reader: Reader, room: SchoolClass) -> list[dict[str, Any]]:
    """The programs in which students of a class take part, whom this person may log for: id, key, title, dates."""
    students = [student["id"] for student in await batches.students_to_log(reader, room.id)]
    part = Enrolment.filter(school_id=reader.school.id, person_id__in=students, left_at=None)
    ids = set(await part.values_list("program_id", flat=True))
    rows = Program.filter(school_id=reader.school.id, id__in=sorted(ids), state=ProgramState.PUBLISHED)
    return await rows.order_by("starts", "id").values("id", "key", "title", "starts", "ends", "ink")


async def sheets_of(reader: Reader, room: SchoolClass, program_id: int, week: Week) -> list[dict[str, Any]]:
    """The sheets of a class, a program and a week that there are, in order of name."""
    students = [student["id"] for student in await batches.students_to_log(reader, room.id)]
    rows = PaperSheet.filter(
        school_id=reader.school.id, program_id=program_id, first_on=week.first, person_id__in=students
    )
    return await rows.order_by("person__name", "person__letter", "id").values(*SHEET, **SHOWN)


@one_transaction
async def make_sheets(room: SchoolClass, program: str, week: Week, by: Reader) -> int:
    """A sheet with a code for each student of the class who takes part and has none for that week; how many.

    program: a key. Raises NotFound, and Refused where nobody takes part, or the program does not run in that week.
    """
    found = next((row for row in await programs_on_paper(by, room) if row["key"] == program), None)
    if found is None:
        raise NotFound(program)
    if week.last < found["starts"] or (found["ends"] is not None and week.first > found["ends"]):
        raise Refused(f"{found['title']} does not run in that week.", about="week")
    students = await batches.students_to_log(by, room.id)
    of = {"school_id": by.school.id, "program_id": found["id"]}
    part = Enrolment.filter(**of, person_id__in=[student["id"] for student in students], left_at=None)
    inside = set(await part.values_list("person_id", flat=True))
    have = set(await PaperSheet.filter(**of, first_on=week.first).values_list("person_id", flat=True))
    missing = [student for student in students if student["id"] in inside - have]
    paper_rules.check_some(len(inside), paper_rules.MOST_STUDENTS, "students")
    for student in missing:
        await _make(of, student["id"], room.id, week, by)
    if missing:
        await audit.note("printed paper sheets", by=by, subject=room.key, detail=f"{len(missing)} sheets")
    return len(missing)


async def _make(of: Mapping[str, Any], person_id: int, class_id: int, week: Week, by: Reader) -> None:
    columns: dict[str, Any] = {
        "person_id": person_id,
        "school_class_id": class_id,
        "first_on": week.first,
        "by_id": by.id,
    }
    while True:
        code = paper_rules.new_code()
        try:
            async with savepoint():
                await PaperSheet.create(**of, **columns, code=code, printed_at=dates.now())
                return
        except IntegrityError:
            if await PaperSheet.filter(**of, person_id=person_id, first_on=week.first).exists():
                return  # somebody else printed it a moment ago


async def enter_sheets(lines: Sequence[Line], mode: Mode, form_key: str, by: Reader, note: str = "") -> Entered:
    """Enter what was noted on sheets, each the total of its week. Raises Refused.

    What cannot be entered of one sheet holds up no other; it is told with the code. note: why they come late.
    """
    filled = [line for line in lines if line.code.strip() and (line.minutes or line.pages)]
    paper_rules.check_some(len(filled), paper_rules.MOST_ENTERED, "sheets")
    batch = await batches.begin(batches.PAPER, form_key, by, note=note)
    refused = []
    for line in filled:
        code = paper_rules.plain_code(line.code)
        try:
            await _enter(batch, code, line, mode, by)
        except NotFound:
            refused.append((paper_rules.spelled(code), "There is no such sheet. Look at its code again."))
        except Refused as no:
            refused.append((paper_rules.spelled(code), no.sentence))
    return await batches.finish(batch, refused, by)


@one_transaction
async def _enter(batch: LogBatch, code: str, line: Line, mode: Mode, by: Reader) -> None:
    sheet = await sheet_by_code(by, code)
    await batches.keep_open(batch, by)
    await hold(by, sheet["person_id"])
    now = await PaperSheet.filter(school_id=by.school.id, id=sheet["id"]).values_list("batch")
    if now[0][0] not in ("", batch.key):
        raise Refused("This sheet was entered before.")
    on = paper_rules.day_of_total(Week(sheet["first_on"]), sheet["ends"])
    paper_rules.check_over(on, dates.today(by.school.zone))
    given = Given(on, mode, minutes=line.minutes or None, pages=line.pages or None)
    author = await batches.author_of(by, sheet["person_id"], sheet["school_class_id"])
    way = batches.WAYS[batches.PAPER]
    sent = Sent(f"sheet-{code}-{batch.key}", sure=True, way=way, batch=batch.key, reason=batch.note)
    await entries.put_in(by, author, given, sent)
    await PaperSheet.filter(school_id=by.school.id, id=sheet["id"]).update(batch=batch.key)


async def sheet_by_code(reader: Reader, code: str) -> dict[str, Any]:
    """A sheet whose student this person may log for (LOG02). Raises NotFound, also for a code that no sheet has."""
    rows = await PaperSheet.filter(school_id=reader.school.id, code=code).values(*SHEET, **SHOWN)
    if not rows:
        raise NotFound(code)
    if not reader.may("LOG02", Scope.SCHOOL):
        room = await batches.room_of(reader, rows[0]["person_id"])
        if room not in reader.taught_ids:
            raise NotFound(code)
    return rows[0]


def data_of(
    sheets: Sequence[Mapping[str, Any]], week: Week, title: str, ink: dict[str, str], paper: str
) -> dict[str, Any]:
    """What the press needs for the sheets of a class."""
    days = [date.fromordinal(week.first.toordinal() + number) for number in range(7)]
    return {
        "paper": paper,
        "lang": "en",
        "title": f"{title}, {week.words}",
        "program": title,
        "week": week.words,
        "ink": ink,
        "days": [f"{day:%A} {day.day}" for day in days],
        "ways": ["Read", "Watched", "Heard"],
        "total": "Minutes of the whole week",
        "help": "Note the minutes of each day. Hand the sheet in; your library enters it.",
        "sheets": [
            {
                "name": named(one["name"], one["letter"]),
                "code": paper_rules.spelled(one["code"]),
                "early": band_of(one["grade"]) is GradeBand.EARLY,
            }
            for one in sheets
        ],
        "empty": "There are no sheets yet.",
    }
