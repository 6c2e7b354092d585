"""What is filled in about a badge: how it looks, and how it is won."""

from collections.abc import Mapping
from typing import Any

from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Regexp

from engage.programs.rule_forms import preset_of_rule, rule_asked, rule_fields
from engage.programs.rule_words import Choices
from engage.web.art import INK_NAMES
from engage.web.forms import Form, trimmed

SHAPES = {
    "round": "Round",
    "star": "Star",
    "arch": "Arch",
    "shield": "Shield",
    "square": "Square",
    "ways": "Read, watch and listen",
}
ICONS = (
    ("lamp-fill", "Lamp"),
    ("moon-stars-fill", "Moon and stars"),
    ("sun-horizon-fill", "Sunrise"),
    ("star-fill", "Star"),
    ("chat-circle-text-fill", "Speech"),
    ("hand-heart-fill", "Hand and heart"),
    ("headphones-fill", "Headphones"),
    ("books-fill", "Books"),
    ("mountains-fill", "Mountains"),
    ("rocket-fill", "Rocket"),
    ("leaf-fill", "Leaf"),
    ("crown-fill", "Crown"),
)


class BadgeForm(Form):
    """A badge and its rule; the rows of conditions are added by badge_form. rows: how many of them there are.

    more: the button for more rows; look: the button that only shows the badge. sure: answers what would change.
    """

    count = 0
    title = StringField("Name", [InputRequired("Give the badge a name."), Length(max=60)], [trimmed])
    description = StringField("How to get it, in a line", [Length(max=120)], [trimmed])
    shape = SelectField("Shape", choices=[SelectChoice(*one) for one in SHAPES.items()], default="round")
    ink = RadioField("Ink", choices=[SelectChoice(ink, ink.capitalize()) for ink in INK_NAMES], default="marigold")
    number = StringField("Number on it", [Length(max=4), Regexp(r"\d*$", message="Write a number.")], [trimmed])
    icon = SelectField("Picture on it", choices=[SelectChoice("", "None"), *(SelectChoice(*one) for one in ICONS)])
    rows = HiddenField(default="")
    more = StringField(default="")
    look = StringField(default="")
    sure = HiddenField(default="")

    @property
    def pressed(self) -> bool:
        """Whether a button was pressed that keeps nothing."""
        return bool(self.sent and (self.more.data or self.look.data))

    def asked(self) -> dict[str, Any]:
        """The badge that was filled in. Raises Refused."""
        names = ("title", "description", "shape", "ink")
        mark = self.number.data or self.icon.data or ""
        return {name: self[name].data or "" for name in names} | {"mark": mark, "rule": rule_asked(self, self.count)}

    def seal(self) -> dict[str, Any]:
        """The badge as the macro draws it."""
        names = {"name": self.title.data or "Your badge", "line": self.description.data or "", "earned": True}
        # what no choice offers is shown as the usual badge; the field says what is wrong
        look = {
            "shape": self.shape.data if self.shape.data in SHAPES else "round",
            "ink": self.ink.data if self.ink.data in INK_NAMES else "marigold",
            "icon": self.icon.data if self.icon.data in dict(ICONS) else "",
        }
        return names | look | {"number": (self.number.data or "")[:4]}


def badge_form(offered: Choices, rows: int) -> type[BadgeForm]:
    """The form of a badge with so many rows. offered: the conditions that a row may hold."""
    return type(f"BadgeForm{rows}", (BadgeForm,), {"count": rows, **rule_fields(offered, rows)})


def preset_of_badge(row: Mapping[str, Any]) -> dict[str, Any]:
    """A badge as its form shows it."""
    values = {name: row[name] for name in ("title", "description", "shape", "ink")}
    values["number" if row["mark"].isdigit() else "icon"] = row["mark"]
    return values | preset_of_rule(row["rule"])
