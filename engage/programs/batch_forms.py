"""What staff fill in when they log for students."""

from datetime import date
from typing import Any

from wtforms import DateField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from engage.engagement.rules import Mode
from engage.errors import Refused
from engage.programs.forms import WholeNumber, at_least_one
from engage.programs.rules import Ending
from engage.web.forms import Form, trimmed

MODES = [
    SelectChoice(Mode.READING.value, "Read"),
    SelectChoice(Mode.VIEWING.value, "Watched"),
    SelectChoice(Mode.LISTENING.value, "Listened"),
]


class ForOthersForm(Form):
    """What students did, as staff enter it. on: the day."""

    mode = RadioField("What did they do?", choices=MODES, default=Mode.READING.value)
    title = StringField("What was it called?", [Length(max=300, message="Use fewer words.")], [trimmed])
    minutes = WholeNumber("For how many minutes?", [Optional(), at_least_one("Minutes")])
    ending = RadioField(
        "Where are they with it?",
        [Optional()],
        choices=[SelectChoice("", "Still going"), SelectChoice(Ending.FINISHED.value, "Finished")],
        default="",
    )
    on = DateField("Which day?", [InputRequired("Pick the day.")])
    note = StringField("Why so late, if it is", [Length(max=200, message="Use fewer words.")], [trimmed])

    def said(self) -> dict[str, Any]:
        """The entry as the action takes it."""
        return {
            "on": self.on.data,
            "mode": Mode(self.mode.data),
            "title": self.title.data or "",
            "minutes": self.minutes.data,
            "ending": Ending(self.ending.data or ""),
        }


class ClassLogForm(ForOthersForm):
    """The same for everybody who is there. students: keys."""

    students = SelectMultipleField("Who is here?", choices=[])


class SheetsForm(Form):
    """Which sheets: of a program, for a week that begins on a Monday."""

    program = SelectField("Program", choices=[])
    week = SelectField("Week", choices=[])

    def first(self) -> date:
        """The Monday that was chosen. Raises Refused."""
        try:
            return date.fromisoformat(self.week.data or "")
        except ValueError:
            raise Refused("Choose the week.", about="week") from None


class EnterForm(Form):
    """What was noted on sheets; the lines themselves are read by lines_of, since their number is free."""

    mode = RadioField("What are the minutes of?", choices=MODES, default=Mode.READING.value)
    note = StringField("Why so late, if they are", [Length(max=200, message="Use fewer words.")], [trimmed])
