"""No statement reaches the rows of a school without naming it."""

import pytest
from tortoise.expressions import Q, Subquery
from tortoise.functions import Count

from engage.database.tenancy import NoSchool, every_school, names_its_school, tenant_tables
from engage.models import CuratedList, District, ListItem, Person, Resource, School
from engage.people.rules import Role
from tests import make

TABLES = frozenset({"resource", "curated_list", "list_item"})

HELD = [
    'SELECT "id" FROM "resource" WHERE "school_id"=?',
    'SELECT "id" FROM "resource" WHERE "school_id" IN (?,?) ORDER BY "id" LIMIT 3',
    'SELECT "id" FROM "resource" WHERE ("a"=? OR "b"=?) AND "resource"."school_id"=$3',
    'SELECT "id" FROM "resource" WHERE ("school_id"=? AND "a"=?) OR ("school_id"=? AND "b"=?)',
    'SELECT COUNT(*) FROM (SELECT "id" FROM "resource" WHERE "school_id"=? LIMIT 5) "s"',
    'SELECT "l"."id" FROM "list_item" "l" LEFT OUTER JOIN "resource" "r" ON "l"."resource_id"="r"."id" '
    'WHERE "l"."school_id"=? GROUP BY "l"."id"',
    'SELECT "id" FROM "district" WHERE "name"=?',
    'UPDATE "resource" SET "title"=? WHERE "school_id"=? AND "state"=?',
    'UPDATE "resource" SET "title"=? WHERE "id"=?',
    'UPDATE "resource" SET "title"=CASE WHEN "id"=? THEN ? END WHERE "id" IN (?,?)',
    'DELETE FROM "resource" WHERE "id"=$1',
    'INSERT INTO "resource" ("school_id","title") VALUES (?,?)',
    'WITH "w" AS (SELECT "id" FROM "resource" WHERE "school_id"=?) SELECT * FROM "w"',
    'SELECT "id" FROM "resource" WHERE "title"=\'it\'\'s (SELECT\' AND "school_id"=?',
    'SELECT "a" FROM "resource" WHERE "school_id"=? UNION ALL SELECT "a" FROM "list_item" WHERE "school_id"=?',
    "PRAGMA foreign_key_check",
]
REFUSED = [
    'SELECT "id" FROM "resource"',
    'SELECT "school_id" FROM "resource" WHERE "id"=?',
    'SELECT "id" FROM "resource" WHERE "school_id"=? OR "title"=?',
    'SELECT "id" FROM "resource" WHERE NOT "school_id"=?',
    'SELECT "id" FROM "resource" WHERE NOT ("school_id"=? AND "a"=?)',
    'SELECT "id" FROM "resource" WHERE "school_id"<>?',
    'SELECT "id" FROM "resource" WHERE "school_id" IS NOT NULL',
    'SELECT "id" FROM "resource" WHERE "school_id" NOT IN (?)',
    'SELECT "id" FROM "resource" WHERE "title"=\'"school_id"=1\'',
    'SELECT "id" FROM "resource" WHERE "a"=? ORDER BY "school_id"=1',
    'SELECT "id" FROM "district","resource" WHERE "a"=?',
    'SELECT "id" FROM "district" JOIN "resource" ON "a"="b" WHERE "a"=?',
    'SELECT "id" FROM "resource" WHERE "school_id"=? AND "id" IN (SELECT "resource_id" FROM "list_item" WHERE "a"=?)',
    'SELECT "id" FROM "resource" WHERE "id" IN (SELECT "resource_id" FROM "list_item" WHERE "school_id"=?)',
    'SELECT "id", (SELECT COUNT(*) FROM "list_item") FROM "district"',
    'UPDATE "resource" SET "school_id"=?',
    'UPDATE "resource" SET "title"=? WHERE "state"=?',
    'UPDATE "resource" SET "title"=? WHERE "id" IN (SELECT "id" FROM "resource" LIMIT 1)',
    'UPDATE "resource" SET "title"=? WHERE "id">?',
    'DELETE FROM "resource"',
    'INSERT INTO "copy" ("title") SELECT "title" FROM "resource"',
    'SELECT "a" FROM "resource" WHERE "school_id"=? UNION ALL SELECT "a" FROM "list_item"',
    'WITH "w" AS (SELECT "id" FROM "resource") SELECT * FROM "w" WHERE "school_id"=?',
    "select id from resource where id = ?",
]


@pytest.mark.parametrize("statement", HELD)
def test_a_statement_held_to_a_school_passes(statement):
    assert names_its_school(statement, TABLES)


@pytest.mark.parametrize("statement", REFUSED)
def test_a_statement_that_could_reach_another_school_does_not(statement):
    assert not names_its_school(statement, TABLES)


async def test_every_table_with_a_school_is_guarded(db):
    found = tenant_tables()
    assert {"resource", "curated_list", "list_item", "person", "membership"} <= found
    assert not {"school", "district", "job", "tick", "session"} & found


@pytest.fixture
async def lincoln(db):
    return await make.school("lincoln", "Lincoln", await make.district())


async def test_the_ways_we_ask_pass_and_the_careless_ones_do_not(lincoln):
    book = await Resource.create(school_id=lincoln.id, title="Sea")
    sea = await CuratedList.create(school_id=lincoln.id, slug="sea", title="Sea")
    await ListItem.bulk_create([ListItem(school_id=lincoln.id, curated_id=sea.id, resource_id=book.id)])
    mine = Resource.filter(school_id=lincoln.id)

    assert await mine.count() == 1
    assert await mine.exists()
    assert await mine.get_or_none(title="Sea") == book
    assert await mine.exclude(title="Land").filter(Q(title="Sea") | Q(summary="x")).values_list("id", flat=True)
    items = ListItem.filter(school_id=lincoln.id)
    assert await items.values("id", title="resource__title") == [{"id": 1, "title": "Sea"}]
    assert await mine.filter(id__in=Subquery(items.values("resource_id"))).count() == 1
    assert await items.annotate(n=Count("id")).group_by("curated_id").values("curated_id", "n")
    assert await mine.filter(title="Sea").update(summary="waves") == 1
    book.title = "The sea"
    await book.save(update_fields=["title"])
    await Resource.bulk_update([book], ["title"])
    await book.delete()

    for careless in (
        Resource.all().count(),
        Resource.get_or_none(id=book.id),
        Resource.filter(id=book.id).exists(),
        Resource.filter(title="Sea").values("id"),
        Resource.filter(title="Sea").delete(),
        Resource.exclude(school_id=lincoln.id).values("id"),
        Resource.filter(Q(school_id=lincoln.id) | Q(title="Sea")).values("id"),
        mine.filter(id__in=Subquery(ListItem.all().values("resource_id"))).count(),
        sea.items.all(),
        CuratedList.filter(school_id=lincoln.id).prefetch_related("items"),
        School.all().values("id", title="resources__title"),
        Person.filter(memberships__role=Role.STUDENT).count(),
    ):
        with pytest.raises(NoSchool):
            await careless


async def test_work_over_several_schools_says_why(lincoln):
    with pytest.raises(NoSchool):
        await Resource.all().count()
    with every_school("a count for the test"):
        assert await Resource.all().count() == 0
    with pytest.raises(NoSchool):
        await Resource.all().count()
    assert await District.all().count() == 1
