"""Each rule of PRODUCT.md, section 4, by its number, each case of its table, and each fault that they exclude.

Where each stands, besides what is here:

| rule | where |
| --- | --- |
| 7 | test_joining |
| 16 | also test_prizes, test_drawing_actions, test_certificates |
| 21 | test_batches (class logs), test_team_rules (teams), test_boards |
| 22 | test_drawings, test_drawing_actions |
| 23 | test_batches |
| cases | test_counting has what needs no database; test_batches the class log, test_drawing_actions the 3 winners, |
| | test_certificates the printed one; tests/faults/test_log_once.py the form that is sent twice |
| erased on request | comes with erasing a person and with the frozen result of a program |
| any history | test_any_history (facts alone), test_histories (through the tables and a rebuild) |

test_every_rule_and_every_case_has_a_named_test looks for the names.
"""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engage import dates
from engage.engagement.rules import Mode
from engage.errors import Refused
from engage.people.models import ClassMember, Person, School
from engage.people.queries import reader_at
from engage.people.rules import Role
from engage.programs import actions, awards, flags, log_actions, rules, windows
from engage.programs import activity_actions as doing
from engage.programs.activity_models import GoalShare
from engage.programs.activity_rules import ActivityRule, check_caps, same_code
from engage.programs.awards import (
    AtLeast,
    BadgesHeld,
    Card,
    ChallengesDone,
    Done,
    FromList,
    Holds,
    InARow,
    Lines,
    Listed,
    OwnAmount,
    Points,
    Shared,
    Square,
    Total,
    read_rule,
)
from engage.programs.bingo import check_card, read_card, write_card
from engage.programs.challenge_actions import put_challenge
from engage.programs.counting import Former, outcome
from engage.programs.drawings import Ticket, draw
from engage.programs.entries import Given
from engage.programs.explaining import missing, why
from engage.programs.facts import ActivityFact, Count, DeliveryFact, GoalFact, GrantFact, ReviewFact
from engage.programs.freezing import freeze, thaw
from engage.programs.judging import PointsRule
from engage.programs.models import (
    Award,
    EntryVoid,
    LogEntry,
    Progress,
    ResourceProgress,
    Standing,
)
from engage.programs.queries import figures_of, progress_of
from engage.programs.rebuild import rebuild
from engage.programs.rules import ActivityKind, Credit, Ending, Held, Limit, StreakUnit, Unit
from engage.programs.showing import count_shown
from engage.programs.streaks import StreakRule, streak
from engage.programs.telling import told
from tests import make
from tests.programs.doing import CLASS, DO, activity, card, challenge, minutes, of_every_kind
from tests.programs.facts import (
    DAYS,
    LISTENING,
    MINUTES,
    PAGES,
    STOPPED,
    TITLES,
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

POINT = PointsRule(Count(MINUTES), per=20, points=1)
SIXTY = program(badges=badges(sixty=total(MINUTES, 60)))
TESTS = Path(__file__).parents[1]


def today(back=0):
    return dates.today("America/New_York") - timedelta(days=back)


def amounts(result):
    """Amount, goal and day of each challenge, by its key."""
    return {one.challenge.key: (one.answer.amount, one.answer.goal, one.done_on) for one in result.progress}


async def put(by, minutes=20, back=0, form_key="", **more):
    """An entry through the whole wing; its key."""
    given = Given(today(back), Mode.READING, minutes=minutes, **more)
    return (await log_actions.log_entry(given, form_key, by, sure=True)).entry


async def derived(school):
    """Every derived row of a school, without its number."""
    found = {}
    for table in (Progress, Award, Standing, GoalShare, ResourceProgress):
        rows = await table.filter(school_id=school.card.id).values()
        found[table.__name__] = sorted(str({name: row[name] for name in row if name != "id"}) for row in rows)
    return found


# facts and dates


async def test_rule_1_only_facts_are_stored_and_a_rebuild_gives_all_that_is_derived(school, ada, sam):
    program = await of_every_kind(by=ada, badges=[{"title": "Ten", "rule": json.dumps(minutes(10))}])
    den = await activity(program, "Build a den")
    await make.enrolment(program, sam)
    books = await make.resources(1)
    await put(sam, resource=books[0].key, ending=Ending.FINISHED)
    await doing.do_activity("lantern-nights", den, "", sam)
    before = await derived(school)
    assert all(before.values())
    for table in (Progress, Award, Standing, GoalShare, ResourceProgress):
        await table.filter(school_id=school.card.id).delete()
    assert len(await rebuild(school.card.id)) == 2  # one program, one resource
    assert await derived(school) == before
    assert await rebuild(school.card.id) == []


def test_rule_2_rules_use_the_day_an_entry_is_about_and_never_the_clock():
    rules = program(frozen_at=None, badges=badges(a=total(MINUTES, 30)), challenges=challenges(c=total(DAYS, 2)))
    entries = [log(1, 1, 20), log(2, 3, 20)]
    for days in ((300, 300), (301, 300)):
        late = [replace(one, entered_at=noon(day)) for one, day in zip(entries, days, strict=True)]
        assert counted(rules, *entries).badges == counted(rules, *late).badges
        assert amounts(counted(rules, *entries)) == amounts(counted(rules, *late))


def test_rule_3_no_day_ahead_and_none_before_the_opening_or_the_days_back_without_a_reason():
    now = october(20)
    for on in (october(21), october(12), october(1)):
        with pytest.raises(Refused):
            rules.check_day(on, now, starts=october(5), backdating=7)
    with pytest.raises(Refused, match="started"):
        rules.check_day(october(14), now, starts=october(15), backdating=7)
    rules.check_day(october(13), now, starts=october(5), backdating=7)
    rules.check_day(october(6), now, starts=october(5), backdating=7, reason="was ill")
    with pytest.raises(Refused):
        rules.check_day(october(21), now, backdating=7, reason="was ill")


async def test_rule_4_a_correction_keeps_the_original_and_counts_in_every_program(school, ada, sam):
    for title in ("One", "Two"):
        await make.enrolment(await make.program(by=ada, title=title), sam)
    key = await put(sam, 40)
    given = Given(today(), Mode.READING, minutes=65)
    newer = await log_actions.correct_entry(key, given, "", sam, sure=True)
    assert await Progress.filter(school_id=school.card.id).values_list("amount", flat=True) == [65, 65]
    await log_actions.void_entry(newer.entry, sam)
    assert await Progress.filter(school_id=school.card.id).values_list("amount", flat=True) == [0, 0]
    rows = await LogEntry.filter(school_id=school.card.id).order_by("id").values_list("minutes", "supersedes_id")
    assert [row[0] for row in rows] == [40, 65]
    assert rows[1][1] is not None
    assert await EntryVoid.filter(school_id=school.card.id).count() == 1


def test_rule_5_an_amount_is_a_positive_whole_number_within_limits_that_say_how_much_fits():
    for wrong in (0, -5, 1.5, "20", True):
        with pytest.raises(Refused):
            rules.check_loggable({MINUTES: wrong}, Ending.NONE, "Kites")
    rules.check_loggable({MINUTES: 1_440}, Ending.NONE, "Kites")
    with pytest.raises(Refused, match="40 minutes would still fit"):
        rules.check_loggable({MINUTES: 41}, Ending.NONE, "Kites", {MINUTES: 1_400})
    limits = {PAGES: Limit(warns=50, entry=100, day=150)}
    with pytest.raises(Refused, match="up to 100 pages"):
        rules.check_loggable({PAGES: 101}, Ending.NONE, "Kites", {}, limits)
    with pytest.raises(Refused, match="30 pages would still fit"):
        rules.check_loggable({PAGES: 31}, Ending.NONE, "Kites", {PAGES: 120}, limits)
    # a warning asks, and a flag is for staff: neither refuses
    rules.check_loggable({PAGES: 60}, Ending.NONE, "Kites", {}, limits)
    assert len(rules.doubts({PAGES: 60}, limits)) == 1
    assert len(list(flags.unusual({PAGES: 60}, limits))) == 1


async def test_rule_6_a_form_sent_twice_is_one_entry_and_two_forms_are_two(school, ada, sam):
    await make.enrolment(await make.program(by=ada), sam)
    assert await put(sam, 20, form_key="one") == await put(sam, 20, form_key="one")
    await put(sam, 20, form_key="two")
    assert await LogEntry.filter(school_id=school.card.id).values_list("minutes", flat=True) == [20, 20]
    assert await Progress.filter(school_id=school.card.id).values_list("amount", flat=True) == [40]


# joining and credit


def test_rule_8_credit_from_opening_counts_what_was_before_joining_and_from_joining_does_not():
    them = log(1, 3, 20), log(2, 12, 30), ActivityFact(1, "den", october(4), noon(4))
    for credit, got in ((Credit.OPENING, (50, 1)), (Credit.JOINING, (30, 0))):
        rules = program(
            credit=credit,
            challenges=challenges(c=total(MINUTES, 99), a=total(Unit.ACTIVITIES, 9)),
            activities=(ActivityRule("den", "a", "Den"),),
        )
        result = amounts(counted(rules, *them, joined=10))
        assert (result["c"][0], result["a"][0]) == got


def test_rule_9_one_entry_counts_in_every_challenge_and_at_most_once_in_each():
    things = tuple(ActivityRule(key, "p", key, prompt=True) for key in ("blue", "old"))
    rules = program(
        challenges=challenges(m=total(MINUTES, 9), t=total(TITLES, 9), p=Total(Count(Unit.PROMPTS, of="p"), 9)),
        activities=things,
    )
    both = [ActivityFact(number, one.key, october(1), noon(1), entry=1) for number, one in enumerate(things, start=1)]
    result = amounts(counted(rules, finish(1, 1, 7, minutes=30), *both))
    assert [one[0] for one in result.values()] == [30, 1, 1]


async def test_rule_10_withdrawing_hides_and_joining_again_restores(school, ada, sam):
    program = await make.program(by=ada, badges=[{"title": "Ten", "rule": json.dumps(minutes(10))}])
    await actions.join("lantern-nights", sam)
    await put(sam)
    before = await derived(school)
    await actions.leave("lantern-nights", sam)
    gone = await derived(school)
    assert gone["Progress"] == gone["Award"] == gone["Standing"] == []
    await actions.join("lantern-nights", sam)
    assert await derived(school) == before
    assert await Progress.filter(school_id=school.card.id, program_id=program.id).count() == 1


# counting


def test_rule_11_units_are_never_converted_and_points_carry_their_remainders():
    rules = program(
        challenges=challenges(m=total(MINUTES, 60), p=total(PAGES, 60)),
        points=(POINT, PointsRule(Count(PAGES), per=10, points=2)),
    )
    entries = log(1, 1, 19, pages=9), log(2, 2, 19, pages=9)
    result = counted(rules, *entries)
    assert (result.points, result.carried) == (1 + 2, (18, 8))
    assert [one[0] for one in amounts(result).values()] == [38, 18]
    assert counted(rules, *entries, void(1, 3)).points == 0
    assert counted(rules, *entries, void(1, 3), void(2, 3)).points == 0


def test_rule_12_days_have_a_minimum_titles_a_policy_and_a_stopped_title_is_none():
    entries = log(1, 1, 6), log(2, 1, 5), log(3, 2, 9), log(4, 3, 40, resource=8, ending=STOPPED)
    again = finish(5, 4, 7), finish(6, 10, 7), finish(7, 12, 7)
    for count, amount in (
        (Count(DAYS, minimum=10), 2),
        (Count(DAYS), 6),
        (Count(TITLES), 1),
        (Count(TITLES, again_after=0), 3),
        (Count(TITLES, again_after=7), 2),
        (Count(MINUTES), 60),
    ):
        result = counted(program(challenges=challenges(c=Total(count, 99))), *entries, *again)
        assert amounts(result)["c"][0] == amount, count


def test_rule_13_a_list_keeps_credit_widens_and_never_asks_for_more_than_it_holds():
    done = finish(1, 3, 7), finish(2, 4, 8, LISTENING)

    def of(goal, *items):
        return amounts(counted(program(challenges=challenges(c=FromList(goal, items))), *done))["c"]

    assert of(2, Listed(7), Listed(8), Listed(9)) == (2, 2, october(4))
    assert of(2, Listed(7, until=october(5)), Listed(9), Listed(10))[0] == 1
    assert of(5, Listed(7), Listed(8)) == (2, 2, october(4))
    assert of(2, Listed(7), Listed(9, required=True), Listed(8))[2] is None


def on_day(day):
    """A square that an entry of its own day fills."""
    return total(MINUTES, 1, days=(day, day))


def test_rule_14_lines_are_rows_columns_and_both_diagonals_and_a_free_centre_is_for_odd_sizes():
    for size in (3, 4, 5):
        squares = tuple(Square(str(place), on_day(place + 1)) for place in range(size * size))
        across = [list(range(row * size, row * size + size)) for row in range(size)]
        down = [list(range(column, size * size, size)) for column in range(size)]
        both = [[place * size + place for place in range(size)], [(place + 1) * (size - 1) for place in range(size)]]
        rules = program(challenges=challenges(c=Card(size, squares, 1)))
        for line in (*across, *down, *both):
            entries = [log(place + 1, place + 1, 5) for place in line]
            assert amounts(counted(rules, *entries))["c"] == (1, 1, october(max(line) + 1)), (size, line)
            assert amounts(counted(rules, *entries[1:]))["c"][0] == 0
        every = [log(place + 1, place + 1, 5) for place in range(size * size)]
        assert amounts(counted(rules, *every))["c"][0] == 2 * size + 2
        black = Card(size, squares, size * size, blackout=True)
        result = counted(program(challenges=challenges(c=black)), *every)
        assert amounts(result)["c"] == (size * size, size * size, october(size * size))
    free = tuple(Square("Free") if place == 4 else Square(str(place), on_day(place + 1)) for place in range(9))
    middle = [log(number, number, 5) for number in (4, 6)]
    assert amounts(counted(program(challenges=challenges(c=Card(3, free, 1))), *middle))["c"] == (1, 1, october(6))
    check_card(Card(3, free, 1))
    assert read_card(write_card(Card(3, free, 1)), 1) == Card(3, free, 1)
    even = tuple(Square("Free") if place == 5 else Square(str(place), on_day(place + 1)) for place in range(16))
    with pytest.raises(Refused, match="odd number"):
        check_card(Card(4, even, 1))


def test_rule_14_a_square_holds_any_award_rule():
    squares = (
        *(total(MINUTES, 20), total(TITLES, 1), Total(Count(Unit.ACTIVITIES, of="den"), 1)),
        *(Done("days"), total(Unit.REVIEWS, 1), Holds("hour")),
        *(Points(2), AtLeast(1, (total(PAGES, 5), total(MINUTES, 1))), total(MINUTES, 1, days=(1, 1))),
    )
    rules = program(
        challenges=challenges(
            bingo=Card(3, tuple(Square(str(place), rule) for place, rule in enumerate(squares)), 8),
            days=total(DAYS, 2),
        ),
        badges=badges(hour=total(MINUTES, 60), line=Lines("bingo", 1)),
        points=(POINT,),
        activities=(ActivityRule("den", "x", "Den"),),
    )
    them = finish(1, 1, 7, minutes=30), log(2, 4, 30), ActivityFact(1, "den", october(2), noon(2))
    result = counted(rules, *them, ReviewFact(1, october(6), noon(7)))
    assert amounts(result)["bingo"] == (8, 8, october(6))
    assert held(result) == {"hour": october(4), "line": october(2)}


async def test_rule_14_a_card_is_frozen_once_it_is_published(school, ada):
    program = await make.program(by=ada, challenges=[card(), DO])
    bingo = await challenge(program, "Bingo")
    details = json.loads(bingo.details)
    asked = {"title": "Bingo", "unit": Unit.LINES, "goal": 1, "kind": rules.ChallengeKind.BINGO}
    details["squares"][0]["title"] = "Another"
    with pytest.raises(Refused, match="frozen"):
        await put_challenge(program.key, bingo.key, ada, **asked, details=details)


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
    assert missing(open_one, SIXTY, october(3)) == ("Log 40 more minutes.",)


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
    assert result.shares == {("room", 1): 30, ("room", 2): 40, ("room", 0): 5}
    assert amounts(result)["room"] == (75, 50, None)
    assert result.completed_on == october(1)


async def test_rule_21_an_own_part_is_named_beside_no_goal_of_all(school, ada, sam):
    program = await make.program(by=ada, challenges=[CLASS, {"unit": "minutes", "goal": 100}])
    await make.enrolment(program, sam)
    kept = await log_actions.log_entry(Given(today(), Mode.READING, minutes=30), "", sam, sure=True)
    assert told(kept, "log") == [("Logged. That makes 30 of 100 minutes.", "done")]
    assert [row["title"] for row in await progress_of(sam)] == ["100 minutes"]


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
    assert dict(await rows.values_list("class_id", "amount")) == {before: 30, other.id: 40}
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


# faults of other systems (AADL, Beanstack, TGRA)


def test_fault_no_whole_number_division_per_entry_loses_remainders():
    entries = [log(number, number, 19) for number in range(1, 21)]
    assert counted(program(points=(POINT,)), *entries).points == 19 * 20 // 20


def test_fault_no_entry_is_without_a_date():
    assert LogEntry._meta.fields_map["on"].null is False
    with pytest.raises(TypeError):
        log(1)


def test_fault_no_badge_is_kept_or_lost_by_hand_after_a_correction():
    entries = log(1, 1, 30), log(2, 2, 30)
    assert held(counted(SIXTY, *entries)) == {"sixty": october(2)}
    assert held(counted(SIXTY, *entries, log(3, 2, 20, supersedes=2))) == {}
    assert held(counted(SIXTY, *entries, log(3, 2, 20, supersedes=2), log(4, 1, 10))) == {"sixty": october(2)}


def test_fault_a_badge_added_later_reaches_those_who_earned_it():
    assert held(counted(SIXTY, log(1, 1, 30), log(2, 2, 30))) == {"sixty": october(2)}


def test_fault_nothing_is_awarded_after_the_program_closed():
    after = log(2, 31, 60, at=40), GrantFact("sixty", october(33), noon(33)), GrantFact("sixty", october(9), noon(41))
    assert held(counted(SIXTY, log(1, 1, 30), *after)) == {}


def test_fault_a_drawing_keeps_to_its_number_of_winners_whatever_else_is_set():
    lots = [Ticket(number, number) for number in range(1, 30)]
    for winners in (1, 2, 29, 50):
        assert len(draw(lots, winners, "ab" * 32)) == min(winners, 29)


async def test_fault_a_withdrawn_completion_counts_no_longer(school, ada, sam):
    program = await make.program(by=ada)
    await actions.join("lantern-nights", sam)
    await put(sam, 60)
    assert (await figures_of(ada, program.id)).completed == 1
    await actions.leave("lantern-nights", sam)
    figures = await figures_of(ada, program.id)
    assert (figures.joined, figures.completed, figures.minutes, dict(figures.challenges)) == (0, 0, 0, {})


async def test_fault_no_row_is_removed_while_its_badge_stays(school, ada, sam):
    await make.enrolment(await make.program(by=ada, badges=[{"title": "Ten", "rule": json.dumps(minutes(10))}]), sam)
    key = await put(sam)
    assert await Award.filter(school_id=school.card.id).values_list("state", flat=True) == ["earned"]
    await log_actions.void_entry(key, sam)
    assert await Award.filter(school_id=school.card.id).values_list("state", flat=True) == ["withdrawn"]


async def test_fault_a_completion_can_be_undone(school, ada, sam):
    await make.enrolment(await make.program(by=ada), sam)
    key = await put(sam, 60)
    assert await Standing.filter(school_id=school.card.id).values_list("completed_on", flat=True) == [today()]
    await log_actions.void_entry(key, sam)
    assert await Standing.filter(school_id=school.card.id).values_list("completed_on", flat=True) == [None]


def test_fault_nothing_is_quick_completed_without_an_amount():
    rules = program(challenges=challenges(m=total(MINUTES, 20), p=total(PAGES, 10)))
    assert counted(rules, finish(1, 1, 7)).completed_on is None
    assert [one[0] for one in amounts(counted(rules, finish(1, 1, 7))).values()] == [0, 0]


def test_fault_nothing_empty_is_shown_as_completed():
    assert counted(program(), log(1, 1, 60)).completed_on is None
    assert counted(program(challenges=challenges(c=FromList(1, ()))), finish(1, 1, 7)).completed_on is None
    assert counted(program(challenges=challenges(c=Shared(Count(MINUTES), 1))), log(1, 1, 60)).completed_on is None


async def test_fault_one_act_gives_no_nine_notices(school, ada, sam):
    rule = json.dumps(minutes(10))
    badges = [{"title": f"Badge {number}", "rule": rule} for number in range(9)]
    await make.enrolment(await make.program(by=ada, badges=badges), sam)
    kept = await log_actions.log_entry(Given(today(), Mode.READING, minutes=20), "", sam, sure=True)
    assert len(told(kept, "log")) == 1
    gone = await log_actions.void_entry(kept.entry, sam)
    assert len(told(gone, "void")) <= 3


# the names

CASES = (
    *(
        "two_entries_of_19_minutes",
        "the_second_is_then_deleted",
        "ten_past_midnight",
        "clock_change",
        "joins_on_day_10",
    ),
    *(
        "badge_added_after_80_minutes",
        "windows_1_to_7",
        "shared_day_of_two_windows",
        "certificate",
        "program_is_closed",
    ),
    *("list_item_removed", "print_and_audiobook", "stopped_at_page_40", "moves", "class_log_for_the_wrong_class"),
    *("code_entered_twice", "a_needs_b", "without_condition", "three_winners", "double_click", "with_4_students"),
)


def test_every_rule_and_every_case_has_a_named_test():
    names = {
        name
        for path in TESTS.rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_(?:rule|case|fault)_\w+)", path.read_text(), re.MULTILINE)
    }
    numbers = {int(found[1]) for name in names if (found := re.match(r"test_rule_(\d+)_", name))}
    assert numbers >= set(range(1, 24))
    cases = [name for name in names if name.startswith("test_case_")]
    assert [case for case in CASES if not any(case in name for name in cases)] == []
    assert sum(name.startswith("test_fault_") for name in names) >= 12
