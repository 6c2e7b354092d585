"""Writes an XML document anew from its events, and leaves out what no reader of feeds needs.

What it writes is well-formed, declares no entity, has short fields without elements in them, knows
only vocabularies of feeds, and holds the newest entries. Source: SAFETY.md F7.
"""

import re
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from feeds.model import BODY, Unreadable, newest
from feeds.model import ENTRIES as NEWEST
from feeds.moments import moment
from feeds.namespaces import KNOWN, SCHEMA, USUAL

ATTRIBUTES = 200  # on one element
DEPTH = 200
TEXT = 5 * 1024 * 1024  # characters between two tags
PERSON = 500  # bytes: feedparser looks for mail addresses in time that grows with the square
SHORT = 500  # characters of dates and keywords, which are read by slow patterns, too
FIELD = 5_000  # characters of any other field that is no body, and of an attribute
FIELDS = 200  # of one entry
REPEATS = 50  # of one field in one entry
ELEMENTS = 2_000  # within one field
ENTRIES = 50_000  # looked at for their dates

# an element in each entry that says which one it is, so that two readers can tell each other
ORDINAL = "feeds-ordinal"
# what a catalog writes as elements within a link, and we as an attribute of it; a price becomes its text
TYPES, CURRENCY = "opds-types", "opds-currency"

ITEMS = {"item", "entry"}
ROOTS = {"rss", "rdf", "feed", "channel"}
_PEOPLE = {"author", "contributor", "creator", "credit", "email", "managingeditor", "name", "person"}
_PEOPLE |= {"publisher", "sort_name", "webmaster"}
_CONTAINERS = ROOTS | ITEMS | {"author", "categories", "category", "contributor", "group", "image", "items"}
_CONTAINERS |= {"skipdays", "skiphours", "source", "textinput"}
_BODIES = {"abstract", "body", "content", "copyright", "description", "encoded", "fullitem", "info", "rights"}
_BODIES |= {"subtitle", "summary", "tagline", "title"}
DATES = ("pubdate", "published", "issued", "date", "updated", "modified", "created")
_FEED_DATES = {*DATES, "lastbuilddate"}
_KEYWORDS = {"keywords", "tags", "valid", "duration", "explicit"}
_HTML = {"", "text", "html", "xhtml", "text/plain", "text/html", "application/xhtml+xml"}
_VOID = {"area", "br", "col", "embed", "hr", "img", "input", "meta", "source", "wbr"}
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_URI = re.compile(r"[\s{}<>|\\^`\"]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


class _Entry:
    """One entry: what is written of it, its dates, and how often it has each field."""

    def __init__(self, ordinal: int = 0) -> None:
        self.ordinal = ordinal
        self.parts: list[str] = []
        self.dates: dict[str, str] = {}
        self.counts: dict[str, int] = {}

    def at(self) -> datetime | None:
        return moment(next((self.dates[name] for name in DATES if name in self.dates), ""))


class _Field:
    """An element that is no container, with the place of its start tag, which may have to be rewritten."""

    def __init__(self, local: str, depth: int) -> None:
        self.local, self.depth = local, depth
        self.slot = 0
        self.attributes: dict[str, str] = {}
        self.name = ""
        self.elements = 0
        self.is_markup = False  # elements have been turned into text: it is HTML, whatever it says
        self.is_priced = False  # elements have been turned into attributes


class Sieve:
    """Takes the events of a document: `start`, `end` and `text`; `document` is what came through.

    Raises Unreadable at the event that no honest feed has.
    """

    def __init__(self) -> None:
        self._head: list[str | _Entry] = []
        self._dates_at: set[int] = set()  # the places in the head where a date of the feed itself stands
        self._entries: list[_Entry] = []
        self._entry: _Entry | None = None
        self._entry_depth = 0
        self._feed = _Entry()
        self._field: _Field | None = None
        self._person = False
        self._room = SHORT
        self._ends: list[str] = []
        self._scopes: list[dict[str, str]] = [{"xml": "http://www.w3.org/XML/1998/namespace"}]
        self._depth = 0
        self._dropped_at = 0  # the depth of the element that is left out with all that it holds
        self._words: list[str] = []
        self._length = 0

    @property
    def is_within_field(self) -> bool:
        """Whether what comes next belongs to a description or the like, and is no structure."""
        return self._field is not None

    def start(self, name: str, attributes: list[tuple[str, str]]) -> None:
        self._flush()
        if len(attributes) > ATTRIBUTES:
            raise Unreadable("too-many-attributes")
        self._depth += 1
        if self._depth > DEPTH:
            raise Unreadable("too-deep")
        if self._dropped_at:
            return
        prefix, _, local = name.rpartition(":")
        if self._field is not None:
            self._inner(local.lower(), attributes)
        elif not self._outer(name, prefix.lower(), local.lower(), attributes):
            self._dropped_at = self._depth

    def end(self) -> None:
        self._flush()
        if self._dropped_at:
            if self._dropped_at == self._depth:
                self._dropped_at = 0
            self._depth -= 1
            return
        self._write(self._ends.pop())
        if self._field is None:
            self._scopes.pop()
            self._person, self._room = False, SHORT
        elif self._field.depth == self._depth:
            self._close_field(self._field)
            self._scopes.pop()
        if self._entry is not None and self._entry_depth == self._depth:
            self._entry = None
        self._depth -= 1

    def text(self, words: str) -> None:
        self._length += len(words)
        if self._length > TEXT:
            raise Unreadable("too-long-text")
        if self._ends and not self._dropped_at:
            self._words.append(words)

    def document(self) -> bytes:
        """All that came through, with the newest entries in their order."""
        kept = {id(one) for one in self._newest()}
        parts: list[str] = []
        for part in self._head:
            if isinstance(part, str):
                parts.append(part)
            elif id(part) in kept:
                parts.extend(part.parts)
        return "".join(parts).encode("utf-8", "replace")

    def around(self) -> str:
        """All that came through besides the entries and the dates of the feed itself."""
        parts = (part for place, part in enumerate(self._head) if place not in self._dates_at)
        return "".join(part for part in parts if isinstance(part, str) and part.strip())

    @property
    def entries(self) -> int:
        """How many entries there are."""
        return len(self._entries)

    @property
    def left_out(self) -> int:
        """How many older entries the document holds beside the newest."""
        return max(len(self._entries) - NEWEST, 0)

    def dated(self) -> dict[str, set[str]]:
        """Which dates each entry gives, by its ordinal, whether they can be read or not."""
        return {str(one.ordinal): set(one.dates) for one in self._entries}

    def _newest(self) -> list[_Entry]:
        return newest(self._entries, _Entry.at)

    def _outer(self, name: str, prefix: str, local: str, attributes: list[tuple[str, str]]) -> bool:
        """Begin a container or a field; False where it is to be left out."""
        declared = {key[6:]: value for key, value in attributes if key.startswith("xmlns:") and value}
        scope = self._scopes[-1] | declared if declared else self._scopes[-1]
        written_prefix = name.rpartition(":")[0]
        missing = ""
        if written_prefix and written_prefix not in scope:
            missing = USUAL.get(prefix, "")
        if not _is_known(written_prefix, missing or scope.get(written_prefix, "")) or not self._counts(local):
            return False
        kept = dict(_kept(attributes, scope))
        if missing:
            scope = scope | {written_prefix: missing}
            kept[f"xmlns:{written_prefix}"] = missing
        self._scopes.append(scope)
        self._ends.append(f"</{name}>")
        if local in ITEMS and self._entry is None:
            self._entry, self._entry_depth = _Entry(len(self._entries) + 1), self._depth
            self._entries.append(self._entry)
            if len(self._entries) > ENTRIES:
                raise Unreadable("too-large")
            self._head.append(self._entry)
            self._write(_tag(name, kept))
            self._write(f'<{ORDINAL} xmlns="">{self._entry.ordinal}</{ORDINAL}>')
            return True
        self._person = local in _PEOPLE
        self._room = SHORT
        if local not in _CONTAINERS and (prefix, local) != ("media", "content"):
            field = self._field = _Field(local, self._depth)
            field.name, field.attributes = name, kept
            if prefix == "media" and local in _BODIES:
                kept.setdefault("type", "plain")  # by its specification; feedparser would take it for HTML
            field.slot = len(self._entry.parts if self._entry is not None else self._head)
            field.is_markup = local in _BODIES and kept.get("type", "").lower().endswith("xhtml")
            field.is_markup |= kept.get("type", "").lower() == "application/xhtml+xml"
            self._room = BODY if local in _BODIES else SHORT if local in _KEYWORDS or local in DATES else FIELD
            self._room = PERSON if self._person else self._room
        self._write(_tag(name, kept))
        return True

    def _inner(self, local: str, attributes: list[tuple[str, str]]) -> None:
        """An element within a field: markup becomes text, anything else is left out."""
        field = self._field
        assert field is not None
        link = next((value[:FIELD] for key, value in attributes if key.lower() == "href"), "")
        tag = _tag(local, {"href": _ILLEGAL.sub("", link)} if link and local == "a" else {})
        field.elements += 1
        self._room = self._room - len(tag) if field.elements <= ELEMENTS else -1
        is_link = field.local == "link" and "href" in field.attributes
        is_first = local != "price" or CURRENCY not in field.attributes
        if is_link and local in ("indirectacquisition", "price") and is_first and self._room >= 0:
            _offer(field, local, attributes)
            self._ends.append("")
            return
        htmlish = field.local in _BODIES and field.attributes.get("type", "").lower() in _HTML
        if not htmlish or self._room < 0 or not _NAME.fullmatch(local):
            self._dropped_at = self._depth
            return
        field.is_markup = True
        self._write(escape(tag))
        self._ends.append("" if local in _VOID else f"&lt;/{local}&gt;")

    def _close_field(self, field: _Field) -> None:
        if field.is_markup or field.is_priced:
            if field.is_markup:
                field.attributes.pop("mode", None)
                field.attributes["type"] = "html"
            tag = _tag(field.name, field.attributes)
            parts: list[str] | list[str | _Entry] = self._entry.parts if self._entry is not None else self._head
            parts[field.slot] = tag
        self._field, self._person, self._room = None, False, SHORT

    def _counts(self, local: str) -> bool:
        """Whether the entry, or the feed itself, may have one more element of this name."""
        if local == ORDINAL:  # one that is not ours
            return False
        if local in ITEMS and self._entry is None:
            return True
        counts = (self._entry or self._feed).counts
        counts[local] = counts.get(local, 0) + 1
        counts[""] = counts.get("", 0) + 1
        return counts[local] <= REPEATS and counts[""] <= FIELDS

    def _flush(self) -> None:
        """Write the text since the last tag, as much of it as there is room for."""
        if not self._words:
            self._length = 0
            return
        words = _ILLEGAL.sub("", "".join(self._words))
        self._words, self._length = [], 0
        if not words.strip():
            words = words[:1]
        if self._person:
            words = words.encode()[: max(self._room, 0)].decode("utf-8", "ignore")
            self._room -= len(words.encode())
        else:
            words = words[: max(self._room, 0)]
            self._room -= len(words)
        if self._field is not None and self._entry is not None:
            if self._field.local in DATES:
                self._entry.dates.setdefault(self._field.local, words)
        elif self._field is not None and self._field.local in _FEED_DATES:
            self._dates_at.add(len(self._head))
        if self._field is not None and self._field.is_markup:
            words = escape(words)
        self._write(escape(words))

    def _write(self, part: str) -> None:
        if self._entry is not None:
            self._entry.parts.append(part)
        else:
            self._head.append(part)


def told(words: str) -> str:
    """A field as it comes through, without the space around it."""
    return _ILLEGAL.sub("", words)[:FIELD].strip()


def _offer(field: _Field, local: str, attributes: list[tuple[str, str]]) -> None:
    """Keep of an element within the link of a catalog what tells the terms of the offer."""
    said = {name.lower(): "".join(_ILLEGAL.sub("", value).split()) for name, value in attributes}
    field.is_priced = True
    if local == "price":
        field.attributes[CURRENCY] = said.get("currencycode", "")[:SHORT]
    elif kind := said.get("type", ""):
        field.attributes[TYPES] = f"{field.attributes.get(TYPES, '')} {kind}".strip()[:FIELD]


def _is_known(prefix: str, uri: str) -> bool:
    return not prefix or (bool(uri) and (uri.lower() in KNOWN or prefix.lower() in USUAL))


def _kept(attributes: list[tuple[str, str]], scope: dict[str, str]) -> list[tuple[str, str]]:
    kept = []
    for name, value in attributes:
        value = _ILLEGAL.sub("", value[:FIELD])
        prefix, colon, local = name.rpartition(":")
        if prefix == "xmlns":
            wanted = local not in ("xml", "xmlns") and _is_known(local, value)
            value = value if value.lower() in KNOWN else USUAL.get(local.lower(), value)
        elif name == "xmlns":
            wanted = not _NO_URI.search(value)  # parsers part a name from its namespace by such characters
        else:
            wanted = not colon or (prefix in ("xml", "rdf") and prefix in scope) or scope.get(prefix) == SCHEMA
        if wanted and _NAME.fullmatch(local):
            kept.append((name, value))
    return kept


def _tag(name: str, attributes: dict[str, str]) -> str:
    return "".join([f"<{name}", *(f" {key}={quoteattr(value)}" for key, value in attributes.items()), ">"])
