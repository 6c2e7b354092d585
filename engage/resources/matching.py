"""Whether a record is about something that the catalogue has already; pure.

Its own number first, then numbers that many libraries share, then title and creator. Sources: STANDARDS.md, 3.1;
DECISIONS.md, "Two books with numbers of their own are two", "An edition is known by its medium".
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from engage.database import fold
from engage.engagement.rules import Mode
from engage.resources.record import CatalogueRecord, volume_in
from engage.resources.rules import OF_ONE_TEXT, Format, medium_of

Number = tuple[str, str]

# numbers that stand for one thing wherever it is catalogued, in the order in which they are believed
SHARED = ("lccn", "oclc", "isbn", "issn", "doi", "upc", "url", "guid")
# of these, the ones that every edition has for itself
OWN = frozenset({"lccn", "oclc", "isbn"})
ADAPTER = "adapter"
AGREEING = 3  # words of a title that must be the same, where both have so many


@dataclass(frozen=True)
class Known:
    """What the catalogue has, as far as matching asks. id: below 0 for what a dry run would have added.

    content_hash: "" where the record is to be compared row by row in any case. others: what was merged into it, by
    which it is met as well: another edition, or a double. editions: as in Resource. origins: the records that name
    holdings or links of it; adapted: somebody else than its creator retold it; both as far as somebody asked.
    """

    id: int
    title: str
    mode: Mode
    match_key: str
    origin: str
    content_hash: str = ""
    numbers: frozenset[Number] = frozenset()
    others: tuple["Known", ...] = ()
    format: Format = Format.BOOK
    language: str = ""
    series: str = ""
    editions: str = ""
    origins: frozenset[str] = frozenset()
    adapted: bool = False


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
        """The thing that a record is about, or None.

        Among those that have its numbers what is taken in the same way goes before another edition, else a record
        would move to what has come since; and where it has none, what it brought or joined before.
        """
        things = [known for key in record.match_keys for known in self._things(self.by_key.get(key, ()))]
        mine = (known for known in things if not record.identifiers and _named(record, known))
        return (
            self._by_number(record, agrees)
            or self._by_number(record, is_edition)
            or next(mine, None)
            or _by_title(record, things)
        )

    def _by_number(self, record: CatalogueRecord, agree: Callable[[CatalogueRecord, Known], bool]) -> Known | None:
        numbers = list(dict.fromkeys(record.identifiers))
        for scheme in ("record", *SHARED):
            for number in numbers:
                if number[0] != scheme:
                    continue
                for known in self._things(self.by_number.get(number, ())):
                    if _is_sure(number) or any(agree(record, each) for each in (known, *known.others)):
                        return known
        return None

    def _things(self, ids: Iterable[int]) -> list[Known]:
        """The first that came into the catalogue first."""
        return [self.things[number] for number in sorted(set(ids), key=lambda number: (number < 0, abs(number)))]


def _is_sure(number: Number) -> bool:
    """A record's own number in a named library's system is believed whatever the title; 001 without 003 is not."""
    return number[0] == "record" and not number[1].startswith(":")


def agrees(record: CatalogueRecord, known: Known) -> bool:
    """Whether the titles are the same and both are taken in the same way: numbers are mistyped and used again."""
    return record.mode is known.mode and _same_title(record, known)


def is_edition(record: CatalogueRecord, known: Known) -> bool:
    """Whether the titles are the same and both are a text, read or heard."""
    return {record.format, known.format} <= OF_ONE_TEXT and _same_title(record, known)


def _same_title(record: CatalogueRecord, known: Known) -> bool:
    ours, theirs = main_words(record.title), main_words(known.title)
    length = min(len(ours), len(theirs), AGREEING)
    return length > 0 and ours[:length] == theirs[:length]


def main_words(title: str) -> list[str]:
    """The folded words of a title before its subtitle, without a first article."""
    words = fold.words(title.split(":")[0]) or fold.words(title)
    return words[1:] if len(words) > 1 and words[0] in ("a", "an", "the") else words


def _named(record: CatalogueRecord, known: Known) -> bool:
    """Whether a thing has fields, holdings or links that this very record named."""
    return bool(record.origin) and (
        record.origin in known.origins or any(each.origin == record.origin for each in (known, *known.others))
    )


def _by_title(record: CatalogueRecord, things: Sequence[Known]) -> Known | None:
    """What is the same as a record, of what has its title and creator; in its own medium first.

    In another medium only where it is the only one: of several, it cannot be said of which it is an edition.
    """
    for known in things:
        if not _is_other_medium(record, known) and not _are_two(record, known):
            return known
    near = {known.id: known for known in things if not _contradict(record, known)}
    only = next(iter(near.values())) if len(near) == 1 else None
    return only if only and _is_other_medium(record, only) and _may_be_edition(record, only) else None


def _is_other_medium(record: CatalogueRecord, known: Known) -> bool:
    return {record.format, known.format} <= OF_ONE_TEXT and medium_of(record.format) is not medium_of(known.format)


def _are_two(record: CatalogueRecord, known: Known) -> bool:
    """Whether two things of one title, one creator and one medium are two all the same.

    Each has a number that tells editions; or their kinds differ and nobody is named who made them.
    """
    nameless = record.format is not known.format and not _creator(record)
    return nameless or bool(_own(record.identifiers) and _own(known.numbers))


def _may_be_edition(record: CatalogueRecord, known: Known) -> bool:
    """Whether two things of one title and one creator, in two media, may be one work.

    Not where nobody is named who made them, nor where there is another edition in the medium of the record and the
    record has a number that tells editions.
    """
    there = f" {medium_of(record.format)}," in known.editions  # "picture book" ends like "book", and is as good
    return _creator(record) and not (there and _own(record.identifiers))


def _contradict(record: CatalogueRecord, known: Known) -> bool:
    """Whether two things are in two languages, or two volumes of a series, or one retells the other."""
    ours, theirs = volume_in(record.series), volume_in(known.series)
    return bool(
        is_adapted(record) is not known.adapted
        or (record.language and known.language and record.language != known.language)
        or (ours and theirs and ours != theirs)
    )


def is_adapted(record: CatalogueRecord) -> bool:
    """Whether somebody else than its creator retold it: then it is another text."""
    return any(maker.role == ADAPTER for maker in record.makers[1:])


def _creator(record: CatalogueRecord) -> bool:
    return bool(record.makers and fold.words(record.makers[0].name))


def _own(numbers: Iterable[Number]) -> bool:
    return any(scheme in OWN for scheme, _ in numbers)
