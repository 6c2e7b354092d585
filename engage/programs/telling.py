"""What a student is told after an act on the log: what it came to, what was won, and, kindly, what was taken back."""

from collections.abc import Iterable

from engage.programs.entries import Kept
from engage.programs.explaining import taken_back
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


def told(kept: Kept, act: str, slug: str = "") -> list[tuple[str, str]]:
    """Sentences with the kind of message that each is.

    act: one of FIRST. slug: the program whose count is told first, where the act was done in one.
    """
    return told_of(kept.changes, act, slug)


def told_of(changed: Iterable[Change], act: str, slug: str) -> list[tuple[str, str]]:
    """The same of what an act changed."""
    changes = sorted(changed, key=lambda change: change.terms.program["slug"] != slug)
    sentences = [FIRST[act], *([moved] if (moved := _moved(changes)) else [])]
    for change in changes:
        sentences += [f"You did the challenge “{title}”." for title, *_, done in change.moved if done]
        sentences += [f"You earned the badge “{title}”." for title in change.earned]
        if change.completed:
            sentences.append(f"That completes {change.terms.program['title']}.")
    lost = [(" ".join(taken_back(badge)), "care") for change in changes for badge in change.lost]
    return [(" ".join(sentences), "done"), *lost][:3]


def _moved(changes: list[Change]) -> str:
    """That makes 7 of 10 days: of the first challenge that moved and is not done, else of the first that moved."""
    moved = [each for change in changes for each in change.moved]
    for _, unit, amount, goal, _ in sorted(moved, key=lambda each: each[2] > each[3]):
        return f"That makes {amount:,} of {goal:,} {unit}." if amount <= goal else f"That makes {amount:,} {unit}."
    return ""
