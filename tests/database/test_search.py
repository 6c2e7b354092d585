"""The search index follows the catalogue, on both databases."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise.connection import get_connection

from engage.database.fold import fts5, search_text
from engage.database.queue import sql
from engage.models import Resource, School
from engage.resources.finding import holding
from tests import make


async def found(text: str) -> list[str]:
    """The titles of Lincoln's resources that a query finds."""
    client = get_connection("default")
    source, values = holding(client, 1, text)
    statement = sql(f"SELECT r.title {source} AND r.school_id = 1 ORDER BY r.title", client)
    return [row["title"] for row in await client.execute_query_dict(statement, values)]


async def book(school: School, title: str, *more: str) -> Resource:
    return await Resource.create(school_id=school.id, title=title, search_text=search_text(title, *more))


@pytest.fixture
async def lincoln(db):
    return await make.school("lincoln", "Lincoln", await make.district())


async def test_words_are_found_by_their_beginnings_in_any_case_and_accent(lincoln):
    await book(lincoln, "Le Café d'été", "Zoë Müller", "978-0-14-032872-1")
    await book(lincoln, "Cafeteria")
    assert await found("CAFÉ") == ["Cafeteria", "Le Café d'été"]
    assert await found("cafe zoe") == ["Le Café d'été"]
    assert await found("été") == await found("mull") == await found("9780140328721") == ["Le Café d'été"]
    assert await found("978 0 14 032872 1") == ["Le Café d'été"]
    assert await found("teria") == []


async def test_the_index_follows_changes_and_removals(lincoln):
    sea = await book(lincoln, "Sea")
    await book(lincoln, "Land")
    sea.title, sea.search_text = "Ocean", "ocean"
    await sea.save(update_fields=["title", "search_text"])
    assert (await found("sea"), await found("ocean")) == ([], ["Ocean"])
    await Resource.filter(school_id=lincoln.id).update(search_text="both")
    assert await found("both") == ["Land", "Ocean"]
    await Resource.filter(school_id=lincoln.id).update(popularity=7)
    await Resource.filter(school_id=lincoln.id).update(popularity=-3, search_text="all")
    await Resource.filter(school_id=lincoln.id).update(popularity=90_000, search_text="both")
    assert (await found("both"), await found("all")) == (["Land", "Ocean"], [])
    await sea.delete()
    assert await found("both") == ["Land"]
    await School.filter(id=lincoln.id).delete()
    assert await found("both") == []
    client = get_connection("default")
    left = "resource_words"
    if client.capabilities.dialect == "sqlite":
        left = "resource_vocabulary"  # which SQLite makes from the index itself
        await client.execute_query("INSERT INTO resource_text (resource_text) VALUES ('integrity-check')")
    assert (await client.execute_query_dict(f"SELECT COUNT(*) AS number FROM {left}"))[0]["number"] == 0


async def test_nothing_that_a_visitor_types_is_an_error(lincoln):
    await book(lincoln, "Sea")

    @given(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=40))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def typed(text: str) -> None:
        queries.append(text)

    queries: list[str] = ['"', "'", "* AND", "NEAR(a, 2)", "a:b", "-x", "^x", "a'':*", "1e5", "0x1f", "www.a.com", "½"]
    typed()
    for text in queries:
        if fts5(text):
            await found(text)


async def test_what_was_stored_is_found_by_each_of_its_words(lincoln):
    for title in ("1e5 0x1f v2.0", "www.example.org/a?b=c", "O'Brien-Smith", "½ cup", "κόσμος", "한국어 책", "ﬁn"):
        await book(lincoln, title)
        for word in search_text(title).split():
            assert title in await found(word), (title, word)
