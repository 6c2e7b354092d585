import gzip
import random
import zlib

import pytest

from engage.web.holed import MOST_ROWS, Own, holed, packed, part

PIECES = [f"<li>Book {number} é</li>".encode() * (number % 7) for number in range(12)]
BARE = [b"<button>Save %d</button>" % number if number % 3 else b"" for number in range(11)]


def own_at(*holes: int) -> Own:
    return [(hole, part(f"Saved ñ {hole} " * hole)) for hole in holes]


def expected(own: Own) -> str:
    inside = BARE.copy()
    for hole, mine in own:
        inside[hole] = mine.plain
    return (PIECES[0] + b"".join(one + after for one, after in zip(inside, PIECES[1:], strict=True))).decode()


@pytest.mark.parametrize("holes", [(), (0,), (10,), (0, 1, 2), (3, 9), tuple(range(11))])
def test_a_filled_page_is_the_same_plain_and_packed(holes):
    page, own = holed(PIECES, BARE), own_at(*holes)
    assert b"".join(page.filled(own)).decode() == expected(own)
    assert gzip.decompress(b"".join(page.packed(own))).decode() == expected(own)


def test_the_checksum_of_any_filling_is_that_of_the_whole():
    page, chance = holed(PIECES, BARE), random.Random(4)
    for _ in range(60):
        own = own_at(*sorted(chance.sample(range(11), chance.randrange(12))))
        assert gzip.decompress(b"".join(page.packed(own))).decode() == expected(own)


def test_what_is_packed_of_a_page_stays_bounded_whoever_asks():
    page, chance = holed(PIECES, BARE), random.Random(5)
    for _ in range(400):
        page.packed(own_at(*sorted(chance.sample(range(11), chance.randrange(12)))))
    assert len(page.blocks) <= 2 * len(page.cuts)
    assert sum(len(block.packed) for block in page.blocks.values()) <= page.size


def test_a_page_is_put_together_once_for_the_same_parts_and_anew_for_others():
    page, own = holed(PIECES, BARE), own_at(3, 9)
    assert page.packed(own) is page.packed(list(own))
    other = own_at(3, 8)
    assert gzip.decompress(b"".join(page.packed(other))).decode() == expected(other)
    for hole in range(200):
        page.packed([(hole % 11, part(f"Saved {hole}"))])
    assert len(page.rows) <= MOST_ROWS


def test_a_page_without_holes_is_a_page():
    assert gzip.decompress(b"".join(holed([b"<p>All</p>"], []).packed([]))) == b"<p>All</p>"


def test_a_part_ends_at_a_byte_and_needs_nothing_before_it():
    one = packed(b"moon " * 40)
    assert zlib.decompressobj(-zlib.MAX_WBITS).decompress(one.packed) == b"moon " * 40
