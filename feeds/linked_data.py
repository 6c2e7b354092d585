"""What a page says of itself in the vocabulary of schema.org, as JSON-LD, in the fields that we keep.

Source: schema.org; only the page itself is read, no vocabulary is fetched.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from feeds import clean, jsonfeed
from feeds.jsonfeed import listed
from feeds.model import AUTHOR, LONGEST, SUMMARY, TITLE, Unreadable
from feeds.moments import lasting

THINGS = 200  # looked at in one page
# what a page may be about, the plainest first: where it names several things, it is about the first of them
KINDS = {
    "videoobject": "video",
    "movie": "film",
    "tvepisode": "video",
    "podcastepisode": "podcast episode",
    "radioepisode": "podcast episode",
    "audiobook": "audiobook",
    "book": "book",
    "musicrecording": "music",
    "musicalbum": "music",
    "videogame": "game",
    "game": "game",
    "newsarticle": "article",
    "blogposting": "article",
    "scholarlyarticle": "article",
    "techarticle": "article",
    "report": "article",
    "article": "article",
    "audioobject": "podcast episode",
    "podcastseries": "podcast",
    "learningresource": "website",
    "course": "website",
    "webpage": "website",
    "itempage": "website",
    "collectionpage": "website",
    "website": "website",
}
_RANK = {kind: rank for rank, kind in enumerate(KINDS)}
_DURATION = re.compile(
    r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,6})M)?(?:(\d{1,8})(?:\.\d+)?S)?)?", re.IGNORECASE | re.ASCII
)
_CAPTIONS = {"captions", "opencaptions", "closedcaptions", "subtitles"}


@dataclass(frozen=True)
class Told:
    """What a thing says of itself: plain texts, addresses as they are written. captions: None if it does not say."""

    kind: str = ""
    title: str = ""
    description: str = ""
    picture: str = ""
    creators: tuple[str, ...] = ()
    publisher: str = ""
    published: str = ""
    seconds: int | None = None
    captions: bool | None = None
    language: str = ""
    isbn: tuple[str, ...] = ()
    url: str = ""
    explicit: bool = field(default=False)


def told(scripts: Iterable[str]) -> Told:
    """What the page is about, by its scripts of JSON-LD; those that cannot be read are passed over."""
    things = [one for one in _things(scripts) if _kind(one)]
    if not things:
        return Told()
    # the first of the plainest kind
    one = min(things, key=lambda thing: _RANK[_kind(thing)])
    site = next((thing for thing in things if _kind(thing) == "website"), {})
    features = {str(each).lower() for each in listed(one.get("accessibilityFeature"))}
    return Told(
        kind=KINDS[_kind(one)],
        title=_text(one, "name", "headline")[:TITLE] or _text(site, "headline")[:TITLE],
        description=clean.plain(_text(one, "description", "abstract"), SUMMARY),
        picture=_address(one, "image", "thumbnailUrl", "thumbnail"),
        creators=tuple(dict.fromkeys(_names(one, "author", "creator", "byArtist", "director"))),
        publisher=next(iter(_names(one, "publisher", "productionCompany", "isPartOf", "partOfSeries")), ""),
        published=_text(one, "datePublished", "uploadDate", "dateCreated"),
        seconds=duration(_text(one, "duration", "timeRequired")),
        captions=_captions(one, features),
        language=_text(one, "inLanguage") or next(iter(_names(one, "inLanguage")), ""),
        isbn=tuple(str(each)[:40] for each in [*listed(one.get("isbn")), *_editions(one)]),
        url=_address(one, "url", "@id"),
        explicit=one.get("isFamilyFriendly") in (False, "false", "False", "http://schema.org/False"),
    )


def duration(text: str) -> int | None:
    """Seconds of a length as ISO 8601 writes it, "PT1H2M3S"; None for nothing and for more than a month."""
    found = _DURATION.fullmatch(text.strip()[:40])
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()
    return lasting(length) if length <= LONGEST else None


def _things(scripts: Iterable[str]) -> Iterator[dict[str, Any]]:
    left = THINGS
    for script in scripts:
        try:
            waiting = listed(jsonfeed.parsed(script.strip().removesuffix(";").encode("utf-8", "replace")))
        except Unreadable:
            continue
        while waiting and left > 0:
            one = waiting.pop(0)
            if not isinstance(one, dict):
                continue
            left -= 1
            yield one
            waiting = [*listed(one.get("@graph")), *listed(one.get("mainEntity")), *waiting][:THINGS]


def _kind(thing: dict[str, Any]) -> str:
    said = (re.split("[/:#]", str(one))[-1].lower() for one in listed(thing.get("@type"))[:9])
    return min((one for one in said if one in KINDS), key=lambda one: _RANK[one], default="")


def _text(thing: dict[str, Any], *names: str) -> str:
    for name in names:
        for one in listed(thing.get(name)):
            value = one.get("@value") if isinstance(one, dict) else one
            if isinstance(value, str) and value.strip():
                return clean.line(html.unescape(value))
    return ""


def _address(thing: dict[str, Any], *names: str) -> str:
    for name in names:
        for one in listed(thing.get(name)):
            value = (one.get("url") or one.get("contentUrl") or one.get("@id")) if isinstance(one, dict) else one
            value = next(iter(listed(value)), "")
            if isinstance(value, str) and value.strip():
                return value.strip()
    return ""


def _names(thing: dict[str, Any], *names: str) -> Iterator[str]:
    for name in names:
        for one in listed(thing.get(name))[:20]:
            said = one.get("name") or one.get("alternateName") if isinstance(one, dict) else one
            for each in listed(said)[:5]:
                words = clean.line(html.unescape(each), AUTHOR) if isinstance(each, str) else ""
                if words and "@" not in words and "://" not in words:
                    yield words


def _captions(thing: dict[str, Any], features: set[str]) -> bool | None:
    if thing.get("caption") or any(one.replace("-", "").replace(" ", "") in _CAPTIONS for one in features):
        return True
    return False if "none" in features else None


def _editions(thing: dict[str, Any]) -> list[Any]:
    return [one.get("isbn") for one in listed(thing.get("workExample"))[:20] if isinstance(one, dict)]
