"""All that may be told of some resources to those who take them along, for catalogues of others, tables and citations.

Reading measures are not among it, and no barcodes: neither leaves the library (STANDARDS.md, 6.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.queryset import QuerySet

from engage.engagement.rules import Mode
from engage.errors import NotFound
from engage.people.rules import Reader
from engage.resources.models import Creator, Holding, Identifier, Link, Resource, Subject
from engage.resources.queries import Whole, resources_for
from engage.resources.rules import Format, LinkState, ResourceState

COLUMNS = (
    *("id", "key", "title", "title_sort", "creators", "mode", "format", "summary", "language", "publisher", "year"),
    *("pages", "minutes", "series", "dewey", "picture", "audience_low", "audience_high", "origin", "changed_at"),
)
SUBJECTS = ("topic", "person", "place", "genre")


@dataclass(frozen=True)
class Shelf:
    """Where copies stand. available: None where nobody counts which are in. format: "" for that of the work."""

    call_number: str
    location: str
    copies: int
    available: int | None
    format: str = ""


@dataclass(frozen=True)
class Door:
    """An address off site that is not dead. access: "" open, else where one must be or sign in. format: as in Shelf."""

    url: str
    provider: str
    access: str
    media_type: str
    format: str = ""


@dataclass(frozen=True)
class Work:
    """A resource as others are told of it.

    makers: pairs of name and role, the one it is known by first. subjects: headings and genres. numbers: pairs of
    scheme and value. origin: the record that it came from, as scheme and number, "" where it was no record.
    """

    id: int
    key: str
    title: str
    title_sort: str
    creators: str
    mode: Mode
    format: Format
    summary: str
    language: str
    publisher: str
    year: int | None
    pages: int | None
    minutes: int | None
    series: str
    dewey: str
    picture: str
    audience_low: int | None
    audience_high: int | None
    origin: str
    changed_at: datetime
    makers: tuple[tuple[str, str], ...] = ()
    subjects: tuple[str, ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()
    shelves: tuple[Shelf, ...] = ()
    doors: tuple[Door, ...] = ()

    def all_numbers(self, scheme: str) -> list[str]:
        """The numbers of one scheme."""
        return [value for name, value in self.numbers if name == scheme]

    def number(self, scheme: str) -> str:
        """The first of them, "" where there is none."""
        return next(iter(self.all_numbers(scheme)), "")


async def works_of(reader: Reader, ids: Sequence[int]) -> dict[int, Work]:
    """The works of those of the ids that the library offers to the reader, in six statements."""
    rows = await _offered(reader).filter(id__in=list(ids)).values(*COLUMNS) if ids else []
    return await _whole(reader.school.id, rows)


async def work_of(reader: Reader, key: str) -> Work:
    """One work that the library offers to the reader. Raises NotFound."""
    rows = await _offered(reader).filter(key=key).limit(1).values(*COLUMNS)
    if not rows:
        raise NotFound(key)
    return (await _whole(reader.school.id, rows))[rows[0]["id"]]


def of_whole(whole: Whole) -> Work:
    """The work of a resource that was read for its page."""
    columns = {name: whole.row[name] for name in COLUMNS if name in whole.row}
    return Work(
        **columns,
        title_sort="",
        dewey="",
        makers=tuple((each["name"], each["role"]) for each in whole.creators),
        subjects=tuple(each["term"] for each in whole.subjects if each["kind"] in SUBJECTS),
        numbers=tuple(("isbn", number) for number in whole.isbns),
        shelves=tuple(Shelf(*(each[name] for name in SHELF)) for each in whole.holdings),
        doors=tuple(Door(*(each[name] for name in DOOR)) for each in whole.links if each["state"] != LinkState.DEAD),
    )


SHELF = ("call_number", "location", "copies", "available", "format")
DOOR = ("url", "provider", "access", "media_type", "format")


def _offered(reader: Reader) -> QuerySet[Resource]:
    return resources_for(reader).filter(state=ResourceState.OFFERED)


async def _whole(school_id: int, rows: Sequence[dict[str, Any]]) -> dict[int, Work]:
    if not rows:
        return {}
    of = {"school_id": school_id, "resource_id__in": [row["id"] for row in rows]}
    makers = await Creator.filter(**of).order_by("position", "id").values_list("resource_id", "name", "role")
    subjects = await Subject.filter(**of, kind__in=SUBJECTS).order_by("id").values_list("resource_id", "term")
    numbers = await Identifier.filter(**of).order_by("id").values_list("resource_id", "scheme", "value")
    standing = Holding.filter(**of, gone_at__isnull=True).order_by("id")
    shelves = await standing.values_list("resource_id", *SHELF)
    alive = Link.filter(**of).exclude(state=LinkState.DEAD).order_by("id")
    doors = await alive.values_list("resource_id", *DOOR)
    whole = {row["id"]: dict[str, Any](row) for row in rows}
    for name, found, make in (
        ("makers", makers, lambda *values: values),
        ("subjects", subjects, lambda term: term),
        ("numbers", numbers, lambda *values: values),
        ("shelves", shelves, Shelf),
        ("doors", doors, Door),
    ):
        for number, *values in found:
            whole[number][name] = (*whole[number].get(name, ()), make(*values))
    return {number: Work(**values) for number, values in whole.items()}
