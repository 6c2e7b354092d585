"""What is here when a roster comes, and what the roster would make of it: plain facts, from no table and to none."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engage.people import roster_rules as rules
from engage.people.roster_rules import Outcome


@dataclass(slots=True)
class KnownPerson:
    """Somebody who is here. roles: at this school. elsewhere: whether they have a role at another school, too."""

    id: int
    name: str
    letter: str
    grade: int | None
    active: bool
    roles: set[str] = field(default_factory=set)
    login: str | None = None
    email: str = ""
    elsewhere: bool = False


@dataclass(slots=True)
class KnownClass:
    """A class that is here. returns: a roster ended it, so one may go on with it; what a person ended stays ended."""

    id: int
    name: str
    grade: int | None
    ended: bool
    returns: bool = False


@dataclass(slots=True)
class KnownMember:
    """Somebody in a class. by_roster: a file put them there, and not a person."""

    id: int
    until: date | None
    by_roster: bool


@dataclass
class Known:
    """What is here. person_ids: by hash, whom it stands for and what the roster made of them; class_ids likewise.

    logins: of the staff, by login and by e-mail: whose it is, 0 where it is taken by somebody who cannot be meant.
    """

    today: date
    first_month: int = 8
    people: dict[int, KnownPerson] = field(default_factory=dict)
    person_ids: dict[str, tuple[int, str]] = field(default_factory=dict)
    classes: dict[int, KnownClass] = field(default_factory=dict)
    class_ids: dict[str, int] = field(default_factory=dict)
    members: dict[tuple[int, int, str], KnownMember] = field(default_factory=dict)
    logins: dict[str, int] = field(default_factory=dict)


@dataclass
class Plan:
    """What would come of a roster: rows of the preview in their order, how many stay as they are, and the shares.

    counts: rows of the file by table. shares: by kind of thing how many were known to the roster, and how many of
    those would leave or end, because a whole file misses them or because a file says so.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    same: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    shares: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def asks(self) -> bool:
        """Whether so many would leave or end that somebody has to say yes."""
        return any(rules.needs_yes(known, gone) for known, gone in self.shares.values())

    def count(self, outcome: Outcome) -> int:
        """How many rows have an outcome."""
        return sum(row["outcome"] is outcome for row in self.rows)


def pieces(rows: list[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """Rows in pieces."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
