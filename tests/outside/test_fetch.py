"""The door to the network, against a server that behaves as badly as a site can."""

import asyncio
import resource
import socket
import ssl
import time
from pathlib import Path

import pytest

from engage.outside import connect
from engage.outside import fetch as fetching
from engage.outside.fetch import DECODED, Door, Fetched, Unreachable, Validators, door_of
from engage.settings import Settings
from tests.faults.hostile import FEED, Hostile, bomb_bytes, hostile

pytestmark = pytest.mark.waits

ROOT = Path(__file__).parent.parent.parent
TLS = ROOT / "tests" / "samples" / "tls"


async def visit(server: Hostile, path: str, **more: object) -> Fetched:
    return await Door(server.pairs).fetch(server.base + path, **more)  # type: ignore[arg-type]


async def failure(server: Hostile, path: str, **more: object) -> str:
    with pytest.raises(Unreachable) as found:
        await visit(server, path, **more)
    assert found.value.sentence.endswith(".")
    return found.value.code


@pytest.mark.parametrize(
    "path", ["/feed", "/gzip", "/gzip-two-members", "/deflate", "/deflate-raw", "/chunked", "/until-close", "/too-long"]
)
async def test_an_honest_site_is_read_however_it_sends(server, path):
    found = await visit(server, path)
    assert (found.status, found.body) == (200, FEED)
    assert found.url == server.base + path


async def test_a_redirect_may_name_a_place_in_any_letters(server):
    server.extra["/f%C3%A4den"] = "application/rss+xml", FEED
    server.elsewhere = "/fäden"
    assert (await visit(server, "/outside")).body == FEED


@pytest.mark.parametrize("path", ["/to?301,/feed", "/to?302,/feed", "/to?307,feed", "/to?308,/to?301,/feed"])
async def test_honest_redirects_are_followed(server, path):
    assert (await visit(server, path)).body == FEED


async def test_only_permanent_redirects_from_the_start_move_an_address(server):
    feed = server.base + "/feed"
    assert (await visit(server, "/feed")).permanent_url is None
    assert (await visit(server, "/to?301,/feed")).permanent_url == feed
    assert (await visit(server, "/to?302,/feed")).permanent_url is None
    assert (await visit(server, "/to?308,/to?301,/feed")).permanent_url == feed
    assert (await visit(server, "/to?301,/to?302,/feed")).permanent_url == server.base + "/to?302,/feed"
    assert (await visit(server, "/to?302,/to?301,/feed")).permanent_url is None


async def test_an_unchanged_feed_is_not_sent_again(server):
    first = await visit(server, "/feed")
    assert first.validators == Validators('"v1"', "Tue, 01 Sep 2026 08:00:00 GMT")
    again = await visit(server, "/feed", validators=first.validators)
    assert (again.status, again.body) == (304, b"")
    assert server.seen[-1].headers["if-modified-since"] == "Tue, 01 Sep 2026 08:00:00 GMT"


async def test_an_error_page_is_an_answer_and_its_body_is_left_alone(server):
    found = await visit(server, "/nowhere")
    assert (found.status, found.body) == (404, b"")


BAD = {
    "/bomb": "large",
    "/endless": "large",
    "/endless-chunks": "large",
    "/early-hints": "large",
    "/huge-headers": "large",
    "/endless-headers": "broken",
    "/double": "compressed",
    "/double-headers": "compressed",
    "/brotli": "compressed",
    "/file-in-gzip": "compressed",
    "/gzip-of-gzip": "compressed",
    "/gzip-many-members": "compressed",
    "/not-gzip": "broken",
    "/half-gzip": "broken",
    "/too-short": "broken",
    "/two-lengths": "broken",
    "/negative": "broken",
    "/claims-much": "broken",
    "/garbage": "broken",
    "/hangs-up": "broken",
    "/round": "redirects",
}


@pytest.mark.parametrize("path", BAD)
async def test_a_bad_answer_ends_soon_with_a_stable_code(server, path):
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    assert await failure(server, path) == BAD[path]
    assert time.monotonic() - started < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


async def test_a_body_may_be_as_large_as_the_caller_says_when_unpacked(server):
    assert (await visit(server, "/gzip", limit=len(FEED))).body == FEED
    assert await failure(server, "/gzip", limit=len(FEED) - 1) == "large"


async def test_a_bomb_is_left_at_the_limit_and_not_after(server, monkeypatch):
    taken = []
    unpacker = fetching.unpacker

    def counted(coding):
        engine = unpacker(coding)
        take = engine.take

        def counting(piece):
            for part in take(piece):
                taken.append(len(part))
                yield part

        engine.take = counting
        return engine

    monkeypatch.setattr(fetching, "unpacker", counted)
    assert await failure(server, "/bomb") == "large"
    assert max(taken) <= 64 * 1024
    assert sum(taken) <= DECODED + 64 * 1024


@pytest.mark.parametrize("path", ["/drip", "/drip-headers", "/silent"])
async def test_a_slow_site_is_left_when_the_time_is_up(server, path):
    started = time.monotonic()
    assert await failure(server, path, seconds=0.5) == "slow"
    assert time.monotonic() - started < 1.5


async def test_the_deadline_spans_all_redirects(server, monkeypatch):
    monkeypatch.setattr(fetching, "FIRST_BYTE_SECONDS", 0.3)
    assert await failure(server, "/silent") == "slow"
    assert await failure(server, "/to?302,/drip", seconds=0.5) == "slow"


@pytest.mark.slow
async def test_the_figures_of_the_deadline_hold_as_they_are(server):
    started = time.monotonic()
    assert await failure(server, "/drip") == "slow"
    assert 29 < time.monotonic() - started < 35


async def test_neither_cookies_nor_referer_nor_proxy_go_along(server, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.3:9/")
    assert (await visit(server, "/cookies")).body == FEED
    assert (await visit(server, "/feed")).body == FEED
    assert len(server.seen) == 3
    for request in server.seen:
        assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}
        assert request.headers["accept-encoding"] == "gzip, deflate"
        assert request.headers["host"] == f"127.0.0.1:{server.port}"


async def test_headers_that_ask_to_go_elsewhere_are_ignored(server, canary):
    server.elsewhere = canary.base + "/feed"
    assert (await visit(server, "/refresh")).body == FEED


INWARD = [
    "http://127.0.0.2:{port}/feed",
    "http://127.0.0.1:{port}/feed",
    "//127.0.0.2:{port}/feed",
    "http://localhost:{port}/feed",
    "http://127.2:{port}/feed",
    "http://0x7f000002:{port}/feed",
    "http://2130706434:{port}/feed",
    "http://0177.0.0.2:{port}/feed",
    "http://127。0。0。2:{port}/feed",
    "http://[::ffff:127.0.0.2]:{port}/feed",
    "http://[::]:{port}/feed",
    "http://0.0.0.0:{port}/feed",
    "http://0:{port}/feed",
    "http://rebind.test:{port}/feed",
    "http://user@127.0.0.2:{port}/feed",
    "http://127.0.0.2:{wrapped}/feed",
    "http://169.254.169.254/latest/meta-data/",
    "ftp://127.0.0.2:{port}/feed",
    "file:///etc/passwd",
    "gopher://127.0.0.2:{port}/_GET",
]


@pytest.mark.parametrize("place", INWARD)
async def test_a_redirect_to_the_inside_is_not_followed(server, canary, place):
    async def names(host: str, port: int) -> list[str]:
        return ["127.0.0.2"]

    # once in some thousand times both machines have the same port, and then this one is not inside
    port = canary.port + (canary.port == server.port)
    server.elsewhere = place.format(port=port, wrapped=port + 65_536)
    before = len(canary.seen)
    with pytest.raises(Unreachable) as found:
        await Door(server.pairs, resolver=names).fetch(server.base + "/outside")
    assert found.value.code == "unreachable"
    assert len(canary.seen) == before


async def test_a_name_is_refused_when_any_of_its_addresses_is_inside(server, canary):
    async def names(host: str, port: int) -> list[str]:
        return ["127.0.0.1", "127.0.0.2"]

    with pytest.raises(Unreachable) as found:
        await Door(server.pairs, resolver=names).fetch(f"http://feeds.test:{server.port}/feed")
    assert found.value.code == "unreachable"
    assert server.seen == []


@pytest.mark.parametrize("turn", range(20))
async def test_a_rebinding_name_reaches_only_the_address_that_was_checked(canary, turn):
    answers = iter([["127.0.0.1"]] + [["127.0.0.2"]] * 10)

    async def rebinding(host: str, port: int) -> list[str]:
        return next(answers)

    async with hostile("127.0.0.1") as first:
        door = Door(first.pairs, resolver=rebinding)
        found = await door.fetch(f"http://rebind.test:{first.port}/feed")
        assert found.body == FEED
        with pytest.raises(Unreachable):  # a second visit asks again, hears the other answer, and stays away
            await door.fetch(f"http://rebind.test:{first.port}/feed")
        assert [request.headers["host"] for request in first.seen] == [f"rebind.test:{first.port}"]


async def test_open_closed_filtered_and_unknown_look_the_same_from_outside(canary):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]

        async def names(host: str, port: int) -> list[str]:
            if host == "unknown.test":
                raise OSError("no such name")
            return {"open.test": ["127.0.0.2"], "closed.test": ["127.0.0.1"], "none.test": []}[host]

        door = Door(frozenset({("127.0.0.1", closed), ("10.0.0.1", canary.port)}), resolver=names)
        told = set()
        for url in (
            f"http://open.test:{canary.port}/",
            f"http://closed.test:{closed}/",
            f"http://closed.test:{canary.port}/",
            "http://none.test/",
            "http://unknown.test/",
        ):
            with pytest.raises(Unreachable) as found:
                await door.fetch(url)
            told.add((found.value.code, found.value.sentence))
        assert len(told) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "ftp://example.com/", "http://example.com:81/", "not an address"])
async def test_a_forbidden_address_is_refused_before_any_name_is_asked(url):
    async def never(host: str, port: int) -> list[str]:
        raise AssertionError

    with pytest.raises(Unreachable) as found:
        await Door(resolver=never).fetch(url)
    assert found.value.code == "address"


async def test_a_name_server_that_does_not_answer_costs_five_seconds_at_most(monkeypatch):
    monkeypatch.setattr(connect, "RESOLVE_SECONDS", 0.2)

    async def asleep(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    with pytest.raises(Unreachable) as found:
        await Door(resolver=asleep).fetch("http://example.com/")
    assert found.value.code == "unreachable"


async def test_tls_still_verifies_the_name_and_the_signer():
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(TLS / "feeds.test.pem", TLS / "feeds.test.key")

    def trusting() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(TLS / "feeds.test.pem"))

    async def names(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async with hostile(tls=serving) as server:
        knows = Door(server.pairs, resolver=names, trust=trusting)
        assert (await knows.fetch(f"https://feeds.test:{server.port}/feed")).body == FEED
        for door, host in (
            (knows, "other.test"),
            (knows, "127.0.0.1"),
            (Door(server.pairs, resolver=names), "feeds.test"),
        ):
            with pytest.raises(Unreachable) as found:
                await door.fetch(f"https://{host}:{server.port}/feed")
            assert found.value.code == "unreachable"


async def test_one_host_is_visited_once_at_a_time_and_four_hosts_in_all(monkeypatch):
    at_work: list[str] = []
    most: list[int] = []

    async def counting(self, host, port, timeout=None, local_address=None, socket_options=None):  # noqa: ASYNC109
        assert host not in at_work
        at_work.append(host)
        most.append(len(at_work))
        await asyncio.sleep(0.02)
        at_work.remove(host)
        raise connect.Refusal("enough seen")

    monkeypatch.setattr(connect.Guarded, "connect_tcp", counting)
    urls = [f"http://site{number % 8}.example/{number}" for number in range(24)]
    done = await asyncio.gather(*(Door().fetch(url) for url in urls), return_exceptions=True)
    assert [type(each) for each in done] == [Unreachable] * 24
    assert max(most) == 4
    assert fetching._queue().hosts == {}


async def test_a_class_that_signs_in_at_one_host_does_not_stand_in_line_nor_behind_the_harvest(monkeypatch):
    at_work: list[str] = []
    most: list[int] = []

    async def counting(self, host, port, timeout=None, local_address=None, socket_options=None):  # noqa: ASYNC109
        at_work.append(host)
        most.append(at_work.count("id.example"))
        await asyncio.sleep(0.02)
        at_work.remove(host)
        raise connect.Refusal("enough seen")

    monkeypatch.setattr(connect.Guarded, "connect_tcp", counting)
    feeds = [Door().fetch(f"http://site{number}.example/") for number in range(8)]
    signing_in = [Door(waited_for=True).fetch("http://id.example/") for _ in range(30)]
    await asyncio.gather(*feeds, *signing_in, return_exceptions=True)
    assert max(most) == fetching.WAITED_FOR_AT_HOST
    assert fetching._queue(waited_for=True).hosts == {}


async def test_a_visit_that_is_cancelled_leaves_nothing_behind(server):
    for delay in (0, 0.005, 0.02, 0.1):
        task = asyncio.create_task(visit(server, "/drip"))
        await asyncio.sleep(delay)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (await visit(server, "/feed")).body == FEED
    assert fetching._queue().hosts == {}


async def test_a_loop_that_serves_pages_is_not_held_up_by_a_hostile_answer(server):
    longest = 0.0

    async def heartbeat() -> None:
        """The most work between two turns of the loop, in seconds of a processor: others work on this machine, too."""
        nonlocal longest
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.01)
            longest = max(longest, time.thread_time() - before)

    bomb_bytes()
    beating = asyncio.create_task(heartbeat())
    for path in ("/endless-chunks", "/bomb", "/early-hints"):
        await failure(server, path)
    beating.cancel()
    assert 0 < longest < 1.0


def test_the_door_names_the_service_its_address_and_a_contact():
    settings = Settings("sqlite://x", "k" * 32, "https://engage.example", contact="library@example.org\r\nX: 1")
    assert door_of(settings).agent == "Engage/0.1.0 (+https://engage.example; library@example.orgX: 1)"
