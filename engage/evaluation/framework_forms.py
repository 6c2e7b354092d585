"""What is filled in for a framework: its title, one of its criteria, and a file."""

from wtforms import FileField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from engage.evaluation.framework import Criterion
from engage.evaluation.framework_files import TEXT, TITLE
from engage.evaluation.rules import Counting, Level
from engage.web.forms import Form, trimmed

KINDS = {
    Counting.COUNTED: "Counted: figures speak for it",
    Counting.PARTLY: "Partly counted: figures say something, a person has to rate it",
    Counting.RECORD: "Record only: a person rates it by what is written down",
}


class NewFrameworkForm(Form):
    """A framework of one's own. The choices of the source are set by the handler."""

    title = StringField("What is it called?", [InputRequired("Give it a title."), Length(max=TITLE)], [trimmed])
    source = SelectField("Begin with", [Optional()])


class FrameworkFileForm(Form):
    """A framework that somebody wrote down elsewhere."""

    file = FileField("Framework as JSON")


class TitleForm(Form):
    """Another title. seen: the version that was changed."""

    title = StringField("Title", [InputRequired("Give it a title."), Length(max=TITLE)], [trimmed])
    seen = HiddenField()


class CriterionForm(Form):
    """A criterion with its four steps. The choices of the figures are set by the handler."""

    title = StringField("Title", [InputRequired("Write a title."), Length(max=TITLE)], [trimmed])
    statement = TextAreaField(
        "What a good library does", [InputRequired("Write a sentence."), Length(max=TEXT)], [trimmed]
    )
    group = StringField("Which group does it stand in?", [InputRequired("Name a group."), Length(max=TITLE)], [trimmed])
    kind = RadioField(
        "How far do figures speak for it?",
        choices=[SelectChoice(one.value, words) for one, words in KINDS.items()],
        default=Counting.COUNTED.value,
    )
    indicators = SelectMultipleField("Figures", [Optional()])
    level_1 = TextAreaField(f"1. {Level(1).word}", [InputRequired("Write this step."), Length(max=TEXT)], [trimmed])
    level_2 = TextAreaField(f"2. {Level(2).word}", [InputRequired("Write this step."), Length(max=TEXT)], [trimmed])
    level_3 = TextAreaField(f"3. {Level(3).word}", [InputRequired("Write this step."), Length(max=TEXT)], [trimmed])
    level_4 = TextAreaField(f"4. {Level(4).word}", [InputRequired("Write this step."), Length(max=TEXT)], [trimmed])
    seen = HiddenField()

    @property
    def criterion(self) -> Criterion:
        """What was filled in, without a code."""
        steps = (self.level_1, self.level_2, self.level_3, self.level_4)
        one, two, three, four = (step.data or "" for step in steps)
        return Criterion(
            "",
            self.title.data or "",
            self.statement.data or "",
            (one, two, three, four),
            Counting(self.kind.data),
            tuple(self.indicators.data or ()),
            self.group.data or "",
        )


def preset(one: Criterion) -> dict[str, object]:
    """A criterion as the form is filled."""
    return {
        "title": one.title,
        "statement": one.statement,
        "group": one.group,
        "kind": one.counting.value,
        "indicators": list(one.indicators),
        **{f"level_{number}": words for number, words in enumerate(one.levels, 1)},
    }
