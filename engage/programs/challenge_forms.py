"""What is filled in about a challenge, a form for each kind, and about an activity or prompt in it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from engage.engagement.rules import Mode
from engage.errors import Refused
from engage.programs.awards import rule_from, write_rule
from engage.programs.bingo import BLACKOUT, FREE, LINES, SIZES
from engage.programs.challenge_rules import IN_ORDER, MOST_TIMES
from engage.programs.forms import WholeNumber
from engage.programs.rule_forms import HOW_MANY, rule_one, what_field
from engage.programs.rule_words import Choices, Said, said_of, words_for
from engage.programs.rules import (
    GRACE_A_WEEK,
    LARGEST,
    LONGEST_WAIT,
    MEASURED,
    MINUTES_A_DAY,
    ActivityKind,
    ChallengeKind,
    StreakUnit,
    Unit,
)
from engage.programs.streaks import MOST_GRACE
from engage.programs.terms import AFTER, again_after
from engage.web.forms import Form, trimmed

UNITS = [SelectChoice(unit.value, unit.value) for unit in MEASURED]
MODES = [
    SelectChoice("reading", "Reading"),
    SelectChoice("viewing", "Watching"),
    SelectChoice("listening", "Listening"),
]
# what each kind is called where one is chosen, and what it asks for
KINDS = {
    ChallengeKind.AMOUNT: ("An amount", "So many minutes, pages, titles, days, sessions or chapters."),
    ChallengeKind.LIST: ("From a list", "Any number of the titles on a list, some of them required if you like."),
    ChallengeKind.BINGO: ("A bingo card", "Squares to fill in lines, or all of them."),
    ChallengeKind.ACTIVITIES: ("Activities", "Things to do: tick, type a code word, answer, come to an event."),
    ChallengeKind.PROMPTS: ("Prompts", "Read something translated, something blue, something by somebody from here."),
    ChallengeKind.STREAK: ("Days in a row", "So many days, school days or weeks in a row, with rest days."),
    ChallengeKind.OWN_GOAL: ("An own goal", "Each student sets how much; you suggest a number."),
    ChallengeKind.CLASS_GOAL: ("A class goal", "What each class reaches together."),
    ChallengeKind.SCHOOL_GOAL: ("A school goal", "What everybody reaches together."),
}


class ChallengeForm(Form):
    """What every challenge has. sure: answers what would change."""

    kind = ChallengeKind.AMOUNT
    title = StringField("Name", [Length(max=120)], [trimmed], description="Left empty, it is called by its goal.")
    goal = WholeNumber("How many?", [InputRequired("Say how many."), NumberRange(1, LARGEST, "One or more.")])
    sure = HiddenField(default="")

    def asked(self) -> dict[str, Any]:
        """The challenge that was filled in, as the action takes it. Raises Refused."""
        return {"kind": self.kind, "title": self.title.data or "", "unit": Unit.TITLES, "goal": self.goal.data or 0}


class AmountForm(ChallengeForm):
    """An amount of one unit."""

    unit = SelectField("Of what?", choices=UNITS, default="minutes")
    modes = SelectMultipleField("Only some ways?", [Optional()], choices=MODES)
    minimum = WholeNumber(
        "For days: least minutes that make a day count",
        [NumberRange(0, MINUTES_A_DAY, f"Minutes must be a number from 0 to {MINUTES_A_DAY:,}.")],
        default=0,
    )
    repeats = SelectField(
        "For titles: how often does one count?",
        choices=[
            SelectChoice("once", "Once"),
            SelectChoice("always", "Each time it is finished"),
            SelectChoice(AFTER, "Again after some days"),
        ],
        default="once",
    )
    again_after = WholeNumber(
        "After how many days?",
        [Optional(), NumberRange(1, LONGEST_WAIT, f"Days must be a number from 1 to {LONGEST_WAIT:,}.")],
    )

    def asked(self) -> dict[str, Any]:
        """The challenge that was filled in. Raises Refused."""
        unit, repeats = Unit(self.unit.data), self.repeats.data
        if repeats == AFTER and self.again_after.data is None and unit is Unit.TITLES:
            raise Refused("Say after how many days a title counts again.", about="again_after")
        return super().asked() | {
            "unit": unit,
            "minimum": self.minimum.data or 0,
            "modes": tuple(Mode(name) for name in self.modes.data or ()),
            "repeats": f"{AFTER} {self.again_after.data}" if repeats == AFTER else repeats,
        }


class OwnGoalForm(AmountForm):
    """An amount that each student sets."""

    kind = ChallengeKind.OWN_GOAL
    goal = WholeNumber(
        "Which number do you suggest?", [InputRequired("Say how many."), NumberRange(1, LARGEST, "One or more.")]
    )


class ClassGoalForm(AmountForm):
    """What each class reaches together."""

    kind = ChallengeKind.CLASS_GOAL


class SchoolGoalForm(AmountForm):
    """What everybody reaches together."""

    kind = ChallengeKind.SCHOOL_GOAL


class ListForm(ChallengeForm):
    """Any of a list. curated, required: offered by the handler."""

    kind = ChallengeKind.LIST
    curated = SelectField("Which list?", [InputRequired("Choose a list.")], choices=[], default="")
    required = SelectMultipleField("Which of them have to be done?", [Optional()], choices=[])
    in_order = BooleanField(
        "In the order of the list",
        description="The first ones, each in its turn. The order stays as it is once students take part.",
    )

    def asked(self) -> dict[str, Any]:
        """The challenge that was filled in."""
        more = {"curated": self.curated.data or "", "required": tuple(self.required.data or ())}
        return super().asked() | more | {"details": {IN_ORDER: True} if self.in_order.data else {}}


class StreakForm(ChallengeForm):
    """Days, school days or weeks in a row."""

    kind = ChallengeKind.STREAK
    row_unit = SelectField(
        "Of what?", choices=[SelectChoice(unit.value, f"{unit.value}s") for unit in StreakUnit], default="day"
    )
    grace = WholeNumber(
        "Rest days a week",
        [NumberRange(0, MOST_GRACE, f"Rest days must be a number from 0 to {MOST_GRACE}.")],
        default=GRACE_A_WEEK,
    )
    minimum = WholeNumber(
        "Least minutes that make a day count",
        [NumberRange(0, MINUTES_A_DAY, f"Minutes must be a number from 0 to {MINUTES_A_DAY:,}.")],
        default=0,
    )

    def asked(self) -> dict[str, Any]:
        """The challenge that was filled in."""
        details = {"unit": self.row_unit.data, "grace": self.grace.data or 0}
        return super().asked() | {"unit": Unit.DAYS, "details": details, "minimum": self.minimum.data or 0}


class ThingsForm(ChallengeForm):
    """Activities or prompts, of which new ones are written a line each."""

    kind = ChallengeKind.ACTIVITIES
    goal = WholeNumber(
        "How many of them?", [Optional(), NumberRange(1, LARGEST, "One or more.")], description="Left empty, all."
    )
    things = TextAreaField("Things to do, a line for each", [Length(max=8_000)], [trimmed])

    def asked(self) -> dict[str, Any]:
        """The challenge that was filled in; without a number, as many as there are lines."""
        lines = tuple(line.strip() for line in (self.things.data or "").splitlines() if line.strip())
        return super().asked() | {"goal": self.goal.data or len(lines) or 1, "things": lines}


class PromptsForm(ThingsForm):
    """Prompts."""

    kind = ChallengeKind.PROMPTS
    things = TextAreaField("Prompts, a line for each", [Length(max=8_000)], [trimmed])


def card_form(size: int, offered: Choices) -> type["CardForm"]:
    """The form of a bingo card of so many squares a side. offered: the conditions that a square may hold."""
    fields: dict[str, Any] = {}
    for place in range(size * size):
        fields[f"words_{place}"] = StringField("Words on it", [Length(max=80)], [trimmed])
        fields[f"what_{place}"] = what_field("It asks for", offered, "choose")
        fields[f"goal_{place}"] = WholeNumber("How many?", HOW_MANY)
    return type(f"CardForm{size}", (CardForm,), {"size": size, **fields})


class CardForm(ChallengeForm):
    """A bingo card; its squares are added by card_form. free: the middle square is free."""

    kind = ChallengeKind.BINGO
    size = SIZES[0]
    goal = WholeNumber("How many lines?", [Optional(), NumberRange(1, 12, "One or more.")], default=1)
    wants = RadioField(
        "What wins?",
        choices=[SelectChoice(LINES, "Lines: rows, columns, diagonals"), SelectChoice(BLACKOUT, "The whole card")],
        default=LINES,
    )
    free = RadioField(
        "The middle square", choices=[SelectChoice("yes", "Free"), SelectChoice("no", "Like the others")], default="yes"
    )

    @property
    def middle(self) -> int | None:
        """The place of the free square, if it may be free and is."""
        return self.size**2 // 2 if self.size % 2 and self.free.data == "yes" else None

    def asked(self) -> dict[str, Any]:
        """The challenge that was filled in. Raises Refused."""
        details = {
            "size": self.size,
            "free": self.middle is not None,
            "wants": self.wants.data,
            "squares": [self._square(place) for place in range(self.size**2)],
        }
        return super().asked() | {"goal": self.goal.data or 1, "details": details}

    def _square(self, place: int) -> dict[str, Any]:
        if place == self.middle:
            return {"title": FREE}
        rule = rule_one(self, f"what_{place}", f"goal_{place}")
        said = Said(str(self[f"what_{place}"].data), self[f"goal_{place}"].data)
        titles = {
            value.partition(" ")[2]: words.partition("“")[2].partition("”")[0]
            for value, words, *_ in self[f"what_{place}"].choices
        }
        title = self[f"words_{place}"].data or words_for(said, titles)
        if not title:
            raise Refused(f"Square {place + 1} has no words.", about=f"words_{place}")
        return {"title": title, "rule": json.loads(write_rule(rule))}


FORMS: dict[ChallengeKind, type[ChallengeForm]] = {
    form.kind: form
    for form in (AmountForm, ListForm, StreakForm, OwnGoalForm, ClassGoalForm, SchoolGoalForm, ThingsForm, PromptsForm)
}


def preset_of_challenge(row: Mapping[str, Any]) -> dict[str, Any]:
    """A challenge as its form shows it; the list of a list challenge is known by its slug only."""
    details = json.loads(row["details"]) if row["details"] else {}
    values = {name: row[name] for name in ("title", "goal", "unit", "minimum")}
    values |= {"repeats": row["repeats"].split()[0], "again_after": again_after(row["repeats"]) or None}
    values |= {name: row[name].split(",") if row[name] else [] for name in ("modes", "required")}
    values |= {"in_order": bool(details.get(IN_ORDER))}
    if row["kind"] == ChallengeKind.STREAK:
        values |= {"row_unit": details.get("unit"), "grace": details.get("grace")}
    if row["kind"] == ChallengeKind.BINGO:
        values |= {"wants": details["wants"], "free": "yes" if details["free"] else "no"}
        values |= _squares(details["squares"])
    return values


def _squares(squares: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for place, square in enumerate(squares):
        said = said_of(rule_from(square["rule"])) if "rule" in square else None
        values |= {f"words_{place}": square["title"] if "rule" in square else ""}
        values |= {f"what_{place}": said.what if said else "", f"goal_{place}": said.goal if said else None}
    return values


def sample_card(size: int) -> dict[str, Any]:
    """Squares to begin with: three ways in equal parts, so that a new card is not a white page."""
    begin = ("minutes reading", "minutes viewing", "minutes listening", "days", "titles", "pages", "titles listening")
    goals = (20, 20, 20, 3, 1, 30, 1)
    values: dict[str, Any] = {}
    for place in range(size * size):
        turn, more = place % len(begin), place // len(begin) + 1
        values |= {f"words_{place}": "", f"what_{place}": begin[turn], f"goal_{place}": goals[turn] * more}
    return values


class ActivityForm(Form):
    """One activity of a challenge."""

    title = StringField("What is there to do?", [InputRequired("Say what there is to do."), Length(max=200)], [trimmed])
    instructions = TextAreaField("More about it", [Length(max=1_000)], [trimmed])
    how = RadioField(
        "How does one say that it is done?",
        choices=[
            SelectChoice(ActivityKind.TICK.value, "By a tick"),
            SelectChoice(ActivityKind.CODE.value, "With a code word"),
            SelectChoice(ActivityKind.ANSWER.value, "By an answer in words"),
            SelectChoice(ActivityKind.ATTEND.value, "By coming to an event"),
        ],
        default=ActivityKind.TICK.value,
    )
    code = StringField("Code word", [Length(max=40)], [trimmed], description="Case and spaces do not matter.")
    on = DateField("Day of the event", [Optional()])
    most = WholeNumber("How often does it count in all?", [NumberRange(0, MOST_TIMES)], default=1)
    most_a_day = WholeNumber("How often on one day?", [NumberRange(1, MOST_TIMES)], default=1)

    def asked(self) -> dict[str, Any]:
        """The activity that was filled in."""
        names = ("title", "code", "on", "most", "most_a_day")
        values = {name: self[name].data for name in names}
        kind = ActivityKind(self.how.data)
        return values | {"kind": kind, "instructions": self.instructions.data or "", "code": values["code"] or ""}


def preset_of_activity(row: Mapping[str, Any]) -> dict[str, Any]:
    """An activity as its form shows it."""
    names = ("title", "instructions", "code", "on", "most", "most_a_day")
    how = row["kind"] if row["kind"] != ActivityKind.PROMPT else ActivityKind.TICK.value
    return {name: row[name] for name in names} | {"how": how}
