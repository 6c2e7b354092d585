"""The few addresses that belong to the house and to no wing: health, robots, colours."""

import logging
import shutil
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from tortoise.connection import get_connection

from engage import dates
from engage.web import sessions

log = logging.getLogger("engage.web")

FREE_SHARE = 0.05
ASKED_SECONDS = 5
STUCK = timedelta(minutes=30)


async def healthz(request: Request) -> Response:
    """That the loop turns; asks no database."""
    return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})


async def readyz(request: Request) -> Response:
    """That a write works, the tables are of this version, the disk has room and the queue moves.

    Says no more than yes or no to strangers; asked for more often than every ASKED_SECONDS it says what it said last.
    Source: SAFETY.md, X1.
    """
    readiness: Readiness = request.app.readiness
    ready = await readiness.ask(request.app.settings.data_folder, dates.now())
    return PlainTextResponse("ok" if ready else "no", 200 if ready else 503, headers={"Cache-Control": "no-store"})


class Readiness:
    """Whether the service can do its work, looked at anew every few seconds and not for each stranger who asks.

    fits: raises where the tables are no longer of this version, as when a newer Engage changed them meanwhile.
    """

    def __init__(self, fits: Callable[[], Awaitable[None]]) -> None:
        self.fits = fits
        self.asked_at: datetime | None = None
        self.ready = False

    async def ask(self, folder: Path, now: datetime) -> bool:
        """Yes or no, at most ASKED_SECONDS old."""
        if self.asked_at is None or not timedelta() <= now - self.asked_at < timedelta(seconds=ASKED_SECONDS):
            self.asked_at = now
            try:
                await self.fits()
                self.ready = await can_write(now) and await moves(now) and has_room(folder)
            except Exception as problem:  # noqa: BLE001 - whatever it is, the answer is no
                log.warning("not ready", extra={"error": type(problem).__name__})
                self.ready = False
        return self.ready


async def can_write(now: datetime) -> bool:
    """Write down for good that somebody asked; whatever prevents it is raised."""
    await get_connection("default").execute_query(
        f"INSERT INTO tick (key, at) VALUES ('readyz', '{now.isoformat(' ')}') "
        "ON CONFLICT (key) DO UPDATE SET at = EXCLUDED.at"
    )
    return True


async def moves(now: datetime) -> bool:
    """Whether no job has been due for longer than STUCK."""
    rows = await get_connection("default").execute_query_dict(
        f"SELECT 1 AS stuck FROM job WHERE state = 'queued' AND run_at < '{(now - STUCK).isoformat(' ')}' LIMIT 1"
    )
    return not rows


def has_room(folder: Path) -> bool:
    """Whether the disk of the data folder has room left."""
    disk = shutil.disk_usage(folder if folder.is_dir() else Path.cwd())
    return disk.free >= disk.total * FREE_SHARE


async def robots(request: Request) -> Response:
    """What search engines may visit: public lists, and nothing of people."""
    return PlainTextResponse("User-agent: *\nDisallow: /sign-in\nDisallow: /*/me\nDisallow: /*/search\n")


async def theme(request: Request) -> Response:
    """Day or evening colours, kept in a cookie; back to where the person was."""
    form = await request.form(max_files=0, max_fields=5)
    chosen, back = form.get("theme"), form.get("back")
    response = RedirectResponse(sessions.own_path(back if isinstance(back, str) else "") or "/", 303)
    if chosen in sessions.THEMES:
        sessions.set_cookie(response, request, "theme", str(chosen), sessions.THEME_DAYS * 86_400)
    else:
        sessions.drop_cookie(response, request, "theme")
    return response
