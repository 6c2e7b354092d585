"""Indicators of what the library does with others: units and lessons, displays, loans, and what students say of it."""

from engage.classes.unit_rules import LEADS, LEVELS, Lead, Level
from engage.engagement.small_groups import HIDDEN, NOTHING, Value, share
from engage.evaluation.figures import Taken
from engage.evaluation.measuring import Answer, Ask, Indicator, plain, share_of_things, things
from engage.evaluation.survey_rules import ENOUGH, READY
from engage.promotion.rules import VERDICTS, Verdict

WITH_TEACHERS, ON_SHOW, SAID = "With teachers", "Put on show", "What students say"
LEVEL_WORDS = {level: words.partition(":")[0] for level, words in LEVELS.items()}


def units(taken: Taken, fewest: int) -> Answer:
    """Units by how closely they are worked on."""
    levels = taken.together.units
    return Answer(Value(sum(levels.values())), plain({LEVEL_WORDS[each]: levels.get(each, 0) for each in Level}))


def lessons(taken: Taken, fewest: int) -> Answer:
    """Lessons by who led them."""
    led = taken.together.lessons
    return Answer(Value(sum(led.values())), plain({LEADS[each]: led.get(each, 0) for each in Lead}))


def displays(taken: Taken, fewest: int) -> Answer:
    """Displays by what came of them, as far as it can be told."""
    found = taken.together.displays
    return Answer(Value(sum(found.values())), plain({VERDICTS[each]: found.get(each, 0) for each in Verdict}))


def loans(taken: Taken, fewest: int) -> Answer:
    """How often a copy of what stands on a list goes out, beside all others."""
    lent = taken.together.lent
    if not lent:
        return Answer(NOTHING, {})
    (listed, copies), (every, all_copies) = lent["on lists"], lent["all"]
    pairs = {"On lists": (listed, copies), "Not on lists": (every - listed, all_copies - copies)}
    parts = {name: Value(round(out / there, 2)) for name, (out, there) in pairs.items() if there}
    return Answer(parts.get("On lists", NOTHING), parts)


def _agree(code: str) -> Ask:
    def ask(taken: Taken, fewest: int) -> Answer:
        some = [pair for pair in taken.together.outcomes.get(code, ()) if pair[1] >= max(ENOUGH, fewest)]
        whole = share(sum(agreed for agreed, _ in some), sum(answers for _, answers in some), fewest)
        # of surveys whose own share is bounded, the sum less the others would tell it
        bounded = any(share(*pair, fewest).withheld for pair in some)
        return Answer(HIDDEN if bounded and not whole.withheld else whole, {})

    return ask


TOGETHER = (
    Indicator(
        "units",
        "Units planned together",
        "Units of teachers and the library that were planned or taught in the period.",
        "",
        units,
        "level of collaboration",
        group=WITH_TEACHERS,
    ),
    Indicator(
        "lessons",
        "Lessons of units",
        "Lessons of units, planned or held, on days of the period.",
        "",
        lessons,
        "who led",
        group=WITH_TEACHERS,
        either_way=True,
    ),
    Indicator(
        "standards_taught",
        "Standards taught in units",
        "Of the standards of all frameworks that were brought in, those that a unit of the period teaches.",
        "%",
        share_of_things(lambda taken: taken.together.standards),
        group=WITH_TEACHERS,
    ),
    Indicator(
        "help_asked",
        "Asked by teachers",
        "Requests of teachers for time in the library, a list, a lesson or something else.",
        "",
        things(lambda taken: taken.together.asked[1]),
        group=WITH_TEACHERS,
        either_way=True,
    ),
    Indicator(
        "help_answered",
        "Teachers answered",
        "Of those requests, those that the library has answered.",
        "%",
        share_of_things(lambda taken: taken.together.asked),
        group=WITH_TEACHERS,
    ),
    Indicator(
        "displays",
        "Displays",
        "Displays that stood in the period and are over, by whether their list was opened more often than in as many "
        "days before, as seen beside lists like it that were not shown. A difference counts only where chance alone "
        "would make one as large in one of ten cases at most; what else it may come from is not known.",
        "",
        displays,
        "what came of it",
        group=ON_SHOW,
        either_way=True,
    ),
    Indicator(
        "loans_listed",
        "Loans for each copy on a list",
        "Loans that the circulation system counted up to a day in the period, divided by the copies of what stands on "
        "a published list.",
        "loans",
        loans,
        "whether on a list",
        group=ON_SHOW,
    ),
    *(
        Indicator(
            f"survey_{ready.code}",
            f"Students who {ready.said}",
            f"Of the answers to “{ready.plain}” in surveys that closed in the period, those that agree. "
            f"Surveys with fewer than {ENOUGH} answers, and those asked beforehand, are left out.",
            "%",
            _agree(ready.code),
            group=SAID,
        )
        for ready in READY
    ),
)
