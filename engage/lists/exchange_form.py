"""The form in which a list is given to another library: see feeds/shared_list.py for what it says.

Every way out that carries the extension builds it here, and a school of the same installation reads the same values.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from engage.errors import Refused
from engage.lists.exchange_models import Origin
from engage.lists.queries import ListCard
from engage.resources.models import Identifier
from engage.resources.rules import LinkState, ResourceState
from feeds import shared_list
from feeds.model import AUTHOR, CATEGORY, TITLE
from feeds.shared_list import After, SharedItem, SharedList, SharedSection

log = logging.getLogger("engage.lists")
# numbers that mean the same at another library; "record" is a number of ours
SCHEMES = ("isbn", "issn", "lccn", "oclc", "doi", "upc", "url", "guid")


@dataclass(frozen=True)
class Extension:
    """What a way out adds. list: the object beside the list; items: the object beside each item, by the item's key."""

    list: dict[str, Any]
    items: Mapping[str, dict[str, Any]]


def urn(kind: str, key: str) -> str:
    """The same name for a thing in every feed and for ever, wherever the library moves to."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'engage:{kind}:{key}')}"


async def extension_of(curated: ListCard, rows: Sequence[Mapping[str, Any]], library: str) -> Extension:
    """What the ways out add, in two statements.

    rows: of `items_of`; those that the library no longer offers are left out. library: the name of the school.
    """
    shared = await shared_list_of(curated, rows, library)
    offered = [row for row in rows if row["resource_state"] == ResourceState.OFFERED]
    items = {row["key"]: shared_list.of_item(item) for row, item in zip(offered, shared.items, strict=True)}
    return Extension(shared_list.of_list(shared), items)


async def shared_list_of(
    curated: ListCard, rows: Sequence[Mapping[str, Any]], library: str, page: str = ""
) -> SharedList:
    """A list of this installation as another library reads it. page: the address of its page for people."""
    offered = [row for row in rows if row["resource_state"] == ResourceState.OFFERED]
    numbers = await _numbers(curated.school_id, [row["resource_id"] for row in offered])
    origin = await Origin.filter(school_id=curated.school_id, curated_id=curated.id).first()
    seen = seen_of(origin) if origin else None
    parts = {row["section_key"]: row for row in offered if row["section_key"]}
    return SharedList(
        guid=urn("list", curated.key),
        title=curated.title,
        introduction=curated.introduction,
        library=library,
        version=curated.version,
        kind=curated.kind.value,
        grade_low=curated.grade_low,
        grade_high=curated.grade_high,
        sections=tuple(
            SharedSection(urn("section", key), row["section_title"], row["section_note"] or "")
            for key, row in parts.items()
        ),
        items=tuple(_item(row, numbers.get(row["resource_id"], ())) for row in offered),
        after=_after(origin, seen) if origin else None,
        trail=trail_of(seen),
        page=page,
        total=len(offered),
        known=True,
    )


def _after(origin: Origin, seen: SharedList | None) -> After:
    page = seen.page if seen else ""
    return After(origin.library[:AUTHOR], origin.title[:TITLE], page or bare(origin.address))


def trail_of(seen: SharedList | None) -> tuple[str, ...]:
    """The names of the lists that a list goes back to, the nearest first. seen: its origin's."""
    return tuple(bare(guid) for guid in (seen.guid, *seen.trail)[: shared_list.TRAIL]) if seen else ()


def bare(address: str) -> str:
    """An address without what may be a secret of whoever pasted it: a name, a password, a query. What is none stays."""
    if not address.startswith(("http://", "https://")):
        return address
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def seen_of(origin: Origin) -> SharedList | None:
    """The origin's list as it was last taken over or refused; None where what is kept of it cannot be read."""
    try:
        return shared_list.loaded(origin.seen)
    except (ValueError, TypeError, KeyError) as no:
        log.warning("what is kept of an origin cannot be read", extra={"error": type(no).__name__, "origin": origin.id})
        return None


def kept(shared: SharedList) -> str:
    """A list as it is kept, sure to be read again. Raises Refused."""
    text = shared_list.dumped(shared)
    try:
        shared_list.loaded(text)
    except (ValueError, TypeError, KeyError) as no:
        raise Refused("Something in this list is not as it should be, so it cannot be kept.", about="address") from no
    return text


async def _numbers(school_id: int, resource_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    if not resource_ids:
        return {}
    rows = Identifier.filter(school_id=school_id, resource_id__in=list(resource_ids), scheme__in=SCHEMES)
    numbers: dict[int, list[tuple[str, str]]] = {}
    for resource_id, scheme, value in await rows.order_by("id").values_list("resource_id", "scheme", "value"):
        known = numbers.setdefault(resource_id, [])
        if len(known) < shared_list.NUMBERS:
            known.append((scheme, value))
    return numbers


def _item(row: Mapping[str, Any], numbers: Sequence[tuple[str, str]]) -> SharedItem:
    names = [name for name in str(row["creators"] or "").split("; ") if name]
    subjects = [term for term in str(row["subjects"] or "").split("; ") if term]
    return SharedItem(
        guid=urn("item", row["key"]),
        title=row["title"],
        creators=tuple(name[:AUTHOR] for name in names[: shared_list.CREATORS]),
        section=urn("section", row["section_key"]) if row["section_key"] else "",
        note=row["annotation"],
        start_here=bool(row["start_here"]),
        mode=str(row["mode"]),
        format=str(row["format"]),
        language=row["language"] or "",
        year=row["year"],
        pages=row["pages"],
        minutes=row["minutes"],
        grade_low=row["audience_low"],
        grade_high=row["audience_high"],
        subjects=tuple(term[:CATEGORY] for term in subjects[: shared_list.SUBJECTS]),
        numbers=tuple(numbers),
        address=(row["url"] or "") if row["link_state"] != LinkState.DEAD and not row["access"] else "",
    )
