"""What a student reads about a badge."""

from engage.programs import explaining
from engage.programs.awards import AtLeast, BadgesHeld, ChallengesDone, Done, FromList, Holds, Listed, Points
from engage.programs.counting import Former, outcome
from engage.programs.facts import Count, DeliveryFact, GrantFact
from engage.programs.judging import Challenge, PointsRule
from engage.programs.rules import Unit
from tests.programs.facts import (
    DAYS,
    LISTENING,
    MINUTES,
    READING,
    TITLES,
    badges,
    counted,
    facts,
    finish,
    log,
    noon,
    october,
    program,
    total,
    void,
)


def rules(rule, **more):
    listed = FromList(2, (Listed(7), Listed(8)))
    return program(
        badges=badges(Lantern=rule, First=total(MINUTES, 1)),
        challenges=(Challenge("five", "Any five", listed), Challenge("long", "Long reads", total(MINUTES, 600))),
        points=(PointsRule(Count(MINUTES), 20, 1),),
        **more,
    )


def why(rule, *them):
    one = rules(rule)
    return explaining.why(next(b for b in counted(one, *them).badges if b.badge.key == "Lantern"), one)


def missing(rule, *them, today=20):
    one = rules(rule)
    badge = next(b for b in counted(one, *them).open if b.badge.key == "Lantern")
    return explaining.standing_of(badge.answer, one, october(today))


def test_a_badge_says_what_was_done_what_was_asked_for_and_when():
    assert why(total(MINUTES, 60, READING), log(1, 2, 64)) == (
        "You logged 64 minutes of reading; 60 were asked for. You got there on Friday 2 October.",
    )
    assert why(total(TITLES, 1, LISTENING, READING), finish(1, 2, 7)) == (
        "You finished 1 title by reading or listening; 1 was asked for. You got there on Friday 2 October.",
    )
    assert why(total(DAYS, 2, days=(1, 7)), log(1, 2, 5), log(2, 3, 5)) == (
        "You took part on 2 days from Thursday 1 October to Wednesday 7 October; 2 were asked for. "
        "You got there on Saturday 3 October.",
    )


def test_a_badge_for_other_things_names_them():
    entries = finish(1, 2, 7, minutes=20), finish(2, 3, 8, minutes=20)
    assert why(Done("five"), *entries) == ("You did the challenge “Any five” on Saturday 3 October.",)
    assert why(Holds("First"), *entries) == ("You hold the badge “First” since Friday 2 October.",)
    assert why(Points(2), *entries)[0].startswith("You have 2 points; 2 were asked for.")
    assert why(ChallengesDone(1), *entries)[0].startswith("You did 1 challenge; 1 was asked for.")
    assert why(BadgesHeld(1), *entries)[0].startswith("You hold 1 badge; 1 was asked for.")


def test_a_badge_for_some_of_several_things_tells_those_that_gave_it():
    rule = AtLeast(2, (total(MINUTES, 20), total(TITLES, 1), total(DAYS, 9)))
    assert why(rule, log(1, 1, 20), finish(2, 4, 7)) == (
        "Any 2 of 3 things are enough. You got there on Sunday 4 October.",
        "You logged 20 minutes; 20 were asked for. You got there on Thursday 1 October.",
        "You finished 1 title; 1 was asked for. You got there on Sunday 4 October.",
    )


def test_a_badge_that_was_given_or_kept_says_so():
    assert why(total(MINUTES, 60), GrantFact("Lantern", october(3), noon(3))) == (
        "Your library gave you this badge on Saturday 3 October. It adds nothing to your log.",
    )
    assert why(total(MINUTES, 60), log(1, 1, 60), DeliveryFact("Lantern", october(2), noon(2)), void(1, 3)) == (
        "You earned this badge on Thursday 1 October. It has been handed to you, so it stays yours.",
    )
    harder = rules(total(MINUTES, 90))
    result = outcome(harder, october(1), facts(log(1, 1, 60)), (Former(rules(total(MINUTES, 60)), noon(2)),))
    (text,) = explaining.why(next(b for b in result.badges if b.badge.key == "Lantern"), harder)
    assert text.endswith("What it asks for has changed since then, and it stays yours.")


def test_what_is_missing_is_something_to_do():
    assert missing(total(MINUTES, 60, LISTENING), log(1, 1, 48, LISTENING)) == ("Log 12 more minutes of listening.",)
    assert missing(total(MINUTES, 60), log(1, 1, 59)) == ("Log 1 more minute.",)
    assert missing(total(TITLES, 3), finish(1, 1, 7)) == ("Finish 2 more titles.",)
    assert missing(total(DAYS, 3, minimum=10)) == ("Log on 3 more days with 10 minutes or more.",)
    assert missing(total(Unit.PAGES, 10, days=(20, 22))) == (
        "Log 10 more pages from Tuesday 20 October to Thursday 22 October.",
    )
    assert missing(total(Unit.PAGES, 10, days=(19, 19))) == ("This counted on Monday 19 October. That time is over.",)
    assert missing(Points(2), log(1, 1, 20)) == ("Get 1 more point.",)
    assert missing(Holds("First")) == ("Earn the badge “First”.",)
    assert missing(BadgesHeld(1)) == ("Earn 1 more badge.",)
    assert missing(ChallengesDone(1)) == ("Do 1 more challenge.",)
    assert missing(Done("five"), finish(1, 1, 7)) == ("Do the challenge “Any five”. You are at 1 of 2.",)


def test_what_is_missing_of_several_things_is_only_what_is_left():
    parts = (total(MINUTES, 20), total(TITLES, 1), total(DAYS, 9))
    assert missing(AtLeast(3, parts), log(1, 1, 20)) == ("Finish 1 more title.", "Log on 8 more days.")
    assert missing(AtLeast(2, parts), log(1, 1, 20)) == (
        "Do any 1 of these.",
        "Finish 1 more title.",
        "Log on 8 more days.",
    )


def test_a_badge_taken_back_is_explained_kindly_and_says_how_to_get_it_back():
    one = rules(AtLeast(2, (total(MINUTES, 60), total(DAYS, 1))))
    entries = log(1, 1, 30), log(2, 4, 32)

    def sentences(*change):
        result = counted(one, *entries, *change)
        (back,) = [each for each in result.open if each.badge.key == "Lantern"]
        return explaining.taken_back(result.withdrawn[0]) + explaining.standing_of(back.answer, one, october(10))

    assert sentences(log(3, 4, 10, at=7, supersedes=2)) == (
        "You changed an entry, so the badge “Lantern” is not yours at the moment.",
        "You had earned it on Sunday 4 October.",
        "You had 62 minutes; now it is 40 of 60.",
        "Log 20 more minutes.",
    )
    assert sentences(void(2, 5))[0].startswith("You took an entry back, so")
    assert sentences(void(2, 5, by_staff=True))[0].startswith("The library took an entry back, so")


def test_a_badge_taken_back_through_a_challenge_tells_the_amounts_of_the_challenge():
    one = rules(Done("five"))
    result = counted(one, finish(1, 1, 7), finish(2, 2, 8), void(2, 3))
    assert explaining.taken_back(result.withdrawn[0])[2:] == ("You had 2 titles from the list; now it is 1 of 2.",)


def test_no_sentence_shouts():
    texts = [*missing(total(MINUTES, 60)), *why(total(MINUTES, 60), log(1, 1, 60))]
    assert all("!" not in text and text.endswith(".") for text in texts)
