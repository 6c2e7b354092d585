"""Each page of a program opens for everybody who may see it, in each phase of it, and whatever came of it."""

import json
from datetime import timedelta

import pytest

from engage import dates
from engage.programs.models import Badge, Challenge, Program
from engage.programs.rebuild import rebuild
from tests import make
from tests.programs.doing import activity, of_every_kind
from tests.programs.test_participants import SIXTY

RATES = json.dumps([{"unit": "minutes", "per": 20, "points": 1}])
DAY = timedelta(days=1)
# the first and the last day, from today on
PHASES = {
    "joining": (3, 30),
    "running": (-20, 10),
    "catching up": (-20, -3),
    "closed": (-40, -20),
    "for ever": (-20, None),
}


@pytest.mark.parametrize(
    ("phase", "state"),
    [*((phase, "published") for phase in PHASES), ("running", "draft"), ("closed", "archived")],
)
async def test_no_page_falls_over(browser, school, ada, tom, sam, phase, state):
    first, last = PHASES[phase]
    today = dates.today(school.card.zone)
    run = {"starts": today + first * DAY, "ends": None if last is None else today + last * DAY}
    program = await of_every_kind(ada, badges=[SIXTY], points=RATES, tickets=RATES, has_board=True)
    curated = await make.curated_list(by=ada, items=3, published=True)
    await Challenge.create(
        school_id=school.card.id,
        program_id=program.id,
        position=9,
        title="Any 2",
        kind="list",
        unit="titles",
        goal=2,
        curated_id=curated.id,
    )
    await activity(program, "Look up")
    await activity(program, "Say it", "answer")
    await activity(program, "Blue", "prompt", "Prompts")
    lou = await make.student("Lou")
    for one in (sam, lou):
        await make.enrolment(program, one)
    await make.facts(sam, [(-first - 1 if first < 0 else 0, 90)], entered_back=max(0, -first - 1))
    await rebuild(school.card.id)
    await Program.filter(school_id=school.card.id, id=program.id).update(state=state, **run)
    await rebuild(school.card.id)
    (badge,) = await Badge.filter(school_id=school.card.id)
    keys = await Challenge.filter(school_id=school.card.id).values_list("key", flat=True)
    of, desk = f"/programs/{program.slug}", f"/curate/programs/{program.key}"
    pages = [
        *("/programs", "/me", "/me/log", "/me/year", "/", of),
        *(f"{of}/{each}" for each in ("join", "log", "board", "teams", "hand-out", "certificates", "board/join")),
        *(f"{of}/challenges/{key}" for key in keys),
        *("/curate/programs", desk, f"{desk}/badges/{badge.key}"),
        *(f"{desk}/challenges/{key}" for key in keys),
        *(
            f"{desk}/{each}"
            for each in ("settings", "preview", "preview?as=in", "people", f"people/{sam.key}", "numbers")
        ),
        *(f"{desk}/{each}" for each in ("recognition", "messages", "teams", "copy", "drawings/new", "numbers.csv")),
    ]
    for who in (None, sam, lou, tom, ada, school.vera):
        browser.sign_in(who)
        for page in pages:
            answer = await browser.get(page)
            assert answer.status_code < 500, (who and who.name, page)
