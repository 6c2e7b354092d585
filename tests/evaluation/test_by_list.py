"""Lists one by one: what was done is told once, for the oldest list, and nobody is found by subtraction."""

from random import Random

import pytest

from engage import dates
from engage.engagement.diary import flush_openings, opened
from engage.engagement.rules import Kind
from engage.evaluation import by_list as room
from engage.evaluation.by_list import MOST_LISTS, OTHER_WORDS, OfList, by_list, counted, shown
from engage.people.models import School
from engage.programs import log_actions
from engage.programs.entries import Given
from engage.programs.rules import Ending
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool, words_of

FIGURES = ("list_opens", "list_saves", "list_starts", "list_finishes")


@pytest.fixture
async def read(school: TestSchool) -> dict[str, str]:
    """Two lists that share Owl Moon, and one for staff; seven students read Owl Moon, six Tide, two the third."""
    owl, tide, secret = [await make.resource(title) for title in ("Owl Moon", "Tide", "For Teachers")]
    first = await make.curated_list(school.ada, "Night", [owl], published=True, visibility="public")
    await make.curated_list(school.ada, "Sea", [owl, tide], published=True)
    await make.curated_list(school.ada, "Staff room", [secret], published=True, visibility="staff")
    today = dates.today(school.card.zone)
    for number in range(7):
        child = await make.student(f"Child {number}", grade=4)
        for title, until in ((owl, 7), (tide, 6), (secret, 6)):
            if number < until:
                given = Given(today, make.Mode.READING, resource=title.key, minutes=10, ending=Ending.FINISHED)
                await log_actions.log_entry(given, "", child, sure=True)
        opened(Kind.LIST_OPENED, child, list_id=first.id)
    await flush_openings()
    return {"Night": "7", "Sea": "6", OTHER_WORDS: "6"}


async def test_what_stands_on_two_lists_counts_for_the_older_one(
    browser: Browser, school: TestSchool, read: dict[str, str], statements: Statements
) -> None:
    school_row = await School.get(id=school.card.id)
    today = dates.today(school_row.zone)
    year = dates.school_year(today, school_row.year_starts_in)
    for figure in ("list_starts", "list_finishes"):
        statements.forget()
        found = await by_list(school.card.id, figure, school_row.zone, year, 5)
        assert len(statements) == 2
        assert {name: value.words() for name, value in found.items()} == read, figure
    opens = await by_list(school.card.id, "list_opens", school_row.zone, year, 5)
    assert {name: value.number for name, value in opens.items()} == {"Night": 7}
    assert await by_list(school.card.id, "minutes_reading", school_row.zone, year, 5) == {}
    words = words_of(await browser.sign_in(school.vera).get("/evaluation/indicators/list_starts"))
    assert "By list" in words
    assert "Staff room" not in words
    rows = (await browser.get("/evaluation/indicators/list_starts.csv")).text
    assert "list,Night" in rows
    for figure in FIGURES:
        assert (await browser.get(f"/evaluation/indicators/{figure}")).status_code == 200


async def test_a_list_that_few_used_is_not_told_nor_found_from_the_others(school: TestSchool) -> None:
    lists = {1: OfList("A", 40, 12), 2: OfList("B", 3, 2), 3: OfList("C", 20, 9), 4: OfList("D", 50, 30)}
    found = shown(lists, 5)
    assert {name: value.number for name, value in found.items()} == {"A": 40, "B": None, "C": None, "D": 50}
    assert all(value.withheld for value in shown({1: OfList("A", 9, 4), 2: OfList("B", 1, 1)}, 5).values())


def test_whatever_the_lists_are_no_one_of_them_is_withheld_alone() -> None:
    random = Random(4)
    for _ in range(500):
        lists = {key: OfList(f"List {key}", random.randrange(1, 90), random.randrange(1, 14)) for key in range(1, 7)}
        hidden = [lists[key] for key in lists if shown(lists, 5)[f"List {key}"].withheld]
        assert not hidden or len(hidden) > 1
        assert not hidden or sum(one.people for one in hidden) >= 5
        assert all(one.people >= 5 for key, one in lists.items() if one not in hidden)


def test_lists_past_the_first_many_stand_together_and_twins_are_told_apart() -> None:
    rows = [(key, 10, 6) for key in range(1, MOST_LISTS + 4)]
    lists = counted([*rows, (None, 5, 5)], dict.fromkeys(range(1, MOST_LISTS + 1), "Twin"))
    assert len(lists) == MOST_LISTS + 1
    assert lists[room.OTHERS] == OfList(OTHER_WORDS, 35, 6)
    assert len(shown(lists, 5)) == MOST_LISTS + 1
