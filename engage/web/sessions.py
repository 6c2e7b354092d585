"""Cookies: the session's token, the message for the next page, and the colours; who keeps the session is handed in."""

import base64
import hashlib
import json
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from engage import dates

log = logging.getLogger("engage.web")

THEMES = ("light", "dark")
KINDS = ("done", "note", "care", "wrong")
# the cookie of messages for the next page; a browser keeps 4,096 bytes, and a sealed text is three quarters longer
SAID = "said"
MOST_MESSAGES, LONGEST_MESSAGE, LONGEST_SAID = 3, 400, 2_000
SEEN_EVERY = timedelta(minutes=1)
THEME_DAYS = 365
MESSAGE_SECONDS = 300
# the cookie of a device that a class shares: the class's code, for as long as a door is open at most (SAFETY.md, L3)
KIOSK = "kiosk"
KIOSK_SECONDS = 3_600
# what stands in it on an enrolled device that signs each child out after a log; no class has this code
KIOSK_BY_CARD = "CARD"
# the cookie of a device that staff have enrolled, and of one on which the code of a class was typed: both outlive the
# sessions of the children who come one after the other
DEVICE, DOOR = "device", "door"
STAYING = (DEVICE, DOOR)
DEVICE_SECONDS = 400 * 24 * 3_600
# how long what one has proved holds for exports, erasure and roles (SAFETY.md, section 0)
PROVED_FOR = timedelta(minutes=10)
# what a browser forgets when a session ends; what waits there sealed stays where it is said so
STORED = '"cache", "cookies", "storage"'
WAITING = '"cache", "cookies"'
COOKIES = ', "cookies"'
# what stands for the page that led here, where an address says to which page to go on
HERE = "here"


@dataclass(frozen=True)
class Ages:
    """How long a session lives. idle: since it was last used; whole: since sign-in."""

    idle: timedelta
    whole: timedelta


# Source: SAFETY.md, section 0
STUDENT_AGES = Ages(timedelta(minutes=20), timedelta(hours=8))
STAFF_AGES = Ages(timedelta(minutes=60), timedelta(hours=12))


def is_alive(ages: Ages, seen_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Whether a session may still be used. ends_at: the end that was set at sign-in."""
    return now < ends_at and now - seen_at < ages.idle


@dataclass(frozen=True)
class Said:
    """A message for the next page. kind: one of KINDS; undo: the path that takes the act back, or nothing."""

    sentence: str
    kind: str = "done"
    undo: str = ""


@dataclass(frozen=True)
class Visit:
    """What is known of a request's sender.

    user: the Reader, None where no school is named. session_id: the session that is alive, or None.
    stale: a session came that is no longer alive. seen_at: when the session was last written down as used;
    quiet_until: until when it is alive without being written down again. alike: what a page for all who are alike may
    know of the user, None where there are no such pages. proved_at: when the person last proved who they are.
    """

    user: Any = None
    session_id: int | None = None
    said: tuple[Said, ...] = ()
    stale: bool = False
    seen_at: datetime | None = None
    quiet_until: datetime | None = None
    alike: Any = None
    proved_at: datetime | None = None


NOBODY = Visit()


@dataclass(frozen=True)
class Machine:
    """Another system that asks with a token. user: the Reader that it asks as; opens: what the token is for.

    bearer: what whoever keeps tokens knows of it.
    """

    id: int
    user: Any
    opens: frozenset[str]
    bearer: Any = None


class Sessions(Protocol):
    """Where sessions are kept; engage.people.sessions is one."""

    async def machine(self, header: str, slug: str | None, secret_key: str) -> Machine | None:
        """Who asks with this Authorization header, at the school of this slug if one is named; None for nobody.

        Raises NotFound where the token does not reach that school.
        """

    async def visit(self, slug: str | None, token: str | None) -> Visit | None:
        """Who asks, in one statement; None where there is no such school (or, without a slug, no living session)."""

    async def note(self, session_id: int, seen_at: datetime) -> None:
        """Write down the moment of use."""

    def sealed(self, secret_key: str, session_id: int, text: str) -> str:
        """A text as a cookie may hold it: nobody reads it but us, and it opens for this session alone."""

    def unsealed(self, secret_key: str, session_id: int, text: str) -> str:
        """The text again; "" for what was not sealed for this session."""


def new_token() -> str:
    """256 random bits. Source: SAFETY.md, S1."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What stands in the table in place of the token."""
    return hashlib.sha256(token.encode()).hexdigest()


def cookie_name(secure: bool) -> str:
    """The session cookie's name; the prefix makes browsers hold it to https, this host and the path /."""
    return "__Host-session" if secure else "session"


def token_in(request: Request) -> str | None:
    """The token that the request presents, if it could be one of ours."""
    token = request.cookies.get(cookie_name(request.app.settings.secure), "")
    return token if is_token(token) else None


def is_token(text: str) -> bool:
    """Whether it could be the token of a session."""
    return 20 <= len(text) <= 100 and text.isascii()


def proved(request: Request) -> bool:
    """Whether the one who asks gave a password, a code, pictures or a PIN within the last ten minutes.

    Pages for exports, erasure and roles ask it, and lead to engage.people.proving where it is not so.
    """
    visit: Visit = request.scope.get("engage.visit", NOBODY)
    return visit.proved_at is not None and dates.now() - visit.proved_at < PROVED_FOR


# what a browser says of itself, and the class of device that it means; the first that fits
DEVICES = (
    ("CrOS", "Chromebook"),
    ("iPad", "iPad"),
    ("iPhone", "phone"),
    ("Mobile", "phone"),
    ("Android", "tablet"),
    ("Windows", "Windows computer"),
    ("Macintosh", "Mac"),
    ("Linux", "computer"),
)


def device_of(request: Request) -> str:
    """The class of device that a request comes from, and no more (SAFETY.md, P1: no fingerprint)."""
    agent = request.headers.get("user-agent", "")
    return next((name for sign, name in DEVICES if sign in agent), "")


def theme_of(request: Request) -> str:
    """The colours that the visitor chose; "" where the device decides."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in THEMES else ""


def set_cookie(
    response: Response, request: Request, name: str, value: str, seconds: int | None = None, *, crossing: bool = False
) -> None:
    """A cookie as ours all are: this host only, out of reach of scripts, not sent along from other sites.

    crossing: it comes along when another site sends somebody here by a form, as LTI does; over https alone.
    """
    secure = request.app.settings.secure
    same = "none" if crossing and secure else "lax"
    response.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite=same)  # type: ignore[arg-type]


def drop_cookie(response: Response, request: Request, name: str) -> None:
    """Ask the browser to forget a cookie."""
    set_cookie(response, request, name, "", 0)


def say(request: Request, sentence: str, kind: str = "done", undo: str = "") -> None:
    """A message that the next page shows once. kind: one of KINDS."""
    if kind not in KINDS:
        raise ValueError(f"a message is one of {KINDS}, not {kind!r}")
    saying: list[Said] = request.scope.setdefault("engage.saying", [])
    saying.append(Said(sentence[:LONGEST_MESSAGE], kind, undo))


def take_said(request: Request) -> tuple[Said, ...]:
    """The messages for this page; from here on they count as shown."""
    request.scope["engage.shown"] = True
    visit: Visit = request.scope.get("engage.visit", NOBODY)
    return visit.said


def hear(request: Request, visit: Visit, sessions: Sessions) -> Visit:
    """The visit with what was said before it. A person's is sealed for the session: the device may be a shared one."""
    text = request.cookies.get(SAID, "")
    if not text:
        return visit
    if visit.session_id is not None:
        text = sessions.unsealed(request.app.settings.secret_key, visit.session_id, text)
    return replace(visit, said=read_said(text))


def recognise(request: Request, visit: Visit) -> None:
    """From here on it is known who asks, at an address that asks for nobody: what is said is said to them."""
    request.scope["engage.visit"] = visit


def waiting_messages(request: Request) -> bool:
    """Whether there are messages for the next page that shows some."""
    return SAID in request.cookies


def begin_session(request: Request, session_id: int, token: str) -> None:
    """From this answer on the browser holds a new session."""
    request.scope["engage.begun"] = (session_id, token)


def finish_session(request: Request) -> None:
    """From this answer on the browser holds no session, and nothing that it kept of us."""
    request.scope["engage.finished"] = True


def leave_waiting(request: Request) -> None:
    """Entries that could not be sent wait in this browser, sealed; a session that ends leaves them there."""
    request.scope["engage.waiting"] = True


async def settle(request: Request, response: Response, sessions: Sessions, now: datetime) -> None:
    """After the handler: give the session's cookie, keep what was said, forget what was shown, note the use."""
    visit: Visit = request.scope.get("engage.visit", NOBODY)
    saying: list[Said] = request.scope.get("engage.saying", [])
    shown = request.scope.get("engage.shown", False)
    begun: tuple[int, str] | None = request.scope.get("engage.begun")
    secure = request.app.settings.secure
    session_id = visit.session_id
    if request.scope.get("engage.finished"):
        session_id = None
        drop_cookie(response, request, cookie_name(secure))
        cleared = WAITING if request.scope.get("engage.waiting") else STORED
        if any(name in request.cookies for name in STAYING):
            # all that are ours go one by one, but for those by which the next child finds this device as it was
            cleared = cleared.replace(COOKIES, "")
            for name in (SAID, KIOSK):
                drop_cookie(response, request, name)
        response.headers["Clear-Site-Data"] = cleared
    if begun:
        session_id, token = begun
        set_cookie(response, request, cookie_name(secure), token)
    if saying:
        before = () if shown or session_id != visit.session_id else visit.said
        text = write_said([*before, *saying])
        if session_id is not None:
            text = sessions.sealed(request.app.settings.secret_key, session_id, text)
        set_cookie(response, request, SAID, text, MESSAGE_SECONDS)
    elif shown and SAID in request.cookies:
        drop_cookie(response, request, SAID)
    if session_id is not None and not begun and visit.seen_at and now - visit.seen_at >= SEEN_EVERY:
        try:
            await sessions.note(session_id, now)
        except Exception as problem:  # noqa: BLE001 - reading goes on when nothing can be written (SAFETY.md, D4)
            log.warning("a session could not be noted", extra={"error": type(problem).__name__})


def write_said(messages: Sequence[Said]) -> str:
    """The last messages as text, as many as a cookie holds."""
    rows = [vars(message) for message in messages][-MOST_MESSAGES:]
    while True:
        text = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
        if len(text) <= LONGEST_SAID or not rows:
            return base64.urlsafe_b64encode(text).decode().rstrip("=")
        del rows[0]


def read_said(text: str) -> tuple[Said, ...]:
    """Messages from that text; what is not ours is nothing."""
    try:
        rows = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) if text else []
        return tuple(
            Said(str(row["sentence"])[:LONGEST_MESSAGE], row["kind"], _undo(row.get("undo", "")))
            for row in rows[:MOST_MESSAGES]
            if row["kind"] in KINDS
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return ()


def _undo(path: object) -> str:
    return own_path(path) if isinstance(path, str) else ""


def own_path(path: str) -> str:
    """The path if it leads to a page of ours, else "". Source: SAFETY.md, S4."""
    if not path.startswith("/") or len(path) > 2000:
        return ""
    lowered = path.lower()
    before_query = lowered.partition("?")[0]
    if "\\" in path or "%2f" in before_query or "%5c" in lowered or "//" in before_query:
        return ""
    return path if path.isprintable() and path.isascii() and " " not in path else ""


def wanted_page(request: Request) -> str:
    """Where somebody was going before signing in, or "": as the address says it, or, for HERE, the page that led here.

    No page of signing in leads back to itself. A missing page says HERE and does not repeat its address, so that all of
    them are the same bytes (SAFETY.md, A2).
    """
    said = request.query_params.get("next", "")
    if said != HERE:
        return own_path(said)
    came, ours = urlsplit(request.headers.get("referer", "")), urlsplit(request.app.settings.base_url)
    if (came.scheme, came.netloc) != (ours.scheme, ours.netloc) or f"{came.path}/".startswith("/sign-in/"):
        return ""
    return own_path(came.path + (f"?{came.query}" if came.query else ""))
