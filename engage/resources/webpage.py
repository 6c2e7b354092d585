"""One web page in: what a page says of itself, for a person to look through and keep.

The page is visited by the one door and read in the cage, and nothing of it is kept before a person says so.
Sources: SAFETY.md, F1, F6 and F8; STANDARDS.md, 2.5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from engage.database.transaction import one_transaction
from engage.errors import Refused
from engage.outside.addresses import address_of, as_typed
from engage.outside.cage import Cage
from engage.outside.fetch import Door, Fetched, Unreachable
from engage.people.once import once
from engage.people.rules import Reader
from engage.resources import actions, languages, looking
from engage.resources.models import Identifier, Link, Resource
from engage.resources.pictures import ask_for_cover
from engage.resources.queries import resources_for
from engage.resources.record import ADDRESS, Written, is_web
from engage.resources.rules import Format
from feeds import Unreadable
from feeds.address import host_of
from feeds.webpage import READ, PageFacts, with_oembed

PAGE_SECONDS = 12.0
PROVIDER_SECONDS = 6.0
LARGEST_ANSWER = 256 * 1024
MOST_HELD = 5
MOST_MAKERS = 10
# what is said of these stands for a page, too
SAID = frozenset({"is-a-feed", "not-a-page", "empty", "compressed"})


@dataclass(frozen=True)
class LookedAt:
    """What stands at an address. url: the one to keep. held: resources that are here already and may be the same."""

    url: str
    facts: PageFacts
    held: tuple[dict[str, Any], ...] = ()


async def look_at(typed: str, door: Door, cage: Cage) -> LookedAt:
    """The page at an address that a person typed. Raises Refused."""
    got = await looking.visit(typed, door, PAGE_SECONDS, why_not, READ, cut=True)
    asked = address_of(as_typed(typed), door.allowed).url
    try:
        facts = await cage.page(got.body, got.url, got.headers.get("content-type", ""))
    except Unreadable as no:
        sentence = no.sentence if no.code in SAID else "This page could not be read. Write it down by hand."
        raise Refused(sentence, about="address") from no
    return LookedAt(url_of(facts, got, asked), await with_provider(facts, door, cage))


def why_not(status: int) -> str:
    """What an answer that is no page means, for the person who typed the address."""
    if status in (404, 410):
        return f"There is no page at this address ({status})."
    if status in (401, 402, 403, 451):
        return f"This site does not show the page to Engage ({status}). Write it down by hand."
    if status == 429:
        return "This site asks us to come less often. Try again later."
    return f"This site does not give the page at the moment ({status}). Try again later."


def url_of(facts: PageFacts, got: Fetched, asked: str) -> str:
    """Which address to keep: the one by which the page wants to be known, if that is on its own site."""
    if facts.url and is_web(facts.url) and host_of(facts.url) == host_of(got.url) and len(facts.url) <= ADDRESS:
        return facts.url
    # a redirect that is not for good may lead elsewhere tomorrow
    return got.permanent_url or asked


async def with_provider(facts: PageFacts, door: Door, cage: Cage) -> PageFacts:
    """The facts with what the provider of a film says besides; without, where it does not answer."""
    if not facts.oembed:
        return facts
    try:
        got = await door.fetch(
            facts.oembed, limit=LARGEST_ANSWER, seconds=PROVIDER_SECONDS, accept="application/json", same_site=True
        )
        return with_oembed(facts, await cage.oembed(got.body)) if got.status == 200 else facts
    except (Unreachable, Unreadable):
        return facts


async def with_held(found: LookedAt, reader: Reader) -> LookedAt:
    """The same with what the library has already under its address or its ISBN."""
    known: dict[Any, None] = {}
    links = Link.filter(school_id=reader.school.id, url=found.url).limit(MOST_HELD)
    numbers = [("url", found.url[:200]), *([("isbn", found.facts.isbn)] if found.facts.isbn else [])]
    known |= dict.fromkeys(await links.values_list("resource_id", flat=True))
    for scheme, value in numbers:
        rows = Identifier.filter(school_id=reader.school.id, scheme=scheme, value=value).limit(MOST_HELD)
        known |= dict.fromkeys(await rows.values_list("resource_id", flat=True))
    if not known:
        return found
    held = resources_for(reader).filter(id__in=list(known)).order_by("id").limit(MOST_HELD)
    columns = ("key", "title", "creators", "mode", "format", "minutes", "picture")
    return replace(found, held=tuple(await held.values(*columns)))


def preset(found: LookedAt) -> Mapping[str, Any]:
    """What the form says before a person looks it through; the fields of ResourceForm, and picture and explicit."""
    facts = found.facts
    return {
        "title": facts.title,
        "makers": "\n".join(makers_of(facts)),
        "mode": facts.mode,
        "format": facts.format if facts.format in set(Format) else Format.WEBSITE,
        "summary": facts.description,
        "language": language_of(facts.language or ""),
        "minutes": facts.minutes if facts.mode != "reading" else None,
        "year": facts.published.year if facts.published else None,
        "publisher": "" if facts.site_name == facts.creator else facts.site_name[:200],
        "isbns": facts.isbn,
        "captions": {None: "", True: "yes", False: "no"}[facts.captions],
        "addresses": [{"url": found.url, "provider": facts.site_name[:200]}],
        "places": [{}],
        "picture": facts.picture or "",
        "explicit": facts.explicit,
    }


def language_of(tag: str) -> str:
    """The language as the form offers it: "en" for "en-US", "" for one that we have no name of."""
    return next((each for each in (tag.lower(), tag.lower().split("-")[0]) if each in languages.NAMES), "")


def makers_of(facts: PageFacts) -> Sequence[str]:
    """Who made it, one by one."""
    return [name for name in facts.creator.split(", ") if name][:MOST_MAKERS]


@one_transaction
async def keep(written: Written, picture: str, explicit: bool, form_key: str, by: Reader) -> str:
    """Put a page into the catalogue as a person looked it through; returns its key. Raises NotFound, Refused.

    picture: its address, "" for none; it is fetched later. explicit: the page says that it is not for everybody.
    """

    async def act() -> str:
        key = await actions.add_resource(written, "", by)
        resource = await Resource.get(school_id=by.school.id, key=key)
        cover = picture if is_web(picture) and len(picture) <= ADDRESS else ""
        if cover or explicit:
            resource.cover, resource.explicit = cover, explicit
            await resource.save(update_fields=["cover", "explicit"])
        urls = [each.url for each in written.addresses if each.url and len(each.url) <= 200]
        for url in urls[:1]:
            await Identifier.create(school_id=by.school.id, resource_id=resource.id, scheme="url", value=url)
        await ask_for_cover(resource.id)
        return key

    return await once(by, form_key, {**asdict(written), "picture": picture, "explicit": explicit}, act)
