"""The same cells on paper and as pictures, PDF and PNG: SAFETY.md, A1 and A5.

Who may not have a paper is asked of every row and scope; who may gets each paper once, since the press is slow, and
its words are read: nothing of another school stands there. ENGAGE_MATRIX=whole prints it for everybody who may.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from engage.promotion.paper_pages import held, the_press
from engage.routes import ROWS
from tests.matrix.asking import WHOLE, excused, path_of
from tests.matrix.exceptions import NEVER_PRINTED
from tests.matrix.generate import asks, fits
from tests.matrix.world import PEOPLE, SENTINEL, build, mark_everything
from tests.school import Browser
from tests.tools.paper import words_in

BEGINS = {".pdf": b"%PDF-", ".png": b"\x89PNG"}


@pytest.fixture(scope="module", autouse=True)
def one_press() -> Iterator[None]:
    """The press of the service, ended after these tests."""
    held.clear()
    yield
    the_press().close()
    the_press.__globals__["press_in"].cache_clear()


@pytest.mark.only("sqlite")
async def test_a_paper_is_printed_for_who_may_have_it_and_for_nobody_else(browser: Browser, school, told):
    world = await build(school, SENTINEL)
    assert await mark_everything(school.roosevelt.id) > 50
    rows = [row for row in ROWS if row.path.endswith(tuple(BEGINS))]
    printed: Counter[str] = Counter()
    paths: set[str] = set()
    asked: set[tuple[str, str]] = set()
    wrong = []
    read: Counter[bool] = Counter()  # whether of the neighbour
    for ask in asks(rows, told, PEOPLE, True):
        path = path_of(world, ask)
        # a paper that lies ready costs nothing more
        again = not WHOLE and ask.letter in "YPA" and printed[ask.row.path] > 0 and path not in paths
        if path is None or (ask.who, path) in asked or again:
            continue
        asked.add((ask.who, path))
        answer = await browser.sign_in(world.readers[ask.who]).get(path)
        if not fits(ask, answer.status_code) and not excused(ask, answer.status_code):
            where = f"{ask.scope}{', asked at home' if ask.foreign else ''} {ask.visibility}".strip()
            wrong.append(f"{ask.act} {ask.who} {where}: {ask.letter}, GET {path} gave {answer.status_code}")
        if answer.status_code == 200:
            printed[ask.row.path] += 1
            paths.add(path)
            assert answer.content.startswith(BEGINS[path[-4:]])
            if path.endswith(".pdf"):
                theirs, found = path.startswith("/roosevelt/"), SENTINEL in words_in(answer.content)
                read[theirs] += found or not theirs
                if found and not theirs:
                    wrong.append(f"{ask.act} {ask.who} {path} shows something of another school")
    assert wrong == [], "\n".join(["", *wrong])
    never = {row.path.removeprefix("/{school}") for row in rows} - {path.removeprefix("/{school}") for path in printed}
    assert never == NEVER_PRINTED.keys(), never
    assert len(asked) > 100
    assert read[False] > 10
    assert read[True], "on papers of the neighbour itself the word stands, so the reading would find it"
