"""Recognition on the desk of a program: prizes and their stock, and the ways to drawings, teams, board and papers."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import Refused
from engage.people.rules import Scope
from engage.programs import prize_actions
from engage.programs.drawing_queries import drawings_of
from engage.programs.queries import program_to_run
from engage.programs.recognition_forms import PrizeForm
from engage.programs.recognition_queries import badges_of, prize_of, prizes_of, sight_of
from engage.programs.team_queries import teams_of
from engage.web.render import render, say, see_other


async def recognition(request: Request) -> Response:
    """Everything that a program gives: prizes, drawings, teams, the board, certificates."""
    reader = request.user
    program = await program_to_run(reader, request.path_params["key"])
    return render(
        request,
        "programs/recognition.html",
        program=program,
        prizes=await prizes_of(reader, program["id"]),
        drawings=await drawings_of(reader, program["id"]),
        teams=len(await teams_of(reader, program["id"])),
        may_switch=reader.may("PRG08", Scope.SCHOOL),
        may_give=sight_of(reader, program) is not None,
    )


async def new_prize(request: Request) -> Response:
    """One more prize."""
    return await _prize(request, await program_to_run(request.user, request.path_params["key"]), None)


async def change_prize(request: Request) -> Response:
    """Change a prize, or how many there are."""
    program = await program_to_run(request.user, request.path_params["key"])
    return await _prize(request, program, await prize_of(request.user, program["id"], request.path_params["prize"]))


async def _prize(request: Request, program: dict[str, Any], row: dict[str, Any] | None) -> Response:
    badges = await badges_of(request.user, program["id"])
    choices = [
        ("", "Who completed the program"),
        *((each["key"], f"Who holds the badge {each['title']}") for each in badges),
    ]
    keys = {each["id"]: each["key"] for each in badges}
    preset = {**row, "badge": keys.get(row["badge_id"], "")} if row else {}
    form = await PrizeForm.read(request, {"badge": choices}, **preset)
    if form.complete:
        try:
            await prize_actions.put_prize(
                program["key"],
                row["key"] if row else "",
                request.user,
                title=form.title.data or "",
                description=form.description.data or "",
                badge=form.badge.data or "",
                stock=form.stock.data,
                form_key=form.key,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The prize is kept.")
            return see_other(request, "programs.recognition", key=program["key"])
    return render(request, "programs/prize.html", form.status, form=form, program=program, prize=row)


async def drop_prize(request: Request) -> Response:
    """Take a prize out of the program."""
    key = request.path_params["key"]
    try:
        title = await prize_actions.drop_prize(key, request.path_params["prize"], request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
    else:
        say(request, f"{title} is out of the program.")
    return see_other(request, "programs.recognition", key=key)
