"""The search of the catalogue: words in any field, what is best first, and how many there are of each kind.

A word that is typed is the beginning of one that is found. What has all words in its title stands first, then in
title and creators, then with subjects, then with the summary; among equals what is on more lists.
Sources: STACK.md, "Search"; bench/GOALS.md, section 6; DECISIONS.md, "Words of the search carry their field".
"""

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection

from engage.database import fold
from engage.database.queue import sql
from engage.engagement.rules import Mode
from engage.resources import isbn, record
from engage.resources.rules import Format, ResourceState
from engage.resources.wording import AGES, WHERE, site_of

PER_PAGE = 24
MOST_PAGES = 40
NEAR = 5
MOST_NEAR_ROWS = 400
MOST_MISSPELLED = 4
CUTOFF = 0.72

OF_TITLE, OF_MAKER, OF_SUBJECT = record.OF_TITLE, record.OF_MAKER, record.OF_SUBJECT
# which marks a word may carry at each rank; the last takes words of every field
RANKS = ((OF_TITLE,), (OF_TITLE, OF_MAKER), (OF_TITLE, OF_MAKER, OF_SUBJECT))
ANYWHERE = (OF_TITLE, OF_MAKER, OF_SUBJECT, "")


COLUMNS = """r.id, r.key, r.title, r.creators, SUBSTR(r.summary, 1, 400) AS summary, r.mode, r.format, r.minutes,
 r.pages, r.year, r.language, r.picture, r.state, r.here, r.online, h.call_number, h.location, h.copies, h.available,
 k.url, k.provider"""
BESIDE = """LEFT JOIN holding h ON h.id = (SELECT MIN(o.id) FROM holding o
 WHERE o.school_id = r.school_id AND o.resource_id = r.id AND o.gone_at IS NULL)
LEFT JOIN link k ON k.id = (SELECT MIN(o.id) FROM link o
 WHERE o.school_id = r.school_id AND o.resource_id = r.id)"""


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for. text: as it was typed. The others narrow; "" or None where nothing is chosen.

    band: of AGES. place: of WHERE. subject: a heading, exactly. states: which resources there are for the asker.
    """

    text: str = ""
    mode: Mode | None = None
    format: Format | None = None
    band: str = ""
    language: str = ""
    place: str = ""
    subject: str = ""
    states: tuple[ResourceState, ...] = (ResourceState.OFFERED,)


@dataclass(frozen=True)
class Facets:
    """How many there would be of each kind, if that kind were chosen and the other choices stayed."""

    mode: Mapping[str, int]
    format: Mapping[str, int]
    band: Mapping[str, int]
    language: Mapping[str, int]
    place: Mapping[str, int]


@dataclass(frozen=True)
class Found:
    """One page of what was found. total: of all pages. near: other spellings, where nothing was found."""

    total: int
    rows: list[dict[str, Any]]
    facets: Facets
    page: int
    pages: int
    near: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Cell:
    """Some resources that are alike in all that is counted, and how many they are."""

    mode: str
    format: str
    low: int | None
    high: int | None
    language: str
    here: bool
    online: bool
    count: int


async def find(school_id: int, wanted: Wanted, page: int = 1, per_page: int = PER_PAGE) -> Found:
    """One page of what a school has. Two statements, and one more where nothing is found."""
    client = get_connection("reports")
    condition, values = _condition(client, school_id, wanted)
    cells = [Cell(**row) for row in await _ask(client, _cube(condition), values)]
    total = sum(cell.count for cell in cells if _fits(cell, wanted))
    pages = max(1, min(MOST_PAGES, -(-total // per_page)))
    page = max(1, min(page, pages))
    rows: list[dict[str, Any]] = []
    if total:
        narrowed, more = _narrowed(wanted)
        rank, ranking = _rank(client, school_id, wanted.text)
        text = f"""SELECT {COLUMNS} FROM resource r {BESIDE} WHERE {condition}{narrowed}
            ORDER BY {rank}r.popularity DESC, r.title_sort, r.id LIMIT {per_page} OFFSET {(page - 1) * per_page}"""
        rows = [
            {**row, "site": site_of(row["url"] or "", row["provider"] or "")}
            for row in await _ask(client, text, [*values, *more, *ranking])
        ]
    near = await near_spellings(school_id, wanted.text) if not total and wanted.text else []
    return Found(total, rows, facets_of(cells, wanted), page, pages, near)


async def near_spellings(school_id: int, text: str) -> list[str]:
    """Words of the catalogue that look like what was typed, put in its place; one statement."""
    typed = fold.words(text)[: fold.MOST_WORDS]
    stems = sorted({word[: 3 if len(word) > 4 else 2] for word in typed if len(word) > 2})
    if not stems:
        return []
    client = get_connection("reports")
    lite = client.capabilities.dialect == "sqlite"
    marks = (OF_TITLE, OF_MAKER)
    if lite:
        query = " OR ".join(f'"{mark}{stem}"*' for stem in stems for mark in marks)
        match = "r.id IN (SELECT rowid FROM resource_text WHERE resource_text MATCH ?)"
    else:
        query = " | ".join(f"'{mark}{stem}':*" for stem in stems for mark in marks)
        match = "to_tsvector('simple', r.search_text) @@ to_tsquery('simple', ?)"
    rows = await _ask(
        client,
        f"""SELECT r.title, r.creators FROM resource r WHERE r.school_id = ? AND r.state = 'offered' AND {match}
        ORDER BY r.popularity DESC, r.id LIMIT {MOST_NEAR_ROWS}""",
        [school_id, query],
    )
    return spellings(typed, [{*fold.words(row["title"]), *fold.words(row["creators"])} for row in rows])


def spellings(typed: Sequence[str], things: Sequence[set[str]]) -> list[str]:
    """What was typed, with words replaced by near ones that stand together on some thing; the nearest first.

    things: the words of each thing that may be meant, what is on more lists first.
    """
    everywhere = list(dict.fromkeys(word for words in things for word in sorted(words)))
    choices = [difflib.get_close_matches(word, everywhere, n=NEAR, cutoff=CUTOFF) for word in typed]
    if not all(choices):
        return []
    found: list[tuple[int, str]] = []
    for places in product(*(range(len(choice)) for choice in choices[:MOST_MISSPELLED])):
        words = [choice[place] for choice, place in zip(choices, places, strict=False)]
        if any(words_of >= set(words) for words_of in things):
            found.append((sum(places), " ".join(words)))
    return list(dict.fromkeys(text for _, text in sorted(found, key=lambda each: each[0]) if text != " ".join(typed)))[
        :NEAR
    ]


def facets_of(cells: Iterable[Cell], wanted: Wanted) -> Facets:
    """The counts for each choice; in each, the choice of its own kind does not narrow."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("mode", "format", "band", "language", "place")}
    for cell in cells:
        for name, counter in counts.items():
            if _fits(cell, wanted, but=name):
                for value in _values(cell, name):
                    counter[value] += cell.count
    return Facets(**counts)


def _values(cell: Cell, name: str) -> list[str]:
    match name:
        case "band":
            return [band for band in AGES if _in_band(cell, band)]
        case "place":
            return [place for place in WHERE if getattr(cell, place)]
        case _:
            return [value] if (value := getattr(cell, name)) else []


def _fits(cell: Cell, wanted: Wanted, but: str = "") -> bool:
    """Whether resources like these are wanted. but: the kind of choice that is left out of account."""
    return all(
        name == but or not (chosen := getattr(wanted, name)) or str(chosen) in _values(cell, name)
        for name in ("mode", "format", "band", "language", "place")
    )


def _in_band(cell: Cell, band: str) -> bool:
    _, low, high = AGES[band]
    return cell.low is not None and cell.low <= high and (12 if cell.high is None else cell.high) >= low


def _cube(condition: str) -> str:
    return f"""SELECT r.mode, r.format, r.audience_low AS low, r.audience_high AS high, r.language, r.here, r.online,
        COUNT(*) AS count FROM resource r WHERE {condition}
        GROUP BY r.mode, r.format, r.audience_low, r.audience_high, r.language, r.here, r.online"""


def _condition(client: BaseDBAsyncClient, school_id: int, wanted: Wanted) -> tuple[str, list[Any]]:
    """What holds of everything that may be found, whatever it is narrowed to afterwards."""
    states = ", ".join("?" for _ in wanted.states)
    parts = [f"r.school_id = ? AND r.state IN ({states})"]
    values: list[Any] = [school_id, *(each.value for each in wanted.states)]
    if number := isbn.isbn_in(wanted.text):
        parts.append("""r.id IN (SELECT i.resource_id FROM identifier i
            WHERE i.school_id = ? AND i.scheme IN ('isbn', 'isbn wrong') AND i.value = ?)""")
        values += [school_id, number]
    elif fold.words(wanted.text):
        parts.append(_match(client))
        values.append(_query(client, wanted.text, ANYWHERE))
    if wanted.subject:
        parts.append("r.id IN (SELECT s.resource_id FROM subject s WHERE s.school_id = ? AND s.term = ?)")
        values += [school_id, wanted.subject]
    return " AND ".join(parts), values


def _narrowed(wanted: Wanted) -> tuple[str, list[Any]]:
    """The choices, as more conditions."""
    parts: list[str] = []
    values: list[Any] = []
    for name in ("mode", "format", "language"):
        if chosen := getattr(wanted, name):
            parts.append(f"r.{name} = ?")
            values.append(str(chosen))
    if wanted.band in AGES:
        _, low, high = AGES[wanted.band]
        parts.append("r.audience_low <= ? AND COALESCE(r.audience_high, 12) >= ?")
        values.extend([high, low])
    if wanted.place in WHERE:
        parts.append(f"r.{wanted.place}")
    return "".join(f" AND {part}" for part in parts), values


def _rank(client: BaseDBAsyncClient, school_id: int, text: str) -> tuple[str, list[Any]]:
    """What to order by first: in which fields all words are; nothing where no words were typed."""
    if not fold.words(text) or isbn.isbn_in(text):
        return "", []
    whens, values = ["WHEN r.title_sort = ? THEN 0"], [record.sorting_title(text)]
    for number, marks in enumerate(RANKS, 1):
        if client.capabilities.dialect == "sqlite":
            found = "SELECT rowid FROM resource_text WHERE resource_text MATCH ?"
        else:
            # once for all rows: whether one row holds the words costs as much as reading it anew
            found = f"SELECT r.id FROM resource r WHERE r.school_id = {school_id:d} AND {_match(client)}"
        whens.append(f"WHEN r.id IN ({found}) THEN {number}")
        values.append(_query(client, text, marks))
    return f"CASE {' '.join(whens)} ELSE {len(RANKS) + 1} END, ", values


def _match(client: BaseDBAsyncClient) -> str:
    if client.capabilities.dialect == "sqlite":
        return "r.id IN (SELECT rowid FROM resource_text WHERE resource_text MATCH ?)"
    return "to_tsvector('simple', r.search_text) @@ to_tsquery('simple', ?)"


def _query(client: BaseDBAsyncClient, text: str, marks: tuple[str, ...]) -> str:
    return fold.fts5(text, marks) if client.capabilities.dialect == "sqlite" else fold.tsquery(text, marks)


async def _ask(client: BaseDBAsyncClient, text: str, values: list[Any]) -> list[dict[str, Any]]:
    return await client.execute_query_dict(sql(text, client), values)
