"""Feeds broken in every way that chance finds: each ends soon, as a feed or as one of the codes (F6, F7).

ENGAGE_MUTANTS says how many; SAFETY.md asks for 100,000, which takes about a quarter of an hour on two cores, or
several runs with an ENGAGE_SEED each.
"""

import asyncio
import logging
import os
import random
import signal
import subprocess
import time

import pytest

import feeds
from engage.outside.cage import Cage
from feeds.model import UNREADABLE
from tests import data

pytestmark = pytest.mark.waits

log = logging.getLogger("engage.tests")

MUTANTS = int(os.environ.get("ENGAGE_MUTANTS", "2000"))
SEED = int(os.environ.get("ENGAGE_SEED", "20261125"))
FOLDERS = ("feeds-real", "feeds-podcast", "feeds-video", "feeds-ugly", "hostile-xml", "opds1", "opds2")
TYPES = {".json": "application/feed+json"}
LONGEST = 40_000
AT_ONCE = 8
TOKENS = [
    *(b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?xml?>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;"),
    *(
        b"&#0;",
        b"&#1114112;",
        b"&#xD800;",
        b"&amp;" * 50,
        b"\x00",
        b"\xff\xfe",
        b"\xc3\x28",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
    ),
    *(
        b"<item>",
        b"</item>",
        b"<entry>",
        b"</channel>",
        b"<rss>",
        b"<a>" * 300,
        b' x="y"' * 300,
        b"xmlns:a='b'",
        b"'",
        b'"',
    ),
    *(b"{", b"}", b"[" * 500, b'"\\ud800"', b"1e999", b"-1", b"9" * 400, b"null", b"99999-99-99", b"Tue, 99 Foo 0000"),
    *(
        b"file:///etc/passwd",
        b"http://[",
        b"http://a:99999999/",
        b"\xe2\x80\xae",
        "\u0301".encode() * 200,
        b"\r\n" * 100,
    ),
]


def seeds() -> list[tuple[bytes, str]]:
    """Small real feeds with their media types."""
    found = []
    for folder in FOLDERS:
        for path in sorted(data.shared(folder).iterdir()):
            if path.is_file() and path.stat().st_size <= LONGEST:
                found.append((path.read_bytes(), TYPES.get(path.suffix, "application/xml")))
    return found


def mutated(chance: random.Random, body: bytes, other: bytes) -> bytes:
    """A body with one to six things done to it."""
    text = bytearray(body)
    for _ in range(chance.randint(1, 6)):
        at, size = chance.randrange(len(text) + 1), chance.choice((1, 2, 8, 64, 1_000))
        match chance.randrange(8):
            case 0:
                text[at : at + size] = b""
            case 1:
                text[at:at] = chance.choice(TOKENS)
            case 2:
                text[at : at + size] = chance.randbytes(min(size, 64))
            case 3:
                text[at:at] = bytes(text[at : at + size]) * chance.choice((1, 2, 50))
            case 4:
                start = chance.randrange(len(other) + 1)
                text[at:at] = other[start : start + chance.choice((10, 200, 5_000))]
            case 5:
                del text[at:]
            case 6:
                for place in range(at, min(at + size, len(text))):
                    text[place] ^= 1 << chance.randrange(8)
            case 7:
                text[at : at + size] = chance.choice(TOKENS) * chance.choice((1, 3))
    return bytes(text[: 10 * LONGEST])


@pytest.mark.slow
async def test_whatever_is_broken_ends_soon_as_a_feed_or_as_a_code_while_parsers_are_killed():
    known = seeds()
    assert len(known) > 100
    chance = random.Random(SEED)
    cage = Cage()
    parsers: set[subprocess.Popen[bytes]] = set()
    slowest, told, killed = 0.0, dict.fromkeys((*UNREADABLE, "feed"), 0), 0

    async def read(body: bytes, media_type: str) -> None:
        nonlocal slowest
        began = time.monotonic()
        try:
            found = await cage.feed(body, "https://example.com/feed", {"content-type": media_type})
            assert isinstance(found, feeds.Feed)
            told["feed"] += 1
        except feeds.Unreadable as no:
            told[no.code] += 1  # a KeyError where the code is none of the list
        slowest = max(slowest, time.monotonic() - began)

    async def kill() -> None:
        nonlocal killed
        while True:
            await asyncio.sleep(chance.uniform(0.2, 2.0))
            alive = [each for each in parsers if each.poll() is None]
            if alive:
                chance.choice(alive).send_signal(chance.choice((signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM)))
                killed += 1

    killing = asyncio.create_task(kill())
    made = 0
    while made < MUTANTS:
        some = []
        for _ in range(min(AT_ONCE, MUTANTS - made)):
            (body, media_type), (other, _) = chance.choice(known), chance.choice(known)
            some.append(read(mutated(chance, body, other), media_type))
        await asyncio.gather(*some)
        made += len(some)
        parsers.update(each.process for each in cage._idle)
    killing.cancel()
    cage.close()
    log.info("%s, slowest %.1f s, %s parsers killed", {name: n for name, n in told.items() if n}, slowest, killed)
    assert sum(told.values()) == MUTANTS
    assert told["feed"] > MUTANTS / 5
    assert slowest < 20 * AT_ONCE / 2  # each waits for those before it
    assert (told["too-slow"], told["bad-answer"]) == (0, 0)
    assert killed > 0
