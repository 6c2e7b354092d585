"""Questions whose text is the same for all who are alike: of one school, role and grade, and in the same classes."""

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

from tortoise.queryset import ValuesQuery

from engage import dates
from engage.database.asked import asked_of
from engage.people.rules import Reader


async def asked_by(
    reader: Reader, name: Hashable, make: Callable[..., ValuesQuery[Any]], *words: str
) -> list[dict[str, Any]]:
    """The rows that make(reader, *words) gives; among those who are alike it asks the same but for the own number.

    name: of the question, and everything else that it depends on besides the day of today. words: at most one.
    """
    # a card alone shows less, which Reader does not compare
    rest = (name, reader.by_card, dates.today(reader.school.zone))
    if reader.id is None:
        return await asked_of((rest, reader), lambda *words: make(reader, *words), *words)
    alike = replace(reader.one_of_many, by_card=reader.by_card)
    key = (rest, alike)
    return await asked_of(key, lambda number, *words: make(replace(alike, id=number), *words), reader.id, *words)
