"""A list as a table to take away: CSV, XLSX, and JSON in a plain shape. Source: STANDARDS.md, 5.4; STACK.md, 8."""

import asyncio
import io
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.lists import queries
from engage.lists.exchange_form import urn
from engage.lists.queries import ListCard
from engage.promotion.outgoing import given, offered, published
from engage.resources.works import Work, works_of
from engage.web.marks import plain
from engage.web.render import whole
from engage.web.routing import path_for
from engage.web.tables import Cell, csv_text
from feeds.writing import legal, stamp

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# characters of a cell that spreadsheets take; source: Microsoft, "Excel specifications and limits"
CELL = 32_767
WIDE = 60
SHEET_NAME = 31
# what a name of a sheet may not hold
NO_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
HEAD = (
    *("Number", "Part", "Title", "Creators", "Mode", "Format", "Minutes", "Pages", "Year", "Publisher", "Language"),
    *("ISBN", "Note", "Call number", "Location", "Copies", "Web address"),
)

Pairs = Sequence[tuple[dict[str, Any], dict[str, Any]]]


async def list_csv(request: Request) -> Response:
    """One list as a table for a spreadsheet."""
    curated = await published(request)

    async def make() -> bytes:
        return csv_text(HEAD, await table_of(request, curated))

    return await given(request, curated, "csv", "text/csv; charset=utf-8", make, name=f"{curated.slug}.csv")


async def list_xlsx(request: Request) -> Response:
    """One list as a table in a workbook, written beside the loop."""
    curated = await published(request)

    async def make() -> bytes:
        rows = await table_of(request, curated)
        return await asyncio.to_thread(workbook, curated.title, HEAD, rows)

    return await given(request, curated, "xlsx", XLSX, make, name=f"{curated.slug}.xlsx")


async def list_data(request: Request) -> Response:
    """One list as JSON in a plain shape, for programs of one's own; `data_of` says what it holds."""
    curated = await published(request)

    async def make() -> bytes:
        pairs, works = await things_of(request, curated)
        values = data_of(request, curated, pairs, works)
        return legal(json.dumps(values, ensure_ascii=False, indent=1)).encode()

    return await given(request, curated, "data", "application/json", make, name=f"{curated.slug}.json")


async def things_of(request: Request, curated: ListCard) -> tuple[Pairs, dict[int, Work]]:
    """What the list's page shows, in its order, and the works by the numbers of the rows."""
    pairs = offered(await queries.items_of(curated))
    works = await works_of(request.user, [row["resource_id"] for row, _ in pairs])
    return [(row, item) for row, item in pairs if row["resource_id"] in works], works


async def table_of(request: Request, curated: ListCard) -> list[list[Cell]]:
    """The rows of the table under HEAD."""
    pairs, works = await things_of(request, curated)
    return [table_row(row, item, works[row["resource_id"]]) for row, item in pairs]


def table_row(row: dict[str, Any], item: dict[str, Any], work: Work) -> list[Cell]:
    """An item as a row of the table. Numbers are numbers; an ISBN is text, or a spreadsheet would round it."""
    return [
        item["number"],
        row["section_title"] or "",
        row["title"],
        row["creators"],
        item["mode"],
        str(row["format"]),
        row["minutes"],
        row["pages"],
        row["year"],
        work.publisher,
        row["language"],
        "; ".join(work.all_numbers("isbn")),
        plain(row["annotation"]),
        row["call_number"] or "",
        row["location"] or "",
        row["copies"],
        row["url"] or "",
    ]


def workbook(title: str, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """A table as XLSX, its head frozen; no text becomes a formula, a link or a number. Slow: not for the loop."""
    import xlsxwriter  # takes a while to import, and few ask

    out = io.BytesIO()
    settings = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, settings)
    sheet = book.add_worksheet(sheet_name(title))
    bold = book.add_format({"bold": True})
    for place, name in enumerate(head):
        long = max([len(name), *(len(str(row[place] or "")) for row in rows)])
        sheet.set_column(place, place, min(long + 2, WIDE))
        sheet.write_string(0, place, name, bold)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row):
            match value:
                case None | "":
                    pass
                case bool() | date():
                    sheet.write_string(number, place, str(value))
                case str():
                    sheet.write_string(number, place, cell_text(value))
                case _:
                    sheet.write_number(number, place, float(value))
    book.close()
    return out.getvalue()


def cell_text(text: str) -> str:
    """Text as a cell can hold it: lines end as spreadsheets end them."""
    return legal(text).replace("\r\n", "\n").replace("\r", "\n")[:CELL]


def sheet_name(title: str) -> str:
    """A title as the name of a sheet."""
    cleaned = "".join(letter for letter in legal(title).translate(NO_NAME) if letter.isprintable())
    # Excel counts the halves of a character beyond the first plane
    while len(cleaned.encode("utf-16-le")) // 2 > SHEET_NAME:
        cleaned = cleaned[:-1]
    return cleaned.strip() or "List"


def data_of(request: Request, curated: ListCard, pairs: Pairs, works: dict[int, Work]) -> dict[str, Any]:
    """The plain shape: the list, its library, and its items in order. What is not known is null or an empty list.

    Times are RFC 3339 in UTC, grades -1 (preschool) to 12, minutes and pages whole numbers; urls are whole.
    """
    return {
        "format": "engage-list",
        "format_version": 1,
        "id": urn("list", curated.key),
        "url": whole(request, path_for(request, "lists.show", slug=curated.slug)),
        "title": curated.title,
        "introduction": curated.introduction,
        "kind": curated.kind.value,
        "library": request.user.school.name,
        "by": curated.by or None,
        "grades": [curated.grade_low, curated.grade_high],
        "language": request.user.school.language,
        "published": stamp(curated.published_at) if curated.published_at else None,
        "changed": stamp(curated.changed_at),
        "items": [item_data(request, row, item, works[row["resource_id"]]) for row, item in pairs],
    }


def item_data(request: Request, row: dict[str, Any], item: dict[str, Any], work: Work) -> dict[str, Any]:
    """One item of the plain shape."""
    return {
        "id": urn("item", row["key"]),
        "number": item["number"],
        "section": row["section_title"] or None,
        "start_here": bool(row["start_here"]),
        "note": plain(row["annotation"]),
        "added": stamp(row["added_at"]),
        "url": whole(request, path_for(request, "resources.show", key=work.key)),
        "title": work.title,
        "creators": [{"name": name, "role": role} for name, role in work.makers],
        "mode": work.mode.value,
        "format": work.format.value,
        "summary": work.summary,
        "subjects": list(work.subjects),
        "language": work.language or None,
        "publisher": work.publisher or None,
        "year": work.year,
        "series": work.series or None,
        "pages": work.pages,
        "minutes": work.minutes,
        "grades": [work.audience_low, work.audience_high],
        "isbn": work.all_numbers("isbn"),
        "holdings": [{**vars(shelf), "format": shelf.format or work.format.value} for shelf in work.shelves],
        "links": [{**vars(door), "format": door.format or work.format.value} for door in work.doors],
    }
