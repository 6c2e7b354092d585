"""Resources that turn out to be one: which may be, and how one becomes the other for good.

Editions of one work are one resource, so what is merged may differ in kind. Other wings move what they hold of the one
that goes in the same unit of work. Sources: PRODUCT.md, section 2; DECISIONS.md, "Two become one".
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import F, Q
from tortoise.functions import Count

from engage import dates
from engage.database import fold
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people import audit
from engage.people.rules import Reader
from engage.resources import editions, keeping, notes, revising
from engage.resources.incoming_models import InboxEntry
from engage.resources.models import (
    Cover,
    Holding,
    Identifier,
    Link,
    PurchaseRequest,
    Resource,
    SelectionNote,
)
from engage.resources.queries import resources_for
from engage.resources.record import CatalogueRecord, Term, title_key
from engage.resources.rules import ACCESS, Format, ResourceState

SHOWN = 40
LIKELY = 12
# what the one that stays takes over where it says nothing itself
FILLED = (
    *("summary", "language", "audience_low", "audience_high", "publisher", "year", "pages", "minutes", "series"),
    *("dewey", "cover"),
)
LINE = (
    *(
        "id",
        "key",
        "title",
        "creators",
        "mode",
        "format",
        "editions",
        "minutes",
        "picture",
        "year",
        "publisher",
        "state",
    ),
    "here",
)


@dataclass(frozen=True)
class Merge:
    """Two that become one: the ids of the one that goes and of the one that stays, and their keys."""

    school_id: int
    gone: int
    stays: int
    gone_key: str
    stays_key: str
    title: str
    by: Reader


Follow = Callable[[Merge], Awaitable[None]]


@one_transaction
async def merge(gone: str, stays: str, by: Reader, followers: Sequence[Follow]) -> str:
    """Make one resource a part of another, for good; its address leads there from now on. Returns the title that stays.

    gone, stays: keys. followers: what moves that other wings hold. Raises NotFound, Refused.
    """
    if not by.may("FED05"):
        raise NotFound(gone)
    if gone == stays:
        raise Refused("This is one and the same already.", about="other")
    rows = Resource.filter(school_id=by.school.id, key__in=[gone, stays]).exclude(state=ResourceState.MERGED)
    both = {row.key: row for row in await rows.order_by("id").select_for_update(no_key=True)}
    if both.keys() != {gone, stays}:
        raise NotFound(gone)
    going, staying = both[gone], both[stays]
    if staying.state is not ResourceState.OFFERED:
        raise Refused("What stays must be offered. Offer it again first.", about="other")
    pair = Merge(by.school.id, going.id, staying.id, gone, stays, staying.title, by)
    await _take_over(pair, going, staying)
    await _move(pair, going, staying)
    await Resource.filter(school_id=pair.school_id, merged_into_id=going.id).update(merged_into_id=staying.id)
    await Resource.filter(school_id=pair.school_id, id=going.id).update(
        state=ResourceState.MERGED,
        merged_into_id=staying.id,
        version=F("version") + 1,
        changed_at=dates.now(),
        popularity=0,
        picture="",
        here=False,
        online=False,
        available=False,
        editions="",
    )
    for follow in followers:
        await follow(pair)
    await audit.note("made two resources one", by=by, subject=stays, detail=going.title)
    return staying.title


async def _take_over(pair: Merge, going: Resource, staying: Resource) -> None:
    """Let the one that stays say what only the other one says; what it says itself stays."""
    of = await revising.beside_of(pair.school_id, [pair.gone, pair.stays])
    theirs, beside = of[pair.gone], of[pair.stays]
    titles = [*filter(None, staying.other_titles.split("; ")), going.title, *going.other_titles.split("; ")]
    others = {fold.fold(title): title for title in titles if title and fold.fold(title) != fold.fold(staying.title)}
    known = CatalogueRecord(
        title=staying.title,
        title_sort=staying.title_sort,
        other_titles=tuple(others.values()),
        makers=tuple(beside.makers or theirs.makers),
        mode=staying.mode,
        format=staying.format,
        subjects=_terms(beside.subjects, theirs.subjects),
        measures=tuple(dict.fromkeys([*beside.measures, *theirs.measures])),
        explicit=staying.explicit or going.explicit,
        **{name: _first(getattr(staying, name), getattr(going, name)) for name in FILLED},
    )
    await _tell_format(pair, going, staying, [*theirs.holdings, *theirs.links])
    there = {link.url for link in beside.links}
    beside.holdings += theirs.holdings
    beside.links += [link for link in theirs.links if link.url not in there]
    access = {name: _first(getattr(staying, name), getattr(going, name)) for name in ACCESS}
    await staying.update_from_dict(access).save(update_fields=[*access])
    # what a person wrote of the one that goes is kept with the one that stays, where it is taken over
    taken = {name for name in FILLED if getattr(known, name) != getattr(staying, name)}
    kept = keeping.kept_of(staying) | keeping.kept_of(going) & taken
    # a number that was wrong here and is right there has come with the other one
    removed = keeping.removed_from(staying) | keeping.removed_from(going)
    await revising.write_over(staying, beside, known, kept, removed - beside.numbers - theirs.numbers)
    rank = Resource.filter(school_id=pair.school_id, id=pair.stays)
    await rank.update(popularity=F("popularity") + going.popularity)


async def _tell_format(pair: Merge, going: Resource, staying: Resource, theirs: Sequence[Holding | Link]) -> None:
    """Let the places and addresses of the one that goes say their format where they come into another medium."""
    for each in theirs:
        each.format = editions.other_format(Format(each.format or going.format), staying.format)
        await each.save(update_fields=["format"])


async def _move(pair: Merge, going: Resource, staying: Resource) -> None:
    """Give the one that stays the numbers, places, addresses, picture, note, requests and entries of the other."""
    gone = {"school_id": pair.school_id, "resource_id": pair.gone}
    stays = {"school_id": pair.school_id, "resource_id": pair.stays}
    there = set(await Identifier.filter(**stays).values_list("scheme", "value"))
    for number, scheme, value in await Identifier.filter(**gone).values_list("id", "scheme", "value"):
        if (scheme, value) in there:
            await Identifier.filter(school_id=pair.school_id, id=number).delete()
    await Identifier.filter(**gone).update(resource_id=pair.stays)
    await Holding.filter(**gone).update(resource_id=pair.stays)
    urls = set(await Link.filter(**stays).values_list("url", flat=True))
    await Link.filter(**gone, url__in=sorted(urls)).delete()
    await Link.filter(**gone).update(resource_id=pair.stays)
    await _move_picture(pair, going, staying)
    await _move_note(pair)
    await PurchaseRequest.filter(**gone).update(resource_id=pair.stays)
    await InboxEntry.filter(**gone).update(resource_id=pair.stays)


async def _move_picture(pair: Merge, going: Resource, staying: Resource) -> None:
    if staying.picture or not going.picture:
        return
    await Cover.filter(school_id=pair.school_id, resource_id=pair.stays).delete()
    await Cover.filter(school_id=pair.school_id, resource_id=pair.gone).update(resource_id=pair.stays)
    await Resource.filter(school_id=pair.school_id, id=pair.stays).update(picture=going.picture)


async def _move_note(pair: Merge) -> None:
    """One note of two: what both say stands below each other; readers see it only where they saw both."""
    theirs = await SelectionNote.get_or_none(school_id=pair.school_id, resource_id=pair.gone)
    ours = await SelectionNote.get_or_none(school_id=pair.school_id, resource_id=pair.stays)
    if theirs is None:
        return
    if ours is None:
        await SelectionNote.filter(school_id=pair.school_id, id=theirs.id).update(resource_id=pair.stays)
        return
    said = {
        name: "\n".join(dict.fromkeys(filter(None, [getattr(ours, name), getattr(theirs, name)])))
        for name in notes.QUESTIONS
    }
    ours.update_from_dict({**said, "shown": ours.shown and theirs.shown})
    await ours.save(update_fields=[*said, "shown"])
    await SelectionNote.filter(school_id=pair.school_id, id=theirs.id).delete()


async def one_of_two(reader: Reader, key: str) -> dict[str, Any]:
    """A resource that may be merged, in a line, with how many places and addresses it has. Raises NotFound."""
    rows = resources_for(reader).filter(key=key).limit(1)
    found = await rows.values(*LINE) if reader.may("FED05") else []
    if not found:
        raise NotFound(key)
    of = {"school_id": reader.school.id, "resource_id": found[0]["id"]}
    places = await Holding.filter(**of, gone_at__isnull=True).order_by("id").values("call_number", "location")
    return {**found[0], "places": places, "addresses": await Link.filter(**of).count()}


async def likely_doubles(reader: Reader, key: str) -> list[dict[str, Any]]:
    """What may be the same as a resource: of the same numbers, or of the same title, in any kind. Raises NotFound."""
    one = await one_of_two(reader, key)
    of = {"school_id": reader.school.id}
    numbers = await Identifier.filter(**of, resource_id=one["id"], scheme__in=["isbn", "lccn", "oclc"]).values_list(
        "value"
    )
    shared = Identifier.filter(**of, value__in=[value for (value,) in numbers])
    ids = {number for (number,) in await shared.values_list("resource_id")} if numbers else set()
    same = Q(id__in=sorted(ids)) | Q(match_key__startswith=f"{title_key(one['title'])}|")
    rows = resources_for(reader).exclude(id=one["id"]).filter(same)
    return await rows.order_by("id").limit(LIKELY).values(*LINE)


async def doubles(reader: Reader, page: int = 1) -> tuple[list[list[dict[str, Any]]], bool]:
    """Groups of resources of one title, creator and family, by title; and whether there are more. Raises NotFound."""
    if not reader.may("FED05"):
        raise NotFound("doubles")
    offered = Resource.filter(school_id=reader.school.id, state=ResourceState.OFFERED).exclude(match_key="")
    same = offered.annotate(number=Count("id")).group_by("match_key").filter(number__gt=1).order_by("match_key")
    keys = await same.offset((page - 1) * SHOWN).limit(SHOWN + 1).values_list("match_key", flat=True)
    groups: dict[Any, list[dict[str, Any]]] = {key: [] for key in list(keys)[:SHOWN]}
    for row in (
        await offered.filter(match_key__in=list(groups)).order_by("id").limit(SHOWN * 10).values(*LINE, "match_key")
    ):
        groups[row["match_key"]].append(row)
    return [group for group in groups.values() if len(group) > 1], len(keys) > SHOWN


async def became(reader: Reader, key: str) -> str:
    """The key of what a merged resource became, for those who may see that. Raises NotFound."""
    merged = Resource.filter(school_id=reader.school.id, key=key, state=ResourceState.MERGED)
    ids = await merged.limit(1).values_list("merged_into_id")
    found = await resources_for(reader).filter(id=ids[0][0]).values_list("key") if ids else []
    if not found:
        raise NotFound(key)
    return str(found[0][0])


def fuller(this: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Which of two probably says more: the one that is offered, else the one that stands here; "this" or "other"."""
    ranks = [(row["state"] is ResourceState.OFFERED, row["here"], bool(row["picture"])) for row in (this, other)]
    return "other" if ranks[1] > ranks[0] else "this"


def _terms(ours: Sequence[Term], theirs: Sequence[Term]) -> tuple[Term, ...]:
    """The subjects of both, each once."""
    terms: dict[str, Term] = {}
    for term in [*ours, *theirs]:
        terms.setdefault(fold.fold(term.text), term)
    return tuple(terms.values())


def _first(ours: Any, theirs: Any) -> Any:
    return theirs if ours in (None, "") else ours


def told(row: Mapping[str, Any]) -> str:
    """What tells one of two from the other, in a line."""
    where = "; ".join(filter(None, (each["call_number"] for each in row.get("places", ()))))
    return ", ".join(filter(None, [row["publisher"], str(row["year"] or ""), where]))
