"""What might suit a student next, and why: from what was finished or saved and what the school has; pure.

Nothing but finished and saved titles speaks here: how something was liked is nobody's business, and a title that was
stopped leads nowhere. Source: PRODUCT.md, section 2, recommendations that can be explained.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engage.engagement.rules import Mode

MOST = 12
MOST_OF_ONE = 3
# how much a reason weighs: somebody of the library put both on one list; the same maker; subjects are the weakest
ON_LIST, BY_CREATOR, BY_SUBJECT = 4, 5, 1
FINISHED, SAVED = 2, 1


class Because(StrEnum):
    """Why something is recommended."""

    LIST = "list"
    CREATOR = "creator"
    SUBJECT = "subject"


@dataclass(frozen=True)
class Thing:
    """A resource as a recommendation sees it. low, high: grades it is good for, None where nobody said.

    lists: ids of published lists of the school on which it stands. popularity: saves, finishes and lists.
    """

    id: int
    mode: Mode
    creators: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    lists: frozenset[int] = frozenset()
    low: int | None = None
    high: int | None = None
    popularity: int = 0


@dataclass(frozen=True)
class Seed:
    """Something that speaks for others. finished: it was finished; else it is saved for later."""

    thing: Thing
    finished: bool


@dataclass(frozen=True)
class Suits:
    """A recommendation. because: the resource that speaks for it most; curated: the list on which both stand."""

    resource: int
    reason: Because
    because: int
    curated: int | None = None


def choose(seeds: Sequence[Seed], others: Iterable[Thing], grade: int | None, most: int = MOST) -> list[Suits]:
    """The things that suit best, no more than three for one reason's sake, in order; none twice.

    seeds: the last ones first. others: none of which the student has finished, begun, saved or sent away.
    """
    weighed = []
    for thing in others:
        if not _fits(thing, grade):
            continue
        total, best = 0, (0, 0)
        for place, seed in enumerate(seeds):
            size = _weight(seed, thing)
            total += size
            best = max(best, (size, -place))
        if total:
            weighed.append((-total, -thing.popularity, thing.id, seeds[-best[1]], thing))
    chosen: list[Suits] = []
    of_one: Counter[int] = Counter()
    for *_, seed, thing in sorted(weighed, key=lambda row: row[:3]):
        if of_one[seed.thing.id] < MOST_OF_ONE and len(chosen) < most:
            of_one[seed.thing.id] += 1
            chosen.append(_told(seed.thing, thing))
    return chosen


def _fits(thing: Thing, grade: int | None) -> bool:
    """Whether it is good for the grade, or for the one beside it."""
    if grade is None:
        return True
    return (thing.low is None or thing.low <= grade + 1) and (thing.high is None or thing.high >= grade - 1)


def _weight(seed: Seed, thing: Thing) -> int:
    one = seed.thing
    size = ON_LIST * min(2, len(one.lists & thing.lists)) + BY_CREATOR * bool(one.creators & thing.creators)
    size += BY_SUBJECT * min(3, len(one.subjects & thing.subjects))
    return size * (FINISHED if seed.finished else SAVED)


def _told(seed: Thing, thing: Thing) -> Suits:
    """The strongest of the reasons, as it can be said in a sentence."""
    if seed.creators & thing.creators:
        return Suits(thing.id, Because.CREATOR, seed.id)
    both = sorted(seed.lists & thing.lists)
    if both:
        return Suits(thing.id, Because.LIST, seed.id, both[0])
    return Suits(thing.id, Because.SUBJECT, seed.id)
