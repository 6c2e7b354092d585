"""One indicator with everything that may be shown of it: the cells that its page, CSV, XLSX and JSON are made from."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engage import dates
from engage.dates import Period
from engage.engagement.small_groups import Value
from engage.evaluation.figures import Taken
from engage.evaluation.measuring import Indicator, history
from engage.evaluation.workbooks import book_of

HEAD = ("Figure", "By", "Group", "From", "To", "Value", "Shown as", "Unit", "As of", "Version", "Definition")
MONTH, YEAR = "month", "school year"
NO_LISTS: Mapping[str, Value] = {}


@dataclass(frozen=True)
class Cell:
    """One number. by: what the break-down is by, "" for the whole; group: which part of it; starts, ends: its days."""

    by: str
    group: str
    starts: date
    ends: date
    value: Value


@dataclass(frozen=True)
class Sheet:
    """An indicator of one school and period. as_of: when it was counted; fewest: below which people are withheld."""

    indicator: Indicator
    school: str
    period: Period
    as_of: datetime
    fewest: int
    cells: tuple[Cell, ...]

    @property
    def whole(self) -> Value:
        """The number of the period."""
        return self.cells[0].value

    def by(self, what: str) -> list[Cell]:
        """The cells of one break-down."""
        return [cell for cell in self.cells if cell.by == what]

    @property
    def told_apart(self) -> str:
        """What was done so that no small month can be told, in a sentence; "" where nothing was."""
        months = self.by(MONTH)
        if any(cell.starts.replace(day=1) != cell.ends.replace(day=1) for cell in months):
            return "Months in which few took part stand together with the next."
        blank = any(cell.value.number is None and not cell.value.empty for cell in months)
        return "A month in which few took part is left blank." if blank else ""

    def splits(self) -> list[str]:
        """What it is broken down by, besides months and years."""
        return list(dict.fromkeys(cell.by for cell in self.cells if cell.by not in ("", MONTH, YEAR)))

    def withheld(self, what: str) -> bool:
        """Whether a break-down may not be shown at all."""
        return all(cell.value.number is None and not cell.value.bound for cell in self.by(what))

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The cells as rows under HEAD."""
        one = self.indicator
        for cell in self.cells:
            shown = cell.value.words(one.unit)
            days = (cell.starts, cell.ends)
            of = (one.unit, self.as_of, one.version, one.definition)
            yield (one.title, cell.by, cell.group, *days, cell.value.number, shown, *of)

    def to_json(self) -> dict[str, Any]:
        """The same for other programs."""
        one = self.indicator
        return {
            "name": one.name,
            "title": one.title,
            "definition": one.definition,
            "version": one.version,
            "unit": one.unit,
            "direction": "lower" if one.lower_is_better else "either" if one.either_way else "higher",
            "school": self.school,
            "from": self.period.starts.isoformat(),
            "to": self.period.ends.isoformat(),
            "as_of": self.as_of.isoformat(),
            "fewest": self.fewest,
            "cells": [
                {
                    "by": cell.by,
                    "group": cell.group,
                    "from": cell.starts.isoformat(),
                    "to": cell.ends.isoformat(),
                    "value": cell.value.number,
                    "shown_as": cell.value.words(one.unit),
                }
                for cell in self.cells
            ],
        }

    def to_text(self) -> str:
        """JSON, written down."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=1)


def sheet_of(
    indicator: Indicator,
    taken: Taken,
    school: str,
    fewest: int,
    as_of: datetime,
    before: tuple[Cell, ...] = (),
    by_list: Mapping[str, Value] = NO_LISTS,
) -> Sheet:
    """Everything that may be shown of an indicator. before: the numbers of earlier years. by_list: of each list."""
    period = taken.period
    answer = indicator.ask(taken, fewest)
    cells = [Cell("", "", period.starts, period.ends, answer.value)]
    named = {indicator.split: answer.parts, **{by: split(taken, fewest) for by, split in indicator.splits.items()}}
    named["list"] = by_list
    for by, parts in named.items():
        cells += [Cell(by, group, period.starts, period.ends, value) for group, value in parts.items()]
    steps = history(indicator, taken, fewest)
    for step in steps if len(steps) > 1 else []:
        ends = min(dates.month_end(step.last), period.ends)
        cells.append(Cell(MONTH, month_words(step.first, step.last), step.first, ends, step.value))
    return Sheet(indicator, school, period, as_of.replace(microsecond=0), fewest, (*cells, *before))


def month_words(first: date, last: date) -> str:
    """ "Sep 2026", or "Aug to Oct 2026"."""
    if first == last:
        return f"{first:%b %Y}"
    return f"{first:%b} to {last:%b %Y}" if first.year == last.year else f"{first:%b %Y} to {last:%b %Y}"


def xlsx_of(sheet: Sheet) -> bytes:
    """The cells as a workbook. Slow: not for the loop."""
    return book_of([("Figure", HEAD, list(sheet.rows()))], sheet.as_of)
