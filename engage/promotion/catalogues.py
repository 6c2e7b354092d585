"""Our lists as a catalogue for reading apps, OPDS 2.0 and 1.2: the front page, the lists of a kind, a list, the search.

Sources: STANDARDS.md, 2.7; specs.opds.io.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from engage.engagement.rules import Mode
from engage.lists import queries
from engage.lists.exchange_form import extension_of, urn
from engage.lists.queries import ListCard
from engage.lists.rules import ListKind
from engage.promotion.catalogue_queries import catalogue
from engage.promotion.outgoing import BEFORE_ANY, PAGE, given, offered, published, shared
from engage.promotion.publications import publication_of
from engage.resources.search import Facets, Wanted, find
from engage.resources.wording import AGES, WHERE
from engage.resources.works import work_of, works_of
from engage.web.cache import answer
from engage.web.forms import choice, number, words
from engage.web.limits import turn_to_search
from engage.web.render import whole
from engage.web.routing import path_for
from feeds import write_opds1, write_opds2
from feeds.shared_list import ITEM_IN_OPDS, LIST_IN_OPDS
from feeds.shelf import OPDS2, OPENSEARCH, PUBLICATION2, Facet, Group, Publication, Shelf, Way

WAYS_ON_PAGE = 50
FOUND_ON_PAGE = 50
IN_GROUP = 12
MOST_PAGES = 10
KIND_WORDS = {
    ListKind.LIST: "Lists",
    ListKind.PATHFINDER: "Pathfinders",
    ListKind.TEXT_SET: "Text sets",
    ListKind.READ_ALIKE: "Read-alikes",
    ListKind.AWARD: "Award lists",
    ListKind.DISPLAY: "Displays",
    ListKind.UNIT: "Unit lists",
}


@dataclass(frozen=True)
class Version:
    """One of the two formats. name: of its rows and in addresses. search: how a shelf says where to search."""

    name: str
    write: Callable[[Shelf], bytes]
    type_of: Callable[[Shelf], str]
    files_only: bool

    def way(self, request: Request, what: str, query: Mapping[str, Any] | None = None, **values: str) -> str:
        """The whole address of a shelf: "root", "lists", "list", "search"."""
        return whole(request, path_for(request, f"promotion.{self.name}_{what}", query, **values))


OLD = Version("opds", write_opds1.write, write_opds1.kind_of, files_only=True)
NEW = Version("opds2", write_opds2.write, lambda shelf: OPDS2, files_only=False)


async def opds_root(request: Request) -> Response:
    """The front page of the catalogue, OPDS 1.2."""
    return await root(request, OLD)


async def opds2_root(request: Request) -> Response:
    """The front page of the catalogue, OPDS 2.0."""
    return await root(request, NEW)


async def opds_lists(request: Request) -> Response:
    """Lists of a kind, for a mode or for an age, OPDS 1.2."""
    return await lists(request, OLD)


async def opds2_lists(request: Request) -> Response:
    """The same, OPDS 2.0."""
    return await lists(request, NEW)


async def opds_list(request: Request) -> Response:
    """What of a list can be fetched, OPDS 1.2."""
    return await one_list(request, OLD)


async def opds2_list(request: Request) -> Response:
    """A list, OPDS 2.0, with what another library needs to take it over."""
    return await one_list(request, NEW)


async def opds_search(request: Request) -> Response:
    """What of the catalogue of the library can be fetched and has these words, OPDS 1.2."""
    return await search(request, OLD)


async def opds2_search(request: Request) -> Response:
    """What the catalogue of the library has with these words, OPDS 2.0."""
    return await search(request, NEW)


async def opds_how_to_search(request: Request) -> Response:
    """The description of the search, for OPDS 1.2."""
    school = request.user.school
    template = OLD.way(request, "search") + "?query={searchTerms}"
    body = write_opds1.write_search(school.name, template, school.language)
    return shared(request, answer(request, body, OPENSEARCH))


async def opds2_resource(request: Request) -> Response:
    """One resource alone, OPDS 2.0."""
    work = await work_of(request.user, request.path_params["key"])
    body = write_opds2.write_publication(publication_of(request, work, urn("resource", work.key)))
    return shared(request, answer(request, body, PUBLICATION2))


async def root(request: Request, version: Version) -> Response:
    """Ways to the lists by what they are, and in OPDS 2.0 the newest of them at once."""
    rows = await catalogue(request.user, version.files_only)
    shelf = empty_shelf(request, version, "root", request.user.school.name, rows)
    shelf = replace(
        shelf,
        description="Lists of things to read, to watch and to hear.",
        page_url=whole(request, path_for(request, "lists.index")),
        ways=tuple(ways_of_root(request, version, rows)),
        groups=() if version.files_only else await groups_of_root(request, version, rows),
    )
    return out(request, version, shelf)


def ways_of_root(request: Request, version: Version, rows: Sequence[dict[str, Any]]) -> list[Way]:
    """The newest lists, and those for each mode, kind and age of which there are some."""
    ways: list[tuple[str, dict[str, str], Sequence[dict[str, Any]]]] = [("Newest lists", {}, rows)]
    ways += [(said, {"mode": str(mode)}, kept(rows, mode=str(mode))) for mode, said in MODES.items()]
    ways += [(said, {"kind": str(kind)}, kept(rows, kind=str(kind))) for kind, said in KIND_WORDS.items()]
    ways += [(said, {"ages": name}, kept(rows, ages=name)) for name, (said, _, _) in AGES.items()]
    return [
        Way(
            title,
            version.way(request, "lists", query),
            urn("shelf", f"{request.user.school.key} {urlencode(query)}"),
            things=False,
            count=len(found),
            updated_at=last_change(found),
        )
        for title, query, found in ways
        if found or not query
    ]


MODES = {Mode.READING: "To read", Mode.VIEWING: "To watch", Mode.LISTENING: "To hear"}


async def groups_of_root(request: Request, version: Version, rows: Sequence[dict[str, Any]]) -> tuple[Group, ...]:
    """The newest lists, and what stands first on the newest of all."""
    if not rows:
        return ()
    newest = tuple(way_to(request, version, row) for row in rows[:IN_GROUP])
    groups = (Group("Newest lists", version.way(request, "lists"), ways=newest, count=len(rows)),)
    curated = await queries.list_for(request.user, rows[0]["slug"])
    pairs = offered(await queries.items_of(curated))
    things = await things_of(request, pairs[:IN_GROUP])
    where = version.way(request, "list", slug=curated.slug)
    return (*groups, Group(curated.title, where, publications=tuple(things), count=len(pairs))) if things else groups


async def lists(request: Request, version: Version) -> Response:
    """The lists that a reader of the catalogue asked for, 50 to a page."""
    mode, ages = choice(request, "mode", list(Mode)), choice(request, "ages", AGES)
    kind = choice(request, "kind", list(ListKind))
    page = number(request, "page", 1, most=MOST_PAGES)
    rows = kept(await catalogue(request.user, version.files_only), mode, kind, ages)
    asked = {"mode": mode, "kind": kind, "ages": ages}
    said = [MODES[Mode(mode)] if mode else "", KIND_WORDS[ListKind(kind)] if kind else ""]
    title = ", ".join(filter(None, [*said, AGES[ages][0] if ages else ""])) or "Newest lists"
    shelf = empty_shelf(request, version, "lists", title, rows, asked, page)
    here = rows[(page - 1) * WAYS_ON_PAGE : page * WAYS_ON_PAGE]
    shelf = replace(
        paged(request, version, shelf, "lists", asked, len(rows), WAYS_ON_PAGE),
        up_url=shelf.start_url,
        ways=tuple(way_to(request, version, row) for row in here),
    )
    return out(request, version, shelf)


def kept(rows: Sequence[dict[str, Any]], mode: str = "", kind: str = "", ages: str = "") -> list[dict[str, Any]]:
    """The lists with something of a mode, of a kind, for an age; those that say no grades are for all."""

    def fits(row: dict[str, Any]) -> bool:
        if (mode and not row[mode]) or (kind and row["kind"] != kind):
            return False
        _, low, high = AGES[ages] if ages else ("", -1, 12)
        first, last = row["grade_low"], row["grade_high"]
        return (first is None or first <= high) and (last is None or last >= low)

    return [row for row in rows if fits(row)]


def way_to(request: Request, version: Version, row: Mapping[str, Any]) -> Way:
    """The way to one list."""
    return Way(
        row["title"],
        version.way(request, "list", slug=row["slug"]),
        urn("list", row["key"]),
        summary=row["introduction"],
        count=None if version.files_only else row["items_count"],
        updated_at=row["changed_at"],
    )


async def one_list(request: Request, version: Version) -> Response:
    """A list, 200 things to a page."""
    curated = await published(request)
    page = number(request, "page", 1, most=MOST_PAGES)

    async def make() -> bytes:
        return version.write(await shelf_of(request, version, curated, page))

    empty = Shelf("", "", "", "", curated.changed_at, "")
    return await given(request, curated, version.name, version.type_of(empty), make, page)


async def shelf_of(request: Request, version: Version, curated: ListCard, page: int) -> Shelf:
    """One page of a list as a shelf."""
    rows = await queries.items_of(curated)
    pairs = offered(rows)
    extension = None if version.files_only else await extension_of(curated, rows, request.user.school.name)
    added = {key: {ITEM_IN_OPDS: value} for key, value in extension.items.items()} if extension else {}
    things = await things_of(request, pairs, added)
    left = 0
    if version.files_only:
        things, left = [each for each in things if each.offers], sum(not each.offers for each in things)
    changed = max([curated.changed_at, *(each.updated_at for each in things if each.updated_at)])
    shelf = empty_shelf(request, version, "list", curated.title, (), {}, page, slug=curated.slug)
    shelf = paged(request, version, shelf, "list", {}, len(things), PAGE, slug=curated.slug)
    more = f" {left} more of this list cannot be fetched: see its page." if left else ""
    return replace(
        shelf,
        guid=urn("list", curated.key),
        updated_at=changed,
        author=curated.by or request.user.school.name,
        description=f"{curated.introduction}{more}".strip(),
        page_url=whole(request, path_for(request, "lists.show", slug=curated.slug)),
        up_url=version.way(request, "lists"),
        publications=tuple(things[(page - 1) * PAGE : page * PAGE]),
        extension={LIST_IN_OPDS: extension.list} if extension else {},
    )


async def things_of(
    request: Request,
    pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
    added: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Publication]:
    """The things of a list in its order. added: more values of each, by the key of its item."""
    works = await works_of(request.user, [row["resource_id"] for row, _ in pairs])
    return [
        publication_of(request, work, urn("item", row["key"]), row["annotation"], (added or {}).get(row["key"]))
        for row, _ in pairs
        if (work := works.get(row["resource_id"]))
    ]


async def search(request: Request, version: Version) -> Response:
    """What is found, the best first."""
    text, page = words(request, "query"), number(request, "page", 1, most=MOST_PAGES)
    mode, place = choice(request, "mode", list(Mode)), choice(request, "place", WHERE)
    if version.files_only:
        mode, place = "", "online"
    wanted = Wanted(text=text, mode=Mode(mode) if mode else None, place=place)
    # all of them where there are no words, so each waits for its turn
    async with turn_to_search(request.user.id):
        found = await find(request.user.school.id, wanted, page, FOUND_ON_PAGE)
    works = await works_of(request.user, [row["id"] for row in found.rows])
    things = [publication_of(request, works[row["id"]], urn("resource", row["key"])) for row in found.rows]
    title = f"“{text}” in {request.user.school.name}" if text else f"All of {request.user.school.name}"
    asked = {"query": text} if version.files_only else {"query": text, "mode": mode, "place": place}
    shelf = empty_shelf(request, version, "search", title, (), asked, page)
    shelf = replace(
        paged(request, version, shelf, "search", asked, found.total, FOUND_ON_PAGE),
        up_url=shelf.start_url,
        page_url=whole(request, path_for(request, "resources.search", {"q": text})),
        updated_at=max((work.changed_at for work in works.values()), default=shelf.updated_at),
        publications=tuple(things),
    )
    if version.files_only:
        # of what is found only a part can be fetched, and nobody has counted it
        shelf = replace(shelf, count=None, per_page=0)
    else:
        shelf = replace(shelf, facets=facets_of(request, asked, found.facets))
    return out(request, version, shelf)


def facets_of(request: Request, asked: Mapping[str, str], facets: Facets) -> tuple[Facet, ...]:
    """How what was found can be narrowed; each answer keeps the words and the other answer.

    asked: as in the address. An answer with nothing behind it is not given.
    """

    def way(name: str, said: str, value: str, count: int | None) -> Way:
        url = NEW.way(request, "search", {**asked, name: value})
        return Way(said, url, rel="self" if asked[name] == value else "", count=count)

    def ways(name: str, words: Mapping[Any, str], counts: Mapping[str, int]) -> list[Way]:
        found = {str(value): said for value, said in words.items() if counts.get(str(value)) or asked[name] == value}
        # beyond a number nobody counts
        known = counts if facets.counted else {}
        return [way(name, said, value, known.get(value)) for value, said in found.items()]

    modes, places = ways("mode", MODES, facets.mode), ways("place", WHERE, facets.place)
    found = (
        Facet("How it is taken in", (way("mode", "All", "", None), *modes)),
        Facet("Where it is", (way("place", "Anywhere", "", None), *places)),
    )
    return tuple(facet for facet in found if len(facet.ways) > 1)


def empty_shelf(
    request: Request,
    version: Version,
    what: str,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    asked: Mapping[str, Any] | None = None,
    page: int = 1,
    **values: str,
) -> Shelf:
    """What all shelves of a catalogue have. asked, page, values: what its address holds."""
    school = request.user.school
    query = {**(asked or {}), "page": page if page > 1 else None}
    name = urlencode({name: value for name, value in (asked or {}).items() if value})
    description = whole(request, path_for(request, "promotion.opds_how_to_search"))
    return Shelf(
        title=title,
        guid=urn(f"shelf {what}", f"{school.key} {name}"),
        url=version.way(request, what, query, **values),
        start_url=version.way(request, "root"),
        updated_at=last_change(rows),
        author=school.name,
        search_url=description if version is OLD else version.way(request, "search") + "{?query}",
        language=school.language,
        page=page,
    )


def paged(
    request: Request,
    version: Version,
    shelf: Shelf,
    what: str,
    asked: Mapping[str, Any],
    count: int,
    size: int,
    **values: str,
) -> Shelf:
    """The shelf with the ways to the pages before and after it."""

    def at(page: int) -> str:
        return version.way(request, what, {**asked, "page": page if page > 1 else None}, **values)

    further = shelf.page < min(MOST_PAGES, -(-count // size))
    return replace(
        shelf,
        count=count,
        per_page=size,
        previous_url=at(shelf.page - 1) if shelf.page > 1 else "",
        next_url=at(shelf.page + 1) if further else "",
    )


def last_change(rows: Sequence[Mapping[str, Any]]) -> datetime:
    """When the last of some lists changed."""
    return max((row["changed_at"] for row in rows), default=datetime.fromisoformat(BEFORE_ANY))


def out(request: Request, version: Version, shelf: Shelf) -> Response:
    """The shelf as an answer."""
    return shared(request, answer(request, version.write(shelf), version.type_of(shelf)))
