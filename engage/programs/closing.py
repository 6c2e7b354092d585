"""The result of a program, frozen once it is final (PRODUCT.md, section 4, rule 20)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engage.database.putting import put_rows
from engage.database.transaction import one_transaction
from engage.people.rules import SchoolCard
from engage.programs.models import Program
from engage.programs.number_queries import final_at, numbers_now
from engage.programs.number_rules import numbers_text
from engage.programs.queries import PROGRAM
from engage.programs.rebuild import schools
from engage.programs.recognition_models import ProgramResult
from engage.programs.rules import ProgramState


async def close_programs(now: datetime) -> int:
    """Freeze the results of the programs that became final, as a job; how many.

    A result is taken once. One that was opened again and has become final anew is taken anew.
    """
    number = 0
    for card in await schools(None):
        known = dict(await ProgramResult.filter(school_id=card.id).values_list("program_id", "at"))
        over = Program.filter(school_id=card.id, ends__isnull=False).exclude(state=ProgramState.DRAFT)
        for program in await over.order_by("id").values(*PROGRAM):
            final = final_at(program, card.zone)
            if final is not None and final <= now and (program["id"] not in known or known[program["id"]] < final):
                await _freeze(card, program, final, now)
                number += 1
    return number


@one_transaction
async def _freeze(card: SchoolCard, program: Mapping[str, Any], final: datetime, now: datetime) -> None:
    # as of the moment at which it was final, however late the job is
    numbers = await numbers_now(card, program, final)
    # so that its last moment stays what it was, wherever the school's clock is set to later
    await Program.filter(school_id=card.id, id=program["id"]).update(zone=program["zone"] or card.zone)
    row = {"school_id": card.id, "program_id": program["id"], "at": now, "figures": numbers_text(numbers)}
    await put_rows(ProgramResult, ("program_id",), [row])
