"""Indicators of programs, streaks and assigned work."""

from collections.abc import Sequence

from engage.engagement.rules import Kind
from engage.engagement.small_groups import Value, balance, share, sums
from engage.evaluation.figures import Part, Taken
from engage.evaluation.measuring import Answer, Indicator, things

PROGRAM_GROUP, WORK_GROUP = "Programs", "Assigned work"


def by_title(programs: Sequence[Part]) -> dict[str, Part]:
    """Programs by what they are called; of two of one title the later one is numbered."""
    found: dict[str, Part] = {}
    for program in programs:
        same = sum(1 for other in found.values() if other.title == program.title)
        found[f"{program.title} ({same + 1})" if same else program.title] = program
    return found


def joining(taken: Taken, fewest: int) -> Answer:
    """How often students joined; one student in two programs joined twice."""
    enrolled = sum(taken.enrolled.values())
    parts = {name: (len(program.joined), enrolled) for name, program in by_title(taken.programs).items()}
    return Answer(*sums(parts, fewest))


def completion(taken: Taken, fewest: int) -> Answer:
    """Of those joinings, how many were completed. A program's own page says how many are in it, and of those whose
    share may be told how many completed it; so the others are not in the whole."""
    named = by_title(taken.programs)
    parts = {name: share(len(one.completed), len(one.joined), fewest) for name, one in named.items()}
    told = [one for name, one in named.items() if not parts[name].withheld]
    done, joined = sum(len(one.completed) for one in told), sum(len(one.joined) for one in told)
    return Answer(share(done, joined, fewest), parts)


def streaks(taken: Taken, fewest: int) -> Answer:
    """Students in programs that run whose streak is alive."""
    whole, alive = taken.stock.streaks
    return Answer(share(alive, whole, fewest), {})


def assignments(taken: Taken, fewest: int) -> Answer:
    """Acts of teachers; no student stands behind it."""
    return Answer(Value(taken.acts.assigned), {})


def assignments_done(taken: Taken, fewest: int) -> Answer:
    """Of the parts that students were asked for, how many are done."""
    work = taken.work
    return Answer(balance(work.done, work.parts, work.done_by, work.open_by, fewest), {})


PROGRAMS = (
    Indicator(
        "joining",
        "Programs joined",
        "Students in each program that ran in the period, added up; a student in two programs counts twice. "
        "A program of which too little may be told is left out of the sum.",
        "",
        joining,
        "program",
        version=2,
        group=PROGRAM_GROUP,
    ),
    Indicator(
        "completion",
        "Programs completed",
        "Of the students in each program that ran in the period, those who completed it. "
        "A program of which too little may be told is left out of the whole.",
        "%",
        completion,
        "program",
        version=2,
        group=PROGRAM_GROUP,
    ),
    Indicator(
        "streaks",
        "Streaks alive",
        "Of the students in programs that run, those whose streak is alive in one of them.",
        "%",
        streaks,
        group=PROGRAM_GROUP,
    ),
    Indicator(
        "programs_opened",
        "Program pages opened",
        "How often students, families and teachers opened the page of a program. No person is kept with it.",
        "",
        things(lambda taken: taken.kept.total(Kind.PROGRAM_OPENED)),
        group=PROGRAM_GROUP,
        monthly=True,
    ),
    Indicator(
        "assignments",
        "Assignments given",
        "How often a class was asked for a list, also where that was taken back later.",
        "",
        assignments,
        group=WORK_GROUP,
        monthly=True,
    ),
    Indicator(
        "assignments_done",
        "Assigned work done",
        "Of all that students were asked for, one part for each student and assignment, what is done.",
        "%",
        assignments_done,
        group=WORK_GROUP,
    ),
)
