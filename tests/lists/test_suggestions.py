"""Suggestions for a list: from anyone signed in, decided by its editors, and names only for whom they are."""

import asyncio
import re
from datetime import timedelta

import pytest

from engage import dates
from engage.database.tenancy import every_school
from engage.errors import NotAllowed, NotFound, Refused
from engage.lists import rules, suggestions
from engage.lists.models import CuratedList, ListClass, ListItem
from engage.lists.queries import ListCard, list_for
from engage.lists.rules import Part, State, SuggestionState, Visibility
from engage.lists.together_models import ListMember, Suggestion
from engage.people.rules import Reader, Role
from engage.resources.models import Resource
from engage.resources.rules import ResourceState
from tests import make
from tests.school import Browser, TestSchool, as_reader, words_of


async def an_open_list(school: TestSchool, by: Reader | None = None) -> tuple[CuratedList, ListCard]:
    curated = await make.curated_list(by or school.ada, "Sea stories", 1, published=True)
    return curated, await list_for(school.ada, curated.slug)


async def rows(school: TestSchool) -> list[Suggestion]:
    return await Suggestion.filter(school_id=school.card.id).order_by("id")


async def test_who_may_suggest_and_what(school: TestSchool) -> None:
    _, card = await an_open_list(school)
    owl = await make.resource("Owl Moon")
    for reader in (school.vera, school.dora, Reader(school.card)):
        with pytest.raises(NotAllowed):
            await suggestions.suggest(card, title="Owl Moon", reason="Owls.", by=reader)
    for reader in (school.sam, school.tom, school.alma):
        await suggestions.suggest(card, resource=owl.key, title="Left alone", reason=" So \n quiet. ", by=reader)
    made = await rows(school)
    assert [(row.by_id, row.resource_id, row.title, row.reason) for row in made] == [
        (reader.id, owl.id, "", "So quiet.") for reader in (school.sam, school.tom, school.alma)
    ]
    for given, about in (
        ({"title": "  "}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"title": "Fine", "reason": ""}, "reason"),
        ({"title": "Fine", "reason": "y" * 501}, "reason"),
        ({"resource": owl.key}, "title"),
        ({"resource": "nothing"}, "resource"),
    ):
        with pytest.raises(Refused) as refused:
            await suggestions.suggest(card, **{"reason": "Why not.", "by": school.sam, **given})
        assert refused.value.about == about
    (item,) = await ListItem.filter(school_id=school.card.id).values("resource__key")
    with pytest.raises(Refused, match="is on this list already"):
        await suggestions.suggest(card, resource=item["resource__key"], reason="It is good.", by=school.sam)


async def test_nobody_floods_a_list(school: TestSchool) -> None:
    _, card = await an_open_list(school)
    for number in range(rules.MOST_SUGGESTED):
        await suggestions.suggest(card, title=f"Book {number}", reason="More.", by=school.sam)
    with pytest.raises(Refused, match="20 of your suggestions wait"):
        await suggestions.suggest(card, title="One more", reason="More.", by=school.sam)
    await suggestions.suggest(card, title="From another", reason="More.", by=school.tom)
    first = (await rows(school))[0]
    assert await suggestions.take_back(first.key, by=school.sam) == "Book 0"
    with pytest.raises(NotFound):
        await suggestions.take_back((await rows(school))[0].key, by=school.tom)
    with pytest.raises(Refused, match="suggested this already"):
        await suggestions.suggest(card, title="the book 1", reason="Again.", by=school.sam)
    keys = [
        await suggestions.suggest(card, title="One more", reason="More.", by=school.sam, form_key="k") for _ in range(2)
    ]
    assert keys[0] == keys[1]


async def test_many_suggestions_at_once_keep_the_limits(school: TestSchool, monkeypatch) -> None:
    _, card = await an_open_list(school)
    monkeypatch.setattr(rules, "MOST_SUGGESTED", 3)

    async def said(titles: list[str]) -> int:
        acts = [suggestions.suggest(card, title=title, reason="More.", by=school.sam) for title in titles]
        answers = await asyncio.gather(*acts, return_exceptions=True)
        assert {type(each) for each in answers} <= {str, Refused}
        return len(await rows(school))

    assert await said(["The same"] * 6) == 1
    assert await said([f"Book {number}" for number in range(6)]) == 3


async def test_an_editor_takes_or_declines_once(school: TestSchool) -> None:
    curated, card = await an_open_list(school)
    owl, pod = await make.resource("Owl Moon"), await make.resource("StarDate")
    in_catalogue = await suggestions.suggest(card, resource=owl.key, reason="Owls!", by=school.sam)
    typed = await suggestions.suggest(card, title="Star date", reason="Stars!", by=school.sam)
    no = await suggestions.suggest(card, title="My diary", reason="I wrote it.", by=school.sam)
    own = await suggestions.suggest(card, title="Mine", reason="By myself.", by=school.ada)
    for reader in (school.tom, school.sam):
        with pytest.raises(NotAllowed):
            await suggestions.take(curated.key, in_catalogue, by=reader)
    with pytest.raises(NotFound):
        await suggestions.take(curated.key, in_catalogue, by=school.rosa)
    other = await make.curated_list(school.ada, "Other")
    with pytest.raises(NotFound):
        await suggestions.decline(other.key, in_catalogue, answer="No.", by=school.ada)
    with pytest.raises(Refused, match="suggested this yourself"):
        await suggestions.take(curated.key, own, resource=pod.key, by=school.ada)
    with pytest.raises(Refused, match="Say why not"):
        await suggestions.decline(curated.key, no, answer="  ", by=school.ada)
    with pytest.raises(Refused, match="Choose which one"):
        await suggestions.take(curated.key, typed, by=school.ada)
    assert await suggestions.take(curated.key, in_catalogue, annotation="Hoo.", answer="Yes!", by=school.ada)
    assert await suggestions.take(curated.key, typed, resource=pod.key, by=school.ada) == "StarDate"
    await suggestions.decline(curated.key, no, answer="It is lovely, and it is yours.", by=school.ada)
    for key in (in_catalogue, no):
        with pytest.raises(Refused, match="answered this one already"):
            await suggestions.take(curated.key, key, resource=owl.key, by=school.ada)
    items = await ListItem.filter(school_id=school.card.id, curated_id=curated.id).order_by("position")
    # what a student wrote never goes on a list by itself
    assert [(item.resource_id, item.annotation) for item in items][1:] == [(owl.id, "Hoo."), (pod.id, "")]
    mine = await suggestions.suggested_by(school.sam)
    assert [(row["resource_title"] or row["title"], row["state"], row["answer"]) for row in mine] == [
        ("My diary", SuggestionState.DECLINED, "It is lovely, and it is yours."),
        ("StarDate", SuggestionState.TAKEN, ""),
        ("Owl Moon", SuggestionState.TAKEN, "Yes!"),
    ]
    assert {row["slug"] for row in mine} == {"sea-stories"}
    assert await suggestions.suggested_by(school.remy) == []
    await Resource.filter(school_id=school.card.id, id=owl.id).update(state=ResourceState.WITHDRAWN)
    with pytest.raises(Refused, match="not in the catalogue any more"):
        await suggestions.suggest(card, resource=owl.key, reason="Owls!", by=school.tom)


async def test_two_editors_who_answer_at_once_answer_once(school: TestSchool) -> None:
    curated, card = await an_open_list(school)
    owl = await make.resource("Owl Moon")
    key = await suggestions.suggest(card, resource=owl.key, reason="Owls!", by=school.sam)
    bela = await as_reader(await make.person("Bela", Role.SPECIALIST, school.lincoln), "lincoln")
    answers = await asyncio.gather(
        suggestions.take(curated.key, key, by=school.ada),
        suggestions.decline(curated.key, key, answer="No.", by=bela),
        suggestions.take(curated.key, key, by=bela),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Refused) for answer in answers) == 2
    (made,) = await rows(school)
    on_it = await ListItem.filter(school_id=school.card.id, resource_id=owl.id).count()
    assert (made.state is SuggestionState.TAKEN) == (on_it == 1)


async def test_names_of_students_are_for_the_library_and_their_own_teachers(school: TestSchool) -> None:
    curated, card = await an_open_list(school, school.tom)
    nia = await make.student("Nia")
    theo = await as_reader(await make.person("Theo", Role.TEACHER, school.lincoln), "lincoln")
    await ListMember.create(school_id=school.card.id, curated_id=curated.id, person_id=theo.id, part=Part.EDITOR)
    for reader in (school.sam, nia, school.alma):
        await suggestions.suggest(card, title="Owl Moon", reason="Owls.", by=reader)

    async def told(reader: Reader) -> list[str]:
        return [row["who"] for row in (await suggestions.suggested_for(reader, card, False))[0]]

    assert await told(school.ada) == ["Sam", "Nia", "Alma Berg"]
    assert await told(school.tom) == ["Sam", "A student", "Alma Berg"]
    assert await told(theo) == ["A student", "A student", "Alma Berg"]
    key = (await rows(school))[0].key
    assert (await suggestions.suggestion_for(theo, card, key))["who"] == "A student"
    # sixty days after the answer, thirteen months at most, it is nobody's
    await suggestions.decline(curated.key, key, answer="Not now.", by=school.ada)
    now = dates.now()
    with every_school("as the jobs do"):
        forgotten = [await suggestions.forget_suggesters(now + timedelta(days=days)) for days in (59, 61, 61)]
    assert forgotten == [0, 1, 0]
    assert (await rows(school))[0].reason == ""
    assert [row["who"] for row in (await suggestions.suggested_for(school.ada, card, True))[0]] == ["Somebody"]
    with every_school("as the jobs do"):
        assert await suggestions.forget_suggesters(now + timedelta(days=400)) == 2


async def test_a_student_suggests_and_reads_the_answer(browser: Browser, school: TestSchool) -> None:
    curated, _ = await an_open_list(school)
    owl = await make.resource("Owl Moon")
    browser.sign_in(school.sam)
    page = f"/lists/{curated.slug}/suggest"
    found = await browser.get(f"{page}?q=owl")
    assert f"resource={owl.key}" in found.text
    assert "other teachers see “a student”" in found.text
    chosen = await browser.get(f"{page}?resource={owl.key}")
    assert 'name="title"' not in chosen.text
    bad = await browser.post(page, {"resource": owl.key, "reason": ""})
    assert (bad.status_code, "Owl Moon" in bad.text) == (422, True)
    mine = await browser.follow(await browser.post(page, {"resource": owl.key, "reason": "<b>Owls</b>"}))
    assert "Owl Moon for Sea stories Waiting for an answer" in words_of(mine)
    assert "&lt;b&gt;Owls" in mine.text
    # no other student, nor the list's own page, shows any of it
    for path in (f"/lists/{curated.slug}", "/me/suggestions"):
        assert "Owls" not in (await browser.sign_in(await make.student("Nia")).get(path)).text
    browser.sign_in(school.ada)
    desk = f"/curate/lists/{curated.key}/suggestions"
    (made,) = await rows(school)
    assert "<bdi>Sam</bdi>, just now" in (await browser.get(desk)).text
    assert "Owl Moon" in (await browser.get(f"{desk}/{made.key}")).text
    refused = await browser.post(f"{desk}/{made.key}", {"decision": "decline", "answer": ""})
    assert (refused.status_code, "Say why not" in refused.text) == (422, True)
    done = await browser.follow(
        await browser.post(f"{desk}/{made.key}", {"decision": "take", "annotation": "Hoo", "answer": "Thank you"})
    )
    assert "Owl Moon is on the list." in words_of(done)
    assert "Thank you" in (await browser.get(f"{desk}?show=answered")).text
    answered = words_of(await browser.sign_in(school.sam).get("/me/suggestions"))
    assert "It is on the list" in answered
    assert "Thank you" in answered


async def test_a_list_that_one_may_no_longer_see_has_no_title_there(browser: Browser, school: TestSchool) -> None:
    """Its title may have changed since to something that was never meant for whom it was hidden from."""
    lists = {}
    for title, more in (
        ("Open", {}),
        ("Withdrawn", {}),
        ("For staff", {}),
        ("Of the class", {"visibility": Visibility.CLASSES}),
    ):
        lists[title] = await make.curated_list(school.ada, title, 1, published=True, **more)
    room = lists["Of the class"]
    of_room = {"school_id": school.card.id, "curated_id": room.id, "school_class_id": school.room.id}
    await ListClass.create(**of_room)
    for curated in lists.values():
        card = await list_for(school.sam, curated.slug)
        await suggestions.suggest(card, title=f"A book for {curated.id}", reason="Good.", by=school.sam)
    of = CuratedList.filter(school_id=school.card.id)
    await of.filter(id=lists["Withdrawn"].id).update(state=State.WITHDRAWN, title="Moved to the vault")
    await of.filter(id=lists["For staff"].id).update(visibility=Visibility.STAFF, title="Moved to the vault")
    await ListClass.filter(**of_room).delete()
    await of.filter(id=room.id).update(title="Moved to the vault")
    page = await browser.sign_in(school.sam).get("/me/suggestions")
    assert "Moved to the vault" not in page.text
    assert re.findall(r'href="/lincoln/lists/([\w-]+)"', page.text) == ["open"]
    said = words_of(page)
    assert [said.count(f"for {name}") for name in ("Open", "a list")] == [1, 3]
    # the library sees what it had suggested for, and is led to what is published
    await Suggestion.filter(school_id=school.card.id).update(by_id=school.ada.id)
    assert [(row["list"], row["slug"]) for row in await suggestions.suggested_by(school.ada)] == [
        ("Moved to the vault", room.slug),
        ("Moved to the vault", "for-staff"),
        ("Moved to the vault", ""),
        ("Open", "open"),
    ]


async def test_a_typed_title_is_matched_before_it_is_taken(browser: Browser, school: TestSchool) -> None:
    curated, card = await an_open_list(school)
    owl = await make.resource("Owl Moon")
    await suggestions.suggest(card, title="owl moon", reason="Owls.", by=school.sam)
    await suggestions.suggest(card, title="Not here", reason="Nowhere.", by=school.tom)
    known, unknown = await rows(school)
    browser.sign_in(school.ada)
    desk = f"/curate/lists/{curated.key}/suggestions"
    assert f'value="{owl.key}"' in (await browser.get(f"{desk}/{known.key}")).text
    assert "has nothing of this name" in (await browser.get(f"{desk}/{unknown.key}")).text
    assert (await browser.post(f"{desk}/{unknown.key}", {"decision": "take"})).status_code == 422
    await browser.post(f"{desk}/{known.key}", {"decision": "take", "resource": owl.key})
    assert await ListItem.filter(school_id=school.card.id, resource_id=owl.id).exists()


async def test_the_desk_of_suggestions_costs_the_same_for_many(
    browser: Browser, school: TestSchool, statements
) -> None:
    curated, card = await an_open_list(school)
    owl = await make.resource("Owl Moon")
    await suggestions.suggest(card, title="First", reason="More.", by=school.sam)
    browser.sign_in(school.ada)
    desk = f"/curate/lists/{curated.key}/suggestions"
    await browser.get(desk)
    statements.forget()
    await browser.get(desk)
    few = len(statements)
    many = [{"resource_id": owl.id} if number % 2 else {"title": f"Book {number}"} for number in range(60)]
    of_list = {"school_id": school.card.id, "curated_id": curated.id, "by_id": school.sam.id, "at": dates.now()}
    await Suggestion.bulk_create([Suggestion(**of_list, reason="More.", **each) for each in many])
    statements.forget()
    page = await browser.get(desk)
    assert len(statements) == few <= 9
    assert page.text.count("Answer<span") == suggestions.SHOWN
    assert "after=" in page.text


async def test_the_page_of_a_list_asks_only_those_who_may_suggest(browser: Browser, school: TestSchool) -> None:
    await make.curated_list(school.ada, "Sea stories", 1, published=True, visibility=Visibility.PUBLIC)
    await make.curated_list(school.ada, "Only a draft", 1)
    bea = await make.student("Bea")
    # students share one page, and visitors another, whoever comes first and whoever comes between them
    doors = {}
    for name, reader in (
        *(("vera", school.vera), ("sam", school.sam), ("visitor", None), ("dora", school.dora), ("bea", bea)),
        *(("tom", school.tom), ("visitor again", None), ("sam again", school.sam), ("ada", school.ada)),
        ("alma", school.alma),
    ):
        browser.sign_in(reader)
        page = await browser.get("/lists/sea-stories")
        assert page.status_code == 200
        doors[name] = 'href="/lincoln/lists/sea-stories/suggest"' in page.text
        assert doors[name] == ("Did we miss one?" in page.text)
        assert "Print this list" in page.text
        leads = (await browser.get("/lists/sea-stories/suggest")).status_code == 200
        assert doors[name] == leads, name
    assert {name for name, door in doors.items() if not door} == {"vera", "visitor", "dora", "visitor again"}
    browser.sign_in(school.ada)
    assert "Did we miss one?" not in (await browser.get("/lists/only-a-draft")).text
