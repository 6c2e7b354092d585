"""How a program is changed while people take part in it: taken up, its former rules kept, everybody counted again.

Each change of published terms keeps the former rules, so that it takes no badge from anybody (PRODUCT.md, section 4,
rule 16). What a change would come to can be asked before it is made.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from engage import dates
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction
from engage.errors import Refused
from engage.people.rules import Reader
from engage.programs import awards
from engage.programs.awards import Rule, read_rule
from engage.programs.freezing import freeze
from engage.programs.models import Enrolment, FormerRules, Program
from engage.programs.queries import Terms, program_to_run, terms_of
from engage.programs.rules import ProgramState, check_changeable, phase


class _OnlyAsked(Exception):
    """Takes back a change that was made to see what it comes to. terms: the program with it."""

    def __init__(self, found: Terms) -> None:
        super().__init__("only asked")
        self.terms = found


async def take_up(key: str, by: Reader, *, over: bool = False) -> Terms:
    """The program as it stands, held until the unit of work ends. over: also where its result is final.

    Raises NotFound, and Refused once it is over.
    """
    program = await program_to_run(by, key)
    await Program.filter(school_id=by.school.id, id=program["id"]).select_for_update().first()
    found = (await terms_of(by.school, [program["id"]]))[program["id"]]
    row = found.program
    if row["state"] == ProgramState.PUBLISHED and not over:
        today = dates.today(by.school.zone)
        check_changeable(phase(row["starts"], row["ends"], row["catching_up"], today))
    return found


def check_asked(
    old: Terms, badges: Mapping[str, Rule], challenges: Mapping[str, Rule], activities: Collection[str]
) -> None:
    """Refuse rules that ask for what is not there: those of the badges, and the one by which the program is completed.

    badges, challenges: rules by key, as they would be; activities: keys. What could not be completed before either is
    in nobody's way. Raises Refused.
    """
    awards.check_rules(badges, challenges, activities)
    if not old.program["completion"]:
        return
    completion = {"": read_rule(old.program["completion"])}
    now = {row["key"]: read_rule(row["rule"]) for row in old.badges}
    try:
        awards.check_rules(now | completion, {one.key: one.rule for one in old.rules.challenges}, old.activity_keys)
    except Refused:
        return
    try:
        awards.check_rules({**badges, **completion}, challenges, activities)
    except Refused:
        raise Refused(
            "Nobody could complete the program without it. Choose in the settings first what completes it."
        ) from None


async def remember(old: Terms, by: Reader) -> None:
    """Keep the rules as they stood, where somebody may hold a badge by them."""
    if old.program["state"] != ProgramState.PUBLISHED:
        return
    if not await Enrolment.filter(school_id=by.school.id, program_id=old.program["id"]).exists():
        return
    await FormerRules.create(
        school_id=by.school.id,
        program_id=old.program["id"],
        number=old.program["rules_version"],
        rules=freeze(old.rules),
        until=dates.now(),
    )
    await Program.filter(school_id=by.school.id, id=old.program["id"]).update(
        rules_version=old.program["rules_version"] + 1
    )


async def rewrite(old: Terms, by: Reader, **values: Any) -> None:
    """Write columns of the program, raise its version, and have everybody counted again where it is published."""
    program = Program.filter(school_id=by.school.id, id=old.program["id"])
    await program.update(version=old.program["version"] + 1, **values)
    if ProgramState.PUBLISHED in (old.program["state"], values.get("state")):
        args = {"school_id": by.school.id, "program_id": old.program["id"]}
        await enqueue("recount", args, key=f"recount-{old.program['id']}")


async def as_if(key: str, by: Reader, change: Callable[[], Awaitable[Any]]) -> Terms:
    """The terms that a program would have after a change, which is not made. Raises what the change raises."""

    @one_transaction
    async def ask() -> None:
        await change()
        program = await program_to_run(by, key)
        raise _OnlyAsked((await terms_of(by.school, [program["id"]]))[program["id"]])

    try:
        await ask()
    except _OnlyAsked as answer:
        return answer.terms
    raise AssertionError("a question is always taken back")
