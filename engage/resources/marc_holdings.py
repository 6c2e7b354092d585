"""Where a MARC record says that copies stand, under which call number, and where the resource is on the web."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

import pymarc

from engage.database import fold
from engage.errors import Refused
from engage.resources.marc_kinds import texts
from engage.resources.marc_names import trimmed
from engage.resources.record import Address, Place, is_web, neat
from engage.resources.rules import MOST_COPIES

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


@dataclass(frozen=True)
class Conventions:
    """How a library's system writes copies: one field is one copy, and letters name its subfields, in order.

    copies: the subfield that says how many a field stands for. site: the one that names the library; ours: what it
    says of this one, all libraries where empty. names: what codes of places are called.
    """

    tag: str = "852"
    call: str = "khim"
    place: str = "bc"
    barcode: str = "p"
    copies: str = ""
    site: str = ""
    ours: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()

    @property
    def mapping(self) -> str:
        """It as Import.mapping holds it."""
        return json.dumps(asdict(self))


USUAL = Conventions()
KOHA = Conventions("952", "o", "cb")
# where systems put their copies
TAGS = ("852", "876", "926", "945", "949", "952", "966", "999")


def check(told: Conventions) -> None:
    """Refuse conventions by which nothing could be read. Raises Refused."""
    if not re.fullmatch(r"0[1-9]\d|[1-9]\d\d", told.tag):
        raise Refused("A field has three digits, such as 852.", about="tag")
    for name, words in (("call", "the call number"), ("place", "the place"), ("barcode", "the barcode")):
        if not re.fullmatch(r"[a-z0-9]*", getattr(told, name)):
            raise Refused(f"Name the subfields of {words} by their letters, such as khim.", about=name)
    for name in ("copies", "site"):
        if not re.fullmatch(r"[a-z0-9]?", getattr(told, name)):
            raise Refused("Name one subfield by its letter.", about=name)
    if told.ours and not told.site:
        raise Refused("Say which subfield names the library.", about="site")


def conventions_of(mapping: str) -> Conventions | None:
    """The conventions out of Import.mapping; None for the usual ones."""
    if not mapping:
        return None
    said = json.loads(mapping)
    names = tuple((str(code), str(words)) for code, words in said.pop("names"))
    return Conventions(**{**said, "ours": tuple(said["ours"]), "names": names})


def places_of(raw: pymarc.Record, location: str, filed: str, conventions: Conventions | None = None) -> Iterator[Place]:
    """Each place with its copies. Where no field says any, one copy stands where the library's things do.

    location: the library's own. filed: the title as it is filed. None at all where the copies are of other libraries.
    """
    told = conventions or (USUAL if raw.get_fields("852") else KOHA)
    fields = raw.get_fields(told.tag)
    usual = call_number_of(raw, filed)
    if not fields and not told.ours:
        yield Place(usual, location)
        return
    names = {code.casefold(): words for code, words in told.names}
    found: dict[tuple[str, str], tuple[int, list[str]]] = {}
    for field in fields:
        if told.ours and not _is_ours(field, told):
            continue
        call = neat(" ".join(part.value.strip() for part in field.subfields if part.code in told.call), 80)
        codes = [text for code in told.place for text in field.get_subfields(code)]
        where = trimmed(next(iter(codes), ""))
        where = neat(names.get(where.casefold(), where), 80)
        copies, barcodes = found.get((call, where), (0, []))
        barcodes += [part.value.strip() for part in field.subfields if part.code in told.barcode and part.value.strip()]
        found[call, where] = (copies + _copies(field, told), barcodes)
    for (call, where), (copies, barcodes) in found.items():
        yield Place(call or usual, where or location, min(copies, MOST_COPIES), "; ".join(barcodes))


def _is_ours(field: pymarc.Field, told: Conventions) -> bool:
    ours = {name.casefold() for name in told.ours}
    return any(text.strip().casefold() in ours for code in told.site for text in field.get_subfields(code))


def _copies(field: pymarc.Field, told: Conventions) -> int:
    """How many copies a field stands for."""
    said = next((text for code in told.copies for text in field.get_subfields(code)), "")
    found = re.search(r"\d{1,3}", said)
    return max(1, int(found[0])) if found else 1


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
