"""The service under a real server in a process of its own, for tests of what only shows there."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

SERVE = """
import sys
from pathlib import Path
from engage.cli import run_server
from engage.settings import Settings
from engage.web.receiving import Receiving

url, port, folder, *pairs = sys.argv[1:]
allowed = frozenset((host, int(place)) for host, _, place in (pair.rpartition(":") for pair in pairs))
base = f"http://127.0.0.1:{port}"
settings = Settings(
    database_url=url, secret_key="k" * 40, base_url=base, data_folder=Path(folder), allowed_outside=allowed
)
Receiving.head_seconds, Receiving.body_seconds = 1.0, 1.0
run_server(settings, "127.0.0.1", int(port))
"""


@contextmanager
def serving(url: str, folder: Path, *allowed: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The service on a migrated database: its address and its process, which is gone afterwards.

    allowed: host:port of what may be visited although it is not public.
    """
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, url, str(port), str(folder), *allowed],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(address)
        yield address, server
    finally:
        server.kill()
        server.wait()


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def wait_until_ready(address: str, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if httpx2.get(f"{address}/readyz", trust_env=False).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"the server did not become ready in {seconds:.0f} s")
