"""What points and tickets are given for, how many somebody has, what is left over; and what a log form asks for."""

import json

import pytest

from engage.programs.models import Program
from tests import make
from tests.programs.doing import card, put, today
from tests.school import words_of

POINTS = json.dumps(
    [
        {"unit": "minutes", "per": 20, "points": 1},
        {"unit": "titles", "per": 1, "points": 5, "modes": ["listening"]},
    ]
)
TICKETS = json.dumps([{"unit": "minutes", "per": 30, "points": 2}])


async def test_a_student_sees_the_points_what_they_are_for_and_what_is_left_over(browser, school, ada, sam):
    program = await make.program(by=ada, points=POINTS, tickets=TICKETS)
    path = f"/programs/{program.slug}"
    gives = "1 point for every 20 minutes. 5 points for each title by listening."
    before = words_of(await browser.sign_in(sam).get(path))
    assert gives in before
    assert "2 tickets for every 30 minutes." in before
    assert "left over" not in before
    await make.enrolment(program, sam)
    await put(sam, 19, back=1)
    key = await put(sam, 19)
    page = words_of(await browser.get(path))
    assert "1 point 18 minutes left over for the next." in page
    assert "2 tickets 8 minutes left over for the next." in page
    assert gives in page
    assert "1 point" in words_of(await browser.get("/me"))
    shown = words_of(await browser.sign_in(ada).get(f"/curate/programs/{program.key}/people/{sam.key}"))
    assert "1 point Badges" in shown
    await browser.sign_in(sam).post(f"/me/log/{key}/remove")
    page = words_of(await browser.get(path))
    assert "0 points 19 minutes left over for the next." in page
    await Program.filter(school_id=school.card.id, id=program.id).update(points="", tickets="", version=9)
    assert "left over" not in words_of(await browser.get(path))


TOTAL = {"rule": "total", "unit": "pages", "goal": 30}
PAGES = card(goals=(10, 20, 30, 40, 50, 60, 70, 80, 90))
PAGES["details"] = PAGES["details"].replace('"unit": "minutes", "goal": 50', '"unit": "pages", "goal": 50')


@pytest.mark.parametrize(
    ("columns", "asks"),
    [
        ({}, False),
        ({"challenges": [PAGES]}, True),
        ({"badges": [{"title": "Thirty", "rule": json.dumps(TOTAL)}]}, True),
        ({"points": json.dumps([{"unit": "pages", "per": 10, "points": 1}])}, True),
        ({"completion": json.dumps({"rule": "any", "of": [TOTAL, TOTAL]})}, True),
    ],
)
async def test_a_log_form_asks_for_pages_wherever_something_counts_them(browser, school, ada, sam, columns, asks):
    program = await make.program(by=ada, starts=today(3), **columns)
    await make.enrolment(program, sam)
    browser.sign_in(sam)
    for path in (f"/programs/{program.slug}", f"/programs/{program.slug}/log"):
        assert ("How many pages?" in (await browser.get(path)).text) is asks
