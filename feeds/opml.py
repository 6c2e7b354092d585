"""Lists of feeds in and out, as OPML 2.0. Source: STANDARDS.md, 2.6; SAFETY.md, U5."""

import html
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any
from xml.etree.ElementTree import Element

from feeds.address import address, same_place
from feeds.encoding import text_of
from feeds.markup import Declaration, End, Start, Text, pieces
from feeds.model import Unreadable
from feeds.writing import add, document

FEEDS = 2_000
OUTLINES = 20_000
DEPTH = 20
LETTERS = 500
# the second is what it was called before it had a name
ROOTS = ("opml", "outlinedocument")
# an outline up to the next thing that can follow one, and how it is written where all is well
_OUTLINE = re.compile(r"<outline\s.*?(?=</?outline\b|</?body\b|</opml\b|<!--|\Z)", re.IGNORECASE | re.DOTALL)
_SOUND = re.compile(r"<outline(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*\s*/?>\s*", re.IGNORECASE)
# an element within a description: it does not reach as far as the address of the feed
_ELEMENT = re.compile(r"<(?:(?!xmlUrl)[^<>])*>", re.IGNORECASE)
# of a broken one: what we want of it, wherever it stands, up to the quotation mark that another attribute follows
_WANTED = re.compile(
    r"\s(text|title|xmlUrl|htmlUrl|type)\s*=\s*\"([^<]{0,4000}?)\"(?=\s+[\w:.-]+\s*=|\s*/?>)", re.IGNORECASE
)
_BROKEN = 100_000  # characters of an outline that are looked through for what it may have meant


@dataclass(frozen=True)
class Subscription:
    """One feed of a list. url: where the feed is. site: the page it belongs to, or "". topic: the headings above it."""

    url: str
    title: str = ""
    site: str = ""
    topic: str = ""


@dataclass(frozen=True)
class Subscriptions:
    """A list of feeds. problems: a sentence for each thing that was left out."""

    title: str
    feeds: tuple[Subscription, ...]
    problems: tuple[str, ...] = ()


def read_opml(body: bytes) -> Subscriptions:
    """The feeds of a list, each once, in its order; 2,000 at most.

    Raises Unreadable: not-a-list, entities, too-deep, too-large.
    """
    kept: dict[str, Subscription] = {}
    title, outlines = _read(text_of(body, {"content-type": "text/xml"}))
    broken = again = left = 0
    for outline in outlines:
        url = address(outline.get("xmlurl"))
        if url is None:
            broken += 1
        elif same_place(url) in kept:
            again += 1
        elif len(kept) >= FEEDS:
            left += 1
        else:
            site = address(outline.get("htmlurl")) or ""
            kept[same_place(url)] = Subscription(url, _name(outline), site, _words(outline["topic"]))
    told = (
        (broken, "whose address is none of the web"),
        (again, "named twice"),
        (left, f"beyond the first {FEEDS:,}"),
    )
    problems = tuple(f"Left out: {number:,} {why}." for number, why in told if number)
    return Subscriptions(_words(title), tuple(kept.values()), problems)


def write_opml(title: str, subscriptions: Iterable[Subscription]) -> bytes:
    """A list of feeds as OPML 2.0, those of one topic together below its name."""
    root = Element("opml", {"version": "2.0"})
    add(add(root, "head"), "title", title)
    body = add(root, "body")
    topics: dict[str, Element] = {}
    for one in subscriptions:
        place = body
        if one.topic:
            if one.topic not in topics:
                topics[one.topic] = _outline(body, one.topic)
            place = topics[one.topic]
        _outline(place, one.title or one.url, type="rss", xmlUrl=one.url, htmlUrl=one.site or None)
    return document(root)


def to_values(subscriptions: Subscriptions) -> dict[str, Any]:
    """The list as values for JSON."""
    return asdict(subscriptions)


def from_values(values: Any) -> Subscriptions:
    """The list from such values. Raises whatever, where they are no such values."""
    feeds = tuple(_believed(one) for one in values["feeds"])
    if len(feeds) > FEEDS:
        raise ValueError("more feeds than a list may have")
    return Subscriptions(_words(values["title"]), feeds, tuple(_words(one) for one in values["problems"][:9]))


def _believed(one: Any) -> Subscription:
    if address(one["url"]) != one["url"]:
        raise ValueError("no address")
    return Subscription(one["url"], _words(one["title"]), address(one["site"]) or "", _words(one["topic"]))


def _outline(parent: Element, words: str, **attributes: str | None) -> Element:
    outline = add(parent, "outline", "", title=words, **attributes)
    outline.set("text", outline.get("title", ""))
    return outline


def _read(text: str) -> tuple[str, list[dict[str, str]]]:
    """The title of the list, and the outlines that name a feed, with the headings above each as its topic."""
    title, in_title, is_list = "", False, False
    found: list[dict[str, str]] = []
    headings: list[str] = []
    outlines = 0
    for piece in pieces(_OUTLINE.sub(_mended, text)):
        match piece:
            case Start(name, attributes, closed) if name.lower() == "outline":
                outlines += 1
                if outlines > OUTLINES:
                    raise Unreadable("too-large")
                outline = {key.lower(): value for key, value in attributes}
                if "xmlurl" in outline and outline.get("type", "").lower() != "include":
                    found.append(outline | {"topic": " / ".join(filter(None, headings))})
                if not closed:
                    headings.append(_name(outline))
                    if len(headings) > DEPTH:
                        raise Unreadable("too-deep")
            case Start(name, _, _):
                is_list = is_list or name.lower() in ROOTS
                in_title = name.lower() == "title"
            case End(name):
                in_title = False
                if name.lower() == "outline" and headings:
                    headings.pop()
            case Text(words) if in_title:
                title += words
            case Declaration(words) if "ENTITY" in words.upper():
                raise Unreadable("entities")
    if not is_list:
        raise Unreadable("not-a-list")
    return title, found


def _mended(found: re.Match[str]) -> str:
    """An outline in which markup stands unescaped, without what we do not want of it."""
    if _SOUND.fullmatch(found[0]):
        return found[0]
    kept: dict[str, str] = {}
    for name, value in _WANTED.findall(_ELEMENT.sub("", found[0][len("<outline") : _BROKEN])):
        kept.setdefault(name.lower(), html.escape(html.unescape(value)))
    ends = "/>" if found[0].rstrip().endswith("/>") else ">"
    return " ".join(["<outline", *(f'{name}="{value}"' for name, value in kept.items())]) + ends


def _name(outline: dict[str, str]) -> str:
    return _words(outline.get("title") or outline.get("text"))


def _words(text: Any) -> str:
    return " ".join(str(text or "").split())[:LETTERS]
