"""Lists between libraries: offered to others, taken over from them, linked to their origin and let go again.

There is one way for all: what another library gives is a SharedList, wherever it was read. Each title is looked for in
our own catalogue; what we do not have is never a reason to refuse, it waits as missing. Source: PRODUCT.md, 2.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tortoise.queryset import QuerySet

from engage import dates
from engage.database.paging import Page, one_page
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import rules
from engage.lists.actions import start_list
from engage.lists.editing import put_many
from engage.lists.exchange_form import kept, urn
from engage.lists.exchange_looking import Seen
from engage.lists.exchange_models import ListProposal, Missing, Origin
from engage.lists.exchange_rules import host_of, item_values, kind_of, next_look, packed, record_of, title_of
from engage.lists.models import CuratedList, Section
from engage.lists.queries import ListCard, lists_for, public_of_all, published_for
from engage.lists.revisions import Taken, keep, look_again, take_up
from engage.lists.rules import ProposalState, State, Visibility
from engage.people.once import once
from engage.people.rules import Reader
from engage.resources.merging import same_as
from engage.resources.models import Resource
from feeds.model import AUTHOR
from feeds.shared_list import SharedItem, SharedList

ETAG = 1_000
# counted without a lock: two at the same moment may both be the last, and a round takes 50 however many there are
MOST_LINKED = 200
OFFERED = ("key", "slug", "title", "introduction", "ink", "scene", "items_count", "reading", "viewing", "listening")


@one_transaction
async def offer(key: str, *, on: bool, by: Reader) -> None:
    """Offer a list to other libraries, or no longer. Raises NotFound, NotAllowed (LST06, LST08), Refused."""
    taken = await take_up(by, key)
    curated = taken.curated
    if on and not by.may("LST08", rules.scope_of(by, curated.owner_id)):
        raise NotAllowed("LST08", "Ask a specialist to offer this list to other libraries.")
    if on and (curated.state is not State.PUBLISHED or curated.visibility is not Visibility.PUBLIC):
        raise Refused("Only a list that is published for everyone can be offered to other libraries.")
    if curated.offered != on:
        curated.offered = on
        await keep(taken, by, "offered" if on else "no longer offered", curated.title)


async def is_offered(curated: ListCard) -> bool:
    """Whether somebody offered the list; others see it only while it is published for everyone."""
    return await CuratedList.filter(school_id=curated.school_id, id=curated.id, offered=True).exists()


def offered_by(reader: Reader) -> QuerySet[CuratedList]:
    """What a school offers other libraries: published for everyone, whoever asks."""
    visitor = Reader(reader.school)
    return published_for(visitor).filter(offered=True).order_by("-published_at", "-id")


async def offered_elsewhere(reader: Reader, after: str = "") -> Page:
    """What the other schools of the installation offer, newest first: OFFERED, school, school_slug, near (whether it
    is of the same district)."""
    with every_school("what other schools offer to all"):
        rows = public_of_all(reader).filter(offered=True, school__closed_at=None).exclude(school_id=reader.school.id)
        page = await one_page(
            rows,
            *OFFERED,
            school="school__name",
            school_slug="school__slug",
            district="school__district_id",
            order=("-published_at", "-id"),
            after=after,
        )
    found = [{**row, "near": row["district"] == reader.school.district_id} for row in page.rows]
    return Page(found, page.after)


async def matches(school_id: int, items: Sequence[SharedItem]) -> dict[str, dict[str, Any]]:
    """Which titles the school has, by guid: id key title mode of the resource. By numbers, then title and creator."""
    same = await same_as(school_id, {item.guid: record_of(item) for item in items})
    if not same:
        return {}
    rows = Resource.filter(school_id=school_id, id__in=sorted(set(same.values())))
    offered = {row["id"]: row for row in await rows.values("id", "key", "title", "mode")}
    return {guid: offered[number] for guid, number in same.items()}


@one_transaction
async def take_over(seen: Seen, *, linked: bool, by: Reader, form_key: str = "") -> str:
    """A draft of one's own with what another library's list has; returns its key. The same form sent twice makes one.

    linked: its changes arrive as proposals; else it is a copy, which keeps the name of its origin. What the library
    does not have waits as missing. Raises Refused.
    """
    shared = seen.shared
    if shared is None:
        raise Refused("There is nothing to take over.")
    await _check_new(shared, linked, by)

    async def make() -> str:
        return await _make(seen, shared, linked, by)

    return await once(by, form_key, {"guid": shared.guid, "linked": linked, "address": seen.address}, make)


async def _check_new(shared: SharedList, linked: bool, by: Reader) -> None:
    """Refuse what is our own, and to be linked to what goes back to us: such changes would run in a ring."""
    named = {shared.guid, *(shared.trail if linked else ())}
    ours = await CuratedList.filter(school_id=by.school.id).values_list("key", flat=True)
    key = next((key for key in ours if urn("list", str(key)) in named), None)
    if key is None:
        return
    if urn("list", str(key)) == shared.guid:
        raise Refused("This is a list of your own library. Copy it instead.", about="address")
    # the title of a draft of somebody else is not told
    titles = await lists_for(by).filter(key=key).values_list("title", flat=True)
    which = f"your own “{titles[0]}”" if titles else "a list of your own library"
    raise Refused(
        f"This list was made after {which}, so it cannot be linked to it. Make a copy of it.", about="address"
    )


async def _make(seen: Seen, shared: SharedList, linked: bool, by: Reader) -> str:
    school_id, now = by.school.id, dates.now()
    linked_now = Origin.filter(school_id=school_id, linked=True)
    if linked and await linked_now.count() >= MOST_LINKED:
        raise Refused(f"{MOST_LINKED} lists are linked at most. Let go of one that you no longer follow.")
    curated = await start_list(
        title=title_of(shared), introduction=shared.introduction[: rules.INTRODUCTION], kind=kind_of(shared), by=by
    )
    taken = await take_up(by, curated.key)
    taken.curated.grade_low, taken.curated.grade_high = shared.grade_low, shared.grade_high
    of_list = {"school_id": school_id, "curated_id": taken.curated.id}
    sections = shared.sections[: rules.MOST_SECTIONS]
    await Section.bulk_create(
        [
            Section(**of_list, title=one.title[: rules.TITLE], note=one.note[: rules.SECTION_NOTE], position=place)
            for place, one in enumerate(sections, 1)
        ]
    )
    await look_again(taken)
    parts = dict(zip([one.guid for one in sections], taken.parts, strict=True))
    held = await matches(school_id, shared.items)
    on_it: set[int] = set()
    new, missing = [], []
    for place, item in enumerate(shared.items, 1):
        found = held.get(item.guid)
        if found is None:
            missing.append(Missing(**of_list, guid=item.guid, record=packed(item_values(item)), position=place))
        elif found["id"] not in on_it:
            on_it.add(found["id"])
            new.append(item_columns(item, found, parts.get(item.section)))
    if new:
        await put_many(taken, new, by)
    await Missing.bulk_create(missing)
    await Origin.create(
        **of_list,
        address=seen.address,
        library=library_of(seen, shared),
        title=shared.title,
        linked=linked,
        seen=kept(shared),
        etag=seen.etag[:ETAG],
        looked_at=now,
        next_look=next_look(now, 0) if linked else None,
        taken_at=now,
    )
    await keep(taken, by, "adopted" if linked else "forked", shared.title)
    return taken.curated.key


def item_columns(item: SharedItem, found: Mapping[str, Any], part: int | None) -> dict[str, Any]:
    """An item for `put_many`. found: id key title mode of the resource that it is here."""
    return {
        "of": found,
        "section_id": part,
        "annotation": item.note[: rules.NOTE],
        "start_here": item.start_here,
        "guid": item.guid,
    }


def library_of(seen: Seen, shared: SharedList) -> str:
    """What the origin is called here. Any site can call itself a library of some name, so its host is told as well."""
    host = host_of(seen.address)
    if seen.ours or not host:
        return shared.library
    # the host is what nobody can give themselves, so it is the name that is cut
    name = shared.library[: max(0, AUTHOR - len(host) - 3)]
    return f"{name} ({host})" if name and name != host else host


async def origin_of(curated: ListCard) -> Origin | None:
    """Where a list came from."""
    return await Origin.filter(school_id=curated.school_id, curated_id=curated.id).first()


async def origins_of(reader: Reader, seen: QuerySet[CuratedList]) -> list[dict[str, Any]]:
    """The lists among some that came from elsewhere, by title: key slug title state library there linked problem
    looked_at; waiting and missing: how many changes and titles wait; three statements."""
    ids = [row["id"] for row in await seen.filter(origin__id__gt=0).order_by("title", "id").limit(300).values("id")]
    if not ids:
        return []
    of_lists = {"school_id": reader.school.id, "curated_id__in": ids}
    rows = (
        await Origin.filter(**of_lists)
        .order_by("curated__title", "id")
        .values(
            "curated_id",
            "library",
            "linked",
            "problem",
            "looked_at",
            there="title",
            key="curated__key",
            slug="curated__slug",
            title="curated__title",
            state="curated__state",
        )
    )
    changes = await ListProposal.filter(**of_lists, state=ProposalState.WAITING).values_list("curated_id", flat=True)
    titles = await Missing.filter(**of_lists, gone_at=None).values_list("curated_id", flat=True)
    return [
        {**row, "waiting": list(changes).count(row["curated_id"]), "missing": list(titles).count(row["curated_id"])}
        for row in rows
    ]


@one_transaction
async def unlink(key: str, *, by: Reader) -> None:
    """Let go of the origin: no more changes arrive, and what waits is gone. Its name stays. Raises NotFound."""
    taken = await take_up(by, key)
    of_list = {"school_id": taken.curated.school_id, "curated_id": taken.curated.id}
    origin = await Origin.filter(**of_list).first()
    if origin is None:
        raise NotFound(key)
    if not origin.linked:
        return
    origin.linked, origin.next_look, origin.problem = False, None, ""
    await origin.save(update_fields=["linked", "next_look", "problem"])
    waiting = ListProposal.filter(**of_list, state=ProposalState.WAITING)
    await waiting.update(state=ProposalState.DECLINED, decided_by_id=by.id, decided_at=dates.now())
    await keep(taken, by, "unlinked", origin.library)


async def guids_here(taken: Taken) -> set[str]:
    """The guids of the items of a list that came from its origin."""
    return {item["guid"] for item in taken.items if item["guid"]}


async def due_origins(now: datetime, most: int) -> list[dict[str, Any]]:
    """The origins that are to be looked at: id school_id curated_id address etag library; those that wait longest."""
    with every_school("origins of all schools"):
        rows = Origin.filter(linked=True, next_look__lte=now, curated__is_template=False, school__closed_at=None)
        rows = rows.exclude(curated__state__in=rules.PUT_AWAY)
        return (
            await rows.order_by("failures", "next_look", "id")
            .limit(most)
            .values("id", "school_id", "curated_id", "address", "etag", "library")
        )
