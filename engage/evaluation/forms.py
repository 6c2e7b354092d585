"""What is filled in for an evaluation: its days, objectives, ratings, evidence and actions."""

import re

from wtforms import DateField, FileField, FloatField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from engage.evaluation.cycle_rules import LONGEST_ADDRESS, LONGEST_TEXT, LONGEST_TITLE, Doing
from engage.evaluation.rules import LONGEST_NOTE, Level
from engage.web.forms import Form, trimmed


class StartForm(Form):
    """The days of a cycle, and what it is judged by. What is left empty is this school year, and the default."""

    starts = DateField("First day", [Optional()])
    ends = DateField("Last day", [Optional()])
    practice = SelectField("Judged by", [Optional()], default="")


class NumberField(FloatField):  # type: ignore[misc]
    """A number as our own pages write it: "12,000", also with its unit sign, "75%"."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read it without what only parts its digits."""
        plain = [THOUSANDS.sub("", text).strip().removesuffix("%").strip() for text in valuelist]
        super().process_formdata(plain)


THOUSANDS = re.compile(r"(?<=\d)[,\u00a0\u202f ](?=\d{3}(?!\d))")


class ObjectiveForm(Form):
    """What the library aims at. The choices of the indicator are set by the handler."""

    goal = StringField("Which goal of the school does it serve?", [Length(max=200)], [trimmed])
    title = StringField("What do you aim at?", [InputRequired("Say it in a few words."), Length(max=120)], [trimmed])
    aim = TextAreaField("In a sentence", [Length(max=400)], [trimmed])
    indicator = SelectField("What shows it?", [InputRequired("Choose a figure.")])
    baseline = NumberField("Where it stood last year", [Optional()])
    target = NumberField("Target", [InputRequired("Write the number to reach.")])
    due_on = DateField("By when?", [InputRequired("Write the day as 2027-05-31.")])
    next_step = TextAreaField("Next step", [Length(max=400)], [trimmed])


class RatingForm(Form):
    """How a criterion is judged. level: 1 to 4. seen: the version of the judgement that it began from."""

    seen = HiddenField()

    level = RadioField(
        "Where are we?",
        [Optional()],
        choices=[SelectChoice(str(level.value), level.word) for level in Level],
        coerce=str,
    )
    note = TextAreaField("Why?", [Length(max=LONGEST_NOTE)], [trimmed])


class ThingForm(Form):
    """Something in Engage as evidence. The choices are set by the handler."""

    what = SelectField("Which?", [InputRequired("Choose something.")])
    note = TextAreaField("What does it show?", [Length(max=LONGEST_TEXT)], [trimmed])


class EvidenceFileForm(Form):
    """A file as evidence. Its fields have names of their own, since it stands on one page with other forms."""

    file_title = StringField("What is it?", [InputRequired("Say what it is."), Length(max=LONGEST_TITLE)], [trimmed])
    file = FileField("File")
    file_note = TextAreaField("What does it show?", [Length(max=LONGEST_TEXT)], [trimmed])


class AddressForm(Form):
    """A web page as evidence."""

    page_title = StringField("What is it?", [InputRequired("Say what it is."), Length(max=LONGEST_TITLE)], [trimmed])
    address = StringField(
        "Web address", [InputRequired("Write the whole address."), Length(max=LONGEST_ADDRESS)], [trimmed]
    )
    page_note = TextAreaField("What does it show?", [Length(max=LONGEST_TEXT)], [trimmed])


class PlanForm(Form):
    """What is to be done."""

    what = TextAreaField("What is to be done?", [InputRequired("Say what."), Length(max=LONGEST_TEXT)], [trimmed])
    who = StringField("Who takes it on?", [Length(max=LONGEST_TITLE)], [trimmed])
    due_on = DateField("By when?", [Optional()])


class ActionForm(PlanForm):
    """What came of it. seen: the version that it began from."""

    state = RadioField("Where does it stand?", choices=[SelectChoice(one.value, one.word) for one in Doing])
    outcome = TextAreaField("What came of it?", [Length(max=LONGEST_TEXT)], [trimmed])
    seen = HiddenField()
