"""What an entry of the inbox becomes when a person promotes it: a record for the catalogue; pure."""

import re
from collections.abc import Mapping
from typing import Any

from engage.engagement.rules import Mode
from engage.resources.record import ADDRESS, Address, CatalogueRecord, Maker, Term
from engage.resources.rules import OF_ONE_TEXT, Format
from feeds.address import host_of

IDENTIFIER = 200
DATED_ELSEWHERE = frozenset({Format.BOOK, Format.EBOOK, Format.AUDIOBOOK, Format.FILM})
# what has its title for itself; a post of a blog, an episode is called as the one of last week was
WORKS = OF_ONE_TEXT | {Format.GRAPHIC_NOVEL, Format.FILM}
# "J.", "R. J.", "J.-F.", "Jr.": no name by itself, but the end of the one before
END_OF_A_NAME = re.compile(r"(?:[^\W\d_]\.?[ -]?){1,3}|Jr\.?|Sr\.?|I{2,3}|IV")
ROLES = {Format.EPISODE: "host"} | dict.fromkeys(
    (Format.ARTICLE, Format.BOOK, Format.EBOOK, Format.AUDIOBOOK), "author"
)


def record_of(entry: Mapping[str, Any]) -> CatalogueRecord:
    """The record that an inbox row gives.

    entry: the columns of InboxEntry; source_title, and of the rules of its source source_language, audience_low and
    audience_high. The link to the page stands first; the file of an episode follows where it is another address.
    """
    name = str(entry["creator"] or entry["source_title"])
    site = str(entry["source_title"] or host_of(entry["url"]))
    access = entry["access"]
    addresses = [Address(url=entry["url"], provider=site, access=access)] if entry["url"] else []
    if entry["file_url"] and entry["file_url"] != entry["url"]:
        addresses.append(Address(url=entry["file_url"], provider=site, access=access, media_type=entry["file_type"]))
    return CatalogueRecord(
        title=entry["title"],
        makers=tuple(Maker(each, role_of(entry["format"])) for each in names_in(name)),
        mode=Mode(entry["mode"]),
        format=Format(entry["format"]),
        summary=entry["summary"],
        subjects=tuple(Term(each) for each in entry["subjects"].split("; ") if each),
        language=entry["source_language"] or entry["language"],
        audience_low=entry["audience_low"],
        audience_high=entry["audience_high"],
        publisher=entry["publisher"],
        year=year_of(entry),
        minutes=entry["minutes"] if entry["mode"] != Mode.READING else None,
        series=entry["series"],
        cover=entry["picture"],
        explicit=entry["explicit"],
        identifiers=numbers_of(entry),
        addresses=tuple(addresses),
        origin=f"inbox {entry['key']}",
    )


def is_work(entry: Mapping[str, Any]) -> bool:
    """Whether its title and its maker are enough to know a thing by."""
    return bool(entry["creator"]) and entry["format"] in WORKS


def year_of(entry: Mapping[str, Any]) -> int | None:
    """The year of a thing: what a catalog says, else that of the entry, unless a catalog dates it."""
    if entry["year"] is not None or entry["format"] in DATED_ELSEWHERE:
        return entry["year"]  # type: ignore[no-any-return]
    return int(entry["published_at"].year)


def names_in(line: str) -> list[str]:
    """The names in a line that feeds write in two ways: "Ada Okafor, Tom Reyes" and "Okafor, Ada, Reyes, T. R."

    One word before a comma is taken for a surname where that holds for all of the line.
    """
    parts = [part for part in line.split(", ") if part]
    turned = len(parts) % 2 == 0 and not any(" " in part for part in parts[::2])
    if turned:
        return [", ".join(parts[place : place + 2]) for place in range(0, len(parts), 2)]
    names: list[str] = []
    for part in parts:
        if names and END_OF_A_NAME.fullmatch(part):
            names[-1] += f", {part}"
        else:
            names.append(part)
    return names


def role_of(format: str) -> str:
    """In what part the makers of a kind of thing are named."""
    return ROLES.get(Format(format), "maker")


def numbers_of(entry: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What the thing is known by elsewhere, to find it again in the catalogue: its address, and an ISBN."""
    url = entry["url"] or entry["file_url"]
    address = (("url", url),) if url and len(url) <= min(IDENTIFIER, ADDRESS) else ()
    return (*address, ("isbn", entry["isbn"])) if entry["isbn"] else address


def changes_of(proposal: Mapping[str, Any]) -> list[str]:
    """Which things a feed now says differently, in words, for the person who decides."""
    return list(dict.fromkeys(WORDS[name] for name in WORDS if name in proposal))


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
    "isbn": "ISBN",
    "publisher": "publisher",
    "subjects": "subjects",
    "series": "series",
    "year": "year",
    "access": "access",
}
