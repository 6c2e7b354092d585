"""Published lists for other programs: RSS, Atom and JSON Feed; each sees what its reader may see, no more.

Source: STANDARDS.md, 5.1.
"""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from markupsafe import escape
from starlette.requests import Request
from starlette.responses import Response

import feeds
from engage.engagement.rules import Mode
from engage.errors import NotFound
from engage.lists import queries
from engage.lists.exchange_form import extension_of, urn
from engage.lists.queries import ListCard
from engage.lists.shown import shown
from engage.people.queries import reader_of
from engage.people.rules import Reader
from engage.resources.pictures import picture_of
from engage.web.cache import answer, cached
from engage.web.forms import number
from engage.web.front import Made, Seen, share, share_seen
from engage.web.marks import plain
from engage.web.render import whole
from engage.web.routing import path_for
from engage.web.tables import attachment
from feeds import jsonfeed
from feeds.shared_list import IN_JSON

PAGE = 200
NEWEST = 50
MODE_WORDS = {"reading": "Read", "viewing": "Watch", "listening": "Listen"}


async def list_rss(request: Request) -> Response:
    """One list as RSS 2.0."""
    return await list_feed(request, "rss")


async def list_atom(request: Request) -> Response:
    """One list as Atom."""
    return await list_feed(request, "atom")


async def list_json(request: Request) -> Response:
    """One list as JSON Feed 1.1."""
    return await list_feed(request, "json")


async def lists_rss(request: Request) -> Response:
    """The newest lists as RSS 2.0."""
    return await lists_feed(request, "rss")


async def lists_atom(request: Request) -> Response:
    """The newest lists as Atom."""
    return await lists_feed(request, "atom")


async def lists_json(request: Request) -> Response:
    """The newest lists as JSON Feed 1.1."""
    return await lists_feed(request, "json")


async def list_feed(request: Request, format: str) -> Response:
    """A list in one of the formats of feeds, 200 items to a page (RFC 5005)."""
    curated = await published(request)
    page = number(request, "page", 1, most=10)

    async def make() -> bytes:
        rows = await queries.items_of(curated)
        feed = feed_of(request, format, curated, offered(rows), page)
        if format != "json":
            return feeds.write(feed, format)
        extension = await extension_of(curated, rows, request.user.school.name)
        items = {urn("item", key): {IN_JSON: value} for key, value in extension.items.items()}
        return jsonfeed.write(feed, {IN_JSON: extension.list}, items)

    return await given(request, curated, format, feeds.FORMATS[format].media_type, make, page)


async def given(
    request: Request,
    curated: ListCard,
    form: str,
    media_type: str,
    make: Callable[[], Awaitable[bytes]],
    *more: Hashable,
    name: str = "",
) -> Response:
    """A list in some form, made once for each state of it.

    more: what else decides how it looks. name: of the file, where it is one to be kept.
    """
    # what goes out says who made the list, and whose library it is
    school = request.user.school
    state = (curated.version, curated.stamp, curated.by, school.name, school.language)
    body: bytes = await cached(("out", form, curated.id, *state, *more), make)
    headers = {"Content_Disposition": attachment(name)} if name else {}
    if request.user.id is None:

        async def made() -> Made:
            return Made(body)

        seen = Seen((request.user, curated), made)
        share_seen(request, seen, partial(as_it_was, seen, request.user, curated))
    return answer(request, body, media_type, **headers)


async def as_it_was(seen: Seen, visitor: Reader, curated: ListCard, state: Hashable) -> Seen:
    """What a visitor's answer was made from. Raises NotFound where that is another now: then its handler is asked."""
    now = await reader_of(visitor.school.slug, "")
    if now != visitor or await queries.list_for(visitor, curated.slug) != curated:
        raise NotFound(curated.slug)
    return seen


async def published(request: Request) -> ListCard:
    """The list of this address, if it is published and the reader may see it. Raises NotFound."""
    curated = await queries.list_for(request.user, request.path_params["slug"])
    if not curated.is_out:
        raise NotFound(curated.slug)
    return curated


def shared(request: Request, response: Response) -> Response:
    """The answer, kept for other visitors where a visitor asked."""
    if request.user.id is None:
        share(request)
    return response


def offered(rows: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each row that the list's page shows, beside what the page says of it."""
    by_key = {row["key"]: row for row in rows}
    return [(by_key[item["key"]], item) for item in shown(rows).items]


def feed_of(
    request: Request,
    format: str,
    curated: ListCard,
    rows: Sequence[tuple[dict[str, Any], dict[str, Any]]],
    page: int = 1,
) -> feeds.Feed:
    """The list as a feed; its entries are the items, in the order of the list."""
    name = f"promotion.list_{format}"
    further = len(rows) > page * PAGE
    later = whole(request, path_for(request, name, {"page": page + 1}, slug=curated.slug)) if further else None
    return feeds.Feed(
        title=curated.title,
        guid=urn("list", curated.key),
        site_url=whole(request, path_for(request, "lists.show", slug=curated.slug)),
        feed_url=whole(request, path_for(request, name, {"page": page if page > 1 else None}, slug=curated.slug)),
        next_url=later,
        description=curated.introduction,
        language=request.user.school.language,
        authors=(feeds.Author(curated.by or request.user.school.name),),
        updated_at=max([curated.changed_at, *(row["resource_changed_at"] for row, _ in rows)]),
        entries=tuple(entry_of(request, curated, row, item) for row, item in rows[(page - 1) * PAGE : page * PAGE]),
    )


def entry_of(request: Request, curated: ListCard, row: dict[str, Any], item: dict[str, Any]) -> feeds.Entry:
    """One item: the resource, why it is on the list, and where it is."""
    if "resources.show" in request.app.addresses.paths:
        url = whole(request, path_for(request, "resources.show", key=row["resource_key"]))
    else:
        url = whole(request, path_for(request, "lists.show", slug=curated.slug)) + f"#{item['number']}"
    place = ", ".join(part for part in (item["call"], item["shelf"]) if part)
    facts = [item["creator"], f"{MODE_WORDS[item['mode']]}: {item['format']}", place]
    heard = row["file_url"]
    picture = picture_of(partial(path_for, request), row["picture"])
    note = plain(row["annotation"])
    seconds = row["minutes"] * 60 if row["minutes"] and row["mode"] != Mode.READING else None
    return feeds.Entry(
        guid=urn("item", row["key"]),
        title=item["title"],
        url=url,
        picture=whole(request, picture.fine) if picture else None,
        summary_html=paragraph(note),
        body_html=paragraph(note) + "".join(paragraph(fact) for fact in facts),
        published_at=row["added_at"],
        updated_at=max(row["added_at"], row["resource_changed_at"]),
        authors=tuple(feeds.Author(name) for name in (item["creator"] or "").split("; ") if name),
        attachments=(feeds.Attachment(heard, row["file_type"], None, seconds),) if heard else (),
        language=row["language"] or None,
        categories=(MODE_WORDS[item["mode"]],),
    )


async def lists_feed(request: Request, format: str) -> Response:
    """The newest published lists that the reader may see; an entry is a list."""
    rows = await queries.newest(request.user, NEWEST)
    school = request.user.school
    feed = feeds.Feed(
        title=f"New lists of {school.name}",
        guid=urn("lists", school.key),
        site_url=whole(request, path_for(request, "lists.index")),
        feed_url=whole(request, path_for(request, f"promotion.lists_{format}")),
        language=school.language,
        authors=(feeds.Author(school.name),),
        updated_at=max((row["changed_at"] for row in rows), default=datetime.fromisoformat(BEFORE_ANY)),
        entries=tuple(
            feeds.Entry(
                guid=urn("list", row["key"]),
                title=row["title"],
                url=whole(request, path_for(request, "lists.show", slug=row["slug"])),
                summary_html=paragraph(row["introduction"]),
                published_at=row["published_at"],
                updated_at=row["changed_at"],
                authors=(feeds.Author(row["by"] or school.name),),
            )
            for row in rows
        ),
    )
    return shared(request, answer(request, feeds.write(feed, format), feeds.FORMATS[format].media_type))


# what a feed without entries says it was changed
BEFORE_ANY = "2020-01-01T00:00:00+00:00"


def paragraph(text: str) -> str:
    """Plain text as the one kind of markup that a feed carries; "" for none."""
    return f"<p>{str(escape(text)).replace(chr(10), '<br>')}</p>" if text.strip() else ""
