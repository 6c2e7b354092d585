"""Reads OneRoster 1.1 and 1.2 as CSV, and Microsoft's School Data Sync 2.1, a cousin: bytes in, typed rows out.

What may not be kept is never looked at: passwords, telephones, demographics. What is odd is told, and stops nothing.
Sources: STANDARDS.md, 4.1; the 1EdTech CSV bindings as it sums them up.
"""

from collections.abc import Callable, Iterator

from engage.people import roster_rules as rules
from engage.people.roster_opening import Bundle
from engage.people.roster_rules import ClassRow, Fault, Kind, MemberRow, Part, PersonRow, What
from engage.people.roster_set import RosterSet, file_of
from engage.people.roster_tables import Cells, Table

FAMILY = "It is of a parent, guardian or relative, who have no account here."
Item = PersonRow | ClassRow | MemberRow | Fault


class OneRoster(RosterSet):
    """The rows of a set, those of one school or of all. Raises NoRoster."""

    def __init__(self, bundle: Bundle, org: str = "", today: str = "") -> None:
        super().__init__(bundle, org, today)
        self.terms: dict[str, tuple[str, str]] = {}
        self.course_ids: set[str] = set()
        self.parts: dict[str, str] = {}
        self.grades: dict[str, str] = {}
        self.left: dict[str, int] = {}
        self.others: set[str] = set()

    def items(self) -> Iterator[Item]:
        """Every row of our school, typed, and whatever was wrong or odd."""
        for name in ("academicsessions", "courses", "roles", "classes", "users", "enrollments"):
            if self.is_here(name):
                read: Callable[[Table], Iterator[Item]] = getattr(self, f"_{name}")
                table = self.table(name)
                yield from read(table)
                self.counts[file_of(name)] = table.count
        for name, number in self.elsewhere.items():
            yield Fault(name, 0, What.SCHOOL, f"{rules.counted(number, 'row')} of other schools, left alone.")
        yield from self.notes.faults()

    def _academicsessions(self, table: Table) -> Iterator[Item]:
        parents = []
        for row in table:
            gone = self.gone(table, row)
            starts, ends = self.day(table, row, "startDate"), self.day(table, row, "endDate")
            if row["sourcedId"] and not gone:
                self.terms[row["sourcedId"]] = (starts, ends)
            parents.append((row.line, row["parentSourcedId"]))
        for line, parent in parents:
            if parent and parent not in self.terms:
                self.notes.say(table.name, line, "It belongs to a term or year that is not in the file.")
        yield from ()

    def _courses(self, table: Table) -> Iterator[Item]:
        self.course_ids = {row["sourcedId"] for row in table if not self.gone(table, row)}
        yield from ()

    def _classes(self, table: Table) -> Iterator[Item]:
        self.need(table, "sourcedId", "title")
        seen: set[str] = set()
        of = "schoolSourcedId" if "schoolSourcedId" in table.at else "orgSourcedId"
        for row in table:
            key = row["sourcedId"]
            why = self.why_not(row, key, seen)
            if not why and not row["title"] and not self.says_gone(row):
                why = "It has no title."
            if why:
                yield Fault(table.name, row.line, What.CLASS, why, refused=True, ids=(key,))
                continue
            if not self.is_ours(table, row[of]):
                self.others.add(key)
                continue
            seen.add(key)
            gone = self.gone(table, row)
            self._look_at_course(table, row)
            grades = [part for part in row["grades"].split(",") if part.strip()]
            grade = self.grade(table, row, grades[0]) if len(grades) == 1 else None
            terms = [part.strip() for part in (row["termSourcedIds"] or row["sessionSourcedIds"]).split(",")]
            yield ClassRow(
                table.name,
                row.line,
                key,
                rules.tidy(row["title"], rules.LONGEST_CLASS),
                rules.tidy(row["classCode"], 40),
                grade,
                self._starts(table, row, [term for term in terms if term]),
                gone,
            )

    def _look_at_course(self, table: Table, row: Cells) -> None:
        if not row["courseSourcedId"]:
            return
        if not self.is_here("courses"):
            self.notes.say("courses.csv", 0, "It is missing, and classes name courses; classes go by their own titles.")
        elif row["courseSourcedId"] not in self.course_ids:
            self.notes.say(table.name, row.line, "Its course is not in courses.csv; the class goes by its own title.")

    def _starts(self, table: Table, row: Cells, terms: list[str]) -> str:
        found = [self.terms[term] for term in terms if term in self.terms]
        if terms and not found and self.is_here("academicsessions"):
            self.notes.say(table.name, row.line, "Its term is not in academicSessions.csv.")
        ends = [end for _, end in found if end]
        if ends and self.today and max(ends) < self.today:
            self.notes.say(table.name, row.line, "Its last term is over; the class is kept until you end it.")
        return min((start for start, _ in found if start), default="")

    def _roles(self, table: Table) -> Iterator[Item]:
        """Remember who is what at our school, in 1.2 and in School Data Sync; the users come afterwards."""
        self.need(table, "userSourcedId", "role", "orgSourcedId")
        for row in table:
            if row.problem:
                yield Fault(table.name, row.line, What.PERSON, row.problem, refused=True, ids=(row["userSourcedId"],))
                continue
            if not self.is_ours(table, row["orgSourcedId"]):
                continue
            user, part = row["userSourcedId"], self.part(row["role"])
            if part is None:
                yield Fault(table.name, row.line, What.PERSON, _no_role(row), refused=True, ids=(user,))
                continue
            ends = self.day(table, row, "endDate") or self.day(table, row, "roleEndDate")
            if self.gone(table, row) or (ends and self.today and ends < self.today):
                self.left.setdefault(user, row.line)
                continue
            if row["grade"]:
                self.grades[user] = row["grade"]
            self.parts[user] = _stronger(self.parts.get(user), part)
        for user in self.parts:
            self.left.pop(user, None)

    def _users(self, table: Table) -> Iterator[Item]:
        apart = self.head.kind is not Kind.ONEROSTER_1_1 and "role" not in table.at
        self.need(table, "sourcedId", "givenName", *(() if apart else ("role", "orgSourcedIds")))
        seen: set[str] = set()
        for row in table:
            key = row["sourcedId"]
            if why := self.why_not(row, key, seen):
                yield Fault(table.name, row.line, What.PERSON, why, refused=True, ids=(key,))
                continue
            found = self._part_apart(table, row, key) if apart else self._part_here(table, row)
            named = row["givenName"] or row["preferredGivenName"] or self.says_gone(row)
            if found is not None and not isinstance(found, Fault) and not named:
                why = "It has no given name."
                found = Fault(table.name, row.line, What.PERSON, why, refused=True, ids=(key,))
            if isinstance(found, Fault):
                yield found
                continue
            if found is None:
                continue
            seen.add(key)
            yield self._person(table, row, key, found)
        for key, line in self.left.items():
            if key not in seen and self.head.modes.get("users") != "bulk":
                yield PersonRow("roles.csv", line, key, "", "", "", None, "", "", gone=True)

    def _part_here(self, table: Table, row: Cells) -> str | Fault | None:
        """Who somebody is at our school, in 1.1; None for other schools and for families."""
        orgs = [part.strip() for part in row["orgSourcedIds"].split(",") if part.strip()]
        if self.org and self.org not in orgs:
            self.count_elsewhere(table)
            return None
        part = self.part(row["role"])
        if part is None:
            ids = (row["sourcedId"],)
            return Fault(table.name, row.line, What.PERSON, _no_role(row), refused=True, ids=ids)
        if part == "":
            self.notes.say(table.name, row.line, FAMILY)
            return None
        return part

    def _part_apart(self, table: Table, row: Cells, key: str) -> str | Fault | None:
        """The same where roles stand in a file of their own; "" where it says nothing and others may know."""
        if key in self.parts:
            part = self.parts[key]
            if part == "both":
                why = "roles.csv makes one person a student and of the staff; nobody can be both."
                return Fault(table.name, row.line, What.PERSON, why, refused=True, ids=(key,))
            if part == "":
                self.notes.say(table.name, row.line, FAMILY)
            return part or None
        if key in self.left:
            return Part.STUDENT if self.says_gone(row) else ""
        if self.head.modes.get("roles") == "delta":
            return ""
        self.count_elsewhere(table)
        return None

    def _person(self, table: Table, row: Cells, key: str, part: str) -> PersonRow:
        student = part in (Part.STUDENT, "")
        grade = None
        text = row["grades"] or self.grades.get(key, "")
        if student and text:
            first, *more = (each.strip() for each in text.split(","))
            grade = self.grade(table, row, first)
            if more:
                self.notes.say(table.name, row.line, "It names several grades; the first is taken.")
        elif text and not student:
            self.notes.say(table.name, row.line, "It gives somebody of the staff a grade, which is not kept.")
        gone = self.gone(table, row) or key in self.left
        enabled = row["enabledUser"].casefold()
        if enabled in ("false", "0", "no"):
            self.notes.say(table.name, row.line, "enabledUser says that the account is switched off.")
            gone = True
        elif enabled not in ("true", "1", "yes", ""):
            self.notes.say(table.name, row.line, "enabledUser is neither true nor false; true is taken.")
        staff = part in rules.STAFF
        return PersonRow(
            table.name,
            row.line,
            key,
            part,
            rules.tidy(row["preferredGivenName"] or row["givenName"], rules.LONGEST_NAME),
            rules.tidy(row["preferredFamilyName"] or row["familyName"], rules.LONGEST_NAME),
            grade,
            row["username"].casefold()[:254] if staff else "",
            row["email"].casefold()[:254] if staff and "@" in row["email"] else "",
            gone,
        )

    def _enrollments(self, table: Table) -> Iterator[Item]:
        self.need(table, "classSourcedId", "userSourcedId", "role")
        seen: set[tuple[str, str, str, str, str, bool]] = set()
        for row in table:
            room, user = row["classSourcedId"], row["userSourcedId"]
            if row.problem or not room or not user:
                why = row.problem or "It names no class or no person."
                yield Fault(table.name, row.line, What.MEMBER, why, refused=True, ids=(room, user))
                continue
            ours = self.is_ours(table, row["schoolSourcedId"] or self.org)
            if ours and room in self.others:
                self.count_elsewhere(table)
            if not ours or room in self.others:
                continue
            part = self.part(row["role"])
            if part == "":
                self.notes.say(table.name, row.line, FAMILY)
                continue
            if part is None:
                yield Fault(table.name, row.line, What.MEMBER, _no_role(row), refused=True, ids=(room, user))
                continue
            member = Part.STUDENT if part is Part.STUDENT else Part.TEACHER
            gone = self.gone(table, row)
            since = self.day(table, row, "beginDate") or self.day(table, row, "enrollmentStartDate")
            until = self.day(table, row, "endDate") or self.day(table, row, "enrollmentEndDate")
            if since and until and until < since:
                self.notes.say(table.name, row.line, "It ends before it begins; its end is left out.")
                until = ""
            if until and self.today and until < self.today:
                self.notes.say(table.name, row.line, "It is over by its last day; it is kept as history.")
            told = (room, user, member, since, until, gone)
            if told in seen:
                self.notes.say(table.name, row.line, "It says what a line above says; once is enough.")
                continue
            seen.add(told)
            yield MemberRow(table.name, row.line, *told)


def _stronger(before: str | None, part: str) -> str:
    """What somebody is with two roles; "both" for student and staff, which nobody can be."""
    if before is None or before == part or before == "":
        return part
    if part == "":
        return before
    if Part.STUDENT in (before, part):
        return "both"
    return Part.TEACHER if Part.TEACHER in (before, part) else Part.HELPER


def _no_role(row: Cells) -> str:
    return f"“{row['role'][:40]}” is no role that we know." if row["role"] else "It names no role."
