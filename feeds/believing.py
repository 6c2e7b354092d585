"""Frozen values on their way to JSON, and what may be believed on the way back.

Whoever wrote the JSON may have been taken over by a feed, so each rule takes a value and raises ValueError,
TypeError or KeyError where it is not of its kind.
"""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

ADDRESS = 2_000  # characters


def plain(thing: Any) -> Any:
    """Frozen values as values that json.dumps takes; what is empty is left out."""
    if dataclasses.is_dataclass(thing):
        pairs = ((field.name, getattr(thing, field.name)) for field in dataclasses.fields(thing))
        return {name: plain(value) for name, value in pairs if value is not None and value not in ("", ())}
    if isinstance(thing, tuple):
        return [plain(part) for part in thing]
    if isinstance(thing, datetime):
        return thing.astimezone(UTC).isoformat()
    return thing


class Text:
    """A text of at most so many characters."""

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def __call__(self, value: object) -> str:
        if not isinstance(value, str) or len(value) > self.longest:
            raise ValueError("no text of this length")
        value.encode()  # half a surrogate pair is no text
        if "\0" in value:
            raise ValueError("no database can keep this text")
        return value


def web_address(value: object) -> str:
    """An address of the web."""
    text = Text(ADDRESS)(value)
    if not text.startswith(("http://", "https://")) or not text.isprintable():
        raise ValueError("no address")
    return text


def moment(value: object) -> datetime:
    """A moment in UTC."""
    found = datetime.fromisoformat(Text(40)(value))
    if found.tzinfo is None:
        raise ValueError("no moment")
    return found.astimezone(UTC)


def flag(value: object) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise ValueError("neither yes nor no")
    return value


class Number:
    """A whole number from nothing to the largest."""

    def __init__(self, largest: int) -> None:
        self.largest = largest

    def __call__(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= self.largest:
            raise ValueError("no number of this size")
        return value


class Many:
    """At most so many of one kind."""

    def __init__(self, make: Any, most: int) -> None:
        self.make, self.most = make, most

    def __call__(self, value: object) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) > self.most:
            raise ValueError("no list of this length")
        return tuple(self.make(part) for part in value)


class One:
    """A frozen value, each field checked by its own rule."""

    def __init__(self, kind: Any, fields: Mapping[str, Any]) -> None:
        self.kind, self.fields = kind, fields

    def __call__(self, value: object) -> Any:
        return self.kind(**checked(value, self.fields))


def checked(value: object, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an object, each believed by its rule."""
    if not isinstance(value, dict):
        raise ValueError("no object")
    return {name: fields[name](part) for name, part in value.items()}
