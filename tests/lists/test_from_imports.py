"""What an import brought in goes onto a list, and only by whom both may; a list says when it is looked through."""

from datetime import timedelta

import pytest

from engage.errors import Refused
from engage.lists import actions, rules
from engage.lists.models import CuratedList, ListItem
from engage.lists.rules import Visibility
from engage.resources import asking, remembering
from engage.resources.catalogue import import_file
from engage.resources.incoming_models import Import
from engage.resources.taking_back import take_back_import
from tests import make
from tests.school import today, words_of

OWL = "Owl Moon,Jane Yolen,9780399214578\n"
BOOKS = f"Title,Author,ISBN\n{OWL}Coraline,Neil Gaiman,\n,Nobody,\n{OWL}"


@pytest.fixture
async def brought(school, tmp_path):
    """Brings a table into Lincoln's catalogue; the key of the import."""

    async def brought(*, dry_run=False) -> str:
        path = tmp_path / "winter.csv"
        path.write_text(BOOKS)
        kinds = tuple(remembering.WORDS.keys() - {asking.MARC})
        kind, mapping = await remembering.how_to_read(school.card.id, path, kinds, {})
        await import_file(school.card.id, path, kind, mapping, dry_run=dry_run, by_id=school.ada.id)
        made = await Import.filter(school_id=school.card.id).order_by("-id").first()
        await Import.filter(school_id=school.card.id, id=made.id).update(name="winter.csv")
        return made.key

    return brought


async def titles_on(curated: CuratedList) -> list[str]:
    """What stands on a list, in order."""
    items = ListItem.filter(school_id=curated.school_id, curated_id=curated.id)
    return [title for (title,) in await items.order_by("position").values_list("resource__title")]


async def test_a_table_that_was_brought_in_goes_onto_a_new_list_in_its_order(browser, school, ada, brought):
    key = await brought()
    browser.sign_in(ada)
    assert "Put these on a list" in words_of(await browser.get(f"/curate/imports/{key}"))
    page = await browser.get(f"/curate/imports/{key}/list")
    assert "2 things, in the order of the file" in words_of(page)
    assert 'value="winter"' in page.text
    done = await browser.post(f"/curate/imports/{key}/list", {"list": "new", "title": "Winter", "form_key": "f"})
    assert "2 things added." in words_of(await browser.follow(done))
    made = await CuratedList.get(school_id=school.lincoln.id, title="Winter")
    assert await titles_on(made) == ["Owl Moon", "Coraline"]
    again = await browser.post(f"/curate/imports/{key}/list", {"list": made.key, "title": "", "form_key": "g"})
    assert "Nothing was new. 2 things stood on it already." in words_of(await browser.follow(again))
    assert await titles_on(made) == ["Owl Moon", "Coraline"]


async def test_what_was_only_looked_at_or_taken_back_goes_onto_no_list(browser, school, ada, tom, brought):
    looked_at = await brought(dry_run=True)
    browser.sign_in(ada)
    assert "Put these on a list" not in words_of(await browser.get(f"/curate/imports/{looked_at}"))
    sent = {"list": "new", "title": "Winter"}
    for answer in (
        await browser.get(f"/curate/imports/{looked_at}/list"),
        await browser.post(f"/curate/imports/{looked_at}/list", sent),
    ):
        assert answer.headers["location"] == f"/lincoln/curate/imports/{looked_at}"
    key = await brought()
    for reader in (tom, school.rosa):
        assert (await browser.sign_in(reader).get(f"/lincoln/curate/imports/{key}/list")).status_code == 404, reader
    row = await Import.get(school_id=school.lincoln.id, key=key)
    await take_back_import(import_id=row.id, school_id=school.lincoln.id)
    page = await browser.follow(await browser.sign_in(ada).post(f"/curate/imports/{key}/list", sent))
    assert "There is nothing here that could go on a list." in words_of(page)
    assert await CuratedList.filter(school_id=school.lincoln.id).count() == 0


def test_more_than_a_list_holds_is_refused():
    rules.check_room(rules.LONGEST)
    with pytest.raises(Refused, match="Divide the file"):
        rules.check_room(rules.LONGEST + 1)


async def test_who_looks_after_a_list_says_when_it_is_looked_through(browser, school, ada):
    curated = await make.curated_list(school.ada, "Grown old", 2)
    browser.sign_in(ada)
    path, soon = f"/curate/lists/{curated.key}/words", today() + timedelta(days=30)
    sent = {"title": "Grown old", "introduction": curated.introduction, "kind": "list", "review_by": soon.isoformat()}
    wrong = await browser.post(path, sent | {"review_by": today().isoformat()})
    assert (wrong.status_code, "from tomorrow on" in words_of(wrong)) == (422, True)
    assert (await browser.post(path, sent)).status_code == 303
    assert f'value="{soon.isoformat()}"' in (await browser.get(path)).text

    # publishing keeps the day; a form that was open meanwhile does not put its old day back
    await actions.publish(curated.key, visibility=Visibility.SCHOOL, by=ada)
    later = (today() + timedelta(days=60)).isoformat()
    await browser.post(path, sent | {"review_by": later, "seen_review": soon.isoformat()})
    await browser.post(path, sent | {"seen_review": soon.isoformat()})
    row = await CuratedList.get(school_id=school.lincoln.id, id=curated.id)
    assert row.review_by.isoformat() == later
