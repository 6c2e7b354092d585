"""How the register of what is held is written: tables, columns, how a person is taken out of each (SAFETY.md, P9)."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Erase(StrEnum):
    """What becomes of a row, or of the column that names somebody, when that person is erased."""

    ROW = "the row goes"
    EMPTY = "the row stays, without the person"
    STAND_IN = "the row stays for the totals, under a stand-in who is nobody"
    FOLLOWS = "the row goes or stays with the row that it belongs to"
    HIDDEN = "the hash is replaced by one that is nobody's"


class ErasureState(StrEnum):
    """How far an erasure is: somebody asked, it was not done, it is going on, it is over."""

    ASKED = "asked"
    REFUSED = "refused"
    BEGUN = "begun"
    DONE = "done"


class Topic(StrEnum):
    """What a table is about, as the public page says it."""

    ACCOUNT = "Who you are here"
    SIGN_IN = "How you sign in"
    LOG = "What you read, watch and hear"
    PROGRAMS = "Programs, badges and prizes"
    WRITING = "What you write for others"
    ASKING = "What you ask the library for"
    STAFF = "What staff do"
    PRIVACY = "What was done about privacy itself"
    COUNTS = "Counts without names"
    LIBRARY = "The library itself"
    OUTSIDE = "What goes to other systems"

    @property
    def seen(self) -> str:
        """Who sees it, in plain words. Source: SAFETY.md, section 2 and P2."""
        return SEEN[self]


SEEN = {
    Topic.ACCOUNT: "You, your teachers and the school's admins. The librarian who runs a program sees who is in it.",
    Topic.SIGN_IN: "You see where you are signed in. Your teachers and the school's admins see if you have a card, "
    "pictures or a PIN and on which day you last signed in, and can end it. A password, pictures and a PIN: nobody.",
    Topic.LOG: "The titles: only you; one that you hand in, also those whom the page named before. Minutes, days and "
    "what is done: also your teachers, and the librarian who runs a program that you joined. An admin sees titles only "
    "by the two-person rule below.",
    Topic.PROGRAMS: "You, your teachers, and the librarian who runs the program.",
    Topic.WRITING: "First the people of the school who approve it. Then those it is for, under a name from a list.",
    Topic.ASKING: "You, and the people who run the library.",
    Topic.STAFF: "The staff who work on the same thing; what was changed of others' data also the school's admins.",
    Topic.PRIVACY: "The school's admins, and the librarian or admin who was the second person.",
    Topic.COUNTS: "The staff of the school, and nobody where fewer than five people stand behind a number.",
    Topic.OUTSIDE: "The receivers that are named at the end of this page, if there are any, and the admins of the "
    "school and the district.",
    Topic.LIBRARY: "Whoever may see the list or the page that it stands on.",
}


class Kept(StrEnum):
    """For how long something is kept, as a sentence with the school's own numbers in it (Limits)."""

    LIBRARY = "As long as the library keeps it. It says nothing of a person."
    NUMBER = "It is a number with no name, and stays."
    TITLES = (
        "Until {titles_days} days after the school year, {titles_months} months at most. "
        "After that a title is only a number."
    )
    HANDED_IN = (
        "Until {handed_in_days} days after the program has ended, or the work was due; where neither has an end, as "
        "long as titles that you chose."
    )
    READ = (
        "Until {handed_in_days} days after a teacher opened it; what none has opened, as long as titles that you chose."
    )
    LEFT = "Until {left_days} days after you have left the school; then the numbers are nobody's."
    GONE = "Until {left_days} days after you have left the school; then it is deleted."
    ACCOUNT = "As long as you are at the school, and {account_months} months after that."
    SESSION = "Until you sign out, {session_days} days at most."
    SHORT = "Two days."
    TRIES = "Seven days. It names nobody."
    ASKED = "Your name: until 60 days after the answer, 13 months at most."
    WRITING = "As long as it is shown, without you once you have left. What was turned down: 30 days."
    AUDIT = "{audit_months} months."
    STAFF = "As long as the thing that it belongs to; who did it until {account_months} months after they have left."
    FAMILY = "Until it ends, and a day after that."
    DAY = "A day."
    ROSTER = "Until the roster is brought in or given up, a week at most."
    ROSTER_BACK = "A week after the roster was brought in, or until it is taken back."
    MOVE = "Until it is decided, 30 days at most."
    PROOF = "{audit_months} months, without the name of whoever was erased."
    YEAR = "Until {left_days} days after the school year; after that the days are nobody's."
    JOBS = "Seven days. It names nobody."
    OUTBOX = "Until it was sent, 30 days at most. Its number a week longer, without what was in it."


@dataclass(frozen=True)
class Limits:
    """How long a school keeps things. The values here are the longest that there may be (SAFETY.md, section 0 and P4).

    titles_days: days after the end of the school year until free-choice titles are numbers; titles_months: months after
    the day they are about at the latest. handed_in_days: days after a program's end until what was handed in for it
    goes. left_days: days after a student has left until the counts are nobody's; account_months: until the account
    itself is erased. session_days, audit_months: for how long sign-ins and the audit are kept.
    """

    titles_days: int = 30
    titles_months: int = 13
    handed_in_days: int = 60
    left_days: int = 60
    account_months: int = 12
    session_days: int = 30
    audit_months: int = 12


LONGEST = Limits()

Exporter = Callable[[int, int], Awaitable[list[dict[str, Any]]]]
Eraser = Callable[[int, int], Awaitable[object]]


@dataclass(frozen=True)
class Reference:
    """A column that says of whom a row is, or who did it.

    tells: what the export of this person shows of the row. blanks: what is emptied with the column. path: how the row
    is found by a person's id, where that is not the column itself. done: the person acted; the row is about something
    else. leaving: what becomes of it when the person leaves the school, where that is not what erasing does.
    """

    column: str
    erase: Erase
    tells: tuple[str, ...]
    blanks: tuple[str, ...] = ()
    path: str = ""
    done: bool = False
    leaving: Erase | None = None

    @property
    def where(self) -> str:
        """The name under which the ORM finds the rows of a person."""
        return self.path or self.column


def about(
    column: str, erase: Erase, tells: str, *, blanks: str = "", path: str = "", leaving: Erase | None = None
) -> Reference:
    """Whose row it is. tells, blanks: names of columns with blanks between."""
    return Reference(column, erase, tuple(tells.split()), tuple(blanks.split()), path, leaving=leaving)


def done_by(column: str, tells: str) -> Reference:
    """Who of the staff, or whoever else, did it: the row is the library's, the name goes with the person."""
    return Reference(column, Erase.EMPTY, tuple(tells.split()), done=True)


@dataclass(frozen=True)
class Column:
    """One column of the register. exporter, eraser: in words, "" for what is not of a person."""

    table: str
    name: str
    personal: bool
    purpose: str
    kept: Kept
    exporter: str
    eraser: str


@dataclass(frozen=True)
class Table:
    """One table of the register.

    plain: columns that say nothing of a person. secret: columns of a person that are never handed out, such as hashes
    of passwords. exporter: gives the rows of (school, person) where a reference alone cannot. eraser: does to (school,
    person) what the references alone cannot, before they are followed.
    """

    name: str
    topic: Topic
    kept: Kept
    purpose: str
    plain: str
    references: tuple[Reference, ...] = ()
    secret: str = ""
    exporter: Exporter | None = field(default=None, compare=False)
    eraser: Eraser | None = field(default=None, compare=False)

    @property
    def personal(self) -> frozenset[str]:
        """The columns that say something of a person."""
        told = {name for one in self.references if not one.done for name in (*one.tells, *one.blanks)}
        return frozenset(told | {one.column for one in self.references} | set(self.secret.split()))

    @property
    def columns(self) -> frozenset[str]:
        """Every column that the register knows of the table."""
        return self.personal | frozenset(self.plain.split())

    def entries(self) -> Iterator[Column]:
        """The table, column by column."""
        secret = set(self.secret.split())
        for name in sorted(self.columns):
            of = [one for one in self.references if name in (one.column, *one.tells, *one.blanks) and not one.done]
            of = of or [one for one in self.references if name == one.column]
            taken = "never handed out, it is a secret" if name in secret else ""
            taken = taken or (f"table {self.name} of the export" if of or name in self.personal else "")
            gone = str(of[0].erase) if of else str(Erase.ROW) if name in secret else ""
            yield Column(self.name, name, name in self.personal, self.purpose, self.kept, taken, gone)


Register = Sequence[Table]


def check_limits(wanted: Limits, now: Limits) -> dict[str, str]:
    """What is wrong with new limits, by field: they may get shorter and never longer (ADM02)."""
    wrong: dict[str, str] = {}
    for name in Limits.__dataclass_fields__:
        new, old = getattr(wanted, name), getattr(now, name)
        if new > old:
            wrong[name] = f"This can only get shorter. It is {old} now."
        elif new < LEAST[name]:
            wrong[name] = f"At least {LEAST[name]}."
    return wrong


LEAST = {
    "titles_days": 0,
    "titles_months": 1,
    "handed_in_days": 0,
    "left_days": 0,
    "account_months": 1,
    "session_days": 1,
    "audit_months": 6,
}
