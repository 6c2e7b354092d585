"""What a specialist does with sources: add one or several, change, pause, let go on, remove, fetch now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F, Q

from engage import dates
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction, savepoint
from engage.engagement.rules import Mode
from engage.errors import NotFound, Refused
from engage.outside.addresses import Pairs, address_of, as_typed
from engage.people import audit
from engage.people.models import AuditEntry
from engage.people.rules import Reader
from engage.resources import muting, visiting
from engage.resources.incoming_models import InboxEntry, MuteRule, Source, Visit
from engage.resources.intake import hash_of_address
from engage.resources.looking import ALREADY
from engage.resources.rules import EntryState, SourceKind, SourceState, check_audience

FETCH_NOW = "fetch now"
# the address of a catalog that came as a file and names none of its own
FILE = "file:"
VISITED = (SourceState.ACTIVE, SourceState.PAUSED)


@dataclass(frozen=True)
class Chosen:
    """A feed to add, as it was found. title: "" to take the feed's own."""

    address: str
    title: str = ""
    kind: str = SourceKind.FEED
    minutes: int = visiting.USUAL_MINUTES
    mode: Mode | None = None


@dataclass(frozen=True)
class Decided:
    """What a specialist decides about a source, besides its address.

    mode, language, audience_low, audience_high: what all of its entries are; None or "" to let each say. default_list:
    the key of the list where its entries go unless a person chooses otherwise, "" for none. words: the rules of this
    source that keep entries out of the inbox.
    """

    title: str
    minutes: int
    mode: Mode | None = None
    topic: str = ""
    language: str = ""
    audience_low: int | None = None
    audience_high: int | None = None
    default_list: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Added:
    """What came of adding several. refused: a sentence for each that was left out."""

    number: int
    refused: tuple[str, ...]


@one_transaction
async def add_source(chosen: Chosen, by: Reader, allowed: Pairs) -> str:
    """Visit this feed from now on; the first visit begins at once. The key of the source. Raises Refused."""
    source = await _add(by.school.id, chosen, by, allowed)
    await enqueue("harvest", key="harvest")
    return source.key


@one_transaction
async def add_sources(many: Sequence[Chosen], by: Reader, allowed: Pairs) -> Added:
    """Visit these feeds from now on; one that is refused holds up none of the others. Raises Refused for none."""
    if not many:
        raise Refused("Pick a feed first.", about="address")
    refused = []
    for chosen in many:
        try:
            await _add(by.school.id, chosen, by, allowed)
        except Refused as no:
            refused.append(f"{chosen.title or chosen.address}: {no.sentence}")
    if len(refused) < len(many):
        await enqueue("harvest", key="harvest")
    return Added(len(many) - len(refused), tuple(refused))


@one_transaction
async def add_by_command(school_id: int, chosen: Chosen, allowed: Pairs) -> str:
    """The same for whoever runs the service, who names the school. The key of the source. Raises Refused."""
    return (await _add(school_id, chosen, None, allowed)).key


async def check_room(school_id: int, more: int = 1) -> None:
    """Refuse more feeds than a school can have. What is only suggested, or no longer visited, takes no room."""
    have = await Source.filter(school_id=school_id, state__in=VISITED).count()
    if have + more > visiting.SOURCES:
        room = max(visiting.SOURCES - have, 0)
        left = f"There is room for {room} more." if room else "Remove one first."
        raise Refused(f"A school can have {visiting.SOURCES} feeds at most. {left}")


async def _add(school_id: int, chosen: Chosen, by: Reader | None, allowed: Pairs) -> Source:
    url = address_of(as_typed(chosen.address), allowed).url
    await check_room(school_id)
    now = dates.now()
    values: dict[str, Any] = {
        "by_id": by.id if by else None,
        "kind": chosen.kind,
        "mode": chosen.mode,
        "minutes_between": chosen.minutes,
        "next_visit_at": now,
        "state": SourceState.ACTIVE,
        **({"title": chosen.title} if chosen.title else {}),
    }
    mine = Source.filter(school_id=school_id, url_hash=hash_of_address(url))
    # somebody who adds what a list of feeds suggested has said yes to it; what was removed comes back
    if await mine.filter(state__in=(SourceState.SUGGESTED, SourceState.RETIRED)).update(
        **values, failures=0, problem=""
    ):
        source = await mine.get()
    else:
        try:
            async with savepoint():
                source = await Source.create(school_id=school_id, url=url, url_hash=hash_of_address(url), **values)
        except IntegrityError as exc:
            raise Refused(ALREADY, about="address") from exc
    await audit.note("add feed", by=by, subject=source.key, detail=source.url, school_id=school_id)
    return source


@one_transaction
async def change_source(key: str, address: str, decided: Decided, by: Reader, allowed: Pairs) -> None:
    """Name, address, interval and rules of a source. Where it is read anew, it is visited soon. Raises Refused."""
    source = await _source(key, by, held=True)
    url = source.url if address == source.url else address_of(as_typed(address), allowed).url
    check_audience(decided.audience_low, decided.audience_high)
    if await Source.filter(school_id=by.school.id, url_hash=hash_of_address(url)).exclude(id=source.id).exists():
        raise Refused(ALREADY, about="address")
    anew = (url, decided.mode, decided.language) != (source.url, source.mode, source.language)
    values: dict[str, Any] = {
        "title": decided.title,
        "minutes_between": decided.minutes,
        "mode": decided.mode,
        "topic": decided.topic,
        "language": decided.language,
        "audience_low": decided.audience_low,
        "audience_high": decided.audience_high,
        "default_list": decided.default_list,
    }
    if anew:
        values |= dict.fromkeys(("etag", "last_modified", "body_hash", "slices", "moved_to", "problem"), "")
        values |= {"url": url, "url_hash": hash_of_address(url), "moved_seen": 0, "failures": 0}
        # a visit that is under way read it as it was before, and writes nothing any more
        values |= {"next_visit_at": dates.now(), "lease_until": None, "fence": source.fence + 1}
    source.update_from_dict(values)
    await source.save(update_fields=list(values))
    await _keep_words(source, decided.words, by)
    await audit.note("change feed", by=by, subject=source.key, detail=source.url)


async def _keep_words(source: Source, wanted: Sequence[str], by: Reader) -> None:
    """Make the rules of this source the wanted ones; a rule that is not named any more lets go what it kept out."""
    rules = await MuteRule.filter(school_id=by.school.id, source_id=source.id).values("key", "words")
    have = {rule["words"]: rule["key"] for rule in rules}
    folded = {muting.folded_words(words): words for words in wanted}
    for words, rule in have.items():
        if words not in folded:
            await muting.unmute(rule, by=by)
    for words, written in folded.items():
        if words not in have:
            await muting.mute_words(written, source.key, by=by)


@one_transaction
async def pause(key: str, by: Reader) -> None:
    """Visit the source no longer, until it is let go on."""
    source = await _source(key, by)
    source.state, source.failures, source.problem = SourceState.PAUSED, 0, ""
    await source.save(update_fields=["state", "failures", "problem"])
    await audit.note("pause feed", by=by, subject=source.key, detail=source.url)


@one_transaction
async def go_on(key: str, by: Reader) -> None:
    """Visit a paused, ended or suggested source again. Raises Refused."""
    source = await _source(key, by)
    if source.url.startswith(FILE):
        raise Refused("This came as a file. Write the address of the catalog first; then Engage can visit it.")
    if source.state not in VISITED:
        await check_room(by.school.id)
    source.state, source.failures, source.problem = SourceState.ACTIVE, 0, ""
    source.next_visit_at = dates.now()
    await source.save(update_fields=["state", "failures", "problem", "next_visit_at"])
    await audit.note("go on with feed", by=by, subject=source.key, detail=source.url)
    await enqueue("harvest", key="harvest")


@one_transaction
async def remove(key: str, by: Reader) -> None:
    """Visit the source no longer and forget what waits from it.

    What a person decided about its entries stays on record, and so does the source, for their sake; without any it is
    gone for good. What was added to the catalogue is not touched.
    """
    source = await _source(key, by)
    await audit.note("remove feed", by=by, subject=source.key, detail=source.url)
    where = {"school_id": by.school.id, "source_id": source.id}
    undecided = Q(state__in=(EntryState.WAITING, EntryState.MUTED), decided_by_id__isnull=True)
    await InboxEntry.filter(undecided, **where).delete()
    if not await InboxEntry.filter(**where).exists():
        await source.delete()
        return
    await Visit.filter(**where).delete()
    await MuteRule.filter(**where).delete()
    forgotten = dict.fromkeys(("etag", "last_modified", "body_hash", "problem", "moved_to", "default_list"), "")
    # a visit that is under way holds the fence of before, and writes nothing any more
    await Source.filter(school_id=by.school.id, id=source.id).update(
        state=SourceState.RETIRED, failures=0, lease_until=None, fence=F("fence") + 1, **forgotten
    )


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
    await audit.note(FETCH_NOW, by=by, subject=key or "")
    await enqueue("harvest", key="harvest")


async def _source(key: str, by: Reader, *, held: bool = False) -> Source:
    """The source. held: nobody else changes it until this unit of work ends."""
    mine = Source.filter(school_id=by.school.id, key=key)
    source = await (mine.select_for_update() if held else mine).first()
    if source is None:
        raise NotFound(key)
    return source
