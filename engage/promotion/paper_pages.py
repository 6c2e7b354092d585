"""The papers of a list as they are asked for: poster, cards for shelves, bookmarks, code, card for other sites.

Each is made once for a version of the list and of what stands on it, and seen by whoever sees the list (A3).
"""

from asyncio import get_running_loop
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engage.errors import NotFound
from engage.lists import queries as lists
from engage.lists.queries import ListCard
from engage.lists.rules import LONGEST, State
from engage.lists.shown import shown
from engage.outside.typeset import Press, press_in
from engage.people.sessions import Table
from engage.promotion import codes, paper_queries
from engage.promotion.cut_outs import IN_FILE, bookmarks_of, files_for, talkers_of
from engage.promotion.paper import Item, Picture
from engage.promotion.posters import ON_CARD, ON_POSTER, card_of, poster_of
from engage.web import sessions
from engage.web.cache import Cache, answer
from engage.web.forms import choice, number
from engage.web.front import share
from engage.web.paper import Paper, paper_for
from engage.web.render import render, template_folder
from engage.web.routing import path_for
from engage.web.tables import attachment

# of their own, so that a wall of posters drives no page out of memory
held = Cache(entries=400, size=48 * 1024 * 1024)
SMALL = 200_000
# as many files of cards as the longest list needs
MOST_PARTS = len(files_for(LONGEST))
PDF, PNG = "application/pdf", "image/png"

T = TypeVar("T")
Make = Callable[[ListCard, Sequence[Item]], Awaitable[bytes]]


async def papers(request: Request) -> Response:
    """Everything that a list can be on paper and on screens, and the sheet to choose."""
    curated = await lists.list_for(request.user, request.path_params["slug"])
    if request.user.id is None:
        share(request)
    return render(
        request,
        "promotion/papers.html",
        curated=curated,
        paper=str(paper_of(request)),
        files=files_for(curated.items_count),
        address=codes.typed(codes.short_address(request, curated.key)),
        code=Markup(codes.code(codes.short_address(request, curated.key))),
        published=curated.state is State.PUBLISHED,
    )


async def poster(request: Request) -> Response:
    """The poster of a list, one sheet."""
    paper = paper_of(request)

    async def make(curated: ListCard, items: Sequence[Item]) -> bytes:
        pictures = await pictures_of(request, items, ON_POSTER)
        address = codes.short_address(request, curated.key)
        (code,) = await the_press().codes([address], codes.ON_SIGNS)
        data = await beside(poster_of, curated, items, pictures, request.user.school, paper, address, code)
        return await the_press().pdf("poster", data, curated.changed_at)

    return await made(request, f"poster-{paper}.pdf", PDF, make)


async def shelf_talkers(request: Request) -> Response:
    """A card for each thing on a list, to be cut and put on the edge of its shelf; a long list has several files."""
    paper, part = paper_of(request), number(request, "part", 1, most=MOST_PARTS)

    async def make(curated: ListCard, items: Sequence[Item]) -> bytes:
        school = request.user.school
        ours = items[(part - 1) * IN_FILE : part * IN_FILE]
        addresses = [codes.resource_address(request, item["resource_key"]) for item in ours]
        drawn = await the_press().codes(addresses, codes.ON_PAGES)
        data = talkers_of(curated, ours, school, paper, drawn)
        return await the_press().pdf("talkers", data, curated.changed_at)

    return await made(request, f"shelf-cards-{part}-{paper}.pdf", PDF, make)


async def bookmarks(request: Request) -> Response:
    """Five bookmarks of a list, to be cut."""
    paper = paper_of(request)

    async def make(curated: ListCard, items: Sequence[Item]) -> bytes:
        address = codes.short_address(request, curated.key)
        (code,) = await the_press().codes([address], codes.ON_PAGES)
        data = await beside(bookmarks_of, curated, items, request.user.school, paper, address, code)
        return await the_press().pdf("bookmarks", data, curated.changed_at)

    return await made(request, f"bookmarks-{paper}.pdf", PDF, make)


async def card(request: Request) -> Response:
    """The picture that other sites show beside a link to a list: 1200 by 630 points."""

    async def make(curated: ListCard, items: Sequence[Item]) -> bytes:
        pictures = await pictures_of(request, items, ON_CARD)
        data = await beside(card_of, curated, items, pictures, request.user.school)
        return await the_press().png("card", data, curated.changed_at)

    return await made(request, "card.png", PNG, make)


async def qr(request: Request) -> Response:
    """The code of a list's short address, as a drawing for any paper of one's own."""
    curated = await lists.list_for(request.user, request.path_params["slug"])
    drawn = codes.code(codes.short_address(request, curated.key))
    kept_as = attachment(f"{curated.slug}-code.svg")
    return shared(request, answer(request, drawn, "image/svg+xml", Content_Disposition=kept_as), len(drawn))


async def short(request: Request) -> Response:
    """From the short address on a paper to the list, for whoever may see it; it is found by its key alone.

    Raises NotFound.
    """
    key = request.path_params["key"]
    slug = await paper_queries.school_with_list(key)
    visit = await Table().visit(slug, sessions.token_in(request)) if slug else None
    if visit is None:
        raise NotFound(key)
    curated = await lists.list_to_edit(visit.user, key)
    return RedirectResponse(path_for(request, "lists.show", school=slug, slug=curated.slug), 303)


async def made(request: Request, name: str, media_type: str, make: Make) -> Response:
    """A paper of the list in this address, as it was made for its version. name: of the file."""
    curated = await lists.list_for(request.user, request.path_params["slug"])
    school = request.user.school

    async def makes() -> bytes:
        return await make(curated, shown(await lists.items_of(curated)).items)

    key = (media_type, name, curated.id, curated.version, curated.stamp, school.name, school.language)
    body: bytes = await held.get(key, makes)
    kept_as = attachment(f"{curated.slug}-{name}")
    return shared(request, answer(request, body, media_type, Content_Disposition=kept_as), len(body))


def shared(request: Request, response: Response, size: int) -> Response:
    """The answer, kept for other visitors where a visitor asked and it is small."""
    if request.user.id is None and size <= SMALL:
        share(request)
    return response


async def pictures_of(request: Request, items: Sequence[Item], most: int) -> Mapping[str, Picture]:
    """The kept covers of the items that a paper shows."""
    keys = [item["picture"] for item in sorted(items, key=lambda item: not item["start_here"])[:most]]
    return await paper_queries.cover_pictures(request.user, [key for key in keys if key])


# one, so that a pile of papers takes half of one processor from the pages at most, and never all
_thread = ThreadPoolExecutor(1, thread_name_prefix="paper")


async def beside(draw: Callable[..., T], *given: Any) -> T:
    """What a function of ours draws, in a thread beside the pages: covers take a millisecond each."""
    return await get_running_loop().run_in_executor(_thread, draw, *given)


def paper_of(request: Request) -> Paper:
    """The sheet that was asked for, else the usual one of the school's part of the world."""
    return Paper(choice(request, "paper", list(Paper), paper_for(request.user.school.zone)))


def the_press() -> Press:
    """The press of this worker."""
    return press_in(template_folder() / "paper")
