"""The process in which foreign bytes are parsed: run as `python -m engage.outside.cage_worker <pieces>`.

It holds no secret and no database, and once it has begun it can open no file and no connection. It reads nothing
foreign itself: a copy of it does, for so many pieces, and then a fresh copy, which costs a millisecond and no start.
Source: SAFETY.md, F6.
"""

import codecs
import encodings
import gc
import json
import os
import pkgutil
import signal
import struct
import sys
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import feeds
from engage.outside import confine
from feeds import case, oembed, opml, read_shared, shared_list, webpage

# besides a limit for each job, one for the whole life, which the process itself cannot raise
LIFE_SECONDS = 600
REQUEST = struct.Struct("!II")
ANSWER = struct.Struct("!I")
# how a copy ends that has read enough, or that has no memory left
ENOUGH = 75
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


def read_standards(body: bytes, options: Mapping[str, Any]) -> Any:
    """The framework of standards in the body, as values for JSON."""
    return case.to_values(case.read_case(body))


JOBS: dict[str, Job] = {
    "feed": read_feed,
    "discover": discover,
    "opml": read_opml,
    "page": read_page,
    "oembed": read_oembed,
    "standards": read_standards,
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
    """Answer requests until there are no more, so many of them by one copy of this process."""
    pieces, answering = int(sys.argv[1]), sys.stdout.buffer
    sys.stdout = sys.stderr  # a parser that prints must not garble the answers
    _warm_up()
    confine.shut_in()
    gc.freeze()  # what all copies share is looked at no more, and so stays shared
    ended = ENOUGH
    while ended == ENOUGH:
        copy = os.fork()
        if copy == 0:
            os._exit(_serve(jobs, pieces, answering))
        ended = os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])
    if ended < 0:  # whoever began this process is to see what became of the copy
        if -ended != signal.SIGKILL:  # which is the only one that comes through of itself
            signal.signal(-ended, signal.SIG_DFL)
        os.kill(os.getpid(), -ended)
    os._exit(ended)


def _serve(jobs: Mapping[str, Job], pieces: int, answering: BinaryIO) -> int:
    """Answer so many requests; how the process then ends."""
    asking = sys.stdin.buffer
    going_on = True
    while going_on and pieces:
        lengths = _exactly(asking, REQUEST.size)
        if not lengths:
            return 0
        of_head, of_body = REQUEST.unpack(lengths)
        if of_head > LONGEST_HEAD or of_body > LONGEST_BODY:
            return 1
        head, body = _exactly(asking, of_head), _exactly(asking, of_body)
        confine.begin_piece(LIFE_SECONDS)
        said, going_on = answer(jobs, head, body)
        text = _encoded(said)
        answering.write(ANSWER.pack(len(text)) + text)
        answering.flush()
        pieces -= 1
    return ENOUGH


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
