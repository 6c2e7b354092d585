"""What is filled in about recognition: a prize, a drawing, certificates to print, a team, a name on a board."""

from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from engage.programs.drawings import MOST_WINNERS
from engage.programs.forms import WholeNumber
from engage.programs.recognition_rules import MOST_STOCK, DrawingRule
from engage.programs.team_rules import LONGEST_NAME
from engage.web.art import INK_NAMES
from engage.web.forms import Form, trimmed
from engage.web.paper import Paper

PAPERS = [SelectChoice(Paper.A4.value, "A4"), SelectChoice(Paper.LETTER.value, "Letter")]
INKS = [SelectChoice(ink, ink.capitalize()) for ink in INK_NAMES]


class PrizeForm(Form):
    """A prize. badge: what entitles to it, "" for the completion."""

    title = StringField("What is it?", [InputRequired("Give the prize a name."), Length(max=80)], [trimmed])
    description = StringField("More about it, in a line", [Length(max=200)], [trimmed])
    badge = SelectField("Who may have one?", default="")
    stock = WholeNumber(
        "How many are there?",
        [Optional(), NumberRange(0, MOST_STOCK, f"Write a number from 0 to {MOST_STOCK:,}.")],
    )


class DrawingForm(Form):
    """A drawing of lots."""

    title = StringField("Name", [InputRequired("Give the drawing a name."), Length(max=80)], [trimmed])
    rule = RadioField(
        "Who is in it?",
        choices=[
            SelectChoice(DrawingRule.COMPLETED.value, "Who completed the program"),
            SelectChoice(DrawingRule.JOINED.value, "Everybody in the program"),
            SelectChoice(DrawingRule.TICKETS.value, "Who has tickets: more tickets, more chances"),
            SelectChoice(DrawingRule.BADGE.value, "Who holds a badge"),
        ],
        default=DrawingRule.COMPLETED.value,
    )
    badge = SelectField("Which badge?", [Optional()], default="")
    winners = WholeNumber(
        "How many win?",
        [InputRequired("Say how many win."), NumberRange(1, MOST_WINNERS, f"From 1 to {MOST_WINNERS}.")],
        default=1,
    )
    prize = StringField("What do they win?", [Length(max=80)], [trimmed])


class AgainForm(Form):
    """Why something is drawn again."""

    reason = TextAreaField("Why?", [InputRequired("Say why it is drawn again."), Length(max=300)], [trimmed])
    winners = WholeNumber(
        "How many win this time?",
        [InputRequired("Say how many win."), NumberRange(1, MOST_WINNERS, f"From 1 to {MOST_WINNERS}.")],
        default=1,
    )


class CertificatesForm(Form):
    """Whose certificates are printed, and on which paper."""

    people = SelectMultipleField("Whose?")
    paper = RadioField("Paper in the printer", choices=PAPERS)


class TeamForm(Form):
    """A new team."""

    name = StringField("Name", [InputRequired("Give the team a name."), Length(max=LONGEST_NAME)], [trimmed])
    ink = RadioField("Ink", choices=INKS, default="night")


class MembersForm(Form):
    """Who is in a team from today on."""

    people = SelectMultipleField("Members", [Optional()])
    from_the_start = BooleanField("Count new members from the first day of the program")


class BoardNameForm(Form):
    """The name under which one stands on a board."""

    name = RadioField("Your name on the board", [InputRequired("Choose a name.")])
