"""Where a MARC record says that copies stand, under which call number, and where the resource is on the web."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pymarc

from engage.database import fold
from engage.resources.marc_kinds import texts
from engage.resources.marc_names import trimmed
from engage.resources.record import Address, Place, is_web, neat

MOST_COPIES = 999
SHORT = 3  # letters of the name or title that a call number of a school library ends with
CLASS = re.compile(r"\[?(fic|e|f|biog?|b|r)\]?$", re.IGNORECASE)
FICTION = {"fic": "FIC", "f": "FIC", "e": "E", "b": "B", "bio": "B", "biog": "B", "r": "R"}
# of the addresses of a record, those that lead to something about the resource
ABOUT = re.compile(
    r"contents|description|biograph|review|cover|sample|excerpt|publisher|author|information|index", re.IGNORECASE
)

# words for the picture of a cover, which are not those for a scan of the jacket's text
COVER = re.compile(r"\b(?:cover|jacket) (?:image|picture|art)|image of (?:the )?cover|^cover$|thumbnail", re.IGNORECASE)
PICTURE = re.compile(r"^image/|^(?:jpe?g|png|gif|webp)$", re.IGNORECASE)


def class_of(raw: pymarc.Record) -> str:
    """The class that the library shelves by: "E", "FIC", "599.7"; "" where the record has no Dewey number."""
    numbers = texts(raw, "082") or texts(raw, "092")
    for text in numbers:
        bare = re.sub("[/'\u2032\\s]", "", text)
        if found := CLASS.fullmatch(bare):
            return FICTION[found[1].lower()]
        if found := re.match(r"\[?(\d{3}(?:\.\d+)?)", bare):
            return found[1][:24]
    return ""


def places_of(raw: pymarc.Record, location: str, filed: str) -> Iterator[Place]:
    """Each place with its copies: one field is one copy. Without any, one copy where the library's things stand.

    location: the library's own. filed: the title as it is filed.
    """
    copies: dict[tuple[str, str], list[str]] = {}
    for field in raw.get_fields("852"):
        call = " ".join(part.value.strip() for part in field.subfields if part.code in "khim")
        where = trimmed(next(iter(field.get_subfields("b", "c")), ""))
        copies.setdefault((neat(call, 80), where), []).append(" ".join(field.get_subfields("p")))
    if not copies:
        for field in raw.get_fields("952"):  # how Koha writes it
            call = next(iter(field.get_subfields("o")), "")
            where = trimmed(next(iter(field.get_subfields("c", "b")), ""))
            copies.setdefault((neat(call, 80), where), []).append(" ".join(field.get_subfields("p")))
    usual = call_number_of(raw, filed)
    if not copies:
        yield Place(usual, location)
        return
    for (call, where), barcodes in copies.items():
        kept = "; ".join(filter(None, (code.strip() for code in barcodes)))
        yield Place(call or usual, where or location, min(len(barcodes), MOST_COPIES), kept)


def call_number_of(raw: pymarc.Record, filed: str) -> str:
    """A call number from the record's class: Dewey's with the beginning of the name, else the Library of Congress's."""
    if number := class_of(raw):
        names = [name.split(",")[0] for name in texts(raw, "100 110 111")]
        letters = "".join(fold.words(next(iter(names), "") or filed))
        return f"{number} {letters[:SHORT].upper()}".strip()
    for field in raw.get_fields("050", "090"):
        parts = [part.value.strip() for part in field.subfields if part.code in "ab"]
        if parts and parts[0]:
            return neat(" ".join(parts[:2]), 80)
    return ""


def addresses_of(raw: pymarc.Record) -> Iterator[Address]:
    """Where the resource itself, or a version of it, is on the web; only http and https, each once."""
    seen = set()
    for field in raw.get_fields("856"):
        said = field.get_subfields("3", "y", "z") if field.indicator2 not in "01" else field.get_subfields("3")
        if field.indicator2 == "2" or ABOUT.search(" ".join(said)):
            continue
        for url in field.get_subfields("u"):
            url = url.strip()
            if is_web(url) and url not in seen:
                seen.add(url)
                name = trimmed(next(iter(field.get_subfields("y")), "")) or site_of(url)
                yield Address(url, neat(name, 80), neat(" ".join(field.get_subfields("z")), 200))


def picture_in(raw: pymarc.Record) -> str:
    """Where the record says that a picture of the cover is; "" where it does not. Source: STANDARDS.md, 3.3."""
    for field in raw.get_fields("856"):
        said = " ".join(field.get_subfields("3", "y", "z"))
        image = field.get_subfields("q") == [] or any(PICTURE.search(kind) for kind in field.get_subfields("q"))
        if image and COVER.search(said):
            return next((url.strip() for url in field.get_subfields("u") if is_web(url.strip())), "")
    return ""


def site_of(url: str) -> str:
    """The name of a site as it is said: "loc.gov"."""
    return (urlsplit(url).hostname or "").removeprefix("www.")
