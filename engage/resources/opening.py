"""Opens a file that came in: what it is by its first bytes, and what is packed in it, within limits.

Only gzip is ever unpacked, in a process of its own and into nothing but memory. Run as
`python -m engage.resources.opening <most>` it unpacks the file that is its input, to learn that it may be.
Source: SAFETY.md, U2.
"""

import codecs
import json
import struct
import sys
import zlib
from pathlib import Path
from typing import BinaryIO

from engage.outside import confine

PIECE = 64 * 1024
RATIO = 100
MEMBERS = 100
GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
LIFE_SECONDS = 10
WORKBOOK = "This is an Excel workbook or an archive. Save the table in it as CSV, and choose that."
ARCHIVE = "This is an archive. Unpack it, and choose the file in it."
PICTURE = "This is a picture."
PROGRAM = "This is a program."
SWELLS = "The compressed file unpacks to far more than it should."
DAMAGED = "The compressed file is damaged."
# archives, pictures and papers; what people take for a table most often stands first
KINDS = (
    (b"PK\x03\x04", WORKBOOK),
    (b"PK\x05\x06", WORKBOOK),
    (b"PK\x07\x08", WORKBOOK),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook, or one with a password. Save it as CSV, and choose that."),
    (b"%PDF", "This is a PDF. Ask for the same as MARC or CSV."),
    (GZIP, "This is packed twice. Unpack it, and choose the file in it."),
    (b"7z\xbc\xaf", ARCHIVE),
    (b"Rar!", ARCHIVE),
    (b"BZh", ARCHIVE),
    (b"\xfd7zXZ", ARCHIVE),
    (b"\x28\xb5\x2f\xfd", ARCHIVE),
    (b"\x1f\x9d", ARCHIVE),
    (b"MSCF\x00", ARCHIVE),
    (b"\x89PNG", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF8", PICTURE),
    (b"\x7fELF", PROGRAM),
    (b"MZ\x90", PROGRAM),
)
# a tape archive says what it is behind the name of its first file
TAPE = slice(257, 262), b"ustar"
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# control characters that neither a table nor MARC has; of what is packed or drawn every tenth is one
NOISE = bytes({*range(1, 32), 127} - set(b"\t\n\r\x1a\x1b\x1d\x1e\x1f"))
SEEN = 4_096
NEITHER = "This is neither MARC nor MARCXML, and no table either."


class NoFile(Exception):
    """The file is none that can be read, or not further than this, in one sentence."""


def check_from_outside(path: Path, most: int) -> bool:
    """Whether a file is packed; nothing of it is unpacked. most: bytes that it may have, unpacked. Raises NoFile."""
    size = path.stat().st_size
    with path.open("rb") as file:
        first = file.read(PIECE)
        file.seek(max(0, size - 4))
        last = file.read(4)
    if not first.startswith(GZIP):
        check_kind(first)
        return False
    # what it says of itself: the size of its last member, which may lie and is looked at again while unpacking
    said = struct.unpack("<I", last.rjust(4, b"\x00"))[0]
    if said > most or said > RATIO * max(size, PIECE):
        raise NoFile(SWELLS)
    return True


def check_kind(first: bytes) -> None:
    """Refuse what begins as no table and no records do. first: the first bytes. Raises NoFile."""
    for magic, why in KINDS:
        if first.startswith(magic):
            raise NoFile(why)
    where, magic = TAPE
    if first[where] == magic:
        raise NoFile(ARCHIVE)
    seen = first[:SEEN]
    if not first.startswith(UTF16) and len(seen) - len(seen.translate(None, NOISE)) > max(8, len(seen) // 50):
        raise NoFile(NEITHER)


class Pieces:
    """The bytes of a file, unpacked where it is gzip, never more than a limit."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self.file, self.most = file, most
        self.given = 0
        self.ahead = file.read(PIECE)
        self.taken = len(self.ahead)
        self.members = 1
        self.unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if self.ahead[:2] == GZIP else None
        self.ahead = self.read().removeprefix(BOM)
        check_kind(self.ahead)

    def peek(self) -> bytes:
        """The first bytes, which are still to be read."""
        return self.ahead

    def read(self, size: int = PIECE) -> bytes:
        """The next bytes, as many as come; none at the end. Raises NoFile."""
        if self.given and self.ahead:
            given, self.ahead = self.ahead, b""
            return given
        given = b""
        while not given:
            packed, self.ahead = self.ahead, b""
            if self.unpacker and not packed:
                packed = self.unpacker.unconsumed_tail or self.unpacker.unused_data
            if not packed:
                packed = self.file.read(PIECE)
                self.taken += len(packed)
            if not packed:
                if self.unpacker and not self.unpacker.eof:
                    raise NoFile(DAMAGED)
                break
            given = self._unpacked(packed) if self.unpacker else packed
        self.given += len(given)
        if self.given > self.most:
            raise NoFile(f"The file is larger than {self.most // 2**20} MB; divide it.")
        return given

    def _unpacked(self, packed: bytes) -> bytes:
        assert self.unpacker
        try:
            if self.unpacker.eof:
                self._begin_member()
            given = self.unpacker.decompress(packed, PIECE)
        except zlib.error as exc:
            raise NoFile(DAMAGED) from exc
        if self.given + len(given) > RATIO * max(self.taken, PIECE):
            raise NoFile(SWELLS)
        return given

    def _begin_member(self) -> None:
        self.members += 1
        if self.members > MEMBERS:
            raise NoFile(f"This is packed in more than {MEMBERS} parts. Unpack it, and choose the file in it.")
        self.unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)


def main() -> None:
    """Unpack the file that is the standard input and throw away what comes. Argument: how many bytes may come."""
    most, said = int(sys.argv[1]), {"end": True}
    confine.shut_in()
    confine.begin_piece(LIFE_SECONDS)
    try:
        stream = Pieces(sys.stdin.buffer, most)
        while stream.read():
            pass
    except NoFile as no:
        said = {"stopped": str(no)}  # type: ignore[dict-item]
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
