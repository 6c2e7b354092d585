"""What every command needs: the operator's settings, the database open, and one sentence where something is wrong."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NoReturn, TypeVar

import click

from engage.database.opening import opened
from engage.database.operations import SchemaProblem
from engage.database.tenancy import every_school
from engage.errors import Busy, NotFound, Refused
from engage.people.models import School
from engage.settings import PORT, Settings, SettingsProblem, read_settings

T = TypeVar("T")
UNREACHED = "The database does not answer, or another process holds it. Nothing was changed."


def stop(sentence: str, status: int = 1) -> NoReturn:
    """Say why not, and end. status: 2 where a file or an address that was given cannot be read at all."""
    click.echo(sentence, err=True)
    sys.exit(status)


def settings_or_stop(port: int = PORT) -> Settings:
    """The operator's settings, or the sentence that says which one cannot be used. port: where this command serves."""
    try:
        return read_settings(port=port)
    except SettingsProblem as problem:
        stop(str(problem))


def with_database(settings: Settings, work: Callable[[], Awaitable[T]]) -> T:
    """Do something with the database open and say in one sentence what kept it from being done."""

    async def run() -> T:
        async with opened(settings.database_url):
            with every_school("a command of the operator"):
                return await work()

    try:
        return asyncio.run(run())
    except (SchemaProblem, SettingsProblem) as problem:
        stop(str(problem))
    except Refused as refused:
        stop(refused.sentence)
    except NotFound as missing:
        stop(f"There is no {missing}.")
    except Busy:
        stop(UNREACHED)


def write_for(output: Path, body: bytes) -> None:
    """Write what somebody asked for where nobody else on this machine reads it, or say in one sentence why not."""
    try:
        output.touch(mode=0o600)
        output.write_bytes(body)
    except OSError as problem:
        stop(f"{output} cannot be written: {problem.strerror or type(problem).__name__}.", 2)
    click.echo(f"Written to {output}.")


def folder_or_stop(output: Path) -> None:
    """Stop before anything is made that could not be kept afterwards."""
    if output.is_dir():
        stop(f"{output} is a folder. Name the file to write.", 2)
    if not output.parent.is_dir():
        stop(f"There is no folder {output.parent}.", 2)


async def school_of(slug: str) -> School:
    """The school of a slug. Raises NotFound."""
    school = await School.get_or_none(slug=slug)
    if school is None:
        raise NotFound(f"school with the address {slug}")
    return school
