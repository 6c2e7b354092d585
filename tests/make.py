"""Builds the things that tests speak about, small and with words of their own."""

from datetime import date
from typing import Any

from engage.engagement.rules import Mode
from engage.people.models import ClassMember, District, Membership, Person, School, SchoolClass
from engage.people.rules import Role
from engage.resources.keeping import keep_resource
from engage.resources.models import Resource
from engage.resources.record import Address, CatalogueRecord, Maker, Place

YEAR = "2026-27"
TERM_STARTS = date(2020, 8, 1)


async def district(name: str = "Alder Valley") -> District:
    """A district without schools."""
    return await District.create(name=name)


async def school(slug: str, name: str, district: District, zone: str = "America/New_York") -> School:
    """A school without people."""
    return await School.create(slug=slug, name=name, district=district, zone=zone)


async def person(name: str, role: Role, school: School, grade: int | None = None, login: str | None = None) -> Person:
    """Somebody with one role at a school."""
    somebody = await Person.create(
        name=name, school_id=school.id, district_id=school.district_id, grade=grade, avatar="bird", login=login
    )
    await membership(somebody, role, school)
    return somebody


async def membership(person: Person, role: Role, school: School) -> None:
    """One more role."""
    await Membership.create(person_id=person.id, school_id=school.id, role=role)


async def school_class(school: School, name: str = "Room 12", grade: int = 3, code: str = "") -> SchoolClass:
    """A school class without members. code: what students type; made from the name if not given."""
    made = code or "".join(letter for letter in f"{school.slug}{name}".upper() if letter.isalnum())[:12]
    return await SchoolClass.create(school_id=school.id, name=name, grade=grade, year=YEAR, code=made)


async def in_class(person: Person, school_class: SchoolClass, role: Role) -> None:
    """A student or teacher of a school class, for as long as the tests think."""
    await ClassMember.create(
        school_id=school_class.school_id,
        school_class_id=school_class.id,
        person_id=person.id,
        role=role,
        since=TERM_STARTS,
    )


async def resource(
    title: str = "Owl Moon",
    creator: str = "Jane Yolen",
    mode: Mode = Mode.READING,
    call_number: str = "",
    url: str = "",
    school: str = "lincoln",
    **more: Any,
) -> Resource:
    """A resource in the catalogue of a school, with a holding where it has a call number and a link where it has a url.

    more: other fields of engage.resources.record.CatalogueRecord, and popularity.
    """
    popularity = more.pop("popularity", 0)
    known = CatalogueRecord(
        title=title,
        makers=(Maker(creator),) if creator else (),
        mode=mode,
        places=(Place(call_number, "Library"),) if call_number else (),
        addresses=(Address(url),) if url else (),
        **more,
    )
    made = await keep_resource((await School.get(slug=school)).id, known)
    if popularity:
        made.popularity = popularity
        await made.save(update_fields=["popularity"])
    return made
