"""Pages that are the same for every visitor are given again without asking anybody, until anything is written.

A handler says so by share(). What is kept stands under address and colours, and holds for the very state of the
database it was made from; whether that is still the state is asked each time, so nothing is ever stale and nothing is
cleared by hand. Days change what pages say, so a page also ends with its quarter of an hour: midnight, in every time
zone, is the end of one. A busy library is written to all the time, and hardly anything of it is about one page: a
handler may say how to look whether its page is still what it was, which takes less than making it.
"""

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from time import time
from typing import NamedTuple

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engage.web.assets import takes_gzip
from engage.web.cache import Fresh, has_it, state_at
from engage.web.limits import Gate

Pairs = list[tuple[bytes, bytes]]
Key = tuple[bytes, bytes, bytes]
State = tuple[Hashable, int]
Give = Callable[[Sequence[bytes | memoryview]], bool]

QUARTER = 900
SMALLEST_PACKED = 600
# of gzip: most pages change before anybody takes them again, and to pack one well takes longer than to make it
QUICKLY, WELL = 2, 6
LARGEST = 2 * 1024 * 1024
BYTES = 64 * 1024 * 1024
ADDRESS_LENGTH = 500
# by the whole of what a browser sends as its cookies: the colours of the page; with any other it may be somebody's own
COLOURS = {b"": b"", b"theme=light": b"light", b"theme=dark": b"dark"}
REPLACED = (b"etag", b"content-length", b"vary", b"cache-control")


@dataclass(frozen=True)
class Form:
    """One form of an answer, as messages and as the bytes that go over the wire after the server's own headers."""

    status: int
    headers: Pairs
    body: bytes
    ready: list[bytes]


def uncounted() -> None:
    """Nothing is to be done when an answer is given again."""


class Made(NamedTuple):
    """The body of an answer. tag: tells it from all other bodies; "" where they have to be looked at for that."""

    body: bytes
    tag: str = ""


@dataclass(frozen=True)
class Seen:
    """What an answer is made from. key: equal to an earlier one only if the answer is the same; make: gives it.

    again: what to do each time it is given again, such as counting it.
    """

    key: Hashable
    make: Callable[[], Awaitable[Made]]
    again: Callable[[], None] = uncounted


@dataclass(frozen=True)
class Shared:
    """What a handler said by share(). key, tag: of what it saw and made; look: what is to be seen now, at a state."""

    again: Callable[[], None] = uncounted
    key: Hashable = None
    look: Callable[[Hashable], Awaitable[Seen]] | None = None
    tag: str = ""


@dataclass
class Kept:
    """An answer in its three forms. state: of the database and the clock, the last that it is known to hold for.

    headers: those of all forms. packed: None until somebody takes it so, and packed well once somebody else does.
    """

    state: State
    etag: str
    headers: Pairs
    plain: Form
    unchanged: Form
    shared: Shared
    packed: Form | None = None
    well: bool = False

    @property
    def size(self) -> int:
        """Bytes it takes up, about."""
        return len(self.plain.body) + (len(self.packed.body) if self.packed else 0) + 8_000

    def pack(self, level: int) -> Form:
        """The form for those who take gzip; a short answer stays as it is."""
        if len(self.plain.body) < SMALLEST_PACKED:
            return self.plain
        small = gzip.compress(self.plain.body, level, mtime=0)
        coded = [(b"content-encoding", b"gzip"), (b"content-length", b"%d" % len(small))]
        return form_of(200, [*self.headers, *coded], small)


LINES = {200: b"HTTP/1.1 200 OK\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}


def form_of(status: int, headers: Pairs, body: bytes = b"") -> Form:
    """A form made ready."""
    head = b"".join(b"%s: %s\r\n" % pair for pair in headers)
    return Form(status, headers, body, [LINES[status], head + b"\r\n", body])


def share(request: Request, again: Callable[[], None] = uncounted) -> None:
    """This answer is the same for every visitor. again: what to do each time it is given again, such as counting it."""
    request.scope["engage.share"] = Shared(again)


def share_seen(request: Request, seen: Seen, look: Callable[[Hashable], Awaitable[Seen]], tag: str = "") -> None:
    """The same, of an answer that is made from this. tag: that of what was made.

    look: gives what it would be made from at a state of the database. It depends on nothing but the address and the
    colours; where it raises, the handler is asked again.
    """
    request.scope["engage.share"] = Shared(seen.again, seen.key, look, tag)


class Front:
    """Stands before everything else and answers visitors from memory where it can.

    fresh: a value that is equal to an earlier one only if nothing was committed in between, by anyone; asked at each
    request, so it must be cheap. roots: the first parts of addresses that belong to no school and share nothing. gate:
    of the pages, through which goes who looks whether one still holds. briefly: in what that is asked.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: frozenset[bytes],
        fresh: Fresh,
        roots: frozenset[bytes] = frozenset(),
        size: int = BYTES,
        gate: Gate | None = None,
        briefly: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.app = app
        self.hosts = hosts
        self.fresh = fresh
        self.gate = gate or Gate()
        self.briefly = briefly
        self.roots = roots
        self.most_bytes = size
        self.size = 0
        self.kept: OrderedDict[Key, Kept] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or "engage.away" in scope:
            await self.app(scope, receive, send)
            return
        asked = dict(scope["headers"])
        key = key_of(scope, asked)
        if key is None or asked.get(b"host") not in self.hosts or not self.is_to_keep(key):
            await self.app(scope, receive, send)
            return
        try:
            state = (await state_at(scope, self.fresh), int(time()) // QUARTER)
        except Exception:  # noqa: BLE001 - a database that is away is told of by the page itself
            await self.app(scope, receive, send)
            return
        found = self.kept.get(key)
        if found is not None and found.state != state:
            found = await self.looked_at(key, found, state)
        if found is None:
            await self.ask(key, state, asked, scope, receive, send)
            return
        found.shared.again()
        await self.give(key, found, asked, scope, send)

    def at_once(self, scope: Scope, give: Give, otherwise: Callable[[], None]) -> None:
        """Give an answer that is kept, before anything is begun for the request; else do otherwise.

        To begin a task costs as much as all that is done here. give: sends what stands ready, or says that it cannot.
        """
        asked = dict(scope["headers"])
        key = key_of(scope, asked) if scope["method"] == "GET" else None
        found = self.kept.get(key) if key is not None and asked.get(b"host") in self.hosts else None
        if key is None or found is None:
            otherwise()
            return
        self.fresh.tell(partial(self.told, scope, asked, key, found, give, otherwise))

    def told(
        self,
        scope: Scope,
        asked: dict[bytes, bytes],
        key: Key,
        found: Kept,
        give: Give,
        otherwise: Callable[[], None],
        state: Hashable | Exception,
    ) -> None:
        """The same, when it is known whether the answer still holds."""
        if isinstance(state, Exception):
            scope["engage.away"] = True  # and need not be asked again
        else:
            scope["engage.state"] = state
            if found.state == (state, int(time()) // QUARTER) and give(self.form_of(key, found, asked).ready):
                found.shared.again()
                return
        otherwise()

    async def looked_at(self, key: Key, found: Kept, state: State) -> Kept | None:
        """The answer that its handler would give now; None where the handler must be asked."""
        look = found.shared.look
        # the end of a quarter changes pages that nobody wrote to
        if look is None or found.state[1] != state[1]:
            return None
        try:
            async with self.gate:
                with self.briefly():
                    now = await look(state[0])
                if now.key == found.shared.key:
                    found.state = state
                    return found
                with self.briefly():
                    made = await now.make()
        except Exception:  # noqa: BLE001 - whatever is in the way is told of by the page itself
            return None
        return self.keep(key, state, made.body, found.headers, Shared(now.again, now.key, look, made.tag))

    def is_to_keep(self, key: Key) -> bool:
        """Whether there may be anything under this key."""
        path, query, _ = key
        return len(path) + len(query) <= ADDRESS_LENGTH and path[1:].split(b"/", 1)[0] not in self.roots

    async def ask(
        self,
        key: Key,
        state: State,
        asked: dict[bytes, bytes],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Let the page be made, and keep it if its handler shares it."""
        begin: Message = {}
        pieces: list[bytes] = []
        holding = False

        async def holds(message: Message) -> None:
            nonlocal begin, holding
            if message["type"] == "http.response.start":
                own = any(name == b"set-cookie" for name, _ in message["headers"])
                holding = "engage.share" in scope and message["status"] == 200 and not own
                begin = message
            elif holding and message["type"] == "http.response.body":
                pieces.append(message.get("body", b""))
                if not message.get("more_body", False):
                    kept = self.keep(key, state, b"".join(pieces), begin["headers"], scope["engage.share"])
                    await self.give(key, kept, asked, scope, send)
                return
            if not holding:
                await send(message)

        scope["engage.front"] = True
        await self.app(scope, receive, holds)

    def keep(
        self,
        key: Key,
        state: State,
        body: bytes,
        headers: Pairs,
        shared: Shared,
    ) -> Kept:
        """Put an answer in; the longest unused go first."""
        old = self.kept.pop(key, None)
        if old is not None:
            self.size -= old.size
        etag = f'"{shared.tag or hashlib.sha256(body).hexdigest()[:20]}"'
        own = [pair for pair in headers if pair[0] not in REPLACED]
        own += [(b"etag", etag.encode()), (b"cache-control", b"no-cache"), (b"vary", b"Cookie, Accept-Encoding")]
        kept = Kept(
            state,
            etag,
            own,
            form_of(200, [*own, (b"content-length", b"%d" % len(body))], body),
            form_of(304, [pair for pair in own if pair[0] != b"content-type"]),
            shared,
        )
        if old is not None and old.etag == etag and old.headers == own:
            kept.packed, kept.well = old.packed, old.well
        if kept.size <= LARGEST:
            self.kept[key] = kept
            self.size += kept.size
            self.make_room()
        return kept

    def make_room(self) -> None:
        """Let the longest unused go, as long as there is too much."""
        while self.size > self.most_bytes:
            _, gone = self.kept.popitem(last=False)
            self.size -= gone.size

    def packed(self, key: Key, kept: Kept) -> Form:
        """The packed form: made quickly when it is first asked for, and well the second time."""
        if kept.packed is None or not kept.well:
            before = kept.size
            kept.well = kept.packed is not None
            kept.packed = kept.pack(WELL if kept.well else QUICKLY)
            if self.kept.get(key) is kept:
                self.size += kept.size - before
                self.make_room()
        return kept.packed

    def form_of(self, key: Key, kept: Kept, asked: dict[bytes, bytes]) -> Form:
        """The form that is asked for."""
        if key in self.kept:
            self.kept.move_to_end(key)
        tags, accepted = asked.get(b"if-none-match"), asked.get(b"accept-encoding")
        if tags is not None and has_it(tags.decode("latin-1"), kept.etag):
            return kept.unchanged
        if accepted is not None and takes_gzip(accepted.decode("latin-1")):
            return self.packed(key, kept)
        return kept.plain

    async def give(self, key: Key, kept: Kept, asked: dict[bytes, bytes], scope: Scope, send: Send) -> None:
        """Send it."""
        form = self.form_of(key, kept, asked)
        bodiless = scope["method"] == "HEAD"
        give: Give | None = scope.get("engage.give")
        if give is not None and not bodiless and give(form.ready):
            return
        await send({"type": "http.response.start", "status": form.status, "headers": form.headers})
        await send({"type": "http.response.body", "body": b"" if bodiless else form.body})


def key_of(scope: Scope, asked: dict[bytes, bytes]) -> Key | None:
    """Under what the answer is kept; None for a request that may be somebody's own, or is for more than a page.

    Of a header that comes twice others might read the first one, and put together another page than is kept here.
    """
    theme = COLOURS.get(asked.get(b"cookie", b""))
    if theme is None or b"authorization" in asked or b"range" in asked or len(asked) != len(scope["headers"]):
        return None
    return (scope.get("raw_path") or scope["path"].encode(), scope["query_string"], theme)
