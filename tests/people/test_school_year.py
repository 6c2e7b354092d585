"""A school year begins once: classes end, students move up, the oldest leave, and history stays."""

import pytest

from engage import dates
from engage.errors import Refused
from engage.people import year_turning
from engage.people.models import ClassMember, Person, SchoolClass
from engage.people.roster_models import YearTurn
from engage.people.rules import Role, Status
from tests import make
from tests.school import words_of

OLD = "2019-20"


@pytest.fixture
async def grown(school):
    """Lincoln at the end of an old year: Sam in grade 3, Noa in grade 5, Mia without a grade, Ben in a new class."""
    school.room.year = OLD
    await school.room.save(update_fields=["year"])
    made = {name: await make.student(name, grade=grade) for name, grade in (("Noa", 5), ("Mia", None), ("Ben", 4))}
    year = year_turning.coming_year(dates.today(school.card.zone), 8)
    room = await SchoolClass.create(school_id=school.lincoln.id, name="Room 1", year=year, code="NEW0001")
    await make.in_class(await Person.get(id=made["Ben"].id, school_id=school.lincoln.id), room, Role.STUDENT)
    return made


async def test_the_preview_says_what_would_change_and_changes_nothing(browser, school, alma, grown):
    browser.sign_in(alma)
    page = words_of(await browser.get("/admin/rosters/year"))
    assert "1 classes end" in page
    assert "1 students move up" in page
    assert "1 students leave" in page
    assert "2 students stay as they are" in page
    assert "These classes end: Room 12 ." in page or "These classes end: Room 12." in page
    other = words_of(await browser.get("/admin/rosters/year?top=12"))
    assert "2 students move up" in other
    assert await YearTurn.filter(school_id=school.lincoln.id).count() == 0
    assert (await Person.get(school_id=school.lincoln.id, id=school.sam.id)).grade == 3


async def test_a_year_begins_once_and_history_stays(browser, school, alma, grown):
    browser.sign_in(alma)
    no = await browser.post("/admin/rosters/year", {"top": "5"})
    assert (no.status_code, "if you are sure" in words_of(no)) == (422, True)
    assert (await browser.post("/admin/rosters/year", {"top": "5", "sure": "y"})).status_code == 303
    of = {"school_id": school.lincoln.id}
    assert (await SchoolClass.get(**of, id=school.room.id)).ended_on == dates.today(school.card.zone)
    assert (await SchoolClass.get(**of, name="Room 1")).ended_on is None
    grades = dict(await Person.filter(**of, name__in=["Sam", "Noa", "Mia", "Ben"]).values_list("name", "grade"))
    assert grades == {"Sam": 4, "Noa": 5, "Mia": None, "Ben": 4}
    assert (await Person.get(**of, name="Noa")).status is Status.GONE
    assert await ClassMember.filter(**of, school_class_id=school.room.id).count() == 2
    assert await ClassMember.filter(**of, school_class_id=school.room.id, until__isnull=True).count() == 0

    assert "has begun" in words_of(await browser.get("/admin/rosters/year"))
    with pytest.raises(Refused, match="has begun already"):
        await year_turning.begin_year(5, by=alma)
    assert (await Person.get(**of, name="Sam")).grade == 4


async def test_nobody_but_the_office_begins_a_year(browser, school, ada, tom, dora):
    for who, status in ((ada, 404), (dora, 404), (tom, 404)):
        assert (await browser.sign_in(who).get("/admin/rosters/year")).status_code == status
        assert (await browser.post("/admin/rosters/year", {"top": "5", "sure": "y"})).status_code == status


def test_a_year_can_be_begun_from_spring_on():
    from datetime import date

    assert year_turning.coming_year(date(2026, 11, 29), 8) == "2026-27"
    assert year_turning.coming_year(date(2027, 4, 30), 8) == "2026-27"
    assert year_turning.coming_year(date(2027, 5, 2), 8) == "2027-28"
