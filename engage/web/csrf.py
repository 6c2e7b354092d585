"""Refuses to act on what another site makes a browser send. Source: SAFETY.md, S3."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from engage.errors import NotAllowed

# the button of a mail program that ends a newsletter: no browser sends it, and the secret in the path may do only that.
# Source: RFC 8058
ONE_CLICK = "/newsletter/leave/"
# what a platform for courses makes a browser send: what begins an attempt, and a signed message (LTI 1.3)
SIGNED = frozenset({"/lti/login", "/lti/launch"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSite(NotAllowed):
    """An unsafe request that did not come from a page of ours."""


class SameSite:
    """Lets unsafe methods through only from our own pages."""

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self.app = app
        self.origin = origin.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE and not self.is_ours(scope):
            raise CrossSite
        await self.app(scope, receive, send)

    def is_ours(self, scope: Scope) -> bool:
        """Whether the browser says that the request comes from a page of ours; silence is no."""
        headers = dict(scope["headers"])
        path: str = scope["path"]
        if path.startswith("/api/") and headers.get(b"authorization", b"").lower().startswith(b"bearer "):
            return True
        if path in SIGNED:
            return True
        site = headers.get(b"sec-fetch-site")
        if site is not None:
            return bool(site == b"same-origin")
        if b"origin" not in headers and path.startswith(ONE_CLICK):
            return True
        return headers.get(b"origin") == self.origin


def is_followed_here(request: Request) -> bool:
    """Whether a page of ours led to this one, for a GET by which somebody leaves to come back as more than they were.

    A browser that does not say so itself names the page, as Referrer-Policy asks of it; silence is no.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("referer", "").startswith(f"{request.app.settings.base_url}/")
