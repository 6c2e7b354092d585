"""What a report holds besides figures: evidence, actions, surveys, and the cycle before; each as it is shown."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engage.evaluation.cycle_models import Evidence, PlannedAction
from engage.evaluation.cycle_rules import Doing, Proof
from engage.evaluation.models import Cycle, FrozenReport
from engage.evaluation.rules import Value
from engage.evaluation.thawing import thaw


@dataclass(frozen=True)
class Piece:
    """A piece of evidence. shown: what was frozen of it, pairs of a label and words; file: whether one is kept."""

    key: str
    criterion: str
    kind: Proof
    title: str
    note: str
    address: str
    on: date
    shown: tuple[tuple[str, str], ...] = ()
    file: str = ""


@dataclass(frozen=True)
class Act:
    """An action. carried: it was left open in the cycle before."""

    key: str
    criterion: str
    what: str
    who: str
    due_on: date | None
    state: Doing
    outcome: str
    carried: bool = False


@dataclass(frozen=True)
class Before:
    """A figure of the cycle before."""

    name: str
    version: int
    value: Value


@dataclass(frozen=True)
class Former:
    """The cycle before, as it was when it was closed. levels: rating by criterion. acts: what was to be done."""

    cycle: str
    as_of: datetime
    figures: tuple[Before, ...]
    levels: tuple[tuple[str, int], ...]
    acts: tuple[Act, ...] = ()

    def value(self, name: str, version: int) -> Value | None:
        """What a figure was, if it was counted in the same way."""
        same = (one.value for one in self.figures if (one.name, one.version) == (name, version))
        return next(same, None)

    def level(self, code: str) -> int | None:
        """How a criterion was rated."""
        return next((level for known, level in self.levels if known == code), None)


async def evidence_of(school_id: int, cycle_id: int) -> tuple[Piece, ...]:
    """The evidence of a cycle, in the order in which it came."""
    rows = (
        await Evidence.filter(school_id=school_id, cycle_id=cycle_id)
        .order_by("id")
        .values("key", "criterion", "kind", "title", "note", "address", "on", "snapshot", "file__name")
    )
    return tuple(piece_of(row) for row in rows)


def piece_of(row: dict[str, Any]) -> Piece:
    """A row as it is shown."""
    return Piece(
        row["key"],
        row["criterion"],
        Proof(row["kind"]),
        row["title"],
        row["note"],
        row["address"],
        row["on"],
        tuple((label, words) for label, words in json.loads(row["snapshot"])),
        row["file__name"] or "",
    )


async def actions_of(school_id: int, cycle_id: int) -> tuple[Act, ...]:
    """The actions of a cycle, in the order in which they came."""
    rows = (
        await PlannedAction.filter(school_id=school_id, cycle_id=cycle_id)
        .order_by("id")
        .values("key", "criterion", "what", "who", "due_on", "state", "outcome", "carried_from_id")
    )
    return tuple(
        Act(
            row["key"],
            row["criterion"],
            row["what"],
            row["who"],
            row["due_on"],
            Doing(row["state"]),
            row["outcome"],
            row["carried_from_id"] is not None,
        )
        for row in rows
    )


async def cycle_before(school_id: int, starts: date) -> Cycle | None:
    """The last cycle that ended before a day."""
    return before_among(await Cycle.filter(school_id=school_id).order_by("-ends", "-starts", "-id"), starts)


def before_among(cycles: Sequence[Cycle], starts: date) -> Cycle | None:
    """The last of some cycles that ended before a day. cycles: the last to end first."""
    return next((one for one in cycles if one.ends < starts), None)


async def former_of(school_id: int, last: Cycle | None) -> Former | None:
    """The cycle before, if it is closed: what is not closed may still change, and is not compared with."""
    if last is None or last.locked_at is None:
        return None
    standing = FrozenReport.filter(school_id=school_id, cycle_id=last.id, at=last.locked_at)
    for (content,) in await standing.order_by("-id").limit(1).values_list("content"):
        whole = json.loads(content)
        levels = [(one["code"], one["level"]) for one in whole["judgements"] if one["level"]]
        return Former(
            whole["cycle"],
            datetime.fromisoformat(whole["as_of"]),
            tuple(Before(one["name"], one["version"], thaw(Value, one["value"])) for one in whole["figures"]),
            tuple(levels),
            tuple(thaw(Act, one) for one in whole.get("actions", ())),
        )
    return None
