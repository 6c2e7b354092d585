"""Reads what a provider says of a film or a recording by oEmbed: title, author, picture and length, never its HTML.

Sources: oembed.com; STANDARDS.md, 2.5: "read only for title, author and thumbnail of allow-listed providers".
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from feeds import clean, jsonfeed
from feeds.address import address, host_of
from feeds.believing import Number, Text, checked, plain, web_address
from feeds.model import AUTHOR, LONGEST, SUMMARY, TITLE, Unreadable
from feeds.moments import lasting

# by the host of the page: where its provider answers
PROVIDERS = {
    "youtube.com": "https://www.youtube.com/oembed",
    "youtu.be": "https://www.youtube.com/oembed",
    "vimeo.com": "https://vimeo.com/api/oembed.json",
    "ted.com": "https://www.ted.com/services/v1/oembed.json",
    "soundcloud.com": "https://soundcloud.com/oembed",
    "open.spotify.com": "https://open.spotify.com/oembed",
    "flickr.com": "https://www.flickr.com/services/oembed",
    "dailymotion.com": "https://www.dailymotion.com/services/oembed",
}


@dataclass(frozen=True)
class Embed:
    """What a provider says of a page. kind: video, rich, photo or link. seconds: how long it lasts, if it says so."""

    title: str = ""
    creator: str = ""
    picture: str | None = None
    site_name: str = ""
    description: str = ""
    kind: str = ""
    seconds: int | None = None


def endpoint(url: str) -> str | None:
    """Where to ask about a page, None where its provider is not one of those that we ask.

    What the page itself names as its endpoint is not asked: it could be anybody's.
    """
    host = host_of(url)
    # m.youtube.com and player.vimeo.com are their houses, too
    known = next((at for name, at in PROVIDERS.items() if host == name or host.endswith("." + name)), None)
    return f"{known}?format=json&url={quote(url, safe='')}" if known else None


def read_oembed(body: bytes) -> Embed:
    """What an answer of a provider says. Raises Unreadable."""
    top = jsonfeed.parsed(body)
    if not isinstance(top, dict) or not (top.get("type") or top.get("title")):
        raise Unreadable("not-a-page")
    return Embed(
        title=_line(top, "title", TITLE),
        creator=_line(top, "author_name", AUTHOR),
        picture=address(top.get("thumbnail_url")),
        site_name=_line(top, "provider_name", AUTHOR),
        description=clean.plain(str(top.get("description") or ""), SUMMARY),
        kind=_line(top, "type", 20),
        seconds=lasting(top.get("duration")),
    )


def to_values(embed: Embed) -> Any:
    """An answer as values for JSON."""
    return plain(embed)


def from_values(value: Any) -> Embed:
    """The answer that `to_values` was given, each field checked. Raises ValueError, TypeError or KeyError."""
    return Embed(**checked(value, _FIELDS))


def _line(top: dict[str, Any], name: str, longest: int) -> str:
    value = top.get(name)
    return clean.line(value, longest) if isinstance(value, str) else ""


_FIELDS = {
    "title": Text(TITLE),
    "creator": Text(AUTHOR),
    "picture": web_address,
    "site_name": Text(AUTHOR),
    "description": Text(SUMMARY),
    "kind": Text(20),
    "seconds": Number(LONGEST),
}
