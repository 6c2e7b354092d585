"""The service under a real server in a process of its own, for tests of what only shows there."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import httpx2

from engage.settings import Settings
from engage.web.receiving import Receiving
from tests.begun import BEGUN_READY

RUN = Path(__file__).parents[1]
# what a machine may take that is busy with seven other things; a quiet one takes a second
READY_SECONDS = 120.0


@contextmanager
def serving(
    url: str, folder: Path, *allowed: str, jobs: bool = False, metrics: int = 0
) -> Iterator[tuple[str, ForkServerProcess]]:
    """The service on a migrated database: its address and its process, which is gone afterwards.

    allowed: host:port of what may be visited although it is not public. jobs: whether a process of the background
    jobs stands beside it, which reads all of Engage first.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = Settings(
        database_url=url,
        secret_key="k" * 40,
        base_url=address,
        data_folder=folder,
        allowed_outside=frozenset((host, int(place)) for host, _, place in (pair.rpartition(":") for pair in allowed)),
        jobs_inside=jobs,
        metrics_port=metrics,
    )
    server = BEGUN_READY.Process(target=serve, args=(settings, port))
    server.start()
    try:
        wait_until_ready(address)
        yield address, server
    finally:
        server.kill()
        server.join()


def serve(settings: Settings, port: int) -> None:
    """Serve until told to end; whoever sends slowly has a second."""
    # not above: it brings the jobs along, which other copies of the process that has read this must not have
    from engage.cli import run_server

    os.environ["PYTHONPATH"] = str(RUN)
    Receiving.head_seconds, Receiving.body_seconds = 1.0, 1.0
    run_server(settings, "127.0.0.1", port)


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def wait_until_ready(address: str, seconds: float = READY_SECONDS, host: str = "") -> None:
    """Until the service there can be used; raises AssertionError. host: the one that it answers for, if another."""
    headers = {"Host": host} if host else {}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if httpx2.get(f"{address}/readyz", headers=headers, trust_env=False).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"the server did not become ready in {seconds:.0f} s")
