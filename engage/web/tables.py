"""Tables to take away, as CSV that a spreadsheet opens without being led astray.

Source: STANDARDS.md, 5.4; SAFETY.md, U1.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

MARK = "\ufeff"
RISKY = frozenset("=+-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20")
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
ROWS_IN_PIECE = 500

Cell = str | int | float | Decimal | date | datetime | bool | None


def cell(value: Cell) -> str | int | float | Decimal:
    """One cell: numbers as numbers, days in ISO form, and no text that a spreadsheet takes for a formula."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float() | Decimal():
            return value
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
    text = value.replace("\x00", "")
    return f"'{text}" if text[:1] in RISKY and not NUMBER.fullmatch(text) else text


def csv_pieces(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The table as UTF-8 with a mark and CRLF, in pieces of some hundred rows."""
    out = io.StringIO(newline="")
    out.write(MARK)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([cell(name) for name in head])
    for number, row in enumerate(rows, 1):
        writer.writerow([cell(value) for value in row])
        if number % ROWS_IN_PIECE == 0:
            yield _taken(out)
    yield _taken(out)


def csv_text(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The whole table at once, for files."""
    return b"".join(csv_pieces(head, rows))


def _taken(out: io.StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode()


def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The table as a download. rows: read from the database already; nothing is asked while it is sent."""
    return StreamingResponse(
        csv_pieces(head, rows), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": attachment(name)}
    )


def attachment(name: str) -> str:
    """A download of this name, for browsers old and new. Source: RFC 6266."""
    cleaned = "".join(letter for letter in name if letter.isprintable() and letter not in '/\\:*?"<>|').strip(". ")
    cleaned = cleaned[-120:] or "download"
    plain = cleaned.encode("ascii", "ignore").decode().replace("%", "") or "download"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(cleaned, safe='')}"
