"""What a process says of a long file comes line by line, however the pieces fall, and never for ever."""

import os
from pathlib import Path

import pytest

from engage.outside import stream

SAYS = "import sys, time\nsay = lambda text: (sys.stdout.write(text), sys.stdout.flush())\n"


@pytest.fixture
def said_by():
    """What a program says whose input is empty."""
    with Path(os.devnull).open("rb") as nothing:

        async def said_by(program: str, wall: float = 20.0) -> list[dict[str, object]]:
            return [said async for said in stream.lines(("-c", SAYS + program), nothing, wall)]

        yield said_by


async def test_lines_are_whole_however_they_were_written(said_by, monkeypatch):
    monkeypatch.setattr(stream, "PIECE", 7)
    halves = r"""say('{"a": 1}\n{"b": 2}\n{"c"'); say(': 3}\n{"end": true}\n')"""
    assert await said_by(halves) == [{"a": 1}, {"b": 2}, {"c": 3}]


@pytest.mark.parametrize(
    "program",
    [
        r"""say('{"a": 1}\n')""",  # it ends without saying so
        r"""say('{"a": 1}\n{"end": true}')""",  # in the middle of a line
        r"""say('no object\n{"end": true}\n')""",
        r"""say('"' + 'x' * 3000 + '"\n{"end": true}\n')""",  # longer than any answer
    ],
)
async def test_a_process_that_does_not_come_to_its_end_is_broken(said_by, program, monkeypatch):
    monkeypatch.setattr(stream, "LONGEST_LINE", 1_000)
    monkeypatch.setattr(stream, "PIECE", 100)
    with pytest.raises(stream.Broken) as broken:
        await said_by(program)
    assert not broken.value.late


async def test_signs_that_never_become_a_line_do_not_keep_it_alive(said_by):
    with pytest.raises(stream.Broken) as broken:
        await said_by("while True: say('x'); time.sleep(0.02)", wall=0.4)
    assert broken.value.late
