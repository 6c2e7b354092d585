"""Lists of feeds: what one brings is suggested until a specialist says yes, and ours can be taken elsewhere.

Sources: PRODUCT.md, section 2; SAFETY.md, U5; STANDARDS.md, 2.6.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from tortoise.queryset import QuerySet

from engage import dates
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction
from engage.errors import Refused
from engage.outside.addresses import Pairs, address_of
from engage.people import audit
from engage.people.rules import Reader
from engage.resources import visiting
from engage.resources.incoming_models import Source
from engage.resources.intake import hash_of_address
from engage.resources.rules import SourceState
from engage.resources.sources import FILE, check_room
from feeds.address import same_place
from feeds.opml import Subscription, Subscriptions

EACH = ("key", "url", "title", "site", "topic")


@dataclass(frozen=True)
class Told:
    """What came of a list. new: suggested now. held: known already. refused: a sentence for each that was left out."""

    new: int
    held: int
    refused: tuple[str, ...]


@one_transaction
async def suggest(
    school_id: int, by: Reader | None, found: Subscriptions, allowed: Pairs, *, dry_run: bool = False
) -> Told:
    """Keep the feeds of a list as suggestions. None is visited, nor its name looked up, before a person says yes.

    by: who brought the list, None for the command. A feed that the school has in any state, or at the same place in
    another spelling, is left as it is. dry_run: only say what would come of it.
    """
    rows = await Source.filter(school_id=school_id).values("url_hash", "url", "state")
    have = {row["url_hash"] for row in rows}
    places = {same_place(row["url"]) for row in rows}
    room = max(visiting.SOURCES - sum(row["state"] is SourceState.SUGGESTED for row in rows), 0)
    new: dict[str, Source] = {}
    refused = list(found.problems)
    held = beyond = 0
    for one in found.feeds:
        try:
            url = address_of(one.url, allowed).url
        except Refused as no:
            refused.append(f"{one.title or one.url}: {no.sentence}")
            continue
        url_hash = hash_of_address(url)
        if url_hash in have or url_hash in new or same_place(url) in places:
            held += 1
        elif len(new) >= room:
            beyond += 1
        else:
            new[url_hash] = _suggestion(school_id, by, url, url_hash, one)
    if beyond:
        refused.append(f"Left out: {beyond:,}, since {visiting.SOURCES} feeds at most can be suggested at one time.")
    if new and not dry_run:
        await Source.bulk_create(list(new.values()), batch_size=200)
        told = f"{len(new)} of {found.title or 'a list'}"
        await audit.note("suggest feeds", by=by, detail=told, school_id=school_id)
    return Told(len(new), held, tuple(refused))


def _suggestion(school_id: int, by: Reader | None, url: str, url_hash: str, one: Subscription) -> Source:
    return Source(
        school_id=school_id,
        by_id=by.id if by else None,
        url=url,
        url_hash=url_hash,
        title=one.title,
        site=one.site,
        topic=one.topic,
        state=SourceState.SUGGESTED,
        minutes_between=visiting.USUAL_MINUTES,
        next_visit_at=dates.now(),
    )


@one_transaction
async def approve(keys: Collection[str] | None, by: Reader) -> int:
    """Visit these suggested feeds from now on, or all of them. How many.

    Raises Refused if none is left, or if they are more than there is room for.
    """
    chosen = _chosen(keys, by)
    await check_room(by.school.id, await chosen.count())
    number = await chosen.update(state=SourceState.ACTIVE, next_visit_at=dates.now(), by_id=by.id)
    _check_any(number)
    await audit.note("add suggested feeds", by=by, detail=str(number))
    await enqueue("harvest", key="harvest")
    return number


@one_transaction
async def leave_out(keys: Collection[str] | None, by: Reader) -> int:
    """Forget these suggestions, or all of them. How many. Raises Refused if none is left."""
    number = await _chosen(keys, by).delete()
    _check_any(number)
    await audit.note("leave out suggested feeds", by=by, detail=str(number))
    return number


async def suggestions(reader: Reader) -> dict[str, list[dict[str, Any]]]:
    """What is suggested, by topic; those without one first."""
    rows = await Source.filter(school_id=reader.school.id, state=SourceState.SUGGESTED).values(*EACH)
    rows.sort(key=lambda row: (row["topic"].casefold(), (row["title"] or row["url"]).casefold()))
    topics: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        topics.setdefault(row["topic"], []).append(row)
    return topics


async def subscriptions(reader: Reader) -> list[Subscription]:
    """What the school visits or has paused, for a list to take elsewhere; by topic and title."""
    kept = (SourceState.ACTIVE, SourceState.PAUSED)
    rows = await Source.filter(school_id=reader.school.id, state__in=kept).values(*EACH)
    visited = [row for row in rows if not row["url"].startswith(FILE)]
    ours = [Subscription(row["url"], row["title"], row["site"], row["topic"]) for row in visited]
    return sorted(ours, key=lambda one: (one.topic.casefold(), (one.title or one.url).casefold()))


def _chosen(keys: Collection[str] | None, by: Reader) -> QuerySet[Source]:
    chosen = Source.filter(school_id=by.school.id, state=SourceState.SUGGESTED)
    return chosen if keys is None else chosen.filter(key__in=list(keys)[: visiting.SOURCES])


def _check_any(number: int) -> None:
    if not number:
        raise Refused("Pick a feed first. What somebody else has decided is not here any more.")
