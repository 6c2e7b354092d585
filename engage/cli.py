"""The commands of the service, for whoever runs it. Each opens the database, does one thing and says what it did."""

import asyncio
import getpass
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import uvicorn

from engage import dates, doctoring, parts, rebuilding
from engage.app import build_app
from engage.cli_backup import backup, backup_key, restore
from engage.cli_library import check_links, harvest, import_file, report
from engage.cli_privacy import erase_person, export_person
from engage.cli_promotion import import_circulation
from engage.cli_proxy import proxy
from engage.commanding import UNREACHED, school_of, settings_or_stop, stop, with_database
from engage.database.config import is_sqlite
from engage.database.operations import SchemaProblem, migrate
from engage.database.transaction import budget
from engage.errors import Busy, NotFound, Refused
from engage.jobs import Worker
from engage.metrics import watched
from engage.people import actions, passwords
from engage.people.models import Person, School
from engage.people.person_actions import check_told_apart
from engage.people.rules import Role
from engage.people.schools import make_school
from engage.routes import ROWS
from engage.settings import PORT, Settings, SettingsProblem, read_allowed_outside, read_settings
from engage.web.receiving import Receiving
from engage.web.routing import first_parts

GRADES = {"K": 0, "Pre-K": -1}
DEMO_SECONDS = 60.0  # for a unit of work that builds the demo


@click.group()
@click.version_option(package_name="engage")
def main() -> None:
    """Engage, the reading-engagement service of a school library."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=PORT, show_default=True)
@click.option("--workers", default=1, show_default=True, help="More than one needs PostgreSQL.")
def serve(host: str, port: int, workers: int) -> None:
    """Run the service. An empty or older SQLite database is migrated first; a newer one is refused.

    Without ENGAGE_BASE_URL readers reach it at this machine and this port.
    """
    parts_or_stop()
    settings = settings_or_stop(port)
    bound_or_stop(settings, host)
    if is_sqlite(settings.database_url):
        if workers > 1:
            stop("SQLite is served by one process. For more workers use PostgreSQL.")
        migrate_or_stop(settings)
    if workers > 1 and settings != settings_or_stop():
        stop("With several workers say in ENGAGE_BASE_URL where readers reach them.")
    run_server(settings, host, port, workers)


def parts_or_stop() -> None:
    """Stop where a package is older than it must be, for a known hole may be in it (SAFETY.md, G2)."""
    if found := parts.too_old():
        stop(" ".join([*found, "Install Engage again with its constraints.txt."]))


def bound_or_stop(settings: Settings, host: str) -> None:
    """Stop where others could ask in the clear."""
    try:
        settings.check_bound(host)
    except SettingsProblem as problem:
        stop(str(problem))


def run_server(settings: Settings, host: str, port: int, workers: int = 1) -> None:
    """Answer requests until told to stop; what was begun is finished."""
    common: dict[str, Any] = {
        "host": host,
        "port": port,
        "http": Receiving,
        "server_header": False,
        "date_header": True,
        "access_log": False,
        "proxy_headers": False,
        "h11_max_incomplete_event_size": 32 * 1024,
        "timeout_graceful_shutdown": 20,
        "timeout_keep_alive": 15,
        "log_level": "warning",
    }
    if workers > 1:
        uvicorn.run("engage.cli:worker_app", factory=True, workers=workers, **common)
    else:
        uvicorn.run(build_app(settings), **common)


def worker_app() -> Any:
    """The application of one of several server processes, which read the settings for themselves."""
    return build_app(read_settings())


@main.command()
def worker() -> None:
    """Do the background jobs in a process of their own."""
    parts_or_stop()
    settings = settings_or_stop()

    async def run() -> None:
        async with watched(settings):
            await Worker(settings).run()

    with_database(settings, run)


@main.command(name="migrate")
def migrate_command() -> None:
    """Bring the tables of the database up to this version; SQLite is backed up first."""
    migrate_or_stop(settings_or_stop())
    click.echo("The database is of this version.")


def migrate_or_stop(settings: Settings) -> None:
    """Migrate, or say in one sentence why not."""
    try:
        asyncio.run(migrate(settings.database_url))
    except SchemaProblem as problem:
        stop(str(problem))
    except (Busy, OSError):
        stop(UNREACHED)


@main.command("create-school")
@click.option("--name", required=True, help="As it is written on the door.")
@click.option("--slug", required=True, help="Its part of every address: letters, digits and hyphens.")
@click.option("--zone", default="America/New_York", show_default=True, help="Its time zone.")
@click.option("--district", default="", help="The district it belongs to; one of its own if not given.")
def create_school(name: str, slug: str, zone: str, district: str) -> None:
    """Open a school."""
    settings = settings_or_stop()
    if is_sqlite(settings.database_url):
        migrate_or_stop(settings)

    async def run() -> School:
        return await make_school(name, slug, zone, district, first_parts(ROWS))

    school = with_database(settings, run)
    click.echo(f"{school.name} is open at {settings.base_url}/{school.slug}/")


@main.command("create-person")
@click.option("--school", required=True, help="The school's slug.")
@click.option("--name", required=True, help="For a student: the given name and no more.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--login", default=None, help="What staff sign in with.")
@click.option("--class", "room", default="", help="A class by name, made if there is none.")
@click.option("--grade", default=None, help="Pre-K, K, or 1 to 12.")
@click.option("--letter", default="", help="Tells two children of one name apart.")
def create_person(
    school: str, name: str, role: str, login: str | None, room: str, grade: str | None, letter: str
) -> None:
    """Add a student or somebody of the staff."""
    settings = settings_or_stop()

    async def run() -> Person:
        where = await school_of(school)
        today, stands_in = dates.today(where.zone), grade_of(grade)
        if Role(role) is Role.STUDENT:
            if login:
                raise Refused(
                    "A student has no login: the code of the class and a card, pictures or a PIN let them in."
                )
            await check_told_apart(where.id, name, letter)
        return await actions.create_person(
            where,
            name,
            Role(role),
            login=login,
            grade=stands_in,
            room=room,
            year=dates.year_name(dates.school_year(today, where.year_starts_in)),
            on=today,
            letter=letter,
        )

    person = with_database(settings, run)
    click.echo(f"{person.name} is added." + (f" Next: engage set-password {person.login}" if person.login else ""))


def grade_of(text: str | None) -> int | None:
    """A grade as it is written. Raises Refused."""
    if text is None:
        return None
    if text in GRADES:
        return GRADES[text]
    if text.isdigit() and 1 <= int(text) <= 12:
        return int(text)
    raise Refused("A grade is Pre-K, K, or 1 to 12.", about="grade")


@main.command("set-password")
@click.argument("login")
@click.option("--forget-second-step", is_flag=True, help="The app and the codes are lost: set it up anew.")
def set_password(login: str, forget_second_step: bool) -> None:
    """Give somebody of the staff a password; it is asked for, or read from standard input."""
    settings = settings_or_stop()
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")

    async def run() -> str:
        person = await Person.get_or_none(login=login.strip().casefold()).select_related("school")
        if person is None:
            raise NotFound(f"login {login}")
        passwords.check_password(password, (person.name, login, person.school.name))
        await actions.keep_password(person, await passwords.hashed(password))
        if forget_second_step:
            await actions.forget_second_factor(person)
        return person.name

    click.echo(f"{with_database(settings, run)} can sign in.")


@main.command()
@click.option("--school", default=None, help="One school by its slug; all if not given.")
def rebuild(school: str | None) -> None:
    """Make every derived row again from the facts and print what differed; there must be nothing."""
    settings = settings_or_stop()

    async def run() -> list[str]:
        schools = [await school_of(school)] if school else await School.all().order_by("slug")
        return [line for one in schools for line in await rebuilding.rebuild(one)]

    found = with_database(settings, run)
    for line in found:
        click.echo(line)
    click.echo(f"{len(found)} differences." if found else "No difference.")
    sys.exit(1 if found else 0)


@main.command()
def doctor() -> None:
    """Look at settings, database and disk, and say what to do."""
    settings = settings_or_stop()
    fine = True
    for check in asyncio.run(doctoring.look(settings, first_parts(ROWS))):
        click.echo(
            f"{'ok  ' if check.fine else 'CARE'}  {check.what}" + ("" if check.fine else f"\n      {check.remedy}")
        )
        fine = fine and check.fine
    click.echo("\nSettings:")
    for name, value, meaning in doctoring.settings_shown(settings):
        click.echo(f"  {name}={value}\n      {meaning}")
    sys.exit(0 if fine else 1)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=PORT, show_default=True)
@click.option("--folder", default=None, type=click.Path(path_type=Path), help="Keep the demo here.")
@click.option("--only-build", is_flag=True, help="Build the demo and end.")
def demo(host: str, port: int, folder: Path | None, only_build: bool) -> None:
    """A made-up district with something on every page, in a throwaway file, and the service on it.

    In a folder that has one already it goes on with that. Of the settings it takes ENGAGE_ALLOWED_OUTSIDE alone, so
    that one demo can take over lists of another.
    """
    import tempfile

    from engage import demo as building

    parts_or_stop()
    try:
        allowed_outside = read_allowed_outside()
    except SettingsProblem as problem:
        stop(str(problem))
    place = folder or Path(tempfile.mkdtemp(prefix="engage-demo-"))
    place.mkdir(parents=True, exist_ok=True)
    base = Settings(
        database_url=f"sqlite://{place / 'demo.sqlite3'}",
        secret_key=building.SECRET,
        base_url=f"http://{host}:{port}",
        data_folder=place,
        allowed_outside=allowed_outside,
    )
    bound_or_stop(base, host)
    migrate_or_stop(base)
    click.echo("Getting the demo district ready …")

    async def begin() -> list[str]:
        budget.set(DEMO_SECONDS)  # nobody else waits for this database, and a slow machine shall have its demo too
        return await building.begin(base)

    for line in with_database(base, begin):
        click.echo(line)
    if not only_build:
        run_server(replace(base, jobs_inside=True), host, port)


import_file.add_command(import_circulation)


@main.command()
@click.option("--schools", default=2, show_default=True, type=click.IntRange(1, 13_000))
@click.option("--students", default=200, show_default=True, type=click.IntRange(0, 2_000_000), help="In all schools.")
@click.option("--entries", default=5_000, show_default=True, type=click.IntRange(0), help="Log entries of all of them.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same district.")
def simulate(schools: int, students: int, entries: int, seed: int) -> None:
    """Make up a district of any size, for benchmarks; nobody in it can sign in."""
    from engage import simulate as making

    settings = settings_or_stop()
    if is_sqlite(settings.database_url):
        migrate_or_stop(settings)

    async def run() -> None:
        await making.simulate(making.Size(schools, students, entries, seed), click.echo)

    with_database(settings, run)
    click.echo(f"{schools} schools, {students:,} students and {entries:,} log entries are made up.")


for command in (
    *(import_file, harvest, check_links, report, export_person, erase_person, backup_key, backup, restore),
    proxy,
):
    main.add_command(command)


if __name__ == "__main__":
    main()
