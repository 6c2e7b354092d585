"""The pictures of resources: as we serve them, and the page on which staff choose another."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import NotFound, Refused
from engage.people.rules import Reader
from engage.resources import pictures, queries
from engage.resources.forms import PictureForm
from engage.resources.plain_covers import plain_cover
from engage.web.cache import Cache, answer
from engage.web.forms import sent_file
from engage.web.render import render, say, see_other
from engage.web.tables import attachment
from feeds.address import host_of

# another picture has another key; "private", because the answer to a signed-in person may carry their cookie
FOR_EVER = "private, max-age=31536000, immutable"
# of its own, so that a catalogue full of pictures drives no page out of memory
held = Cache(entries=1_000, size=24 * 1024 * 1024)


async def picture(request: Request) -> Response:
    """A picture in one width: WebP that we made, whatever it was made from (SAFETY.md, U6)."""
    return await given(request, "image/webp", pictures.image_of)


async def picture_as_jpeg(request: Request) -> Response:
    """The same as JPEG, for reading apps that know no WebP (specs.opds.io/opds-1.2, 5.2.2)."""
    return await given(request, "image/jpeg", pictures.jpeg_of)


async def plain_picture(request: Request) -> Response:
    """A jacket without words, as PNG, for what has no picture."""
    look = request.path_params["look"]
    body = await asyncio.to_thread(plain_cover, look)
    request.scope["engage.private"] = False
    request.scope["engage.same_for_all"] = True
    return answer(request, body, "image/png", look, cache_control=FOR_EVER, content_disposition=attachment("cover.png"))


async def given(request: Request, media_type: str, make: Callable[[Reader, str, int], Awaitable[bytes]]) -> Response:
    """A picture of this address, made once."""
    key, width = request.path_params["key"], request.path_params["width"]
    if width not in map(str, pictures.WIDTHS):
        raise NotFound(key)
    await pictures.check_shown(request.user, key)
    school = request.user.school.id
    body = await held.get((school, key, width, media_type), lambda: make(request.user, key, int(width)))
    kind = media_type.removeprefix("image/")
    # pages show it all the same; only who asks for it by itself gets a file (SAFETY.md, U6)
    headers = {"cache_control": FOR_EVER, "content_disposition": attachment(f"cover.{kind}")}
    shown = answer(request, body, media_type, f"{key}-{width}-{kind}", **headers)
    # nothing of a person is in it, so the rule that keeps their pages out of the browser's memory does not hold
    request.scope["engage.private"] = False
    request.scope["engage.same_for_all"] = True
    return shown


async def choose_picture(request: Request) -> Response:
    """Bring a picture of one's own; it is drawn anew before it is shown."""
    whole = await queries.resource_for(request.user, request.path_params["key"])
    form = await PictureForm.read(request)
    if form.complete:
        try:
            _, body = await sent_file(form.file, "Choose a picture.")
            await pictures.choose(whole.row["key"], body, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "Your picture is shown from now on.")
            return see_other(request, "resources.show", key=whole.row["key"])
    known = await pictures.known_of(request.user, whole.row["id"])
    return render(
        request,
        "resources/picture.html",
        form.status,
        form=form,
        resource=whole.row,
        sentence=told(known, bool(whole.row["cover"] or whole.isbns)),
        drawn_by_choice=known is not None and known["found_by"] == pictures.OWN and not known["digest"],
    )


async def draw_picture(request: Request) -> Response:
    """Have the cover drawn."""
    key = request.path_params["key"]
    await pictures.draw(key, by=request.user)
    say(request, "The cover is drawn from now on, whatever a record or feed offers.")
    return see_other(request, "resources.choose_picture", key=key)


async def look_for_picture(request: Request) -> Response:
    """Have a picture looked for, as if the resource were new."""
    key = request.path_params["key"]
    await pictures.look_again(key, by=request.user)
    say(request, "We are looking for a picture. It shows here when there is one.")
    return see_other(request, "resources.choose_picture", key=key)


FROM = {
    pictures.FEED: "From the feed that brought it, at {site}.",
    pictures.RECORD: "From the address in its record, at {site}.",
    pictures.LIBRARY: "From Open Library, by its ISBN.",
}


def told(known: Mapping[str, Any] | None, leads: bool) -> str:
    """Where the cover comes from, in words. leads: whether anything says where a picture could be."""
    if known is None or known["tried_at"] == known["next_try_at"]:
        return (
            "Drawn by us from the title until we have looked for a picture."
            if leads
            else "Drawn by us from the title: it has no ISBN, and nothing else says where a picture could be."
        )
    if known["digest"]:
        mine = "A picture that one of you chose."
        return FROM.get(known["found_by"], mine).format(site=host_of(known["url"])) if known["url"] else mine
    if known["found_by"] == pictures.OWN and not known["url"]:
        return "Drawn by us from the title, as one of you wished."
    again = known["next_try_at"]
    later = f" We look again after {again:%B} {again.day}." if again and again > dates.now() else ""
    return f"Drawn by us from the title. We looked for a picture: {known['problem']}{later}"
