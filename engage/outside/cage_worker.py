"""The process in which foreign bytes are parsed: run as `python -m engage.outside.cage_worker`.

It holds no secret and no database, and once it has begun it can open no file and no connection.
Source: SAFETY.md, F6.
"""

import codecs
import encodings
import json
import os
import pkgutil
import struct
import sys
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import feeds
from engage.outside import confine
from feeds import oembed, opml, read_shared, shared_list, webpage

# besides a limit for each job, one for the whole life, which the process itself cannot raise
LIFE_SECONDS = 600
REQUEST = struct.Struct("!II")
# the length of the answer, and whether it is the last of this process
ANSWER = struct.Struct("!I?")
LONGEST_HEAD = 256 * 1024
LONGEST_BODY = 64 * 1024 * 1024
WARM = b'<rss version="2.0"><channel><title>t</title><item><title>&eacute;</title><description>&lt;p&gt;d</description>\
<pubDate>Tue, 01 Sep 2026 08:00:00 GMT</pubDate></item></channel></rss>'

Job = Callable[[bytes, Mapping[str, Any]], Any]


def read_feed(body: bytes, options: Mapping[str, Any]) -> Any:
    """The feed in the body, as values for JSON."""
    known = frozenset(options.get("known", ()))
    return feeds.to_json(feeds.read(body, options["url"], options["headers"], known=known))


def discover(body: bytes, options: Mapping[str, Any]) -> Any:
    """The feeds that a web page announces: pairs of title and address."""
    return [[found.title, found.url] for found in feeds.announced(body, options["url"], options["headers"])]


def read_opml(body: bytes, options: Mapping[str, Any]) -> Any:
    """The list of feeds in the body, as values for JSON."""
    return opml.to_values(opml.read_opml(body))


def read_page(body: bytes, options: Mapping[str, Any]) -> Any:
    """What the page in the body says of itself, as values for JSON."""
    return webpage.to_values(webpage.read_page(body, options["url"], options["content_type"]))


def read_oembed(body: bytes, options: Mapping[str, Any]) -> Any:
    """What a provider answers about a page, as values for JSON."""
    return oembed.to_values(oembed.read_oembed(body))


def read_list(body: bytes, options: Mapping[str, Any]) -> Any:
    """The list that another library gives, as values for JSON."""
    return shared_list.to_values(read_shared.read_shared(body, options["url"], options["headers"]))


JOBS: dict[str, Job] = {
    "feed": read_feed,
    "discover": discover,
    "opml": read_opml,
    "page": read_page,
    "oembed": read_oembed,
    "list": read_list,
}


def answer(jobs: Mapping[str, Job], head: bytes, body: bytes) -> tuple[dict[str, Any], bool]:
    """What to say to one request, and whether to go on after it."""
    try:
        asked = json.loads(head)
        return {"value": jobs[asked["job"]](body, asked["options"])}, True
    except feeds.Unreadable as no:
        return {"unreadable": no.code}, True
    except MemoryError:
        return {"unreadable": "too-large"}, False
    except Exception:  # noqa: BLE001 -- a parser may raise anything, and each is the same to the reader
        return {"unreadable": "broken"}, True


def main(jobs: Mapping[str, Job] = JOBS) -> None:
    """Answer requests until there are no more."""
    asking, answering = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a parser that prints must not garble the answers
    _warm_up()
    confine.shut_in()
    going_on = True
    while going_on:
        lengths = _exactly(asking, REQUEST.size)
        if not lengths:
            return
        of_head, of_body = REQUEST.unpack(lengths)
        if of_head > LONGEST_HEAD or of_body > LONGEST_BODY:
            return
        head, body = _exactly(asking, of_head), _exactly(asking, of_body)
        confine.begin_piece(LIFE_SECONDS)
        said, going_on = answer(jobs, head, body)
        text = _encoded(said)
        answering.write(ANSWER.pack(len(text), not going_on) + text)
        answering.flush()


def _encoded(said: Any) -> bytes:
    try:
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, TypeError, RecursionError, MemoryError):
        return b'{"unreadable":"broken"}'


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if data and len(data) < size:
        os._exit(1)
    return data


def _warm_up() -> None:
    """Load what is loaded late, since afterwards no file can be opened."""
    for module in pkgutil.iter_modules(encodings.__path__):
        try:
            codecs.lookup(module.name)
        except LookupError:
            continue
    for sample in (WARM, b'{"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": []}'):
        feeds.read(sample, "http://example.com/", {"content-type": ""})
    opml.read_opml(b'<opml version="2.0"><body><outline xmlUrl="http://example.com/" text="t"/></body></opml>')
    webpage.read_page(b"<title>&eacute;</title>", "http://example.com/", "text/html")
    feeds.announced(b"<base href='/'><link rel=alternate>", "http://example.com/", {"content-type": "text/html"})


if __name__ == "__main__":
    main()
