"""Kinds of column that the database libraries do not bring along."""

import secrets
from datetime import UTC, datetime
from typing import Any, TypeVar

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


class KeyField(fields.CharField[str]):
    """The random, unique name under which a row stands in addresses."""

    def __init__(self, max_length: int = KEY_LENGTH, **kwargs: Any) -> None:
        kwargs.setdefault("unique", True)
        kwargs.setdefault("default", new_key)
        super().__init__(max_length, **kwargs)


class UtcDatetimeField(fields.DatetimeField[Moment]):
    """Aware, and compared as UTC on every database."""

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError("a moment needs a time zone")
            value = value.astimezone(UTC)
        return super().to_db_value(value, instance)
