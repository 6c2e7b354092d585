"""A student's own marks on the resources of a page, and nobody else's."""

from datetime import date

from engage import dates
from engage.people.rules import Reader
from engage.programs.marks import Mark, marks_of
from engage.programs.models import ResourceProgress, Saved
from tests import make
from tests.conftest import Statements
from tests.school import TestSchool


async def test_own_marks_in_one_statement(school: TestSchool, statements: Statements) -> None:
    first, second, third, other = await make.resources(4)
    on = date(2026, 11, 2)
    of_sam = {"school_id": school.card.id, "person_id": school.sam.id}
    await Saved.create(**of_sam, resource_id=first.id, at=dates.now())
    await Saved.create(**of_sam, resource_id=second.id, at=dates.now())
    await ResourceProgress.create(**of_sam, resource_id=second.id, state="finished", started_on=on, on=on)
    await ResourceProgress.create(**of_sam, resource_id=third.id, state="started", started_on=on, on=on)
    await ResourceProgress.create(**of_sam, resource_id=other.id, state="started", started_on=on, on=on)
    asked = [first.id, second.id, third.id]
    statements.forget()
    assert await marks_of(school.sam, asked) == {
        first.id: Mark(saved=True),
        second.id: Mark(True, "finished", on),
        third.id: Mark(False, "started", on),
    }
    assert len(statements) == 1
    for somebody in (school.tom, school.remy, Reader(school.card)):
        assert await marks_of(somebody, asked) == {}
    assert await marks_of(school.sam, []) == {}
