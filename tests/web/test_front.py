import asyncio
import gzip
import sys
from collections.abc import Awaitable, Callable, Hashable, Sequence

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from engage.database.transaction import one_transaction
from engage.errors import NotFound
from engage.web import front
from engage.web.front import Front, Made, Seen, Shared, share, share_seen
from engage.web.render import say
from engage.web.routing import Row, page, post
from tests import make
from tests.school import Browser

BODY = "<p>Sea stories</p>" * 100


class Pages:
    """A page that counts how often it was made, and how often it was given again."""

    def __init__(self) -> None:
        self.made = 0
        self.again = 0

    async def show(self, request: Request) -> Response:
        """The page."""
        self.made += 1
        share(request, self.count)
        name = request.user.name if request.user.id else "visitor"
        return HTMLResponse(f"{BODY} made {self.made} for {name} in {request.cookies.get('theme', '')}")

    def count(self) -> None:
        """One more."""
        self.again += 1


@pytest.fixture
def pages() -> Pages:
    return Pages()


def rows(pages: Pages) -> list[Row]:
    return [page("/{school}/lists/{slug}", pages.show, "LST01", name="show")]


@one_transaction
async def write() -> None:
    await make.district()


async def test_a_visitor_gets_the_page_again_without_any_statement(open_house, pages, statements):
    browser = open_house(rows(pages))
    first = await browser.get("/lists/sea")
    await browser.get("/lists/sea")
    statements.forget()
    second = await browser.get("/lists/sea")
    assert first.text == second.text
    assert (pages.made, pages.again) == (1, 2)
    assert [each for each in statements.seen if "pg_current_snapshot" not in each] == []
    assert {**first.headers, "content-length": ""} == {**second.headers, "content-length": ""}
    assert "content-security-policy" in second.headers


async def test_what_is_written_is_seen_at_once(open_house, pages):
    browser = open_house(rows(pages))
    await browser.get("/lists/sea")
    await write()
    assert "made 2" in (await browser.get("/lists/sea")).text
    assert "made 2" in (await browser.get("/lists/sea")).text


async def test_what_another_process_writes_is_seen_at_once(open_house, pages, database_url, ada):
    browser = open_house(rows(pages))
    await browser.get("/lists/sea")
    for number in range(2, 5):
        await in_another_process(database_url, str(number))
        assert f"made {number}" in (await browser.get("/lists/sea")).text
        assert f"made {number}" in (await browser.get("/lists/sea")).text


async def in_another_process(url: str, avatar: str) -> None:
    write = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITE, url, avatar)
    assert await write.wait() == 0


WRITE = """
import asyncio, sys
from engage.database.opening import opened
from engage.database.tenancy import every_school
from engage.people.models import Person

async def write():
    async with opened(sys.argv[1]):
        with every_school("a test"):
            assert await Person.all().update(avatar=sys.argv[2])

asyncio.run(write())
"""


async def test_a_database_that_is_away_is_told_of_by_the_page(school):
    async def app(scope, receive, send):
        asked.append(scope["path"])

    async def away() -> int:
        raise ConnectionRefusedError

    asked: list[str] = []
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [(b"host", b"engage.test")]}
    await Front(app, frozenset({b"engage.test"}), away)(scope, None, _nothing)  # type: ignore[arg-type]
    assert asked == ["/"]


async def test_a_page_made_while_something_is_written_is_not_trusted(open_house, school):
    made = []

    async def show(request: Request) -> Response:
        made.append(1)
        share(request)
        if len(made) == 1:
            await write()
        return HTMLResponse(f"made {len(made)}")

    browser = open_house([page("/{school}/x", show, "LST01")])
    await browser.get("/x")
    assert (await browser.get("/x")).text == "made 2"


class Looked(Pages):
    """A page of which one can look whether it is what it was. words: what it is made from, "" where it is gone.

    tagged: whether it knows a tag of its own.
    """

    def __init__(self, tagged: bool = False) -> None:
        super().__init__()
        self.tagged = tagged
        self.words = "Owls"
        self.remade = 0

    async def show(self, request: Request) -> Response:
        """The page."""
        self.made += 1
        seen = self.seen()
        made = await seen.make()
        share_seen(request, seen, self.look, made.tag)
        return HTMLResponse(made.body)

    def seen(self) -> Seen:
        """What it is made from."""
        return Seen(self.words, self.body, self.count)

    async def look(self, state: Hashable) -> Seen:
        """The same, later."""
        if not self.words:
            raise NotFound("/")
        return self.seen()

    async def body(self) -> Made:
        """Its words."""
        self.remade += 1
        return Made(f"{BODY} {self.words}".encode(), f"of {self.words}" if self.tagged else "")


async def test_a_page_that_is_still_what_it_was_is_not_made_again(open_house):
    pages = Looked()
    browser = open_house(rows(pages))
    first = await browser.get("/lists/sea")
    usual = {**first.headers, "content-length": ""}
    for _ in range(2):
        await write()
        again = await browser.get("/lists/sea")
        assert (again.text, {**again.headers, "content-length": ""}) == (first.text, usual)
    assert (pages.made, pages.remade, pages.again) == (1, 1, 2)


@pytest.mark.parametrize("tagged", [False, True])
async def test_a_page_that_became_another_is_made_without_its_handler(open_house, tagged):
    pages = Looked(tagged)
    browser = open_house(rows(pages))
    first = await browser.get("/lists/sea")
    pages.words = "Night owls"
    await write()
    second = await browser.get("/lists/sea", headers={"If-None-Match": first.headers["etag"]})
    assert [each.headers["etag"] in ('"of Owls"', '"of Night owls"') for each in (first, second)] == [tagged, tagged]
    assert (second.status_code, second.text) == (200, f"{BODY} Night owls")
    assert (await browser.get("/lists/sea", headers={"If-None-Match": second.headers["etag"]})).status_code == 304
    assert (pages.made, pages.remade, pages.again) == (1, 2, 2)
    one, other = ({**each.headers, "etag": "", "content-length": ""} for each in (first, second))
    assert one == other


async def test_a_handler_is_asked_where_nothing_is_to_be_seen(open_house, monkeypatch):
    pages = Looked()
    browser = open_house(rows(pages))
    await browser.get("/lists/sea")
    pages.words = ""
    await write()
    await browser.get("/lists/sea")
    assert pages.made == 2
    pages.words = "Owls"
    later = front.time() + front.QUARTER
    monkeypatch.setattr(front, "time", lambda: later)
    await browser.get("/lists/sea")
    assert pages.made == 3


async def test_a_page_ends_with_its_quarter_of_an_hour(open_house, pages, monkeypatch):
    browser = open_house(rows(pages))
    monkeypatch.setattr(front, "time", lambda: 1_800_000_000.0)
    await browser.get("/lists/sea")
    monkeypatch.setattr(front, "time", lambda: 1_800_000_899.0)
    assert "made 1" in (await browser.get("/lists/sea")).text
    monkeypatch.setattr(front, "time", lambda: 1_800_000_900.0)
    assert "made 2" in (await browser.get("/lists/sea")).text


async def test_people_never_get_the_visitors_page_nor_visitors_theirs(open_house, pages, sam):
    browser = open_house(rows(pages))
    assert "for visitor" in (await browser.get("/lists/sea")).text
    assert "for Sam" in (await browser.sign_in(sam).get("/lists/sea")).text
    assert "for Sam" in (await browser.get("/lists/sea")).text
    assert "for visitor" in (await browser.sign_out().get("/lists/sea")).text


@pytest.mark.parametrize(
    "cookie", ["session=x", "theme=light; said=x", "said=x", "theme=purple", "theme=dark; theme=dark", "x", "theme"]
)
async def test_a_request_with_a_cookie_that_may_matter_is_answered_anew(open_house, pages, cookie):
    browser = open_house(rows(pages))
    for _ in range(2):
        await browser.get("/lists/sea", headers={"Cookie": cookie})
    assert pages.made == 2


async def test_each_colour_has_its_own_page(open_house, pages):
    browser = open_house(rows(pages))
    for theme in ("light", "dark", "light", "dark"):
        answer = await browser.get("/lists/sea", headers={"Cookie": f"theme={theme}"})
        assert answer.text.endswith(f"in {theme}")
    assert pages.made == 2


async def test_each_query_has_its_own_page(open_house, pages):
    browser = open_house(rows(pages))
    for query in ("", "?page=2", "?page=2", "?page=3"):
        await browser.get(f"/lists/sea{query}")
    assert pages.made == 3


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
async def test_it_is_sent_packed_to_those_who_take_it(open_house, pages, accepted):
    browser = open_house(rows(pages))
    for _ in range(2):
        async with browser.client.stream("GET", "/lincoln/lists/sea", headers={"Accept-Encoding": accepted}) as answer:
            raw = b"".join([piece async for piece in answer.aiter_raw()])
        assert len(raw) == int(answer.headers["content-length"])
        assert (gzip.decompress(raw) if accepted == "gzip" else raw).startswith(BODY.encode())
        assert answer.headers["vary"] == "Cookie, Accept-Encoding"


async def test_it_is_packed_quickly_for_who_comes_first_and_well_for_all_after(open_house):
    async def show(request: Request) -> Response:
        share(request)
        return HTMLResponse(" ".join(f"<li>{number * number % 9973}" for number in range(2_000)))

    browser = open_house([page("/{school}/x", show, "LST01", name="x")])
    lengths = []
    for _ in range(3):
        answer = await browser.get("/x", headers={"Accept-Encoding": "gzip"})
        assert answer.text.endswith(f"<li>{1999 * 1999 % 9973}")
        lengths.append(int(answer.headers["content-length"]))
    assert lengths[0] > lengths[1] == lengths[2]
    kept = browser.app.front.kept
    assert browser.app.front.size == sum(each.size for each in kept.values())


async def test_a_person_gets_a_shared_page_packed_too(open_house, pages, sam):
    browser = open_house(rows(pages)).sign_in(sam)
    answer = await browser.get("/lists/sea", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "for Sam" in answer.text


async def test_who_has_it_gets_304_the_first_time_and_again(open_house, pages):
    browser = open_house(rows(pages))
    tag = (await browser.get("/lists/sea")).headers["etag"]
    again = await browser.get("/lists/sea", headers={"If-None-Match": tag})
    assert (again.status_code, again.text) == (304, "")
    assert again.headers["etag"] == tag
    assert "content-security-policy" in again.headers
    assert pages.again == 1


async def test_a_head_has_the_headers_and_no_body(open_house, pages):
    browser = open_house(rows(pages))
    get = await browser.get("/lists/sea")
    head = await browser.client.head("/lincoln/lists/sea")
    assert head.content == b""
    assert head.headers["content-length"] == str(len(gzip.compress(get.content, 6, mtime=0)))


async def test_a_page_that_is_not_shared_is_made_each_time(open_house):
    made = []

    async def show(request: Request) -> Response:
        made.append(1)
        return HTMLResponse("x")

    browser = open_house([page("/{school}/x", show, "LST01")])
    for _ in range(3):
        await browser.get("/x")
    assert len(made) == 3


async def test_only_what_went_well_is_kept(open_house):
    made = []

    async def show(request: Request) -> Response:
        made.append(1)
        share(request)
        return HTMLResponse("broken", 500) if len(made) == 1 else RedirectResponse("/lincoln/", 303)

    browser = open_house([page("/{school}/x", show, "LST01")])
    assert [(await browser.get("/x")).status_code for _ in range(3)] == [500, 303, 303]
    assert len(made) == 3


async def test_a_message_is_never_kept_for_others(open_house, pages):
    async def act(request: Request) -> Response:
        say(request, "Thank you, Sam.")
        return RedirectResponse("/lincoln/lists/sea", 303)

    async def show(request: Request) -> Response:
        from engage.web.sessions import take_said

        share(request)
        return HTMLResponse("".join(each.sentence for each in take_said(request)) or "nothing said")

    browser = open_house([page("/{school}/lists/{slug}", show, "LST01"), post("/{school}/act", act, "LST01")])
    answer = await browser.post("/act")
    assert "Thank you, Sam." in (await browser.follow(answer)).text
    browser.client.cookies.clear()
    assert (await browser.get("/lists/sea")).text == "nothing said"


async def test_a_short_answer_stays_unpacked_when_it_is_made_again(open_house):
    async def show(request: Request) -> Response:
        share(request)
        return HTMLResponse("short")

    browser = open_house([page("/{school}/x", show, "LST01", name="x")])
    for _ in range(2):
        answer = await browser.get("/x", headers={"Accept-Encoding": "gzip"})
        assert (answer.text, answer.headers.get("content-encoding")) == ("short", None)
        await write()


async def test_a_page_that_gives_a_cookie_is_for_the_one_who_asked(open_house, pages):
    async def show(request: Request) -> Response:
        share(request)
        response = await pages.show(request)
        response.set_cookie("taste", str(pages.made))
        return response

    browser = open_house([page("/{school}/x", show, "LST01", name="x")])
    for number in (1, 2):
        answer = await browser.get("/x")
        assert f"taste={number}" in answer.headers["set-cookie"]
        browser.client.cookies.clear()


async def test_another_host_gets_nothing_from_it(open_house, pages):
    browser = open_house(rows(pages))
    await browser.get("/lists/sea")
    assert (await browser.get("/lists/sea", headers={"Host": "evil.test"})).status_code == 400


class Server:
    """A server that asks for what is kept before it begins anything. willing: whether it can send now."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.willing = True
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()

    async def ask(self, method: str = "GET", *more: tuple[bytes, bytes], host: bytes = b"engage.test") -> bytes:
        """What it sends at once for the page, b"" where it has to begin the usual way."""
        headers = [(b"host", host), *more]
        scope = {"method": method, "raw_path": b"/lincoln/lists/sea", "query_string": b"", "headers": headers}
        self.browser.app.front.at_once(scope, self.give, lambda: self.answers.put_nowait(b""))
        async with asyncio.timeout(5):
            return await self.answers.get()

    def give(self, ready: Sequence[bytes | memoryview]) -> bool:
        """Take an answer."""
        if self.willing:
            self.answers.put_nowait(b"".join(ready))
        return self.willing


async def test_a_kept_answer_is_given_before_anything_is_begun(open_house, pages):
    server = Server(open_house(rows(pages)))
    assert await server.ask() == b""
    page = await server.browser.get("/lists/sea")
    answer = await server.ask()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n" + page.content)
    assert (await server.ask("GET", (b"if-none-match", page.headers["etag"].encode()))).startswith(b"HTTP/1.1 304")
    assert b"content-encoding: gzip" in await server.ask("GET", (b"accept-encoding", b"br, gzip"))
    assert pages.again == 3
    server.willing = False
    assert await server.ask() == b""
    assert (pages.made, pages.again) == (1, 3)


@pytest.mark.parametrize(
    ("method", "header"),
    [
        ("HEAD", (b"accept", b"*/*")),
        ("POST", (b"accept", b"*/*")),
        ("GET", (b"cookie", b"session=x")),
        ("GET", (b"authorization", b"Bearer x")),
        ("GET", (b"range", b"bytes=0-1")),
        ("GET", (b"host", b"engage.test")),
        ("GET", (b"cookie", b"theme=dark")),
    ],
)
async def test_what_is_not_a_visitors_wish_for_that_page_is_begun(open_house, pages, method, header):
    server = Server(open_house(rows(pages)))
    await server.browser.get("/lists/sea")
    assert await server.ask(method, header) == b""
    assert await server.ask(host=b"evil.test") == b""


async def test_what_was_written_is_begun_and_what_ended_too(open_house, pages, monkeypatch):
    server = Server(open_house(rows(pages)))
    await server.browser.get("/lists/sea")
    assert await server.ask()
    await write()
    assert await server.ask() == b""
    await server.browser.get("/lists/sea")
    assert await server.ask()
    later = front.time() + front.QUARTER
    monkeypatch.setattr(front, "time", lambda: later)
    assert await server.ask() == b""


async def test_of_two_colours_none_is_kept_for_others(open_house, pages):
    browser = open_house(rows(pages))
    both = httpx2.Headers([("Cookie", "theme=light"), ("Cookie", "theme=dark")])
    for _ in range(2):
        await browser.get("/lists/sea", headers=both)
    assert pages.made == 2
    assert not browser.app.front.kept


Ask = Callable[[str], Awaitable[None]]


async def test_it_holds_no_more_than_it_may():
    async def app(scope, receive, send):
        scope["engage.share"] = Shared()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": scope["path"].encode() * 5_000})

    async def fresh() -> int:
        return 0

    keeper = Front(app, frozenset({b"engage.test"}), fresh, size=300_000)

    async def ask(path: str) -> None:
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [(b"host", b"engage.test"), (b"accept-encoding", b"gzip" if len(path) % 2 else b"")],
        }
        await keeper(scope, None, _nothing)  # type: ignore[arg-type]

    for number in range(50):
        await ask(f"/{number}")
        await ask("/0")
    assert keeper.size <= 300_000
    assert keeper.size == sum(each.size for each in keeper.kept.values())
    assert (b"/0", b"", b"") in keeper.kept


async def _nothing(message: object) -> None:
    """A send that nobody hears."""


async def test_a_long_made_up_address_is_not_kept(open_house, pages):
    browser = open_house(rows(pages))
    for _ in range(2):
        await browser.get("/lists/sea?x=" + "y" * 600)
    assert pages.made == 2
