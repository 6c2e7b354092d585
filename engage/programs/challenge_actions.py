"""What is done with the challenges of a program and with the activities in them: put there, changed, taken out."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from engage import dates
from engage.database.fields import new_key
from engage.database.transaction import one_transaction
from engage.engagement.rules import Mode
from engage.errors import NotFound, Refused
from engage.lists.models import ListItem
from engage.people.once import once
from engage.people.rules import Reader
from engage.programs import rules
from engage.programs.activity_models import Activity, ActivityDone, OwnGoal
from engage.programs.awards import Rule, read_rule
from engage.programs.bingo import read_card
from engage.programs.challenge_rules import check_activity, check_goal, check_new_things, check_order
from engage.programs.models import Challenge
from engage.programs.queries import Terms, lists_to_ask_for
from engage.programs.revising import check_asked, remember, rewrite, take_up
from engage.programs.rules import ActivityKind, ChallengeKind, ProgramState, StreakUnit, Unit
from engage.programs.terms import rule_of

FROZEN = "The card is frozen since the program was published. You can still change its name."


@one_transaction
async def put_challenge(
    program: str,
    challenge: str,
    by: Reader,
    *,
    title: str,
    unit: Unit,
    goal: int,
    kind: ChallengeKind = ChallengeKind.AMOUNT,
    minimum: int = 0,
    modes: tuple[Mode, ...] = (),
    repeats: str = "once",
    curated: str = "",
    required: tuple[str, ...] = (),
    details: Mapping[str, Any] | None = None,
    things: Sequence[str] = (),
    form_key: str = "",
) -> str:
    """Add a challenge, or change the one of a key; returns its key.

    curated: the key of a list, for any `goal` of it. required: keys of resources on it that have to be among them.
    details: what only its kind has, as Challenge.details. things: titles of new activities or prompts in it.
    Raises NotFound, Refused.
    """
    old = await take_up(program, by)
    before = next((row for row in old.challenges if row["key"] == challenge), None)
    if challenge and before is None:
        raise NotFound(challenge)
    kind = ChallengeKind(before["kind"]) if before else ChallengeKind.LIST if curated else kind
    check_order(details or {}, required)
    list_id, on_list = await _list(curated, by) if kind is ChallengeKind.LIST else (None, None)
    check_new_things(kind, things)
    unit = unit_of(kind, unit, details or {})
    others = sum(row["key"] != challenge for row in old.challenges)
    missing = [] if on_list is None else [key for key in required if key not in on_list]
    items = None if on_list is None else len(on_list)
    rules.check_challenge(unit, goal, minimum, others, items, len(required) if not missing else rules.LARGEST)
    check_goal(kind, goal, [row for row in old.activities if before and row["challenge_id"] == before["id"]], things)
    counts_titles = unit is Unit.TITLES and kind is not ChallengeKind.LIST
    values: dict[str, Any] = {
        "title": " ".join(title.split()) or rules.counted(goal, unit),
        "kind": kind.value,
        "unit": unit.value,
        "goal": goal,
        "minimum": minimum if unit is Unit.DAYS or kind is ChallengeKind.STREAK else 0,
        "modes": ",".join(mode.value for mode in Mode if mode in modes) if kind is not ChallengeKind.LIST else "",
        "repeats": repeats if counts_titles else "once",
        "curated_id": list_id,
        "required": ",".join(required) if kind is ChallengeKind.LIST else "",
        "details": json.dumps(details, ensure_ascii=False) if details else "",
    }
    if kind is ChallengeKind.BINGO:
        values |= _card(values, before, old)
    key = challenge or new_key()
    if kind is not ChallengeKind.LIST:
        asked = {one.key: one.rule for one in old.rules.challenges} | {key: rule_of({**values, "key": key})}
        check_asked(old, _badges(old), asked, old.activity_keys)

    async def put() -> str:
        await remember(old, by)
        if before:
            await Challenge.filter(school_id=by.school.id, id=before["id"]).update(**values)
            number = before["id"]
        else:
            place = {"program_id": old.program["id"], "position": len(old.challenges)}
            number = (await Challenge.create(school_id=by.school.id, key=key, **place, **values)).id
        await _add_things(number, kind, things, len(old.activities), by)
        await rewrite(old, by)
        return key

    return await once(by, form_key, {"in": program, "key": challenge, "things": list(things), **values}, put)


def unit_of(kind: ChallengeKind, unit: Unit, details: Mapping[str, Any]) -> Unit:
    """The one unit that a kind of challenge counts, where it has no choice."""
    match kind:
        case ChallengeKind.LIST:
            return Unit.TITLES
        case ChallengeKind.BINGO:
            return Unit.SQUARES if details.get("wants") == "blackout" else Unit.LINES
        case ChallengeKind.ACTIVITIES:
            return Unit.ACTIVITIES
        case ChallengeKind.PROMPTS:
            return Unit.PROMPTS
        case ChallengeKind.STREAK:
            return rules.ROWS[StreakUnit(details.get("unit", StreakUnit.DAY))]
    if unit not in rules.MEASURED:
        raise Refused("Choose minutes, pages, titles, days, sessions or chapters.", about="unit")
    return unit


def _card(values: Mapping[str, Any], before: Mapping[str, Any] | None, old: Terms) -> dict[str, Any]:
    """What a bingo card adds to the columns; once it was published it stays as it is (rule 14). Raises Refused."""
    card = read_card(values["details"], values["goal"])
    if before and old.program["state"] != ProgramState.DRAFT and read_card(before["details"], before["goal"]) != card:
        raise Refused(FROZEN, about="squares")
    return {"goal": card.goal}


async def _add_things(challenge: int, kind: ChallengeKind, titles: Sequence[str], place: int, by: Reader) -> None:
    usual = ActivityKind.PROMPT if kind is ChallengeKind.PROMPTS else ActivityKind.TICK
    rows = [
        Activity(school_id=by.school.id, challenge_id=challenge, position=place + number, kind=usual.value, title=title)
        for number, title in enumerate(titles)
    ]
    await Activity.bulk_create(rows)


@one_transaction
async def drop_challenge(program: str, challenge: str, by: Reader) -> str:
    """Take a challenge out; returns its title.

    What students did of it are facts (rule 1), so a challenge with any stays. Raises NotFound, and Refused there and
    where a badge asks for it.
    """
    old = await take_up(program, by)
    row = _found(old.challenges, challenge)
    left = {one.key: one.rule for one in old.rules.challenges if one.key != challenge}
    gone = {each["key"] for each in old.activities if each["challenge_id"] == row["id"]}
    check_asked(old, _badges(old), left, [key for key in old.activity_keys if key not in gone])
    if not left and old.program["state"] == ProgramState.PUBLISHED:
        raise Refused("A published program keeps at least one challenge.")
    of = {"school_id": by.school.id}
    if (
        await ActivityDone.filter(**of, activity__challenge_id=row["id"]).exists()
        or await OwnGoal.filter(**of, challenge_id=row["id"]).exists()
    ):
        raise Refused("Students have done something of it already, so it stays.")
    await remember(old, by)
    await Challenge.filter(school_id=by.school.id, id=row["id"]).delete()
    await rewrite(old, by)
    return str(row["title"])


@one_transaction
async def put_activity(
    program: str,
    challenge: str,
    activity: str,
    by: Reader,
    *,
    title: str,
    kind: ActivityKind,
    instructions: str = "",
    code: str = "",
    most: int = 1,
    most_a_day: int = 1,
    on: date | None = None,
    form_key: str = "",
) -> None:
    """Add an activity or prompt to a challenge, or change the one of a key. on: the day of an event to attend.

    Raises NotFound, Refused.
    """
    old = await take_up(program, by)
    home = _found(old.challenges, challenge)
    prompts = home["kind"] == ChallengeKind.PROMPTS
    if not prompts and home["kind"] != ChallengeKind.ACTIVITIES:
        raise NotFound(challenge)
    rows = [row for row in old.activities if row["challenge_id"] == home["id"] and row["gone_on"] is None]
    before = _found(rows, activity) if activity else None
    values: dict[str, Any] = {
        "title": " ".join(title.split()),
        "kind": ActivityKind.PROMPT.value if prompts else kind.value,
        "instructions": instructions,
        "code": code.strip() if kind in (ActivityKind.CODE, ActivityKind.ATTEND) and not prompts else "",
        "most": most,
        "most_a_day": most_a_day,
        "on": on if kind is ActivityKind.ATTEND and not prompts else None,
    }
    check_activity(ActivityKind(values["kind"]), values, len(rows) - bool(before), old.program)

    async def put() -> str:
        await remember(old, by)
        if before:
            await Activity.filter(school_id=by.school.id, id=before["id"]).update(**values)
        else:
            place = {"challenge_id": home["id"], "position": len(rows)}
            await Activity.create(school_id=by.school.id, **place, **values)
        await rewrite(old, by)
        return "put"

    await once(by, form_key, {"in": challenge, "key": activity, **values}, put)


@one_transaction
async def drop_activity(program: str, challenge: str, activity: str, by: Reader) -> str:
    """Take an activity away; what was done of it still counts. Returns its title. Raises NotFound, Refused."""
    old = await take_up(program, by)
    home = _found(old.challenges, challenge)
    rows = [row for row in old.activities if row["challenge_id"] == home["id"] and row["gone_on"] is None]
    row = _found(rows, activity)
    left = [each for each in rows if each is not row]
    check_goal(ChallengeKind(home["kind"]), home["goal"], left, ())
    this = Activity.filter(school_id=by.school.id, id=row["id"])
    await remember(old, by)
    if await ActivityDone.filter(school_id=by.school.id, activity_id=row["id"]).exists():
        await this.update(gone_on=dates.today(by.school.zone))
    else:
        asked = {one.key: one.rule for one in old.rules.challenges}
        check_asked(old, _badges(old), asked, [key for key in old.activity_keys if key != activity])
        await this.delete()
    await rewrite(old, by)
    return str(row["title"])


async def _list(key: str, by: Reader) -> tuple[int, set[str]]:
    """The id of a published list and the keys of what stands on it. Raises Refused."""
    rows = await lists_to_ask_for(by).filter(key=key).values_list("id")
    if not rows:
        raise Refused("Choose a published list that students see.", about="curated")
    items = ListItem.filter(school_id=by.school.id, curated_id=rows[0][0])
    return rows[0][0], {resource for (resource,) in await items.values_list("resource__key")}


def _badges(old: Terms) -> dict[str, Rule]:
    return {row["key"]: read_rule(row["rule"]) for row in old.badges}


def _found(rows: Sequence[Mapping[str, Any]], key: str) -> Mapping[str, Any]:
    row = next((row for row in rows if row["key"] == key), None)
    if row is None:
        raise NotFound(key)
    return row
