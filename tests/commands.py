"""Commands as an operator gives them, each in a process of its own that has read the code already.

The first is begun as the operator does; the others are copies of one process, for to read all of Engage takes two
seconds of a processor. A copy ends as any process does: whatever it left open keeps it here.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

RUN = Path(__file__).parent.parent
LONGEST = 120
SURROUNDINGS = {"PYTHONPATH": str(RUN), "PATH": "/usr/bin:/bin"}
OUTPUTS = ("out", "err")


def engage(folder: Path, *words: str, says: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command as the operator does."""
    return subprocess.run(
        [sys.executable, "-m", "engage.cli", *words],
        cwd=folder,
        input=says,
        text=True,
        capture_output=True,
        timeout=LONGEST,
        env=SURROUNDINGS,
        check=False,
    )


class Commands:
    """Runs commands one after another. place: a folder for what they print."""

    def __init__(self, ready: "subprocess.Popen[str]", place: Path) -> None:
        self.ready, self.place = ready, place

    def __call__(self, folder: Path, *words: str, says: str = "") -> subprocess.CompletedProcess[str]:
        """As engage()."""
        assert self.ready.stdin
        assert self.ready.stdout
        (self.place / "in").write_text(says)
        self.ready.stdin.write(json.dumps([str(folder), str(self.place), *words]) + "\n")
        self.ready.stdin.flush()
        status = int(self.ready.stdout.readline())
        return subprocess.CompletedProcess(words, status, *((self.place / name).read_text() for name in OUTPUTS))


@contextmanager
def commands(place: Path) -> Iterator[Commands]:
    """Something that runs commands, gone at the end."""
    asked = [sys.executable, "-m", "tests.commands"]
    pipe = subprocess.PIPE
    with subprocess.Popen(asked, stdin=pipe, stdout=pipe, text=True, cwd=place, env=SURROUNDINGS) as ready:
        yield Commands(ready, place)
        assert ready.stdin
        ready.stdin.close()


def serve() -> None:
    """For each line of input: a copy of this process does what it says, and how that ended is printed."""
    import engage.cli  # noqa: F401 - so that the copies need not read it

    for line in iter(sys.stdin.readline, ""):
        folder, place, *words = json.loads(line)
        child = os.fork()
        if not child:
            be(folder, Path(place), words)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201


def be(folder: str, place: Path, words: list[str]) -> NoReturn:
    """Go on as the command. One that does not end within LONGEST seconds is ended, as by an operator."""
    import signal

    from engage.cli import main

    for number, (name, how) in enumerate((("in", os.O_RDONLY), *((name, os.O_RDWR | os.O_CREAT) for name in OUTPUTS))):
        os.dup2(os.open(place / name, how | os.O_TRUNC * (number > 0), 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
    os.chdir(folder)
    signal.alarm(LONGEST)
    main(words, prog_name="engage")
    raise SystemExit(0)


if __name__ == "__main__":
    serve()
