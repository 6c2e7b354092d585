"""What a person writes of a resource, put beside what stands there: its columns, places, addresses, ISBNs and access.

Called within a unit of work.
"""

from collections.abc import Sequence
from typing import Any

from engage import dates
from engage.errors import NotFound, Refused
from engage.people.models import School
from engage.people.rules import Reader
from engage.resources.editions import other_format
from engage.resources.isbn import read_isbn
from engage.resources.keeping import stock_columns
from engage.resources.models import Holding, Identifier, Link, Resource
from engage.resources.record import (
    ADDRESS,
    NAME,
    Address,
    CatalogueRecord,
    Place,
    Term,
    Written,
    WrittenAddress,
    WrittenPlace,
    is_web,
    mark_of,
    neat,
)
from engage.resources.revising import Beside
from engage.resources.rules import ACCESS, MOST_COPIES, Format, LinkState, check_audience

# what is known of a link, when it leads somewhere else
UNSEEN: dict[str, Any] = {
    "state": LinkState.UNCHECKED,
    "checked_at": None,
    "next_check_at": None,
    "failures": 0,
    "found": "",
    "moved_to": "",
    "fingerprint": "",
    "media_type": "",
}


def check(written: Written, by: Reader) -> None:
    """Refuse what cannot be, and whoever does not keep the catalogue. Raises NotFound, Refused."""
    if not by.may("FED05"):
        raise NotFound("resources")
    if not neat(written.title, 500):
        raise Refused("Give the resource a title.", about="title")
    check_audience(written.audience_low, written.audience_high)
    for place in written.places:
        if place.available is not None and place.available > max(1, place.copies):
            raise Refused("There are fewer copies than are on the shelf.", about="places")
    urls = [address.url for address in written.addresses if address.url]
    if not all(is_web(url) for url in urls):
        raise Refused("An address begins with https:// or http://.", about="addresses")
    if len(set(urls)) < len(urls):
        raise Refused("The same address stands here twice.", about="addresses")
    isbns_of(written.isbns)


def isbns_of(typed: Sequence[str]) -> list[str]:
    """ISBNs as thirteen digits, each once; damaged ones are mended. Raises Refused."""
    try:
        return list(dict.fromkeys(read_isbn(each) for each in typed))
    except Refused as no:
        raise Refused(no.sentence, about="isbns") from None


def columns_of(written: Written) -> dict[str, Any]:
    """The columns that a person writes, as they are kept."""
    return {
        "title": neat(written.title, 500),
        "mode": written.mode,
        "format": written.format,
        "summary": neat(written.summary, 5_000),
        "audience_low": written.audience_low,
        "audience_high": written.audience_high,
        "minutes": written.minutes,
        "language": written.language[:12],
        "publisher": neat(written.publisher, NAME),
        "year": written.year,
        "pages": written.pages,
        "series": neat(written.series, NAME),
    }


def access_of(written: Written) -> dict[str, bool | None]:
    """Who can use it, as far as somebody has said."""
    return {name: getattr(written, name) for name in ACCESS}


def record_of(written: Written, location: str) -> CatalogueRecord:
    """A new resource as a person wrote it. location: where its copies stand if nothing is said."""
    return CatalogueRecord(
        **columns_of(written),
        makers=written.makers,
        subjects=tuple(Term(text) for text in written.subjects),
        identifiers=tuple(("isbn", each) for each in isbns_of(written.isbns)),
        places=tuple(
            Place(place.call_number, place.location or location, _copies(place), place.barcodes)
            for place in written.places
            if _stands(place)
        ),
        addresses=tuple(Address(each.url, each.provider, each.access) for each in written.addresses if each.url),
    )


async def say_more(resource: Resource, written: Written) -> None:
    """Keep what no record says of a new resource: how many copies are in, and of which kind a place or address is."""
    standing = [place for place in written.places if _stands(place)]
    said = [each.format for each in standing] + [each.format for each in written.addresses]
    if not any(said) and all(place.available is None for place in standing):
        return
    formats = {address.url: _format(address, written.format).get("format", "") for address in written.addresses}
    of = {"school_id": resource.school_id, "resource_id": resource.id}  # type: ignore[attr-defined]
    holdings = await Holding.filter(**of).order_by("id")
    for holding, place in zip(holdings, standing, strict=True):
        holding.available = place.available
        holding.update_from_dict(_format(place, written.format))
        await holding.save(update_fields=["available", "format"])
    links = await Link.filter(**of).order_by("id")
    for each in links:
        each.format = formats[each.url]
        await each.save(update_fields=["format"])
    there = stock_columns(resource.mode, resource.format, holdings, links)
    await resource.update_from_dict(there).save(update_fields=[*there])


async def shelve(resource: Resource, beside: Beside, places: Sequence[WrittenPlace], own: Format) -> bool:
    """Bring the holdings to what a person wrote; whether that was anything else. Those that nobody names stay.

    own: the format that the resource is to have.
    """
    of: dict[str, Any] = {"school_id": resource.school_id, "resource_id": resource.id}  # type: ignore[attr-defined]
    standing = {mark_of(each.id): each for each in beside.holdings if each.gone_at is None}
    differs = False
    school = await School.get(id=of["school_id"])
    for place in places:
        holding = standing.get(place.mark)
        values: dict[str, Any] = {
            "call_number": neat(place.call_number, NAME),
            "location": neat(place.location or school.location, NAME),
            "copies": _copies(place),
            "available": place.available,
            "barcodes": neat(place.barcodes, ADDRESS),
            **_format(place, own),
        }
        if holding is None:
            if _stands(place):
                beside.holdings.append(await Holding.create(**of, **values, as_of=dates.now()))
                differs = True
        elif not _stands(place):
            holding.gone_at = dates.now()
            await holding.save(update_fields=["gone_at"])
            differs = True
        elif any(getattr(holding, name) != value for name, value in values.items()):
            holding.update_from_dict({**values, "origin": "", "as_of": dates.now()})
            await holding.save(update_fields=[*values, "origin", "as_of"])
            differs = True
    return differs


async def link(resource: Resource, beside: Beside, addresses: Sequence[WrittenAddress], own: Format) -> bool:
    """Bring the links to what a person wrote; whether that was anything else. Those that nobody names stay.

    own: as in shelve.
    """
    of: dict[str, Any] = {"school_id": resource.school_id, "resource_id": resource.id}  # type: ignore[attr-defined]
    standing = {mark_of(each.id): each for each in beside.links}
    differs = False
    for address in addresses:
        at_hand = standing.get(address.mark)
        values: dict[str, Any] = {
            "url": address.url,
            "provider": neat(address.provider, NAME),
            "access": neat(address.access, NAME),
            **_format(address, own),
        }
        if at_hand is None:
            if address.url and address.url not in {each.url for each in beside.links}:
                beside.links.append(await Link.create(**of, **values))
                differs = True
        elif not address.url:
            await Link.filter(school_id=of["school_id"], id=at_hand.id).delete()
            beside.links.remove(at_hand)
            differs = True
        elif any(getattr(at_hand, name) != value for name, value in values.items()):
            elsewhere = UNSEEN if at_hand.url != address.url else {}
            at_hand.update_from_dict({**values, **elsewhere, "origin": ""})
            await at_hand.save(update_fields=[*values, *elsewhere, "origin"])
            differs = True
    return differs


async def number(resource: Resource, beside: Beside, typed: Sequence[str]) -> bool:
    """Bring the ISBNs to what a person wrote; whether that was anything else."""
    of: dict[str, Any] = {"school_id": resource.school_id, "resource_id": resource.id}  # type: ignore[attr-defined]
    wanted = isbns_of(typed)
    there = {value for scheme, value in beside.numbers if scheme == "isbn"}
    if gone := there - set(wanted):
        await Identifier.filter(**of, scheme="isbn", value__in=sorted(gone)).delete()
    await Identifier.bulk_create([Identifier(**of, scheme="isbn", value=each) for each in wanted if each not in there])
    return there != set(wanted)


def _stands(place: WrittenPlace) -> bool:
    return bool(place.copies or place.call_number)


def _format(written: WrittenPlace | WrittenAddress, own: Format) -> dict[str, str]:
    """The column that says of which kind it is; none where nobody said so."""
    if written.format is None:
        return {}
    return {"format": other_format(Format(written.format), own) if written.format else ""}


def _copies(place: WrittenPlace) -> int:
    return max(1, min(place.copies, MOST_COPIES))
