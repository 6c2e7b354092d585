"""Gathers what a web page says of itself, wherever it says it, in one pass over its pieces."""

from feeds import clean
from feeds.markup import End, Start, Text, pieces
from feeds.model import TITLE

SCRIPTS = 30
KEPT = 200  # names of what a page says, and texts of one name


class Page:
    """What a page says: the texts of its meta elements and, as "item:…", of its microdata; its links by what they are.

    scripts: those of JSON-LD. tracks: the kinds of text that its films come with. document: all of it.
    """

    def __init__(self, document: str) -> None:
        self.document = document
        self.meta: dict[str, list[str]] = {}
        self.links: dict[str, str] = {}
        self.scripts: list[str] = []
        self.title = self.heading = self.language = self.base = ""
        self.tracks: set[str] = set()
        self.media: set[str] = set()
        self._reading = ""
        self._author_ends = ""
        for piece in pieces(document, page=True, scripts=True):
            if isinstance(piece, Start):
                self._start(piece)
            elif isinstance(piece, Text):
                self._words(piece.words)
            elif isinstance(piece, End):
                self._reading = "" if piece.name.lower() == self._reading else self._reading
                self._author_ends = "" if piece.name.lower() == self._author_ends else self._author_ends

    def first(self, *names: str) -> str:
        """The first text that one of the names is given."""
        return next((words for name in names for said in self.meta.get(name, ()) if (words := clean.line(said))), "")

    def _start(self, tag: Start) -> None:
        said = {key.lower(): value.strip() for key, value in reversed(tag.attributes)}
        name = tag.name.lower()
        self._reading = name if name in ("title", "h1", "script") else self._reading
        if name == "script" and "ld+json" not in said.get("type", "").lower():
            self._reading = ""
        if "itemprop" in said:
            self._property(name, said)
        if name == "meta":
            for key in ("property", "name", "http-equiv"):
                self._keep(said.get(key, "").lower(), said.get("content", ""))
        elif name == "html":
            self.language = self.language or said.get("lang", "") or said.get("xml:lang", "")
        elif name == "base":
            self.base = self.base or said.get("href", "")
        elif name == "link":
            for rel in said.get("rel", "").lower().split():
                self.links.setdefault(rel, said.get("href", ""))
        elif name == "track":
            self.tracks.add(said.get("kind", "subtitles").lower())
        elif name in ("audio", "video"):
            self.media.add(name)

    def _property(self, name: str, said: dict[str, str]) -> None:
        """A property of microdata; the name of an author stands within the author."""
        value = said.get("content") or said.get("href") or said.get("datetime") or ""
        for one in said["itemprop"].lower().split()[:5]:
            if one == "author" and "itemscope" in said:
                self._author_ends = name
            self._keep(f"item:author-{one}" if self._author_ends else f"item:{one}", value)

    def _keep(self, name: str, value: str) -> None:
        listed = self.meta.setdefault(name, []) if name and len(self.meta) < KEPT else self.meta.get(name, [])
        if value and len(listed) < KEPT:
            listed.append(value)

    def _words(self, words: str) -> None:
        if self._reading == "title":
            self.title += words[:TITLE] if len(self.title) < 2 * TITLE else ""
        elif self._reading == "h1":
            self.heading += words[:TITLE] if len(self.heading) < 2 * TITLE else ""
        elif self._reading == "script" and len(self.scripts) < SCRIPTS:
            self.scripts.append(words)
            self._reading = ""
