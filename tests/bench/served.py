"""What benchmarks ask, each in processes of its own: `python -m tests.bench.served KIND FD WORKERS …`.

FD: of the socket, which all its workers share. Kinds, with what follows: bare SIZE, the least that can be; route SIZE,
the least that Starlette can; row URL, what keeping a log entry is measured against; ours URL FOLDER BASE, the service;
fastapi URL and django URL, the peers of tests/bench/beside. All are under uvicorn but Django, which is under gunicorn.
"""

import os
import socket
import sys
from collections.abc import Callable
from contextvars import ContextVar
from itertools import count
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

# in each of Django's workers, which is what a machine of two processors gives most with
THREADS = 4


def bare(size: str) -> ASGIApp:
    """A function that gives so many bytes from memory."""
    body = b"x" * int(size)
    headers = [(b"content-type", b"text/html"), (b"content-length", size.encode()), (b"etag", b'"a"')]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while True:
                told = await receive()
                await send({"type": told["type"] + ".complete"})
                if told["type"].endswith("shutdown"):
                    return
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def route(size: str) -> ASGIApp:
    """A route of Starlette that gives so many bytes from memory."""
    body = b"x" * int(size)

    async def show(request: Request) -> Response:
        return Response(body, media_type="text/html")

    return Starlette(routes=[Route("/", show)])


def row(url: str) -> ASGIApp:
    """A route that keeps one raw row."""
    from tests.bench import logging_limit

    return logging_limit.bare(url)


def fastapi(url: str) -> ASGIApp:
    """The list in FastAPI."""
    from tests.bench.beside import fastapi_list

    return fastapi_list.application(url)


def ours(url: str, folder: str, base: str) -> ASGIApp:
    """The service, which a line of the head, X-Bench, may tell that something was written: "written" no more than that;
    "again": and a thing's note and the list's version are others now; "titled": and so are the list's own words.
    """
    from engage import app as house
    from engage.database.freshness import freshness
    from engage.lists import looking, queries
    from engage.settings import Settings

    numbers, written = count(1), 0
    # of each request's own, or those that come together would share what one of them makes
    edited, titled = ContextVar("edited", default=0), ContextVar("titled", default=0)

    class WrittenBefore:
        def __init__(self, url: str) -> None:
            self.fresh = freshness(url)

        async def __call__(self) -> Any:
            return written, await self.fresh()

        def tell(self, told: Callable[[Any], None]) -> None:
            self.fresh.tell(lambda state: told(state if isinstance(state, Exception) else (written, state)))

    def edited_card(card: Any) -> Any:
        title = f"Look up {titled.get()}" if titled.get() else card.title
        return card._replace(version=edited.get(), title=title) if edited.get() else card

    async def edited_list(reader: Any, slug: str) -> Any:
        return edited_card(await list_for(reader, slug))

    async def edited_again(*asked: Any) -> Any:
        now: Any = await list_again(*asked)
        return now._replace(curated=edited_card(now.curated))

    def edited_rows(ask: Any) -> Any:
        async def rows_of(curated: Any) -> Any:
            rows = await ask(curated)
            if edited.get():
                at, words = len(rows) // 2, f"It was edited {edited.get()} times."
                drawn = isinstance(rows[at], dict)
                rows[at] = {**rows[at], "annotation": words} if drawn else (words, *rows[at][1:])
            return rows

        return rows_of

    list_for, list_again = queries.list_for, looking.list_again
    stead: list[tuple[Any, str, Any]] = [(house, "freshness", WrittenBefore), (queries, "list_for", edited_list)]
    stead.append((looking, "list_again", edited_again))
    stead += [(queries, name, edited_rows(getattr(queries, name))) for name in ("items_to_draw", "places_of")]
    for module, name, other in stead:
        setattr(module, name, other)
    service = house.build_app(
        Settings(database_url=url, secret_key="k" * 40, base_url=base, data_folder=Path(folder), jobs_inside=False)
    )

    def told_in(scope: Scope) -> bytes | None:
        return dict(scope.get("headers", ())).get(b"x-bench")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal written
        said = told_in(scope)
        if said is not None:
            written = next(numbers)
            edited.set(written if said in (b"again", b"titled") else 0)
            titled.set(written if said == b"titled" else 0)
            scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"x-bench"]
        await service(scope, receive, send)

    # what is kept is given without coming to the application, which counts what was written: so these come
    class Door:
        def at_once(self, scope: Scope, give: Any, otherwise: Callable[[], None]) -> None:
            if told_in(scope) is None:
                service.front.at_once(scope, give, otherwise)
            else:
                otherwise()

    setattr(app, "front", Door())  # noqa: B010 - where web/receiving.py looks for it, of a function
    return app


def serve(app: ASGIApp, http: Any, fd: int, workers: int) -> None:
    """Serve until told to end."""
    for _ in range(workers - 1):
        if os.fork() == 0:
            break
    # as `engage serve` begins it: what believes the headers of proxies would stand before what answers at once
    config = uvicorn.Config(
        app, http=http, lifespan="on", log_level="error", access_log=False, server_header=False, proxy_headers=False
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=fd)])


def become_gunicorn(fd: str, workers: str, url: str) -> None:
    """Go on as gunicorn, with Django."""
    how = ["--bind", f"fd://{fd}", "--workers", workers, "--worker-class", "gthread", "--threads", str(THREADS)]
    how += ["--keep-alive", "30", "--log-level", "error"]
    words = [sys.executable, "-m", "gunicorn", *how, "tests.bench.beside.django_list:wsgi"]
    os.execve(sys.executable, words, {**os.environ, "PEER_DATABASE": url})


def main() -> None:
    """Serve what is asked for."""
    kind, fd, workers, *more = sys.argv[1:]
    if kind == "django":
        become_gunicorn(fd, workers, *more)
    http: Any = "httptools"
    if kind == "ours":
        from engage.web.receiving import Receiving as http
    kinds: dict[str, Callable[..., ASGIApp]] = {each.__name__: each for each in (bare, route, row, ours, fastapi)}
    serve(kinds[kind](*more), http, int(fd), int(workers))


if __name__ == "__main__":
    main()
