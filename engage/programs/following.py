"""Logs, shelves, reviews and challenges follow when two resources become one; whoever it concerns is counted again.

What a student did stays as it was said: only which record of the catalogue it is about is another one. Programs whose
result is final by then go on counting two (PRODUCT.md, section 4, rule 20), until they are opened again.
"""

import json
from collections import Counter
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from tortoise.expressions import F, Q

from engage import dates
from engage.database.queue import enqueue
from engage.database.rows import add
from engage.database.transaction import one_transaction
from engage.engagement.diary import Who
from engage.people.models import Person
from engage.people.rules import Reader
from engage.programs.matching import take_for
from engage.programs.models import (
    Challenge,
    ChallengeResource,
    Enrolment,
    EntryBefore,
    FormerRules,
    LogEntry,
    Program,
    ResourceProgress,
    Saved,
)
from engage.programs.paper_models import TypedTitle
from engage.programs.places import place_resource
from engage.programs.rebuild import schools
from engage.programs.review_following import recommendations_follow, reviews_follow
from engage.programs.review_models import Review
from engage.programs.rules import Ending, frozen_at
from engage.programs.settling import hold, settle
from engage.resources.doubles import Merge
from engage.resources.models import Resource

MANY = 10


async def programs_follow(merge: Merge) -> None:
    """Move what students logged, saved and wrote, and what challenges ask for, to the one that stays.

    A whole school may have logged it: here rows are moved in a few statements, and nobody is counted; `count_merged`
    does that, as a job, one student at a time.
    """
    of: dict[str, Any] = {"school_id": merge.school_id}
    gone, stays = {**of, "resource_id": merge.gone}, {**of, "resource_id": merge.stays}
    at = dates.now()
    if typed := await TypedTitle.filter(**gone).values_list("folded"):
        await take_for({folded: merge.stays for (folded,) in typed}, merge.by)
    final = await _final(merge, at)
    rows = [
        *await ResourceProgress.filter(**gone).values_list("person_id"),
        *await Saved.filter(**gone).values_list("person_id"),
        *await Review.filter(**gone, person_id__isnull=False).values_list("person_id"),
    ]
    people = sorted({number for (number,) in rows})
    # as everybody who changes what a person did does, so that no row of theirs comes meanwhile (SAFETY.md, D3)
    await Person.filter(**of, id__in=people).order_by("id").select_for_update()
    await _move_entries(merge.stays, at, **gone)
    # where somebody has both, the row of the one that stays is counted anew by the job; the other one goes there
    both = await ResourceProgress.filter(**stays).values_list("person_id", flat=True)
    alone = sorted({*people} - {*both})
    await ResourceProgress.filter(**gone, person_id__in=alone).update(resource_id=merge.stays)
    saved = await Saved.filter(**stays).values_list("person_id", flat=True)
    await Saved.filter(**gone, person_id__in=list(saved)).delete()
    await Saved.filter(**gone).update(resource_id=merge.stays)
    await reviews_follow(merge.gone, merge.stays, **of)
    await recommendations_follow(merge.gone, merge.stays, **of)
    for program in sorted({*await _challenges(merge, final), *await _former(merge, final)}):
        await Program.filter(**of, id=program).update(version=F("version") + 1)
        await enqueue("recount", {**of, "program_id": program}, key=f"recount-{program}")
    await enqueue("count_merged", {**of, "gone": merge.gone}, key=f"count-merged-{merge.gone}")


async def follow_merged(program_id: int, by: Reader) -> None:
    """Let a program that is opened again ask for what the resources that it asks for have become since.

    Inside the unit of work that opens it. It is counted again by whoever does.
    """
    of: dict[str, Any] = {"school_id": by.school.id}
    own = {**of, "program_id": program_id}
    asked = ChallengeResource.filter(**of, challenge__program_id=program_id)
    numbers = {number for (number,) in await asked.values_list("resource_id")}
    for (rules,) in await FormerRules.filter(**own).values_list("rules"):
        numbers |= _named(json.loads(rules))
    keys = {key for (text,) in await Challenge.filter(**own).values_list("required") for key in text.split(",") if key}
    meant = Resource.filter(Q(id__in=sorted(numbers)) | Q(key__in=sorted(keys)), **of, merged_into_id__isnull=False)
    others = {number for (number,) in await Program.filter(**of).exclude(id=program_id).values_list("id")}
    for row in await meant.order_by("id").values("id", "key", "merged_into_id", stays="merged_into__key"):
        merge = Merge(by.school.id, row["id"], row["merged_into_id"], row["key"], row["stays"], "", by)
        await _challenges(merge, others)
        await _former(merge, others)


async def _move_entries(stays: int, at: datetime, **meant: Any) -> None:
    """Let entries be about the one that stays from a moment on, and keep what they were about before."""
    rows = await LogEntry.filter(**meant).values("school_id", "person_id", "resource_id", entry_id="id")
    await add(EntryBefore, [{**row, "title": "", "until": at} for row in rows])
    await LogEntry.filter(**meant).update(resource_id=stays)


async def _final(merge: Merge, at: datetime) -> set[int]:
    """The programs whose result was final by a moment; none is opened again until the unit of work ends."""
    over = Program.filter(school_id=merge.school_id, ends__isnull=False)
    found = set()
    in_order = over.order_by("id").select_for_update(no_key=True)
    for program in await in_order.only("id", "ends", "catching_up", "zone"):
        final = frozen_at(program.ends, program.catching_up, program.zone or merge.by.school.zone)
        if final is not None and final < at:
            found.add(program.id)
    return found


async def count_merged(school_id: int, gone: int) -> int:
    """Count everybody anew who logged what is one resource now, as a job; how many people that were.

    gone: the id of a resource that became a part of another. Each student is a unit of work, so nobody waits for long,
    and what a broken-off round did not reach the next one does.
    """
    of: dict[str, Any] = {"school_id": school_id}
    ((stays,),) = await Resource.filter(**of, id=gone).values_list("merged_into_id")
    both = {**of, "resource_id__in": [gone, stays]}
    logged = await LogEntry.filter(**both).distinct().values_list("person_id", flat=True)
    placed = await ResourceProgress.filter(**both).distinct().values_list("person_id", flat=True)
    wrote = await Review.filter(**of, resource_id=gone, person_id__isnull=False).values_list("person_id", flat=True)
    people = Person.filter(**of, id__in=sorted({*logged, *placed, *wrote})).order_by("id")
    rows = await people.values_list("id", "grade")
    (card,) = await schools(school_id)
    for person, grade in rows:
        await _count_one(Reader(card), Who(person, grade), gone, stays)
    return len(rows)


@one_transaction
async def _count_one(by: Reader, who: Who, gone: int, stays: int) -> None:
    await hold(by, who.id)
    of: dict[str, Any] = {"school_id": by.school.id, "person_id": who.id}
    # an entry or a review may have been on its way while the two were made one
    await _move_entries(stays, dates.now(), **of, resource_id=gone)
    await reviews_follow(gone, stays, **of)
    await place_resource(by.school.id, who.id, gone)
    await place_resource(by.school.id, who.id, stays)
    part = Enrolment.filter(**of, left_at=None)
    await settle(by, who, dict(await part.values_list("program_id", "joined_on")))


async def told_before(school_id: int, one: int, other: int) -> str:
    """What to tell whoever is about to make two resources one: who finished both will have one title for two.

    How many that are is said from MANY on only; none is told like few (SAFETY.md, P10).
    """
    entries = LogEntry.filter(school_id=school_id, resource_id__in=[one, other], ending=Ending.FINISHED)
    stand = entries.filter(void__id__isnull=True, superseded_by__id__isnull=True)
    rows = await stand.distinct().values_list("person_id", "resource_id")
    number = sum(count == 2 for count in Counter(person for person, _ in rows).values())
    who = f"{number:,} students" if number >= MANY else "Some students may"
    return (
        f"{who} have finished both. In their counts that is one title then, not two, and a badge may go with it. "
        "Programs that are over keep their results. Where somebody reviewed both, others read one of the two; the "
        "other is kept for its writer."
    )


async def _challenges(merge: Merge, but: Collection[int]) -> set[int]:
    """Let challenges ask for the one that stays; the ids of their programs. but: programs that ask on as they did."""
    of: dict[str, Any] = {"school_id": merge.school_id}
    concerned: set[int] = set()
    asking = ChallengeResource.filter(**of, resource_id=merge.gone)
    for row in await asking.values("id", "challenge_id", "until", program="challenge__program_id"):
        if row["program"] in but:
            continue
        same = ChallengeResource.filter(**of, challenge_id=row["challenge_id"], resource_id=merge.stays)
        there = await same.values_list("until")
        if there:
            await ChallengeResource.filter(**of, id=row["id"]).delete()
            await same.update(until=_later(row["until"], there[0][0]))
        else:
            await ChallengeResource.filter(**of, id=row["id"]).update(resource_id=merge.stays)
        concerned.add(row["program"])
    for challenge in await Challenge.filter(**of, required__contains=merge.gone_key):
        if challenge.program_id in but:  # type: ignore[attr-defined]
            continue
        keys = [merge.stays_key if key == merge.gone_key else key for key in challenge.required.split(",")]
        challenge.required = ",".join(dict.fromkeys(keys))
        await challenge.save(update_fields=["required"])
        concerned.add(challenge.program_id)  # type: ignore[attr-defined]
    return concerned


async def _former(merge: Merge, but: Collection[int]) -> set[int]:
    """The same in the rules that were."""
    concerned: set[int] = set()
    holding = Q(rules__contains=f"[{merge.gone},") | Q(rules__contains=f"[{merge.gone}, ")
    for former in await FormerRules.filter(holding, school_id=merge.school_id):
        if former.program_id in but:  # type: ignore[attr-defined]
            continue
        rules = json.loads(former.rules)
        former.rules = json.dumps(_with(rules, merge), ensure_ascii=False)
        await former.save(update_fields=["rules"])
        concerned.add(former.program_id)  # type: ignore[attr-defined]
    return concerned


def _named(value: Any) -> set[int]:
    """The resources that rules as JSON name as items of lists."""
    if not isinstance(value, dict | list):
        return set()
    within = set().union(*map(_named, value.values() if isinstance(value, dict) else value))
    items = value.get("items") if isinstance(value, dict) else None
    return within | {number for number, *_ in items} if isinstance(items, list) else within


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
