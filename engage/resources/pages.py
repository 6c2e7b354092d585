"""What readers see of the catalogue: the search, and the page before another site opens."""

import json
from collections.abc import Hashable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.database import fold
from engage.engagement.rules import Mode
from engage.people.rules import Reader
from engage.resources import languages, queries, wording
from engage.resources.rules import Format
from engage.resources.search import Found, Wanted, cells_of, find, suggest
from engage.resources.showing import shown
from engage.web.cache import Cache, answer
from engage.web.forms import choice, number, words
from engage.web.front import share
from engage.web.limits import turn_to_search
from engage.web.render import render
from engage.web.routing import path_for

MOST_LANGUAGES = 40
# the newest ones only: after each commit there are others
counts = Cache(entries=20)


async def search(request: Request) -> Response:
    """Look for something by words, and narrow what was found."""
    reader = request.user
    wanted = wanted_by(request)
    found = await found_by(request, wanted)
    marks: Mapping[int, Any] = {}
    if reader.is_student:
        marks = await request.app.marks_of(reader, [row["id"] for row in found.rows])
    if reader.id is None:
        share(request)
    return render(
        request,
        "resources/search.html",
        **asked(request, wanted, found, "resources.search"),
        things=[shown(row) for row in found.rows],
        marks=marks,
    )


async def as_you_type(request: Request) -> Response:
    """What may be meant by what is being typed, for the script beside the field; the form needs none of it."""
    reader: Reader = request.user
    text = words(request, "q")
    async with turn_to_search(reader.id):
        suggested = await suggest(reader.school.id, text)
    if reader.id is None:
        share(request)
    body = {
        "found": [
            {
                "title": row["title"],
                "by": row["creators"],
                "mode": str(row["mode"]),
                "kind": wording.kind_and_length(row["format"], row["mode"], row["minutes"], row["editions"]),
                "href": path_for(request, "resources.show", key=row["key"]),
            }
            for row in suggested.rows
        ],
        "near": [{"text": each, "href": path_for(request, "resources.search", {"q": each})} for each in suggested.near],
        "all": path_for(request, "resources.search", {"q": text}),
    }
    return answer(request, json.dumps(body, ensure_ascii=False, separators=(",", ":")), "application/json")


async def found_by(request: Request, wanted: Wanted) -> Found:
    """The page of results that the address asks for.

    Where all that there is is counted, the counts are kept until anything is committed; who asks meanwhile waits for
    the first one who counts. Raises Full.
    """
    reader: Reader = request.user
    school_id, page = reader.school.id, number(request, "page", 1)
    if not wanted.text and not wanted.subject:
        state: Hashable = await request.app.fresh()
        cells = await counts.get((school_id, wanted.states, state), lambda: cells_of(school_id, wanted))
        return await find(school_id, wanted, page, cells=cells)
    async with turn_to_search(reader.id, len(fold.words(wanted.text)) or 1):
        return await find(school_id, wanted, page)


def wanted_by(request: Request, **more: Any) -> Wanted:
    """What the address asks for; what cannot be read is left out (SAFETY.md, S8)."""
    mode, format = choice(request, "mode", list(Mode)), choice(request, "kind", list(Format))
    return Wanted(
        text=words(request, "q"),
        mode=Mode(mode) if mode else None,
        format=Format(format) if format else None,
        band=choice(request, "ages", wording.AGES),
        language=words(request, "language", 12),
        place=choice(request, "where", wording.WHERE),
        ready=choice(request, "ready", wording.READY),
        length=choice(request, "length", wording.LENGTHS),
        subject=words(request, "subject"),
        **more,
    )


def asked(request: Request, wanted: Wanted, found: Found, name: str, **more: str) -> dict[str, Any]:
    """What the head of the page needs: what was asked, and each choice with how many it would leave.

    name: of the row that answers. more: what its address asks besides.
    """
    query = {
        "q": wanted.text,
        "mode": wanted.mode or "",
        "kind": wanted.format or "",
        "ages": wanted.band,
        "language": wanted.language,
        "where": wanted.place,
        "ready": wanted.ready,
        "length": wanted.length,
        "subject": wanted.subject,
        **more,
    }
    facets = found.facets
    spoken = sorted(facets.language, key=lambda tag: (-facets.language[tag], tag))[:MOST_LANGUAGES]
    kinds = sorted(facets.format, key=lambda kind: (-facets.format[kind], kind))
    return {
        "found": found,
        "query": query,
        "wanted": wanted,
        "modes": facets.mode,
        "in_all_modes": facets.whole,
        "choices": [
            ("kind", "Kind", "Every kind", [(kind, _capital(kind), facets.format[kind]) for kind in kinds]),
            ("ages", "Good for", "All ages", _told(wording.AGES, facets.band)),
            ("where", "Where", "Anywhere", _told(wording.WHERE, facets.place)),
            ("ready", "When", "Now or later", _told(wording.READY, facets.ready)),
            ("length", "How long", "Any length", _told(wording.LENGTHS, facets.length)),
            (
                "language",
                "Language",
                "Every language",
                [(tag, languages.name_of(tag), facets.language[tag]) for tag in spoken],
            ),
        ],
        "narrowed": any(value for each, value in query.items() if each not in ("q", "subject", "state")),
        "subjects": [
            (term, facets.subject[term], path_for(request, name, {**query, "subject": term}))
            for term in facets.subject
            if term != wanted.subject
        ],
        "any_subject": path_for(request, name, {**query, "subject": ""}) if wanted.subject else "",
        "near": _meant(request, found, name, more),
        "next_pages": path_for(request, name, {**query, "page": 0})[:-1],
        "address": name,
    }


def _meant(request: Request, found: Found, name: str, more: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What may have been meant where nothing was found: words and address of each."""
    near = [(text, path_for(request, name, {"q": text, **more})) for text in found.near]
    if found.kind is None:
        return near
    kind, text = found.kind
    words = f"{text}, kind: {kind}" if text else f"Kind: {kind}"
    return [(words, path_for(request, name, {"q": text, "kind": str(kind), **more})), *near]


def _told(names: Mapping[str, Any], counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """The choices there are, in their own order: name, words, how many."""
    said = {name: words if isinstance(words, str) else words[0] for name, words in names.items()}
    return [(name, said[name], counts[name]) for name in names if counts.get(name)]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


async def leave(request: Request) -> Response:
    """Say that another site opens next, and which; nothing is asked of it before the reader goes (SAFETY.md, P7)."""
    reader: Reader = request.user
    resource, link = await queries.link_of(reader, request.path_params["key"], number(request, "to", 0, most=99))
    if reader.id is None:
        share(request)
    return render(request, "resources/leave.html", resource=resource, link=link)
