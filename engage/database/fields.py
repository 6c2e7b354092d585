"""Kinds of column that the database libraries do not bring along."""

import secrets
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeVar, overload

from tortoise import fields
from tortoise.models import Model

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
KEY_LENGTH = 13
Moment = TypeVar("Moment", datetime, datetime | None)


def new_key() -> str:
    """A random name for an address: 13 characters of lower-case Crockford base32, 65 bits.

    Source: SAFETY.md, A8.
    """
    number = secrets.randbits(5 * KEY_LENGTH)
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(KEY_LENGTH))


def as_day(value: Any) -> Any:
    """A day as a plain statement gives it: SQLite has text; None stays None."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def as_moment(value: Any) -> Any:
    """The same of a moment."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


class KeyField(fields.CharField[str]):
    """The random, unique name under which a row stands in addresses."""

    def __init__(self, max_length: int = KEY_LENGTH, **kwargs: Any) -> None:
        kwargs.setdefault("unique", True)
        kwargs.setdefault("default", new_key)
        super().__init__(max_length, **kwargs)


class UtcDatetimeField(fields.DatetimeField[Moment]):
    """Aware, and compared as UTC on every database."""

    @overload
    def __init__(
        self: "UtcDatetimeField[datetime]",
        auto_now: bool = False,
        auto_now_add: bool = False,
        *,
        null: Literal[False] = False,
        **kwargs: Any,
    ) -> None: ...

    @overload
    def __init__(
        self: "UtcDatetimeField[datetime | None]",
        auto_now: bool = False,
        auto_now_add: bool = False,
        *,
        null: Literal[True],
        **kwargs: Any,
    ) -> None: ...

    # migrations read these names from the signature
    def __init__(self, auto_now: bool = False, auto_now_add: bool = False, **kwargs: Any) -> None:
        super().__init__(auto_now, auto_now_add, **kwargs)  # type: ignore[misc]

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        return super().to_db_value(_in_utc(value), instance)

    def to_python_value(self, value: Any) -> Any:
        # Tortoise's own reading of a text takes as long as the statement that brought it
        return super().to_python_value(as_moment(_in_utc(value)))


def _in_utc(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)
    return value
