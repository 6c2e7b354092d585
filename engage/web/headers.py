"""The headers that every answer carries, whatever made it. Source: SAFETY.md, S5."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'{forms}; frame-ancestors {ancestors}; base-uri 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'"
)
FEATURES = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "otp-credentials",
    "payment",
    "picture-in-picture",
    "publickey-credentials-create",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "storage-access",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)
# what may stand in a policy as somebody else's: nothing that could end it and begin another
ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?")
YEAR = 31_536_000
# what an address of a school may answer for a browser to show, or a program to follow
SHOWN = frozenset(
    {
        b"text/html",
        b"text/calendar",
        b"application/rss+xml",
        b"application/atom+xml",
        b"application/feed+json",
        b"application/opds+json",
        b"application/opds-publication+json",
        b"application/opensearchdescription+xml",
    }
)


def _permissions(camera: bool) -> str:
    return ", ".join(f"{name}=({'self' if camera and name == 'camera' else ''})" for name in FEATURES)


@dataclass(frozen=True)
class Friends:
    """Other sites that one answer has to do with: their origins.

    frames: those that may show it inside their pages. sends_to: the one that its form goes to.
    """

    frames: tuple[str, ...] = ()
    sends_to: str = ""


def befriend(request: Request, frames: Iterable[str] = (), sends_to: str = "") -> None:
    """Let this one answer be shown by other sites, or send its form to one. Raises ValueError for what is no origin."""
    friends = Friends(tuple(frames), sends_to)
    for origin in (*friends.frames, *([sends_to] if sends_to else [])):
        if not ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin!r} is no origin")
    request.scope["engage.friends"] = friends


def fixed_headers(
    secure: bool, framed: bool = False, camera: bool = False, friends: Friends | None = None
) -> list[tuple[bytes, bytes]]:
    """The headers that do not depend on who asks. framed: other sites may show the page; camera: the card page."""
    friends = friends or Friends()
    ancestors = "*" if framed else " ".join(friends.frames) or "'none'"
    forms = f" {friends.sends_to}" if friends.sends_to else ""
    framed = framed or bool(friends.frames)
    pairs = {
        "content-security-policy": POLICY.format(ancestors=ancestors, forms=forms),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "cross-origin" if framed else "same-origin",
        "permissions-policy": _permissions(camera),
    }
    if secure:
        pairs["strict-transport-security"] = f"max-age={YEAR}; includeSubDomains"
    return [(name.encode(), value.encode()) for name, value in pairs.items()]


class Headers:
    """Puts them on: outside of everything else, so that no answer gets past."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self.app = app
        self.secure = secure
        self.sets = {
            (framed, camera): fixed_headers(secure, framed, camera)
            for framed in (False, True)
            for camera in (False, True)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                row = scope.get("engage.row")
                fixed = self.sets[bool(row and row.framed), bool(row and row.camera)]
                if friends := scope.get("engage.friends"):
                    fixed = fixed_headers(self.secure, friends=friends)
                own = [pair for pair in message["headers"] if pair[0] not in NAMES]
                if message["status"] == 200 and row is not None and row.of_school:
                    own = _kept_not_shown(own)
                message["headers"] = [*_caching(scope, own), *fixed]
            await send(message)

        await self.app(scope, receive, dressed)


NAMES = frozenset(name for name, _ in fixed_headers(secure=True)) | {b"server"}


def _kept_not_shown(own: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Whatever is neither a page nor a feed is a file, even if its handler forgot to say so (SAFETY.md, U6)."""
    named = dict(own)
    if b"content-disposition" in named or named.get(b"content-type", b"").partition(b";")[0] in SHOWN:
        return own
    return [*own, (b"content-disposition", b"attachment")]


def _caching(scope: Scope, own: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Nothing that a signed-in person gets is kept anywhere; the rest differs by cookie at most."""
    if scope.get("engage.private"):
        kept = [pair for pair in own if pair[0] not in (b"cache-control", b"vary")]
        return [*kept, (b"cache-control", b"no-store")]
    if all(name != b"cache-control" for name, _ in own):
        own = [*own, (b"cache-control", b"no-cache")]
    if scope.get("engage.same_for_all"):
        return own
    vary = b", ".join([b"Cookie", *(value for name, value in own if name == b"vary")])
    return [*(pair for pair in own if pair[0] != b"vary"), (b"vary", vary)]
