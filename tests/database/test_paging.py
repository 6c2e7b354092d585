"""Long lists come in pages that nothing shifts."""

from datetime import UTC, datetime, timedelta

import pytest

from engage.database.paging import MOST, _write, one_page
from engage.models import Resource, Tick
from tests import make

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def lincoln(db):
    school = await make.school("lincoln", "Lincoln", await make.district())
    rows = [
        Resource(school_id=school.id, title=f"Book {n:03}", popularity=n % 7, made_at=START + timedelta(hours=n // 3))
        for n in range(130)
    ]
    await Resource.bulk_create(rows)
    return school


@pytest.mark.parametrize(
    "order", [("id",), ("-id",), ("popularity", "id"), ("-popularity", "id"), ("-made_at", "-id"), ("title", "id")]
)
async def test_all_rows_come_once_and_in_order(lincoln, order):
    query = Resource.filter(school_id=lincoln.id)
    wanted = await query.order_by(*order).values_list("title", flat=True)
    seen, after, pages = [], None, 0
    while pages == 0 or after:
        page = await one_page(query, "title", order=order, after=after, size=20)
        seen += [row["title"] for row in page.rows]
        after, pages = page.after, pages + 1
    assert (seen, pages) == (wanted, 7)


async def test_a_row_that_comes_or_goes_shifts_nobodys_page(lincoln):
    query = Resource.filter(school_id=lincoln.id)
    first = await one_page(query, "id", order=("-id",), size=10)
    await query.filter(id=first.rows[3]["id"]).delete()
    await Resource.create(school_id=lincoln.id, title="New")
    second = await one_page(query, "id", order=("-id",), after=first.after, size=10)
    assert second.rows[0]["id"] == first.rows[-1]["id"] - 1


async def test_columns_may_be_renamed_and_none_is_added(lincoln):
    page = await one_page(
        Resource.filter(school_id=lincoln.id), "title", order=("id",), size=1, school_name="school__name"
    )
    assert page.rows == [{"title": "Book 000", "school_name": "Lincoln"}]


async def test_a_page_is_never_longer_than_a_hundred(lincoln):
    query = Resource.filter(school_id=lincoln.id)
    assert len((await one_page(query, "id", order=("id",), size=10_000)).rows) == MOST
    assert len((await one_page(query, "id", order=("id",), size=-3)).rows) == 1


async def test_a_mark_that_cannot_be_read_gives_the_first_page(lincoln, statements):
    query = Resource.filter(school_id=lincoln.id)
    first = await one_page(query, "id", order=("popularity", "id"), size=5)
    other_kind = (await one_page(query, "id", order=("title", "id"), size=5)).after
    too_few = (await one_page(query, "id", order=("id",), size=5)).after
    typed = [_write(pair) for pair in ([1, 1e99], [1, 2**70], [2**40, 1], [True, 1], [1, None], ["1", 1], [[1], 1])]
    for mark in ("", "x", "é", "AAAA", "W10", "W251bGwsMV0", "A" * 9999, other_kind, too_few, *typed):
        assert (await one_page(query, "id", order=("popularity", "id"), after=mark, size=5)).rows == first.rows, mark
    by_title = await one_page(query, "id", order=("title", "id"), size=5)
    for title in ("a\x00b", "\ud800", 7, ""):
        mark = _write([title, 1])
        assert (await one_page(query, "id", order=("title", "id"), after=mark, size=5)).rows == by_title.rows
    statements.forget()
    await one_page(query, "id", order=("popularity", "id"), after=first.after, size=5)
    assert len(statements) == 1


async def test_moments_of_one_second_keep_their_order(db):
    moments = [START + timedelta(microseconds=n * 250_000) for n in range(12)]
    await Tick.bulk_create([Tick(key=f"a@{n}", at=moment) for n, moment in enumerate(moments)])
    seen, after = [], None
    while len(seen) < 12:
        page = await one_page(Tick.all(), "at", order=("at", "id"), after=after, size=1)
        seen.append(page.rows[0]["at"])
        after = page.after
    assert seen == moments
