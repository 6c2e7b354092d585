"""What an entry of the inbox becomes when a person promotes it: a record for the catalogue; pure."""

from collections.abc import Mapping
from typing import Any

from engage.engagement.rules import Mode
from engage.resources.record import ADDRESS, Address, CatalogueRecord, Maker
from engage.resources.rules import Format
from feeds.address import host_of

IDENTIFIER = 200


def record_of(entry: Mapping[str, Any]) -> CatalogueRecord:
    """The record that an inbox row gives.

    entry: the columns of InboxEntry, and source_title. The link to the page stands first; the file of an episode
    follows where it is another address.
    """
    name = str(entry["creator"] or entry["source_title"])
    site = str(entry["source_title"] or host_of(entry["url"]))
    addresses = [Address(url=entry["url"], provider=site)] if entry["url"] else []
    if entry["file_url"] and entry["file_url"] != entry["url"]:
        addresses.append(Address(url=entry["file_url"], provider=site, media_type=entry["file_type"]))
    return CatalogueRecord(
        title=entry["title"],
        makers=tuple(Maker(part, role_of(entry["format"])) for part in name.split(", ") if part),
        mode=Mode(entry["mode"]),
        format=Format(entry["format"]),
        summary=entry["summary"],
        language=entry["language"],
        year=entry["published_at"].year,
        minutes=entry["minutes"] if entry["mode"] != Mode.READING else None,
        explicit=entry["explicit"],
        identifiers=numbers_of(entry),
        addresses=tuple(addresses),
        origin=f"inbox {entry['key']}",
    )


def role_of(format: str) -> str:
    """In what part the makers of a kind of thing are named."""
    return "host" if format == Format.EPISODE else "author" if format == Format.ARTICLE else "maker"


def numbers_of(entry: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What the thing is known by elsewhere, to find it again in the catalogue: its address."""
    url = entry["url"] or entry["file_url"]
    return (("url", url),) if url and len(url) <= min(IDENTIFIER, ADDRESS) else ()


def changes_of(proposal: Mapping[str, Any]) -> list[str]:
    """Which things a feed now says differently, in words, for the person who decides."""
    return [WORDS[name] for name in WORDS if name in proposal]


WORDS = {
    "title": "title",
    "summary": "summary",
    "body": "text",
    "url": "address",
    "creator": "creator",
    "file_url": "file",
    "minutes": "length",
    "published_at": "date",
    "explicit": "mark for grown-ups",
    "transcript": "transcript",
    "picture": "picture",
    "language": "language",
    "mode": "mode",
    "format": "format",
    "file_type": "file",
}
