"""Lists inside other people's pages: a small page for a frame, how to put it there, and the oEmbed provider.

Only lists that everybody may see are shown so, whoever asks; nothing about anybody is counted, and nothing is set.
Sources: oembed.com; SAFETY.md, S5 (which addresses may be framed).
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from engage.errors import NotFound
from engage.lists import queries
from engage.lists.queries import ListCard
from engage.lists.rules import Visibility
from engage.lists.shown import shown
from engage.people.queries import reader_of
from engage.people.rules import Reader, SchoolCard
from engage.promotion.formats import WAYS_OUT
from engage.promotion.outgoing import published, shared
from engage.web.cache import answer
from engage.web.forms import number
from engage.web.front import share
from engage.web.render import render, render_page, whole
from engage.web.routing import path_for

WIDTH, HEIGHT = 480, 600  # points, where nobody says otherwise
NARROWEST, LOWEST, WIDEST = 200, 200, 1_200
ITEMS = 50
KEPT_SECONDS = 3_600


async def embed(request: Request) -> Response:
    """The list as a small page for a frame. Only this page may be framed."""
    curated = await public_list(request.user.school, request.path_params["slug"])
    listed = shown(await queries.items_of(curated))
    share(request)
    return render_page(
        request,
        "promotion/embed.html",
        status=200,
        curated=curated,
        items=listed.items[:ITEMS],
        left=max(0, listed.total - ITEMS),
    )


async def take_along(request: Request) -> Response:
    """All forms of a list in one place, and how to show it inside another page."""
    curated = await published(request)
    is_public = curated.visibility is Visibility.PUBLIC
    ways = {heading: [way for way in each if is_public or not way.public_only] for heading, each in WAYS_OUT.items()}
    response = render(
        request,
        "promotion/take_along.html",
        curated=curated,
        ways={heading: each for heading, each in ways.items() if each},
        frame=str(frame_of(request, curated, request.path_params["school"], WIDTH, HEIGHT)) if is_public else "",
        width=WIDTH,
    )
    return shared(request, response)


async def oembed(request: Request) -> Response:
    """What oEmbed says of the address of a public list. Raises NotFound for any other address."""
    if request.query_params.get("format", "json") != "json":
        return Response("Only format=json is given.", 501, media_type="text/plain")
    school, slug = list_at(request.query_params.get("url", ""), request.app.settings.base_url)
    visitor = await reader_of(school, "")
    if visitor is None:
        raise NotFound(school)
    framed = await framed_at(request, visitor.school, slug)
    width = min(number(request, "maxwidth", WIDTH, NARROWEST), WIDTH)
    height = min(number(request, "maxheight", HEIGHT, LOWEST), HEIGHT)
    said: dict[str, Any] = {
        "version": "1.0",
        "type": "rich",
        "title": framed.title,
        "author_name": framed.by or visitor.school.name,
        "provider_name": visitor.school.name,
        "provider_url": whole(request, path_for(request, "promotion.home", school=school)),
        "cache_age": KEPT_SECONDS,
        "html": str(frame(framed.address, framed.title, width, height)),
        "width": width,
        "height": height,
    }
    return answer(request, json.dumps(said, ensure_ascii=False), "application/json")


def list_at(url: str, base: str) -> tuple[str, str]:
    """The slugs of the school and the list whose page is at an address of ours, "" for all lists. Raises NotFound."""
    asked, ours = urlsplit(url), urlsplit(base)
    parts = asked.path.strip("/").split("/")
    if asked.netloc.lower() != ours.netloc.lower() or asked.scheme not in ("http", "https"):
        raise NotFound(url)
    if len(parts) not in (2, 3) or parts[1] != "lists":
        raise NotFound(url)
    return unquote(parts[0]), unquote(parts[2]) if len(parts) == 3 else ""


@dataclass(frozen=True)
class Framed:
    """What is shown in a frame: its title, who made it, and the address of the small page."""

    title: str
    by: str
    address: str


async def framed_at(request: Request, school: SchoolCard, slug: str) -> Framed:
    """A public list, or the shelf of the newest ones where no list is named. Raises NotFound."""
    if not slug:
        shelf = whole(request, path_for(request, "promotion.shelf_embed", school=school.slug))
        return Framed(f"New lists of {school.name}", "", shelf)
    curated = await public_list(school, slug)
    address = whole(request, path_for(request, "promotion.embed", school=school.slug, slug=curated.slug))
    return Framed(curated.title, curated.by, address)


async def public_list(school: SchoolCard, slug: str) -> ListCard:
    """A published list that everybody may see: one that a visitor sees. Raises NotFound."""
    return await queries.list_for(Reader(school), slug)


def frame_of(request: Request, curated: ListCard, school: str, width: int, height: int) -> Markup:
    """The frame of one list."""
    src = whole(request, path_for(request, "promotion.embed", school=school, slug=curated.slug))
    return frame(src, curated.title, width, height)


def frame(src: str, title: str, width: int = WIDTH, height: int = HEIGHT) -> Markup:
    """The markup to put into another page: it may run no scripts there, and opens what is chosen beside itself."""
    return Markup(
        '<iframe src="{src}" title="{title}" width="{width}" height="{height}" loading="lazy" '
        'style="border:0;max-width:100%" '
        'sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"></iframe>'
    ).format(src=src, title=title, width=width, height=height)
