"""What `engage proxy` writes, as Caddy understands it: Caddy stands before the service, and is asked."""

import json
import os
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from engage import dates
from engage.cli import main
from engage.cli_proxy import AWAY, caddyfile
from engage.routes import ROWS
from engage.settings import Settings
from engage.web.routing import PARAMETER
from engage.web.sessions import cookie_name
from tests.begun import BEGUN_READY
from tests.patience import until
from tests.proxying import CADDY, caddy
from tests.school import TestSchool, give_session
from tests.serving import free_port, serve, wait_until_ready
from tests.web.test_headers import check

pytestmark = [pytest.mark.only("sqlite"), pytest.mark.waits]
needs_caddy = pytest.mark.skipif(not CADDY, reason="no Caddy here: apt install caddy")
SENTINEL = "sentinel-of-somebody"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of localhost by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dates.now() - timedelta(days=1))
        .not_valid_after(dates.now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()))
    return files


@dataclass
class Behind:
    """The service behind Caddy. port: of Caddy; server: the service's process; plain: Caddy's port without TLS."""

    port: int
    plain: int
    server: int
    certificate: Path
    log: Path

    def client(self, **more: str) -> httpx2.Client:
        trust = ssl.create_default_context(cafile=str(self.certificate))
        return httpx2.Client(base_url=f"https://localhost:{self.port}", verify=trust, trust_env=False, headers=more)


def usable(text: str, front: int, plain: int) -> str:
    """The file on ports that anybody may open; and nobody here waits a quarter of a minute."""
    text = text.replace("https://localhost {", f"https://localhost:{front} {{")
    return text.replace("http://localhost {", f"http://localhost:{plain} {{").replace("15s", "2s")


@pytest.fixture
def behind(school: TestSchool, database_url: str, tmp_path: Path) -> Iterator[Behind]:
    front, plain, port = free_port(), free_port(), free_port()
    keys, log = certificate(tmp_path), tmp_path / "asked.log"
    settings = Settings(
        database_url=database_url,
        secret_key="k" * 40,
        base_url=f"https://localhost:{front}",
        data_folder=tmp_path,
        jobs_inside=False,
        proxies=1,
    )
    text = usable(caddyfile("localhost", port, keys, str(log)), front, plain)
    server = BEGUN_READY.Process(target=serve, args=(settings, port))
    server.start()
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", host=settings.host)
        with caddy(text, tmp_path, front, plain):
            yield Behind(front, plain, server.pid or 0, keys[0], log)
    finally:
        server.kill()
        server.join()


@needs_caddy
async def test_every_answer_is_dressed_behind_the_proxy_too(behind: Behind, school: TestSchool) -> None:
    token = await give_session(school.ada, dates.now())
    seen = set()
    for signed_in in (False, True):
        cookie = {"cookie": f"{cookie_name(secure=True)}={token}"} if signed_in else {}
        with behind.client(**cookie) as client:
            for row in ROWS:
                if row.name == "people.sign_out":
                    continue
                path = PARAMETER.sub(lambda found: "lincoln" if found[1] == "school" else "0123456789abc", row.path)
                answer = client.get(path)
                seen.add(answer.status_code)
                check(answer, signed_in and "{school}" in row.path, row.framed, row.camera)
            sent = client.post("/lincoln/me/log/new", data={"form_key": "a"})
            check(sent, False)
            shown = client.get("/lincoln/lists")
            style = shown.text.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
            check(client.get(style), False)
            if not signed_in:
                again = client.get("/lincoln/lists", headers={"If-None-Match": shown.headers["etag"]})
                check(again, False)
                seen |= {sent.status_code, again.status_code}
    assert {200, 303, 304, 403, 404} <= seen
    answer = httpx2.get(f"http://localhost:{behind.plain}/lincoln/?q=1", trust_env=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "https://localhost/lincoln/?q=1")
    check(answer, True)
    os.kill(behind.server, signal.SIGKILL)
    with behind.client() as client:
        answer = client.get("/lincoln/")
    assert (answer.status_code, answer.text, answer.headers["retry-after"]) == (503, AWAY, "10")
    check(answer, True)


@needs_caddy
@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        b"POST /theme HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n",
        b"POST /theme HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n",
    ],
    ids=["nothing", "head", "body", "chunk"],
)
async def test_a_request_that_drips_is_cut_off_by_the_proxy(behind: Behind, head: bytes) -> None:
    trust = ssl.create_default_context(cafile=str(behind.certificate))
    began = time.monotonic()
    raw = socket.create_connection(("127.0.0.1", behind.port), timeout=10)
    with trust.wrap_socket(raw, server_hostname="localhost") as door:
        door.settimeout(0.3)
        try:
            door.sendall(head)
            while time.monotonic() - began < 12:
                door.sendall(b"x")
                try:
                    if door.recv(65_536) == b"":
                        break
                except TimeoutError:
                    pass
        except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
            pass
    assert time.monotonic() - began < 6


@needs_caddy
async def test_of_what_was_asked_the_proxy_notes_neither_who_nor_what(
    behind: Behind, school: TestSchool, tmp_path: Path
) -> None:
    paths = (f"/lincoln/search?q={SENTINEL}", f"/{SENTINEL}", f"/family/{SENTINEL}")
    token = await give_session(school.ada, dates.now())
    more = {"user-agent": SENTINEL, "referer": f"https://localhost/{SENTINEL}", "x-forwarded-for": "203.0.113.7"}
    with behind.client(cookie=f"{cookie_name(secure=True)}={token}", **more) as client:
        for path in paths:
            client.get(path)
        with client.stream("GET", "/lincoln/lists", timeout=5) as gone:
            assert gone.status_code == 200  # and goes away without having taken it
        with socket.create_connection(("localhost", behind.port), timeout=5) as door:
            door.sendall(f"GET /{SENTINEL} HTTP/1.1\r\n\r\n".encode())
        os.kill(behind.server, signal.SIGKILL)
        client.get(paths[0])
    await until(lambda: len(behind.log.read_text().splitlines()) == len(paths) + 2, 20)
    lines = behind.log.read_text().splitlines()
    for line in lines:
        noted = json.loads(line)
        assert noted["status"] in (200, 404, 503)
        assert set(noted["request"]) == {"proto", "method", "host"}
    for text in ("\n".join(lines), (tmp_path / "caddy.log").read_text()):
        for secret in (SENTINEL, token, "203.0.113.7", '"remote_ip"', "/lincoln"):
            assert secret not in text


def test_the_file_is_written_for_an_address_of_https() -> None:
    def written(base_url: str, *words: str) -> tuple[int, str]:
        done = CliRunner().invoke(
            main, ["proxy", *words], env={"ENGAGE_BASE_URL": base_url, "ENGAGE_SECRET_KEY": "k" * 40}
        )
        return done.exit_code, done.output

    assert written("http://127.0.0.1:8000") == (
        2,
        "Say in ENGAGE_BASE_URL at which https address readers will reach the service; the proxy answers there.\n",
    )
    status, text = written("https://books.example", "--port", "8123")
    assert status == 0
    assert "\nhttps://books.example {\n\treverse_proxy 127.0.0.1:8123\n" in text
    assert "\nhttp://books.example {\n" in text
    assert "read_header 15s" in text
    assert "read_body 15s" in text
    status, text = written("https://books.example:8443", "--certificate", "a.pem", "b.pem")
    assert "\nhttps://books.example:8443 {\n\ttls a.pem b.pem\n" in text
    assert "http://books.example" not in text
