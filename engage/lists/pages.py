"""What readers see of lists: the wall of posters, one list, and the list on paper."""

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from engage import dates
from engage.engagement.diary import opened
from engage.engagement.rules import Kind, Mode
from engage.errors import NotFound
from engage.lists import looking, queries, rules, standards, wall
from engage.lists.body_pages import (
    Body,
    Said,
    Thing,
    address_of,
    around,
    body_of,
    card_around,
    is_whole,
    said_of,
    said_on,
)
from engage.lists.copying import may_copy
from engage.lists.described import is_described
from engage.lists.queries import ListCard
from engage.lists.rules import TITLE, ListKind
from engage.lists.shown import shown
from engage.lists.texts import HOLE, OWN, Texts, sum_of
from engage.people.rules import Reader, Scope
from engage.resources.wording import AGES
from engage.web.cache import remembered, unwritten
from engage.web.filling import Filled, share_holed, state_of
from engage.web.forms import choice, words
from engage.web.front import Made, Seen, share, share_seen
from engage.web.holed import Holed, Own, Part, holed, part
from engage.web.render import page_text, render, whole
from engage.web.routing import path_for
from engage.web.sessions import NOBODY, Visit, theme_of, waiting_messages

SLOT = "<!-- a piece of the page -->"


# the ways in which a list goes to other programs, by the names of their rows; those that a browser looks for first
FEEDS = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}
KINDS = {
    ListKind.LIST: "Lists",
    ListKind.PATHFINDER: "Pathfinders",
    ListKind.TEXT_SET: "Text sets",
    ListKind.READ_ALIKE: "Read-alikes",
    ListKind.AWARD: "Award lists",
    ListKind.DISPLAY: "Displays",
    ListKind.UNIT: "Unit lists",
}


async def index(request: Request) -> Response:
    """The published lists, by what they hold, what they are for and whom they are for."""
    reader = request.user
    asked = {
        "mode": choice(request, "mode", list(Mode)),
        "kind": choice(request, "kind", list(ListKind)),
        "ages": choice(request, "ages", AGES),
        "q": words(request, "q", TITLE),
        "order": choice(request, "order", wall.ORDERS, wall.NEWEST),
    }
    band = AGES[asked["ages"]][1:] if asked["ages"] else None
    wanted = wall.Wanted(asked["mode"], asked["kind"], band, asked["q"], asked["order"])
    page = await wall.posters(reader, wanted, request.query_params.get("after", ""))
    if reader.id is None:
        share(request)
    return render(
        request,
        "lists/index.html",
        lists=page.rows,
        after=page.after,
        many=await wall.how_many(reader, wanted),
        # the order that is usual stands in no address
        asked={**asked, "order": asked["order"] if asked["order"] != wall.NEWEST else ""},
        bands=AGES,
        kinds=KINDS,
        feeds=FEEDS,
        may_start=reader.may("LST05", Scope.MINE),
    )


async def show(request: Request) -> Response:
    """One list, with its filters; a student's own marks are put into a page that all share."""
    reader = request.user
    if reader.id is None and not waiting_messages(request):
        return await show_visitors(request)
    state = await state_of(request)
    curated = await card_for(request)
    body = await body_of(request, curated, await said_of(request, curated))
    if curated.is_out:
        opened(Kind.LIST_OPENED, reader, list_id=curated.id)
    context = await context_of(request, curated)
    if is_one_of_many(request) and curated.is_out:
        page = page_of(request, curated, body, context)
        again = partial(opened, Kind.LIST_OPENED, list_id=curated.id)
        fill = partial(own_of, without_person(request), body)
        still = partial(is_same, without_person(request), curated, body)
        return share_holed(request, Filled(state, page, await fill(reader), fill, still, again))
    pieces: Sequence[bytes] = body.pieces
    if reader.is_student:
        marks = await request.app.marks_of(reader, body.numbers)
        pieces = filled(request, body, marks)
    elif reader.may_curate or (reader.may_ask and not reader.is_library):
        pieces = between(body, [staff_part(request, thing, body.back).encode() for thing in body.things])
    if reader.is_staff or waiting_messages(request):
        # made by our own templates, which escaped what people wrote
        return render(request, "lists/show.html", pieces=[Markup(piece.decode()) for piece in pieces], **context)
    first, second, third = frame_of(request, curated).row
    return HTMLResponse(b"".join((first, pieces[0], second, *pieces[1:], third)))


async def show_visitors(request: Request) -> Response:
    """The page that all visitors share; once it is kept they are given it without coming here (see web/front.py)."""
    seen = await seen_by(request)
    seen.again()
    made = await seen.make()
    share_seen(request, seen, partial(seen_again, scope_of(request), request.user), made.tag)
    return HTMLResponse(made.body)


async def seen_by(request: Request) -> Seen:
    """What the page of a visitor is made from: who asks and where, the list, and what the library says in it."""
    curated = await card_for(request)
    return seen_of(request, curated, await said_of(request, curated))


def seen_of(request: Request, curated: ListCard, said: Said | None) -> Seen:
    """The same, of what was asked before."""
    again = partial(opened, Kind.LIST_OPENED, request.user, list_id=curated.id)
    return Seen((request.user, curated, said), partial(page_to_share, request, curated, said), again)


async def seen_again(scope: Mapping[str, Any], before: Reader, state: Hashable) -> Seen:
    """The same for whoever asks after that visitor. Raises NotFound."""
    now = await looking.list_again(before, scope["path_params"]["slug"], scope["app"].talked_on)
    request = Request({**scope, "user": now.visitor, "engage.state": state})
    said = await said_of(request, now.curated) if now.talked or not is_whole(request) else ()
    return seen_of(request, now.curated, said)


def scope_of(request: Request) -> dict[str, Any]:
    """Of a visitor's request what the page depends on: the address and the colours; it may be kept."""
    theme = theme_of(request)
    kept = {name: request.scope[name] for name in ("type", "app", "path", "query_string", "path_params")}
    return {**kept, "method": "GET", "headers": [(b"cookie", f"theme={theme}".encode())] if theme else []}


async def page_to_share(request: Request, curated: ListCard, said: Said | None) -> Made:
    """The page of a visitor."""
    body, frame = await body_of(request, curated, said), frame_of(request, curated)
    first, second, third = frame.row
    row = body.texts.row
    hole = row.index(HOLE)
    page = b"".join((first, *row[:hole], second, *row[hole:], third))
    return Made(page, sum_of((frame.sum, body.texts.sum)).hex()[:20])


async def context_of(request: Request, curated: ListCard) -> dict[str, Any]:
    """What stands around the pieces, for the template."""
    # what readers may not see of it yet, those who work with standards do
    hidden = request.user.is_staff and not is_described(curated)
    served = await standards.of_list(request.user, curated) if hidden else []
    return {**framing(request, curated), "served": served}


def framing(request: Request, curated: ListCard) -> dict[str, Any]:
    """The same for who is not of the staff; it depends on nothing that is the key of frame_of()."""
    reader, published = request.user, curated.is_out
    may_edit = rules.may_edit(reader, curated.owner_id, curated.part)
    address = address_of(request, "lists.show", slug=curated.slug)
    return {
        "curated": card_around(around(curated)),
        "feeds": FEEDS,
        "address": address,
        "card": beside(request, curated, "promotion.card", slug=curated.slug),
        "oembed": beside(request, curated, "promotion.oembed", {"url": address}),
        "served": [],
        "may_edit": may_edit,
        "may_copy": may_copy(reader, curated.owner_id, curated.state, curated.part),
        "may_assign": published and "classes.assign" in request.app.addresses.paths and may_assign(reader),
        "may_suggest": published
        and "lists.suggest" in request.app.addresses.paths
        and rules.may_suggest(reader, curated.owner_id, curated.part),
        "may_withdraw": published and not may_edit and rules.may_withdraw(reader, curated.owner_id),
    }


def is_one_of_many(request: Request) -> bool:
    """Whether the asker gets the page that all who are alike share: no message waits, and one may do no more."""
    visit: Visit = request.scope.get("engage.visit", NOBODY)
    return visit.alike is not None and not waiting_messages(request)


async def is_same(nobody: Request, curated: ListCard, body: Body, reader: Reader) -> bool:
    """Whether the reader sees the list as it was: then the page is the same (see body_of)."""
    try:
        if await queries.list_for(reader, curated.slug) != curated:
            return False
    except NotFound:
        return False
    return body.said is None or await said_on(nobody, curated) == body.said


def page_of(request: Request, curated: ListCard, body: Body, context: Mapping[str, Any]) -> Holed:
    """The page of all students who are alike: the first hole is for the name in the menu, the others for the marks."""
    alike = request.user.one_of_many
    numbers = tuple(request.scope.get("engage.numbers", {}).items())

    def make() -> Holed:
        slots = [Markup(SLOT), Markup(SLOT)]
        html = page_text(request, "lists/show.html", pieces=slots, reader=alike, me=Markup(OWN), **context)
        menu, rest = html.split(OWN)
        before, between, after = rest.encode().split(SLOT.encode())
        hero, *pieces = body.pieces
        pieces[0] = before + hero + between + pieces[0]
        pieces[-1] += after
        return holed([menu.encode(), *pieces], [b"", *bare_of(request, body)])

    key = ("holed", curated, body.said, body.back, alike, theme_of(request), request.scope["path"], numbers)
    page: Holed = remembered(key, make)
    return page


async def own_of(nobody: Request, body: Body, reader: Reader) -> Own:
    """What is a student's own on the page: the name, and the marks. nobody: as without_person() gives it."""
    marks = await nobody.app.marks_of(reader, body.numbers)
    macros: Any = nobody.app.templates.get_template("macros/parts.html").module
    name = remembered(("me", reader.name, reader.avatar), partial(_my_name, macros, reader))
    slug = reader.school.slug
    return [(0, name)] + [
        (number, remembered(("own", slug, thing, body.back, mark), partial(_own, nobody, thing, mark, body.back)))
        for number, thing in enumerate(body.things, 1)
        if (mark := marks.get(thing.resource_id)) is not None
    ]


def _my_name(macros: Any, reader: Reader) -> Part:
    return part(str(macros.my_name(reader)))


def _own(nobody: Request, thing: Thing, mark: Any, back: str) -> Part:
    return part(own_part(nobody, thing, mark, back))


def without_person(request: Request) -> Request:
    """A request to the same school that nobody made, to make addresses with; it may be kept."""
    return Request({"type": "http", "app": request.app, "headers": [], "path_params": dict(request.path_params)})


def frame_of(request: Request, curated: ListCard) -> Texts:
    """What stands around the pieces of the page of a student or visitor: alike until the list or the reader changes.

    Three texts: before the first piece, between that and the others, and after them.
    """
    numbers = tuple(request.scope.get("engage.numbers", {}).items())
    about = (around(curated), request.user, theme_of(request), request.scope["path"], numbers)

    def make() -> Texts:
        pieces = [Markup(SLOT), Markup(SLOT)]
        html = page_text(request, "lists/show.html", pieces=pieces, **framing(request, curated))
        return Texts(tuple(html.encode().split(SLOT.encode())), sum_of([html.encode()]))

    frame: Texts = remembered(("frame", about), make)
    return frame


async def card_for(request: Request) -> ListCard:
    """The list of this address, if the reader may see it. Raises NotFound."""
    reader, slug = request.user, request.path_params["slug"]
    # students of the same classes see the same lists; what staff see depends on who they are
    alike = (reader.school.id, reader.roles, reader.class_ids, reader.taught_ids, reader.id if reader.is_staff else 0)
    card: ListCard = await unwritten(request, ("list", alike, slug), lambda: queries.list_for(reader, slug))
    return card


def beside(
    request: Request, curated: ListCard, name: str, query: Mapping[str, Any] | None = None, **values: Any
) -> str:
    """The whole address of what speaks for a public list elsewhere, by the name of its row; "" where there is none."""
    there = is_described(curated) and name in request.app.addresses.paths
    return whole(request, path_for(request, name, query, **values)) if there else ""


def filled(request: Request, body: Body, marks: Mapping[int, Any]) -> list[bytes]:
    """The pieces of the page with a student's own marks and buttons after each item."""
    return between(body, [acts(request, thing, marks.get(thing.resource_id), body.back) for thing in body.things])


def bare_of(request: Request, body: Body) -> list[bytes]:
    """The buttons after each item where there are no marks."""
    return [acts(request, thing, None, body.back) for thing in body.things]


def acts(request: Request, thing: Thing, mark: Any, back: str) -> bytes:
    """What own_part() gives, kept by all that it is made from."""
    key = ("acts", request.user.school.slug, thing, back, mark)
    own: bytes = remembered(key, lambda: own_part(request, thing, mark, back).encode())
    return own


def between(body: Body, own: Sequence[bytes]) -> list[bytes]:
    """The pieces of the page with what is the reader's own after each item."""
    hero, *pieces = body.pieces
    page = [hero]
    for mine, piece in zip(own, pieces, strict=False):
        page += [piece, mine]
    return [*page, pieces[-1]]


def own_part(request: Request, thing: Thing, mark: Any, back: str) -> str:
    """What one student has done with one item, and the buttons to say so; mark: None where nothing."""
    if not thing.key:
        return ask_part(request, thing)
    macros: Any = request.app.templates.get_template("macros/marks.html").module
    known = request.app.addresses.paths
    save, log = (
        path_for(request, name, key=thing.key) if name in known else "" for name in ("programs.save", "programs.finish")
    )
    tag = macros.own_tag(thing.mode, mark)
    ask = ask_path(request, thing)
    return str(tag + macros.own_acts(thing.title, thing.mode, mark, save, log, back, thing.key, ask))


def ask_part(request: Request, thing: Thing) -> str:
    """The door to asking for one item, where nobody can have it now; else ""."""
    macros: Any = request.app.templates.get_template("macros/marks.html").module
    return str(macros.ask_act(thing.title, ask)) if (ask := ask_path(request, thing)) else ""


def staff_part(request: Request, thing: Thing, back: str) -> str:
    """The doors of who works here: to a list of one's own, and to asking for what nobody can have now."""
    macros: Any = request.app.templates.get_template("macros/marks.html").module
    reader, known = request.user, request.app.addresses.paths
    may_add = reader.may_curate and thing.key and "lists.put_on" in known
    add = path_for(request, "lists.put_on", {"back": f"{back}#own-{thing.key}"}, resource=thing.key) if may_add else ""
    ask = ask_path(request, thing) if reader.may_ask and not reader.is_library else ""
    return str(macros.staff_acts(thing.title, ask, add, thing.key))


def ask_path(request: Request, thing: Thing) -> str:
    """Where one asks for an item; "" for what one can have."""
    asks = thing.wanting and "resources.ask" in request.app.addresses.paths
    return path_for(request, "resources.ask", {"title": thing.title}) if asks else ""


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
