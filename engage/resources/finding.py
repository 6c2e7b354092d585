"""The words of the catalogue on either database: which resources hold what was typed, best first.

SQLite: the number of a row of the index is school, popularity and resource in one, so the index gives first what is on
more lists, and stops when there is enough. PostgreSQL: a narrow table in which common words are found by walking from
the most popular on, and rare ones by the index. Sources: migration 0010; bench/GOALS.md, section 6.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from engage.database import fold
from engage.database.queue import sql
from engage.resources.record import OF_MAKER, OF_SUBJECT, OF_TITLE, sorting_title

# how a row of the index is numbered on SQLite: school, then popularity from the top, then resource
SCHOOL_FROM, RESOURCE_BITS = 43, 33
OF_RESOURCE = (1 << RESOURCE_BITS) - 1
# so many of the most popular are looked at one by one, before a word counts as rare (PostgreSQL)
WALKED = 400
SMALL = frozenset({"a", "an", "and", "for", "from", "in", "is", "my", "of", "on", "the", "to", "with"})

# which marks a word may carry at each rank; the last takes words of every field
RANKS = ((OF_TITLE,), (OF_TITLE, OF_MAKER), (OF_TITLE, OF_MAKER, OF_SUBJECT), (OF_TITLE, OF_MAKER, OF_SUBJECT, ""))
ANYWHERE = RANKS[-1]

Statement = tuple[str, list[Any]]


@dataclass(frozen=True)
class Narrowed:
    """More conditions on `resource r`, each an AND. offered_only: nothing is asked but that it is offered."""

    condition: str
    values: Sequence[Any]
    offered_only: bool = False


def is_lite(client: BaseDBAsyncClient) -> bool:
    """Whether it is SQLite."""
    return bool(client.capabilities.dialect == "sqlite")


def school_rows(school_id: int) -> list[int]:
    """The first and the last number that a row of this school may have in SQLite's index."""
    return [school_id << SCHOOL_FROM, ((school_id + 1) << SCHOOL_FROM) - 1]


def query_of(client: BaseDBAsyncClient, school_id: int, text: str, marks: Sequence[str]) -> str:
    """What was typed, in the words of this database: all words, each the beginning of one with such a mark."""
    if is_lite(client):
        return fold.fts5(text, marks)
    return fold.tsquery(text, [f"{school_id:d}{mark}" for mark in marks])


def holding(client: BaseDBAsyncClient, school_id: int, text: str, marks: Sequence[str] = ANYWHERE) -> Statement:
    """FROM and the beginning of WHERE, so that `resource r` holds the words; more conditions may follow."""
    query = query_of(client, school_id, text, marks)
    if is_lite(client):
        # CROSS: from the index to the resources, never the other way
        return (
            f"""FROM resource_text t CROSS JOIN resource r
            WHERE r.id = t.rowid & {OF_RESOURCE} AND t.resource_text MATCH ? AND t.rowid BETWEEN ? AND ?""",
            [query, *school_rows(school_id)],
        )
    return (
        "FROM resource_words w JOIN resource r ON r.id = w.resource_id WHERE w.school_id = ? AND w.words @@ ?::tsquery",
        [school_id, query],
    )


async def ranked(
    client: BaseDBAsyncClient, school_id: int, text: str, narrowed: Narrowed, most: int
) -> list[dict[str, Any]]:
    """So many of those that hold the words, best first: id, place, popularity, title_sort; one to six statements.

    place: 0 where the title is what was typed, 1 where all words are in the title, and so on through RANKS. Among
    equals what is more popular stands first, then by title; where there are more equals than are asked for, it is
    left to the database which of them come.
    """
    found: dict[int, dict[str, Any]] = {}

    def keep(place: int, rows: Sequence[dict[str, Any]]) -> None:
        for row in rows:
            if len(found) < most:
                found.setdefault(row["id"], {**row, "place": place})

    keep(0, await ask(client, *_exactly(school_id, text, narrowed, most)))
    walked = await _walk(client, school_id, text, narrowed, most) if not is_lite(client) else []
    for place, marks in enumerate(RANKS, 1):
        if len(found) >= most:
            break
        near = [row for row in walked if row["place"] == place and row["id"] not in found]
        if len(near) < most - len(found):
            near = await ask(client, *_first(client, school_id, text, marks, narrowed, most + len(found)))
        keep(place, near)
    return sorted(found.values(), key=lambda row: (row["place"], -row["popularity"], row["title_sort"], row["id"]))


def _exactly(school_id: int, text: str, narrowed: Narrowed, most: int) -> Statement:
    # + 0: lest a database walk through the school by popularity, where the title finds few at once
    return (
        f"""SELECT r.id, r.popularity, r.title_sort FROM resource r
        WHERE r.school_id = ? AND r.title_sort = ? AND {narrowed.condition}
        ORDER BY r.popularity + 0 DESC, r.id LIMIT {most:d}""",
        [school_id, sorting_title(text), *narrowed.values],
    )


def _first(
    client: BaseDBAsyncClient, school_id: int, text: str, marks: Sequence[str], narrowed: Narrowed, most: int
) -> Statement:
    """The most popular of those that have all words with these marks."""
    if is_lite(client):
        source, values = holding(client, school_id, text, marks)
        return (
            f"""SELECT r.id, r.popularity, r.title_sort {source} AND r.school_id = ? AND {narrowed.condition}
            ORDER BY t.rowid LIMIT {most:d}""",
            [*values, school_id, *narrowed.values],
        )
    whole = query_of(client, school_id, text, marks)
    rare = query_of(client, school_id, rarest(text), marks)
    column = "words" if "" in marks else "named"
    # looked up by one word alone: short beginnings of words are most of the index
    held = f"""SELECT resource_id, popularity, {column} AS held FROM resource_words
        WHERE school_id = ? AND words @@ ?::tsquery"""
    if narrowed.offered_only:
        return (
            f"""WITH rare AS MATERIALIZED ({held} AND offered), best AS MATERIALIZED (
                SELECT resource_id, popularity FROM rare WHERE held @@ ?::tsquery
                ORDER BY popularity DESC, resource_id LIMIT {most:d})
            SELECT r.id, b.popularity, r.title_sort FROM best b JOIN resource r ON r.id = b.resource_id
            WHERE r.school_id = ? ORDER BY b.popularity DESC, r.id""",
            [school_id, rare, whole, school_id],
        )
    return (
        f"""WITH rare AS MATERIALIZED ({held})
        SELECT r.id, b.popularity, r.title_sort FROM rare b JOIN resource r ON r.id = b.resource_id
        WHERE b.held @@ ?::tsquery AND r.school_id = ? AND {narrowed.condition}
        ORDER BY b.popularity DESC, r.id LIMIT {most:d}""",
        [school_id, rare, whole, school_id, *narrowed.values],
    )


async def _walk(
    client: BaseDBAsyncClient, school_id: int, text: str, narrowed: Narrowed, most: int
) -> list[dict[str, Any]]:
    """Which of the most popular of a school have the words, and at which rank; the best of them."""
    if not narrowed.offered_only or most > WALKED // 10:
        return []
    whens = " ".join(f"WHEN named @@ ?::tsquery THEN {place}" for place in range(1, len(RANKS)))
    return await ask(
        client,
        f"""SELECT r.id, w.popularity, r.title_sort, w.place FROM (
            SELECT resource_id, popularity, place FROM (
                SELECT resource_id, popularity, CASE {whens} END AS place FROM (
                    SELECT resource_id, popularity, named FROM resource_words WHERE school_id = ? AND offered
                    ORDER BY popularity DESC, resource_id LIMIT {WALKED}) AS walked) AS placed
            WHERE place IS NOT NULL ORDER BY place, popularity DESC, resource_id LIMIT {most:d}) AS w
        JOIN resource r ON r.id = w.resource_id WHERE r.school_id = ?
        ORDER BY w.place, w.popularity DESC, r.id""",
        [*(query_of(client, school_id, text, marks) for marks in RANKS[:-1]), school_id, school_id],
    )


def rarest(text: str) -> str:
    """The word of a text that fewest things have, as far as its looks tell: no small word, the longest, the last."""
    typed = fold.words(text)[: fold.MOST_WORDS]
    return max(enumerate(typed), key=lambda each: (each[1] not in SMALL, len(each[1]), each[0]), default=(0, ""))[1]


async def ask(client: BaseDBAsyncClient, text: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    """The rows of a statement with `?` for its values."""
    return await client.execute_query_dict(sql(text, client), list(values))
