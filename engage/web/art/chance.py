"""Chance that falls the same way on every machine: a seed in words, bytes out."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Choice = TypeVar("Choice")


class Chance:
    """Bytes of SHA-256 of a seed, then of SHA-256 of the last digest, and so on.

    stands: where across the picture (0 to 1) the subject must stand, if that is not left to chance.
    Source: DESIGN-SYSTEM.md, section 7, rule 2.
    """

    def __init__(self, seed: str, stands: float | None = None) -> None:
        self.stands = stands
        self._digest = hashlib.sha256(seed.encode()).digest()
        self._eaten = 0

    def byte(self) -> int:
        """The next byte, 0 to 255."""
        if self._eaten == len(self._digest):
            self._digest = hashlib.sha256(self._digest).digest()
            self._eaten = 0
        self._eaten += 1
        return self._digest[self._eaten - 1]

    def between(self, low: float, high: float) -> float:
        """A number from low to high."""
        return low + (high - low) * self.byte() / 255

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """One of the choices."""
        return choices[self.byte() % len(choices)]

    def place(self, *shares: float) -> float:
        """Where across the picture the subject stands; a byte is eaten even when that is fixed."""
        picked = self.pick(shares)
        return self.stands or picked
