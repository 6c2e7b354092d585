"""The state of a program in words, for those who run it; pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from engage.dates import spoken
from engage.programs.joining_rules import PHASE_WORDS, opens_on, phase_of
from engage.programs.rules import Phase, ProgramState, frozen_on

KINDS = {Phase.CLOSED: "info", Phase.CATCHING_UP: "warn"}


def state_of(program: Mapping[str, Any], zone: str, today: date) -> dict[str, Any]:
    """phase: Phase or None. word, tag: the state in a word and how it is coloured. sentence: what happens next.

    group: "now", "draft" or "past", for the desk.
    """
    now = phase_of(program, zone, today)
    if program["state"] == ProgramState.DRAFT:
        return _said(None, "Draft", "", _draft(program), "draft")
    if program["state"] == ProgramState.ARCHIVED:
        return _said(None, "Put away", "warn", "Nobody sees it. What students did in it stays theirs.", "past")
    if program["announced"] is not None and today < program["announced"]:
        return _said(now, "Published", "info", f"Readers see it from {spoken(program['announced'])}.", "now")
    group = "past" if now is Phase.CLOSED else "now"
    return _said(now, PHASE_WORDS[now], KINDS.get(now, "good"), _next(program, now, zone), group)


def _said(now: Phase | None, word: str, tag: str, sentence: str, group: str) -> dict[str, Any]:
    return {"phase": now, "word": word, "tag": tag, "sentence": sentence, "group": group}


def _draft(program: Mapping[str, Any]) -> str:
    return f"Nobody but its staff sees it. It is planned from {spoken(program['starts'])}."


def _next(program: Mapping[str, Any], now: Phase, zone: str) -> str:
    """What happens next, and when."""
    ends = program["ends"]
    match now:
        case Phase.ANNOUNCED:
            opens = opens_on(program, zone)
            return f"Readers see that it comes. Joining opens on {spoken(opens or program['starts'])}."
        case Phase.JOINING:
            return f"Students can join. It starts on {spoken(program['starts'])}."
        case Phase.RUNNING if ends is None:
            return f"It runs since {spoken(program['starts'])} and has no end."
        case Phase.RUNNING:
            return f"It runs to {spoken(ends)}."
    last = frozen_on(ends, program["catching_up"])
    assert last is not None, "only what ends can be over"
    if now is Phase.CATCHING_UP:
        return f"It ended on {spoken(ends)}. Days up to then can be logged until {spoken(last)}."
    return f"It ended on {spoken(ends)}. The result is final since the end of {spoken(last)}."


def told_of(program: Mapping[str, Any], zone: str, today: date) -> dict[str, Any]:
    """phase, and in words: what the state means for whoever may take part."""
    now = phase_of(program, zone, today)
    opens = opens_on(program, zone)
    last = frozen_on(program["ends"], program["catching_up"])
    words = {
        Phase.ANNOUNCED: f"You can join from {spoken(opens or program['starts'])}",
        Phase.JOINING: "You can join now",
        Phase.RUNNING: "",
        Phase.CATCHING_UP: f"It is over. You can still log its days until {spoken(last)}" if last else "",
        Phase.CLOSED: "It is over",
    }
    return {"phase": now, "words": "You take part" if program["enrolled"] else words[now]}
