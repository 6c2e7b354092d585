"""What is filled in for a survey by those who run it."""

from wtforms import DateField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from engage.evaluation.survey_rules import (
    LONGEST_QUESTION,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_CHOICES,
    READY,
    Asking,
    Audience,
    Reading,
    Stage,
)
from engage.web.forms import Form, trimmed

READINGS = {Reading.PLAIN: "Plain words", Reading.SIMPLE: "Simple words and faces, for the youngest"}
AUDIENCES = {
    Audience.EVERYBODY: "Everybody at school who has the link",
    Audience.CLASSES: "Some classes",
    Audience.PROGRAM: "Those who are in a program",
}
STAGES = {
    Stage.SINGLE: "Once",
    Stage.BEFORE: "Before something begins",
    Stage.AFTER: "Right after something",
    Stage.LATER: "Some weeks later: four to eight are usual",
}
KINDS = {
    Asking.SCALE: "On a scale from no to yes",
    Asking.CHOICE: "One of some answers",
    Asking.TEXT: "In their own words",
}


class SurveyForm(Form):
    """A survey. The choices of classes, program and before are set by the handler."""

    title = StringField("Title", [InputRequired("Give it a title."), Length(max=LONGEST_TITLE)], [trimmed])
    introduction = TextAreaField("What do you tell them first?", [Length(max=LONGEST_TEXT)], [trimmed])
    reading = RadioField(
        "How is it worded?",
        choices=[SelectChoice(one.value, words) for one, words in READINGS.items()],
        default="plain",
    )
    ready = SelectMultipleField("Ready-made questions", choices=[SelectChoice(one.code, one.plain) for one in READY])
    audience = RadioField(
        "Who answers?",
        choices=[SelectChoice(one.value, words) for one, words in AUDIENCES.items()],
        default="everybody",
    )
    classes = SelectMultipleField("Classes", [Optional()])
    program = SelectField("Program", [Optional()], default="")
    stage = RadioField(
        "When is it asked?", choices=[SelectChoice(one.value, words) for one, words in STAGES.items()], default="single"
    )
    before = SelectField("Compared with", [Optional()], default="")
    closes_on = DateField("Last day to answer", [InputRequired("Write the day as 2027-05-31.")])

    @property
    def given(self) -> dict[str, object]:
        """What was filled in, as engage.evaluation.survey_actions takes it."""
        return {
            "title": self.title.data or "",
            "introduction": self.introduction.data or "",
            "reading": self.reading.data,
            "audience": self.audience.data,
            "classes": list(self.classes.data or ()),
            "program": self.program.data or "",
            "stage": self.stage.data,
            "before": self.before.data or "",
            "closes_on": self.closes_on.data,
        }


class QuestionForm(Form):
    """A question of one's own."""

    words = StringField("Question", [InputRequired("Write the question."), Length(max=LONGEST_QUESTION)], [trimmed])
    kind = RadioField(
        "How is it answered?", choices=[SelectChoice(one.value, words) for one, words in KINDS.items()], default="scale"
    )
    choices = TextAreaField(f"Answers to choose from, one a line, {MOST_CHOICES} at most", [Length(max=1_000)])

    @property
    def lines(self) -> list[str]:
        """The answers to choose from."""
        return [line.strip() for line in (self.choices.data or "").splitlines() if line.strip()]
