"""Cuts a feed at its entries, so that those which say what they said before need not be read again.

What decides whether an entry says the same is a digest of its bytes and of all around the entries but dates. Only what
is well-formed is cut, and only where entries stand right within the feed; all else is read whole. What is left goes
through the sieve as any document does. Source: shared/bench/GOALS.md, 3.
"""

import hashlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from xml.parsers import expat

from feeds.guard import FRONT, sifted
from feeds.model import SLICE, Unreadable, newest
from feeds.moments import moment
from feeds.sieve import DATES, ENTRIES, ITEMS, ROOTS, Sieve, told

# what tells an entry from others, the best first
_NAMES = ("guid", "id", "feedburner:origlink", "link")


@dataclass(frozen=True)
class Part:
    """What is to be read of a document: what came through the sieve, without the entries that are known.

    slices: the digest of each entry that has one, in their order, and its ordinal in the sieve; "" for a known one.
    left_out: how many entries there are besides the newest.
    """

    sieve: Sieve
    slices: tuple[tuple[str, str], ...] = ()
    left_out: int = 0

    @property
    def unchanged(self) -> int:
        """How many entries are known."""
        return sum(not ordinal for _, ordinal in self.slices)


def unknown(text: str, salt: str, known: Collection[str]) -> Part:
    """The part of a document that is not known, or the whole where it cannot be cut.

    salt: what else decides what an entry says. known: digests of an earlier reading. Raises Unreadable.
    """
    document = text.lstrip(FRONT).encode("utf-8", "replace")
    knife = _Knife(document)
    if knife.is_sound():
        taken = newest(knife.entries, _Entry.at)
        digests = _digests(document, knife.entries, salt)
        new = (one.start for one in taken if digests.get(one.start) not in known)
        ordinals = {start: str(ordinal) for ordinal, start in enumerate(new, 1)}
        sieve = sifted(_without(document, [one for one in knife.entries if one.start not in ordinals]))[0]
        if sieve.entries == len(ordinals):  # else something was taken for an entry that is none
            slices = ((digests[one.start], ordinals.get(one.start, "")) for one in taken if one.start in digests)
            return Part(sieve, tuple(slices), len(knife.entries) - len(taken))
    sieve = sifted(text)[0]
    return Part(sieve, (), sieve.left_out)


class _Entry:
    """One entry: where its bytes begin and end, how much stands before it that is no entry, and what it is called."""

    def __init__(self, start: int, place: int) -> None:
        self.start, self.end, self.place = start, 0, place
        self.elements = 0
        self.said: dict[str, str] = {}  # names and dates

    def name(self) -> str:
        return next((self.said[one] for one in _NAMES if self.said.get(one)), "")

    def at(self) -> datetime | None:
        return moment(next((self.said[one] for one in DATES if one in self.said), ""))


def _digests(document: bytes, entries: list[_Entry], salt: str) -> dict[int, str]:
    """Digests by where an entry begins, without those that have no name of their own: what such an entry is depends on
    others."""
    around = sifted(_without(document, entries))[0].around()
    begun = hashlib.sha256(f"{salt} {around}".encode("utf-8", "replace"))
    named = Counter(one.name() for one in entries)
    digests = {}
    for one in entries:
        if one.name() and named[one.name()] == 1:
            digest = begun.copy()
            digest.update(b"%d " % one.place + document[one.start : one.end])
            digests[one.start] = digest.hexdigest()[:SLICE]
    return digests


def _without(document: bytes, entries: list[_Entry]) -> str:
    starts = [*(one.start for one in entries), len(document)]
    ends = [0, *(one.end for one in entries)]
    return b"".join(document[end:start] for end, start in zip(ends, starts, strict=True)).decode()


class _Knife:
    """Goes through a document and finds its entries."""

    def __init__(self, document: bytes) -> None:
        self.entries: list[_Entry] = []
        self._document = document
        self._entry: _Entry | None = None
        self._entry_depth = 0
        self._depth = 0
        self._roots = 0  # how many elements that may hold entries are open, from the outermost on
        self._place = 0
        self._odd = False
        self._heard = ""
        parser = self._parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.UseForeignDTD(True)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.EntityDeclHandler = self._refuse

    def is_sound(self) -> bool:
        """Whether the document is well-formed and each entry stands where entries do. Raises Unreadable."""
        try:
            self._parser.Parse(self._document, True)
        except expat.ExpatError:
            return False
        return not self._odd

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        name = name.lower()
        local = name.rpartition(":")[2]
        if self._entry is None:
            if local in ITEMS:
                self._begin()
                return
            self._place += 1
            if local in ROOTS and self._roots == self._depth - 1:
                self._roots = self._depth
            return
        self._entry.elements += 1
        self._odd = self._odd or local in ITEMS
        self._listen("")
        if self._depth == self._entry_depth + 1:
            if local == "link" and "href" in attributes:
                self._entry.said.setdefault("link", told(attributes["href"]))
            elif name in _NAMES:
                self._listen(name)
            elif local in DATES:
                self._listen(local)

    def _end(self, _: str) -> None:
        self._listen("")
        if self._entry is not None and self._depth == self._entry_depth:
            # one that is empty may end with its start tag, so that no end tag can be looked for
            self._odd = self._odd or not self._entry.elements
            self._entry.end = self._document.index(b">", self._parser.CurrentByteIndex) + 1
            self._entry = None
        self._depth -= 1
        self._roots = min(self._roots, self._depth)

    def _begin(self) -> None:
        self._odd = self._odd or self._roots != self._depth - 1
        self._entry, self._entry_depth = _Entry(self._parser.CurrentByteIndex, self._place), self._depth
        self.entries.append(self._entry)
        if len(self.entries) > ENTRIES:
            raise Unreadable("too-large")

    def _listen(self, name: str) -> None:
        """Hear the text that comes next as what the entry says under this name; "" for none."""
        if name != self._heard:
            self._heard = name
            self._parser.CharacterDataHandler = self._hear if name else None

    def _hear(self, words: str) -> None:
        if self._entry is not None:
            self._entry.said.setdefault(self._heard, told(words))

    def _refuse(self, *_: object) -> None:
        raise Unreadable("entities")
