"""What is filled in about people: signing in, and opening the door for a class."""

from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from engage.people import rules
from engage.web.forms import Form, trimmed


class StaffForm(Form):
    """Name and password of the staff. next: where to go afterwards."""

    login = StringField("Name or e-mail", [InputRequired("Type your name or e-mail."), Length(max=254)], [trimmed])
    password = PasswordField("Password", [InputRequired("Type your password."), Length(max=1024)])
    next = HiddenField(default="")


class CodeForm(Form):
    """A class code. next: where to go once one is in."""

    next = HiddenField(default="")
    code = StringField("Your class code", [InputRequired("Type the code of your class."), Length(max=40)], [trimmed])


class DoorForm(Form):
    """How long the door of a class stands open."""

    minutes = IntegerField(
        "For how many minutes?",
        [
            InputRequired("Say for how many minutes."),
            NumberRange(5, 60, "The door can stand open for 5 to 60 minutes."),
        ],
        default=30,
    )


class PasswordForm(Form):
    """A new password of one's own."""

    current = PasswordField("Your password now", [InputRequired("Type the password you have now."), Length(max=1024)])
    password = PasswordField("Your new password", [InputRequired("Type the new password."), Length(max=1024)])


class SettingsForm(Form):
    """What a school has decided for its library. A name or a zone that is not sent stays as it is."""

    name = StringField(
        "Name of the library", [Length(max=rules.LONGEST_SCHOOL, message="Keep the name under 120 letters.")], [trimmed]
    )
    zone = SelectField("Time zone", [Optional()])
    shows_measures = BooleanField("Show reading measures to everyone who is signed in")
    reviews = RadioField(
        "Who may read what students write",
        choices=[
            SelectChoice("", "There are no reviews"),
            SelectChoice("class", "Their own class"),
            SelectChoice("school", "Everyone here who is signed in"),
        ],
    )
    public_reviews = BooleanField("Visitors may read the reviews that a specialist has approved for them")
    safeguarding = TextAreaField(
        "What to do when a child seems to be in need",
        [Length(max=2_000, message="Keep this under 2,000 letters.")],
        [trimmed],
    )


class ShownForm(Form):
    """How others see one: a name of the given set, and a picture."""

    shown = RadioField("My name for others", [InputRequired("Choose a name.")])
    avatar = RadioField("My picture", [InputRequired("Choose a picture.")])


class CardForm(Form):
    """What is on a card: scanned, or typed in four groups. next: where to go once one is in."""

    next = HiddenField(default="")
    card = StringField("The letters on your card", [InputRequired("Type what is on your card."), Length(max=300)])


class LinkForm(Form):
    """What a link ends in: sent by the page's script, or typed."""

    card = StringField("The end of your link", [InputRequired("Type the end of your link."), Length(max=300)])


class SecondForm(Form):
    """Pictures, one after the other, or a PIN. handed: that a card was shown, from the page before.

    next: where to go once one is in.
    """

    next = HiddenField(default="")
    handed = HiddenField(default="")
    chosen = HiddenField(default="")
    picture = HiddenField(default="")
    pin = PasswordField("Your six-digit PIN", [Length(max=40)], render_kw={"inputmode": "numeric"})


class PinForm(Form):
    """A new PIN of one's own."""

    current = PasswordField("Your PIN now", [InputRequired("Type the PIN you have now."), Length(max=40)])
    pin = PasswordField("Your new PIN", [InputRequired("Type the new PIN."), Length(max=40)])


class CodeOfAppForm(Form):
    """The code of an authenticator app. handed: what the page before handed on; next: where to go afterwards."""

    handed = HiddenField(default="")
    next = HiddenField(default="")
    secret_code = StringField("Code", [InputRequired("Type the code."), Length(max=40)], [trimmed])


class ProveForm(Form):
    """The password or a code once more. next: where to go afterwards."""

    next = HiddenField(default="")
    secret = PasswordField("Your password", [InputRequired("Type it."), Length(max=1024)])


class GiveUpForm(Form):
    """A password that is long enough alone, to do without the second step."""

    password = PasswordField("A longer password", [InputRequired("Type the new password."), Length(max=1024)])


class NewPasswordForm(Form):
    """A password that somebody chooses by a link."""

    handed = HiddenField(default="")
    password = PasswordField("Your new password", [InputRequired("Choose a password."), Length(max=1024)])


class DeviceForm(Form):
    """What a device is called, and for whom it is."""

    name = StringField("What do you call it?", [InputRequired("Give it a name."), Length(max=60)], [trimmed])
    place = RadioField("Whose cards open alone on it?", [InputRequired("Choose for whom the device is.")])
    kiosk = BooleanField("Sign each child out after a log, and show the page of cards again")


class TickedForm(Form):
    """Students of a class who were ticked, and the sheet to print on."""

    students = SelectMultipleField("Students")
    paper = RadioField("Paper", choices=[SelectChoice("a4", "A4"), SelectChoice("letter", "Letter")])
