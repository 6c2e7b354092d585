"""What a change of published rules would come to, for everybody who takes part: asked before it is made."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from engage.people.rules import Reader
from engage.programs.counting import Outcome, outcome
from engage.programs.freezing import freeze
from engage.programs.loading import facts_of
from engage.programs.models import Enrolment
from engage.programs.queries import Terms, program_to_run, terms_of
from engage.programs.revising import as_if
from engage.programs.rules import Held, ProgramState
from engage.programs.showing import count_shown

AT_ONCE = 20
# whom a question is answered for at the most; what a change does to the others is much the same
MOST = 600


@dataclass
class Forecast:
    """How many students a change concerns, of how many who were looked at and of how many who take part (all).

    gain: by the title of a badge that they would have; keep: by the title of one that only the former rules give them.
    complete, stay_complete: the same of the program itself. again: who would have more to do for a challenge done.
    """

    people: int = 0
    all: int = 0
    gain: Counter[str] = field(default_factory=Counter)
    keep: Counter[str] = field(default_factory=Counter)
    complete: int = 0
    stay_complete: int = 0
    again: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether it changes nothing for anybody."""
        return not (self.gain or self.keep or self.complete or self.stay_complete or self.again)


async def forecast(program: str, by: Reader, change: Callable[[], Awaitable[Any]]) -> Forecast | None:
    """What a change would come to; None where nobody takes part, or where it is no change of rules.

    The change is made and taken back, so that it is the real one. Raises what it raises.
    """
    row = await program_to_run(by, program)
    part = Enrolment.filter(school_id=by.school.id, program_id=row["id"], left_at=None)
    joined = dict(await part.order_by("person_id").values_list("person_id", "joined_on"))
    if row["state"] != ProgramState.PUBLISHED or not joined:
        return None
    before = (await terms_of(by.school, [row["id"]]))[row["id"]]
    after = await as_if(program, by, change)
    if freeze(before.rules) == freeze(after.rules):
        return None
    people = list(joined)[:MOST]
    found = Forecast(len(people), len(joined))
    for start in range(0, len(people), AT_ONCE):
        some = people[start : start + AT_ONCE]
        facts = await facts_of(by.school.id, some)
        for person in some:
            was = outcome(before.rules, joined[person], facts[person], before.former)
            _add(found, was, outcome(after.rules, joined[person], facts[person], after.former), before)
        await asyncio.sleep(0)  # others have their turn
    return found


def _add(found: Forecast, was: Outcome, now: Outcome, before: Terms) -> None:
    had = {one.badge.key: one.held for one in was.badges}
    for one in now.badges:
        if one.badge.key not in had:
            found.gain[one.badge.title] += 1
        elif one.held is Held.POLICY and had[one.badge.key] is not Held.POLICY:
            found.keep[one.badge.title] += 1
    done = {one.challenge.key for one in was.progress if one.done_on}
    found.again += any(one.challenge.key in done and not one.done_on for one in now.progress)
    found.complete += was.completed_on is None and now.completed_on is not None
    found.stay_complete += was.completion.met_on is not None and now.completion.met_on is None


def sentences(found: Forecast, fewest: int, exact: bool) -> list[str]:
    """What to tell whoever is about to make a change; counts of few are withheld where the reader may not know them."""

    def people(number: int) -> str:
        shown = count_shown(number, found.people, fewest, exact)
        if shown == "Withheld":
            return "Some students"
        return f"{shown} {'student' if shown == '1' else 'students'}"

    told = [f"Of {found.all:,} students, {found.people:,} were looked at."] if found.people < found.all else []
    told += [f"{people(number)} would have the badge “{title}” by it." for title, number in found.gain.items()]
    told += [
        f"{people(number)} would keep the badge “{title}” by the former rules." for title, number in found.keep.items()
    ]
    if found.complete:
        told.append(f"{people(found.complete)} would have completed the program by it.")
    if found.stay_complete:
        told.append(f"{people(found.stay_complete)} completed the program by the former rules, and that stays.")
    if found.again:
        told.append(f"{people(found.again)} would have more to do for a challenge that was done.")
    return told
