"""What a student is told after an act on the log: what it came to, what was won, and, kindly, what was taken back."""

from collections.abc import Iterable, Iterator
from datetime import date

from engage.programs.entries import Kept
from engage.programs.explaining import taken_back
from engage.programs.rules import Credit
from engage.programs.settling import Change

FIRST = {
    "log": "Logged.",
    "finish": "Stamped.",
    "correct": "Changed.",
    "void": "Taken out of your log.",
    "restore": "Back in your log.",
    "do": "Done.",
    "undo": "Taken back.",
    "goal": "That is your own goal now.",
}


def told(kept: Kept, act: str, slug: str = "", on: date | None = None) -> list[tuple[str, str]]:
    """Sentences with the kind of message that each is.

    act: one of FIRST. slug: the program whose count is told first, where the act was done in one. on: the day of what
    was logged in it.
    """
    return told_of(kept.changes, act, slug, on)


def told_of(changed: Iterable[Change], act: str, slug: str, on: date | None = None) -> list[tuple[str, str]]:
    """The same of what an act changed."""
    changes = sorted(changed, key=lambda change: change.terms.program["slug"] != slug)
    sentences = [FIRST[act], *_too_early(changes, slug, on), *([moved] if (moved := _moved(changes, slug)) else [])]
    for change in changes:
        sentences += [f"You did the challenge “{title}”." for title, *_, done in change.moved if done]
        sentences += [f"You earned the badge “{title}”." for title in change.earned]
        if change.completed:
            sentences.append(f"That completes {change.terms.program['title']}.")
    lost = [(" ".join(taken_back(badge)), "care") for change in changes for badge in change.lost]
    return [(" ".join(sentences), "done"), *lost][:3]


def _too_early(changes: list[Change], slug: str, on: date | None) -> Iterator[str]:
    """That what was logged in a program does not count there, since it is of a day before the student joined."""
    for change in changes:
        of, days = change.terms.program, {entry.on for entry in change.outcome.entries}
        if of["slug"] == slug and of["credit"] == Credit.JOINING and on is not None and on not in days:
            yield f"It stands in your log. {of['title']} counts from the day on which you joined."


def _moved(changes: list[Change], slug: str) -> str:
    """That makes 7 of 10 days: of the first challenge that moved and is not done, else of the first that moved.

    Where it might be taken for another program's, its program is named.
    """
    moved = [(change, each) for change in changes for each in change.moved]
    for change, (_, unit, amount, goal, _) in sorted(moved, key=lambda pair: pair[1][2] > pair[1][3]):
        of = change.terms.program
        where = f" in {of['title']}" if len(changes) > 1 and of["slug"] != slug else ""
        return f"That makes {amount:,} {f'of {goal:,} ' if amount <= goal else ''}{unit}{where}."
    return ""
