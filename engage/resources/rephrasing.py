"""What was typed, said otherwise: without words that only ask, the kind told apart, words cut in two or joined; pure.

A child types "books about dogs", "graphic novels", "dogman" and "lengle".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engage.database import fold
from engage.resources.finding import SMALL
from engage.resources.rules import Format

# words that say that something is looked for, and not what
ASKING = SMALL | frozenset(
    fold.words(
        "about any book books by can chapter de find good i libro libros looking me number please read reading"
        " series show sobre some stories story that vol volume want"
    )
)
# the kinds as they are typed, the longer names first; folded, as fold.words gives them
KINDS: tuple[tuple[tuple[str, ...], Format], ...] = tuple(
    (tuple(name.split()), kind)
    for names, kind in (
        ("graphic novels | graphic novel | comic books | comic book | comics | comic | manga", Format.GRAPHIC_NOVEL),
        ("picture books | picture book", Format.PICTURE_BOOK),
        ("audio books | audio book | audiobooks | audiobook", Format.AUDIOBOOK),
        ("e books | e book | ebooks | ebook", Format.EBOOK),
        ("podcasts | podcast", Format.PODCAST),
        ("movies | movie | films | film", Format.FILM),
        ("videos | video", Format.VIDEO),
        ("magazines | magazine", Format.MAGAZINE),
        ("articles | article", Format.ARTICLE),
        ("web sites | web site | websites | website", Format.WEBSITE),
        ("songs | song | music", Format.MUSIC),
        ("games | game", Format.GAME),
        ("databases | database", Format.DATABASE),
    )
    for name in names.split(" | ")
)
SHORTEST_CUT, LONGEST_CUT = 4, 14
ALONE = "dlo"  # letters that begin names: d'Aulaire, L'Engle, O'Neill
MOST_WAYS = 24


@dataclass(frozen=True)
class Way:
    """Words that may have been meant. whole: those that have to be words of a title or name as they stand; the others
    are the beginnings of words of any field."""

    words: tuple[str, ...]
    whole: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """As somebody would type it."""
        return " ".join(self.words)


def without_asking(typed: Sequence[str]) -> tuple[str, ...]:
    """The words that say what is looked for: no kind, no number of a volume, none that only asks."""
    _, rest = kind_in(typed)
    return tuple(word for word in rest if word not in ASKING and not (word.isdigit() and len(word) < 4))


def kind_in(typed: Sequence[str]) -> tuple[Format | None, tuple[str, ...]]:
    """The kind that is named first among some words, and the words without it."""
    for name, kind in KINDS:
        for at in range(len(typed) - len(name) + 1):
            if tuple(typed[at : at + len(name)]) == name:
                return kind, (*typed[:at], *typed[at + len(name) :])
    return None, tuple(typed)


def ways(typed: Sequence[str]) -> list[Way]:
    """How else it could be said, the likeliest first."""
    core = without_asking(typed) or tuple(typed)
    found = [Way(core)] if core != tuple(typed) else []
    for at, (one, other) in enumerate(pairwise(core)):
        joined = one + other
        found.append(Way((*core[:at], joined, *core[at + 2 :]), frozenset([joined])))
    for at, word in enumerate(core):
        if SHORTEST_CUT <= len(word) <= LONGEST_CUT and word.isalpha():
            for cut in range(1 if word[0] in ALONE else 2, len(word) - 1):
                parts = word[:cut], word[cut:]
                found.append(Way((*core[:at], *parts, *core[at + 1 :]), frozenset(parts)))
    return found[:MOST_WAYS]
