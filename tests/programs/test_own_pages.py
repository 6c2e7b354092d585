"""Pages about oneself: the year, what might suit next, and the address for a family."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage import dates
from engage.database.tenancy import every_school
from engage.engagement.rules import Mode
from engage.errors import NotFound, Refused
from engage.people.models import Person
from engage.programs import family, recommending
from engage.programs.own_year import own_year
from engage.programs.review_models import FamilyLink
from engage.programs.streaks import StreakRule
from tests import make
from tests.school import words_of

FIRST, LAST = date(2026, 8, 1), date(2026, 12, 31)


def entry(day: date, mode: Mode = Mode.READING, minutes: int | None = 20, ending: str = "") -> dict:
    return {"on": day, "mode": mode, "minutes": minutes, "ending": ending}


def test_a_year_is_added_up():
    rows = [
        entry(date(2026, 9, 1)),
        entry(date(2026, 9, 2), ending="finished"),
        entry(date(2026, 9, 2), Mode.VIEWING, 90),
        entry(date(2026, 10, 5), minutes=None, ending="stopped"),
        entry(date(2026, 7, 31), minutes=500),
    ]
    ours = own_year(rows, FIRST, LAST, StreakRule(grace=0))
    assert (ours.days, ours.longest, ours.busiest) == (3, 2, date(2026, 9, 1))
    assert ours.minutes == {Mode.READING: 40, Mode.VIEWING: 90}
    assert ours.finished == {Mode.READING: 1}
    assert [(month.month, days, minutes) for month, days, minutes in ours.months] == [
        (8, 0, 0), (9, 2, 130), (10, 1, 0), (11, 0, 0), (12, 0, 0),
    ]  # fmt: skip


def test_a_year_without_entries_boasts_of_nothing():
    ours = own_year([], FIRST, LAST, StreakRule())
    assert (ours.days, ours.minutes, ours.finished, ours.longest, ours.busiest) == (0, {}, {}, 0, None)


@given(
    st.lists(
        st.builds(
            entry, st.dates(FIRST, LAST), st.sampled_from(Mode), st.none() | st.integers(1, 300),
            st.sampled_from(["", "finished", "stopped"]),
        )
    )
)  # fmt: skip
def test_the_parts_of_a_year_are_its_whole_in_any_order(rows):
    ours = own_year(rows, FIRST, LAST, StreakRule())
    assert sum(ours.minutes.values()) == sum(minutes for *_, minutes in ours.months)
    assert sum(days for _, days, _ in ours.months) == ours.days == len({row["on"] for row in rows})
    assert own_year(list(reversed(rows)), FIRST, LAST, StreakRule()) == ours


async def test_my_year_shows_what_i_did_and_nobody_else_s(browser, school, sam, statements):
    book = await make.resource("Wet Fur")
    today = dates.today(school.card.zone)
    await make.facts(sam, [(1, 20), (2, 30)])
    browser.sign_in(sam)
    await browser.post(f"/resources/{book.key}/finish", {})
    await browser.get("/me/year")  # which says what was done
    statements.forget()
    page = await browser.get("/me/year")
    number, words = len(statements), words_of(page)
    assert (f"My year {dates.year_name(dates.school_year(today))}" in words, "Wet Fur" in words) == (True, True)
    assert "On 3 days you read, watched or listened" in words
    await make.facts(sam, [(day % 7, 5) for day in range(60)])
    statements.forget()
    await browser.get("/me/year")
    assert len(statements) == number <= 20
    assert (await browser.get("/me/year?year=nonsense")).status_code == 200
    nia = await make.student("Nia")
    hers = words_of(await browser.sign_in(nia).get("/me/year"))
    assert ("Wet Fur" in hers, "Nothing in this year yet" in hers) == (False, True)
    for nobody in (school.tom, school.ada, school.alma, school.dora, None):
        browser.sign_in(nobody)
        page = await browser.get("/me/year")
        assert page.status_code in (303, 403, 404), nobody


async def test_years_before_the_first_entry_are_not_offered(browser, school, sam):
    today = dates.today(school.card.zone)
    long_ago = today - timedelta(days=400)
    years = [dates.school_year(today)]
    while long_ago < years[-1].starts:
        years.append(dates.school_year(years[-1].starts - timedelta(days=1)))
    names = [dates.year_name(each) for each in years]
    browser.sign_in(sam)
    await make.facts(sam, [(1, 20)])
    page = await browser.get("/me/year")
    assert ("?year=" in page.text, "Which year" in page.text) == (False, False)
    await make.facts(sam, [(400, 10)])
    page = await browser.get("/me/year")
    assert re.findall(r"\?year=([0-9-]+)", page.text) == names[1:]
    then = words_of(await browser.get(f"/me/year?year={names[-1]}"))
    assert f"My year {names[-1]}" in then
    assert "On 1 day you read, watched or listened" in then


async def test_what_might_suit_stands_on_the_shelf_and_can_be_sent_away(browser, school, sam):
    one, other = (
        await make.resource("Wet Fur", "Ann Wells"),
        await make.resource("Dry Fur", "Ann Wells", call_number="E WEL"),
    )
    browser.sign_in(sam)
    await browser.post(f"/resources/{one.key}/finish", {})
    with every_school("a job's work"):
        await recommending.recommend(dates.now())
    for path in ("/me", "/me/shelf"):
        words = words_of(await browser.get(path))
        assert ("Maybe next" in words, "By the maker of Wet Fur." in words) == (True, True), path
    page = await browser.follow(await browser.post(f"/resources/{other.key}/away", {}))
    assert "Dry Fur is gone from here." in words_of(page)
    assert "Maybe next" not in words_of(await browser.get("/me/shelf"))
    assert (await browser.post(f"/resources/{one.key}/away", {})).status_code == 404


async def test_a_family_sees_days_and_no_title(browser, school, sam):
    book = await make.resource("Secret Title")
    await make.facts(sam, [(1, 20), (2, 30)])
    browser.sign_in(sam)
    await browser.post(f"/resources/{book.key}/finish", {})
    page = await browser.post("/me/family", {"days": "30"})
    (token,) = re.findall(r"/lincoln/family/([\w-]{32})", page.text)
    assert "shown this once" in words_of(page)
    assert token not in (await browser.get("/me/family")).text
    browser.sign_in(None)
    page = await browser.get(f"/family/{token}")
    words = words_of(page)
    assert ("Sam at the library" in words, "3 days" in words, "50 minutes" in words) == (True, True, True)
    assert ("Secret Title" in page.text, "noindex" in page.text) == (False, True)
    assert page.headers["cache-control"] == "no-store"
    # who works or learns here sees it by the address, as the family does, and nothing more
    assert "Secret Title" not in (await browser.sign_in(school.tom).get(f"/family/{token}")).text
    other = await browser.client.get(f"/roosevelt/family/{token}")
    assert other.status_code == 404

    browser.sign_in(sam)
    (key,) = re.findall(r"/me/family/(\w+)/end", (await browser.get("/me/family")).text)
    assert (await browser.sign_in(school.remy).post(f"/me/family/{key}/end", {})).status_code in (403, 404)
    browser.sign_in(sam)
    await browser.post(f"/me/family/{key}/end", {})
    browser.sign_in(None)
    assert (await browser.get(f"/family/{token}")).status_code == 404
    assert (await browser.get(f"/family/{'x' * 32}")).status_code == 404


async def test_a_family_s_address_ends_by_itself_and_with_the_student(school, sam):
    token = await family.hand_out(7, "", sam)
    assert (await family.handed(school.lincoln.id, "lincoln", token)).reader.id == sam.id
    of = {"school_id": school.lincoln.id}
    await Person.filter(**of, id=sam.id).update(gone_at=dates.now())
    with pytest.raises(NotFound):
        await family.handed(school.lincoln.id, "lincoln", token)
    await Person.filter(**of, id=sam.id).update(gone_at=None)
    await FamilyLink.filter(**of).update(ends_at=dates.now() - timedelta(seconds=1))
    with pytest.raises(NotFound):
        await family.handed(school.lincoln.id, "lincoln", token)
    with every_school("a job's work"):
        assert await family.forget_old_links(dates.now()) == 0
        assert await family.forget_old_links(dates.now() + timedelta(days=2)) == 1


async def test_the_same_form_makes_one_address_only(school, sam):
    await family.hand_out(7, "form", sam)
    with pytest.raises(Refused):
        await family.hand_out(7, "form", sam)
    assert await FamilyLink.filter(school_id=school.lincoln.id).count() == 1


async def test_no_more_addresses_than_a_family_needs(school, sam, tom):
    for _ in range(family.MOST):
        await family.hand_out(7, "", sam)
    with pytest.raises(Refused):
        await family.hand_out(7, "", sam)
    with pytest.raises(Refused):
        await family.hand_out(365, "", await make.student("Nia"))
    with pytest.raises(NotFound):
        await family.hand_out(7, "", tom)
