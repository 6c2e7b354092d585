"""I3: what must not be there twice, the database itself refuses, whatever an action forgot. Source: SAFETY.md."""

import json

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from engage import dates
from engage.classes.models import Assignment, AssignmentItem
from engage.database.fields import new_key
from engage.people.models import FormKey
from engage.people.rules import Reader
from engage.programs.models import Award, Badge, LogEntry
from engage.resources.incoming_models import Import, ImportRow
from engage.resources.rules import ImportState, Outcome
from tests import make
from tests.school import TestSchool


async def first_of(what: str, school: TestSchool, ada: Reader, sam: Reader) -> Model:
    """One row as the wings write it."""
    of, today = {"school_id": school.card.id}, dates.today(school.card.zone)
    match what:
        case "an enrolment":
            return await make.enrolment(await make.program(by=ada), sam)
        case "an award":
            program = await make.program(by=ada, badges=[{"title": "Forty", "rule": json.dumps({"rule": "total"})}])
            badge = await Badge.get(**of)
            row = {"program_id": program.id, "badge_id": badge.id, "person_id": sam.id}
            return await Award.create(**of, **row, state="earned", earned_on=today)
        case "an entry":
            await make.facts(sam, [(0, 20)])
            return await LogEntry.get(**of)
        case "the form of an assignment":
            return await FormKey.create(person_id=sam.id, key="one", content="", at=dates.now())
        case "a thing of an assignment":
            curated = await make.curated_list(ada, "Sea stories", 1)
            asked = await Assignment.create(**of, curated_id=curated.id, kind="all", shows_from=today, by_id=ada.id)
            (thing,) = await make.resources(1)
            return await AssignmentItem.create(**of, assignment_id=asked.id, resource_id=thing.id)
        case _:
            brought = await Import.create(**of, kind="csv", name="a.csv", state=ImportState.DONE)
            return await ImportRow.create(**of, of_import_id=brought.id, number=1, outcome=Outcome.ADDED)


@pytest.mark.parametrize(
    "what",
    ["an enrolment", "an award", "an entry", "the form of an assignment", "a thing of an assignment", "an import row"],
)
async def test_the_database_takes_no_second_one(school: TestSchool, ada: Reader, sam: Reader, what: str) -> None:
    first = await first_of(what, school, ada, sam)
    table = type(first)
    copy = {name: value for name, value in dict(first).items() if name != "id"}
    # a key of its own is no reason to be refused
    copy |= {"key": new_key()} if table._meta.db_table != "form_key" and "key" in copy else {}
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        await table.create(**copy)
