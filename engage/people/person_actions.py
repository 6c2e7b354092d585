"""What the office does with single people: a student or somebody of the staff comes, changes, leaves, comes back."""

from datetime import timedelta

from engage import dates
from engage.database.queue import enqueue
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, Refused
from engage.people import actions, audit, leaving, sessions
from engage.people.models import ClassMember, Membership, Person, School
from engage.people.once import once
from engage.people.privacy_models import Erasure
from engage.people.register_rules import ErasureState
from engage.people.roster_rules import LONGEST_NAME, looks, tidy
from engage.people.rules import Reader, Role, Scope, Status, named
from engage.people.staff_access import act_for

IN_CLASSES = frozenset({Role.TEACHER, Role.HELPER})


@one_transaction
async def add_student(name: str, letter: str, grade: int | None, form_key: str, *, by: Reader) -> str:
    """A student comes. Returns the person's key. Raises NotAllowed, Refused."""
    _check(by, "CLS04")
    school = await School.get(id=by.school.id)

    async def act() -> str:
        await check_told_apart(by.school.id, name, letter)
        today = dates.today(by.school.zone)
        plain = tidy(name, LONGEST_NAME)
        person = await actions.create_person(school, plain, Role.STUDENT, grade=grade, letter=letter, on=today)
        await audit.note("added a student", by=by, about_id=person.id)
        return person.key

    return await once(by, form_key, {"name": name, "letter": letter, "grade": grade}, act)


@one_transaction
async def add_staff(name: str, login: str, role: Role, form_key: str, *, by: Reader) -> str:
    """Somebody of the staff comes, without a password yet. Returns the person's key. Raises NotAllowed, Refused."""
    _check(by, "CLS10")
    _check_given(by, {role})
    school = await School.get(id=by.school.id)

    async def act() -> str:
        today = dates.today(by.school.zone)
        email = login.casefold() if "@" in login else ""
        plain = tidy(name, LONGEST_NAME)
        person = await actions.create_person(school, plain, role, login=login, email=email, on=today)
        await audit.note("added somebody of the staff", by=by, about_id=person.id, detail=role.value)
        return person.key

    return await once(by, form_key, {"name": name, "login": login, "role": role}, act)


@one_transaction
async def change_student(person: Person, name: str, letter: str, grade: int | None, *, by: Reader) -> None:
    """Give a student another name, letter or grade. Raises NotAllowed, Refused."""
    _check(by, "CLS08")
    await check_told_apart(by.school.id, name, letter, but=person.id)
    person.name, person.letter, person.grade = tidy(name, LONGEST_NAME), letter, grade
    await person.save(update_fields=["name", "letter", "grade"])
    await audit.note("changed a student", by=by, about_id=person.id)
    await enqueue("follow_rosters", key="follow-rosters-now")


@one_transaction
async def give_role(person: Person, role: Role, *, by: Reader) -> None:
    """Give somebody of the staff one more role; their sessions end (SAFETY.md, S1). Raises NotAllowed, Refused."""
    _check_other(by, person, "CLS10")
    _check_given(by, {role})
    here = Membership.filter(school_id=by.school.id, person_id=person.id)
    if await here.filter(role=Role.STUDENT).exists():
        raise Refused("A student never has a role of the staff.", about="role")
    if await here.filter(role=role).exists():
        raise Refused("They have this role already.", about="role")
    await Membership.create(school_id=by.school.id, person_id=person.id, role=role)
    await sessions.end_all_sessions(person.id)
    await audit.note("gave a role", by=by, about_id=person.id, detail=role.value)


@one_transaction
async def take_role(person: Person, role: Role, *, by: Reader) -> None:
    """Take one of several roles from somebody of the staff; their sessions end. Raises NotAllowed, Refused.

    With the last role of a class go the classes (SAFETY.md, A6).
    """
    _check_other(by, person, "CLS13")
    _check_given(by, {role})
    here = Membership.filter(school_id=by.school.id, person_id=person.id)
    held = {one.role for one in await here.select_for_update().only("id", "role")}
    if role not in held:
        raise Refused("They do not have this role.")
    if held == {role}:
        raise Refused("That is all that they do here. If they leave the school, say so below.")
    await here.filter(role=role).delete()
    if not (held - {role}) & IN_CLASSES:
        members = ClassMember.filter(school_id=by.school.id, person_id=person.id, until__isnull=True)
        await members.update(until=dates.today(by.school.zone) - timedelta(days=1))
    await sessions.end_all_sessions(person.id)
    await audit.note("took a role", by=by, about_id=person.id, detail=role.value)


@one_transaction
async def let_go(person: Person, *, by: Reader) -> None:
    """Somebody leaves the school: all rights here end at once, what they did stays. Raises NotAllowed, Refused.

    Who has a role at another school keeps that one.
    """
    here = Membership.filter(school_id=by.school.id, person_id=person.id)
    roles: set[Role] = {role for (role,) in await here.values_list("role")}
    student = Role.STUDENT in roles
    if student:
        _check(by, "CLS04")
    else:
        _check_other(by, person, "CLS13")
        _check_given(by, roles)
    if person.status is not Status.ACTIVE:
        raise Refused("They have left already.")
    with every_school("whoever has a role at another school is not gone"):
        elsewhere = await Membership.filter(person_id=person.id).exclude(school_id=by.school.id).exists()
    if elsewhere:
        await here.delete()
    else:
        person.status, person.gone_at = Status.GONE, dates.now()
        await person.save(update_fields=["status", "gone_at"])
    await leaving.end_here(by.school.id, [person.id], dates.today(by.school.zone) - timedelta(days=1))
    await audit.note("let somebody go", by=by, about_id=person.id)
    await enqueue("follow_rosters", key="follow-rosters-now")


@one_transaction
async def take_back(person: Person, *, by: Reader) -> None:
    """Somebody who left comes back as the same person, in no class yet. Raises NotAllowed, Refused."""
    here = Membership.filter(school_id=by.school.id, person_id=person.id)
    roles: set[Role] = {role for (role,) in await here.values_list("role")}
    _check(by, "CLS04" if Role.STUDENT in roles else act_for(roles))
    home: int = person.school_id  # type: ignore[attr-defined]
    person = await Person.filter(school_id=home, id=person.id).select_for_update().get()
    if person.status is Status.ACTIVE:
        raise Refused("They are here.")
    if await Erasure.filter(school_id=by.school.id, person_id=person.id, state=ErasureState.BEGUN).exists():
        raise Refused("They are being erased, and do not come back.")
    person.status, person.gone_at = Status.ACTIVE, None
    await person.save(update_fields=["status", "gone_at"])
    await audit.note("took somebody back", by=by, about_id=person.id)


def _check(by: Reader, act: str) -> None:
    if not by.may(act, Scope.SCHOOL):
        raise NotAllowed(act)


def _check_other(by: Reader, person: Person, act: str) -> None:
    """Nobody changes their own roles (SAFETY.md, A7)."""
    _check(by, act)
    if person.id == by.id:
        raise NotAllowed(act, "Nobody changes their own roles. Ask another admin.")


def _check_given(by: Reader, roles: set[Role]) -> None:
    """Who may give roles may take them, and nobody else: a school admin's is for the district's (CLS11, CLS12)."""
    act = act_for(roles)
    if not by.may(act, Scope.SCHOOL):
        raise NotAllowed(act)


async def check_told_apart(school_id: int, name: str, letter: str, but: int | None = None) -> None:
    """Two children whose names look the same need letters. Raises Refused.

    but: the number of the student whose name it is to be.
    """
    here = Person.filter(school_id=school_id, status=Status.ACTIVE, memberships__role=Role.STUDENT)
    wanted = looks(named(tidy(name, LONGEST_NAME), letter))
    for number, other, its_letter in await here.values_list("id", "name", "letter"):
        if number != but and looks(named(other, its_letter)) == wanted:
            said = "There is a student of this name already. Give a letter that tells them apart."
            raise Refused(said, about="letter")
