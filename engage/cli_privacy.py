"""The commands for privacy requests: everything that is held of one person taken out, or taken away."""

from pathlib import Path

import click

from engage import dates
from engage.commanding import folder_or_stop, school_of, settings_or_stop, stop, with_database, write_for
from engage.errors import NotFound, Refused
from engage.people import erasing, exporting, records
from engage.people.models import Membership, Person, School
from engage.people.rules import Role, Status, grade_name, named
from engage.register import REGISTER

SHOWN = 20


async def person_called(school: School, who: str) -> Person:
    """Somebody of a school by key, login or whole name. Raises NotFound, and Refused where several have the name."""
    here = Person.filter(school_id=school.id).exclude(status=Status.NOBODY)
    for column, value in (("key", who), ("login", who.casefold())):
        if (found := await here.filter(**{column: value}).first()) is not None:
            return found
    several = await here.filter(name=who).order_by("id").limit(SHOWN)
    if not several:
        raise NotFound(f"{who} at {school.name}")
    if len(several) > 1:
        keys = ", ".join(f"{one.key} ({_told(one)})" for one in several)
        raise Refused(f"Several people have this name. Say which by the key: {keys}")
    return several[0]


def _told(one: Person) -> str:
    """Somebody of several of one name: "Sam D., grade 3, has left"."""
    grade = "" if one.grade is None else f", grade {grade_name(one.grade)}"
    return named(one.name, one.letter) + grade + (", has left" if one.status is Status.GONE else "")


@click.command("export-person")
@click.argument("who")
@click.option("--school", required=True, help="The school's slug.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The zip file to write.")
def export_person(who: str, school: str, output: Path) -> None:
    """Everything that is held of somebody, as a zip of JSON and CSV. WHO: a key, a login, or the whole name."""
    folder_or_stop(output)
    settings = settings_or_stop()

    async def run() -> bytes:
        where = await school_of(school)
        person = await person_called(where, who)
        now = dates.now()
        record = await exporting.record_of(REGISTER, person)
        await records.noted_by_command("exported a full record by command", person.id, where.id)
        return exporting.zipped(record, REGISTER, named(person.name, person.letter), now)

    body = with_database(settings, run)
    write_for(output, body)


@click.command("erase-person")
@click.argument("who")
@click.option("--school", required=True, help="The school's slug.")
@click.option("--yes", is_flag=True, help="Do not ask; it cannot be undone.")
def erase_person(who: str, school: str, yes: bool) -> None:
    """Erase a student from everything that is held; totals stay as they are. WHO: a key, or the whole name."""
    settings = settings_or_stop()

    async def find() -> tuple[int, int, str]:
        where = await school_of(school)
        person = await person_called(where, who)
        roles = set(await Membership.filter(person_id=person.id).values_list("role", flat=True))
        if roles - {Role.STUDENT}:
            raise Refused("This is somebody of the staff. End their access; the account is erased a year later.")
        return where.id, person.id, person.name

    school_id, person_id, name = with_database(settings, find)
    if not yes and not click.confirm(f"Erase {name} for good?"):
        stop("Nothing was changed.")

    async def run() -> None:
        await erasing.erase(REGISTER, school_id, person_id, settings.secret_key, settings.data_folder, None)

    with_database(settings, run)
    click.echo("Erased. Backups made before now still hold it until they are deleted, after 35 days at most.")
