import asyncio
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from engage import doctoring
from engage.cli import main
from engage.web.render import template_folder
from tests.commands import Commands, commands
from tests.commands import engage as begun_by_hand
from tests.conftest import Kept
from tests.data import shared
from tests.faults.hostile import hostile


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An operator in a folder of their own, with no setting from outside."""
    monkeypatch.chdir(tmp_path)
    for name in ("ENGAGE_DATABASE_URL", "ENGAGE_SECRET_KEY", "ENGAGE_BASE_URL", "ENGAGE_DATA_FOLDER"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def school_once(engage: Commands, bases: Kept, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an operator who has opened Alder Creek School."""
    folder = tmp_path_factory.mktemp("opened")
    shutil.copy(bases.sqlite(), folder / "engage.sqlite3")
    opened = engage(folder, "create-school", "--name", "Alder Creek School", "--slug", "alder-creek")
    assert opened.returncode == 0, opened.stderr
    return folder


@pytest.fixture
def opened(operator: Path, school_once: Path) -> Path:
    """An operator in a folder of their own, with Alder Creek School."""
    return Path(shutil.copytree(school_once, operator, dirs_exist_ok=True))


@pytest.fixture(scope="module")
def engage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """What runs a command as the operator does."""
    with commands(tmp_path_factory.mktemp("commands")) as made:
        yield made


def test_a_school_is_opened_from_nothing(operator: Path, engage: Commands) -> None:
    # the first as it is begun by hand
    opened = begun_by_hand(
        operator, "create-school", "--name", "Alder Creek School", "--slug", "alder-creek", "--zone", "America/Denver"
    )
    assert opened.returncode == 0, opened.stderr
    assert "/alder-creek/" in opened.stdout

    # the first part of an address of the whole service: its pages would hide the school's
    ours = engage(operator, "create-school", "--name", "Another", "--slug", "oembed")
    assert (ours.returncode, "The address oembed is the service's own." in ours.stderr) == (1, True)
    twice = engage(operator, "create-school", "--name", "Another", "--slug", "alder-creek")
    assert (twice.returncode, twice.stderr.strip()) == (1, "There is a school with the address alder-creek already.")

    ada = ("create-person", "--school", "alder-creek", "--name", "Ada Okafor", "--role", "specialist")
    assert "login" in engage(operator, *ada).stderr
    assert engage(operator, *ada, "--login", "Ada").returncode == 0
    assert engage(operator, "set-password", "ada", says="short\n").returncode == 1
    assert "can sign in" in engage(operator, "set-password", "ada", says="seven herons at dusk\n").stdout

    sam = ("create-person", "--school", "alder-creek", "--name", "Sam", "--role", "student", "--class", "Room 12")
    assert engage(operator, *sam, "--grade", "3").returncode == 0
    assert engage(operator, *sam, "--grade", "fourth").stderr.strip() == "A grade is Pre-K, K, or 1 to 12."
    assert "Give a letter that tells them apart" in engage(operator, *sam).stderr
    assert "A student has no login" in engage(operator, *sam, "--letter", "D", "--login", "sam").stderr

    looked = engage(operator, "doctor")
    assert (looked.returncode, "CARE  No backup was made yet" in looked.stdout) == (1, True), looked.stdout
    public = engage(operator, "backup-key").stdout.split("ENGAGE_BACKUP_FOR=")[1].split()[0]
    (operator / ".env").write_text(f"ENGAGE_BACKUP_FOR={public}\n")
    assert engage(operator, "backup", "night.age").returncode == 0
    looked = engage(operator, "doctor")
    assert looked.returncode == 0, looked.stdout
    assert "1 specialists" in looked.stdout
    assert "ok    Posters and cards can be set" in looked.stdout
    assert "ENGAGE_SECRET_KEY=(64 characters)" in looked.stdout
    assert "ok    No school stands at an address of the service" in looked.stdout

    assert "No difference." in engage(operator, "rebuild").stdout

    # as an older version may have let it in
    with sqlite3.connect(operator / "engage.sqlite3") as database:
        database.execute("UPDATE school SET slug = 'static'")
    looked = engage(operator, "doctor")
    assert "CARE  A school stands at an address of the service: static" in looked.stdout
    assert looked.returncode == 1


async def test_the_doctor_tells_where_type_cannot_be_set(tmp_path: Path) -> None:
    shutil.copytree(template_folder() / "paper", tmp_path / "paper")
    (tmp_path / "paper" / "fonts" / "young-serif-400.ttf").unlink()
    check = await doctoring._paper(tmp_path / "paper")
    assert (check.fine, check.what) == (False, "Posters and cards can be set")


def test_marc_comes_in_by_command_and_a_refused_record_is_named(opened: Path, engage: Commands) -> None:
    whole = (shared("marc-bulk") / "lc_juvenile_a.mrc").read_bytes()
    records = whole.split(b"\x1d")[:20]
    broken = b"00026nam a2200025 a 4500\x1e"
    (opened / "few.mrc").write_bytes(b"\x1d".join([*records, broken, b""]))

    first = engage(opened, "import", "marc", "few.mrc", "--school", "alder-creek")
    assert first.returncode == 1
    assert "record 21:" in first.stdout
    assert "20 added" in first.stdout
    again = engage(opened, "import", "marc", "few.mrc", "--school", "alder-creek")
    assert "0 added, 0 changed, 20 the same, 1 refused" in again.stdout

    assert engage(opened, "import", "marc", "few.mrc", "--school", "nowhere").returncode == 1
    assert "0 visited, 0 new in the inbox" in engage(opened, "harvest", "--all").stdout
    assert "waits for a person" in engage(opened, "harvest", "--source", "nothing").stderr
    assert engage(opened, "harvest").returncode == 1


def test_tables_and_isbns_come_in_by_command(opened: Path, engage: Commands) -> None:
    to = ("--school", "alder-creek")
    (opened / "books.csv").write_text("Title,Author,ISBN,Copies\nOwl Moon,Jane Yolen,399214577,2\n,Nobody,,1\n")
    whole = engage(opened, "import", "csv", "books.csv", *to, "--whole")
    assert (whole.returncode, "line 3: It has no title." in whole.stdout) == (1, True)
    assert "1 would be added" in whole.stdout
    assert "Nothing was brought in." in whole.stdout
    assert "1 added, 0 changed, 0 the same, 1 refused" in engage(opened, "import", "csv", "books.csv", *to).stdout

    told = ("--column", "title=Author", "--column", "creators=Title")
    assert "2 would be added" in engage(opened, "import", "csv", "books.csv", *to, "--dry-run", *told).stdout
    wrong = engage(opened, "import", "csv", "books.csv", *to, "--column", "title=Name")
    assert (wrong.returncode, "There is no column “Name”." in wrong.stderr) == (2, True)

    (opened / "isbns.txt").write_text("399214577\n9780399214578\n0142410373\n9.78E+12\n")
    asked = engage(opened, "import", "isbn", "isbns.txt", *to)
    assert (asked.returncode, "4 ISBNs: 2 here, 2 not." in asked.stdout) == (1, True)
    assert "number 4: A spreadsheet has rounded this ISBN" in asked.stdout

    read = engage(opened, "import", "goodreads", str(shared("reader-exports/bookwyrm__goodreads.csv")), *to)
    assert (read.returncode, "3 records: 3 added" in read.stdout) == (0, True)
    other = engage(opened, "import", "goodreads", "books.csv", *to)
    assert (other.returncode, "This is a table; bring it in with engage import csv." in other.stderr) == (2, True)


def test_a_catalog_comes_in_by_command_and_what_is_none_ends_with_status_2(opened: Path, engage: Commands) -> None:
    (opened / "mini.opds").write_bytes((shared("opds1") / "circulation__biblioboard_mini_feed.opds").read_bytes())
    (opened / "none.json").write_text("{}")
    to = ("--school", "alder-creek")
    read = engage(opened, "import", "opds", "mini.opds", *to, "--dry-run")
    assert (read.returncode, "4 listed. Nothing was brought in." in read.stdout) == (0, True), read.stderr
    first = engage(opened, "import", "opds", "mini.opds", *to)
    assert first.returncode == 0, first.stderr
    assert "4 listed, 4 new in the inbox." in first.stdout
    none = engage(opened, "import", "opds", "none.json", *to)
    assert none.returncode == 2
    assert "nor an OPDS catalog" in none.stderr
    assert engage(opened, "import", "opds", "gone.opds", *to).returncode == 2
    inside = engage(opened, "import", "opds", "http://127.0.0.1/opds", *to)
    assert inside.returncode == 1
    assert "not on the public internet" in inside.stderr

    (opened / "list.opml").write_text('<opml><body><outline xmlUrl="https://a.example/feed"/></body></opml>')
    would = "1 would be suggested, 0 here already."
    for _ in range(2):  # the first look kept nothing
        assert would in engage(opened, "import", "opml", "list.opml", *to, "--dry-run").stdout
    assert "1 suggested, 0 here already." in engage(opened, "import", "opml", "list.opml", *to).stdout
    assert engage(opened, "import", "opml", "none.json", *to).returncode == 2


PAGE = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://opds-spec.org/2010/catalog"><id>c</id>
<title>Two shelves</title><updated>2026-11-01T00:00:00Z</updated>{next}<entry><id>{id}</id><title>{title}</title>
<updated>2026-11-01T00:00:00Z</updated><link rel="http://opds-spec.org/acquisition/open-access"
 href="/{id}.epub" type="application/epub+zip"/></entry></feed>"""


async def test_a_catalog_is_visited_by_command_page_by_page(opened: Path, engage: Commands) -> None:
    kind = "application/atom+xml;profile=opds-catalog;kind=acquisition"
    async with hostile() as server:
        more = '<link rel="next" href="/two" type="application/atom+xml;profile=opds-catalog;kind=acquisition"/>'
        server.extra["/one"] = kind, PAGE.format(id="1", title="Owls", next=more).encode()
        server.extra["/two"] = kind, PAGE.format(id="2", title="Foxes", next="").encode()
        (opened / ".env").write_text(f"ENGAGE_ALLOWED_OUTSIDE=127.0.0.1:{server.port}\n")
        run = partial(asyncio.to_thread, engage, opened)
        first = await run("import", "opds", f"{server.base}/one", "--school", "alder-creek")
        assert (first.returncode, first.stdout) == (0, "Two shelves: visited from now on, 2 new in the inbox.\n")
        again = await run("import", "opds", f"{server.base}/one", "--school", "alder-creek")
        assert (again.returncode, again.stderr.strip().splitlines()[-1]) == (1, "You visit this feed already.")
        assert "1 visited, 0 new" in (await run("harvest", "--all")).stdout


def test_every_command_says_what_it_is_for() -> None:
    for name, command in main.commands.items():
        assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0
        assert command.help, name


def test_one_person_is_taken_out_and_taken_away_by_command(opened: Path, engage: Commands) -> None:
    to = ("--school", "alder-creek")
    for name, letter in (("Samsentinel", ""), ("Ben", "A"), ("Ben", "B")):
        named = ("--name", name, "--letter", letter)
        engage(opened, "create-person", *to, *named, "--role", "student", "--class", "Room 12")
    engage(opened, "create-person", *to, "--name", "Ada Okafor", "--role", "specialist", "--login", "ada")

    taken = engage(opened, "export-person", "Samsentinel", *to, "-o", "sam.zip")
    assert taken.returncode == 0, taken.stderr
    with zipfile.ZipFile(opened / "sam.zip") as archive:
        assert "Samsentinel" in archive.read("record.json").decode()
    assert (opened / "sam.zip").stat().st_mode & 0o077 == 0
    several = engage(opened, "export-person", "Ben", *to, "-o", "ben.zip").stderr
    assert ("by the key" in several, "(Ben A.)" in several, "(Ben B.)" in several) == (True, True, True), several
    assert engage(opened, "export-person", "Nobody", *to, "-o", "nobody.zip").returncode == 1

    assert "of the staff" in engage(opened, "erase-person", "ada", *to, "--yes").stderr
    assert "Nothing was changed." in engage(opened, "erase-person", "Samsentinel", *to, says="n\n").stderr
    backup = opened / "yesterday.sqlite3"
    shutil.copy(opened / "engage.sqlite3", backup)
    erased = engage(opened, "erase-person", "Samsentinel", *to, "--yes")
    assert (erased.returncode, "Erased." in erased.stdout) == (0, True), erased.stderr
    assert engage(opened, "export-person", "Samsentinel", *to, "-o", "sam.zip").returncode == 1
    with sqlite3.connect(opened / "engage.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM person WHERE name = 'Samsentinel'").fetchone() == (0,)


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_s2_a_server_that_others_reach_does_not_start_without_https(
    operator: Path, engage: Commands, command: str
) -> None:
    refused = engage(operator, command, "--host", "0.0.0.0", "--port", "0")
    assert (refused.returncode, "only this machine may ask" in refused.stderr) == (1, True), refused


def test_a_demo_asks_whom_the_setting_names_as_the_service_does(operator: Path, engage: Commands) -> None:
    (operator / ".env").write_text("ENGAGE_ALLOWED_OUTSIDE=nonsense\n")
    refused = engage(operator, "demo", "--folder", "made", "--only-build")
    assert (refused.returncode, "ENGAGE_ALLOWED_OUTSIDE wants host:port" in refused.stderr) == (1, True), refused
    assert not (operator / "made").exists()


def test_what_cannot_be_written_is_said_before_anything_is_made(opened: Path, engage: Commands) -> None:
    to = ("--school", "alder-creek")
    made = engage(opened, "create-person", *to, "--name", "Ada Okafor", "--role", "specialist", "--login", "okafor")
    assert made.returncode == 0, made.stderr
    commands = (("report", "--cycle", "2026-27"), ("export-person", "okafor"))
    for command in commands:
        nowhere = engage(opened, *command, *to, "-o", "gone/file")
        assert (nowhere.returncode, nowhere.stderr) == (2, "There is no folder gone.\n")
        folder = engage(opened, *command, *to, "-o", ".")
        assert (folder.returncode, folder.stderr) == (2, ". is a folder. Name the file to write.\n")
    with sqlite3.connect(opened / "engage.sqlite3") as connection:
        told = connection.execute("SELECT COUNT(*) FROM audit_entry WHERE act LIKE 'exported%'").fetchone()
    assert told == (0,), "nothing left the house"

    unknown = engage(opened, "report", "--cycle", "2026-27", *to, "-o", "report.csv")
    assert unknown.stderr == "Alder Creek School has no cycle 2026-27. It has none yet.\n"
    assert unknown.returncode == 1


@pytest.mark.parametrize("command", ["migrate", "rebuild"])
def test_a_database_that_does_not_answer_is_one_sentence(operator: Path, engage: Commands, command: str) -> None:
    (operator / ".env").write_text("ENGAGE_DATABASE_URL=postgres://nobody@127.0.0.1:1/engage\n")
    said = engage(operator, command)
    assert (said.returncode, said.stderr) == (
        1,
        "The database does not answer, or another process holds it. Nothing was changed.\n",
    )
