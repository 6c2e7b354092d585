"""The background jobs in a process of their own beside the pages: begun with them, ended with them.

What is fetched from outside, however slow or large, so never takes a page's time or memory.
Source: SAFETY.md, O4.
"""

import asyncio
import gc
import json
import logging
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from engage.database.opening import opened
from engage.database.queue import wakers
from engage.jobs import Worker
from engage.settings import Settings
from engage.tally import counting

log = logging.getLogger("engage.jobs")

COMMAND = (sys.executable, "-P", "-X", "utf8", "-m", "engage.working")
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
# what a worker takes to end what it is doing, and a little more
STOP_SECONDS = 15.0
LARGE = 128 * 1024


class Beside:
    """The process of the jobs as the process of the pages sees it: one at a time, started anew when it dies.

    pid: of the one that runs now, None between two.
    """

    def __init__(self, settings: Settings, command: tuple[str, ...] = COMMAND, pause: float = FIRST_PAUSE) -> None:
        self._settings, self._command, self._pause = settings, command, pause
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The number of the process."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    def wake(self) -> None:
        """Something was queued here: let it be looked at now."""
        pipe = self._process.stdin if self._process is not None else None
        if pipe is not None and not pipe.is_closing() and pipe.transport.get_write_buffer_size() == 0:
            pipe.write(b"\n")

    async def run(self) -> None:
        """Keep a process at work until stopped."""
        wakers.add(self)
        loop, pause = asyncio.get_running_loop(), self._pause
        try:
            while not self._stopping.is_set():
                began = loop.time()
                try:
                    await self._one()
                except OSError:
                    log.exception("the process of the background jobs cannot be started")
                if not self._stopping.is_set():
                    log.warning("the process of the background jobs ended and is started anew")
                    pause = self._pause if loop.time() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
                    waiting = asyncio.create_task(self._stopping.wait())
                    await asyncio.wait((waiting,), timeout=pause)
                    waiting.cancel()
        finally:
            wakers.discard(self)

    async def stop(self) -> None:
        """Let the process end what it is doing; run() ends when the process has."""
        self._stopping.set()

    async def _one(self) -> None:
        # large bodies come and go there: by its own rule the C library would keep their room for ever
        os.putenv("MALLOC_MMAP_THRESHOLD_", str(LARGE))
        self._process = process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, start_new_session=True
        )
        assert process.stdin is not None
        # by the pipe and not as an argument or in the environment, where others can read a key
        process.stdin.write(handed_down(self._settings))
        ended, stopping = (asyncio.create_task(each) for each in (process.wait(), self._stopping.wait()))
        try:
            await asyncio.wait((ended, stopping), return_when=asyncio.FIRST_COMPLETED)
            process.stdin.close()  # that nobody is there any more is how it learns that it may go
            await asyncio.wait((ended,), timeout=STOP_SECONDS)
        finally:
            stopping.cancel()
            if not ended.done():
                process.kill()
            await ended


def handed_down(settings: Settings) -> bytes:
    """Settings as a line."""
    rosters = str(settings.roster_folder.absolute()) if settings.roster_folder else None
    values = {**asdict(settings), "data_folder": str(settings.data_folder.absolute()), "roster_folder": rosters}
    return json.dumps({**values, "allowed_outside": sorted(settings.allowed_outside)}).encode() + b"\n"


def taken_up(line: bytes) -> Settings:
    """Settings from such a line."""
    values = json.loads(line)
    pairs = frozenset((host, port) for host, port in values.pop("allowed_outside"))
    rosters = Path(values["roster_folder"]) if values["roster_folder"] else None
    folders = {"data_folder": Path(values["data_folder"]), "roster_folder": rosters}
    return Settings(**{**values, **folders}, allowed_outside=pairs)


async def work(settings: Settings) -> None:
    """Do jobs until told to stop, or until whoever began this process is gone."""
    loop = asyncio.get_running_loop()
    told = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    async with opened(settings.database_url):
        gc.freeze()  # what the program itself is made of is looked at no more
        worker = Worker(settings)
        stopping = asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, stopping.set)

        async def listen() -> None:
            while await told.read(4096):
                worker.wake()
            stopping.set()

        async def end() -> None:
            await stopping.wait()
            await worker.stop()

        beside = [asyncio.create_task(listen()), asyncio.create_task(end())]
        await worker.run()
        for task in beside:
            task.cancel()


def main() -> None:
    """What the process does: settings come first, then a byte for each time that something was queued."""
    # without a buffer, in which a byte for later could stay
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as handed:
        settings = taken_up(handed.readline())
    with counting(settings), asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(work(settings))


def new_loop() -> asyncio.AbstractEventLoop:
    """The loop that the pages have, too: a visit to a site takes a fifth less work by it."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop  # there is none for that system

    return uvloop.new_event_loop()


if __name__ == "__main__":
    main()
