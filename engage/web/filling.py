"""Pages that students share but for what is each one's own are put together before anybody else is asked.

A handler says so by share_holed(). The page is kept for those who are alike: of one school and grade, in the same
classes. It holds for the very state of the database that it was made from, as in web/front.py. So does what is known of
a session: whose it is, and that person's own parts, which stand nowhere else. Once anything is written, by whomever,
all is asked again: a session that was ended is dead at the next request, and what was just saved is seen. A page that
is still what it was is not made again.
"""

from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from time import time
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engage import dates
from engage.web.assets import takes_gzip
from engage.web.cache import Fresh, state_at
from engage.web.front import ADDRESS_LENGTH, BYTES, LARGEST, LINES, QUARTER, Give, Pairs
from engage.web.holed import Holed, Own
from engage.web.sessions import STAYING, THEMES, Sessions, Visit, hash_of, is_token

Fill = Callable[[Any], Awaitable[Own]]
Address = tuple[bytes, bytes, bytes]
State = tuple[Hashable, int]

SESSIONS = 2_000
OWN_PAGES = 20
COLOURS = frozenset(theme.encode() for theme in THEMES)
# cookies that no page of people depends on
PASSED_OVER = frozenset(name.encode() for name in STAYING)
PACKED = (b"content-encoding", b"gzip")
REPLACED = (b"content-length", b"content-encoding", b"vary")


@dataclass(frozen=True)
class Filled:
    """What a handler gave. state: of the database before it was made; own: what is the asker's own.

    fill: what is anybody's own, of those who are alike; still: whether they would be given this very page now; again:
    what to do each time the page is given again.
    """

    state: State
    page: Holed
    own: Own
    fill: Fill
    still: Callable[[Any], Awaitable[bool]]
    again: Callable[[Any], None]


@dataclass(frozen=True)
class Known:
    """What is remembered of a session. own: the person's parts of pages, by their addresses."""

    state: State
    visit: Visit | None
    own: dict[Address, Own] = field(default_factory=dict)


@dataclass
class Kept:
    """A page that is kept. headers: without the length; heads: the same over the wire, plain and packed.

    state: the last that it is known to hold for.
    """

    state: State
    filled: Filled
    headers: Pairs
    heads: tuple[bytes, bytes]

    @property
    def size(self) -> int:
        """Bytes it takes up, about."""
        return self.filled.page.size + 8_000


def kept_of(filled: Filled, headers: Pairs) -> Kept:
    """A page made ready."""
    own = [*(pair for pair in headers if pair[0] not in REPLACED), (b"vary", b"Accept-Encoding")]
    plain = b"".join(b"%s: %s\r\n" % pair for pair in own)
    return Kept(filled.state, filled, own, (plain, plain + b"%s: %s\r\n" % PACKED))


async def state_of(request: Request) -> State:
    """What share_holed() wants to know; ask it before anything else is read."""
    return (await state_at(request.scope, request.app.fresh), _quarter())


def share_holed(request: Request, filled: Filled) -> Response:
    """The asker's page, which is the same for all that are alike but for what comes into its holes."""
    request.scope["engage.filled"] = filled
    return HTMLResponse(b"".join(filled.page.filled(filled.own)))


class Filling:
    """Stands before the pages of people, and fills those that are kept.

    fresh, briefly: as for Front. cookie: the name of the session's.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: frozenset[bytes],
        fresh: Fresh,
        sessions: Sessions,
        cookie: str,
        size: int = BYTES,
        briefly: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.app = app
        self.hosts = hosts
        self.fresh = fresh
        self.sessions = sessions
        self.cookie = cookie.encode()
        self.briefly = briefly
        self.most_bytes = size
        self.size = 0
        self.kept: OrderedDict[tuple[Address, Hashable], Kept] = OrderedDict()
        self.addresses: Counter[Address] = Counter()
        self.sessions_known: OrderedDict[tuple[str, str], Known] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asker = self.asker(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if asker is None:
            await self.app(scope, receive, send)
            return
        address, token = asker
        if address in self.addresses:
            try:
                state = (await state_at(scope, self.fresh), _quarter())
                with self.briefly():
                    found = await self.find(state, address, scope["path"].split("/")[1], token)
            except Exception:  # noqa: BLE001 - a database that is away is told of by the page itself
                found = None
            if found is not None:
                kept, own = found
                await self.give(kept, own, scope, send)
                return
        await self.ask(address, scope, receive, send)

    def asker(self, scope: Scope) -> tuple[Address, str] | None:
        """The address and the session's token, of a request that asks for nothing else."""
        asked = dict(scope["headers"])
        if b"cookie" not in asked or len(asked) != len(scope["headers"]) or asked.get(b"host") not in self.hosts:
            return None
        token = theme = b""
        for each in asked[b"cookie"].split(b";"):
            name, _, value = each.strip().partition(b"=")
            if name == self.cookie and not token:
                token = value
            elif name == b"theme" and not theme and value in COLOURS:
                theme = value
            elif name not in PASSED_OVER:
                return None
        path = scope.get("raw_path") or scope["path"].encode()
        if b"authorization" in asked or b"range" in asked or len(path) + len(scope["query_string"]) > ADDRESS_LENGTH:
            return None
        if not is_token(token.decode("latin-1")):
            return None
        return (path, scope["query_string"], theme), token.decode()

    async def find(self, state: State, address: Address, slug: str, token: str) -> tuple[Kept, Own] | None:
        """The page of this address and what is the asker's own on it, if nothing was written since it was made."""
        known = await self.known(state, slug, token)
        visit = known.visit
        # what should be noted of the session takes the long way, as do messages, by their cookie
        if visit is None or visit.alike is None:
            return None
        if visit.quiet_until is None or dates.now() >= visit.quiet_until:
            return None
        kept = self.kept.get((address, visit.alike))
        if kept is None or not await self.holds(kept, state, visit.user):
            return None
        own = known.own.get(address)
        if own is None:
            own = await kept.filled.fill(visit.user)
            if len(known.own) < OWN_PAGES:
                known.own[address] = own
        self.kept.move_to_end((address, visit.alike))
        kept.filled.again(visit.user)
        return kept, own

    async def holds(self, kept: Kept, state: State, user: Any) -> bool:
        """Whether the page is what would be made now: nothing was written since, or nothing that changes it."""
        if kept.state == state:
            return True
        # the end of a quarter changes pages that nobody wrote to
        if kept.state[1] != state[1] or not await kept.filled.still(user):
            return False
        kept.state = state
        return True

    async def known(self, state: State, slug: str, token: str) -> Known:
        """Who asks: as remembered, if nothing was written since."""
        key = (slug, hash_of(token))  # no token is kept
        found = self.sessions_known.pop(key, None)
        if found is None or found.state != state:
            found = Known(state, await self.sessions.visit(slug, token))
        self.sessions_known[key] = found
        while len(self.sessions_known) > SESSIONS:
            self.sessions_known.popitem(last=False)
        return found

    async def ask(self, address: Address, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the page be made, and keep it if its handler shares it."""
        begin: Message | None = None

        async def holds(message: Message) -> None:
            nonlocal begin
            if message["type"] == "http.response.start" and _is_shared(scope, message):
                begin = message
            elif begin is None:
                await send(message)
            elif not message.get("more_body", False):
                filled: Filled = scope["engage.filled"]
                kept = self.keep((address, scope["engage.visit"].alike), kept_of(filled, begin["headers"]))
                await self.give(kept, filled.own, scope, send)

        scope["engage.filling"] = True
        await self.app(scope, receive, holds)

    def keep(self, key: tuple[Address, Hashable], kept: Kept) -> Kept:
        """Put a page in; the longest unused go first."""
        self.drop(key)
        if kept.size <= LARGEST:
            self.kept[key] = kept
            self.addresses[key[0]] += 1
            self.size += kept.size
            while self.size > self.most_bytes:
                self.drop(next(iter(self.kept)))
        return kept

    def drop(self, key: tuple[Address, Hashable]) -> None:
        """Forget a page, if it is there."""
        if (gone := self.kept.pop(key, None)) is not None:
            self.size -= gone.size
            self.addresses[key[0]] -= 1
            if not self.addresses[key[0]]:
                del self.addresses[key[0]]

    async def give(self, kept: Kept, own: Own, scope: Scope, send: Send) -> None:
        """Send the page with these parts, packed for those who take it so."""
        takes = takes_gzip(dict(scope["headers"]).get(b"accept-encoding", b"").decode("latin-1"))
        page = kept.filled.page
        row: Sequence[bytes | memoryview] = page.packed(own) if takes else page.filled(own)
        length = b"%d" % sum(map(len, row))
        give: Give | None = scope.get("engage.give")
        if give is not None and give([LINES[200], kept.heads[takes], b"content-length: %s\r\n\r\n" % length, *row]):
            return
        more = [PACKED, (b"content-length", length)] if takes else [(b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": [*kept.headers, *more]})
        await send({"type": "http.response.body", "body": b"".join(row)})


def _quarter() -> int:
    return int(time()) // QUARTER


def _is_shared(scope: Scope, start: Message) -> bool:
    own = any(name == b"set-cookie" for name, _ in start["headers"])
    return "engage.filled" in scope and scope["engage.visit"].alike is not None and start["status"] == 200 and not own
