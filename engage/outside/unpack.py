"""Undoing what a site packed, in bounded steps.

Source: SAFETY.md, F3.
"""

import zlib
from collections.abc import Iterator
from typing import Any

from engage.outside.connect import Unreachable

PIECE = 64 * 1024
MEMBERS = 16


class Plain:
    finished = True

    def take(self, piece: bytes) -> Iterator[bytes]:
        yield piece


class Inflate:
    """Unpacks in steps of 64 KiB, so that a small piece cannot become a large one unseen."""

    def __init__(self, coding: str) -> None:
        self.coding = coding
        self.engine: Any = None
        self.members = 0

    @property
    def finished(self) -> bool:
        """Whether what was begun has come to its end."""
        return self.engine is None or bool(self.engine.eof)

    def take(self, piece: bytes) -> Iterator[bytes]:
        while piece:
            if self.engine is None or (self.engine.eof and piece[:2] == b"\x1f\x8b"):
                self.members += 1
                if self.members > MEMBERS:
                    raise Unreachable("compressed")
                self.engine = zlib.decompressobj(self._bits(piece))
            elif self.engine.eof:
                return
            try:
                yield self.engine.decompress(piece, PIECE)
            except zlib.error as exc:
                raise Unreachable("broken") from exc
            piece = self.engine.unused_data if self.engine.eof else self.engine.unconsumed_tail

    def _bits(self, piece: bytes) -> int:
        if self.coding == "gzip":
            return 16 + zlib.MAX_WBITS
        # "deflate" is meant to have zlib's two bytes before it, and half of its senders leave them out
        wrapped = piece[0] & 0x0F == 8 and int.from_bytes(piece[:2].ljust(2, b"\0")) % 31 == 0
        return zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS


def unpacker(coding: str) -> Plain | Inflate:
    """What undoes a Content-Encoding; one coding, gzip or deflate. Raises Unreachable."""
    match coding.strip().lower():
        case "" | "identity":
            return Plain()
        case "gzip" | "x-gzip":
            return Inflate("gzip")
        case "deflate":
            return Inflate("deflate")
    raise Unreachable("compressed")
