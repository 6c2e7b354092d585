"""Putting a resource into the catalogue and changing it: the row, its words for the search, and the rows beside it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.models import Model

from engage import dates
from engage.database import rows
from engage.database.fields import new_key
from engage.database.transaction import one_transaction
from engage.engagement.rules import Mode
from engage.resources import editions, record
from engage.resources.editions import Stock
from engage.resources.models import Creator, Holding, Identifier, Link, Measure, Resource, Subject
from engage.resources.record import Address, CatalogueRecord, neat
from engage.resources.rules import Format, LinkState

# what a person may write over, and an import then leaves alone: columns, and rows beside the resource
COLUMNS = frozenset(
    {"title", "mode", "format", "summary", "language", "audience_low", "audience_high", "publisher", "year", "pages"}
    | {"minutes", "series", "dewey", "cover"}
)
# before the scheme and value of a number that a person removed, among those names
REMOVED = "-"
STOCK = ("here", "online", "available", "editions")
Number = tuple[str, str]  # scheme and value
KEEPABLE = COLUMNS | {"creators", "subjects", "holdings", "links"}


@dataclass(frozen=True)
class Ready:
    """What the tables will hold of a record: its own columns, and those of the rows beside it, but not yet whose."""

    columns: dict[str, Any]
    beside: dict[type[Model], list[dict[str, Any]]]


def kept_of(resource: Resource) -> frozenset[str]:
    """The names of what a person wrote of a resource."""
    return KEEPABLE.intersection(resource.kept.split(","))


def removed_from(resource: Resource) -> frozenset[Number]:
    """The numbers that a person took away from a resource: an import does not bring them back."""
    names = (name.removeprefix(REMOVED).rpartition(" ") for name in resource.kept.split(",") if name[:1] == REMOVED)
    return frozenset((scheme, value) for scheme, _, value in names)


def kept_text(kept: Iterable[str], removed: Iterable[Number]) -> str:
    """Resource.kept of the names that a person wrote and the numbers that one removed."""
    numbers = (f"{REMOVED}{scheme} {value}" for scheme, value in removed)
    return ",".join([*sorted(KEEPABLE.intersection(kept)), *sorted(numbers)])


def new_numbers(resource: Resource, there: Collection[Number], known: CatalogueRecord) -> list[Number]:
    """The numbers of a record that a resource has not, but for those that a person removed. there: those it has."""
    removed = removed_from(resource)
    return [number for number in numbers_of(known) if number not in there and number not in removed]


def stock_columns(mode: Mode, format: Format, holdings: Collection[Holding], links: Collection[Link]) -> dict[str, Any]:
    """The columns of Resource that say what can be had of it, by its holdings and links. What is gone is none.

    Available is what has a copy in, or of which nobody counts the copies; and what is open on the web and not dead.
    """
    standing = [holding for holding in holdings if holding.gone_at is None]
    stock = [Stock(each.format, here=True, available=is_in(each.copies, each.available)) for each in standing]
    stock += [Stock(each.format, here=False, available=_leads(each)) for each in links]
    return {
        "here": bool(standing),
        "online": bool(links),
        "available": any(each.available for each in stock),
        "editions": editions.of(mode, format, stock),
    }


def _leads(link: Link) -> bool:
    return is_open(link.access) and link.state is not LinkState.DEAD


def is_in(copies: int, available: int | None) -> bool:
    """Whether a copy is in. available: None where nobody counts."""
    return (copies if available is None else available) > 0


def is_open(access: str) -> bool:
    """Whether an address is open to everybody. access: as in Link."""
    return not access


async def note_stock(school_id: int, ids: Iterable[int]) -> None:
    """Bring resources to what holdings and links say, where those were written without their resource."""
    wanted = sorted(set(ids))
    of: dict[str, Any] = {"school_id": school_id, "resource_id__in": wanted}
    holdings, links = defaultdict(list), defaultdict(list)
    for holding in await Holding.filter(**of):
        holdings[holding.resource_id].append(holding)  # type: ignore[attr-defined]
    for link in await Link.filter(**of):
        links[link.resource_id].append(link)  # type: ignore[attr-defined]
    differ: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row in await Resource.filter(school_id=school_id, id__in=wanted).values("id", "mode", "format", *STOCK):
        there = stock_columns(row["mode"], row["format"], holdings[row["id"]], links[row["id"]])
        if any(row[name] != value for name, value in there.items()):
            differ[tuple(there[name] for name in STOCK)].append(row["id"])
    for values, some in differ.items():
        await Resource.filter(school_id=school_id, id__in=some).update(**dict(zip(STOCK, values, strict=True)))


@one_transaction
async def keep_resource(school_id: int, known: CatalogueRecord, kept: Iterable[str] = ()) -> Resource:
    """Put a resource into a school's catalogue, with its creators, subjects, numbers, holdings and links.

    kept: names of fields that a person wrote, which no import changes later. Whether the catalogue has it already is
    the caller's question. Within another unit of work it is a part of that one.
    """
    resource = Resource(
        school_id=school_id,
        key=new_key(),
        kept=",".join(sorted(KEEPABLE.intersection(kept))),
        popularity=0,
        **columns_of(known),
    )
    await resource.save(force_create=True)
    for model, beside in rows_beside(school_id, resource.id, ready_of(known), dates.now()).items():
        await rows.add(model, beside)
    return resource


def ready_of(known: CatalogueRecord) -> Ready:
    """A record made ready for the tables: all of the work of adding it that needs no database."""
    beside: dict[type[Model], list[dict[str, Any]]] = {
        Creator: creator_columns(known),
        Subject: subject_columns(known),
        Identifier: [{"scheme": scheme, "value": value} for scheme, value in numbers_of(known)],
        Measure: measure_columns(known),
        Holding: holding_columns(known),
        Link: link_columns(known),
    }
    return Ready(columns_of(known), beside)


def columns_of(known: CatalogueRecord) -> dict[str, Any]:
    """The columns of Resource that a record decides, its words for the search among them."""
    title = neat(known.title, record.TITLE) or "(no title)"
    others = [neat(other, record.TITLE) for other in known.other_titles]
    makers = [neat(maker.name, record.NAME) for maker in known.makers]
    subjects = [neat(term.text, record.NAME) for term in known.subjects]
    summary = neat(known.summary, record.SUMMARY)
    return {
        "title": title,
        "title_sort": known.title_sort[: record.SORTED] or record.sorting_title(title),
        "other_titles": "; ".join(others),
        "creators": "; ".join(dict.fromkeys(filter(None, makers))),
        "mode": known.mode,
        "format": known.format,
        "summary": summary,
        "subjects": "; ".join(dict.fromkeys(filter(None, subjects))),
        "language": known.language[:12],
        "audience_low": known.audience_low,
        "audience_high": known.audience_high,
        "publisher": neat(known.publisher, record.NAME),
        "year": known.year,
        "pages": known.pages,
        "minutes": known.minutes,
        "series": neat(known.series, record.NAME),
        "dewey": known.dewey[:24],
        "cover": known.cover[: record.ADDRESS],
        "explicit": known.explicit,
        "here": known.here,
        "online": known.online,
        "available": any(is_in(place.copies, None) for place in known.places)
        or any(is_open(columns["access"]) for columns in link_columns(known)),
        "editions": "",
        "search_text": record.search_text([title, *others], makers, subjects, summary, known.series),
        "match_key": known.match_key,
        "origin": known.origin[: record.ORIGIN],
        "content_hash": known.content_hash,
    }


def rows_beside(
    school_id: int, resource_id: int, ready: Ready, now: datetime
) -> dict[type[Model], list[dict[str, Any]]]:
    """The rows of the other tables that a record makes, not yet kept; now: from when the holdings are."""
    of = {"school_id": school_id, "resource_id": resource_id}
    beside = {model: [of | columns for columns in rows] for model, rows in ready.beside.items()}
    for holding in beside[Holding]:
        holding["as_of"] = now
    for link in beside[Link]:
        link |= {"key": new_key(), "state": LinkState.UNCHECKED}
    return beside


def creator_columns(known: CatalogueRecord) -> list[dict[str, Any]]:
    """What the rows of creators hold, besides whose they are."""
    named = dict.fromkeys((neat(maker.name, record.NAME), maker.role[:40]) for maker in known.makers)
    return [{"position": position, "name": name, "role": role} for position, (name, role) in enumerate(named) if name]


def subject_columns(known: CatalogueRecord) -> list[dict[str, Any]]:
    """What the rows of subjects hold."""
    terms: dict[str, str] = {}
    for term in known.subjects:
        terms.setdefault(neat(term.text, record.NAME), term.kind[:12])
    return [{"term": term, "kind": kind} for term, kind in terms.items() if term]


def numbers_of(known: CatalogueRecord) -> list[tuple[str, str]]:
    """The identifiers, each once."""
    return [(scheme, value) for scheme, value in dict.fromkeys(known.identifiers) if value and len(value) <= 200]


def measure_columns(known: CatalogueRecord) -> list[dict[str, Any]]:
    """What the rows of reading measures hold."""
    return [
        {"scheme": neat(level.scheme, record.NAME), "value": neat(level.value, record.NAME), "origin": level.origin}
        for level in dict.fromkeys(known.measures)
    ]


def stands_of(known: CatalogueRecord) -> set[tuple[str, str]]:
    """The call numbers and locations of the holdings that a record names."""
    return {(neat(place.call_number, record.NAME), neat(place.location, record.NAME)) for place in known.places}


def holding_columns(known: CatalogueRecord) -> list[dict[str, Any]]:
    """What the rows of holdings hold, besides the moment."""
    return [
        {
            "call_number": neat(place.call_number, record.NAME),
            "location": neat(place.location, record.NAME),
            "barcodes": neat(place.barcodes, record.ADDRESS),
            "copies": place.copies,
            "origin": known.origin[: record.ORIGIN],
        }
        for place in known.places
    ]


def link_columns(known: CatalogueRecord) -> list[dict[str, Any]]:
    """What the rows of links hold; addresses of the web only, each once."""
    addresses: dict[str, Address] = {}
    for address in known.addresses:
        if record.is_web(address.url):
            addresses.setdefault(address.url, address)
    return [
        {
            "url": address.url,
            "provider": neat(address.provider, record.NAME),
            "access": neat(address.access, record.NAME),
            "media_type": address.media_type[:80],
            "origin": known.origin[: record.ORIGIN],
        }
        for address in addresses.values()
    ]
