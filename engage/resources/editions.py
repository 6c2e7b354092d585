"""The editions of one work under one resource: which there are, how each is taken in, and where it can be had; pure.

Each holding and link says its format where that is not the resource's own. What follows stands in Resource.editions,
so that a search finds an audiobook under listening without a look at holdings and links:
",r h-a book,l -o- audiobook," is a book that is here and available, and an audiobook online that is not.
Source: PRODUCT.md, section 2; DECISIONS.md, "An edition is known by its medium".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from engage.engagement.rules import Mode
from engage.resources.record import CatalogueRecord
from engage.resources.rules import Format, medium_of, mode_of

ANY = "_"  # one letter, whichever, for LIKE
LETTERS = {mode.value[0]: mode for mode in Mode}
# of these it is seen that something is no print, also where nobody said what it is
NO_PRINT = frozenset({Format.EBOOK, Format.AUDIOBOOK})


@dataclass(frozen=True)
class Stock:
    """What stands in one place. format: "" for the resource's own. available: whether a copy is in, or it is open."""

    format: str
    here: bool
    available: bool


@dataclass(frozen=True)
class Edition:
    """What there is of a resource in one medium."""

    mode: Mode
    format: Format
    here: bool = False
    online: bool = False
    available: bool = False


def other_format(format: Format, own: Format) -> str:
    """What a holding or link says of its format: "" where it is in the medium of its resource, whose format is own."""
    return "" if medium_of(format) is medium_of(own) else format.value


def format_of(known: CatalogueRecord, own: Format) -> str:
    """The same for what a record names. A book that is only taken for one may well be whatever is printed."""
    return "" if known.guessed and own not in NO_PRINT else other_format(known.format, own)


def of(mode: Mode, format: Format, stock: Iterable[Stock]) -> str:
    """Resource.editions of a resource of this mode and format with this stock."""
    own = Edition(mode, format)
    found = {medium_of(format): own}
    for each in stock:
        kind = Format(each.format) if each.format else format
        medium = medium_of(kind)
        before = found.get(medium, Edition(mode_of(kind), kind))
        found[medium] = Edition(
            before.mode,
            before.format,
            before.here or each.here,
            before.online or not each.here,
            before.available or each.available,
        )
    if len(found) == 1:
        return ""
    others = sorted((each for each in found.values() if each.format is not format), key=lambda each: each.format)
    return f",{','.join(map(_written, [found[medium_of(format)], *others]))},"


def _written(edition: Edition) -> str:
    flags = zip("hoa", (edition.here, edition.online, edition.available), strict=True)
    return f"{edition.mode.value[0]} {''.join(letter if so else '-' for letter, so in flags)} {edition.format}"


def read(written: str) -> list[Edition]:
    """The editions that Resource.editions names, the resource's own first; none for ""."""
    found = []
    for each in filter(None, written.split(",")):
        letter, flags, format = each.split(" ", 2)
        here, online, available = (flag != "-" for flag in flags)
        found.append(Edition(LETTERS[letter], Format(format), here, online, available))
    return found


def pattern(mode: str = "", format: str = "", place: str = "", available: bool = False) -> str:
    """For LIKE: that one edition is of this mode and format, here or online, and available; "" is any."""
    flags = f"{'h' if place == 'here' else ANY}{'o' if place == 'online' else ANY}{'a' if available else ANY}"
    return f"%,{mode[:1] or ANY} {flags} {f'{format},' if format else ''}%"


@lru_cache(maxsize=1_000)
def modes_of(mode: str, written: str) -> frozenset[str]:
    """In which modes a resource can be taken in. mode: its own; written: its Resource.editions."""
    return frozenset((mode, *(each.mode.value for each in read(written))))
