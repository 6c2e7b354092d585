"""What may be said of few people: the one place where small groups are withheld; pure. Source: SAFETY.md, P10.

Whoever shows a number of people, or a sum with people behind it, asks here. Three ways keep a group from being worked
out: a share is capped; a break-down of a total is shown wholly or not at all; or neighbours stand together in a fixed
order until enough people are behind each, so that everything shown adds up and nothing is left to subtract.
"""

import math
import operator
from collections.abc import Callable, Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
P = TypeVar("P", bound=Hashable)

# the least that is withheld inside a school and beyond it; settings only go up (SAFETY.md, section 0 and REP07)
INSIDE, BEYOND = 5, 10
HIGHEST_LIMIT = 100
# shares beyond these would say of nearly everybody, or of nearly nobody, what they did
LOWEST_SHARE, HIGHEST_SHARE = 5, 95


def limit_inside(setting: int) -> int:
    """How many people must stand behind a figure that stays inside the school."""
    return max(INSIDE, setting)


def limit_beyond(inside: int, beyond: int = BEYOND) -> int:
    """The same for a figure that leaves the school, which is never less than inside."""
    return max(BEYOND, inside, beyond)


@dataclass(frozen=True)
class Value:
    """A figure as it may be shown. number: None where it is withheld or only bounded.

    bound: "", or "over" or "under" of `edge`, where a share is capped. empty: there is nothing to count; said only of
    things, since of people nobody is told that there is none.
    """

    number: float | None = None
    bound: str = ""
    edge: int = 0
    empty: bool = False

    @property
    def withheld(self) -> bool:
        """Whether the number itself may not be shown."""
        return self.number is None

    def words(self, unit: str = "") -> str:
        """As it is read: "84%", "1,318 minutes", "1 day", "over 95%", "not shown", "nothing to count"."""
        if self.bound:
            return f"{self.bound} {self.edge}%"
        if self.number is None:
            return "nothing to count" if self.empty else "not shown"
        plain = f"{round(self.number, 1):,}".removesuffix(".0")
        return f"{plain}{unit}" if unit in ("", "%") else f"{plain} {unit_of(unit, plain)}"


def unit_of(unit: str, plain: str) -> str:
    """A unit as it stands behind a number: "1 day", "2 days". unit: of many."""
    if plain != "1":
        return unit
    return f"{unit.removesuffix('ies')}y" if unit.endswith("ies") else unit.removesuffix("s")


HIDDEN = Value()
NOTHING = Value(empty=True)


def enough(people: int, fewest: int) -> bool:
    """Whether a group is large enough to be spoken of. Zero is hidden like one."""
    return people >= fewest


def both_enough(people: int, whole: int, fewest: int) -> bool:
    """Whether a group, and those of a known whole who are not in it, may be spoken of."""
    return enough(people, fewest) and enough(whole - people, fewest)


def group(people: int, whole: int, fewest: int) -> Value:
    """A count of people out of a whole that is known to the reader.

    Withheld where the group, or the rest of the whole, which a subtraction would give, is small.
    """
    return Value(people) if both_enough(people, whole, fewest) else HIDDEN


def share(part: int, whole: int, fewest: int) -> Value:
    """Whole percent of a known whole, counts of people; capped where the part or the rest is small or nearly all.

    What the cap says depends on the whole alone, so that it gives away no more than that the part is small.
    """
    if whole < 2 * fewest:
        return HIDDEN
    percent = 100 * part / whole
    if not enough(part, fewest) or percent < LOWEST_SHARE:
        return Value(bound="under", edge=max(LOWEST_SHARE, math.ceil(100 * fewest / whole)))
    if not enough(whole - part, fewest) or percent > HIGHEST_SHARE:
        return Value(bound="over", edge=min(HIGHEST_SHARE, math.floor(100 * (whole - fewest) / whole)))
    return Value(round(percent))


def amount(number: float, people: int, fewest: int) -> Value:
    """A number of acts, minutes or days, with the people behind it known: few people, no number."""
    return Value(number) if enough(people, fewest) else HIDDEN


def balance(part: int, whole: int, people: int, others: int, fewest: int) -> Value:
    """Whole percent of acts. people, others: how many stand behind the part, and behind the rest."""
    if not whole or not enough(people, fewest) or not enough(others, fewest):
        return HIDDEN
    return capped(part, whole)


def capped(part: float, whole: float) -> Value:
    """Whole percent, of something that is no person; nearly all and nearly none stay open."""
    if not whole:
        return HIDDEN
    percent = 100 * part / whole
    if percent < LOWEST_SHARE:
        return Value(bound="under", edge=LOWEST_SHARE)
    return Value(bound="over", edge=HIGHEST_SHARE) if percent > HIGHEST_SHARE else Value(round(percent))


def all_or_none(parts: Mapping[str, Value]) -> dict[str, Value]:
    """A break-down of a total that is shown as well: if one part is withheld, all are.

    To withhold only a second part would tell, to one who knows how it is chosen, what the first can be.
    The attacker of tests/evaluation/test_rules.py knows how.
    """
    return dict(parts) if all(not value.withheld for value in parts.values()) else dict.fromkeys(parts, HIDDEN)


def shares(parts: Mapping[str, tuple[int, int]], total: tuple[int, int], fewest: int) -> dict[str, Value]:
    """A share broken down by groups: people and whole of each, and of all.

    Where the groups do not add up to the total, the difference would be a group of its own, and none is shown.
    """
    shown = all_or_none({name: share(part, whole, fewest) for name, (part, whole) in parts.items()})
    sums = (sum(part for part, _ in parts.values()), sum(whole for _, whole in parts.values()))
    return shown if sums == total else dict.fromkeys(shown, HIDDEN)


def sums(parts: Mapping[str, tuple[int, int]], fewest: int) -> tuple[Value, dict[str, Value]]:
    """A sum of counts of people with its break-down: people and whole of each group.

    What is withheld is not in the sum: each group may be read elsewhere, and the sum less the others would tell it.
    """
    shown = {name: group(part, whole, fewest) for name, (part, whole) in parts.items()}
    told = [value.number for value in shown.values() if value.number is not None]
    return Value(sum(told)) if told else HIDDEN, shown


def stand_together(people: Sequence[AbstractSet[int]], fewest: int, least: int = INSIDE) -> list[tuple[int, int]]:
    """Neighbours put together, in the order given, until enough people stand behind each.

    people: who is behind each part. Returns first and last part of each block; they cover all the parts, in order. The
    order must not come from the numbers: who knows how a partner is chosen could tell what the small one is. Those who
    stand together under one limit do so under every higher one, down from `least`, which nobody is shown less than:
    who sees the blocks of two limits, the school's and that for beyond it, could tell their difference.
    """
    blocks = [(place, place) for place in range(len(people))]
    for limit in range(min(least, fewest), fewest + 1):
        sets = [reduce(operator.or_, people[first : last + 1]) for first, last in blocks]
        blocks = [(blocks[first][0], blocks[last][1]) for first, last in _blocks(sets, limit)]
    return blocks


def _blocks(people: Sequence[AbstractSet[int]], fewest: int) -> list[tuple[int, int]]:
    """Blocks of neighbours for one limit; what is left over at the end stands with the last one."""
    blocks: list[tuple[int, int]] = []
    first, seen = 0, None
    for place, some in enumerate(people):
        seen = some if seen is None else seen | some
        if enough(len(seen), fewest):
            blocks.append((first, place))
            first, seen = place + 1, None
    if first < len(people):
        blocks = [*blocks[:-1], (blocks[-1][0] if blocks else 0, len(people) - 1)]
    return blocks


def hidden_with(sizes: Mapping[K, int], order: Callable[[K], object], fewest: int) -> set[K]:
    """Which of some groups are withheld, where the sum of all is shown elsewhere.

    sizes: people in each. The small ones, and with them the next smallest, until those withheld are at least two groups
    and as many people together as one group needs: one alone could be told from the rest. order: ties, by this.
    """
    hidden = {key for key, people in sizes.items() if not enough(people, fewest)}
    while hidden and (len(hidden) == 1 or not enough(sum(sizes[key] for key in hidden), fewest)):
        others = [key for key in sizes if key not in hidden]
        if not others:
            break
        hidden.add(min(others, key=lambda key: (sizes[key], order(key))))
    return hidden


def steady(before: Value, now: Value, fewest: int) -> Value:
    """A count of people in a later report, beside an earlier one that stays readable.

    The difference of both is a group too: where it is small, what was said stands. A number that comes after none, or
    goes, says no more than the limit does.
    """
    if before.number is None or now.number is None or before.number == now.number:
        return now
    return now if enough(int(abs(now.number - before.number)), fewest) else before


def check_limits(inside: int, beyond: int, had_inside: int, had_beyond: int) -> str:
    """What is wrong with new limits, as a sentence; nothing where they may be kept. They only go up (REP07)."""
    if inside < limit_inside(had_inside) or beyond < limit_beyond(had_inside, had_beyond):
        return "A limit can be raised, never lowered."
    if max(inside, beyond) > HIGHEST_LIMIT:
        return f"A limit is at most {HIGHEST_LIMIT}."
    return "" if beyond >= inside else "Beyond the school at least as many people are needed as inside it."
