"""What the district's admin fills in about receivers of data: where it is, what it gets, and what was signed."""

from wtforms import DateField, PasswordField, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from engage.evaluation.statement_rules import Data, Speech, Way
from engage.web.forms import Form, trimmed

SHORTER = "Keep this shorter."


class ReceiverForm(Form):
    """A receiver. Which schools there are to choose from the page says."""

    name = StringField(
        "Who gets the data?",
        [InputRequired("Give it a name: whoever reads this page wants to know."), Length(max=80, message=SHORTER)],
        [trimmed],
    )
    speech = RadioField(
        "How does it want to be spoken to?",
        choices=[
            SelectChoice(Speech.CALIPER.value, "Caliper 1.2"),
            SelectChoice(Speech.XAPI.value, "xAPI 1.0.3, as a learning record store does"),
        ],
        default=Speech.CALIPER.value,
    )
    address = StringField(
        "Its address",
        [InputRequired("Write the address that the receiver gave you."), Length(max=2_000, message=SHORTER)],
        [trimmed],
    )
    way = RadioField(
        "How do we show who we are?",
        choices=[
            SelectChoice(Way.BEARER.value, "With a token"),
            SelectChoice(Way.BASIC.value, "With a user name and a password"),
        ],
        default=Way.BEARER.value,
    )
    login = StringField("User name", [Length(max=200, message=SHORTER)], [trimmed])
    secret = PasswordField("Token or password", [Length(max=500, message=SHORTER)])
    kinds = SelectMultipleField(
        "What may it get?",
        [InputRequired("Choose at least one kind of data.")],
        choices=[SelectChoice(kind.value, f"{kind.words}. {kind.explained}") for kind in Data],
    )
    schools = SelectMultipleField("Of which schools?", [InputRequired("Choose at least one school.")])


class AgreementForm(Form):
    """What was signed."""

    kinds = SelectMultipleField(
        "What does it cover?",
        [InputRequired("Choose what it covers.")],
        choices=[SelectChoice(kind.value, kind.words) for kind in Data if kind.needs_agreement],
    )
    signed_by = StringField(
        "Who signed it?",
        [InputRequired("Write who signed it for the district."), Length(max=200, message=SHORTER)],
        [trimmed],
    )
    where = StringField("Where is it kept?", [Length(max=300, message=SHORTER)], [trimmed])
    signed_on = DateField("When was it signed?", [InputRequired("Choose a day.")])
    until = DateField("Until when does it hold?", [InputRequired("Choose a day.")])
