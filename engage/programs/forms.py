"""What a student fills in: an entry of the log."""

import secrets
from datetime import date, timedelta
from typing import Any

from wtforms import DateField, HiddenField, IntegerField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from engage.engagement.rules import Mode
from engage.errors import Refused
from engage.programs.rules import LARGEST, SENT_BEFORE, Ending, Feeling
from engage.web.forms import Form, day_of, trimmed

MINUTES = ("10", "15", "20", "30", "45")
OTHER = "other"


class WholeNumber(IntegerField):  # type: ignore[misc]
    """A whole number; what is none is answered in words of the house."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Write a whole number, like 25.") from None


def at_least_one(what: str) -> NumberRange:
    """A number from 1 up. what: "Minutes"."""
    return NumberRange(1, LARGEST, f"{what} must be a whole number, 1 or more.")


class LogForm(Form):
    """One entry. minutes: one of the usual numbers, or other and then other_minutes.

    who: whose page the form stood on, where a script says it. sure: the button that answers a question. resource:
    the key of a resource that the page named; title: what was typed where it named none. shown_on: the day on which
    the form was opened, which "today" means even when it is sent after midnight or a day later.
    """

    mode = RadioField(
        "What did you do?",
        [InputRequired("Say whether you read, watched or listened.")],
        choices=[
            SelectChoice(Mode.READING.value, "Read"),
            SelectChoice(Mode.VIEWING.value, "Watch"),
            SelectChoice(Mode.LISTENING.value, "Listen"),
        ],
        default=Mode.READING.value,
    )
    resource = HiddenField(default="")
    who = HiddenField(default="")
    title = StringField("What was it called?", [Length(max=300, message="Use fewer words.")], [trimmed])
    minutes = RadioField(
        "For how many minutes?",
        [Optional()],
        choices=[*(SelectChoice(number, number) for number in MINUTES), SelectChoice(OTHER, "Other")],
    )
    other_minutes = WholeNumber("How many minutes?", [Optional(), at_least_one("Minutes")])
    pages = WholeNumber("How many pages?", [Optional(), at_least_one("Pages")])
    chapters = WholeNumber("How many chapters?", [Optional(), at_least_one("Chapters")])
    ending = RadioField(
        "Where are you with it?",
        [Optional()],
        choices=[
            SelectChoice("", "Still going"),
            SelectChoice(Ending.FINISHED.value, "I finished it"),
            SelectChoice(Ending.STOPPED.value, "I stopped"),
        ],
        default="",
    )
    when = RadioField(
        "When?",
        [Optional()],
        choices=[
            SelectChoice("today", "Today"),
            SelectChoice("yesterday", "Yesterday"),
            SelectChoice(OTHER, "Another day"),
        ],
        default="today",
    )
    on = DateField("Which day?", [Optional()])
    feeling = RadioField(
        "How was it?",
        [Optional()],
        choices=[SelectChoice(feeling.value, words) for feeling, words in Feeling.words().items()],
    )
    sure = StringField(default="")
    shown_on = HiddenField(default="")

    def refuse(self, refused: Refused) -> None:
        """Show a rule's sentence. Where the form was sent before as another entry, the next press is one more."""
        super().refuse(refused)
        if refused.sentence == SENT_BEFORE:
            self.form_key.data = secrets.token_urlsafe(16)

    def said(self, today: date) -> dict[str, Any]:
        """The entry that was filled in, as the action takes it. Raises Refused for a day or number that is missing."""
        return {
            "mode": Mode(self.mode.data),
            "resource": self.resource.data or "",
            "title": self.title.data or "",
            "minutes": self._minutes(),
            "pages": self.pages.data,
            "chapters": self.chapters.data,
            "ending": Ending(self.ending.data or ""),
            "on": self._day(today),
            "feeling": self.feeling.data or "",
        }

    def _minutes(self) -> int | None:
        if self.other_minutes.data is not None:
            return int(self.other_minutes.data)
        if self.minutes.data == OTHER:
            raise Refused("Write the number of minutes.", about="other_minutes")
        return int(self.minutes.data) if self.minutes.data else None

    def _day(self, today: date) -> date:
        if self.when.data == OTHER:
            if self.on.data is None:
                raise Refused("Pick the day.", about="on")
            day: date = self.on.data
            return day
        return min(self._shown_on() or today, today) - timedelta(days=self.when.data == "yesterday")

    def _shown_on(self) -> date | None:
        return day_of(self.shown_on.data or "")


class JoinForm(Form):
    """The code of a program that asks for one."""

    code = StringField("The code of the program", [Length(max=60, message="A code is shorter.")], [trimmed])


def usual_minutes(last: int | None) -> str:
    """The number of minutes that a form begins with: of the usual ones the nearest to what was logged last."""
    return min(MINUTES, key=lambda each: abs(int(each) - (last or 20)))


def preset_of(entry: dict[str, Any], today: date) -> dict[str, Any]:
    """The form as it shows an entry that stands in the log."""
    minutes = entry["minutes"]
    usual = str(minutes) in MINUTES
    ago = (today - entry["on"]).days
    return {
        "shown_on": today.isoformat(),
        "mode": str(entry["mode"]),
        "resource": entry["resource_key"] or "",
        "title": entry["title"],
        "minutes": str(minutes) if usual else OTHER if minutes else None,
        "other_minutes": None if usual else minutes,
        "pages": entry["pages"],
        "chapters": entry["chapters"],
        "ending": entry["ending"],
        "when": {0: "today", 1: "yesterday"}.get(ago, OTHER),
        "on": entry["on"],
        "feeling": entry["feeling"] or None,
    }
