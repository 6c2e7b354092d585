"""Reads a school's own table: a row for each student, with the class, the grade and who teaches it.

Columns: class and given name; where there are any, family name, grade, teacher (who may be an e-mail address), teacher
name, id. In other words people write them, too. Source: PRODUCT.md, 2, People.
"""

from collections.abc import Iterator

from engage.people import roster_rules as rules
from engage.people.roster_opening import Bundle, NoRoster
from engage.people.roster_rules import ClassRow, Fault, Kind, MemberRow, Part, PersonRow, What
from engage.people.roster_set import Head
from engage.people.roster_tables import Cells, Notes, Table

# what people call the same
CALLED = {
    "class": ("class", "class name", "room", "homeroom", "section"),
    "given name": ("given name", "name", "first name", "student", "student name", "nickname"),
    "family name": ("family name", "last name", "surname"),
    "grade": ("grade", "year group", "grade level"),
    "teacher": ("teacher", "teacher e-mail", "teacher email", "teacher login"),
    "teacher name": ("teacher name",),
    "id": ("id", "student id", "number", "student number", "sourcedId"),
}
FILE = "the table"
Item = PersonRow | ClassRow | MemberRow | Fault


class SimpleTable:
    """The rows of such a table. whole: everybody of the school is in it. Raises NoRoster."""

    def __init__(self, bundle: Bundle, whole: bool = False) -> None:
        self.notes = Notes()
        self.head = Head(Kind.TABLE, {})
        self.counts: dict[str, int] = {}
        self.elsewhere: dict[str, int] = {}
        self.whole = whole
        every = tuple(name for names in CALLED.values() for name in names)
        self.table = Table(FILE, bundle.open(""), every, self.notes)
        at = self.table.at
        self.at = {ours: next((at[name] for name in names if name in at), -1) for ours, names in CALLED.items()}
        if self.at["class"] < 0 and self.at["given name"] < 0:
            raise NoRoster("The first line has to hold the headings: class and given name, at least.")
        for name in ("class", "given name"):
            if self.at[name] < 0:
                raise NoRoster(f"The table lacks the heading {name}.")

    @property
    def bulk(self) -> list[str]:
        """A table says all of the classes that it names; whether of the school, whoever sends it says."""
        return ["named", *(["users"] if self.whole else [])]

    def items(self) -> Iterator[Item]:
        """Every row, as a student, a class and a teacher, each told once, and whatever was wrong or odd."""
        rooms: set[str] = set()
        people: set[str] = set()
        teachers: dict[str, bool] = {}
        pairs: set[tuple[str, str]] = set()
        by_number = self.at["id"] >= 0
        for row in self.table:
            cells = {name: row.cell(place) for name, place in self.at.items()}
            room, given = (rules.tidy(cells[name], rules.LONGEST_CLASS) for name in ("class", "given name"))
            family = rules.tidy(cells["family name"], rules.LONGEST_NAME)
            key = self._key(cells, given, family)
            why = row.problem or ("" if room else "It names no class.") or ("" if given else "It names no student.")
            if by_number and not cells["id"] and not why:
                why = "It has no id, and others have one."
            if not why and (room, key) in pairs:
                why = "The same student stands in the same class on a line above."
                if not by_number:
                    why += " If they are two, give each an id."
            if why:
                yield Fault(FILE, row.line, What.PERSON, why, refused=True, ids=(key,))
                continue
            pairs.add((room, key))
            grade, known = rules.grade_of(cells["grade"])
            if not known:
                self.notes.say(FILE, row.line, f"“{cells['grade'][:12]}” is no grade that we know; it is left out.")
            if (fold := _room(room)) not in rooms:
                rooms.add(fold)
                yield ClassRow(FILE, row.line, fold, room, "", grade, "", gone=False)
            if key not in people:
                people.add(key)
                name = rules.tidy(given, rules.LONGEST_NAME)
                yield PersonRow(FILE, row.line, key, Part.STUDENT, name, family, grade, "", "", gone=False)
            yield MemberRow(FILE, row.line, fold, key, Part.STUDENT, "", "", gone=False)
            yield from self._teacher(row, cells, fold, teachers)
        self.counts[FILE] = self.table.count
        yield from self.notes.faults()

    def _teacher(self, row: Cells, cells: dict[str, str], room: str, met: dict[str, bool]) -> Iterator[Item]:
        login = cells["teacher"].casefold()[:254]
        if not login:
            return
        key = f"teacher/{login}"
        if key not in met:
            met[key] = True
            name = rules.tidy(cells["teacher name"] or login.partition("@")[0], rules.LONGEST_NAME)
            email = login if "@" in login else ""
            yield PersonRow(FILE, row.line, key, Part.TEACHER, name, "", None, login, email, gone=False)
        if f"{room}/{key}" not in met:
            met[f"{room}/{key}"] = True
            yield MemberRow(FILE, row.line, room, key, Part.TEACHER, "", "", gone=False)

    def _key(self, cells: dict[str, str], given: str, family: str) -> str:
        if cells["id"]:
            return f"number/{cells['id'][:255].casefold()}"
        return (
            f"name/{rules.folded(given)}/{rules.folded(family)}"
            if family
            else (f"in/{rules.folded(cells['class'])}/{rules.folded(given)}")
        )


def _room(name: str) -> str:
    return f"class/{rules.folded(name)}"
