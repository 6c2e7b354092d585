"""Changes that the origin of a linked list made: looked for each day, proposed, taken or declined by somebody here.

What was edited here is never written over in bulk; one change alone may be taken over one's own words, knowingly.
"""

import json
import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.expressions import F

from engage import dates
from engage.database.transaction import one_transaction
from engage.database.worker import LeaseLost, place
from engage.errors import NotFound, Refused
from engage.lists import rules
from engage.lists.editing import put_many, take_off
from engage.lists.exchange import ETAG, due_origins, guids_here, item_columns, matches
from engage.lists.exchange_form import kept, seen_of
from engage.lists.exchange_looking import Gone, Outlook, Seen, look_at
from engage.lists.exchange_models import ListProposal, Missing, Origin
from engage.lists.exchange_rules import (
    Kind,
    Proposed,
    compare,
    cut_sentence,
    item_from,
    item_values,
    next_look,
    packed,
)
from engage.lists.models import CuratedList, ListItem, Section
from engage.lists.order import Place, moved
from engage.lists.queries import ListCard
from engage.lists.revisions import Taken, keep, look_again, put_in_order, take_up
from engage.lists.rules import ProposalState
from engage.outside.cage import the_cage
from engage.outside.fetch import door_of
from engage.people.rules import Reader
from engage.settings import Settings
from feeds.shared_list import SharedList

log = logging.getLogger("engage.lists")
A_ROUND = 50
# what is left then is due in the next round
ROUND_SECONDS = 10 * 60.0
MOST_WAITING = 600
# the order in which changes are taken together: a moved one stands after one that was added
ORDER = (Kind.WORDS, Kind.REMOVED, Kind.ADDED, Kind.MOVED, Kind.NOTE)
ROW = ("id", "key", "kind", "guid", "was", "now", "at")


@dataclass(frozen=True)
class Decided:
    """What came of a decision. skipped: how many wait on because somebody edited the same words here."""

    done: int = 0
    skipped: int = 0


async def look_at_origins(settings: Settings) -> int:
    """The job: look at the origins that are due, a round of them at most. How many changes are new."""
    return await look_at_due(Outlook(door_of(settings), the_cage(), settings.base_url), dates.now())


async def look_at_due(outlook: Outlook, now: datetime) -> int:
    """Look at each origin that is due; one that fails holds up no other. How many changes are new."""
    new, until = 0, time.monotonic() + ROUND_SECONDS
    for row in await due_origins(now, A_ROUND):
        if time.monotonic() > until:
            break
        try:
            new += await look_again_at(row, outlook, now)
        except LeaseLost:
            raise
        except Exception as no:  # noqa: BLE001 -- one origin must not hold up all others, now or at the next round
            _tell(no)
            await _put_off(row, now)
    return new


def _tell(no: Exception) -> None:
    log.warning("an origin was not looked at", extra={"error": type(no).__name__, "place": place(no)})


async def _put_off(row: Mapping[str, Any], now: datetime) -> None:
    """Let others go first: it is asked again later, and less and less often."""
    try:
        await _note_failure(row["school_id"], row["id"], NOT_FOLLOWED, now)
    except LeaseLost:
        raise
    except Exception as no:  # noqa: BLE001 -- the database may be what is away; then the next round begins as this one
        _tell(no)


async def look_again_at(row: Mapping[str, Any], outlook: Outlook, now: datetime) -> int:
    """Look at one origin and note what changed, or why it could not be read. How many changes are new.

    row: id school_id curated_id address etag library, as due_origins gives them.
    """
    try:
        seen = await look_at(row["address"], outlook, row["etag"])
    except Refused as no:
        problem = Gone(no.status, row["library"]).sentence if isinstance(no, Gone) else no.sentence
        await _note_failure(row["school_id"], row["id"], problem, now)
        return 0
    return await _note_seen(row["school_id"], row["id"], seen, now)


@one_transaction
async def _note_failure(school_id: int, origin_id: int, problem: str, now: datetime) -> None:
    origin = await Origin.filter(school_id=school_id, id=origin_id).select_for_update().first()
    if origin is None or not origin.linked:
        return
    origin.failures += 1
    origin.problem, origin.looked_at, origin.next_look = problem, now, next_look(now, origin.failures)
    await origin.save(update_fields=["failures", "problem", "looked_at", "next_look"])


@one_transaction
async def _note_seen(school_id: int, origin_id: int, seen: Seen, now: datetime) -> int:
    found = await Origin.filter(school_id=school_id, id=origin_id).first()
    if found is None:
        return 0
    # the list first and then its origin, as whoever edits the list does
    curated = await CuratedList.filter(school_id=school_id, id=found.curated_id).select_for_update().first()  # type: ignore[attr-defined]
    origin = await Origin.filter(school_id=school_id, id=origin_id).select_for_update().first()
    if curated is None or origin is None or not origin.linked:
        return 0
    new = 0
    problem = origin.problem if seen.shared is None and not origin.failures else ""
    if seen.shared is not None:
        taken = Taken(curated)
        await look_again(taken)
        text = kept(seen.shared)
        before = seen_of(origin)
        if before is not None and seen.shared.guid != before.guid:
            await _note_failure(school_id, origin_id, OTHER, now)
            return 0
        # where nobody knows any more how it was, it is followed from now on
        new = await _propose(taken, before or seen.shared, seen.shared, now)
        origin.seen, origin.etag = text, seen.etag[:ETAG]
        problem = cut_sentence(seen.shared)
    origin.looked_at, origin.next_look, origin.failures, origin.problem = now, next_look(now, 0), 0, problem
    await origin.save()
    return new


NOT_FOLLOWED = "Something went wrong here when this list was read. Engage tries again later. What you took over stays."
OTHER = "There is another list at this address now, so it is not followed. What you took over stays."


async def _propose(taken: Taken, before: SharedList, now: SharedList, at: datetime) -> int:
    """Write down what changed; of a thing that waits already the newest stands. How many are new."""
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    missing = {row.guid: row for row in await Missing.filter(**of_list, gone_at=None)}
    here = await guids_here(taken) | missing.keys()
    waiting = await ListProposal.filter(**of_list, state=ProposalState.WAITING).limit(MOST_WAITING)
    by_name = {(row.kind, row.guid): row for row in waiting}
    there = {item.guid: item for item in now.items}
    for row in waiting:
        # what was new and went again, and what went and came again, is no change any more
        if (row.kind == Kind.ADDED and row.guid not in there) or (row.kind == Kind.REMOVED and row.guid in there):
            await row.delete()
            del by_name[row.kind, row.guid]
    new: list[ListProposal] = []
    for each in compare(before, now, here):
        if each.guid in missing:
            await _follow_missing(missing[each.guid], each, there.get(each.guid), at)
            continue
        known = by_name.get((each.kind, each.guid))
        if known is None:
            new.append(
                ListProposal(
                    **of_list, kind=each.kind, guid=each.guid, was=packed(each.was), now=packed(each.now), at=at
                )
            )
        else:
            known.now, known.at = packed(each.now), at
            await known.save(update_fields=["now", "at"])
    room = MOST_WAITING - len(by_name)
    await ListProposal.bulk_create(new[:room])
    return len(new[:room])


async def _follow_missing(row: Missing, change: Proposed, item: Any, at: datetime) -> None:
    """A title that we lack anyway follows its origin without a question."""
    if change.kind is Kind.REMOVED:
        row.gone_at = at
        await row.save(update_fields=["gone_at"])
    elif item is not None:
        row.record = packed(item_values(item))
        await row.save(update_fields=["record"])


async def waiting_for(curated: ListCard) -> list[dict[str, Any]]:
    """The changes that wait on a list, in the order of ORDER: key kind guid at, was and now as values, and ours: what
    stands here, None where the item is not on the list any more."""
    of_list = {"school_id": curated.school_id, "curated_id": curated.id}
    rows = await ListProposal.filter(**of_list, state=ProposalState.WAITING).order_by("id").limit(300).values(*ROW)
    items = ListItem.filter(**of_list, guid__in=[row["guid"] for row in rows if row["guid"]])
    ours = {row["guid"]: row for row in await items.values("guid", "annotation", title="resource__title")}
    found = [{**row, "was": json.loads(row["was"] or "{}"), "now": json.loads(row["now"] or "{}")} for row in rows]
    return [
        {**row, "ours": ours.get(row["guid"]), "edited": _is_edited(row, ours.get(row["guid"]), curated)}
        for row in sorted(found, key=lambda row: ORDER.index(Kind(row["kind"])))
    ]


def _is_edited(row: Mapping[str, Any], ours: Mapping[str, Any] | None, curated: Any) -> bool:
    """Whether somebody here changed the words that the origin changed too."""
    if row["kind"] in (Kind.NOTE, Kind.REMOVED):
        known = (row["was"]["note"][: rules.NOTE], row["now"].get("note", "")[: rules.NOTE])
        return ours is not None and ours["annotation"] not in known
    if row["kind"] == Kind.WORDS:
        return (curated.title, curated.introduction) != (row["was"]["title"], row["was"]["introduction"])
    return False


@one_transaction
async def decide(key: str, chosen: Collection[str] | None, *, take: bool, by: Reader) -> Decided:
    """Take changes of the origin over, or decline them. chosen: their keys, None for all that wait.

    Of all, those are left waiting whose words somebody edited here. Raises NotFound, NotAllowed (LST06).
    """
    taken = await take_up(by, key)
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    rows = ListProposal.filter(**of_list, state=ProposalState.WAITING)
    if chosen is not None:
        rows = rows.filter(key__in=list(chosen))
    found = await rows.order_by("id").values(*ROW)
    if chosen is not None and not found:
        raise NotFound(key)
    done, skipped = [], 0
    for row in sorted(found, key=lambda row: ORDER.index(Kind(row["kind"]))):
        values = {**row, "was": json.loads(row["was"] or "{}"), "now": json.loads(row["now"] or "{}")}
        item = next((item for item in taken.items if item["guid"] and item["guid"] == row["guid"]), None)
        if take and chosen is None and _is_edited(values, item, taken.curated):
            skipped += 1
            continue
        if take:
            await TAKE[Kind(row["kind"])](taken, values, item, by)
        done.append(row["id"])
    state = ProposalState.TAKEN if take else ProposalState.DECLINED
    decided = ListProposal.filter(school_id=taken.curated.school_id, id__in=done)
    await decided.update(state=state, decided_by_id=by.id, decided_at=dates.now())
    if take and done:
        await keep(taken, by, "followed origin", f"{len(done)} changes" if len(done) > 1 else "1 change")
    return Decided(len(done), skipped)


async def _take_words(taken: Taken, row: Mapping[str, Any], item: Any, by: Reader) -> None:
    title = " ".join(str(row["now"]["title"]).split())[: rules.TITLE]
    taken.curated.title = title or taken.curated.title
    taken.curated.introduction = str(row["now"]["introduction"])[: rules.INTRODUCTION]


async def _take_removed(taken: Taken, row: Mapping[str, Any], item: Any, by: Reader) -> None:
    if item is not None:
        await take_off(taken, [item["id"]])


async def _take_note(taken: Taken, row: Mapping[str, Any], item: Any, by: Reader) -> None:
    if item is not None:
        note = str(row["now"]["note"])[: rules.NOTE]
        rows = ListItem.filter(school_id=taken.curated.school_id, id=item["id"])
        await rows.update(annotation=note, version=F("version") + 1)
        item["annotation"] = note


async def _take_added(taken: Taken, row: Mapping[str, Any], item: Any, by: Reader) -> None:
    if item is not None:
        return
    shared, where = item_from(row["now"]), row["now"].get("where", {})
    found = (await matches(taken.curated.school_id, [shared])).get(shared.guid)
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    if found is None:
        await Missing.create(**of_list, guid=shared.guid, record=packed(item_values(shared)), position=0)
        return
    there = next((each for each in taken.items if each["resource_id"] == found["id"]), None)
    if there is not None:
        # somebody here put it on before the origin did; from now on it is the same one
        await ListItem.filter(school_id=taken.curated.school_id, id=there["id"]).update(guid=shared.guid)
        there["guid"] = shared.guid
        return
    part = await part_named(taken, where.get("section", ""))
    (made,) = await put_many(taken, [item_columns(shared, found, part)], by)
    await stand_after(taken, made, part, where.get("after", ""))


async def _take_moved(taken: Taken, row: Mapping[str, Any], item: Any, by: Reader) -> None:
    if item is not None:
        part = await part_named(taken, row["now"].get("section", ""))
        await stand_after(taken, item, part, row["now"].get("after", ""))


TAKE = {
    Kind.WORDS: _take_words,
    Kind.REMOVED: _take_removed,
    Kind.NOTE: _take_note,
    Kind.ADDED: _take_added,
    Kind.MOVED: _take_moved,
}


async def part_named(taken: Taken, title: str) -> int | None:
    """The part of this name, made where there is none and room for it."""
    if not title:
        return None
    known = next((section.id for section in taken.sections if section.title == title), None)
    if known is not None or len(taken.sections) >= rules.MOST_SECTIONS:
        return known if known is not None else taken.parts[-1]
    made = await Section.create(
        school_id=taken.curated.school_id,
        curated_id=taken.curated.id,
        title=title[: rules.TITLE],
        position=len(taken.sections) + 1,
    )
    taken.sections.append(made)
    return int(made.id)


async def stand_after(taken: Taken, item: Mapping[str, Any], part: int | None, guid: str) -> None:
    """Put an item after the one that it follows at the origin, where that one stands in the same part here."""
    await put_in_order(taken, placed_after(taken, taken.places, item, part, guid))


def placed_after(
    taken: Taken, places: Sequence[Place], item: Mapping[str, Any], part: int | None, guid: str
) -> list[Place]:
    """The places with an item after the one of this guid in a part; at its end where that one is not there, at its
    top where there is no guid."""
    guids = {each["id"]: each["guid"] for each in taken.items}
    column = [place.item for place in places if place.part == part and place.item != item["id"]]
    before = next((at for at, each in enumerate(column, 1) if guid and guids[each] == guid), None)
    to: int | str = before + 1 if before is not None else "bottom" if guid else "top"
    return moved(places, taken.parts, item["id"], part, to)
