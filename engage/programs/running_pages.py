"""The desk of programs: all of them, a new one, one with its challenges and badges, and how it goes."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import NotFound, Refused
from engage.lists.queries import items_of, list_to_edit, newest
from engage.programs import awards, queries, running_actions, showing
from engage.programs.awards import read_rule
from engage.programs.queries import Terms, terms_of
from engage.programs.rules import phase
from engage.programs.running_forms import (
    BadgeForm,
    ChallengeForm,
    ProgramForm,
    preset_of_badge,
    preset_of_program,
)
from engage.web.render import render, say, see_other


async def desk(request: Request) -> Response:
    """All programs that one may run, the newest first."""
    reader = request.user
    today = dates.today(reader.school.zone)
    programs = [
        {**row, "phase": phase(row["starts"], row["ends"], row["catching_up"], today)}
        for row in await queries.programs_to_run(reader)
    ]
    return render(request, "programs/desk.html", programs=programs)


async def new(request: Request) -> Response:
    """Start a program."""
    await queries.programs_to_run(request.user)
    form = await ProgramForm.read(request, starts=dates.today(request.user.school.zone))
    if form.complete:
        try:
            key = await running_actions.start_program(form.settings(), form.key, request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "Your program is started. Give it challenges and badges, then publish it.")
            return see_other(request, "programs.edit", key=key)
    return render(request, "programs/settings.html", form.status, form=form, program=None)


async def edit(request: Request) -> Response:
    """A program on the desk: its challenges, its badges, publishing, and how it goes."""
    reader = request.user
    terms = await _terms(request)
    figures = await queries.figures_of(reader, terms.program["id"])
    exact = terms.program["by_id"] == reader.id
    seals = showing.seals(terms, None, dates.today(reader.school.zone))
    return render(
        request,
        "programs/edit.html",
        program=terms.program,
        challenges=list(zip(terms.challenges, showing.pieces(terms, None), strict=True)),
        badges=list(zip(terms.badges, seals, strict=True)),
        warnings=awards.window_warnings({row["key"]: read_rule(row["rule"]) for row in terms.badges}),
        figures=figures,
        count=lambda part: showing.count_shown(part, figures.joined, reader.school.fewest, exact),
    )


async def settings(request: Request) -> Response:
    """What a program says of itself, its days, and how it counts."""
    program = await queries.program_to_run(request.user, request.path_params["key"])
    form = await ProgramForm.read(request, **preset_of_program(program))
    if form.complete:
        try:
            await running_actions.change_program(program["key"], form.settings(), request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The settings are kept.")
            return see_other(request, "programs.edit", key=program["key"])
    return render(request, "programs/settings.html", form.status, form=form, program=program)


async def add_challenge(request: Request) -> Response:
    """One more thing to achieve."""
    return await _challenge(request, await _terms(request), None)


async def change_challenge(request: Request) -> Response:
    """Change a challenge."""
    terms = await _terms(request)
    return await _challenge(request, terms, _found(terms.challenges, request.path_params["challenge"]))


async def _challenge(request: Request, terms: Terms, row: Any) -> Response:
    reader, key = request.user, terms.program["key"]
    lists = await newest(reader, 200)
    slugs = {each["slug"]: each["key"] for each in lists}
    curated = slugs.get(row["list_slug"], "") if row else ""
    preset = {
        **(row or {}),
        "curated": curated,
        "modes": row["modes"].split(",") if row and row["modes"] else [],
        "required": row["required"].split(",") if row and row["required"] else [],
    }
    items = await items_of(await list_to_edit(reader, curated)) if curated else []
    offering = {
        "curated": [("", "No list"), *((each["key"], each["title"]) for each in lists)],
        "required": [(item["resource_key"], item["title"]) for item in items],
    }
    form = await ChallengeForm.read(request, offering, **preset)
    if form.complete:
        try:
            asked = form.asked()
            await running_actions.put_challenge(key, row["key"] if row else "", reader, **asked, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The challenge is kept.")
            return see_other(request, "programs.edit", key=key)
    return render(
        request, "programs/challenge.html", form.status, form=form, program=terms.program, challenge=row, items=items
    )


async def add_badge(request: Request) -> Response:
    """One more badge."""
    return await _badge(request, await _terms(request), None)


async def change_badge(request: Request) -> Response:
    """Change a badge."""
    terms = await _terms(request)
    return await _badge(request, terms, _found(terms.badges, request.path_params["badge"]))


async def _badge(request: Request, terms: Terms, row: Any) -> Response:
    key = terms.program["key"]
    others = [each for each in terms.badges if row is None or each["key"] != row["key"]]
    offering = {
        "challenge": [("", "None"), *((each["key"], each["title"]) for each in terms.challenges)],
        "badge": [("", "None"), *((each["key"], each["title"]) for each in others)],
    }
    form = await BadgeForm.read(request, offering, **(preset_of_badge(row) if row else {}))
    if form.complete:
        try:
            asked = form.asked()
            warnings = await running_actions.put_badge(
                key, row["key"] if row else "", request.user, **asked, form_key=form.key
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The badge is kept.")
            if warnings:
                say(request, " ".join(warnings), kind="care")
            return see_other(request, "programs.edit", key=key)
    return render(request, "programs/badge.html", form.status, form=form, program=terms.program, badge=row)


async def drop_challenge(request: Request) -> Response:
    """Take a challenge out of the program."""
    return await _do(
        request,
        lambda key: running_actions.drop_challenge(key, request.path_params["challenge"], request.user),
        "{} is out of the program.",
    )


async def drop_badge(request: Request) -> Response:
    """Take a badge out of the program."""
    return await _do(
        request,
        lambda key: running_actions.drop_badge(key, request.path_params["badge"], request.user),
        "{} is out of the program.",
    )


async def publish(request: Request) -> Response:
    """Put the program before its readers."""
    return await _do(
        request, lambda key: running_actions.publish(key, request.user), "{} is published. Students can take part."
    )


async def put_away(request: Request) -> Response:
    """Take the program off the pages."""
    return await _do(
        request, lambda key: running_actions.put_away(key, request.user), "{} is put away. Publish it to bring it back."
    )


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
    program = await queries.program_to_run(request.user, request.path_params["key"])
    return (await terms_of(request.user.school, [program["id"]]))[program["id"]]


def _found(rows: Any, key: str) -> Any:
    row = next((row for row in rows if row["key"] == key), None)
    if row is None:
        raise NotFound(key)
    return row
