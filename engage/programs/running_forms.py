"""What a specialist fills in about a program: its settings, a challenge, a badge."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from wtforms import DateField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from engage.dates import Period
from engage.engagement.rules import Mode
from engage.errors import Refused
from engage.people.rules import GRADE_LIMITS
from engage.programs import terms
from engage.programs.awards import (
    BadgesHeld,
    ChallengesDone,
    Done,
    Holds,
    Points,
    Rule,
    Total,
    read_rule,
    write_rule,
)
from engage.programs.facts import Count
from engage.programs.forms import WholeNumber
from engage.programs.judging import PointsRule
from engage.programs.rules import LARGEST, MINUTES_A_DAY, Credit, Limit, ProgramKind, StreakUnit, Unit
from engage.programs.streaks import MOST_GRACE
from engage.web.art import INK_NAMES, SCENES
from engage.web.forms import Form, trimmed

GRADES = [SelectChoice(*each) for each in GRADE_LIMITS]
UNITS = [SelectChoice(unit.value, unit.value) for unit in Unit]
SHAPES = ("round", "star", "arch", "shield", "square", "ways")
ICONS = (
    ("lamp-fill", "Lamp"),
    ("moon-stars-fill", "Moon and stars"),
    ("sun-horizon-fill", "Sunrise"),
    ("star-fill", "Star"),
    ("chat-circle-text-fill", "Speech"),
    ("hand-heart-fill", "Hand and heart"),
    ("headphones-fill", "Headphones"),
    ("books-fill", "Books"),
    ("mountains-fill", "Mountains"),
    ("rocket-fill", "Rocket"),
    ("leaf-fill", "Leaf"),
    ("crown-fill", "Crown"),
)
MODES = [
    SelectChoice("reading", "Reading"),
    SelectChoice("viewing", "Watching"),
    SelectChoice("listening", "Listening"),
]


def up_to(most: int, what: str) -> NumberRange:
    """A number from 0 up. what: "Days back"."""
    return NumberRange(0, most, f"{what} must be a number from 0 to {most:,}.")


class ProgramForm(Form):
    """The settings of a program. points_…: one point for so much of a unit; limits are of minutes."""

    title = StringField("Name", [InputRequired("Give the program a name."), Length(max=120)], [trimmed])
    introduction = TextAreaField("Introduction", [Length(max=2_000)], [trimmed])
    how = TextAreaField("How it works, a line for each step", [Length(max=2_000)], [trimmed])
    kind = SelectField(
        "What is it?", choices=[SelectChoice(kind.value, kind.value) for kind in ProgramKind], default="own"
    )
    starts = DateField("First day", [InputRequired("Pick the first day.")])
    ends = DateField("Last day", [Optional()])
    visibility = RadioField(
        "Who sees it?",
        choices=[SelectChoice("school", "This school"), SelectChoice("public", "Everybody")],
        default="school",
    )
    grade_low = SelectField("From grade", choices=GRADES, default="")
    grade_high = SelectField("To grade", choices=GRADES, default="")
    credit = RadioField(
        "What counts for somebody who joins late?",
        choices=[
            SelectChoice(Credit.OPENING.value, "All since the first day"),
            SelectChoice(Credit.JOINING.value, "Only from the day of joining"),
        ],
        default=Credit.OPENING.value,
    )
    backdate_days = WholeNumber("How many days back may one log?", [up_to(7, "Days back")], default=7)
    catching_up = WholeNumber("How many days to catch up after the last day?", [up_to(60, "Days")], default=7)
    streak_unit = SelectField(
        "A row counts", choices=[SelectChoice(unit.value, f"{unit.value}s") for unit in StreakUnit], default="day"
    )
    grace_days = WholeNumber("Rest days a week", [up_to(MOST_GRACE, "Rest days")], default=1)
    minimum = WholeNumber("Least minutes that make a day count", [up_to(MINUTES_A_DAY, "Minutes")], default=0)
    points_unit = SelectField("One point for so many", choices=[SelectChoice("", "no points"), *UNITS], default="")
    points_per = WholeNumber("How many for one point?", [Optional(), NumberRange(1, LARGEST)])
    limit_warns = WholeNumber("Ask above so many minutes an entry", [Optional(), NumberRange(1, MINUTES_A_DAY)])
    limit_entry = WholeNumber("Most minutes of an entry", [Optional(), NumberRange(1, MINUTES_A_DAY)])
    limit_day = WholeNumber("Most minutes of a day", [Optional(), NumberRange(1, MINUTES_A_DAY)])
    ink = RadioField("Ink", choices=[SelectChoice(ink, ink.capitalize()) for ink in INK_NAMES], default="night")
    scene = SelectField(
        "Picture",
        choices=[SelectChoice("lanterns", "Lanterns"), *(SelectChoice(scene, scene) for scene in SCENES)],
        default="lanterns",
    )

    def settings(self) -> dict[str, Any]:
        """The columns that were filled in. Raises Refused."""
        own = ("title", "introduction", "how", "kind", "starts", "ends", "visibility", "credit", "backdate_days")
        more = ("catching_up", "streak_unit", "grace_days", "minimum", "ink", "scene")
        values = {name: self[name].data for name in (*own, *more)}
        limit = Limit(self.limit_warns.data, self.limit_entry.data, self.limit_day.data)
        points = []
        if self.points_unit.data:
            if not self.points_per.data:
                raise Refused("Say how many make one point.", about="points_per")
            points = [PointsRule(Count(Unit(self.points_unit.data)), self.points_per.data, 1)]
        return values | {
            "introduction": values["introduction"] or "",
            "how": values["how"] or "",
            "grade_low": int(self.grade_low.data) if self.grade_low.data else None,
            "grade_high": int(self.grade_high.data) if self.grade_high.data else None,
            "limits": terms.write_limits({Unit.MINUTES: limit}),
            "points": terms.write_points(points),
        }


def preset_of_program(row: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a program as its form shows them."""
    limit = terms.read_limits(row["limits"]).get(Unit.MINUTES, Limit())
    points = terms.read_points(row["points"])
    grades = {name: "" if row[name] is None else str(row[name]) for name in ("grade_low", "grade_high")}
    return {
        **row,
        **grades,
        "points_unit": points[0].count.unit.value if points else "",
        "points_per": points[0].per if points else None,
        "limit_warns": limit.warns,
        "limit_entry": limit.entry,
        "limit_day": limit.day,
    }


class ChallengeForm(Form):
    """A challenge: an amount of one unit, or any of a list. curated, required: set by the handler."""

    title = StringField("Name", [Length(max=120)], [trimmed], description="Left empty, it is called by its goal.")
    goal = WholeNumber("How many?", [InputRequired("Say how many."), NumberRange(1, LARGEST, "One or more.")])
    unit = SelectField("Of what?", choices=UNITS, default="minutes")
    curated = SelectField("Any of a list", [Optional()], default="", description="Then it counts titles of that list.")
    required = SelectMultipleField("Which of them have to be done?", [Optional()])
    modes = SelectMultipleField("Only some ways?", [Optional()], choices=MODES)
    minimum = WholeNumber("For days: least minutes that make a day count", [up_to(MINUTES_A_DAY, "Minutes")], default=0)
    repeats = SelectField(
        "For titles: how often does one count?",
        choices=[
            SelectChoice("once", "Once"),
            SelectChoice("always", "Each time it is finished"),
            SelectChoice("after 30", "Again after 30 days"),
            SelectChoice("after 90", "Again after 90 days"),
        ],
        default="once",
    )

    def asked(self) -> dict[str, Any]:
        """The challenge that was filled in."""
        return {
            "title": self.title.data or "",
            "unit": Unit(self.unit.data),
            "goal": self.goal.data,
            "minimum": self.minimum.data or 0,
            "modes": tuple(Mode(name) for name in self.modes.data or ()),
            "repeats": self.repeats.data,
            "curated": self.curated.data or "",
            "required": tuple(self.required.data or ()),
        }


class BadgeForm(Form):
    """A badge and its rule: one condition by fields, or any rule as JSON, which then counts."""

    title = StringField("Name", [InputRequired("Give the badge a name."), Length(max=60)], [trimmed])
    description = StringField("How to get it, in a line", [Length(max=120)], [trimmed])
    shape = SelectField("Shape", choices=[SelectChoice(shape, shape) for shape in SHAPES], default="round")
    ink = RadioField("Ink", choices=[SelectChoice(ink, ink.capitalize()) for ink in INK_NAMES], default="marigold")
    number = StringField("Number on it", [Length(max=4), Regexp(r"\d*$", message="Write a number.")], [trimmed])
    icon = SelectField("Picture on it", choices=[SelectChoice("", "None"), *(SelectChoice(*one) for one in ICONS)])
    what = SelectField(
        "It is won by",
        choices=[
            SelectChoice("total", "an amount"),
            SelectChoice("challenge", "one challenge"),
            SelectChoice("challenges", "so many challenges"),
            SelectChoice("badge", "another badge"),
            SelectChoice("badges", "so many badges"),
            SelectChoice("points", "points"),
        ],
        default="total",
    )
    goal = WholeNumber("How many?", [Optional(), NumberRange(1, LARGEST, "One or more.")])
    unit = SelectField("Of what?", choices=UNITS, default="minutes")
    modes = SelectMultipleField("Only some ways?", [Optional()], choices=MODES)
    first = DateField("Counted from", [Optional()])
    last = DateField("Counted to", [Optional()])
    challenge = SelectField("Which challenge?", [Optional()], default="")
    badge = SelectField("Which badge?", [Optional()], default="")
    rule = TextAreaField(
        "Several conditions, as JSON",
        [Length(max=8_000)],
        [trimmed],
        description="all, any or at least so many of several. Leave it empty for one condition.",
    )

    def asked(self) -> dict[str, Any]:
        """The badge that was filled in. Raises Refused."""
        names = ("title", "description", "shape", "ink")
        mark = self.number.data or self.icon.data or ""
        return {name: self[name].data or "" for name in names} | {"mark": mark, "rule": self._rule()}

    def _rule(self) -> str:
        if self.rule.data:
            return str(self.rule.data)
        if self.what.data in ("total", "challenges", "badges", "points") and self.goal.data is None:
            raise Refused("Say how many.", about="goal")
        rules: dict[str, Rule] = {
            "total": Total(Count(Unit(self.unit.data), self._modes()), self.goal.data or 0, self._window()),
            "challenge": Done(self.challenge.data or ""),
            "challenges": ChallengesDone(self.goal.data or 0),
            "badge": Holds(self.badge.data or ""),
            "badges": BadgesHeld(self.goal.data or 0),
            "points": Points(self.goal.data or 0),
        }
        return write_rule(rules[str(self.what.data)])

    def _modes(self) -> frozenset[Mode] | None:
        return terms.modes_of(",".join(self.modes.data or ()))

    def _window(self) -> Period | None:
        first: date | None = self.first.data
        last: date | None = self.last.data
        if first is None and last is None:
            return None
        if first is None or last is None:
            raise Refused("Give both days, or neither.", about="first" if first is None else "last")
        return Period(first, last)


def preset_of_badge(row: Mapping[str, Any]) -> dict[str, Any]:
    """A badge as its form shows it; a rule with several conditions, or with more than the fields say, as JSON."""
    values = {name: row[name] for name in ("title", "description", "shape", "ink")}
    values["number" if row["mark"].isdigit() else "icon"] = row["mark"]
    match read_rule(row["rule"]):
        case Total(Count(unit, modes, 0, None), goal, window):
            one: dict[str, Any] = {"what": "total", "unit": unit.value, "goal": goal}
            one |= {"modes": [mode.value for mode in Mode if modes is not None and mode in modes]}
            one |= {"first": window.starts, "last": window.ends} if window else {}
        case Done(key):
            one = {"what": "challenge", "challenge": key}
        case ChallengesDone(goal):
            one = {"what": "challenges", "goal": goal}
        case Holds(key):
            one = {"what": "badge", "badge": key}
        case BadgesHeld(goal):
            one = {"what": "badges", "goal": goal}
        case Points(goal):
            one = {"what": "points", "goal": goal}
        case _:
            one = {"rule": json.dumps(json.loads(row["rule"]), indent=1, ensure_ascii=False)}
    return values | one
