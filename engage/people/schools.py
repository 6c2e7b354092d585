"""The schools of a district: opened by a command or by its admin, who closes them and opens them again (ADM04).

A closed school answers nobody: not its own people, not visitors, not another system. Nobody signs in there, no feed is
fetched for it, and no letter goes out. Its rows stay, and what is kept for a time only goes in its time, as elsewhere.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Subquery

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction, savepoint
from engage.errors import NotAllowed, NotFound, Refused
from engage.people import actions, audit, queries
from engage.people.models import District, Membership, Person, School, SchoolClass, Session
from engage.people.once import once
from engage.people.roster_rules import LONGEST_NAME, folded, tidy
from engage.people.rules import LONGEST_SCHOOL, Reader, Role

ACT = "ADM04"
LONGEST_SLUG = 60
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class Opening:
    """A school that is to be opened. admin, login: of the first one who looks after it, who has no password yet."""

    name: str
    slug: str
    zone: str
    admin: str
    login: str


def check_slug(slug: str, reserved: Collection[str]) -> None:
    """Refuse what cannot be a school's part of an address. reserved: the words with which our own ones begin.

    Raises Refused.
    """
    if len(slug) > LONGEST_SLUG or not SLUG.fullmatch(slug):
        raise Refused("Use small letters, digits and hyphens between them, 60 at most.", about="slug")
    if slug in reserved:
        raise Refused(f"The address {slug} is the service's own. Choose another one.", about="slug")


async def make_school(name: str, slug: str, zone: str, district: str = "", reserved: Collection[str] = ()) -> School:
    """A new school of a district of this name, made if there is none: a command's work. Raises Refused."""
    return await _make(name, slug, zone, district or name, reserved)


@one_transaction
async def _make(name: str, slug: str, zone: str, district: str, reserved: Collection[str]) -> School:
    home, _ = await District.get_or_create(name=district)
    return await _add(home.id, name, slug, zone, reserved)


async def _add(district_id: int, name: str, slug: str, zone: str, reserved: Collection[str]) -> School:
    check_slug(slug, reserved)
    if not dates.is_zone(zone):
        raise Refused(f"There is no time zone {zone}.", about="zone")
    try:
        async with savepoint():
            return await School.create(district_id=district_id, name=tidy(name, LONGEST_SCHOOL), slug=slug, zone=zone)
    except IntegrityError:
        raise Refused(f"There is a school with the address {slug} already.", about="slug") from None


async def schools_of(reader: Reader) -> list[dict[str, Any]]:
    """The schools of the reader's district, those that are open first, by name: key slug name zone made_at closed_at.

    at_home: whether it is the reader's own one. Raises NotAllowed.
    """
    _check(reader)
    rows = await School.filter(district_id=reader.school.district_id).order_by("name", "id").values(
        "id", "key", "slug", "name", "zone", "made_at", "closed_at"
    )  # fmt: skip
    shown = [{**row, "at_home": row["id"] == reader.school.id} for row in rows]
    return sorted(shown, key=lambda row: row["closed_at"] is not None)


async def school_to_close(reader: Reader, key: str) -> dict[str, Any]:
    """An open school of the district: key slug name. Raises NotAllowed, NotFound."""
    _check(reader)
    rows = School.filter(district_id=reader.school.district_id, closed_at=None)
    found = await rows.filter(key=key).values("key", "slug", "name")
    if not found:
        raise NotFound(key)
    return found[0]


@one_transaction
async def open_new(wanted: Opening, reserved: Collection[str], form_key: str, *, by: Reader) -> str:
    """Open a school in the district of who asks, with its first admin; its slug. Raises NotAllowed, Refused.

    The admin comes in by a link, as all staff do: engage.people.staff_access.
    """
    _check(by)

    async def act() -> str:
        school = await _add(by.school.district_id, wanted.name, wanted.slug, wanted.zone, reserved)
        today = dates.today(school.zone)
        email = wanted.login.casefold() if "@" in wanted.login else ""
        admin = await actions.create_person(
            school, tidy(wanted.admin, LONGEST_NAME), Role.SCHOOL_ADMIN, login=wanted.login, email=email, on=today
        )
        of = {"by": None, "by_id": by.id, "school_id": school.id}
        await audit.note("added somebody of the staff", **of, about_id=admin.id, detail=Role.SCHOOL_ADMIN.value)
        await _note("opened a school", school, by)
        return school.slug

    return await once(by, form_key, vars(wanted), act)


@one_transaction
async def close(key: str, typed: str, *, by: Reader) -> str:
    """Close a school of the district; its name. typed: the name once more. Sessions of its people end.

    Raises NotAllowed, NotFound, Refused.
    """
    school = await _locked(key, by)
    if folded(typed) != folded(school.name):
        raise Refused("That is not the name of the school. Type it as it stands above.", about="name")
    if school.closed_at is None:
        school.closed_at = dates.now()
        await school.save(update_fields=["closed_at"])
        await _check_all_at_home(school)
        await SchoolClass.filter(school_id=school.id).update(sign_in_until=None)
        people = Person.filter(school_id=school.id).values("id")
        await Session.filter(person_id__in=Subquery(people)).delete()
        await _note("closed a school", school, by)
    return school.name


@one_transaction
async def open_again(key: str, *, by: Reader) -> str:
    """Open a closed school of the district as it was; its name. Raises NotAllowed, NotFound."""
    school = await _locked(key, by)
    if school.closed_at is not None:
        school.closed_at = None
        await school.save(update_fields=["closed_at"])
        await _note("opened a school again", school, by)
    return school.name


def _check(reader: Reader) -> None:
    if not reader.may(ACT):
        raise NotAllowed(ACT)


async def _locked(key: str, by: Reader) -> School:
    _check(by)
    # all schools of the district: two admins who close two of them at once see each other
    rows = await School.filter(district_id=by.school.district_id).order_by("id").select_for_update()
    found = next((school for school in rows if school.key == key), None)
    if found is None:
        raise NotFound(key)
    return found


async def _check_all_at_home(school: School) -> None:
    """An admin of the district has an open school to be at home in, or nobody could open this one again."""
    with every_school("the admins of a district, whichever school they are at home in"):
        held = Membership.filter(role=Role.DISTRICT_ADMIN, school__district_id=school.district_id)  # type: ignore[attr-defined]
        admins = await held.distinct().values_list("person_id", "person__name")
    for number, name in admins:
        if not await queries.home_slug(number):
            raise Refused(f"{name} looks after the district and has no other school here, so this one stays open.")


async def _note(act: str, school: School, by: Reader) -> None:
    """Where the admin is at home, and in the school itself."""
    await audit.note(act, by=by, subject=school.key, detail=school.name)
    if school.id != by.school.id:
        await audit.note(act, by=None, by_id=by.id, school_id=school.id, subject=school.key, detail=school.name)
