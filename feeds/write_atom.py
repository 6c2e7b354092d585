"""Writes Atom 1.0. Source: RFC 4287; RFC 5005 for the pages after the first."""

from xml.etree.ElementTree import Element

from feeds.model import Entry, Feed
from feeds.namespaces import ATOM, MEDIA
from feeds.writing import add, changed_at, checked, document, entries_of, entry_changed_at, stamp


def write(feed: Feed) -> bytes:
    """The feed as Atom, its entries in their order, 200 at most.

    The identities are taken as they are: whoever calls gives `urn:uuid:…`.
    Raises ValueError where something is missing that the format demands.
    """
    checked(feed)
    updated = changed_at(feed)
    root = Element("feed", {"xmlns": ATOM, "xmlns:media": MEDIA})
    if feed.language:
        root.set("xml:lang", feed.language)
    add(root, "id", feed.guid or feed.site_url or "")
    add(root, "title", feed.title, type="text")
    add(root, "updated", stamp(updated))
    add(root, "link", rel="self", type="application/atom+xml", href=feed.feed_url)
    if feed.site_url:
        add(root, "link", rel="alternate", type="text/html", href=feed.site_url)
    if feed.next_url:
        add(root, "link", rel="next", type="application/atom+xml", href=feed.next_url)
    if feed.description:
        add(root, "subtitle", feed.description, type="text")
    if feed.picture:
        add(root, "logo", feed.picture)
    # the format demands an author of each entry, if not of the feed
    _add_authors(root, feed, feed.title)
    for entry in entries_of(feed):
        item = add(root, "entry")
        add(item, "id", entry.guid or entry.url or "")
        add(item, "title", entry.title or "(no title)", type="text")
        add(item, "updated", stamp(entry_changed_at(entry) or updated))
        if entry.published_at:
            add(item, "published", stamp(entry.published_at))
        _add_authors(item, entry)
        if entry.url:
            add(item, "link", rel="alternate", type="text/html", href=entry.url)
        for one in entry.attachments:
            size = str(one.length) if one.length else None
            add(item, "link", rel="enclosure", type=one.media_type or None, href=one.url, length=size)
        for category in entry.categories:
            add(item, "category", term=category)
        if entry.picture:
            add(item, "media:thumbnail", url=entry.picture)
        if entry.summary_html:
            add(item, "summary", entry.summary_html, type="html")
        if entry.body_html or not entry.url:
            add(item, "content", entry.body_html, type="html")
    return document(root)


def _add_authors(parent: Element, thing: Feed | Entry, otherwise: str = "") -> None:
    for one in thing.authors:
        author = add(parent, "author")
        add(author, "name", one.name)
        if one.url:
            add(author, "uri", one.url)
    if not thing.authors and otherwise:
        add(add(parent, "author"), "name", otherwise)
