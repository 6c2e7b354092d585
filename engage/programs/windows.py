"""What to tell somebody whose badges count windows of days that overlap, or that leave days between them."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from engage.dates import spoken
from engage.programs.awards import Rule, Total, parts_of
from engage.programs.facts import Count

ONE_DAY = timedelta(days=1)


def window_warnings(badges: Mapping[str, Rule]) -> tuple[str, ...]:
    """What to tell somebody who edits badges whose windows of one kind overlap or leave days between them."""
    kinds: dict[Count, set[tuple[date, date]]] = {}
    for rule in badges.values():
        for part in parts_of(rule):
            if isinstance(part, Total) and part.window is not None:
                kinds.setdefault(part.count, set()).add((part.window.starts, part.window.ends))
    return tuple(sentence for windows in kinds.values() for sentence in _warnings(sorted(windows)))


def _warnings(windows: list[tuple[date, date]]) -> Iterator[str]:
    """windows: first and last days, in order."""
    reach = windows[0][1]
    for starts, ends in windows[1:]:
        if starts <= reach:
            yield f"Two badges count the same days: {_days(starts, min(reach, ends))}. An entry there counts in both."
        elif (starts - reach).days > 1:
            yield f"These days count in neither badge: {_days(reach + ONE_DAY, starts - ONE_DAY)}."
        reach = max(reach, ends)


def _days(first: date, last: date) -> str:
    return spoken(first) if first == last else f"{spoken(first)} to {spoken(last)}"
