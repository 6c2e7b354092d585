"""Reads and writes JSON Feed. Source: jsonfeed.org/version/1 and /version/1.1."""

import dataclasses
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from feeds import clean
from feeds.address import address
from feeds.encoding import text_of
from feeds.mode import kind_of
from feeds.model import (
    ATTACHMENTS,
    AUTHOR,
    AUTHORS,
    CATEGORIES,
    CATEGORY,
    LABEL,
    SUMMARY,
    TITLE,
    Attachment,
    Author,
    Entry,
    Feed,
    Unreadable,
    newest,
)
from feeds.moments import believable, lasting, moment
from feeds.writing import checked, entries_of, legal, stamp

DEPTH = 50  # the parser recurses; source: STANDARDS.md 2.1
ITEMS = 20_000  # looked at for their dates
_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/([\d.]{1,8})/?|(1(?:\.\d)?)")
# a string, if need be up to the end of the document, or a bracket
_MARKS = re.compile(r'"(?:[^"\\]++|\\.?)*+(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)


def parsed(body: bytes) -> Any:
    """The values of a JSON document of any kind. Raises Unreadable."""
    text = text_of(body, {})
    _check_depth(text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise Unreadable("json-broken") from problem


def text_in(thing: dict[str, Any], name: str) -> str:
    """The text under a name of an object; "" where there is none, or something else."""
    value = thing.get(name)
    return value if isinstance(value, str) else ""


def listed(said: Any) -> list[Any]:
    """What may be said alone or as a list, as a list."""
    return said if isinstance(said, list) else [] if said is None else [said]


def feed_of(top: Any, url: str, now: datetime) -> Feed:
    """The feed that stands in a JSON document. Raises Unreadable."""
    found = _VERSION.fullmatch(text_in(top, "version")) if isinstance(top, dict) else None
    items = top.get("items") if isinstance(top, dict) else None
    version = (found[1] or found[2]) if found else ""
    if not version or not isinstance(items, list):
        raise Unreadable("not-a-feed")
    dated = [one for one in items[:ITEMS] if isinstance(one, dict)]
    kept = newest(dated, lambda one: _at(one, now))
    base = address(text_in(top, "home_page_url"), url) or url
    feed = Feed(
        title=clean.line(text_in(top, "title"), TITLE),
        entries=tuple(_entry(one, base, now) for one in kept),
        format=f"JSON Feed {'1.0' if version == '1' else version}",
        site_url=address(text_in(top, "home_page_url"), url),
        feed_url=address(text_in(top, "feed_url"), url) or address(url),
        next_url=address(text_in(top, "next_url"), url),
        description=clean.line(text_in(top, "description"), SUMMARY),
        picture=address(text_in(top, "icon"), url) or address(text_in(top, "favicon"), url),
        language=clean.language(top.get("language")),
        authors=_authors(top, url),
        left_out=len(dated) - len(kept),
    )
    return dataclasses.replace(feed, kind=kind_of(feed))


def write(
    feed: Feed, extension: Mapping[str, Any] | None = None, of_entries: Mapping[str, Mapping[str, Any]] | None = None
) -> bytes:
    """The feed as JSON Feed 1.1, its entries in their order, 200 at most.

    extension: objects of our own beside those of the feed, whose names begin with an underscore; of_entries: the same
    of entries, by their guid.
    Raises ValueError where something is missing that the format demands.
    """
    checked(feed)
    top: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.site_url,
        "feed_url": feed.feed_url,
        "next_url": feed.next_url,
        "description": feed.description,
        "icon": feed.picture,
        "language": feed.language,
        "authors": [_author(one) for one in feed.authors],
        "items": [_item(one) | dict((of_entries or {}).get(one.guid or "", {})) for one in entries_of(feed)],
        **(extension or {}),
    }
    always = {"title", "items"}
    kept = {name: value for name, value in top.items() if value or name in always}
    return legal(json.dumps(kept, ensure_ascii=False, indent=1)).encode()


def _item(entry: Entry) -> dict[str, Any]:
    attachments = [
        {
            "url": one.url,
            "mime_type": one.media_type or "application/octet-stream",
            "size_in_bytes": one.length,
            "duration_in_seconds": one.duration_seconds or entry.duration_seconds,
        }
        for one in entry.attachments
    ]
    item = {
        "id": entry.guid or entry.url,
        "url": entry.url,
        "title": entry.title,
        "content_html": entry.body_html or entry.summary_html,
        "summary": clean.plain(entry.summary_html),
        "image": entry.picture,
        "date_published": stamp(entry.published_at) if entry.published_at else None,
        "date_modified": stamp(entry.updated_at) if entry.updated_at else None,
        "language": entry.language,
        "authors": [_author(one) for one in entry.authors],
        "tags": list(entry.categories),
        "attachments": [{name: value for name, value in one.items() if value} for one in attachments],
    }
    return {name: value for name, value in item.items() if value or name == "content_html"}


def _author(author: Author) -> dict[str, str]:
    return {"name": author.name} | ({"url": author.url} if author.url else {})


def _entry(item: dict[str, Any], base: str, now: datetime) -> Entry:
    published = _at(item, now)
    url = address(text_in(item, "url"), base) or address(text_in(item, "external_url"), base)
    attachments = _attachments(item, base)
    markup = text_in(item, "content_html")
    text = text_in(item, "content_text")
    body = clean.html_of(markup, url or base) if markup.strip() else clean.html_from_text(text, base)
    summary = clean.html_from_text(text_in(item, "summary") or clean.first_sentence(body), base, SUMMARY)
    lengths = [one.duration_seconds for one in attachments if one.duration_seconds]
    return Entry(
        guid=clean.token(_id(item.get("id"))),
        title=clean.line(text_in(item, "title"), TITLE),
        url=url or next((one.url for one in attachments), None),
        summary_html=summary,
        body_html=body or summary,
        published_at=published,
        published_guessed=published is None,
        updated_at=believable(moment(text_in(item, "date_modified")), now),
        authors=_authors(item, base),
        picture=address(text_in(item, "image"), base) or address(text_in(item, "banner_image"), base),
        attachments=attachments,
        duration_seconds=next(iter(lengths), None),
        language=clean.language(item.get("language")),
        categories=_categories(item),
    )


def _at(item: dict[str, Any], now: datetime) -> datetime | None:
    dates = (moment(text_in(item, name)) for name in ("date_published", "date_modified"))
    return next((found for found in dates if believable(found, now)), None)


def _id(said: object) -> str:
    if isinstance(said, str):
        return said
    return str(said) if isinstance(said, int | float) and not isinstance(said, bool) else ""


def _authors(thing: dict[str, Any], base: str) -> tuple[Author, ...]:
    given = thing.get("authors")
    listed = given if isinstance(given, list) and given else [thing.get("author")]
    found = (
        Author(clean.line(text_in(one, "name"), AUTHOR), address(text_in(one, "url"), base))
        for one in listed[: 2 * AUTHORS]
        if isinstance(one, dict)
    )
    return tuple(one for one in found if one.name)[:AUTHORS]


def _attachments(item: dict[str, Any], base: str) -> tuple[Attachment, ...]:
    given = item.get("attachments")
    found = []
    for one in given[: 2 * ATTACHMENTS] if isinstance(given, list) else []:
        url = address(text_in(one, "url"), base) if isinstance(one, dict) else None
        if url is None:
            continue
        size = one.get("size_in_bytes")
        fits = isinstance(size, int | float) and not isinstance(size, bool) and 0 < size < 2**53
        kind = clean.line(text_in(one, "mime_type"), LABEL).lower()
        found.append(Attachment(url, kind, int(size) if fits else None, lasting(one.get("duration_in_seconds"))))
    return tuple(found[:ATTACHMENTS])


def _categories(item: dict[str, Any]) -> tuple[str, ...]:
    tags = item.get("tags")
    listed = tags[: 2 * CATEGORIES] if isinstance(tags, list) else []
    said = (clean.line(one, CATEGORY) for one in listed if isinstance(one, str))
    return tuple(dict.fromkeys(one for one in said if one))[:CATEGORIES]


def _check_depth(text: str) -> None:
    """Refuse brackets within brackets before the parser meets them. Strings are stepped over."""
    depth = 0
    for found in _MARKS.finditer(text):
        mark = found[0]
        if mark in "[{":
            depth += 1
            if depth > DEPTH:
                raise Unreadable("too-deep")
        elif mark in "]}":
            depth -= 1
