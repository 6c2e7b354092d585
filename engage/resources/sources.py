"""What a specialist does with sources: look before adding, add, change, pause, let go on, fetch now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.exceptions import IntegrityError

from engage import dates
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction, savepoint
from engage.engagement.rules import Mode
from engage.errors import NotFound, Refused
from engage.outside.addresses import Pairs, address_of, as_typed
from engage.outside.cage import Cage
from engage.outside.fetch import Door, Unreachable
from engage.people.models import AuditEntry
from engage.people.rules import Reader
from engage.resources import visiting
from engage.resources.harvest import hash_of_address
from engage.resources.incoming_models import Source
from engage.resources.rules import SourceState
from feeds import Feed, Unreadable

LOOK_SECONDS = 12.0
FETCH_NOW = "fetch now"
ALREADY = "You visit this feed already."


@dataclass(frozen=True)
class Preview:
    """What stands at an address. feed: None where it is a web page, whose feeds are then offered.

    address: where the feed is, in one spelling, to be added. offers: title and address of each feed of the page.
    """

    address: str
    feed: Feed | None
    offers: tuple[tuple[str, str], ...] = ()


async def look_at(typed: str, door: Door, cage: Cage) -> Preview:
    """The feed at an address that a person typed, or the feeds of the web page there.

    Raises Refused with what the person can do about it.
    """
    address = address_of(as_typed(typed), door.allowed)
    try:
        got = await door.fetch(address.url, seconds=LOOK_SECONDS)
    except Unreachable as no:
        raise Refused(no.sentence, about="address") from no
    if got.status != 200:
        raise Refused(visiting.status_sentence(got.status), about="address")
    where = got.permanent_url or address.url
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
    return Preview(where, None, tuple(offers[:20]))


@one_transaction
async def add_source(
    address: str,
    title: str,
    minutes: int,
    mode: Mode | None,
    kind: str,
    by: Reader,
    allowed: Pairs,
) -> str:
    """Visit this feed from now on; the first visit begins at once. The key of the source.

    mode: what all of its entries are, None to let each entry say. Raises Refused.
    """
    url = address_of(as_typed(address), allowed).url
    # somebody who adds what a list of feeds suggested has said yes to it
    suggested = Source.filter(school_id=by.school.id, url_hash=hash_of_address(url), state=SourceState.SUGGESTED)
    await suggested.delete()
    if await Source.filter(school_id=by.school.id).count() >= visiting.SOURCES:
        raise Refused(f"A school can have {visiting.SOURCES} feeds at most. Remove one first.")
    now = dates.now()
    try:
        async with savepoint():
            source = await Source.create(
                school_id=by.school.id,
                by_id=by.id,
                url=url,
                url_hash=hash_of_address(url),
                kind=kind,
                title=title,
                mode=mode,
                minutes_between=minutes,
                next_visit_at=now,
            )
    except IntegrityError as exc:
        raise Refused(ALREADY, about="address") from exc
    await _audit("add feed", source, by, now)
    await enqueue("harvest", key="harvest")
    return source.key


@one_transaction
async def change_source(
    key: str, address: str, title: str, minutes: int, mode: Mode | None, by: Reader, allowed: Pairs
) -> None:
    """Name, address, mode and interval of a source. Where it is read anew, it is visited soon. Raises Refused."""
    source = await _source(key, by)
    url = address_of(as_typed(address), allowed).url
    anew = url != source.url or mode != source.mode
    if await Source.filter(school_id=by.school.id, url_hash=hash_of_address(url)).exclude(id=source.id).exists():
        raise Refused(ALREADY, about="address")
    source.title, source.minutes_between = title, minutes
    source.mode = mode  # type: ignore[assignment]  # the column may be empty
    if anew:
        source.url, source.url_hash = url, hash_of_address(url)
        source.etag = source.last_modified = source.body_hash = source.moved_to = ""
        source.moved_seen, source.failures, source.problem = 0, 0, ""
        source.next_visit_at = dates.now()
    await source.save()
    await _audit("change feed", source, by, dates.now())


@one_transaction
async def pause(key: str, by: Reader) -> None:
    """Visit the source no longer, until it is let go on."""
    source = await _source(key, by)
    source.state, source.failures, source.problem = SourceState.PAUSED, 0, ""
    await source.save(update_fields=["state", "failures", "problem"])
    await _audit("pause feed", source, by, dates.now())


@one_transaction
async def go_on(key: str, by: Reader) -> None:
    """Visit a paused or ended source again."""
    source = await _source(key, by)
    source.state, source.failures, source.problem = SourceState.ACTIVE, 0, ""
    source.next_visit_at = dates.now()
    await source.save(update_fields=["state", "failures", "problem", "next_visit_at"])
    await _audit("go on with feed", source, by, dates.now())
    await enqueue("harvest", key="harvest")


@one_transaction
async def fetch_now(key: str | None, by: Reader) -> None:
    """Visit one source now, or all of the school's; five times an hour for one person. Raises Refused.

    Source: SAFETY.md, FED02.
    """
    now = dates.now()
    lately = AuditEntry.filter(school_id=by.school.id, by_id=by.id, act=FETCH_NOW, at__gt=now - timedelta(hours=1))
    if await lately.count() >= visiting.NOW_AN_HOUR:
        raise Refused("You have looked five times within an hour. The feeds are visited by themselves as well.")
    due = Source.filter(school_id=by.school.id, state=SourceState.ACTIVE)
    if key is not None:
        due = due.filter(id=(await _source(key, by)).id)
    if not await due.update(next_visit_at=now):
        raise Refused("There is no feed to visit. A paused feed is visited once you let it go on.")
    await AuditEntry.create(school_id=by.school.id, at=now, by_id=by.id, act=FETCH_NOW, subject=key or "")
    await enqueue("harvest", key="harvest")


async def _source(key: str, by: Reader) -> Source:
    source = await Source.get_or_none(school_id=by.school.id, key=key)
    if source is None:
        raise NotFound(key)
    return source


async def _audit(act: str, source: Source, by: Reader, now: datetime) -> None:
    await AuditEntry.create(school_id=by.school.id, at=now, by_id=by.id, act=act, subject=source.key, detail=source.url)
