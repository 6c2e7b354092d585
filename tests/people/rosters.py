"""Rosters for tests: sets of OneRoster tables as a zip, and what becomes of them."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from engage.people import roster_applying, roster_asking
from engage.people.models import Person, School
from engage.people.roster_models import RosterImport, RosterRow
from engage.people.roster_oneroster import OneRoster
from engage.people.roster_opening import Bundle
from engage.people.roster_rules import Fault, Outcome
from engage.people.roster_set import WANTED
from engage.people.roster_simple import SimpleTable
from engage.people.roster_staging import Coming, stage

SECRET = "a key that only the tests know, and nobody else"
TODAY = "2026-11-29"
MOST = 50 * 2**20

ORGS = "sourcedId,name,type\nO1,Lincoln School,school\nO2,Roosevelt School,school\n"
CLASSES = "sourcedId,title,grades,courseSourcedId,classCode,classType,schoolSourcedId,termSourcedIds"
USERS = "sourcedId,enabledUser,orgSourcedIds,role,username,givenName,familyName,email,grades,password"
ENROLLMENTS = "sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role"
NOTHING = {"added": 0, "changed": 0, "gone": 0}
REFUSED = {
    "Test_full_data_set": [("enrollments.csv", 3, "It makes somebody of the staff a student of a class.")],
    "Test_minimal_data_set": [
        ("enrollments.csv", 3, "It makes somebody of the staff a student of a class."),
        ("enrollments.csv", 6, "It makes somebody of the staff a student of a class."),
    ],
    "oneroster_test_data": [],
}


def manifest(version: str = "1.1", **modes: str) -> str:
    """A manifest. modes: bulk, delta or absent by file."""
    lines = "".join(f"file.{name},{mode}\n" for name, mode in modes.items())
    return f"propertyName,value\nmanifest.version,1.0\noneroster.version,{version}\n{lines}"


def users(*rows: str) -> str:
    """users.csv of Lincoln. rows: "id role given family grade"."""
    lines = []
    for row in rows:
        key, role, given, family, grade = [*row.split(), ""][:5]
        login = f"{given}.{family}@lincoln.example".lower()
        lines.append(f"{key},true,O1,{role},{login},{given},{family},{login},{grade},Passw0rd-{key}")
    return "\n".join([USERS, *lines]) + "\n"


def classes(*rows: str) -> str:
    """classes.csv of Lincoln. rows: "id title"."""
    cells = [row.partition(" ") for row in rows]
    return "\n".join([CLASSES, *(f"{key},{title},03,,,homeroom,O1," for key, _, title in cells)]) + "\n"


def enrollments(*rows: str) -> str:
    """enrollments.csv of Lincoln. rows: "class person role"."""
    cells = [row.split() for row in rows]
    return (
        "\n".join([ENROLLMENTS, *(f"E{n},{room},O1,{who},{role}" for n, (room, who, role) in enumerate(cells))]) + "\n"
    )


def a_set(mode: str = "bulk", **tables: str) -> dict[str, str]:
    """The tables of a set with its manifest."""
    modes = dict.fromkeys(("orgs", *tables), mode) | {"orgs": "bulk"}
    return {"manifest": manifest(**modes), "orgs": ORGS, **tables}


USUAL = {
    "users": users(
        "S1 student Sam Diaz 03", "S2 student Sam Okoro 03", "S3 student Mia Park KG", "T1 teacher Lea Lind"
    ),
    "classes": classes("C1 Room 7", "C2 Room 8"),
    "enrollments": enrollments("C1 S1 student", "C1 S2 student", "C2 S3 student", "C1 T1 teacher", "C2 T1 teacher"),
}


def zipped(tables: Mapping[str, str | bytes], folder: str = "") -> bytes:
    """A zip of tables by name, without ".csv"."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in tables.items():
            archive.writestr(f"{folder}{name}.csv", body)
    return out.getvalue()


def read(body: bytes, org: str = "", whole: bool = False) -> tuple[list[Any], dict[str, int]]:
    """The items of a roster and the counts of its tables, read in this process. Raises NoRoster."""
    bundle = Bundle(io.BytesIO(body), MOST, WANTED)
    found = SimpleTable(bundle, whole) if bundle.archive is None else OneRoster(bundle, org, TODAY)
    return list(found.items()), found.counts


def faults(items: list[Any], refused: bool | None = None) -> list[tuple[str, int, str]]:
    """What is said of a roster: file, line and sentence."""
    return [
        (item.file, item.line, item.why)
        for item in items
        if isinstance(item, Fault) and refused in (None, item.refused)
    ]


async def bring(school: School, body: bytes, name: str = "roster.zip", yes: bool = False, **more: Any) -> RosterImport:
    """Stage a roster and apply it; the import as it then is. Raises Refused."""
    key = await preview(school, body, name, **more)
    return await roster_applying.apply(school.id, key, by=None, yes=yes)


async def preview(school: School, body: bytes, name: str = "roster.zip", **more: Any) -> str:
    """Stage a roster; the key of the import. Raises Refused."""
    file, digest = roster_asking.unnamed(body)
    with file:
        return await stage(school.id, Coming(name, file, digest, **more), SECRET)


async def report(school: School, key: str, *outcomes: Outcome) -> list[tuple[str, int, str]]:
    """The rows of an import: file, line, why."""
    rows = RosterRow.filter(school_id=school.id, of_import__key=key)
    if outcomes:
        rows = rows.filter(outcome__in=list(outcomes))
    return [tuple(row) for row in await rows.order_by("number").values_list("file", "line", "why")]


async def names(school: School, status: str = "active") -> list[str]:
    """The names and letters of people who are at home at a school."""
    found = Person.filter(school_id=school.id, status=status).order_by("name", "letter")
    return [f"{name} {letter}".strip() for name, letter in await found.values_list("name", "letter")]


def sums(imported: RosterImport) -> dict[str, int]:
    return {name: getattr(imported, name) for name in NOTHING}
