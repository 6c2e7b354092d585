"""What stands at the addresses that a person typed: a feed, a page with feeds, or the reason why neither.

Source: SAFETY.md, F1; nothing is kept of what is only looked at.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from engage.errors import Busy, Refused
from engage.outside.addresses import address_of, as_typed
from engage.outside.cage import Cage
from engage.outside.fetch import DECODED, Door, Fetched, Unreachable
from engage.people.rules import Reader
from engage.resources import visiting
from engage.resources.incoming_models import Source
from engage.resources.intake import hash_of_address
from engage.resources.rules import SourceState, source_kind
from feeds import Feed, Unreadable

LOOK_SECONDS = 12.0
# the page may take 45 seconds; what has not answered by then is looked at alone
ALL_SECONDS = 32.0
LINES = 20
OFFERS = 20
ALREADY = "You visit this feed already."
TOO_SLOW = "This site takes too long. Look at it by itself."


@dataclass(frozen=True)
class Preview:
    """What stands at an address. feed: None where it is a web page, whose feeds are then offered.

    address: where the feed is, in one spelling, to be added. offers: title and address of each feed of the page.
    """

    address: str
    feed: Feed | None
    offers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Offer:
    """A feed that can be added. kind: "" where it stands on a page and was not read. entries: how many it has now.

    feed: what was read.
    """

    address: str
    title: str
    kind: str = ""
    entries: int | None = None
    feed: Feed | None = None


@dataclass(frozen=True)
class Answer:
    """What was found for one of several addresses. sentence: why nothing can be added; "" where something can."""

    typed: str
    offers: tuple[Offer, ...] = ()
    sentence: str = ""


async def look_at(typed: str, door: Door, cage: Cage, seconds: float = LOOK_SECONDS) -> Preview:
    """The feed at an address that a person typed, or the feeds of the web page there.

    seconds: for the visit, until its turn comes included. Raises Refused with what the person can do about it.
    """
    got = await visit(typed, door, seconds)
    where = got.permanent_url or address_of(as_typed(typed), door.allowed).url
    try:
        return Preview(where, await cage.feed(got.body, got.url, got.headers))
    except Unreadable as no:
        problem = no
    try:
        offers = await cage.discover(got.body, got.url, got.headers)
    except Unreadable:
        offers = []
    if not offers:
        raise Refused(problem.sentence, about="address") from problem
    return Preview(where, None, tuple(offers[:OFFERS]))


async def body_at(typed: str, door: Door) -> bytes:
    """What stands at an address that a person typed, as it came. Raises Refused."""
    return (await visit(typed, door, LOOK_SECONDS)).body


async def visit(
    typed: str,
    door: Door,
    seconds: float,
    why_not: Callable[[int], str] = visiting.status_sentence,
    limit: int = DECODED,
    cut: bool = False,
) -> Fetched:
    """The answer at an address that a person typed.

    why_not: says what a status means that is not 200. limit, cut: as for Door.fetch. Raises Refused.
    """
    try:
        got = await door.fetch(address_of(as_typed(typed), door.allowed).url, limit=limit, seconds=seconds, cut=cut)
    except Unreachable as no:
        raise Refused(no.sentence, about="address") from no
    if got.status != 200:
        raise Refused(why_not(got.status), about="address")
    return got


async def look_at_each(lines: Sequence[str], door: Door, cage: Cage, by: Reader) -> list[Answer]:
    """An answer for each of several addresses, in their order; none holds up the others.

    Raises Refused for more than twenty.
    """
    if len(lines) > LINES:
        raise Refused(f"Write {LINES} addresses at most at one time; these are {len(lines)}.", about="address")
    looks = {line: asyncio.create_task(_answer(line, door, cage)) for line in lines}
    await asyncio.wait(looks.values(), timeout=ALL_SECONDS)
    for look in looks.values():
        look.cancel()
    await asyncio.gather(*looks.values(), return_exceptions=True)
    answers = [Answer(line, sentence=TOO_SLOW) if look.cancelled() else look.result() for line, look in looks.items()]
    return await _without_known(answers, by)


async def _answer(line: str, door: Door, cage: Cage) -> Answer:
    try:
        found = await look_at(line, door, cage, ALL_SECONDS)
    except Refused as no:
        return Answer(line, sentence=no.sentence)
    except Busy:
        return Answer(line, sentence=TOO_SLOW)
    if found.feed is None:
        return Answer(line, tuple(Offer(address, title or address) for title, address in found.offers))
    feed = found.feed
    kind, title = source_kind(feed.kind, feed.format), feed.title or found.address
    return Answer(line, (Offer(found.address, title, kind, len(feed.entries), feed),))


async def _without_known(answers: Sequence[Answer], by: Reader) -> list[Answer]:
    """The answers without what the school visits already, and without what stands in an earlier one."""
    hashes = [hash_of_address(offer.address) for answer in answers for offer in answer.offers]
    mine = Source.filter(school_id=by.school.id, url_hash__in=hashes)
    visited = await mine.filter(state__in=(SourceState.ACTIVE, SourceState.PAUSED)).values("url_hash")
    known = {row["url_hash"] for row in visited}
    told: list[Answer] = []
    for answer in answers:
        new = tuple(offer for offer in answer.offers if hash_of_address(offer.address) not in known)
        known.update(hash_of_address(offer.address) for offer in new)
        nothing_left = bool(answer.offers) and not new
        told.append(replace(answer, offers=new, sentence=ALREADY if nothing_left else answer.sentence))
    return told
