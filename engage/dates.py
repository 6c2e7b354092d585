"""The calendar of the library: moments in UTC, days in the school's own time zone."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

AT_HOME = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles"),
    *("America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico", "Pacific/Guam"),
)
# when people are at work in a school, from Monday to Friday
OPENS, CLOSES = time(7), time(18)
LONGEST_CLOSED = timedelta(days=14)
AREAS = frozenset({"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"})


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def today(zone: str) -> date:
    """The day on which a school's wall calendar stands.

    zone: the school's IANA time zone, "America/New_York".
    """
    return on(now(), zone)


@cache
def zones() -> list[str]:
    """The time zones that a school may be in, by their IANA names: those of the United States first."""
    every = sorted(zone for zone in available_timezones() if zone.partition("/")[0] in AREAS)
    return [*AT_HOME, *(zone for zone in every if zone not in AT_HOME)]


def is_zone(zone: str) -> bool:
    """Whether this is the IANA name of a time zone, also one that is not offered."""
    return zone in available_timezones()


def on(moment: datetime, zone: str) -> date:
    """The school's calendar day of a moment."""
    return moment.astimezone(ZoneInfo(zone)).date()


def moment(day: date, clock: time, zone: str) -> datetime:
    """The moment at which a school's calendar and clock show this; in the hour that spring skips, an hour later."""
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)


def clock_of(at: datetime, zone: str) -> time:
    """What a school's clock shows at a moment, to the minute."""
    return at.astimezone(ZoneInfo(zone)).time().replace(second=0, microsecond=0)


def closed_since(at: datetime, zone: str, off: Collection[date]) -> datetime | None:
    """Since when it has been outside school hours at a moment, at most LONGEST_CLOSED; None within them.

    off: days on which the school is closed, besides Saturdays and Sundays.
    """
    day, clock = on(at, zone), clock_of(at, zone)
    if _is_school_day(day, off) and OPENS <= clock < CLOSES:
        return None
    if clock < CLOSES:
        day -= timedelta(days=1)
    first = on(at - LONGEST_CLOSED, zone)
    while day > first and not _is_school_day(day, off):
        day -= timedelta(days=1)
    return moment(day, CLOSES, zone)


def _is_school_day(day: date, off: Collection[date]) -> bool:
    return day.weekday() < 5 and day not in off


def end_of(day: date, zone: str) -> datetime:
    """The moment at which a school's day is over."""
    return moment(day + timedelta(days=1), time(), zone)


def last_day(end: datetime, zone: str) -> date:
    """The day that is over at this moment: the other way round of end_of."""
    return on(end - timedelta(seconds=1), zone)


@cache
def days_that_never_were(zone: str, year: int) -> frozenset[date]:
    """The days of a year that a place passed over: Samoa went from 29 to 31 December 2011."""
    every = Period(date(year, 1, 1), date(year, 12, 31)).days()
    return frozenset(day for day in every if on(moment(day, time(12), zone), zone) != day)


@dataclass(frozen=True)
class Period:
    """Days from starts to ends, both ends included."""

    starts: date
    ends: date

    def __contains__(self, day: date) -> bool:
        return self.starts <= day <= self.ends

    def days(self) -> Iterator[date]:
        """Each day of the period, in order."""
        for number in range((self.ends - self.starts).days + 1):
            yield self.starts + timedelta(days=number)


def school_year(day: date, first_month: int = 8) -> Period:
    """The school year that a day falls in, from the first of first_month to the day before it comes round again."""
    start = day.year if day.month >= first_month else day.year - 1
    return Period(date(start, first_month, 1), date(start + 1, first_month, 1) - timedelta(days=1))


def year_name(period: Period) -> str:
    """How a school year is written in addresses and headings: "2026-27"."""
    return f"{period.starts.year}-{period.ends.year % 100:02d}"


def month_end(month: date) -> date:
    """The last day of a month that begins on this day."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def spoken(day: date) -> str:
    """A day as it is said to a student: "Friday 14 November"."""
    return f"{day:%A} {day.day} {day:%B}"
