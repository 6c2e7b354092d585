"""What is filled in to ask a class for a list."""

from wtforms import DateField, IntegerField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from engage.classes.rules import LONGEST_INSTRUCTIONS, AssignmentKind
from engage.web.forms import Form, trimmed

DAY = "Write the day as 2026-11-30."


class AssignForm(Form):
    """An assignment. list, classes, chosen: keys of what the page offers; their choices are set by the handler."""

    list = SelectField("Which list?", [InputRequired("Choose a list.")])
    classes = SelectMultipleField("Which class?", [InputRequired("Choose a class.")])
    kind = RadioField(
        "How much of it?",
        choices=[
            SelectChoice(AssignmentKind.ANY.value, "Any of them"),
            SelectChoice(AssignmentKind.ALL.value, "All of it"),
            SelectChoice(AssignmentKind.CHOSEN.value, "The ones I choose"),
        ],
        default=AssignmentKind.ANY.value,
    )
    required = IntegerField("How many?", [Optional()], default=3)
    chosen = SelectMultipleField("Which ones?", [Optional()])
    shows_from = DateField("Show it from", [Optional()])
    due_on = DateField("Due on", [Optional()])
    instructions = TextAreaField("What should they do?", [Length(max=LONGEST_INSTRUCTIONS)], [trimmed])
