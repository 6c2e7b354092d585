"""What planners do with a unit: start, describe, plan it, look back on it; its lessons, and who plans with them."""

from collections.abc import Collection, Mapping
from typing import Any

from engage import dates
from engage.classes import unit_rules as rules
from engage.classes.unit_models import Unit, UnitPlanner, UnitSession
from engage.classes.unit_queries import plans, units_for, words_of, words_of_session
from engage.classes.unit_rules import UnitState
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.lists.members import staff_of
from engage.lists.together import one_form
from engage.people import audit
from engage.people.once import once
from engage.people.rules import Reader

Both = Collection[str]


@one_transaction
async def start_unit(words: Mapping[str, Any], invited: Collection[str], *, by: Reader, form_key: str = "") -> str:
    """Start a unit; returns its key. words: by field; invited: keys of colleagues. Raises NotFound, Refused."""
    if not plans(by):
        raise NotFound("units")

    async def act() -> str:
        said = _checked(words)
        unit = await make_unit(said, by.id, {by.id or 0}, by)
        for key in invited:
            await _invite(unit, key, by)
        return unit.key

    return await once(by, form_key, {**words, "invited": sorted(invited)}, act)


async def make_unit(words: Mapping[str, Any], owner_id: int | None, planners: Collection[int], by: Reader) -> Unit:
    """The rows of a new unit, inside a unit of work."""
    of: dict[str, Any] = {"school_id": by.school.id}
    if await UnitPlanner.filter(**of, person_id=owner_id or 0).count() >= rules.MOST_UNITS:
        raise Refused(f"You plan {rules.MOST_UNITS} units. Throw a draft away first.")
    unit = await Unit.create(**of, **words, owner_id=owner_id)
    await UnitPlanner.bulk_create([UnitPlanner(**of, unit_id=unit.id, person_id=one) for one in sorted(planners)])
    return unit


def _checked(words: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {name: one_form(value) if isinstance(value, str) else value for name, value in words.items()}
    said["title"] = " ".join(str(said["title"]).split())
    if not said["title"]:
        raise Refused("Give the unit a title.", about="title")
    rules.check_days(said.get("starts"), said.get("ends"))
    rules.check_grades(said.get("grade_low"), said.get("grade_high"))
    return said


@one_transaction
async def describe(key: str, words: Mapping[str, Any], seen: str, *, by: Reader) -> tuple[Unit, Both]:
    """Change what is written of a unit, and the fields in which somebody else wrote meanwhile: those stay as they are.

    words: by field. seen: prints_of what the writer began from. Raises NotFound, Refused.
    """
    unit = await hold(key, by)
    before = words_of(unit)
    values, both = rules.merged(before, _checked(words), seen)
    _checked(values)
    if unit.state is not UnitState.DRAFT:
        rules.check_planned(values)
    if values != before:
        await unit.update_from_dict(values).save(update_fields=list(values))
        await _changed(unit)
    return unit, both


@one_transaction
async def plan(key: str, *, by: Reader) -> None:
    """A draft is planned now. Raises NotFound, Refused."""
    unit = await hold(key, by)
    if unit.state is UnitState.DRAFT:
        rules.check_planned(words_of(unit))
        await _into(unit, UnitState.PLANNED)


@one_transaction
async def step_back(key: str, *, by: Reader) -> UnitState:
    """What was taught is planned again, what was planned is a draft again; what was written stays. Raises NotFound."""
    unit = await hold(key, by)
    await _into(unit, UnitState.PLANNED if unit.state is UnitState.TAUGHT else UnitState.DRAFT)
    return unit.state


@one_transaction
async def look_back(key: str, reflection: str, seen: str, *, by: Reader) -> tuple[Unit, Both]:
    """Say how it went; a planned unit was taught by that. Raises NotFound, Refused."""
    unit = await hold(key, by)
    rules.check_taught(unit.state, unit.starts, reflection, dates.today(by.school.zone))
    values, both = rules.merged({"reflection": unit.reflection}, {"reflection": one_form(reflection)}, seen)
    if not both:
        unit.reflection = values["reflection"]
        await unit.save(update_fields=["reflection"])
        await _into(unit, UnitState.TAUGHT)
    return unit, both


@one_transaction
async def throw_away(key: str, *, by: Reader) -> str:
    """Delete a draft of one's own; returns its title. Raises NotFound, Refused."""
    unit = await hold(key, by)
    if unit.owner_id != by.id:
        raise NotFound(key)
    if unit.state is not UnitState.DRAFT:
        raise Refused("Only a draft can be thrown away.")
    await audit.note("threw a unit away", by=by, subject=unit.key)
    await unit.delete()
    return unit.title


@one_transaction
async def add_session(key: str, words: Mapping[str, Any], *, by: Reader, form_key: str = "") -> str:
    """Add a lesson; returns its key. Raises NotFound, Refused."""
    unit = await hold(key, by)
    of: dict[str, Any] = {"school_id": by.school.id, "unit_id": unit.id}

    async def act() -> str:
        if await UnitSession.filter(**of, gone_at__isnull=True).count() >= rules.MOST_SESSIONS:
            raise Refused(f"A unit has {rules.MOST_SESSIONS} lessons at most.")
        made = await UnitSession.create(**of, **words)
        await _changed(unit)
        return made.key

    return await once(by, form_key, {"unit": key, **words}, act)


@one_transaction
async def change_session(
    key: str, session: str, words: Mapping[str, Any], seen: str, *, by: Reader
) -> tuple[UnitSession, Both]:
    """Change a lesson; the rest as for describe."""
    unit = await hold(key, by)
    row = await _session(unit, session)
    before = words_of_session(row)
    values, both = rules.merged(before, words, seen)
    if values != before:
        await _keep(row.update_from_dict(values), *values)
        await _changed(unit)
    return row, both


@one_transaction
async def remove_session(key: str, session: str, seen: str, *, by: Reader) -> None:
    """Take a lesson out, unless somebody wrote in it meanwhile. Raises NotFound, Refused."""
    unit = await hold(key, by)
    row = await _session(unit, session)
    if rules.prints_of(words_of_session(row)) != seen:
        raise Refused("Somebody changed this lesson while you looked at it. Look again, then take it out.")
    row.gone_at = dates.now()
    await _keep(row, "gone_at")
    await _changed(unit)


@one_transaction
async def put_session_back(key: str, session: str, *, by: Reader) -> None:
    """Undo that a lesson was taken out. Raises NotFound."""
    unit = await hold(key, by)
    row = await _session(unit, session, gone=True)
    row.gone_at = None
    await _keep(row, "gone_at")
    await _changed(unit)


@one_transaction
async def invite(key: str, person: str, *, by: Reader) -> str:
    """Ask a colleague to plan with one; returns their name. person: a key. Raises NotFound, Refused."""
    unit = await hold(key, by)
    name = await _invite(unit, person, by)
    await _changed(unit)
    return name


async def _invite(unit: Unit, key: str, by: Reader) -> str:
    of: dict[str, Any] = {"school_id": by.school.id}
    found = await staff_of(by.school.id).filter(person__key=key).limit(1).values_list("person_id", "person__name")
    if not found:
        raise Refused("Choose somebody who teaches here, or works in the library.", about="person")
    of["unit_id"] = unit.id
    if await UnitPlanner.filter(**of).count() >= rules.MOST_PLANNERS:
        raise Refused(f"{rules.MOST_PLANNERS} people plan a unit at most.", about="person")
    number, name = found[0]
    await UnitPlanner.get_or_create(**of, person_id=number)
    await audit.note("asked somebody to plan a unit", by=by, about_id=number, subject=unit.key)
    return str(name)


@one_transaction
async def take_off(key: str, person: str, *, by: Reader) -> bool:
    """Let somebody plan no longer: the owner others, everybody oneself; whether that was oneself.

    The owner leaves only what goes on with others, and then belongs to one of them. Raises NotFound, Refused.
    """
    unit = await hold(key, by)
    of: dict[str, Any] = {"school_id": by.school.id, "unit_id": unit.id}
    row = await UnitPlanner.get_or_none(**of, person__key=person)
    if row is None or (row.person_id != by.id and unit.owner_id != by.id):
        raise NotFound(person)
    if row.person_id == unit.owner_id:
        others = await UnitPlanner.filter(**of).exclude(person_id=row.person_id).order_by("id").limit(1)
        if not others:
            raise Refused("Nobody else plans this unit. Ask somebody first, or throw the draft away.")
        unit.owner_id = others[0].person_id
        await unit.save(update_fields=["owner_id"])
    await row.delete()
    await audit.note("took somebody off a unit", by=by, about_id=row.person_id, subject=unit.key)
    await _changed(unit)
    return row.person_id == by.id


async def hold(key: str, by: Reader) -> Unit:
    """A unit that this person plans, under its lock. Raises NotFound."""
    unit = await units_for(by).filter(key=key).select_for_update().first()
    if unit is None:
        raise NotFound(key)
    return unit


async def _session(unit: Unit, key: str, gone: bool = False) -> UnitSession:
    row = await UnitSession.get_or_none(school_id=unit.school_id, unit_id=unit.id, key=key)  # type: ignore[attr-defined]
    if row is None or (row.gone_at is not None) != gone:
        raise NotFound(key)
    return row


async def _keep(row: UnitSession, *columns: str) -> None:
    row.version += 1
    row.changed_at = dates.now()
    await row.save(update_fields=["version", "changed_at", *columns])


async def _into(unit: Unit, state: UnitState) -> None:
    if unit.state is not state:
        unit.state = state
        await unit.save(update_fields=["state"])
        await _changed(unit)


async def _changed(unit: Unit) -> None:
    unit.version += 1
    unit.changed_at = dates.now()
    await unit.save(update_fields=["version", "changed_at"])


async def is_here(person_id: int | None, by: Reader) -> bool:
    """Whether somebody may plan units at the school today."""
    return await staff_of(by.school.id).filter(person_id=person_id or 0).exists()
