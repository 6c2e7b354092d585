"""What the service has counted: in this process, and in all that share a folder.

A number has a name of COUNTED and nothing else: no person, class, title, school or address (SAFETY.md, X2).
"""

import fcntl
import logging
import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from threading import Lock

from engage.settings import Settings

log = logging.getLogger("engage.metrics")

ANSWERS = ("2xx", "3xx", "4xx", "503", "5xx")  # 5xx without 503
COUNTED = (
    *(f"answers_{kind}" for kind in ANSWERS),
    "lock_waits",
    "parser_kills",
    "denied_elsewhere",
    "clock_steps",
)
PLACES = {name: place for place, name in enumerate(COUNTED)}
NUMBERS = struct.Struct(f"={len(COUNTED)}q")
# another version may count other things: it does not go on with files of this one
ENDING = f"{zlib.crc32(' '.join(COUNTED).encode()):08x}"


class Tally:
    """Counts in memory; inside of kept_in() in a file, which holds what was counted even if the process is killed."""

    def __init__(self) -> None:
        self._numbers = memoryview(bytearray(NUMBERS.size)).cast("q")
        self._lock = Lock()  # parsers are asked in threads

    def add(self, name: str, number: int = 1) -> None:
        """Count."""
        with self._lock:
            self._numbers[PLACES[name]] += number

    @contextmanager
    def kept_in(self, folder: Path) -> Iterator[None]:
        """Count in a file of the folder, which is this process's own meanwhile. Raises OSError.

        It goes on with the numbers of a process that has ended, so that a sum of all files never falls and there are
        as many of them as there ever were processes at once.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = _own_file(folder)
        if os.fstat(file).st_size != NUMBERS.size:
            os.pwrite(file, bytes(NUMBERS.size), 0)  # takes its room on the disk now: later nobody could be told
        before = self._numbers
        kept = memoryview(mmap.mmap(file, NUMBERS.size)).cast("q")
        with self._lock:
            for place, number in enumerate(before):
                kept[place] += number
            self._numbers = kept
        try:
            yield
        finally:
            with self._lock:
                self._numbers = memoryview(bytearray(NUMBERS.size)).cast("q")
            fcntl.flock(file, fcntl.LOCK_UN)
            os.close(file)


counted = Tally()


def folder_of(settings: Settings) -> Path:
    """Where the processes of the service keep what they count."""
    return settings.data_folder / "metrics"


@contextmanager
def counting(settings: Settings) -> Iterator[None]:
    """Keep what this process counts where it is added up, if anybody is to read it."""
    with ExitStack() as stack:
        if settings.metrics_port:
            try:
                stack.enter_context(counted.kept_in(folder_of(settings)))
            except OSError as problem:
                log.warning("what is counted cannot be kept", extra={"error": type(problem).__name__})
        yield


@cache
def kind_of(status: int) -> str:
    """Under what an answer of this status is counted."""
    return f"answers_{'503' if status == 503 else f'{status // 100}xx'}"


def totals(folder: Path) -> dict[str, int]:
    """What all processes of the folder have counted, by name."""
    read = [file.read_bytes() for file in folder.glob(f"*.{ENDING}")]
    files = [NUMBERS.unpack(numbers) for numbers in read if len(numbers) == NUMBERS.size]  # one is empty as it is made
    return dict(zip(COUNTED, map(sum, zip(*files, strict=True)), strict=True)) if files else dict.fromkeys(COUNTED, 0)


def only_one(lock: Path) -> int | None:
    """A file that is locked as long as it is open, None where another process has it. Raises OSError."""
    file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def _own_file(folder: Path) -> int:
    return next(file for number in count() if (file := only_one(folder / f"{number}.{ENDING}")) is not None)
