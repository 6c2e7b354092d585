"""What is done to put something on show, to move its days, and to take it off again."""

from datetime import date, timedelta
from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.lists.queries import published_for
from engage.people.once import once
from engage.people.rules import Reader
from engage.programs.queries import programs_for
from engage.programs.rules import ProgramState
from engage.promotion.models import Display
from engage.promotion.promoted import make_links
from engage.promotion.queries import may_put_on_show
from engage.promotion.rules import KICKER, SPOT, WEEK, Place, again, check_days, one_line


@one_transaction
async def put_on_show(
    *,
    what: str,
    kicker: str,
    starts: date,
    ends: date,
    by: Reader,
    place: str = Place.HERO,
    spot: str = "",
    form_key: str = "",
) -> Display:
    """Put a list or a program on show, both days included; the same form sent twice does it once.

    what: "list KEY" or "program KEY". kicker: the line above its title. spot: where in the library, in words.
    Raises NotAllowed, Refused.
    """
    if not may_put_on_show(by):
        raise NotAllowed("LST06")
    check_days(starts, ends)
    kicker, spot = one_line(kicker, KICKER, "kicker"), one_line(spot, SPOT, "spot")
    kind, _, key = what.partition(" ")
    if kind == "program":
        found = await programs_for(by).filter(key=key, state=ProgramState.PUBLISHED).values_list("id")
    else:
        found = await published_for(by).filter(key=key).values_list("id")
    if not found:
        raise Refused("Choose a published list or program.", about="what")
    if kind == "program" and place == Place.HERO:
        raise Refused("A program has its own field on the home page. Put it on the shelf, or elsewhere.", about="place")
    of = {"program_id" if kind == "program" else "curated_id": found[0][0]}
    said: dict[str, Any] = {"place": Place(place).value, "spot": spot, "kicker": kicker, "starts": starts, "ends": ends}

    async def put() -> str:
        made = await Display.create(school_id=by.school.id, by_id=by.id, **said, **of)
        await make_links(made)
        return made.key

    key = await once(by, form_key, {"what": what, **said}, put)
    return await Display.get(school_id=by.school.id, key=key)


@one_transaction
async def extend(key: str, *, by: Reader) -> date:
    """Let a display stand a week longer, from its last day or, where that is over, from today. Returns the last day.

    Raises NotAllowed, NotFound, Refused.
    """
    display = await _to_change(key, by)
    ends = max(display.ends, dates.today(by.school.zone) - timedelta(days=1)) + WEEK
    check_days(display.starts, ends)
    display.ends, display.verdict = ends, ""
    await display.save(update_fields=["ends", "verdict"])
    return ends


@one_transaction
async def end(key: str, *, by: Reader) -> None:
    """Let a display end with yesterday; what it did is still known. Raises NotAllowed, NotFound, Refused."""
    display = await _to_change(key, by)
    today = dates.today(by.school.zone)
    if display.starts >= today:
        raise Refused("It has not stood a day. Take it off.")
    if display.ends >= today:
        display.ends = today - timedelta(days=1)
        await display.save(update_fields=["ends"])


@one_transaction
async def repeat(key: str, *, by: Reader, form_key: str = "") -> date:
    """Show it once more, as long, on the same days of the week. Returns the first day. Raises NotAllowed, NotFound."""
    display = await _to_change(key, by)
    starts, ends = again(display.starts, display.ends, dates.today(by.school.zone))

    async def put() -> str:
        made = await Display.create(
            school_id=by.school.id,
            by_id=by.id,
            starts=starts,
            ends=ends,
            **{name: getattr(display, name) for name in ("place", "spot", "kicker", "curated_id", "program_id")},
        )
        await make_links(made)
        return made.key

    await once(by, form_key, {"again": key}, put)
    return starts


@one_transaction
async def take_off(key: str, *, by: Reader) -> None:
    """Take a display away as if it had never been, with its counts. Raises NotAllowed, NotFound."""
    display = await _to_change(key, by)
    await display.delete()


async def _to_change(key: str, by: Reader) -> Display:
    if not may_put_on_show(by):
        raise NotAllowed("LST06")
    display = await Display.get_or_none(school_id=by.school.id, key=key)
    if display is None:
        raise NotFound(key)
    return display
