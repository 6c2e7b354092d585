"""What is filled in about people: signing in, and opening the door for a class."""

from wtforms import BooleanField, HiddenField, IntegerField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from engage.web.forms import Form, trimmed


class StaffForm(Form):
    """Name and password of the staff. next: where to go afterwards."""

    login = StringField("Name or e-mail", [InputRequired("Type your name or e-mail."), Length(max=254)], [trimmed])
    password = PasswordField("Password", [InputRequired("Type your password."), Length(max=1024)])
    next = HiddenField(default="")


class CodeForm(Form):
    """A class code."""

    code = StringField("Your class code", [InputRequired("Type the code of your class."), Length(max=40)], [trimmed])


class PictureForm(Form):
    """The pictures chosen so far, and the one that was pressed now."""

    chosen = HiddenField(default="")
    picture = HiddenField(default="")


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
    """What a school has decided for its library."""

    shows_measures = BooleanField("Show reading measures to everyone who is signed in")
