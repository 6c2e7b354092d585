"""The process that reads a roster: run as `python -m engage.people.roster_worker`, with the file as its input.

It knows no database and no secret, and once it has begun it can open nothing. Source: SAFETY.md, U3.
"""

import codecs
import io
import json
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import astuple
from typing import Any, BinaryIO

from engage.outside import confine
from engage.people.roster_oneroster import OneRoster
from engage.people.roster_opening import Bundle, NoRoster
from engage.people.roster_rules import ClassRow, Fault, MemberRow, PersonRow
from engage.people.roster_set import WANTED
from engage.people.roster_simple import SimpleTable

PIECE = 200
MOST_ORGS = 5_000
MOST_REFUSED = 20_000
LIFE_SECONDS = 600
LETTER = {PersonRow: "p", ClassRow: "c", MemberRow: "m", Fault: "f"}


def said_of(file: BinaryIO, asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What is said of a file: {"look": …} or pieces of {"rows": …} and what the whole was.

    asked: do (look or read), most bytes unpacked, org, today, whole.
    """
    try:
        bundle = Bundle(file, asked["most"], WANTED)
        table = bundle.archive is None
        found = SimpleTable(bundle, asked["whole"]) if table else OneRoster(bundle, asked["org"], asked["today"])
        if asked["do"] == "look":
            orgs = [[org.id, org.name, org.type] for org in found.head.orgs[:MOST_ORGS]]
            yield {"look": {"kind": found.head.kind, "orgs": orgs}}
        else:
            yield from _pieces(found)
            yield {"whole": {"kind": found.head.kind, "bulk": found.bulk, "counts": found.counts}}
    except NoRoster as no:
        yield {"stopped": str(no)}
    yield {"end": True}


def _pieces(found: OneRoster | SimpleTable) -> Iterator[dict[str, Any]]:
    rows: list[Any] = []
    refused = 0
    for item in found.items():
        refused += isinstance(item, Fault) and item.refused
        if refused > MOST_REFUSED:
            raise NoRoster(f"More than {MOST_REFUSED:,} rows cannot be taken; this is no roster that we can read.")
        rows.append([LETTER[type(item)], *astuple(item)])
        if len(rows) >= PIECE:
            yield {"rows": rows}
            rows = []
    if rows:
        yield {"rows": rows}


def main() -> None:
    """Read the file that is the standard input. Argument: what is asked, as JSON."""
    asked = json.loads(sys.argv[1])
    out, sys.stdout = sys.stdout, sys.stderr
    _warm_up(asked)
    confine.shut_in()
    for said in said_of(sys.stdin.buffer, asked):
        confine.begin_piece(LIFE_SECONDS)
        out.write(json.dumps(said, separators=(",", ":")) + "\n")
        out.flush()


def _warm_up(asked: Mapping[str, Any]) -> None:
    """Load what is loaded late, since afterwards no file can be opened."""
    for letters in ("cp437", "cp1252", "utf-8", "utf-16"):
        codecs.lookup(letters)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("é/users.csv", 'sourcedId,givenName,role,orgSourcedIds\n1,"A",student,1\n')
    for body in (packed.getvalue(), "class,name\n1,\xe9\n".encode("cp1252"), "class,name\n1,b\n".encode("utf-16")):
        for act in ("look", "read"):
            list(said_of(io.BytesIO(body), {**asked, "do": act}))


if __name__ == "__main__":
    main()
