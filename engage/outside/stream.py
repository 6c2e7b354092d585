"""The cage for long files: a process of its own reads a file to its end and says what is in it, line by line.

The cage (cage.py) answers one question about one body. An import is one file of up to 100,000 records, which fits in
no body and no answer. The limits are the same, counted for each piece of the file.
"""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from typing import Any, BinaryIO

WALL_SECONDS = 20.0
LONGEST_LINE = 4 * 1024 * 1024
PIECE = 64 * 1024


class Broken(Exception):
    """The process ended before the file did. late: it took too long over one piece."""

    def __init__(self, late: bool) -> None:
        super().__init__("too slow" if late else "broken")
        self.late = late


async def lines(
    program: Sequence[str], file: BinaryIO, wall: float = WALL_SECONDS
) -> AsyncGenerator[dict[str, Any], None]:
    """What a program says of a file: objects out of JSON, not yet to be believed.

    program: what Python runs, such as ("-m", module, argument), with the file as its standard input; it says
    {"end": true} when it has read all. wall: seconds between two lines at most.
    Raises Broken.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-I", "-X", "utf8", *program),
        stdin=file,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
        limit=LONGEST_LINE,
    )
    assert process.stdout is not None
    late = False
    try:
        async with contextlib.aclosing(_whole_lines(process.stdout, wall)) as read:
            async for line in read:
                said = _object(line)
                if said is None:
                    break
                if said.get("end") is True:
                    return
                yield said
    except TimeoutError:
        late = True
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it may end by itself in this very moment
                process.kill()
        await process.communicate()  # what was not read yet keeps the pipe open, and the process in the table
    status = process.returncode or 0
    raise Broken(late or status == -signal.SIGXCPU)


async def _whole_lines(out: asyncio.StreamReader, wall: float) -> AsyncGenerator[bytes, None]:
    """The lines that come, to the end or to one that is longer than any answer. Raises TimeoutError."""
    clock = asyncio.get_running_loop().time
    held, until = b"", clock() + wall
    while len(held) <= LONGEST_LINE:
        async with asyncio.timeout_at(until):
            piece = await out.read(PIECE)
        if not piece:
            return
        *lines, held = (held + piece).split(b"\n")
        for line in lines:
            yield line
        if lines:
            until = clock() + wall


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None
