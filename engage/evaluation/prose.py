"""The report in plain sentences: each is made from what the report shows, and leads to it; no figure, no sentence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engage.evaluation.cycle_rules import Doing
from engage.evaluation.report import Figure, Goal, Report
from engage.evaluation.report_parts import Act
from engage.evaluation.rules import Level, State, Value, time_gone
from engage.evaluation.sayings import MORE_PART, PART, REACH, SAYINGS, SURVEY, spoken
from engage.evaluation.survey_rules import BY_CODE, Asked, Stage, moved
from engage.evaluation.words import capital, rank, short

WAYS = {"minutes_reading": "read", "minutes_viewing": "watched", "minutes_listening": "listened"}
# from here on a number that was worked out has no tenths
CLOSE = 100
STANDS = {State.MET: "is met", State.TRACK: "is on the way", State.WORK: "needs work"}


@dataclass(frozen=True)
class Sentence:
    """A sentence, and where on the page what it speaks of stands. source: what that is called."""

    text: str
    about: str
    source: str


@dataclass(frozen=True)
class Section:
    """Some sentences under a heading."""

    title: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Glance:
    """The evaluation on one screen. steps: how many criteria stand on each step, the lowest first."""

    numbers: tuple[tuple[str, str, str, str], ...]
    steps: tuple[tuple[str, int], ...]
    rated: int
    criteria: int
    todo: tuple[Act, ...]
    changed: tuple[Sentence, ...]


def draft(report: Report) -> tuple[Section, ...]:
    """The whole report in words; a section of which nothing may be said is left out."""
    sections = (
        ("Who took part", _taking_part(report)),
        *((title, _saying(report, said)) for title, said in SAYINGS),
        ("What those who answered say", _surveys(report)),
        ("Our objectives", _goals(report)),
        ("Best practice", _practice(report)),
        ("What changed because of the last findings", _changed(report)),
        ("What we do next", _next(report)),
    )
    told = ((title, tuple(sentences)) for title, sentences in sections)
    return tuple(Section(title, sentences) for title, sentences in told if sentences)


def speaks(value: Value) -> bool:
    """Whether a value says anything: a number, or a bound."""
    return value.number is not None or bool(value.bound)


def _found(report: Report, name: str) -> Figure | None:
    figure = next((one for one in report.figures if one.name == name), None)
    return figure if figure is not None and speaks(figure.value) else None


def _said(figure: Figure, text: str) -> Sentence:
    return Sentence(text, f"f-{figure.name}", figure.title)


def than_before(report: Report, figure: Figure) -> str:
    """How a figure stood in the cycle before: "Last time it was 48%." or ""."""
    if report.former is None or figure.value.number is None:
        return ""
    was = report.former.value(figure.name, figure.version)
    if was is None or was.number is None:
        return ""
    if was.number == figure.value.number:
        return f"In {whole(report)}{report.former.cycle} it was the same."
    return f"In {whole(report)}{report.former.cycle} it was {was.words(figure.unit)}."


def whole(report: Report) -> str:
    """ "all of " where a cycle that still runs is compared with one that is over."""
    return "all of " if report.until < report.ends else ""


def _saying(report: Report, said: Mapping[str, str]) -> Iterator[Sentence]:
    """A sentence on each of some figures, as engage.evaluation.sayings has it, with how it stood before."""
    for name, text in said.items():
        figure = _found(report, name)
        if figure is not None and not _told_by_survey(report, name):
            words = spoken(text, figure.value, figure.words)
            yield _said(figure, " ".join(filter(None, (words, than_before(report, figure)))))


def _told_by_survey(report: Report, name: str) -> bool:
    """Whether what a figure says of surveys is said by the only survey that it is made of, with its own name."""
    code = name.removeprefix(SURVEY)
    asked = [one for one in report.surveys if one.stage != Stage.BEFORE]
    told = [reply for one in asked for reply in one.replies if reply.code == code and speaks(reply.agreed)]
    return name.startswith(SURVEY) and len(told) == 1


def _taking_part(report: Report) -> Iterator[Sentence]:
    yield from _saying(report, {"reach": REACH})
    reach = _found(report, "reach")
    if reach is not None:
        ranked = sorted((rank(value), value, name) for name, value in reach.parts if speaks(value))
        if len(ranked) > 1 and ranked[0][0] < ranked[1][0] and ranked[-2][0] < ranked[-1][0]:
            (_, low, last), (_, high, first) = ranked[0], ranked[-1]
            yield _said(reach, f"{first} took part most ({high.words('%')}), {last} least ({low.words('%')}).")
    yield from _saying(report, PART)
    for name, verb in WAYS.items():
        if (figure := _found(report, name)) is not None:
            before = than_before(report, figure)
            yield _said(figure, f"They {verb} for {figure.words}.{f' {before}' if before else ''}")
    yield from _saying(report, MORE_PART)
    weeks = [(value.number, monday) for monday, value in report.weeks if value.number is not None]
    if len(weeks) > 1:
        most, monday = max(weeks, key=lambda pair: pair[0])
        text = f"The fullest week began on {short(monday)}, with {most:,.0f} students."
        yield Sentence(text, "weeks", "Students taking part each week")


def _surveys(report: Report) -> Iterator[Sentence]:
    for asked in report.surveys:
        if asked.stage != Stage.BEFORE:
            yield from _survey(asked)


def _survey(asked: Asked) -> Iterator[Sentence]:
    for reply in asked.replies:
        if reply.code in BY_CODE and speaks(reply.agreed):
            text = f"Of the {reply.answers} who answered “{asked.title}”, {reply.agreed.words('%')} "
            text += f"say that they {BY_CODE[reply.code].said}."
            points = moved(reply)
            if points and reply.earlier is not None:
                text += f" Before, it was {reply.earlier.words('%')}."
            yield Sentence(text, f"s-{asked.key}", f"Survey: {asked.title}")


def _goals(report: Report) -> Iterator[Sentence]:
    for number, goal in enumerate(report.goals, 1):
        figure = next((one for one in report.figures if one.name == goal.indicator), None)
        unit = figure.unit if figure else ""
        title = figure.title if figure else goal.indicator
        now = f" {title}: {goal.value.words(unit)}; the target is {Value(goal.target).words(unit)}."
        if not speaks(goal.value):
            now = f" {title}: {goal.value.words(unit)}."
        yield Sentence(f"“{goal.title}” {stands(goal)}.{now}", f"g-{number}", goal.title)


def way_of(report: Report, goal: Goal) -> dict[str, Any] | None:
    """The way of an objective as engage.web.charts.course draws it; None where nobody said where it began."""
    if goal.baseline is None:
        return None
    figure = next((one for one in report.figures if one.name == goal.indicator), None)
    unit = figure.unit if figure else ""
    gone = time_gone(report.starts, goal.due_on, report.until)
    due = Value(rounded(goal.baseline + (goal.target - goal.baseline) * gone))
    return {
        "title": "The way there",
        "sentence": f"On a straight path it would stand at {due.words(unit)} on {short(report.until)}.",
        "baseline": goal.baseline,
        "target": goal.target,
        "now": goal.value.edge if goal.value.bound else goal.value.number,
        "gone": gone,
        "ends": (short(report.starts), short(goal.due_on)),
        "unit": unit,
    }


def rounded(number: float) -> float:
    """A number that was worked out, no closer than it means anything."""
    return round(number, 1) if number < CLOSE else round(number)


def stands(goal: Goal) -> str:
    """ "is met"; of what is not shown nothing is said."""
    return STANDS[goal.state] if speaks(goal.value) else "cannot be judged"


def _practice(report: Report) -> Iterator[Sentence]:
    steps = on_steps(report)
    rated = sum(many for _, many in steps)
    of = len(report.practice.criteria)
    if not rated:
        return
    found = ", ".join(f"{many} {word.lower()}" for word, many in reversed(steps) if many)
    yield Sentence(f"Of {of} criteria, {rated} {'is' if rated == 1 else 'are'} rated: {found}.", "rub", "Best practice")
    if report.former is None:
        return
    for one in report.practice.criteria:
        judged, was = report.judgement(one.code), report.former.level(one.code)
        if judged and judged.level and was and judged.level != was:
            way = "rose" if judged.level > was else "fell"
            text = f"“{one.title}” {way} from {Level(was).word.lower()} to {Level(judged.level).word.lower()}."
            yield Sentence(text, f"c-{one.code}", one.title)


def on_steps(report: Report) -> tuple[tuple[str, int], ...]:
    """How many criteria stand on each step, the lowest first."""
    known = {one.code for one in report.practice.criteria}
    levels = [one.level for one in report.judgements if one.level and one.code in known]
    return tuple((level.word, levels.count(level.value)) for level in Level)


def _changed(report: Report) -> Iterator[Sentence]:
    """What was done of what a year before was found: done in that cycle, or carried over and done in this one."""
    former = report.former.acts if report.former else ()
    seen = [*former, *(one for one in report.actions if one.carried)]
    for act in seen:
        if act.state is Doing.DONE and act.outcome:
            yield _of_act(report, act, f"Planned was: “{_ended(act.what)}” {_ended(capital(act.outcome))}")


def _next(report: Report) -> Iterator[Sentence]:
    for act in report.actions:
        if act.state is Doing.OPEN:
            who = f"Who: {_ended(act.who)}" if act.who else ""
            due = f"Due {short(act.due_on)} {act.due_on.year}." if act.due_on else ""
            yield _of_act(report, act, " ".join(filter(None, (_ended(capital(act.what)), who, due))))


def _of_act(report: Report, act: Act, text: str) -> Sentence:
    known = report.practice.criterion(act.criterion)
    return Sentence(text, f"c-{act.criterion}" if known else "rub", known.title if known else "Best practice")


def _ended(text: str) -> str:
    """A text with a stop at its end."""
    cut = text.strip()
    return cut if cut.endswith((".", "!", "?")) else f"{cut}."


def unrated(report: Report) -> list[str]:
    """The criteria that a person has to rate before the cycle can be closed, by title."""
    rated = {one.code for one in report.judgements if one.level}
    return [one.title for one in report.practice.criteria if one.needs_a_person and one.code not in rated]


def glance_of(report: Report) -> Glance:
    """What a principal reads on one screen."""
    steps = on_steps(report)
    met = sum(goal.state is State.MET for goal in report.goals)
    numbers: list[tuple[str, str, str, str]] = []
    if report.goals:
        track = sum(goal.state is State.TRACK for goal in report.goals)
        rest = len(report.goals) - met - track
        numbers.append(
            (f"{met} of {len(report.goals)}", "objectives met", f"{track} on the way, {rest} to work on", "goals")
        )
    for name, what in (
        ("reach", "of students took part"),
        ("active_days", "with a log entry, for each student who took part"),
        ("completion", "of those in programs completed them"),
        ("list_finishes", "finishes of what stands on a list"),
        ("assignments_done", "of assigned work done"),
    ):
        figure = _found(report, name)
        if figure is not None and len(numbers) < 4:
            numbers.append((capital(figure.words), what, than_before(report, figure), f"f-{name}"))
    return Glance(
        tuple(numbers),
        steps,
        sum(many for _, many in steps),
        len(report.practice.criteria),
        tuple(one for one in report.actions if one.state is Doing.OPEN)[:4],
        tuple(_changed(report))[:3],
    )
