"""What is filled in about lists: their words, their parts, their poster, whom they are for."""

from datetime import date, time

from wtforms import (
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, InputRequired, Length, Optional

from engage.lists import rules
from engage.lists.rules import ListKind, Visibility
from engage.people.rules import GRADE_LIMITS
from engage.web.art import INK_NAMES, SCENES
from engage.web.forms import Form

KINDS = {
    ListKind.LIST: "A list",
    ListKind.PATHFINDER: "A pathfinder",
    ListKind.TEXT_SET: "A text set",
    ListKind.READ_ALIKE: "Read-alikes",
    ListKind.AWARD: "An award list",
    ListKind.DISPLAY: "A display",
    ListKind.UNIT: "A unit list",
}
SCENE_NAMES = {
    "sky": "Moon and stars",
    "sea": "Sea and boat",
    "forest": "Forest",
    "town": "Town",
    "garden": "Garden",
    "blocks": "Blocks",
    "bird": "Bird",
    "owl": "Owl",
    "face": "Face",
    "sunrise": "Sunrise",
    "planet": "Planet",
    "crescent": "Crescent moon",
    "rocket": "Rocket",
    "books": "Books",
    "mountain": "Mountains",
    "fish": "Fish",
    "road": "Road",
    "sound": "Sound",
    "beam": "Film projector",
}
GRADES = [SelectChoice(*each) for each in GRADE_LIMITS]


def plain(text: str | None) -> str:
    """A filter for fields: text without the blanks around it, and "" where none was sent."""
    return (text or "").strip()


def grade_of(text: str | None) -> int | None:
    """The grade that a choice of GRADES means."""
    return int(text) if text else None


class NewListForm(Form):
    """A list that starts."""

    title = StringField(
        "Title",
        [InputRequired("Give the list a title."), Length(max=rules.TITLE, message="Keep the title under 120 letters.")],
        [plain],
        description="Short and plain. It stands on the poster.",
    )
    introduction = TextAreaField(
        "Introduction",
        [Length(max=rules.INTRODUCTION, message="Keep the introduction under 2,000 letters.")],
        [plain],
        description="One or two sentences. What is here, and why open it?",
    )
    kind = SelectField(
        "What is it?",
        choices=[SelectChoice(kind.value, words) for kind, words in KINDS.items()],
        default=ListKind.LIST.value,
    )


class StartForm(NewListForm):
    """A list that starts, perhaps from a template; the templates are set by the handler."""

    template = SelectField(
        "Start from", [Optional()], description="Parts, notes and items of a template stand there already."
    )


class WordsForm(NewListForm):
    """The words of a list. seen_…: fingerprints of what stood there when the form was opened."""

    seen_title = HiddenField()
    seen_introduction = HiddenField()
    grade_low = SelectField("From grade", choices=GRADES, default="")
    grade_high = SelectField("To grade", choices=GRADES, default="")
    seen_review = HiddenField()
    review_by = DateField(
        "Look it through again by",
        [Optional()],
        description="From that day on it stands among what waits for you. Without a day it is a year from publishing.",
    )

    @property
    def new_review(self) -> date | None:
        """The day of looking through, where another one was chosen than stood in the form."""
        chosen: date | None = self.review_by.data
        return None if chosen is None or chosen.isoformat() == self.seen_review.data else chosen


class PosterForm(Form):
    """The poster: what it is printed in and with."""

    ink = RadioField(
        "Ink", [InputRequired("Choose an ink.")], choices=[SelectChoice(ink, ink.capitalize()) for ink in INK_NAMES]
    )
    scene = SelectField("Picture", choices=[SelectChoice(scene, SCENE_NAMES[scene]) for scene in SCENES])


class AudienceForm(Form):
    """Whom a list is for, from when and until when, by the school's calendar and clock.

    The choices of the first two fields are set by the handler: whom this person may publish to. Any audience there is
    may be sent: whoever may not publish to it is told whom to ask (LST08), not that it is wrong.

    introduction: of a list that has none yet; what stands on a list already is changed with its other words.
    """

    visibility = RadioField(
        "Who sees it",
        [AnyOf([each.value for each in Visibility], "Choose who sees the list.")],
        validate_choice=False,
    )
    classes = SelectMultipleField("Classes", [Optional()])
    when = RadioField(
        "When", choices=[SelectChoice("now", "Publish now"), SelectChoice("later", "Publish on a day")], default="now"
    )
    day = DateField("Day", [Optional()])
    clock = TimeField("Time", [Optional()], default=time(7, 30))
    until = DateField("Last day", [Optional()])
    introduction = TextAreaField(
        "Introduction",
        [Length(max=rules.INTRODUCTION, message="Keep the introduction under 2,000 letters.")],
        [plain],
        description="One or two sentences. What is here, and why open it?",
    )


class PartForm(Form):
    """A part of a list."""

    title = StringField(
        "Name of the part",
        [InputRequired("Give the part a name."), Length(max=rules.TITLE, message="Keep the name under 120 letters.")],
        [plain],
    )
    note = StringField(
        "A line beside it",
        [Length(max=rules.SECTION_NOTE, message="Keep the line under 200 letters.")],
        [plain],
    )


class PutOnForm(Form):
    """A resource that goes onto a list. The lists are those that this person may edit, the last one first.

    back: the page of ours that the person came from.
    """

    back = HiddenField()
    list = SelectField("Which list?", [InputRequired("Choose a list.")])
    annotation = TextAreaField(
        "Why this one?",
        [Length(max=rules.NOTE, message="Keep the note under 1,000 letters.")],
        [plain],
        description="One or two sentences: one true detail, one reason to open it.",
    )


def audience_words(visibility: Visibility, school: str) -> str:
    """An audience in words."""
    return {
        Visibility.PUBLIC: "Everyone, visitors too",
        Visibility.SCHOOL: f"Everyone at {school}",
        Visibility.CLASSES: "Chosen classes",
        Visibility.STAFF: "Staff only",
    }[visibility]
