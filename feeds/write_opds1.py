"""Writes shelves of a catalog as OPDS 1.2, which is Atom, and the description of its search.

Sources: specs.opds.io/opds-1.2; RFC 4287; github.com/dewitt/opensearch; STANDARDS.md, 2.7.
"""

from xml.etree.ElementTree import Element

from feeds.namespaces import ATOM, DCTERMS, OPDS
from feeds.shelf import ACQUISITION1, HTML, NAVIGATION1, OPENSEARCH, Publication, Shelf, Way
from feeds.writing import add, document, stamp

OPENSEARCH_SPACE = "http://a9.com/-/spec/opensearch/1.1/"
IMAGE = "http://opds-spec.org/image"
SMALL = 200  # points across, of a thumbnail
SHORT_NAME, LONG = 16, 1_024  # letters; source: OpenSearch 1.1


def kind_of(shelf: Shelf) -> str:
    """The media type of a shelf: of ways, or of things."""
    return NAVIGATION1 if shelf.ways else ACQUISITION1


def write(shelf: Shelf) -> bytes:
    """A page of a shelf: of ways where it has some, else of things. Groups are no part of this format.

    Things without an offer are left out: an entry of this format promises something that can be fetched.
    """
    kind = kind_of(shelf)
    spaces = {"xmlns": ATOM, "xmlns:dcterms": DCTERMS, "xmlns:opds": OPDS, "xmlns:opensearch": OPENSEARCH_SPACE}
    root = Element("feed", spaces)
    if shelf.language:
        root.set("xml:lang", shelf.language)
    add(root, "id", shelf.guid)
    add(root, "title", shelf.title or "(no title)", type="text")
    add(root, "updated", stamp(shelf.updated_at))
    add(add(root, "author"), "name", shelf.author)
    if shelf.description:
        add(root, "subtitle", shelf.description, type="text")
    add(root, "link", rel="self", type=kind, href=shelf.url)
    add(root, "link", rel="start", type=NAVIGATION1, href=shelf.start_url)
    if shelf.up_url:
        add(root, "link", rel="up", type=NAVIGATION1, href=shelf.up_url)
    if shelf.search_url:
        add(root, "link", rel="search", type=OPENSEARCH, href=shelf.search_url)
    for rel, url in (("previous", shelf.previous_url), ("next", shelf.next_url)):
        if url:
            add(root, "link", rel=rel, type=kind, href=url)
    if shelf.page_url:
        add(root, "link", rel="alternate", type=HTML, href=shelf.page_url)
    if shelf.count is not None:
        add(root, "opensearch:totalResults", str(shelf.count))
    if shelf.per_page:
        add(root, "opensearch:itemsPerPage", str(shelf.per_page))
        add(root, "opensearch:startIndex", str((shelf.page - 1) * shelf.per_page + 1))
    for way in shelf.ways:
        _add_way(root, way, shelf)
    for publication in () if shelf.ways else shelf.publications:
        if publication.offers:
            _add_publication(root, publication, shelf)
    return document(root)


def write_search(name: str, template: str, language: str) -> bytes:
    """How to search, as OpenSearch 1.1. template: an address with {searchTerms} in it."""
    root = Element("OpenSearchDescription", {"xmlns": OPENSEARCH_SPACE})
    add(root, "ShortName", name[:SHORT_NAME].strip() or "Engage")
    add(root, "Description", f"Search {name}"[:LONG])
    add(root, "Url", type=ACQUISITION1, template=template)
    add(root, "Language", language)
    add(root, "InputEncoding", "UTF-8")
    add(root, "OutputEncoding", "UTF-8")
    return document(root)


def _add_way(root: Element, way: Way, shelf: Shelf) -> None:
    entry = add(root, "entry")
    add(entry, "title", way.title or "(no title)", type="text")
    add(entry, "id", way.guid or way.url)
    add(entry, "updated", stamp(way.updated_at or shelf.updated_at))
    add(entry, "content", way.summary or way.title, type="text")
    add(entry, "link", rel=way.rel, type=ACQUISITION1 if way.things else NAVIGATION1, href=way.url)


def _add_publication(root: Element, thing: Publication, shelf: Shelf) -> None:
    entry = add(root, "entry")
    add(entry, "title", thing.title or "(no title)", type="text")
    add(entry, "id", thing.guid)
    add(entry, "updated", stamp(thing.updated_at or shelf.updated_at))
    for one in thing.authors:
        author = add(entry, "author")
        add(author, "name", one.name)
        if one.url:
            add(author, "uri", one.url)
    for _, name in thing.others:
        add(add(entry, "contributor"), "name", name)
    for identifier in thing.identifiers:
        add(entry, "dcterms:identifier", identifier)
    if thing.language:
        add(entry, "dcterms:language", thing.language)
    if thing.publisher:
        add(entry, "dcterms:publisher", thing.publisher)
    if thing.year:
        add(entry, "dcterms:issued", str(thing.year))
    for subject in thing.subjects:
        add(entry, "category", term=subject, label=subject)
    if thing.note:
        add(entry, "summary", thing.note, type="text")
    if thing.summary:
        add(entry, "content", thing.summary, type="text")
    add(entry, "link", rel="alternate", type=HTML, href=thing.page_url)
    for picture in thing.pictures:
        rel = f"{IMAGE}/thumbnail" if picture.width <= SMALL else IMAGE
        add(entry, "link", rel=rel, type=picture.media_type, href=picture.url)
    for offer in thing.offers:
        add(entry, "link", rel=offer.relation, type=offer.media_type, href=offer.url)
