"""A catalog (OPDS) or feed that came as a file: what it lists waits in the inbox, as if a visit had brought it.

Its source is the address that the catalog gives for itself, paused until a person lets it go on, or the file's name
where it gives none that can be visited. Source: SAFETY.md, U5: nothing is fetched while importing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.expressions import F

from engage.database.transaction import one_transaction
from engage.errors import Refused
from engage.outside.addresses import Pairs, address_of
from engage.outside.cage import Cage
from engage.outside.fetch import Validators
from engage.people import audit
from engage.resources import sorting
from engage.resources.incoming_models import Source
from engage.resources.intake import Found, Lease, hash_of_address, keep
from engage.resources.rules import SourceState, source_kind
from engage.resources.sources import FILE
from feeds import Feed

MORE = "It is one page of more; let the feed go on to read them all."


@dataclass(frozen=True)
class Brought:
    """What came of a file. key: of its source. entries: how many it lists. new: how many of them wait now.

    more: whether the file is one page of several.
    """

    key: str
    title: str
    entries: int
    new: int
    more: bool


async def bring(school_id: int, name: str, body: bytes, cage: Cage, allowed: Pairs, now: datetime) -> Brought:
    """Put what a file lists into the inbox. name: of the file. Raises Unreadable, or Refused for no room."""
    feed = await cage.feed(body, "", {})
    return await _keep(school_id, name, feed, allowed, now)


@one_transaction
async def _keep(school_id: int, name: str, feed: Feed, allowed: Pairs, now: datetime) -> Brought:
    url = where_it_stands(feed, name, allowed)
    mine = Source.filter(school_id=school_id, url_hash=hash_of_address(url))
    source = await mine.first()
    if source is None:
        source = await Source.create(
            school_id=school_id,
            url=url,
            url_hash=hash_of_address(url),
            kind=source_kind(feed.kind, feed.format),
            title=feed.title or name,
            state=SourceState.PAUSED,
            next_visit_at=now,
        )
    # what stands there is to be read whole by the next visit, so this leaves no mark that says "as before"
    await mine.update(fence=F("fence") + 1, lease_until=now + timedelta(seconds=1))
    source = await mine.get()
    if source.state in (SourceState.SUGGESTED, SourceState.RETIRED):
        await mine.update(state=SourceState.PAUSED, failures=0, problem="")
    entries = tuple(sorting.harvest_of(feed, now, source.mode, source.key, source.language))
    note = MORE if feed.next_url else ""
    found = Found(validators=Validators(), feed=feed, entries=entries, note=note)
    new = await keep(Lease(source.id, school_id, source.fence), found, now)
    detail = f"{new} new of {len(entries)} in {name}"
    await audit.note("read catalog", by=None, subject=source.key, detail=detail, school_id=school_id)
    return Brought(source.key, source.title, len(entries), new, bool(feed.next_url))


def where_it_stands(feed: Feed, name: str, allowed: Pairs) -> str:
    """The address that a catalog gives for itself, if it can be visited; else its file's name, marked as such."""
    try:
        return address_of(feed.feed_url or "", allowed).url
    except Refused:
        return f"{FILE}{name[:200]}"
