"""Folding text, so that a search finds "Café" by "cafe", on both databases and without extensions."""

import re
import unicodedata

MOST_WORDS = 8
LONGEST_WORD = 64

WORD = re.compile(r"[^\W_]+")
# thirteen or ten digits of an ISBN, however they were set apart
ISBN = re.compile(r"(?<![\w-])(?:97[89][- ]?)?(?:\d[- ]?){9}[\dx](?![\w-])")


def fold(text: str) -> str:
    """Text without case, accents and differences of form."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in spread if not unicodedata.combining(sign)).casefold()


def words(text: str) -> list[str]:
    """The folded words of a text in order; an ISBN is one word however it was set apart."""
    together = ISBN.sub(lambda found: re.sub("[- ]", "", found[0]), fold(text))
    return [word[:LONGEST_WORD] for word in WORD.findall(together)]


def search_text(*texts: str) -> str:
    """What the search index holds of some texts: their words, folded, with one space between."""
    return " ".join(word for text in texts for word in words(text))


def fts5(text: str) -> str:
    """What a visitor typed, as a query of SQLite's FTS5: all words, each the beginning of one. "" without words."""
    return " ".join(f'"{word}"*' for word in words(text)[:MOST_WORDS])


def tsquery(text: str) -> str:
    """What a visitor typed, as a query for to_tsquery('simple', …): all words, each the beginning of one."""
    return " & ".join(f"'{word}':*" for word in words(text)[:MOST_WORDS])
