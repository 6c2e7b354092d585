"""What is asked about resources and imports. resources_for decides which resources a reader sees (SAFETY.md, A3)."""

from dataclasses import dataclass
from typing import Any

from tortoise.queryset import QuerySet

from engage.database.job_model import Job, JobState
from engage.database.paging import Page, one_page
from engage.errors import NotFound
from engage.people.models import School
from engage.people.rules import Reader
from engage.resources import wording
from engage.resources.incoming_models import Import, ImportRow
from engage.resources.models import Creator, Holding, Identifier, Link, Resource, Subject
from engage.resources.rules import ACCESS, ImportState, LinkState, Outcome, ResourceState

ROWS_SHOWN = 50
COLUMNS = (
    *("id", "key", "state", "title", "other_titles", "creators", "mode", "format", "summary", "language", "cover"),
    "picture",
    *(
        "audience_low",
        "audience_high",
        "publisher",
        "year",
        "pages",
        "minutes",
        "series",
        "explicit",
        "version",
        "kept",
    ),
    *("here", "online", "editions", "changed_at", "origin"),
    *ACCESS,
)


@dataclass(frozen=True)
class Whole:
    """A resource with all that its page shows. Reading measures are not among it (STANDARDS.md, 6.3).

    row: the columns of COLUMNS. creators: name, role. subjects: term, kind. isbns: thirteen digits. holdings:
    call_number, location, copies, available, format. links: id, url, provider, access, media_type, format, site.
    """

    row: dict[str, Any]
    creators: list[dict[str, Any]]
    subjects: list[dict[str, Any]]
    isbns: list[str]
    holdings: list[dict[str, Any]]
    links: list[dict[str, Any]]


# all but those that became another one
HELD = tuple(state for state in ResourceState if state is not ResourceState.MERGED)


def states_for(reader: Reader) -> tuple[ResourceState, ...]:
    """The states of resources that exist for the reader: the library's staff see what is not offered, too."""
    return HELD if reader.is_library else (ResourceState.OFFERED,)


def resources_for(reader: Reader) -> QuerySet[Resource]:
    """The resources of this school that the reader may see."""
    return Resource.filter(school_id=reader.school.id, state__in=states_for(reader))


async def resource_for(reader: Reader, key: str) -> Whole:
    """One resource that the reader may see, in six statements. Raises NotFound."""
    rows = await resources_for(reader).filter(key=key).limit(1).values(*COLUMNS)
    if not rows:
        raise NotFound(key)
    row = rows[0]
    of = {"school_id": reader.school.id, "resource_id": row["id"]}
    holdings = Holding.filter(**of, gone_at__isnull=True).order_by("id")
    numbers = Identifier.filter(**of, scheme="isbn").order_by("id")
    return Whole(
        row=row,
        creators=await Creator.filter(**of).order_by("position").values("name", "role"),
        subjects=await Subject.filter(**of).order_by("id").values("term", "kind"),
        isbns=[value for (value,) in await numbers.values_list("value")],
        holdings=await holdings.values("id", "call_number", "location", "copies", "available", "barcodes", "format"),
        links=await links_of(of),
    )


async def links_of(of: dict[str, Any]) -> list[dict[str, Any]]:
    """The links of a resource in order, with the name of the site."""
    columns = ("id", "url", "provider", "access", "media_type", "format", "state")
    rows = await Link.filter(**of).order_by("id").values(*columns)
    return [{**row, "site": wording.site_of(row["url"], row["provider"])} for row in rows]


async def link_of(reader: Reader, key: str, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A resource and one of its links, counted from 1; 0 for the first that works, else the first. Raises NotFound."""
    rows = (
        await resources_for(reader).filter(key=key).limit(1).values("id", "key", "title", "creators", "mode", "picture")
    )
    if not rows:
        raise NotFound(key)
    links = await links_of({"school_id": reader.school.id, "resource_id": rows[0]["id"]})
    if not 0 <= number <= len(links) or not links:
        raise NotFound(key)
    if number:
        return rows[0], links[number - 1]
    return rows[0], next((link for link in links if link["state"] != LinkState.DEAD), links[0])


IMPORT = (
    *("id", "key", "kind", "name", "state", "dry_run", "records", "done", "added", "changed", "same", "refused"),
    *("problem", "file", "made_at", "started_at", "ended_at"),
)


async def imports(reader: Reader, after: str = "") -> Page:
    """The school's imports, the newest first."""
    rows = Import.filter(school_id=reader.school.id)
    return await one_page(rows, *IMPORT, by_name="by__name", order=("-made_at", "-id"), after=after, size=ROWS_SHOWN)


async def import_for(reader: Reader, key: str) -> dict[str, Any]:
    """One import. at_work: whether it is queued or under way, or is being taken back. Raises NotFound."""
    found = Import.filter(school_id=reader.school.id, key=key).limit(1)
    rows = await found.values(*IMPORT, "mapping", by_name="by__name")
    if not rows:
        raise NotFound(key)
    row = rows[0]
    key = back_key(row["id"]) if row["state"] is ImportState.DONE else job_key(row["id"])
    ended = row["state"] in (ImportState.FAILED, ImportState.TAKEN_BACK)
    queued = Job.filter(key=key, state__in=[JobState.QUEUED, JobState.RUNNING])
    return {**row, "at_work": not ended and await queued.exists()}


async def location_of(reader: Reader) -> str:
    """Where the library's things stand when nothing else is said."""
    rows = await School.filter(id=reader.school.id).limit(1).values("location")
    return str(rows[0]["location"])


async def import_rows(reader: Reader, import_id: int, outcome: Outcome | None = None, after: str = "") -> Page:
    """The report of an import, in the order of the file."""
    rows = ImportRow.filter(school_id=reader.school.id, of_import_id=import_id)
    if outcome is not None:
        rows = rows.filter(outcome=outcome)
    columns = ("number", "outcome", "title", "line", "reason")
    return await one_page(rows, *columns, resource_key="resource__key", order=("number",), after=after, size=ROWS_SHOWN)


async def report_of(reader: Reader, import_id: int, outcome: Outcome | None = None) -> list[dict[str, Any]]:
    """The whole report, to take away."""
    rows = ImportRow.filter(school_id=reader.school.id, of_import_id=import_id)
    if outcome is not None:
        rows = rows.filter(outcome=outcome)
    return await rows.order_by("number").values("number", "outcome", "title", "line", "reason")


def job_key(import_id: int) -> str:
    """Under what the job of an import stands in the queue, once."""
    return f"import {import_id}"


def back_key(import_id: int) -> str:
    """The same for the job of taking it back."""
    return f"take back {import_id}"
