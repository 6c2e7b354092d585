"""A title that a student chose freely is on nobody else's page, nor in a log: SAFETY.md, P2."""

import html
import logging
import re
from collections import deque
from datetime import timedelta

import pytest

from engage import dates
from engage.engagement.rules import Mode
from engage.people.rules import Role
from engage.programs import actions, log_actions
from engage.programs.entries import Given
from engage.programs.rules import Ending
from tests import make
from tests.school import as_reader

MOST = 260
LINK = re.compile(r'(?:href|action|src)="(/lincoln/[^"#]*)"')
STARTS = ("/", "/admin/audit", "/curate/flagged", "/curate/typed-titles", "/batches", "/glass", "/admin/records?q=s")


async def lived(school, ada, sam):
    """Three students of a class in a program, who typed titles and chose resources that are on no list."""
    program = await make.program(by=ada, challenges=[{"unit": "minutes", "goal": 60}])
    people = [sam, await make.student("Ben"), await make.student("Cleo")]
    for number, person in enumerate(people):
        await actions.join("lantern-nights", by=person)
        on = dates.today(person.school.zone) - timedelta(days=1)
        typed = Given(on, Mode.READING, title=f"Typedsentinel {number}", minutes=30, ending=Ending.FINISHED)
        await log_actions.log_entry(typed, "", person, sure=True)
    return program


async def pages(browser, most: int) -> dict[str, str]:
    """What somebody finds by following every link; a page once, whatever it was asked with."""
    seen: dict[str, str] = {}
    waiting = deque(f"/lincoln{start}" for start in STARTS)
    while waiting and len(seen) < most:
        path = waiting.popleft()
        plain = path.partition("?")[0]
        if plain in seen or any(part in plain for part in ("/covers/", "/static/", ".pdf", ".png", "sign-out", "/out")):
            continue
        answer = await browser.get(path)
        seen[plain] = answer.text if answer.status_code == 200 else ""
        waiting += [html.unescape(link) for link in LINK.findall(answer.text)]
    return seen


@pytest.mark.parametrize("who", ["tom", "ada", "vera", "alma", "dora", "rosa", None])
async def test_nobody_finds_a_title_that_a_student_chose(browser, school, ada, sam, who, caplog):
    with caplog.at_level(logging.DEBUG, "engage"):
        await lived(school, ada, sam)
        found = await pages(browser.sign_in(getattr(school, who) if who else None), MOST)
    assert len(found) > 8
    assert [path for path, text in found.items() if "Typedsentinel" in text or "typedsentinel" in text] == []
    assert "sentinel" not in caplog.text


async def test_another_student_finds_none_either(browser, school, ada, sam):
    await lived(school, ada, sam)
    other = await as_reader(await make.person("Dot", Role.STUDENT, school.lincoln, grade=3), "lincoln")
    found = await pages(browser.sign_in(other), MOST)
    assert [path for path, text in found.items() if "sentinel" in text] == []


async def test_the_student_sees_all_of_it(browser, school, ada, sam):
    await lived(school, ada, sam)
    found = await pages(browser.sign_in(sam), MOST)
    assert any("Typedsentinel 0" in text for text in found.values())
    assert not any("Typedsentinel 1" in text for text in found.values())
