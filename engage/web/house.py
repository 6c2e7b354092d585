"""The few addresses that belong to the house and to no wing: health, robots, colours."""

import shutil
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from tortoise.connection import get_connection

from engage.web import sessions

FREE_SHARE = 0.05


async def healthz(request: Request) -> Response:
    """That the loop turns; asks no database."""
    return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})


async def readyz(request: Request) -> Response:
    """That a write works and the disk has room; says no more than yes or no to strangers."""
    try:
        connection = get_connection("default")
        await connection.execute_query("UPDATE school SET name = name WHERE id = 0")
    except Exception:  # noqa: BLE001 - whatever it is, the answer is no
        return PlainTextResponse("no", 503, headers={"Cache-Control": "no-store"})
    ready = has_room(request.app.settings.data_folder)
    return PlainTextResponse("ok" if ready else "no", 200 if ready else 503, headers={"Cache-Control": "no-store"})


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
