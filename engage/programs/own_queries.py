"""What a student's first pages ask of programs: in which ones one is and how far, in one statement each."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from engage.database.asked import rows_of
from engage.database.fields import as_day
from engage.people.rules import Reader
from engage.programs.rules import SHARED, ProgramState, Unit, so_far

Row = dict[str, Any]
# how far one is in each challenge that one can do alone
PROGRESS = f"""
LEFT JOIN progress g ON g.school_id = o.school_id AND g.program_id = o.program_id AND g.person_id = o.person_id
LEFT JOIN challenge c ON c.id = g.challenge_id AND c.kind NOT IN ({", ".join(f"'{kind.value}'" for kind in SHARED)})
"""
STEP = ("amount", "goal", "done_on", "title", "unit", "kind")
STEPS = "g.amount, g.goal, g.done_on, c.title, c.unit, c.kind"
IN_ORDER = "o.program_id, c.position, c.id"
JOINED = f"""
SELECT o.program_id, {STEPS} FROM enrolment o {PROGRESS}
WHERE o.school_id = {{0}} AND o.person_id = {{1}} AND o.left_at IS NULL ORDER BY {IN_ORDER}
"""
RESULT = ("minutes", "titles", "days", "points", "streak", "longest", "last_on", "alive_until", "completed_on")
OF_PROGRAM = ("title", "slug", "ink", "scene", "starts", "ends")
OWN = (*RESULT, "program_id", *OF_PROGRAM)
DAYS = frozenset({"last_on", "alive_until", "completed_on", "starts", "ends"})
# from the programs, which are few: no index finds a person's results in all of them
RESULTS = f"""
SELECT {", ".join(f"o.{name}" for name in (*RESULT, "program_id"))}, {", ".join(f"p.{name}" for name in OF_PROGRAM)},
 {STEPS} FROM program p CROSS JOIN standing o {PROGRESS}
WHERE p.school_id = {{0}} AND p.state = '{ProgramState.PUBLISHED.value}'
AND o.school_id = {{0}} AND o.program_id = p.id AND o.person_id = {{1}} ORDER BY p.starts, {IN_ORDER}
"""


@dataclass(frozen=True)
class TakingPart:
    """The programs that a student is in now, by id, each with the progress in its challenges in order."""

    progress: Mapping[int, list[Row]]

    @property
    def joined(self) -> tuple[int, ...]:
        """The ids of the programs, in order."""
        return tuple(sorted(self.progress))


async def taking_part(reader: Reader) -> TakingPart:
    """The reader's part in programs that one can do alone, for the home page."""
    progress: dict[int, list[Row]] = {}
    for program, *step in await rows_of(JOINED, [reader.school.id, reader.id]):
        progress.setdefault(program, []).extend(_steps(program, step))
    return TakingPart(progress)


async def results_of(reader: Reader) -> list[Row]:
    """The reader's own results in the programs that are on show, with title, slug and dates of each.

    progress: how far the reader is in each challenge that one can do alone, in order; words: as so_far says it.
    """
    found: dict[int, Row] = {}
    for row in await rows_of(RESULTS, [reader.school.id, reader.id]):
        own = {name: as_day(value) if name in DAYS else value for name, value in zip(OWN, row, strict=False)}
        result = found.setdefault(own["program_id"], {**own, "progress": []})
        result["progress"] += _steps(own["program_id"], row[len(OWN) :])
    return list(found.values())


def _steps(program: int, values: Collection[Any]) -> list[Row]:
    """The progress that a row tells of; none where nothing was counted yet."""
    step = dict(zip(STEP, values, strict=True))
    if step["kind"] is None:
        return []
    words = so_far(step["amount"], step["goal"], Unit(step["unit"]))
    return [{**step, "program_id": program, "done_on": as_day(step["done_on"]), "words": words}]
