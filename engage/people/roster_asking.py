"""What the process that reads a roster is asked, and what is believed of its answers; ids of others become hashes here.

Sources: SAFETY.md, P1, U2 and U3.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from engage.errors import Refused
from engage.outside import stream
from engage.people import roster_rules as rules
from engage.people import sealing
from engage.people.roster_rules import ClassRow, Fault, Kind, MemberRow, Part, PersonRow, What

WORKER = ("-m", "engage.people.roster_worker")
# bytes of a roster, unpacked: by the page (SAFETY.md, U2), and by the operator's own command or folder
MOST_BY_PAGE = 50 * 1024 * 1024
MOST_BY_OPERATOR = 200 * 1024 * 1024
# rows of one school, so that a page takes little memory; the operator's own command and folder take more
MOST_ROWS_BY_PAGE = 50_000
MOST_ROWS = 2_000_000
TOO_MANY = (
    "This roster has more than {most:,} rows of one school. Whoever runs the server brings it in with the command."
)
STOPPED = "This file stopped the program that reads rosters."
CLASSES = {"p": PersonRow, "c": ClassRow, "m": MemberRow, "f": Fault}


@dataclass(frozen=True)
class Org:
    """A school that a roster tells of. id: as the file has it, only for as long as the file is read."""

    id: str
    name: str
    hash: str


@dataclass
class Roster:
    """A roster that was read, with the ids of others hashed. bulk: which tables hold all there is, of users, classes,
    enrollments, and named: all of the classes that it names.
    """

    kind: Kind = Kind.TABLE
    bulk: frozenset[str] = frozenset()
    counts: dict[str, int] = field(default_factory=dict)
    people: list[PersonRow] = field(default_factory=list)
    classes: list[ClassRow] = field(default_factory=list)
    members: list[MemberRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    org: Org | None = None


@dataclass(frozen=True)
class Hashing:
    """Keyed hashes of the ids that other systems use, apart for each school."""

    secret_key: str
    school_id: int

    def of(self, what: What, text: str) -> str:
        """The hash of an id."""
        plain = text.encode("utf-8", "replace").decode()
        return sealing.keyed(self.secret_key, f"roster/{self.school_id}/{what}", plain)[:40]


async def look(file: BinaryIO, hashing: Hashing, most: int) -> tuple[Kind, list[Org]]:
    """What kind of roster a file is, and the schools that it tells of. Raises Refused."""
    asked = {"do": "look", "most": most, "org": "", "today": "", "whole": False}
    async with aclosing(_said(file, asked)) as answers:
        async for said in answers:
            try:
                found = said["look"]
                named = [(str(key)[:255], rules.tidy(str(name), rules.LONGEST_CLASS)) for key, name, _ in found["orgs"]]
                return Kind(found["kind"]), [Org(key, name, hashing.of(What.SCHOOL, key)) for key, name in named]
            except (KeyError, TypeError, ValueError) as exc:
                raise Refused(STOPPED, about="file") from exc
    raise Refused(STOPPED, about="file")


async def read(file: BinaryIO, hashing: Hashing, most: int, org: Org | None, today: date, whole: bool) -> Roster:
    """The rows of one school. org: None where the file tells of none. whole: a table holds everybody.

    Raises Refused.
    """
    roster, number = Roster(org=org), 0
    most_rows = MOST_ROWS_BY_PAGE if most <= MOST_BY_PAGE else MOST_ROWS
    asked = {"do": "read", "most": most, "org": org.id if org else "", "today": today.isoformat(), "whole": whole}
    async with aclosing(_said(file, asked)) as answers:
        async for said in answers:
            try:
                if "whole" in said:
                    _end(roster, said["whole"])
                    return roster
                for row in said["rows"]:
                    _believe(roster, row, hashing)
                number += len(said["rows"])
            except (KeyError, TypeError, ValueError, AttributeError) as exc:
                raise Refused(STOPPED, about="file") from exc
            if number > most_rows:
                raise Refused(TOO_MANY.format(most=most_rows), about="file")
    raise Refused(STOPPED, about="file")


def _end(roster: Roster, told: Mapping[str, Any]) -> None:
    """What the whole was, after its rows. Raises KeyError, TypeError and ValueError."""
    roster.kind, roster.bulk = Kind(told["kind"]), frozenset(str(name) for name in told["bulk"])
    roster.counts = {str(name)[:80]: int(count) for name, count in told["counts"].items()}


async def _said(file: BinaryIO, asked: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    file.seek(0)
    try:
        async with aclosing(stream.lines((*WORKER, json.dumps(asked)), file)) as lines:
            async for said in lines:
                if "stopped" in said:
                    raise Refused(rules.tidy(str(said["stopped"]), 300), about="file")
                yield said
    except stream.Broken as exc:
        raise Refused(STOPPED, about="file") from exc


def _believe(roster: Roster, row: Sequence[Any], hashing: Hashing) -> None:
    """Take one row, if it is what it should be. Raises TypeError and ValueError."""
    letter, *cells = row
    if any(not isinstance(cell, str | int | bool | list | None) for cell in cells) or len(str(cells)) > 4_000:
        raise ValueError("no row")
    match CLASSES[letter](*cells):
        case PersonRow() as one:
            _check(one.line, one.grade)
            name, longest = rules.tidy, rules.LONGEST_NAME
            roster.people.append(
                PersonRow(
                    _file(one.file),
                    one.line,
                    hashing.of(What.PERSON, one.id),
                    Part(one.part) if one.part else "",
                    name(one.given, longest),
                    name(one.family, longest),
                    one.grade,
                    name(one.login, 254),
                    name(one.email, 254),
                    bool(one.gone),
                )
            )
        case ClassRow() as room:
            _check(room.line, room.grade)
            key, title = hashing.of(What.CLASS, room.id), rules.tidy(room.title, rules.LONGEST_CLASS)
            code, starts = rules.tidy(room.code, 40), _day(room.starts)
            roster.classes.append(
                ClassRow(_file(room.file), room.line, key, title, code, room.grade, starts, bool(room.gone))
            )
        case MemberRow() as at:
            _check(at.line, None)
            where, who = hashing.of(What.CLASS, at.class_id), hashing.of(What.PERSON, at.person_id)
            days = _day(at.since), _day(at.until)
            roster.members.append(MemberRow(_file(at.file), at.line, where, who, Part(at.part), *days, bool(at.gone)))
        case Fault() as fault:
            _check(fault.line, None)
            what = What(fault.what)
            told = (What.CLASS, What.PERSON) if what is What.MEMBER else (what,)
            ids = tuple(hashing.of(one, str(key)) for one, key in zip(told, fault.ids, strict=False))
            why = rules.tidy(fault.why, 500)
            roster.faults.append(Fault(_file(fault.file), fault.line, what, why, bool(fault.refused), ids))


def _check(line: Any, grade: Any) -> None:
    if not isinstance(line, int) or line < 0 or not (grade is None or (isinstance(grade, int) and -1 <= grade <= 12)):
        raise ValueError("no line or no grade")


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat() if text else ""


def _file(name: str) -> str:
    return rules.tidy(name, 80)


def opened(path: Path) -> tuple[BinaryIO, str]:
    """A roster of the operator's: a zip, a table, or a folder of tables, which are packed without being looked at.

    Of a folder only the tables with a name of the standard are taken. Returns the file and its SHA-256.
    """
    if path.is_dir():
        # the names of roster_set.WANTED without those that may not be opened; nothing else is even copied
        names = {"manifest", "orgs", "academicsessions", "courses", "classes", "users", "roles", "enrollments"}
        packed = tempfile.TemporaryFile()  # noqa: SIM115 -- whoever asked closes it
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for each in sorted(path.iterdir()):
                word = each.name.casefold().removesuffix(".csv")
                if each.is_file() and each.suffix.casefold() == ".csv":
                    if word in names:
                        archive.write(each, each.name)
                    else:
                        archive.writestr(each.name, b"")
        packed.seek(0)
        return packed, hashlib.file_digest(packed, "sha256").hexdigest()
    file = path.open("rb")
    return file, hashlib.file_digest(file, "sha256").hexdigest()


def unnamed(body: bytes) -> tuple[BinaryIO, str]:
    """What was sent, in a file without a name, gone when it is closed; and its SHA-256."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- whoever asked closes it
    file.write(body)
    file.flush()
    file.seek(0)
    return file, hashlib.sha256(body).hexdigest()
