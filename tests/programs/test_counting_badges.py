"""Badges: what earns one, what a correction takes, and what a change of rules may not take."""

from engage.programs.awards import AtLeast, BadgesHeld, ChallengesDone, Done, Holds, Points
from engage.programs.counting import Former, outcome
from engage.programs.facts import GrantFact, JoinFact
from engage.programs.rules import Held
from tests.programs.facts import (
    DAYS,
    MINUTES,
    POINT,
    SIXTY,
    TITLES,
    badges,
    challenges,
    counted,
    facts,
    held,
    log,
    noon,
    october,
    program,
    total,
    void,
)

# badges


def test_a_badge_may_ask_for_challenges_badges_points_and_some_of_several():
    rules = program(
        points=(POINT,),
        challenges=challenges(c=total(MINUTES, 40), d=total(DAYS, 2)),
        badges=badges(
            did=Done("c"),
            one=ChallengesDone(1),
            both=ChallengesDone(2),
            points=Points(2),
            after=Holds("did"),
            three=BadgesHeld(3),
            some=AtLeast(2, (total(TITLES, 1), total(DAYS, 2), Done("c"))),
            every=AtLeast(2, (total(TITLES, 1), Done("c"))),
            either=AtLeast(1, (total(TITLES, 1), total(MINUTES, 1))),
        ),
    )
    assert held(counted(rules, log(1, 1, 20), log(2, 5, 20))) == {
        "did": october(5),
        "one": october(5),
        "both": october(5),
        "points": october(5),
        "after": october(5),
        "three": october(5),
        "some": october(5),
        "either": october(1),
    }


def test_badges_that_count_badges_do_not_count_themselves():
    rules = program(badges=badges(a=total(MINUTES, 1), two=BadgesHeld(2), one=BadgesHeld(1)))
    assert held(counted(rules, log(1, 1, 20))) == {"a": october(1), "one": october(1)}


def test_a_badge_that_waits_for_itself_is_simply_not_held():
    rules = program(badges=badges(a=Holds("b"), b=Holds("a"), c=Done("gone"), d=Holds("gone")))
    assert held(counted(rules, log(1, 1, 20))) == {}


def test_a_badge_given_by_hand_is_shown_as_such_and_adds_no_reading():
    rules = program(badges=badges(sixty=total(MINUTES, 60), after=Holds("sixty")))
    result = counted(rules, log(1, 1, 20), GrantFact("sixty", october(3), noon(3)))
    assert {one.badge.key: (one.held, one.earned_on) for one in result.badges} == {
        "sixty": (Held.GRANTED, october(3)),
        "after": (Held.EARNED, october(3)),
    }
    assert result.amount(MINUTES) == 20


def test_a_badge_given_by_hand_and_earned_as_well_counts_as_earned():
    result = counted(SIXTY, log(1, 4, 60), GrantFact("sixty", october(3), noon(3)))
    assert [(one.held, one.earned_on) for one in result.badges] == [(Held.EARNED, october(4))]


def test_no_award_has_a_date_outside_the_run():
    rules = program(starts=october(5), ends=october(10), badges=badges(sixty=total(MINUTES, 60)))
    assert held(counted(rules, log(1, 4, 60), log(2, 11, 60))) == {}
    assert held(counted(rules, GrantFact("sixty", october(11), noon(11)))) == {}


def test_a_badge_explains_itself_by_rule_amount_and_entries():
    (badge,) = counted(SIXTY, log(1, 1, 30), log(2, 4, 34), log(3, 6, 5)).badges
    assert badge.answer.rule == total(MINUTES, 60)
    assert (badge.answer.amount, badge.answer.because) == (69, (1, 2))
    (missing,) = counted(SIXTY, log(1, 1, 30)).open
    assert (missing.answer.amount, missing.answer.goal, missing.answer.entries) == (30, 60, (1,))


# badges taken back


def test_a_correction_that_takes_a_badge_is_named_with_the_amounts_around_it():
    correction = log(3, 4, 10, at=7, supersedes=2)
    result = counted(SIXTY, log(1, 1, 30), log(2, 4, 32), correction, log(4, 8, 5))
    (lost,) = result.withdrawn
    assert (lost.badge.key, lost.earned_on, lost.entry, lost.by) == ("sixty", october(4), 2, correction)
    assert (lost.before.amount, lost.after.amount) == (62, 40)
    assert [one.badge.key for one in result.open] == ["sixty"]


def test_the_last_correction_that_took_it_is_the_one_that_is_named():
    entries = [log(1, 1, 60), log(2, 2, 60), void(1, 3), void(2, 4)]
    (lost,) = counted(SIXTY, *entries).withdrawn
    assert (lost.entry, lost.earned_on) == (2, october(2))
    again = [log(3, 5, 60), log(4, 5, 59, at=6, supersedes=3)]
    (lost,) = counted(SIXTY, *entries, *again).withdrawn
    assert (lost.entry, lost.earned_on, lost.after.amount) == (3, october(5), 59)


def test_a_badge_earned_again_is_no_longer_withdrawn():
    result = counted(SIXTY, log(1, 1, 60), void(1, 2), log(2, 5, 60))
    assert (held(result), result.withdrawn) == ({"sixty": october(5)}, ())


def test_a_badge_that_was_never_held_is_not_withdrawn():
    result = counted(SIXTY, log(1, 1, 40), log(2, 1, 30, at=2, supersedes=1), log(3, 3, 20), void(3, 4))
    assert result.withdrawn == ()
    assert len(result.open) == 1


def test_what_took_a_badge_before_one_joined_is_not_told():
    taken = log(1, 1, 60), void(1, 5)
    assert len(counted(SIXTY, *taken, JoinFact(SIXTY.key, noon(4))).withdrawn) == 1
    assert counted(SIXTY, *taken, JoinFact(SIXTY.key, noon(6))).withdrawn == ()


def test_what_counts_nowhere_here_changes_nothing_of_what_took_a_badge():
    """An entry outside the days of the program, whose removal carries an earlier moment than itself."""
    taken = log(1, 1, 60), void(1, 12), JoinFact(SIXTY.key, noon(10))
    beside = log(2, 45, 20, at=15), void(2, 5)
    (lost,) = counted(SIXTY, *taken, *beside).withdrawn
    assert (lost.entry, lost.earned_on) == (1, october(1))


def test_a_correction_takes_what_was_built_on_a_badge_too():
    rules = program(badges=badges(sixty=total(MINUTES, 60), after=Holds("sixty")))
    result = counted(rules, log(1, 1, 60), void(1, 2, by_staff=True))
    assert {one.badge.key for one in result.withdrawn} == {"sixty", "after"}
    assert all(one.by.by_staff for one in result.withdrawn)


# rules that change


def test_a_change_of_rules_takes_no_badge_that_was_held():
    former = Former(SIXTY, noon(10))
    harder = program(badges=badges(sixty=total(MINUTES, 90)))
    result = outcome(harder, october(1), facts(log(1, 1, 60)), (former,))
    assert [(one.held, one.earned_on) for one in result.badges] == [(Held.POLICY, october(1))]
    assert outcome(harder, october(1), facts(log(1, 11, 60)), (former,)).badges == ()


def test_a_badge_kept_by_policy_is_lost_by_an_own_correction():
    harder = program(badges=badges(sixty=total(MINUTES, 90)))
    entries = log(1, 1, 60), log(2, 1, 20, at=12, supersedes=1), log(3, 12, 60)
    assert outcome(harder, october(1), facts(*entries), (Former(SIXTY, noon(10)),)).badges == ()


def test_a_badge_that_is_no_longer_offered_stays_with_those_who_held_it():
    result = outcome(program(), october(1), facts(log(1, 1, 60)), (Former(SIXTY, noon(10)),))
    assert [(one.badge.key, one.held) for one in result.badges] == [("sixty", Held.POLICY)]
    assert outcome(program(), october(1), facts(log(1, 1, 20)), (Former(SIXTY, noon(10)),)).badges == ()


def test_a_badge_that_is_no_longer_offered_is_not_among_those_to_win():
    result = outcome(program(), october(1), facts(log(1, 1, 20)), (Former(SIXTY, noon(10)),))
    assert (result.open, result.withdrawn) == ((), ())


def test_a_correction_after_the_change_wins_nothing_under_the_rules_that_stood_before():
    harder = program(badges=badges(sixty=total(MINUTES, 90)))
    entries = log(1, 1, 20), log(2, 1, 60, at=12, supersedes=1)
    assert outcome(harder, october(1), facts(*entries), (Former(SIXTY, noon(10)),)).badges == ()


def test_a_change_of_rules_undoes_no_completion_and_an_own_correction_does():
    easy = program(challenges=challenges(a=total(MINUTES, 20)))
    harder = program(challenges=challenges(a=total(MINUTES, 20), b=total(TITLES, 3)))
    former = (Former(easy, noon(10)),)
    kept = outcome(harder, october(1), facts(log(1, 2, 20)), former)
    assert (kept.completed_on, kept.completion.met_on) == (october(2), None)
    assert outcome(harder, october(1), facts(log(1, 2, 20), void(1, 11)), former).completed_on is None
    assert outcome(harder, october(1), facts(log(1, 11, 20)), former).completed_on is None
