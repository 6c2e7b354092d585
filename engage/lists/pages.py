"""What readers see of lists: the wall of posters, one list, and the list on paper."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from engage import dates
from engage.engagement import Kind, opened
from engage.engagement.rules import Mode
from engage.errors import NotFound
from engage.lists import queries, rules, standards, wall
from engage.lists.copying import may_copy
from engage.lists.described import is_described, item_list
from engage.lists.missing import titles_of
from engage.lists.queries import ListCard
from engage.lists.rules import TITLE, ListKind
from engage.lists.shown import Filters, Shown, shown
from engage.people.rules import Reader, Scope
from engage.resources.wording import AGES, WHERE
from engage.web.cache import cached, remembered, unwritten
from engage.web.filling import Filled, share_holed, state_of
from engage.web.forms import choice, words
from engage.web.front import share
from engage.web.holed import Holed, Own, Part, holed, part
from engage.web.render import page_text, render, render_part, whole
from engage.web.routing import path_for
from engage.web.sessions import NOBODY, Visit, theme_of, waiting_messages

# a comment can never come out of what people write, where every < is escaped
OWN = "<!-- the reader's own -->"
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
# below that many things a list needs no way in
FEW = 5
MOST_STARTS = 4
MOST_LACKING = 40


class Thing(NamedTuple):
    """What a reader's own marks are about. wanting: nobody can have it now, so one may ask for it.

    resource_id, key: 0 and "" for a title that the library does not have.
    """

    resource_id: int
    key: str
    title: str
    mode: str
    wanting: bool


class Body(NamedTuple):
    """The part of a list's page that is the same for all.

    pieces: cut where a reader's own marks go; things: what they are about; acts: the buttons where there are no marks;
    back: where the buttons lead back to; numbers: the resources among the things.
    """

    pieces: tuple[str, ...]
    things: tuple[Thing, ...]
    acts: tuple[str, ...]
    back: str
    numbers: tuple[int, ...]


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
    state = await state_of(request)
    curated = await card_for(request)
    body = await body_of(request, curated)
    if curated.is_out:
        opened(Kind.LIST_OPENED, reader, list_id=curated.id)
    if reader.id is None:
        share(request, again=lambda: opened(Kind.LIST_OPENED, reader, list_id=curated.id))
    may_edit = rules.may_edit(reader, curated.owner_id, curated.part)
    published = curated.is_out
    address = address_of(request, "lists.show", slug=curated.slug)
    context: dict[str, Any] = {
        "curated": around(curated),
        "feeds": FEEDS,
        "address": address,
        "card": beside(request, curated, "promotion.card", slug=curated.slug),
        "oembed": beside(request, curated, "promotion.oembed", {"url": address}),
        # what readers may not see of it yet, those who work with standards do
        "served": await standards.of_list(reader, curated) if reader.is_staff and not is_described(curated) else [],
        "may_edit": may_edit,
        "may_copy": may_copy(reader, curated.owner_id, curated.state, curated.part),
        "may_assign": published and "classes.assign" in request.app.addresses.paths and may_assign(reader),
        "may_withdraw": published and not may_edit and rules.may_withdraw(reader, curated.owner_id),
    }
    if is_one_of_many(request) and published:
        page = page_of(request, curated, body, context)
        again = partial(opened, Kind.LIST_OPENED, list_id=curated.id)
        fill = partial(own_of, without_person(request), body)
        still = partial(is_same, curated)
        return share_holed(request, Filled(state, page, await fill(reader), fill, still, again))
    pieces: Sequence[str] = body.pieces
    if reader.is_student:
        marks = await request.app.marks_of(reader, body.numbers)
        pieces = filled(request, body, marks)
    elif reader.may_ask and not reader.is_library:
        pieces = between(body, [ask_part(request, thing) for thing in body.things])
    if reader.is_staff or waiting_messages(request):
        # made by our own templates, which escaped what people wrote
        return render(request, "lists/show.html", pieces=[Markup(piece) for piece in pieces], **context)
    frame = frame_of(request, curated, context)
    return HTMLResponse("".join((frame[0], pieces[0], frame[1], *pieces[1:], frame[2])))


def around(curated: ListCard) -> ListCard:
    """The list as what stands around its body knows it: nothing that changes with every thing put on it."""
    return replace(
        curated,
        version=0,
        items_count=0,
        reading=0,
        viewing=0,
        listening=0,
        stamp="",
        lacks="",
        changed_at=curated.published_at or curated.changed_at,
    )


def is_one_of_many(request: Request) -> bool:
    """Whether the asker gets the page that all who are alike share: no message waits, and one may do no more."""
    visit: Visit = request.scope.get("engage.visit", NOBODY)
    return visit.alike is not None and not waiting_messages(request)


async def is_same(curated: ListCard, reader: Reader) -> bool:
    """Whether the reader sees the list as it was: then the page is the same (see body_of)."""
    try:
        return await queries.list_for(reader, curated.slug) == curated
    except NotFound:
        return False


def page_of(request: Request, curated: ListCard, body: Body, context: Mapping[str, Any]) -> Holed:
    """The page of all students who are alike: the first hole is for the name in the menu, the others for the marks."""
    alike = request.user.one_of_many
    numbers = tuple(request.scope.get("engage.numbers", {}).items())

    def make() -> Holed:
        slots = [Markup(SLOT), Markup(SLOT)]
        html = page_text(request, "lists/show.html", pieces=slots, reader=alike, me=Markup(OWN), **context)
        menu, rest = html.split(OWN)
        before, between, after = rest.split(SLOT)
        hero, *pieces = body.pieces
        pieces[0] = f"{before}{hero}{between}{pieces[0]}"
        pieces[-1] += after
        return holed([menu, *pieces], ["", *body.acts])

    key = ("holed", curated, body.back, alike, theme_of(request), request.scope["path"], numbers)
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


def frame_of(request: Request, curated: ListCard, context: Mapping[str, Any]) -> tuple[str, str, str]:
    """What stands around the pieces of the page of a student or visitor: alike until the list or the reader changes."""
    numbers = tuple(request.scope.get("engage.numbers", {}).items())
    about = (context["curated"], request.user, theme_of(request), request.scope["path"], numbers)

    def make() -> tuple[str, str, str]:
        html = page_text(request, "lists/show.html", pieces=[Markup(SLOT), Markup(SLOT)], **context)
        before, between, after = html.split(SLOT)
        return before, between, after

    frame: tuple[str, str, str] = remembered(("frame", about), make)
    return frame


async def card_for(request: Request) -> ListCard:
    """The list of this address, if the reader may see it. Raises NotFound."""
    reader, slug = request.user, request.path_params["slug"]
    # students of the same classes see the same lists; what staff see depends on who they are
    alike = (reader.school.id, reader.roles, reader.class_ids, reader.taught_ids, reader.id if reader.is_staff else 0)
    card: ListCard = await unwritten(request, ("list", alike, slug), lambda: queries.list_for(reader, slug))
    return card


async def body_of(request: Request, curated: ListCard) -> Body:
    """The shared part of the page, made once for each version of the list and of what stands on it."""
    filters = Filters(
        choice(request, "mode", list(Mode)), choice(request, "where", WHERE), choice(request, "ages", AGES)
    )

    async def make() -> Body:
        rows = await queries.items_of(curated)
        listed = shown(rows, filters)
        whole_list = filters == Filters()
        lacking = await titles_of(curated, MOST_LACKING) if curated.origin and whole_list else []
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
            cards={item["key"]: card(request, item) for item in listed.items},
            starts=starts(listed, filters),
            lacking=lacking,
            talks=await request.app.booktalks_on(curated.school_id, curated.id) if whole_list else [],
            served=[row for row in await standards.of_list(request.user, curated) if not row["gone"]]
            if is_described(curated)
            else [],
            described=item_list(curated, listed.items, rows, partial(address_of, request))
            if is_described(curated) and whole_list
            else None,
        )
        things = tuple(
            Thing(item["resource_id"], item["resource_key"], item["title"], item["mode"], item["wanting"])
            for item in listed.items
        ) + tuple(Thing(0, "", title, "", True) for title, _ in lacking)
        back = path_for(request, "lists.show", vars(filters), slug=curated.slug)
        bare = tuple(
            remembered(("acts", request.user.school.slug, thing, back), partial(own_part, request, thing, None, back))
            for thing in things
        )
        numbers = tuple(thing.resource_id for thing in things if thing.key)
        return Body(tuple(html.split(OWN)), things, bare, back, numbers)

    key = ("list", curated.id, curated.version, curated.stamp, curated.by, curated.origin, curated.lacks, filters)
    body: Body = await cached(key, make)
    return body


def card(request: Request, item: Mapping[str, Any]) -> Markup:
    """One item as the page shows it, made once for all that it says: a list that changes has few new ones."""
    key = ("card", request.user.school.slug, tuple(item.values()))
    # made by our own template, which escaped what people wrote
    return Markup(remembered(key, lambda: render_part(request, "lists/_card.html", item=item, own=Markup(OWN))))


def starts(listed: Shown, filters: Filters) -> list[dict[str, Any]]:
    """What to start with, where the list is long enough to need a way in and is shown whole."""
    if listed.total <= FEW or filters != Filters():
        return []
    return [item for item in listed.items if item["start_here"]][:MOST_STARTS]


def address_of(request: Request, name: str, **values: Any) -> str:
    """The whole address of a page of this school."""
    return whole(request, path_for(request, name, **values))


def beside(
    request: Request, curated: ListCard, name: str, query: Mapping[str, Any] | None = None, **values: Any
) -> str:
    """The whole address of what speaks for a public list elsewhere, by the name of its row; "" where there is none."""
    there = is_described(curated) and name in request.app.addresses.paths
    return whole(request, path_for(request, name, query, **values)) if there else ""


def date_words(on: date) -> str:
    """ "3 November"."""
    return f"{on.day} {on:%B}"


def filled(request: Request, body: Body, marks: Mapping[int, Any]) -> list[str]:
    """The pieces of the page with a student's own marks and buttons after each item."""
    slug = request.user.school.slug
    own = [
        bare
        if (mark := marks.get(thing.resource_id)) is None
        else remembered(("acts", slug, thing, body.back, mark), partial(own_part, request, thing, mark, body.back))
        for thing, bare in zip(body.things, body.acts, strict=True)
    ]
    return between(body, own)


def between(body: Body, own: Sequence[str]) -> list[str]:
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
