"""Each rule of PRODUCT.md, section 4, by its number, each case of its table, and each fault that they exclude.

Where each stands, besides what is here:

| rule | where |
| --- | --- |
| 7 | test_joining |
| 15 to 21 | test_rules_of_awards |
| 16 | also test_prizes, test_drawing_actions, test_certificates |
| 21 | test_batches (class logs), test_team_rules (teams), test_boards |
| 22 | test_drawings, test_drawing_actions |
| 23 | test_batches |
| cases | test_counting has what needs no database; test_batches the class log, test_drawing_actions the 3 winners, |
| | test_certificates the printed one; tests/faults/test_log_once.py the form that is sent twice |
| faults | test_faults_of_counting |
| erased on request | comes with erasing a person and with the frozen result of a program |
| any history | test_any_history (facts alone), test_histories (through the tables and a rebuild) |

test_every_rule_and_every_case_has_a_named_test looks for the names.
"""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from engage.engagement.rules import Mode
from engage.errors import Refused
from engage.programs import actions, flags, log_actions, rules
from engage.programs import activity_actions as doing
from engage.programs.activity_models import GoalShare
from engage.programs.activity_rules import ActivityRule
from engage.programs.awards import (
    AtLeast,
    Card,
    Done,
    FromList,
    Holds,
    Lines,
    Listed,
    Points,
    Square,
    Total,
)
from engage.programs.bingo import check_card, read_card, write_card
from engage.programs.challenge_actions import put_challenge
from engage.programs.entries import Given
from engage.programs.facts import ActivityFact, Count, ReviewFact
from engage.programs.judging import PointsRule
from engage.programs.models import (
    Award,
    EntryVoid,
    LogEntry,
    Progress,
    ResourceProgress,
    Standing,
)
from engage.programs.rebuild import rebuild
from engage.programs.rules import Credit, Ending, Strictest, Unit
from tests import make
from tests.programs.doing import DO, activity, card, challenge, minutes, of_every_kind, put, today
from tests.programs.facts import (
    DAYS,
    LISTENING,
    MINUTES,
    PAGES,
    POINT,
    STOPPED,
    TITLES,
    amounts,
    badges,
    challenges,
    counted,
    finish,
    held,
    log,
    noon,
    october,
    program,
    total,
    void,
)

TESTS = Path(__file__).parents[1]


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
    limits = {PAGES: Strictest(warns=50, entry=100, day=150)}
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
