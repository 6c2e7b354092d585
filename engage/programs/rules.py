"""What is true of programs and the log: kinds, phases, limits, and what may be logged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from engage.dates import spoken
from engage.errors import Refused


class ProgramKind(StrEnum):
    """What sort of program it is."""

    SUMMER = "summer reading"
    YEAR = "school year"
    READATHON = "readathon"
    BATTLE = "battle of the books"
    VOTING = "award voting"
    THOUSAND = "1000 books"
    OWN = "own"


class ProgramState(StrEnum):
    """Whether readers see a program."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Phase(StrEnum):
    """Where a published program stands on a day. ANNOUNCED: readers see that it will come, and cannot join yet."""

    ANNOUNCED = "announced"
    JOINING = "joining"
    RUNNING = "running"
    CATCHING_UP = "catching up"
    CLOSED = "closed"


class Credit(StrEnum):
    """Which entries count for somebody who joins late: all inside the dates, or those from the day of joining."""

    OPENING = "opening"
    JOINING = "joining"


class ChallengeKind(StrEnum):
    """What a challenge asks for.

    An amount of one unit; titles of a list; a bingo card; activities or prompts to do; a row of days, school days or
    weeks; an amount that the student sets; an amount that a class or the school reaches together.
    """

    AMOUNT = "amount"
    LIST = "list"
    BINGO = "bingo"
    ACTIVITIES = "activities"
    PROMPTS = "prompts"
    STREAK = "streak"
    OWN_GOAL = "own goal"
    CLASS_GOAL = "class goal"
    SCHOOL_GOAL = "school goal"


class ActivityKind(StrEnum):
    """How an activity is done: said to be, by a code word, by an answer, by being there, by something in the log."""

    TICK = "tick"
    CODE = "code"
    ANSWER = "answer"
    ATTEND = "attend"
    PROMPT = "prompt"


class Unit(StrEnum):
    """What a challenge counts. One unit each; units are never converted.

    MEASURED are those of an amount; COUNTABLE those of a total in an award rule. The others belong to one kind of
    challenge: lines and squares to a bingo card, school days and weeks to a row.
    """

    MINUTES = "minutes"
    PAGES = "pages"
    TITLES = "titles"
    DAYS = "days"
    SESSIONS = "sessions"
    CHAPTERS = "chapters"
    ACTIVITIES = "activities"
    PROMPTS = "prompts"
    REVIEWS = "reviews"
    LINES = "lines"
    SQUARES = "squares"
    SCHOOL_DAYS = "school days"
    WEEKS = "weeks"


class StreakUnit(StrEnum):
    """What a row is counted in."""

    DAY = "day"
    SCHOOL_DAY = "school day"
    WEEK = "week"


class Ending(StrEnum):
    """How an entry left its resource: in the middle, finished, or stopped, which is no shame."""

    NONE = ""
    FINISHED = "finished"
    STOPPED = "stopped"


class Feeling(StrEnum):
    """How it was. Nobody else sees it, and nothing follows from it."""

    NO = "no"
    OK = "ok"
    LIKED = "liked"
    LOVED = "loved"

    @classmethod
    def words(cls) -> dict["Feeling", str]:
        """What each is called."""
        return {cls.NO: "Not for me", cls.OK: "It was OK", cls.LIKED: "I liked it", cls.LOVED: "I loved it"}


class Held(StrEnum):
    """Why a person holds a badge: earned, given by staff, or kept although the rule is no longer met."""

    EARNED = "earned"
    GRANTED = "granted"
    DELIVERED = "delivered"
    POLICY = "kept by policy"


ENTERED = (Unit.MINUTES, Unit.PAGES, Unit.CHAPTERS, Unit.SESSIONS)
MEASURED = (Unit.MINUTES, Unit.PAGES, Unit.TITLES, Unit.DAYS, Unit.SESSIONS, Unit.CHAPTERS)
COUNTABLE = (*MEASURED, Unit.ACTIVITIES, Unit.PROMPTS, Unit.REVIEWS)
SHARED = (ChallengeKind.CLASS_GOAL, ChallengeKind.SCHOOL_GOAL)
MINUTES_A_DAY = 1_440
SENT_BEFORE = "This page was sent before, with something else on it. Is this one more?"
MOST_CHALLENGES = 20
MOST_BADGES = 40
LARGEST = 100_000
# days after which a title may count again
LONGEST_WAIT = 366
BACKDATING = 7
CATCHING_UP = 7
GRACE_A_WEEK = 1
ONE = {
    Unit.MINUTES: "minute",
    Unit.PAGES: "page",
    Unit.TITLES: "title",
    Unit.DAYS: "day",
    Unit.SESSIONS: "session",
    Unit.CHAPTERS: "chapter",
    Unit.ACTIVITIES: "activity",
    Unit.PROMPTS: "prompt",
    Unit.REVIEWS: "review",
    Unit.LINES: "line",
    Unit.SQUARES: "square",
    Unit.SCHOOL_DAYS: "school day",
    Unit.WEEKS: "week",
}
ROWS = {StreakUnit.DAY: Unit.DAYS, StreakUnit.SCHOOL_DAY: Unit.SCHOOL_DAYS, StreakUnit.WEEK: Unit.WEEKS}


@dataclass(frozen=True)
class Limit:
    """What one unit of one entry may be. None: no limit.

    warns: above this, the person is asked once. entry: the most of one entry. day: the most of one person and day.
    """

    warns: int | None = None
    entry: int | None = None
    day: int | None = None


@dataclass(frozen=True)
class Strictest(Limit):
    """The least of each limit of several programs. entry_in, day_in: the title of the program whose it is.

    "" where it is no program's, or one of which whoever logs is not told.
    """

    entry_in: str = ""
    day_in: str = ""

    def with_limit(self, limit: Limit, title: str) -> "Strictest":
        """The same with those limits of one more program that are stricter."""
        entry, day = _is_less(limit.entry, self.entry), _is_less(limit.day, self.day)
        return Strictest(
            limit.warns if _is_less(limit.warns, self.warns) else self.warns,
            limit.entry if entry else self.entry,
            limit.day if day else self.day,
            title if entry else self.entry_in,
            title if day else self.day_in,
        )


def _is_less(one: int | None, other: int | None) -> bool:
    return one is not None and (other is None or one < other)


def counted(number: int, unit: Unit) -> str:
    """A number with its unit in words: "1 minute", "1,200 pages"."""
    return f"{number:,} {named(number, unit)}"


def so_far(amount: int, goal: int, unit: Unit) -> str:
    """How far somebody is, in words: "40 of 100 minutes", and past the goal "Done, 163 minutes by now"."""
    return f"Done, {counted(amount, unit)} by now" if amount > goal else f"{amount:,} of {counted(goal, unit)}"


def named(number: int, unit: Unit) -> str:
    """A unit as it is called beside a number: "minute", "pages"."""
    return ONE[unit] if number == 1 else unit.value


def frozen_on(ends: date | None, catching_up: int) -> date | None:
    """The last day on which entries may still change the result; None where the program has no end."""
    return None if ends is None else ends + timedelta(days=catching_up)


def frozen_at(ends: date | None, catching_up: int, zone: str) -> datetime | None:
    """The moment at which the result becomes final: the end of frozen_on in the school's zone."""
    last = frozen_on(ends, catching_up)
    if last is None:
        return None
    return datetime.combine(last + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


def phase(starts: date, ends: date | None, catching_up: int, today: date, opens: date | None = None) -> Phase:
    """Where a published program stands today. opens: the day from which one may join, if not from publishing."""
    last = frozen_on(ends, catching_up)
    if ends is not None and last is not None and today > ends:
        return Phase.CATCHING_UP if today <= last else Phase.CLOSED
    if today >= starts:
        return Phase.RUNNING
    return Phase.ANNOUNCED if opens is not None and today < opens else Phase.JOINING


def check_run(starts: date, ends: date | None) -> None:
    """Refuse a program whose days are in the wrong order. Raises Refused."""
    if ends is not None and ends < starts:
        raise Refused("A program cannot end before it starts.", about="ends")


def check_changeable(now: Phase) -> None:
    """Refuse to change the terms of a program whose result is final. Raises Refused."""
    if now is Phase.CLOSED:
        raise Refused("This program is over, and its result stays as it is. Start a new one instead.")


def check_challenge(unit: Unit, goal: int, minimum: int, others: int, items: int | None, required: int) -> None:
    """Refuse a challenge that asks for nothing, or for more than there is.

    others: how many challenges the program has besides. items: how many things stand on the list of a list challenge,
    None for an amount. required: how many of those have to be among them.
    Raises Refused.
    """
    if others >= MOST_CHALLENGES:
        raise Refused(f"A program holds up to {MOST_CHALLENGES} challenges.")
    if not 1 <= goal <= LARGEST:
        raise Refused("A goal is a whole number, 1 or more.", about="goal")
    if not 0 <= minimum <= MINUTES_A_DAY:
        raise Refused(f"A day has 0 to {MINUTES_A_DAY:,} minutes.", about="minimum")
    if items is None:
        return
    if unit is not Unit.TITLES:
        raise Refused("A list challenge counts titles.", about="unit")
    if not items:
        raise Refused("This list is empty. Put something on it first.", about="curated")
    if goal > items:
        raise Refused(f"The list has {counted(items, Unit.TITLES)}; ask for as many or fewer.", about="goal")
    if required > items:
        raise Refused("A title that has to be done is not on the list.", about="required")


def check_joinable(state: ProgramState, now: Phase) -> None:
    """Refuse to enrol somebody in a program that is not offered or is over. Raises Refused."""
    if state is not ProgramState.PUBLISHED:
        raise Refused("This program is not open at the moment.")
    if now in (Phase.CATCHING_UP, Phase.CLOSED):
        raise Refused("This program is over. Look for the next one on the programs page.")


def check_program_publishable(state: ProgramState, challenges: int, introduction: str) -> None:
    """Refuse to publish a program in which there is nothing to do. Raises Refused."""
    if state is ProgramState.PUBLISHED:
        raise Refused("This program is published already.")
    if not challenges:
        raise Refused("Add a challenge first, so that there is something to do.")
    if not introduction.strip():
        raise Refused("Write a sentence or two that invite people in.", about="introduction")


def check_day(
    on: date,
    today: date,
    starts: date | None = None,
    ends: date | None = None,
    backdating: int = BACKDATING,
    reason: str = "",
) -> None:
    """Refuse a day that an entry may not stand on.

    starts, ends: the run of the program that is logged in, if any. backdating: how many days back a person may go.
    reason: why staff place an entry further back; with one, only the future and the run itself are refused.
    Source: PRODUCT.md, section 4, rule 3; SAFETY.md, I5.
    Raises Refused.
    """
    if on > today:
        raise Refused("That day has not come yet. Pick today or a day before it.", about="on")
    if starts is not None and on < starts:
        verb = "starts" if starts > today else "started"
        raise Refused(f"This program {verb} on {spoken(starts)}. Pick that day or a later one.", about="on")
    if ends is not None and on > ends:
        raise Refused(f"This program ended on {spoken(ends)}. Pick that day or one before it.", about="on")
    earliest = today - timedelta(days=backdating)
    if on < earliest and not reason.strip():
        raise Refused(f"You can log back to {spoken(earliest)}. Ask in the library about days before it.", about="on")


def check_loggable(
    amounts: Mapping[Unit, int],
    ending: Ending,
    title: str,
    same_day: Mapping[Unit, int] | None = None,
    limits: Mapping[Unit, Strictest] | None = None,
) -> None:
    """Refuse an entry that says nothing or too much. The day itself: check_day.

    amounts: what the entry says, by unit; units it does not speak of are absent. title: the resource's or as typed.
    same_day: what the person's other entries of that day come to. limits: the settings of the programs that it is for.
    Raises Refused, with how much would fit.
    """
    if ending is not Ending.NONE and not title.strip():
        raise Refused("Tell us what it was called.", about="title")
    if not amounts and ending is Ending.NONE:
        raise Refused("Tell us for how long, or that you finished it.", about="minutes")
    for unit, amount in amounts.items():
        if unit not in ENTERED:
            raise Refused(f"The {unit.value} are counted for you.", about=unit.value)
        if type(amount) is not int or not 1 <= amount <= LARGEST:
            raise Refused(f"{unit.value.capitalize()} must be a whole number, 1 or more.", about=unit.value)
        _check_fits(unit, amount, (same_day or {}).get(unit, 0), (limits or {}).get(unit, Strictest()))


def _check_fits(unit: Unit, amount: int, before: int, limit: Strictest) -> None:
    if limit.entry is not None and amount > limit.entry:
        most = counted(limit.entry, unit)
        one = f"The program “{limit.entry_in}” takes up to {most} in one entry."
        raise Refused(one if limit.entry_in else f"One entry holds up to {most}.", about=unit.value)
    least = limit
    if unit is Unit.MINUTES:
        least = limit.with_limit(Limit(day=MINUTES_A_DAY), "")
    if least.day is not None and before + amount > least.day:
        room, most = max(0, least.day - before), counted(least.day, unit)
        fits = f"{counted(room, unit)} would still fit." if room else "That day is full."
        holds = f"A day holds up to {most}; this one"
        if least.day_in:
            holds = f"The program “{least.day_in}” takes up to {most} a day; this day"
        raise Refused(f"{holds} has {before:,} already. {fits}", about=unit.value)


def doubts(amounts: Mapping[Unit, int], limits: Mapping[Unit, Limit]) -> tuple[str, ...]:
    """Questions to ask once before an unusually large entry is kept; none if nothing is unusual."""
    return tuple(
        f"{counted(amount, unit)} is a lot for one entry. Is that right?"
        for unit, amount in amounts.items()
        if (warns := limits.get(unit, Limit()).warns) is not None and amount > warns
    )
