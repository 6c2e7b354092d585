"""What came of displays, for the desk and for the evaluation: daily figures and outcomes, never the diary.

Opens are acts of nobody in particular and are shown as they are; saves and finishes are of people, so they are only
told where enough people stand behind them, and then by fives (SAFETY.md, P10).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tortoise.functions import Sum

from engage import dates
from engage.dates import Period
from engage.engagement.models import DailyFigure
from engage.engagement.rules import Kind
from engage.lists.models import CuratedList, ListItem
from engage.lists.rules import State
from engage.people.rules import SchoolCard
from engage.programs.models import ResourceProgress, Saved
from engage.promotion.effects import Counts, Effect, effect
from engage.promotion.loan_queries import loans_in, loans_of
from engage.promotion.models import Display, PromotedDay

DAY = timedelta(days=1)
# of a display that stands for long, the first days are looked at, and as many before and after
LONGEST = 56
SHORTEST = 3
ENOUGH_SIMILAR, MOST_SIMILAR = 5, 12
MOST_DISPLAYS = 60
BY = 5
SHOWN_BEFORE = "It was on show in the days before, too, so there is nothing to compare with."


@dataclass(frozen=True)
class Worked:
    """What came of one display. days: on show until now; counted: how many of them the comparison takes.

    during: how it was opened while it was on show, against as many days before; after: the same of the days after, None
    where they are not over. opened: through its own links, by medium. saved, finished: by fives, None where too few
    people stand behind them, as in borrowed where nothing was brought in; it counts loans and uses at providers' sites.
    """

    display: Mapping[str, Any]
    days: int
    counted: int
    during: Effect
    after: Effect | None
    opened: Mapping[str, int]
    saved: int | None
    finished: int | None
    borrowed: int | None


async def displays_shown(school_id: int, period: Period) -> list[dict[str, Any]]:
    """The displays that stood in a period, the last to begin first: id key place spot starts ends kind title slug."""
    rows = (
        await Display.filter(school_id=school_id, starts__lte=period.ends, ends__gte=period.starts)
        .order_by("-starts", "-id")
        .limit(MOST_DISPLAYS)
        .values(
            *("id", "key", "place", "spot", "starts", "ends", "curated_id", "program_id"),
            list_title="curated__title",
            list_slug="curated__slug",
            program_title="program__title",
            program_slug="program__slug",
        )
    )
    found = []
    for row in rows:
        kind = "list" if row["curated_id"] is not None else "program"
        found.append({**row, "kind": kind, "title": row[f"{kind}_title"], "slug": row[f"{kind}_slug"]})
    return found


async def effects_of(school: SchoolCard, period: Period, today: date | None = None) -> list[Worked]:
    """What came of the displays of a period that have begun; a steady number of statements."""
    yesterday = (today or dates.today(school.zone)) - DAY
    shown = [one for one in await displays_shown(school.id, period) if one["starts"] <= yesterday]
    if not shown:
        return []
    reach = Period(
        min(one["starts"] for one in shown) - LONGEST * DAY, max(one["ends"] for one in shown) + LONGEST * DAY
    )
    lists = await _lists(school.id)
    stood = await _stood(school.id, reach)
    opens = await _opens(school.id, reach)
    links = await _links(school.id, [one["id"] for one in shown])
    things = await _things(school.id, [one["curated_id"] for one in shown if one["curated_id"] is not None])
    asked = sorted({each for listed in things.values() for each in listed})
    saves, ends = await _saves(school, asked, reach), await _finishes(school.id, asked, reach)
    loans = await loans_of(school.id, asked, reach)
    found = []
    for one in shown:
        whole = Period(one["starts"], min(one["ends"], yesterday))
        then = Period(whole.starts, min(whole.ends, whole.starts + (LONGEST - 1) * DAY))
        listed = things.get(one["curated_id"], frozenset())
        found.append(
            Worked(
                one,
                len(list(whole.days())),
                len(list(then.days())),
                _effect(one, then, lists, stood, opens),
                _afterwards(one, then, yesterday, lists, stood, opens),
                links[one["id"]],
                _told([row for row in saves if row[1] in listed and row[2] in then], school.fewest),
                _told([row for row in ends if row[1] in listed and row[2] in then], school.fewest),
                loans_in([row for row in loans if row["resource_id"] in listed], then) if loans else None,
            )
        )
    return found


Stood = Mapping[int, Sequence[Period]]
Opens = Mapping[int, Mapping[date, int]]


def _effect(
    one: Mapping[str, Any], then: Period, lists: Mapping[int, Mapping[str, Any]], stood: Stood, opens: Opens
) -> Effect:
    """How the list of a display was opened in some days, against as many just before the display."""
    length = (then.ends - then.starts).days + 1
    before = Period(one["starts"] - length * DAY, one["starts"] - DAY)
    number = one["curated_id"]
    if number is None:
        return Effect(0, 0, why="A program has a page of its own for how it went.")
    own = _counts(opens.get(number, {}), before, then)
    if length < SHORTEST:
        return Effect(sum(own.before), sum(own.then), why="It has stood too few days to tell.")
    others = [period for period in stood[number] if period != Period(one["starts"], one["ends"])]
    if any(_meet(period, before) for period in others):
        return Effect(sum(own.before), sum(own.then), why=SHOWN_BEFORE)
    if lists[number]["published_on"] is None or lists[number]["published_on"] > before.starts:
        return Effect(sum(own.before), sum(own.then), why="The list was not out in the days before.")
    quiet = [
        other
        for other, row in lists.items()
        if other != number
        and row["published_on"] is not None
        and row["published_on"] <= before.starts
        and not any(_meet(period, Period(before.starts, then.ends)) for period in stood.get(other, ()))
    ]
    return effect(own, [_counts(opens.get(other, {}), before, then) for other in _most_alike(lists, number, quiet)])


def _afterwards(
    one: Mapping[str, Any],
    then: Period,
    yesterday: date,
    lists: Mapping[int, Mapping[str, Any]],
    stood: Stood,
    opens: Opens,
) -> Effect | None:
    length = (then.ends - then.starts).days + 1
    after = Period(one["ends"] + DAY, one["ends"] + length * DAY)
    if after.ends > yesterday or one["curated_id"] is None:
        return None
    return _effect(one, after, lists, stood, opens)


def _counts(by_day: Mapping[date, int], before: Period, then: Period) -> Counts:
    return Counts(tuple(by_day.get(day, 0) for day in before.days()), tuple(by_day.get(day, 0) for day in then.days()))


def _meet(one: Period, other: Period) -> bool:
    return one.starts <= other.ends and other.starts <= one.ends


def _most_alike(lists: Mapping[int, Mapping[str, Any]], number: int, others: Sequence[int]) -> list[int]:
    """Of some lists those most like one: of its kind, audience and ages; where there are few of them, the next."""
    own = lists[number]

    def unlike(other: int) -> int:
        row = lists[other]
        apart = _low(row) > _high(own) or _low(own) > _high(row)
        return sum((bool(row["kind"] != own["kind"]), bool(row["visibility"] != own["visibility"]), apart))

    near = sorted(others, key=lambda other: (unlike(other), other))
    # how much lists differ among each other is known from several only
    far = unlike(near[min(len(near), ENOUGH_SIMILAR) - 1]) if near else 0
    return [other for other in near if unlike(other) <= far][:MOST_SIMILAR]


def _low(row: Mapping[str, Any]) -> int:
    return -1 if row["grade_low"] is None else int(row["grade_low"])


def _high(row: Mapping[str, Any]) -> int:
    return 12 if row["grade_high"] is None else int(row["grade_high"])


async def _lists(school_id: int) -> dict[int, dict[str, Any]]:
    columns = ("id", "kind", "visibility", "grade_low", "grade_high", "published_at")
    rows = await CuratedList.filter(school_id=school_id).values(*columns, "state", zone="school__zone")
    out = (State.PUBLISHED, State.ARCHIVED)
    return {
        row["id"]: {
            **row,
            "published_on": dates.on(row["published_at"], row["zone"])
            if row["published_at"] and row["state"] in out
            else None,
        }
        for row in rows
    }


async def _stood(school_id: int, reach: Period) -> dict[int, list[Period]]:
    """The days on which lists stood anywhere."""
    found: dict[int, list[Period]] = defaultdict(list)
    rows = Display.filter(
        school_id=school_id, curated_id__isnull=False, starts__lte=reach.ends, ends__gte=reach.starts - LONGEST * DAY
    )
    for number, starts, ends in await rows.values_list("curated_id", "starts", "ends"):
        found[number].append(Period(starts, ends))
    return found


async def _opens(school_id: int, reach: Period) -> dict[int, dict[date, int]]:
    rows = (
        await DailyFigure.filter(
            school_id=school_id, on__gte=reach.starts, on__lte=reach.ends, kind=Kind.LIST_OPENED, list_id__gt=0
        )
        .annotate(whole=Sum("count"))
        .group_by("on", "list_id")
        .values_list("on", "list_id", "whole")
    )
    found: dict[int, dict[date, int]] = defaultdict(dict)
    for on, number, count in rows:
        found[number][on] = max(0, int(count))
    return found


async def _links(school_id: int, displays: Sequence[int]) -> dict[int, Counter[str]]:
    rows = (
        await PromotedDay.filter(school_id=school_id, link__display_id__in=list(displays))
        .annotate(whole=Sum("count"))
        .group_by("link__display_id", "link__medium")
        .values_list("link__display_id", "link__medium", "whole")
    )
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for display, medium, count in rows:
        found[display][medium] += int(count)
    return found


async def _things(school_id: int, lists: Sequence[int]) -> dict[int | None, frozenset[int]]:
    found: dict[int | None, set[int]] = defaultdict(set)
    rows = ListItem.filter(school_id=school_id, curated_id__in=sorted(set(lists)))
    for number, resource in await rows.values_list("curated_id", "resource_id"):
        found[number].add(resource)
    return {number: frozenset(each) for number, each in found.items()}


Act = tuple[int, int, date]


async def _saves(school: SchoolCard, resources: Sequence[int], reach: Period) -> list[Act]:
    """Who wanted what, and when; for counting only."""
    rows = await Saved.filter(school_id=school.id, resource_id__in=list(resources)).values_list(
        "person_id", "resource_id", "at"
    )
    found = [(person, resource, dates.on(at, school.zone)) for person, resource, at in rows]
    return [row for row in found if row[2] in reach]


async def _finishes(school_id: int, resources: Sequence[int], reach: Period) -> list[Act]:
    """Who finished what first, and when; for counting only."""
    rows = ResourceProgress.filter(
        school_id=school_id,
        state="finished",
        on__gte=reach.starts,
        on__lte=reach.ends,
        resource_id__in=list(resources),
    )
    return [(person, resource, on) for person, resource, on in await rows.values_list("person_id", "resource_id", "on")]


def _told(acts: Sequence[Act], fewest: int) -> int | None:
    """How many acts, by fives, so that two displays a day apart tell of no child; None behind too few people."""
    if len({person for person, _, _ in acts}) < fewest:
        return None
    return len(acts) // BY * BY
