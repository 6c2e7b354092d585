"""Takes a file of MARC records apart, ISO 2709 or MARCXML, so that one bad record costs one record.

A record ends at its end mark, whatever its length field says; what its fields hold is then decoded as what it is,
whatever its leader says. Sources: SAFETY.md, U4; STANDARDS.md, 3.1.
"""

import re
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pymarc
from pymarc import marc8_mapping
from pymarc.exceptions import BadSubfieldCodeWarning

from engage.resources import marc_xml
from engage.resources.opening import PIECE, NoFile, Pieces

LARGEST_RECORD = 99_999
END_OF_RECORD = b"\x1d"
END_OF_FIELD = b"\x1e"
HEAD = 24
ENTRY = 12
BETWEEN = b" \t\r\n\x00\x1a"
LEADER = re.compile(rb"\d{5}[a-z ][a-zA-Z ]", re.ASCII)

ANSEL = frozenset(marc8_mapping.CODESETS[0x45]) | frozenset(marc8_mapping.ODD_MAP)
COMBINING = bytes(range(0xE0, 0xFF))
# accents that letters of the West bear; where they stand on letters that never do, the bytes mean something else
ACCENTS = bytes([0xE1, 0xE2, 0xE3, 0xE4, 0xE8, 0xE9, 0xEA])
NO_SORT = bytes([0x88, 0x89])  # round a first article


class Unreadable(Exception):
    """One record that cannot be read, in one sentence."""


@dataclass(frozen=True)
class Read:
    """One record of a file: the record, or in problem why there is none. notes: what was odd about it."""

    number: int
    record: pymarc.Record | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()


def records_in(file: BinaryIO, most: int, skip: int = 0) -> Iterator[Read]:
    """Every record of a file, in order, gzip or not; numbered from 1.

    most: bytes that are read at most, unpacked. skip: so many records are only counted.
    Raises NoFile where there is no further record to be had.
    """
    stream = Pieces(file, most)
    first = stream.peek()
    if first.lstrip(BETWEEN)[:1] == b"<" or first[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            for number, (record, problem) in enumerate(marc_xml.records(stream), 1):
                if number > skip:
                    yield Read(number, record, problem)
        except marc_xml.NoXml as no:
            raise NoFile(str(no)) from no
        return
    if not first.strip(BETWEEN):
        raise NoFile("The file is empty.")
    if not LEADER.match(first.lstrip(BETWEEN)) and END_OF_RECORD not in first:
        raise NoFile("This is neither MARC nor MARCXML.")
    for number, chunk in enumerate(chunks(stream), 1):
        if number <= skip:
            continue
        try:
            record, notes = read_record(chunk)
            yield Read(number, record, notes=notes)
        except Unreadable as no:
            yield Read(number, problem=str(no))


def chunks(stream: Pieces) -> Iterator[bytes]:
    """The bytes of each record, with its end mark if it has one.

    A false length cannot swallow a neighbour, for records are told apart by their end marks; a length is believed
    only where it is right, so that an end mark inside a field does no harm either.
    """
    held = b""
    skipping = False  # in what was too long to be a record
    while piece := stream.read(PIECE):
        held += piece
        while True:
            held = held if skipping else held.lstrip(BETWEEN)
            end = _end(held)
            if end < 0:
                break
            if not skipping:
                yield held[:end]
            held, skipping = held[end:], False
        if len(held) > 2 * LARGEST_RECORD:
            if not skipping:
                yield held
            held, skipping = b"", True
    if held.strip(BETWEEN) and not skipping:
        yield held


def _end(held: bytes) -> int:
    """Where the first record ends; -1 where its end has not come yet."""
    mark = held.find(END_OF_RECORD) + 1
    if mark == 0:
        return -1
    length = int(held[:5]) if held[:5].isdigit() else 0
    rest = held[mark : mark + 7]
    if length > mark and held[length - 1 : length] == END_OF_RECORD and rest and not LEADER.match(rest):
        return length
    return mark


def read_record(chunk: bytes) -> tuple[pymarc.Record, tuple[str, ...]]:
    """The record in its bytes, and what was odd about it. Raises Unreadable, whatever the bytes are."""
    if len(chunk) > LARGEST_RECORD:
        raise Unreadable("It is longer than a record can be, or its end mark is missing.")
    if not chunk.endswith(END_OF_RECORD):
        raise Unreadable("It ends before its end mark: the file was cut off.")
    notes: list[str] = []
    chunk = _whole(chunk, notes)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", BadSubfieldCodeWarning)
            record = _decoded(chunk, notes)
    except Exception as exc:
        raise Unreadable(f"It cannot be read ({type(exc).__name__}).") from exc
    return record, tuple(notes)


def _whole(chunk: bytes, notes: list[str]) -> bytes:
    """The record with a length and a directory that are right. Raises Unreadable."""
    if len(chunk) < HEAD + 2:
        raise Unreadable("It is too short to be a record.")
    if not chunk[:5].isdigit() or int(chunk[:5]) != len(chunk):
        notes.append("Its length field is wrong.")
        chunk = b"%05d" % len(chunk) + chunk[5:]
    if not chunk[:HEAD].isascii():
        raise Unreadable("Its leader cannot be read.")
    base = int(chunk[12:17]) if chunk[12:17].isdigit() else 0
    end = chunk.find(END_OF_FIELD)
    if base != end + 1 or end < HEAD:
        if end < HEAD or (end - HEAD) % ENTRY:
            raise Unreadable("Its directory cannot be read.")
        base = end + 1
        chunk = chunk[:12] + b"%05d" % base + chunk[17:]
        notes.append("The place where its fields begin is wrong.")
    directory = chunk[HEAD:end]
    if len(directory) % ENTRY or not directory:
        raise Unreadable("Its directory cannot be read.")
    entries = [directory[at : at + ENTRY] for at in range(0, len(directory), ENTRY)]
    if not all(entry.isascii() and entry[3:].isdigit() for entry in entries):
        raise Unreadable("Its directory cannot be read.")
    data = chunk[base:-1]
    if all(_fits(entry, data) for entry in entries):
        return chunk
    return _mended(chunk[:HEAD], entries, data, notes)


def _fits(entry: bytes, data: bytes) -> bool:
    """Whether a field lies where the directory says: from the end mark of another one to its own."""
    length, start = int(entry[3:7]), int(entry[7:12])
    end = start + length
    return (
        length > 0
        and end <= len(data)
        and data[end - 1 : end] == END_OF_FIELD
        and (start == 0 or data[start - 1 : start] == END_OF_FIELD)
    )


def _mended(head: bytes, entries: list[bytes], data: bytes, notes: list[str]) -> bytes:
    """The record with a directory made anew: programs that count letters instead of bytes write wrong ones."""
    fields = data.removesuffix(END_OF_FIELD).split(END_OF_FIELD)
    if len(fields) != len(entries):
        raise Unreadable("Its directory points to places where no field is.")
    notes.append("Its directory is wrong; the fields were told apart by their end marks.")
    made, start = b"", 0
    for entry, field in zip(sorted(entries, key=lambda entry: int(entry[7:])), fields, strict=True):
        made += entry[:3] + b"%04d%05d" % (len(field) + 1, start)
        start += len(field) + 1
    body = made + END_OF_FIELD + data.removesuffix(END_OF_FIELD) + END_OF_FIELD + END_OF_RECORD
    return b"%05d" % (HEAD + len(body)) + head[5:12] + b"%05d" % (HEAD + len(made) + 1) + head[17:] + body


def _decoded(chunk: bytes, notes: list[str]) -> pymarc.Record:
    """The record read as what its bytes are: Leader/09 lies both ways."""
    says_unicode = chunk[9:10] == b"a"
    if chunk.isascii() and b"\x1b" not in chunk:
        return pymarc.Record(chunk, force_utf8=True)
    if _is_utf8(chunk):
        if not says_unicode:
            notes.append("It says MARC-8 and is UTF-8.")
        return pymarc.Record(chunk, force_utf8=True)
    told = chunk[:9] + b" " + chunk[10:]
    if _is_marc8(chunk):
        if says_unicode:
            notes.append("It says UTF-8 and is MARC-8.")
        return pymarc.Record(told, hide_utf8_warnings=True)
    if not says_unicode:
        notes.append("It says MARC-8 and is Windows-1252.")
        return pymarc.Record(told, file_encoding="cp1252" if _is_windows(chunk) else "latin-1")
    notes.append("Some of its letters are damaged.")
    return pymarc.Record(chunk, force_utf8=True, utf8_handling="replace")


def _is_utf8(chunk: bytes) -> bool:
    try:
        chunk.decode("utf-8")
    except UnicodeDecodeError:
        return False
    # a change of character set is MARC-8; in UTF-8 there is none
    return b"\x1b" not in chunk


def _is_marc8(chunk: bytes) -> bool:
    """Whether the bytes make sense as MARC-8: letters it has, and accents before the letter that they belong to."""
    if b"\x1b" in chunk:
        return True
    fitting = strange = 0
    for place, byte in enumerate(chunk):
        if byte < 0x80:
            continue
        if byte not in ANSEL and byte not in NO_SORT:
            return False
        after = chunk[place + 1 : place + 2]
        if byte in COMBINING and not after.isalpha() and after not in (b"", b" ") and after[0] < 0x80:
            return False
        if byte in ACCENTS and after.isalpha():
            both = unicodedata.normalize("NFC", after.decode() + chr(marc8_mapping.CODESETS[0x45][byte][0]))
            fitting, strange = fitting + (len(both) == 1), strange + (len(both) > 1)
    return strange == 0 or strange < fitting


def _is_windows(chunk: bytes) -> bool:
    try:
        chunk.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return True
