"""What is filled in about a resource, and the file of an import."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import wtforms
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from engage.engagement.rules import Mode
from engage.resources.record import Maker, Written
from engage.resources.rules import Format
from engage.web.forms import Form, trimmed

MODES = [
    SelectChoice(Mode.READING, "Read"),
    SelectChoice(Mode.VIEWING, "Watch"),
    SelectChoice(Mode.LISTENING, "Listen"),
]
FORMATS = [SelectChoice(each.value, each.value[:1].upper() + each.value[1:]) for each in Format]
GRADES = [
    SelectChoice("", "Not said"),
    SelectChoice("0", "Kindergarten"),
    *(SelectChoice(str(grade), f"Grade {grade}") for grade in range(1, 13)),
]
MOST_LINES = 40
# "Dave McKean (illustrator)"
NAMED = re.compile(r"(.+?)\s*\(([^()]{1,40})\)\s*$")


class ResourceForm(Form):
    """A resource as a person writes it down."""

    title = wtforms.StringField(
        "Title", [InputRequired("Give the resource a title."), Length(max=500)], filters=[trimmed]
    )
    makers = wtforms.TextAreaField("Who made it", [Length(max=4_000)])
    mode = wtforms.RadioField("How it is taken in", choices=MODES, default=Mode.READING)
    format = wtforms.SelectField("Kind", choices=FORMATS, default=Format.BOOK)
    summary = wtforms.TextAreaField("What it is about", [Length(max=5_000)])
    subjects = wtforms.TextAreaField("Subjects", [Length(max=4_000)])
    audience_low = wtforms.SelectField("From", choices=GRADES, default="")
    audience_high = wtforms.SelectField("To", choices=GRADES, default="")
    minutes = wtforms.IntegerField(
        "Minutes it plays", [Optional(), NumberRange(1, 10_080, "Minutes must be a number from 1 to 10,080.")]
    )
    call_number = wtforms.StringField("Call number", [Length(max=80)], filters=[trimmed])
    location = wtforms.StringField("Where it stands", [Length(max=80)], filters=[trimmed])
    copies = wtforms.IntegerField("Copies", [Optional(), NumberRange(0, 999, "Copies must be a number from 0 to 999.")])
    url = wtforms.StringField("Address on the web", [Length(max=2_000)], filters=[trimmed])

    @property
    def written(self) -> Written:
        """What was filled in, as the actions take it."""
        values = self.values
        low, high = (int(values[name]) if values[name] else None for name in ("audience_low", "audience_high"))
        return Written(
            title=values["title"],
            makers=tuple(maker_of(line) for line in lines(values["makers"])),
            mode=Mode(values["mode"]),
            format=Format(values["format"]),
            summary=values["summary"] or "",
            subjects=tuple(lines(values["subjects"])),
            audience_low=low,
            audience_high=high,
            minutes=values["minutes"],
            call_number=values["call_number"] or "",
            location=values["location"] or "",
            copies=values["copies"] or 0,
            url=values["url"] or "",
        )


class PictureForm(Form):
    """A picture of one's own."""

    file = wtforms.FileField("A picture of your own")


class UploadForm(Form):
    """A file of records."""

    file = wtforms.FileField("File of records")


def lines(text: str | None) -> Sequence[str]:
    """What stands on the lines of a text, each once."""
    found = (" ".join(line.split()) for line in (text or "").splitlines())
    return list(dict.fromkeys(line for line in found if line))[:MOST_LINES]


def maker_of(line: str) -> Maker:
    """ "Dave McKean (illustrator)" is an illustrator, "Neil Gaiman" an author."""
    found = NAMED.fullmatch(line)
    return Maker(found[1], found[2].strip().lower()) if found else Maker(line)


def preset(row: Mapping[str, Any], creators: Sequence[Mapping[str, str]], subjects: Sequence[Mapping[str, str]],
           holdings: Sequence[Mapping[str, Any]], links: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # fmt: skip
    """A resource as the form shows it."""
    makers = [each["name"] if each["role"] == "author" else f"{each['name']} ({each['role']})" for each in creators]
    first: Mapping[str, Any] = holdings[0] if holdings else {}
    grades = {name: "" if row[name] is None else str(max(0, row[name])) for name in ("audience_low", "audience_high")}
    return {
        **{name: row[name] for name in ("title", "mode", "format", "summary", "minutes")},
        **grades,
        "makers": "\n".join(makers),
        "subjects": "\n".join(each["term"] for each in subjects if each["kind"] != "award"),
        "call_number": first.get("call_number", ""),
        "location": first.get("location", ""),
        "copies": first.get("copies", 0) if holdings else None,
        "url": links[0]["url"] if links else "",
    }
