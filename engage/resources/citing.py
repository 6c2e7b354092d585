"""How a work is cited: its values as CSL-JSON, and the entry of a bibliography in MLA 9, APA 7 and Chicago 18.

Written for the kinds of things that a school library lists; tests hold each against citeproc-js with the published
styles. Sources: docs.citationstyles.org/en/stable/specification.html; STANDARDS.md, 5.6.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engage.database.fold import fold
from engage.resources.cited_names import filed, name_of, straight
from engage.resources.record import ORGANIZATION
from engage.resources.rules import Format
from engage.resources.works import Work

STYLES = {"mla": "MLA 9", "apa": "APA 7", "chicago": "Chicago 18"}
KINDS = {
    Format.ARTICLE: "article-magazine",
    Format.WEBSITE: "webpage",
    Format.DATABASE: "webpage",
    Format.FILM: "motion_picture",
    Format.VIDEO: "motion_picture",
    Format.EPISODE: "broadcast",
    Format.PODCAST: "broadcast",
    Format.MUSIC: "song",
    Format.GAME: "software",
}
MEDIA = {Format.AUDIOBOOK: "audiobook", Format.EPISODE: "podcast", Format.PODCAST: "podcast"}
ROLES = {
    "author": "author",
    ORGANIZATION: "author",
    "illustrator": "illustrator",
    "translator": "translator",
    "editor": "editor",
    "narrator": "narrator",
    "director": "director",
    "host": "author",
    "maker": "author",
    "composer": "author",
    "performer": "author",
    "artist": "author",
}
ON_A_SITE = ("webpage", "article-magazine")
_SMALL = "a an the and but or nor for so yet as at by in of off on per to up via with from into onto over"
SMALL = frozenset(_SMALL.split())


def csl_of(work: Work, page: str = "") -> dict[str, Any]:
    """A work as CSL-JSON; what is not known is left out. page: its address at the library, for what has no other."""
    kind = KINDS.get(work.format, "book")
    # where another edition is, is no address of this one
    own = (each for each in work.doors if not each.format and not each.media_type.startswith("image/"))
    door = next(own, None)
    url = door.url if door else ""
    site = door.provider if door else ""
    values: dict[str, Any] = {"id": work.key, "type": kind, "title": work.title}
    for name, role in work.makers:
        part = ROLES.get(role, "contributor" if values.get("author") else "author")
        values.setdefault(part, []).append(name_of(name, role, work.language))
    publisher = work.publisher or (site if kind == "broadcast" else "")
    values |= {
        "publisher": "" if kind in ON_A_SITE else publisher,
        "container-title": (site or work.publisher) if kind in ON_A_SITE else "",
        "collection-title": work.series if kind == "book" else "",
        "medium": MEDIA.get(work.format, ""),
        "language": work.language,
        "ISBN": work.number("isbn") if kind == "book" else "",
        "ISSN": work.number("issn"),
        "DOI": work.number("doi"),
        "URL": url or ("" if work.shelves else page),
        "number-of-pages": str(work.pages or ""),
        "issued": {"date-parts": [[work.year]]} if work.year else None,
        "keyword": "; ".join(work.subjects),
    }
    return {name: value for name, value in values.items() if value}


Piece = tuple[str, bool]
Cited = tuple[Piece, ...]


def cited(csl: Mapping[str, Any], style: str) -> Cited:
    """The entry of a bibliography, in pieces of which some stand in italics."""
    return WRITERS[style](csl)


def plain(entry: Cited) -> str:
    """The entry as text."""
    return "".join(text for text, _ in entry)


def sorting(entry: Cited) -> str:
    """By what entries stand in order: as they read, without the article that one begins with."""
    words = re.sub("^“?(?:(?:the|an?) )?", "", " ".join(fold(plain(entry)).split()))
    # nothing comes before something: "NASA" before "NASA Goddard"
    return words.replace(". ", "\x01")


def _mla(csl: Mapping[str, Any]) -> Cited:
    kind, people = csl["type"], csl.get("author") or []
    title = _headline(csl["title"])
    lead, role = "", ""
    if people:
        lead = _turned_round(people, most=2)
    elif csl.get("editor"):
        lead, role = _turned_round(csl["editor"], most=2), "editors" if len(csl["editor"]) > 1 else "editor"
    out = _Line()
    if lead:
        out.say(_ended(f"{lead}, {role}" if role else lead) + " ")
    if kind in ON_A_SITE:
        alone = not csl.get("container-title")
        out.say(_ended(title) if alone else f"“{_ended(title)}”", italic=alone)
        rest = [(csl.get("container-title", ""), True), (_year(csl), False), (_address(csl), False)]
    else:
        out.say(_ended(title), italic=True)
        helped = [_helped(csl, role, words, 2) for role, words in MLA_HELP if not (role == "editor" and not people)]
        rest = [(each, False) for each in helped if each]
        rest += [(csl.get("publisher", ""), False), (_year(csl), False), (_address(csl), False)]
    kept = [(text, italic) for text, italic in rest if text]
    out.say(" " if kept else "")
    for number, (text, italic) in enumerate(kept):
        out.say(text, italic)
        out.say(", " if number < len(kept) - 1 else ".")
    if kind == "book" and csl.get("collection-title"):
        out.say(f" {_ended(_headline(csl['collection-title']))}")
    if csl.get("medium"):
        out.say(f" {csl['medium'].capitalize()}.")
    return out.pieces


MLA_HELP = (
    ("editor", "Edited by"),
    ("translator", "Translated by"),
    ("director", "Directed by"),
    ("illustrator", "Illustrated by"),
    ("narrator", "Narrated by"),
)


def _apa(csl: Mapping[str, Any]) -> Cited:
    kind, title = csl["type"], csl["title"]
    lead, role = "", ""
    for part, one, many in (("author", "", ""), ("editor", "Ed.", "Eds."), ("director", "Director", "Directors")):
        if csl.get(part):
            lead, role = _apa_names(csl[part]), many if len(csl[part]) > 1 else one
            break
    year = f"({_year(csl) or 'n.d.'})."
    helped = [
        f"{_apa_first(csl[part])}, {words}"
        for part, words in (("illustrator", "Illus."), ("translator", "Trans."), ("narrator", "Narr."))
        if csl.get(part) and lead
    ]
    beside = f" ({'; '.join(helped)})" if helped else ""
    medium = {"motion_picture": "Video recording", "song": "Audio recording", "software": "Computer software"}.get(kind)
    medium = csl["medium"].capitalize() if csl.get("medium") else medium
    beside += f" [{medium}]" if medium else ""
    out = _Line()
    italic = kind != "article-magazine"
    if lead:
        out.say(_ended(f"{lead} ({role})" if role else lead) + f" {year} ")
        out.say(title if beside else _ended(title), italic)
        out.say(_ended(beside) if beside else "")
    else:
        out.say(_ended(title), italic)
        out.say(f" {year}{_ended(beside) if beside else ''}")
    if csl.get("container-title"):
        out.say(" ")
        out.say(csl["container-title"], kind == "article-magazine")
        out.say("" if csl["container-title"].endswith(".") else ".")
    if csl.get("publisher"):
        out.say(f" {_ended(csl['publisher'])}")
    if _address(csl):
        out.say(f" {'' if _year(csl) else 'Retrieved '}{_address(csl)}")
    return out.pieces


def _chicago(csl: Mapping[str, Any]) -> Cited:
    kind = csl["type"]
    people = csl.get("author") or []
    lead = ""
    if people:
        lead = _turned_round(people, most=6, shown=3)
    elif csl.get("editor"):
        lead = f"{_turned_round(csl['editor'], most=6, shown=3)}, ed{'s' if len(csl['editor']) > 1 else ''}."
    elif csl.get("director"):
        lead = f"{_turned_round(csl['director'], most=6, shown=3)}, dir."
    elif kind in ON_A_SITE:
        lead = csl.get("container-title", "")
    out = _Line()
    if lead:
        out.say(_ended(lead) + " ")
    title, year = _headline(csl["title"]), _year(csl)
    address = f" {_address(csl)}." if _address(csl) else ""
    if kind in ON_A_SITE:
        out.say(f"“{_ended(title)}”")
        site = csl.get("container-title", "")
        if site and site != lead:
            out.say(" ")
            out.say(site, kind == "article-magazine")
            out.say(f", {year}." if year else ".")
        elif year:
            out.say(f" {year}.")
        out.say(address)
        return out.pieces
    out.say(_ended(title), italic=True)
    for role, words in MLA_HELP:
        helped = _helped(csl, role, words)
        leads = (role == "editor" and not people) or (role == "director" and not people and not csl.get("editor"))
        if helped and not leads:
            out.say(f" {_ended(helped)}")
    if kind == "book" and csl.get("collection-title"):
        out.say(f" {_ended(_headline(csl['collection-title']))}")
    house = ", ".join(filter(None, [csl.get("publisher", ""), year or "n.d."]))
    out.say(f" {'Released ' if kind == 'software' and house == year else ''}{_ended(house)}")
    if csl.get("medium"):
        out.say(f" {csl['medium'].capitalize()}.")
    out.say(address)
    return out.pieces


WRITERS: dict[str, Callable[[Mapping[str, Any]], Cited]] = {"mla": _mla, "apa": _apa, "chicago": _chicago}


class _Line:
    """Pieces as they come."""

    def __init__(self) -> None:
        self.pieces: Cited = ()

    def say(self, text: str, italic: bool = False) -> None:
        if text:
            self.pieces += ((text, italic),)


def _year(csl: Mapping[str, Any]) -> str:
    return str(csl["issued"]["date-parts"][0][0]) if csl.get("issued") else ""


def _address(csl: Mapping[str, Any]) -> str:
    doi = csl.get("DOI", "")
    return f"https://doi.org/{doi}" if doi else str(csl.get("URL", ""))


def _ended(text: str) -> str:
    """The text with a full stop, unless it ends by itself."""
    return text if text.rstrip("”").endswith((".", "!", "?")) else f"{text}."


def _straight(name: Mapping[str, str]) -> str:
    if "literal" in name:
        return name["literal"]
    return straight(name, _dotted(name["given"]))


def _filed(name: Mapping[str, str]) -> str:
    if "literal" in name:
        return name["literal"]
    return filed(name, _dotted(name["given"]))


def _dotted(given: str) -> str:
    """Given names, a single letter with its full stop."""
    return " ".join(f"{word}." if len(word) == 1 and word.isupper() else word for word in given.split())


def _turned_round(names: Sequence[Mapping[str, str]], most: int, shown: int = 1) -> str:
    """The names with the first one as it is filed; of more than `most` only the first `shown`, and others."""
    cut = names if len(names) <= most else names[:shown]
    said = [_filed(cut[0]), *map(_straight, cut[1:])]
    if len(cut) < len(names):
        return ", ".join([*said, "et al."])
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])}, and {said[-1]}"


def _helped(csl: Mapping[str, Any], role: str, words: str, most: int = 6) -> str:
    names = [_straight(each) for each in csl.get(role, ())]
    if not names:
        return ""
    if len(names) > most:
        return f"{words} {names[0]} et al."
    said = names[0] if len(names) == 1 else f"{', '.join(names[:-1])}{',' if len(names) > 2 else ''} and {names[-1]}"
    return f"{words} {said}"


def _initials(given: str) -> str:
    parts = [word for word in given.split() if word[:1].isalpha()]
    return " ".join("-".join(f"{part[:1].upper()}." for part in word.split("-") if part) for word in parts)


def _apa_filed(name: Mapping[str, str]) -> str:
    if "literal" in name:
        return name["literal"]
    return filed(name, _initials(name["given"]))


def _apa_names(names: Sequence[Mapping[str, str]]) -> str:
    said = [_apa_filed(name) for name in names]
    if len(said) > 20:
        return f"{', '.join(said[:19])}, … {said[-1]}"
    if len(said) == 1:
        return said[0]
    return f"{', '.join(said[:-1])}, & {said[-1]}"


def _apa_first(names: Sequence[Mapping[str, str]]) -> str:
    said = [name.get("literal") or straight(name, _initials(name["given"])) for name in names]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])}{',' if len(said) > 2 else ''} & {said[-1]}"


def _headline(title: str) -> str:
    """English title case: small words stay small but for the first, the last, and those after a colon."""
    words = title.split(" ")
    ends = len(words) - 1
    out = []
    for place, word in enumerate(words):
        bare = re.sub(r"\W", "", word).lower()
        after = place and words[place - 1].endswith((":", "?", "!", "."))
        if word != word.lower():
            small = bare in SMALL and place not in (0, ends) and not after and word.istitle()
            out.append(word.lower() if small else word)
        elif bare in SMALL and place not in (0, ends) and not after:
            out.append(word)
        else:
            out.append(re.sub(r"^(\W*)(\w)", lambda found: found[1] + found[2].upper(), word))
    return " ".join(out)
