"""What is asked about standards: the frameworks of a school, their statements in order, and what serves which."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet, ValuesQuery

from engage.database.asked import asked_of
from engage.database.paging import Page, one_page
from engage.errors import NotFound
from engage.lists.models import ListItem
from engage.lists.queries import ListCard, published_for
from engage.lists.standards_models import Alignment, Framework, Standard
from engage.people.rules import Reader
from engage.resources.models import Resource
from engage.resources.rules import ResourceState

FRAMEWORK = ("id", "key", "title", "creator", "subject", "version", "items_count", "imported_at")
STANDARD = ("id", "key", "code", "statement", "kind", "grade_low", "grade_high", "position", "depth")
MOST_FRAMEWORKS = 100
MOST_TOPS = 60
MOST_FOUND = 50
PART = 100


@dataclass(frozen=True)
class Served:
    """What serves one standard, as far as the reader may see it. lists: pairs of title and slug.

    direct: resources that are aligned themselves; resources: those and what stands on the lists.
    """

    lists: tuple[tuple[str, str], ...] = ()
    direct: frozenset[int] = frozenset()
    resources: frozenset[int] = frozenset()


async def frameworks(reader: Reader) -> list[dict[str, Any]]:
    """The frameworks of the school, by title."""
    rows = Framework.filter(school_id=reader.school.id).order_by("title", "id").limit(MOST_FRAMEWORKS)
    return await rows.values(*FRAMEWORK)


async def framework_for(reader: Reader, key: str) -> dict[str, Any]:
    """One of them. Raises NotFound."""
    rows = await Framework.filter(school_id=reader.school.id, key=key).limit(1).values(*FRAMEWORK)
    if not rows:
        raise NotFound(key)
    return rows[0]


async def tops(reader: Reader, framework_id: int) -> list[dict[str, Any]]:
    """The parts that a framework falls into: the statements at its top, in order."""
    rows = Standard.filter(school_id=reader.school.id, framework_id=framework_id, depth=0, gone_at__isnull=True)
    return await rows.order_by("position", "id").limit(MOST_TOPS).values("key", "code", "statement", "position")


async def part_of(reader: Reader, framework_id: int, start: int, after: str = "") -> Page:
    """Statements in reading order, from a position on, 100 at a time."""
    rows = Standard.filter(
        school_id=reader.school.id, framework_id=framework_id, gone_at__isnull=True, position__gte=start
    )
    return await one_page(rows, *STANDARD, order=("position", "id"), after=after, size=PART)


async def find(reader: Reader, words: str, framework: str = "") -> list[dict[str, Any]]:
    """Standards by the beginning of their code, or by words of their statement; 50 at most.

    framework: its key, "" for all. Each row: STANDARD and framework, its title.
    """
    rows = Standard.filter(school_id=reader.school.id, gone_at__isnull=True)
    if framework:
        rows = rows.filter(framework__key=framework)
    said = Q()
    for word in re.findall(r"\w+", words)[:8]:
        said &= Q(statement__icontains=word)
    coded = Q(code__istartswith=words.strip())
    rows = rows.filter(coded | said) if re.search(r"\w", words) else rows.filter(coded)
    rows = rows.order_by("framework_id", "position", "id").limit(MOST_FOUND)
    return await rows.values(*STANDARD, framework="framework__title")


async def of_list(reader: Reader, curated: ListCard) -> list[dict[str, Any]]:
    """The standards that a list serves as a whole or by what stands on it, in order.

    Each row: code statement key framework framework_key gone whole; whole: the list itself is aligned.
    """
    school_id = reader.school.id
    return _once(await asked_of(("standards of a list", school_id), partial(_of_list, school_id), curated.id))


def _of_list(school_id: int, curated_id: int) -> ValuesQuery[Any]:
    on_it = ListItem.filter(school_id=school_id, curated_id=curated_id).values("resource_id")
    return _named(Alignment.filter(Q(curated_id=curated_id) | Q(resource_id__in=Subquery(on_it)), school_id=school_id))


async def of_resource(reader: Reader, resource_id: int) -> list[dict[str, Any]]:
    """The standards that a resource serves by itself, as `of_list` gives them."""
    return _once(await _named(Alignment.filter(school_id=reader.school.id, resource_id=resource_id)))


def _named(rows: QuerySet[Alignment]) -> ValuesQuery[Any]:
    return rows.order_by("standard__framework_id", "standard__position", "standard_id").values(
        "curated_id",
        key="standard__key",
        code="standard__code",
        statement="standard__statement",
        gone_at="standard__gone_at",
        framework="standard__framework__title",
        framework_key="standard__framework__key",
    )


def _once(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    once: dict[str, dict[str, Any]] = {}
    for row in found:
        one = once.setdefault(row["key"], {**row, "gone": row["gone_at"] is not None, "whole": False})
        one["whole"] = one["whole"] or row["curated_id"] is not None
    return list(once.values())


def _seen(reader: Reader) -> Q:
    """What counts as serving a standard: lists that the reader may see, resources that the library offers."""
    return Q(curated_id__in=Subquery(published_for(reader).values("id"))) | Q(
        resource__state=ResourceState.OFFERED.value
    )


def standards_of(
    reader: Reader, framework_id: int, grade: int | None = None, served: bool | None = None
) -> QuerySet[Standard]:
    """The statements of a framework. grade: only those for it, or for no grade in particular. served: or not."""
    rows = Standard.filter(school_id=reader.school.id, framework_id=framework_id, gone_at__isnull=True)
    if grade is not None:
        low, high = Q(grade_low=None) | Q(grade_low__lte=grade), Q(grade_high=None) | Q(grade_high__gte=grade)
        rows = rows.filter(low, high)
    if served is None:
        return rows
    aligned = Alignment.filter(_seen(reader), school_id=reader.school.id).values("standard_id")
    return rows.filter(id__in=Subquery(aligned)) if served else rows.exclude(id__in=Subquery(aligned))


async def coverage(
    reader: Reader, framework_id: int, grade: int | None, served: bool | None, after: str = ""
) -> tuple[Page, dict[int, Served]]:
    """A page of statements in reading order, and what serves each; five statements, however many."""
    rows = standards_of(reader, framework_id, grade, served)
    page = await one_page(rows, *STANDARD, order=("position", "id"), after=after, size=PART)
    return page, await serving(reader, [row["id"] for row in page.rows])


async def whole_coverage(
    reader: Reader, framework_id: int, grade: int | None, served: bool | None
) -> tuple[list[dict[str, Any]], dict[int, Served]]:
    """All statements of a framework, and what serves each."""
    rows = await standards_of(reader, framework_id, grade, served).order_by("position", "id").values(*STANDARD)
    return rows, await serving(reader, [row["id"] for row in rows])


async def serving(reader: Reader, standard_ids: Collection[int]) -> dict[int, Served]:
    """By standard what serves it; those that nothing serves are left out. Three statements."""
    if not standard_ids:
        return {}
    school_id = reader.school.id
    wanted = set(standard_ids)
    least, most = min(wanted), max(wanted)
    near = Alignment.filter(school_id=school_id, standard_id__gte=least, standard_id__lte=most)
    by_list = await near.filter(curated_id__in=Subquery(published_for(reader).values("id"))).values_list(
        "standard_id", "curated_id", "curated__title", "curated__slug"
    )
    by_thing = await near.filter(resource__state=ResourceState.OFFERED.value).values_list("standard_id", "resource_id")
    list_ids = sorted({number for _, number, _, _ in by_list})
    on_lists: dict[int, set[int]] = {}
    if list_ids:
        items = ListItem.filter(
            school_id=school_id, curated_id__in=list_ids, resource__state=ResourceState.OFFERED.value
        )
        for curated_id, resource_id in await items.values_list("curated_id", "resource_id"):
            on_lists.setdefault(curated_id, set()).add(resource_id)
    return _gathered(wanted, by_list, by_thing, on_lists)


def _gathered(
    wanted: Collection[int],
    by_list: Iterable[tuple[Any, ...]],
    by_thing: Iterable[tuple[Any, ...]],
    on_lists: dict[int, set[int]],
) -> dict[int, Served]:
    lists: dict[int, list[tuple[str, str]]] = {}
    direct: dict[int, set[int]] = {}
    through: dict[int, set[int]] = {}
    for standard_id, curated_id, title, slug in sorted(by_list, key=lambda row: row[2]):
        lists.setdefault(standard_id, []).append((title, slug))
        through.setdefault(standard_id, set()).update(on_lists.get(curated_id, ()))
    for standard_id, resource_id in by_thing:
        direct.setdefault(standard_id, set()).add(resource_id)
    return {
        number: Served(
            tuple(lists.get(number, ())),
            frozenset(direct.get(number, ())),
            frozenset(direct.get(number, set()) | through.get(number, set())),
        )
        for number in (set(lists) | set(direct)) & set(wanted)
    }


async def idle(reader: Reader, framework_id: int, after: str = "") -> tuple[Page, int]:
    """The resources that serve no standard of a framework, by title, and how many; key title creators on_list each.

    A resource on an aligned list serves what the list serves.
    """
    aligned = Alignment.filter(school_id=reader.school.id, standard__framework_id=framework_id)
    lists = aligned.filter(curated_id__in=Subquery(published_for(reader).values("id"))).values("curated_id")
    on_them = ListItem.filter(school_id=reader.school.id, curated_id__in=Subquery(lists)).values("resource_id")
    rows = Resource.filter(school_id=reader.school.id, state=ResourceState.OFFERED)
    rows = rows.exclude(id__in=Subquery(aligned.filter(resource_id__isnull=False).values("resource_id")))
    rows = rows.exclude(id__in=Subquery(on_them))
    page = await one_page(rows, "id", "key", "title", "creators", order=("title", "id"), after=after, size=PART)
    used = await on_published(reader, [row["id"] for row in page.rows])
    return Page([{**row, "on_list": row["id"] in used} for row in page.rows], page.after), await rows.count()


async def on_published(reader: Reader, resource_ids: Sequence[int]) -> set[int]:
    """Which of these resources stand on a published list that the reader may see."""
    shown = Subquery(published_for(reader).values("id"))
    rows = ListItem.filter(school_id=reader.school.id, resource_id__in=list(resource_ids), curated_id__in=shown)
    return {number for (number,) in await rows.values_list("resource_id")}


async def counts(reader: Reader, framework_id: int, grade: int | None) -> dict[str, int]:
    """How many statements are served and how many not, by the names of what the page can show."""
    every = await standards_of(reader, framework_id, grade).count()
    served = await standards_of(reader, framework_id, grade, served=True).count()
    return {"": every, "without": every - served, "with": served}
