"""A parser process with jobs that do what a parser must never do; run as a script by tests/outside/test_cage.py."""

import json
import os
import signal
import socket
import time
from collections.abc import Mapping
from typing import Any

from engage.outside import cage_worker

Options = Mapping[str, Any]


def frame(data: bytes, claimed: int | None = None) -> None:
    """Write an answer past the worker, as a process that was taken over could."""
    os.write(1, cage_worker.ANSWER.pack(len(data) if claimed is None else claimed) + data)


def sleep(body: bytes, options: Options) -> Any:
    time.sleep(60)


def spin(body: bytes, options: Options) -> Any:
    while True:
        pass


def work(body: bytes, options: Options) -> Any:
    """Half a second of work, for the sum of many."""
    end = time.process_time() + options["seconds"]
    while time.process_time() < end:
        pass
    return os.getpid()


def memory(body: bytes, options: Options) -> Any:
    return len(bytearray(1024 * 1024 * 1024))


def leave(body: bytes, options: Options) -> Any:
    os._exit(3)


def killed(body: bytes, options: Options) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def crashed(body: bytes, options: Options) -> Any:
    os.kill(os.getpid(), signal.SIGSEGV)


def wrong(body: bytes, options: Options) -> Any:
    raise ZeroDivisionError


def deep(body: bytes, options: Options) -> Any:
    return deep(body, options)


def chatty(body: bytes, options: Options) -> Any:
    print("this is not an answer" * 1_000)  # noqa: T201
    return len(body)


def no_json(body: bytes, options: Options) -> Any:
    frame(b"hello")
    time.sleep(60)


def nested(body: bytes, options: Options) -> Any:
    frame(b"[" * 100_000)
    time.sleep(60)


def unknown(body: bytes, options: Options) -> Any:
    frame(json.dumps({"unreadable": "<script>"}).encode())
    time.sleep(60)


def half(body: bytes, options: Options) -> Any:
    frame(b'{"value":', 1_000)
    os._exit(0)


def huge(body: bytes, options: Options) -> Any:
    frame(b"{", 2**31)
    time.sleep(60)


def no_feed(body: bytes, options: Options) -> Any:
    return {"title": ["<b>"], "entries": "many"}


def no_values(body: bytes, options: Options) -> Any:
    return {1, 2, 3}


def reach(body: bytes, options: Options) -> Any:
    """What can be had from in here: each attempt by its outcome."""
    found: dict[str, str] = {}
    attempts = {
        "file": lambda: open("/etc/passwd").read(),  # noqa: SIM115
        "write": lambda: open("/tmp/engage-was-here", "w").write("x"),  # noqa: SIM115
        "socket": lambda: socket.socket(),
        "process": lambda: os.popen("id").read(),
        "raise": lambda: cage_worker.confine.resource.setrlimit(
            cage_worker.confine.resource.RLIMIT_CPU, (10**6, 10**6)
        ),
    }
    for name, attempt in attempts.items():
        try:
            attempt()
            found[name] = "had"
        except (OSError, ValueError) as exc:
            found[name] = type(exc).__name__
    return {"environ": dict(os.environ), "reach": found, "root": os.geteuid() == 0}


BAD = {
    job.__name__: job
    for job in (
        sleep, spin, work, memory, leave, killed, crashed, wrong, deep, chatty,
        no_json, nested, unknown, half, huge, no_feed, no_values, reach,
    )
}  # fmt: skip

if __name__ == "__main__":
    cage_worker.main({**cage_worker.JOBS, **BAD})
