"""Rules 15 to 21 of PRODUCT.md, section 4, and the cases of awards, streaks, completion and groups."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from engage import dates
from engage.engagement.rules import Mode
from engage.errors import Refused
from engage.people.models import ClassMember, Person, School
from engage.people.queries import reader_at
from engage.people.rules import Role
from engage.programs import awards, log_actions, windows
from engage.programs.activity_models import GoalShare
from engage.programs.activity_rules import ActivityRule, check_caps, same_code
from engage.programs.awards import (
    AtLeast,
    BadgesHeld,
    Card,
    ChallengesDone,
    Done,
    Holds,
    InARow,
    Lines,
    OwnAmount,
    Shared,
    Square,
    Total,
    read_rule,
)
from engage.programs.counting import Former, outcome
from engage.programs.entries import Given
from engage.programs.explaining import standing_of, why
from engage.programs.facts import ActivityFact, Count, DeliveryFact, GoalFact, GrantFact
from engage.programs.freezing import freeze, thaw
from engage.programs.models import (
    LogEntry,
    Progress,
)
from engage.programs.own_queries import results_of
from engage.programs.rebuild import rebuild
from engage.programs.rules import ActivityKind, Held, StreakUnit, Unit
from engage.programs.showing import count_shown
from engage.programs.streaks import StreakRule, streak
from engage.programs.telling import told
from tests import make
from tests.programs.doing import CLASS, put, today
from tests.programs.facts import (
    DAYS,
    MINUTES,
    PAGES,
    SIXTY,
    TITLES,
    amounts,
    badges,
    challenges,
    counted,
    facts,
    finish,
    held,
    log,
    noon,
    october,
    program,
    total,
    void,
)

# awards


def test_rule_15_a_rule_is_an_expression_over_everything_that_counts():
    rule = AtLeast(
        7,
        (
            *(total(MINUTES, 10), total(MINUTES, 10, days=(2, 2)), total(TITLES, 1), total(DAYS, 2)),
            *(Total(Count(Unit.ACTIVITIES, of="den"), 1), total(Unit.REVIEWS, 1), Lines("bingo", 1)),
            *(BadgesHeld(1), Holds("first"), Done("row"), ChallengesDone(9)),
        ),
    )
    squares = tuple(Square(str(place), total(MINUTES, 10 * place)) for place in range(1, 10))
    rules = program(
        challenges=challenges(bingo=Card(3, squares, 1), row=InARow(Count(DAYS), 2)),
        badges=badges(first=total(MINUTES, 5), much=rule),
        activities=(ActivityRule("den", "x", "Den"),),
    )
    some = finish(1, 1, 7, minutes=20), log(2, 2, 10)
    assert "much" in held(counted(rules, *some, ActivityFact(1, "den", october(3), noon(3))))
    assert "much" not in held(counted(rules, *some, void(1, 4), log(3, 5, 10)))


@pytest.mark.parametrize("bad", [{}, {"rule": ""}, {"rule": "all", "of": []}, {"rule": "lines", "key": "bingo"}])
def test_case_a_rule_without_condition_is_refused_when_saved(bad):
    with pytest.raises(Refused):
        read_rule(json.dumps(bad))


def test_case_award_a_needs_b_and_b_needs_a_is_refused_when_saved():
    squares = tuple(Square(str(place), Holds("a") if place == 4 else total(MINUTES, 9)) for place in range(9))
    for wrong, with_them in (
        ({"a": Holds("b"), "b": Holds("a")}, {}),
        ({"a": AtLeast(1, (total(MINUTES, 5), Holds("a")))}, {}),
        ({"a": Lines("card", 1)}, {"card": Card(3, squares, 1)}),
        ({"a": ChallengesDone(1)}, {"card": Card(3, squares, 1)}),
    ):
        with pytest.raises(Refused, match="wait for each other"):
            awards.check_rules(wrong, with_them)


def test_case_windows_1_to_7_and_7_to_14_warn_while_editing():
    both = {"a": total(MINUTES, 20, days=(1, 7)), "b": total(MINUTES, 20, days=(7, 14))}
    assert "same days" in windows.window_warnings(both)[0]
    gap = {"a": total(MINUTES, 20, days=(1, 7)), "b": total(MINUTES, 20, days=(9, 14))}
    assert "neither" in windows.window_warnings(gap)[0]


def test_rule_16_what_a_change_of_rules_would_take_is_kept_and_an_own_correction_still_takes_it():
    rows = challenges(c=InARow(Count(DAYS), 3), own=OwnAmount(Count(MINUTES), 40, "own"))
    before = program(badges=badges(row=Done("c"), mine=Done("own")), challenges=rows)
    after = program(
        badges=badges(row=Done("c"), mine=Done("own")),
        challenges=challenges(c=InARow(Count(DAYS), 30), own=OwnAmount(Count(PAGES), 40, "own")),
    )
    entries = [log(day, day, 15) for day in (1, 2, 3)]
    former = (Former(thaw(freeze(before)), noon(5)),)
    kept = outcome(after, october(1), facts(*entries), former)
    assert {one.badge.key: one.held for one in kept.badges} == {"row": Held.POLICY, "mine": Held.POLICY}
    assert held(kept) == {"row": october(3), "mine": october(3)}
    assert outcome(after, october(1), facts(*entries, void(2, 9)), former).badges == ()
    late = (GoalFact(1, "own", 500, noon(9)),)
    assert "mine" in held(outcome(after, october(1), facts(*entries, *late), former))


def test_rule_16_what_was_handed_over_is_never_clawed_back_but_marked():
    rules = program(key="p", challenges=challenges(c=total(MINUTES, 60)), badges=badges(done=ChallengesDone(1)))
    entries = log(1, 1, 30), log(2, 4, 30)
    handed = DeliveryFact("done", october(5), noon(5)), DeliveryFact("p", october(5), noon(5))
    result = counted(rules, *entries, *handed, void(2, 6))
    assert [(one.held, one.earned_on) for one in result.badges] == [(Held.DELIVERED, october(4))]
    assert (result.completed, result.completed_on, result.completion.met_on) == (Held.DELIVERED, october(4), None)
    assert counted(rules, *entries, handed[0], void(2, 6)).completed_on is None
    other = DeliveryFact("another program", october(5), noon(5))
    assert counted(rules, *entries, other, void(2, 6)).completed_on is None


def test_rule_17_any_order_gives_the_same_and_each_award_explains_itself():
    rules = program(badges=badges(sixty=total(MINUTES, 60), den=Total(Count(Unit.ACTIVITIES, of="den"), 1)))
    rules = replace(rules, activities=(ActivityRule("den", "x", "Build a den"),))
    them = [log(3, 4, 30), log(1, 4, 30), log(2, 4, 30), ActivityFact(1, "den", october(2), noon(2))]
    before = counted(rules, *them)
    assert counted(rules, *reversed(them)) == before
    sixty, den = before.badges
    assert (sixty.earned_on, sixty.answer.because) == (october(4), (1, 2))  # ties by the number of the entry
    assert why(sixty, rules) == ("You logged 90 minutes; 60 were asked for. You got there on Sunday 4 October.",)
    assert den.answer.because == (("activity", 1),)
    assert why(den, rules) == ("You did “Build a den” on Friday 2 October.",)
    (open_one,) = counted(SIXTY, log(1, 1, 20)).open
    assert standing_of(open_one.answer, SIXTY, october(3)) == ("Log 40 more minutes.",)


def test_rule_18_a_grant_by_hand_is_shown_as_such_and_adds_no_reading():
    result = counted(SIXTY, log(1, 1, 20), GrantFact("sixty", october(2), noon(2)))
    (one,) = result.badges
    assert (one.held, one.earned_on, one.answer.amount) == (Held.GRANTED, october(2), 20)
    assert result.amount(MINUTES) == 20


# streaks


def test_rule_19_days_school_days_and_weeks_with_grace_and_the_school_calendar():
    # 1 October 2026 is a Thursday; 12 and 13 October are days off
    off = frozenset({october(12), october(13)})
    for unit, grace, days, length in (
        (StreakUnit.DAY, 0, (1, 2, 3), 3),
        (StreakUnit.DAY, 1, (1, 2, 4), 3),  # a grace day bridges and adds nothing
        (StreakUnit.DAY, 1, (5, 8), 1),  # two days missed in one week
        (StreakUnit.SCHOOL_DAY, 0, (2, 5, 6), 3),  # the weekend neither extends nor breaks
        (StreakUnit.SCHOOL_DAY, 0, (9, 10, 14), 2),  # nor do days off, and a Saturday does not count
        (StreakUnit.WEEK, 0, (4, 5, 18), 3),
        (StreakUnit.WEEK, 0, (4, 18), 1),
    ):
        row = streak([october(day) for day in days], StreakRule(unit, grace, off))
        assert row.length == length, (unit, days)
        rule = InARow(Count(DAYS), length, unit, grace)
        found = program(challenges=challenges(c=rule), streak=StreakRule(off=off))
        result = amounts(counted(found, *(log(day, day, 10) for day in days)))
        assert result["c"] == (row.longest, length, result["c"][2])
        assert result["c"][2] is not None


def test_rule_19_a_row_lives_to_the_end_of_the_next_day_and_a_backdated_entry_repairs_it():
    rule = StreakRule(grace=0)
    row = streak([october(5), october(6)], rule)
    assert [row.on(october(day)) for day in (6, 7, 8)] == [2, 2, 0]
    assert streak([october(5), october(7)], rule).length == 1
    assert streak([october(5), october(7), october(6)], rule).length == 3


# completion, phases, groups


def test_rule_20_completion_is_a_rule_can_be_undone_and_is_frozen_in_the_end():
    rules = program(challenges=challenges(a=total(MINUTES, 40), b=total(TITLES, 1), all=Shared(Count(MINUTES), 900)))
    them = log(1, 1, 40), finish(2, 3, 7)
    assert counted(rules, *them).completed_on == october(3)
    undone = counted(rules, *them, void(1, 10))
    assert (undone.completed, undone.completed_on) == (None, None)
    assert counted(rules, *them, void(1, 41)).completed_on == october(3)  # frozen at noon of the 39th
    in_time = finish(3, 31, 8, at=38)
    assert counted(rules, log(1, 1, 40), in_time).completed_on == october(31)
    assert counted(rules, log(1, 1, 40), replace(in_time, entered_at=noon(40))).completed_on is None
    assert counted(rules, log(1, 1, 40), finish(3, 32, 8)).completed_on is None
    for goal in (2, 5):
        set_goal = GoalFact(1, "own", goal, noon(40))
        own = program(challenges=challenges(own=OwnAmount(Count(MINUTES), 40, "own")))
        assert counted(own, log(1, 1, 40), set_goal).completed_on == october(1)


def test_rule_21_a_shared_goal_sums_by_the_class_of_each_entry_and_completes_nobody():
    rules = program(challenges=challenges(room=Shared(Count(MINUTES), 50), own=total(MINUTES, 30)))
    them = log(1, 1, 30, class_id=1), log(2, 5, 40, class_id=2), log(3, 6, 5)
    result = counted(rules, *them)
    assert result.shares == {("room", 1): 30, ("room", 2): 40, ("room", 0): 75}
    assert amounts(result)["room"] == (75, 50, None)
    assert result.completed_on == october(1)


async def test_rule_21_an_own_part_is_named_beside_no_goal_of_all(school, ada, sam):
    program = await make.program(by=ada, challenges=[CLASS, {"unit": "minutes", "goal": 100}])
    await make.enrolment(program, sam)
    kept = await log_actions.log_entry(Given(today(), Mode.READING, minutes=30), "", sam, sure=True)
    assert told(kept, "log") == [("Logged. That makes 30 of 100 minutes.", "done")]
    assert [[step["title"] for step in row["progress"]] for row in await results_of(sam)] == [["100 minutes"]]


async def test_case_a_student_who_moves_leaves_past_entries_in_the_figures_of_the_class_before(school, ada, sam):
    program = await make.program(by=ada, challenges=[CLASS, {"unit": "minutes", "goal": 100}])
    await make.enrolment(program, sam)
    (before,) = sam.class_ids
    await put(sam, 30)
    other = await make.school_class(await School.get(slug="lincoln"), "Room 14", code="ROOM14")
    await ClassMember.filter(school_id=school.card.id, person_id=sam.id).update(until=today(1))
    await make.in_class(await Person.get(school_id=school.card.id, id=sam.id), other, Role.STUDENT)
    moved = await reader_at(sam.id, "lincoln")
    assert moved.class_ids == {other.id}
    await put(moved, 40)
    rows = GoalShare.filter(school_id=school.card.id, person_id=sam.id).order_by("class_id")
    assert dict(await rows.values_list("class_id", "amount")) == {0: 70, before: 30, other.id: 40}
    assert set(await Progress.filter(school_id=school.card.id).values_list("amount", flat=True)) == {70}
    assert await rebuild(school.card.id) == []


def test_case_code_entered_twice_in_another_case_with_spaces_is_refused_with_the_first_date():
    assert same_code(" oWl  mOOn", "Owl-Moon")
    assert not same_code("", "")
    with pytest.raises(Refused, match="Monday 5 October"):
        check_caps(ActivityKind.CODE, 1, 1, october(9), [october(5)])


def test_rule_9_activities_count_up_to_their_caps_and_prompts_by_the_entry_that_stands():
    things = ActivityRule("den", "a", "Den", most=3, most_a_day=1), ActivityRule("blue", "p", "Blue", prompt=True)
    rules = program(
        challenges=challenges(a=Total(Count(Unit.ACTIVITIES, of="a"), 9), p=Total(Count(Unit.PROMPTS, of="p"), 1)),
        activities=things,
    )
    done = [ActivityFact(number, "den", october(day), noon(day)) for number, day in enumerate((1, 1, 2, 3, 4), start=1)]
    assert amounts(counted(rules, *done))["a"][0] == 3
    assert amounts(counted(rules, *done[:2]))["a"][0] == 1
    answer = ActivityFact(9, "blue", october(5), noon(5), entry=1)
    assert amounts(counted(rules, log(1, 5, 20), answer))["p"] == (1, 1, october(5))
    assert amounts(counted(rules, log(1, 5, 20), answer, log(2, 3, 20, at=6, supersedes=1)))["p"] == (1, 1, october(3))
    assert amounts(counted(rules, log(1, 5, 20), answer, void(1, 6)))["p"] == (0, 1, None)


async def test_case_double_click_on_log_and_the_same_request_replayed_a_day_later(school, ada, sam):
    await make.enrolment(await make.program(by=ada), sam)
    given = Given(today(), Mode.READING, minutes=20)
    first = await log_actions.log_entry(given, "form", sam, sure=True)
    again = await log_actions.log_entry(given, "form", sam, sure=True)
    await LogEntry.filter(school_id=school.card.id).update(entered_at=dates.now() - timedelta(days=1))
    later = await log_actions.log_entry(given, "form", sam, sure=True)
    assert (again.entry, later.entry, again.repeated, later.repeated) == (first.entry, first.entry, True, True)
    assert await LogEntry.filter(school_id=school.card.id).count() == 1


def test_case_grade_report_with_4_students_is_withheld_in_shared_views():
    fewest = 5
    assert not count_shown(4, 4, fewest)[0].isdigit()
    assert not count_shown(21, 25, fewest)[0].isdigit()  # the other four could be told from it
    assert not count_shown(0, 25, fewest)[0].isdigit()
    assert count_shown(20, 25, fewest) == "20"
    assert count_shown(4, 4, fewest, exact=True) == "4"  # whoever runs the program
