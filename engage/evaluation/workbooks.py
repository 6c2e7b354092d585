"""Tables as an XLSX workbook, the one way in which figures, survey results and reports become one."""

import io
from collections.abc import Sequence
from datetime import date, datetime

from engage.web.tables import Cell, cell
from feeds.writing import legal

# the name of a sheet, its head and its rows
Table = tuple[str, Sequence[str], Sequence[Sequence[Cell]]]

WIDE, LEAST = 70, 10
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def book_of(tables: Sequence[Table], at: datetime) -> bytes:
    """Tables as a workbook: numbers as numbers, and no text that becomes a formula. Slow: not for the loop.

    at: the moment that it says it was made.
    """
    import xlsxwriter  # takes a while to import, and few ask

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, OPTIONS)
    book.set_properties({"created": at.replace(tzinfo=None)})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"})
    for name, head, rows in tables:
        sheet = book.add_worksheet(name)
        for place, title in enumerate(head):
            longest = max([len(title), *(len(str(row[place] if row[place] is not None else "")) for row in rows)])
            sheet.set_column(place, place, min(max(longest + 2, LEAST), WIDE))
            sheet.write_string(0, place, title, bold)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, 1):
            for place, value in enumerate(row):
                match value:
                    case None | "":
                        pass
                    case bool():
                        sheet.write_string(number, place, "yes" if value else "no", wrapped)
                    case int() | float():
                        sheet.write_number(number, place, float(value), wrapped)
                    case datetime():
                        sheet.write_string(number, place, value.isoformat(timespec="minutes"), wrapped)
                    case date():
                        sheet.write_datetime(number, place, datetime(value.year, value.month, value.day), day)
                    case _:
                        sheet.write_string(number, place, str(cell(legal(str(value))))[:32_000], wrapped)
    book.close()
    return out.getvalue()
