import gzip

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from engage.web.packing import Packing

LONG = "Owl Moon. " * 500


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers by path: a long text, a short one, a picture, a stream."""
    path = Request(scope).url.path
    answers: dict[str, Response] = {
        "/long": PlainTextResponse(LONG),
        "/short": PlainTextResponse("Owl Moon"),
        "/picture": Response(LONG.encode(), media_type="image/png"),
        "/missing": PlainTextResponse(LONG, 404),
        "/stream": StreamingResponse(iter([LONG, LONG]), media_type="text/csv"),
    }
    if path == "/shared":
        scope["engage.share"], scope["engage.front"] = (None,), True
    await answers.get(path, PlainTextResponse(LONG))(scope, receive, send)


async def ask(path: str, accepts: str = "gzip") -> httpx2.Response:
    transport = httpx2.ASGITransport(app=Packing(app))
    async with httpx2.AsyncClient(transport=transport, base_url="https://engage.test") as client:
        return await client.get(path, headers={"Accept-Encoding": accepts})


async def test_a_long_page_is_packed_for_those_who_take_it() -> None:
    answer = await ask("/long")
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(gzip.compress(LONG.encode(), 5, mtime=0)) < len(LONG) / 4
    assert answer.text == LONG
    assert "Accept-Encoding" in answer.headers["vary"]
    assert "content-encoding" not in (await ask("/long", "identity")).headers


@pytest.mark.parametrize("path", ["/short", "/picture", "/stream", "/shared", "/missing"])
async def test_what_is_short_packed_streamed_kept_in_front_or_a_problem_goes_as_it_is(path: str) -> None:
    answer = await ask(path)
    assert "content-encoding" not in answer.headers
    assert answer.text in (LONG, LONG * 2, "Owl Moon")
