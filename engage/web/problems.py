"""What a request that went wrong is answered: a page in plain words, with a code that finds the trace in the log."""

import logging
import secrets
import sqlite3
import traceback
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tortoise.exceptions import DBConnectionError, OperationalError, ValidationError

from engage.errors import Busy, NotAllowed, NotFound, Refused
from engage.web import limits, routing
from engage.web.csrf import CrossSite
from engage.web.render import render_page

log = logging.getLogger("engage.web")

SENTENCES = {
    400: "We could not read what your browser sent.",
    401: "You were signed out, because nothing happened for a while.",
    403: "This page is for someone else.",
    404: "There is no such page here.",
    405: "This address does not do that.",
    408: "What your browser sent took too long to arrive.",
    409: "Someone else changed this at the same time.",
    413: "That is too large to send.",
    422: "That cannot be done as it stands.",
    429: "That was asked too often. Wait a moment.",
    431: "Your browser sent more than we can read.",
    500: "Something broke on our side. It has been written down.",
    503: "The library is busy right now. Nothing of what you sent was saved.",
}
CANNOT_SAVE = "The library cannot save anything right now. Reading still works; nothing of what you sent was saved."
TOO_LONG = "Something that was sent is longer than it can be, so nothing was done."
CROSS_SITE = "That did not come from a page of this library, so nothing was done."
NO_TOKEN = "A token is needed here, in an Authorization header that begins with Bearer, and it has to be alive."
SHOWN_FIELDS = 40
KEEPING = frozenset({401, 409, 422, 500, 503})
SECRETS = ("password", "secret", "pin", "picture", "token", "card", "chosen", "handed", "current")


@dataclass(frozen=True)
class Problem:
    """How a request ends that cannot end as meant. seconds: when to try again, or None."""

    status: int
    sentence: str
    seconds: int | None = None
    small: bool = False


def problem_of(error: Exception) -> Problem:
    """What an exception means to the person."""
    match error:
        case NotFound():
            return Problem(404, SENTENCES[404])
        case CrossSite():
            return Problem(403, CROSS_SITE)
        case NotAllowed():
            return Problem(403, error.sentence or SENTENCES[403])
        case Refused():
            return Problem(422, error.sentence)
        case routing.SignedOut():
            return Problem(401, SENTENCES[401])
        case routing.NoToken():
            return Problem(401, NO_TOKEN)
        case limits.TooOften():
            return Problem(429, SENTENCES[429], error.seconds, small=True)
        case limits.Full():
            return Problem(503, SENTENCES[503], error.seconds, small=True)
        case Busy():
            return Problem(503, SENTENCES[503], error.seconds)
        case HTTPException() if error.status_code in SENTENCES:
            return Problem(error.status_code, SENTENCES[error.status_code])
    return database_problem(error) or Problem(500, SENTENCES[500])


def database_problem(error: Exception) -> Problem | None:
    """503 where the database is away, locked or full; such errors reach us wrapped, chained or raw (SAFETY.md, 1.4)."""
    seen: list[BaseException] = [error]
    while (before := seen[-1].__cause__ or seen[-1].__context__) is not None and before not in seen:
        seen.append(before)
    text = " ".join(str(each).lower() for each in seen if isinstance(each, sqlite3.Error | OperationalError))
    if any(sign in text for sign in ("full", "readonly", "read-only", "disk i/o", "no space")):
        return Problem(503, CANNOT_SAVE, 10)
    if any(sign in text for sign in ("locked", "busy", "unable to open")):
        return Problem(503, SENTENCES[503], 2)
    away = (DBConnectionError, ConnectionError, TimeoutError)
    if any(isinstance(each, away) or _is_postgres_away(each) for each in seen):
        return Problem(503, SENTENCES[503], 2)
    return None


POSTGRES_AWAY = frozenset({"08", "53", "57"})  # classes of SQLSTATE: connection, resources, operator intervention


def _is_postgres_away(error: BaseException) -> bool:
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return state[:2] in POSTGRES_AWAY or state in ("40001", "40P01", "55P03")
    return type(error).__module__.startswith("asyncpg") and type(error).__name__ == "InterfaceError"


class Problems:
    """Turns whatever goes wrong inside into an answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - the last net: nothing may reach the server's own error page
            code = secrets.token_hex(5)
            problem = problem_of(too_long(error, scope) or error)
            if started or problem.status >= 500:
                write_down(error, code, problem.status, scope, traced=not problem.small)
            if not started:
                response = answer(Request(scope, receive), problem, code, error)
                await response(scope, receive, send)


def too_long(error: Exception, scope: Scope) -> NotFound | Refused | None:
    """What it means that a word was longer than any that stands in its table, so that the table was not even asked.

    No page of ours has such a name in an address, nor such a key in a form; who sends one is told so.
    """
    if not isinstance(error, ValidationError) or "Length of " not in str(error):
        return None
    names = [value for value in scope.get("path_params", {}).values() if isinstance(value, str)]
    if scope["method"] != "POST" or any(f"Length of {name!r} " in str(error) for name in names):
        return NotFound("too long a name")
    return Refused(TOO_LONG)


def write_down(error: Exception, code: str, status: int, scope: Scope, *, traced: bool = True) -> None:
    """The trace, in the log, under the code: where it happened and of what kind, never with what values.

    traced: not where somebody was only turned away: in a crowd that would take the time of those who were let in.
    """
    row = scope.get("engage.row")
    kept: dict[str, Any] = {"code": code, "status": status, "route": row.name if row else ""}
    kept["error"] = type(error).__name__
    if traced:
        kept["trace"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    log.error("a request failed", extra=kept)
    log.debug("%s: the whole of it, for developers", code, exc_info=error)


def answer(request: Request, problem: Problem, code: str, error: Exception) -> Response:
    """The problem as a page, or as problem details (RFC 9457) for other programs."""
    headers = {"Cache-Control": "no-store"}
    if problem.seconds is not None:
        headers["Retry-After"] = str(problem.seconds)
    if problem.status == 401:
        bearer = isinstance(error, routing.NoToken)
        headers["WWW-Authenticate"] = (
            "Bearer" if bearer else "Session"
        )  # RFC 9110 asks for one; browsers pass over what they do not know
    if problem.status in (408, 413):
        headers["Connection"] = "close"  # what still comes is not read
    if isinstance(error, HTTPException) and error.headers:
        headers |= dict(error.headers)
    if request.scope["path"].startswith("/api/"):
        body = {"type": "about:blank", "title": problem.sentence, "status": problem.status, "code": code}
        return JSONResponse(body, problem.status, headers, "application/problem+json")
    if problem.small:
        return HTMLResponse(plain_page(problem, code), problem.status, headers)
    back = error.back if isinstance(error, routing.SignedOut) else request.scope["path"]
    sent = sent_with(request) if problem.status in KEEPING else []
    try:
        return render_page(
            request,
            f"errors/{problem.status}.html",
            f"errors/{problem.status // 100}xx.html",
            status=problem.status,
            headers=headers,
            code=code,
            sentence=problem.sentence,
            typed=[pair for pair in sent if pair[0] != "form_key"],
            kept=[pair for pair in sent if pair[0] == "form_key"],
            back=back,
        )
    except Exception as second:  # noqa: BLE001 - a broken error page must not hide the first error
        write_down(second, code, problem.status, request.scope)
        return HTMLResponse(plain_page(problem, code), problem.status, headers)


def sent_with(request: Request) -> list[tuple[str, str]]:
    """What the person had typed, so that it is not lost: names and values of the form, without secrets."""
    body: bytes = request.scope.get("engage.body", b"")
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return []
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=False, max_num_fields=limits.FIELDS)
    except ValueError:
        return []
    return [(name, value) for name, value in pairs if not name.startswith(SECRETS)][:SHOWN_FIELDS]


def plain_page(problem: Problem, code: str) -> str:
    """A page that needs nothing: no template, no database, under 4 KiB. Source: SAFETY.md, O1."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Engage</title>'
        f"<h1>{escape(problem.sentence)}</h1><p>Wait a moment and try again.</p><p>Code {code}</p></html>"
    )
