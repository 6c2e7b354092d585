"""The process that reads a table: run as `python -m engage.resources.table_worker`, with the file as its input.

It knows no database and no secret, and once it has begun it can open nothing. Source: SAFETY.md, U3.
"""

import hashlib
import io
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from engage.errors import Refused
from engage.outside import confine
from engage.resources import isbn, record, table_fields
from engage.resources.marc_file import BETWEEN, END_OF_RECORD, LEADER
from engage.resources.opening import UTF16, NoFile, Pieces
from engage.resources.record import CatalogueRecord, Place
from engage.resources.rules import MOST_COPIES
from engage.resources.table_fields import Reading
from engage.resources.table_file import MOST_COLUMNS, NoTable, Row, check_is_text, rows_in

PIECE = 50  # answers for which the processor's time is counted together
BREATH = 2_000  # rows after which a word is said, where nothing else is
LIFE_SECONDS = 1_800
SAMPLES = 4
SHOWN = 120  # letters of a cell that a person is shown
WARM = 'Title,Author,ISBN\r\n"Café, the",Yolen; J,0142410373\r\n'


# the copies of one thing by call number and location: how many, and their barcodes in order
Copies = dict[tuple[str, str], tuple[int, dict[str, None]]]


def look(file: BinaryIO, most: int) -> Iterator[dict[str, Any]]:
    """What kind of file it is, and of a table its headings and first rows."""
    stream = Pieces(file, most)
    first = stream.peek()
    bare = first.lstrip(BETWEEN)
    is_xml = bare[:1] == b"<" or (first.startswith(UTF16) and "<" in first[:8].decode("utf-16", "ignore"))
    if is_xml or LEADER.match(bare) or END_OF_RECORD in first:
        yield {"look": {"kind": "marc"}}
        return
    check_is_text(first)
    rows: list[Row] = []
    for row in rows_in(stream):
        rows.append(row)
        if len(rows) > SAMPLES:
            break
    head = next(iter(rows), Row(1))
    if not head.cells:
        raise NoTable("Its first line, which should hold the headings, cannot be read.")
    if all(_is_isbn(cell) for cell in head.cells if cell):
        yield {"look": {"kind": "isbn"}}
        return
    if len(head.cells) > MOST_COLUMNS:
        raise NoTable(f"It has {len(head.cells):,} columns. A table of books has {MOST_COLUMNS} at most.")
    samples = [[cell[:SHOWN] for cell in row.cells[: len(head.cells)]] for row in rows[1:]]
    yield {"look": {"kind": "table", "head": [cell[:SHOWN] for cell in head.cells], "samples": samples}}


def answers(file: BinaryIO, how: Reading, most: int, skip: int) -> Iterator[dict[str, Any]]:
    """What is said of each row below the headings: its line and the record, why it is refused, or whose copy it is."""
    things: dict[bytes, Copies] = {}
    for count, (_, known, _) in enumerate(_rows(file, how, most, whole=False)):
        if isinstance(known, CatalogueRecord):
            _count(things.setdefault(_key(known), {}), known)
        if count % BREATH == BREATH - 1:
            yield {"read": count + 1}
    met: dict[bytes, int] = {}
    for count, (row, known, notes) in enumerate(_rows(file, how, most)):
        if row.line <= skip and count % BREATH == BREATH - 1:
            yield {"read": count + 1}
        if isinstance(known, str):
            if row.line > skip:
                title = next((row.cells[at] for at in how.columns.get("title", ()) if at < len(row.cells)), "")
                yield {"number": row.line, "notes": notes, "refused": known, "title": record.neat(title, record.NAME)}
            continue
        key = _key(known)
        first = met.setdefault(key, row.line)
        if row.line <= skip:
            continue
        if first != row.line:
            yield {"number": row.line, "notes": notes, "copy": first, "title": known.title}
            continue
        places = tuple(
            Place(call, where, min(copies, MOST_COPIES), "; ".join(codes))
            for (call, where), (copies, codes) in things[key].items()
        )
        if places != known.places:
            known = replace(known, places=places)
        yield {"number": row.line, "notes": notes, "record": record.to_json(known)}


def numbers(file: BinaryIO, most: int, skip: int) -> Iterator[dict[str, Any]]:
    """Each ISBN of a pasted or uploaded list, read and mended, or why it is none."""
    number = 0
    for row in rows_in(Pieces(file, most)):
        for cell in (part for each in row.cells or (row.problem,) for part in _apart(each)):
            number += 1
            if number <= skip:
                continue
            try:
                found = isbn.read_isbn(cell)
            except Refused as refused:
                yield {"number": number, "notes": [], "refused": refused.sentence, "title": record.neat(cell, 60)}
                continue
            digits = "".join(sign for sign in cell if sign.isalnum())
            mended = "" if digits.upper() in (found, isbn.ten(found)) else f"Read out of “{record.neat(cell, 40)}”."
            yield {"number": number, "notes": [mended] if mended else [], "isbn": found}


def _rows(
    file: BinaryIO, how: Reading, most: int, whole: bool = True
) -> Iterator[tuple[Row, CatalogueRecord | str, list[str]]]:
    """Each row below the headings, and the record that it is, or why it is none; and what was odd.

    whole: else the record is only what table_fields.about says, and what is odd about it stays unsaid.
    """
    file.seek(0)
    rows = rows_in(Pieces(file, most))
    head = next(rows, Row(1))
    for row in rows:
        if row.problem:
            yield row, row.problem, list(row.notes)
            continue
        notes = list(row.notes)
        if any(row.cells[len(head.cells) :]):
            notes.append("It has more cells than there are headings; those at the end were left out.")
        try:
            cells = row.cells[: len(head.cells)]
            known, more = table_fields.read(cells, how) if whole else (table_fields.about(cells, how), ())
        except table_fields.Unusable as no:
            yield row, str(no), notes
        except MemoryError:
            raise
        except Exception as exc:  # noqa: BLE001 -- whatever a row does to us, it is one row
            yield row, f"It cannot be understood ({type(exc).__name__}).", notes
        else:
            yield row, known, notes + list(more)


def _count(at_hand: Copies, known: CatalogueRecord) -> None:
    """Add the copies of a row to those of the rows about the same thing: many systems write a row for each copy."""
    for place in known.places:
        where = (place.call_number, place.location)
        copies, codes = at_hand.get(where, (0, {}))
        fresh = [code for code in place.barcodes.split("; ") if code and code not in codes]
        if place.barcodes and not fresh:
            continue  # the same copy once more
        codes.update(dict.fromkeys(fresh))
        at_hand[where] = (copies + place.copies, codes)


def _key(known: CatalogueRecord) -> bytes:
    """What two rows about one thing have in common."""
    thing = f"{known.origin}\x1f{known.match_key}\x1f{known.format}"
    return hashlib.blake2b(thing.encode("utf-8", "replace"), digest_size=12).digest()


def _apart(cell: str) -> list[str]:
    """The ISBNs of a cell that holds several with blanks between; else the cell, if there is anything in it."""
    parts = cell.split()
    return parts if len(parts) > 1 and all(_is_isbn(part) for part in parts) else [cell] if cell else []


def _is_isbn(cell: str) -> bool:
    try:
        return bool(isbn.read_isbn(cell))
    except Refused:
        return False


def said_of(file: BinaryIO, asked: dict[str, Any], skip: int) -> Iterator[dict[str, Any]]:
    """All that is said of a file. asked: what is to be done, and how."""
    try:
        if asked["do"] == "look":
            yield from look(file, asked["most"])
        elif asked["do"] == "isbn":
            yield from numbers(file, asked["most"], skip)
        else:
            how = Reading(asked["columns"], asked["kind"], asked["shelf"], asked["location"])
            yield from answers(file, how, asked["most"], skip)
    except (NoFile, NoTable) as no:
        yield {"stopped": str(no)}
    yield {"end": True}


def begins_piece(count: int, said: dict[str, Any]) -> bool:
    """Whether the processor's time is counted anew from an answer on. count: of the answers before it."""
    # many rows were read for one "read"
    return count % PIECE == 0 or "read" in said


def main() -> None:
    """Read the file that is the standard input. Arguments: what is asked, as JSON, and lines to skip."""
    asked, skip = json.loads(sys.argv[1]), int(sys.argv[2])
    out, sys.stdout = sys.stdout, sys.stderr
    logging.disable()
    for letters in ("utf-8", "cp1252", "utf-16"):  # what is loaded late is loaded now
        for warm in (asked, {"do": "look", "most": 10_000}):
            list(said_of(io.BytesIO(WARM.encode(letters)), warm, 0))
    confine.shut_in()
    for count, said in enumerate(said_of(sys.stdin.buffer, asked, skip)):
        if begins_piece(count, said):
            confine.begin_piece(LIFE_SECONDS)
        out.write(json.dumps(said, separators=(",", ":")) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
