"""Every cell of the permission matrix against what the service shows: SAFETY.md, section 2 and A1.

One world for each database; everybody looks at everything of every scope, and what is looked at does not change.
ENGAGE_MATRIX=whole asks every address of everybody, on both databases.
"""

import httpx2
import pytest

from engage.routes import ROWS
from tests.conftest import Statements
from tests.matrix.asking import WHOLE, excused, path_of, text_of
from tests.matrix.exceptions import CLOSED, MORE_STATEMENTS, NO_ROUTE
from tests.matrix.generate import DRAWN, Ask, asks, fits
from tests.matrix.presses import Kept
from tests.matrix.world import PEOPLE, SENTINEL, build, mark_everything
from tests.school import Browser

pytestmark = pytest.mark.slow

# where an admin of the district sees what the other schools of it have
OF_THE_DISTRICT = ("/{school}/admin/moves", "/{school}/admin/tokens", "/{school}/admin/tokens/new")
# what is noted when somebody looks: what was suggested, that a record was taken, that a picture is missing
LOOKED = {"audit_entry", "break_glass", "cover", "job", "recommendation", "record_taken"}
# SAFETY.md, O5
MOST_STATEMENTS = 20


async def test_every_cell_shows_what_its_letter_says(browser: Browser, school, told, kind, statements):
    world = await build(school, SENTINEL)
    assert await mark_everything(school.roosevelt.id) > 50
    for who in PEOPLE:
        await browser.sign_in(world.readers[who]).be_known()
    kept = await Kept.now()
    every = list(asks(ROWS, told, PEOPLE, WHOLE))
    asked = {act for one in every for act in (one.act, one.row.act)}
    assert (asked | NO_ROUTE.keys(), asked & NO_ROUTE.keys()) == (told.keys(), set())
    wanted = [one for one in every if one.method == "GET"]
    if kind != "sqlite" and not WHOLE:
        # there each cell once: which of its rows is asked makes no difference to the database
        wanted = list({(*one.cell, one.visibility, one.foreign): one for one in reversed(wanted)}.values())
    wrong: list[str] = []
    done: set[tuple[str, str]] = set()
    opened: set[str] = set()
    packed = 0
    for ask in wanted:
        path = path_of(world, ask)
        if path is None or (ask.who, path) in done or path.endswith(DRAWN):
            continue
        done.add((ask.who, path))
        answer, number = await counted(browser.sign_in(world.readers[ask.who]), path, statements)
        most, _ = MORE_STATEMENTS.get(ask.row.path.removeprefix("/{school}"), (MOST_STATEMENTS, ""))
        if number > most:
            wrong.append(f"{said(ask)} GET {path} takes {number} statements")
        at_home = not path.startswith("/roosevelt/") and not (ask.who == "dora" and ask.row.path in OF_THE_DISTRICT)
        packed += answer.content.startswith(b"PK")
        if at_home and SENTINEL in text_of(answer):
            wrong.append(f"{said(ask)} GET {path} shows something of another school")
        opened |= {ask.row.path.removeprefix("/{school}")} if answer.status_code in (200, 303) else set()
        if not fits(ask, answer.status_code) and not excused(ask, answer.status_code):
            wrong.append(f"{said(ask)} GET {path} gave {answer.status_code}")
    assert wrong == [], "\n".join(["", *wrong])
    # an export is looked into where it is packed, too (A5)
    assert packed or kind != "sqlite"
    changed = await kept.changed()
    assert changed <= LOOKED, f"to look at something changed {sorted(changed - LOOKED)}"
    if kind == "sqlite" or WHOLE:
        shown = {row.path.removeprefix("/{school}") for row in (ask.row for ask in wanted)} - opened
        closed = {path for path in shown if not path.endswith(DRAWN)}
        assert closed == CLOSED.keys(), (
            f"nobody sees {sorted(closed - CLOSED.keys())}; {sorted(CLOSED.keys() - closed)}"
        )


async def counted(browser: Browser, path: str, statements: Statements) -> tuple[httpx2.Response, int]:
    """What is answered, and the statements of it; one that takes many is asked again, when what is kept is warm."""
    number = 0
    for _ in range(2):
        statements.forget()
        answer = await browser.get(path)
        number = len([one for one in statements.seen if "pg_current_snapshot" not in one])
        if number <= MOST_STATEMENTS:
            break
    return answer, number


def said(ask: Ask) -> str:
    """A cell in words."""
    where = f"{ask.scope}{', asked at home' if ask.foreign else ''} {ask.visibility}".strip()
    return f"{ask.act} {ask.who} {where}: {ask.letter},"
