"""Sends pages in gzip where the browser takes it; what the front cache keeps is packed there, once."""

import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engage.web.assets import takes_gzip

SMALLEST = 1_000
LEVEL = 5
PACKED = ("text/", "application/json", "application/feed+json", "application/atom+xml", "application/rss+xml")


class Packing:
    """Packs an answer that comes in one piece. Nothing secret stands in a page, so its length tells nothing (S1)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not takes_gzip(Headers(scope=scope).get("accept-encoding", "")):
            await self.app(scope, receive, send)
            return
        begin: Message | None = None

        async def packs(message: Message) -> None:
            nonlocal begin
            filled = "engage.filled" in scope and "engage.filling" in scope
            kept = filled or ("engage.share" in scope and "engage.front" in scope)
            if message["type"] == "http.response.start" and not kept and _packable(message):
                begin = message
                return
            if begin is not None and message["type"] == "http.response.body":
                body = message.get("body", b"")
                headers = MutableHeaders(raw=begin["headers"])
                headers.add_vary_header("Accept-Encoding")
                if not message.get("more_body", False) and len(body) >= SMALLEST:
                    body = gzip.compress(body, LEVEL, mtime=0)
                    headers["Content-Encoding"], headers["Content-Length"] = "gzip", str(len(body))
                    message = {**message, "body": body}
                await send(begin)
                begin = None
            await send(message)

        await self.app(scope, receive, packs)


def _packable(start: Message) -> bool:
    # how far a problem page shrinks depends on its code, and two missing things must look alike in every byte (A2)
    if start["status"] >= 400:
        return False
    headers = Headers(raw=start["headers"])
    return "content-encoding" not in headers and headers.get("content-type", "").startswith(PACKED)
