"""What is true of rosters: their words for roles, grades and states, their rows, and how names are told apart.

Sources: STANDARDS.md, 4.1; SAFETY.md, P1.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Whose format a roster is in."""

    ONEROSTER_1_1 = "OneRoster 1.1"
    ONEROSTER_1_2 = "OneRoster 1.2"
    SDS = "School Data Sync 2.1"
    TABLE = "A table"


class What(StrEnum):
    """What a row of an import is about."""

    FILE = "file"
    PERSON = "person"
    CLASS = "class"
    MEMBER = "member"
    SCHOOL = "school"


class Outcome(StrEnum):
    """What becomes of it. NOTED: it is taken, and something about it was odd."""

    REFUSED = "refused"
    ADDED = "added"
    CHANGED = "changed"
    GONE = "gone"
    NOTED = "noted"


# small letters of Cyrillic and Greek that look like Latin ones
LOOK_ALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u0432\u043a\u043c\u043d\u0442"
    "\u03b1\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",
    "aeopcyxijsdhbkmhtaikvoptux",
)
CHANGES = (Outcome.ADDED, Outcome.CHANGED, Outcome.GONE)


class RosterState(StrEnum):
    """How far an import of a roster is."""

    READING = "reading"
    READ = "read"
    APPLIED = "applied"
    GIVEN_UP = "given up"
    TAKEN_BACK = "taken back"


class Touched(StrEnum):
    """What kind of row a roster added, changed or took away. ID: whom or what an id of the roster stands for."""

    PERSON = "person"
    ROLE = "role"
    CLASS = "class"
    MEMBER = "member"
    CARD = "card"
    ID = "id"


class Fate(StrEnum):
    """What becomes of somebody whom a roster brought when it is taken back. STAYS: staff changed them by hand since."""

    GOES = "goes"
    STAYS = "stays"


class Part(StrEnum):
    """Who somebody is in a roster, in our words: aides, administrators and others of the staff are helpers here."""

    STUDENT = "student"
    TEACHER = "teacher"
    HELPER = "helper"


# words of OneRoster 1.1 and 1.2 and of School Data Sync, folded; who is at home and not at school is no part of it
PARTS = {
    "student": Part.STUDENT,
    "teacher": Part.TEACHER,
    **dict.fromkeys(
        (
            *("administrator", "aide", "proctor", "counselor", "principal", "siteadministrator", "staff", "faculty"),
            *("districtadministrator", "systemadministrator", "paraprofessional", "teacherassistant", "coach", "nurse"),
        ),
        Part.HELPER,
    ),
    **dict.fromkeys(("specialeducationteacher", "substitute", "professor"), Part.TEACHER),
}
FAMILY = frozenset({"parent", "guardian", "relative", "other"})

# CEDS codes: -1 preschool, 0 kindergarten, 1 to 12; what is before and after school has no grade here
GRADES: dict[str, int | None] = {
    **dict.fromkeys(("it", "pr", "pk", "tk", "pre-k", "prek"), -1),
    **dict.fromkeys(("kg", "k", "kindergarten"), 0),
    **{form: number for number in range(1, 13) for form in (str(number), f"{number:02d}")},
    **dict.fromkeys(("13", "ps", "ug", "other", "ungraded"), None),
}
TOP_GRADE = 12
# shares below this go without a question. Source: STANDARDS.md, 4.1
BRAKE_PERCENT = 10
LONGEST_NAME = 60
LONGEST_CLASS = 100
LONGEST_LETTER = 4
KEPT_DAYS = 7
STAFF = frozenset({Part.TEACHER, Part.HELPER})


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot be taken, or something odd. line: of the file, 0 for all of it. why: a sentence, no names.

    ids: whom or which class it is about, so that a refused row is not taken for a missing one.
    """

    file: str
    line: int
    what: What
    why: str
    refused: bool = False
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody in a roster. id: the other system's, hashed. part: "" where the file does not say. family: never kept.

    grade: of a student. login, email: of staff. gone: the file says that they have left.
    """

    file: str
    line: int
    id: str
    part: str
    given: str
    family: str
    grade: int | None
    login: str
    email: str
    gone: bool


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class in a roster. starts: first day of its terms, as 2026-08-24, or ""."""

    file: str
    line: int
    id: str
    title: str
    code: str
    grade: int | None
    starts: str
    gone: bool


@dataclass(frozen=True, slots=True)
class MemberRow:
    """Somebody in a class, from a day to a day, both as 2026-08-24 or ""."""

    file: str
    line: int
    class_id: str
    person_id: str
    part: str
    since: str
    until: str
    gone: bool


def grade_of(text: str) -> tuple[int | None, bool]:
    """The grade that a code stands for, and whether it is one."""
    word = text.strip().casefold().removeprefix("grade").strip()
    return GRADES.get(word), word in GRADES or not word


def tidy(text: str, longest: int) -> str:
    """A name as it is kept: one line, composed, nothing unprintable, cut to a length."""
    plain = "".join(sign if sign.isprintable() else " " for sign in unicodedata.normalize("NFC", text))
    return " ".join(plain.split())[:longest].rstrip()


def folded(text: str) -> str:
    """What two spellings of one name have in common."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def looks(text: str) -> str:
    """What two names have in common that nobody can tell apart by looking, of two scripts even (SAFETY.md, S6)."""
    return folded(text).translate(LOOK_ALIKES).replace(".", "")


def needs_yes(known: int, gone: int) -> bool:
    """Whether so many would leave or end, however the file says it, that a person has to say yes."""
    return gone > 0 and gone * 100 >= known * BRAKE_PERCENT


def letters(people: Mapping[str, tuple[str, str]], others: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """What tells children of one given name apart: as few letters of the family name as it takes, "" where none.

    people: given and family name by id. others: the letters that others of a given name have, by folded name; those
    keep theirs. Where even four letters are the same, numbers follow, in the order of the ids.
    """
    groups: dict[str, list[str]] = {}
    for key, (given, _) in people.items():
        groups.setdefault(folded(given), []).append(key)
    found: dict[str, str] = {}
    for name, keys in groups.items():
        taken = {folded(letter) for letter in others.get(name, ())}
        if len(keys) == 1 and name not in others:
            found[keys[0]] = ""
            continue
        found |= _told_apart({key: tidy(people[key][1], LONGEST_NAME).replace(" ", "") for key in keys}, taken)
    return found


def _told_apart(families: Mapping[str, str], taken: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    left = sorted(families)
    for length in range(1, LONGEST_LETTER + 1):
        count = Counter(folded(families[key][:length]) for key in families)
        for key in list(left):
            head = families[key][:length]
            if len(head) == length and count[folded(head)] == 1 and folded(head) not in taken:
                found[key] = head[:1].upper() + head[1:]
                left.remove(key)
    used = taken | {folded(letter) for letter in found.values()}
    for key in left:
        head, number = families[key][:1].upper(), 1
        while folded(made := f"{head}{number}") in used:
            number += 1
        used.add(folded(made))
        found[key] = made[:LONGEST_LETTER]
    return found


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its word: "1 class", "2 classes"."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def listed(words: Sequence[str]) -> str:
    """Words in a row: "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
