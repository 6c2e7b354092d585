"""A page that many readers share, with holes for what is each one's own; also in gzip, without packing it each time.

What gzip packs is a row of blocks. Here each run of the page between two filled holes is packed once, and so is what
comes into the holes; a packed page is these blocks in a row, and the checksum of the whole comes from those of its
parts. A hole is wider than what comes into it, and a comment fills it up: so whatever follows stands at the same place
for everybody, and a block may point back to what is alike before it, without which it would be twice as large.
Source: RFC 1951, 3.2; RFC 1952, 2.3; the sum of two checksums: crc32_combine of zlib.
"""

import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from itertools import accumulate
from operator import xor
from typing import NamedTuple

LEVEL = 6
HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
LAST = b"\x03\x00"
LONGEST = 1 << 20
MOST_ROWS = 64
# bytes by which what comes into a hole may be longer than what stands there for somebody with nothing of one's own
ROOM = 400
# bytes before a block that it may point back to, a few things on a list: the more, the longer it takes to pack it
BEFORE = 4_096
# stands in no page, which is UTF-8: so nothing points back to a hole
NOTHING = b"\xff"
COMMENT = b"<!--%s-->"
POLYNOMIAL = 0xEDB88320
Tables = tuple[tuple[int, ...], ...]


class Piece(NamedTuple):
    """A part of a page. packed: deflated, up to a whole byte; crc, length: of what it is unpacked."""

    packed: bytes
    crc: int
    length: int


class Part(NamedTuple):
    """What stands in a hole."""

    plain: bytes
    piece: Piece


# the parts by the numbers of their holes, which rise
Own = Sequence[tuple[int, Part]]
Row = Sequence[bytes]


def packed(plain: bytes | memoryview, before: bytes = b"") -> Piece:
    """It, packed. before: what stands right before it wherever it is used, NOTHING where that differs."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=before)
    return Piece(packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH), zlib.crc32(plain), len(plain))


def part(text: str) -> Part:
    """What is to stand in a hole."""
    return _part(text.encode())


def _part(plain: bytes) -> Part:
    return Part(plain, packed(plain))


@lru_cache(maxsize=2048)
def filler(length: int) -> Part:
    """A comment of so many bytes; nothing where that is too short for one."""
    inside = length - len(COMMENT % b"")
    return _part(COMMENT % (b" " * inside) if inside >= 0 else b"")


@dataclass(eq=False)
class Holed:
    """The page of somebody with nothing of one's own.

    cuts: where its texts and holes begin, in turns, and where it ends; the hole of number n is between cuts 2n + 1 and
    2n + 2. blocks: what was packed of it, by the cuts at its begin and end. rows: whole pages made of these, by what is
    in the holes, so that whoever asks again has nothing added up.
    """

    plain: bytes
    cuts: Sequence[int]
    blocks: dict[tuple[int, int], Piece] = field(default_factory=dict)
    rows: dict[tuple[tuple[int, Part], ...], Row] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes that it takes up at most, about: it shrinks to a fifth, and has as many lengths of blocks."""
        return 2 * len(self.plain) + 600 * len(self.cuts) + 2_000 * MOST_ROWS

    def filled(self, own: Own) -> list[bytes | memoryview]:
        """The page with these parts, in a row of pieces."""
        view, at = memoryview(self.plain), 0
        row: list[bytes | memoryview] = []
        for number, mine in own:
            row += (view[at : self.cuts[2 * number + 1]], mine.plain, filler(self._left(number, mine)).plain)
            at = self.cuts[2 * number + 2]
        row.append(view[at:])
        return row

    def packed(self, own: Own) -> Row:
        """The same as one member of gzip, in a row of pieces."""
        key = tuple(own)
        made = self.rows.get(key)
        if made is None:
            if len(self.rows) >= MOST_ROWS:
                del self.rows[next(iter(self.rows))]
            made = self.rows[key] = self._packed(own)
        return made

    def _left(self, number: int, mine: Part) -> int:
        """How many bytes of a hole a part leaves over; below 0 where it is longer."""
        return self.cuts[2 * number + 2] - self.cuts[2 * number + 1] - len(mine.plain)

    def _packed(self, own: Own) -> Row:
        left = [self._left(number, mine) for number, mine in own]
        rest = [filler(each) for each in left]
        if left != [len(each.plain) for each in rest]:
            # something is longer than its hole, so that blocks would point back to the wrong place
            return [gzip.compress(b"".join(self.filled(own)), LEVEL, mtime=0)]
        row: list[Piece] = []
        at = 0
        for (number, mine), after in zip(own, rest, strict=True):
            row += self._run(at, 2 * number + 1)
            row += (mine.piece, after.piece)
            at = 2 * number + 2
        row += self._run(at, len(self.cuts) - 1)
        crc = length = 0
        for each in row:
            # what a checksum adds to that of the whole, where so many bytes follow: here, since a call costs as much
            a, b, c, d, e, f, g, h = _tables(each.length)
            low = a[crc & 15] ^ b[crc >> 4 & 15] ^ c[crc >> 8 & 15] ^ d[crc >> 12 & 15]
            high = e[crc >> 16 & 15] ^ f[crc >> 20 & 15] ^ g[crc >> 24 & 15] ^ h[crc >> 28]
            crc = low ^ high ^ each.crc
            length += each.length
        sums = crc.to_bytes(4, "little") + (length & 0xFFFFFFFF).to_bytes(4, "little")
        return [HEAD, *[each.packed for each in row], LAST, sums]

    def _run(self, begin: int, end: int) -> list[Piece]:
        """What is between two cuts, in blocks."""
        return [self.blocks.get(span) or self._block(span) for span in _spans(begin, end)]

    def _block(self, span: tuple[int, int]) -> Piece:
        begin, end = (self.cuts[cut] for cut in span)
        block = self.blocks[span] = packed(memoryview(self.plain)[begin:end], self._before(span[0]))
        return block

    def _before(self, cut: int) -> bytes:
        """What is the same for everybody right before a cut."""
        end = self.cuts[cut]
        begin = max(0, end - BEFORE)
        text = bytearray(self.plain[begin:end])
        for opens, closes in zip(self.cuts[1:cut:2], self.cuts[2 : cut + 1 : 2], strict=False):
            if closes > begin:
                opens = max(opens, begin)
                text[opens - begin : closes - begin] = NOTHING * (closes - opens)
        return bytes(text)


def holed(pieces: Sequence[bytes], bare: Sequence[bytes]) -> Holed:
    """A page from the pieces between its holes, and what stands in each hole for somebody with nothing of one's own."""
    row = [pieces[0]]
    for inside, after in zip(bare, pieces[1:], strict=True):
        row += (inside + filler(ROOM).plain, after)
    return Holed(b"".join(row), (0, *accumulate(map(len, row))))


@lru_cache(maxsize=10_000)
def _spans(begin: int, end: int) -> tuple[tuple[int, int], ...]:
    """The way from one cut to another in steps of 1, 2, 4 … that begin at multiples of their length.

    So readers with other marks share most of the blocks, and there are never more than twice as many as cuts.
    """
    if begin >= end:
        return ()
    after = begin + min(begin & -begin or LONGEST, 1 << (end - begin).bit_length() - 1)
    return ((begin, after), *_spans(after, end))


@lru_cache(maxsize=2048)
def _tables(length: int) -> Tables:
    """Where each four bits of a checksum go when so many bytes follow."""
    power, factor = 1 << 31, 1 << 23  # x to the 0, and to the 8
    while length:
        if length & 1:
            power = _times(power, factor)
        factor = _times(factor, factor)
        length >>= 1
    single = [_times(1 << bit, power) for bit in range(32)]
    return tuple(
        tuple(reduce(xor, (single[4 * place + bit] for bit in range(4) if bits >> bit & 1), 0) for bits in range(16))
        for place in range(8)
    )


def _times(one: int, other: int) -> int:
    """The product of two polynomials over GF(2), by that of the checksum; the highest bit is x to the 0."""
    product = 0
    for place in range(31, -1, -1):
        if one >> place & 1:
            product ^= other
        other = other >> 1 ^ (POLYNOMIAL if other & 1 else 0)
    return product
