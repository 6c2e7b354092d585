"""What is the same for all who are alike, of one school, role and grade, and in the same classes: the text of questions
whose answers differ, and answers in which nothing is a person's own."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from typing import Any, TypeVar

from starlette.requests import Request
from tortoise.queryset import ValuesQuery

from engage import dates
from engage.database.asked import asked_of
from engage.people.rules import Reader
from engage.web.cache import unwritten

T = TypeVar("T")


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


async def same_for_all(request: Request, name: Hashable, make: Callable[[Reader], Awaitable[T]]) -> T:
    """What make(asker) reads, read once for all who are alike, until anything is written. Nobody changes it.

    The asker stands for all students who are alike and has no number, so that nothing of a person can be in it. Staff
    see what is their own among what is everybody's, and share with nobody. name: of what is read, and everything that
    it depends on besides the day of today.
    """
    reader: Reader = request.user
    asker = reader
    if reader.is_student and not reader.is_staff:
        asker = replace(reader.one_of_many, by_card=reader.by_card)
    key = ("same", name, asker, asker.by_card, dates.today(reader.school.zone))
    found: T = await unwritten(request, key, lambda: make(asker))
    return found
