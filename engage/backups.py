"""A backup: the database and what belongs to it in one file that only the holder of a key can read.

The file is a tar archive, encrypted as age does (https://age-encryption.org/v1), so `age --decrypt` opens it too. In it
lie manifest.json, the database (a SQLite file, or the custom format of pg_dump), the tombstones, and the secret key
where Engage made one itself. The server has the public half of the key alone, and cannot read its backups back.
A copy becomes a backup only when it has been opened again, put into a scratch database, and counted.
Sources: SAFETY.md, B1 and B2.
"""

import asyncio
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyrage

from engage import __version__, dates
from engage.database import snapshots
from engage.database.config import is_sqlite
from engage.database.opening import opened
from engage.database.operations import database_file, migrate
from engage.database.snapshots import Counts, SnapshotProblem
from engage.people.erasing import TOMBSTONES, keep_tombstones, read_tombstones
from engage.register import bury_again
from engage.settings import SECRET_KEY_FILE, Settings

FORMAT = 1
MANIFEST, DATABASE = "manifest.json", "database"
PARTS = (MANIFEST, DATABASE, TOMBSTONES, SECRET_KEY_FILE)
SQLITE, POSTGRES = "SQLite", "PostgreSQL"
KEY_BEGINS = "AGE-SECRET-KEY-1"
LAST = "last-backup"
# how long backups are kept, by whoever keeps them. Source: SAFETY.md, section 0, retention
KEPT_DAYS = 35
# how old the last one may be before somebody should look
OLDEST_DAYS = 2


@dataclass(frozen=True)
class Backup:
    """What a backup is of. kind: of the database; counts: rows of each table."""

    made_at: datetime
    version: str
    kind: str
    counts: Counts

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(self.counts.values())

    def to_json(self) -> bytes:
        """As it lies in the archive."""
        said = {"format": FORMAT, "made_at": self.made_at.isoformat(), "version": self.version}
        return json.dumps({**said, "kind": self.kind, "counts": self.counts}, indent=1).encode()


def new_key() -> tuple[str, str]:
    """A key pair: the half that the server has, which begins with age1, and the half that opens its backups."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity.to_public()), str(identity)


async def make(settings: Settings, target: Path) -> Backup:
    """Write a backup to a file that is not there yet. Raises SnapshotProblem; then there is none."""
    keeper = _recipient(settings.backup_for)
    _check_new(target)
    with _folder(settings) as place:
        copy, archive = place / DATABASE, place / "archive.tar"
        counts = await snapshots.take(settings.database_url, copy)
        backup = Backup(dates.now(), __version__, _kind(settings), counts)
        await asyncio.to_thread(_pack, settings, backup, copy, archive)
        copy.unlink()
        # a second key, known to nobody and gone with this process, to see that what was written can be read
        trial = pyrage.x25519.Identity.generate()
        partial = target.with_name(f"{target.name}.partial")
        try:
            await asyncio.to_thread(_lock, archive, partial, [keeper, trial.to_public()])
            archive.unlink()
            await _try_out(settings, partial, trial, place, backup)
            os.replace(partial, target)
        finally:
            partial.unlink(missing_ok=True)
    (settings.data_folder / LAST).write_text(backup.made_at.isoformat())
    return backup


async def restore(settings: Settings, source: Path, key: str, replace: bool = False) -> Backup:
    """Put a backup in the place of the database, and erase again whoever was erased since it was made.

    key: the half that opens it. replace: a SQLite database that stands there is kept beside, under another name.
    Raises SnapshotProblem; then everything is as it was, except that a copy in PostgreSQL is counted where it stands.
    """
    with _folder(settings) as place:
        backup = await asyncio.to_thread(_open, source, _identity(key), place)
        if backup.kind != _kind(settings):
            raise SnapshotProblem(f"This is a backup of {backup.kind}, and ENGAGE_DATABASE_URL names another kind.")
        if backup.kind == SQLITE:
            await _count(f"sqlite://{place / DATABASE}", backup)
        await snapshots.put_back(settings.database_url, place / DATABASE, _aside(settings) if replace else None)
        keep_tombstones(settings.data_folder, read_tombstones(place))
        _keep_key(settings.data_folder / SECRET_KEY_FILE, place / SECRET_KEY_FILE)
    await _count(settings.database_url, backup)
    return backup


async def bring_up(settings: Settings) -> int:
    """Make a database that was put back fit to be served: its tables of this version, and nobody in it who was erased.

    settings: read again, for the secret key may have come back too. Returns how many were erased again.
    """
    await migrate(settings.database_url)
    async with opened(settings.database_url):
        return await bury_again(settings)


def last_made(data_folder: Path) -> datetime | None:
    """When the last backup was made; None if there was none."""
    with suppress(FileNotFoundError, ValueError):
        return datetime.fromisoformat((data_folder / LAST).read_text().strip())
    return None


def _kind(settings: Settings) -> str:
    return SQLITE if is_sqlite(settings.database_url) else POSTGRES


def _check_new(target: Path) -> None:
    if target.exists():
        raise SnapshotProblem(f"{target} is there already.")
    if not target.absolute().parent.is_dir():
        raise SnapshotProblem(f"There is no folder {target.absolute().parent}.")


@contextmanager
def _folder(settings: Settings) -> Iterator[Path]:
    """A folder that nobody else may look into, on the disk of the data, gone at the end."""
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.data_folder, prefix="backup-") as name:
        yield Path(name)


def _aside(settings: Settings) -> Path:
    file = database_file(settings.database_url)
    return file.with_name(f"{file.name}.before-{dates.now():%Y%m%d-%H%M%S}")


def _keep_key(key: Path, of_backup: Path) -> None:
    """The database and the key that its hashes were made with belong together; another one is kept beside."""
    if of_backup.exists():
        if key.exists() and key.read_text() != of_backup.read_text():
            os.replace(key, key.with_name(f"{key.name}.before-{dates.now():%Y%m%d-%H%M%S}"))
        os.replace(of_backup, key)


async def _try_out(settings: Settings, file: Path, trial: Any, place: Path, backup: Backup) -> None:
    """Open what was written, put it into a scratch database and count. Raises SnapshotProblem."""
    again = place / "again"
    again.mkdir()
    await asyncio.to_thread(_open, file, trial, again)
    async with snapshots.scratch(settings.database_url, again) as url:
        await snapshots.put_back(url, again / DATABASE)
        await _count(url, backup)


async def _count(url: str, backup: Backup) -> None:
    counts = await snapshots.look(url)
    differs = sorted(
        name for name in counts.keys() | backup.counts.keys() if counts.get(name) != backup.counts.get(name)
    )
    if differs:
        raise SnapshotProblem(f"The copy is not what was copied: the table {differs[0]} has other rows.")


def _pack(settings: Settings, backup: Backup, copy: Path, archive: Path) -> None:
    with tarfile.open(archive, "x") as tar:
        said = tarfile.TarInfo(MANIFEST)
        body = backup.to_json()
        said.size = len(body)
        tar.addfile(said, io.BytesIO(body))
        tar.add(copy, DATABASE)
        for name in (TOMBSTONES, SECRET_KEY_FILE):
            if (settings.data_folder / name).exists():
                tar.add(settings.data_folder / name, name)


def _lock(archive: Path, target: Path, recipients: Sequence[Any]) -> None:
    descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with archive.open("rb") as plain, os.fdopen(descriptor, "wb") as file:
        pyrage.encrypt_io(plain, file, recipients)
        file.flush()
        os.fsync(file.fileno())


def _open(source: Path, identity: Any, place: Path) -> Backup:
    """Decrypt a backup and lay its parts into a folder. Raises SnapshotProblem."""
    archive = place / "archive.tar"
    try:
        with source.open("rb") as file, archive.open("xb") as plain:
            pyrage.decrypt_io(file, plain, [identity])
        with tarfile.open(archive) as tar:
            tar.extractall(place, [tar.getmember(name) for name in tar.getnames() if name in PARTS], filter="data")
        said = json.loads((place / MANIFEST).read_text())
        if said["format"] != FORMAT:
            raise SnapshotProblem("This backup was made by a newer Engage; install that one.")
        return Backup(datetime.fromisoformat(said["made_at"]), said["version"], said["kind"], said["counts"])
    except FileNotFoundError as exc:
        raise SnapshotProblem(f"There is no file {source}.") from exc
    except pyrage.DecryptError as exc:
        raise SnapshotProblem("This key does not open this file, or it is no backup.") from exc
    except (OSError, tarfile.TarError, ValueError, KeyError) as exc:
        raise SnapshotProblem("This file is damaged, or it is no backup.") from exc
    finally:
        archive.unlink(missing_ok=True)


def _recipient(text: str) -> Any:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as exc:
        raise SnapshotProblem(
            "ENGAGE_BACKUP_FOR must say who may read backups. Make a key with `engage backup-key`."
        ) from exc


def _identity(text: str) -> Any:
    # whoever kept all that backup-key printed has the key on a line of its own
    keys = [line.strip() for line in text.splitlines() if line.strip().startswith(KEY_BEGINS)]
    try:
        return pyrage.x25519.Identity.from_str(keys[0] if keys else "")
    except pyrage.IdentityError as exc:
        raise SnapshotProblem(f"The key file holds no key; it begins with {KEY_BEGINS}.") from exc
