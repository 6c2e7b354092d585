"""Indicators of taking part: who did, on how many days, and how much in each mode."""

from engage.engagement.rules import Kind, Mode
from engage.engagement.small_groups import HIDDEN, Value, all_or_none, amount, balance, group, share, shares
from engage.engagement.turnout import BAND, FINISHED, MINUTES, PAGES
from engage.evaluation.figures import HERE, ONLINE, Taken
from engage.evaluation.measuring import MODE_WORDS, Answer, Indicator, Measure, band_words
from engage.people.rules import GradeBand

GROUP = "Taking part"


def bands(taken: Taken) -> list[str]:
    """The grade bands in which anybody is enrolled or took part, the youngest first."""
    return [band.value for band in GradeBand if taken.enrolled.get(band.value) or taken.taking.by_band.get(band.value)]


def _parts(taken: Taken) -> dict[str, tuple[int, int]]:
    return {
        band_words(band): (len(taken.taking.by_band.get(band, ())), taken.enrolled.get(band, 0))
        for band in bands(taken)
    }


def reach(taken: Taken, fewest: int) -> Answer:
    """Students who took part, of those enrolled."""
    total = (len(taken.taking.people), sum(taken.enrolled.values()))
    return Answer(share(*total, fewest), shares(_parts(taken), total, fewest))


def not_reached(taken: Taken, fewest: int) -> Answer:
    """Students enrolled who did not take part."""
    whole = sum(taken.enrolled.values())
    part = len(taken.taking.people)
    parts = {name: group(of - took, of, fewest) for name, (took, of) in _parts(taken).items()}
    adds_up = part == sum(took for took, _ in _parts(taken).values())
    shown = all_or_none(parts) if adds_up else dict.fromkeys(parts, HIDDEN)
    return Answer(group(whole - part, whole, fewest), shown)


def active_days(taken: Taken, fewest: int) -> Answer:
    """Days on which a student who took part did so."""

    def usual(days: int, people: int) -> Value:
        return amount(round(days / people, 1), people, fewest) if people else HIDDEN

    groups = {band: (taken.taking.days[band], len(taken.taking.by_band.get(band, ()))) for band in bands(taken)}
    people = len(taken.taking.people)
    parts = all_or_none({band_words(band): usual(*one) for band, one in groups.items()})
    if people != sum(many for _, many in groups.values()):
        parts = dict.fromkeys(parts, HIDDEN)
    return Answer(usual(taken.taking.days.total(), people), parts)


def mode_share(taken: Taken, fewest: int) -> Answer:
    """How the minutes are shared among the modes; shown when enough students stand behind each of them."""
    whole = taken.acts.minutes.total()
    parts = {}
    for mode in Mode:
        people = len(taken.taking.by_mode.get(mode.value, ()))
        percent = round(100 * taken.acts.minutes[mode.value] / whole) if whole else 0
        parts[MODE_WORDS[mode]] = amount(percent, people, fewest)
    shown = all_or_none(parts)
    return Answer(max(shown.values(), key=lambda value: value.number or 0), shown)


def on_site(taken: Taken, fewest: int) -> Answer:
    """Of the log entries whose resource is known, those of something on site."""
    here, online = taken.acts.places[HERE], taken.acts.places[ONLINE]
    value = balance(here, here + online, taken.place_people[HERE], taken.place_people[ONLINE], fewest)
    rest = Value(100 - value.number) if value.number is not None else HIDDEN
    return Answer(value, all_or_none({"On site": value, "Remote": rest}))


def _of_mode(measure: Measure, name: str, title: str, definition: str, unit: str) -> Indicator:
    return Indicator(
        name, title, definition, unit, measure.ask, "grade band", group=GROUP, amount=measure.of, measure=measure
    )


def _of_all(measure: Measure, name: str, title: str, definition: str, unit: str = "") -> Indicator:
    splits = {"mode": measure.by_mode}
    if measure.kind is Kind.LOGGED and measure.what == "count":
        splits |= {"format": measure.by_format, "place": measure.by_place}
    return Indicator(
        name,
        title,
        definition,
        unit,
        measure.ask,
        "grade band",
        group=GROUP,
        splits=splits,
        amount=measure.of,
        measure=measure,
    )


TAKING = (
    Indicator(
        "reach",
        "Students who took part",
        "Students who logged reading, viewing or listening on at least one day, of all students enrolled today.",
        "%",
        reach,
        "grade band",
        group=GROUP,
        monthly=True,
    ),
    Indicator(
        "not_reached",
        "Students not reached",
        "Students enrolled today who have logged nothing in the period.",
        "students",
        not_reached,
        "grade band",
        lower_is_better=True,
        group=GROUP,
    ),
    Indicator(
        "active_days",
        "Active days",
        "Days with at least one log entry, added up and divided by the students who took part.",
        "days",
        active_days,
        "grade band",
        group=GROUP,
        monthly=True,
    ),
    *(
        _of_mode(
            Measure(Kind.LOGGED, "minutes", MINUTES, mode.value),
            f"minutes_{mode.value}",
            f"Minutes of {mode.value}",
            f"Minutes of {mode.value} that students logged, after corrections.",
            "minutes",
        )
        for mode in Mode
    ),
    _of_mode(
        Measure(Kind.LOGGED, "pages", PAGES),
        "pages",
        "Pages",
        "Pages that students logged, after corrections. Pages are never added to minutes.",
        "pages",
    ),
    _of_all(
        Measure(Kind.LOGGED, "count", BAND),
        "sessions",
        "Log entries",
        "How often students logged reading, viewing or listening, after corrections.",
    ),
    _of_all(
        Measure(Kind.FINISHED, "count", FINISHED),
        "titles",
        "Titles finished",
        "How often students logged that they finished something. Finishing it again counts again.",
    ),
    Indicator(
        "mode_share",
        "Share of each mode",
        "Minutes logged in each mode, of the minutes of all three. The number is that of the largest share.",
        "%",
        mode_share,
        "mode",
        group=GROUP,
        either_way=True,
    ),
    Indicator(
        "on_site",
        "On site and remote",
        "Log entries of resources that stand on site, of all log entries of resources on site or behind a link.",
        "%",
        on_site,
        "place",
        group=GROUP,
        monthly=True,
        either_way=True,
    ),
)
