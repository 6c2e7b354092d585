"""The report in plain sentences: each is made from what the report shows, and leads to it; no figure, no sentence."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engage.evaluation.cycle_rules import Doing
from engage.evaluation.report import Figure, Goal, Report
from engage.evaluation.report_parts import Act
from engage.evaluation.rules import Level, State, Value, time_gone
from engage.evaluation.survey_rules import BY_CODE, Asked, Stage, moved
from engage.evaluation.words import capital, short

WAYS = {"minutes_reading": "read", "minutes_viewing": "watched", "minutes_listening": "listened"}
# what the sections below speak of; every other figure is told by itself
TOLD = {
    *("reach", "active_days", *WAYS, "mode_share", "joining", "completion", "list_opens", "list_finishes"),
    *("assignments", "assignments_done", "on_site"),
}
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
        ("Programs", _programs(report)),
        ("Lists and classes", _lists(report)),
        ("What else was counted", _others(report)),
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


def _told(report: Report, name: str, text: str) -> Iterator[Sentence]:
    """One sentence on one figure, with how it stood before. text: holds {} where the value goes."""
    figure = _found(report, name)
    if figure is not None:
        words = text.format(figure.words)
        yield _said(figure, " ".join(filter(None, (capital(words), than_before(report, figure)))))


def _taking_part(report: Report) -> Iterator[Sentence]:
    yield from _told(report, "reach", "{} of our students read, watched or listened and wrote it down.")
    reach = _found(report, "reach")
    if reach is not None and not reach.parts_withheld:
        known = [(value.number, name) for name, value in reach.parts if value.number is not None]
        if len(known) > 1 and min(known)[0] != max(known)[0]:
            (low, last), (high, first) = min(known), max(known)
            yield _said(reach, f"{first} took part most ({high:g}%), {last} least ({low:g}%).")
    yield from _told(report, "active_days", "Those who took part did so on {}, on average.")
    ways = [(figure, verb) for name, verb in WAYS.items() if (figure := _found(report, name)) is not None]
    for figure, verb in ways:
        before = than_before(report, figure)
        yield _said(figure, f"They {verb} for {figure.words}.{f' {before}' if before else ''}")
    weeks = [(value.number, monday) for monday, value in report.weeks if value.number is not None]
    if len(weeks) > 1:
        most, monday = max(weeks, key=lambda pair: pair[0])
        text = f"The fullest week began on {short(monday)}, with {most:,.0f} students."
        yield Sentence(text, "weeks", "Students taking part each week")


def _programs(report: Report) -> Iterator[Sentence]:
    joined = _found(report, "joining")
    if joined is not None:
        yield _said(joined, f"Programs were joined {joined.words} times. {than_before(report, joined)}".strip())
    yield from _told(report, "completion", "{} of those who joined a program completed it.")


def _lists(report: Report) -> Iterator[Sentence]:
    yield from _told(report, "list_opens", "Lists were opened {} times.")
    yield from _told(report, "list_finishes", "Students finished {} resources that stand on a list.")
    yield from _told(report, "assignments", "Classes were asked {} times to use a list.")
    yield from _told(report, "assignments_done", "{} of what students were asked for is done.")
    yield from _told(
        report, "on_site", "{} of what they logged from our catalogue stands in the library; the rest is online."
    )


def _others(report: Report) -> Iterator[Sentence]:
    for figure in report.figures:
        if figure.name not in TOLD and speaks(figure.value):
            yield _said(figure, f"{figure.title}: {figure.words}. {than_before(report, figure)}".strip())


def _surveys(report: Report) -> Iterator[Sentence]:
    for asked in report.surveys:
        if asked.stage != Stage.BEFORE:
            yield from _survey(asked)


def _survey(asked: Asked) -> Iterator[Sentence]:
    for reply in asked.replies:
        if reply.code in BY_CODE and speaks(reply.agreed):
            text = f"{capital(reply.agreed.words('%'))} of {reply.answers} who answered “{asked.title}” "
            text += f"say that they {BY_CODE[reply.code].said}."
            points = moved(reply)
            if points and reply.earlier is not None:
                text += f" Before, it was {reply.earlier.words('%')}."
            yield Sentence(text, f"s-{asked.key}", f"Survey: {asked.title}")


def _goals(report: Report) -> Iterator[Sentence]:
    for number, goal in enumerate(report.goals, 1):
        figure = next((one for one in report.figures if one.name == goal.indicator), None)
        unit = figure.unit if figure else ""
        now = f" We stand at {goal.value.words(unit)}; the target is {Value(goal.target).words(unit)}."
        if not speaks(goal.value):
            now = " Where we stand is not shown: too few students stand behind it."
        yield Sentence(f"“{goal.title}” {stands(goal)}.{now}", f"g-{number}", goal.title)


def way_of(report: Report, goal: Goal) -> dict[str, Any] | None:
    """The way of an objective as engage.web.charts.course draws it; None where nobody said where it began."""
    if goal.baseline is None:
        return None
    figure = next((one for one in report.figures if one.name == goal.indicator), None)
    unit = figure.unit if figure else ""
    gone = time_gone(report.starts, goal.due_on, report.until)
    due = Value(round(goal.baseline + (goal.target - goal.baseline) * gone, 1))
    return {
        "title": "The way there",
        "sentence": f"On an even way it would stand at {due.words(unit)} today.",
        "baseline": goal.baseline,
        "target": goal.target,
        "now": goal.value.edge if goal.value.bound else goal.value.number,
        "gone": gone,
        "ends": (short(report.starts), short(goal.due_on)),
        "unit": unit,
    }


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
            yield _of_act(report, act, f"Planned: {_ended(_inside(act.what))} {_ended(capital(act.outcome))}")


def _next(report: Report) -> Iterator[Sentence]:
    for act in report.actions:
        if act.state is Doing.OPEN:
            due = f"due {short(act.due_on)}" if act.due_on else ""
            more = ", ".join(filter(None, (_inside(act.who) if act.who else "", due)))
            text = f"{capital(act.what).rstrip('.')} ({more})." if more else _ended(capital(act.what))
            yield _of_act(report, act, text)


def _of_act(report: Report, act: Act, text: str) -> Sentence:
    known = report.practice.criterion(act.criterion)
    return Sentence(text, f"c-{act.criterion}" if known else "rub", known.title if known else "Best practice")


def _inside(text: str) -> str:
    """A text as it stands inside a sentence: without its last stop, and small at its head."""
    cut = text.strip().rstrip(".!")
    return cut if cut[1:2].isupper() or cut[:2] == "I " else cut[:1].lower() + cut[1:]


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
        ("active_days", "with something read, seen or heard"),
        ("completion", "of joined programs completed"),
        ("list_finishes", "finished from a list"),
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
