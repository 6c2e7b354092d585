"""Which entries stand, and running counts over them."""

from engage.programs.book import Book
from engage.programs.facts import Count, history, standing
from engage.programs.rules import Unit
from tests.programs.facts import (
    DAYS,
    FINISHED,
    LISTENING,
    MINUTES,
    PAGES,
    READING,
    STOPPED,
    TITLES,
    facts,
    finish,
    log,
    october,
    void,
)


def ids(*them):
    return [entry.id for entry in standing(them)]


def amount(entries, unit, *modes, **more):
    return Book(entries).series(Count(unit, frozenset(modes) or None, **more)).amount()


def test_entries_stand_in_the_order_of_their_days():
    assert ids(log(1, 5), log(2, 3), log(3, 5), log(4, 1)) == [4, 2, 1, 3]


def test_a_corrected_entry_does_not_stand_beside_its_correction():
    assert ids(log(1, 5, 20), log(2, 5, 30, supersedes=1)) == [2]
    assert ids(log(3, 5, 30, supersedes=2), log(1, 5, 20), log(2, 5, 25, supersedes=1)) == [3]


def test_an_entry_taken_back_does_not_stand():
    assert ids(log(1, 5), void(1, 6), log(2, 5)) == [2]
    assert ids(log(1, 5), log(2, 5, supersedes=1), void(2, 6)) == []


def test_of_two_corrections_of_one_entry_the_later_stands():
    assert ids(log(1, 5), log(3, 5, supersedes=1), log(2, 5, supersedes=1)) == [3]
    assert ids(log(1, 5), log(2, 5, supersedes=1), log(3, 5, supersedes=1)) == [3]


def test_nothing_comes_before_the_entry_that_it_is_about_though_the_clock_went_back():
    late, correction = log(1, 9, at=9), log(2, 9, at=8, supersedes=1)
    assert history(facts(correction, late, void(2, 7))) == [late, correction, void(2, 7)]


def test_units_are_never_added_to_each_other():
    entries = standing([log(1, 1, 20, pages=7), log(2, 1, 15, LISTENING), log(3, 2, pages=3, chapters=2)])
    assert amount(entries, MINUTES) == 35
    assert amount(entries, MINUTES, LISTENING) == 15
    assert amount(entries, PAGES) == 10
    assert amount(entries, Unit.CHAPTERS) == 2
    assert amount(entries, Unit.SESSIONS) == 3
    assert amount(entries, Unit.SESSIONS, READING) == 2


def test_a_day_counts_when_its_entries_together_reach_the_minimum():
    entries = standing([log(1, 1, 6), log(2, 1, 4), log(3, 2, 9), log(4, 3, pages=30)])
    assert amount(entries, DAYS) == 3
    assert amount(entries, DAYS, minimum=10) == 1
    assert Book(entries).series(Count(DAYS, minimum=10)).ids == [2]


def test_a_title_counts_once_always_or_again_after_some_days():
    entries = standing([finish(1, 1, 7), finish(2, 8, 7), finish(3, 11, 7), finish(4, 11, 8)])
    assert amount(entries, TITLES) == 2
    assert amount(entries, TITLES, again_after=0) == 4
    assert amount(entries, TITLES, again_after=10) == 3
    assert amount(entries, TITLES, again_after=11) == 2


def test_a_stopped_title_is_never_a_title_and_does_not_take_one_away():
    stopped = log(1, 1, 20, resource=7, pages=40, ending=STOPPED)
    assert amount([stopped], TITLES) == 0
    assert amount([stopped], MINUTES) == 20
    assert amount(standing([finish(1, 1, 7), log(2, 2, 5, resource=7, ending=STOPPED)]), TITLES) == 1


def test_the_same_resource_in_two_editions_is_one_title_and_typed_words_are_titles_too():
    entries = standing([finish(1, 1, 7), finish(2, 3, 7, LISTENING)])
    assert amount(entries, TITLES) == 1
    typed = [
        log(1, 1, title="owl moon", ending=FINISHED),
        log(2, 2, title="owl moon", ending=FINISHED, mode=LISTENING),
        log(3, 2, title="", ending=FINISHED),
    ]
    assert amount(typed, TITLES) == 1


def test_a_series_tells_when_a_window_reached_a_goal():
    series = Book(standing([log(1, 1, 20), log(2, 7, 30), log(3, 8, 40)])).series(Count(MINUTES))
    window = series.span(None)
    assert series.amount(*window) == 90
    assert series.days[series.reached(50, *window)] == october(7)
    second = (1, 3)
    assert series.amount(*second) == 70
    assert series.days[series.reached(31, *second)] == october(8)
    assert series.reached(71, *second) is None
    assert series.amount(1, 1) == 0
    assert series.reached(1, 1, 1) is None
