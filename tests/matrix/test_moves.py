"""Rights follow from what people are at the moment of the request: SAFETY.md, A6.

Random joins, leaves, role changes and moves; after each, what the guard knows of everybody is what follows from the
history, and a session of who has left or changed is dead. ENGAGE_MOVES=2000 makes as many moves as the page asks for.
"""

import os
import random
from dataclasses import dataclass, field, replace

import pytest

from engage import dates
from engage.database.tenancy import every_school
from engage.people import class_actions, person_actions
from engage.people.leaving import ORPHANS
from engage.people.matrix import MATRIX
from engage.people.models import ClassMember, Membership, Person, Session
from engage.people.rules import Role, Scope, best
from engage.people.sessions import Table
from engage.web.sessions import hash_of
from tests import make
from tests.school import TestSchool, as_reader, give_session

pytestmark = pytest.mark.slow

MOVES = int(os.environ.get("ENGAGE_MOVES", "80"))
GIVEN = (Role.TEACHER, Role.HELPER, Role.SPECIALIST, Role.AIDE, Role.VIEWER)


@dataclass
class Known:
    """What the history says of one: roles by school, the classes of today, whether here at all."""

    roles: dict[str, set[Role]] = field(default_factory=dict)
    classes: dict[str, set[int]] = field(default_factory=dict)
    gone: bool = False

    def at(self, slug: str) -> frozenset[Role]:
        return frozenset() if self.gone else frozenset(self.roles.get(slug, ()))


async def test_rights_follow_from_what_one_is_at_the_moment(school: TestSchool):
    chance = random.Random(MOVES)
    admins = {"lincoln": school.alma}
    boss = await make.person("Bo", Role.SCHOOL_ADMIN, school.roosevelt, login="bo")
    admins["roosevelt"] = await as_reader(boss, "roosevelt")
    rooms = {
        "lincoln": [school.room, await make.school_class(school.lincoln, "Room 14")],
        "roosevelt": [await make.school_class(school.roosevelt, "Room 1")],
    }
    schools = {"lincoln": school.lincoln, "roosevelt": school.roosevelt}
    people: dict[int, tuple[Person, Known]] = {}
    for number in range(6):
        slug = chance.choice(list(schools))
        role = Role.STUDENT if number % 2 else chance.choice(GIVEN)
        login = None if role is Role.STUDENT else f"p{number}"
        made = await make.person(f"P{number}", role, schools[slug], grade=3 if login is None else None, login=login)
        people[made.id] = made, Known({slug: {role}}, {slug: set()})
    tokens: dict[int, str] = {}
    for _ in range(MOVES):
        who = chance.choice(list(people))
        ended = await move(chance, *people[who], admins, rooms)
        if ended and who in tokens:
            gone = tokens.pop(who)
            assert not await Session.filter(token_hash=hash_of(gone)).exists(), "the session outlived the roles"
        person, known = chance.choice(list(people.values()))
        for slug in schools:
            await compare(person, known, slug, tokens)
    with every_school("orphans are looked for everywhere"):
        client = Membership._meta.db
        # sessions of who is gone were made here on purpose
        assert (await client.execute_query_dict(ORPHANS["class_member"]))[0]["number"] == 0


async def move(chance, person, known, admins, rooms) -> bool:
    """One change by an admin; whether it ends the person's sessions."""
    slug = chance.choice([*(known.roles or admins)])
    by = admins[slug]
    fresh = await Person.get(id=person.id, school_id=person.school_id)
    here = known.roles.get(slug, set())
    what = chance.choice(("role", "leave", "back", "in", "out", "move"))
    if what == "role" and here and Role.STUDENT not in here and not known.gone:
        if left := [role for role in GIVEN if role not in here]:
            role = chance.choice(left)
            await person_actions.give_role(fresh, role, by=by)
            here.add(role)
            return True
    elif what == "leave" and here and not known.gone:
        await person_actions.let_go(fresh, by=by)
        known.classes[slug] = set()
        if len(known.roles) > 1:
            del known.roles[slug]
        else:
            known.gone = True
        return True
    elif what == "back" and here and known.gone:
        await person_actions.take_back(fresh, by=by)
        known.gone = False
    elif what == "in" and here and not known.gone:
        room = chance.choice(rooms[slug])
        if room.id not in known.classes[slug] and (here & {Role.STUDENT, Role.TEACHER}):
            await class_actions.put_in(room, [person.key], by=by)
            known.classes[slug].add(room.id)
    elif what == "out" and known.classes.get(slug):
        number = chance.choice(sorted(known.classes[slug]))
        room = next(one for one in rooms[slug] if one.id == number)
        await class_actions.take_out(room, fresh, by=by)
        known.classes[slug].discard(number)
    elif what == "move" and not known.gone and Role.STUDENT not in here:
        other = next(name for name in admins if name != slug)
        if other not in known.roles:  # a second school: by hand, as a roster of that one does it
            await Membership.create(school_id=rooms[other][0].school_id, person_id=person.id, role=Role.TEACHER)
            known.roles[other], known.classes[other] = {Role.TEACHER}, set()
            await Session.filter(person_id=person.id).delete()
            return True
    return False


async def compare(person: Person, known: Known, slug: str, tokens: dict[int, str]) -> None:
    """What the guard knows of a session, against what the history says."""
    token = tokens.get(person.id)
    if token is None:  # of who is gone as well: a session that was left over opens nothing
        there = await as_reader(person, next(iter(known.roles)))
        token = await give_session(replace(there, id=person.id), dates.now())
    if not known.gone:
        tokens[person.id] = token
    visit = await Table().visit(slug, token)
    assert visit is not None
    reader, roles = visit.user, known.at(slug)
    assert reader.roles == roles
    expected = known.classes.get(slug, set()) if roles else set()
    assert reader.class_ids | reader.taught_ids == expected
    assert not (reader.class_ids and Role.STUDENT not in roles)
    for act in MATRIX:
        for scope in Scope:
            assert reader.answers(act, scope) == best(roles, act, scope), (act, scope)
    today = ClassMember.filter(person_id=person.id, school_id=reader.school.id, until__isnull=True)
    assert {row["school_class_id"] for row in await today.values("school_class_id")} == expected
