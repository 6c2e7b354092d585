"""The search of the catalogue: words in any field, what is best first, and how many there are of each kind.

A word that is typed is the beginning of one that is found. What has all words in its title stands first, then in
title and creators, then with subjects, then with the summary; among equals what is on more lists.
Sources: STACK.md, "Search"; bench/GOALS.md, section 6; DECISIONS.md, "Words of the search carry their field".
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from tortoise.connection import get_connection

from engage.database import fold
from engage.engagement.rules import Mode
from engage.resources import finding, isbn, rephrasing
from engage.resources.editions import pattern, read
from engage.resources.finding import Narrowed, ask
from engage.resources.rules import Format, LinkState, ResourceState
from engage.resources.spelling import near_spellings, spelled
from engage.resources.wording import AGES, LENGTHS, READY, WHERE, site_of

PER_PAGE = 24
MOST_PAGES = 40
# where words find more than this, they are not counted any further
COUNTED = 5_000
# the subjects of so many are counted
SUBJECTS_OF = 2_000
MOST_SUBJECTS = 12
SUGGESTED = 8
FACETS = ("mode", "format", "band", "language", "place", "ready", "length")


COLUMNS = """r.id, r.key, r.title, r.creators, SUBSTR(r.summary, 1, 400) AS summary, r.mode, r.format, r.minutes,
 r.pages, r.year, r.language, r.picture, r.state, r.here, r.online, r.editions,
 h.call_number, h.location, h.copies, h.available, k.url, k.provider"""
# where a copy is in goes first, and what leads somewhere
BEST_PLACE = "CASE WHEN COALESCE(o.available, o.copies) > 0 THEN 0 ELSE 1 END, o.id"
BEST_LINK = f"CASE WHEN o.state = '{LinkState.DEAD}' THEN 1 ELSE 0 END, o.id"
BESIDE = f"""LEFT JOIN holding h ON h.id = (SELECT o.id FROM holding o
 WHERE o.school_id = r.school_id AND o.resource_id = r.id AND o.gone_at IS NULL
 ORDER BY {BEST_PLACE} LIMIT 1)
LEFT JOIN link k ON k.id = (SELECT o.id FROM link o
 WHERE o.school_id = r.school_id AND o.resource_id = r.id
 ORDER BY {BEST_LINK} LIMIT 1)"""


# how long a thing is, by pages or else by minutes; the names are those of LENGTHS
LENGTH = f"""CASE {
    " ".join(
        f"WHEN r.{unit} BETWEEN {least} AND {most} THEN '{name}'" for name, (_, unit, least, most) in LENGTHS.items()
    )
} ELSE '' END"""


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for. text: as it was typed. The others narrow; "" or None where nothing is chosen.

    band: of AGES. place: of WHERE. ready: of READY. length: of LENGTHS. subject: a heading, exactly. states: which
    resources there are for the asker.
    """

    text: str = ""
    mode: Mode | None = None
    format: Format | None = None
    band: str = ""
    language: str = ""
    place: str = ""
    ready: str = ""
    length: str = ""
    subject: str = ""
    states: tuple[ResourceState, ...] = (ResourceState.OFFERED,)

    @property
    def has_words(self) -> bool:
        """Whether words are looked for; a number is none."""
        return bool(fold.words(self.text)) and not isbn.isbn_in(self.text)


@dataclass(frozen=True)
class Facets:
    """How many there would be of each kind, if that kind were chosen and the other choices stayed.

    Of what has several editions each counts. whole: how many in whatever mode. subject: the headings of what was
    found, the most frequent ones. counted: whether the numbers are of all; else they
    are of the first COUNTED and tell only what there is.
    """

    mode: Mapping[str, int]
    format: Mapping[str, int]
    band: Mapping[str, int]
    language: Mapping[str, int]
    place: Mapping[str, int]
    ready: Mapping[str, int]
    length: Mapping[str, int]
    whole: int = 0
    subject: Mapping[str, int] = field(default_factory=dict)
    counted: bool = True


@dataclass(frozen=True)
class Found:
    """One page of what was found. total: of all pages, at most COUNTED + 1. near: other spellings, if nothing was.

    kind: where a kind was typed, and there are such things: the kind, and what else was typed.
    """

    total: int
    rows: list[dict[str, Any]]
    facets: Facets
    page: int
    pages: int
    near: list[str] = field(default_factory=list)
    kind: tuple[Format, str] | None = None

    @property
    def many(self) -> int:
        """More than this were found, and not counted any further; 0 where total is how many there are."""
        return COUNTED if not self.facets.counted and self.total > COUNTED else 0


@dataclass(frozen=True)
class Suggested:
    """What is offered while somebody types. rows: id, key, title, creators, mode, format, minutes. near: spellings."""

    rows: list[dict[str, Any]]
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
    available: bool
    editions: str
    length: str
    count: int

    @cached_property
    def apart(self) -> tuple["Cell", ...]:
        """The editions of which they are, each for itself."""
        return tuple(
            replace(
                self,
                editions="",
                mode=each.mode.value,
                format=each.format.value,
                here=each.here,
                online=each.online,
                available=each.available,
            )
            for each in read(self.editions)
        ) or (self,)


async def cells_of(school_id: int, wanted: Wanted) -> tuple[Cell, ...]:
    """How many there are of each sort, whatever mode, kind, age and so on are chosen; with words the first ones only.

    Without words all that the school has is read, 100,000 resources in a tenth of a second.
    """
    rows = await ask(get_connection("reports"), *_cube(school_id, wanted, _limit(wanted)))
    return tuple(Cell(**row) for row in rows)


def _limit(wanted: Wanted) -> int:
    return COUNTED + 1 if wanted.has_words else 0


async def find(
    school_id: int, wanted: Wanted, page: int = 1, per_page: int = PER_PAGE, cells: Sequence[Cell] | None = None
) -> Found:
    """One page of what a school has, in a number of statements that grows with nothing, nine at most;
    where nothing is found five more may look for what was meant.

    cells: those of cells_of, where the caller has them.
    """
    client = get_connection("reports")
    limit = _limit(wanted)
    cells = await cells_of(school_id, wanted) if cells is None else cells
    counted = not limit or sum(cell.count for cell in cells) <= COUNTED
    total = sum(cell.count for cell in cells if _fits(cell, wanted))
    if not counted and _narrowed(wanted)[0]:
        total = (await ask(client, *_how_many(school_id, wanted, limit)))[0]["count"]
    pages = max(1, min(MOST_PAGES, -(-total // per_page)))
    page = max(1, min(page, pages))
    # what is equal is sorted by title, as far as one can see
    seen = min(total, MOST_PAGES * per_page) if counted else MOST_PAGES * per_page
    rows = await _page(school_id, wanted, (page - 1) * per_page, per_page, seen) if total else []
    subjects = await ask(client, *_subjects(school_id, wanted)) if 0 < total <= SUBJECTS_OF and limit else []
    near = await near_spellings(client, school_id, wanted.text) if not total and wanted.text else []
    facets = facets_of(cells, wanted, {row["term"]: row["count"] for row in subjects}, counted)
    kind = await _of_kind(school_id, wanted) if not total and wanted.text else None
    return Found(total, rows, facets, page, pages, near, kind)


async def _of_kind(school_id: int, wanted: Wanted) -> tuple[Format, str] | None:
    """The kind that was typed instead of chosen, and what to look for among such things, if there are any."""
    kind, rest = rephrasing.kind_in(fold.words(wanted.text))
    if kind is None:
        return None
    text = " ".join(rephrasing.without_asking(rest))
    of_kind = Wanted(text, format=kind, states=wanted.states)
    counted = await ask(get_connection("reports"), *_how_many(school_id, of_kind, 1))
    return (kind, text) if counted[0]["count"] else None


async def suggest(school_id: int, text: str) -> Suggested:
    """What somebody may mean who is still typing: resources that are offered, the best first, or other spellings.

    One to six statements, and up to nine more where nothing is found.
    """
    client = get_connection("reports")
    if not fold.words(text):
        return Suggested([])
    rows = await likely(school_id, text, SUGGESTED)
    return Suggested(rows, [] if rows else await near_spellings(client, school_id, text))


async def likely(school_id: int, text: str, many: int) -> list[dict[str, Any]]:
    """So many of the resources that are offered and have these words, the best first; one to six statements."""
    return await _page(school_id, Wanted(text), 0, many, many) if fold.words(text) else []


async def spelled_nearly(school_id: int, text: str, many: int) -> list[dict[str, Any]]:
    """The same for the nearest other spelling of these words that this library has; two to four statements more."""
    near = await spelled(get_connection("reports"), school_id, fold.words(text))
    return await likely(school_id, near[0], many) if near else []


async def _page(school_id: int, wanted: Wanted, skip: int, many: int, most: int) -> list[dict[str, Any]]:
    """The rows from one on, in the order in which they are shown. most: how many of the best are put in order."""
    client = get_connection("reports")
    narrowed = narrowing(school_id, wanted)
    if wanted.has_words:
        best = await finding.ranked(client, school_id, wanted.text, narrowed, most)
        places = {row["id"]: place for place, row in enumerate(best[skip : skip + many])}
        if not places:
            return []
        numbers = ", ".join(str(int(number)) for number in places)
        condition, values, order = f"r.id IN ({numbers})", [], "r.id LIMIT 100"
    else:
        condition, values = narrowed.condition, list(narrowed.values)
        order = f"r.popularity DESC, r.title_sort, r.id LIMIT {many:d} OFFSET {skip:d}"
        places = {}
    rows = await ask(
        client,
        f"SELECT {COLUMNS} FROM resource r {BESIDE} WHERE r.school_id = ? AND {condition} ORDER BY {order}",
        [school_id, *values],
    )
    shown = [{**row, "site": site_of(row["url"] or "", row["provider"] or "")} for row in rows]
    return sorted(shown, key=lambda row: places.get(row["id"], 0))


def facets_of(cells: Iterable[Cell], wanted: Wanted, subjects: Mapping[str, int], counted: bool = True) -> Facets:
    """The counts for each choice; in each, the choice of its own kind does not narrow."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    whole = 0
    for cell in cells:
        whole += cell.count if any(_suits(each, wanted, "mode") for each in cell.apart) else 0
        for name, counter in counts.items():
            values = (value for each in cell.apart if _suits(each, wanted, name) for value in _values(each, name))
            for value in dict.fromkeys(values):
                counter[value] += cell.count
    return Facets(**counts, whole=whole, subject=subjects, counted=counted)


def _values(cell: Cell, name: str) -> list[str]:
    match name:
        case "band":
            return [band for band in AGES if _in_band(cell, band)]
        case "place":
            return [place for place in WHERE if getattr(cell, place)]
        case "ready":
            return list(READY) if cell.available else []
        case _:
            return [value] if (value := getattr(cell, name)) else []


def _fits(cell: Cell, wanted: Wanted) -> bool:
    """Whether resources like these are wanted: one edition is all that is asked for."""
    return any(_suits(each, wanted) for each in cell.apart)


def _suits(cell: Cell, wanted: Wanted, but: str = "") -> bool:
    """Whether one edition is wanted. but: the kind of choice that is left out of account."""
    return all(
        name == but or not (chosen := getattr(wanted, name)) or str(chosen) in _values(cell, name) for name in FACETS
    )


def _in_band(cell: Cell, band: str) -> bool:
    _, low, high = AGES[band]
    return cell.low is not None and cell.low <= high and (12 if cell.high is None else cell.high) >= low


def source_of(school_id: int, wanted: Wanted, narrowed: Narrowed) -> finding.Statement:
    """FROM and WHERE of all that holds the words and fits."""
    if wanted.has_words:
        source, values = finding.holding(get_connection("reports"), school_id, wanted.text)
    else:
        source, values = "FROM resource r WHERE 1 = 1", []
    return (
        f"{source} AND r.school_id = ? AND {narrowed.condition}",
        [*values, school_id, *narrowed.values],
    )


def _cube(school_id: int, wanted: Wanted, limit: int) -> finding.Statement:
    """How many there are of each sort, whatever is chosen. limit: of how many at most; 0 for all."""
    source, values = source_of(school_id, wanted, _always(school_id, wanted))
    names = "mode, format, low, high, language, here, online, available, editions, length"
    return (
        f"""SELECT {names}, COUNT(*) AS count FROM (
            SELECT r.mode, r.format, r.audience_low AS low, r.audience_high AS high, r.language, r.here, r.online,
            r.available, r.editions, {LENGTH} AS length {source}{f" LIMIT {limit:d}" if limit else ""}) AS each_one
        GROUP BY {names}""",
        values,
    )


def _how_many(school_id: int, wanted: Wanted, limit: int) -> finding.Statement:
    source, values = source_of(school_id, wanted, narrowing(school_id, wanted))
    return f"SELECT COUNT(*) AS count FROM (SELECT r.id {source} LIMIT {limit:d}) AS each_one", values


def _subjects(school_id: int, wanted: Wanted) -> finding.Statement:
    """The headings of what was found, the most frequent first."""
    source, values = source_of(school_id, wanted, narrowing(school_id, wanted))
    return (
        f"""SELECT s.term, COUNT(*) AS count FROM subject s WHERE s.school_id = ? AND s.resource_id IN (
            SELECT r.id {source}) GROUP BY s.term ORDER BY COUNT(*) DESC, s.term LIMIT {MOST_SUBJECTS}""",
        [school_id, *values],
    )


def _always(school_id: int, wanted: Wanted) -> Narrowed:
    """What holds of everything that may be found, whatever it is narrowed to afterwards."""
    parts = [f"r.state IN ({', '.join('?' for _ in wanted.states)})"]
    values: list[Any] = [each.value for each in wanted.states]
    if number := isbn.isbn_in(wanted.text):
        parts.append("""r.id IN (SELECT i.resource_id FROM identifier i
            WHERE i.school_id = ? AND i.scheme IN ('isbn', 'isbn wrong') AND i.value = ?)""")
        values += [school_id, number]
    if wanted.subject:
        parts.append("r.id IN (SELECT s.resource_id FROM subject s WHERE s.school_id = ? AND s.term = ?)")
        values += [school_id, wanted.subject]
    return Narrowed(" AND ".join(parts), values, len(parts) == 1 and wanted.states == (ResourceState.OFFERED,))


def _narrowed(wanted: Wanted) -> tuple[list[str], list[Any]]:
    """The choices, as more conditions."""
    parts: list[str] = []
    values: list[Any] = []
    own = [f"r.{name} = ?" for name in ("mode", "format") if getattr(wanted, name)]
    values += [str(chosen) for chosen in (wanted.mode, wanted.format) if chosen]
    own += [f"r.{wanted.place}"] if wanted.place in WHERE else []
    own += ["r.available"] if wanted.ready in READY else []
    if own:
        # what has one edition says it all itself, of the others one has to be all that is asked for
        parts.append(f"(r.editions = '' AND {' AND '.join(own)} OR r.editions LIKE ?)")
        place, ready = wanted.place if wanted.place in WHERE else "", wanted.ready in READY
        values.append(pattern(str(wanted.mode or ""), str(wanted.format or ""), place, ready))
    if wanted.language:
        parts.append("r.language = ?")
        values.append(wanted.language)
    if wanted.band in AGES:
        _, low, high = AGES[wanted.band]
        parts.append("r.audience_low <= ? AND COALESCE(r.audience_high, 12) >= ?")
        values.extend([high, low])
    if wanted.length in LENGTHS:
        parts.append(f"{LENGTH} = '{wanted.length}'")
    return parts, values


def narrowing(school_id: int, wanted: Wanted) -> Narrowed:
    """All that must hold besides the words."""
    always = _always(school_id, wanted)
    parts, values = _narrowed(wanted)
    return Narrowed(
        " AND ".join([always.condition, *parts]), [*always.values, *values], always.offered_only and not parts
    )
