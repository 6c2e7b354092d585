"""Codes that a camera reads, and the short addresses that they hold.

A code holds an address of ours and nothing of a person. Source: STANDARDS.md, 5.5.
"""

from starlette.requests import Request

from engage.outside import qr
from engage.web.render import whole
from engage.web.routing import path_for

# on the side of a road or behind glass a quarter of a code may be unreadable, on a page 15 in 100
ON_PAGES, ON_SIGNS = "m", "q"


def code(address: str, level: str = ON_PAGES) -> str:
    """The code of an address as a drawing (SVG) of its own."""
    return qr.code(address, level)


def short_address(request: Request, key: str) -> str:
    """The whole address of a list that stays when its title and its slug change."""
    return whole(request, path_for(request, "promotion.short", key=key))


def resource_address(request: Request, key: str) -> str:
    """The whole address of a resource."""
    return whole(request, path_for(request, "resources.show", key=key))


def typed(address: str) -> str:
    """An address as one types it, without the part that browsers fill in."""
    return address.removeprefix("https://").removeprefix("http://")
