"""Secrets: staff passwords, a student's four pictures and PIN, kept so that nobody can read them back."""

import asyncio
import re
import secrets
from collections.abc import Sequence
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engage.errors import Refused
from engage.people import sealing

# Argon2id, 19 MiB, 2 passes, 1 lane, at most 4 at once. Source: SAFETY.md, L1
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
AT_ONCE = 4
SHORTEST = 15
SHORTEST_OF_TWO = 8
LONGEST_BYTES = 1024

# what a student signs in with: 4 of these 12, in order, repeats allowed (L4); each is named as its icon is
PICTURES = (
    "bird", "fish", "cat", "rabbit", "boat", "rocket",
    "bicycle", "umbrella", "tree", "flower-tulip", "butterfly", "cactus",
)  # fmt: skip
PICTURE_COUNT = 4

COMMON = (
    "password", "passwort", "letmein", "welcome", "qwerty", "asdfgh", "iloveyou", "sunshine", "princess", "football",
    "baseball", "library", "librarian", "teacher", "student", "school", "engage", "reading", "monkey", "dragon",
    "abc123", "123456", "admin", "changeme", "secret",
)  # fmt: skip


def check_password(password: str, about: Sequence[str] = (), *, two: bool = False) -> None:
    """Refuse a password that is short or easily guessed. about: the person's and the school's own words.

    two: whether a code of an app is asked for besides. Raises Refused. Source: SAFETY.md, L1: 15 characters alone, 8
    with a second factor, no composition rules, a blocklist.
    """
    least = SHORTEST_OF_TWO if two else SHORTEST
    if len(password) < least:
        raise Refused(f"Use at least {least} characters. A few words in a row are easy to keep.", about="password")
    if len(password.encode()) > LONGEST_BYTES:
        raise Refused("That is longer than we can take. Use up to 128 characters.", about="password")
    left = re.sub(r"[\W\d_]+", "", password.casefold())
    for word in sorted({*COMMON, *(part.casefold() for text in about for part in text.split())}, key=len, reverse=True):
        if len(word) > 2:
            left = left.replace(word, "")
    # what is left when the common words are gone must still be worth guessing
    if len(set(left)) < 5:
        raise Refused("That is too easy to guess. Use words that have nothing to do with the school.", about="password")


def choose_pictures() -> tuple[str, ...]:
    """Four pictures for a student, chosen by chance: one of 20,736."""
    return tuple(secrets.choice(PICTURES) for _ in range(PICTURE_COUNT))


def picture_secret(pictures: Sequence[str], person_key: str, secret_key: str) -> str:
    """What is hashed for four pictures: keyed outside the database, since so few could be tried one by one (L5)."""
    return sealing.keyed(secret_key, person_key, "/".join(pictures))


def pin_secret(pin: str, person_key: str, secret_key: str) -> str:
    """The same for a PIN."""
    return sealing.keyed(secret_key, f"{person_key}/pin", pin)


@cache
def _gate() -> dict[asyncio.AbstractEventLoop, asyncio.Semaphore]:
    return {}


def _room() -> asyncio.Semaphore:
    loop = asyncio.get_running_loop()
    gates = _gate()
    if loop not in gates:
        gates.clear()
        gates[loop] = asyncio.Semaphore(AT_ONCE)
    return gates[loop]


async def hashed(secret: str) -> str:
    """What is kept of a secret."""
    async with _room():
        return await asyncio.to_thread(HASHER.hash, secret)


async def fits(secret: str, kept: str) -> bool:
    """Whether a secret is the one that was kept; it takes the same time where nothing was kept."""
    if len(secret.encode()) > LONGEST_BYTES:
        return False
    async with _room():
        return await asyncio.to_thread(_verify, secret, kept or _nobodys(), bool(kept))


@cache
def _nobodys() -> str:
    return HASHER.hash(secrets.token_hex(16))


def _verify(secret: str, kept: str, real: bool) -> bool:
    try:
        HASHER.verify(kept, secret)
    except (VerificationError, InvalidHashError):
        return False
    return real
