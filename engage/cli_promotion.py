"""The command that brings circulation counts in."""

import sys
from datetime import datetime
from pathlib import Path

import click

from engage.commanding import school_of, settings_or_stop, with_database
from engage.promotion import loans
from engage.promotion.loan_reading import Told

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("circulation")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--school", required=True, help="The school's slug.")
@click.option("--dry-run", is_flag=True, help="Only say what would be counted.")
@click.option("--column", "columns", multiple=True, metavar="FIELD=HEADING", help="Which column is what.")
@click.option("--from", "starts", type=DAY, default=None, help="First day, where no column says it.")
@click.option("--until", "ends", type=DAY, default=None, help="Last day, where no column says it.")
def import_circulation(
    file: Path, school: str, dry_run: bool, columns: tuple[str, ...], starts: datetime | None, ends: datetime | None
) -> None:
    """How often things were borrowed, never by whom. Ends with status 1 if a row was left out."""
    settings = settings_or_stop()
    told = dict(each.partition("=")[::2] for each in columns)
    days = (starts.date() if starts else None, ends.date() if ends else None)

    async def run() -> tuple[Told, list[str]]:
        return await loans.bring_by_command((await school_of(school)).id, file, told, *days, dry_run)

    report, unread = with_database(settings, run)
    if unread:
        click.echo(f"Not read, since it may name borrowers: {', '.join(unread)}.")
    for line, reason in report.first:
        click.echo(f"line {line}: {reason}")
    would = "would be " if dry_run else ""
    click.echo(f"{report.loans} loans in {report.counted} rows {would}counted, {report.refused} rows left out.")
    sys.exit(1 if report.refused else 0)
