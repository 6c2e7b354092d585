"""A catalog that comes in pages: each is fetched by the one door and read in the cage, and together they are one visit.

Sources: STANDARDS.md, 2.7; SAFETY.md, F1, F3 and I4.
"""

import time
from dataclasses import dataclass, replace
from urllib.parse import urldefrag, urlsplit

from engage.outside.cage import Cage
from engage.outside.fetch import DECODED, WHOLE_SECONDS, Door, Fetched, Unreachable
from engage.resources.sorting import KEPT
from engage.resources.visiting import status_sentence
from feeds import Feed, Unreadable

PAGES = 20
# of a lease of 120 seconds: the first page may have taken 50, and what is begun in time 20 in the cage besides
SECONDS = 40.0
ELSEWHERE = "Its next page stands on another site, which Engage does not follow."


@dataclass(frozen=True)
class Note:
    """What the specialist should know of how the pages were read. again: not all of them could be, so try once more."""

    sentence: str = ""
    again: bool = False


def is_paged(feed: Feed) -> bool:
    """Whether the next page belongs to it: those of a catalog do, while a feed's is its archive."""
    return feed.format.lower().startswith("opds")


async def whole(first: Feed, got: Fetched, door: Door, cage: Cage, until: float) -> tuple[Feed, Note]:
    """The feed with the entries of its next pages, at most 20 pages, 2,000 entries and 15 MiB, from the same site.

    got: the answer in which the first page came. until: by the monotonic clock, when no further page is begun.
    """
    if not is_paged(first):
        return first, Note()
    entries, size, note = list(first.entries), len(got.body), Note()
    seen, bodies = {urldefrag(got.url).url}, {got.body}
    feed = first
    for number in range(2, PAGES + 1):
        url = urldefrag(feed.next_url or "").url
        if not url or url in seen or len(entries) >= KEPT:
            break
        if origin(url) != origin(got.url):
            note = Note(ELSEWHERE)
            break
        seconds = min(WHOLE_SECONDS, until - time.monotonic())
        if seconds <= 0:
            note = Note(f"Its pages came too slowly; {number - 1} were read.")
            break
        seen.add(url)
        try:
            page = await door.fetch(url, limit=max(DECODED - size, 1), seconds=seconds, same_site=True)
            if page.status != 200:
                raise Unreachable("status", status_sentence(page.status))
            if page.body in bodies:
                break
            feed = await cage.feed(page.body, page.url, page.headers)
        except (Unreachable, Unreadable) as no:
            note = Note(f"Page {number} could not be read: {no.sentence}", again=no.code != "elsewhere")
            break
        seen.add(urldefrag(page.url).url)
        bodies.add(page.body)
        size += len(page.body)
        entries += feed.entries
    return replace(first, entries=tuple(entries[:KEPT])), note


def origin(url: str) -> tuple[str, str]:
    """Scheme and host with port: what has to stay the same from page to page."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
