"""Copies and templates: who may make them, what comes along, and that nobody reads a template."""

import asyncio

import pytest

from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import actions, copying
from engage.lists.models import CuratedList, ListItem, Revision, Section
from engage.lists.rules import ListKind, Part, State, Visibility
from engage.people.rules import Reader, Role, SchoolCard
from engage.resources.models import Resource
from engage.resources.rules import ResourceState
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool, words_of


def test_an_own_list_is_copied_at_any_time_and_that_of_others_once_it_is_published() -> None:
    lincoln = SchoolCard(1, "k", "lincoln", "Lincoln", "America/New_York", 1)
    ada, tom, sam, alma = (
        Reader(lincoln, id=number, roles=frozenset({role}))
        for number, role in enumerate((Role.SPECIALIST, Role.TEACHER, Role.STUDENT, Role.SCHOOL_ADMIN), 1)
    )
    for reader in (ada, tom):
        assert copying.may_copy(reader, reader.id, State.DRAFT)
        assert copying.may_copy(reader, None, State.PUBLISHED)
        assert not copying.may_copy(reader, None, State.DRAFT)
        assert copying.may_copy(reader, None, State.DRAFT, Part.EDITOR)
    for reader in (sam, alma, Reader(lincoln)):
        assert not copying.may_copy(reader, None, State.PUBLISHED)


async def test_a_copy_has_all_that_the_list_has_but_what_left_the_library(school: TestSchool) -> None:
    things = await make.resources(5)
    await Resource.filter(school_id=school.card.id, id=things[1].id).update(state=ResourceState.WITHDRAWN)
    look = {"ink": "plum", "scene": "sea", "grade_low": 2, "kind": ListKind.PATHFINDER, "published": True}
    source = await make.curated_list(school.ada, "Sea stories", things, parts=("Near", "Far"), **look)
    of_source = ListItem.filter(school_id=school.card.id, curated_id=source.id)
    await of_source.filter(position=1).update(start_here=True, found=True, pinned=True)

    made = await copying.copy_list("sea-stories", title="Our sea", by=school.tom)
    assert (made.title, made.slug, made.state, made.owner_id) == ("Our sea", "our-sea", State.DRAFT, school.tom.id)
    assert (made.ink, made.scene, made.grade_low, made.kind) == ("plum", "sea", 2, ListKind.PATHFINDER)
    assert (made.items_count, made.introduction, made.visibility) == (4, source.introduction, Visibility.CLASSES)
    rows = ListItem.filter(school_id=school.card.id, curated_id=made.id).order_by("position")
    columns = ("position", "section__title", "resource_id", "annotation", "start_here", "found", "pinned")
    told = [(n, "Near" if t < 3 else "Far", t) for n, t in ((1, 0), (2, 2), (3, 3), (4, 4))]
    assert await rows.values_list(*columns) == [
        (n, part, things[t].id, f"Why {things[t].title} is here.", n == 1, False, False) for n, part, t in told
    ]
    assert [row.act for row in await Revision.filter(school_id=school.card.id, curated_id=made.id)][-1] == "copied"
    popular = await Resource.get(school_id=school.card.id, id=things[0].id)
    assert popular.popularity == 1


async def test_the_same_form_sent_at_once_makes_one_copy(school: TestSchool) -> None:
    await make.curated_list(school.ada, "Sea stories", 3, published=True)
    again = [copying.copy_list("sea-stories", title="Ours", by=school.tom, form_key="k") for _ in range(4)]
    assert len({made.id for made in await asyncio.gather(*again)}) == 1
    assert await ListItem.filter(school_id=school.card.id, curated__title="Ours").count() == 3


async def test_a_list_begins_as_its_template_does_and_nobody_reads_the_template(
    browser: Browser, school: TestSchool
) -> None:
    await make.curated_list(school.ada, "Author study", 2, parts=("The life", "The books"), published=True)
    template = await copying.copy_list("author-study", title="An author", as_template=True, by=school.ada)
    with pytest.raises(Refused, match="template"):
        await actions.publish(template.key, visibility=Visibility.SCHOOL, by=school.ada)

    browser.sign_in(school.tom)
    page = await browser.get("/curate/lists/new")
    assert f'<option value="{template.key}">An author</option>' in page.text
    assert (
        f'<option selected value="{template.key}">'
        in (await browser.get(f"/curate/lists/new?template={template.key}")).text
    )
    form = {"title": "Jane Yolen", "introduction": "", "kind": "text set", "template": template.key, "form_key": "k"}
    for _ in range(2):
        assert (await browser.post("/curate/lists/new", form)).status_code == 303
    made = await CuratedList.get(school_id=school.card.id, title="Jane Yolen")
    assert (made.items_count, made.introduction, made.is_template) == (2, template.introduction, False)
    assert await Section.filter(school_id=school.card.id, curated_id=made.id).count() == 2

    for reader in (None, school.sam, school.tom):
        page = await browser.sign_in(reader).get("/lists")
        assert "An author" not in words_of(page)
        assert (await browser.get("/lists/an-author")).status_code == 404


async def test_a_teachers_own_template_is_for_that_teacher(school: TestSchool) -> None:
    made = await make.curated_list(school.tom, "Mine", 1)
    await copying.make_template(made.key, on=True, by=school.tom)
    of_ada = await make.curated_list(school.ada, "Ours", 1, published=True)
    with pytest.raises(Refused, match="Copy it"):
        await copying.make_template(of_ada.key, on=True, by=school.ada)
    assert [row["title"] for row in await copying.templates_to_choose(school.tom)] == ["Mine"]
    for reader in (school.ada, school.sam, school.rosa, school.vera):
        assert await copying.templates_to_choose(reader) == []
        with pytest.raises(NotFound):
            await copying.start_from(made.key, title="x", introduction="", kind=ListKind.LIST, by=reader)
    await copying.make_template(made.key, on=False, by=school.tom)
    assert await copying.templates_to_choose(school.tom) == []


async def test_the_pages_are_for_those_who_may_and_cost_the_same_however_many_there_are(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    await make.curated_list(school.ada, "Sea stories", 2, published=True)
    draft = await make.curated_list(school.ada, "Secret", 2)
    for reader, copy, hidden, templates in (
        (school.ada, 200, 200, 200),
        (school.tom, 200, 404, 200),
        (school.sam, 403, 403, 404),
        (school.vera, 403, 403, 404),
        (school.rosa, 403, 403, 404),
    ):
        browser.sign_in(reader)
        asked = ("/lincoln/lists/sea-stories/copy", "/lincoln/lists/secret/copy", "/lincoln/curate/lists/templates")
        assert [(await browser.get(path)).status_code for path in asked] == [copy, hidden, templates], reader.name
    browser.sign_in(school.ada)
    assert (await browser.post("/lists/sea-stories/copy", {"title": " ", "form_key": "k"})).status_code == 422
    assert (await browser.post(f"/curate/lists/{draft.key}/template", {"on": "1"})).status_code == 303
    await browser.get("/curate/lists/templates")
    statements.forget()
    assert "Secret" in words_of(await browser.get("/curate/lists/templates"))
    few = len(statements)
    for number in range(3):
        await copying.copy_list("sea-stories", title=f"T{number}", as_template=True, by=school.ada)
    await browser.get("/curate/lists/templates")
    statements.forget()
    await browser.get("/curate/lists/templates")
    assert len(statements) == few
    with pytest.raises(NotAllowed):
        await copying.copy_list("sea-stories", title="x", by=school.vera)
