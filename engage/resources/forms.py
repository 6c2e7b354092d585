"""What is filled in about a resource."""

import re
from collections.abc import Mapping, Sequence
from itertools import starmap
from typing import Any

import wtforms
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from engage.engagement.rules import Mode
from engage.resources import languages
from engage.resources.record import Maker, Written, WrittenAddress, WrittenPlace
from engage.resources.rules import ACCESS, MOST_COPIES, Format
from engage.resources.wording import GRADES
from engage.web.forms import Form, Part, trimmed

MODES = [
    SelectChoice(Mode.READING, "Read"),
    SelectChoice(Mode.VIEWING, "Watch"),
    SelectChoice(Mode.LISTENING, "Listen"),
]
FORMATS = [SelectChoice(each.value, each.value[:1].upper() + each.value[1:]) for each in Format]
OWN = SelectChoice("", "The same kind as above")
MOST_LINES = 40
COPIES = NumberRange(0, MOST_COPIES, f"Copies must be a number from 0 to {MOST_COPIES}.")
# "Dave McKean (illustrator)"
NAMED = re.compile(r"(.+?)\s*\(([^()]{1,40})\)\s*$")


class PlaceForm(Part):
    """Where copies stand. mark: which holding of the resource it is. format: "" for that of the resource."""

    mark = wtforms.HiddenField()
    call_number = wtforms.StringField("Call number", [Length(max=80)], filters=[trimmed])
    location = wtforms.StringField("Where it stands", [Length(max=80)], filters=[trimmed])
    copies = wtforms.IntegerField("Copies", [Optional(), COPIES])
    available = wtforms.IntegerField("On the shelf now", [Optional(), COPIES])
    barcodes = wtforms.StringField("Barcodes", [Length(max=2_000)], filters=[trimmed])
    format = wtforms.SelectField("Kind of these", choices=[OWN, *FORMATS], default="")


class LinkForm(Part):
    """Where it is on the web. mark: which link of the resource it is. format: as in PlaceForm."""

    mark = wtforms.HiddenField()
    url = wtforms.StringField("Address on the web", [Length(max=2_000)], filters=[trimmed])
    provider = wtforms.StringField("Name of the site", [Length(max=200)], filters=[trimmed])
    access = wtforms.StringField("What one needs to get in", [Length(max=200)], filters=[trimmed])
    format = wtforms.SelectField("Kind of what is there", choices=[OWN, *FORMATS], default="")


def known_or_not(label: str) -> wtforms.SelectField:
    """A field for what may be so, not so, or not known."""
    return wtforms.SelectField(label, choices=[SelectChoice(value, said) for value, said in SO.items()], default="")


SO = {"": "Not known", "yes": "Yes", "no": "No"}
SAID = {"": None, "yes": True, "no": False}
GRADED = ("audience_low", "audience_high")
WORDED = ("title", "summary", "language", "publisher", "series")
PLAIN = (*WORDED, "mode", "format", "minutes", "year", "pages")


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
    audience_low = wtforms.SelectField("From", choices=list(starmap(SelectChoice, GRADES)), default="")
    audience_high = wtforms.SelectField("To", choices=list(starmap(SelectChoice, GRADES)), default="")
    places = wtforms.FieldList(wtforms.FormField(PlaceForm), "In our library", min_entries=1)
    addresses = wtforms.FieldList(wtforms.FormField(LinkForm), "Online", min_entries=1)
    language = wtforms.SelectField("Language", default="")
    minutes = wtforms.IntegerField(
        "Minutes it plays", [Optional(), NumberRange(1, 10_080, "Minutes must be a number from 1 to 10,080.")]
    )
    pages = wtforms.IntegerField(
        "Pages", [Optional(), NumberRange(1, 20_000, "Pages must be a number from 1 to 20,000.")]
    )
    year = wtforms.IntegerField("Year", [Optional(), NumberRange(0, 2_200, "Write the year with four digits.")])
    publisher = wtforms.StringField("Publisher", [Length(max=200)], filters=[trimmed])
    series = wtforms.StringField("Series", [Length(max=200)], filters=[trimmed])
    isbns = wtforms.TextAreaField("ISBN", [Length(max=2_000)])
    captions = known_or_not("Captions")
    transcript = known_or_not("Transcript")
    large_print = known_or_not("Large print")
    audio_description = known_or_not("Audio description")

    @property
    def wrong(self) -> list[tuple[Any, str]]:
        """As of every form; what is wrong in a row of a list stands by the field of that row."""
        found: list[tuple[Any, str]] = [(None, sentence) for sentence in self.form_errors]
        for field in self:
            rows = field.entries if isinstance(field, wtforms.FieldList) else []
            found += [(each, str(error)) for row in rows for each in row.form for error in each.errors]
            first = rows[0].form[FIRST[field.name]] if rows else field
            found += [(first, str(error)) for error in field.errors if isinstance(error, str)]
        return found

    @property
    def written(self) -> Written:
        """What was filled in, as the actions take it."""
        values = self.values
        said: dict[str, Any] = {name: values[name] or "" for name in WORDED}
        said |= {name: values[name] for name in ("minutes", "pages", "year")}
        said |= {name: int(values[name]) if values[name] else None for name in GRADED}
        said |= {name: SAID[values[name]] for name in ACCESS}
        return Written(
            **said,
            makers=tuple(maker_of(line) for line in lines(values["makers"])),
            mode=Mode(values["mode"]),
            format=Format(values["format"]),
            subjects=tuple(lines(values["subjects"])),
            isbns=tuple(lines(values["isbns"])),
            places=tuple(WrittenPlace(**_filled(row, numbers=("copies",))) for row in values["places"]),
            addresses=tuple(WrittenAddress(**_filled(row)) for row in values["addresses"]),
        )


FIRST = {"places": "call_number", "addresses": "url"}


def languages_with(tag: str) -> list[tuple[str, str]]:
    """The languages to choose from, by name, and the one that a resource has."""
    named = sorted(((each, name) for each, name in languages.NAMES.items()), key=lambda pair: pair[1])
    own = [(tag, languages.name_of(tag))] if tag and tag not in languages.NAMES else []
    return [("", "Not said"), *own, *named]


def _filled(row: Mapping[str, Any], numbers: Sequence[str] = ()) -> dict[str, Any]:
    """A row as it is written: text for text, 0 for a number that was left out; None stays where nobody counts."""
    return {
        name: (value or 0) if name in numbers else value if name == "available" else value or ""
        for name, value in row.items()
    }


class AddressForm(Form):
    """Another address for a link."""

    url = wtforms.StringField("Its address", [InputRequired("Give the address."), Length(max=2_000)], filters=[trimmed])


class PictureForm(Form):
    """A picture of one's own."""

    file = wtforms.FileField("A picture of your own")


def lines(text: str | None) -> Sequence[str]:
    """What stands on the lines of a text, each once."""
    found = (" ".join(line.split()) for line in (text or "").splitlines())
    return list(dict.fromkeys(line for line in found if line))[:MOST_LINES]


def maker_of(line: str) -> Maker:
    """ "Dave McKean (illustrator)" is an illustrator, "Neil Gaiman" an author."""
    found = NAMED.fullmatch(line)
    return Maker(found[1], found[2].strip().lower()) if found else Maker(line)
