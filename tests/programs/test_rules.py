"""What may be logged, joined and published."""

from datetime import UTC, date, datetime

import pytest

from engage.errors import Refused
from engage.programs import rules
from engage.programs.rules import Ending, Phase, ProgramState, Strictest, Unit

TODAY = date(2026, 10, 20)


def refusal(*args, **more):
    with pytest.raises(Refused) as caught:
        rules.check_loggable(*args, **more)
    return caught.value


def day_refused(on, **more):
    with pytest.raises(Refused) as caught:
        rules.check_day(on, TODAY, **more)
    assert caught.value.about == "on"
    return caught.value.sentence


def test_an_entry_may_stand_on_today_and_on_the_seven_days_before():
    for day in range(13, 21):
        rules.check_day(date(2026, 10, day), TODAY)


def test_how_far_one_is_counts_on_past_the_goal():
    assert rules.so_far(1, 1, Unit.LINES) == "1 of 1 line"
    assert rules.so_far(2, 1, Unit.LINES) == "Done, 2 lines by now"
    assert rules.so_far(1_200, 12_000, Unit.PAGES) == "1,200 of 12,000 pages"
    assert rules.so_far(13_000, 12_000, Unit.PAGES) == "Done, 13,000 pages by now"


def test_an_entry_may_not_stand_on_tomorrow():
    assert day_refused(date(2026, 10, 21)).startswith("That day has not come yet")


def test_an_entry_may_not_stand_further_back_than_the_program_allows():
    assert (
        day_refused(date(2026, 10, 12))
        == "You can log back to Tuesday 13 October. Ask in the library about days before it."
    )
    assert "Sunday 18 October" in day_refused(date(2026, 10, 17), backdating=2)


def test_an_entry_may_not_stand_outside_the_run_of_the_program():
    assert "started on Sunday 18 October" in day_refused(date(2026, 10, 17), starts=date(2026, 10, 18))
    assert "starts on Thursday 22 October" in day_refused(TODAY, starts=date(2026, 10, 22))
    assert "ended on Saturday 17 October" in day_refused(date(2026, 10, 18), ends=date(2026, 10, 17))
    rules.check_day(date(2026, 10, 17), TODAY, starts=date(2026, 10, 17), ends=date(2026, 10, 17))


def test_staff_may_place_an_entry_further_back_with_a_reason_but_never_ahead():
    rules.check_day(date(2026, 9, 1), TODAY, reason="paper sheet from September")
    assert day_refused(date(2026, 9, 1), reason="  ").startswith("You can log back")
    assert day_refused(date(2026, 10, 21), reason="she will read").startswith("That day has not come yet")
    assert day_refused(date(2026, 9, 1), reason="paper", starts=date(2026, 10, 1)).startswith("This program started")


def test_an_entry_needs_an_amount_or_an_ending():
    assert refusal({}, Ending.NONE, "Owl Moon").about == "minutes"
    rules.check_loggable({}, Ending.FINISHED, "Owl Moon")
    rules.check_loggable({}, Ending.STOPPED, "Owl Moon")
    rules.check_loggable({Unit.MINUTES: 20}, Ending.NONE, "")


def test_what_was_finished_has_a_name():
    assert refusal({}, Ending.FINISHED, "  ").about == "title"
    assert refusal({Unit.MINUTES: 20}, Ending.STOPPED, "").about == "title"


@pytest.mark.parametrize("amount", [0, -1, 1.5, True, "20", None, 100_001])
def test_an_amount_is_a_positive_whole_number(amount):
    refused = refusal({Unit.PAGES: amount}, Ending.NONE, "Owl Moon")
    assert (refused.about, refused.sentence) == ("pages", "Pages must be a whole number, 1 or more.")


@pytest.mark.parametrize("unit", [Unit.TITLES, Unit.DAYS])
def test_titles_and_days_are_never_entered(unit):
    assert refusal({unit: 3}, Ending.NONE, "Owl Moon").sentence == f"The {unit} are counted for you."


def test_a_day_has_1440_minutes_over_all_entries():
    rules.check_loggable({Unit.MINUTES: 1_440}, Ending.NONE, "")
    rules.check_loggable({Unit.MINUTES: 40}, Ending.NONE, "", same_day={Unit.MINUTES: 1_400})
    refused = refusal({Unit.MINUTES: 41}, Ending.NONE, "", same_day={Unit.MINUTES: 1_400})
    assert refused.about == "minutes"
    assert (
        refused.sentence == "A day holds up to 1,440 minutes; this one has 1,400 already. 40 minutes would still fit."
    )
    refused = refusal({Unit.MINUTES: 1}, Ending.NONE, "", same_day={Unit.MINUTES: 1_440})
    assert refused.sentence.endswith("That day is full.")


def test_limits_refuse_and_say_how_much_would_fit():
    limits = {Unit.MINUTES: Strictest(entry=120, day=180), Unit.PAGES: Strictest(day=200)}
    rules.check_loggable({Unit.MINUTES: 120}, Ending.NONE, "", limits=limits)
    refused = refusal({Unit.MINUTES: 121}, Ending.NONE, "", limits=limits)
    assert refused.sentence == "One entry holds up to 120 minutes."
    refused = refusal({Unit.MINUTES: 90}, Ending.NONE, "", {Unit.MINUTES: 100}, limits)
    assert refused.sentence == "A day holds up to 180 minutes; this one has 100 already. 80 minutes would still fit."
    # the program whose limit it is, and not that of the day
    limits = {Unit.MINUTES: Strictest(entry=120, day=180, entry_in="Summer", day_in="Owls")} | {
        Unit.PAGES: limits[Unit.PAGES]
    }
    refused = refusal({Unit.MINUTES: 121}, Ending.NONE, "", limits=limits)
    assert refused.sentence == "The program “Summer” takes up to 120 minutes in one entry."
    refused = refusal({Unit.MINUTES: 90}, Ending.NONE, "", {Unit.MINUTES: 100}, limits)
    said = "The program “Owls” takes up to 180 minutes a day; this day has 100 already. 80 minutes would still fit."
    assert refused.sentence == said
    refused = refusal({Unit.PAGES: 150}, Ending.NONE, "", {Unit.PAGES: 199}, limits)
    assert refused.sentence.endswith("1 page would still fit.")


def test_a_limit_of_a_day_is_never_more_than_the_day():
    refused = refusal(
        {Unit.MINUTES: 1_441}, Ending.NONE, "", limits={Unit.MINUTES: Strictest(day=5_000, day_in="Owls")}
    )
    assert "1,440" in refused.sentence


def test_an_unusual_amount_is_asked_about_and_not_refused():
    limits = {Unit.MINUTES: Strictest(warns=120)}
    rules.check_loggable({Unit.MINUTES: 300}, Ending.NONE, "", limits=limits)
    assert rules.doubts({Unit.MINUTES: 300}, limits) == ("300 minutes is a lot for one entry. Is that right?",)
    assert rules.doubts({Unit.MINUTES: 120}, limits) == ()
    assert rules.doubts({Unit.PAGES: 9_000}, {}) == ()


def test_a_program_passes_through_its_phases():
    def on(day):
        return rules.phase(date(2026, 10, 1), date(2026, 10, 31), 7, day)

    assert on(date(2026, 9, 30)) is Phase.JOINING
    assert on(date(2026, 10, 1)) is Phase.RUNNING
    assert on(date(2026, 10, 31)) is Phase.RUNNING
    assert on(date(2026, 11, 1)) is Phase.CATCHING_UP
    assert on(date(2026, 11, 7)) is Phase.CATCHING_UP
    assert on(date(2026, 11, 8)) is Phase.CLOSED
    assert rules.phase(date(2026, 10, 1), None, 7, date(2030, 1, 1)) is Phase.RUNNING


def test_the_result_is_final_when_the_last_day_of_catching_up_ends_at_school():
    moment = rules.frozen_at(date(2026, 10, 31), 7, "America/New_York")
    assert moment == datetime(2026, 11, 8, 5, tzinfo=UTC)
    assert rules.frozen_at(None, 7, "America/New_York") is None


def test_one_joins_a_published_program_before_and_while_it_runs():
    rules.check_joinable(ProgramState.PUBLISHED, Phase.JOINING)
    rules.check_joinable(ProgramState.PUBLISHED, Phase.RUNNING)
    for state, now in [
        (ProgramState.DRAFT, Phase.RUNNING),
        (ProgramState.ARCHIVED, Phase.RUNNING),
        (ProgramState.PUBLISHED, Phase.CATCHING_UP),
        (ProgramState.PUBLISHED, Phase.CLOSED),
    ]:
        with pytest.raises(Refused):
            rules.check_joinable(state, now)


def test_a_program_is_published_when_there_is_something_to_do():
    rules.check_program_publishable(ProgramState.DRAFT, 1, "Read by lantern light.")
    for state, number, text in [
        (ProgramState.PUBLISHED, 1, "Read."),
        (ProgramState.DRAFT, 0, "Read."),
        (ProgramState.DRAFT, 1, " "),
    ]:
        with pytest.raises(Refused):
            rules.check_program_publishable(state, number, text)


def test_a_program_ends_on_or_after_the_day_it_starts():
    rules.check_run(TODAY, TODAY)
    rules.check_run(TODAY, None)
    with pytest.raises(Refused):
        rules.check_run(TODAY, date(2026, 10, 19))
