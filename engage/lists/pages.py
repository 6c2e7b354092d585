"""What readers see of lists: the wall of posters, one list, and the list on paper."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.engagement import Kind, opened
from engage.engagement.rules import Mode
from engage.lists import queries, rules
from engage.lists.queries import ListCard
from engage.lists.rules import State
from engage.lists.shown import Filters, shown
from engage.people.rules import Reader, Scope
from engage.resources.wording import AGES, WHERE
from engage.web.cache import cached
from engage.web.forms import choice
from engage.web.front import share
from engage.web.render import render, render_part
from engage.web.routing import path_for

# a comment can never come out of what people write, where every < is escaped
OWN = "<!-- the reader's own -->"


class Thing(NamedTuple):
    """What a reader's own marks are about."""

    resource_id: int
    key: str
    title: str
    mode: str


class Body(NamedTuple):
    """The part of a list's page that is the same for all.

    pieces: cut where a reader's own marks go; things: what they are about; acts: the buttons where there are no marks;
    back: where the buttons lead back to.
    """

    pieces: tuple[str, ...]
    things: tuple[Thing, ...]
    acts: tuple[str, ...]
    back: str


async def index(request: Request) -> Response:
    """The published lists, newest first, by what they hold and whom they are for."""
    reader = request.user
    mode, ages = choice(request, "mode", list(Mode)), choice(request, "ages", AGES)
    band = AGES[ages][1:] if ages else None
    after = request.query_params.get("after", "")
    page = await queries.posters(reader, mode, band, after)
    if reader.id is None:
        share(request)
    return render(
        request,
        "lists/index.html",
        lists=page.rows,
        after=page.after,
        mode=mode,
        ages=ages,
        bands=AGES,
        may_start=reader.may("LST05", Scope.MINE),
    )


async def show(request: Request) -> Response:
    """One list, with its filters; a student's own marks are put into a page that all share."""
    reader = request.user
    curated = await queries.list_for(reader, request.path_params["slug"])
    body = await body_of(request, curated)
    marks: Mapping[int, Any] = {}
    if reader.is_student:
        marks = await request.app.marks_of(reader, [thing.resource_id for thing in body.things])
    if curated.state is State.PUBLISHED:
        opened(Kind.LIST_OPENED, reader, list_id=curated.id)
    if reader.id is None:
        share(request, again=lambda: opened(Kind.LIST_OPENED, reader, list_id=curated.id))
    may_edit = rules.may_edit(reader, curated.owner_id)
    published = curated.state is State.PUBLISHED
    return render(
        request,
        "lists/show.html",
        curated=curated,
        # made by our own templates, which escaped what people wrote
        pieces=[Markup(piece) for piece in (filled(request, body, marks) if reader.is_student else body.pieces)],
        may_edit=may_edit,
        may_assign=published and "classes.assign" in request.app.addresses.paths and may_assign(reader),
        may_withdraw=published and not may_edit and rules.may_withdraw(reader, curated.owner_id),
    )


async def body_of(request: Request, curated: ListCard) -> Body:
    """The shared part of the page, made once for each version of the list and of what stands on it."""
    filters = Filters(
        choice(request, "mode", list(Mode)), choice(request, "where", WHERE), choice(request, "ages", AGES)
    )

    async def make() -> Body:
        listed = shown(await queries.items_of(curated), filters)
        html = render_part(
            request,
            "lists/_show.html",
            curated=curated,
            list=listed,
            filters=filters,
            where=WHERE,
            ages=AGES,
            changed=date_words(dates.on(curated.changed_at, request.user.school.zone)),
            own=Markup(OWN),
        )
        things = tuple(
            Thing(item["resource_id"], item["resource_key"], item["title"], item["mode"]) for item in listed.items
        )
        back = path_for(request, "lists.show", vars(filters), slug=curated.slug)
        bare = tuple(own_part(request, thing, None, back) for thing in things)
        return Body(tuple(html.split(OWN)), things, bare, back)

    body: Body = await cached(("list", curated.id, curated.version, curated.stamp, curated.by, filters), make)
    return body


def date_words(on: date) -> str:
    """ "3 November"."""
    return f"{on.day} {on:%B}"


def filled(request: Request, body: Body, marks: Mapping[int, Any]) -> list[str]:
    """The pieces of the page with a student's own marks and buttons after each item."""
    hero, *pieces = body.pieces
    whole = [hero]
    for thing, bare, piece in zip(body.things, body.acts, pieces, strict=False):
        mark = marks.get(thing.resource_id)
        whole += [piece, bare if mark is None else own_part(request, thing, mark, body.back)]
    return [*whole, pieces[-1]]


def own_part(request: Request, thing: Thing, mark: Any, back: str) -> str:
    """What one student has done with one item, and the buttons to say so; mark: None where nothing."""
    macros: Any = request.app.templates.get_template("macros/marks.html").module
    known = request.app.addresses.paths
    save, log = (
        path_for(request, name, key=thing.key) if name in known else "" for name in ("programs.save", "programs.finish")
    )
    tag = macros.own_tag(thing.mode, mark)
    return str(tag + macros.own_acts(thing.title, thing.mode, mark, save, log, back, thing.key))


def may_assign(reader: Reader) -> bool:
    """Whether the reader may ask some class for a list (LST12)."""
    return any(reader.answers("LST12", scope) in "YQ" for scope in (Scope.CLASS, Scope.SCHOOL))


async def on_paper(request: Request) -> Response:
    """The list for a printer: call numbers and whole addresses, no pictures."""
    curated = await queries.list_for(request.user, request.path_params["slug"])
    if request.user.id is None:
        share(request)
    listed = shown(await queries.items_of(curated))
    changed = dates.on(curated.changed_at, request.user.school.zone)
    return render(request, "lists/on_paper.html", curated=curated, list=listed, changed=changed)
