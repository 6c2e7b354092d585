"""Folding text, so that a search finds "Café" by "cafe", on both databases and without extensions."""

import re
import unicodedata
from collections.abc import Sequence

MOST_WORDS = 8
LONGEST_WORD = 64

WORD = re.compile(r"[^\W_]+")
# what every ISBN has and hardly any other text; to look for this is quick
NINE = re.compile(r"\d(?:[- ]?\d){8}")
# thirteen or ten digits of an ISBN, however they were set apart
ISBN = re.compile(r"(?<![\w-])(?:97[89][- ]?)?(?:\d[- ]?){9}[\dx](?![\w-])")


def fold(text: str) -> str:
    """Text without case, accents and differences of form."""
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join([sign for sign in spread if not unicodedata.combining(sign)]).casefold()


def words(text: str) -> list[str]:
    """The folded words of a text in order; an ISBN is one word however it was set apart."""
    folded = fold(text)
    if NINE.search(folded):
        folded = ISBN.sub(lambda found: re.sub("[- ]", "", found[0]), folded)
    return [word[:LONGEST_WORD] for word in WORD.findall(folded)]


def search_text(*texts: str, mark: str = "") -> str:
    """What the search index holds of some texts: their words, folded, with one space between.

    mark: a letter before each word, which tells from which field it came. It is one that folding never leaves, such as
    "ᵗ", so that nobody can type it.
    """
    return " ".join([mark + word for word in words("\n".join(texts))])


def fts5(text: str, marks: Sequence[str] = ("",)) -> str:
    """What a visitor typed, as a query of SQLite's FTS5: all words, each the beginning of one. "" without words.

    marks: a word counts when it stands with one of them.
    """
    return " AND ".join(
        "(" + " OR ".join(f'"{mark}{word}"*' for mark in marks) + ")" for word in words(text)[:MOST_WORDS]
    )


def tsquery(text: str, marks: Sequence[str] = ("",)) -> str:
    """What a visitor typed, as a query for to_tsquery('simple', …): all words, each the beginning of one."""
    return " & ".join(
        "(" + " | ".join(f"'{mark}{word}':*" for mark in marks) + ")" for word in words(text)[:MOST_WORDS]
    )
