#!/usr/bin/env python3
"""The two commands of a developer: `python3 dev.py run` and `python3 dev.py test`.

Needs Python 3.11 or newer with pip, and nothing else: it makes its own environment in .venv, installs the pinned
packages when they have changed, and goes on inside it. `python3 dev.py engage …` runs any command of the service.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed"
# the best first: the same engine without a window of its own takes a seventh of the work for each person that comes
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
TOOLS = VENV / "tools"  # other people's readers of what we write, from npm
# what OPDS 2.0 is judged by, as it is published; nobody may hand it on
SCHEMAS, OPDS = VENV / "schemas", "https://specs.opds.io/schema/"
DEBIAN = {"zbarimg": "zbar-tools", "pdftotext": "poppler-utils", "jing": "jing"}


def main() -> None:
    """Set up, then do what was asked."""
    what, rest = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if sys.version_info < (3, 11):  # noqa: UP036 - it is run by whatever python3 there is
        sys.exit("Engage needs Python 3.11 or newer.")
    if what not in ("run", "test", "engage"):
        sys.exit("Say `python3 dev.py run`, `python3 dev.py test` or `python3 dev.py engage COMMAND`.")
    set_up()
    os.chdir(HERE)
    if what == "run":
        become("-m", "engage.cli", "demo", *rest)
    if what == "engage":
        become("-m", "engage.cli", *rest)
    test(rest)


def become(*arguments: str) -> None:
    """Go on as the environment's Python."""
    os.execv(PYTHON, [str(PYTHON), *arguments])


def set_up() -> None:
    """Make .venv and install what pyproject.toml and constraints.txt say, if that changed since the last time."""
    wanted = hashlib.sha256(
        (HERE / "pyproject.toml").read_bytes() + (HERE / "constraints.txt").read_bytes() + sys.version.encode()
    ).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    print("Setting up .venv; this takes a minute the first time.", flush=True)
    if not PYTHON.exists():
        make_environment()
    call(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", "constraints.txt",
         "-e", ".[postgres,dev]")  # fmt: skip
    STAMP.write_text(wanted)


def make_environment() -> None:
    """A virtual environment, also where Debian left ensurepip out of Python."""
    if subprocess.run([sys.executable, "-m", "venv", VENV], cwd=HERE, capture_output=True).returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    boot = HERE / ".venv-boot"
    call(sys.executable, "-m", "pip", "install", "--quiet", "--target", boot, "virtualenv")
    call(sys.executable, "-m", "virtualenv", "--quiet", VENV, PYTHONPATH=str(boot))


def test(arguments: list[str]) -> None:
    """Style, types, and every test on SQLite and PostgreSQL; with arguments, only pytest with them."""
    if arguments:
        become("-m", "pytest", *arguments)
    have_browser()
    have_proxy()
    have_tools()
    have_schemas()
    call(PYTHON, "-m", "ruff", "check", ".")
    call(PYTHON, "-m", "ruff", "format", "--check", ".")
    # hundreds of processes will read this code: one does so first, beside mypy, and what it compiled is kept for all
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with subprocess.Popen([PYTHON, "-m", "pytest", "--collect-only", "-qq"], cwd=HERE, stdout=subprocess.DEVNULL):
        call(PYTHON, "-m", "mypy")
    # one more than there are processors: many tests wait, for a lease to end or a slow server; see tests/shares.py
    workers = (os.cpu_count() or 2) + 1
    become("-m", "pytest", "-n", str(workers), "--dist", "loadgroup", "--postgres")


def have_browser() -> None:
    """Bring chromium for the browser tests, and the tools that read our papers, where the system can be asked."""
    browser = any(map(shutil.which, BROWSERS))
    missing = [package for command, package in DEBIAN.items() if not shutil.which(command)]
    if browser and not missing:
        return
    if not shutil.which("apt-get"):
        if browser:
            return  # the tests that want the tools say so
        sys.exit("The browser tests need chromium; please install it with your system's packages.")
    before = [] if os.geteuid() == 0 else ["sudo", "-n"]
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    call(*before, "apt-get", "update", "-qq", **quiet)
    offered = subprocess.run(["apt-cache", "show", BROWSERS[0]], capture_output=True, check=False).returncode == 0
    wanted = missing if browser else [BROWSERS[not offered], *missing]
    print(f"Installing {', '.join(wanted)} for the tests.", flush=True)
    call(*before, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *wanted, **quiet)


def have_proxy() -> None:
    """Bring Caddy, unpacked and not installed, or it would begin to serve on this machine; without it tests say so."""
    if shutil.which("caddy") or (VENV / "bin" / "caddy").exists() or not shutil.which("apt-get"):
        return
    print("Fetching caddy for the tests.", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", "-qq", "caddy"], cwd=folder, check=False)
        for package in Path(folder).glob("*.deb"):
            call("dpkg-deb", "-x", package, folder)
            shutil.move(Path(folder) / "usr" / "bin" / "caddy", VENV / "bin" / "caddy")


def have_tools() -> None:
    """Bring the readers from npm that tests hold our writing against; without npm the tests that want them say so."""
    wanted = HERE / "tests" / "tools" / "package.json"
    there = TOOLS / "package.json"
    if not shutil.which("npm") or (there.exists() and there.read_text() == wanted.read_text()):
        return
    print("Installing readers of our formats for the tests.", flush=True)
    TOOLS.mkdir(exist_ok=True)
    shutil.copy(wanted, there)
    done = subprocess.run(
        ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--silent"],
        cwd=TOOLS,
        check=False,
    )
    if done.returncode:
        there.unlink()
        print("They could not be installed; the tests that want them say so.", flush=True)


def have_schemas() -> None:
    """Bring the published schemas of OPDS and all that they refer to; where there is no way to them tests say so."""
    wanted = [f"{OPDS}{name}.schema.json" for name in ("feed", "publication")]
    if SCHEMAS.exists():
        return
    found: dict[str, str] = {}
    try:
        while wanted:
            address = wanted.pop()
            if address in found:
                continue
            with urlopen(address, timeout=10) as answer:
                found[address] = answer.read().decode()
            refers = re.findall(r'"\$ref":\s*"([^"#]+)', found[address])
            wanted += [urljoin(address, other) for other in refers]
    except OSError as problem:
        print(f"The schemas of OPDS could not be fetched ({problem}); the tests that want them say so.", flush=True)
        return
    for address, text in found.items():
        file = SCHEMAS / address.partition("://")[2]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def call(*words: object, **environment: str) -> None:
    """Run a command to its end; its failure is ours."""
    done = subprocess.run([str(word) for word in words], cwd=HERE, env={**os.environ, **environment}, check=False)
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
