"""Other people's programs that read what Engage writes: where `python3 dev.py test` puts them, or a loud skip."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parents[2]
HOW = "`python3 dev.py test` brings it where npm and apt-get can be asked; ENGAGE_TOOLS names another folder of it."


def from_npm(*parts: str) -> Path | None:
    """A file or folder of an installed npm package; None where it is not here."""
    folder = Path(os.environ.get("ENGAGE_TOOLS", HERE / ".venv" / "tools"))
    place = folder.joinpath("node_modules", *parts)
    return place if place.exists() else None


def ask_node(package: str, program: str, text: str) -> Any:
    """What a little program says of a text, with an npm package at hand; skips, loudly, where that is not here.

    program: JavaScript (CommonJS) of a function body that may await; `text` and `require` are known, and what it
    returns comes back as JSON. Raises AssertionError with the program's complaint.
    """
    place = from_npm(package)
    if place is None or not shutil.which("node"):
        pytest.skip(f"{package.upper()} IS NOT HERE: nobody else read this text. {HOW}")
    whole = """
        const text = require("fs").readFileSync(0, "utf8");
        (async () => { %s })().then(
            (said) => console.log(JSON.stringify(said)),
            (error) => { console.error(error && error.stack || error); process.exit(1); });
    """
    done = subprocess.run(
        ["node", "-e", whole % program],
        input=text.encode(),
        capture_output=True,
        cwd=place.parents[1],
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return json.loads(done.stdout)


def from_debian(command: str, package: str) -> str:
    """The path of a program that Debian's package brings; skips, loudly, where it is not here."""
    found = shutil.which(command)
    if found is None:
        pytest.skip(f"{command.upper()} IS NOT HERE: nobody else read this paper. Install {package}. {HOW}")
    return found
