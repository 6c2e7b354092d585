"""Codes of an authenticator app, and the codes that stand in for it. Sources: RFC 4226, RFC 6238; SAFETY.md, L1.

Pure: keys and moments in, codes out.
"""

import base64
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote

from engage.database.fields import ALPHABET

SECRET_BYTES = 20
STEP_SECONDS = 30
DIGITS = 6
# a clock may be one step off, either way
DRIFT = 1
RECOVERY_CODES = 10
RECOVERY_LETTERS = 10


def new_secret() -> bytes:
    """160 random bits, the length of the hash. Source: RFC 4226, section 4."""
    return secrets.token_bytes(SECRET_BYTES)


def step_of(moment: datetime) -> int:
    """The step that a moment falls in."""
    return int(moment.timestamp()) // STEP_SECONDS


def code_at(secret: bytes, step: int) -> str:
    """The six digits of a step. Source: RFC 4226, section 5.3."""
    digest = hmac.digest(secret, step.to_bytes(8), "sha1")
    at = digest[-1] & 0xF
    number = int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_with(secret: bytes, code: str, now: datetime, after: int) -> int | None:
    """The step whose code this is, about now and later than the last one taken; None where there is none."""
    plain = plain_code(code)
    found = None
    for step in range(step_of(now) - DRIFT, step_of(now) + DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), plain.encode()) and step > after:
            found = step
    return found


def typed_secret(secret: bytes) -> str:
    """The secret as one types it into an app: base32 in groups of four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def app_address(secret: bytes, login: str, school: str) -> str:
    """What the app's camera reads. Source: the key URI format that authenticator apps share."""
    label = quote(f"Engage {school}:{login}", safe="")
    issuer = quote(f"Engage {school}", safe="")
    return f"otpauth://totp/{label}?secret={base64.b32encode(secret).decode()}&issuer={issuer}"


def new_recovery_codes() -> list[str]:
    """Ten codes of 50 random bits, as they are shown: 7k2mq-x94dt."""
    every = ["".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LETTERS)) for _ in range(RECOVERY_CODES)]
    return [f"{code[:5]}-{code[5:]}" for code in every]


def plain_code(text: str) -> str:
    """A code without the blanks and strokes that people type into it."""
    return "".join(letter for letter in text.casefold() if letter.isascii() and letter.isalnum())[:40]
