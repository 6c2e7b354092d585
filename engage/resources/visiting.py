"""How a source is visited politely: when next, when no longer, when it has moved, and how it is, in words.

Sources: SAFETY.md, section 0 "schedule", F4 and I4; STANDARDS.md, 2.3 and 2.4.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime

from engage.resources.rules import SourceState
from feeds import Feed

LEAST = timedelta(minutes=15)
MOST = timedelta(hours=24)
USUAL_MINUTES = 60
INTERVALS = {
    15: "15 minutes",
    30: "half an hour",
    60: "hour",
    180: "3 hours",
    360: "6 hours",
    720: "12 hours",
    1440: "day",
}
MODES = {"": "As each entry says", "reading": "Reading", "viewing": "Viewing", "listening": "Listening"}

FIRST_BACK_OFF = timedelta(hours=1)
LONGEST_BACK_OFF = timedelta(hours=24)
FAILURES = 10
LEAST_ASKED, MOST_ASKED = timedelta(hours=1), timedelta(days=2)

LEASE = timedelta(seconds=120)
DAYS_TO_MOVE = 3
GONE = 410
VALIDATORS_LAST = timedelta(days=14)
NOW_AN_HOUR = 5
SOURCES = 500

MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})\b", re.IGNORECASE)
STATUSES = {
    401: "The site wants a password, which Engage does not have.",
    403: "The site does not let Engage in.",
    404: "The site says that there is nothing at this address.",
    GONE: "The site says that this feed has ended for good.",
    429: "The site asks to be visited less often.",
}


def next_visit(
    now: datetime,
    minutes: int,
    failures: int,
    asked: timedelta | None = None,
    quiet: timedelta = timedelta(),
) -> datetime:
    """When to visit again.

    minutes: what the specialist chose. failures: how many visits in a row were in vain, this one included.
    asked: the Retry-After of a refusal. quiet: how long the feed itself says that it will not change.
    """
    if not failures:
        return now + min(max(timedelta(minutes=minutes), LEAST, quiet), MOST)
    wait = min(FIRST_BACK_OFF * (1 << min(failures - 1, 10)), LONGEST_BACK_OFF)
    if asked is not None:
        wait = max(wait, min(max(asked, LEAST_ASKED), MOST_ASKED))
    return now + wait


def state_after(failures: int, status: int | None) -> SourceState:
    """Whether the source is still visited. A 404 alone never retires it: video channels give it in waves."""
    if status == GONE:
        return SourceState.RETIRED
    return SourceState.PAUSED if failures >= FAILURES else SourceState.ACTIVE


def retry_after(header: str, now: datetime) -> timedelta | None:
    """What a Retry-After asks for, in seconds or as a date; None where it cannot be read."""
    text = header.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return timedelta(seconds=int(text))
    try:
        moment = parsedate_to_datetime(text)
        return max(moment - now, timedelta()) if moment.tzinfo else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def quiet_for(headers: Mapping[str, str], ttl_minutes: int | None) -> timedelta:
    """How long a feed asks to be left alone, by Cache-Control or its own ttl."""
    found = MAX_AGE.search(headers.get("cache-control", ""))
    age = timedelta(seconds=int(found[1])) if found else timedelta()
    return max(age, timedelta(minutes=ttl_minutes or 0))


def quiet_until_awake(feed: Feed, now: datetime, minutes: int, headers: Mapping[str, str]) -> timedelta:
    """How long to leave a feed alone, so that the next visit does not fall into hours that it asks to be skipped."""
    quiet = max(quiet_for(headers, feed.ttl_minutes), timedelta(minutes=minutes), LEAST)
    return feed.awake_from(now + quiet) - now


def is_first_of_day(before: datetime | None, now: datetime) -> bool:
    """Whether a visit is the first of its day, by UTC, and not the first of all. before: when the one before it was."""
    return before is not None and before.date() != now.date()


def rest_of(feed: Feed) -> str:
    """When a feed asks to be left alone, to be remembered while its site says that nothing has changed; "" if never."""
    hours, days = (",".join(map(str, numbers)) for numbers in (feed.skip_hours, feed.skip_days))
    return f"{feed.ttl_minutes or 0};{hours};{days}" if feed.ttl_minutes or hours or days else ""


def resting(rest: str) -> Feed:
    """A feed of which nothing is known but when it asks to be left alone."""
    if not rest:
        return Feed()
    minutes, hours, days = ([int(number) for number in part.split(",") if number] for part in rest.split(";"))
    return Feed(ttl_minutes=minutes[0], skip_hours=tuple(hours), skip_days=tuple(days))


def left_out_sentence(feed: Feed) -> str:
    """What the specialist should know of a page that holds more entries than are taken at once; "" if it does not."""
    return f"It holds {feed.left_out:,} older entries besides, which are not taken." if feed.left_out else ""


def status_sentence(status: int) -> str:
    """What an answer that is no feed means, for the specialist."""
    if status in STATUSES:
        return STATUSES[status]
    if 500 <= status < 600:
        return f"The site has trouble of its own at the moment (it answers {status})."
    return f"The site answers in a way that Engage does not understand ({status})."


@dataclass(frozen=True)
class Move:
    """Where permanent redirects lead. seen: on how many different days. on: the latest of them."""

    to: str = ""
    seen: int = 0
    on: date | None = None


def moved(before: Move, permanent_url: str | None, today: date) -> Move:
    """What is known about a move after one more answer; visits that disagree begin anew."""
    if permanent_url is None:
        return Move()
    if permanent_url != before.to:
        return Move(permanent_url, 1, today)
    return before if before.on == today else Move(before.to, before.seen + 1, today)


def has_moved(move: Move) -> bool:
    """Whether enough visits agree for the stored address to change."""
    return move.seen >= DAYS_TO_MOVE


@dataclass(frozen=True)
class Health:
    """How a source is. tone: good, wait, warn or bad. sentence: goes on after the source's name; why: stands alone."""

    tone: str
    sentence: str
    why: str = ""


def health(
    state: SourceState,
    failures: int,
    problem: str,
    last_visit: datetime | None,
    last_good: datetime | None,
    now: datetime,
) -> Health:
    """How a source is, in words for the specialist."""
    if state is SourceState.SUGGESTED:
        return Health("wait", "is suggested.", "Engage visits it once you say yes.")
    if state is SourceState.RETIRED and not failures:
        return Health("wait", "was removed.", "What was decided about its entries is kept.")
    if state is SourceState.RETIRED:
        return Health("bad", "has ended.", "The site says so, and Engage no longer visits it.")
    if state is SourceState.PAUSED:
        if not failures:
            return Health("wait", "is paused.")
        return Health("bad", f"was paused after {failures} visits in vain.", problem)
    if last_visit is None:
        return Health("wait", "waits for its first visit.")
    if failures:
        since = f"has not answered for {spell(now - last_good)}." if last_good else "has never answered properly."
        return Health("warn", since, problem)
    return Health("good", f"answered {spell(now - last_visit)} ago." if now > last_visit else "answered just now.")


def spell(length: timedelta) -> str:
    """A length of time in its largest unit: "6 days", "an hour"."""
    for unit, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if length >= size:
            number = length // size
            return f"{number} {unit}s" if number > 1 else f"{'an' if unit == 'hour' else 'a'} {unit}"
    return "a moment"
