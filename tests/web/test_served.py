"""The service under a real server, in a process of its own: what only shows there."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from engage.database.opening import opened
from engage.database.operations import migrate
from tests.school import make_the_school

SERVE = """
import sys, uvicorn
from pathlib import Path
from engage.app import build_app
from engage.settings import Settings

url, port, folder = sys.argv[1:]
base = f"http://127.0.0.1:{port}"
settings = Settings(database_url=url, secret_key="k" * 40, base_url=base, data_folder=Path(folder))
uvicorn.run(build_app(settings), host="127.0.0.1", port=int(port), log_level="warning", lifespan="on",
            server_header=False, timeout_graceful_shutdown=20)
"""


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    import asyncio

    url = f"sqlite://{tmp_path / 'engage.sqlite3'}"

    async def prepare() -> None:
        await migrate(url)
        async with opened(url):
            await make_the_school()

    asyncio.run(prepare())
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, url, str(port), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(address)
        yield address, server
    finally:
        server.kill()
        server.wait()


def wait_until_ready(address: str) -> None:
    for _ in range(200):
        try:
            if httpx2.get(f"{address}/readyz", trust_env=False).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("the server did not become ready in 10 s")


def test_a_real_server_finds_the_database_and_ends_in_peace(served):
    address, server = served
    with httpx2.Client(base_url=address, trust_env=False) as client:
        assert client.get("/healthz").text == "ok"
        assert client.get("/lincoln/nonsense").status_code == 404
        assert client.get("/lincoln").status_code == 308
        answer = client.get("/healthz")
        assert "server" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "strict-transport-security" not in answer.headers
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=20) in (0, -signal.SIGTERM)  # uvicorn ends by the signal that it was sent
