"""Fetching the list of another library by its address: through the one door, read in the cage; our own without either.

Sources: SAFETY.md, F1 to F8; PRODUCT.md, 2, "between libraries".
"""

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from engage.errors import NotFound, Refused
from engage.lists import queries
from engage.lists.exchange_form import shared_list_of
from engage.lists.exchange_rules import host_of, status_problem
from engage.outside.cage import Cage
from engage.outside.fetch import WHOLE_SECONDS, Door, Fetched, Unreachable, Validators
from engage.people.models import School
from engage.people.queries import CARD
from engage.people.rules import Reader, SchoolCard
from feeds import Unreadable
from feeds.read_shared import cleaned
from feeds.shared_list import MOST, SECTIONS, SharedItem, SharedList

PAGES = 5
# for all that is fetched of one list; a page of ours waits no longer
SECONDS = 40.0
ACCEPT = "application/feed+json, application/opds+json, application/json;q=0.9, text/html;q=0.5"
# the ways out of a list that can be taken over, and others of the same list
TAKEN = (".json", ".opds2")
OTHERS = (".rss", ".atom", ".opds", ".csv", "/print", "/embed", "/slides")
Visit = Callable[..., Awaitable[Fetched]]
SHOP_WINDOW = "A page of lists is not one list. Open the list that you want, and paste its address."


@dataclass(frozen=True)
class Outlook:
    """How this installation looks at other libraries. base_url: where it stands itself."""

    door: Door
    cage: Cage
    base_url: str


@dataclass(frozen=True)
class Seen:
    """A list as it stands at its origin. address: where it is asked for again. ours: of this installation.

    shared: None where nothing has changed since the etag. etag: sent back at the next look.
    """

    shared: SharedList | None
    address: str
    etag: str = ""
    ours: bool = False


async def look_at(address: str, outlook: Outlook, etag: str = "") -> Seen:
    """The list at an address: of its page or of one of its ways out. etag: of the last look.

    Raises Refused with a sentence (about "address"), Gone.
    """
    address = address.strip()
    try:
        urlsplit(address)
    except ValueError as no:
        raise Refused("This is not an address of the web.", about="address") from no
    own = own_list(address, outlook.base_url)
    try:
        if own is not None:
            return Seen(await _read_here(*own, outlook.base_url), address, ours=True)
        return await _fetch(_likely(address), outlook, etag)
    except (Unreachable, Unreadable) as no:
        raise Refused(no.sentence, about="address") from no


class Gone(Refused):
    """The origin answers that there is no list there. status: what it answered."""

    def __init__(self, status: int, library: str) -> None:
        super().__init__(status_problem(status, library), about="address")
        self.status = status


def is_ours(address: str, base_url: str) -> bool:
    """Whether an address is of this installation."""
    return address.startswith(f"{base_url.rstrip('/')}/")


def own_list(address: str, base_url: str) -> tuple[str, str] | None:
    """The slugs of school and list, if an address is of a list of this installation; None for all others."""
    if not is_ours(address, base_url):
        return None
    path = urlsplit(address).path.removeprefix(urlsplit(base_url).path.rstrip("/"))
    for ending in (*TAKEN, *OTHERS):
        path = path.removesuffix(ending)
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if len(parts) == 3 and parts[1] == "lists":
        return parts[0], parts[2]
    raise Refused("This address of ours is not that of a list.", about="address")


async def _read_here(school: str, slug: str, base_url: str) -> SharedList:
    """A list of a school of this installation, as a visitor sees it (A3), within the limits of those from elsewhere."""
    rows = await School.filter(slug=school, closed_at=None).values(*CARD)
    if not rows:
        raise Gone(404, "")
    card = SchoolCard(**rows[0])
    try:
        curated = await queries.list_for(Reader(card), slug)
    except NotFound:
        raise Gone(404, card.name) from None
    page = f"{base_url.rstrip('/')}/{card.slug}/lists/{curated.slug}"
    return cleaned(await shared_list_of(curated, await queries.items_of(curated), card.name, page))


def _likely(address: str) -> str:
    """Of a list of an Engage library the JSON Feed, whichever of its addresses was pasted."""
    parts = urlsplit(address)
    if "/lists/" not in parts.path or parts.path.endswith(TAKEN):
        return address
    path = parts.path.rstrip("/")
    for ending in OTHERS:
        path = path.removesuffix(ending)
    return parts._replace(path=path, query="", fragment="").geturl()


async def _fetch(address: str, outlook: Outlook, etag: str) -> Seen:
    visit = _visits(outlook)
    got = await visit(address, Validators(etag=etag))
    if got.status == 304 and etag:
        return Seen(None, address, etag)
    _check(got)
    try:
        first = await outlook.cage.shared(got.body, got.url, got.headers)
    except Unreadable as no:
        if no.code != "web-page":
            raise
        address = await _announced(got, outlook)
        got = await visit(address)
        _check(got)
        first = await outlook.cage.shared(got.body, got.url, got.headers)
    return Seen(await _whole(first, got.url, outlook, visit), address, got.headers.get("etag", "")[:1_000])


def _visits(outlook: Outlook) -> Visit:
    """Visits that share one length of time, however many there are: a site that drips ends with its first list."""
    until = time.monotonic() + SECONDS

    async def visit(address: str, validators: Validators | None = None) -> Fetched:
        left = max(0.0, min(WHOLE_SECONDS, until - time.monotonic()))
        return await outlook.door.fetch(address, validators=validators, accept=ACCEPT, seconds=left)

    return visit


def _check(got: Fetched) -> None:
    if got.status in (404, 410):
        raise Gone(got.status, host_of(got.url))
    if got.status != 200:
        raise Refused(status_problem(got.status, host_of(got.url)), about="address")


async def _announced(got: Fetched, outlook: Outlook) -> str:
    """The way out that a page of a list names."""
    feeds = [url for _, url in await outlook.cage.discover(got.body, got.url, got.headers)]
    likely = [url for ending in TAKEN for url in feeds if urlsplit(url).path.endswith(ending)]
    if not likely:
        raise Unreadable("not-shared")
    if urlsplit(likely[0]).path.endswith("/lists.json"):
        raise Refused(SHOP_WINDOW, about="address")
    return likely[0]


async def _whole(first: SharedList, url: str, outlook: Outlook, visit: Visit) -> SharedList:
    """The list with the items of its further pages, each page once and a few at most.

    left_out is 1 at least where there is more than was read: then nobody knows what left the list.
    """
    items = {item.guid: item for item in first.items}
    left, seen, page, whole = first.left_out, {url}, first, True
    for _ in range(PAGES - 1):
        if not page.next_url or page.next_url in seen or len(items) >= MOST:
            break
        seen.add(page.next_url)
        got = await visit(page.next_url)
        _check(got)
        page = await outlook.cage.shared(got.body, got.url, got.headers)
        if page.guid != first.guid:
            whole = False
            break
        left += page.left_out + _add(items, page.items)
    more = first.total - len(items)
    # a page that names one that was read ends a list that has all that it says it has
    if not whole or (page.next_url and (page.next_url not in seen or more > 0)):
        left = max(left, more, 1)
    return replace(first, items=tuple(items.values()), left_out=left, next_url="", sections=first.sections[:SECTIONS])


def _add(items: dict[str, SharedItem], more: Iterable[SharedItem]) -> int:
    """Take further items as long as there is room; how many were left."""
    left = 0
    for item in more:
        if item.guid in items:
            continue
        if len(items) < MOST:
            items[item.guid] = item
        else:
            left += 1
    return left
