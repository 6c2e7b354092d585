"""A list on a screen in the hall: one thing after the other, by itself; without script a long page."""

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from engage.lists import queries as lists
from engage.lists.shown import shown
from engage.promotion import codes
from engage.promotion.paper import counted
from engage.promotion.paper_pages import held, shared, the_press
from engage.web.cache import answer
from engage.web.forms import number
from engage.web.render import render_page
from engage.web.sessions import theme_of

# seconds that a slide stays
STAYS, LEAST, MOST = 12, 5, 120
# a passer-by sees two or three; a round should not take all morning
SLIDES = 60


async def slides(request: Request) -> Response:
    """The list as slides. Whoever asks gets the same page, with nothing of their own on a screen for all."""
    curated = await lists.list_for(request.user, request.path_params["slug"])
    school = request.user.school
    seconds = number(request, "seconds", STAYS, LEAST, MOST)

    async def make() -> bytes:
        items = shown(await lists.items_of(curated)).items
        first = sorted(items, key=lambda item: not item["start_here"])[:SLIDES]
        addresses = [codes.resource_address(request, item["resource_key"]) for item in first]
        drawings = await the_press().codes(addresses, codes.ON_PAGES)
        return bytes(
            render_page(
                request,
                "promotion/slides.html",
                status=200,
                reader=None,
                curated=curated,
                count=counted(curated.reading, curated.viewing, curated.listening),
                # drawings of ours, in which nothing is written
                items=[item | {"code": Markup(code)} for item, code in zip(first, drawings, strict=True)],
                code=Markup(codes.code(codes.short_address(request, curated.key), codes.ON_SIGNS)),
                address=codes.typed(codes.short_address(request, curated.key)),
                seconds=seconds,
            ).body
        )

    key = ("slides", curated.id, curated.version, curated.stamp, school.name, seconds, theme_of(request))
    body: bytes = await held.get(key, make)
    return shared(request, answer(request, body, "text/html; charset=utf-8"), len(body))
