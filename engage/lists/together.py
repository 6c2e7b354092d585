"""Whose words stand when two people write at once: nobody's are lost, and only a true collision asks."""

import hashlib
from dataclasses import dataclass


def one_form(text: str) -> str:
    """Text as it is kept: lines end in one way, nothing blank around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def print_of(text: str) -> str:
    """A fingerprint of words as they stood when somebody began to change them; it travels in the form."""
    return hashlib.sha256(one_form(text).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Settled:
    """Which words stand. clash: both wrote something new; then `text` is what stands and nobody's words are lost."""

    text: str
    clash: bool = False


def settled(seen: str, mine: str, now: str) -> Settled:
    """Whose words stand: those of the one who changed something, and a clash where both did.

    seen: print_of the words that the writer began from. mine: what they sent. now: what stands by now.
    """
    mine, now = one_form(mine), one_form(now)
    if mine == now or print_of(mine) == seen:
        return Settled(now)
    return Settled(mine) if print_of(now) == seen else Settled(now, clash=True)


@dataclass(frozen=True)
class Clash:
    """Words that two people changed at once. key: of the item, or the name of the field; mine were not kept."""

    key: str
    label: str
    mine: str
    theirs: str
