"""The indicators: each one named, versioned, documented question, with what of its answer may be shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engage.engagement.rules import Mode
from engage.evaluation import rules
from engage.evaluation.figures import HERE, ONLINE, Taken
from engage.evaluation.rules import HIDDEN, Value
from engage.people.rules import GradeBand


@dataclass(frozen=True)
class Answer:
    """What may be shown. parts: the same question for each group of the break-down, by the group's name."""

    value: Value
    parts: Mapping[str, Value]


@dataclass(frozen=True)
class Indicator:
    """A question to the figures. version: rises with the definition. split: what the break-down is by, or ""."""

    name: str
    title: str
    definition: str
    unit: str
    ask: Callable[[Taken, int], Answer]
    split: str = ""
    lower_is_better: bool = False
    version: int = 1


MODE_WORDS = {Mode.READING: "Reading", Mode.VIEWING: "Viewing", Mode.LISTENING: "Listening"}


def band_words(band: str) -> str:
    """ "Grades 3 to 5"."""
    return f"Grades {band.replace('-', ' to ')}" if band else "No grade"


def bands(taken: Taken) -> list[str]:
    """The grade bands in which anybody is enrolled or took part, the youngest first."""
    return [band.value for band in GradeBand if taken.enrolled.get(band.value) or taken.taking.by_band.get(band.value)]


def reach(taken: Taken, fewest: int) -> Answer:
    """Students who took part, of those enrolled."""
    total = (len(taken.taking.people), sum(taken.enrolled.values()))
    parts = {
        band_words(band): (len(taken.taking.by_band.get(band, ())), taken.enrolled.get(band, 0))
        for band in bands(taken)
    }
    return Answer(rules.share(*total, fewest), rules.shares(parts, total, fewest))


def active_days(taken: Taken, fewest: int) -> Answer:
    """Days on which a student who took part did so."""

    def usual(days: int, people: int) -> Value:
        return rules.amount(round(days / people, 1), people, fewest) if people else HIDDEN

    groups = {band: (taken.taking.days[band], len(taken.taking.by_band.get(band, ()))) for band in bands(taken)}
    people = len(taken.taking.people)
    parts = rules.all_or_none({band_words(band): usual(*group) for band, group in groups.items()})
    if people != sum(many for _, many in groups.values()):
        parts = dict.fromkeys(parts, HIDDEN)
    return Answer(usual(taken.taking.days.total(), people), parts)


def minutes(mode: Mode) -> Callable[[Taken, int], Answer]:
    """Minutes of one mode. Modes have no total here, so each is withheld for itself."""

    def ask(taken: Taken, fewest: int) -> Answer:
        people = len(taken.taking.by_mode.get(mode.value, ()))
        return Answer(rules.amount(taken.acts.minutes[mode.value], people, fewest), {})

    return ask


def mode_share(taken: Taken, fewest: int) -> Answer:
    """How the minutes are shared among the modes; shown when enough students stand behind each of them."""
    whole = taken.acts.minutes.total()
    parts = {}
    for mode in Mode:
        people = len(taken.taking.by_mode.get(mode.value, ()))
        percent = round(100 * taken.acts.minutes[mode.value] / whole) if whole else 0
        parts[MODE_WORDS[mode]] = rules.amount(percent, people, fewest)
    shown = rules.all_or_none(parts)
    return Answer(max(shown.values(), key=lambda value: value.number or 0), shown)


def joining(taken: Taken, fewest: int) -> Answer:
    """How often students joined; one student in two programs joined twice."""
    enrolled = sum(taken.enrolled.values())
    people = len(frozenset[int]().union(*(program.joined for program in taken.programs)))
    parts = {program.title: (len(program.joined), enrolled) for program in taken.programs}
    return Answer(*rules.sums(parts, people, fewest))


def completion(taken: Taken, fewest: int) -> Answer:
    """Of those joinings, how many were completed."""
    joined = sum(len(program.joined) for program in taken.programs)
    done = sum(len(program.completed) for program in taken.programs)
    people = len(frozenset[int]().union(*(program.completed for program in taken.programs)))
    others = len(frozenset[int]().union(*(program.joined - program.completed for program in taken.programs)))
    parts = {
        program.title: rules.share(len(program.completed), len(program.joined), fewest) for program in taken.programs
    }
    return Answer(rules.balance(done, joined, people, others, fewest), rules.all_or_none(parts))


def list_opens(taken: Taken, fewest: int) -> Answer:
    """Nobody is known behind an open, visitors open too: it counts acts."""
    return Answer(Value(taken.acts.opens), {})


def list_finishes(taken: Taken, fewest: int) -> Answer:
    """Finished resources that stand on a list."""
    return Answer(rules.amount(*taken.finishes, fewest), {})


def assignments(taken: Taken, fewest: int) -> Answer:
    """Acts of teachers; no student stands behind it."""
    return Answer(Value(taken.acts.assigned), {})


def assignments_done(taken: Taken, fewest: int) -> Answer:
    """Of the parts that students were asked for, how many are done."""
    work = taken.work
    return Answer(rules.balance(work.done, work.parts, work.done_by, work.open_by, fewest), {})


def on_site(taken: Taken, fewest: int) -> Answer:
    """Of the log entries whose resource is known, those of something on site."""
    here, online = taken.acts.places[HERE], taken.acts.places[ONLINE]
    value = rules.balance(here, here + online, taken.place_people[HERE], taken.place_people[ONLINE], fewest)
    rest = Value(100 - value.number) if value.number is not None else HIDDEN
    return Answer(value, rules.all_or_none({"On site": value, "Remote": rest}))


ALL = (
    Indicator(
        "reach",
        "Students who took part",
        "Students who logged reading, viewing or listening on at least one day, of all students enrolled today.",
        "%",
        reach,
        "grade band",
    ),
    Indicator(
        "active_days",
        "Active days",
        "Days with at least one log entry, divided by the students who took part.",
        "days",
        active_days,
        "grade band",
    ),
    *(
        Indicator(
            f"minutes_{mode.value}",
            f"Minutes of {mode.value}",
            f"Minutes of {mode.value} that students logged, after corrections.",
            "minutes",
            minutes(mode),
        )
        for mode in Mode
    ),
    Indicator(
        "mode_share",
        "Share of each mode",
        "Minutes logged in each mode, of the minutes of all three. The number is that of the largest share.",
        "%",
        mode_share,
        "mode",
    ),
    Indicator(
        "joining",
        "Programs joined",
        "Students in each program that ran in the period, added up; a student in two programs counts twice.",
        "",
        joining,
        "program",
    ),
    Indicator(
        "completion",
        "Programs completed",
        "Of the students in each program that ran in the period, those who completed it.",
        "%",
        completion,
        "program",
    ),
    Indicator(
        "list_opens",
        "Lists opened",
        "How often students, teachers, families and visitors opened a list. Twice within 30 seconds counts once; "
        "library staff do not count. No person is kept with it.",
        "",
        list_opens,
    ),
    Indicator(
        "list_finishes",
        "Finished from lists",
        "Resources on published lists that students finished, each student and resource once.",
        "",
        list_finishes,
    ),
    Indicator(
        "assignments",
        "Assignments given",
        "How often a class was asked for a list, also where that was taken back later.",
        "",
        assignments,
    ),
    Indicator(
        "assignments_done",
        "Assigned work done",
        "Of all that students were asked for, one part for each student and assignment, what is done.",
        "%",
        assignments_done,
    ),
    Indicator(
        "on_site",
        "On site and remote",
        "Log entries of resources that stand on site, of all log entries of resources on site or behind a link.",
        "%",
        on_site,
        "place",
    ),
)

INDICATORS = {indicator.name: indicator for indicator in ALL}
