"""What is filled in about a program as a whole: its settings, its days, a copy, a last day."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import DateField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from engage.errors import Refused
from engage.people.rules import GRADE_LIMITS
from engage.programs import joining_rules, terms
from engage.programs.awards import read_rule, write_rule
from engage.programs.forms import WholeNumber
from engage.programs.joining_rules import Joining
from engage.programs.judging import PointsRule
from engage.programs.rule_forms import HOW_MANY, rule_one
from engage.programs.rule_words import Choices, count_named, counts, name_of, said_of
from engage.programs.rules import ENTERED, LARGEST, MINUTES_A_DAY, Credit, Limit, ProgramKind, StreakUnit, Unit
from engage.programs.streaks import MOST_GRACE
from engage.web.art import INK_NAMES, SCENES
from engage.web.forms import Form, trimmed

GRADES = [SelectChoice(*each) for each in GRADE_LIMITS]
COUNTS = [SelectChoice("", "nothing"), *(SelectChoice(*each) for each in counts())]
POINTS, TICKETS = ("points_1", "points_2", "points_3"), ("tickets_1", "tickets_2")
# a rule of completion that the choices cannot say stays as it is until another one is chosen
AS_IT_IS = "as it is"
LIMITS = ("warns", "entry", "day")


def up_to(most: int, what: str) -> NumberRange:
    """A number from 0 up. what: "Days back"."""
    return NumberRange(0, most, f"{what} must be a number from 0 to {most:,}.")


def words_of(kind: ProgramKind) -> str:
    """What a sort of program is called on its form."""
    return "Something of our own" if kind is ProgramKind.OWN else kind.value.capitalize()


class ProgramForm(Form):
    """The settings of a program. classes, completion: offered by program_form; sure: answers what would change."""

    title = StringField("Name", [InputRequired("Give the program a name."), Length(max=120)], [trimmed])
    introduction = TextAreaField("Introduction", [Length(max=2_000)], [trimmed])
    how = TextAreaField("How it works, a line for each step", [Length(max=2_000)], [trimmed])
    kind = SelectField(
        "What is it?", choices=[SelectChoice(kind.value, words_of(kind)) for kind in ProgramKind], default="own"
    )
    announced = DateField("Announced from", [Optional()])
    opens = DateField("Joining opens on", [Optional()])
    starts = DateField("First day", [InputRequired("Pick the first day.")])
    ends = DateField("Last day", [Optional()])
    visibility = RadioField(
        "Who sees it?",
        choices=[
            SelectChoice("classes", "Only the classes it is for"),
            SelectChoice("school", "This school"),
            SelectChoice("public", "Everybody"),
        ],
        default="school",
    )
    grade_low = SelectField("From grade", choices=GRADES, default="")
    grade_high = SelectField("To grade", choices=GRADES, default="")
    joining = RadioField(
        "Who takes part?",
        choices=[SelectChoice(way.value, words) for way, words in joining_rules.WORDS.items()],
        default=Joining.OPEN.value,
    )
    join_code = StringField("The code", [Length(max=24)], [trimmed])
    classes = SelectMultipleField("Which classes?", [Optional()], choices=[])
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
    completion = SelectField("It is completed by", choices=[SelectChoice("", "all its challenges")], default="")
    completion_goal = WholeNumber("How many?", HOW_MANY)
    ink = RadioField("Ink", choices=[SelectChoice(ink, ink.capitalize()) for ink in INK_NAMES], default="night")
    scene = SelectField(
        "Picture",
        choices=[SelectChoice("lanterns", "Lanterns"), *(SelectChoice(scene, scene) for scene in SCENES)],
        default="lanterns",
    )
    curated = SelectField("Which list?", [Optional()], choices=[SelectChoice("", "Choose later")], default="")
    sure = HiddenField(default="")

    def settings(self, kept: str = "") -> dict[str, Any]:
        """The columns that were filled in, with opens and classes. kept: the rule of completion as it stands.

        Raises Refused.
        """
        own = ("title", "introduction", "how", "kind", "announced", "opens", "starts", "ends", "visibility")
        more = ("joining", "join_code", "credit", "backdate_days", "catching_up", "streak_unit", "grace_days")
        values = {name: self[name].data for name in (*own, *more, "minimum", "ink", "scene")}
        return values | {
            "introduction": values["introduction"] or "",
            "how": values["how"] or "",
            "join_code": values["join_code"] or "",
            "classes": tuple(self.classes.data or ()),
            "grade_low": int(self.grade_low.data) if self.grade_low.data else None,
            "grade_high": int(self.grade_high.data) if self.grade_high.data else None,
            "limits": terms.write_limits({unit: self._limit(unit) for unit in ENTERED}),
            "points": terms.write_points(self._points(POINTS)),
            "tickets": terms.write_points(self._points(TICKETS)),
            "completion": self._completion(kept),
        }

    def _limit(self, unit: Unit) -> Limit:
        return Limit(*(self[f"{unit.value}_{name}"].data for name in LIMITS))

    def _points(self, rows: Sequence[str]) -> list[PointsRule]:
        found = []
        for row in rows:
            unit, per = self[f"{row}_unit"].data, self[f"{row}_per"].data
            if unit and not per:
                raise Refused("Say for how many.", about=f"{row}_per")
            if unit:
                found.append(PointsRule(count_named(unit), per, self[f"{row}_gives"].data or 1))
        return found

    def _completion(self, kept: str) -> str:
        if not self.completion.data:
            return ""
        if self.completion.data == AS_IT_IS:
            return kept
        return write_rule(rule_one(self, "completion", "completion_goal"))


for _row in (*POINTS, *TICKETS):
    setattr(ProgramForm, f"{_row}_gives", WholeNumber("gives", [Optional(), NumberRange(1, LARGEST)], default=1))
    setattr(ProgramForm, f"{_row}_per", WholeNumber("for every", [Optional(), NumberRange(1, LARGEST)]))
    setattr(ProgramForm, f"{_row}_unit", SelectField("of", choices=COUNTS, default=""))
for _unit in ENTERED:
    _most = MINUTES_A_DAY if _unit is Unit.MINUTES else LARGEST
    for _name, _words in zip(LIMITS, ("Ask above", "Most of an entry", "Most of a day"), strict=True):
        _field = WholeNumber(_words, [Optional(), NumberRange(1, _most, f"Write a number from 1 to {_most:,}.")])
        setattr(ProgramForm, f"{_unit.value}_{_name}", _field)


def offering_of(rooms: Sequence[Mapping[str, Any]], offered: Choices, completion: str) -> dict[str, Any]:
    """What a program's form may choose from. offered: conditions; completion: the rule as it stands."""
    own = [each for under in offered.values() for each in under]
    kept = [(AS_IT_IS, "a rule of its own, as it is")] if completion and said_of(read_rule(completion)) is None else []
    return {
        "classes": [(room["key"], room["name"]) for room in rooms],
        "completion": [("", "all its challenges"), *kept, *own],
    }


def preset_of_program(row: Mapping[str, Any], rooms: Sequence[str], zone: str) -> dict[str, Any]:
    """The settings of a program as its form shows them. rooms: the keys of its classes."""
    values: dict[str, Any] = {**row, "classes": list(rooms)}
    values |= {name: "" if row[name] is None else str(row[name]) for name in ("grade_low", "grade_high")}
    # one that was published after its first day opened then, and nobody chose that day
    opens = joining_rules.opens_on(row, zone)
    values["opens"] = opens if opens is not None and opens <= row["starts"] else None
    for unit, limit in terms.read_limits(row["limits"]).items():
        values |= {f"{unit.value}_{name}": getattr(limit, name) for name in LIMITS}
    for names, text in ((POINTS, row["points"]), (TICKETS, row["tickets"])):
        for name, rule in zip(names, terms.read_points(text), strict=False):
            values |= {f"{name}_gives": rule.points, f"{name}_per": rule.per, f"{name}_unit": name_of(rule.count)}
    if row["completion"]:
        said = said_of(read_rule(row["completion"]))
        values["completion"] = said.what if said else AS_IT_IS
        values["completion_goal"] = said.goal if said else None
    return values


class CopyForm(Form):
    """A copy of a program for another year."""

    title = StringField("Name", [InputRequired("Give the program a name."), Length(max=120)], [trimmed])
    starts = DateField("First day", [InputRequired("Pick the first day.")])


class ReopenForm(Form):
    """A later last day for a program that is over."""

    ends = DateField("New last day", [InputRequired("Pick the new last day.")])
