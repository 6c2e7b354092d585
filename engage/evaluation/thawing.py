"""A frozen value of ours as it was: dataclasses from what `dataclasses.asdict` and JSON made of them."""

import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def thaw(kind: type[T], value: Any) -> T:
    """A value of a kind, from plain JSON. What an older freezing did not know yet has the default of its field."""
    made: T = _thaw(kind, value)
    return made


def plain(value: Any) -> str:
    """Pairs, texts and numbers as JSON text."""
    return json.dumps(value, ensure_ascii=False)


def _thaw(kind: Any, value: Any) -> Any:
    if get_origin(kind) in (Union, UnionType):
        if value is None:
            return None
        inner = [one for one in get_args(kind) if one is not NoneType]
        return _thaw(inner[0], value) if len(inner) == 1 else value
    if get_origin(kind) is tuple:
        inner = list(get_args(kind))
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_thaw(inner[0], one) for one in value)
        return tuple(_thaw(each, one) for each, one in zip(inner, value, strict=True))
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _thaw(hint, value[name]) for name, hint in hints.items() if name in value})
    if kind in (date, datetime):
        return kind.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    known = get_type_hints(kind)
    return {one.name: known[one.name] for one in fields(kind)}
