"""The database that tests are given."""

from engage.models import District


async def test_each_test_has_an_empty_database_of_its_own(db, statements):
    assert await District.all().count() == 0
    await District.create(name="Lakes")
    assert await District.all().count() == 1
    assert len(statements) == 3
