"""What a specialist does with a program: starts it, sets its terms, publishes it, puts it away.

Each change of published terms keeps the former rules, so that it takes no badge from anybody (PRODUCT.md, section 4,
rule 16), and has everybody counted again.
"""

from collections.abc import Mapping
from typing import Any

from tortoise.exceptions import IntegrityError

from engage import dates
from engage.database.fields import new_key
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction, savepoint
from engage.engagement.rules import Mode
from engage.errors import NotFound, Refused
from engage.lists.models import ListItem
from engage.lists.queries import published_for
from engage.lists.rules import free_slug, slug_of
from engage.people.once import once
from engage.people.rules import Reader, Scope
from engage.programs import awards, rules, terms
from engage.programs.awards import Rule, read_rule
from engage.programs.models import Award, Badge, Challenge, Enrolment, FormerRules, Program
from engage.programs.queries import HELD, Terms, program_to_run, terms_of
from engage.programs.rules import ChallengeKind, ProgramState, Unit
from engage.programs.settling import note_lists
from engage.programs.streaks import check_grace

SETTINGS = (
    *(
        "title",
        "introduction",
        "how",
        "kind",
        "visibility",
        "ink",
        "scene",
        "starts",
        "ends",
        "credit",
        "backdate_days",
    ),
    *("catching_up", "minimum", "streak_unit", "grace_days", "limits", "points", "grade_low", "grade_high"),
)


@one_transaction
async def start_program(given: Mapping[str, Any], form_key: str, by: Reader) -> str:
    """A new draft; returns its key, the same for the same form sent twice. Raises NotFound, Refused.

    given: the columns of SETTINGS.
    """
    if not by.may("PRG01", Scope.SCHOOL):
        raise NotFound("programs to run")
    values = _settings(given)
    return await once(by, form_key, values, lambda: _start(values, by))


async def _start(values: dict[str, Any], by: Reader) -> str:
    alike = Program.filter(school_id=by.school.id, slug__startswith=slug_of(values["title"]))
    taken = {slug for (slug,) in await alike.values_list("slug")}
    while True:
        slug = free_slug(values["title"], taken)
        try:
            async with savepoint():
                return (await Program.create(school_id=by.school.id, by_id=by.id, slug=slug, **values)).key
        except IntegrityError:
            taken.add(slug)  # somebody took the name a moment ago


@one_transaction
async def change_program(key: str, given: Mapping[str, Any], by: Reader) -> None:
    """Change the settings of a program. Raises NotFound, Refused."""
    old = await _taken_up(key, by)
    values = _settings(given)
    before = {name: old.program[name] for name in SETTINGS}
    if values == before:
        return
    counts = values.keys() - {"title", "introduction", "how", "kind", "visibility", "ink", "scene", "limits"}
    if any(values[name] != before[name] for name in counts):
        await _remember(old, by)
    await _write(old, by, **values)


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: given[name] for name in SETTINGS}
    values["title"] = " ".join(values["title"].split())
    if not values["title"]:
        raise Refused("Give the program a title.", about="title")
    rules.check_run(values["starts"], values["ends"])
    check_grace(values["grace_days"])
    low, high = values["grade_low"], values["grade_high"]
    if low is not None and high is not None and high < low:
        raise Refused("The last grade stands after the first.", about="grade_high")
    return values


@one_transaction
async def put_challenge(
    program: str,
    challenge: str,
    by: Reader,
    *,
    title: str,
    unit: Unit,
    goal: int,
    minimum: int = 0,
    modes: tuple[Mode, ...] = (),
    repeats: str = "once",
    curated: str = "",
    required: tuple[str, ...] = (),
    form_key: str = "",
) -> None:
    """Add a challenge, or change the one of a key. curated: the key of a list, for any `goal` of it.

    required: keys of resources on it that have to be among them. Raises NotFound, Refused.
    """
    old = await _taken_up(program, by)
    list_id, on_list = await _list(curated, by) if curated else (None, None)
    unit = Unit.TITLES if curated else unit
    others = sum(row["key"] != challenge for row in old.challenges)
    missing = [] if on_list is None else [key for key in required if key not in on_list]
    items = None if on_list is None else len(on_list)
    rules.check_challenge(unit, goal, minimum, others, items, len(required) if not missing else rules.LARGEST)
    values: dict[str, Any] = {
        "title": " ".join(title.split()) or rules.counted(goal, unit),
        "kind": ChallengeKind.LIST.value if curated else ChallengeKind.AMOUNT.value,
        "unit": unit.value,
        "goal": goal,
        "minimum": minimum if unit is Unit.DAYS else 0,
        "modes": ",".join(mode.value for mode in Mode if mode in modes) if not curated else "",
        "repeats": repeats if unit is Unit.TITLES and not curated else "once",
        "curated_id": list_id,
        "required": ",".join(required) if curated else "",
    }

    async def put() -> str:
        await _remember(old, by)
        if challenge:
            await _change(Challenge, challenge, old, by, values)
        else:
            await Challenge.create(
                school_id=by.school.id, program_id=old.program["id"], position=len(old.challenges), **values
            )
        await _write(old, by)
        return "put"

    await once(by, form_key, {"in": program, "key": challenge, **values}, put)


@one_transaction
async def drop_challenge(program: str, challenge: str, by: Reader) -> str:
    """Take a challenge out; returns its title. Raises NotFound, and Refused where a badge asks for it."""
    old = await _taken_up(program, by)
    row = next((row for row in old.challenges if row["key"] == challenge), None)
    if row is None:
        raise NotFound(challenge)
    left = [each["key"] for each in old.challenges if each is not row]
    awards.check_rules(_rules(old), left)
    if not left and old.program["state"] == ProgramState.PUBLISHED:
        raise Refused("A published program keeps at least one challenge.")
    await _remember(old, by)
    await Challenge.filter(school_id=by.school.id, id=row["id"]).delete()
    await _write(old, by)
    return str(row["title"])


@one_transaction
async def put_badge(
    program: str,
    badge: str,
    by: Reader,
    *,
    title: str,
    description: str,
    shape: str,
    ink: str,
    mark: str,
    rule: str,
    form_key: str = "",
) -> tuple[str, ...]:
    """Add a badge, or change the one of a key; returns warnings. rule: as JSON. Raises NotFound, Refused."""
    old = await _taken_up(program, by)
    asked = read_rule(rule)
    key = badge or new_key()
    every = {**_rules(old), key: asked}
    if len(every) > rules.MOST_BADGES:
        raise Refused(f"A program holds up to {rules.MOST_BADGES} badges.")
    title = " ".join(title.split())
    if not title:
        raise Refused("Give the badge a name.", about="title")
    awards.check_rules(every, [row["key"] for row in old.challenges])
    values: dict[str, Any] = {
        "title": title,
        "description": description,
        "shape": shape,
        "ink": ink,
        "mark": mark,
        "rule": awards.write_rule(asked),
    }

    async def put() -> str:
        await _remember(old, by)
        if badge:
            await _change(Badge, badge, old, by, values)
        else:
            place = {"program_id": old.program["id"], "position": len(old.badges)}
            await Badge.create(school_id=by.school.id, key=key, **place, **values)
        await _write(old, by)
        return "put"

    await once(by, form_key, {"in": program, "key": badge, **values}, put)
    return awards.window_warnings(every)


@one_transaction
async def drop_badge(program: str, badge: str, by: Reader) -> str:
    """Take a badge out; returns its title. Raises NotFound, and Refused where somebody holds it or one asks for it."""
    old = await _taken_up(program, by)
    row = next((row for row in old.badges if row["key"] == badge), None)
    if row is None:
        raise NotFound(badge)
    if await Award.filter(school_id=by.school.id, badge_id=row["id"], state__in=HELD).exists():
        raise Refused("Somebody holds this badge already, so it stays.")
    left = {key: rule for key, rule in _rules(old).items() if key != badge}
    awards.check_rules(left, [each["key"] for each in old.challenges])
    await _remember(old, by)
    await Badge.filter(school_id=by.school.id, id=row["id"]).delete()
    await _write(old, by)
    return str(row["title"])


@one_transaction
async def publish(key: str, by: Reader) -> str:
    """Put a program before its readers; returns its title. Raises NotFound, Refused."""
    old = await _taken_up(key, by)
    rules.check_program_publishable(
        ProgramState(old.program["state"]), len(old.challenges), old.program["introduction"]
    )
    awards.check_rules(_rules(old), [row["key"] for row in old.challenges])
    await note_lists(by.school.id, [old])
    await _write(old, by, state=ProgramState.PUBLISHED.value, published_at=old.program["published_at"] or dates.now())
    return str(old.program["title"])


@one_transaction
async def put_away(key: str, by: Reader) -> str:
    """Take a program off the pages; what people did in it stays theirs. Returns its title. Raises NotFound."""
    program = await program_to_run(by, key)
    await Program.filter(school_id=by.school.id, id=program["id"]).update(
        state=ProgramState.ARCHIVED.value, version=program["version"] + 1
    )
    return str(program["title"])


async def _taken_up(key: str, by: Reader) -> Terms:
    """The program as it stands, held until the unit of work ends. Raises NotFound, Refused once it is over."""
    program = await program_to_run(by, key)
    await Program.filter(school_id=by.school.id, id=program["id"]).select_for_update().first()
    found = (await terms_of(by.school, [program["id"]]))[program["id"]]
    row = found.program
    if row["state"] == ProgramState.PUBLISHED:
        today = dates.today(by.school.zone)
        rules.check_changeable(rules.phase(row["starts"], row["ends"], row["catching_up"], today))
    return found


async def _list(key: str, by: Reader) -> tuple[int, set[str]]:
    """The id of a published list and the keys of what stands on it. Raises Refused."""
    rows = await published_for(by).filter(key=key).values_list("id")
    if not rows:
        raise Refused("Choose a published list.", about="curated")
    items = ListItem.filter(school_id=by.school.id, curated_id=rows[0][0])
    return rows[0][0], {resource for (resource,) in await items.values_list("resource__key")}


def _rules(old: Terms) -> dict[str, Rule]:
    return {row["key"]: read_rule(row["rule"]) for row in old.badges}


async def _change(
    table: type[Challenge] | type[Badge], key: str, old: Terms, by: Reader, values: Mapping[str, Any]
) -> None:
    rows = table.filter(school_id=by.school.id, program_id=old.program["id"], key=key)
    if not await rows.update(**values):
        raise NotFound(key)


async def _remember(old: Terms, by: Reader) -> None:
    """Keep the rules as they stood, where somebody may hold a badge by them."""
    if old.program["state"] != ProgramState.PUBLISHED:
        return
    if not await Enrolment.filter(school_id=by.school.id, program_id=old.program["id"]).exists():
        return
    await FormerRules.create(
        school_id=by.school.id,
        program_id=old.program["id"],
        number=old.program["rules_version"],
        rules=terms.freeze(old.rules),
        until=dates.now(),
    )
    await Program.filter(school_id=by.school.id, id=old.program["id"]).update(
        rules_version=old.program["rules_version"] + 1
    )


async def _write(old: Terms, by: Reader, **values: Any) -> None:
    """Write columns of the program, raise its version, and have everybody counted again where it is published."""
    program = Program.filter(school_id=by.school.id, id=old.program["id"])
    await program.update(version=old.program["version"] + 1, **values)
    if ProgramState.PUBLISHED in (old.program["state"], values.get("state")):
        args = {"school_id": by.school.id, "program_id": old.program["id"]}
        await enqueue("recount", args, key=f"recount-{old.program['id']}")
