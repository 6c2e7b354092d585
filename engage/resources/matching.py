"""Whether a record is about something that the catalogue has already; pure.

Its own number first, then numbers that many libraries share, then title and creator. Sources: STANDARDS.md, 3.1;
DECISIONS.md, "Two books with numbers of their own are two".
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from engage.database import fold
from engage.engagement.rules import Mode
from engage.resources.record import CatalogueRecord

Number = tuple[str, str]

# numbers that stand for one thing wherever it is catalogued, in the order in which they are believed
SHARED = ("lccn", "oclc", "isbn", "issn", "doi", "upc", "url", "guid")
# of these, the ones that every edition has for itself
OWN = frozenset({"lccn", "oclc", "isbn"})
AGREEING = 3  # words of a title that must be the same, where both have so many


@dataclass(frozen=True)
class Known:
    """What the catalogue has, as far as matching asks. id: below 0 for what a dry run would have added.

    content_hash: "" where the record is to be compared row by row in any case. others: what was merged into it, by
    which it is met as well: another edition, or a double.
    """

    id: int
    title: str
    mode: Mode
    match_key: str
    origin: str
    content_hash: str = ""
    numbers: frozenset[Number] = frozenset()
    others: tuple["Known", ...] = ()


@dataclass
class Shelf:
    """Things that may be the same as a record, found by number and by title."""

    things: dict[int, Known] = field(default_factory=dict)
    by_number: dict[Number, list[int]] = field(default_factory=dict)
    by_key: dict[str, list[int]] = field(default_factory=dict)

    def put(self, known: Known) -> None:
        """Put a thing where its numbers and its title lead to it."""
        self.things[known.id] = known
        for number in known.numbers:
            self.by_number.setdefault(number, []).append(known.id)
        for each in (known, *known.others):
            self.by_key.setdefault(each.match_key, []).append(known.id)

    def find(self, record: CatalogueRecord) -> Known | None:
        """The thing that a record is about, or None."""
        numbers = list(dict.fromkeys(record.identifiers))
        for scheme in ("record", *SHARED):
            for number in numbers:
                if number[0] != scheme:
                    continue
                for known in self._things(self.by_number.get(number, ())):
                    if _is_sure(number) or any(agrees(record, each) for each in (known, *known.others)):
                        return known
        for known in self._things(self.by_key.get(record.match_key, ())):
            if not _are_two(record, known):
                return known
        return None

    def _things(self, ids: Iterable[int]) -> list[Known]:
        return [self.things[number] for number in sorted(set(ids))]


def _is_sure(number: Number) -> bool:
    """A record's own number in a named library's system is believed whatever the title; 001 without 003 is not."""
    return number[0] == "record" and not number[1].startswith(":")


def agrees(record: CatalogueRecord, known: Known) -> bool:
    """Whether the titles are the same and both are taken in the same way: numbers are mistyped and used again."""
    ours, theirs = main_words(record.title), main_words(known.title)
    length = min(len(ours), len(theirs), AGREEING)
    return record.mode is known.mode and length > 0 and ours[:length] == theirs[:length]


def main_words(title: str) -> list[str]:
    """The folded words of a title before its subtitle, without a first article."""
    words = fold.words(title.split(":")[0]) or fold.words(title)
    return words[1:] if len(words) > 1 and words[0] in ("a", "an", "the") else words


def _are_two(record: CatalogueRecord, known: Known) -> bool:
    """Whether two things of one title and one creator are two all the same: each has a number that tells editions."""
    ours = {number for number in record.identifiers if number[0] in OWN}
    theirs = {number for number in known.numbers if number[0] in OWN}
    return bool(ours and theirs)
