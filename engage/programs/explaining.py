"""Why somebody holds a badge, what is missing for one, and why one was taken back, in plain sentences."""

from collections.abc import Iterator
from datetime import date

from engage.dates import Period, spoken
from engage.engagement.rules import Mode
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
    OwnAmount,
    Points,
    Shared,
    Total,
)
from engage.programs.counting import HeldBadge, WithdrawnBadge
from engage.programs.facts import ActivityFact, Count, GoalFact, VoidFact
from engage.programs.judging import Answer, ProgramRules
from engage.programs.rules import ROWS, Held, Unit, counted, named

DOING = {Mode.READING: "reading", Mode.VIEWING: "watching", Mode.LISTENING: "listening"}
PAST = {
    Unit.TITLES: "finished",
    Unit.DAYS: "took part on",
    Unit.ACTIVITIES: "did",
    Unit.PROMPTS: "answered",
    Unit.REVIEWS: "wrote",
}
DO = {Unit.TITLES: "Finish", Unit.DAYS: "Log on", Unit.ACTIVITIES: "Do", Unit.PROMPTS: "Answer", Unit.REVIEWS: "Write"}


def why(held: HeldBadge, program: ProgramRules) -> tuple[str, ...]:
    """Why the person holds a badge: what was asked for, what was done, and the day that met it."""
    if held.said:
        return held.said
    day = spoken(held.earned_on)
    match held.held:
        case Held.GRANTED:
            return (f"Your library gave you this badge on {day}. It adds nothing to your log.",)
        case Held.DELIVERED:
            return (f"You earned this badge on {day}. It has been handed to you, so it stays yours.",)
        case Held.POLICY:
            return (f"You earned this badge on {day}. What it asks for has changed since then, and it stays yours.",)
        case Held.EARNED:
            return tuple(_reasons(held.answer, program))


def standing_of(answer: Answer, program: ProgramRules, today: date, final: bool = False) -> tuple[str, ...]:
    """How a condition came to be met, or what the person can still do for it; where its result is final, what was done.

    Also where only its own days are over.
    """
    if answer.met_on is not None:
        return tuple(_reasons(answer, program))
    if final:
        return (f"You came to {_measure(answer, answer.amount)}; {_asked(answer.goal)}.",)
    return tuple(_to_do(answer, program, today))


def taken_back(badge: WithdrawnBadge) -> tuple[str, ...]:
    """Which change took a badge, when it had been earned, and the amounts before and after."""
    match badge.by:
        case GoalFact():
            act = "You set yourself another goal"
        case VoidFact(by_staff=True):
            act = "The library took an entry back"
        case VoidFact():
            act = "You took an entry back"
        case ActivityFact(by_staff=True):
            act = "The library took an activity back"
        case ActivityFact():
            act = "You took an activity back"
        case _:
            act = "You changed an entry"
    return (
        f"{act}, so the badge “{badge.badge.title}” is not yours at the moment.",
        f"You had earned it on {spoken(badge.earned_on)}.",
        *(
            f"You had {_measure(was, was.amount)}; now it is {now.amount:,} of {now.goal:,}."
            for was, now in differences(badge.before, badge.after)
        ),
    )


def differences(before: Answer, after: Answer) -> Iterator[tuple[Answer, Answer]]:
    """The conditions inside a rule that were met before and are not met after."""
    if before.met_on is None or after.met_on is not None:
        return
    if not before.parts:
        yield before, after
    for was, now in zip(before.parts, after.parts, strict=True):
        yield from differences(was, now)


def _reasons(answer: Answer, program: ProgramRules) -> Iterator[str]:
    assert answer.met_on is not None
    there = f"You got there on {spoken(answer.met_on)}."
    match answer.rule:
        case Done(key):
            yield f"You did the challenge “{_challenge(key, program)}” on {spoken(answer.met_on)}."
        case Holds(key):
            yield f"You hold the badge “{_badge(key, program)}” since {spoken(answer.met_on)}."
        case AtLeast(goal, parts):
            if goal < len(parts):
                yield f"Any {goal} of {len(parts)} things are enough. {there}"
            for part in answer.parts:
                if part.met_on is not None and part.met_on <= answer.met_on:
                    yield from _reasons(part, program)
        case Total(Count(of=of), 1) if of and (title := _activity(of, program)):
            yield f"You did “{title}” on {spoken(answer.met_on)}."
        case Total(Count(unit), goal, window):
            verb = PAST.get(unit, "logged")
            yield f"You {verb} {_measure(answer, answer.amount)}{_within(window)}; {_asked(goal)}. {there}"
        case OwnAmount(Count(unit)):
            verb = PAST.get(unit, "logged")
            yield f"You {verb} {_measure(answer, answer.amount)}; your own goal was {answer.goal:,}. {there}"
        case InARow():
            yield f"Your longest row was {_measure(answer, answer.amount)}; {_asked(answer.goal)}. {there}"
        case Card() | Lines():
            yield f"You filled {_measure(answer, answer.amount)}; {_asked(answer.goal)}. {there}"
        case Shared():
            yield f"You added {_measure(answer, answer.amount)}. {there}"
        case FromList():
            yield f"You finished {_measure(answer, answer.amount)}; {_asked(answer.goal)}. {there}"
        case Points(goal):
            yield f"You have {_measure(answer, answer.amount)}; {_asked(goal)}. {there}"
        case ChallengesDone(goal):
            yield f"You did {_measure(answer, answer.amount)}; {_asked(goal)}. {there}"
        case BadgesHeld(goal):
            yield f"You hold {_measure(answer, answer.amount)}; {_asked(goal)}. {there}"


def _to_do(answer: Answer, program: ProgramRules, today: date) -> Iterator[str]:
    if answer.met_on is not None:
        return
    more = answer.goal - answer.amount
    match answer.rule:
        case Total(_, _, window) if window is not None and window.ends < today:
            yield f"This counted {_days(window)}. That time is over."
        case Total(Count(of=of), 1) if of and (title := _activity(of, program)):
            yield f"Do “{title}”."
        case OwnAmount(Count(unit)):
            yield f"{DO.get(unit, 'Log')} {_measure(answer, more, ' more')} to reach your own goal."
        case InARow():
            yield f"Take part {_measure(answer, answer.goal)}. Your longest row so far is {answer.amount:,}."
        case Card() | Lines():
            yield f"Fill {_measure(answer, more, ' more')}."
        case Shared():
            yield f"Everybody adds to it; you have added {_measure(answer, answer.amount)}."
        case Total(Count(unit, minimum=minimum), _, window):
            verb = DO.get(unit, "Log")
            least = f" with {counted(minimum, Unit.MINUTES)} or more" if minimum else ""
            yield f"{verb} {_measure(answer, more, ' more')}{least}{_within(window)}."
        case FromList():
            yield f"Finish {_measure(answer, more, ' more')}{', in its order' if answer.rule.in_order else ''}."
        case Points():
            yield f"Get {_measure(answer, more, ' more')}."
        case Done(key):
            part = answer.parts[0] if answer.parts else answer
            yield f"Do the challenge “{_challenge(key, program)}”. You are at {part.amount:,} of {part.goal:,}."
        case Holds(key):
            yield f"Earn the badge “{_badge(key, program)}”."
        case ChallengesDone():
            yield f"Do {_measure(answer, more, ' more')}."
        case BadgesHeld():
            yield f"Earn {_measure(answer, more, ' more')}."
        case AtLeast():
            left = [part for part in answer.parts if part.met_on is None]
            if more < len(left):
                yield f"Do any {more} of these."
            for part in left:
                yield from _to_do(part, program, today)


def _measure(answer: Answer, number: int, more: str = "") -> str:
    """A number of what a rule counts: "60 minutes of reading", "2 more titles from the list"."""
    match answer.rule:
        case Total(Count(unit, modes)) | OwnAmount(Count(unit, modes)) | Shared(Count(unit, modes)):
            return measured(Count(unit, modes), number, more)
        case InARow(unit=row):
            return f"{number:,}{more} {named(number, ROWS[row])} in a row"
        case Card(blackout=True):
            return f"{number:,}{more} {named(number, Unit.SQUARES)}"
        case Card() | Lines():
            return f"{number:,}{more} {named(number, Unit.LINES)}"
        case FromList():
            return f"{number:,}{more} {'title' if number == 1 else 'titles'} from the list"
        case Points():
            return f"{number:,}{more} {'point' if number == 1 else 'points'}"
        case BadgesHeld() | Holds():
            return f"{number:,}{more} {'badge' if number == 1 else 'badges'}"
        case ChallengesDone() | Done():
            return f"{number:,}{more} {'challenge' if number == 1 else 'challenges'}"
        case AtLeast():
            return f"{number:,}{more} {'thing' if number == 1 else 'things'}"


def measured(count: Count, number: int, more: str = "") -> str:
    """A number of what is counted in the log: "60 minutes of reading", "2 more titles by watching or listening"."""
    doing = [DOING[mode] for mode in Mode if count.modes is not None and mode in count.modes]
    by = " by " if count.unit is Unit.TITLES else " of "
    return f"{number:,}{more} {named(number, count.unit)}{by + ' or '.join(doing) if doing else ''}"


def _asked(goal: int) -> str:
    return f"{goal:,} {'was' if goal == 1 else 'were'} asked for"


def _within(window: Period | None) -> str:
    return f" {_days(window)}" if window is not None else ""


def _days(window: Period) -> str:
    if window.starts == window.ends:
        return f"on {spoken(window.starts)}"
    return f"from {spoken(window.starts)} to {spoken(window.ends)}"


def _challenge(key: str, program: ProgramRules) -> str:
    return next((one.title for one in program.challenges if one.key == key), "one that is gone")


def _badge(key: str, program: ProgramRules) -> str:
    return next((one.title for one in program.badges if one.key == key), "one that is gone")


def _activity(key: str, program: ProgramRules) -> str:
    return next((one.title for one in program.activities if one.key == key), "")
