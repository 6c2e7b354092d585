"""`engage check-links`: what an operator sees of it."""

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from click.testing import CliRunner

from engage.cli import main

MARC = "00000nam a2200000 a 4500"


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/owls" else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>Owls</title>")

    def log_message(self, *given: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_links_are_looked_at_by_command(site, bases, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(bases.sqlite(), tmp_path / "engage.sqlite3")
    port = site.server_address[1]
    monkeypatch.setenv("ENGAGE_ALLOWED_OUTSIDE", f"127.0.0.1:{port}")
    run = CliRunner()

    def engage(*words: str) -> tuple[int, str]:
        done = run.invoke(main, list(words))
        return done.exit_code, done.output

    assert engage("create-school", "--name", "Alder Creek", "--slug", "alder-creek")[0] == 0
    assert engage("check-links")[0] == 0
    records = "".join(
        f'<record xmlns="http://www.loc.gov/MARC21/slim"><leader>{MARC}</leader>'
        f'<controlfield tag="001">{name}</controlfield>'
        f'<datafield tag="245" ind1="1" ind2="0"><subfield code="a">The {name} book</subfield></datafield>'
        f'<datafield tag="856" ind1="4" ind2="0"><subfield code="u">http://127.0.0.1:{port}/{name}</subfield>'
        "</datafield></record>"
        for name in ("owls", "gone")
    )
    (tmp_path / "books.xml").write_text(f'<collection xmlns="http://www.loc.gov/MARC21/slim">{records}</collection>')
    code, said = engage("import", "marc", "books.xml", "--school", "alder-creek")
    assert (code, "2 added" in said) == (0, True), said

    code, said = engage("check-links", "--school", "alder-creek")
    assert code == 0
    assert "2 looked at: 1 alive, 1 unchecked" in said
    assert "0 looked at." in engage("check-links")[1]
    # it is not dead, however often it is looked at today
    for _ in range(4):
        code, said = engage("check-links", "--all")
        assert (code, "1 unchecked" in said) == (0, True)
    code, said = engage("check-links", "--school", "nowhere")
    assert (code, "There is no school" in said) == (1, True)
