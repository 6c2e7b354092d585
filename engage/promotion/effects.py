"""Whether putting something on show did anything: counts before, during and after, against lists that were not shown.

The question is a ratio of ratios: how the list's own counts changed, over how those of similar lists changed in the
same days. Its logarithm is taken for normal; the counts are taken for Poisson, spread out (quasi-Poisson) by as much as
the days within a period and the similar lists among each other show; the interval is that of Student's t.
Nothing here looks at a table, a person or the clock. Source: McCullagh and Nelder, Generalized Linear Models, 4.5, 6.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, pi, sqrt, tan
from statistics import NormalDist

# of an interval that holds the true ratio nine times in ten; "it worked" is said wrongly one time in twenty at most
CERTAINTY = 0.90
# below that many acts, of the list or of those beside it, nothing is said
FEWEST_ACTS = 12
FEWEST_SIMILAR = 2
# added to each count so that none is nothing (Haldane)
HALF = 0.5


@dataclass(frozen=True)
class Counts:
    """One list's acts, day by day, in two periods of the same length."""

    before: tuple[int, ...]
    then: tuple[int, ...]


@dataclass(frozen=True)
class Effect:
    """How much more a list was used than it would have been. low, high: the interval; sure: whether 1 lies outside.

    expected: how many acts there would have been. ratio: None where there is too little to tell, and why says that.
    """

    before: int
    then: int
    expected: float | None = None
    ratio: float | None = None
    low: float = 0.0
    high: float = 0.0
    similar: int = 0
    why: str = ""

    @property
    def more(self) -> bool:
        """Whether it was surely used more."""
        return self.ratio is not None and self.low > 1

    @property
    def less(self) -> bool:
        """Whether it was surely used less."""
        return self.ratio is not None and self.high < 1


def effect(own: Counts, similar: Sequence[Counts]) -> Effect:
    """The effect of what happened to one list in the second period and not to the similar ones."""
    before, then = sum(own.before), sum(own.then)
    beside_before, beside_then = (sum(sum(part) for part in parts) for parts in _parts(similar))
    if not own.before or len(own.before) != len(own.then):
        return Effect(before, then, why="The days cannot be compared.")
    if len(similar) < FEWEST_SIMILAR:
        return Effect(before, then, why="No other lists like it were there to compare with.")
    if before + then < FEWEST_ACTS:
        return Effect(before, then, similar=len(similar), why="Too few acts to tell.")
    if beside_before + beside_then < FEWEST_ACTS:
        return Effect(before, then, similar=len(similar), why="The lists like it were used too little to compare with.")
    change = (beside_then + HALF) / (beside_before + HALF)
    ratio = (then + HALF) / (before + HALF) / change
    days, free = _spread_of_days([own, *similar])
    lists = _spread_of_lists(similar)
    own_part = 1 / (before + HALF) + 1 / (then + HALF)
    beside_part = 1 / (beside_before + HALF) + 1 / (beside_then + HALF)
    # what the lists differ by beyond their days is as large for this one as for each of the others
    error = sqrt(max(days, lists) * (own_part + beside_part))
    free = min(free, len(similar) - 1) if lists > days else free
    reach = student(0.5 + CERTAINTY / 2, max(free, 1)) * error
    return Effect(before, then, (before + HALF) * change, ratio, ratio * exp(-reach), ratio * exp(reach), len(similar))


def _parts(similar: Sequence[Counts]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    return [one.before for one in similar], [one.then for one in similar]


def _spread_of_days(every: Sequence[Counts]) -> tuple[float, int]:
    """How much more the days of a period differ than chance alone would make them: Pearson's, at least 1; and of how
    many free days. The days of all lists are taken together, and what all of them share, a holiday, is taken out."""
    total, free = 0.0, 0
    for parts in _parts(every):
        whole = sum(map(sum, parts))
        if not whole:
            continue
        by_day = [sum(day) for day in zip(*parts, strict=True)]
        for part in parts:
            mean = [sum(part) * day / whole for day in by_day]
            total += sum((seen - usual) ** 2 / usual for seen, usual in zip(part, mean, strict=True) if usual)
        open_days = sum(1 for day in by_day if day)
        free += (sum(1 for part in parts if sum(part)) - 1) * (open_days - 1)
    return (max(1.0, total / free), free) if free > 0 else (1.0, 1)


def _spread_of_lists(similar: Sequence[Counts]) -> float:
    """How much more the changes of the similar lists differ from each other than chance alone would make them."""
    pairs = [(sum(one.before), sum(one.then)) for one in similar if sum(one.before) + sum(one.then)]
    whole = [sum(pair[place] for pair in pairs) for place in (0, 1)]
    if len(pairs) < FEWEST_SIMILAR or not all(whole):
        return 1.0
    total = 0.0
    for pair in pairs:
        for seen, part in zip(pair, whole, strict=True):
            usual = sum(pair) * part / sum(whole)
            total += (seen - usual) ** 2 / usual
    return max(1.0, total / (len(pairs) - 1))


def student(share: float, free: int) -> float:
    """The point below which a share of Student's t lies. free: degrees of freedom.

    Source: Abramowitz and Stegun, 26.7.5; exact for one and two degrees.
    """
    if free == 1:
        return tan(pi * (share - 0.5))
    if free == 2:
        return (2 * share - 1) * sqrt(2 / (4 * share * (1 - share)))
    z = NormalDist().inv_cdf(share)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / float(free) ** power for power, term in enumerate(terms, 1))


def told(one: Effect, acts: str = "opened") -> str:
    """What it comes to, in words that say how sure it is."""
    if one.ratio is None:
        return f"{one.why} It was {acts} {_times(one.then)}, and {_times(one.before)} in as many days before."
    between = f"between {_factor(one.low)} and {_factor(one.high)} times"
    usual = f"{_factor(one.ratio)} times as often as we would expect from {one.similar} lists like it"
    if one.more:
        return f"More than chance alone would make it: {acts} {usual}, {between}. The display is a likely reason."
    if one.less:
        return f"Less than chance alone would make it: {acts} {usual}, {between}."
    if one.high / one.low > WIDE:
        return f"Too few to tell: {acts} {usual}, but it may be anything {between}."
    return f"No clear difference: {acts} {usual}, {between}."


# an interval of which one end is so many times the other says nothing
WIDE = 4.0


def _times(count: int) -> str:
    return "once" if count == 1 else "never" if not count else f"{count:,} times"


def _factor(value: float) -> str:
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"
