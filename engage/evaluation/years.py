"""What an indicator was in earlier school years: sums from what is kept, everything else from frozen reports."""

import json
from datetime import date
from typing import Any

from engage import dates
from engage.dates import Period
from engage.engagement.small_groups import Value, amount
from engage.evaluation.kept import Kept, kept_of
from engage.evaluation.measuring import Indicator, Step, history_of
from engage.evaluation.models import FrozenReport
from engage.evaluation.sheets import YEAR, Cell

YEARS = 4


async def kept_before(school_id: int, year: Period, first_month: int) -> Kept:
    """What is kept of the school years before one, up to YEARS of them; two statements."""
    starts = date(year.starts.year - YEARS, year.starts.month, 1)
    before = Period(starts, date.fromordinal(year.starts.toordinal() - 1))
    return await kept_of(school_id, before, first_month, today=year.starts, weeks=False)


def earlier(indicator: Indicator, kept: Kept, year: Period, fewest: int) -> tuple[Cell, ...]:
    """The sum of each school year before one in which enough people took part, the latest first."""
    found: list[Cell] = []
    if indicator.amount is None:
        return ()
    for back in range(1, YEARS + 1):
        one = year_before(year, back)
        number, people = indicator.amount(kept.within(one.starts, one.ends))
        value = amount(number, len(people), fewest)
        if not value.withheld:
            found.append(Cell(YEAR, dates.year_name(one), one.starts, one.ends, value))
    return tuple(found)


def year_before(year: Period, back: int) -> Period:
    """The school year so many years before."""
    starts = date(year.starts.year - back, year.starts.month, 1)
    return dates.school_year(starts, starts.month)


def months_before(indicator: Indicator, kept: Kept, year: Period, fewest: int) -> list[Step]:
    """The months of the school year before."""
    last = year_before(year, 1)
    return history_of(indicator, kept.within(last.starts, last.ends), fewest)


async def from_reports(school_id: int, indicator: Indicator, year: Period, fewest: int) -> tuple[Cell, ...]:
    """What the last frozen report of each earlier cycle said, the latest first, where it said a value; one statement.

    Nothing of a report that was frozen under a lower limit.
    """
    rows = (
        await FrozenReport.filter(school_id=school_id, cycle__ends__lt=year.starts)
        .order_by("-cycle__ends", "-at", "-id")
        .limit(3 * YEARS)
        .values_list("cycle__slug", "cycle__starts", "cycle__ends", "content")
    )
    found: dict[str, Cell] = {}
    for slug, starts, ends, content in rows:
        value = said(content, indicator.name, fewest)
        if value is not None and slug not in found:
            found[slug] = Cell(YEAR, slug, starts, ends, value)
    told = [cell for cell in found.values() if cell.value.number is not None or cell.value.bound]
    return tuple(told[:YEARS])


def said(content: str, name: str, fewest: int) -> Value | None:
    """What a frozen report says of an indicator; None where it says nothing that still may be told."""
    whole: dict[str, Any] = json.loads(content)
    if whole.get("fewest", 0) < fewest:
        return None
    for figure in whole.get("figures", ()):
        if figure.get("name") == name:
            return Value(**figure["value"])
    return None
