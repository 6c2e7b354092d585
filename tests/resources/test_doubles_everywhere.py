"""Whatever table refers to a resource, now or later: its rows come along when two become one, or it is said why not."""

from typing import Any

from engage.database.tenancy import every_school
from engage.people.erasing import model_of, models
from engage.resources.models import Resource
from tests.people.filling import Filling
from tests.resources.merging import make_one
from tests.school import TestSchool

# what stays with the one that went: its own description, what it was in a file, and what an entry was about until then
STAYS = {
    *("creator", "subject", "measure", "cover"),
    "import_row",
    *("entry_before", "typed_title_before"),
}


def references() -> list[tuple[str, str]]:
    """Every column that refers to a resource: table and column."""
    found = []
    for model in models():
        for name in sorted(model._meta.fk_fields | model._meta.o2o_fields):
            field: Any = model._meta.fields_map[name]
            if field.related_model is Resource:
                found.append((model._meta.db_table, field.source_field))
    return [pair for pair in sorted(found) if pair != ("resource", "merged_into_id")]


async def test_every_row_about_the_one_that_goes_comes_along(browser: Any, school: TestSchool) -> None:
    filling = Filling(school.lincoln, school.ada.id or 0)
    with every_school("a test fills everything"):
        stays = await filling.row("resource", "Stays", {})
        gone = await filling.row("resource", "Gone", {})
        for table, column in references():
            await filling.row(table, "Said", {column: gone.id})
        answer = await make_one(browser, school.ada, gone, stays)
        assert answer.status_code == 303
        left = {table for table, column in references() if await model_of(table).filter(**{column: gone.id}).exists()}
        came = {table for table, column in references() if await model_of(table).filter(**{column: stays.id}).exists()}
    assert left <= STAYS
    assert {table for table, _ in references()} - came <= STAYS
