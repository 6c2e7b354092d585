"""Entries that staff should look at. A flag blocks nothing, and says nothing of what was read, watched or heard."""

from collections.abc import Iterable, Mapping, Sequence

from engage import dates
from engage.programs import rules, terms
from engage.programs.known_terms import Part
from engage.programs.paper_models import EntryFlag
from engage.programs.rules import Limit, Unit


async def flag(school_id: int, entry_id: int, amounts: Mapping[Unit, int], running: Sequence[Part]) -> None:
    """Flag an entry that is above what a program asks about; in the first program that does. One flag an entry."""
    for part in running:
        for sentence in unusual(amounts, terms.read_limits(part.limits)):
            await EntryFlag.create(
                school_id=school_id, program_id=part.id, entry_id=entry_id, why=sentence, at=dates.now()
            )
            return


def unusual(amounts: Mapping[Unit, int], limits: Mapping[Unit, Limit]) -> Iterable[str]:
    """What is unusual about an entry, a sentence for each unit."""
    for unit, amount in amounts.items():
        asks_above = limits.get(unit, Limit()).warns
        if asks_above is not None and amount > asks_above:
            yield f"{rules.counted(amount, unit)} in one entry; the program asks above {asks_above:,}."
