"""Commands of backups: a key, a backup, and the way back."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from engage import backups
from engage.commanding import settings_or_stop, stop
from engage.database.operations import SchemaProblem
from engage.database.snapshots import SnapshotProblem
from engage.errors import Busy

T = TypeVar("T")
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("backup-key")
def backup_key() -> None:
    """Make the key that opens backups. It is printed once and kept nowhere."""
    public, private = backups.new_key()
    click.echo(f"For the settings of the service:\n\n  ENGAGE_BACKUP_FOR={public}\n")
    click.echo(
        "To open its backups. Keep it away from this machine, in two places; without it no backup can be read:\n"
    )
    click.echo(f"  {private}")


@click.command()
@click.argument("file", type=FILE)
def backup(file: Path) -> None:
    """Write a backup that only the holder of the key can read, and try it out. The service may go on meanwhile."""
    made = _done(backups.make(settings_or_stop(), file))
    click.echo(f"{file}: {made.rows:,} rows of {len(made.counts)} tables, {file.stat().st_size / 1_000_000:,.1f} MB.")
    click.echo(f"It was opened again and counted. Delete it after {backups.KEPT_DAYS} days: erased people are in it.")


@click.command()
@click.argument("file", type=FILE)
@click.option("--key", "key_file", required=True, type=FILE, help="The file with the key, as backup-key printed it.")
@click.option("--replace", is_flag=True, help="Keep the SQLite database that is there beside, under another name.")
def restore(file: Path, key_file: Path, replace: bool) -> None:
    """Put a backup in the place of the database. The service must not run."""
    if not key_file.is_file():
        stop(f"There is no file {key_file}.", 2)
    put_back = _done(backups.restore(settings_or_stop(), file, key_file.read_text(), replace))
    again = _done(backups.bring_up(settings_or_stop()))
    click.echo(f"The database is what it was on {put_back.made_at:%Y-%m-%d at %H:%M} UTC: {put_back.rows:,} rows.")
    click.echo(f"{again} people who were erased since are erased again." if again else "Nobody was erased since.")


def _done(work: Coroutine[Any, Any, T]) -> T:
    """Do it, or say in one sentence why not."""
    try:
        return asyncio.run(work)
    except (SnapshotProblem, SchemaProblem) as problem:
        stop(str(problem))
    except Busy:
        stop("The database does not answer, or another process holds it.")
    except OSError as problem:
        stop(f"It cannot be written or read: {problem.strerror or type(problem).__name__}.")
