"""What is filled in about units and their lessons. seen: fingerprints of what stood there when the form was opened."""

from typing import Any

from wtforms import DateField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from engage.classes import unit_rules as rules
from engage.classes.unit_rules import LEADS, LEVELS, Lead, Level
from engage.people.rules import GRADE_LIMITS
from engage.web.forms import Form

LONG = f"Use {rules.WORDS:,} letters at most."


def plain(text: str | None) -> str:
    """A filter for fields: text without the blanks around it, and "" where none was sent."""
    return (text or "").strip()


class UnitForm(Form):
    """The words of a unit."""

    title = StringField(
        "Title",
        [InputRequired("Give the unit a title."), Length(max=rules.TITLE, message="Use 120 letters at most.")],
        [plain],
    )
    subject = StringField("Subject", [Length(max=rules.SUBJECT, message="Use 60 letters at most.")], [plain])
    grade_low = SelectField("From grade", choices=[SelectChoice(*each) for each in GRADE_LIMITS], default="")
    grade_high = SelectField("To grade", choices=[SelectChoice(*each) for each in GRADE_LIMITS], default="")
    starts = DateField("First day", [Optional()])
    ends = DateField("Last day", [Optional()])
    level = RadioField(
        "How closely do you work together?",
        [Optional()],
        choices=[SelectChoice(level.value, words) for level, words in LEVELS.items()],
    )
    objectives = TextAreaField("What will students learn?", [Length(max=rules.WORDS, message=LONG)], [plain])
    technology = TextAreaField("Which technology do you use?", [Length(max=rules.WORDS, message=LONG)], [plain])
    seen = HiddenField()

    @property
    def words(self) -> dict[str, Any]:
        """What was filled in, by field of a unit."""
        return {
            **{name: self[name].data or "" for name in ("title", "subject", "objectives", "technology")},
            **{name: self[name].data for name in ("starts", "ends")},
            **{name: int(self[name].data) if self[name].data else None for name in ("grade_low", "grade_high")},
            "level": Level(self.level.data) if self.level.data else None,
        }


class NewUnitForm(UnitForm):
    """A unit that starts. invited: keys of colleagues; the page offers them."""

    invited = SelectMultipleField("Who plans it with you?", [Optional()])


class LookBackForm(Form):
    """How a unit went."""

    reflection = TextAreaField(
        "What went well, and what would you change?", [Length(max=rules.WORDS, message=LONG)], [plain]
    )
    seen = HiddenField()


class SessionForm(Form):
    """One lesson."""

    on = DateField("On which day?", [InputRequired("Say on which day.")])
    what = StringField(
        "What is done?",
        [InputRequired("Say what is done."), Length(max=rules.WHAT, message="Use 300 letters at most.")],
        [plain],
    )
    lead = RadioField(
        "Who teaches it?",
        [InputRequired("Say who teaches it.")],
        choices=[SelectChoice(lead.value, words) for lead, words in LEADS.items()],
        default=Lead.BOTH.value,
    )
    part = TextAreaField("Who does what?", [Length(max=rules.PART, message="Use 500 letters at most.")], [plain])
    seen = HiddenField()

    @property
    def words(self) -> dict[str, Any]:
        """What was filled in, by field of a lesson."""
        return {
            "on": self.on.data,
            "what": self.what.data,
            "lead": Lead(self.lead.data),
            "part": self.part.data or "",
        }


class UnitListForm(Form):
    """A list to use; the page offers what may be used."""

    curated = SelectField("Which list?", [InputRequired("Choose a list.")])


class PlannerForm(Form):
    """Somebody to plan with; the page offers who may."""

    person = SelectField("Who?", [InputRequired("Choose somebody.")])


class TaughtForm(Form):
    """Which standards a unit teaches. drop: one that it teaches no longer."""

    standards = SelectMultipleField("Standards", validate_choice=False)
    drop = StringField()
