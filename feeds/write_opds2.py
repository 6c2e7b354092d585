"""Writes shelves of a catalog, and single things, as OPDS 2.0.

Sources: specs.opds.io/opds-2.0 and the JSON schemas beside it; readium.org/webpub-manifest; STANDARDS.md, 2.7.
"""

import html
import json
from collections.abc import Iterable, Mapping
from typing import Any

from feeds.shelf import HTML, OPDS2, PUBLICATION2, SCHEMA_TYPE, Facet, Group, Publication, Shelf, Told, Way
from feeds.writing import legal, stamp

# the roles for which the manifest has a name of its own
ROLES = frozenset({"translator", "editor", "artist", "illustrator", "narrator", "contributor"})


def write(shelf: Shelf) -> bytes:
    """A page of a shelf. The things stand in their order; an empty shelf leads back to the front page."""
    metadata: dict[str, Any] = {
        "title": shelf.title,
        "identifier": shelf.guid,
        "modified": stamp(shelf.updated_at),
        "description": shelf.description,
        "numberOfItems": shelf.count,
        "itemsPerPage": shelf.per_page or None,
        "currentPage": shelf.page if shelf.per_page else None,
        **shelf.extension,
    }
    links: list[dict[str, Any]] = [_link(shelf.url, "self"), _link(shelf.start_url, "start")]
    for rel, url in (("up", shelf.up_url), ("previous", shelf.previous_url), ("next", shelf.next_url)):
        links += [_link(url, rel)] if url else []
    links += [_link(shelf.search_url, "search") | {"templated": True}] if shelf.search_url else []
    links += [_link(shelf.page_url, "alternate", HTML)] if shelf.page_url else []
    top: dict[str, Any] = {"metadata": _kept(metadata, "title"), "links": links}
    navigation = [_way(way) for way in shelf.ways]
    if not (navigation or shelf.publications or shelf.groups):
        # the format has no empty shelves
        navigation = [_link(shelf.start_url, "start") | {"title": shelf.author}]
    top |= {"navigation": navigation} if navigation else {}
    top |= {"publications": [values(each) for each in shelf.publications]} if shelf.publications else {}
    top |= {"groups": [_group(group) for group in shelf.groups]} if shelf.groups else {}
    top |= {"facets": [_facet(facet) for facet in shelf.facets]} if shelf.facets else {}
    return _bytes(top)


def write_publication(publication: Publication) -> bytes:
    """A thing alone."""
    return _bytes(values(publication))


def values(publication: Publication) -> dict[str, Any]:
    """A thing as values for JSON.

    What nobody can fetch has no link that promises it: where it is stands in links without a relation, with the
    copies on the shelf. The format asks for one link of a thing that is either such a one or a promise.
    """
    first, *others = publication.identifiers or (publication.guid,)
    told = [*publication.told]
    if not told and not publication.offers:
        told = [Told(publication.page_url, "")]
    # a note may say what the summary says
    texts = dict.fromkeys((publication.note, publication.summary))
    roles: dict[str, list[str]] = {}
    for role, name in publication.others:
        roles.setdefault(role if role in ROLES else "contributor", []).append(name)
    metadata: dict[str, Any] = {
        "@type": SCHEMA_TYPE + publication.kind,
        "title": publication.title,
        "identifier": first,
        "altIdentifier": others,
        "author": [_person(one.name, one.url) for one in publication.authors],
        **roles,
        "language": publication.language,
        "publisher": publication.publisher,
        "published": f"{publication.year:04}-01-01" if publication.year else None,
        "modified": stamp(publication.updated_at) if publication.updated_at else None,
        # many programs take it for markup
        "description": "\n\n".join(_escaped(text) for text in texts if text),
        "subject": list(publication.subjects),
        "belongsTo": {"series": publication.series} if publication.series else None,
        "numberOfPages": publication.pages,
        "duration": publication.seconds,
        **publication.extension,
    }
    links = [_link(publication.url, "self", PUBLICATION2), _link(publication.page_url, "alternate", HTML)]
    links += [_link(offer.url, offer.relation, offer.media_type) for offer in publication.offers]
    links += [_told(one) for one in told]
    images = [
        {"href": each.url, "type": each.media_type, "width": each.width, "height": each.height}
        for each in publication.pictures
    ]
    return {"metadata": _kept(metadata, "title"), "links": links} | ({"images": images} if images else {})


def _group(group: Group) -> dict[str, Any]:
    top: dict[str, Any] = {"metadata": _kept({"title": group.title, "numberOfItems": group.count}, "title")}
    top |= {"links": [_link(group.url, "self")]} if group.url else {}
    if group.publications:
        return top | {"publications": [values(each) for each in group.publications]}
    return top | {"navigation": [_way(way) for way in group.ways]}


def _way(way: Way) -> dict[str, Any]:
    known = {"numberOfItems": way.count} if way.count is not None else {}
    return _link(way.url, way.rel) | {"title": way.title or way.url} | ({"properties": known} if known else {})


def _facet(facet: Facet) -> dict[str, Any]:
    """Only the answer that is chosen has a relation; a link of a group would be another one of the shelf."""
    links = [_way(way) for way in facet.ways]
    links = [{name: value for name, value in link.items() if name != "rel" or value == "self"} for link in links]
    return {"metadata": {"title": facet.title}, "links": links}


def _told(one: Told) -> dict[str, Any]:
    link: dict[str, Any] = {"href": one.url, "type": HTML}
    link |= {"title": one.words} if one.words else {}
    if one.copies is None:
        return link
    copies = {"total": one.copies} | ({"available": one.available} if one.available is not None else {})
    known: dict[str, Any] = {"copies": copies}
    if one.available is not None:
        known["availability"] = {"state": "available" if one.available else "unavailable"}
    return link | {"properties": known}


def _link(url: str, rel: str, media_type: str = OPDS2) -> dict[str, Any]:
    return {"rel": rel, "href": url, "type": media_type}


def _person(name: str, url: str | None) -> dict[str, Any] | str:
    return {"name": name, "links": [{"href": url, "type": HTML}]} if url else name


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _kept(said: Mapping[str, Any], *always: str) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name in always or value not in (None, "", [], {})}


def _bytes(top: Mapping[str, Any]) -> bytes:
    return json.dumps(_legal(top), ensure_ascii=False, indent=1).encode()


def _legal(value: Any) -> Any:
    """The values without characters that no document can hold."""
    if isinstance(value, str):
        return legal(value)
    if isinstance(value, Mapping):
        return {name: _legal(each) for name, each in value.items()}
    if isinstance(value, Iterable):
        return [_legal(each) for each in value]
    return value
