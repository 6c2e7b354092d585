"""Codes that a camera reads, and the short addresses that they hold.

A code holds an address of ours and nothing of a person. Source: STANDARDS.md, 5.5.
"""

import io
from functools import lru_cache
from typing import Any

import segno
from starlette.requests import Request

from engage.web.render import whole
from engage.web.routing import path_for

# modules of quiet around a code
BORDER = 4
# on the side of a road or behind glass a quarter of a code may be unreadable, on a page 15 in 100
ON_PAGES, ON_SIGNS = "m", "q"
DARK, LIGHT = "#1A2233", "#FFFFFF"
# as large as its place, without a name that a style could hang on
BARE: dict[str, Any] = {"omitsize": True, "xmldecl": False, "svgclass": None, "lineclass": None}


@lru_cache(maxsize=1_000)
def code(address: str, level: str = ON_PAGES) -> str:
    """The code of an address as a drawing (SVG) of its own."""
    drawn = io.BytesIO()
    made = segno.make_qr(address, error=level, boost_error=False)
    made.save(drawn, kind="svg", border=BORDER, dark=DARK, light=LIGHT, **BARE)
    return drawn.getvalue().decode()


def short_address(request: Request, key: str) -> str:
    """The whole address of a list that stays when its title and its slug change."""
    return whole(request, path_for(request, "promotion.short", key=key))


def resource_address(request: Request, key: str) -> str:
    """The whole address of a resource."""
    return whole(request, path_for(request, "resources.show", key=key))


def typed(address: str) -> str:
    """An address as one types it, without the part that browsers fill in."""
    return address.removeprefix("https://").removeprefix("http://")
