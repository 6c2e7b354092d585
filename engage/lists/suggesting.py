"""Which list a new thing might belong on, by the words that both use; pure, and only ever a suggestion."""

from collections.abc import Sequence
from dataclasses import dataclass

from engage.database.fold import words

SHORTEST = 3
SHOWN = 3
# frequent words of titles and introductions that say nothing of the subject
SILENT_WORDS = """
about after again all also always and another any are ask because been before being best big book books both boy
but can child children come could day did does each else ever every everything family far feed few film find
first for from get good got grade grades great had has have help her here him his how into its just kids know
learn let library like list listen lists little long look made make man many may more most much must need never
new news next not now off old one only other our out over own part people per place podcast put read reading
really run said same say school see set she show some someone something start stories story student students
such take teacher tells than that the their them then there these they thing things think this those time today
together told too try two use very via video view viewing was watch way week well were what when where which
while who why will with without word words work world would year years yes you your
"""
SILENT = frozenset(SILENT_WORDS.split())


@dataclass(frozen=True)
class Choice:
    """A list that things can be put on. words: see `words_of`; they come from its title, introduction and items."""

    slug: str
    title: str
    words: frozenset[str]


@dataclass(frozen=True)
class Suggestion:
    """slug: of the list, "" where none fits. matched: up to three words that speak for it."""

    slug: str = ""
    matched: tuple[str, ...] = ()


def words_of(*texts: str) -> frozenset[str]:
    """The words of some texts that say something, folded, and without a plural s."""
    return frozenset(_bare(word) for text in texts for word in words(text) if _says_something(word))


def suggest(title: str, summary: str, choices: Sequence[Choice]) -> Suggestion:
    """The list that shares most words with an entry; a word of the entry's title counts twice.

    choices: of two that fit alike the earlier one is taken.
    """
    of_title, of_text = words_of(title), words_of(title, summary)
    best, most = Suggestion(), 0
    for choice in choices:
        shared = of_text & choice.words
        weight = len(shared) + len(shared & of_title)
        if weight > most:
            ranked = sorted(shared, key=lambda word: (word not in of_title, word))
            best, most = Suggestion(choice.slug, tuple(ranked[:SHOWN])), weight
    return best


def _says_something(word: str) -> bool:
    return len(word) >= SHORTEST and word not in SILENT and not word.isdigit()


def _bare(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > SHORTEST else word
