"""How long a roster of 50,000 students takes, and what it weighs: `python -m tests.bench.rosters`.

A made-up district school of 50,000 students in 2,000 classes with 2,500 teachers, each student in two of them, as a zip
of OneRoster 1.1: read and laid beside what is here, applied, and all of it again, which must change nothing; then a
next night with a few hundred changes. On SQLite, or on PostgreSQL with --postgres. --students N takes fewer. How long
another may wait who writes meanwhile is printed, too. Prints seconds and the memory of both processes.
"""

import argparse
import asyncio
import hashlib
import io
import resource
import tempfile
import time
import zipfile
from contextlib import ExitStack, suppress
from pathlib import Path

from engage import dates
from engage.database.opening import opened
from engage.database.operations import migrate
from engage.database.transaction import one_transaction
from engage.errors import Busy
from engage.people import roster_applying, roster_asking
from engage.people.models import AuditEntry, ClassMember, Person, School
from engage.people.roster_staging import Coming, stage
from tests import make
from tests.conftest import Place, on_server, postgres_server

SECRET = "a key that only the bench knows, and nobody else"
GIVEN = ("Sam", "Mia", "Noa", "Ben", "Lea", "Ida", "Max", "Zoe", "Kai", "Amy", "Leo", "Ava", "Eli", "Uma", "Joe", "Ana")
CLASS_OF = 25


def roster(students: int, changed: int = 0) -> bytes:
    """A zip. changed: how many students have another grade, and as many are gone and as many new."""
    rooms, teachers = max(1, students // CLASS_OF), max(1, students // 20)
    users = ["sourcedId,enabledUser,orgSourcedIds,role,username,givenName,familyName,grades,password"]
    for n in range(teachers):
        users.append(f"T{n},true,O1,teacher,t{n}@x.example,Teacher,Number{n},,secret{n}")
    first, last = changed, students + changed
    for n in range(first, last):
        grade = n % 12 + 1 if n >= 2 * changed else (n + 1) % 12 + 1
        family = "".join(chr(97 + n * 7919 // 26**place % 26) for place in range(5)).capitalize()
        users.append(f"S{n},true,O1,student,s{n},{GIVEN[n % len(GIVEN)]},{family},{grade:02d},secret{n}")
    classes = ["sourcedId,title,classType,schoolSourcedId,courseSourcedId,termSourcedIds"]
    classes += [f"C{n},Class {n},homeroom,O1,," for n in range(2 * rooms)]
    places = ["sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role"]
    for n in range(first, last):
        places.append(f"E{n}a,C{n // CLASS_OF % rooms},O1,S{n},student")
        places.append(f"E{n}b,C{rooms + n % rooms},O1,S{n},student")
    places += [f"F{n},C{n},O1,T{n % teachers},teacher" for n in range(2 * rooms)]
    modes = "".join(f"file.{name},bulk\n" for name in ("orgs", "users", "classes", "enrollments"))
    tables = {
        "manifest": f"propertyName,value\noneroster.version,1.1\n{modes}",
        "orgs": "sourcedId,name,type\nO1,Bench School,school\n",
        **{name: "\n".join(rows) for name, rows in (("users", users), ("classes", classes), ("enrollments", places))},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in tables.items():
            archive.writestr(f"{name}.csv", body)
    return out.getvalue()


@one_transaction
async def _write(school_id: int) -> None:
    await AuditEntry.create(school_id=school_id, at=dates.now(), act="the bench writes meanwhile")


async def waits(school_id: int, until: asyncio.Event) -> float:
    """The longest that somebody waits who writes a row four times a second; who is told that it is busy waited, too."""
    longest = 0.0
    while not until.is_set():
        started = time.perf_counter()
        with suppress(Busy):
            await _write(school_id)
        longest = max(longest, time.perf_counter() - started)
        await asyncio.sleep(0.25)
    return longest


async def bring(name: str, school: School, body: bytes, yes: bool = False) -> float:
    """Stage and apply a roster, with what it takes."""
    over = asyncio.Event()
    waiting = asyncio.create_task(waits(school.id, over))
    started = time.perf_counter()
    digest = hashlib.sha256(body).hexdigest()
    with tempfile.TemporaryFile() as file:
        file.write(body)
        file.flush()
        coming = Coming("bench.zip", file, digest, most=roster_asking.MOST_BY_OPERATOR)
        key = await stage(school.id, coming, SECRET)
    looked = time.perf_counter()
    done = await roster_applying.apply(school.id, key, by=None, yes=yes)
    ended = time.perf_counter()
    over.set()
    print(
        f"{name:14} look {looked - started:6.1f} s  apply {ended - looked:6.1f} s  whole {ended - started:6.1f} s  "
        f"others waited {await waiting:4.1f} s   {roster_applying.told(done, would=False)}",
        flush=True,
    )
    return ended - started


async def run(kind: str, url: str, students: int) -> None:
    """The roster three times, into an empty database."""
    await migrate(url)
    async with opened(url):
        school = await make.school("bench", "Bench School", await make.district())
        body = roster(students)
        print(f"{kind}: {students:,} students, a zip of {len(body) / 2**20:.1f} MiB")
        took = await bring("first", school, body)
        await bring("again", school, body)
        await bring("next night", school, roster(students, changed=min(250, students // 100)), yes=True)
        people = await Person.filter(school_id=school.id).count()
        places = await ClassMember.filter(school_id=school.id).count()
        print(
            f"{people:,} people, {places:,} places in classes; first import {'under' if took < 120 else 'OVER'} 120 s"
        )


def main() -> None:
    """Run on one database."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=50_000)
    parser.add_argument("--postgres", action="store_true")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        if asked.postgres:
            server = stack.enter_context(postgres_server())
            place = Place("postgres", "", Path(server.get_postmaster_info().socket_dir))
            asyncio.run(on_server(place, 'CREATE DATABASE "rosters"'))
            asyncio.run(run("PostgreSQL", place.url("rosters"), asked.students))
        else:
            asyncio.run(run("SQLite", f"sqlite://{folder}/bench.sqlite3", asked.students))
    for who, name in ((resource.RUSAGE_SELF, "this process"), (resource.RUSAGE_CHILDREN, "the reading process")):
        print(f"memory of {name}: {resource.getrusage(who).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
