"""Titles made numbers when their time is over, and what was handed in taken away (SAFETY.md, P4).

A title becomes "Title 12 of 2025-26": entries of one title keep one number, so that what is counted stays the same, and
nothing says any more what it was. What counts in a list of a program stays until the program has been over for a while.
"""

import re
from collections import defaultdict
from datetime import date, datetime
from typing import Any

from tortoise.expressions import Q, Subquery

from engage import dates
from engage.database.transaction import one_transaction
from engage.people.models import Person, School
from engage.programs.activity_models import ActivityDone
from engage.programs.loading import facts_of
from engage.programs.models import ChallengeResource, Enrolment, LogEntry, Program, Saved
from engage.programs.paper_models import PaperSheet
from engage.programs.places import place_resource
from engage.programs.recognition_models import BoardName
from engage.programs.review_models import Recommendation

NUMBERED = re.compile(r"Title (\d+) of (\S+)")
AT_ONCE, PEOPLE_AT_ONCE = 300, 500
Rows = list[dict[str, Any]]


async def number_all_titles(school_id: int, person_id: int) -> int:
    """Make every title in a student's log a number, whatever it counts for. How many entries."""
    return await _number_titles(school_id, person_id, date.max, None)


async def forget_titles(school_id: int, before: date, over: date) -> int:
    """Make the titles of entries about days before this one numbers. How many entries.

    over: programs that ended before this day hold no titles any more.
    """
    number, last = 0, 0
    while people := await _people_with_titles(school_id, before, last):
        for person in people:
            number += await _number_titles(school_id, person, before, over)
        last = people[-1]
    return number


async def _people_with_titles(school_id: int, before: date, after: int) -> list[int]:
    rows = LogEntry.filter(_titled(), school_id=school_id, on__lt=before, person_id__gt=after)
    found = await rows.order_by("person_id").distinct().limit(PEOPLE_AT_ONCE).values_list("person_id")
    return [person for (person,) in found]


def _titled() -> Q:
    return Q(~Q(title=""), Q(resource_id__isnull=False), join_type="OR") & Q(forgotten_on__isnull=True)


async def _number_titles(school_id: int, person_id: int, before: date, over: date | None) -> int:
    number = 0
    while done := await _number_some(school_id, person_id, before, over):
        number += done
    return number


@one_transaction
async def _number_some(school_id: int, person_id: int, before: date, over: date | None) -> int:
    """Some hundred titles of one student, in a unit of their own; 0 when there are no more."""
    await Person.filter(id=person_id).select_for_update().first()
    school = await School.get(id=school_id)
    rows = LogEntry.filter(_titled(), school_id=school_id, person_id=person_id, on__lt=before)
    if over is not None:
        kept = await _handed_in(school_id, person_id, over)
        rows = rows.filter(Q(resource_id__isnull=True) | ~Q(resource_id__in=kept)) if kept else rows
    found: Rows = await rows.order_by("on", "id").values("id", "on", "resource_id", "title")
    works: dict[tuple[str, Any], Rows] = defaultdict(list)
    same = await _works(school_id, person_id, found)
    for row in found:
        year = dates.year_name(dates.school_year(row["on"], school.year_starts_in))
        works[year, same[row["id"]]].append(row)
    numbers = await _numbers_so_far(school_id, person_id)
    some = list(works.items())[:AT_ONCE]
    for (year, _), entries in some:
        numbers[year] += 1
        await LogEntry.filter(school_id=school_id, id__in=[row["id"] for row in entries]).update(
            title=f"Title {numbers[year]} of {year}", resource_id=None, forgotten_on=dates.today(school.zone)
        )
    gone = {row["resource_id"] for _, entries in some for row in entries if row["resource_id"]}
    of = {"school_id": school_id, "person_id": person_id}
    for resource in sorted(gone):
        await place_resource(school_id, person_id, resource)
    if gone:
        await Recommendation.filter(Q(resource_id__in=gone) | Q(because_id__in=gone), **of).delete()
    return sum(len(entries) for _, entries in some)


async def _works(school_id: int, person_id: int, rows: Rows) -> dict[int, Any]:
    """What each entry is of, as counting takes it; an entry of no known work is one of its own."""
    facts = (await facts_of(school_id, [person_id]))[person_id]
    known = {fact.id: fact.work for fact in facts.log}
    return {row["id"]: known.get(row["id"]) or ("entry", row["id"]) for row in rows}


async def _numbers_so_far(school_id: int, person_id: int) -> dict[str, int]:
    """The last number given in each school year."""
    rows = LogEntry.filter(school_id=school_id, person_id=person_id, forgotten_on__isnull=False)
    last: dict[str, int] = defaultdict(int)
    for title in await rows.distinct().values_list("title", flat=True):
        if found := NUMBERED.fullmatch(str(title)):
            last[found[2]] = max(last[found[2]], int(found[1]))
    return last


async def _handed_in(school_id: int, person_id: int, over: date) -> list[int]:
    """The resources that count in lists of programs that a student is in and that are not long over."""
    part = Enrolment.filter(school_id=school_id, person_id=person_id, left_at=None)
    programs = Program.filter(Q(ends__isnull=True) | Q(ends__gte=over), school_id=school_id)
    listed = ChallengeResource.filter(
        school_id=school_id,
        challenge__program_id__in=Subquery(programs.values("id")),
    ).filter(challenge__program_id__in=Subquery(part.values("program_id")))
    return [number for (number,) in await listed.distinct().values_list("resource_id")]


async def forget_shelf(school_id: int, before: datetime) -> int:
    """Take from shelves what was put there before a moment, and what was recommended then. How many."""
    of = {"school_id": school_id, "at__lt": before}
    return await Saved.filter(**of).delete() + await Recommendation.filter(**of).delete()


async def forget_handed_in(school_id: int, before: date, over: date) -> int:
    """Take away what was handed in for programs that ended before a day: answers, board names, paper sheets. How many.

    before: the same for older days in programs without an end.
    """
    ended = Program.filter(school_id=school_id, ends__lt=over)
    said = Q(~Q(answer=""), ~Q(void_reason=""), join_type="OR")
    activities = ActivityDone.filter(said, school_id=school_id)
    old = activities.filter(
        Q(activity__challenge__program_id__in=Subquery(ended.values("id"))) | Q(on__lt=before)
    ).order_by("id")
    number = 0
    while ids := [one for (one,) in await old.limit(AT_ONCE).values_list("id")]:
        number += await ActivityDone.filter(school_id=school_id, id__in=ids).update(answer="", void_reason="")
    number += await BoardName.filter(school_id=school_id, program_id__in=Subquery(ended.values("id"))).delete()
    sheets = PaperSheet.filter(school_id=school_id)
    gone = Q(program_id__in=Subquery(ended.values("id"))) | Q(first_on__lt=before)
    return number + await sheets.filter(gone).delete()
