"""What work costs: the processors' time and the memory of this process and of those it begins, and what it writes.

Time is the processors', so that a machine that does much else fails no test.
"""

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")
LOOK_SECONDS = 0.005


@dataclass
class Cost:
    """seconds: of processors. grew: KiB that this process took more than before. others: the same of the other one that
    did most; of one that was begun meanwhile, all that it took.

    written: what was opened to be written, or made. reached: where a connection was opened to, and names looked up.
    """

    seconds: float = 0.0
    grew: int = 0
    others: int = 0
    written: set[str] = field(default_factory=set)
    reached: set[str] = field(default_factory=set)


_ME = Path("/proc/self/cmdline").read_bytes()
_watching: list[Cost] = []
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_MADE = {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.truncate", "tempfile.mkstemp", "tempfile.mkdtemp"}


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if not _watching:
        return
    if event == "open":
        path, _, flags = args
        if flags & _WRITES and not isinstance(path, int) and path != os.devnull:
            _watching[-1].written.add(os.fsdecode(path))
    elif event in _MADE:
        _watching[-1].written.update(os.fsdecode(each) for each in args[:2] if isinstance(each, str | bytes))
    elif event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        where = args[1] if event == "socket.connect" else args[:2]
        if isinstance(where, tuple):  # else a socket in a folder, as of a database
            _watching[-1].reached.add(str(where))


sys.addaudithook(_hook)


@contextmanager
def cost() -> Iterator[Cost]:
    """What the block costs; to be read after it."""
    told, over = Cost(), threading.Event()
    Path("/proc/self/clear_refs").write_text("5")  # the most memory so far begins anew
    before, began = memory(os.getpid(), "VmRSS"), _time()
    stood = {pid: memory(pid, "VmHWM") for pid in begun_by(os.getpid())}
    watch = threading.Thread(target=_watch, args=(told, over, stood))
    watch.start()
    _watching.append(told)
    try:
        yield told
    finally:
        _watching.pop()
        over.set()
        watch.join()
        told.seconds = _time() - began
        told.grew = memory(os.getpid(), "VmHWM") - before


def _watch(told: Cost, over: threading.Event, stood: Mapping[int, int]) -> None:
    while not over.wait(LOOK_SECONDS):
        grown = (memory(pid, "VmHWM") - stood.get(pid, 0) for pid in begun_by(os.getpid()))
        told.others = max([told.others, *grown])


def begun_by(pid: int) -> list[int]:
    """The processes that one began, and those that they began; without the database of the tests."""
    found: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found  # it has ended
    for thread in threads:
        try:
            found += map(int, Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
        except OSError:
            continue  # the thread has ended
    found = [each for each in found if not _is_database(each)]
    return found + [further for each in found for further in begun_by(each)]


def _is_database(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
    except OSError:
        return False  # it has ended


def memory(pid: int, line: str) -> int:
    """KiB; 0 of a process that has ended, or that is still a copy of this one, about to become another program."""
    try:
        if pid != os.getpid() and Path(f"/proc/{pid}/cmdline").read_bytes() == _ME:
            return 0
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return int(status.partition(f"{line}:")[2].split()[0]) if line in status else 0


def _time() -> float:
    """Seconds of processors that this process, those that it began and those that have ended took so far."""
    ticks = 0
    for pid in (os.getpid(), *begun_by(os.getpid())):
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            continue
        ticks += sum(map(int, stat.rpartition(")")[2].split()[11:15]))
    return ticks / TICKS
