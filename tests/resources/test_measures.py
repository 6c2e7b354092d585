"""Reading measures: kept, hidden unless the school shows them, in nothing that is public. Source: STANDARDS.md, 6.3."""

import ast
from pathlib import Path

import pytest

import engage
from engage.errors import NotAllowed
from engage.people.actions import change_settings
from engage.people.models import AuditEntry, School
from engage.resources.record import Level
from tests import make
from tests.school import words_of

ROOMS = {"keeping", "revising", "restoring", "measures"}


@pytest.fixture
async def measured(school, ada):
    made = await make.resource("Owl Moon", measures=(Level("Lexile", "630L", "521"), Level("Interest", "LG")))
    await make.curated_list(by=ada, title="Owls", items=[made], published=True, visibility="public")
    return made


async def test_measures_are_hidden_from_everyone_until_the_school_shows_them(browser, school, measured):
    for who in (None, school.sam, school.tom, school.ada, school.alma):
        assert "630L" not in (await browser.sign_in(who).get(f"/resources/{measured.key}")).text
    await School.filter(id=school.card.id).update(shows_measures=True)
    for who in (school.sam, school.tom, school.ada, school.alma):
        words = words_of(await browser.sign_in(who).get(f"/resources/{measured.key}"))
        assert ("Lexile 630L" in words, "Lexile is a trademark of MetaMetrics." in words) == (True, True)
    assert "630L" not in (await browser.sign_in(None).get(f"/resources/{measured.key}")).text


async def test_nothing_that_leaves_the_school_has_them(browser, school, measured):
    await School.filter(id=school.card.id).update(shows_measures=True)
    paths = ["/", "/search?q=owl", "/lists/owls", "/lists/owls/print", "/lists.rss", "/lists.atom", "/lists.json"]
    paths += [f"/lists/owls.{ending}" for ending in ("rss", "atom", "json", "csv")]
    for who in (None, school.sam):
        for path in paths:
            answer = await browser.sign_in(who).get(path)
            assert (answer.status_code, "630L" in answer.text) == (200, False), path
    # nor are they found by
    assert "Owl Moon" not in words_of(await browser.get("/search?q=630L"))


def test_only_rooms_that_keep_them_and_the_one_that_shows_them_read_the_table():
    house = Path(engage.__file__).parent
    readers = {
        path.stem
        for path in house.rglob("*.py")
        if "migrations" not in path.parts and path != house / "models.py" and "Measure" in _names(path)
    }
    assert readers == ROOMS


def _names(path: Path) -> set[str]:
    return {
        alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "engage.resources.models"
        for alias in node.names
    }


async def test_those_who_keep_the_catalogue_see_what_the_record_says(browser, ada, measured):
    words = words_of(await browser.sign_in(ada).get(f"/curate/resources/{measured.key}/edit"))
    assert ("Lexile 630L" in words, "hidden from readers" in words) == (True, True)


async def test_the_school_admin_decides_and_it_is_written_down(browser, school, alma):
    browser.sign_in(alma)
    assert "Settings" in words_of(await browser.get("/admin/settings"))
    page = await browser.follow(await browser.post("/admin/settings", {"shows_measures": "y", "reviews": ""}))
    assert ("The settings are kept." in words_of(page), "checked" in page.text) == (True, True)
    assert (await School.get(id=school.card.id)).shows_measures
    assert not (await School.get(slug="roosevelt")).shows_measures
    await browser.post("/admin/settings", {"shows_measures": "y", "reviews": ""})
    await browser.post("/admin/settings", {"reviews": ""})
    assert not (await School.get(id=school.card.id)).shows_measures
    acts = await AuditEntry.filter(school_id=school.card.id).order_by("id").values_list("act", flat=True)
    assert acts == ["showed reading measures", "hid reading measures"]


async def test_nobody_else_decides(browser, school):
    statuses = {None: 404, school.sam: 404, school.tom: 404, school.vera: 404, school.ada: 403, school.dora: 403}
    for who, status in statuses.items():
        browser.sign_in(who)
        assert (await browser.get("/admin/settings")).status_code == status, who
        assert (await browser.post("/admin/settings", {"shows_measures": "y", "reviews": ""})).status_code == status, (
            who
        )
    for who in (school.sam, school.ada, school.dora):
        with pytest.raises(NotAllowed):
            await change_settings({"shows_measures": True}, by=who)
    assert not (await School.get(id=school.card.id)).shows_measures
