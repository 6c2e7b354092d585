"""The parser process: whatever a feed does to it, the answer is a value or a stable code."""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import feeds
from engage.errors import Busy
from engage.outside import cage as caging
from engage.outside.cage import Cage
from feeds import oembed, webpage

pytestmark = pytest.mark.waits

HERE = Path(__file__).parent
MISBEHAVING = (sys.executable, "-I", "-X", "utf8", str(HERE.parent / "faults" / "misbehaving.py"))
RSS = {"content-type": "application/rss+xml"}
SMALL = (
    b'<rss version="2.0"><channel><title>Small</title>'
    b"<item><title>One</title><guid>1</guid><link>http://example.com/1</link></item></channel></rss>"
)


@pytest.fixture
def cage():
    kept = Cage()
    yield kept
    kept.close()


@pytest.fixture
def bad():
    kept = Cage(MISBEHAVING, wall=3)
    yield kept
    kept.close()


def said(value: Any) -> Any:
    """What was said, believed as it is."""
    return value


def is_gone(pid: int) -> bool:
    """Whether a process has ended; of one whom nobody asks for its end, a last line stays."""
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


async def code(cage: Cage, job: str, **options: object) -> str:
    with pytest.raises(feeds.Unreadable) as found:
        await cage.do(job, b"", said, **options)
    assert found.value.sentence.endswith(".")
    return found.value.code


async def test_a_feed_comes_back_as_a_feed(cage):
    feed = await cage.feed(SMALL, "http://example.com/feed", RSS)
    assert (feed.title, [entry.title for entry in feed.entries]) == ("Small", ["One"])
    assert cage.killed == 0


async def test_a_web_page_gives_the_feeds_that_it_announces(cage):
    page = b'<html><head><link rel="alternate" type="application/rss+xml" title="News" href="/n.xml"></head></html>'
    assert await cage.discover(page, "http://example.com/", {}) == [("News", "http://example.com/n.xml")]


async def test_a_web_page_says_what_it_is_about(cage):
    page = b'<title>Bread</title><meta property="og:image" content="/b.jpg">'
    facts = await cage.page(page, "http://example.com/bread", "text/html")
    assert (facts.title, facts.picture) == ("Bread", "http://example.com/b.jpg")
    with pytest.raises(feeds.Unreadable) as found:
        await cage.page(SMALL, "http://example.com/feed", "text/html")
    assert found.value.code == "is-a-feed"
    assert cage.killed == 0


async def test_a_provider_tells_of_a_film_without_its_markup(cage):
    embed = await cage.oembed(b'{"type": "video", "title": "Bread", "html": "<iframe></iframe>", "duration": 61}')
    assert (embed.title, embed.kind, embed.seconds) == ("Bread", "video", 61)


async def test_facts_of_a_page_that_cannot_be_right_are_not_believed(bad):
    for believe in (webpage.from_values, oembed.from_values):
        with pytest.raises(feeds.Unreadable) as found:
            await bad.do("no_feed", b"", believe)
        assert found.value.code == "bad-answer"


async def test_what_is_no_feed_is_said_to_be_none_and_the_process_lives_on(cage):
    with pytest.raises(feeds.Unreadable) as found:
        await cage.feed(b"<html><body>hello</body></html>", "http://example.com/", {"content-type": "text/html"})
    assert found.value.code == "web-page"
    assert cage.killed == 0
    await cage.feed(SMALL, "http://example.com/feed", RSS)


async def test_fifty_thousand_attributes_do_not_get_far(cage):
    attributes = b" ".join(b'a%d="x"' % number for number in range(50_000))
    body = SMALL.replace(b"<item>", b"<item " + attributes + b">")
    started = time.monotonic()
    with pytest.raises(feeds.Unreadable) as found:
        await cage.feed(body, "http://example.com/feed", RSS)
    assert found.value.code == "too-many-attributes"
    assert time.monotonic() - started < 20
    await cage.feed(SMALL, "http://example.com/feed", RSS)


@pytest.mark.slow
async def test_a_process_that_only_works_is_ended_after_ten_seconds_of_work():
    kept = Cage(MISBEHAVING, wall=90)
    started = time.monotonic()
    assert await code(kept, "spin") == "too-slow"
    assert 9 < time.monotonic() - started < 80
    kept.close()


@pytest.mark.slow
async def test_the_work_of_earlier_feeds_does_not_count():
    kept = Cage(MISBEHAVING, wall=30)
    pids = {await kept.do("work", b"", said, seconds=4) for _ in range(3)}
    assert len(pids) == 1
    kept.close()


async def test_a_process_that_waits_is_ended_by_the_clock(bad):
    started = time.monotonic()
    assert await code(bad, "sleep") == "too-slow"
    assert time.monotonic() - started < 6
    assert bad.killed == 1


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        ("memory", "too-large"),
        ("leave", "broken"),
        ("killed", "broken"),
        ("crashed", "broken"),
        ("wrong", "broken"),
        ("deep", "broken"),
        ("half", "broken"),
        ("no_values", "broken"),
        ("nowhere", "broken"),
        ("no_json", "bad-answer"),
        ("nested", "bad-answer"),
        ("unknown", "bad-answer"),
        ("huge", "bad-answer"),
    ],
)
async def test_each_way_to_fail_has_one_stable_code_and_the_next_feed_is_read(bad, job, reason):
    assert await code(bad, job) == reason
    assert (await bad.feed(SMALL, "http://example.com/feed", RSS)).title == "Small"


async def test_a_parser_that_prints_does_not_garble_its_answer(bad):
    assert await bad.do("chatty", b"12345", said) == 5


async def test_an_answer_that_is_no_feed_is_not_believed_and_its_process_ended(bad):
    with pytest.raises(feeds.Unreadable) as found:
        await bad.do("no_feed", b"", feeds.from_json)
    assert found.value.code == "bad-answer"
    assert bad.killed == 1
    assert (await bad.feed(SMALL, "http://example.com/feed", RSS)).title == "Small"


async def test_addresses_that_a_page_announces_are_texts_or_nothing(bad):
    with pytest.raises(feeds.Unreadable) as found:
        await bad.do("no_feed", b"", caging._pairs)
    assert found.value.code == "bad-answer"


async def test_from_inside_nothing_can_be_had(bad, monkeypatch):
    monkeypatch.setenv("ENGAGE_SECRET_KEY", "the key of the house")
    found = await bad.do("reach", b"", said)
    assert "the key of the house" not in str(found)
    assert set(found["environ"]) <= {"LC_CTYPE"}
    reached = found["reach"]
    assert {reached[name] for name in ("file", "write", "socket", "process")} == {"OSError"}
    # the superuser may raise limits; a server does not run as one
    assert reached["raise"] == "ValueError" or found["root"]


async def test_a_process_is_used_for_fifty_feeds_and_no_longer():
    kept = Cage(MISBEHAVING, reused=5)
    pids = [await kept.do("work", b"", said, seconds=0) for _ in range(11)]
    assert [len(set(pids[start : start + 5])) for start in (0, 5, 10)] == [1, 1, 1]
    assert len(set(pids)) == 3
    assert caging.REUSED == 50
    for pid in set(pids[:10]):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    kept.close()


async def test_two_processes_at_most_work_at_once(bad):
    pids = await asyncio.gather(*(bad.do("work", b"", said, seconds=0.2) for _ in range(6)))
    assert len(set(pids)) <= 2


async def test_whoever_comes_when_many_wait_is_told_to_come_again(bad, monkeypatch):
    monkeypatch.setattr(caging, "WAITING", 2)
    first = [asyncio.create_task(bad.do("work", b"", said, seconds=0.3)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await bad.do("work", b"", said, seconds=0)
    await asyncio.gather(*first)
    await bad.do("work", b"", said, seconds=0)


async def test_one_who_gives_up_does_not_disturb_the_next(bad):
    asked = asyncio.create_task(bad.do("work", b"", said, seconds=0.5))
    await asyncio.sleep(0.1)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert (await bad.feed(SMALL, "http://example.com/feed", RSS)).title == "Small"


async def test_processes_killed_at_random_cost_only_their_own_feed(bad):
    read = failed = 0
    for _ in range(10):
        pid = await bad.do("work", b"", said, seconds=0)
        asked = asyncio.create_task(bad.do("work", b"", said, seconds=0.3))
        await asyncio.sleep(0.05)
        os.kill(pid, 9)
        with pytest.raises(feeds.Unreadable) as found:
            await asked
        failed += found.value.code == "broken"
        read += (await bad.feed(SMALL, "http://example.com/feed", RSS)).title == "Small"
    assert (read, failed) == (10, 10)


async def test_when_the_process_that_makes_the_copies_is_killed_its_copy_goes_too(bad):
    pid = await bad.do("work", b"", said, seconds=0)
    maker = bad._idle[0].process.pid
    os.kill(maker, 9)
    asked = asyncio.create_task(bad.do("spin", b"", said))
    with pytest.raises(feeds.Unreadable):
        await asked
    assert (await bad.feed(SMALL, "http://example.com/feed", RSS)).title == "Small"
    assert is_gone(pid)


async def test_a_process_that_does_not_even_listen_is_ended_by_the_clock():
    kept = Cage((sys.executable, "-c", "import time; time.sleep(60)"), wall=1)
    with pytest.raises(feeds.Unreadable) as found:
        await kept.do("feed", b"x" * (caging.PIPE + 1), said)
    assert (found.value.code, kept.killed) == ("too-slow", 1)
    kept.close()


async def test_a_large_body_goes_in_and_a_large_answer_comes_out(cage):
    items = b"".join(
        b"<item><title>%d</title><guid>%d</guid><description>%s</description></item>" % (n, n, b"word " * 900)
        for n in range(600)
    )
    feed = await cage.feed(SMALL.replace(b"</channel>", items + b"</channel>"), "http://example.com/feed", RSS)
    assert len(feed.entries) == 500
