"""What is filled in about classes: what is asked of whom, who reads together, what is handed in."""

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from engage.classes.rules import LONGEST_INSTRUCTIONS, LONGEST_TITLE, AssignmentKind
from engage.web.forms import Form, trimmed

LONG = f"Use {LONGEST_INSTRUCTIONS:,} letters at most."


class AskForm(Form):
    """What every assignment says, new or changed."""

    required = IntegerField("How many?", [Optional()], default=3)
    due_on = DateField("Due on", [Optional()])
    shows_from = DateField("Show it from", [Optional()])
    instructions = TextAreaField("What should they do?", [Length(max=LONGEST_INSTRUCTIONS, message=LONG)], [trimmed])


class ChangeForm(AskForm):
    """What an assignment says from now on. version: the one that was shown."""

    version = HiddenField()


class AssignForm(AskForm):
    """An assignment. list, classes, groups, students, chosen: keys of what the page offers.

    propose: leave it to the teachers of the classes.
    """

    # which list one may ask for is the action's to say, so that one taken down meanwhile gets a sentence
    list = SelectField("Which list?", [InputRequired("Choose a list.")], validate_choice=False)
    classes = SelectMultipleField("Which class?", [Optional()])
    groups = SelectMultipleField("Which reading group?", [Optional()])
    students = SelectMultipleField("Which students?", [Optional()])
    propose = BooleanField("Let the teachers decide")
    kind = RadioField(
        "How much of it?",
        choices=[
            SelectChoice(AssignmentKind.ANY.value, "Any of them"),
            SelectChoice(AssignmentKind.ALL.value, "All of it"),
            SelectChoice(AssignmentKind.CHOSEN.value, "The ones I choose"),
        ],
        default=AssignmentKind.ANY.value,
    )
    chosen = SelectMultipleField("Which ones?", [Optional()])


class GroupForm(Form):
    """A reading group. students: keys; the page offers those of own classes."""

    name = StringField("Name of the group", [InputRequired("Give the group a name.")], [trimmed])
    students = SelectMultipleField("Who is in it?", [InputRequired("Choose at least one student.")])


class HandInForm(Form):
    """A title to hand in: one of the own log, or one that is written."""

    listed = RadioField("Which one?", [Optional()], choices=[], validate_choice=False)
    title = StringField(
        "Or write its title", [Length(max=LONGEST_TITLE, message=f"Use {LONGEST_TITLE} letters at most.")], [trimmed]
    )


class CalendarForm(Form):
    """A new address for a calendar."""
