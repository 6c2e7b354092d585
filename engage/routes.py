"""Every address of the service, one row each: path, handler, matrix id of SAFETY.md, section 2.

A row without a matrix id keeps the service from starting. Rows of the root stand first, because a school's pages
begin with any word; within a wing the narrower path stands first.
"""

from engage.web import assets, house
from engage.web.routing import OPEN, Row, page, post

ROOT: list[Row] = [
    page("/static/{path:path}", assets.show, OPEN, name="static", reserved=True),
    page("/healthz", house.healthz, OPEN, reserved=True),
    page("/readyz", house.readyz, OPEN, reserved=True),
    page("/robots.txt", house.robots, OPEN, reserved=True),
    post("/theme", house.theme, OPEN),
]

PEOPLE: list[Row] = []

RESOURCES: list[Row] = []

LISTS: list[Row] = []

PROGRAMS: list[Row] = []

CLASSES: list[Row] = []

PROMOTION: list[Row] = []

EVALUATION: list[Row] = []

ROWS: list[Row] = [*ROOT, *PEOPLE, *RESOURCES, *LISTS, *PROGRAMS, *CLASSES, *PROMOTION, *EVALUATION]
