"""Titles made numbers when their time is over, and what was handed in taken away (SAFETY.md, P4).

A title becomes "Title 12 of 2025-26": entries of one title keep one number, so that what is counted stays the same, and
nothing says any more what it was. What counts in a list of a program stays until the program has been over for a while.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from tortoise.expressions import Q, Subquery

from engage import dates
from engage.database.fold import words
from engage.database.rows import add
from engage.database.transaction import one_transaction
from engage.people.models import Person, School
from engage.programs.activity_models import ActivityDone
from engage.programs.loading import facts_of
from engage.programs.models import ChallengeResource, Enrolment, EntryBefore, LogEntry, Program, Saved
from engage.programs.paper_models import PaperSheet
from engage.programs.places import place_resource
from engage.programs.recognition_models import BoardName
from engage.programs.review_models import Recommendation

NUMBERED = re.compile(r"Title (\d+) of (\S+)")
AT_ONCE, PEOPLE_AT_ONCE = 300, 500
Rows = list[dict[str, Any]]
# a title in a school year: the resource, or the typed words
Work = tuple[str, Any]


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
    of = {"school_id": school_id, "person_id": person_id}
    rows = LogEntry.filter(_titled(), **of, on__lt=before)
    found: Rows = await rows.order_by("on", "id").values("id", "on", "resource_id", "title")
    same = await _works(school_id, person_id, found)
    kept = set() if over is None else await _handed_in(school_id, person_id, over)
    works: dict[Work, Rows] = defaultdict(list)
    for row in found:
        year = dates.year_name(dates.school_year(row["on"], school.year_starts_in))
        row["works"] = [(year, work) for _, work in same[row["id"]]]
        if not any(work in kept for _, work in row["works"]):
            for work in dict.fromkeys(row["works"]):
                works[work].append(row)
    some = _together(works)
    names = await _names(school_id, person_id, some)
    entries = {row["id"]: row for work in some for row in works[work]}
    for work, name in names.items():
        mine = [row["id"] for row in works[work] if row["works"][-1] == work]
        await LogEntry.filter(school_id=school_id, id__in=mine).update(
            title=name, resource_id=None, forgotten_on=dates.today(school.zone)
        )
    earlier = [
        {**of, "entry_id": number, "resource_id": None, "title": names[work], "until": until}
        for number, row in entries.items()
        for work, (until, _) in zip(row["works"][:-1], same[number][:-1], strict=True)
    ]
    await EntryBefore.filter(**of, entry_id__in=list(entries)).delete()
    await add(EntryBefore, earlier)
    gone = {row["resource_id"] for row in entries.values() if row["resource_id"]}
    for resource in sorted(gone):
        await place_resource(school_id, person_id, resource)
    if gone:
        await Recommendation.filter(Q(resource_id__in=gone) | Q(because_id__in=gone), **of).delete()
    return len(entries)


async def _works(school_id: int, person_id: int, rows: Rows) -> dict[int, list[tuple[datetime | None, Any]]]:
    """What each entry was of until when, and last what it is of, as counting takes it.

    An entry of no known work is one of its own.
    """
    facts = (await facts_of(school_id, [person_id]))[person_id]
    known: dict[int, list[tuple[datetime | None, Any]]] = {
        fact.id: [*((each.until, each.work) for each in fact.before), (None, fact.work)] for fact in facts.log
    }
    return {
        row["id"]: [(until, work or ("entry", row["id"])) for until, work in known.get(row["id"], [(None, None)])]
        for row in rows
    }


def _together(works: Mapping[Work, Rows]) -> list[Work]:
    """AT_ONCE works, with all that an entry of theirs is or was of: one number each, in whatever unit it is given."""
    some = dict.fromkeys(list(works)[:AT_ONCE])
    left = list(some)
    while left:
        new = {other for row in works[left.pop()] for other in row["works"]} - some.keys()
        some |= dict.fromkeys(new)
        left += new
    return [work for work in works if work in some]


async def _names(school_id: int, person_id: int, works: Iterable[Work]) -> dict[Work, str]:
    """The number that stands for each work from now on; one that is a number already keeps it.

    Such a work is that of an entry which was corrected, or put into the log again, after its title became a number.
    """
    given = await _numbers_so_far(school_id, person_id)
    known = {" ".join(words(title)): title for title in given}
    last: dict[str, int] = defaultdict(int)
    for year, number in given.values():
        last[year] = max(last[year], number)
    names = {}
    for year, work in works:
        if work in known:
            names[year, work] = known[work]
            continue
        last[year] += 1
        names[year, work] = f"Title {last[year]} of {year}"
    return names


async def _numbers_so_far(school_id: int, person_id: int) -> dict[str, tuple[str, int]]:
    """The titles that are numbers, each with its school year and its number in it."""
    of = {"school_id": school_id, "person_id": person_id}
    rows = [
        *await LogEntry.filter(**of, forgotten_on__isnull=False).distinct().values_list("title"),
        *await EntryBefore.filter(**of).exclude(title="").distinct().values_list("title"),
    ]
    return {found[0]: (found[2], int(found[1])) for (title,) in rows if (found := NUMBERED.fullmatch(str(title)))}


async def _handed_in(school_id: int, person_id: int, over: date) -> set[int]:
    """The resources that count in lists of programs that a student is in and that are not long over."""
    part = Enrolment.filter(school_id=school_id, person_id=person_id, left_at=None)
    programs = Program.filter(Q(ends__isnull=True) | Q(ends__gte=over), school_id=school_id)
    listed = ChallengeResource.filter(
        school_id=school_id,
        challenge__program_id__in=Subquery(programs.values("id")),
    ).filter(challenge__program_id__in=Subquery(part.values("program_id")))
    return {number for (number,) in await listed.distinct().values_list("resource_id")}


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
