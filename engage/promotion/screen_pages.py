"""The screen in the hall: what is on show, what the library says and what runs, one after the other, for everybody.

It asks nobody to sign in and shows what a visitor may see, whoever asks. Its script takes in changes between rounds.
"""

from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.people.rules import Reader
from engage.programs.queries import programs_on_show
from engage.programs.rules import Phase, phase
from engage.promotion import codes, queries
from engage.promotion.flyer_pages import days_of
from engage.promotion.paper_pages import held, the_press
from engage.promotion.rules import Medium, Place
from engage.promotion.telling_queries import announcements_for
from engage.web.cache import answer
from engage.web.forms import number
from engage.web.front import share
from engage.web.render import render_page, whole
from engage.web.routing import path_for
from engage.web.sessions import theme_of

STAYS, LEAST, MOST = 12, 5, 120
ANNOUNCEMENTS = 6
# where nothing is set, the newest lists stand in
NEWEST = 4
ON_SCREEN = (Place.SCREEN, Place.HERO, Place.SHELF)


async def screen(request: Request) -> Response:
    """The slides of today."""
    visitor = Reader(request.user.school)
    school = visitor.school
    today = dates.today(school.zone)
    seconds = number(request, "seconds", STAYS, LEAST, MOST)
    things = await things_on(request, visitor)
    said = [row["text"] for row in await announcements_for(visitor, today, ANNOUNCEMENTS)]

    async def make() -> bytes:
        drawn = await the_press().codes([one["address"] for one in things], codes.ON_SIGNS)
        return bytes(
            render_page(
                request,
                "promotion/screen.html",
                status=200,
                reader=None,
                announcements=said,
                # drawings of ours, in which nothing is written
                things=[one | {"code": Markup(code)} for one, code in zip(things, drawn, strict=True)],
                seconds=seconds,
            ).body
        )

    state = tuple(tuple(sorted(one.items())) for one in things)
    body: bytes = await held.get(
        ("screen", school.slug, school.name, school.language, state, *said, seconds, theme_of(request)), make
    )
    if request.user.id is None:
        share(request)
    return answer(request, body, "text/html; charset=utf-8")


async def things_on(request: Request, visitor: Reader) -> list[dict[str, Any]]:
    """What has a slide: displays first, then programs that run, each once. Each: THING and the address in its code."""
    today = dates.today(visitor.school.zone)
    shown = await queries.shown_on(visitor, today, ON_SCREEN, Medium.SCREEN)
    shown.sort(key=lambda row: ON_SCREEN.index(Place(row["place"])))
    found = {row["key"]: row for row in reversed(shown)}
    things = [thing_of(request, row, row["go"], row["kicker"]) for row in reversed(found.values())]
    if not things:
        newest = await queries.wall(visitor)
        things = [thing_of(request, row | {"kind": "list"}, "", "New list") for row in newest[:NEWEST]]
    for row in await programs_on_show(visitor):
        if row["key"] not in found and phase(row["starts"], row["ends"], row["catching_up"], today) in RUNS:
            things.append(thing_of(request, row | {"kind": "program"}, "", days_of(row)))
    return things


RUNS = (Phase.JOINING, Phase.RUNNING)
THING = ("kind", "slug", "title", "introduction", "ink", "scene", "key")


def thing_of(request: Request, row: dict[str, Any], go: str, kicker: str) -> dict[str, Any]:
    """One slide, as plain values. go: the key of its counted link, "" for none."""
    if go:
        address = whole(request, path_for(request, "promotion.go", key=go))
    elif row["kind"] == "list":
        address = codes.short_address(request, row["key"])
    else:
        address = whole(request, path_for(request, "programs.show", slug=row["slug"]))
    scene = "town" if row["scene"] == "lanterns" else row["scene"]
    said = {name: row[name] for name in THING}
    return {**said, "scene": scene, "kicker": kicker, "address": address, "typed": codes.typed(address)}
