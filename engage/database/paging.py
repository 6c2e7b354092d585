"""Pages of a long list, by the key of the last row shown; a row that comes or goes shifts nobody's page."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

MOST = 100


@dataclass(frozen=True)
class Page:
    """Some rows, and the mark to ask for those that follow: None on the last page."""

    rows: list[dict[str, Any]]
    after: str | None


async def one_page(
    query: QuerySet[Any], *columns: str, order: Sequence[str], after: str | None = None, size: int = MOST, **named: str
) -> Page:
    """The rows after a mark.

    columns, named: as for `.values()`. order: columns of the table itself, never empty in a row, "-" for
    falling; the last one unique, such as "id". after: the mark of the page before; one that cannot be
    read gives the first page. size: 100 at most.
    """
    size = max(1, min(size, MOST))
    model: type[Model] = query.model
    names = [column.lstrip("-") for column in order]
    marks = {f"mark_{place}": name for place, name in enumerate(names)}
    if (values := _read(model, names, after)) is not None:
        query = query.filter(_beyond(order, values))
    rows = await query.order_by(*order).limit(size + 1).values(*columns, **named, **marks)
    last = rows[size - 1] if len(rows) > size else None
    mark = None if last is None else _write([last[name] for name in marks])
    return Page([{name: value for name, value in row.items() if name not in marks} for row in rows[:size]], mark)


def _beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows that come after these values: beyond the first, or equal in it and beyond the next."""
    *rest, last = range(len(order))
    condition = _past(order[last], values[last])
    for place in reversed(rest):
        name = order[place].lstrip("-")
        condition = _past(order[place], values[place]) | (Q(**{name: values[place]}) & condition)
    return condition


def _past(column: str, value: Any) -> Q:
    return Q(**{f"{column[1:]}__lt": value}) if column.startswith("-") else Q(**{f"{column}__gt": value})


def _write(values: Sequence[Any]) -> str:
    plain = [_plain(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _read(model: type[Model], names: Sequence[str], mark: str | None) -> list[Any] | None:
    if not mark:
        return None
    try:
        plain = json.loads(base64.urlsafe_b64decode(mark.encode() + b"=" * (-len(mark) % 4)))
        if not isinstance(plain, list) or len(plain) != len(names):
            return None
        fields = model._meta.fields_map
        return [_value(fields[name], value) for name, value in zip(names, plain, strict=True)]
    except (binascii.Error, UnicodeError, ValueError, TypeError, OverflowError):
        return None


def _value(field: Any, plain: Any) -> Any:
    """The value of a column again; what is not of its kind is refused. Raises ValueError or TypeError."""
    whole = field.field_type is int
    if not isinstance(plain, int if whole else str) or isinstance(plain, bool):
        raise TypeError(plain)
    limits = field.constraints
    if whole and not limits.get("ge", -(2**31)) <= plain <= limits.get("le", 2**31 - 1):
        raise ValueError(plain)
    if isinstance(plain, str) and b"\x00" in plain.encode():
        raise ValueError(plain)
    value = field.to_python_value(plain)
    if value is None:
        raise ValueError(plain)
    return value
