"""What is true of paper sheets and of entries made for others: weeks, codes, and how much one batch holds."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from engage.dates import spoken
from engage.errors import Refused

# no letters or digits that a child's handwriting makes one of: 0 and O, 1 and I and L, 5 and S, 2 and Z, U and V
LETTERS = "34679ACDEFGHJKMNPQRTWXY"
CODE_LENGTH = 6
MOST_STUDENTS = 60
MOST_ENTERED = 60


@dataclass(frozen=True)
class Week:
    """Monday to Sunday, as a sheet covers it."""

    first: date

    @property
    def last(self) -> date:
        """The day for which its total is entered (rule 23)."""
        return self.first + timedelta(days=6)

    @property
    def words(self) -> str:
        """ "2 November to 8 November"."""
        return f"{self.first.day} {self.first:%B} to {self.last.day} {self.last:%B}"


def week_of(day: date) -> Week:
    """The week in which a day lies."""
    return Week(day - timedelta(days=day.weekday()))


def day_of_total(week: Week, ends: date | None) -> date:
    """The day for which a week's total is entered: its last day, or the program's if that comes first."""
    return week.last if ends is None else min(week.last, ends)


def new_code() -> str:
    """A short code for a sheet, easy to read out and to type: 23 to the power of 6, some 148 million.

    It opens nothing: only staff who may log for its student can enter it.
    """
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))


def plain_code(text: str) -> str:
    """A code as it is kept, however it was typed."""
    return "".join(letter for letter in text.upper() if letter.isalnum())[:12]


def spelled(code: str) -> str:
    """A code as it is printed: 3A7-CD4."""
    return f"{code[:3]}-{code[3:]}"


def check_over(on: date, today: date) -> None:
    """Refuse a total of a week that is not over. Raises Refused."""
    if on > today:
        raise Refused(f"This week ends on {spoken(on)}. Enter its sheets then.", about="week")


def check_some(number: int, most: int, what: str) -> None:
    """Refuse a batch of nothing or of too much. what: "students". Raises Refused."""
    if not number:
        raise Refused(f"Choose the {what} first.", about="students")
    if number > most:
        raise Refused(f"Up to {most} {what} at once.", about="students")


def check_once(codes: Sequence[str]) -> None:
    """Refuse a sheet that was typed twice at once: nobody knows which of the two is meant. Raises Refused."""
    twice = next((code for place, code in enumerate(codes) if code in codes[:place]), None)
    if twice is not None:
        raise Refused(f"{spelled(twice)} stands here twice. Keep one of the two lines.")
