import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from engage.cli import main
from tests.data import shared

RUN = Path(__file__).parent.parent


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An operator in a folder of their own, with no setting from outside."""
    monkeypatch.chdir(tmp_path)
    for name in ("ENGAGE_DATABASE_URL", "ENGAGE_SECRET_KEY", "ENGAGE_BASE_URL", "ENGAGE_DATA_FOLDER"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def engage(folder: Path, *words: str, says: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command as the operator does: in a process of its own, so that one left open would hang here."""
    return subprocess.run(
        [sys.executable, "-m", "engage.cli", *words],
        cwd=folder,
        input=says,
        text=True,
        capture_output=True,
        timeout=120,
        env={"PYTHONPATH": str(RUN), "PATH": "/usr/bin:/bin"},
        check=False,
    )


def test_a_school_is_opened_from_nothing(operator: Path) -> None:
    opened = engage(
        operator, "create-school", "--name", "Alder Creek School", "--slug", "alder-creek", "--zone", "America/Denver"
    )
    assert opened.returncode == 0, opened.stderr
    assert "/alder-creek/" in opened.stdout

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

    looked = engage(operator, "doctor")
    assert looked.returncode == 0, looked.stdout
    assert "1 specialists" in looked.stdout
    assert "ENGAGE_SECRET_KEY=(64 characters)" in looked.stdout

    assert "No difference." in engage(operator, "rebuild").stdout


def test_marc_comes_in_by_command_and_a_refused_record_is_named(operator: Path) -> None:
    whole = (shared("marc-bulk") / "lc_juvenile_a.mrc").read_bytes()
    records = whole.split(b"\x1d")[:20]
    broken = b"00026nam a2200025 a 4500\x1e"
    (operator / "few.mrc").write_bytes(b"\x1d".join([*records, broken, b""]))
    engage(operator, "create-school", "--name", "Alder Creek School", "--slug", "alder-creek")

    first = engage(operator, "import", "marc", "few.mrc", "--school", "alder-creek")
    assert first.returncode == 1
    assert "record 21:" in first.stdout
    assert "20 added" in first.stdout
    again = engage(operator, "import", "marc", "few.mrc", "--school", "alder-creek")
    assert "0 added, 0 changed, 20 the same, 1 refused" in again.stdout

    assert engage(operator, "import", "marc", "few.mrc", "--school", "nowhere").returncode == 1
    assert "0 visited, 0 new in the inbox" in engage(operator, "harvest", "--all").stdout
    assert "waits for a person" in engage(operator, "harvest", "--source", "nothing").stderr
    assert engage(operator, "harvest").returncode == 1


def test_every_command_says_what_it_is_for() -> None:
    for name, command in main.commands.items():
        assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0
        assert command.help, name
