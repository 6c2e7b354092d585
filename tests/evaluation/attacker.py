"""An attacker who reads everything that is shown of an indicator and works out what he can (SAFETY.md, P10).

He knows every part that there can be, who may stand together, and the limit. From the cells he makes linear equations
over the finest cells, band by mode by format by place by month; a cell is recovered where the equations fix it, or
where a sum of nothing says that each of its parts is nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any

from engage.dates import Period
from engage.engagement.hidden import Whose
from engage.engagement.rules import Kind, Mode
from engage.engagement.turnout import MONTH, Part, People, month_of
from engage.evaluation.figures import Acts, Taken, Work, acts_of, places_of, taking_of
from engage.evaluation.kept import Kept, Sum
from engage.evaluation.measuring import BANDS, MODE_WORDS, PLACES
from engage.resources.rules import Format

YEAR = Period(date(2026, 8, 1), date(2026, 12, 31))
MONTHS = [date(2026, month, 1) for month in range(8, 13)]
FORMATS = ("book", "film", "")
PRIME = 2**31 - 1
DIMENSIONS = ("grade band", "mode", "format", "place", "month")


@dataclass(frozen=True)
class Act:
    """One log entry that stands."""

    person: int
    on: date
    mode: str
    format: str
    place: str
    band: str
    minutes: int
    pages: int
    finished: bool


def fixture(random: Random) -> list[Act]:
    """The acts of a small school: few students, some bands and modes hardly used, some months empty."""
    people = random.randrange(1, 50)
    bands = [random.choice(BANDS[: random.randrange(1, 5)]) for _ in range(people)]
    modes = list(Mode)[: random.randrange(1, 4)]
    months = random.sample(MONTHS, random.randrange(1, 6))
    acts = []
    for person, band in enumerate(bands):
        for _ in range(random.choice([0, 1, 1, 2, 4])):
            on = random.choice(months) + timedelta(days=random.randrange(28))
            mode, form = random.choice(modes).value, random.choice(FORMATS)
            place = random.choice(["here", "here", "online", ""])
            amounts = (random.choice([0, 10, 25]), random.choice([0, 0, 8]))
            acts.append(Act(person, on, mode, form, place, band, *amounts, random.random() < 0.4))
    return acts


def kept_from(acts: Iterable[Act]) -> Kept:
    """What would be kept of these acts."""
    sums: dict[tuple[Any, ...], Counter[str]] = {}
    months: dict[tuple[date, str, str], People] = {}
    days = {(act.person, act.on, act.band) for act in acts}
    for act in acts:
        for kind in (Kind.LOGGED, Kind.FINISHED) if act.finished else (Kind.LOGGED,):
            amounts = (act.minutes, act.pages) if kind is Kind.LOGGED else (0, 0)
            cut = (month_of(act.on), kind.value, act.mode, act.format, act.place, act.band)
            sums.setdefault(cut, Counter()).update(count=1, minutes=amounts[0], pages=amounts[1])
            whose = Whose(1, "2026-27", act.person)
            part = Part(whose, act.on, kind, act.mode, act.format, act.place, act.band, None, 1, *amounts)
            for key in part.sets():
                if key.span == MONTH:
                    months[key[3:]] = months.get(key[3:], People()) | People(1 << act.person)
    for _, on, band in days:
        cut = (month_of(on), Kind.LOGGED.value, "", "", "", band)
        sums.setdefault(cut, Counter()).update(days=1)
    cells = [Sum(*cut, *(n[what] for what in ("count", "minutes", "pages", "days"))) for cut, n in sums.items()]
    return Kept(YEAR, tuple(cells), months)


def taken_from(acts: Sequence[Act], enrolled: dict[str, int]) -> Taken:
    """All that indicators of taking part are made from."""
    kept = kept_from(acts)
    acted: Acts = acts_of(kept)
    return Taken(YEAR, (), enrolled, taking_of(kept, ()), acted, (), (0, 0), places_of(kept), Work(0, 0, 0, 0), kept)


WORDS = {
    "mode": {word: mode.value for mode, word in MODE_WORDS.items()},
    "format": {**{form.value.capitalize(): form.value for form in Format}, "Not in the catalogue": ""},
    "place": {word: place for place, word in PLACES.items()},
    "month": {f"{month:%b %Y}": month for month in MONTHS},
}


def parts_of(by: str, group: str) -> list[Any]:
    """Which parts stand together under a name."""
    words = WORDS.get(by, {})
    if by == "month":
        first, _, last = group.partition(" to ")
        ends = last or first
        begins = first if first[-4:].isdigit() else f"{first} {ends[-4:]}"
        names = list(words)
        return [words[name] for name in names[names.index(begins) : names.index(ends) + 1]]
    if by == "grade band":
        graded, _, other = group.replace("No grade", " and no grade").partition(" and ")
        first, _, last = graded.removeprefix("Grades ").partition(" to ")
        ends = [BANDS.index(next(band for band in BANDS if end in band.split("-"))) for end in (first, last) if end]
        return [*(BANDS[ends[0] : ends[1] + 1] if ends else ()), *([""] if other else ())]
    names = [name for piece in group.split(" and ") for name in piece.split(", ")]
    return [words[f"{name[:1].upper()}{name[1:]}"] for name in names]


class Attacker:
    """Equations over the finest cells, made from what is shown of one indicator.

    Finest cells that stand in the same equations are taken as one unknown, so that there are few of them. bands: those
    in which anybody is enrolled, as everybody knows.
    """

    def __init__(
        self, cells: Iterable[dict[str, Any]], formats: Sequence[str] = FORMATS, bands: Sequence[str] = BANDS[:4]
    ) -> None:
        self.parts: dict[str, list[Any]] = {
            "grade band": list(bands),
            "mode": [mode.value for mode in Mode],
            "format": list(formats),
            "place": list(PLACES),
            "month": MONTHS,
        }
        self.whole = False
        # parts that always stand together, of each break-down; what a number is shown for, which may be several of them
        self.blocks: dict[str, list[frozenset[Any]]] = {by: [] for by in DIMENSIONS}
        self.told: set[tuple[str, frozenset[Any]]] = set()
        self.nothing: set[tuple[str, frozenset[Any]]] = set()
        for cell in cells:
            by = cell["by"]
            if cell["value"] is None or by not in ("", *DIMENSIONS):
                continue
            if not by:
                self.whole = True
                continue
            block = frozenset(parts_of(by, cell["group"])) & frozenset(self.parts[by])
            if block:
                self.told.add((by, block))
                if cell["value"] == 0:
                    self.nothing.add((by, block))
        for by, parts in self.parts.items():
            alike = defaultdict(set)
            for part in parts:
                alike[frozenset(block for of, block in self.told if of == by and part in block)].add(part)
            self.blocks[by] = [frozenset(some) for some in alike.values()]

    def recovers(self, by: str, part: Any) -> bool:
        """Whether the sum of one part of a break-down follows from what is shown."""
        block = next(block for block in self.blocks[by] if part in block)
        if any(of == by and part in none for of, none in self.nothing):
            return True
        wanted = frozenset({part})
        blocks = dict(self.blocks)
        if block != wanted:
            blocks[by] = [each for each in blocks[by] if each != block] + [wanted, block - wanted]
        unknowns = list(product(*(blocks[each] for each in DIMENSIONS)))
        rows = [[1] * len(unknowns)] if self.whole else []
        for of, told in sorted(self.told, key=str):
            place = DIMENSIONS.index(of)
            rows.append([int(unknown[place] <= told) for unknown in unknowns])
        place = DIMENSIONS.index(by)
        target = [int(unknown[place] == wanted) for unknown in unknowns]
        return len(_echelon(rows)) == len(_echelon([*rows, target]))


def _echelon(rows: list[list[int]]) -> list[list[int]]:
    """The rows that are left of a system once each is freed of the others; counted modulo a large prime."""
    found: list[tuple[int, list[int]]] = []
    for row in rows:
        left = row
        for lead, one in found:
            if factor := left[lead]:
                left = [(value * one[lead] - factor * other) % PRIME for value, other in zip(left, one, strict=True)]
        lead = next((place for place, value in enumerate(left) if value), None)
        if lead is not None:
            found.append((lead, left))
    return [row for _, row in found]
