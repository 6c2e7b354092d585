"""What all writers of feeds share: the limits of a page, moments, and trees of XML."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree import ElementTree

from feeds.model import Entry, Feed

PAGE = 200  # entries; source: STANDARDS.md 5.1
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def checked(feed: Feed) -> Feed:
    """The feed, if it has all that its readers need. Raises ValueError."""
    if not feed.title or not feed.feed_url or not (feed.guid or feed.site_url):
        raise ValueError("a feed is written with its title, its own address, and an identity")
    if any(not (entry.guid or entry.url) for entry in feed.entries):
        raise ValueError("each entry is written with an identity or an address")
    return feed


def entries_of(feed: Feed) -> tuple[Entry, ...]:
    """The entries of this page; where there are more, whoever writes gives `next_url`."""
    return feed.entries[:PAGE]


def changed_at(feed: Feed) -> datetime:
    """When the feed's content changed last. Raises ValueError if nothing tells."""
    told = [feed.updated_at] if feed.updated_at else [entry_changed_at(one) for one in feed.entries]
    known = [one for one in told if one is not None]
    if not known:
        raise ValueError("a feed is written with the moment of its last change")
    return max(known)


def entry_changed_at(entry: Entry) -> datetime | None:
    """When an entry changed last, as far as it says so."""
    return entry.updated_at or entry.published_at


def stamp(moment: datetime) -> str:
    """A moment as RFC 3339 writes it, in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def mail_date(moment: datetime) -> str:
    """A moment as RFC 822 writes it, in UTC."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def legal(text: str) -> str:
    """Text without the characters that XML cannot hold, nor any other document in UTF-8."""
    return _ILLEGAL.sub("", text)


def add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str | None) -> ElementTree.Element:
    """A new last child. Attributes that are None are left out."""
    kept = {key: legal(value) for key, value in attributes.items() if value is not None}
    child = ElementTree.SubElement(parent, name, kept)
    child.text = legal(text) or None
    return child


def document(root: ElementTree.Element) -> bytes:
    """The tree as a document in UTF-8, each element on its own line."""
    ElementTree.indent(root, "")
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
