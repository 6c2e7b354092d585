"""What is filled in at the privacy desk: limits, erasures, reasons, what the audit is looked through for."""

from wtforms import BooleanField, IntegerField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from engage.people.glass_rules import ACTS
from engage.web.forms import Form, trimmed

DAYS = [InputRequired("Say a number."), NumberRange(0, 400, "Say a number from 0 to 400.")]


class RetentionForm(Form):
    """For how long a school keeps things; each can only get shorter."""

    titles_days = IntegerField("Titles that students chose: days after the school year", DAYS)
    titles_months = IntegerField("The same titles: months at most", DAYS)
    handed_in_days = IntegerField("What was handed in, for a program or to a teacher: days after the end", DAYS)
    left_days = IntegerField("Counts of a student who has left: days", DAYS)
    account_months = IntegerField("The account of a student who has left: months", DAYS)
    session_days = IntegerField("Where somebody was signed in: days", DAYS)
    audit_months = IntegerField("What staff did: months", DAYS)


class EraseForm(Form):
    """Erase a student."""

    sure = BooleanField("Erase this student. I know that this cannot be undone.", [InputRequired("Tick this first.")])


class AskErasureForm(Form):
    """Ask that somebody be erased."""

    reason = TextAreaField("Why?", [Length(max=500, message="Keep this under 500 letters.")], [trimmed])


class GlassForm(Form):
    """Ask to see what only a student sees."""

    act = RadioField(
        "What do you need to see?",
        [InputRequired("Choose what you need to see.")],
        choices=[SelectChoice(*one) for one in ACTS.items()],
    )
    reason = TextAreaField(
        "Why?",
        [InputRequired("Say why."), Length(max=1000, message="Keep this under 1,000 letters.")],
        [trimmed],
    )


class DecideForm(Form):
    """The second person agrees, or does not."""

    agreed = RadioField(
        "Agree?",
        [InputRequired("Say yes or no.")],
        choices=[SelectChoice("yes", "Agree"), SelectChoice("no", "Do not agree")],
    )
