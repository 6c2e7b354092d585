"""What is true of people: roles, what a role may do, grades, and who is asking."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from engage.people.matrix import letter


class Role(StrEnum):
    """What a person is at one school (district admin: in a district). One may be several things in several schools."""

    STUDENT = "student"
    TEACHER = "teacher"
    HELPER = "helper"
    AIDE = "aide"
    SPECIALIST = "specialist"
    VIEWER = "viewer"
    SCHOOL_ADMIN = "school_admin"
    DISTRICT_ADMIN = "district_admin"


class Scope(StrEnum):
    """Whose thing it is, seen from the person who asks. The four letters of a matrix cell, in this order."""

    MINE = "mine"
    CLASS = "class"
    SCHOOL = "school"
    ELSEWHERE = "elsewhere"


class Status(StrEnum):
    """Whether a person belongs to the school today. People who are gone are deactivated; retention erases them later.

    NOBODY: stands in for somebody who was erased, so that totals stay true; it has no name and belongs to nothing.
    """

    ACTIVE = "active"
    GONE = "gone"
    NOBODY = "nobody"


class Way(StrEnum):
    """How somebody came in. A session by card alone may less than any other (SAFETY.md, L3)."""

    PASSWORD = "password"
    CODE = "password and code"
    PICTURES = "pictures"
    PIN = "pin"
    CARD = "card"
    CARD_AND_SECOND = "card and second step"
    KIOSK = "kiosk"
    ELSEWHERE = "account elsewhere"


class Second(StrEnum):
    """What a student shows besides a card or the own tile."""

    PICTURES = "picture"
    PIN = "pin"


class GradeBand(StrEnum):
    """Grades as shared figures group them. Source: DESIGN-SYSTEM.md, early readers are K to 2."""

    EARLY = "K-2"
    MIDDLE = "3-5"
    UPPER = "6-8"
    HIGH = "9-12"
    NONE = ""


# the column of SAFETY.md, section 2, in which a role's letters stand; an aide works under the specialist's column,
# a viewer reads what a school admin may read as figures and nothing else, and a helper, as whom a roster brings in
# aides, proctors and administrators, is a teacher who makes and assigns no lists (STANDARDS.md, 4.1)
LONGEST_SCHOOL = 120
COLUMN = {
    Role.STUDENT: "S",
    Role.TEACHER: "T",
    Role.HELPER: "T",
    Role.AIDE: "L",
    Role.SPECIALIST: "L",
    Role.VIEWER: "A",
    Role.SCHOOL_ADMIN: "A",
    Role.DISTRICT_ADMIN: "D",
}
OWN_ACTS = frozenset({"CLS09", "CLS14", "CLS16", "LOG08"})  # the own account, which everybody has who signs in
VIEWER_ACTS = OWN_ACTS | {"LST01", "LST02", "LST14", "PRG02", "REV02", "REP02", "REP03"}
AIDE_NEVER = frozenset({"FED01", "PRG08", "REP06", "ADM06", "LST08", "LST09", "REV04", "LOG04"})
HELPER_NEVER = frozenset({"LST05", "LST06", "LST07", "LST08", "LST09", "LST10", "LST12"})

LIBRARY_STAFF = frozenset({Role.SPECIALIST, Role.AIDE})


@dataclass(frozen=True)
class SchoolCard:
    """A school as every page needs it.

    zone: IANA time zone. fewest: people below which a figure is withheld inside the school (SAFETY.md, section 0: 5).
    reviews: who may read what students write, "" for nobody; public_reviews: whether visitors may, too (M1).
    """

    id: int
    key: str
    slug: str
    name: str
    zone: str
    district_id: int
    language: str = "en"
    hours: str = ""
    year_starts_in: int = 8
    fewest: int = 5
    reviews: str = ""
    public_reviews: bool = False

    def __hash__(self) -> int:
        return self.id  # it is in the key of all that is kept, and to look at each field took longer than to find it


@dataclass(frozen=True)
class Reader:
    """Who is asking at one school: a person with roles, or nobody in particular.

    id: the person's id, None for a visitor. grade: -1 preschool, 0 kindergarten, 1 to 12, None for staff and visitors.
    class_ids: school classes in which the person is a student; taught_ids: those that the person teaches. by_card: came
    in by a card alone, and has not taken the second step (SAFETY.md, L3).
    """

    school: SchoolCard
    id: int | None = None
    key: str = ""
    name: str = ""
    avatar: str = ""
    grade: int | None = None
    roles: frozenset[Role] = frozenset()
    class_ids: frozenset[int] = frozenset()
    taught_ids: frozenset[int] = frozenset()
    session_id: int | None = field(default=None, compare=False)
    by_card: bool = field(default=False, compare=False)

    @property
    def is_student(self) -> bool:
        """Whether the person takes part here as a student."""
        return Role.STUDENT in self.roles

    @property
    def is_staff(self) -> bool:
        """Whether the person works here in any role."""
        return bool(self.roles - {Role.STUDENT})

    @property
    def is_library(self) -> bool:
        """Whether the person runs the library: specialist or aide."""
        return bool(self.roles & LIBRARY_STAFF)

    @property
    def is_teacher(self) -> bool:
        """Whether the person teaches here."""
        return Role.TEACHER in self.roles

    @property
    def one_of_many(self) -> "Reader":
        """A reader who is alike in all but what makes a person: for pages that many share."""
        return replace(self, id=0, key="", name="", avatar="", session_id=None, by_card=False)

    @property
    def may_ask(self) -> bool:
        """Whether the person may ask the library for a title (LST11, Q or Y)."""
        letters = {self.answers("LST11", scope) for scope in (Scope.CLASS, Scope.SCHOOL)}
        return self.id is not None and bool(letters & {"Q", "Y"})

    @property
    def may_curate(self) -> bool:
        """Whether the person may put things on lists, on own ones at least (LST06)."""
        return self.id is not None and any(self.may("LST06", scope) for scope in (Scope.MINE, Scope.SCHOOL))

    @property
    def band(self) -> GradeBand:
        """The grade band that this person's acts are counted under."""
        return band_of(self.grade)

    def answers(self, act: str, scope: Scope) -> str:
        """The letter of the matrix for this person: the most that any role gives. See engage.people.matrix."""
        return best(self.roles, act, scope)

    def may(self, act: str, scope: Scope = Scope.SCHOOL) -> bool:
        """Whether the person may do a thing wholly (letter Y) in a scope. Published-only (P) is for queries."""
        return self.answers(act, scope) == "Y"

    def may_break(self, act: str) -> bool:
        """Whether a role of the person has the letter B for an act in the school: seen through an open glass only."""
        columns = {COLUMN[role] for role in self.roles if _acts(role, act)}
        return "B" in {letter(act, column, list(Scope).index(Scope.SCHOOL)) for column in columns}


STRENGTH = "-nxQBAPY"


def best(roles: frozenset[Role], act: str, scope: Scope) -> str:
    """The strongest letter that a set of roles gives; with no role, the visitor's.

    B opens nothing by itself: what it stands at answers as n until the reader has an open glass for that act and that
    student (engage.people.privacy_queries.open_glass).
    """
    columns = {COLUMN[role] for role in roles if _acts(role, act)} or {"V"}
    letters = [letter(act, column, list(Scope).index(scope)) for column in columns]
    return max(letters, key=STRENGTH.index)


def _acts(role: Role, act: str) -> bool:
    if role is Role.VIEWER:
        return act in VIEWER_ACTS
    if role is Role.AIDE:
        return act not in AIDE_NEVER
    if role is Role.HELPER:
        return act not in HELPER_NEVER
    return True


def band_of(grade: int | None) -> GradeBand:
    """The band of a grade: kindergarten is 0, preschool -1."""
    if grade is None:
        return GradeBand.NONE
    if grade <= 2:
        return GradeBand.EARLY
    if grade <= 5:
        return GradeBand.MIDDLE
    return GradeBand.UPPER if grade <= 8 else GradeBand.HIGH


def named(name: str, letter: str) -> str:
    """How a person is called where two may share a name: "Sam D.", and "Sam" without a letter."""
    return f"{name} {letter}." if letter else name


def grade_name(grade: int | None) -> str:
    """How a grade is written: "K", "3"; nothing where there is none."""
    if grade is None:
        return ""
    return {-1: "Pre-K", 0: "K"}.get(grade, str(grade))


# how far something reaches, as pairs of value and words for a form
GRADE_LIMITS = (("", "No limit"), *((str(grade), grade_name(grade)) for grade in range(-1, 13)))


def spelled(code: str) -> str:
    """A class code as it is shown: KITE-1234."""
    return f"{code[:4]}-{code[4:]}" if len(code) > 4 else code
