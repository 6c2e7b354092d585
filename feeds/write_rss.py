"""Writes RSS 2.0. Source: rssboard.org/rss-specification and its profile of good practice."""

from xml.etree.ElementTree import Element

from feeds.model import Feed
from feeds.namespaces import ATOM, CONTENT, DC, MEDIA
from feeds.writing import add, changed_at, checked, document, entries_of, entry_changed_at, mail_date


def write(feed: Feed) -> bytes:
    """The feed as RSS, its entries in their order, 200 at most.

    Raises ValueError where something is missing that the format demands.
    """
    checked(feed)
    updated = changed_at(feed)
    spaces = {"xmlns:atom": ATOM, "xmlns:content": CONTENT, "xmlns:dc": DC, "xmlns:media": MEDIA}
    root = Element("rss", {"version": "2.0", **spaces})
    channel = add(root, "channel")
    add(channel, "title", feed.title)
    add(channel, "link", feed.site_url or feed.feed_url or "")
    add(channel, "description", feed.description or feed.title)
    add(channel, "atom:link", rel="self", type="application/rss+xml", href=feed.feed_url)
    if feed.next_url:
        add(channel, "atom:link", rel="next", type="application/rss+xml", href=feed.next_url)
    if feed.language:
        add(channel, "language", feed.language)
    add(channel, "lastBuildDate", mail_date(updated))
    for author in feed.authors:
        add(channel, "dc:creator", author.name)
    if feed.picture:
        image = add(channel, "image")
        add(image, "url", feed.picture)
        add(image, "title", feed.title)
        add(image, "link", feed.site_url or feed.feed_url or "")
    for entry in entries_of(feed):
        item = add(channel, "item")
        add(item, "title", entry.title or "(no title)")
        if entry.url:
            add(item, "link", entry.url)
        add(item, "guid", entry.guid or entry.url or "", isPermaLink="false")
        moment = entry.published_at or entry_changed_at(entry)
        if moment:
            add(item, "pubDate", mail_date(moment))
        for author in entry.authors:
            add(item, "dc:creator", author.name)
        for category in entry.categories:
            add(item, "category", category)
        for one in entry.attachments[:1]:  # readers take one, and many fail on a second
            kind = one.media_type or "application/octet-stream"
            add(item, "enclosure", url=one.url, type=kind, length=str(one.length or 0))
        if entry.picture:
            add(item, "media:thumbnail", url=entry.picture)
        if entry.summary_html:
            add(item, "description", entry.summary_html)
        if entry.body_html:
            add(item, "content:encoded", entry.body_html)
    return document(root)
