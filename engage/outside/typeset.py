"""The one door to Typst: a paper and its data in, a PDF or a picture out, set in a process of its own.

What people wrote travels as data, never as source, so it is set as it is written. The process has the limits of a
parser's: little time, little memory, no file and no connection. One thing is set at a time in each worker of the
service, and few wait, so that a pile of posters holds up no page. Sources: SAFETY.md, section 0, F6 and O3.
"""

import asyncio
import base64
import json
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from engage.errors import Busy
from engage.outside.cage import Cage
from feeds import Unreadable

log = logging.getLogger("engage.outside")

T = TypeVar("T")
PDF, PNG = "pdf", "png"
BEGINNINGS = {PDF: b"%PDF-", PNG: b"\x89PNG\r\n\x1a\n"}
# long enough for the largest paper that we have on a slow machine, and for the start of the process
SECONDS = 15.0
WAITING = 24
# bytes
LARGEST_DATA = 8 * 1024 * 1024
LARGEST = 6 * 1024 * 1024
POINTS_PER_INCH = 72.0
# a process that was well before and dies of its next piece is worth a second try
TRIES = 2


class NotSet(Exception):
    """A paper of ours cannot be set: always a mistake of ours, whatever the data was."""


class Press:
    """One process that sets type, started when it is needed and started anew when it dies."""

    def __init__(self, folder: Path, seconds: float = SECONDS) -> None:
        command = (sys.executable, "-I", "-X", "utf8", "-m", "engage.outside.typeset_worker", str(folder))
        self._cage = Cage(command, seconds)
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0

    async def pdf(self, paper: str, data: Mapping[str, Any], at: datetime) -> bytes:
        """A paper of templates/paper as a PDF. at: the moment that it says it was made. Raises Busy, NotSet."""
        return await self._set(PDF, paper, data, at, POINTS_PER_INCH)

    async def png(self, paper: str, data: Mapping[str, Any], at: datetime) -> bytes:
        """Its first page as a picture, a point of type as one of the picture. Raises Busy, NotSet."""
        return await self._set(PNG, paper, data, at, POINTS_PER_INCH)

    async def codes(self, addresses: Sequence[str], level: str) -> list[str]:
        """The codes of some addresses as drawings, in order; see engage.outside.qr. Raises Busy, NotSet."""
        body = json.dumps(addresses).encode()
        return await self._in_turn("codes", body, partial(_as_many, len(addresses)), level=level)

    async def _set(self, kind: str, paper: str, data: Mapping[str, Any], at: datetime, ppi: float) -> bytes:
        body = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")
        if len(body) > LARGEST_DATA:
            raise NotSet(f"{paper}: {len(body)} bytes of data")
        options = {"paper": paper, "kind": kind, "at": int(at.timestamp()), "ppi": ppi}
        return await self._in_turn("typeset", body, _believed, **options)

    async def _in_turn(self, job: str, body: bytes, believe: Callable[[Any], T], **options: Any) -> T:
        if self._waiting >= WAITING:
            raise Busy(10)
        self._waiting += 1
        try:
            async with self._turn:
                return await self._tried(job, body, believe, options)
        finally:
            self._waiting -= 1

    async def _tried(self, job: str, body: bytes, believe: Callable[[Any], T], options: Mapping[str, Any]) -> T:
        what = options.get("paper", job)
        for left in reversed(range(TRIES)):
            try:
                return await self._cage.do(job, body, believe, **options)
            except Unreadable as no:
                log.error("a paper was not set", extra={"paper": what, "why": no.code})
                if no.code in ("too-slow", "too-large"):
                    raise Busy(30) from no
                if not left:
                    raise NotSet(f"{what}: {no.code}") from no
        raise AssertionError

    def close(self) -> None:
        """End the process."""
        self._cage.close()


@cache
def press_in(folder: Path) -> Press:
    """The press of this worker for the papers of a folder. It ends with the worker, since nobody asks it any more."""
    return Press(folder)


def _believed(value: Any) -> bytes:
    """What came out of the process. Raises whatever does not fit."""
    body = base64.b64decode(value["body"], validate=True)
    if not body.startswith(BEGINNINGS[value["kind"]]) or len(body) > LARGEST:
        raise ValueError("no paper of ours")
    return body


def _as_many(number: int, value: Any) -> list[str]:
    """As many drawings as were asked for. Raises whatever does not fit."""
    if len(value) != number or not all(isinstance(one, str) and one.startswith("<svg ") for one in value):
        raise ValueError("no codes of ours")
    return list(value)
