"""What is filled in when records come in: the file, ISBNs that are pasted, and what the columns of a table are."""

from collections.abc import Sequence
from typing import Any

import wtforms
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from engage.resources import table_fields
from engage.resources.marc_holdings import Conventions
from engage.web.forms import Form, trimmed

LONGEST_PASTE = 200_000
NO_COLUMN = ("", "Not in this table")


class UploadForm(Form):
    """A file of records, or ISBNs."""

    file = wtforms.FileField("File of records")
    isbns = wtforms.TextAreaField("ISBNs", [Length(max=LONGEST_PASTE, message="Paste 10,000 ISBNs at most at a time.")])


class StartForm(Form):
    """What becomes of a table of which a row cannot be brought in."""

    refused = wtforms.RadioField(
        "If a row cannot be brought in",
        choices=[
            SelectChoice("leave", "Leave that row out, and bring in the others"),
            SelectChoice("nothing", "Bring in nothing"),
        ],
        default="leave",
    )


class ColumnsForm(Form):
    """Which column of a table holds what: one choice for each field that a resource is told from."""

    on_shelf = wtforms.BooleanField("What has no web address stands in the library")

    @property
    def columns(self) -> dict[str, int]:
        """The fields that are in the table, with the places of their columns."""
        return {field: int(self.values[field]) for field in table_fields.FIELDS if self.values[field]}


for _field, (_words, _) in table_fields.FIELDS.items():
    setattr(ColumnsForm, _field, wtforms.SelectField(_words, default=""))


class CopiesForm(Form):
    """How a library's system writes copies into MARC records."""

    tag = wtforms.StringField("The field that stands for a copy", filters=[trimmed])
    call = wtforms.StringField("Call number", filters=[trimmed])
    place = wtforms.StringField("Where it stands", filters=[trimmed])
    barcode = wtforms.StringField("Barcode", filters=[trimmed])
    copies = wtforms.StringField("Number of copies", filters=[trimmed])
    site = wtforms.StringField("The library that has it", filters=[trimmed])
    ours = wtforms.StringField("What it calls this library", [Length(max=400)], filters=[trimmed])
    names = wtforms.TextAreaField("What codes of places mean", [Length(max=4_000)])
    act = wtforms.StringField()

    @property
    def conventions(self) -> Conventions:
        """What was filled in, as the reader of MARC takes it."""
        values = {name: str(value or "") for name, value in self.values.items()}
        pairs = (line.partition("=")[::2] for line in values["names"].splitlines())
        return Conventions(
            **{name: values[name] for name in ("tag", "call", "place", "barcode", "copies", "site")},
            ours=tuple(part.strip() for part in values["ours"].split(",") if part.strip()),
            names=tuple((code.strip(), words.strip()) for code, words in pairs if code.strip() and words.strip()),
        )


def preset(told: Conventions) -> dict[str, Any]:
    """Conventions as the form shows them."""
    letters = {name: getattr(told, name) for name in ("tag", "call", "place", "barcode", "copies", "site")}
    return letters | {
        "ours": ", ".join(told.ours),
        "names": "\n".join(f"{code} = {words}" for code, words in told.names),
    }


def offering(head: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """The columns that may be chosen for each field, by their headings."""
    columns = [(str(place), heading or f"Column {place + 1}") for place, heading in enumerate(head)]
    return {field: [NO_COLUMN, *columns] for field in table_fields.FIELDS}
