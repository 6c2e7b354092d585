"""Dates and lengths as feeds write them."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from feeds.model import LONGEST

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # source: STANDARDS.md 2.1, "Dates"
_AHEAD = timedelta(days=1)
_ISO = re.compile(
    r"(\d{4})-(\d\d)(?:-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(Z|z|[+-]\d\d(?::?\d\d)?)?)?)?"
)
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2})(?:\.\d+)?")


def moment(text: str) -> datetime | None:
    """A moment in UTC, from RFC 3339 or RFC 822 writing; None if it is neither. No zone is UTC."""
    text = text.strip()[:100]
    try:
        return _iso(text) or _mail(text)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def believable(at: datetime | None, now: datetime) -> datetime | None:
    """The moment, unless it lies before 1990 or more than a day ahead of now."""
    return at if at is not None and EARLIEST <= at <= now + _AHEAD else None


def seconds(text: str) -> int | None:
    """How long an episode lasts: "3723", "62:03" or "1:02:03". None if it is unreadable or nothing."""
    text = text.strip()[:20]
    clock = _CLOCK.fullmatch(text)
    if clock:
        hours, minutes, rest = (int(part or 0) for part in clock.groups())
        return lasting(hours * 3600 + minutes * 60 + rest)
    plain = re.fullmatch(r"(\d{1,9})(?:\.\d+)?", text)
    return lasting(int(plain[1])) if plain else None


def lasting(number: object) -> int | None:
    """A number of seconds that something may last, whole; None for nothing and for more than a month."""
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number <= LONGEST:
        return None
    return round(number) or None


def _iso(text: str) -> datetime | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    at = datetime(year, month, day or 1, hour, minute, min(second, 59), tzinfo=UTC)
    zone = found[7]
    if zone and zone not in "Zz":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        at = at + away if zone[0] == "-" else at - away
    return at


def _mail(text: str) -> datetime | None:
    at = parsedate_to_datetime(text)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
