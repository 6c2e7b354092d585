"""The process that reads a table of circulation counts: `python -m engage.promotion.loan_worker`, the file its input.

It is told which columns it may read, and says nothing of any other. Source: SAFETY.md, U3.
"""

import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from engage.outside import confine
from engage.promotion.loan_rules import MOST_ROWS, Said, Unusable, check_report, read, read_report
from engage.resources.opening import NoFile, Pieces
from engage.resources.table_file import MOST_COLUMNS, NoTable, Row, check_is_text, rows_in

PIECE = 200
LIFE_SECONDS = 600
SHOWN = 120
REPORT, HEADER = "Report_Name", 40
WARM = "Barcode,Loans\r\n3001,4\r\n"


def look(file: BinaryIO, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The headings of the table, and no cell below them."""
    stream = Pieces(file, asked["most"])
    check_is_text(stream.peek())
    every = rows_in(stream)
    head = next(every, Row(1))
    if head.cells[:1] == (REPORT,):
        try:
            yield {"counter": check_report(header_of(every)), "head": []}
        except Unusable as no:
            raise NoTable(str(no)) from no
        return
    if not head.cells:
        raise NoTable("Its first line, which should hold the headings, cannot be read.")
    if len(head.cells) > MOST_COLUMNS:
        raise NoTable(f"It has {len(head.cells):,} columns; {MOST_COLUMNS} can be read at most.")
    yield {"head": [cell[:SHOWN] for cell in head.cells]}


def header_of(every: Iterator[Row]) -> dict[str, str]:
    """What stands above the table of a COUNTER report; the headings of the table are taken, too, under "Title"."""
    found: dict[str, str] = {}
    for row in every:
        if row.cells[:1] == ("Title",):
            found["Title"] = "\t".join(row.cells)
            break
        if len(row.cells) > 1:
            found[row.cells[0]] = row.cells[1]
        if len(found) > HEADER:
            break
    return found


def report(file: BinaryIO, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What each row of a COUNTER title report says, month by month."""
    every = rows_in(Pieces(file, asked["most"]))
    head = header_of(every).get("Title", "").split("\t")
    for number, row in enumerate(every):
        if number >= MOST_ROWS:
            yield {"stopped": f"A report has {MOST_ROWS:,} rows at most. Divide it."}
            return
        try:
            if row.problem:
                raise Unusable(row.problem)
            for said in read_report(dict(zip(head, row.cells, strict=False))):
                yield _told(row.line, said)
        except Unusable as no:
            yield {"line": row.line, "refused": str(no)}


def _told(line: int, said: Said) -> dict[str, Any]:
    days = [said.starts.isoformat(), said.ends.isoformat()]
    return {"line": line, "by": [list(pair) for pair in said.by], "days": days, "loans": said.loans}


def rows(file: BinaryIO, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What each row below the headings says, or why it says nothing."""
    starts, ends = (date.fromisoformat(asked[name]) if asked[name] else None for name in ("starts", "ends"))
    columns: dict[str, int] = asked["columns"]
    every = rows_in(Pieces(file, asked["most"]))
    next(every, None)
    for number, row in enumerate(every):
        if number >= MOST_ROWS:
            yield {"stopped": f"A file has {MOST_ROWS:,} rows at most. Divide it."}
            return
        if row.problem:
            yield {"line": row.line, "refused": row.problem}
            continue
        try:
            said = read({field: row.cells[at] for field, at in columns.items() if at < len(row.cells)}, starts, ends)
        except Unusable as no:
            yield {"line": row.line, "refused": str(no)}
        else:
            yield _told(row.line, said)


def said_of(file: BinaryIO, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All that is said of a file. asked: do, most; and to read it columns, starts, ends."""
    try:
        yield from {"look": look, "read": rows, "report": report}[asked["do"]](file, asked)
    except (NoFile, NoTable) as no:
        yield {"stopped": str(no)}
    yield {"end": True}


def main() -> None:
    """Read the file that is the standard input. Argument: what is asked, as JSON."""
    asked = json.loads(sys.argv[1])
    out, sys.stdout = sys.stdout, sys.stderr
    logging.disable()
    for letters in ("utf-8", "cp1252", "utf-16"):  # what is loaded late is loaded now
        list(said_of(io.BytesIO(WARM.encode(letters)), asked))
    confine.shut_in()
    for count, said in enumerate(said_of(sys.stdin.buffer, asked)):
        if count % PIECE == 0:
            confine.begin_piece(LIFE_SECONDS)
        out.write(json.dumps(said, separators=(",", ":")) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
