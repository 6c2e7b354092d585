"""The pictures of resources as we serve them."""

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import NotFound
from engage.resources import pictures
from engage.web.cache import answer, cached

# another picture has another key; "private", because the answer to a signed-in person may carry their cookie
FOR_EVER = "private, max-age=31536000, immutable"


async def picture(request: Request) -> Response:
    """A picture in one width: WebP that we made, whatever it was made from (SAFETY.md, U6)."""
    key, width = request.path_params["key"], request.path_params["width"]
    if width not in map(str, pictures.WIDTHS):
        raise NotFound(key)
    school = request.user.school.id
    body = await cached(("picture", school, key, width), lambda: pictures.image_of(request.user, key, int(width)))
    shown = answer(request, body, "image/webp", f"{key}-{width}", cache_control=FOR_EVER)
    # nothing of a person is in it, so the rule that keeps their pages out of the browser's memory does not hold
    request.scope["engage.private"] = False
    request.scope["engage.same_for_all"] = True
    return shown
