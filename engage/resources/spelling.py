"""Other spellings of what was typed, of words that this library has."""

import difflib
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from engage.database import fold
from engage.resources import finding
from engage.resources.record import OF_MAKER, OF_TITLE

NEAR = 5
MOST_ROWS = 200
MOST_MISSPELLED = 4
CUTOFF = 0.72
# how many letters more or less, and how many others, a word may have before it is compared letter by letter
LONGER, OTHER = 2, 3
AFTER = "\uffff"  # stands after every letter


async def near_spellings(client: BaseDBAsyncClient, school_id: int, text: str) -> list[str]:
    """What was typed with words of the catalogue in its place, which stand together on something; two statements.

    A word is looked for among those that begin with the same two letters, in either order. Where none is near, two more
    statements look at all that begin with the same letter.
    """
    typed = fold.words(text)[:MOST_MISSPELLED]
    if not typed or all(len(word) < 3 for word in typed):
        return []
    for letters in (2, 1):
        known = await _known(client, school_id, _beginnings(typed, letters))
        near = [_near(word, known) for word in typed]
        if all(near):
            return spellings(typed, await _standing_together(client, school_id, near))
    return []


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
