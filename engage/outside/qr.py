"""Draws codes that a camera reads; each takes some 10 ms, so many are drawn by the press. Source: STANDARDS.md, 5.5."""

import io
from functools import lru_cache
from typing import Any

import segno

# modules of quiet around a code
BORDER = 4
DARK, LIGHT = "#1A2233", "#FFFFFF"
# as large as its place, without a name that a style could hang on
BARE: dict[str, Any] = {"omitsize": True, "xmldecl": False, "svgclass": None, "lineclass": None}


@lru_cache(maxsize=1_000)
def code(address: str, level: str) -> str:
    """The code of an address as a drawing (SVG) of its own, kept. level: how much may be lost, l m q or h."""
    return draw(address, level)


def draw(address: str, level: str) -> str:
    """The same for what is secret: it is kept nowhere."""
    drawn = io.BytesIO()
    made = segno.make_qr(address, error=level, boost_error=False)
    made.save(drawn, kind="svg", border=BORDER, dark=DARK, light=LIGHT, **BARE)
    return drawn.getvalue().decode()
