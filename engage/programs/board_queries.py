"""What is asked about boards: pseudonyms and amounts. Nothing here tells who a pseudonym is (PRG11)."""

from collections.abc import Mapping
from typing import Any

from engage.errors import NotFound
from engage.people.rules import Reader, Scope
from engage.programs.boards import Board, board
from engage.programs.models import Challenge, Enrolment, Progress, Standing
from engage.programs.queries import program_for
from engage.programs.recognition_models import BoardName
from engage.programs.rules import ProgramState, Unit


async def program_with_board(reader: Reader, slug: str) -> dict[str, Any]:
    """A published program whose board is switched on, for who may see boards (PRG10). Raises NotFound."""
    program = await program_for(reader, slug)
    seen = reader.answers("PRG10", Scope.SCHOOL) in "YP" and reader.id is not None
    if not seen or not program["has_board"] or program["state"] != ProgramState.PUBLISHED:
        raise NotFound(slug)
    return program


async def own_name(reader: Reader, program_id: int) -> str:
    """The name under which the reader stands on a board; "" where the reader does not."""
    names = BoardName.filter(school_id=reader.school.id, program_id=program_id, person_id=reader.id)
    found = await names.values_list("name", flat=True)
    return str(found[0]) if found else ""


async def takes_part(reader: Reader, program_id: int) -> bool:
    """Whether the reader is a student in the program, who may choose to stand on its board."""
    part = Enrolment.filter(school_id=reader.school.id, program_id=program_id, person_id=reader.id, left_at=None)
    return reader.is_student and await part.exists()


async def names_taken(reader: Reader, program_id: int) -> list[str]:
    """The names that are on a board, whoever has them."""
    names = BoardName.filter(school_id=reader.school.id, program_id=program_id)
    return [str(name) for name in await names.values_list("name", flat=True)]


async def board_of(reader: Reader, program: Mapping[str, Any]) -> tuple[Board, str]:
    """The board as the reader may see it, and what is counted on it, in a steady number of statements.

    Who left the program does not stand on it.
    """
    of = {"school_id": reader.school.id, "program_id": program["id"]}
    here = set(await Enrolment.filter(**of, left_at=None).values_list("person_id", flat=True))
    names = {
        person: str(name)
        for person, name in await BoardName.filter(**of).values_list("person_id", "name")
        if person in here
    }
    amounts, what = await _amounts(of, program, list(names))
    own = names.get(reader.id, "") if reader.id is not None and reader.is_student else ""
    return board({name: int(amounts.get(person, 0)) for person, name in names.items()}, own), what


async def _amounts(of: Mapping[str, Any], program: Mapping[str, Any], people: list[int]) -> tuple[dict[int, int], str]:
    """What each has, and in what."""
    if program["points"]:
        points = Standing.filter(**of, person_id__in=people)
        return dict(await points.values_list("person_id", "points")), "points"
    first = await Challenge.filter(**of).order_by("position", "id").limit(1).values_list("id", "unit")
    if not first:
        return {}, Unit.MINUTES.value
    done = Progress.filter(**of, challenge_id=first[0][0], person_id__in=people)
    return dict(await done.values_list("person_id", "amount")), str(first[0][1])
