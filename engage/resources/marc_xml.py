"""Takes MARCXML apart, a piece at a time; it refuses what a record has no need of.

Source: SAFETY.md, F7.
"""

import xml.sax
from collections.abc import Callable, Iterator
from typing import Any, Protocol
from xml.sax import handler as sax

import pymarc
from pymarc.marcxml import MARC_XML_NS, XmlHandler

PIECE = 64 * 1024
LEADER = 24
DEEPEST = 200
MOST_ATTRIBUTES = 200


class NoXml(Exception):
    """There is no further record to be had, and why, in one sentence."""


class Reading(Protocol):
    """What bytes are read from, a piece at a time."""

    def read(self, size: int, /) -> bytes:
        """Up to so many bytes; none at the end."""


def records(stream: Reading) -> Iterator[tuple[pymarc.Record | None, str]]:
    """Each record, or None and why there is none. The first thing that is no XML ends it. Raises NoXml."""
    reader, found = xml.sax.make_parser(), _Found()
    reader.setContentHandler(found)
    reader.setFeature(sax.feature_namespaces, True)
    reader.setFeature(sax.feature_external_ges, False)
    reader.setFeature(sax.feature_external_pes, False)
    reader.setProperty(sax.property_lexical_handler, found)
    number, problem = 0, None
    while problem is None:
        piece = stream.read(PIECE)
        try:
            if piece:
                reader.feed(piece)  # type: ignore[attr-defined]
            else:
                reader.close()  # type: ignore[attr-defined, unused-ignore]
        except (xml.sax.SAXException, ValueError) as exc:
            problem = exc
        taken = found.take()
        number += len(taken)
        yield from taken
        if not piece:
            break
    if problem is not None and number == 0:
        raise NoXml(NOT_ONE) from problem
    if problem is not None:
        raise NoXml(f"After record {number} the file is no XML any more.") from problem
    if number == 0:
        raise NoXml("There is no MARC record in this XML.")


NOT_ONE = "This is no MARCXML that can be read: a web page, perhaps, or a damaged file. Not one record came of it."


class _Found(XmlHandler):
    """Collects records while XML is read; refuses what a record has no need of. Source: SAFETY.md, F7."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.problem = ""
        self.depth = 0

    def take(self) -> list[tuple[pymarc.Record | None, str]]:
        """The records that came since the last time."""
        taken, self.records = self.records, []
        return taken

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:
        """An element begins; those of other vocabularies are passed over."""
        self.depth += 1
        if self.depth > DEEPEST or len(attrs) > MOST_ATTRIBUTES:
            raise xml.sax.SAXException("nested too deeply")
        if name[0] in (MARC_XML_NS, None):
            self._try(lambda: super(_Found, self).startElementNS(name, qname, attrs))  # type: ignore[no-untyped-call]

    def endElementNS(self, name: Any, qname: Any) -> None:
        """An element ends."""
        self.depth -= 1
        if name[0] not in (MARC_XML_NS, None):
            return
        if name[1] == "leader":
            # programs that write XML often count its blanks wrongly; what we need of it stands at the beginning
            self._text = ["".join(self._text).ljust(LEADER)[:LEADER]]
        self._try(lambda: super(_Found, self).endElementNS(name, qname))  # type: ignore[no-untyped-call]

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:  # noqa: BLE001 -- whatever pymarc stumbles over, it is this record's fault
            self.problem = "A field of it has no tag or no code, or is none of its kind."
            self._field = None

    def process_record(self, record: pymarc.Record) -> None:
        """A record is complete."""
        problem, self.problem = self.problem, ""
        self.records.append((None if problem else record, problem))

    def startDTD(self, *_what: Any) -> None:
        """Records have no document type; what has one may mean harm."""
        raise xml.sax.SAXException("document type")

    def endDTD(self) -> None:
        """Never reached."""

    def comment(self, _text: str) -> None:
        """Says nothing of a record."""

    def startCDATA(self) -> None:
        """Its text comes as any other."""

    def endCDATA(self) -> None:
        """Its text has come."""
