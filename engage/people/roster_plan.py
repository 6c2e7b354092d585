"""What a roster would change: the rows of a file beside what is here, as facts in and rows of a preview out.

Nothing is asked and nothing is written here; the same file twice gives nothing the second time.
Source: STANDARDS.md, 4.1.
"""

from collections import Counter
from datetime import date
from typing import Any

from engage import dates
from engage.people import roster_rules as rules
from engage.people.roster_asking import Roster
from engage.people.roster_facts import Known, KnownClass, KnownMember, KnownPerson, Plan
from engage.people.roster_rules import STAFF, ClassRow, Kind, MemberRow, Outcome, Part, PersonRow, What
from engage.people.rules import named

MISSING = "It is not in the file any more."
SAYS = "The file says that it has ended."


class Planner:
    """Goes through a roster once."""

    def __init__(self, roster: Roster, known: Known) -> None:
        self.roster, self.known, self.plan = roster, known, Plan(counts=roster.counts)
        # whom the file has, and as what: accepted, or refused (spared from being missed)
        self.parts: dict[str, str] = {}
        self.person_of: dict[str, int] = {}
        self.gone_people: set[int] = set()
        self.gone_keys: set[str] = set()
        self.gone_members: set[int] = set()
        self.spared: dict[What, set[tuple[str, ...]]] = {What.PERSON: set(), What.CLASS: set(), What.MEMBER: set()}
        self.rooms: dict[str, int | None] = {}
        self.gone_rooms: set[str] = set()
        self.in_class: set[str] = set()
        self.names: dict[str, str] = {}
        self.named: set[int] = set()
        self.strangers: list[PersonRow] = []

    def run(self) -> Plan:
        """The plan."""
        for fault in self.roster.faults:
            outcome = Outcome.REFUSED if fault.refused else Outcome.NOTED
            self._say(fault.what, outcome, fault.file, fault.line, fault.why)
            if fault.refused and fault.what in self.spared:
                self.spared[fault.what].add(fault.ids)
        self._people()
        self._classes()
        self._members()
        self._missing_people()
        self._missing_classes()
        self._missing_members()
        self._remarks()
        order = {outcome: place for place, outcome in enumerate(Outcome)}
        self.plan.rows.sort(key=lambda row: (order[row["outcome"]], row["file"], row["line"]))
        for number, row in enumerate(self.plan.rows, 1):
            row["number"] = number
        return self.plan

    # -- people --

    def _people(self) -> None:
        told = self._letters()
        for row in self.roster.people:
            known_id, role = self.known.person_ids.get(row.id, (0, ""))
            part = row.part or role
            person = self.known.people.get(known_id)
            if row.gone:
                self.spared[What.PERSON].add((row.id,))
                self.gone_keys.add(row.id)
                if person is not None and person.active:
                    self._person_gone(person, row.id, row.file, row.line, SAYS)
                continue
            if not part:
                self.strangers.append(row)
            elif role and (role == Part.STUDENT) != (part == Part.STUDENT):
                self._refuse(
                    row, "This was a student and is of the staff now, or the other way; that takes a new account."
                )
            else:
                self._person(row, part, person, told.get(row.id, ""))

    def _refuse(self, row: PersonRow, why: str) -> None:
        self.spared[What.PERSON].add((row.id,))
        self._say(What.PERSON, Outcome.REFUSED, row.file, row.line, why)

    def _person(self, row: PersonRow, part: str, person: KnownPerson | None, letter: str) -> None:
        student = part == Part.STUDENT
        name = row.given if student else rules.tidy(f"{row.given} {row.family}", rules.LONGEST_NAME)
        login = None if student else row.email or row.login or None
        if person is None and not student:
            person, login = self._account(row, login)
        self.parts[row.id] = part
        self.names[row.id] = named(name, letter)
        wanted = {"name": name, "letter": letter if student else "", "grade": row.grade if student else None}
        more = {"hash": row.id, "role": part, "about": self.names[row.id], **wanted}
        if person is None:
            more |= {"login": login, "email": "" if student else row.email}
            self._say(What.PERSON, Outcome.ADDED, row.file, row.line, "", **more)
            return
        self.person_of[row.id] = person.id
        if student and row.grade is None:
            more["grade"] = wanted["grade"] = person.grade
        if not student and (person.elsewhere or person.roles - STAFF - {Part.STUDENT}):
            more["name"] = wanted["name"] = person.name  # a file does not rename who has roles of ours, too
        changes = [word for word, value in wanted.items() if getattr(person, word) != value]
        if not person.active:
            changes.append("here again")
        if part not in person.roles:
            changes.append("role")
        if row.id not in self.known.person_ids:
            changes.append("the roster knows it from now on")
        if not changes:
            self.plan.same += 1
            return
        why = f"Changed: {rules.listed(changes)}."
        self._say(What.PERSON, Outcome.CHANGED, row.file, row.line, why, person_id=person.id, **more)

    def _account(self, row: PersonRow, login: str | None) -> tuple[KnownPerson | None, str | None]:
        """The account of somebody of the staff that is here already, else the login that a new one can have."""
        for word in filter(None, (row.email, row.login)):
            person = self.known.people.get(self.known.logins.get(word, 0))
            # a plain login means somebody here only where the school itself wrote it, in a table of its own
            if person is not None and ("@" in word or (self.roster.kind is Kind.TABLE and person.roles)):
                return person, None
        for word in filter(None, (row.email, row.login)):
            if word not in self.known.logins:
                self.known.logins[word] = 0
                return None, word
        if login:
            self._say(
                What.PERSON, Outcome.NOTED, row.file, row.line, "Somebody else has this login; the account has none."
            )
        return None, None

    def _letters(self) -> dict[str, str]:
        """The letters of the students in the file; who is here and not in it keeps theirs."""
        inside: dict[str, tuple[str, str]] = {}
        met: set[int] = set()
        for row in self.roster.people:
            number, role = self.known.person_ids.get(row.id, (0, ""))
            if not row.gone and (row.part or role) == Part.STUDENT:
                inside[row.id] = (row.given, row.family)
                met.add(number)
        others: dict[str, list[str]] = {}
        leaving = self._who_leaves()
        for person in self.known.people.values():
            if person.id not in met and person.id not in leaving and person.active and Part.STUDENT in person.roles:
                others.setdefault(rules.folded(person.name), []).append(person.letter)
        return rules.letters(inside, others)

    def _who_leaves(self) -> set[int]:
        """Of those whom the roster knows, who will not be here any more."""
        told = {row.id: row.gone for row in self.roster.people}
        whole = "users" in self.roster.bulk
        ids = self.known.person_ids.items()
        return {number for key, (number, _) in ids if told.get(key, whole)}

    def _person_gone(self, person: KnownPerson, key: str, file: str, line: int, why: str) -> None:
        role = self.known.person_ids.get(key, (0, ""))[1]
        more = {"hash": key, "person_id": person.id, "role": role, "about": named(person.name, person.letter)}
        others = sorted(person.roles - {role})
        if others or person.elsewhere:
            why += " They keep the roles that are not of the roster."
        self.gone_people.add(person.id)
        self._say(What.PERSON, Outcome.GONE, file, line, why, **more)

    def _missing_people(self) -> None:
        known = gone = 0
        seen = {*self.parts, *(ids[0] for ids in self.spared[What.PERSON] if ids)}
        for key, (number, role) in self.known.person_ids.items():
            person = self.known.people.get(number)
            if person is None or not person.active or role not in person.roles:
                continue
            known += 1
            if "users" in self.roster.bulk and key not in seen:
                self._person_gone(person, key, self._file("users.csv"), 0, MISSING)
            gone += number in self.gone_people
        self.plan.shares["people"] = (known, gone)

    # -- classes --

    def _classes(self) -> None:
        twice = Counter(rules.folded(row.title) for row in self.roster.classes if not row.gone)
        linked = set(self.known.class_ids.values())
        free: dict[str, list[KnownClass]] = {}
        for room in self.known.classes.values():
            if room.id not in linked and not room.ended:
                free.setdefault(rules.folded(room.name), []).append(room)
        for row in self.roster.classes:
            number = self.known.class_ids.get(row.id)
            here = self.known.classes.get(number) if number else None
            if row.gone:
                self.gone_rooms.add(row.id)
                if here is not None and not here.ended:
                    self._class_gone(here, row.id, row.file, row.line, SAYS)
                continue
            if here is not None and here.ended and not here.returns:
                self.gone_rooms.add(row.id)
                say = "This class was ended here, and stays so. A new class needs an id of its own."
                self._say(What.CLASS, Outcome.NOTED, row.file, row.line, say)
                continue
            name = row.title
            if twice[rules.folded(name)] > 1 and row.code:
                name = rules.tidy(f"{name} ({row.code})", rules.LONGEST_CLASS)
            self._class(row, name, here or self._by_name(free, name))

    def _by_name(self, free: dict[str, list[KnownClass]], name: str) -> KnownClass | None:
        """The one class of this name that nobody's roster knows: it was made by hand, and is the same."""
        found = free.pop(rules.folded(name), [])
        return found[0] if len(found) == 1 else None

    def _class(self, row: ClassRow, name: str, room: KnownClass | None) -> None:
        year = dates.year_name(
            dates.school_year(
                date.fromisoformat(row.starts) if row.starts else self.known.today, self.known.first_month
            )
        )
        more = {"hash": row.id, "name": name, "about": name, "grade": row.grade, "year": year}
        self.rooms[row.id] = room.id if room else None
        self.names[row.id] = name
        if room is None:
            self._say(What.CLASS, Outcome.ADDED, row.file, row.line, "", **more)
            return
        if row.grade is None:
            more["grade"] = room.grade
        changes = ["name"] if room.name != name else []
        changes += ["grade"] if room.grade != more["grade"] else []
        changes += ["on again"] if room.ended else []
        changes += ["the roster knows it from now on"] if row.id not in self.known.class_ids else []
        if not changes:
            self.plan.same += 1
            return
        why = f"Changed: {rules.listed(changes)}."
        self._say(What.CLASS, Outcome.CHANGED, row.file, row.line, why, school_class_id=room.id, **more)

    def _class_gone(self, room: KnownClass, key: str, file: str, line: int, why: str) -> None:
        self.gone_rooms.add(key)
        more = {"hash": key, "school_class_id": room.id, "about": room.name}
        self._say(What.CLASS, Outcome.GONE, file, line, why, **more)

    def _missing_classes(self) -> None:
        known = gone = 0
        seen = {*self.rooms, *self.gone_rooms, *(ids[0] for ids in self.spared[What.CLASS] if ids)}
        for key, number in self.known.class_ids.items():
            room = self.known.classes.get(number)
            if room is None or room.ended:
                continue
            known += 1
            if "classes" in self.roster.bulk and key not in seen:
                self._class_gone(room, key, "classes.csv", 0, MISSING)
            gone += key in self.gone_rooms
        self.plan.shares["classes"] = (known, gone)

    # -- who is in which class --

    def _members(self) -> None:
        best: dict[tuple[str, str, str], MemberRow] = {}
        for row in self.roster.members:
            # who left a class and came again stands there twice: what goes on counts, else what ended last
            before = best.setdefault((row.class_id, row.person_id, row.part), row)
            if (not row.gone, not row.until, row.until) > (not before.gone, not before.until, before.until):
                best[row.class_id, row.person_id, row.part] = row
        for row in best.values():
            if why := self._why_no_member(row):
                known = row.class_id in self.gone_rooms or row.person_id in self.gone_keys
                outcome = Outcome.NOTED if known else Outcome.REFUSED
                self.spared[What.MEMBER].add((row.class_id, row.person_id))
                if not row.gone:
                    self._say(What.MEMBER, outcome, row.file, row.line, why)
                continue
            self._member(row)

    def _why_no_member(self, row: MemberRow) -> str:
        if row.class_id in self.gone_rooms:
            return "Its class has ended."
        if row.class_id not in self.rooms and self._known_room(row.class_id) is None:
            return "Its class is neither in the file nor here."
        part = self.parts.get(row.person_id) or ("" if self._leaves(row.person_id) else self._known_part(row.person_id))
        if not part:
            return "Its person is neither in the file nor here, or has left."
        if row.part == Part.STUDENT and part in STAFF:
            return "It makes somebody of the staff a student of a class."
        if row.part != Part.STUDENT and part == Part.STUDENT:
            return "It makes a student a teacher of a class."
        return ""

    def _known_room(self, key: str) -> int | None:
        number = self.known.class_ids.get(key)
        room = self.known.classes.get(number) if number else None
        return None if room is None or room.ended else room.id

    def _known_part(self, key: str) -> str:
        number, role = self.known.person_ids.get(key, (0, ""))
        person = self.known.people.get(number)
        return role if person is not None and person.active else ""

    def _leaves(self, key: str) -> bool:
        return (key,) in self.spared[What.PERSON] or ("users" in self.roster.bulk and key not in self.parts)

    def _member(self, row: MemberRow) -> None:
        today = self.known.today
        since = date.fromisoformat(row.since) if row.since else today
        if row.part != Part.STUDENT:
            since = max(since, today)  # nobody had been told of a teacher who comes now (SAFETY.md, P3)
        until = date.fromisoformat(row.until) if row.until and date.fromisoformat(row.until) < today else None
        room = self.rooms.get(row.class_id) or self._known_room(row.class_id)
        person = self.person_of.get(row.person_id) or self.known.person_ids.get(row.person_id, (0, ""))[0]
        before = self.known.members.get((room or 0, person, row.part))
        if before is not None:
            self.named.add(before.id)
        if row.part == Part.STUDENT and until is None and not row.gone:
            self.in_class.add(row.person_id)
        more = {"hash": row.class_id, "other": row.person_id, "role": row.part, "since": since, "until": until}
        more["person_id"] = person or None  # so that the row goes at once when they are erased
        more["about"] = about = self._both(person, room, row)
        if row.gone:
            if before is not None and before.until is None:
                self._member_gone(before, person, about, row.file, row.line, SAYS)
        elif before is None:
            self._say(What.MEMBER, Outcome.ADDED, row.file, row.line, "", **more)
        elif before.until is None and until is not None:
            self._member_gone(before, person, about, row.file, row.line, SAYS, until)
        elif before.until is not None and until is None:
            self._say(What.MEMBER, Outcome.CHANGED, row.file, row.line, "In the class again.", **more)
        else:
            self.plan.same += 1

    def _both(self, person: int, room: int | None, row: MemberRow | None = None) -> str:
        """Who in which class, as a person reads it."""
        somebody, place = self.known.people.get(person), self.known.classes.get(room or 0)
        name = named(somebody.name, somebody.letter) if somebody else self.names.get(row.person_id if row else "")
        title = place.name if place else self.names.get(row.class_id if row else "")
        return f"{name or 'Somebody'} in {title or 'a class'}"

    def _member_gone(
        self, member: KnownMember, person: int, about: str, file: str, line: int, why: str, until: date | None = None
    ) -> None:
        more = {"member_id": member.id, "person_id": person, "until": until, "about": about}
        self.gone_members.add(member.id)
        self._say(What.MEMBER, Outcome.GONE, file, line, why, **more)

    def _missing_members(self) -> None:
        known = gone = 0
        whole, named_only = "enrollments" in self.roster.bulk, "named" in self.roster.bulk
        keys = {number: key for key, number in self.known.class_ids.items()}
        person_keys = {number: key for key, (number, _) in self.known.person_ids.items()}
        for (room, person, _), member in self.known.members.items():
            key = keys.get(room)
            if member.until is not None or key is None or key in self.gone_rooms or person in self.gone_people:
                continue
            if not member.by_roster:
                continue
            known += 1
            missed = whole or (named_only and key in self.rooms)
            spared = (key, person_keys.get(person, "")) in self.spared[What.MEMBER]
            if missed and not spared and member.id not in self.named:
                about = self._both(person, room)
                self._member_gone(member, person, about, self._file("enrollments.csv"), 0, MISSING)
            gone += member.id in self.gone_members
        self.plan.shares["members"] = (known, gone)

    # -- what is said --

    def _remarks(self) -> None:
        if self.roster.members and "users" in self.roster.bulk:
            students = {key for key, part in self.parts.items() if part == Part.STUDENT}
            if alone := len(students - self.in_class):
                say = f"{rules.counted(alone, 'student is', 'students are')} in no class today."
                self._say(What.FILE, Outcome.NOTED, self._file("enrollments.csv"), 0, say)
        if self.strangers:
            say = f"{rules.counted(len(self.strangers), 'row')} of people without a role at this school, left alone."
            self._say(What.FILE, Outcome.NOTED, self.strangers[0].file, 0, say)
        ours = {number for number, _ in self.known.person_ids.values()}
        by_hand = sum(
            person.active and Part.STUDENT in person.roles and person.id not in ours
            for person in self.known.people.values()
        )
        if by_hand:
            say = f"{rules.counted(by_hand, 'student')} here came from no roster; nothing is changed about them."
            self._say(What.FILE, Outcome.NOTED, "", 0, say)

    def _file(self, name: str) -> str:
        return "the table" if self.roster.kind is Kind.TABLE else name

    def _say(self, what: What, outcome: Outcome, file: str, line: int, why: str, **more: Any) -> None:
        self.plan.rows.append({"what": what, "outcome": outcome, "file": file, "line": line, "why": why, **more})


def plan(roster: Roster, known: Known) -> Plan:
    """What a roster would change."""
    return Planner(roster, known).run()
