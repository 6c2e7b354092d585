"""The numbers of a program: what may leave the desk, whoever looks (P10)."""

from itertools import product

import pytest

from engage.people.rules import GradeBand
from engage.programs.number_rules import (
    HIDDEN,
    JOINED,
    Counted,
    numbers_shown,
    numbers_text,
    read_numbers,
    stalled_shown,
)

EARLY, MIDDLE = GradeBand.EARLY, GradeBand.MIDDLE
COUNTED = (Counted(JOINED, "Joined", people=True), Counted("done", "Done", people=True), Counted("minutes", "Minutes"))


def shown(joined, done=(0, 0), minutes=((0, 0), (0, 0))):
    counts = {}
    for place, band in enumerate((EARLY, MIDDLE)):
        counts[JOINED, band] = (joined[place], joined[place])
        counts["done", band] = (done[place], done[place])
        counts["minutes", band] = minutes[place]
    return numbers_shown(counts, [EARLY, MIDDLE], COUNTED, 5)


def cells(numbers):
    return [line.cells for line in numbers.lines]


def test_enough_students_are_shown_by_grade():
    numbers = shown((12, 20), (6, 10), ((600, 8), (90, 5)))
    assert numbers.bands == ("Grades K to 2", "Grades 3 to 5")
    assert cells(numbers) == [("32", "12", "20"), ("16", "6", "10"), ("690", "600", "90")]
    assert list(numbers.rows())[2] == ("Minutes", 690, 600, 90)


def test_a_grade_with_few_students_takes_all_grades_away():
    for few in (0, 1, 4):
        numbers = shown((few, 20), (0, 10), ((0, 0), (90, 5)))
        assert numbers.bands == ()
        assert cells(numbers) == [(str(20 + few),), ("10",), ("90",)]


def test_few_who_did_it_and_few_who_did_not_are_withheld_alike():
    assert cells(shown((10, 20), (4, 10)))[1] == ("14", HIDDEN, HIDDEN)
    assert cells(shown((10, 20), (6, 10)))[1] == ("16", HIDDEN, HIDDEN), "four of the younger did not"
    assert cells(shown((10, 20), (10, 10)))[1] == ("20", HIDDEN, HIDDEN)
    assert cells(shown((10, 10), (8, 8)))[1] == (HIDDEN, HIDDEN, HIDDEN)


def test_a_sum_of_few_students_is_withheld_with_the_others_of_its_row():
    assert cells(shown((10, 20), minutes=((100, 4), (200, 9))))[2] == ("300", HIDDEN, HIDDEN)
    assert cells(shown((10, 20), minutes=((100, 1), (200, 3))))[2] == (HIDDEN, HIDDEN, HIDDEN)


def test_nobody_can_tell_a_small_group_from_the_table():
    """Whatever is shown, no difference of shown numbers of students is a number below five."""
    for joined, done in product(product((5, 9, 14), repeat=2), product(range(0, 15, 2), repeat=2)):
        if any(part > whole for part, whole in zip(done, joined, strict=True)):
            continue
        whole, part, _ = (line for line in shown(joined, done).lines)
        told = [(part.all, whole.all), *zip(part.bands, whole.bands, strict=True)]
        for number, of in told:
            assert number is None or (number >= 5 and of is not None and of - number >= 5)
        assert (None in part.bands) == (set(part.bands) == {None}), "one alone could be told from the others"


def test_a_sum_is_withheld_where_a_part_of_it_is():
    counted = (
        Counted(JOINED, "", people=True),
        Counted("badges", "", sum_of="badge "),
        Counted("badge a", "", people=True),
        Counted("badge b", "", people=True),
    )
    both = {"shown": (15, 15, ("70", "35", "35")), "of a grade": (2, 15, ("57", HIDDEN, HIDDEN))}
    both["of all"] = (38, 39, (HIDDEN, HIDDEN, HIDDEN))
    for name, (early, middle, told) in both.items():
        counts = {}
        for band, number in ((EARLY, early), (MIDDLE, middle)):
            counts[JOINED, band] = (40, 40)
            counts["badge a", band] = (20, 20)
            counts["badge b", band] = (number, number)
            counts["badges", band] = (20 + number, 25)
        assert cells(numbers_shown(counts, [EARLY, MIDDLE], counted, 5))[1] == told, name


def test_what_was_withheld_is_not_kept():
    numbers = shown((10, 20), (4, 10), ((100, 4), (200, 9)))
    kept = numbers_text(numbers)
    assert read_numbers(kept) == numbers
    assert "100" not in kept
    assert "200" not in kept


@pytest.mark.parametrize(
    ("week", "fortnight", "joined", "told"),
    [
        (12, 6, 30, (12, 6)),
        (12, 8, 30, (12, None)),  # 12 less 8 would be 4
        (12, 4, 30, (12, None)),
        (4, 0, 30, (None, None)),
        (27, 6, 30, (None, None)),  # 3 go on
        (6, 6, 30, (6, None)),
        (0, 0, 30, (None, None)),
    ],
)
def test_who_has_stalled_is_told_where_they_are_many(week, fortnight, joined, told):
    counts = {
        (JOINED, MIDDLE): (joined, joined),
        ("week", MIDDLE): (week, week),
        ("fortnight", MIDDLE): (fortnight,) * 2,
    }
    assert tuple(line.all for line in stalled_shown(counts, [MIDDLE], 5).lines) == told


def test_who_has_stalled_is_told_by_grade_where_no_grade_has_few():
    counts = {(JOINED, band): (40, 40) for band in (EARLY, MIDDLE)}
    counts |= {("week", EARLY): (20, 20), ("week", MIDDLE): (12, 12)}
    counts |= {("fortnight", EARLY): (6, 6), ("fortnight", MIDDLE): (8, 8)}
    week, fortnight = stalled_shown(counts, [EARLY, MIDDLE], 5).lines
    assert (week.all, *week.bands) == (32, 20, 12)
    assert (fortnight.all, *fortnight.bands) == (14, None, None), "12 less 8 would be four"
