"""Other spellings of what was typed, of words that this library has."""

import difflib
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from engage.database import fold
from engage.resources import finding, rephrasing
from engage.resources.record import OF_MAKER, OF_TITLE

NEAR = 5
MOST_ROWS = 200
MOST_MISSPELLED = 4
CUTOFF = 0.72
# how many letters more or less, and how many others, a word may have before it is compared letter by letter
LONGER, OTHER = 2, 3
AFTER = "\uffff"  # stands after every letter


async def near_spellings(client: BaseDBAsyncClient, school_id: int, text: str) -> list[str]:
    """What was typed with words of the catalogue in its place, which stand together on something; three statements.

    First comes what is the same said otherwise (rephrasing), then what is spelled nearly so: a word is looked for among
    those that begin with the same two letters, in either order. Where none is near, two more statements look at all
    that begin with the same letter. Where all that gives nothing, two to four look for other spellings of what is left
    without the words that only ask.
    """
    typed = fold.words(text)[: fold.MOST_WORDS]
    said = await _said_otherwise(client, school_id, rephrasing.ways(typed))
    near = await spelled(client, school_id, typed)
    if said or near:
        return list(dict.fromkeys([*said, *near]))[:NEAR]
    core = rephrasing.without_asking(typed)
    return await spelled(client, school_id, core) if len(core) < len(typed) else []


async def spelled(client: BaseDBAsyncClient, school_id: int, typed: Sequence[str]) -> list[str]:
    """Words that are spelled nearly as those that were typed, all of them; two to four statements."""
    typed = typed[:MOST_MISSPELLED]
    if not typed or all(len(word) < 3 for word in typed):
        return []
    for letters in (2, 1):
        known = await _known(client, school_id, _beginnings(typed, letters))
        near = [_near(word, known) for word in typed]
        if all(near):
            return spellings(typed, await _standing_together(client, school_id, near))
    return []


async def _said_otherwise(client: BaseDBAsyncClient, school_id: int, ways: Sequence[rephrasing.Way]) -> list[str]:
    """Those ways of saying it that find something offered; one statement."""
    if not ways:
        return []
    if finding.is_lite(client):
        part = f"""WHERE EXISTS (SELECT 1 FROM resource_text t CROSS JOIN resource r
            WHERE r.id = t.rowid & {finding.OF_RESOURCE} AND t.resource_text MATCH ? AND t.rowid BETWEEN ? AND ?
            AND r.school_id = ? AND r.state = 'offered')"""
        asked = [[_fts5(way), *finding.school_rows(school_id), school_id] for way in ways]
    else:
        part = "WHERE EXISTS (SELECT 1 FROM resource_words WHERE school_id = ? AND offered AND words @@ ?::tsquery)"
        asked = [[school_id, _tsquery(school_id, way)] for way in ways]
    statement = " UNION ALL ".join(f"SELECT {place} AS place {part}" for place in range(len(ways)))
    rows = await finding.ask(client, statement, [value for values in asked for value in values])
    return [ways[place].text for place in sorted(row["place"] for row in rows)][:NEAR]


def _fts5(way: rephrasing.Way) -> str:
    return " AND ".join(
        "(" + " OR ".join(f'"{mark}{word}"{end}' for mark in marks) + ")" for word, marks, end in _marked(way, "*")
    )


def _tsquery(school_id: int, way: rephrasing.Way) -> str:
    return " & ".join(
        "(" + " | ".join(f"'{school_id:d}{mark}{word}'{end}" for mark in marks) + ")"
        for word, marks, end in _marked(way, ":*")
    )


def _marked(way: rephrasing.Way, open_end: str) -> Iterable[tuple[str, tuple[str, ...], str]]:
    """Each word with the marks that it may have, and what stands after it."""
    for word in way.words:
        yield (word, (OF_TITLE, OF_MAKER), "") if word in way.whole else (word, finding.ANYWHERE, open_end)


def _beginnings(typed: Iterable[str], letters: int) -> list[str]:
    found = (each for word in typed for each in (word[:letters], word[:letters][::-1]))
    return list(dict.fromkeys(found))


def _near(word: str, known: Iterable[str]) -> list[str]:
    """The words that are spelled nearly so, the nearest first."""
    signs = set(word)
    alike = [other for other in known if abs(len(other) - len(word)) <= LONGER and len(signs ^ set(other)) <= OTHER]
    return difflib.get_close_matches(word, alike, n=NEAR, cutoff=CUTOFF)


def spellings(typed: Sequence[str], things: Sequence[set[str]]) -> list[str]:
    """What was typed, with words replaced by near ones that stand together on some thing; the nearest first.

    things: the words of each thing that may be meant, what is on more lists first.
    """
    everywhere = list(dict.fromkeys(word for words in things for word in sorted(words)))
    choices = [_near(word, everywhere) for word in typed[:MOST_MISSPELLED]]
    found: list[tuple[int, str]] = []
    for places in product(*(range(len(choice)) for choice in choices)):
        words = [choice[place] for choice, place in zip(choices, places, strict=True)]
        if any(words_of >= set(words) for words_of in things):
            found.append((sum(places), " ".join(words)))
    nearest = dict.fromkeys(text for _, text in sorted(found, key=lambda each: each[0]))
    return [text for text in nearest if text != " ".join(typed)][:NEAR]


async def _known(client: BaseDBAsyncClient, school_id: int, beginnings: Sequence[str]) -> list[str]:
    """The words of titles and names with these beginnings. On SQLite also those of other schools."""
    if finding.is_lite(client):
        marked = [(f"{mark}{each}", f"{mark}{each}{AFTER}") for each in beginnings for mark in (OF_TITLE, OF_MAKER)]
        part = "SELECT SUBSTR(term, 2) AS word FROM resource_vocabulary WHERE term >= ? AND term < ?"
        values: list[Any] = [value for pair in marked for value in pair]
    else:
        marked = [(each, f"{each}{AFTER}") for each in beginnings]
        part = "SELECT word FROM resource_vocabulary WHERE school_id = ? AND word >= ? AND word < ?"
        values = [value for pair in marked for value in (school_id, *pair)]
    rows = await finding.ask(client, " UNION ".join([part] * len(marked)), values)
    return [row["word"] for row in rows]


async def _standing_together(
    client: BaseDBAsyncClient, school_id: int, near: Sequence[Sequence[str]]
) -> list[set[str]]:
    """The words of the things of this school that have one of the near words for each that was typed."""
    marks = (OF_TITLE, OF_MAKER)
    if finding.is_lite(client):
        either = [" OR ".join(f'"{mark}{word}"' for word in words for mark in marks) for words in near]
        statement = f"""SELECT r.title, r.creators FROM resource_text t CROSS JOIN resource r
            WHERE r.id = t.rowid & {finding.OF_RESOURCE} AND t.resource_text MATCH ? AND t.rowid BETWEEN ? AND ?
            AND r.school_id = ? AND r.state = 'offered' ORDER BY t.rowid LIMIT {MOST_ROWS}"""
        values = [" AND ".join(f"({each})" for each in either), *finding.school_rows(school_id), school_id]
    else:
        either = [" | ".join(f"'{school_id:d}{mark}{word}'" for word in words for mark in marks) for words in near]
        statement = f"""WITH found AS MATERIALIZED (
                SELECT resource_id, popularity FROM resource_words
                WHERE school_id = ? AND offered AND words @@ ?::tsquery),
            best AS MATERIALIZED (SELECT * FROM found ORDER BY popularity DESC, resource_id LIMIT {MOST_ROWS})
            SELECT r.title, r.creators FROM best b JOIN resource r ON r.id = b.resource_id
            WHERE r.school_id = ? ORDER BY b.popularity DESC, r.id"""
        values = [school_id, " & ".join(f"({each})" for each in either), school_id]
    rows = await finding.ask(client, statement, values)
    return [{*fold.words(row["title"]), *fold.words(row["creators"])} for row in rows]
