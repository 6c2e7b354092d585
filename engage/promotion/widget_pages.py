"""A shelf for other sites: the newest lists, or what is on show, as a small page for a frame, and how to put it there.

As in embedding, only what everybody may see is shown, whoever asks; nothing is set, and nobody is counted for looking.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import NotFound
from engage.lists.queries import newest
from engage.people.rules import Reader
from engage.promotion import queries
from engage.promotion.embedding import frame
from engage.promotion.rules import Medium, Place
from engage.web.front import share
from engage.web.render import render, render_page, whole
from engage.web.routing import path_for

SHOWN = 8
HIGH = 420


async def shelf_embed(request: Request) -> Response:
    """The newest lists as a small page for a frame."""
    visitor = Reader(request.user.school)
    rows = [row | {"kind": "list", "go": ""} for row in await newest(visitor, SHOWN)]
    return _framed(request, f"New lists of {visitor.school.name}", rows)


async def display_embed(request: Request) -> Response:
    """What is on show, as a small page for a frame; its links are counted as those of the display."""
    visitor = Reader(request.user.school)
    today = dates.today(visitor.school.zone)
    rows = await queries.shown_on(visitor, today, list(Place), Medium.WIDGET)
    once = {row["key"]: row for row in reversed(rows)}
    return _framed(request, f"On show at {visitor.school.name}", list(reversed(once.values()))[:SHOWN])


def _framed(request: Request, title: str, rows: list[dict[str, Any]]) -> Response:
    share(request)
    return render_page(request, "promotion/shelf_embed.html", status=200, title=title, things=rows)


async def shelf_frames(request: Request) -> Response:
    """How to put the shelf on another site."""
    if not queries.may_put_on_show(request.user):
        raise NotFound("frames")
    shelves = (("The newest lists", "promotion.shelf_embed"), ("What is on show", "promotion.display_embed"))
    frames = [
        (words, str(frame(whole(request, path_for(request, name)), words, height=HIGH)), path_for(request, name))
        for words, name in shelves
    ]
    return render(request, "promotion/shelf_frames.html", frames=frames)
