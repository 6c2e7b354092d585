"""The numbers of a program as they may leave the desk: few students withheld, whoever asks (SAFETY.md, P10); pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engage.engagement.small_groups import both_enough, enough
from engage.people.rules import GradeBand

JOINED = "joined"
HIDDEN = "not shown"

# what the students of a grade band come to: the amount, and how many students stand behind it
Counts = Mapping[tuple[str, GradeBand], tuple[int, int]]


@dataclass(frozen=True)
class Counted:
    """Something that is counted. people: it is a number of students, so that the others can be told from it.

    sum_of: the beginning of the keys of those that add up to it; it is withheld where one of them is, which
    could be told from it and the others.
    """

    key: str
    words: str
    people: bool = False
    sum_of: str = ""


@dataclass(frozen=True)
class Line:
    """One count as it may be shown. all, bands: None where it is withheld."""

    key: str
    words: str
    all: int | None
    bands: tuple[int | None, ...] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        """The numbers in words, of all first: "1,318", or that it is not shown."""
        return tuple(HIDDEN if number is None else f"{number:,}" for number in (self.all, *self.bands))


@dataclass(frozen=True)
class Numbers:
    """The numbers of a program. bands: in words, none where a band has so few students that each is withheld."""

    bands: tuple[str, ...]
    lines: tuple[Line, ...]

    def all(self, key: str) -> str:
        """The number of all for one count, in words."""
        return next(line.cells[0] for line in self.lines if line.key == key)

    def rows(self) -> Iterator[tuple[str | int, ...]]:
        """The rows of a table, for a file."""
        for line in self.lines:
            yield (line.words, *(HIDDEN if number is None else number for number in (line.all, *line.bands)))


STALLED = (
    Counted("week", "For 7 days or more", people=True),
    Counted("fortnight", "For 14 days or more", people=True),
)


def numbers_shown(counts: Counts, bands: Sequence[GradeBand], counted: Sequence[Counted], fewest: int) -> Numbers:
    """What may be shown of some counts.

    bands: those that the program is for, whether anybody joined or not: one in which few did tells of them, and then
    none is shown. fewest: how many students must stand behind a number; zero is hidden like one.
    """
    joined = {band: counts.get((JOINED, band), (0, 0))[1] for band in bands}
    shown = tuple(bands) if len(bands) > 1 and all(enough(number, fewest) for number in joined.values()) else ()
    lines = []
    for each in counted:
        of = {band: counts.get((each.key, band), (0, 0)) for band in bands}
        whole = (sum(amount for amount, _ in of.values()), sum(people for _, people in of.values()))
        parts = tuple(_cell(each, *of[band], joined[band], fewest) for band in shown)
        if None in parts:
            parts = (None,) * len(shown)  # one alone could be told from all and the others
        lines.append(Line(each.key, each.words, _cell(each, *whole, sum(joined.values()), fewest), parts))
    for place, each in enumerate(counted):
        if each.sum_of:
            lines[place] = _sum(lines[place], [line for line in lines if line.key.startswith(each.sum_of)])
    return Numbers(tuple(band_words(band) for band in shown), tuple(lines))


def _sum(line: Line, of: Sequence[Line]) -> Line:
    whole = None if any(part.all is None for part in of) else line.all
    hidden = any(None in part.bands for part in of)
    return Line(line.key, line.words, whole, (None,) * len(line.bands) if hidden else line.bands)


def _cell(each: Counted, amount: int, people: int, joined: int, fewest: int) -> int | None:
    of_whole = each.people and each.key != JOINED
    return amount if (both_enough(people, joined, fewest) if of_whole else enough(people, fewest)) else None


def band_words(band: GradeBand) -> str:
    """A grade band as it stands in a table."""
    return f"Grades {band.value.replace('-', ' to ')}" if band.value else "No grade"


def numbers_text(numbers: Numbers) -> str:
    """Numbers as they are kept: what was withheld then is not in it, so that nobody can ask for it later."""
    lines = [[line.key, line.words, line.all, list(line.bands)] for line in numbers.lines]
    return json.dumps({"bands": numbers.bands, "lines": lines}, ensure_ascii=False, separators=(",", ":"))


def read_numbers(text: str) -> Numbers:
    """Numbers from what numbers_text wrote."""
    plain = json.loads(text)
    return Numbers(
        tuple(plain["bands"]),
        tuple(Line(key, words, whole, tuple(parts)) for key, words, whole, parts in plain["lines"]),
    )


def stalled_shown(counts: Counts, bands: Sequence[GradeBand], fewest: int) -> Numbers:
    """How many logged nothing for 7 and for 14 days, as far as it may be told; by the keys of STALLED.

    Those of 14 are among those of 7: what lies between, and who goes on, may not be few either.
    """
    plain = numbers_shown(counts, bands, (Counted(JOINED, "", people=True), *STALLED), fewest)
    week, fortnight = plain.lines[1:]

    def told(longer: int | None, shorter: int | None) -> int | None:
        between = longer is not None and shorter is not None and enough(shorter - longer, fewest)
        return longer if between else None

    parts = tuple(told(*pair) for pair in zip(fortnight.bands, week.bands, strict=True))
    parts = (None,) * len(parts) if None in parts else parts
    return Numbers(plain.bands, (week, Line(fortnight.key, fortnight.words, told(fortnight.all, week.all), parts)))
