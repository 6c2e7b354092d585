"""Logs, shelves and challenges follow when two resources become one; whoever it concerns is counted again.

What a student did stays as it was said: only which record of the catalogue it is about is another one.
"""

import json
from datetime import date
from typing import Any

from tortoise.expressions import Q

from engage.database.queue import enqueue
from engage.people.models import Person
from engage.programs.models import (
    Challenge,
    ChallengeResource,
    Enrolment,
    FormerRules,
    LogEntry,
    ResourceProgress,
    Saved,
)
from engage.programs.places import place_resource
from engage.resources.doubles import Merge


async def programs_follow(merge: Merge) -> None:
    """Move what students logged and saved, and what challenges ask for, to the one that stays."""
    of: dict[str, Any] = {"school_id": merge.school_id}
    gone = {**of, "resource_id": merge.gone}
    rows = [
        *await LogEntry.filter(**gone).distinct().values_list("person_id"),
        *await ResourceProgress.filter(**gone).values_list("person_id"),
        *await Saved.filter(**gone).values_list("person_id"),
    ]
    people = sorted({number for (number,) in rows})
    # as everybody who changes what a person did does, so that nobody counts it meanwhile (SAFETY.md, D3)
    await Person.filter(**of, id__in=people).order_by("id").select_for_update()
    await LogEntry.filter(**gone).update(resource_id=merge.stays)
    for number in people:
        await place_resource(merge.school_id, number, merge.gone)
        await place_resource(merge.school_id, number, merge.stays)
    saved = await Saved.filter(**of, resource_id=merge.stays).values_list("person_id")
    await Saved.filter(**gone, person_id__in=[number for (number,) in saved]).delete()
    await Saved.filter(**gone).update(resource_id=merge.stays)
    concerned = {*await _challenges(merge), *await _former(merge)}
    parts = Enrolment.filter(**of, person_id__in=people, left_at=None).distinct()
    concerned |= {number for (number,) in await parts.values_list("program_id")}
    for program in sorted(concerned):
        await enqueue("recount", {**of, "program_id": program}, key=f"recount-{program}")


async def _challenges(merge: Merge) -> set[int]:
    """Let challenges ask for the one that stays; the ids of their programs."""
    of: dict[str, Any] = {"school_id": merge.school_id}
    concerned: set[int] = set()
    for row in await ChallengeResource.filter(**of, resource_id=merge.gone).values("id", "challenge_id", "until"):
        same = ChallengeResource.filter(**of, challenge_id=row["challenge_id"], resource_id=merge.stays)
        there = await same.values_list("until")
        if there:
            await ChallengeResource.filter(**of, id=row["id"]).delete()
            await same.update(until=_later(row["until"], there[0][0]))
        else:
            await ChallengeResource.filter(**of, id=row["id"]).update(resource_id=merge.stays)
        programs = await Challenge.filter(**of, id=row["challenge_id"]).values_list("program_id")
        concerned |= {number for (number,) in programs}
    for challenge in await Challenge.filter(**of, required__contains=merge.gone_key):
        keys = [merge.stays_key if key == merge.gone_key else key for key in challenge.required.split(",")]
        challenge.required = ",".join(dict.fromkeys(keys))
        await challenge.save(update_fields=["required"])
        concerned.add(challenge.program_id)  # type: ignore[attr-defined]
    return concerned


async def _former(merge: Merge) -> set[int]:
    """The same in the rules that were; the ids of their programs."""
    concerned: set[int] = set()
    holding = Q(rules__contains=f"[{merge.gone},") | Q(rules__contains=f"[{merge.gone}, ")
    for former in await FormerRules.filter(holding, school_id=merge.school_id):
        rules = json.loads(former.rules)
        former.rules = json.dumps(_with(rules, merge), ensure_ascii=False)
        await former.save(update_fields=["rules"])
        concerned.add(former.program_id)  # type: ignore[attr-defined]
    return concerned


def _with(value: Any, merge: Merge) -> Any:
    """Rules as JSON, in which lists of items name the one that stays, once."""
    if isinstance(value, list):
        return [_with(each, merge) for each in value]
    if not isinstance(value, dict):
        return value
    made = {name: _with(each, merge) for name, each in value.items()}
    if isinstance(made.get("items"), list):
        items: dict[int, list[Any]] = {}
        for number, required, until in made["items"]:
            stands = merge.stays if number == merge.gone else number
            before = items.get(stands)
            if before is not None:
                days = [date.fromisoformat(day) if day else None for day in (before[2], until)]
                later = _later(*days)
                required, until = before[1] or required, later.isoformat() if later else None
            items[stands] = [stands, required, until]
        made["items"] = list(items.values())
    return made


def _later(one: date | None, other: date | None) -> date | None:
    """The later of two last days; None, which is no end, is later than any."""
    return None if one is None or other is None else max(one, other)
