"""What is true of activities and prompts: how often one counts, which code opens it, which entry answers it."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from engage.dates import spoken
from engage.errors import Refused
from engage.programs.book import Doing
from engage.programs.facts import ActivityFact, Facts, LogFact, first_of, standing
from engage.programs.rules import ActivityKind

LONGEST_ANSWER = 1_000


@dataclass(frozen=True)
class ActivityRule:
    """An activity as counting takes it.

    challenge: the key of the one that it belongs to. most: how often it counts in all, most_a_day on one day; 0 for
    without end. until: the last day on which it counted, where staff took it away.
    """

    key: str
    challenge: str
    title: str
    prompt: bool = False
    most: int = 1
    most_a_day: int = 1
    until: date | None = None


def doings(
    rules: Iterable[ActivityRule], facts: Facts, counts: Callable[[date], bool], ever: bool = False
) -> list[Doing]:
    """The activities and prompts that count, in order.

    A prompt counts on the day of the entry that now stands where the answer pointed, and an entry answers one prompt
    of a challenge (PRODUCT.md, section 4, rule 9). counts: whether a day lies in the run. ever: also what was taken
    back or corrected, and without caps: more than ever counted at one time.
    """
    known = {rule.key: rule for rule in rules}
    chains = _Chains(facts)
    found: list[tuple[date, int, ActivityRule, int | None]] = []
    for fact in facts.activities:
        rule = known.get(fact.activity)
        if rule is None or (fact.voided_at is not None and not ever):
            continue
        for on, root in chains.days_of(fact, ever) if rule.prompt else ((fact.on, None),):
            if counts(on) and (rule.until is None or on <= rule.until):
                found.append((on, fact.id, rule, root))
    found.sort(key=lambda each: each[:2])
    kept = found if ever else _within_caps(found)
    return [Doing(on, number, rule.key, rule.challenge, rule.prompt) for on, number, rule, _ in kept]


class _Chains:
    """Entries and what they were corrected to."""

    def __init__(self, facts: Facts) -> None:
        self.log = {fact.id: fact for fact in facts.log}
        self.of: dict[int, list[LogFact]] = {}
        self.stands: dict[int, LogFact] = {}
        if any(fact.entry is not None for fact in facts.activities):
            for fact in facts.log:
                self.of.setdefault(self.root(fact), []).append(fact)
            self.stands = {self.root(fact): fact for fact in standing(facts.entries())}

    def root(self, fact: LogFact) -> int:
        """The id of the entry that a chain began with."""
        return first_of(fact, self.log).id

    def days_of(self, fact: ActivityFact, ever: bool) -> Iterator[tuple[date, int]]:
        """The day on which a prompt is answered, with the root of the chain; with ever, all days it ever was."""
        entry = self.log.get(fact.entry) if fact.entry is not None else None
        if entry is None:
            return
        root = self.root(entry)
        if ever:
            yield from ((each.on, root) for each in self.of[root])
        elif root in self.stands:
            yield self.stands[root].on, root


def standing_in_place(entry: int, facts: Facts) -> LogFact | None:
    """What stands in the log where an entry was put, if anything: the entry, or what it was corrected to."""
    log = {fact.id: fact for fact in facts.log}
    if entry not in log:
        return None
    root = first_of(log[entry], log).id
    return next((fact for fact in standing(facts.entries()) if first_of(fact, log).id == root), None)


def roots_answered(facts: Facts, done: Collection[int]) -> set[int]:
    """All entries, with what they were corrected from and to, that answer prompts. done: ids of activities done."""
    log = {fact.id: fact for fact in facts.log}
    pointed = {fact.entry for fact in facts.activities if fact.id in done and fact.entry in log}
    roots = {first_of(log[entry], log).id for entry in pointed if entry is not None}
    return {fact.id for fact in facts.log if first_of(fact, log).id in roots}


def _within_caps(
    found: Iterable[tuple[date, int, ActivityRule, int | None]],
) -> Iterator[tuple[date, int, ActivityRule, int | None]]:
    """Those that count, the earliest first, where something was done more often than it counts."""
    had: dict[tuple[str, date | None], int] = {}
    answered: set[tuple[str, int]] = set()
    for on, number, rule, root in found:
        in_all, that_day = had.get((rule.key, None), 0), had.get((rule.key, on), 0)
        if (rule.most and in_all >= rule.most) or (rule.most_a_day and that_day >= rule.most_a_day):
            continue
        if root is not None and (rule.challenge, root) in answered:
            continue
        had[rule.key, None], had[rule.key, on] = in_all + 1, that_day + 1
        if root is not None:
            answered.add((rule.challenge, root))
        yield on, number, rule, root


def same_code(given: str, code: str) -> bool:
    """Whether somebody typed the code, in any case, with or without spaces and hyphens."""
    return bool(_bare(code)) and _bare(given) == _bare(code)


def _bare(code: str) -> str:
    return "".join(letter for letter in code.casefold() if letter.isalnum())


def check_doable(kind: ActivityKind, code: str, given: str, until: date | None, event: date | None, on: date) -> None:
    """Refuse an activity that is not done like this. The day itself: rules.check_day.

    code: the word that proves it. given: what was typed. until: the last day on which it counted. event: the day of
    what is attended. Raises Refused.
    """
    if until is not None and on > until:
        raise Refused("This is not asked for any more.")
    if event is not None and on < event:
        raise Refused(f"This is on {spoken(event)}. Come back then.", about="given")
    match kind:
        case ActivityKind.CODE | ActivityKind.ATTEND:
            if not given.strip():
                raise Refused("Type the code word.", about="given")
            if not same_code(given, code):
                raise Refused("That is not the code word. Look at it once more.", about="given")
        case ActivityKind.ANSWER:
            if not given.strip():
                raise Refused("Write your answer.", about="given")
            if len(given) > LONGEST_ANSWER:
                raise Refused(f"An answer has up to {LONGEST_ANSWER:,} letters.", about="given")


def check_caps(kind: ActivityKind, most: int, most_a_day: int, on: date, done: list[date]) -> None:
    """Refuse an activity that would count no more. done: the days on which it was done, in order. Raises Refused."""
    about = "given" if kind in (ActivityKind.CODE, ActivityKind.ATTEND) else None
    same_day = sum(day == on for day in done)
    if most and len(done) >= most:
        if kind in (ActivityKind.CODE, ActivityKind.ATTEND):
            raise Refused(f"You used this code on {spoken(done[0])} already. It counts.", about=about)
        if most == 1:
            raise Refused(f"You did this on {spoken(done[0])} already. It counts.", about=about)
        raise Refused(
            f"You did this {most} times, the first time on {spoken(done[0])}. That is all of it.", about=about
        )
    if most_a_day and same_day >= most_a_day:
        again = spoken(on + timedelta(days=1))
        times = "once" if most_a_day == 1 else f"{most_a_day} times"
        raise Refused(
            f"This counts {times} a day, and you did it on {spoken(on)}. Do it again on {again}.", about=about
        )
