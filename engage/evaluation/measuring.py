"""What an indicator is, and the few ways in which all of them are asked: a sum with people behind it, a share, a number
of things. Each group of indicators has a room of its own; engage.evaluation.indicators is the table of all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from engage.engagement.rules import Kind, Mode
from engage.engagement.small_groups import NOTHING, Value, amount, enough, stand_together
from engage.engagement.turnout import FORMAT, PLACE, People
from engage.evaluation.figures import Taken
from engage.evaluation.kept import Kept, months_of
from engage.people.rules import GradeBand
from engage.resources.rules import Format


@dataclass(frozen=True)
class Answer:
    """What may be shown. parts: the same question for each group of the break-down, by the group's name."""

    value: Value
    parts: Mapping[str, Value]


# an amount and who is behind it
Amount = tuple[float, People]
Ask = Callable[[Taken, int], Answer]
Split = Callable[[Taken, int], Mapping[str, Value]]


@dataclass(frozen=True)
class Indicator:
    """A question to the figures. version: rises with the definition. split: what the break-down is by, or "".

    group: the heading under which it stands. splits: further break-downs, by what they are by. amount: what it adds up,
    and who is behind it, where it can be added over months. monthly: it can be asked of each month. either_way: neither
    more nor less of it is better by itself. measure: what is added up, where it is one sum of one kind of act.
    """

    name: str
    title: str
    definition: str
    unit: str
    ask: Ask
    split: str = ""
    lower_is_better: bool = False
    version: int = 1
    group: str = ""
    splits: Mapping[str, Split] = field(default_factory=dict)
    amount: Callable[[Kept], Amount] | None = None
    monthly: bool = False
    either_way: bool = False
    measure: "Measure | None" = None


@dataclass(frozen=True)
class Part:
    """One group of a break-down before anything is withheld. name: as it is read."""

    name: str
    number: float
    people: People


MODE_WORDS = {Mode.READING: "Reading", Mode.VIEWING: "Viewing", Mode.LISTENING: "Listening"}
PLACES = {"here": "On site", "online": "Online", "": "Not known"}
BANDS = tuple(band.value for band in GradeBand)


def band_words(band: str) -> str:
    """ "Grades 3 to 5"."""
    return f"Grades {band.replace('-', ' to ')}" if band else "No grade"


def bands_words(bands: Sequence[str]) -> str:
    """Grade bands that stand together, in order: "Grades K to 5", "Grades 6 to 8 and no grade"."""
    graded = [band for band in bands if band]
    if not graded:
        return band_words("")
    first, last = graded[0].partition("-")[0], graded[-1].partition("-")[2]
    return f"Grades {first} to {last}{'' if all(bands) else ' and no grade'}"


def present(taken: Taken) -> list[str]:
    """The grade bands in which anybody is enrolled or took part, the youngest first; "" is no grade.

    Nobody is in the others, as everybody at the school knows.
    """
    return [band for band in BANDS if taken.enrolled.get(band) or taken.taking.by_band.get(band)]


def bands_of(words: str) -> set[str]:
    """The grade bands that are called so; `bands_words` the other way round."""
    graded, _, other = words.replace(band_words(""), " and ").partition(" and ")
    first, _, last = graded.removeprefix("Grades ").partition(" to ")
    ends = [place for place, band in enumerate(BANDS) for end in (first, last) if end and end in band.split("-")]
    return {*(BANDS[min(ends) : max(ends) + 1] if ends else ()), *([""] if other or not graded else ())}


def nested(people: int) -> People:
    """So many people of whom nothing else is known; together with others there may be no more than the most of them."""
    return People((1 << people) - 1)


def together(names: Sequence[str]) -> str:
    """Names that stand together: "English, French and Spanish"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def in_a_row(names: Sequence[str]) -> str:
    """The same of common words: "Film, video and music"."""
    first, *others = names
    return together([first, *(f"{name[:1].lower()}{name[1:]}" for name in others)])


def stood(parts: Sequence[Part], fewest: int, named: Callable[[Sequence[str]], str] = in_a_row) -> dict[str, Value]:
    """A break-down that adds up: neighbours stand together until enough people are behind each; none where all do.

    named: what some that stand together are called.
    """
    blocks = [parts[first : last + 1] for first, last in stand_together([part.people for part in parts], fewest)]
    if len(blocks) < 2:
        return {}
    return {named([part.name for part in block]): Value(sum(part.number for part in block)) for block in blocks}


def plain(parts: Mapping[str, float]) -> dict[str, Value]:
    """A break-down of things, not of people."""
    return {name: Value(number) for name, number in parts.items()}


def things(count: Callable[[Taken], float]) -> Ask:
    """A number of things, with nobody behind it."""
    return lambda taken, fewest: Answer(Value(count(taken)), {})


def share_of_things(count: Callable[[Taken], tuple[float, float]]) -> Ask:
    """Whole percent of things; nothing where there are none."""

    def ask(taken: Taken, fewest: int) -> Answer:
        part, whole = count(taken)
        return Answer(Value(round(100 * part / whole)) if whole else NOTHING, {})

    return ask


def mean(numbers: Sequence[float]) -> float | None:
    """The mean, to a tenth; None of nothing."""
    return round(sum(numbers) / len(numbers), 1) if numbers else None


@dataclass(frozen=True)
class Measure:
    """What is added up of what is kept: one kind of act, one of its sums, and the cut that says who is behind it."""

    kind: Kind
    what: str
    cut: str
    mode: str = ""

    def of(self, kept: Kept) -> Amount:
        """The amount of a period."""
        only = {"mode": self.mode} if self.mode else {}
        return kept.total(self.kind, self.what, **only), kept.who(self.cut, self.mode)

    def ask(self, taken: Taken, fewest: int) -> Answer:
        """The amount as it may be shown, by grade band."""
        number, people = self.of(taken.kept)
        return Answer(amount(number, len(people), fewest), self.by_band(taken, fewest))

    def by_band(self, taken: Taken, fewest: int) -> dict[str, Value]:
        """The amount by grade band."""
        only = {"mode": self.mode} if self.mode else {}
        sums = taken.kept.by("band", self.kind, self.what, **only)
        who = taken.kept.who_of
        parts = [Part(band, sums[band], who(self.cut, self.mode, band)) for band in present(taken)]
        return stood(parts, fewest, bands_words)

    def by_mode(self, taken: Taken, fewest: int) -> dict[str, Value]:
        """The amount by mode."""
        sums = taken.kept.by("mode", self.kind, self.what)
        parts = [Part(MODE_WORDS[mode], sums[mode.value], taken.kept.who(self.cut, mode.value)) for mode in Mode]
        return stood(parts, fewest)

    def by_format(self, taken: Taken, fewest: int) -> dict[str, Value]:
        """The amount by format of what was logged; what is not in the catalogue has none."""
        only = {"mode": self.mode} if self.mode else {}
        sums = taken.kept.by("format", self.kind, self.what, **only)
        formats = [*(form.value for form in Format), ""]
        return stood(
            [
                Part(
                    form.capitalize() or "Not in the catalogue", sums[form], taken.kept.who_of(FORMAT, self.mode, form)
                )
                for form in formats
            ],
            fewest,
        )

    def by_place(self, taken: Taken, fewest: int) -> dict[str, Value]:
        """The amount on site and online."""
        only = {"mode": self.mode} if self.mode else {}
        sums = taken.kept.by("place", self.kind, self.what, **only)
        parts = [Part(word, sums[place], taken.kept.who_of(PLACE, self.mode, place)) for place, word in PLACES.items()]
        return stood(parts, fewest)


@dataclass(frozen=True)
class Step:
    """A value of some months together. first, last: the first days of the first and last of them."""

    first: date
    last: date
    value: Value


def history(indicator: Indicator, taken: Taken, fewest: int) -> list[Step]:
    """An indicator over the months of a period, the small ones standing together where it adds up."""
    if indicator.amount is not None:
        return history_of(indicator, taken.kept, fewest)
    if not indicator.monthly:
        return []
    months = months_of(taken.period)
    return [Step(month, month, indicator.ask(taken.within(month, month), fewest).value) for month in months]


def history_of(indicator: Indicator, kept: Kept, fewest: int) -> list[Step]:
    """A sum over the months of what is kept; no step where too few people are behind the whole."""
    assert indicator.amount is not None
    months = months_of(kept.period)
    amounts = [indicator.amount(kept.within(month, month)) for month in months]
    blocks = stand_together([people for _, people in amounts], fewest)
    if not enough(len(indicator.amount(kept)[1]), fewest):
        return []
    return [
        Step(months[first], months[last], Value(sum(number for number, _ in amounts[first : last + 1])))
        for first, last in blocks
    ]
