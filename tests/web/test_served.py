"""The service under a real server, in a process of its own: what only shows there."""

import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import httpx2
import pytest

from tests.conftest import Peopled, Place
from tests.serving import serving

pytestmark = [pytest.mark.only("sqlite"), pytest.mark.waits]


@pytest.fixture
def served(template: Place, peopled: Peopled, tmp_path: Path) -> Iterator[tuple[str, ForkServerProcess]]:
    with serving(template.url(shutil.copy(peopled.file, tmp_path)), tmp_path) as running:
        yield running


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
    os.kill(server.pid, signal.SIGTERM)
    server.join(20)
    assert server.exitcode in (0, -signal.SIGTERM)  # uvicorn ends by the signal that it was sent


def slow_sender(address: str, head: bytes, pause: float) -> float:
    """Seconds until the server closes a connection over which a request drips."""
    host, port = address.removeprefix("http://").split(":")
    began = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=10) as door:
        try:
            door.sendall(head)
            while time.monotonic() - began < 9:
                door.sendall(b"x")
                door.settimeout(pause)
                try:
                    if door.recv(65536) == b"":
                        break
                except TimeoutError:
                    pass
        except (ConnectionResetError, BrokenPipeError):
            pass
    return time.monotonic() - began


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST /theme HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n",
        b"POST /theme HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n",
    ],
    ids=["nothing", "head", "body", "chunk"],
)
def test_a_request_that_drips_is_cut_off(served, head):
    address, _ = served
    host = address.removeprefix("http://").encode()
    assert slow_sender(address, head.replace(b"Host: x", b"Host: " + host), 0.2) < 4


def test_a_head_without_end_is_cut_off(served):
    address, _ = served
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as door:
        door.sendall(b"GET / HTTP/1.1\r\n")
        sent = 0
        while sent < 1_000:
            try:
                door.sendall(b"X-Long: " + b"y" * 8_000 + b"\r\n")
            except ConnectionError:
                break
            sent += 1
    assert sent < 1_000


def test_a_connection_is_kept_for_the_next_request(served):
    address, _ = served
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as door:
        for _ in range(2):
            door.sendall(f"GET /healthz HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            answer = door.recv(65536)
            while answer and not answer.endswith(b"\r\n\r\nok"):
                answer += door.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200")
            time.sleep(1.5)


def raw(address: str, *requests: str) -> bytes:
    """All that comes back over one connection for some requests sent at once; the last one ends the connection."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as door:
        door.sendall("".join(each.replace("\n", f"\r\nHost: {host}:{port}\r\n", 1) for each in requests).encode())
        answer = b""
        while piece := door.recv(65536):
            answer += piece
    return answer


def split(answer: bytes) -> tuple[str, dict[str, str], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    return line, dict(each.split(": ", 1) for each in headers), body


KEPT = "GET /lincoln/lists HTTP/1.1\n\r\n"
CLOSING = "GET /lincoln/lists HTTP/1.1\nConnection: close\r\n\r\n"


def test_a_kept_page_is_over_the_wire_what_it_would_be_anyway(served):
    address, _ = served
    line, usual, page = split(raw(address, CLOSING))
    first, second = raw(address, KEPT, KEPT, CLOSING).split(b"HTTP/1.1 200 OK\r\n")[1:3]
    for answer in (first, second):
        _, headers, body = split(b"HTTP/1.1 200 OK\r\n" + answer)
        assert body == page
        assert {**headers, "date": ""} == {
            name: value for name, value in {**usual, "date": ""}.items() if name != "connection"
        }
    assert line == "HTTP/1.1 200 OK"

    tagged = CLOSING.replace("Connection", f"If-None-Match: {usual['etag']}\r\nConnection")
    assert split(raw(address, tagged))[0] == "HTTP/1.1 304 Not Modified"
    unchanged = raw(address, tagged.replace("Connection: close\r\n", ""), CLOSING)
    line, headers, rest = split(unchanged)
    assert line == "HTTP/1.1 304 Not Modified"
    assert headers["etag"] == usual["etag"]
    assert rest.startswith(b"HTTP/1.1 200")

    line, headers, rest = split(raw(address, KEPT.replace("GET", "HEAD"), CLOSING))
    assert headers["content-length"] == usual["content-length"]
    assert rest.startswith(b"HTTP/1.1 200")


def test_what_is_asked_at_once_over_one_connection_is_answered_in_order(served):
    """Kept and made answers, one behind the other."""
    address, _ = served
    host, port = address.removeprefix("http://").split(":")
    paths = ["/lincoln/lists", "/lincoln/nonsense", "/lincoln/lists", "/lincoln/lists", "/healthz", "/lincoln/lists"]
    with httpx2.Client(base_url=address, trust_env=False) as client:
        alone = [client.get(path).text for path in paths]
    with socket.create_connection((host, int(port)), timeout=20) as door:
        asked = "".join(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n" for path in paths)
        door.sendall(asked.encode())
        reader = door.makefile("rb")
        for path, text in zip(paths, alone, strict=True):
            status = int(reader.readline().split()[1])
            headers = {}
            while line := reader.readline().strip():
                name, _, value = line.decode().partition(": ")
                headers[name.lower()] = value
            body = reader.read(int(headers["content-length"])).decode()
            assert status == (404 if "nonsense" in path else 200)
            # a problem has a code of its own
            assert body == text or status == 404, path
