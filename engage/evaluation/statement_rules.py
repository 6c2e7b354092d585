"""What is true of statements to outside systems: kinds of data, what each needs, when to send again, which days go.

Pure. Source: STANDARDS.md, 5.7, 5.8 and 7; SAFETY.md, P7 and P10.
"""

import hmac
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from engage.errors import Refused


class Speech(StrEnum):
    """How a receiver wants to be spoken to."""

    CALIPER = "caliper"
    XAPI = "xapi"

    @property
    def words(self) -> str:
        """As a page says it."""
        return {Speech.CALIPER: "Caliper 1.2", Speech.XAPI: "xAPI 1.0.3"}[self]


class Way(StrEnum):
    """How we show a receiver who we are."""

    BEARER = "bearer"
    BASIC = "basic"


class Data(StrEnum):
    """A kind of data that may go out."""

    USE = "use"
    LISTS = "lists"
    PROGRAMS = "programs"
    ASSIGNED = "assigned"
    LOG = "log"

    @property
    def words(self) -> str:
        """What it is, in a few words."""
        return WORDS[self][0]

    @property
    def explained(self) -> str:
        """What stands in it, and what does not."""
        return WORDS[self][1]

    @property
    def needs_agreement(self) -> bool:
        """Whether somebody has to have signed for it."""
        return self is not Data.USE

    @property
    def of_students(self) -> bool:
        """Whether each statement is about one student, under a pseudonym."""
        return self in (Data.PROGRAMS, Data.LOG)


WORDS = {
    Data.USE: (
        "How much the library is used",
        "Minutes of reading, viewing and listening of the whole school, for stretches of days in which at least ten "
        "students took part. Nobody is named, and no class and no title.",
    ),
    Data.LISTS: (
        "That a public list was opened",
        "The address of the list and when. By whom is not known, not even to us.",
    ),
    Data.PROGRAMS: (
        "Programs joined and completed",
        "One statement for each student and program, under a name that means something to this receiver only.",
    ),
    Data.ASSIGNED: (
        "That an assignment was given",
        "When. Not to which class, not by which teacher, and not which titles.",
    ),
    Data.LOG: (
        "Minutes of each student",
        "One statement for each student, day and mode, two days later, under a name that means something to this "
        "receiver only. No titles.",
    ),
}


class State(StrEnum):
    """Where a receiver stands."""

    NEW = "new"
    WORKS = "works"
    RESTS = "rests"
    STOPPED = "stopped"


class Waits(StrEnum):
    """Where one statement stands."""

    WAITING = "waiting"
    SENT = "sent"
    PARKED = "parked"
    EXPIRED = "expired"


AT_ONCE = 50
# a statement that was refused so often alone is set aside
REFUSALS = 3
# after so many refusals in one round, and nothing taken, it is not the statements that are wrong
ALL_REFUSED = 20
MOST_WAITING = 100_000
OLDEST = timedelta(days=30)
# what was sent is remembered for so long, so that looking twice at the diary makes nothing twice
REMEMBERED = timedelta(days=7)
GIVES_UP_AFTER = timedelta(hours=72)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
LONGEST_ASKED = timedelta(days=1)
# what was written down on a day (UTC) goes out once the next one is over: what is taken back at once is never told
SETTLES = timedelta(days=1)
FEWEST = 10
LONGEST_AGREEMENT = timedelta(days=366 * 5)


class Outcome(StrEnum):
    """What an answer means for what was sent."""

    TAKEN = "taken"
    LATER = "later"
    REFUSED = "refused"
    STOP = "stop"


REASONS = {
    400: "It was not understood.",
    401: "The key was not accepted. Look at it, or ask for a new one.",
    403: "The key may not do this. Ask whoever runs the receiver.",
    404: "There is nothing at this address. Look at it again.",
    405: "This address takes no statements. Look at it again.",
    409: "Another statement of this number is there already, with other words.",
    410: "The receiver is gone for good.",
    413: "It was too large.",
    415: "This address does not take what we send. Is it of the other kind?",
    422: "It was understood, and not taken.",
}


def outcome_of(status: int, speech: Speech, alone: bool) -> Outcome:
    """What a status means. alone: one statement was sent, and not several.

    409 says of one xAPI statement that it is there already; of several, that one of them is.
    """
    if 200 <= status < 300:
        return Outcome.TAKEN
    if status == 409 and speech is Speech.XAPI and alone:
        return Outcome.TAKEN
    if status in (408, 425, 429) or status >= 500:
        return Outcome.LATER
    if status in (400, 409, 413, 422):
        return Outcome.REFUSED
    return Outcome.STOP


def reason_of(status: int) -> str:
    """Why, in a sentence."""
    return REASONS.get(status, f"It answered {status}, which we cannot use.")


def pause_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: 1, 2, 4 ... 60 minutes."""
    doublings = min(max(failures - 1, 0), 10)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def asked_pause(header: str, now: datetime) -> timedelta | None:
    """The pause that an answer asked for in Retry-After, a second to a day; None where it is none."""
    text = header.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        wanted = timedelta(seconds=int(text))
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, IndexError):
            return None
        if at.tzinfo is None:
            return None
        wanted = at - now
    return min(max(wanted, timedelta(seconds=1)), LONGEST_ASKED)


def stable_id(secret_key: str, endpoint_key: str, fact: str) -> str:
    """The number of a statement, as a UUID: the same whenever it is made again of the same fact for the same receiver.

    It has the form of a random one (version 4), as Caliper asks, and tells nothing of the fact.
    """
    whole = hmac.digest(secret_key.encode(), f"statement/{endpoint_key}/{fact}".encode(), "sha256")
    return str(uuid.UUID(bytes=whole[:16], version=4))


def pseudonym(secret_key: str, endpoint_key: str, person_key: str) -> str:
    """A student as one receiver knows them: another for each receiver, and without the key nobody's."""
    return stable_id(secret_key, endpoint_key, f"student/{person_key}")


def settled_until(now: datetime) -> date:
    """The first day (UTC) of which not everything that was written down may go out yet."""
    return (now.astimezone(UTC) - SETTLES).date()


@dataclass(frozen=True)
class Logged:
    """What was written down on a day in one mode, after corrections: by whom, and how many minutes."""

    on: date
    people: frozenset[int]
    minutes: int


@dataclass(frozen=True)
class Span:
    """A stretch of days that may go out as one sum."""

    first: date
    last: date
    minutes: int


def spans_to_send(days: Sequence[Logged], fewest: int, over: date | None) -> list[Span]:
    """The stretches of days that may go out.

    days: those that have not gone yet, in order. over: the last day of the school year, where it is past. A stretch
    ends as soon as enough people stand behind it, and goes once the next one is whole as well: at the end of the year
    what is left over goes together with the last. So what was sent and a total of the year never differ by a small
    group (SAFETY.md, P10). A year with too few people sends nothing.
    """
    whole: list[Span] = []
    people: set[int] = set()
    minutes, first = 0, None
    for day in days:
        first = first or day.on
        people |= day.people
        minutes += day.minutes
        if len(people) >= fewest and minutes > 0:
            whole.append(Span(first, day.on, minutes))
            people, minutes, first = set(), 0, None
    if over is None or not whole:
        return whole[:-1]
    last = whole[-1]
    # corrections may outweigh what is left
    return [*whole[:-1], Span(last.first, over, max(last.minutes + minutes, 0))]


@dataclass(frozen=True)
class Signed:
    """An agreement on file: which kinds of data it covers, and from when until when."""

    id: int
    kinds: frozenset[Data]
    signed_on: date
    until: date
    made_at: datetime
    ended_at: datetime | None

    def covers(self, kind: Data, on: date) -> bool:
        """Whether it allows this kind of data to leave on a day."""
        return kind in self.kinds and self.signed_on <= on <= self.until and self.ended_at is None


def agreement_for(kind: Data, on: date, signed: Collection[Signed]) -> Signed | None:
    """The agreement under which a kind of data may leave on a day; None where there is none."""
    return next((one for one in signed if one.covers(kind, on)), None)


def may_leave(kinds: Collection[Data], on: date, signed: Collection[Signed]) -> list[Data]:
    """Of the kinds that are switched on those that may leave on a day."""
    return [kind for kind in kinds if not kind.needs_agreement or agreement_for(kind, on, signed)]


def check_agreement(kinds: Collection[Data], signed_on: date, until: date, today: date) -> None:
    """Refuse an agreement that could not be one. Raises Refused."""
    if not kinds:
        raise Refused("Choose what it covers.", about="kinds")
    if signed_on > today:
        raise Refused("It cannot be signed on a day to come.", about="signed_on")
    if until < today:
        raise Refused("It has run out already.", about="until")
    if until - signed_on > LONGEST_AGREEMENT:
        raise Refused("An agreement lasts five years at most. Sign a new one then.", about="until")


def check_receiver(name: str, way: Way, login: str, secret: str, speech: Speech) -> None:
    """Refuse what could never reach a receiver. Raises Refused."""
    if not name.strip():
        raise Refused("Give it a name: whoever reads this page wants to know who gets the data.", about="name")
    if speech is Speech.CALIPER and way is Way.BASIC:
        raise Refused("A Caliper receiver is shown a token.", about="way")
    if way is Way.BASIC and (not login.strip() or ":" in login):
        raise Refused("Write the user name, without a colon.", about="login")
    if any(not "!" <= letter <= "~" for letter in secret):
        raise Refused("A key has letters, numbers and signs only, and no blanks.", about="secret")


def halves(many: int) -> int:
    """Where to cut what was refused as a whole, to find what is wrong in it."""
    return (many + 1) // 2
