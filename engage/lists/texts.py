"""A page as a row of texts with holes for what is each reader's own, told from others by its checksum."""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

# a comment can never come out of what people write, where every < is escaped
OWN = "<!-- the reader's own -->"
# in a row of texts, of which no other is empty
HOLE = b""


class Texts(NamedTuple):
    """A run of texts of a page, with HOLE wherever a reader's own marks go. sum: tells it from all others."""

    row: tuple[bytes, ...]
    sum: bytes


def sum_of(texts: Iterable[bytes]) -> bytes:
    """The checksum of some, by theirs."""
    return sha256(b"".join(texts)).digest()


def cut(text: str) -> Texts:
    """A text with its holes."""
    whole_text = text.encode()
    row: list[bytes] = []
    for number, each in enumerate(whole_text.split(OWN.encode())):
        row += [HOLE] * (number > 0) + [each] * (each != HOLE)
    return Texts(tuple(row), sum_of([whole_text]))
