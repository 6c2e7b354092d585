"""What was made once for a version is kept for that version; and answers that say "you have it already"."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from datetime import date
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

ENTRIES = 10_000
BYTES = 64 * 1024 * 1024


class Fresh(Protocol):
    """How one asks for the state of the database: equal to an earlier one only if nothing was committed in between."""

    async def __call__(self) -> Hashable:
        """The state. Raises whatever is in the way."""

    def tell(self, told: Callable[[Hashable | Exception], None]) -> None:
        """The same for who cannot wait: hands over the state, or what is in the way, now or later."""


class Cache:
    """Things by exact key; the key holds the version, so nothing is ever stale. The longest unused go first."""

    def __init__(self, entries: int = ENTRIES, size: int = BYTES) -> None:
        self.most_entries = entries
        self.most_bytes = size
        self.kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self.making: dict[Hashable, asyncio.Future[Any]] = {}
        self.size = 0

    async def get(self, key: Hashable, make: Callable[[], Awaitable[Any]]) -> Any:
        """What is kept under the key; made by the first who asks, while the others wait for it."""
        if (found := self.kept.get(key)) is not None:
            self.kept.move_to_end(key)
            return found[0]
        if (others := self.making.get(key)) is not None:
            return await asyncio.shield(others)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.making[key] = future
        try:
            value = await make()
        except BaseException as problem:
            future.set_exception(problem if isinstance(problem, Exception) else asyncio.CancelledError())
            future.exception()  # seen, even if nobody waited
            raise
        else:
            future.set_result(value)
            self.keep(key, value)
            return value
        finally:
            del self.making[key]

    def keep(self, key: Hashable, value: Any) -> None:
        """Put a thing in and let the longest unused go."""
        weight = _weight(value)
        self.drop(key)
        if weight > self.most_bytes // 8:
            return
        self.kept[key] = (value, weight)
        self.size += weight
        while len(self.kept) > self.most_entries or self.size > self.most_bytes:
            _, (_, gone) = self.kept.popitem(last=False)
            self.size -= gone

    def drop(self, key: Hashable) -> None:
        """Forget one thing, if it is there."""
        if (gone := self.kept.pop(key, None)) is not None:
            self.size -= gone[1]

    def clear(self) -> None:
        """Forget everything, as after a test."""
        self.kept.clear()
        self.size = 0


def _weight(value: Any) -> int:
    if isinstance(value, str):
        return 2 * len(value) + 200
    if isinstance(value, bytes):
        return len(value) + 200
    if (size := getattr(value, "size", None)) is not None:
        return int(size)
    if isinstance(value, tuple | list):
        return sum(map(_weight, value)) + 100
    if isinstance(value, dict):
        return sum(map(_weight, value.values())) + 100 * len(value) + 200
    return 50 if value is None or isinstance(value, int | date) else 4_000


pages = Cache()


async def cached(key: Hashable, make: Callable[[], Awaitable[Any]]) -> Any:
    """The thing of this exact version, made if it is not there. key: holds the version and the kind of reader."""
    return await pages.get(key, make)


def known(key: Hashable) -> Any:
    """The thing under this exact key, None where none is kept."""
    found = pages.kept.get(key)
    if found is None:
        return None
    pages.kept.move_to_end(key)
    return found[0]


def remembered(key: Hashable, make: Callable[[], Any]) -> Any:
    """The same for what is made without waiting, and is never None."""
    value = known(key)
    if value is not None:
        return value
    value = make()
    pages.keep(key, value)
    return value


async def state_at(scope: Scope, fresh: Fresh) -> Hashable:
    """The state of the database when the request came, asked once: what only reads may go by it all the way.

    Whatever is read later is of this state or of a newer one, and nobody who comes after a change is told the old one.
    """
    if scope["method"] not in ("GET", "HEAD"):
        return await fresh()
    if "engage.state" not in scope:
        scope["engage.state"] = await fresh()
    state: Hashable = scope["engage.state"]
    return state


async def unwritten(request: Request, key: Hashable, make: Callable[[], Awaitable[Any]]) -> Any:
    """What was read from the database, for as long as nothing at all is written to it. key: holds who reads it."""
    state = await state_at(request.scope, request.app.front.fresh)
    whole = ("unwritten", key)
    if whole in pages.kept and pages.kept[whole][0][0] == state:
        pages.kept.move_to_end(whole)
        return pages.kept[whole][0][1]
    value = await make()
    pages.keep(whole, (state, value))
    return value


def answer(request: Request, body: bytes | str, media_type: str, version_tag: str = "", **headers: str) -> Response:
    """An answer with an ETag, or 304 where the asker has this very version.

    version_tag: names the version; without it the body's hash does.
    """
    data = body.encode() if isinstance(body, str) else body
    tag = f'"{version_tag or hashlib.sha256(data).hexdigest()[:20]}"'
    all_headers = {"ETag": tag, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if has_it(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=all_headers)
    return Response(data, 200, all_headers, media_type)


def has_it(asked: str, tag: str) -> bool:
    """Whether an If-None-Match names this tag; weak and strong are the same for a GET (RFC 9110, 13.1.2)."""
    return any(each.strip().removeprefix("W/") in (tag, "*") for each in asked.split(",")) if asked else False
