"""Changes that the origin of a linked list made: looked for each day, and proposed to those who edit the list here.

Nothing that readers see follows by itself: see origin_deciding.py.
"""

import logging
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.database.worker import LeaseLost, place
from engage.errors import Refused
from engage.lists.exchange import ETAG, due_origins, guids_here
from engage.lists.exchange_form import kept, seen_of
from engage.lists.exchange_looking import Gone, Outlook, Seen, look_at
from engage.lists.exchange_models import ListProposal, Missing, Origin
from engage.lists.exchange_rules import (
    Kind,
    compare,
    cut_sentence,
    next_look,
    packed,
    remembered,
)
from engage.lists.models import CuratedList
from engage.lists.revisions import Taken, look_again
from engage.lists.rules import ProposalState
from engage.outside.cage import the_cage
from engage.outside.fetch import door_of
from engage.settings import Settings
from feeds.shared_list import MOST, SharedList

log = logging.getLogger("engage.lists")
A_ROUND = 50
# what is left then is due in the next round
ROUND_SECONDS = 10 * 60.0
# as many as one look may find: see `compare`
MOST_WAITING = 2 * MOST + 1


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
    new: int | None = 0
    problem = origin.problem if seen.shared is None and not origin.failures else ""
    if seen.shared is not None:
        taken = Taken(curated)
        await look_again(taken)
        before = seen_of(origin)
        text = kept(remembered(before, seen.shared))
        if before is not None and seen.shared.guid != before.guid:
            await _note_failure(school_id, origin_id, OTHER, now)
            return 0
        # where nobody knows any more how it was, it is followed from now on
        new = await _propose(taken, before or seen.shared, seen.shared, now)
        if new is None:
            # seen and etag stay, so that the rest is found once there is room
            problem = FULL
        else:
            origin.seen, origin.etag = text, seen.etag[:ETAG]
            problem = cut_sentence(seen.shared)
    origin.looked_at, origin.next_look, origin.failures, origin.problem = now, next_look(now, 0), 0, problem
    await origin.save()
    return new or 0


NOT_FOLLOWED = "Something went wrong here when this list was read. Engage tries again later. What you took over stays."
FULL = "So many changes wait here that there is no room for the newest. Decide those first, and look again."
OTHER = "There is another list at this address now, so it is not followed. What you took over stays."


async def _propose(taken: Taken, before: SharedList, now: SharedList, at: datetime) -> int | None:
    """Write down what changed; of a thing that waits already the newest stands, under another key, so that nobody
    takes what they did not see. How many are new; None where there is no room for all, and none is written down."""
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    here = await guids_here(taken)
    lacked = set(await Missing.filter(**of_list, gone_at=None).values_list("guid", flat=True)) - here
    waiting = await ListProposal.filter(**of_list, state=ProposalState.WAITING).limit(MOST_WAITING)
    there = {item.guid for item in now.items}
    # what was new and went again, and what went and came again, is no change any more
    went, came = (Kind.ADDED if not now.left_out else None), Kind.REMOVED
    over = [row for row in waiting if row.kind == (came if row.guid in there else went)]
    by_name = {(row.kind, row.guid): row for row in waiting if row not in over}
    rows, new = [], 0
    for each in compare(before, now, here, lacked):  # type: ignore[arg-type]
        known = by_name.get((each.kind, each.guid))
        was, told = known.was if known else packed(each.was), packed(each.now)
        if known is None:
            new += 1
        elif known.now == told:
            continue
        else:
            over.append(known)
        rows.append(ListProposal(**of_list, kind=each.kind, guid=each.guid, was=was, now=told, at=at))
    if len(by_name) + new > MOST_WAITING:
        return None
    if over:
        await ListProposal.filter(school_id=taken.curated.school_id, id__in=[row.id for row in over]).delete()
    await ListProposal.bulk_create(rows)
    return new
