"""What the story plays on: the service as it is started for real, people in its database, and sites with feeds."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tortoise.backends.base.executor import EXECUTOR_CACHE

from engage import dates
from engage.database.opening import opened
from engage.database.tenancy import every_school
from engage.engagement.rules import Mode
from engage.people import actions, passwords
from engage.people.models import Person
from engage.people.rules import Role
from engage.people.schools import make_school
from tests import data, make
from tests.patience import done
from tests.school import as_reader
from tests.serving import free_port, wait_until_ready

PASSWORD = "a long walk by the lantern river"
SITES = {
    "/podcast.rss": ("feeds-podcast/podcastparser__itunes_type.rss", "application/rss+xml"),
    "/blog.atom": ("feeds-real/NetNewsWire__neverworkintheory.atom", "application/atom+xml"),
    "/channel.xml": ("feeds-video/feed-rs__atom_mediarss_youtube_1.xml", "application/atom+xml"),
}
# of grade 4, so few that nothing may be said of them
FEW = 3
MANY = 12


@contextmanager
def site(bodies: Mapping[str, tuple[bytes, str]]) -> Iterator[str]:
    """A server on the loopback; gives its address. bodies: what it gives, and of which media type, by path."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, kind = bodies.get(self.path, (b"", ""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: object) -> None:
            """Nothing: the test says what it saw."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def sites() -> Iterator[str]:
    """A server on the loopback with real feeds; gives its address."""
    with site({path: (data.shared(file).read_bytes(), kind) for path, (file, kind) in SITES.items()}) as address:
        yield address


async def people(url: str) -> None:
    """Lincoln School: Ada and Vera, Tom with Sam and Nia in Room 12, and children who logged since the year began."""
    EXECUTOR_CACHE.clear()  # Tortoise keeps statements by table only, as if all databases were of one kind
    async with opened(url):
        school = await make_school("Lincoln School", "lincoln", "America/New_York", "Alder Valley")
        today = dates.today(school.zone)
        year = dates.school_year(today, school.year_starts_in)
        known = await passwords.hashed(PASSWORD)
        for name, role, room in (("Ada Okafor", Role.SPECIALIST, ""), ("Tom Reyes", Role.TEACHER, "Room 12")):
            made = await actions.create_person(
                school, name, role, login=name.split()[0], room=room, year=dates.year_name(year), on=today
            )
            with every_school("a person of this test"):
                await Person.filter(id=made.id).update(password_hash=known)
        for name in ("Sam", "Nia", "Lou"):
            await actions.create_person(
                school, name, Role.STUDENT, grade=3, room="Room 12", year=dates.year_name(year), on=today
            )
        for grade, number in ((3, MANY), (4, FEW)):
            for place in range(number):
                child = await make.person(f"Child {grade}-{place}", Role.STUDENT, school, grade)
                await since(date(today.year, today.month, 1), await as_reader(child, school.slug))


async def since(first: date, child: object) -> None:
    """A child who read, watched and listened last month."""
    for days, mode in ((1, Mode.READING), (8, Mode.LISTENING), (9, Mode.VIEWING), (15, Mode.READING)):
        await make.log_act(child, first - timedelta(days=days), mode, 15, place="here")  # type: ignore[arg-type]


@contextmanager
def service(url: str, folder: Path, allowed: str) -> Iterator[str]:
    """`engage serve` in a process of its own on this database; gives its address. allowed: a host:port outside."""
    done(people(url))
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = {
        "ENGAGE_DATABASE_URL": url,
        "ENGAGE_SECRET_KEY": "only the tests know this key, nobody else does",
        "ENGAGE_BASE_URL": address,
        "ENGAGE_DATA_FOLDER": str(folder),
        "ENGAGE_ALLOWED_OUTSIDE": allowed,
        "ENGAGE_COVERS_FROM": "",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    with (folder / "service.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "engage.cli", "serve", "--port", str(port)],
            env={**os.environ, **settings},
            cwd=folder,
            stderr=log,
        )
        try:
            wait_until_ready(address)
            yield address
        finally:
            server.terminate()
            server.wait(30)
