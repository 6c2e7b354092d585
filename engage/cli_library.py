"""The commands that work on the library itself: bring records in, visit the sources, take the report out."""

import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from engage import dates
from engage.commanding import school_of, settings_or_stop, stop, with_database
from engage.errors import Refused
from engage.evaluation import report as reports
from engage.outside.cage import the_cage
from engage.outside.fetch import door_of
from engage.resources import catalogue, suggested
from engage.resources.harvest import Round, harvest_now
from engage.web.tables import csv_text
from feeds import Unreadable


@click.group("import")
def import_file() -> None:
    """Bring records in from a file; each one that is refused is named with its number and the reason."""


@import_file.command("marc")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--school", required=True, help="The school's slug.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def import_marc(file: Path, school: str, dry_run: bool) -> None:
    """MARC 21 or MARCXML, gzip or not. Ends with status 1 if a record was refused."""
    settings = settings_or_stop()

    async def run() -> tuple[catalogue.Report, list[dict[str, object]]]:
        where = await school_of(school)
        columns = (SpinnerColumn(), TextColumn("{task.completed} records"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("records", total=None)
            told = await catalogue.import_marc(
                where.id, file, dry_run=dry_run, progress=lambda done: progress.update(task, completed=done)
            )
        return told, await catalogue.refused_rows(where.id, told.key)

    told, refused = with_database(settings, run)
    for row in refused:
        click.echo(f"record {row['number']}: {row['reason']} ({row['title'] or 'no title'})")
    would = "would be " if dry_run else ""
    click.echo(
        f"{told.records} records: {told.added} {would}added, {told.changed} {would}changed, {told.same} the same, "
        f"{told.refused} refused."
    )
    if told.problem:
        stop(told.problem)
    sys.exit(1 if told.refused else 0)


@import_file.command("opml")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--school", required=True, help="The school's slug.")
def import_opml(file: Path, school: str) -> None:
    """A list of feeds, each suggested until a person says yes. Ends with status 1 if one was refused."""
    settings, body = settings_or_stop(), file.read_bytes()

    async def run() -> suggested.Told:
        where = await school_of(school)
        found = await the_cage().opml(body)
        return await suggested.suggest(where.id, None, found, door_of(settings).allowed)

    try:
        told = with_database(settings, run)
    except Unreadable as no:
        stop(no.sentence)
    for sentence in told.refused:
        click.echo(sentence)
    click.echo(f"{told.new} suggested, {told.held} here already.")
    sys.exit(1 if told.refused else 0)


@click.command()
@click.option("--source", default=None, help="One source by its key.")
@click.option("--all", "everything", is_flag=True, help="All sources, due or not.")
def harvest(source: str | None, everything: bool) -> None:
    """Visit sources now, one of them or all. Ends with status 1 if one could not be read."""
    if not source and not everything:
        stop("Say which: --source KEY, or --all.")
    settings = settings_or_stop()

    async def run() -> Round:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.completed} of {task.total} feeds"),
            BarColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("feeds", total=None)
            told = lambda done, of: progress.update(task, completed=done, total=of)  # noqa: E731
            return await harvest_now(door_of(settings), the_cage(), dates.now(), source, told)

    try:
        told = with_database(settings, run)
    except Refused as no:
        stop(no.sentence)
    for name, problem in told.problems:
        click.echo(f"{name}: {problem}")
    click.echo(f"{told.visited} visited, {told.new} new in the inbox, {len(told.problems)} could not be read.")
    sys.exit(1 if told.problems else 0)


@click.command()
@click.option("--school", required=True, help="The school's slug.")
@click.option("--cycle", required=True, help="The cycle, such as 2026-27.")
@click.option("--format", "kind", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The file to write.")
def report(school: str, cycle: str, kind: str, output: Path) -> None:
    """Write the evaluation of a cycle to a file; small groups are withheld as they are on the page."""
    settings = settings_or_stop()

    async def run() -> reports.Report:
        return await reports.build(await school_of(school), cycle, dates.now())

    built = with_database(settings, run)
    if kind == "csv":
        head, *rows = built.to_csv_rows()
        output.write_bytes(csv_text(head, rows))
    else:
        output.write_text(json.dumps(built.to_json(), indent=1, ensure_ascii=False))
    click.echo(f"Written to {output}.")
