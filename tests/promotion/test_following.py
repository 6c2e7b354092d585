"""What the library said of one resource, and how often it was lent, is of the one that it turned out to be."""

from datetime import date
from typing import Any

from engage.dates import Period
from engage.lists.rules import Visibility
from engage.promotion.loan_models import LoanRow
from engage.promotion.loan_queries import loans_in, loans_of
from engage.promotion.telling import talk
from engage.promotion.telling_models import Booktalk
from tests import make
from tests.people.filling import Filling
from tests.resources.merging import make_one, two
from tests.school import TestSchool, words_of

MAY = Period(date(2026, 5, 1), date(2026, 5, 31))


async def test_a_booktalk_comes_along_to_the_page_and_to_lists(browser: Any, school: TestSchool) -> None:
    gone, stays = await two()
    await make.curated_list(school.ada, "Owls", [stays], published=True, visibility=Visibility.PUBLIC)
    await talk(gone.key, "You hear the snow.", "https://talks.example/owl", by=school.ada)
    of_both = await talk(stays.key, "Read it at night.", "", by=school.ada)
    assert "You hear the snow." not in words_of(await browser.get("/lists/owls"))
    await make_one(browser, school.ada, gone, stays)
    spoken = await Booktalk.exclude(key=of_both).get(school_id=school.card.id)
    browser.sign_in(None)
    for path in (f"/resources/{stays.key}", "/lists/owls"):
        words = words_of(await browser.get(path))
        assert "You hear the snow." in words, path
        assert "Read it at night." in words, path
    # the way out was a missing page as long as it belonged to the one that went
    assert (await browser.get(f"/booktalks/{spoken.key}/out")).status_code == 200


async def test_loans_of_both_are_loans_of_the_one_that_stays(browser: Any, school: TestSchool) -> None:
    gone, stays = await two()
    filling = Filling(school.lincoln, school.ada.id or 0)
    file = await filling.row("loan_file", "", {"state": "counted"})
    days = {"school_id": school.card.id, "of_file_id": file.id, "starts": MAY.starts, "ends": MAY.ends}
    for line, (resource, number) in enumerate(((gone, 3), (stays, 4)), 2):
        await LoanRow.create(**days, line=line, resource_id=resource.id, loans=number)
    await make_one(browser, school.ada, gone, stays)
    assert loans_in(await loans_of(school.card.id, [stays.id], MAY), MAY) == 7
