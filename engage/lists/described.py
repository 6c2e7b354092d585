"""What a public list says of itself to machines: an ItemList of schema.org, as the page's JSON-LD.

Source: STANDARDS.md, 5.2; https://schema.org/ItemList.
"""

from collections.abc import Callable, Mapping
from typing import Any

from jinja2.utils import htmlsafe_json_dumps

from engage.engagement.rules import Mode
from engage.lists.queries import ListCard
from engage.lists.rules import Visibility
from engage.resources.cited_names import is_body
from engage.resources.rules import Format

BY_MODE = {Mode.READING: "Book", Mode.VIEWING: "VideoObject", Mode.LISTENING: "AudioObject"}
# what another word fits better than that of its mode
KINDS = {
    Format.MAGAZINE: "Periodical",
    Format.ARTICLE: "Article",
    Format.WEBSITE: "WebSite",
    Format.DATABASE: "WebPage",
    Format.FILM: "Movie",
    Format.EPISODE: "PodcastEpisode",
    Format.PODCAST: "PodcastSeries",
    Format.MUSIC: "MusicRecording",
    Format.GAME: "Game",
    Format.AUDIOBOOK: "Audiobook",
}
BOOKS = {"Book", "Audiobook"}
TIMED = {"Movie", "VideoObject", "AudioObject", "PodcastEpisode", "Audiobook", "MusicRecording"}
BOOK_FORMATS = {
    Format.EBOOK: "EBook",
    Format.AUDIOBOOK: "AudiobookFormat",
    Format.GRAPHIC_NOVEL: "GraphicNovel",
}
# a child in kindergarten, grade 0, is five when the school year begins
AGE_IN_KINDERGARTEN = 5


def is_described(curated: ListCard) -> bool:
    """Whether the page speaks to machines: only what everybody may see does."""
    return curated.is_out and curated.visibility is Visibility.PUBLIC


def item_list(curated: ListCard, total: int, whole: Callable[..., str]) -> tuple[str, str]:
    """The list as an ItemList, in JSON that may stand in a page: what stands before its elements, and after them.

    total: how many there are. whole: the address of a page by the name of its row.
    """
    address = whole("lists.show", slug=curated.slug)
    about = {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "@id": address,
        "url": address,
        "name": curated.title,
        "description": curated.introduction,
        "itemListOrder": "https://schema.org/ItemListOrderAscending",
        "numberOfItems": total,
    }
    return f'{htmlsafe_json_dumps(about)[:-1]}, "itemListElement": [', "]}"


def element(number: int, thing: str) -> str:
    """One item of that list, in JSON, and the comma before it. thing: what as_thing() gives for it."""
    return f'{", " if number > 1 else ""}{{"@type": "ListItem", "position": {number}, "item": {thing}}}'


def as_thing(row: Mapping[str, Any], url: str) -> str:
    """One row of `items_of` as a thing of schema.org, in JSON that may stand in a page. url: its whole address."""
    return str(htmlsafe_json_dumps(thing(row, url)))


def thing(row: Mapping[str, Any], url: str) -> dict[str, Any]:
    """One row of `items_of` as a thing of schema.org; what is not known is left out."""
    format = Format(row["format"])
    kind = KINDS.get(format) or BY_MODE[Mode(row["mode"])]
    known = {
        "@type": kind,
        "@id": url,
        "url": url,
        "name": row["title"],
        "author": makers(row["creators"] or "", row["bodies"] or ""),
        "inLanguage": row["language"],
        "typicalAgeRange": ages(row["audience_low"], row["audience_high"]),
        "datePublished": str(row["year"] or ""),
        "duration": f"PT{row['minutes']}M" if kind in TIMED and row["minutes"] else "",
        "isbn": row["isbn"] if kind in BOOKS else "",
        "numberOfPages": row["pages"] if kind == "Book" else None,
        "bookFormat": f"https://schema.org/{BOOK_FORMATS[format]}" if format in BOOK_FORMATS else "",
    }
    return {name: value for name, value in known.items() if value}


def makers(names: str, bodies: str) -> list[dict[str, str]]:
    """Who made a thing. names, bodies: as in `items_of`; what else is a body is told from its words."""
    said = set(bodies.split("; "))
    return [
        {"@type": "Organization" if name in said or is_body(name) else "Person", "name": name}
        for name in names.split("; ")
        if name
    ]


def ages(low: int | None, high: int | None) -> str:
    """Grades as an age range of schema.org: "5-8", "11-"; "" where nothing is known."""
    if low is None and high is None:
        return ""
    first = 0 if low is None else max(0, low + AGE_IN_KINDERGARTEN)
    return f"{first}-" if high is None else f"{first}-{high + AGE_IN_KINDERGARTEN + 1}"
