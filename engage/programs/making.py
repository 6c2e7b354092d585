"""A whole program made at once: from a pattern, or from last year's."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from engage.database.fields import new_key
from engage.database.transaction import one_transaction
from engage.errors import Refused
from engage.lists.models import ListItem
from engage.people.once import once
from engage.people.rules import Reader, Scope
from engage.programs.activity_models import Activity, ProgramClass
from engage.programs.awards import read_rule, write_rule
from engage.programs.challenge_actions import unit_of
from engage.programs.models import Badge, Challenge
from engage.programs.patterns import Pattern, bound
from engage.programs.queries import Terms, lists_to_ask_for, program_to_run, terms_of
from engage.programs.rules import ActivityKind, ChallengeKind
from engage.programs.running_actions import ALSO, SETTINGS, check_may_run, put_program, settled_values

MOST_NAMED = 40
OWN_BADGE = ("title", "description", "shape", "ink", "mark")
OWN_CHALLENGE = (
    *("position", "title", "kind", "unit", "goal", "minimum", "modes", "repeats", "curated_id", "required"),
)
OWN_ACTIVITY = ("position", "kind", "title", "instructions", "code", "most", "most_a_day")
# the first one in a title is a year that a copy moves on, as are both of "2026-27"
YEAR = re.compile(r"\b(20\d\d)(?!\d)(?:([-\u2013/])(\d\d)\b)?")


@one_transaction
async def start_from(pattern: Pattern, given: Mapping[str, Any], curated: str, form_key: str, by: Reader) -> str:
    """A new draft with everything that a pattern has; returns its key. Raises NotFound, Refused.

    given: as for running_actions.start_program. curated: the key of the list that the pattern asks for, "" for none.
    """
    check_may_run(by)
    values, rooms = await settled_values(given, None, by)

    async def make() -> str:
        key = await put_program(values, rooms, by)
        await _fill((await program_to_run(by, key))["id"], pattern, curated, by)
        return key

    content = {**values, "rooms": rooms, "pattern": pattern.name, "list": curated}
    return await once(by, form_key, content, make)


async def _fill(program: int, pattern: Pattern, curated: str, by: Reader) -> None:
    """Put everything that a pattern has into a new program; written at once, since its rules are known to be sound."""
    of: dict[str, Any] = {"school_id": by.school.id}
    chosen = await _chosen(curated, by)
    keys = []
    for place, spec in enumerate(pattern.challenges):
        columns = _columns(spec, chosen)
        made = await Challenge.create(**of, program_id=program, key=new_key(), position=place, **columns)
        keys.append(made.key)
        kind = ActivityKind.PROMPT if columns["kind"] == ChallengeKind.PROMPTS else ActivityKind.TICK
        told = {"kind": kind.value}
        if spec.get("answered"):
            told = {"kind": ActivityKind.ANSWER.value, "instructions": await _named(curated, by)}
        things = enumerate(spec.get("things", ()))
        rows = [Activity(**of, challenge_id=made.id, position=number, title=title, **told) for number, title in things]
        await Activity.bulk_create(rows)
    rules = [write_rule(read_rule(bound(each["rule"], keys))) for each in pattern.badges]
    badges = [
        Badge(**of, program_id=program, position=place, **{**each, "rule": rule})
        for place, (each, rule) in enumerate(zip(pattern.badges, rules, strict=True))
    ]
    await Badge.bulk_create(badges)


async def _chosen(curated: str, by: Reader) -> dict[str, Any] | None:
    """The list that was chosen: id, items_count. Raises Refused where it is none to choose."""
    if not curated:
        return None
    rows = await lists_to_ask_for(by).filter(key=curated).values("id", "items_count")
    if not rows or not rows[0]["items_count"]:
        raise Refused("Choose a published list that students see, with something on it.", about="curated")
    return rows[0]


def _columns(spec: Mapping[str, Any], chosen: Mapping[str, Any] | None) -> dict[str, Any]:
    """A challenge of a pattern as its row; chosen: the list whose titles it asks for, if it asks for some."""
    kind, details = spec["kind"], spec.get("details")
    columns = {
        "title": spec["title"],
        "kind": kind.value,
        "unit": unit_of(kind, spec["unit"], details or {}).value,
        "goal": spec["goal"],
        "repeats": spec.get("repeats", "once"),
        "details": json.dumps(details, ensure_ascii=False) if details else "",
    }
    if spec.get("listed") and chosen:
        columns |= {"kind": ChallengeKind.LIST.value, "goal": min(spec["goal"], chosen["items_count"])}
        columns |= {"curated_id": chosen["id"]}
    return columns


async def _named(curated: str, by: Reader) -> str:
    """The titles to vote for, in words."""
    items = ListItem.filter(school_id=by.school.id, curated__key=curated).order_by("position").limit(MOST_NAMED)
    titles = [title for (title,) in await items.values_list("resource__title")] if curated else []
    return f"Write one of these: {'; '.join(titles)}." if titles else "Write its title."


@one_transaction
async def copy_program(key: str, title: str, starts: date, form_key: str, by: Reader) -> str:
    """The same program once more, as a draft whose days are moved so that it begins on a day; returns its key.

    What people did stays with the old one. Classes are those of a year, so the copy is for none yet, except a
    teacher's, which is for the same ones. Raises NotFound, Refused.
    """
    program = await program_to_run(by, key)
    old = (await terms_of(by.school, [program["id"]]))[program["id"]]
    moved = starts - program["starts"]
    given = {name: program[name] for name in SETTINGS} | {name: program[name] for name in ("tickets", "join_code")}
    given |= {"title": title, "starts": starts, "ends": program["ends"] and program["ends"] + moved}
    given["announced"] = program["announced"] and program["announced"] + moved
    if by.may("PRG01", Scope.SCHOOL):
        visibility = "school" if program["visibility"] == "classes" else program["visibility"]
        joining = "open" if program["joining"] == "classes" else program["joining"]
        given |= {"visibility": visibility, "joining": joining}
    else:
        rooms = ProgramClass.filter(school_id=by.school.id, program_id=program["id"])
        mine = rooms.filter(school_class_id__in=sorted(by.taught_ids), school_class__ended_on__isnull=True)
        given |= {"visibility": "classes", "joining": "classes"}
        given["classes"] = [room for (room,) in await mine.values_list("school_class__key")]
    values, ids = await settled_values({**ALSO, **given}, None, by)
    return await once(by, form_key, {**values, "of": key}, lambda: _copy(old, values, ids, moved.days, by))


async def _copy(old: Terms, values: dict[str, Any], rooms: list[int], moved: int, by: Reader) -> str:
    rows = (*old.challenges, *old.badges, *old.activities)
    keys: dict[str, str] = {row["key"]: new_key() for row in rows}
    values["completion"] = moved_rule(old.program["completion"], keys, moved)
    key = await put_program(values, rooms, by)
    number = (await program_to_run(by, key))["id"]
    of: dict[str, Any] = {"school_id": by.school.id}
    ids = {}
    for row in old.challenges:
        own = {name: row[name] for name in OWN_CHALLENGE}
        details = moved_rule(row["details"], keys, moved) if row["kind"] == ChallengeKind.BINGO else row["details"]
        made = await Challenge.create(**of, program_id=number, key=keys[row["key"]], details=details, **own)
        ids[row["id"]] = made.id
    for row in old.activities:
        if row["gone_on"] is None:
            own = {name: row[name] for name in OWN_ACTIVITY}
            on = row["on"] and date.fromordinal(row["on"].toordinal() + moved)
            place = {"challenge_id": ids[row["challenge_id"]], "key": keys[row["key"]]}
            await Activity.create(**of, **place, on=on, **own)
    for row in old.badges:
        own = {name: row[name] for name in (*OWN_BADGE, "position")}
        rule = moved_rule(row["rule"], keys, moved)
        await Badge.create(**of, program_id=number, key=keys[row["key"]], rule=rule, **own)
    return key


def moved_rule(text: str, keys: Mapping[str, str], days: int) -> str:
    """A stored rule or card with new keys for old ones, and with the days of its windows moved."""
    return json.dumps(_moved(json.loads(text), keys, days), ensure_ascii=False, separators=(",", ":")) if text else ""


def _moved(plain: Any, keys: Mapping[str, str], days: int) -> Any:
    if isinstance(plain, list):
        return [_moved(each, keys, days) for each in plain]
    if not isinstance(plain, dict):
        return plain
    made = {name: _moved(value, keys, days) for name, value in plain.items()}
    for name in ("key", "of"):
        if isinstance(made.get(name), str):
            made[name] = keys.get(made[name], made[name])
    for name in ("from", "to"):
        if isinstance(made.get(name), str):
            made[name] = date.fromordinal(date.fromisoformat(made[name]).toordinal() + days).isoformat()
    return made


def title_of_copy(title: str, years: int) -> str:
    """The name of a copy: a year in it moves on, "Summer 2026" and "2026-27" alike; any other name stays."""

    def later(found: re.Match[str]) -> str:
        second = f"{found[2]}{(int(found[3]) + years) % 100:02d}" if found[3] else ""
        return f"{int(found[1]) + years}{second}"

    return YEAR.sub(later, title)
