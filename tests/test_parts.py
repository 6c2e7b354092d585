"""No service begins on a package with a known hole (SAFETY.md, G2)."""

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from engage.cli import main
from engage.parts import too_old

TOLD = "starlette>=1.3.1 is needed, and 1.3.0 is here. Install Engage again with its constraints.txt.\n"
# as SAFETY.md has them
FLOORS = {"starlette>=1.3.1", "python-multipart>=0.0.32", "jinja2>=3.1.6", "feedparser>=6.0.14"}


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("command", ["serve", "worker", "demo --host 0.0.0.0"])
def test_an_older_package_than_it_must_be_is_not_served_with(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    older = tmp_path / "starlette-1.3.0.dist-info"
    older.mkdir()
    (older / "METADATA").write_text("Metadata-Version: 2.1\nName: starlette\nVersion: 1.3.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    # with this it would not begin in any case
    monkeypatch.setenv("ENGAGE_BASE_URL", "http://books.example")
    done = CliRunner().invoke(main, command.split())
    assert (done.exit_code, done.output) == (1, TOLD)


def test_what_is_installed_here_is_as_new_as_it_must_be() -> None:
    assert too_old() == []
    file = Path(__file__).parents[1] / "pyproject.toml"
    assert set(tomllib.loads(file.read_text())["project"]["dependencies"]) >= FLOORS
    pins = (file.parent / "constraints.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==\S+", pin) for pin in pins), "each part in one version, from anywhere"
