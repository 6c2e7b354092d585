"""What is filled in about rosters and the school year."""

from wtforms import BooleanField, FileField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from engage.people.rules import GRADE_LIMITS
from engage.web.forms import Form, trimmed

TOO_LONG = "Keep this shorter."


class RosterForm(Form):
    """A roster. org: which school of the file is meant. whole: a table holds everybody of the school."""

    file = FileField("The file")
    org = StringField("Which school of the file is yours?", [Length(max=120, message=TOO_LONG)], [trimmed])
    whole = BooleanField("This table holds the whole school: whoever is not in it has left")


class ApplyForm(Form):
    """The yes to a roster by which many would leave or end."""

    yes = BooleanField("Yes, that is right")


class YearForm(Form):
    """The yes to a new school year. top: the last grade of the school, whose students leave."""

    top = SelectField(
        "The last grade of this school", choices=[SelectChoice(value, words) for value, words in GRADE_LIMITS[1:]]
    )
    sure = BooleanField("Yes, begin the new school year", [InputRequired("Tick this if you are sure.")])
