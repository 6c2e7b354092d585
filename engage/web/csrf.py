"""Refuses to act on what another site makes a browser send. Source: SAFETY.md, S3."""

from starlette.types import ASGIApp, Receive, Scope, Send

from engage.errors import NotAllowed

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
        if path.startswith("/lti/"):
            return True
        if path.startswith("/api/") and headers.get(b"authorization", b"").lower().startswith(b"bearer "):
            return True
        site = headers.get(b"sec-fetch-site")
        if site is not None:
            return bool(site == b"same-origin")
        return headers.get(b"origin") == self.origin
