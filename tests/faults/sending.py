"""What other processes do in the fault tests of statements: fold and send until killed."""

import asyncio
import logging
from datetime import datetime, timedelta
from pathlib import Path

from engage import dates
from engage.database.opening import opened
from engage.database.tenancy import every_school
from engage.evaluation.folding import fold_statements
from engage.evaluation.sending import send_statements
from engage.settings import Settings
from tests.faults.processes import Assassin

SECRET = "a key that only the tests know, and nobody else"


def work_until_killed(url: str, port: int, folder: str, kill_at: str) -> None:
    """Fold and send as jobs do, over and over. port: of the receiver. kill_at: see Assassin."""
    asyncio.run(_work(url, port, Path(folder), kill_at))


async def _work(url: str, port: int, folder: Path, kill_at: str) -> None:
    settings = settings_of(url, port, folder)
    async with opened(url):
        logging.getLogger("tortoise.db_client").addHandler(Assassin(kill_at))
        logging.getLogger("tortoise.db_client").setLevel(logging.DEBUG)
        while True:
            await once(settings, dates.now() + timedelta(days=3))
            await asyncio.sleep(0.01)


async def once(settings: Settings, now: datetime) -> None:
    """One round of both jobs."""
    with every_school("a job"):
        await fold_statements(settings, now)
        await send_statements(settings, now)


def settings_of(url: str, port: int, folder: Path) -> Settings:
    """The settings of a service that may reach the receiver."""
    allowed = frozenset({("127.0.0.1", port)})
    return Settings(url, SECRET, base_url="https://engage.test", data_folder=folder, allowed_outside=allowed)
