"""The effect of a display: right as often as it says, and silent where there is too little."""

from math import exp
from random import Random

import pytest

from engage.promotion.effects import Counts, Effect, effect, student, told

DAYS = 14


def _poisson(rng: Random, mean: float) -> int:
    """A number by chance; mean: up to some dozens."""
    limit, number, product = exp(-mean), 0, rng.random()
    while product > limit:
        number, product = number + 1, product * rng.random()
    return number


def _list(rng: Random, mean: float, factor: float, uneven: float, own: float, days: list[float]) -> Counts:
    """A list's days. factor: of the second period. uneven: how days differ by chance. own: how lists' changes do."""
    change = factor * exp(rng.gauss(0, own))

    def day(usual: float) -> int:
        spread = rng.gammavariate(1 / uneven, uneven) if uneven else 1.0
        return _poisson(rng, min(usual * spread, 300))

    before = tuple(day(mean * each) for each in days[:DAYS])
    return Counts(before, tuple(day(mean * each * change) for each in days[DAYS:]))


def _simulated(rng: Random, factor: float, mean: float, uneven: float, own: float, similar: int) -> Effect:
    # weekends are quiet, and one week all of the school is away
    days = [(0.3 if number % 7 > 4 else 1.0) * (0.2 if 14 <= number < 18 else 1.0) for number in range(2 * DAYS)]
    others = [_list(rng, rng.uniform(0.5, 2) * mean, 1.0, uneven, own, days) for _ in range(similar)]
    return effect(_list(rng, mean, factor, uneven, own, days), others)


CASES = [
    (mean, uneven, own, similar)
    for mean in (1.0, 4.0)
    for uneven in (0.0, 0.8)
    for own in (0.0, 0.25)
    for similar in (3, 8)
]
ROUNDS = 60


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_the_interval_holds_the_truth_as_often_as_it_says(factor: float) -> None:
    rng = Random(f"display {factor}")
    held, wrong, said = [0] * len(CASES), [0] * len(CASES), [0] * len(CASES)
    for place, case in enumerate(CASES):
        for _ in range(ROUNDS):
            found = _simulated(rng, factor, *case)
            if found.ratio is None:
                continue
            said[place] += 1
            held[place] += found.low <= factor <= found.high
            wrong[place] += found.more
    assert sum(said) > 0.9 * ROUNDS * len(CASES)
    assert sum(held) / sum(said) >= 0.87
    assert min(inside / of for inside, of in zip(held, said, strict=True)) >= 0.75
    if factor == 1.0:
        assert sum(wrong) / sum(said) <= 0.06
    else:
        assert sum(wrong) / sum(said) >= 0.3  # what is there is found


def test_too_little_is_too_little() -> None:
    busy = Counts((3,) * 14, (3,) * 14)
    quiet = Counts((0,) * 14, (0,) * 13 + (4,))
    assert effect(quiet, [busy, busy]).ratio is None
    assert "Too few acts to tell." in told(effect(quiet, [busy, busy]))
    assert effect(busy, [busy]).ratio is None
    assert "No other lists like it" in told(effect(busy, [busy]))
    assert effect(busy, [quiet, quiet]).ratio is None
    assert effect(Counts((), ()), [busy, busy]).ratio is None


def test_what_happens_to_all_lists_is_not_taken_for_the_display() -> None:
    """Everything doubles in the second period, as after a holiday."""
    all_double = Counts((2,) * 14, (4,) * 14)
    found = effect(all_double, [all_double] * 4)
    assert found.ratio == pytest.approx(1.0, abs=0.02)
    assert not found.more
    alone = effect(Counts((2,) * 14, (8,) * 14), [all_double] * 4)
    assert alone.more
    assert alone.ratio == pytest.approx(2.0, abs=0.05)
    assert alone.expected == pytest.approx(57, abs=1)
    assert told(alone).startswith("More than chance alone would make it: opened 2.0 times as often")


def test_what_is_said_says_how_sure_it_is() -> None:
    assert told(Effect(20, 22, 20.0, 1.1, 0.9, 1.3, 5)).startswith("No clear difference")
    assert told(Effect(8, 6, 9.0, 0.7, 0.2, 2.3, 3)).startswith("Too few to tell")
    assert told(Effect(80, 20, 80.0, 0.25, 0.1, 0.5, 6)).startswith("Less than chance alone")


@pytest.mark.parametrize(
    ("free", "point"), [(1, 6.314), (2, 2.920), (3, 2.353), (5, 2.015), (10, 1.812), (30, 1.697), (1000, 1.646)]
)
def test_points_of_student_are_those_of_the_tables(free: int, point: float) -> None:
    assert student(0.95, free) == pytest.approx(point, abs=0.004)
