"""What is done with a program as a whole: started, set, published, ended, reopened, put away, taken over."""

from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from engage import dates
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction, savepoint
from engage.errors import NotFound, Refused
from engage.lists.rules import free_slug, slug_of
from engage.people import audit
from engage.people.models import SchoolClass
from engage.people.once import once
from engage.people.rules import Reader, Scope
from engage.programs import awards, rules
from engage.programs.activity_models import ProgramClass
from engage.programs.awards import Rule, read_rule
from engage.programs.following import follow_merged
from engage.programs.joining_rules import ASSIGNED, MOST_CLASSES, Joining, check_code, check_opening, phase_of
from engage.programs.long_over import why_not_again
from engage.programs.models import Program
from engage.programs.queries import Terms, program_to_run
from engage.programs.revising import remember, rewrite, take_up
from engage.programs.rules import Phase, ProgramState
from engage.programs.settling import note_lists
from engage.programs.streaks import check_grace

SETTINGS = (
    *("title", "introduction", "how", "kind", "visibility", "ink", "scene", "starts", "ends", "credit"),
    *("backdate_days", "catching_up", "minimum", "streak_unit", "grace_days", "limits", "points"),
    *("grade_low", "grade_high"),
)
# what may be left out, and then is so. opens: the day from which one may join; classes: keys of school classes
ALSO: dict[str, Any] = {
    "joining": Joining.OPEN.value,
    "join_code": "",
    "announced": None,
    "completion": "",
    "tickets": "",
    "opens": None,
    "classes": (),
}
# what changes nothing about who earns what
WORDS = frozenset(
    {"title", "introduction", "how", "kind", "visibility", "ink", "scene", "limits", "backdate_days"}
    | {"joining", "join_code", "announced", "tickets", "published_at", "grade_low", "grade_high"}
)


@one_transaction
async def start_program(given: Mapping[str, Any], form_key: str, by: Reader) -> str:
    """A new draft; returns its key, the same for the same form sent twice. Raises NotFound, Refused.

    given: the columns of SETTINGS, and of ALSO where they are said.
    """
    check_may_run(by)
    values, rooms = await settled_values(given, None, by)
    return await once(by, form_key, {**values, "rooms": rooms}, lambda: put_program(values, rooms, by))


def check_may_run(by: Reader) -> None:
    """Hide the making of programs from whoever may make none (PRG01). Raises NotFound."""
    if by.id is None or not (by.may("PRG01", Scope.SCHOOL) or by.may("PRG01", Scope.CLASS)):
        raise NotFound("programs to run")


async def put_program(values: Mapping[str, Any], rooms: list[int], by: Reader) -> str:
    """Write a new draft under an address of its own; returns its key. Inside a unit of work."""
    alike = Program.filter(school_id=by.school.id, slug__startswith=slug_of(values["title"]))
    taken = {slug for (slug,) in await alike.values_list("slug")}
    while True:
        slug = free_slug(values["title"], taken)
        try:
            async with savepoint():
                made = await Program.create(school_id=by.school.id, by_id=by.id, slug=slug, **values)
        except IntegrityError:
            taken.add(slug)  # somebody took the name a moment ago
        else:
            await _assign(made.id, rooms, by)
            return made.key


@one_transaction
async def change_program(key: str, given: Mapping[str, Any], by: Reader) -> None:
    """Change the settings of a program. given: as for start_program. Raises NotFound, Refused."""
    old = await take_up(key, by)
    values, rooms = await settled_values(given, old, by)
    before = {name: old.program[name] for name in values}
    moved = await _assign(old.program["id"], rooms, by)
    if values == before and not moved:
        return
    if any(values[name] != before[name] for name in values.keys() - WORDS):
        await remember(old, by)
    await rewrite(old, by, **values)
    if old.program["state"] == ProgramState.PUBLISHED:
        await _follow(old.program["id"], values["joining"], by)


async def settled_values(given: Mapping[str, Any], old: Terms | None, by: Reader) -> tuple[dict[str, Any], list[int]]:
    """The columns of a program and the ids of its classes, from what was filled in. Raises Refused."""
    values = {name: given[name] for name in SETTINGS} | {name: given.get(name, usual) for name, usual in ALSO.items()}
    values["title"] = " ".join(values["title"].split())
    if not values["title"]:
        raise Refused("Give the program a title.", about="title")
    rules.check_run(values["starts"], values["ends"])
    check_grace(values["grace_days"])
    low, high = values["grade_low"], values["grade_high"]
    if low is not None and high is not None and high < low:
        raise Refused("The last grade stands after the first.", about="grade_high")
    opens, keys = values.pop("opens"), tuple(values.pop("classes"))
    joining = Joining(values["joining"])
    check_code(joining, values["join_code"])
    check_opening(values["announced"], opens, values["starts"])
    values["published_at"] = _moment(opens, old, by)
    if values["completion"]:
        _check_completion(read_rule(values["completion"]), old)
    return values, await _rooms(values, keys, joining, by)


def _moment(opens: date | None, old: Terms | None, by: Reader) -> Any:
    """The moment from which one may join, kept to the minute where the day is the same."""
    before = old.program["published_at"] if old else None
    if opens is not None and (before is None or dates.on(before, by.school.zone) != opens):
        return dates.moment(opens, time(), by.school.zone)
    if opens is None and before is not None and (old is None or old.program["state"] != ProgramState.PUBLISHED):
        return None
    return before if before is None or opens is not None else min(before, dates.now())


def _check_completion(rule: Rule, old: Terms | None) -> None:
    challenges = {one.key: one.rule for one in old.rules.challenges} if old else {}
    badges = {row["key"]: read_rule(row["rule"]) for row in old.badges} if old else {}
    try:
        awards.check_rules({**badges, "": rule}, challenges, old.activity_keys if old else ())
    except Refused as refused:
        raise Refused(refused.sentence, about="completion") from None


async def _rooms(values: dict[str, Any], keys: tuple[str, ...], joining: Joining, by: Reader) -> list[int]:
    """The ids of the classes that were chosen; a teacher's program is for own classes and for nobody else (PRG01)."""
    teacher = not by.may("PRG01", Scope.SCHOOL)
    if teacher and (joining is not Joining.CLASSES or values["visibility"] != "classes"):
        raise Refused("Your program is for your own classes. Choose one of them.", about="classes")
    if joining is not Joining.CLASSES:
        if values["visibility"] == "classes":
            raise Refused("Only a program that is assigned to classes can be hidden from others.", about="visibility")
        return []
    rooms = SchoolClass.filter(school_id=by.school.id, key__in=keys)
    if teacher:
        rooms = rooms.filter(id__in=sorted(by.taught_ids))
    found = [number for (number,) in await rooms.order_by("id").values_list("id")]
    if not found or len(found) != len(set(keys)):
        raise Refused("Choose at least one class.", about="classes")
    if len(found) > MOST_CLASSES:
        raise Refused(f"Choose up to {MOST_CLASSES} classes, or choose grades.", about="classes")
    return found


async def _assign(program: int, rooms: list[int], by: Reader) -> bool:
    """Make a program be for these classes; whether that is anything new."""
    theirs = ProgramClass.filter(school_id=by.school.id, program_id=program)
    known = {room for (room,) in await theirs.values_list("school_class_id")}
    await theirs.filter(school_class_id__in=sorted(known - {*rooms})).delete()
    new = [room for room in rooms if room not in known]
    await ProgramClass.bulk_create(
        [ProgramClass(school_id=by.school.id, program_id=program, school_class_id=room) for room in new]
    )
    return known != {*rooms}


async def _follow(program: int, joining: str, by: Reader) -> None:
    """Have students enrolled with their classes or grades soon."""
    if Joining(joining) in ASSIGNED:
        args = {"school_id": by.school.id, "program_id": program}
        await enqueue("follow_roster", args, key=f"follow-roster-{program}")


@one_transaction
async def publish(key: str, by: Reader) -> str:
    """Put a program before its readers; returns its title. Raises NotFound, Refused."""
    old = await take_up(key, by)
    program = old.program
    rules.check_program_publishable(ProgramState(program["state"]), len(old.challenges), program["introduction"])
    asked = {one.key: one.rule for one in old.rules.challenges}
    awards.check_rules({row["key"]: read_rule(row["rule"]) for row in old.badges}, asked, old.activity_keys)
    await note_lists(by.school.id, [old])
    await rewrite(old, by, state=ProgramState.PUBLISHED.value, published_at=program["published_at"] or dates.now())
    await _follow(program["id"], program["joining"], by)
    return str(program["title"])


@one_transaction
async def put_away(key: str, by: Reader) -> str:
    """Take a program off the pages; what people did in it stays theirs. Returns its title. Raises NotFound."""
    program = await program_to_run(by, key)
    await Program.filter(school_id=by.school.id, id=program["id"]).update(
        state=ProgramState.ARCHIVED.value, version=F("version") + 1
    )
    await audit.note("put a program away", by=by, subject=key, detail=program["title"])
    return str(program["title"])


@one_transaction
async def end(key: str, by: Reader) -> str:
    """Make today the last day of a program; returns its title. Raises NotFound, Refused."""
    return await _set_end(key, by, dates.today(by.school.zone), _check_endable, "ended a program today")


@one_transaction
async def reopen(key: str, ends: date, by: Reader) -> str:
    """Give a program that is over a later last day; returns its title. Raises NotFound, Refused.

    What its rules gave stays: they are kept as they stood (rule 16).
    """
    today = dates.today(by.school.zone)
    if ends < today:
        raise Refused("Pick today or a later day.", about="ends")
    return await _set_end(key, by, ends, _check_over, "reopened a program")


async def _set_end(key: str, by: Reader, ends: date, check: Callable[[Phase], None], act: str) -> str:
    old = await take_up(key, by, over=True)
    if old.program["state"] != ProgramState.PUBLISHED:
        raise Refused("Only a published program can be ended or opened again.")
    check(phase_of(old.program, by.school.zone, dates.today(by.school.zone)))
    if why := await why_not_again(by.school, old):
        raise Refused(why, about="ends")
    await remember(old, by)
    await follow_merged(old.program["id"], by)
    await rewrite(old, by, ends=ends, zone="")
    await audit.note(act, by=by, subject=key, detail=old.program["title"])
    return str(old.program["title"])


def _check_endable(now: Phase) -> None:
    if now is not Phase.RUNNING:
        raise Refused("Only a program that is running can be ended. Put it away instead.")


def _check_over(now: Phase) -> None:
    if now not in (Phase.CATCHING_UP, Phase.CLOSED):
        raise Refused("This program is not over. Change its last day in the settings.")


@one_transaction
async def take_over(key: str, by: Reader) -> str:
    """Run a program from now on, in place of whoever ran it; returns its title. Raises NotFound.

    Only who runs a program sees who takes part in it by name (PRG05), so this is written down.
    """
    program = await program_to_run(by, key)
    if not by.may("PRG01", Scope.SCHOOL):
        raise NotFound(key)
    await Program.filter(school_id=by.school.id, id=program["id"]).update(by_id=by.id, version=F("version") + 1)
    await audit.note("took over a program", by=by, about_id=program["by_id"], subject=key, detail=program["title"])
    return str(program["title"])
