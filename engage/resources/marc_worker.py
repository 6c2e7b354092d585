"""The process that reads a MARC file: run as `python -m engage.resources.marc_worker`, with the file as its input.

It knows no database and no secret, and once it has begun it can open nothing. Sources: SAFETY.md, U3 and U4.
"""

import gzip
import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import pymarc

from engage.outside import confine
from engage.resources import marc, marc_holdings, record
from engage.resources.marc_file import records_in
from engage.resources.marc_holdings import Conventions
from engage.resources.opening import NoFile

LOOKED = 6
MOST_SHOWN = 6
PIECE = 50  # records for which the processor's time is counted together
LIFE_SECONDS = 1_800
WARM = b"00064     2200037   4500245001500000\x1e10\x1fa\x1b(Ncaf\xe2e 1\x1e\x1d"
WARM_XML = (
    b'<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 a 4500</leader>'
    b'<datafield tag="245" ind1="1" ind2="0"><subfield code="a">caf\xc3\xa9</subfield></datafield></record>'
)


def answers(
    file: BinaryIO, location: str, most: int, skip: int, conventions: Conventions | None = None
) -> Iterator[dict[str, Any]]:
    """What is said of each record after the first ones: its number and the record, or why it is refused."""
    try:
        for read in records_in(file, most, skip):
            said: dict[str, Any] = {"number": read.number, "notes": list(read.notes)}
            try:
                if read.record is None:
                    said["refused"] = read.problem
                else:
                    said["record"] = record.to_json(marc.read(read.record, location, conventions))
            except marc.Unusable as no:
                said["refused"] = str(no)
            except MemoryError:
                raise
            except Exception as exc:  # noqa: BLE001 -- whatever a record does to us, it is one record
                said["refused"] = f"It cannot be understood ({type(exc).__name__})."
            if "refused" in said and read.record is not None:
                said["title"] = title_in(read.record)
            yield said
    except NoFile as no:
        yield {"stopped": str(no)}
    yield {"end": True}


def looks(file: BinaryIO, location: str, most: int, conventions: Conventions | None) -> Iterator[dict[str, Any]]:
    """The first records as a person is shown them: the fields that may be of copies, and what is read out of them."""
    tags = {*marc_holdings.TAGS, *([conventions.tag] if conventions else [])}
    for read in records_in(file, most):
        if read.number > LOOKED:
            break
        if read.record is None:
            continue
        places: list[record.Place] = []
        refused = ""
        try:
            places += marc.read(read.record, location, conventions).places
        except marc.Unusable as no:
            refused = str(no)
        fields = [each for each in read.record.fields if each.tag in tags and not each.control_field]
        yield {
            "title": title_in(read.record),
            "fields": [(each.tag, _shown(each)) for each in fields[:MOST_SHOWN]],
            "places": [(each.call_number, each.location, each.copies, each.barcodes) for each in places[:MOST_SHOWN]],
            "refused": refused,
        }


def looked_at(file: BinaryIO, location: str, most: int, conventions: Conventions | None) -> Iterator[dict[str, Any]]:
    """The same, and what ended it."""
    try:
        yield from looks(file, location, most, conventions)
    except NoFile as no:
        yield {"stopped": str(no)}
    yield {"end": True}


def _shown(field: pymarc.Field) -> str:
    """A field as cataloguers write it: "$b Main $h FIC"."""
    return record.neat(" ".join(f"${part.code} {part.value.strip()}" for part in field.subfields), record.NAME)


def title_in(raw: pymarc.Record) -> str:
    """What the record calls itself, to be recognised by in the report."""
    try:
        return record.neat(" ".join(raw["245"].get_subfields("a", "b")), record.NAME)
    except (KeyError, AttributeError, TypeError):
        return ""


def main() -> None:
    """Read the file that is the standard input.

    Arguments: location, most bytes, records to skip, conventions as in Import.mapping, and "look" for the first ones.
    """
    location, most, skip = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    conventions, look = marc_holdings.conventions_of(sys.argv[4]), sys.argv[5:] == ["look"]
    out, sys.stdout = sys.stdout, sys.stderr
    logging.disable()
    for warm in (WARM, gzip.compress(WARM), WARM_XML):  # what is loaded late is loaded now
        list(answers(io.BytesIO(warm), "", len(warm) + 100, 0))
    confine.shut_in()
    file = sys.stdin.buffer
    told = looked_at(file, location, most, conventions) if look else answers(file, location, most, skip, conventions)
    for count, said in enumerate(told):
        if count % PIECE == 0:
            confine.begin_piece(LIFE_SECONDS)
        out.write(json.dumps(said, separators=(",", ":")) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
