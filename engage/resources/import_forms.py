"""What is filled in when records come in: the file, ISBNs that are pasted, and what the columns of a table are."""

from collections.abc import Sequence

import wtforms
from wtforms.validators import Length

from engage.resources import table_fields
from engage.web.forms import Form

LONGEST_PASTE = 200_000
NO_COLUMN = ("", "Not in this table")


class UploadForm(Form):
    """A file of records, or ISBNs."""

    file = wtforms.FileField("File of records")
    isbns = wtforms.TextAreaField("ISBNs", [Length(max=LONGEST_PASTE, message="Paste 10,000 ISBNs at most at a time.")])


class ColumnsForm(Form):
    """Which column of a table holds what: one choice for each field that a resource is told from."""

    on_shelf = wtforms.BooleanField("What has no web address stands in the library")

    @property
    def columns(self) -> dict[str, int]:
        """The fields that are in the table, with the places of their columns."""
        return {field: int(self.values[field]) for field in table_fields.FIELDS if self.values[field]}


for _field, (_words, _) in table_fields.FIELDS.items():
    setattr(ColumnsForm, _field, wtforms.SelectField(_words, default=""))


def offering(head: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """The columns that may be chosen for each field, by their headings."""
    columns = [(str(place), heading or f"Column {place + 1}") for place, heading in enumerate(head)]
    return {field: [NO_COLUMN, *columns] for field in table_fields.FIELDS}
