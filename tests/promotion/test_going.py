"""Promoted links: they lead to what their reader may see, and are counted without a person."""

from datetime import timedelta
from typing import Any

import pytest

from engage import dates
from engage.lists.rules import Visibility
from engage.people.rules import Reader
from engage.promotion import actions, promoted
from engage.promotion.models import Display, PromotedDay, PromotedLink
from engage.promotion.rules import Medium, Place
from tests import make
from tests.school import Browser, TestSchool

PERSON = {"User-Agent": "Mozilla/5.0 (iPad) Safari/604.1"}


async def on_show(by: Reader, what: str, **more: Any) -> Display:
    """Something on show from yesterday on."""
    today = dates.today(by.school.zone)
    days = {"starts": today - timedelta(days=1), "ends": today + timedelta(days=5)} | more
    return await actions.put_on_show(what=what, kicker="Look", by=by, **days)


async def key_of(display: Display, medium: Medium = Medium.SIGN) -> str:
    """The key of a display's link."""
    link = await PromotedLink.get(school_id=display.school_id, display_id=display.id, medium=medium.value)  # type: ignore[attr-defined]
    return link.key


async def counted(school: TestSchool) -> list[int]:
    """What was written of openings."""
    await promoted.flush_promoted()
    return list(await PromotedDay.filter(school_id=school.card.id).order_by("link_id").values_list("count", flat=True))


async def test_a_link_counts_and_leads_to_the_list(browser: Browser, school: TestSchool) -> None:
    sea = await make.curated_list(school.ada, "Sea stories", 2, published=True, visibility=Visibility.PUBLIC)
    key = await key_of(await on_show(school.ada, f"list {sea.key}"))
    client = browser.client
    for _ in range(3):
        answer = await client.get(f"/go/{key}", headers=PERSON)
        assert (answer.status_code, answer.headers["location"]) == (303, "/lincoln/lists/sea-stories")
        assert answer.headers["cache-control"] == "no-store"
    assert (await client.head(f"/go/{key}", headers=PERSON)).status_code == 303
    await client.get(f"/go/{key}", headers=PERSON | {"Sec-Purpose": "prefetch"})
    await client.get(f"/go/{key}", headers={"User-Agent": "AhrefsBot/7.0"})
    assert await counted(school) == [3]
    assert await promoted.flush_promoted() == 0
    # the same session twice at once is once, and the library's staff are nobody
    for reader in (school.sam, school.sam, school.ada):
        await browser.sign_in(reader).be_known()
        await client.get(f"/go/{key}", headers=PERSON)
    assert await counted(school) == [4]


async def test_a_link_opens_nothing_that_its_reader_may_not_see(browser: Browser, school: TestSchool) -> None:
    hidden = await make.curated_list(school.ada, "Staff reading", 2, published=True, visibility=Visibility.STAFF)
    display = await on_show(school.ada, f"list {hidden.key}")
    key = await key_of(display)
    assert (await browser.client.get(f"/go/{key}", headers=PERSON)).status_code == 404
    unknown = await browser.client.get("/go/0000000000000", headers=PERSON)
    assert unknown.status_code == 404
    await browser.sign_in(school.tom).be_known()
    assert (await browser.client.get(f"/go/{key}", headers=PERSON)).status_code == 303
    assert await counted(school) == [1]
    await actions.take_off(display.key, by=school.ada)
    assert (await browser.client.get(f"/go/{key}", headers=PERSON)).status_code == 404


async def test_a_flood_is_counted_up_to_a_bound_and_costs_one_row(school: TestSchool) -> None:
    sea = await make.curated_list(school.ada, "Sea stories", 2, published=True, visibility=Visibility.PUBLIC)
    display = await on_show(school.ada, f"list {sea.key}")
    link = await PromotedLink.filter(school_id=school.card.id, display_id=display.id).first()
    assert link is not None
    visitor = Reader(school.card)
    assert [promoted.opened(link.id, visitor) for _ in range(2_000)].count(True) <= 2 * promoted.MOST_A_MINUTE
    (count,) = await counted(school)
    assert promoted.MOST_A_MINUTE <= count <= 2 * promoted.MOST_A_MINUTE


async def test_openings_of_what_was_taken_off_meanwhile_are_let_go(school: TestSchool) -> None:
    program = await make.program(school.ada, "Lantern Nights", visibility="public")
    display = await on_show(school.ada, f"program {program.key}", place=Place.SHELF)
    link = await PromotedLink.filter(school_id=school.card.id, display_id=display.id).first()
    assert link is not None
    assert promoted.opened(link.id, Reader(school.card))
    await actions.take_off(display.key, by=school.ada)
    assert await promoted.flush_promoted() == 1
    assert await counted(school) == []


@pytest.mark.only("sqlite")
async def test_a_program_is_gone_to_as_well(browser: Browser, school: TestSchool) -> None:
    program = await make.program(school.ada, "Lantern Nights", visibility="public")
    key = await key_of(await on_show(school.ada, f"program {program.key}", place=Place.SHELF))
    answer = await browser.client.get(f"/go/{key}", headers=PERSON)
    assert answer.headers["location"] == "/lincoln/programs/lantern-nights"
