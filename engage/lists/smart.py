"""Lists that refill themselves: a search is kept, looked again by night or at a push, and what stays is left alone."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction, savepoint
from engage.database.worker import LeaseLost, place
from engage.errors import NotFound, Refused
from engage.lists import rules, saved
from engage.lists.actions import start_list
from engage.lists.editing import named, put_many, take_off
from engage.lists.models import CuratedList, ListItem
from engage.lists.order import Place
from engage.lists.queries import ListCard
from engage.lists.revisions import Taken, keep, look_again, put_in_order, take_up
from engage.lists.saved import Search
from engage.lists.smart_models import Exclusion, SavedSearch
from engage.people.models import School
from engage.people.once import once
from engage.people.queries import CARD
from engage.people.rules import Reader, SchoolCard
from engage.resources.gathering import Gathered, gather
from engage.resources.link_rules import is_night
from engage.resources.models import Resource
from engage.resources.rules import ResourceState

log = logging.getLogger("engage.lists")
# a list is refilled once a night; two rounds of one night are nearer to each other than this
A_NIGHT = timedelta(hours=12)
A_ROUND = 200
# counted without a lock: two at the same moment may both be the last, and a round takes so many lists at most anyway
MOST_SMART = 200
NOT_REFILLED = "Something went wrong here when this list was to be refilled, so it keeps what it had."
SEARCH_CHANGED = "The search of this list was changed or stopped in the meantime, so nothing was put on or taken off."
RESTS = "This list is put away or a template, so it is not refilled."
ROW = ("words", "facets", "order", "most", "filled_at", "problem")


@dataclass(frozen=True)
class Filled:
    """What a refill did. problem: why it did nothing, in a sentence; "" where all is well."""

    added: int = 0
    removed: int = 0
    problem: str = ""


async def look(school_id: int, search: Search) -> Gathered:
    """What the search finds now, a few more than the list may have, because some may be kept out."""
    return await gather(school_id, search.wanted, search.order, 2 * rules.LONGEST, search.years)


async def search_of(curated: ListCard) -> dict[str, Any] | None:
    """The saved search of a list: ROW, and search; None where it has none."""
    rows = SavedSearch.filter(school_id=curated.school_id, curated_id=curated.id).limit(1)
    found = await rows.values(*ROW)
    return {**found[0], "search": saved.search_of(found[0])} if found else None


async def explained(curated: ListCard, zone: str) -> list[dict[str, Any]]:
    """The items in order, each with why it is there: key title mode found pinned stays why; one statement more for
    the search."""
    known = await search_of(curated)
    items = ListItem.filter(school_id=curated.school_id, curated_id=curated.id).order_by("position", "id")
    columns = ("key", "found", "pinned", "annotation", "start_here", "position")
    rows = await items.values(
        *columns,
        title="resource__title",
        creators="resource__creators",
        mode="resource__mode",
        since="resource__made_at",
        by="added_by__name",
    )
    search = known["search"] if known else None
    return [
        {**row, "stays": saved.stays(row), "why": saved.why(row, search, dates.on(row["since"], zone), row["by"] or "")}
        for row in rows
    ]


async def languages_of(school_id: int) -> list[str]:
    """The languages of what a school offers."""
    rows = Resource.filter(school_id=school_id, state=ResourceState.OFFERED).exclude(language="").distinct()
    return sorted({tag for (tag,) in await rows.limit(60).values_list("language")})


async def excluded_of(curated: ListCard) -> list[dict[str, Any]]:
    """What was kept out of a list, the newest first: key (of the resource) title by at."""
    rows = Exclusion.filter(school_id=curated.school_id, curated_id=curated.id).order_by("-at", "-id")
    return await rows.limit(500).values("at", key="resource__key", title="resource__title", by="by__name")


async def would_change(curated: ListCard, search: Search, found: Gathered) -> saved.Change:
    """What the search would change on the list as it is now."""
    of_list = {"school_id": curated.school_id, "curated_id": curated.id}
    items = await ListItem.filter(**of_list).values("id", "resource_id", "found", "pinned", "annotation", "start_here")
    out = await Exclusion.filter(**of_list).values_list("resource_id", flat=True)
    return saved.refilled(items, [row["id"] for row in found.rows], set(out), search.most)  # type: ignore[arg-type]


@one_transaction
async def save_search(key: str, search: Search, *, by: Reader) -> None:
    """Let a list refill itself by this search from now on. Raises NotFound, NotAllowed (LST06), Refused."""
    taken = await take_up(by, key)
    if taken.curated.is_template:
        raise Refused("This is a template. Start a list from it, and let that one refill itself.")
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    columns: dict[str, Any] = {"words": search.words, "facets": saved.packed(search.choices), "order": search.order}
    columns |= {"most": search.most, "problem": ""}
    if await SavedSearch.filter(**of_list).update(**columns):
        return
    if await SavedSearch.filter(school_id=taken.curated.school_id).count() >= MOST_SMART:
        raise Refused(f"{MOST_SMART} lists of a school refill themselves at most. Stop one that is no longer needed.")
    await SavedSearch.create(**of_list, **columns)


@one_transaction
async def save_and_fill(key: str, search: Search, found: Gathered, *, by: Reader) -> Filled:
    """Keep the search, and put on the list at once what it found. Raises NotFound, NotAllowed (LST06), Refused."""
    await save_search(key, search, by=by)
    return await _change(await take_up(by, key), search, found, by, dates.now())


@one_transaction
async def stop(key: str, *, by: Reader) -> None:
    """The list no longer refills itself; what is on it stays, as if it had been put there by hand."""
    taken = await take_up(by, key)
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    if not await SavedSearch.filter(**of_list).delete():
        return
    await ListItem.filter(**of_list, found=True).update(found=False, pinned=False)
    await look_again(taken)
    await keep(taken, by, "no longer refilled", taken.curated.title)


@one_transaction
async def pin(key: str, item: str, *, on: bool, by: Reader) -> str:
    """Let an item stay whatever the search finds, or no longer; returns its title. Raises NotFound, NotAllowed."""
    taken = await take_up(by, key)
    pinned = taken.item(item)
    if pinned["pinned"] != on:
        rows = ListItem.filter(school_id=taken.curated.school_id, id=pinned["id"])
        # who pins it answers for it
        await rows.update(pinned=on, **({"added_by_id": by.id} if on and pinned["found"] else {}))
        pinned["pinned"] = on
        await keep(taken, by, "pinned" if on else "unpinned", pinned["title"])
    return str(pinned["title"])


@one_transaction
async def leave_out(key: str, item: str, *, by: Reader) -> str:
    """ "Not this one": off the list, and the search puts it on no more; returns the key of the resource."""
    taken = await take_up(by, key)
    gone = taken.item(item)
    try:
        async with savepoint():
            await Exclusion.create(
                school_id=taken.curated.school_id,
                curated_id=taken.curated.id,
                resource_id=gone["resource_id"],
                by_id=by.id,
            )
    except IntegrityError:
        pass  # somebody said so a moment ago
    await take_off(taken, [gone["id"]])
    await keep(taken, by, "left out", gone["title"])
    return str(gone["resource"])


@one_transaction
async def let_in(key: str, resource: str, *, by: Reader) -> str:
    """The search may put a resource on again; it goes back at once where it was found. Returns its title.

    resource: its key. Raises NotFound, NotAllowed, Refused.
    """
    taken = await take_up(by, key)
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    out = await Exclusion.filter(**of_list, resource__key=resource).limit(1).values("id", "resource_id")
    if not out:
        raise NotFound(resource)
    await Exclusion.filter(school_id=taken.curated.school_id, id=out[0]["id"]).delete()
    rows = Resource.filter(school_id=taken.curated.school_id, id=out[0]["resource_id"], state=ResourceState.OFFERED)
    found = await rows.values("id", "key", "title", "mode")
    if found and all(item["resource_id"] != found[0]["id"] for item in taken.items):
        await _put_on(taken, found, by)
        await keep(taken, by, "let in", found[0]["title"])
    return str(found[0]["title"]) if found else ""


@one_transaction
async def start_smart(
    search: Search, found: Gathered, *, title: str, introduction: str, by: Reader, form_key: str = ""
) -> str:
    """A new list of what a search finds, which refills itself; returns its key. Raises Refused."""

    async def make() -> str:
        curated = await start_list(title=title, introduction=introduction, by=by)
        await save_search(curated.key, search, by=by)
        await _fill(curated.school_id, curated.id, search, found, by, dates.now())
        return curated.key

    words = {"search": search.words, "choices": saved.packed(search.choices), "title": title, "intro": introduction}
    return await once(by, form_key, words, make)


async def refill(curated: ListCard, *, by: Reader) -> Filled:
    """Look again and put on the list what is found now. Raises NotFound, NotAllowed (LST06)."""
    known = await search_of(curated)
    if known is None:
        raise NotFound(curated.key)
    found = await look(curated.school_id, known["search"])
    return await _refill_by_hand(curated.key, known["search"], found, by=by)


@one_transaction
async def _refill_by_hand(key: str, search: Search, found: Gathered, *, by: Reader) -> Filled:
    taken = await take_up(by, key)
    return await _change(taken, search, found, by, dates.now())


async def refill_lists(now: datetime) -> int:
    """Refill the lists of the schools where it is night, each at most once; a job's work. How many were looked at.

    Each list is a unit of its own, so it is safe to run twice, and one that fails holds up no other.
    """
    with every_school("lists of all schools are refilled"):
        schools = await School.all().values(*CARD)
        asleep = {row["id"]: row for row in schools if is_night(now.astimezone(ZoneInfo(row["zone"])).hour)}
        due = SavedSearch.filter(school_id__in=sorted(asleep)).filter(
            Q(filled_at=None) | Q(filled_at__lte=now - A_NIGHT)
        )
        living = due.exclude(curated__state__in=rules.PUT_AWAY).order_by("filled_at", "id").limit(A_ROUND)
        rows = await living.values("school_id", "curated_id", *ROW)
    for row in rows:
        by = Reader(SchoolCard(**asleep[row["school_id"]]))
        try:
            search = saved.search_of(row)
            found = await look(row["school_id"], search)
            await _fill(row["school_id"], row["curated_id"], search, found, by, now)
        except LeaseLost:
            raise
        except Exception as no:  # noqa: BLE001 -- one list must not hold up all others, now or at the next round
            _tell(no)
            await _put_off(row["school_id"], row["curated_id"], now)
    return len(rows)


def _tell(no: Exception) -> None:
    log.warning("a list was not refilled", extra={"error": type(no).__name__, "place": place(no)})


async def _put_off(school_id: int, curated_id: int, now: datetime) -> None:
    """Let others go first: it is looked at again in the next night."""
    try:
        await _note(school_id, curated_id, now)
    except LeaseLost:
        raise
    except Exception as no:  # noqa: BLE001 -- the database may be what is away; then the next round begins as this one
        _tell(no)


@one_transaction
async def _note(school_id: int, curated_id: int, now: datetime) -> None:
    rows = SavedSearch.filter(school_id=school_id, curated_id=curated_id)
    await rows.update(filled_at=now, problem=NOT_REFILLED)


@one_transaction
async def _fill(school_id: int, curated_id: int, search: Search, found: Gathered, by: Reader, now: datetime) -> Filled:
    curated = await CuratedList.filter(school_id=school_id, id=curated_id).select_for_update().first()
    if curated is None:
        return Filled()
    taken = Taken(curated)
    await look_again(taken)
    return await _change(taken, search, found, by, now)


async def _change(taken: Taken, search: Search, found: Gathered, by: Reader, now: datetime) -> Filled:
    """Put on and take off what the search says; nothing is kept of a look that changes nothing.

    search: the one that found it; the list may have another one by now, or none.
    """
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    kept = SavedSearch.filter(**of_list)
    if taken.curated.is_template or taken.curated.state in rules.PUT_AWAY:
        return Filled(problem=RESTS)
    if not any(saved.same(saved.search_of(row), search) for row in await kept.values(*ROW)):
        return Filled(problem=SEARCH_CHANGED)
    if not found.rows:
        problem = saved.nothing_found(dates.on(now, by.school.zone))
        await kept.update(filled_at=now, problem=problem)
        return Filled(problem=problem)
    out = await Exclusion.filter(**of_list).values_list("resource_id", flat=True)
    numbers = [row["id"] for row in found.rows]
    change = saved.refilled(taken.items, numbers, set(out), min(search.most, rules.LONGEST))  # type: ignore[arg-type]
    await kept.update(filled_at=now, problem="")
    if not change:
        return Filled()
    if change.remove:
        await take_off(taken, change.remove)
    added = await _still_offered(taken, change.add)
    if added:
        await _put_on(taken, added, by)
    await _arrange(taken, numbers)
    titles = [row["title"] for row in added]
    await keep(taken, by, "refilled", named(titles) or f"{len(change.remove)} taken off")
    return Filled(len(added), len(change.remove))


async def _still_offered(taken: Taken, numbers: Sequence[int]) -> list[dict[str, Any]]:
    rows = Resource.filter(school_id=taken.curated.school_id, id__in=list(numbers), state=ResourceState.OFFERED)
    by_id = {row["id"]: row for row in await rows.values("id", "key", "title", "mode")}
    return [by_id[number] for number in numbers if number in by_id]


async def _put_on(taken: Taken, found: Sequence[Mapping[str, Any]], by: Reader) -> None:
    """New ones go where found ones stand, else to the end."""
    there = [item["section_id"] for item in taken.items if item["found"]]
    part = there[-1] if there else taken.parts[-1] if taken.parts else None
    await put_many(taken, [{"of": row, "section_id": part, "annotation": "", "found": True} for row in found], by)


async def _arrange(taken: Taken, numbers: Sequence[int]) -> None:
    """In each part what stays comes first, as it stands, and then what the search found, in its order."""
    rank = {number: place for place, number in enumerate(numbers)}
    columns: dict[int | None, list[Mapping[str, Any]]] = {None: [], **{part: [] for part in taken.parts}}
    for item in taken.items:
        columns[item["section_id"]].append(item)
    places = []
    for part, items in columns.items():
        staying = [item for item in items if saved.stays(item)]
        found = sorted((item for item in items if not saved.stays(item)), key=lambda item: rank[item["resource_id"]])
        places += [Place(item["id"], part) for item in [*staying, *found]]
    await put_in_order(taken, places)
