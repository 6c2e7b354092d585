"""Frameworks of standards come in: what a package would change, and the change itself, which may be done twice.

Source: STANDARDS.md, 5.10; SAFETY.md, U3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.exceptions import IntegrityError

from engage import dates
from engage.database import rows
from engage.database.transaction import one_transaction, savepoint
from engage.lists.standards_models import Framework, Standard
from engage.outside.cage import Cage
from feeds import case

UNIT = 500
KEPT = ("code", "statement", "kind", "grade_low", "grade_high", "position", "depth")
NAMED = ("title", "creator", "subject", "version")
# what the reader's process may say of a file, where its own sentence speaks of feeds
SENTENCES = {
    "empty": "The file is empty.",
    "compressed": "This is a compressed file. Unpack it first.",
    "too-large": "This file is too large to be read.",
    "too-deep": "This file is nested too deeply to be read.",
    "too-slow": "This file takes too long to be read.",
    "broken": "This file could not be read.",
    "bad-answer": "This file could not be read.",
}


@dataclass(frozen=True)
class Changes:
    """What a package would change, each as names of standards. gone: those that it has no longer; they are kept."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    same: int = 0
    renamed: bool = False

    @property
    def any(self) -> bool:
        """Whether anything would be written."""
        return bool(self.added or self.changed or self.gone or self.renamed)


async def read(cage: Cage, body: bytes) -> case.Framework:
    """The framework in a file that was given to us. Raises Unreadable."""
    return await cage.do("standards", body, case.from_values)


def sentence_of(code: str, own: str) -> str:
    """Why a file gives no framework, in words."""
    return SENTENCES.get(code, own)


async def what_would_change(school_id: int, given: case.Framework) -> Changes:
    """What bringing it in would change. Two statements, however many standards."""
    framework = await Framework.get_or_none(school_id=school_id, identifier=given.identifier)
    held = await _held(school_id, framework.id) if framework else {}
    renamed = framework is not None and any(getattr(framework, name) != getattr(given, name) for name in NAMED)
    return compare(held, given, renamed)


def compare(held: Mapping[str, Mapping[str, Any]], given: case.Framework, renamed: bool = False) -> Changes:
    """What differs. held: by identifier the columns of KEPT, and gone and parent, the identifier of the one above."""
    added, changed, same = [], [], 0
    for position, item in enumerate(given.items, 1):
        before = held.get(item.identifier)
        if before is None:
            added.append(name_of(item.code, item.statement))
        elif before["gone"] or _values(item, position) != {name: before[name] for name in (*KEPT, "parent")}:
            changed.append(name_of(item.code, item.statement))
        else:
            same += 1
    kept = {item.identifier for item in given.items}
    gone = [
        name_of(row["code"], row["statement"]) for name, row in held.items() if name not in kept and not row["gone"]
    ]
    return Changes(tuple(added), tuple(changed), tuple(gone), same, renamed)


def name_of(code: str, statement: str) -> str:
    """A standard in a few words."""
    short = statement if len(statement) <= 120 else statement[:119].rstrip() + "…"
    return f"{code}: {short}" if code else short


def _values(item: case.Item, position: int) -> dict[str, Any]:
    return {
        "code": item.code,
        "statement": item.statement,
        "kind": item.kind,
        "grade_low": item.grade_low,
        "grade_high": item.grade_high,
        "position": position,
        "depth": item.depth,
        "parent": item.parent,
    }


async def _held(school_id: int, framework_id: int) -> dict[str, dict[str, Any]]:
    found = await Standard.filter(school_id=school_id, framework_id=framework_id).values(
        "id", "identifier", "gone_at", "parent_id", *KEPT
    )
    names = {row["id"]: row["identifier"] for row in found}
    return {
        row["identifier"]: {**row, "gone": row["gone_at"] is not None, "parent": names.get(row["parent_id"], "")}
        for row in found
    }


async def bring_in(school_id: int, given: case.Framework, by_id: int | None) -> tuple[str, Changes]:
    """Write what differs, in units of 500, and say what it was. Returns the framework's key and the changes.

    by_id: who brought it, None for the operator. What is done once more goes on where it ended, and two at once give
    the same as one after the other: each unit looks again under the framework's lock.
    """
    changes = await what_would_change(school_id, given)
    framework_id, key = await _framework(school_id, given, by_id)
    items = list(enumerate(given.items, 1))
    for start in range(0, len(items), UNIT):
        await _unit(school_id, framework_id, items[start : start + UNIT])
    await _end(school_id, framework_id, given, bool(changes.added or changes.changed))
    return key, changes


@one_transaction
async def _framework(school_id: int, given: case.Framework, by_id: int | None) -> tuple[int, str]:
    try:
        async with savepoint():
            made = await Framework.create(
                school_id=school_id,
                identifier=given.identifier,
                title=given.title,
                imported_at=dates.now(),
                imported_by_id=by_id,
            )
    except IntegrityError:
        made = await Framework.get(school_id=school_id, identifier=given.identifier)
    return made.id, made.key


@one_transaction
async def _unit(school_id: int, framework_id: int, items: Sequence[tuple[int, case.Item]]) -> None:
    """Add or change some standards; what they are parts of is there already, or among them."""
    of = {"school_id": school_id, "framework_id": framework_id}
    await Framework.filter(school_id=school_id, id=framework_id).select_for_update().get()
    names = {item.identifier for _, item in items} | {item.parent for _, item in items if item.parent}
    held = {row.identifier: row for row in await Standard.filter(**of, identifier__in=sorted(names))}
    numbers: dict[str, int | None] = {"": None, **{name: row.id for name, row in held.items()}}
    fresh: dict[int, list[tuple[Standard, str]]] = {}
    changed: list[tuple[int, dict[str, Any], str]] = []
    for position, item in items:
        values = _values(item, position)
        parent = values.pop("parent")
        row = held.get(item.identifier)
        if row is None:
            fresh.setdefault(item.depth, []).append((Standard(**of, identifier=item.identifier, **values), parent))
            continue
        as_it_was = {name: getattr(row, name) for name in values} == values and row.gone_at is None
        if not as_it_was or parent not in numbers or row.parent_id != numbers[parent]:
            changed.append((row.id, values, parent))
    # one level after the other, since each holds the numbers of the one above
    for _, level in sorted(fresh.items()):
        for row, parent in level:
            row.parent_id = numbers[parent]
        await Standard.bulk_create([row for row, _ in level])
        made = Standard.filter(**of, identifier__in=[row.identifier for row, _ in level])
        numbers |= dict(await made.values_list("identifier", "id"))
    for number, values, parent in changed:
        where = {"school_id": school_id, "id": number}
        await rows.change(Standard, {**values, "parent_id": numbers[parent], "gone_at": None}, where)


@one_transaction
async def _end(school_id: int, framework_id: int, given: case.Framework, moved: bool) -> None:
    """Mark what is gone, and write down what the framework is called and how many standards it has.

    moved: whether any standard was added or changed; pages of lists are kept until a framework's moment moves.
    """
    framework = await Framework.filter(school_id=school_id, id=framework_id).select_for_update().get()
    every = Standard.filter(school_id=school_id, framework_id=framework_id)
    names = {item.identifier for item in given.items}
    gone = [
        number
        for number, name in await every.filter(gone_at__isnull=True).values_list("id", "identifier")
        if name not in names
    ]
    now = dates.now()
    for start in range(0, len(gone), UNIT):
        await Standard.filter(school_id=school_id, id__in=gone[start : start + UNIT]).update(gone_at=now)
    values = {name: getattr(given, name) for name in NAMED} | {"items_count": len(given.items)}
    if moved or gone or any(getattr(framework, name) != value for name, value in values.items()):
        await framework.update_from_dict({**values, "imported_at": now}).save()
