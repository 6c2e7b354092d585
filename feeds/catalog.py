"""What a catalog says of a thing and a feed does not: its ISBN, its year, and on what terms it can be had.

For OPDS 1.2 and 2.0 alike. Source: STANDARDS.md, 2.7: "keep prices and DRM types as text".
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from feeds import clean
from feeds.model import ATTACHMENTS, CATEGORIES, CATEGORY, LABEL, TERMS, TITLE, Attachment, Entry

ACQUISITION = "http://opds-spec.org/acquisition"
IMAGES = (
    "http://opds-spec.org/image",
    "http://opds-spec.org/cover",
    "http://opds-spec.org/image/thumbnail",
    "http://opds-spec.org/thumbnail",
)
# the media of things by their types in schema.org
MEDIA = {"audiobook": "audiobook", "audioobject": "audiobook", "videoobject": "video", "movie": "film"}
_TRIED_ONLY = {"sample", "preview"}
_WAYS = {"borrow": "to borrow with an account", "buy": "for sale", "subscribe": "by subscription"}
_ACCOUNT = "with an account of the catalog"
_SAMPLE = "Only a sample"
# by a part of the media type
_LOCKS = {
    "vnd.adobe.adept": "Adobe DRM",
    "lcp": "LCP",
    "findaway": "Findaway DRM",
    "feedbooks.com/audiobooks/access-restriction": "Feedbooks DRM",
    "axisnow": "AxisNow DRM",
    "overdrive": "OverDrive DRM",
    "vnd.amazon": "Amazon DRM",
}
# what a program for reading understands, and a browser does not
_FOR_PROGRAMS = ("application/atom+xml", "application/vnd.", "application/opds", "application/xml")
_ISBN = re.compile(r"(?:isbn(?:-1[03])?\s*[:=]?\s*)([\dXx][\dXx \-]{8,20})", re.IGNORECASE)
_BARE = re.compile(r"97[89][\d \-]{10,14}")
_YEAR = re.compile(r"\s*(\d{4})(?!\d)")
# headings that are no subjects: ages, shelf marks, and whether it is fiction for whom
_NO_SUBJECT = re.compile(r"audience|typicalagerange|/(?:lcc|ddc|dewey)\b|target.?age|/fiction/?$", re.IGNORECASE)


@dataclass(frozen=True)
class Offer:
    """One way to have a thing.

    rel: what stands behind ".../acquisition/", "open-access" or "buy"; empty where nothing does. url: None where the
    address is only made for somebody who has signed in. types: of what comes, the outermost first. price: "USD 7.99".
    """

    rel: str
    url: str | None
    types: tuple[str, ...] = ()
    price: str = ""

    @property
    def locks(self) -> list[str]:
        """What keeps others from opening it."""
        kinds = " ".join(self.types).lower()
        return [name for part, name in _LOCKS.items() if part in kinds]

    @property
    def is_for_members(self) -> bool:
        """Whether it comes only to somebody who has signed in."""
        return self.url is None or any("bearer-token" in one for one in self.types)

    @property
    def is_open(self) -> bool:
        """Whether anybody may have it at once."""
        return self.rel in ("", "open-access") and not (self.is_for_members or self.price or self.locks)


def rel_of(rel: str) -> str | None:
    """Which way to have a thing a relation names, None where it names none."""
    if rel == ACQUISITION:
        return ""
    return rel.removeprefix(ACQUISITION + "/").strip("/") if rel.startswith(ACQUISITION + "/") else None


def offered(entry: Entry, offers: Sequence[Offer], page: str | None) -> Entry:
    """The entry with what its offers say: its files, its page, its medium and the terms.

    page: where the catalog itself shows it in a browser.
    """
    real = [one for one in offers if one.rel not in _TRIED_ONLY]
    files = [one for one in real if one.url and one.is_open and _is_file(one.types)]
    pages = [one for one in real if one.types and one.types[0].startswith("text/html")]
    kinds = {kind for one in real for kind in one.types}
    medium = "audiobook" if any("audiobook" in one or one.startswith("audio/") for one in kinds) else None
    attachments = {one.url: Attachment(str(one.url), one.types[0][:LABEL]) for one in files}
    return replace(
        entry,
        url=page or next((one.url for one in [*pages, *files, *real] if one.url), None),
        attachments=tuple(attachments.values())[:ATTACHMENTS],
        medium=entry.medium or medium,
        access=access_of(offers),
    )


def access_of(offers: Sequence[Offer]) -> str:
    """The terms in words: how, for how much, and what it is locked with; empty where one offer is open."""
    real = [one for one in offers if one.rel not in _TRIED_ONLY]
    if not real:
        return _SAMPLE if offers else ""
    if any(one.is_open for one in real):
        return ""
    ways = [_WAYS.get(one.rel) or (_ACCOUNT if one.is_for_members else "") for one in real]
    prices = [f"costs {one.price}" for one in real if one.price]
    locks = list(dict.fromkeys(lock for one in real for lock in one.locks))
    told = [*ways, *prices[:1], f"locked with {' or '.join(locks)}" if locks else ""]
    words = clean.line("; ".join(dict.fromkeys(filter(None, told))), TERMS)
    return words[:1].upper() + words[1:]


def price_of(amount: object, currency: object) -> str:
    """A price as "USD 7.99", or nothing for what costs nothing or cannot be read."""
    try:
        number = float(str(amount).strip().split()[0].replace(",", "."))
    except (ValueError, IndexError):
        return ""
    unit = clean.line(str(currency or ""), 8).upper()
    return f"{unit} {number:.2f}".strip() if 0 < number < 1_000_000 else ""


def isbn_of(texts: Iterable[str]) -> str:
    """The first ISBN among identifiers, as thirteen digits, or nothing. Ten digits have to be called one."""
    for text in texts:
        for found in (_ISBN.search(text[:200]), _BARE.fullmatch(text.strip())):
            digits = re.sub(r"[^\dX]", "", found[found.lastindex or 0].upper()) if found else ""
            if number := thirteen(digits):
                return number
    return ""


def thirteen(digits: str) -> str:
    """An ISBN of ten or thirteen digits as thirteen, or nothing where the last one does not check the others."""
    if re.fullmatch(r"\d{9}[\dX]", digits):
        total = sum((10 - place) * (10 if digit == "X" else int(digit)) for place, digit in enumerate(digits))
        return _checked("978" + digits[:9]) if total % 11 == 0 else ""
    return digits if re.fullmatch(r"97[89]\d{10}", digits) and _checked(digits[:12]) == digits else ""


def year_of(text: str) -> int | None:
    """The year with which a date begins."""
    found = _YEAR.match(text)
    return int(found[1]) if found and 1000 <= int(found[1]) <= 2100 else None


def series_of(name: str, position: object) -> str:
    """A series with the number in it, "Animal Colors, 1"."""
    number = str(position).removesuffix(".0") if isinstance(position, str | int | float) else ""
    name = clean.line(name, TITLE - 20)
    return f"{name}, {clean.line(number, 12)}" if name and clean.line(number, 12) else name


def subjects_of(headings: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """What it is about, from pairs of a heading and the scheme that it is of."""
    said = (clean.line(text, CATEGORY) for text, scheme in headings if not _NO_SUBJECT.search(scheme))
    kept = (text for text in said if text and "://" not in text)
    return tuple(dict.fromkeys(kept))[:CATEGORIES]


def _checked(twelve: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve))
    return f"{twelve}{-total % 10}"


def _is_file(types: Sequence[str]) -> bool:
    if len(types) != 1 or types[0].startswith(("text/html", *_FOR_PROGRAMS)):
        return False
    return not types[0].partition(";")[0].endswith("+json")
