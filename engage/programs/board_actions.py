"""A board is switched on for a program, and students, nobody else, put themselves on it and take themselves off."""

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from engage import dates
from engage.database.transaction import one_transaction, savepoint
from engage.errors import NotFound, Refused
from engage.people import audit
from engage.people.rules import Reader, Scope
from engage.programs.board_queries import names_taken, own_name, program_with_board, takes_part
from engage.programs.boards import check_name
from engage.programs.models import Program
from engage.programs.queries import program_to_run
from engage.programs.recognition_models import BoardName


@one_transaction
async def switch_board(program: str, on: bool, by: Reader) -> str:
    """Let a program have a board, or have none; returns its title. Raises NotFound (PRG08)."""
    row = await program_to_run(by, program)
    if not by.may("PRG08", Scope.SCHOOL):
        raise NotFound(program)
    if row["has_board"] != on:
        await Program.filter(school_id=by.school.id, id=row["id"]).update(has_board=on, version=F("version") + 1)
        act = "switched a board on" if on else "switched a board off"
        await audit.note(act, by=by, subject=row["key"], detail=row["title"])
    return str(row["title"])


@one_transaction
async def join_board(slug: str, name: str, by: Reader) -> None:
    """Stand on a program's board under a name from its word list, or under another one. Raises NotFound, Refused."""
    program = await program_with_board(by, slug)
    if not by.may("PRG09", Scope.MINE) or not await takes_part(by, program["id"]):
        raise NotFound(slug)
    of = {"school_id": by.school.id, "program_id": program["id"]}
    before = await own_name(by, program["id"])
    if name == before and name:
        return
    check_name(program["key"], name, await names_taken(by, program["id"]))
    try:
        async with savepoint():
            if before:
                await BoardName.filter(**of, person_id=by.id).update(name=name)
            else:
                await BoardName.create(**of, person_id=by.id, name=name, at=dates.now())
    except IntegrityError:
        raise Refused(f"Somebody took {name} a moment ago. Choose another one.", about="name") from None


@one_transaction
async def leave_board(slug: str, by: Reader) -> None:
    """Do not stand on a board any more, even where it was switched off. Raises NotFound."""
    from_it = BoardName.filter(school_id=by.school.id, program__slug=slug, person_id=by.id)
    rows = await from_it.values_list("id", flat=True)
    if not rows or not by.may("PRG09", Scope.MINE):
        raise NotFound(slug)
    await BoardName.filter(school_id=by.school.id, id__in=list(rows)).delete()
