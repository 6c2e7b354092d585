"""A program's board: off until switched on, and nobody on it who did not choose so (SAFETY.md, P8)."""

from random import SystemRandom

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import NotFound, Refused
from engage.people.rules import Scope
from engage.programs import board_actions, board_queries
from engage.programs.boards import TEN, is_name_of, offers
from engage.programs.recognition_forms import BoardNameForm
from engage.web.forms import sent_form
from engage.web.render import render, say, see_other


async def board(request: Request) -> Response:
    """The top places and one's own, under pseudonyms."""
    reader = request.user
    program = await board_queries.program_with_board(reader, request.path_params["slug"])
    shown, what = await board_queries.board_of(reader, program)
    takes_part = await board_queries.takes_part(reader, program["id"])
    return render(
        request,
        "programs/board.html",
        program=program,
        board=shown,
        what=what,
        # an amount beside a name would tell staff, who see amounts by name elsewhere, who it is (PRG11)
        amounts=reader.is_student,
        name=await board_queries.own_name(reader, program["id"]) if takes_part else "",
        may_join=takes_part and reader.may("PRG09", Scope.MINE),
        ten=TEN,
    )


async def join_board(request: Request) -> Response:
    """Choose a name and stand on the board."""
    reader = request.user
    slug = request.path_params["slug"]
    program = await board_queries.program_with_board(reader, slug)
    if not reader.may("PRG09", Scope.MINE) or not await board_queries.takes_part(reader, program["id"]):
        raise NotFound(slug)
    free = offers(program["key"], await board_queries.names_taken(reader, program["id"]), SystemRandom())
    if request.method == "POST":
        # what was offered a moment ago is not what is offered now
        asked = str((await sent_form(request)).get("name", ""))
        free = [asked, *free] if is_name_of(program["key"], asked) and asked not in free else free
    form = await BoardNameForm.read(request, {"name": [(name, name) for name in free]})
    if form.complete:
        try:
            await board_actions.join_board(slug, form.name.data, reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"You stand on the board as {form.name.data}. Nobody is told who that is.")
            return see_other(request, "programs.board", slug=slug)
    return render(request, "programs/board_join.html", form.status, form=form, program=program)


async def leave_board(request: Request) -> Response:
    """Do not stand on the board any more."""
    slug = request.path_params["slug"]
    await board_actions.leave_board(slug, request.user)
    say(request, "You do not stand on the board any more.")
    return see_other(request, "programs.show", slug=slug)


async def switch_board(request: Request) -> Response:
    """Let the program have a board, or have none."""
    key = request.path_params["key"]
    on = (await sent_form(request)).get("board") == "on"
    await board_actions.switch_board(key, on, request.user)
    say(request, "The program has a board now, for those who choose to stand on it." if on else "The board is off.")
    return see_other(request, "programs.recognition", key=key)
