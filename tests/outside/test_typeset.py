"""The press: data is never source, and whatever a paper does, the service goes on."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engage.errors import Busy
from engage.outside import typeset
from engage.outside.typeset import NotSet, Press
from engage.web.render import template_folder
from tests.tools import from_debian
from tests.tools.paper import words_in

pytestmark = pytest.mark.waits

NOW = datetime(2026, 11, 4, 12, tzinfo=UTC)
PAPERS = template_folder() / "paper"
DATA = {"title": "Engage", "lang": "en"}


@pytest.fixture
def press_of(tmp_path: Path) -> Iterator[Callable[..., Press]]:
    """A press with our faces and papers of the test's own: names and sources."""
    made: list[Press] = []

    def build(seconds: float = 15.0, **sources: str) -> Press:
        folder = tmp_path / f"papers{len(made)}"
        shutil.copytree(PAPERS, folder)
        for name, source in sources.items():
            (folder / f"{name}.typ").write_text(source)
        made.append(Press(folder, seconds))
        return made[-1]

    yield build
    for press in made:
        press.close()


async def test_what_is_written_is_set_as_it_is_written_in_our_faces(press_of: Callable[..., Press], tmp_path: Path):
    title = '#{panic("x")} *a* _b_ $c$ <d> @e \\f // /* Žižkov "]'
    press = press_of()
    first = await press.pdf("proof", {**DATA, "title": title}, NOW)
    assert words_in(first).count(title) == 3
    assert await press.pdf("proof", {**DATA, "title": title}, NOW) == first  # so that an ETag is the same everywhere
    (tmp_path / "proof.pdf").write_bytes(first)
    tool = from_debian("pdffonts", "poppler-utils")
    run = await asyncio.create_subprocess_exec(tool, str(tmp_path / "proof.pdf"), stdout=asyncio.subprocess.PIPE)
    told = (await run.communicate())[0].decode()
    assert {"YoungSerif-Regular", "Next-Regular", "Next-SemiBold"} == {
        name for name in ("YoungSerif-Regular", "Next-Regular", "Next-SemiBold", "Libertinus") if name in told
    }


async def test_a_paper_reads_no_file(press_of: Callable[..., Press], tmp_path: Path):
    (tmp_path / "secret.txt").write_text("secret")
    press = press_of(
        outside='#read("../../secret.txt")',
        inside='#read("LICENSE-young-serif.txt")',
        proof="#d.title",
        package=PACKAGE,
    )
    for name in ("outside", "inside", "package"):
        with pytest.raises(NotSet):
            await press.pdf(name, DATA, NOW)
    assert await press.pdf("proof", DATA, NOW)


PACKAGE = '#import "@preview/example:0.1.0": add'


async def test_one_that_takes_too_long_or_too_much_is_ended_and_the_next_is_set(press_of: Callable[..., Press]):
    # well ahead of the press's start on a busy machine
    press = press_of(5.0, long=LONG, large=LARGE)
    await press.pdf("proof", DATA, NOW)
    with pytest.raises(Busy):
        await press.pdf("long", DATA, NOW)
    with pytest.raises((NotSet, Busy)):
        await press.pdf("large", DATA, NOW)
    assert await press.pdf("proof", DATA, NOW)


LONG = "#let n = 0\n#for a in range(9000) { for b in range(9000) { n += calc.rem(a, b + 1) } }\n#n"
LARGE = "#let x = range(1000).map(n => str(n)).join()\n#for n in range(40) { x = x + x }\n#x.len()"


async def test_a_press_that_was_killed_is_started_anew_unseen(press_of: Callable[..., Press]):
    press = press_of()
    await press.pdf("proof", DATA, NOW)
    (idle,) = press._cage._idle
    idle.process.kill()
    assert await press.pdf("proof", DATA, NOW)


async def test_one_is_set_at_a_time_and_few_wait(press_of: Callable[..., Press], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(typeset, "WAITING", 3)
    press = press_of()
    answers = await asyncio.gather(*(press.pdf("proof", DATA, NOW) for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [bytes, bytes, bytes, Busy, Busy]
    assert len(press._cage._idle) == 1
    with pytest.raises(NotSet, match="bytes of data"):
        await press.pdf("proof", {**DATA, "title": "x" * (typeset.LARGEST_DATA + 1)}, NOW)
