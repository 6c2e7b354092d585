"""The route table: one row per address, the guard before each, and addresses made from names."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from engage import dates
from engage.errors import NotAllowed, NotFound
from engage.tally import counted
from engage.web import limits, sessions
from engage.web.csrf import SAFE

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]
OPEN = "OPEN"
# what opens a row to a token, whatever else it is for
ANY_TOKEN = "any"
SIGN_IN = "/sign-in"
REMEMBERED_PATHS = 20_000
# of one token, at one worker
REQUESTS_A_MINUTE = 120
SCOPES = ("mine", "class", "school")
# who has B enters, and finds nothing without an open glass
ENTERS = frozenset("YPAQB")
PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


class SignedOut(Exception):
    """The session ended while something was being typed. back: where to go after signing in again."""

    def __init__(self, back: str) -> None:
        super().__init__("signed out")
        self.back = back


class NoToken(Exception):
    """An address for other systems was asked without a token, or with one that opens nothing."""


@dataclass(frozen=True)
class Row:
    """One address. act: the matrix id of SAFETY.md, section 2, or OPEN for what anyone may have.

    upload: bodies up to 10 MiB, else 1 MiB. reserved: answered even when the service is full. framed: other sites may
    show it inside theirs. camera: the page may ask for the camera. seconds: how long the answer may take. opens: what
    the token of another system has to be for; people do not come here. Its school stands in the address as {at}.
    cost: of what kind it is, if it costs much; of a form, what it does, and to show it only where that takes a report.
    """

    path: str
    handler: Handler
    act: str
    methods: tuple[str, ...]
    name: str
    upload: bool = False
    reserved: bool = False
    framed: bool = False
    camera: bool = False
    seconds: float = limits.ANSWER_SECONDS
    cost: limits.Cost | None = None
    opens: str = ""

    @property
    def of_school(self) -> bool:
        """Whether it answers with what a school has, and not with what is ours."""
        return self.path.startswith("/{school}")


def page(path: str, handler: Handler, act: str, *, name: str = "", **more: Any) -> Row:
    """An address that only shows."""
    return Row(path, handler, act, ("GET",), name or name_of(handler), **more)


def form(path: str, handler: Handler, act: str, *, name: str = "", **more: Any) -> Row:
    """An address that shows a form and takes it back."""
    return Row(path, handler, act, ("GET", "POST"), name or name_of(handler), **more)


def post(path: str, handler: Handler, act: str, *, name: str = "", **more: Any) -> Row:
    """An address that only acts."""
    return Row(path, handler, act, ("POST",), name or name_of(handler), **more)


def name_of(handler: Handler) -> str:
    """lists.show for the function show of any room of engage.lists."""
    folders = handler.__module__.split(".")
    return f"{folders[1] if len(folders) > 1 else folders[0]}.{handler.__name__}"


def first_parts(rows: Iterable[Row]) -> frozenset[str]:
    """The first parts of the addresses that name no school: none of them can be a school's own part."""
    firsts = {row.path.split("/")[1] for row in rows}
    return frozenset(first for first in firsts if first and not PARAMETER.search(first))


class Addresses:
    """Paths from the names of rows, and the words with which none of a school's begins."""

    def __init__(self, rows: Sequence[Row], base_url: str) -> None:
        self.base_url = base_url
        # what no school's own part of an address can be
        self.own_words = first_parts(rows)
        self.paths: dict[str, str] = {}
        self.parameters: dict[str, frozenset[str]] = {}
        # by the path of a door, without what makes something new behind it: the names of the rows that lead there
        self.doors: dict[str, list[str]] = {}
        for row in rows:
            if row.name in self.paths:
                raise ValueError(f"two rows are named {row.name}; give one a name=")
            self.paths[row.name] = PARAMETER.sub(r"{\1}", row.path)
            self.parameters[row.name] = frozenset(PARAMETER.findall(row.path))
            if self.parameters[row.name] <= {"school"}:
                self.doors.setdefault(self.paths[row.name].removesuffix("/new"), []).append(row.name)
        # a page names the same hundred addresses each time it is made
        self._filled = lru_cache(maxsize=REMEMBERED_PATHS)(self._fill)

    def leading_to(self, path: str, school: str) -> frozenset[str]:
        """The names of the rows behind whose door a path lies. school: the slug of the school that it is in, or ""."""
        inside = f"/{school}/"
        path = f"/{{school}}/{path.removeprefix(inside)}" if school and path.startswith(inside) else path
        found = self.doors.get(path, [])
        while "/" in path[1:]:
            path = path.rpartition("/")[0]
            found = found + self.doors.get(path, [])
        return frozenset(found)

    def path(self, name: str, query: Mapping[str, Any] | None = None, **values: Any) -> str:
        """The path of a row; values fill its parameters, None and "" are left out of the query. Raises KeyError."""
        wanted = self.parameters[name]
        if wanted != values.keys():
            raise KeyError(f"{name} takes {sorted(wanted)}, not {sorted(values)}")
        path = self._filled(name, tuple(values.items()))
        asked = {key: value for key, value in (query or {}).items() if value not in (None, "")}
        return f"{path}?{urlencode(asked, doseq=True)}" if asked else path

    def _fill(self, name: str, values: tuple[tuple[str, Any], ...]) -> str:
        return self.paths[name].format_map({key: quote(str(value), safe="") for key, value in values})


def path_for(request: Request, name: str, query: Mapping[str, Any] | None = None, **values: Any) -> str:
    """The path of a row, with the school of this request filled in where the row has one.

    On a page of the district that is the school at which the reader is at home.
    """
    addresses: Addresses = request.app.addresses
    if "school" in addresses.parameters[name] and "school" not in values:
        reader = request.scope.get("user")
        at_home = {"school": reader.school.slug} if reader else {}
        values["school"] = (at_home | request.path_params)["school"]
    return addresses.path(name, query, **values)


@dataclass(frozen=True)
class Guard:
    """Stands before a handler: who asks, may they enter, is the request whole, is there room."""

    row: Row
    kept: sessions.Sessions
    gate: limits.Gate
    pace: limits.Pace
    small: limits.SmallGate | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["engage.row"] = self.row
        request = Request(scope, receive, send)
        if request.method in SAFE:
            response = await limits.within(self.row.seconds, self.show(request))
            await response(scope, receive, send)
            return
        headers = dict(scope["headers"])
        try:
            await limits.within(self.row.seconds, self.in_turn(self.enter, request))
        except SignedOut:
            scope["engage.body"] = await limits.receive_body(receive, headers, limits.FORM_BYTES)
            raise
        most = limits.UPLOAD_BYTES if self.row.upload else limits.FORM_BYTES
        scope["engage.body"] = body = await limits.receive_body(receive, headers, most)
        request = Request(scope, limits.replay(body, receive), send)
        response = await limits.within(self.row.seconds, self.work_in_turn(request))
        await response(scope, receive, send)

    async def show(self, request: Request) -> Response:
        """The answer to a request without a body."""
        if self.small is None or ("POST" in self.row.methods and self.row.cost is not limits.Cost.REPORT):
            return await self.in_turn(self.enter_and_work, request)
        return await self.in_turn(self.enter, request) or await self.work_in_turn(request)

    async def work_in_turn(self, request: Request) -> Response:
        """The handler's answer; who waits for what costs much takes no place at the gate of all. Raises Full."""
        if self.small is None:
            return await self.in_turn(self.work, request)
        reader = request.scope["user"]
        async with self.small.turn(reader.id if reader else None):
            return await self.in_turn(self.work, request)

    async def in_turn(self, work: Callable[[Request], Awaitable[T]], request: Request) -> T:
        """Do it when the gate lets it in."""
        if self.row.reserved:
            return await work(request)
        async with self.gate:
            return await work(request)

    async def enter_and_work(self, request: Request) -> Response:
        """Both, for requests without a body."""
        return await self.enter(request) or await self.work(request)

    async def enter(self, request: Request) -> Response | None:
        """Learn who asks and whether they may; None if so, else the way to sign in.

        Raises NotFound, NotAllowed, SignedOut.
        """
        scope = request.scope
        scope["user"], scope["engage.visit"] = None, sessions.NOBODY
        if self.row.opens:
            await self.enter_by_token(request)
            return None
        slug = request.path_params.get("school")
        if slug is None and self.row.act == OPEN:
            scope["engage.visit"] = sessions.hear(request, sessions.NOBODY, self.kept)
            return None
        token = sessions.token_in(request)
        scope["engage.private"] = token is not None
        visit = await self.kept.visit(slug, token)
        if visit is None:
            if slug is None and token is not None:
                return self.to_sign_in(request)
            raise NotFound(slug)
        scope["user"], scope["engage.visit"] = visit.user, sessions.hear(request, visit, self.kept)
        scope["engage.private"] = visit.session_id is not None
        if self.row.act == OPEN:
            return None
        letters = {visit.user.answers(self.row.act, whose) for whose in SCOPES}
        if letters & ENTERS:
            return None
        if visit.stale:
            return self.to_sign_in(request)
        if visit.session_id is not None and visit.user.id is None:
            counted.add("denied_elsewhere")  # signed in, and nobody at this school
        raise NotAllowed(self.row.act) if "x" in letters else NotFound(self.row.act)

    async def enter_by_token(self, request: Request) -> None:
        """Let another system in, if its token is for this and its letters of the matrix allow it.

        Raises NoToken, TooOften, NotAllowed, NotFound.
        """
        secret_key: str = request.app.settings.secret_key
        header = request.headers.get("authorization", "")
        try:
            machine = await self.kept.machine(header, request.path_params.get("at"), secret_key)
        except NotFound:
            counted.add("denied_elsewhere")
            raise
        if machine is None:
            raise NoToken
        self.pace.step(machine.id)
        if self.row.opens not in {ANY_TOKEN, *machine.opens}:
            raise NotAllowed(self.row.act, "This token is not for that.")
        request.scope["user"], request.scope["engage.machine"] = machine.user, machine.bearer
        if not ENTERS & {machine.user.answers(self.row.act, whose) for whose in SCOPES}:
            raise NotFound(self.row.act)

    def to_sign_in(self, request: Request) -> Response:
        """Sign in first and then come back; what was typed is not thrown away. Raises SignedOut."""
        scope = request.scope
        back = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
        if request.method not in SAFE:
            raise SignedOut(sessions.own_path(quote(scope["path"])))
        return RedirectResponse(f"{SIGN_IN}?{urlencode({'next': sessions.own_path(back)})}", 303)

    async def work(self, request: Request) -> Response:
        """The handler's answer, and what the session keeps of it."""
        try:
            await self.count(request)
            response = await self.row.handler(request)
            await sessions.settle(request, response, self.kept, dates.now())
            return response
        finally:
            await request.close()  # uploads that lie in temporary files

    async def count(self, request: Request) -> None:
        """The numbers beside the doors of the menu: by the name of a row, how much waits behind it for this person."""
        reader = request.scope["user"]
        if self.row.opens:
            return
        doors: Mapping[str, Callable[[Any], Awaitable[int]]] = request.app.numbers
        if request.method == "GET" and reader is not None and reader.id is not None:
            request.scope["engage.numbers"] = {name: await number(reader) for name, number in doors.items()}


async def nowhere(request: Request) -> Response:
    """An address that no row has; inside a school it looks like any other missing page of that school."""
    raise NotFound(request.scope["path"])


async def to_home(request: Request) -> Response:
    """A school without the slash."""
    return RedirectResponse(f"/{quote(request.path_params['school'], safe='')}/", 308)


def last_rows() -> list[Row]:
    """The rows that stand below all others."""
    return [
        page("/{school}", to_home, OPEN, name="web.to_home"),
        Row("/{school}/{rest:path}", nowhere, OPEN, ("GET", "POST"), "web.nowhere"),
    ]


def build_routes(rows: Iterable[Row], acts: Iterable[str], kept: sessions.Sessions, gate: limits.Gate) -> list[Route]:
    """Routes with the guard before each. acts: the ids of the matrix.

    Raises ValueError for a row whose id is not in the matrix: it would have no guard (SAFETY.md, A1).
    """
    known = {OPEN, *acts}
    pace, small = limits.Pace(REQUESTS_A_MINUTE), limits.small_gates()
    routes: list[Route] = []
    for row in rows:
        if row.act not in known:
            raise ValueError(f"{row.path} ({row.name}) has no matrix id: {row.act!r}")
        guard = Guard(row, kept, gate, pace, small[row.cost] if row.cost else None)
        routes.append(Route(row.path, guard, methods=list(row.methods), name=row.name))
    return routes


class ByWord(Router):
    """A router that tries only the rows that can fit the two words after the school; which answers stays the same.

    The small router of two words is made when the first address with them comes.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        super().__init__(routes, redirect_slashes=False)
        words = [(route, (route.path.split("/") + [""] * 3)[1:4]) for route in routes]
        self.of_root = frozenset(first for _, (first, _, _) in words if "{" not in first)
        self.of_school = [(route, second, third) for route, (first, second, third) in words if "{" in first]
        pairs = {(second, third) for _, second, third in self.of_school if "{" not in second}
        # a second word that is not among these is nobody's own: a slug, or a key
        self.seconds = frozenset(second for second, _ in pairs)
        self.pairs = frozenset((second, third) for second, third in pairs if "{" not in third)
        self.made: dict[tuple[str, str | None], Router] = {}

    def of(self, path: str) -> Router:
        """The router that holds every row that the path can fit."""
        first, second, third = (path.split("/", 4) + [""] * 3)[1:4]
        if first in self.of_root:
            return self
        if second not in self.seconds:
            return self._of("", None)
        return self._of(second, third if third == "" or (second, third) in self.pairs else None)

    def _of(self, second: str, third: str | None) -> Router:
        """The rows of a second word and a third; third None: any that is not written in an address of ours."""
        if (second, third) not in self.made:
            self.made[second, third] = _router(
                route
                for route, own, next_own in self.of_school
                if "{" in own or (own == second and ("{" in next_own or next_own == third))
            )
        return self.made[second, third]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.of(scope["path"]).app(scope, receive, send)


def _router(routes: Iterable[Route]) -> Router:
    return Router(list(routes), redirect_slashes=False)
