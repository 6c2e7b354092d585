"""When the time of something is over, by the limits of a school (SAFETY.md, P4)."""

from calendar import monthrange
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from engage.dates import school_year
from engage.people.register_rules import Kept, Limits


@dataclass(frozen=True)
class Over:
    """What is over at a school on a day.

    titles: free-choice titles of days before this one. programs: what was handed in for programs that ended before this
    day. Moments: what was begun, put down, or left before them.
    """

    today: date
    now: datetime
    titles: date
    programs: date
    shelf: datetime
    sessions: datetime
    audit: datetime
    left: datetime
    account: datetime
    first_month: int
    limits: Limits


def over(now: datetime, today: date, first_month: int, limits: Limits) -> Over:
    """What is over. first_month: in which the school year begins."""
    titles = titles_over(today, first_month, limits)
    return Over(
        today,
        now,
        titles,
        today - timedelta(days=limits.handed_in_days),
        now - (today - titles) if titles < today else now,
        now - timedelta(days=limits.session_days),
        _months_back(now, limits.audit_months),
        now - timedelta(days=limits.left_days),
        _months_back(now, limits.account_months),
        first_month,
        limits,
    )


def titles_over(today: date, first_month: int, limits: Limits) -> date:
    """The first day whose free-choice titles are still kept: those before it are over, by the year or by the months."""
    year = school_year(today, first_month)
    last = year.starts - timedelta(days=1)
    if today <= last + timedelta(days=limits.titles_days):
        year = school_year(last, first_month)
    return max(year.starts, months_back(today, limits.titles_months))


def months_back(day: date, months: int) -> date:
    """The same day so many months before, or the last one of a month that is too short."""
    number = day.year * 12 + day.month - 1 - months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _months_back(moment: datetime, months: int) -> datetime:
    return datetime.combine(months_back(moment.date(), months), moment.timetz())


def in_words(kept: Kept, limits: Limits) -> str:
    """For how long something is kept, with the school's own numbers."""
    return kept.value.format(**asdict(limits))
