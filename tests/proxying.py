"""Caddy, with the settings that `engage proxy` writes, for tests and benchmarks of what stands before the service."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# where dev.py puts it, if the system has none
CADDY = shutil.which("caddy") or shutil.which("caddy", path=str(Path(sys.executable).parent))


@contextmanager
def caddy(text: str, folder: Path, *ports: int) -> Iterator[None]:
    """Caddy with these settings, which listens on these ports. What it says of itself is in caddy.log."""
    file = folder / "Caddyfile"
    file.write_text(text.replace("{\n", "{\n\tadmin off\n", 1))  # its own address for reloads, of which there is one
    homes = {"XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config"), "HOME": str(folder)}
    with (folder / "caddy.log").open("wb") as said:
        process = subprocess.Popen(
            [str(CADDY), "run", "--config", file, "--adapter", "caddyfile"], env={**os.environ, **homes}, stderr=said
        )
        try:
            for port in ports:
                wait_for(port)
            yield
        finally:
            process.kill()
            process.wait()


def wait_for(port: int, seconds: float = 60) -> None:
    """Until somebody listens there. Raises AssertionError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as door:
            if door.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("Caddy did not begin")
