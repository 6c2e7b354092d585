"""A roster that came is read, laid beside what is here, and kept as a preview that somebody may apply or give up.

The file itself is never kept: it may hold passwords. Sources: STANDARDS.md, 4.1; SAFETY.md, P1, U2, U3.
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from engage import dates
from engage.database import rows
from engage.database.fields import new_key
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import Refused
from engage.people import passwords, roster_asking
from engage.people import roster_rules as rules
from engage.people.actions import CODE_WORDS
from engage.people.models import ClassMember, Membership, Person, School, SchoolClass
from engage.people.roster_asking import Hashing, Org, Roster
from engage.people.roster_facts import Known, KnownClass, KnownMember, KnownPerson, Plan, pieces
from engage.people.roster_models import RosterId, RosterImport, RosterRow
from engage.people.roster_plan import plan
from engage.people.roster_rules import Kind, Outcome, RosterState, What
from engage.people.rules import Role, Status

UNIT = 500
SHOWN_ORGS = 12
# a row without what it says of itself, so that all have the same columns
BLANK: dict[str, Any] = {
    **dict.fromkeys(("file", "about", "why", "hash", "other", "made_key", "name", "letter", "avatar", "role"), ""),
    **dict.fromkeys(("email", "code", "year"), ""),
    **dict.fromkeys(("person_id", "school_class_id", "member_id", "grade", "login", "since", "until")),
    "line": 0,
}

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Coming:
    """A roster that comes in. by_id: who sent it, None for a command or the folder. whole: a table holds everybody.

    org: which school of the file is meant, by its name there, where it tells of several.
    """

    name: str
    file: BinaryIO
    digest: str
    most: int = roster_asking.MOST_BY_PAGE
    org: str = ""
    whole: bool = False
    by_id: int | None = None
    dropped: bool = False


async def stage(school_id: int, coming: Coming, secret_key: str) -> str:
    """Read a roster and keep what it would change. Returns the key of the import.

    Raises Refused where the file cannot be read or does not say which school it is of.
    """
    school = await School.get(id=school_id)
    hashing, today = Hashing(secret_key, school_id), dates.today(school.zone)
    kind, orgs = await roster_asking.look(coming.file, hashing, coming.most)
    org = await _org(school, orgs, coming.org)
    roster = await roster_asking.read(coming.file, hashing, coming.most, org, today, coming.whole)
    based_on = await newest_applied(school_id)
    imported = await _begin(school_id, coming, kind, org, based_on)
    known = await known_of(school, roster, today)
    found = await asyncio.to_thread(plan, roster, known)  # pages go on meanwhile
    await _fill_in(found)
    del roster, known
    for number, some in enumerate(pieces(found.rows, UNIT)):
        await _keep(school_id, imported, some, number)
    await _finish(school_id, imported, found)
    return imported.key


async def newest_applied(school_id: int) -> int | None:
    """The id of the roster that was applied last."""
    applied = RosterImport.filter(school_id=school_id, state=RosterState.APPLIED).order_by("-ended_at", "-id")
    return next((number for (number,) in await applied.limit(1).values_list("id")), None)


async def _org(school: School, orgs: list[Org], asked: str) -> Org | None:
    """The school of the file that is meant. Raises Refused."""
    if not orgs:
        return None
    before = RosterId.filter(school_id=school.id, what=What.SCHOOL)
    remembered = {key for (key,) in await before.values_list("hash")}
    if asked:
        found = [org for org in orgs if rules.folded(org.name) == rules.folded(asked)]
    elif remembered:
        found = [org for org in orgs if org.hash in remembered]
    else:
        found = [org for org in orgs if rules.folded(org.name) == rules.folded(school.name)]
        found = orgs if len(found) != 1 else found
    if len(found) == 1:
        return found[0]
    names = sorted(org.name for org in orgs)
    more = f" and {len(names) - SHOWN_ORGS:,} more" if len(names) > SHOWN_ORGS else ""
    shown = ", ".join(f"“{name}”" for name in names[:SHOWN_ORGS])
    if asked:
        raise Refused(f"The file has no school “{asked[:80]}”. It has {shown}{more}.", about="org")
    which = "is of another school than before" if remembered else "has several schools"
    raise Refused(f"This file {which}: {shown}{more}. Say which one is yours.", about="org")


@one_transaction
async def _begin(school_id: int, coming: Coming, kind: Kind, org: Org | None, based_on: int | None) -> RosterImport:
    return await RosterImport.create(
        school_id=school_id,
        by_id=coming.by_id,
        kind=kind,
        name=rules.tidy(coming.name, 200),
        org_name=org.name if org else "",
        org_hash=org.hash if org else "",
        digest=coming.digest,
        based_on=based_on,
        dropped=coming.dropped,
    )


@one_transaction
async def _keep(school_id: int, imported: RosterImport, some: list[dict[str, Any]], piece: int) -> None:
    of = {"school_id": school_id, "of_import_id": imported.id}
    await rows.add(RosterRow, [{**BLANK, **row, **of, "number": piece * UNIT + at} for at, row in enumerate(some, 1)])


@one_transaction
async def _finish(school_id: int, imported: RosterImport, found: Plan) -> None:
    counts = {str(outcome): found.count(outcome) for outcome in (*rules.CHANGES, Outcome.REFUSED)}
    await RosterImport.filter(school_id=school_id, id=imported.id).update(
        **counts,
        same=found.same,
        asks=found.asks,
        counts=json.dumps(found.counts),
        shares=json.dumps(found.shares),
        state=RosterState.READ,
    )


async def _fill_in(found: Plan) -> None:
    """Give what will be made its keys, its pictures and its codes."""
    rooms = []
    for row in found.rows:
        if row["outcome"] is Outcome.ADDED and row["what"] in (What.PERSON, What.CLASS):
            row["made_key"] = new_key()
            if row["what"] is What.CLASS:
                rooms.append(row)
            elif row["role"] == rules.Part.STUDENT:
                row["avatar"] = secrets.choice(passwords.PICTURES[:4])
    for row, code in zip(rooms, await new_codes(len(rooms)), strict=True):
        row["code"] = code


async def new_codes(number: int) -> list[str]:
    """So many class codes that no other class has."""
    found: dict[str, None] = {}
    while len(found) < number:
        drawn = {f"{secrets.choice(CODE_WORDS)}{secrets.randbelow(10_000):04d}" for _ in range(min(number, 400) + 10)}
        with every_school("class codes are unique in the whole service"):
            taken = {code for (code,) in await SchoolClass.filter(code__in=sorted(drawn)).values_list("code")}
        found |= dict.fromkeys(sorted(drawn - taken))
    return list(found)[:number]


# -- what is here --


async def known_of(school: School, roster: Roster, today: date) -> Known:
    """What is here of what a roster may be about."""
    known = Known(today, school.year_starts_in)
    columns, returning = ("what", "hash", "person_id", "school_class_id", "role"), set()
    for what, key, person, room, role in await RosterId.filter(school_id=school.id).values_list(*columns):
        if what is What.PERSON and person is not None:
            known.person_ids[key] = (person, role)
        elif what is What.CLASS and room is not None:
            known.class_ids[key] = room
            returning |= {room} if role == "ended" else set()
    await _people(school, known)
    classes = SchoolClass.filter(school_id=school.id)
    for number, name, grade, ended in await classes.values_list("id", "name", "grade", "ended_on"):
        known.classes[number] = KnownClass(number, name, grade, ended is not None, number in returning)
    members = ClassMember.filter(school_id=school.id, school_class__ended_on__isnull=True)
    named = ("id", "school_class_id", "person_id", "role", "until", "by_roster")
    for number, room, person, role, until, by_roster in await members.values_list(*named):
        known.members[room, person, str(role)] = KnownMember(number, until, bool(by_roster))
    staff = {word for row in roster.people if row.part in rules.STAFF for word in (row.email, row.login) if word}
    await _accounts(school, known, sorted(staff))
    return known


PERSON = ("id", "name", "letter", "grade", "status", "login", "email")


async def _people(school: School, known: Known) -> None:
    """Everybody with a role at the school, and whom the roster knows besides."""
    here = Membership.filter(school_id=school.id)
    joined = [f"person__{name}" for name in PERSON]
    for role, *columns in await here.values_list("role", *joined):
        _add(known, *columns).roles.add(str(role))
    linked = {number for number, _ in known.person_ids.values()} - known.people.keys()
    with every_school("somebody of the staff may be at home elsewhere"):
        for some in _some(linked):
            for row in await Person.filter(id__in=some).values_list(*PERSON):
                _add(known, *row)
        staff = {person.id for person in known.people.values() if Role.STUDENT not in person.roles}
        for some in _some(staff):
            others = Membership.filter(person_id__in=some).exclude(school_id=school.id)
            for (number,) in await others.values_list("person_id"):
                known.people[number].elsewhere = True


def _add(
    known: Known, number: Any, name: Any, letter: Any, grade: Any, status: Any, login: Any, email: Any
) -> KnownPerson:
    if number not in known.people:
        active = status == Status.ACTIVE
        known.people[number] = KnownPerson(number, name, letter, grade, active, set(), login, email)
    return known.people[number]


async def _accounts(school: School, known: Known, words: list[str]) -> None:
    """Whose the logins and e-mail addresses of the staff in the file are; nobody's who is a student anywhere."""
    district: int = school.district_id  # type: ignore[attr-defined]
    with every_school("a login is one person's in the whole service"):
        for some in _some(words):
            for column in ("email", "login"):
                found = await Person.filter(**{f"{column}__in": some}, district_id=district).values_list(*PERSON)
                held = await _held([columns[0] for columns in found])
                for columns in found:
                    roles = held.get(columns[0], [])
                    word = columns[6 if column == "email" else 5]
                    # nor does a roster bring back whom another school let go
                    away = columns[4] != Status.ACTIVE and any(at != school.id for _, at in roles)
                    student = any(role is Role.STUDENT for role, _ in roles)
                    if student or away or (column == "email" and word in known.logins):
                        known.logins.setdefault(word, 0)
                        continue
                    person = _add(known, *columns)
                    person.elsewhere = person.elsewhere or any(at != school.id for _, at in roles)
                    known.logins[word] = person.id
            taken = await Person.filter(login__in=some).exclude(district_id=district).values_list("login")
            known.logins |= {login: 0 for (login,) in taken}


async def _held(people: list[Any]) -> dict[int, list[tuple[Any, int]]]:
    """The roles of people at any school: by person, role and school. Inside every_school."""
    held: dict[int, list[tuple[Any, int]]] = {}
    for person, role, school in await Membership.filter(person_id__in=people).values_list(
        "person_id", "role", "school_id"
    ):
        held.setdefault(person, []).append((role, school))
    return held


def _some(values: Iterable[Any]) -> Iterable[list[Any]]:
    every = sorted(values)
    return (every[start : start + UNIT] for start in range(0, len(every), UNIT))
