"""A library that was in use before the latest steps loses nothing by them, and is found as before."""

from collections import Counter
from datetime import datetime

import pytest
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.exceptions import IntegrityError, OperationalError

from engage.database.config import tortoise_config
from engage.database.opening import opened
from engage.database.operations import migrate
from engage.database.tenancy import every_school
from engage.people.models import Person, Session
from engage.resources.models import Holding, Link, PurchaseRequest, Resource
from engage.resources.record import CatalogueRecord, Maker
from engage.resources.search import Wanted, find
from tests.database.old_library import NOW, a_person, a_school, insert

EMPTY_TEXTS = ("other_titles", "summary", "subjects", "publisher", "series", "dewey", "cover", "kept", "origin")
# of each resource: whether a shelf copy stands there, copies of it, and whether it has a link
HELD = {
    "Owls on shelf": (3, False),
    "Owls gone": (0, False),
    "Owls online": (None, True),
    "Owls lost": (None, False),
}


async def a_resource(school: int, title: str, number: int) -> int:
    here, online = HELD[title][0] is not None, HELD[title][1]
    known = {"state": "offered", "title": title, "title_sort": title.lower(), "mode": "reading", "format": "book"}
    plain = {"language": "en", "explicit": False, "popularity": 0, "content_hash": "", "version": 1, "creators": "Ann"}
    own = {"key": f"{school}resource{number}".ljust(13, "0"), "search_text": title.lower(), "match_key": f"{number}"}
    texts = dict.fromkeys(EMPTY_TEXTS, "")
    return await insert(
        "resource", school_id=school, made_at=NOW, changed_at=NOW, here=here, online=online,
        **known, **plain, **own, **texts,
    )  # fmt: skip


async def a_library_of_then() -> Counter[str]:
    """Two schools with the same titles, a shelf, a link and a feed each. How many rows of each table there are."""
    made: Counter[str] = Counter()
    district = await insert("district", key="districtdistr", name="Old")
    for slug in ("oak", "elm"):
        school = await a_school(slug, district)
        for number, (title, (copies, online)) in enumerate(HELD.items()):
            beside = {"resource_id": await a_resource(school, title, number), "school_id": school, "origin": ""}
            if copies is not None:
                place = {"call_number": "E OWL", "location": "", "barcodes": "", "copies": copies, "as_of": NOW}
                await insert("holding", **beside, **place)
            for address in range(2 if online else 0):
                facts = {"provider": "", "access": "", "media_type": "", "state": "unchecked"}
                await insert("link", **beside, **facts, url=f"https://owls.example/{address}")
            made.update(resource=1, holding=copies is not None, link=2 * online)
        await insert(
            "source", key=f"{slug}source".ljust(13, "0"), url="https://owls.example/feed", url_hash="1", kind="feed",
            title="Owls", site="", state="active", etag="", last_modified="", body_hash="", minutes_between=60,
            next_visit_at=NOW, failures=0, problem="", moved_to="", moved_seen=0, changes_ids=False, fence=0,
            made_at=NOW, school_id=school,
        )  # fmt: skip
        made["source"] += 1
    return made


async def a_session(school: int, token: str) -> int:
    """Somebody who is signed in, and to whom something is still to be said."""
    person = await a_person(school, token)
    return await insert(
        "session", token_hash=token, person_id=person, way="password", device="", made_at=NOW, seen_at=NOW, ends_at=NOW,
        said="[]",
    )  # fmt: skip


async def check_sessions(ids: list[int]) -> None:
    """They are as they were, without what was said, and the next one is kept as these were."""
    rows = await Session.all().order_by("id").values("id", "token_hash", "roles", "way")
    assert rows == [{"id": one, "token_hash": f"token{one}", "roles": "", "way": "password"} for one in ids]
    at = datetime.fromisoformat(NOW)
    more = {"person_id": 1, "made_at": at, "seen_at": at, "ends_at": at}
    with pytest.raises(IntegrityError):
        await Session.create(token_hash="token1", **more)
    assert (await Session.create(token_hash="another", **more)).id not in ids
    await Session.filter(token_hash="another").delete()
    with pytest.raises(OperationalError):
        await insert("session", token_hash="old", person_id=1, made_at=NOW, seen_at=NOW, ends_at=NOW, said="")
    client = get_connection("default")
    lite = client.capabilities.dialect == "sqlite"
    asked = "sql FROM sqlite_master WHERE tbl_name" if lite else "indexdef AS sql FROM pg_indexes WHERE tablename"
    made = [row["sql"] or "" for row in await client.execute_query_dict(f"SELECT {asked} = 'session'")]
    indexed = [sql for sql in made if "INDEX" in sql]
    assert [sum(name in sql for sql in indexed) for name in ("person_id", "ends_at")] == [1, 1]
    # who is gone takes the sessions along
    await Person.filter(id=1).delete()
    assert await Session.all().values_list("id", flat=True) == ids[1:]


SPOKEN_BY = "louis sachar"
LONG = (
    "the strange and wonderful adventures of a very small owl who lived alone in a wood and of all that befell her then"
)
# of each resource: its title, its format, and the key it had; then the key that it has
KEYED = [
    ("Holes", "book", f"holes|{SPOKEN_BY}|book", f"holes|{SPOKEN_BY}|book"),
    ("Holes", "e-book", f"holes|{SPOKEN_BY}|e-book", f"holes|{SPOKEN_BY}|book"),
    ("Holes", "audiobook", f"holes|{SPOKEN_BY}|audiobook", f"holes|{SPOKEN_BY}|book"),
    ("Holes", "picture book", f"holes|{SPOKEN_BY}|picture book", f"holes|{SPOKEN_BY}|book"),
    ("Holes", "film", f"holes|{SPOKEN_BY}|film", f"holes|{SPOKEN_BY}|film"),
    ("Holes", "graphic novel", f"holes|{SPOKEN_BY}|graphic novel", f"holes|{SPOKEN_BY}|graphic novel"),
    *(
        (f"{LONG} volume {number}", "audiobook", f"{f'{LONG} volume'[:120]}||audiobook", "")
        for number in (1, 2)
    ),
]  # fmt: skip


async def a_catalogue_of_then() -> int:
    """A school with editions of one work, each under the key of its own format."""
    school = await a_school("ash", 1)
    for number, (title, format, key, _) in enumerate(KEYED):
        made = await a_resource(school, "Owls on shelf", number)
        change = f"""UPDATE "resource" SET "title"='{title}', "format"='{format}', "match_key"='{key}',
            "creators"='Louis Sachar' WHERE "id"={made}"""
        await get_connection("default").execute_query_dict(f'{change} RETURNING "id"')
    return school


async def check_keys(school: int) -> None:
    """Editions are found by one key now, which is the one that a record of each would have."""
    rows = await Resource.filter(school_id=school).order_by("id").values("title", "format", "match_key", "editions")
    keys = [
        CatalogueRecord(
            row["title"], makers=(Maker("Sachar, Louis"),) if row["title"] == "Holes" else (), format=row["format"]
        ).match_key
        for row in rows
    ]
    assert [row["match_key"] for row in rows] == keys
    assert keys[: len(KEYED) - 2] == [key for _, _, _, key in KEYED[:-2]]
    assert len(set(keys[-2:])) == 2
    assert {row["editions"] for row in rows} == {""}


async def test_a_library_of_two_steps_ago_comes_along_whole(empty_url):
    assert await migrate(empty_url, upto="0002_indexes") == ["0001_initial", "0002_indexes"]
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(empty_url))
        with every_school("an old library"):
            made = await a_library_of_then()

    steps = await migrate(empty_url, upto="0013_lists_together")
    assert {"0009_link_checks", "0010_search_by_popularity"} <= set(steps)
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(empty_url))
        with every_school("an old library"):
            for number, title in enumerate(("The Café", "Hoot")):
                more = {
                    "state": "asked",
                    "made_at": NOW,
                    **dict.fromkeys(("creator", "why", "isbn", "url", "answer"), ""),
                }
                await insert(
                    "purchase_request", school_id=1, key=f"request{number}".ljust(13, "0"), title=title, **more
                )
            sessions = [await a_session(1, f"token{number}") for number in (1, 2)]
            editions = await a_catalogue_of_then()
            made["resource"] += len(KEYED)
    assert {"0014_requests_by_title", "0023_editions"} <= set(await migrate(empty_url))
    async with opened(empty_url):
        client = get_connection("default")
        with every_school("the same library now"):
            for table, number in made.items():
                rows = await client.execute_query_dict(f'SELECT count(*) AS number FROM "{table}"')
                assert (table, rows[0]["number"]) == (table, number)
            available = {row["title"] for row in await Resource.filter(available=True).values("title")}
            keys = [row["key"] for row in await Link.all().values("key")]
            asked = {row["spoken"] for row in await PurchaseRequest.all().values("spoken")}
            schools = {row["school_id"] for row in await Holding.all().values("school_id")}
        assert available == {"Owls on shelf", "Owls online"}
        assert len(set(keys)) == made["link"]
        assert all(keys)
        assert asked == {"cafe", "hoot"}
        for school in schools:
            found = await find(school, Wanted(text="owl"))
            assert found.total == len(HELD)
        await check_keys(editions)
        await check_sessions(sessions)
        assert await migrate(empty_url) == []
