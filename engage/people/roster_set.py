"""What one set of OneRoster tables is: its version, what its manifest says of each file, its schools, its odd words.

Sources: STANDARDS.md, 4.1; the 1EdTech CSV bindings as it sums them up.
"""

from dataclasses import dataclass, field

from engage.people import roster_rules as rules
from engage.people.roster_opening import Bundle, NoRoster
from engage.people.roster_rules import Kind
from engage.people.roster_tables import Cells, Notes, Table, day_of

READ = ("manifest", "orgs", "academicsessions", "courses", "classes", "users", "roles", "enrollments")
# these hold what may not even be opened
CLOSED = frozenset({"demographics", "userprofiles"})
WANTED = frozenset({*READ, *CLOSED})
SPELLED = {"academicsessions": "academicSessions", "userprofiles": "userProfiles"}
COLUMNS = {
    "manifest": ("propertyName", "value"),
    "orgs": ("sourcedId", "status", "dateLastModified", "name", "type", "parentSourcedId"),
    "academicsessions": ("sourcedId", "status", "type", "startDate", "endDate", "parentSourcedId", "dateLastModified"),
    "courses": ("sourcedId", "status", "dateLastModified"),
    "classes": (
        *("sourcedId", "status", "dateLastModified", "title", "grades", "courseSourcedId", "classCode"),
        *("schoolSourcedId", "orgSourcedId", "termSourcedIds", "sessionSourcedIds"),
    ),
    "users": (
        *("sourcedId", "status", "dateLastModified", "enabledUser", "orgSourcedIds", "role", "username", "email"),
        *("givenName", "familyName", "preferredGivenName", "preferredFamilyName", "grades"),
    ),
    "roles": ("userSourcedId", "status", "dateLastModified", "role", "orgSourcedId", "endDate", "grade", "roleEndDate"),
    "enrollments": (
        *("sourcedId", "status", "dateLastModified", "classSourcedId", "schoolSourcedId", "userSourcedId", "role"),
        *("beginDate", "endDate", "enrollmentStartDate", "enrollmentEndDate"),
    ),
}
GONE_WORDS = {"tobedeleted": True, "inactive": True, "active": False, "": False}
LONGEST_ID = 255


@dataclass(frozen=True)
class Org:
    """A school, or what else the file calls so, by the other system's id."""

    id: str
    name: str
    type: str


@dataclass
class Head:
    """What a set is before its rows are read. modes: bulk, delta or absent by folded name."""

    kind: Kind
    modes: dict[str, str]
    orgs: list[Org] = field(default_factory=list)


class RosterSet:
    """One set of tables. org: the id of the school whose rows are wanted, "" for all.

    elsewhere: how many rows were of other schools, by file. counts: rows by file. Raises NoRoster.
    """

    def __init__(self, bundle: Bundle, org: str = "", today: str = "") -> None:
        self.bundle, self.org, self.today = bundle, org, today
        self.notes = Notes()
        self.counts: dict[str, int] = {}
        self.elsewhere: dict[str, int] = {}
        self.missing: set[str] = set()
        self.head = self._head()

    @property
    def bulk(self) -> list[str]:
        """The tables that hold all there is, so that what is missing in them is gone."""
        return [name for name in ("users", "classes", "enrollments") if self.head.modes.get(name) == "bulk"]

    def _head(self) -> Head:
        there = self.bundle.members
        for name in sorted(CLOSED & there.keys()):
            self.notes.say(file_of(name), 0, "Never opened: what is in it is not kept here.")
        for name in self.bundle.ignored:
            self.notes.say(name, 0, "Not needed and not opened.")
        if not {"users", "classes", "enrollments"} & there.keys():
            raise NoRoster("There is neither users.csv nor classes.csv nor enrollments.csv in it.")
        said = self._manifest() if "manifest" in there else {}
        version = said.get("oneroster.version", "")
        if said:
            kind = Kind.ONEROSTER_1_2 if version.startswith("1.2") else Kind.ONEROSTER_1_1
            if version not in ("1.1", "1.2"):
                self.notes.say("manifest.csv", 0, "It names no version that we know; it is read as OneRoster 1.1.")
        else:
            kind = Kind.SDS if "roles" in there else Kind.ONEROSTER_1_1
            if kind is Kind.ONEROSTER_1_1:
                self.notes.say("manifest.csv", 0, "It is missing; each file is taken as holding all there is.")
        modes = {name: said.get(f"file.{name}", "bulk" if not said else "absent") for name in READ}
        for name, mode in modes.items():
            if mode not in ("bulk", "delta", "absent"):
                self.notes.say("manifest.csv", 0, f"It says of {file_of(name)} neither bulk nor delta; delta is safe.")
                modes[name] = "delta"
            if name != "manifest" and said and mode == "absent" and name in there:
                self.notes.say(file_of(name), 0, "The manifest says that it is absent; it is not opened.")
            if said and modes[name] != "absent" and name not in there and name != "manifest":
                self.notes.say(
                    file_of(name), 0, "The manifest names it, and it is missing; nothing is concluded from that."
                )
                self.missing.add(name)
                modes[name] = "absent"
        head = Head(kind, modes)
        self.head = head
        head.orgs = self._orgs() if self.is_here("orgs") else []
        return head

    def is_here(self, name: str) -> bool:
        return name in self.bundle.members and self.head.modes.get(name) != "absent"

    def table(self, name: str) -> Table:
        return Table(file_of(name), self.bundle.open(name), COLUMNS[name], self.notes)

    def _manifest(self) -> dict[str, str]:
        table = self.table("manifest")
        said = {row["propertyName"].casefold(): row["value"].casefold() for row in table if row["propertyName"]}
        self.counts["manifest.csv"] = table.count
        return said

    def _orgs(self) -> list[Org]:
        table, found, parents = self.table("orgs"), [], []
        for row in table:
            if row["sourcedId"] and not self.gone(table, row):
                name = rules.tidy(row["name"], rules.LONGEST_CLASS)
                found.append(Org(row["sourcedId"][:LONGEST_ID], name, row["type"].casefold()))
                parents.append((row.line, row["parentSourcedId"]))
        known = {org.id for org in found}
        for line, parent in parents:
            if parent and parent not in known:
                self.notes.say(table.name, line, "It belongs to something that is not in the file.")
        self.counts[table.name] = table.count
        schools = [org for org in found if org.type == "school"]
        if found and not schools:
            self.notes.say(
                table.name, 2, f"No line is of type school; type {found[0].type[:20] or 'nothing'} is taken."
            )
        return schools or found

    def why_not(self, row: Cells, key: str, seen: set[str]) -> str:
        if row.problem:
            return row.problem
        if not key:
            return "It has no sourcedId."
        if len(key) > LONGEST_ID:
            return "Its sourcedId is longer than one can be."
        return "Its sourcedId stands on a line above, too." if key in seen else ""

    def need(self, table: Table, *columns: str) -> None:
        if lacking := table.lacks(*columns):
            raise NoRoster(f"{table.name} lacks the heading {rules.listed(lacking)}. Nothing was guessed.")

    def is_ours(self, table: Table, org: str) -> bool:
        if not self.org or org == self.org:
            return True
        self.count_elsewhere(table)
        return False

    def count_elsewhere(self, table: Table) -> None:
        self.elsewhere[table.name] = self.elsewhere.get(table.name, 0) + 1

    def part(self, text: str) -> str | None:
        word = "".join(text.casefold().split())
        return "" if word in rules.FAMILY else rules.PARTS.get(word)

    def says_gone(self, row: Cells) -> bool:
        return GONE_WORDS.get(row["status"].casefold(), False)

    def gone(self, table: Table, row: Cells) -> bool:
        word = row["status"].casefold()
        delta = self.head.modes.get(_key(table.name)) == "delta"
        if word == "inactive":
            self.notes.say(
                table.name, row.line, "Its status is “inactive”, which is no word of OneRoster; tobedeleted is meant."
            )
        elif word not in GONE_WORDS:
            self.notes.say(
                table.name, row.line, f"Its status is “{word[:20]}”, which is no word of OneRoster; active is taken."
            )
        elif not word and "status" in table.at and (delta or self.head.kind is not Kind.SDS):
            needed = ", and a delta file needs one" if delta else ""
            self.notes.say(table.name, row.line, f"Its status is empty{needed}; active is taken.")
        if delta and not row["dateLastModified"]:
            self.notes.say(table.name, row.line, "Its dateLastModified is empty, and a delta file needs one.")
        self.day(table, row, "dateLastModified")
        return GONE_WORDS.get(word, False)

    def day(self, table: Table, row: Cells, name: str) -> str:
        text = row[name]
        if not text:
            return ""
        day, odd = day_of(text)
        if odd:
            self.notes.say(table.name, row.line, f"{name}: {odd}")
        return day

    def grade(self, table: Table, row: Cells, text: str) -> int | None:
        grade, known = rules.grade_of(text)
        if not known:
            self.notes.say(table.name, row.line, f"“{text[:12]}” is no grade that we know; it is left out.")
        return grade


def file_of(name: str) -> str:
    """The name of a table as its standard spells it."""
    return f"{SPELLED.get(name, name)}.csv"


def _key(file: str) -> str:
    return file.casefold().removesuffix(".csv")
