"""What people fill in: WTForms, read from a request, with a rule's refusal beside its field."""

import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import PureWindowsPath
from typing import Any, Self
from urllib.parse import parse_qsl

import wtforms
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from wtforms.fields.choices import SelectChoice

from engage.errors import Refused
from engage.web import limits

log = logging.getLogger("engage.web")
FILES = 20
KEY_LENGTH = 40
YEARS = range(1900, 2200)
NO_SUCH_DAY = f"Write a day from {YEARS[0]} to {YEARS[-1]}."
NO_CHOICE = "Something that was chosen is not offered any more. Look, and choose again."
# what WTForms says of itself -> the same for whoever fills in the form
IN_PLAIN_WORDS = {
    "Not a valid integer value.": "Write a whole number, such as 12.",
    "Not a valid decimal value.": "Write a number, such as 12 or 12.5.",
    "Not a valid float value.": "Write a number, such as 12 or 12.5.",
    "Not a valid date value.": "Write the day as 2026-09-30.",
    "Not a valid time value.": "Write the time as 14:30.",
    "Not a valid datetime value.": "Write the day and the time as 2026-09-30 14:30.",
    "Not a valid choice.": "Choose one of those that are offered.",
    "Invalid Choice: could not coerce.": "Choose one of those that are offered.",
    "Invalid choice(s): one or more data inputs could not be coerced.": "Choose from those that are offered.",
    "'%(value)s' is not a valid choice for this field.": NO_CHOICE,
    "'%(value)s' are not valid choices for this field.": NO_CHOICE,
    "This field is required.": "Fill this in.",
    "Field must be at least %(min)d character long.": "Write at least %(min)d letter.",
    "Field must be at least %(min)d characters long.": "Write at least %(min)d letters.",
    "Field cannot be longer than %(max)d character.": "Use up to %(max)d letter.",
    "Field cannot be longer than %(max)d characters.": "Use up to %(max)d letters.",
    "Field must be between %(min)d and %(max)d characters long.": "Use %(min)d to %(max)d letters.",
    "Number must be at least %(min)s.": "Write %(min)s or more.",
    "Number must be at most %(max)s.": "Write %(max)s or less.",
    "Number must be between %(min)s and %(max)s.": "Write a number from %(min)s to %(max)s.",
}


class PlainWords:
    """Stands for WTForms's translations: its own sentences name types and fields, ours say what to do."""

    def gettext(self, text: str) -> str:
        """A sentence of WTForms, said for readers."""
        return IN_PLAIN_WORDS.get(text, text)

    def ngettext(self, one: str, more: str, count: int) -> str:
        """The same where a count stands in it."""
        return self.gettext(one if count == 1 else more)


class Part(wtforms.Form):  # type: ignore[misc]
    """Fields of a form that stand together in it, once or several times."""

    class Meta:
        """How WTForms behaves."""

        def get_translations(self, form: wtforms.Form) -> PlainWords:
            """What its sentences become."""
            return PlainWords()


class Form(Part):
    """A form. Fields are bound one by one: what a form does not name is never read (SAFETY.md, A9).

    form_key: tells the same form sent twice from two forms with the same words (SAFETY.md, I1).
    """

    form_key = wtforms.HiddenField(default=lambda: secrets.token_urlsafe(16))

    sent = False
    valid = True
    form_errors: list[str]

    @classmethod
    async def read(
        cls, request: Request, offering: Mapping[str, Sequence[tuple[str, str]]] | None = None, **preset: Any
    ) -> Self:
        """The form as it was sent, or, on a GET, as it is preset.

        offering: what may be chosen from in fields whose choices are rows, as pairs of value and words.
        """
        given = await sent_form(request) if request.method == "POST" else None
        form = cls(formdata=given, data=preset)
        for name, choices in (offering or {}).items():
            form[name].choices = [SelectChoice(value, words) for value, words in choices]
        if given is None:
            return form
        unknown = {name for name in given if name not in form}
        if unknown:
            log.info("fields that no form has were left unread", extra={"count": len(unknown)})
        form.sent, form.valid = True, form.validate()
        return form

    def process(self, *given: Any, **preset: Any) -> None:
        """Fill in the fields. Text of blanks alone is no text, so what is required wants a letter; passwords stay.

        A day beyond YEARS is none: nobody means it, and days after the last one there is cannot be counted.
        """
        super().process(*given, **preset)
        for field in self:
            if isinstance(field, wtforms.DateField) and field.data and field.data.year not in YEARS:
                field.data = None
                field.process_errors = [*field.process_errors, NO_SUCH_DAY]
            if isinstance(field, wtforms.StringField) and not isinstance(field, wtforms.PasswordField):
                _without_blanks_alone(field)

    def validate(self, *given: Any, **more: Any) -> bool:
        """Whether nothing is refused. What could not be read as what it is to be is told that, and no more.

        What may be left empty and was is refused by nobody, though it could not be read either.
        """
        valid = bool(super().validate(*given, **more))
        for field in self:
            if field.process_errors and field.errors:
                field.errors = list(field.process_errors)
        return valid

    @property
    def complete(self) -> bool:
        """Whether it was sent and nothing in it was refused."""
        return self.sent and self.valid

    @property
    def status(self) -> int:
        """What the page answers with: 422 where something sent was refused."""
        return 200 if self.valid else 422

    @property
    def key(self) -> str:
        """The key of this form, for the action that must not act twice."""
        return str(self.form_key.data or "")[:KEY_LENGTH]

    @property
    def values(self) -> dict[str, Any]:
        """What was filled in, by field, without the key."""
        return {name: value for name, value in self.data.items() if name != "form_key"}

    @property
    def wrong(self) -> list[tuple[Any, str]]:
        """Each refusal with its field, None for the form as a whole, in the order of the page."""
        whole = [(None, sentence) for sentence in self.form_errors]
        return whole + [(field, str(error)) for field in self for error in field.errors]

    def refuse(self, refused: Refused) -> None:
        """Show a rule's sentence beside the field that it is about, else above the form."""
        self.valid = False
        if refused.about in self._fields:
            field = self._fields[refused.about]
            field.errors = [*field.errors, refused.sentence]
        else:
            self.form_errors = [*self.form_errors, refused.sentence]


def _without_blanks_alone(field: wtforms.StringField) -> None:
    sent = field.raw_data[0] if field.raw_data else None
    if isinstance(sent, str) and sent and not sent.strip():
        field.raw_data = [""]
        field.data = field.data.strip() if isinstance(field.data, str) else field.data


async def sent_form(request: Request) -> FormData:
    """What was sent, within the limits. Raises HTTPException 400 for text that is none (SAFETY.md, S6)."""
    body: bytes = request.scope.get("engage.body", b"")
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        return _in_one_line(body)
    if not kind.startswith("multipart/form-data") and body:
        raise HTTPException(400)
    given = await request.form(max_files=FILES, max_fields=limits.FIELDS, max_part_size=limits.FORM_BYTES)
    for name, value in given.multi_items():
        if "\x00" in name or (isinstance(value, str) and "\x00" in value):
            raise HTTPException(400)
    return given


def _in_one_line(body: bytes) -> FormData:
    """A form that came as one line of percent-coded text, which Starlette reads letter by letter."""
    if len(body) > limits.FORM_BYTES or not limits.is_clean(body):
        raise HTTPException(400)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=limits.FIELDS)
        return FormData([*pairs])
    except ValueError:  # more fields than a form has, or raw bytes that are no text
        raise HTTPException(400) from None


def has_file(field: wtforms.Field) -> bool:
    """Whether a file was sent in a field."""
    return isinstance(field.data, UploadFile) and bool(field.data.filename)


async def sent_file(field: wtforms.Field, missing: str = "Choose a file.") -> tuple[str, bytes]:
    """The name and the body of the file that was sent in a field. Raises Refused.

    missing: what is said where there is none.
    """
    if not has_file(field):
        raise Refused(missing, about=field.short_name)
    body: bytes = await field.data.read()
    if not body:
        raise Refused("The file is empty.", about=field.short_name)
    # a browser on Windows may say the whole way to it
    return PureWindowsPath(field.data.filename).name, body


def number(request: Request, name: str, default: int, least: int = 1, most: int = 1_000_000) -> int:
    """A whole number from the address; the default where it is none or out of bounds. Source: SAFETY.md, S8."""
    asked = number_in(request.query_params.get(name, ""))
    return asked if asked is not None and least <= asked <= most else default


def number_in(text: str) -> int | None:
    """The whole number that a part of an address is, of nine digits at most; None where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def choice(request: Request, name: str, choices: Iterable[str], default: str = "") -> str:
    """One of the choices from the address, else the default."""
    asked = request.query_params.get(name, "")
    return asked if asked in choices else default


def day_of(text: str) -> date | None:
    """A day written 2026-09-30; None where it is none, or one that nobody means (YEARS)."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def words(request: Request, name: str, longest: int = 200) -> str:
    """What someone searches for: one line, cut to a length."""
    return " ".join(request.query_params.get(name, "").split())[:longest]


def trimmed(text: str | None) -> str | None:
    """A filter for fields: without the blanks around it."""
    return text.strip() if text else text
