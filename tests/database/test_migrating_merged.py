"""What was written, said and lent of resources that were merged long ago is about the ones that stay."""

from importlib import import_module
from typing import Any

from tortoise.connection import get_connection
from tortoise.context import TortoiseContext

from engage.database.config import tortoise_config
from engage.database.opening import opened
from engage.database.operations import migrate
from engage.database.tenancy import every_school
from tests.database.old_library import NOW, a_person, a_school, insert

STEPS = import_module("engage.migrations.0031_rows_of_merged").STEPS
LATER = "2026-10-01 08:00:00+00:00"
RESOURCE = (
    *("creators", "other_titles", "summary", "language", "subjects", "publisher", "series", "dewey", "cover", "kept"),
    *("origin", "content_hash", "match_key"),
)


async def a_resource(school: int, title: str, into: int | None = None) -> int:
    known = {"title": title, "title_sort": title, "search_text": title, "mode": "reading", "format": "book"}
    plain = {"explicit": False, "popularity": 0, "version": 1, "here": False, "online": False}
    state = {"state": "offered"} if into is None else {"state": "merged", "merged_into_id": into}
    of = {"school_id": school, "key": f"{school}{title}".ljust(13, "0"), "made_at": NOW, "changed_at": NOW}
    return await insert("resource", **of, **known, **plain, **state, **dict.fromkeys(RESOURCE, ""))


async def a_review(school: int, person: int | None, resource: int, text: str, state: str, at: str = NOW) -> None:
    writer = {} if person is None else {"person_id": person}
    shown = {"approved_text": text if state == "approved" else "", "audience": "school", "version": 1}
    texts = dict.fromkeys(("feeling", "marks", "reason"), "")
    key = f"{school}{text}".replace(" ", "").ljust(13, "0")[:13]
    await insert(
        "review", key=key, school_id=school, resource_id=resource, text=text, state=state, on="2026-09-01",
        written_at=at, **writer, **shown, **texts,
    )  # fmt: skip


async def suggested(school: int, person: int, resource: int, because: int | None = None, away: bool = False) -> None:
    more: dict[str, Any] = {} if because is None else {"because_id": because}
    if away:
        more["dismissed_at"] = NOW
    await insert(
        "recommendation", school_id=school, person_id=person, resource_id=resource, position=0, reason="finished",
        at=NOW, **more,
    )  # fmt: skip


async def a_school_of_then(slug: str) -> dict[str, Any]:
    """Two records that became a third, and what was of each; another resource that nothing became."""
    school = await a_school(slug, 1)
    stays, other = await a_resource(school, "stays"), await a_resource(school, "other")
    gone, gone2 = await a_resource(school, "gone", stays), await a_resource(school, "gone2", stays)
    ann, ben, cal, dee = [await a_person(school, f"{slug}{name}", name) for name in ("ann", "ben", "cal", "dee")]
    for number, resource in enumerate((gone, gone2, stays, other)):
        said = {"key": f"{school}talk{number}".ljust(13, "0"), "text": f"talk {number}", "url": "", "at": NOW}
        await insert("booktalk", school_id=school, resource_id=resource, **said)
    file = await insert(
        "loan_file", key=f"{school}loans".ljust(13, "0"), school_id=school, kind="loans", name="loans.csv", file="",
        head="[]", mapping="", left_unread="[]", state="counted", counted=3, refused=0, loans=3, at=NOW,
    )  # fmt: skip
    for line, resource in enumerate((gone, stays, other)):
        row = {"school_id": school, "of_file_id": file, "line": line, "starts": "2026-09-01", "loans": 1, "reason": ""}
        await insert("loan_row", **row, resource_id=resource)
    # of ann all went, of ben one was there, of cal the one that others read was the older; one is nobody's
    await a_review(school, ann, gone, "ann", "approved")
    await a_review(school, ben, gone, "ben gone", "approved")
    await a_review(school, ben, stays, "ben", "pending", LATER)
    await a_review(school, cal, gone, "cal read", "approved")
    await a_review(school, cal, gone2, "cal waits", "pending", LATER)
    await a_review(school, None, gone, "nobody", "approved")
    await suggested(school, ann, gone, other)
    await suggested(school, ben, gone, other, away=True)
    await suggested(school, ben, stays, other)
    await suggested(school, cal, gone, gone2)
    await suggested(school, dee, gone, other)
    await suggested(school, dee, gone2, other, away=True)
    await suggested(school, dee, other, gone)
    people = {"ann": ann, "ben": ben, "cal": cal, "dee": dee}
    return {"school": school, "stays": stays, "other": other, "gone": gone, "gone2": gone2, **people}


async def rows_of(sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in await get_connection("default").execute_query_dict(sql)]


async def check(of: dict[str, Any]) -> None:
    here, stays, other = f'"school_id"={of["school"]}', of["stays"], of["other"]
    talks = await rows_of(f'SELECT "text", "resource_id" FROM "booktalk" WHERE {here} ORDER BY "text"')
    assert talks == [("talk 0", stays), ("talk 1", stays), ("talk 2", stays), ("talk 3", other)]
    loans = await rows_of(f'SELECT "line", "resource_id" FROM "loan_row" WHERE {here} ORDER BY "line"')
    assert loans == [(0, stays), (1, stays), (2, other)]
    reviews = dict(await rows_of(f'SELECT "text", "resource_id" FROM "review" WHERE {here}'))
    kept = {"ben gone": of["gone"], "cal waits": of["gone2"]}
    assert reviews == {"ann": stays, "ben": stays, "cal read": stays, "nobody": stays} | kept
    told = await rows_of(
        f"""SELECT "person_id", "resource_id", "because_id",
        CASE WHEN "dismissed_at" IS NULL THEN 0 ELSE 1 END AS "away"
        FROM "recommendation" WHERE {here} ORDER BY "person_id", "resource_id" """
    )
    assert told == [
        (of["ann"], stays, other, 0),
        (of["ben"], stays, other, 1),
        (of["dee"], stays, other, 1),
        (of["dee"], other, stays, 0),
    ]


async def test_rows_of_what_was_merged_long_ago_are_about_what_stays(empty_url):
    await migrate(empty_url, upto="0030_rosters_taken_back")
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(empty_url))
        with every_school("an old library"):
            await insert("district", key="districtdistr", name="Old")
            schools = [await a_school_of_then(slug) for slug in ("oak", "elm")]
    assert "0031_rows_of_merged" in await migrate(empty_url)
    async with opened(empty_url):
        with every_school("the same library now"):
            for of in schools:
                await check(of)
            # a step that was broken off is done again
            for statement in STEPS:
                await get_connection("default").execute_query(statement)
            for of in schools:
                await check(of)
