"""What is filled in for an evaluation: an objective, and the rating of a criterion."""

from wtforms import DateField, FloatField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from engage.evaluation.rules import LONGEST_NOTE, Level
from engage.web.forms import Form, trimmed


class ObjectiveForm(Form):
    """What the library aims at. The choices of the indicator are set by the handler."""

    title = StringField("What do you aim at?", [InputRequired("Say it in a few words."), Length(max=120)], [trimmed])
    aim = TextAreaField("In a sentence", [Length(max=400)], [trimmed])
    indicator = SelectField("What shows it?", [InputRequired("Choose a figure.")])
    baseline = FloatField("Where it stood last year", [Optional()])
    target = FloatField("Target", [InputRequired("Write the number to reach.")])
    due_on = DateField("By when?", [InputRequired("Write the day as 2027-05-31.")])
    next_step = TextAreaField("Next step", [Length(max=400)], [trimmed])


class RatingForm(Form):
    """How a criterion is judged. level: 1 to 4."""

    level = RadioField(
        "Where are we?",
        [Optional()],
        choices=[SelectChoice(str(level.value), level.word) for level in Level],
        coerce=str,
    )
    note = TextAreaField("Why?", [Length(max=LONGEST_NOTE)], [trimmed])
