"""A list for those who write: citations to read, and files for programs that keep references (RIS, BibTeX, CSL-JSON).

Sources: STANDARDS.md, 5.6; refman RIS format specification; bibtexparser's and rispy's readers in the tests.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.lists.queries import ListCard
from engage.promotion.exports import things_of
from engage.promotion.outgoing import given, published, shared
from engage.resources import citing
from engage.resources.cited_names import filed, given_of
from engage.web.forms import choice
from engage.web.marks import plain
from engage.web.render import render, whole
from engage.web.routing import path_for
from feeds.writing import legal

RIS, BIB = "application/x-research-info-systems", "application/x-bibtex"
CSL = "application/vnd.citationstyles.csl+json"
RIS_TYPES = {
    "book": "BOOK",
    "article-magazine": "MGZN",
    "webpage": "ELEC",
    "motion_picture": "VIDEO",
    "broadcast": "SOUND",
    "song": "SOUND",
    "software": "COMP",
}
BIB_TYPES = {"book": "book", "article-magazine": "article", "webpage": "online"}
BIB_SPECIALS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "%": r"\%",
    "&": r"\&",
    "_": r"\_",
    "#": r"\#",
    "$": r"\$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
# of one field; readers of both formats fail on lines without end
LONGEST = 10_000


async def list_ris(request: Request) -> Response:
    """One list as RIS."""
    return await references(request, "ris", RIS, ris)


async def list_bib(request: Request) -> Response:
    """One list as BibTeX."""
    return await references(request, "bib", BIB, bibtex)


async def list_csl(request: Request) -> Response:
    """One list as CSL-JSON."""
    return await references(request, "csl.json", CSL, csl_json)


async def references(
    request: Request, ending: str, media_type: str, write: Callable[[Sequence[Mapping[str, Any]]], str]
) -> Response:
    """What a list holds, in a format of references."""
    curated = await published(request)

    async def make() -> bytes:
        return write(await cards_of(request, curated)).encode()

    return await given(request, curated, ending, f"{media_type}; charset=utf-8", make, name=f"{curated.slug}.{ending}")


async def cite(request: Request) -> Response:
    """The citations of a list, to read and to copy."""
    curated = await published(request)
    style = choice(request, "style", citing.STYLES, "mla")
    entries = entries_of(await cards_of(request, curated), style)
    response = render(
        request,
        "promotion/cite.html",
        curated=curated,
        style=style,
        styles=citing.STYLES,
        entries=entries,
    )
    return shared(request, response)


async def citations(request: Request) -> Response:
    """The same as text, to be kept."""
    curated = await published(request)
    style = choice(request, "style", citing.STYLES, "mla")

    async def make() -> bytes:
        entries = [one_line(citing.plain(entry)) for entry in entries_of(await cards_of(request, curated), style)]
        return "\r\n\r\n".join([f"{one_line(curated.title)} ({citing.STYLES[style]})", *entries, ""]).encode()

    name = f"{curated.slug}-{style}.txt"
    return await given(request, curated, "citations", "text/plain; charset=utf-8", make, style, name=name)


def entries_of(cards: Iterable[Mapping[str, Any]], style: str) -> list[citing.Cited]:
    """The entries of a bibliography in their order."""
    return sorted((citing.cited(card, style) for card in cards), key=citing.sorting)


async def cards_of(request: Request, curated: ListCard) -> list[dict[str, Any]]:
    """What stands on a list, as CSL-JSON in its order; the note of each as `annote`."""
    pairs, works = await things_of(request, curated)
    cards = []
    for row, _ in pairs:
        work = works[row["resource_id"]]
        card = citing.csl_of(work, whole(request, path_for(request, "resources.show", key=work.key)))
        note = plain(row["annotation"])
        cards.append(card | ({"annote": note} if note else {}))
    return cards


def csl_json(cards: Iterable[Mapping[str, Any]]) -> str:
    """Cards as JSON."""
    return legal(json.dumps(list(cards), ensure_ascii=False, indent=1))


def ris(cards: Iterable[Mapping[str, Any]]) -> str:
    """Cards as RIS: a tag, two blanks, a hyphen and a blank; CRLF; one line for each value."""
    lines: list[str] = []
    for card in cards:
        lines.append(f"TY  - {RIS_TYPES[card['type']]}")
        for tag, values in _ris_values(card):
            lines += [f"{tag}  - {line}" for each in values if (line := one_line(each)[:LONGEST])]
        lines += ["ER  - ", ""]
    return "\r\n".join(lines)


def _ris_values(card: Mapping[str, Any]) -> Iterable[tuple[str, Sequence[str]]]:
    yield "TI", [card["title"]]
    yield "AU", [filed(name) for name in card.get("author", ())]
    yield "A2", [filed(name) for name in card.get("editor", ())]
    yield "A4", [filed(name) for name in card.get("translator", ())]
    others = ("illustrator", "narrator", "director", "contributor")
    yield "A3", [filed(name) for role in others for name in card.get(role, ())]
    yield "PY", [str(card["issued"]["date-parts"][0][0])] if card.get("issued") else []
    for tag, name in (("PB", "publisher"), ("T2", "container-title"), ("T3", "collection-title"), ("DO", "DOI")):
        yield tag, [card.get(name, "")]
    yield "SN", [card.get("ISBN") or card.get("ISSN") or ""]
    yield "LA", [card.get("language", "")]
    yield "UR", [card.get("URL", "")]
    yield "SP", [card.get("number-of-pages", "")]
    yield "KW", str(card.get("keyword", "")).split("; ")
    yield "N1", [card.get("annote", "")]
    yield "ID", [card["id"]]


def bibtex(cards: Iterable[Mapping[str, Any]]) -> str:
    """Cards as BibTeX in UTF-8, in the fields that biblatex knows, too; each with a key of its own."""
    taken: set[str] = set()
    entries = []
    for card in cards:
        key = _bib_key(card, taken)
        taken.add(key)
        fields = {
            "title": card["title"],
            "author": _bib_names(card.get("author", ())),
            "editor": _bib_names(card.get("editor", ())),
            "translator": _bib_names(card.get("translator", ())),
            "illustrator": _bib_names(card.get("illustrator", ())),
            "year": str(card["issued"]["date-parts"][0][0]) if card.get("issued") else "",
            "publisher": card.get("publisher", ""),
            "journal" if card["type"] == "article-magazine" else "organization": card.get("container-title", ""),
            "series": card.get("collection-title", ""),
            "pagetotal": card.get("number-of-pages", ""),
            "isbn": card.get("ISBN", ""),
            "issn": card.get("ISSN", ""),
            "doi": card.get("DOI", ""),
            "url": card.get("URL", ""),
            "language": card.get("language", ""),
            "howpublished": str(card.get("medium", "")).capitalize(),
            "keywords": card.get("keyword", ""),
            "annote": card.get("annote", ""),
        }
        # names hold their own braces; addresses are taken as they are, and may hold no brace at all
        ready = {"author", "editor", "translator", "illustrator"}
        lines = [
            f"  {name} = {{{_bib_address(value) if name == 'url' else value if name in ready else _bib(value)}}},"
            for name, value in fields.items()
            if value
        ]
        entries.append("\n".join([f"@{BIB_TYPES.get(card['type'], 'misc')}{{{key},", *lines, "}", ""]))
    return "\n".join(entries)


def _bib_key(card: Mapping[str, Any], taken: set[str]) -> str:
    """A key as people write them: "yolen1987owl", with a letter or number where it is taken."""
    first: Mapping[str, str] = next((name for role in ("author", "editor") for name in card.get(role, ())), {})
    year = str(card["issued"]["date-parts"][0][0]) if card.get("issued") else ""
    words = re.findall("[a-z0-9]+", _ascii(card["title"]))
    word = next((each for each in words if each not in citing.SMALL), "")
    stem = re.sub("[^a-z0-9]", "", _ascii(first.get("family") or first.get("literal") or ""))[:20] + year + word[:20]
    stem = stem or "item"
    number = 1
    while (key := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return key


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def _bib_names(names: Sequence[Mapping[str, str]]) -> str:
    return " and ".join(_bib_name(name) for name in names)


def _bib_name(name: Mapping[str, str]) -> str:
    if "literal" in name:
        return f"{{{_bib(name['literal'])}}}"
    return ", ".join(_bib(part) for part in (name["family"], name.get("suffix", ""), given_of(name)) if part)


def _bib(text: str) -> str:
    escaped = "".join(BIB_SPECIALS.get(letter, letter) for letter in one_line(text)[:LONGEST])
    # two of these are drawn together to a longer mark
    return re.sub(r"([-'`,<>?!])(?=[-'`,<>])", r"\1{}", escaped)


def _bib_address(url: str) -> str:
    return one_line(url).replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C").replace(" ", "%20")


def one_line(text: str) -> str:
    """A text without what would end a line or a field."""
    return " ".join("".join(letter if letter.isprintable() or letter in UNSEEN else " " for letter in text).split())


# what is not printable to Python and yet means something: joiners and marks of direction
UNSEEN = frozenset("\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u00ad")
