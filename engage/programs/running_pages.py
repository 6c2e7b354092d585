"""The desk of programs: all of them, a new one, one as a whole with its settings, its life from draft to archive."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import Refused
from engage.people.rules import Reader, Scope
from engage.programs import making, queries, running_actions, running_queries, showing
from engage.programs.awards import read_rule
from engage.programs.desk_words import state_of
from engage.programs.joining_rules import Joining
from engage.programs.long_over import why_not_again
from engage.programs.number_queries import numbers_for
from engage.programs.patterns import PATTERNS, Pattern, next_year, run_of
from engage.programs.queries import Terms
from engage.programs.rule_words import choices
from engage.programs.rules import Phase
from engage.programs.running_forms import CopyForm, ProgramForm, ReopenForm, offering_of, preset_of_program
from engage.programs.sure_pages import asked_first, sure
from engage.programs.windows import window_warnings
from engage.web.forms import choice
from engage.web.render import render, say, see_other


async def desk(request: Request) -> Response:
    """All programs that one may run, those that go on first, with their state in words."""
    reader = request.user
    today = dates.today(reader.school.zone)
    programs = [{**row, **state_of(row, reader.school.zone, today)} for row in await queries.programs_to_run(reader)]
    groups = [
        ("On now and to come", [row for row in programs if row["group"] == "now"]),
        ("Drafts", [row for row in programs if row["group"] == "draft"]),
        ("Over and put away", [row for row in programs if row["group"] == "past"]),
    ]
    shown = [(name, rows) for name, rows in groups if rows]
    return render(request, "programs/desk.html", groups=shown, takes_over=reader.may("PRG01", Scope.SCHOOL))


async def new(request: Request) -> Response:
    """Choose what to begin with: a pattern, or a white page."""
    running_actions.check_may_run(request.user)
    return render(request, "programs/patterns.html", patterns=list(PATTERNS.values()))


async def start(request: Request) -> Response:
    """Start a program from a pattern, or, where none is named, from nothing."""
    reader = request.user
    running_actions.check_may_run(reader)
    name = choice(request, "from", PATTERNS)
    pattern = PATTERNS.get(name)
    rooms = await running_queries.classes_to_choose(reader)
    lists = await queries.lists_to_choose(reader) if pattern and pattern.asks_list else []
    offering = offering_of(rooms, choices([], [], []), "") | {"curated": [("", "Choose later"), *_named(lists)]}
    form = await ProgramForm.read(request, offering, **preset_of_new(pattern, reader))
    if form.complete:
        try:
            given = form.settings()
            if pattern:
                key = await making.start_from(pattern, given, form.curated.data or "", form.key, reader)
            else:
                key = await running_actions.start_program(given, form.key, reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "Your program is started. Look through it, change what you like, then publish it.")
            return see_other(request, "programs.edit", key=key)
    return render(
        request,
        "programs/settings.html",
        form.status,
        form=form,
        program=None,
        pattern=pattern,
        lists=lists,
        **await _settings_words(reader, rooms),
    )


def _named(lists: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["key"], each["title"]) for each in lists]


def preset_of_new(pattern: Pattern | None, reader: Reader) -> dict[str, Any]:
    """What a new program's form begins with: the pattern's words, and days that fit the school year."""
    today = dates.today(reader.school.zone)
    own: dict[str, Any] = {"starts": today}
    if not reader.may("PRG01", Scope.SCHOOL):
        own |= {"joining": Joining.CLASSES.value, "visibility": "classes"}
    if pattern is None:
        return own
    starts, ends = run_of(pattern, today, reader.school.year_starts_in)
    grades = {
        name: str(pattern.settings[name] or "") for name in ("grade_low", "grade_high") if name in pattern.settings
    }
    named = {"title": pattern.title, "kind": pattern.kind.value, "starts": starts, "ends": ends}
    return {**pattern.settings, **grades, **own, **named}


async def _settings_words(reader: Reader, rooms: list[dict[str, Any]]) -> dict[str, Any]:
    """What the page of settings says besides its form. own: a teacher's program, for own classes only."""
    return {"rooms": rooms, "own": not reader.may("PRG01", Scope.SCHOOL)}


async def edit(request: Request) -> Response:
    """A program on the desk: its state, its challenges, its badges, who takes part, and how it goes."""
    reader = request.user
    terms = await _terms(request)
    program = terms.program
    today = dates.today(reader.school.zone)
    figures = await queries.figures_of(reader, program["id"])
    exact = program["by_id"] == reader.id
    pieces = showing.pieces(terms, None, await queries.lists_seen(reader, terms))
    seals = showing.seals(terms, None, today)
    state = state_of(program, reader.school.zone, today)
    result, frozen_at = await numbers_for(reader.school, program) if state["phase"] is Phase.CLOSED else (None, None)
    return render(
        request,
        "programs/edit.html",
        program={**program, **state},
        result=result if frozen_at else None,
        challenges=list(zip(terms.challenges, pieces, strict=True)),
        badges=list(zip(terms.badges, seals, strict=True)),
        warnings=window_warnings({row["key"]: read_rule(row["rule"]) for row in terms.badges}),
        figures=figures,
        runner=await running_queries.runner_of(reader, program["by_id"]),
        rooms=await running_queries.classes_of(reader, program["id"]),
        why_not_again=await why_not_again(reader.school, terms) if state["phase"] is Phase.CLOSED else "",
        reopening=ReopenForm(data={"ends": today + timedelta(days=7)}),
        runs_it=exact,
        may_take_over=reader.may("PRG01", Scope.SCHOOL) and not exact,
        sees_people=exact or not reader.may("PRG01", Scope.SCHOOL),
        count=lambda part: showing.count_shown(part, figures.joined, reader.school.fewest, exact),
    )


async def settings(request: Request) -> Response:
    """What a program says of itself, its days, who takes part, and how it counts."""
    reader = request.user
    terms = await _terms(request)
    program = terms.program
    rooms = await running_queries.classes_to_choose(reader, program["id"])
    theirs = [room["key"] for room in await running_queries.classes_of(reader, program["id"])]
    offered = choices(terms.challenges, terms.badges, [row for row in terms.activities if row["gone_on"] is None])
    preset = preset_of_program(program, theirs, reader.school.zone)
    offering = offering_of(rooms, offered, program["completion"])
    form = await ProgramForm.read(request, offering, **preset)
    if form.complete:
        try:
            given = form.settings(program["completion"])
            kept = await sure(
                form, program, reader, lambda: running_actions.change_program(program["key"], given, reader)
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            if kept:
                say(request, "The settings are kept.")
                return see_other(request, "programs.edit", key=program["key"])
    words = await _settings_words(reader, rooms)
    return render(
        request, "programs/settings.html", form.status, form=form, program=program, pattern=None, lists=[], **words
    )


async def copy(request: Request) -> Response:
    """The same program for another year, as a draft."""
    reader = request.user
    program = await queries.program_to_run(reader, request.path_params["key"])
    form = await CopyForm.read(request, **preset_of_copy(program, dates.today(reader.school.zone)))
    if form.complete:
        try:
            key = await making.copy_program(program["key"], form.title.data, form.starts.data, form.key, reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "This is the copy. Look through its days, then publish it.")
            return see_other(request, "programs.edit", key=key)
    return render(request, "programs/copy.html", form.status, form=form, program=program)


def preset_of_copy(program: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The name and first day of a copy: the same day of the next year that has not come yet."""
    years = 1
    while next_year(program["starts"], years) < today:
        years += 1
    return {"title": making.title_of_copy(program["title"], years), "starts": next_year(program["starts"], years)}


async def publish(request: Request) -> Response:
    """Put the program before its readers."""
    return await _do(request, lambda key: running_actions.publish(key, request.user), "{} is published.")


async def put_away(request: Request) -> Response:
    """Take the program off the pages."""
    return await _do(
        request, lambda key: running_actions.put_away(key, request.user), "{} is put away. Publish it to bring it back."
    )


async def end(request: Request) -> Response:
    """Make today the last day of the program."""
    reader, key = request.user, request.path_params["key"]
    program = await queries.program_to_run(reader, key)
    try:
        asking = await asked_first(request, program, lambda: running_actions.end(key, reader), "End it today")
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
        return see_other(request, "programs.edit", key=key)
    sentence = "Today is the last day of {}. Entries for days up to today are taken while the days to catch up last."
    return asking or await _do(request, lambda key: running_actions.end(key, reader), sentence)


async def reopen(request: Request) -> Response:
    """Give a program that is over a later last day."""
    reader, key = request.user, request.path_params["key"]
    program = await queries.program_to_run(reader, key)
    form = await ReopenForm.read(request)
    if form.complete:
        return await _do(request, lambda key: running_actions.reopen(key, form.ends.data, reader), "{} is open again.")
    say(request, "Pick the new last day.", kind="wrong")
    return see_other(request, "programs.edit", key=program["key"])


async def take_over(request: Request) -> Response:
    """Run the program from now on."""
    return await _do(request, lambda key: running_actions.take_over(key, request.user), "You run {} from now on.")


async def _do(request: Request, act: Callable[[str], Awaitable[str]], sentence: str) -> Response:
    key = request.path_params["key"]
    try:
        title = await act(key)
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
    else:
        say(request, sentence.format(title))
    return see_other(request, "programs.edit", key=key)


async def _terms(request: Request) -> Terms:
    return await running_queries.terms_to_run(request.user, request.path_params["key"])
