import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import Response

from engage.web.cache import Cache, answer, has_it
from engage.web.routing import page


async def test_a_thing_is_made_once_for_a_version():
    cache, made = Cache(), []

    async def make() -> str:
        made.append(1)
        return f"page {len(made)}"

    assert [await cache.get(("list", 1, 7), make) for _ in range(3)] == ["page 1"] * 3
    assert await cache.get(("list", 1, 8), make) == "page 2"


async def test_many_who_ask_at_once_wait_for_one():
    cache, made = Cache(), []

    async def make() -> str:
        made.append(1)
        await asyncio.sleep(0.01)
        return "page"

    assert await asyncio.gather(*(cache.get("key", make) for _ in range(20))) == ["page"] * 20
    assert len(made) == 1


async def test_a_failure_is_not_kept():
    cache, tries = Cache(), []

    async def make() -> str:
        tries.append(1)
        await asyncio.sleep(0)
        if len(tries) == 1:
            raise RuntimeError("no")
        return "page"

    results = await asyncio.gather(cache.get("key", make), cache.get("key", make), return_exceptions=True)
    assert [type(each) for each in results] == [RuntimeError, RuntimeError]
    assert await cache.get("key", make) == "page"
    assert cache.making == {}


async def test_the_longest_unused_goes_first():
    cache = Cache(entries=2)

    async def make() -> str:
        return "x"

    for key in ("a", "b", "a", "c"):
        await cache.get(key, make)
    assert list(cache.kept) == ["a", "c"]


async def test_it_holds_no_more_than_it_may():
    cache = Cache(size=100_000)
    for number in range(100):
        cache.keep(number, b"x" * 5_000)
    assert cache.size <= 100_000
    assert cache.size == sum(weight for _, weight in cache.kept.values())
    cache.keep("huge", b"x" * 50_000)
    assert "huge" not in cache.kept


async def test_who_has_the_version_gets_no_body(open_house):
    async def feed(request: Request) -> Response:
        return answer(request, "<rss/>", "application/rss+xml", "list-7")

    browser = open_house([page("/{school}/feed", feed, "LST01")])
    first = await browser.get("/feed")
    assert (first.text, first.headers["etag"]) == ("<rss/>", '"list-7"')
    again = await browser.get("/feed", headers={"If-None-Match": 'W/"other", W/"list-7"'})
    assert (again.status_code, again.text) == (304, "")
    assert (await browser.get("/feed", headers={"If-None-Match": '"list-6"'})).status_code == 200


@pytest.mark.parametrize(
    ("asked", "has"), [('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"ab"', False), ("", False)]
)
def test_who_has_it(asked, has):
    assert has_it(asked, '"a"') is has
