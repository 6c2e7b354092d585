"""What is true of surveys: what may be asked, when results are shown, and what of them.

Results are shown once, when a survey is closed, and only with ten answers or more: two looks at a growing number would
tell the answer of whoever came between them. Sources: SAFETY.md, P10; STANDARDS.md, 6.1 (the sentences are ours).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from engage.errors import Refused
from engage.evaluation import rules
from engage.evaluation.rules import HIDDEN, Value

ENOUGH = 10
LONGEST_TITLE, LONGEST_TEXT, LONGEST_QUESTION, LONGEST_CHOICE = 120, 600, 200, 80
MOST_QUESTIONS, MOST_CHOICES, LEAST_CHOICES = 12, 8, 2
LONGEST_ANSWER = 300
LONGEST_OPEN = 180
POINTS = (1, 2, 3, 4, 5)
AGREES = 4


class Asking(StrEnum):
    """How a question is answered."""

    SCALE = "scale"
    CHOICE = "choice"
    TEXT = "text"


class Stage(StrEnum):
    """Whether a survey stands alone, or is asked before, right after, or some weeks later."""

    SINGLE = "single"
    BEFORE = "before"
    AFTER = "after"
    LATER = "later"


class Reading(StrEnum):
    """For whom the words are: everybody, or the youngest, with faces."""

    PLAIN = "plain"
    SIMPLE = "simple"


class Audience(StrEnum):
    """Who may answer."""

    EVERYBODY = "everybody"
    CLASSES = "classes"
    PROGRAM = "program"


class Phase(StrEnum):
    """The life of a survey; a closed one never opens again."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True)
class Ready:
    """A ready-made question about what came of it, in two reading levels. said: what a report says that they do."""

    code: str
    plain: str
    simple: str
    said: str

    def words(self, reading: str) -> str:
        """As it is asked."""
        return self.simple if reading == Reading.SIMPLE else self.plain


@dataclass(frozen=True)
class Reply:
    """A question of a survey with what may be shown. agreed: of those who answered a scale, who chose 4 or 5.

    parts: each answer with its share; all or none. earlier: the same in the survey before this one, where there is one.
    """

    words: str
    kind: str
    code: str
    answers: int
    agreed: Value
    parts: tuple[tuple[str, Value], ...]
    earlier: Value | None = None


@dataclass(frozen=True)
class Asked:
    """A closed survey that enough people answered."""

    key: str
    title: str
    stage: str
    whom: str
    closed_on: date
    answers: int
    replies: tuple[Reply, ...]


READY = (
    Ready("learned", "I learned something new here.", "I learned something new.", "learned something new"),
    Ready(
        "confident",
        "I feel surer that I can find what I am looking for.",
        "I can find things by myself.",
        "feel surer that they can find what they look for",
    ),
    Ready(
        "more",
        "I am going to read, watch or listen more.",
        "I want to read more.",
        "are going to read, watch or listen more",
    ),
    Ready(
        "aware",
        "I know more about what the library has for me.",
        "I know what the library has for me.",
        "know more about what the library has for them",
    ),
)
BY_CODE = {one.code: one for one in READY}
SCALE = ("No, not at all", "Not really", "I am not sure", "Yes", "Yes, very much")
SIMPLE_SCALE = ("No!", "Not really", "I do not know", "Yes", "Yes!")
THIRDS = {"No": (1, 2), "Not sure": (3,), "Yes": (4, 5)}


def scale_words(reading: str) -> tuple[str, ...]:
    """The five points, the lowest first."""
    return SIMPLE_SCALE if reading == Reading.SIMPLE else SCALE


def enough(answers: int, fewest: int = 0) -> bool:
    """Whether so many answers may be spoken of. fewest: the school's own limit, which may be higher."""
    return answers >= max(ENOUGH, fewest)


def check_survey(title: str, introduction: str, closes_on: date, today: date) -> None:
    """Refuse a survey without a title, or with a last day that is none. Raises Refused."""
    if not title.strip() or len(title) > LONGEST_TITLE:
        raise Refused(f"Give it a title of up to {LONGEST_TITLE} letters.", about="title")
    if len(introduction) > LONGEST_TEXT:
        raise Refused(f"{LONGEST_TEXT} letters at most.", about="introduction")
    if not today <= closes_on:
        raise Refused("The last day to answer is today or later.", about="closes_on")
    if (closes_on - today).days > LONGEST_OPEN:
        raise Refused("Half a year is the longest time to answer.", about="closes_on")


def check_audience(audience: str, classes: int, program: str) -> None:
    """Refuse a survey for nobody. Raises Refused."""
    if audience == Audience.CLASSES and not classes:
        raise Refused("Choose the classes.", about="classes")
    if audience == Audience.PROGRAM and not program:
        raise Refused("Choose the program.", about="program")


def check_stage(stage: str, before: str) -> None:
    """Refuse a comparison with nothing. Raises Refused."""
    if stage in (Stage.AFTER, Stage.LATER) and not before:
        raise Refused("Choose the survey that this one is compared with.", about="before")


def check_question(kind: str, words: str, choices: Sequence[str], many: int) -> None:
    """Refuse a question that cannot be answered, or one too many. Raises Refused."""
    if not words.strip() or len(words) > LONGEST_QUESTION:
        raise Refused(f"Write the question, up to {LONGEST_QUESTION} letters.", about="words")
    if kind not in set(Asking):
        raise Refused("Choose how it is answered.", about="kind")
    if kind == Asking.CHOICE:
        if not LEAST_CHOICES <= len(choices) <= MOST_CHOICES:
            raise Refused(f"Write {LEAST_CHOICES} to {MOST_CHOICES} answers, one a line.", about="choices")
        if len(set(choices)) != len(choices) or any(len(one) > LONGEST_CHOICE for one in choices):
            raise Refused(f"Each answer stands there once, with {LONGEST_CHOICE} letters at most.", about="choices")
    if many >= MOST_QUESTIONS:
        raise Refused(f"A survey has {MOST_QUESTIONS} questions at most. Short ones are answered.")


def check_opening(phase: str, questions: int, closes_on: date, today: date) -> None:
    """Refuse to open what is open, closed, empty or past. Raises Refused."""
    if phase != Phase.DRAFT:
        raise Refused("This survey has been opened before.")
    if not questions:
        raise Refused("Ask at least one question.")
    if closes_on < today:
        raise Refused("Its last day is past. Choose a later one first.")


def check_answer(kind: str, choices: int, answer: str) -> None:
    """Refuse what is no answer to a question. Raises Refused."""
    if kind == Asking.TEXT:
        if len(answer) > LONGEST_ANSWER:
            raise Refused(f"{LONGEST_ANSWER} letters at most.")
        return
    most = len(POINTS) if kind == Asking.SCALE else choices
    if answer not in {str(place) for place in range(1, most + 1)}:
        raise Refused("Choose one of the answers.")


def reply_of(
    words: str,
    kind: str,
    code: str,
    choices: Sequence[str],
    tallies: Mapping[int, int],
    fewest: int,
    earlier: Value | None = None,
) -> Reply:
    """What may be shown of a question that was answered so often. tallies: how often, by place."""
    answers = sum(tallies.values())
    if not enough(answers, fewest) or kind == Asking.TEXT:
        return Reply(words, kind, code, 0, HIDDEN, (), earlier)
    if kind == Asking.SCALE:
        agreed = rules.share(sum(tallies.get(place, 0) for place in POINTS if place >= AGREES), answers, fewest)
        counts = {name: sum(tallies.get(place, 0) for place in places) for name, places in THIRDS.items()}
    else:
        agreed = HIDDEN
        counts = {name: tallies.get(place, 0) for place, name in enumerate(choices, 1)}
    known = rules.all_or_none({name: rules.group(count, answers, fewest) for name, count in counts.items()})
    parts = tuple((name, _percent(value, answers)) for name, value in known.items())
    return Reply(words, kind, code, answers, agreed, parts, earlier)


def _percent(value: Value, answers: int) -> Value:
    return Value(round(100 * value.number / answers)) if value.number is not None else HIDDEN


def moved(reply: Reply) -> int | None:
    """By how many points of a hundred more agree than before; None where either may not be shown."""
    if reply.earlier is None or reply.earlier.number is None or reply.agreed.number is None:
        return None
    return round(reply.agreed.number - reply.earlier.number)
