"""The life of a list by the clock: scheduled, published when due, archived when it has ended; and drafts that go."""

import logging
from collections.abc import Collection, Coroutine
from datetime import datetime
from typing import Any

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.database.worker import LeaseLost, place
from engage.engagement.diary import record
from engage.engagement.rules import Kind
from engage.errors import NotAllowed, Refused
from engage.lists import rules
from engage.lists.actions import AUDIENCE, put_before_readers, settle_audience, take_from_readers
from engage.lists.editing import count_list
from engage.lists.models import CuratedList, ListClass, Revision
from engage.lists.queries import part_of
from engage.lists.revisions import Taken, hold, keep, look_again, take_up
from engage.lists.rules import State, Visibility
from engage.people import audit
from engage.people.models import School
from engage.people.queries import CARD, reader_at
from engage.people.rules import Reader, SchoolCard

log = logging.getLogger("engage.lists")

# how many lists come due in one round of the job, and how many end
MOST_DUE = 100
SCHEDULED, NOT_PUBLISHED = "scheduled", "not published"
LEFT = "Whoever planned it may no longer publish it like that. Publish it yourself, or schedule it again."
# what is a list's own and goes with it; whatever else leads to a list has used it
OWN_PARTS = frozenset(
    {
        "alignments",
        "classes",
        "comments",
        "exclusions",
        "items",
        "members",
        "missing",
        "origin",
        "proposals",
        "revisions",
        "saved_search",
        "sections",
    }
)


@one_transaction
async def schedule(
    key: str,
    *,
    visibility: Visibility,
    classes: Collection[str] = (),
    at: datetime,
    until: datetime | None = None,
    by: Reader,
) -> None:
    """Let a list be published by itself; until then it is seen as a draft is. It may be scheduled anew at any time.

    visibility, classes, until: as in actions.publish. at: the moment it goes before its readers.
    Raises NotAllowed, Refused (about "day" or "until" where the times do not fit).
    """
    taken = await take_up(by, key)
    curated = taken.curated
    rules.check_publishable(curated.state, len(taken.items), curated.introduction, curated.is_template)
    await settle_audience(taken, visibility, classes, by)
    rules.check_times(at, until, dates.now())
    curated.state, curated.publish_at, curated.publish_until = State.SCHEDULED, at, until
    day = dates.on(at, by.school.zone)
    await keep(taken, by, SCHEDULED, f"{day.isoformat()} {dates.clock_of(at, by.school.zone):%H:%M}")
    await audit.note("scheduled a list", by=by, subject=curated.key, detail=at.isoformat(timespec="minutes"))


@one_transaction
async def unschedule(key: str, *, by: Reader) -> None:
    """A scheduled list is a draft again. Raises NotAllowed (LST06), Refused."""
    taken = await take_up(by, key)
    curated = taken.curated
    if curated.state is not State.SCHEDULED:
        raise Refused("This list is not scheduled.")
    curated.state, curated.publish_at, curated.publish_until = State.DRAFT, None, None
    await keep(taken, by, "unscheduled", curated.title)
    await audit.note("took a list off the schedule", by=by, subject=curated.key)


@one_transaction
async def archive(key: str, *, by: Reader) -> None:
    """Put a list away that has done its work; it can be published again. Raises NotAllowed (LST09), Refused."""
    taken = await take_from_readers(key, by)
    if taken.curated.state not in (State.PUBLISHED, State.WITHDRAWN):
        raise Refused("Only a list that was published is put away.")
    await _put_away(taken, by)
    await audit.note("archived a list", by=by, subject=taken.curated.key)


async def _put_away(taken: Taken, by: Reader) -> None:
    curated = taken.curated
    was_published = curated.state is State.PUBLISHED
    curated.state, curated.publish_until = State.ARCHIVED, None
    await keep(taken, by, "archived", curated.title)
    if was_published:
        await record(Kind.LIST_WITHDRAWN, by=by, list_id=curated.id)


@one_transaction
async def delete_draft(key: str, *, by: Reader) -> str:
    """Delete a draft that nobody used; returns its title. Raises NotFound, NotAllowed (LST09), Refused."""
    curated = await hold(by, key)
    if not (rules.may_hand_over(by, curated.owner_id) and rules.may_withdraw(by, curated.owner_id)):
        raise NotAllowed("LST09")
    if curated.state is not State.DRAFT or curated.published_at is not None:
        raise Refused("Only a draft that was never published is deleted. Put this list away instead.")
    if await _is_used(curated):
        raise Refused("Somebody uses this list or has suggested something for it, so it stays.")
    taken = Taken(curated)
    await look_again(taken)
    on_it = [item["resource_id"] for item in taken.items]
    await count_list(taken, on_it, -1)
    await audit.note("deleted a draft", by=by, subject=curated.key)
    await CuratedList.filter(school_id=curated.school_id, id=curated.id).delete()
    return curated.title


async def _is_used(curated: CuratedList) -> bool:
    """Whether anything leads to the list that is not its own part: a program, an assignment, a display, a suggestion.

    Asked of the tables themselves, so that a table which is added one day is asked as well.
    """
    meta = CuratedList._meta
    for name in sorted((meta.backward_fk_fields | meta.backward_o2o_fields) - OWN_PARTS):
        relation = meta.fields_map[name]
        rows = relation.related_model.filter(  # type: ignore[attr-defined]
            school_id=curated.school_id,
            **{relation.relation_field: curated.id},  # type: ignore[attr-defined]
        )
        if await rows.exists():
            return True
    return False


async def keep_time(now: datetime) -> int:
    """Publish the lists that are due and archive those that have ended; a job's work. Returns how many.

    A list that may no longer be published stays scheduled, and its newest revision says why. Each list is a unit of its
    own, looked at again under its lock: two rounds at once do nothing twice. The newest due come first, so that some
    that can never be published hold up nobody; nor does one whose unit fails.
    """
    with every_school("lists of all schools come due"):
        scheduled = CuratedList.filter(state=State.SCHEDULED, publish_at__lte=now).order_by("-publish_at", "-id")
        due = await scheduled.limit(MOST_DUE).values_list("school_id", "id")
        ended = CuratedList.filter(state=State.PUBLISHED, publish_until__lte=now).order_by("publish_until", "id")
        over = await ended.limit(MOST_DUE).values_list("school_id", "id")
    done = 0
    for school_id, number in due:
        done += await _safely(_publish_due(school_id, number, now))
    for school_id, number in over:
        done += await _safely(_archive_ended(school_id, number, now))
    return done


async def _safely(unit: Coroutine[Any, Any, int]) -> int:
    try:
        return await unit
    except LeaseLost:
        raise
    except Exception as exc:  # noqa: BLE001 -- one list must not hold up all others
        extra = {"error": type(exc).__name__, "place": place(exc)}
        log.warning("a list was not published or put away in time", extra=extra)
        return 0


@one_transaction
async def _publish_due(school_id: int, number: int, now: datetime) -> int:
    curated = await CuratedList.filter(school_id=school_id, id=number).select_for_update().first()
    if curated is None or curated.state is not State.SCHEDULED or curated.publish_at is None:
        return 0
    if curated.publish_at > now:
        return 0
    by = await _who_settled(curated)
    taken = Taken(curated)
    await look_again(taken)
    try:
        await _check_audience_again(curated, by)
        if curated.publish_until is not None and curated.publish_until <= now:
            raise Refused("Its last day was over before it could be published.")
        await put_before_readers(taken, curated.publish_until, "published", by)
    except (NotAllowed, Refused) as no:
        sentence = no.sentence if isinstance(no, Refused) else LEFT
        last = await Revision.filter(school_id=school_id, curated_id=number).order_by("-number").first()
        if last is None or (last.act, last.what) != (NOT_PUBLISHED, sentence):
            await keep(taken, Reader(by.school), NOT_PUBLISHED, sentence)
        return 0
    return 1


async def _who_settled(curated: CuratedList) -> Reader:
    """Who said last when the list goes out or to whom, with the rights of this moment (SAFETY.md, A6).

    Nobody where they are gone.
    """
    rows = Revision.filter(school_id=curated.school_id, curated_id=curated.id, act__in=(SCHEDULED, AUDIENCE))
    found = await rows.order_by("-number").limit(1).values_list("by_id")
    by = found[0][0] if found else curated.owner_id
    card = await _card(curated.school_id)
    reader = await reader_at(by, card.slug) if by is not None else None
    return reader or Reader(card)


async def _card(school_id: int) -> SchoolCard:
    return SchoolCard(**(await School.filter(id=school_id).values(*CARD))[0])


async def _check_audience_again(curated: CuratedList, by: Reader) -> None:
    part = await part_of(by, curated.id)
    if not rules.may_edit(by, curated.owner_id, part):
        raise NotAllowed("LST06")
    rows = ListClass.filter(school_id=curated.school_id, curated_id=curated.id, school_class__ended_on=None)
    classes = [number for (number,) in await rows.values_list("school_class_id")]
    if curated.visibility is Visibility.CLASSES and not classes:
        raise Refused("The classes that it is for have ended.")
    rules.check_audience(by, curated.owner_id, curated.visibility, classes, part)


@one_transaction
async def _archive_ended(school_id: int, number: int, now: datetime) -> int:
    curated = await CuratedList.filter(school_id=school_id, id=number).select_for_update().first()
    if curated is None or curated.state is not State.PUBLISHED or curated.publish_until is None:
        return 0
    if curated.publish_until > now:
        return 0
    taken = Taken(curated)
    await look_again(taken)
    await _put_away(taken, Reader(await _card(school_id)))
    return 1
