"""What is done to put something on show, and to take it off again."""

from datetime import date

from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.lists.queries import published_for
from engage.people.once import once
from engage.people.rules import Reader
from engage.programs.queries import programs_for
from engage.programs.rules import ProgramState
from engage.promotion.models import Display
from engage.promotion.queries import may_put_on_show

KICKER = 60


@one_transaction
async def put_on_show(*, what: str, kicker: str, starts: date, ends: date, by: Reader, form_key: str = "") -> Display:
    """Put a list or a program on show, both days included; the same form sent twice does it once.

    what: "list KEY" or "program KEY". kicker: the line above its title. Raises NotAllowed, Refused.
    """
    if not may_put_on_show(by):
        raise NotAllowed("LST06")
    if ends < starts:
        raise Refused("The last day must not be before the first.", about="ends")
    kicker = " ".join(kicker.split())
    if len(kicker) > KICKER:
        raise Refused(f"The line may have {KICKER} characters.", about="kicker")
    kind, _, key = what.partition(" ")
    if kind == "program":
        found = await programs_for(by).filter(key=key, state=ProgramState.PUBLISHED).values_list("id")
    else:
        found = await published_for(by).filter(key=key).values_list("id")
    if not found:
        raise Refused("Choose a published list or program.", about="what")
    of = {"program_id" if kind == "program" else "curated_id": found[0][0]}

    async def put() -> str:
        made = await Display.create(school_id=by.school.id, kicker=kicker, starts=starts, ends=ends, by_id=by.id, **of)
        return made.key

    key = await once(by, form_key, {"what": what, "kicker": kicker, "starts": starts, "ends": ends}, put)
    return await Display.get(school_id=by.school.id, key=key)


@one_transaction
async def take_off(key: str, *, by: Reader) -> None:
    """End a display now. Raises NotAllowed, NotFound."""
    if not may_put_on_show(by):
        raise NotAllowed("LST06")
    if not await Display.filter(school_id=by.school.id, key=key).delete():
        raise NotFound(key)
