"""Pathfinders that students own: seen by their students alone until they are handed in, opened and answered once."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engage import dates
from engage.classes import inquiry_actions, inquiry_queries, inquiry_rules
from engage.classes.following import assignments_follow
from engage.classes.group_actions import change_group, end_group, make_group
from engage.classes.inquiry_models import Inquiry, InquirySource
from engage.classes.unit_rules import prints_of
from engage.errors import NotFound, Refused
from engage.people import erasing
from engage.people.exporting import record_of
from engage.people.models import AuditEntry, ClassMember, Person, Session
from engage.people.rules import Reader, Role, Way
from engage.register import REGISTER, keep_retention
from engage.resources import doubles
from engage.routes_classes import INQUIRIES
from engage.settings import Settings
from tests import make
from tests.classes.asking import again, leave, one_more, sea_stories
from tests.conftest import Statements
from tests.school import Browser, TestSchool, as_reader, today, words_of

WHY = "Why is the sea salty?"
NOTES = {"maker": "A museum.", "currency": "2024.", "trust": "Two books say the same.", "used": "Rivers bring salt."}
PAGE = {"title": "Salt of the sea", "url": "https://museum.example/salt", **NOTES}


async def begun(by: Reader, group: str = "", sources: int = 0) -> str:
    """An inquiry with some sources that were typed."""
    key = await inquiry_actions.begin(WHY, "", group, by=by)
    for number in range(sources):
        await inquiry_actions.add_source(key, PAGE | {"title": f"Source {number}"}, by=by)
    return key


async def handed(school: TestSchool, by: Reader | None = None) -> str:
    """An inquiry handed in to Room 12."""
    by = by or school.sam
    key = await begun(by, sources=1)
    await inquiry_actions.hand_in(key, school.room.key, by=by)
    return key


async def titles_in(school: TestSchool) -> list[str]:
    """The sources of the only inquiry, in order."""
    rows = InquirySource.filter(school_id=school.card.id).order_by("position", "id")
    return [title for (title,) in await rows.values_list("title")]


async def test_a_student_begins_with_a_list_and_makes_it_their_own(browser: Browser, school: TestSchool) -> None:
    curated = await sea_stories(school, 3)
    sam = browser.sign_in(school.sam)
    page = await sam.get(f"/lists/{curated.slug}")
    assert "Start an inquiry with it" in words_of(page)
    assert "Copy this list" not in words_of(page)
    path = f"/me/inquiries/new?list={curated.slug}"
    form = await sam.get(path)
    assert "It begins with Sea stories" in words_of(form)
    assert (await sam.post("/me/inquiries/new", {"question": " ", "slug": curated.slug})).status_code == 422
    keys = re.findall(r'name="things" value="(\w+)" checked', form.text)
    assert len(keys) == 3
    sent = {"question": WHY, "slug": curated.slug, "things": keys, "form_key": "one and the same"}
    for _ in range(2):
        answer = await sam.post("/me/inquiries/new", sent)
    said = words_of(await browser.follow(answer))
    assert "3 sources, 0 with all four notes. Begun with Sea stories ." in said
    inquiry = await Inquiry.get(school_id=school.card.id)
    own = f"/me/inquiries/{inquiry.key}"
    assert WHY in words_of(await sam.get("/me/inquiries"))

    answer = await sam.post(f"{own}/sources/new", PAGE | {"url": "museum.example"})
    assert answer.status_code == 422
    assert "An address begins with https:// or http://." in words_of(answer)
    assert "Rivers bring salt." in answer.text
    await sam.post(f"{own}/sources/new", PAGE)
    said = words_of(await sam.get(own))
    assert "4 sources, 1 with all four notes." in said
    assert "Who made it? A museum." in said
    last = await InquirySource.get(school_id=school.card.id, title=PAGE["title"])
    page = await browser.follow(await sam.post(f"{own}/sources/{last.key}/move", {"to": "up"}))
    assert "Salt of the sea is now number 3 of 4." in words_of(page)
    for to in ("up", "up", "up", "down"):
        await sam.post(f"{own}/sources/{last.key}/move", {"to": to})
    assert (await titles_in(school)).index(PAGE["title"]) == 1

    first = await InquirySource.filter(school_id=school.card.id).order_by("position").first()
    assert first is not None
    now = inquiry_queries.written_of(first)
    await sam.post(f"{own}/sources/{first.key}", now | {"trust": "It is in our library.", "seen": prints_of(now)})
    assert "It is in our library." in words_of(await sam.get(own))
    await sam.post(f"{own}/sources/{first.key}/remove")
    assert len(await titles_in(school)) == 3
    await sam.post(f"{own}/question", {"question": "Where does salt come from?", "seen": prints_of({"question": WHY})})
    assert "Where does salt come from?" in words_of(await sam.get(own))


async def test_a_list_that_one_does_not_see_gives_nothing(browser: Browser, school: TestSchool) -> None:
    draft = await make.curated_list(by=school.ada, title="Secret shore", items=2)
    with pytest.raises(NotFound):
        await inquiry_actions.begin(WHY, draft.slug, "", by=school.sam)
    curated = await sea_stories(school, 3)
    _, things = await inquiry_queries.things_on(school.sam, curated.slug)
    await inquiry_actions.begin(WHY, curated.slug, "", [things[1][0], "nothing"], by=school.sam)
    assert await titles_in(school) == [things[1][1]]
    answer = await browser.sign_in(school.sam).post("/me/inquiries/new", {"question": WHY, "slug": draft.slug})
    assert "0 sources" in words_of(await browser.follow(answer))
    assert "Secret shore" not in (await browser.get(f"/me/inquiries/new?list={draft.slug}")).text


async def test_only_its_student_sees_it_before_and_its_teachers_after(browser: Browser, school: TestSchool) -> None:
    """Every address and every role: it answers its student alone, and once handed in the teachers of the class."""
    key = await begun(school.sam, sources=1)
    source = await InquirySource.get(school_id=school.card.id)
    lea = await one_more(school, "Lea")
    uma = await make.person("Uma Falk", Role.TEACHER, school.lincoln, login="uma")
    other = await as_reader(uma, "lincoln")
    staff = [school.ada, school.vera, school.alma, school.dora, school.rosa, other]
    wrong = []

    async def ask(readers: list[Reader | None], when: str) -> None:
        for row in INQUIRIES:
            if "{key}" not in row.path:
                continue
            path = row.path.removeprefix("/{school}").format(key=key, source=source.key)
            for reader in readers:
                browser.sign_in(reader)
                for method in row.methods:
                    sent = {"comment": "Well done", "question": "Mine?", **PAGE}
                    answer = await (browser.get(path) if method == "GET" else browser.post(path, sent))
                    if answer.status_code != 404:
                        wrong.append((when, row.name, reader and reader.name, answer.status_code))

    await ask([school.tom, lea, school.remy, None, *staff], "before")
    await inquiry_actions.hand_in(key, school.room.key, by=school.sam)
    await ask([lea, school.remy, None, *staff], "after")
    assert wrong == []
    assert (await Inquiry.get(school_id=school.card.id)).question == WHY
    for reader in (lea, school.remy, None, *staff):
        assert (await browser.sign_in(reader).get("/inquiries")).status_code == 404
    for reader in (school.tom, *staff, None):
        for path in ("/me/inquiries/new", "/me/inquiries"):
            assert (await browser.sign_in(reader).get(path)).status_code == 404


async def test_a_trail_is_handed_in_opened_and_answered_once(browser: Browser, school: TestSchool) -> None:
    key = await begun(school.sam)
    sam = browser.sign_in(school.sam)
    own = f"/me/inquiries/{key}"
    assert "Add at least one source first." in words_of(await sam.post(f"{own}/hand-in"))
    await sam.post(f"{own}/sources/new", PAGE)
    notice = words_of(await sam.get(f"{own}/hand-in"))
    assert "Tom Reyes will see your question, your sources and your notes, with your name. Nobody else" in notice
    page = await browser.follow(await sam.post(f"{own}/hand-in"))
    assert "Tom Reyes can see it." in words_of(page)
    assert (await sam.post(f"{own}/sources/new", PAGE)).status_code == 422
    await sam.post(f"{own}/take-back")
    assert "Handed in" not in words_of(await sam.get("/me/inquiries"))
    await sam.post(f"{own}/hand-in")

    # before it is opened, a teacher sees whose it is and when, and no word of it; to look is not to open
    tom = browser.sign_in(school.tom)
    for path in ("/inquiries", f"/inquiries/{key}"):
        page = await tom.get(path)
        assert "Sam" in words_of(page)
        assert WHY not in page.text
        assert PAGE["title"] not in page.text
    assert (await tom.post(f"/inquiries/{key}", {"comment": "Unread"})).status_code == 404
    assert (await Inquiry.get(school_id=school.card.id)).read_at is None
    page = await browser.follow(await tom.post(f"/inquiries/{key}/open"))
    for words in (WHY, "Salt of the sea", "Rivers bring salt."):
        assert words in words_of(page)
    entry = await AuditEntry.get(school_id=school.card.id, act="opened an inquiry that was handed in")
    assert (entry.by_id, entry.about_id) == (school.tom.id, school.sam.id)  # type: ignore[attr-defined]

    page = await browser.follow(await browser.sign_in(school.sam).post(f"{own}/take-back"))
    assert "Your teacher has opened it already" in words_of(page)
    tom = browser.sign_in(school.tom)
    assert (await tom.post(f"/inquiries/{key}", {"comment": " "})).status_code == 422
    await tom.post(f"/inquiries/{key}", {"comment": "Good trail. Ask a chemist, too."})
    answer = await tom.post(f"/inquiries/{key}", {"comment": "And another thing"})
    assert answer.status_code == 422
    assert "You have answered this already." in words_of(answer)
    said = words_of(await browser.sign_in(school.sam).get(own))
    assert "What your teacher says Good trail. Ask a chemist, too." in said
    assert "Answered" in words_of(await browser.get("/me/inquiries"))


async def test_who_came_later_sees_what_was_handed_in_from_then_on_and_who_left_is_not_shown(
    school: TestSchool,
) -> None:
    await handed(school)
    person = await make.person("Uma Falk", Role.TEACHER, school.lincoln, login="uma")
    await make.in_class(person, school.room, Role.TEACHER)
    rows = ClassMember.filter(school_id=school.card.id, person_id=person.id)
    uma = await as_reader(person, "lincoln")
    assert len(await inquiry_queries.trails_for(uma)) == 1
    await rows.update(since=today())
    await Inquiry.filter(school_id=school.card.id).update(handed_on=today() - timedelta(days=1))
    assert await inquiry_queries.trails_for(uma) == []
    inquiry = await Inquiry.get(school_id=school.card.id)
    assert await inquiry_queries.handed_in_to(school.sam, inquiry) == "Tom Reyes"
    assert len(await inquiry_queries.trails_for(school.tom)) == 1
    await leave(school, school.sam)
    assert await inquiry_queries.trails_for(school.tom) == []


async def test_a_group_writes_together_and_nobody_is_named(browser: Browser, school: TestSchool) -> None:
    lea = await one_more(school, "Lea")
    group = await make_group("Sams friends", [school.sam.key, lea.key], by=school.tom)
    sam = browser.sign_in(school.sam)
    form = await sam.get("/me/inquiries/new")
    assert "The reading group of Tom Reyes, 2 students" in words_of(form)
    assert "Sams friends" not in form.text
    curated = await sea_stories(school, 2)
    keys = [key for key, _ in (await inquiry_queries.things_on(school.sam, curated.slug))[1]]
    await sam.post("/me/inquiries/new", {"question": WHY, "group": group, "slug": curated.slug, "things": keys})
    inquiry = await Inquiry.get(school_id=school.card.id)
    assert (inquiry.person_id, await InquirySource.filter(school_id=school.card.id, by_id__isnull=False).count()) == (
        None,
        0,
    )
    own = f"/me/inquiries/{inquiry.key}"
    await sam.post(f"{own}/sources/new", PAGE)
    page = await browser.sign_in(lea).get(own)
    assert "Rivers bring salt." in words_of(page)
    assert "Sam" not in words_of(page)

    # both write notes on one source at once
    source = await InquirySource.get(school_id=school.card.id, title=PAGE["title"])
    seen = prints_of(inquiry_queries.written_of(source))
    await browser.post(
        f"{own}/sources/{source.key}", PAGE | {"used": "Rivers.", "maker": "A museum in Oslo.", "seen": seen}
    )
    answer = await browser.sign_in(school.sam).post(
        f"{own}/sources/{source.key}", PAGE | {"used": "Rain.", "currency": "Last year.", "seen": seen}
    )
    assert answer.status_code == 409
    assert "Somebody of your group wrote here, too: “Rivers.”" in words_of(answer)
    row = await InquirySource.get(school_id=school.card.id, id=source.id)
    assert (row.used, row.maker, row.currency) == ("Rivers.", "A museum in Oslo.", "Last year.")

    assert (await browser.post(f"{own}/throw-away")).status_code == 404
    assert await inquiry_queries.trails_for(school.tom) == []
    assert "Tom Reyes will see" in words_of(await browser.get(f"{own}/hand-in"))
    await browser.post(f"{own}/hand-in")
    said = words_of(await browser.sign_in(school.tom).get("/inquiries"))
    assert "Sams friends" in said
    await browser.post(f"/inquiries/{inquiry.key}/open")
    assert WHY in words_of(await browser.get(f"/inquiries/{inquiry.key}"))
    # who leaves the group has it no more; where the group ends, its students keep it and no teacher sees it
    await change_group(group, "Sams friends", [lea.key], by=school.tom)
    assert (await browser.sign_in(school.sam).get(own)).status_code == 404
    await end_group(group, by=school.tom)
    assert (await browser.sign_in(lea).get(own)).status_code == 200
    assert await inquiry_queries.trails_for(school.tom) == []


async def test_a_group_has_so_many_inquiries_and_no_more(school: TestSchool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inquiry_rules, "MOST_INQUIRIES", 1)
    group = await make_group("Owls", [school.sam.key], by=school.tom)
    await begun(school.sam)
    await begun(school.sam, group)
    with pytest.raises(Refused, match="Your group has"):
        await begun(school.sam, group)
    assert await Inquiry.filter(school_id=school.card.id).count() == 2


async def test_a_group_that_one_is_not_in_is_refused(browser: Browser, school: TestSchool) -> None:
    lea = await one_more(school, "Lea")
    group = await make_group("Owls", [lea.key], by=school.tom)
    with pytest.raises(Refused):
        await inquiry_actions.begin(WHY, "", group, by=school.sam)
    answer = await browser.sign_in(school.sam).post("/me/inquiries/new", {"question": WHY, "group": group})
    assert answer.status_code == 422
    assert await Inquiry.filter(school_id=school.card.id).count() == 0


async def test_a_card_alone_shows_no_inquiry(browser: Browser, school: TestSchool) -> None:
    key = await begun(school.sam, sources=1)
    sam = browser.sign_in(school.sam)
    await sam.get("/me")
    await Session.filter(person_id=school.sam.id).update(way=Way.CARD)
    source = await InquirySource.get(school_id=school.card.id)
    for row in INQUIRIES:
        if not row.path.startswith("/{school}/me"):
            continue
        path = row.path.removeprefix("/{school}").format(key=key, source=source.key)
        for method in row.methods:
            answer = await (sam.get(path) if method == "GET" else sam.post(path, PAGE | {"question": "x"}))
            assert "/me/prove" in answer.headers.get("location", ""), row.name
            assert WHY not in answer.text
    assert await titles_in(school) == ["Source 0"]
    assert (await Inquiry.get(school_id=school.card.id)).question == WHY


async def test_pages_cost_the_same_for_many_sources(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    counts: list[Any] = []
    for many in (1, 12):
        key = await begun(school.sam, sources=many)
        await inquiry_actions.hand_in(key, school.room.key, by=school.sam)
        await inquiry_actions.open_trail(key, by=school.tom)
        for reader, path in (
            (school.sam, "/me/inquiries"),
            (school.sam, f"/me/inquiries/{key}"),
            (school.tom, "/inquiries"),
            (school.tom, f"/inquiries/{key}"),
        ):
            await browser.sign_in(reader).get(path)
            statements.forget()
            assert (await browser.get(path)).status_code == 200
            counts.append(len(statements))
    assert counts[:4] == counts[4:]
    assert max(counts) <= 6, counts


async def test_an_inquiry_is_exported_erased_and_forgotten(
    school: TestSchool, settings: Settings, tmp_path: Path
) -> None:
    of = {"school_id": school.card.id}
    lea = await one_more(school, "Lea")
    group = await make_group("Owls", [school.sam.key, lea.key], by=school.tom)
    await handed(school)
    shared = await begun(lea, group, sources=1)
    await inquiry_actions.add_source(shared, PAGE, by=school.sam)
    person = await Person.get(**of, id=school.sam.id)
    told = repr(await record_of(REGISTER, person))
    for words in (WHY, PAGE["title"], PAGE["used"]):
        assert words in told
    await erasing.erase(REGISTER, school.card.id, person.id, settings.secret_key, tmp_path, None)
    # the group's question stays with the group, without what the erased one wrote
    assert [one.key for one in await Inquiry.filter(**of)] == [shared]
    assert await titles_in(school) == ["Source 0"]


async def test_what_was_read_goes_after_sixty_days_and_the_rest_with_the_year(
    school: TestSchool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inquiry_actions, "MOST_FORGOTTEN", 1)
    of, now = {"school_id": school.card.id}, dates.now()
    key = await handed(school)
    await inquiry_actions.open_trail(key, by=school.tom)
    for ago, left in ((59, 1), (62, 0)):
        await Inquiry.filter(**of).update(read_at=now - timedelta(days=ago))
        await keep_retention(settings, now)
        assert await Inquiry.filter(**of).count() == left
    await begun(await again(school.sam), sources=1)
    for ago, left in ((1, 1), (400, 0)):
        await Inquiry.filter(**of).update(changed_at=now - timedelta(days=ago))
        await keep_retention(settings, now)
        assert await Inquiry.filter(**of).count() == left
    assert await InquirySource.filter(**of).count() == 0


async def test_a_source_follows_when_two_resources_become_one(school: TestSchool) -> None:
    gone, stays = await make.resources(2)
    curated = await make.curated_list(by=school.ada, items=[gone], published=True)
    await inquiry_actions.begin(WHY, curated.slug, "", by=school.sam)
    await doubles.merge(gone.key, stays.key, by=school.ada, followers=(assignments_follow,))
    assert (await InquirySource.get(school_id=school.card.id)).resource_id == stays.id
