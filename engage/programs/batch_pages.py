"""Pages on which staff log for students: for a class, for one, from paper; and take it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.engagement.rules import Mode
from engage.errors import NotFound, Refused
from engage.outside.typeset import press_in
from engage.people.models import SchoolClass
from engage.people.roster_rules import listed
from engage.people.rules import named
from engage.programs import batches, paper, paper_rules
from engage.programs.batch_forms import ClassLogForm, EnterForm, ForOthersForm, SheetsForm
from engage.programs.batches import Entered
from engage.programs.entries import Given
from engage.programs.paper import Line
from engage.programs.paper_rules import Week, week_of
from engage.web.forms import number_in, sent_form
from engage.web.paper import ink_of, paper_for
from engage.web.render import render, say, see_other, template_folder
from engage.web.routing import path_for

WEEKS_BACK, WEEKS_AHEAD = 8, 2
BLANK_LINES = 12
TOLD, NAMED = 2, 20
# letters for names, so that a message with its reason fits where it is kept
ROOM = 200


async def log_for_class(request: Request) -> Response:
    """Log once for everybody of a class who is there."""
    reader = request.user
    room = await batches.class_to_log(reader, request.path_params["key"])
    students = await batches.students_to_log(reader, room.id)
    today = dates.today(reader.school.zone)
    offering = {"students": [(one["key"], named(one["name"], one["letter"])) for one in students]}
    everybody = [one["key"] for one in students]
    form = await ClassLogForm.read(request, offering, on=today, students=everybody)
    if form.complete:
        try:
            given, note = Given(**form.said()), form.note.data or ""
            done = await batches.log_for_class(room, form.students.data or [], given, form.key, reader, note)
        except Refused as refused:
            form.refuse(refused)
        else:
            tell(request, done, "student")
            return see_other(request, "programs.log_for_class", key=room.key)
    return render(
        request,
        "programs/class_log.html",
        form.status,
        form=form,
        room=room,
        students=students,
        one=None,
        batches=await batches.batches_of(reader, room.id),
    )


async def log_for_one(request: Request) -> Response:
    """Log for a student who cannot write yet; the entry is marked as such."""
    reader = request.user
    room = await batches.class_to_log(reader, request.path_params["key"])
    students = await batches.students_to_log(reader, room.id)
    one = next((each for each in students if each["key"] == request.path_params["student"]), None)
    if one is None:
        raise NotFound(request.path_params["student"])
    form = await ForOthersForm.read(request, on=dates.today(reader.school.zone))
    if form.complete:
        try:
            done = await batches.log_for_one(room, one["key"], Given(**form.said()), form.key, reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            tell(request, done, "student")
            return see_other(request, "programs.log_for_class", key=room.key)
    return render(
        request, "programs/class_log.html", form.status, form=form, room=room, students=(), one=one, batches=()
    )


def tell(request: Request, done: Entered, what: str) -> None:
    """Say what a batch came to, with the way back, and what was refused of it."""
    if done.entries:
        undo = path_for(request, "programs.undo_batch", key=done.key)
        say(request, f"Logged for {done.entries} {what}{'' if done.entries == 1 else 's'}.", undo=undo)
    for sentence in refusals(done.refused):
        say(request, sentence, kind="wrong")


def refusals(refused: Sequence[tuple[str, str]]) -> list[str]:
    """At most two sentences that say for whom nothing was entered. refused: names, each with the reason."""
    why: dict[str, list[str]] = {}
    for name, sentence in refused:
        why.setdefault(sentence, []).append(name)
    told = [f"Not for {_some(names)}: {sentence}" for sentence, names in why.items()]
    if len(told) <= TOLD:
        return told
    others = [name for names in list(why.values())[1:] for name in names]
    return [told[0], f"Nor for {_some(others)}, each for another reason: try them one by one."]


def _some(names: Sequence[str]) -> str:
    """The first of some names, as many as there is room for, and how many more there are."""
    fit = sum(length <= ROOM for length in accumulate(len(name) + 2 for name in names[:NAMED]))
    more = [f"{len(names) - fit} more"] if len(names) > fit else []
    return listed([*names[:fit], *more])


async def undo_batch(request: Request) -> Response:
    """Take a batch back, whole."""
    try:
        number = await batches.undo(request.path_params["key"], request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
    else:
        say(request, f"Taken back: {number} {'entry' if number == 1 else 'entries'}.", kind="note")
    return see_other(request, "programs.batches")


async def all_batches(request: Request) -> Response:
    """What was entered for students of late."""
    rows = await batches.batches_of(request.user)
    return render(request, "programs/batches.html", batches=rows, rooms=await batches.rooms_to_log(request.user))


async def _asked(request: Request, room: SchoolClass) -> tuple[list[dict[str, Any]], dict[str, Any] | None, Week]:
    """The programs to choose from, the chosen one, and the week, from the address."""
    programs = await paper.programs_on_paper(request.user, room)
    wanted = request.query_params.get("program", "")
    program = next((row for row in programs if row["key"] == wanted), programs[-1] if programs else None)
    today = dates.today(request.user.school.zone)
    weeks = _weeks(request)
    asked = request.query_params.get("week", "")
    return programs, program, next((week for week in weeks if week.first.isoformat() == asked), week_of(today))


def _weeks(request: Request) -> list[Week]:
    this = week_of(dates.today(request.user.school.zone))
    return [Week(this.first + timedelta(weeks=number)) for number in range(WEEKS_AHEAD, -WEEKS_BACK - 1, -1)]


async def sheets(request: Request) -> Response:
    """The paper sheets of a class: make them, print them, enter what came back."""
    reader = request.user
    room = await batches.class_to_log(reader, request.path_params["key"])
    programs, program, week = await _asked(request, room)
    offering = {
        "program": [(row["key"], row["title"]) for row in programs],
        "week": [(each.first.isoformat(), each.words) for each in _weeks(request)],
    }
    preset = {"program": program["key"] if program else None, "week": week.first.isoformat()}
    form = await SheetsForm.read(request, offering, **preset)
    if form.complete:
        chosen = {"program": form.program.data, "week": form.week.data}
        try:
            number = await paper.make_sheets(room, form.program.data, Week(form.first()), reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{number} new sheet{'' if number == 1 else 's'}." if number else "They are all there.")
            return see_other(request, "programs.sheets", chosen, key=room.key)
    rows = await paper.sheets_of(reader, room, program["id"], week) if program else []
    return render(
        request,
        "programs/sheets.html",
        form.status,
        form=form,
        room=room,
        program=program,
        week=week,
        sheets=[{**row, "spelled": paper_rules.spelled(row["code"])} for row in rows],
        query={"program": program["key"], "week": week.first.isoformat()} if program else {},
    )


async def sheets_print(request: Request) -> Response:
    """The sheets as a page to print."""
    data, room = await _data(request)
    return render(request, "programs/sheets_print.html", data=data, room=room)


async def sheets_pdf(request: Request) -> Response:
    """The sheets as a PDF, two to a page."""
    data, _ = await _data(request)
    body = await press_in(template_folder() / "paper").pdf("log_sheets", data, dates.now())
    headers = {"Content-Disposition": 'attachment; filename="log-sheets.pdf"'}
    return Response(body, headers=headers, media_type="application/pdf")


async def _data(request: Request) -> tuple[dict[str, Any], SchoolClass]:
    room = await batches.class_to_log(request.user, request.path_params["key"])
    _, program, week = await _asked(request, room)
    if program is None:
        raise NotFound("a program on paper")
    rows = await paper.sheets_of(request.user, room, program["id"], week)
    page = str(paper_for(request.user.school.zone))
    return paper.data_of(rows, week, program["title"], ink_of(program["ink"]), page), room


async def enter_sheets(request: Request) -> Response:
    """Enter what was noted on sheets, by their codes or by the list of a class."""
    reader = request.user
    key = request.query_params.get("class", "")
    known: list[dict[str, Any]] = []
    if key:
        room = await batches.class_to_log(reader, key)
        _, program, week = await _asked(request, room)
        known = await paper.sheets_of(reader, room, program["id"], week) if program else []
    form = await EnterForm.read(request)
    typed = await _typed(request) if form.sent else []
    if form.complete:
        try:
            lines = [line.read() for line in typed]
            paper_rules.check_once([paper_rules.plain_code(line.code) for line in lines])
            done = await paper.enter_sheets(lines, Mode(form.mode.data), form.key, reader, form.note.data or "")
        except Refused as refused:
            form.refuse(refused)
        else:
            tell(request, done, "sheet")
            return see_other(request, "programs.batches")
    rows = []
    for row in known:
        if not row["batch"]:
            mine = next((line for line in typed if paper_rules.plain_code(line.code) == row["code"]), None)
            typed = [line for line in typed if line is not mine]
            rows.append({"code": paper_rules.spelled(row["code"]), "name": row["name"], "line": mine})
    blank = 0 if rows else max(2, BLANK_LINES - len(typed))
    rows += [{"code": line.code, "name": "", "line": line} for line in typed]
    rows += [{"code": "", "name": "", "line": None}] * blank
    return render(request, "programs/sheets_enter.html", form.status, form=form, rows=rows)


@dataclass(frozen=True)
class Typed:
    """A line as it was typed, with something in it besides the code of a sheet."""

    code: str
    minutes: str
    pages: str

    def read(self) -> Line:
        """What it says. Raises Refused where it stands beside no code, or where a number is none: nothing is lost."""
        if not self.code:
            raise Refused(f"“{self.minutes or self.pages}” stands beside no code. Write the code of its sheet.")
        for text in (self.minutes, self.pages):
            if text and number_in(text) is None:
                raise Refused(f"“{text}” beside {self.code} is no whole number. Write one, like 25.")
        return Line(self.code, number_in(self.minutes), number_in(self.pages))


async def _typed(request: Request) -> list[Typed]:
    """The lines that were filled in: codes, minutes and pages stand in the same order."""
    given = await sent_form(request)
    columns = [[str(value).strip() for value in given.getlist(name)] for name in ("code", "line_minutes", "line_pages")]
    return [Typed(*line) for line in zip(*columns, strict=False) if line[1] or line[2]]
