"""What readers see of lists: each page for those it serves and for one it does not, and what a page costs."""

import gzip
import html
import re
from datetime import date

import pytest
from tortoise.connection import get_connection

from engage import dates
from engage.database.transaction import one_transaction
from engage.engagement.diary import flush_openings
from engage.engagement.models import DailyFigure
from engage.engagement.rules import Kind
from engage.lists import actions
from engage.lists.exchange_models import Missing, Origin
from engage.lists.models import CuratedList, ListItem
from engage.lists.rules import Visibility
from engage.people.rules import Role
from engage.programs.models import ResourceProgress, Saved
from engage.resources.models import Holding, Resource
from engage.web.cache import pages as kept_pages
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool, as_reader, words_of

# how the front cache asks PostgreSQL whether anything was written
FRESHNESS = "pg_current_snapshot"
HOSTILE = '<script>alert(1)</script> & "quotes" \' \u202egnirts'


async def test_a_student_sees_a_list_once_it_is_published(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, "Sea stories", 2)
    assert (await browser.sign_in(school.sam).get("/lists/sea-stories")).status_code == 404
    answer = await browser.sign_in(school.ada).post(
        f"/curate/lists/{curated.key}/publish", {"visibility": "school", "form_key": "x"}
    )
    assert answer.status_code == 303
    page = await browser.sign_in(school.sam).get("/lists/sea-stories")
    assert "A list by Ada Okafor Sea stories What Sea stories is about. 2 things." in words_of(page)


async def test_a_school_list_is_hidden_from_others_like_one_that_does_not_exist(
    browser: Browser, school: TestSchool
) -> None:
    await make.curated_list(school.ada, "Sea stories", 2, published=True)
    for reader in (None, school.rosa, school.remy):
        browser.sign_in(reader)
        hidden = await browser.get("/lincoln/lists/sea-stories")
        missing = await browser.get("/lincoln/lists/no-such-list")
        assert (hidden.status_code, missing.status_code) == (404, 404)
        code = r"[0-9a-f]{10}"
        assert re.sub(code, "", hidden.text).replace("sea-stories", "") == re.sub(code, "", missing.text).replace(
            "no-such-list", ""
        )
        assert "Sea stories" not in (await browser.get("/lincoln/lists")).text
    for reader in (school.sam, school.tom, school.vera, school.alma, school.dora):
        assert (await browser.sign_in(reader).get("/lists/sea-stories")).status_code == 200
        assert "Sea stories" in (await browser.get("/lists")).text


async def test_a_public_list_is_for_everyone(browser: Browser, school: TestSchool) -> None:
    await make.curated_list(school.ada, "Sea stories", 2, published=True, visibility=Visibility.PUBLIC)
    for reader in (None, school.rosa, school.remy, school.sam, school.ada):
        assert (await browser.sign_in(reader).get("/lincoln/lists/sea-stories")).status_code == 200


async def test_what_people_write_is_never_markup(browser: Browser, school: TestSchool) -> None:
    thing = await make.resource(HOSTILE, HOSTILE, call_number=HOSTILE, url="https://a.example/?a=1&b=<i>")
    await make.curated_list(
        school.ada,
        HOSTILE,
        [thing],
        parts=[HOSTILE],
        published=True,
        visibility=Visibility.PUBLIC,
        introduction=HOSTILE,
        slug="hostile",
    )
    await ListItem.filter(school_id=school.card.id).update(annotation=HOSTILE)
    for reader in (None, school.sam, school.ada):
        browser.sign_in(reader)
        for path in ("/lists/hostile", "/lists", "/lists/hostile/print"):
            page = await browser.get(path)
            assert page.status_code == 200
            assert "<script>alert" not in page.text
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text


async def test_filters_leave_what_fits_and_keep_the_numbers(browser: Browser, school: TestSchool) -> None:
    here = await make.resource("On the shelf", call_number="E YOL", audience_low=0, audience_high=2)
    away = await make.resource("Far away", url="https://a.example/", audience_low=6, audience_high=8)
    await make.curated_list(school.ada, "Both", [here, away], published=True)
    browser.sign_in(school.sam)

    async def left(query: str) -> list[str]:
        return re.findall(r"<h3><a[^>]*><bdi[^>]*>(.*?)</bdi>", (await browser.get(f"/lists/both{query}")).text)

    assert await left("") == ["On the shelf", "Far away"]
    assert await left("?where=here") == ["On the shelf"]
    assert await left("?where=online") == ["Far away"]
    assert await left("?ages=upper") == ["Far away"]
    assert await left("?ages=early&where=online") == []
    assert await left("?mode=listening") == []
    assert await left("?mode=nonsense&where=x&ages=x") == ["On the shelf", "Far away"]
    page = await browser.get("/lists/both?where=online")
    assert '<span class="no" aria-hidden="true">2</span>' in page.text
    assert "Nothing here fits" in words_of(await browser.get("/lists/both?mode=listening"))


async def test_what_is_no_longer_offered_is_not_shown(browser: Browser, school: TestSchool) -> None:
    owl, gone = await make.resource("Owl Moon"), await make.resource("Gone Girl")
    await make.curated_list(school.ada, "Both", [gone, owl], published=True)
    await Resource.filter(school_id=school.card.id, id=gone.id).update(state="withdrawn", version=2)
    page = await browser.sign_in(school.sam).get("/lists/both")
    assert "Gone Girl" not in page.text
    assert "1 thing." in words_of(page)
    assert "No longer offered" in words_of(
        await browser.sign_in(school.ada).get(
            f"/curate/lists/{(await CuratedList.get(school_id=school.card.id, slug='both')).key}"
        )
    )


async def test_a_student_sees_own_marks_and_nobody_elses(browser: Browser, school: TestSchool) -> None:
    first, second = await make.resources(2)
    await make.curated_list(school.ada, "Both", [first, second], published=True)
    sam = {"school_id": school.card.id, "person_id": school.sam.id}
    await Saved.create(**sam, resource_id=first.id, at=first.made_at)
    on = date(2026, 11, 2)
    await ResourceProgress.create(**sam, resource_id=second.id, state="finished", started_on=on, on=on)
    page = await browser.sign_in(school.sam).get("/lists/both")
    assert "You heard this on 2 November" in words_of(page)
    other = await make.person("Pia", Role.STUDENT, school.lincoln, grade=3)
    for reader in (await as_reader(other, "lincoln"), school.tom, school.ada):
        page = await browser.sign_in(reader).get("/lists/both")
        assert "You heard this" not in page.text
        # the frame around the list is the reader's own, too
        assert "Sam" not in page.text
        assert reader.name.split()[0] in page.text


async def test_a_reader_asks_for_what_nobody_can_have_now(browser: Browser, school: TestSchool) -> None:
    here = await make.resource("On the shelf", call_number="E YOL")
    out = await make.resource("Borrowed & gone", call_number="E SEU")
    await Holding.filter(school_id=school.card.id, resource_id=out.id).update(copies=2, available=0)
    nowhere, online = await make.resource("Not here"), await make.resource("On the web", url="https://a.example/")
    await make.curated_list(
        school.ada, "All", [here, out, nowhere, online], published=True, visibility=Visibility.PUBLIC
    )
    doors = ["/lincoln/requests/new?title=Borrowed+%26+gone", "/lincoln/requests/new?title=Not+here"]
    for reader, leads in ((school.sam, doors), (school.tom, doors), (school.ada, []), (None, []), (school.rosa, [])):
        page = await browser.sign_in(reader).get("/lincoln/lists/all")
        assert re.findall(r'href="([^"]*requests/new[^"]*)"', page.text) == leads
        assert words_of(page).count("Not in our library yet") == 1
    asking = await browser.sign_in(school.sam).get(doors[0])
    assert 'value="Borrowed &amp; gone"' in asking.text


async def test_a_long_list_says_where_to_start_and_an_adopted_one_where_it_is_from(
    browser: Browser, school: TestSchool
) -> None:
    curated = await make.curated_list(school.ada, "Long", 8, published=True)
    of_list = {"school_id": school.card.id, "curated_id": curated.id}
    await ListItem.filter(**of_list, position__in=[3, 7]).update(start_here=True)
    page = await browser.sign_in(school.sam).get("/lists/long")
    assert page.text.count('<li class="hit">') == 2
    assert "First made by" not in words_of(page)
    for changed in ("/lists/long?mode=reading", "/lists/long?where=here"):
        assert '<li class="hit">' not in (await browser.get(changed)).text
    await Origin.create(
        **of_list, address="https://a.example/x", library="Cedar <Hill> Library", title="Longer", taken_at=dates.now()
    )
    page = await browser.get("/lists/long")
    assert "First made by Cedar &lt;Hill&gt; Library , as Longer" in words_of(page)
    assert "a.example" not in page.text
    lost = await Missing.create(**of_list, guid="g", record='{"guid": "g", "title": "Lost & <b>found</b>"}')
    page = await browser.get("/lists/long")
    assert "Lost &amp; &lt;b&gt;found&lt;/b&gt;" in words_of(page)
    assert 'href="/lincoln/requests/new?title=Lost+%26+%3Cb%3Efound%3C%2Fb%3E"' in page.text
    assert "requests/new" not in (await browser.sign_in(school.ada).get("/lists/long")).text
    await Missing.filter(school_id=school.card.id, id=lost.id).update(gone_at=dates.now())
    assert "Lost" not in (await browser.sign_in(school.sam).get("/lists/long")).text


async def test_a_changed_item_list_or_resource_shows_at_once(browser: Browser, school: TestSchool) -> None:
    owl = await make.resource("Owl Moon", call_number="E YOL")
    curated = await make.curated_list(school.ada, "Owls", [owl], published=True, visibility=Visibility.PUBLIC)
    for reader in (None, school.sam):
        assert "Owl Moon" in (await browser.sign_in(reader).get("/lists/owls")).text
    await actions.change_poster(curated.key, ink="tomato", scene="owl", by=school.ada)
    for reader in (None, school.sam):
        assert 'data-ink="tomato"' in (await browser.sign_in(reader).get("/lists/owls")).text
    await Holding.filter(school_id=school.card.id, resource_id=owl.id).update(call_number="E OWL")
    await raise_version(owl)
    for reader in (None, school.sam):
        assert "E OWL" in (await browser.sign_in(reader).get("/lists/owls")).text


@one_transaction
async def raise_version(resource: Resource) -> None:
    """What every action of the catalogue does when readers could see the difference."""
    await Resource.filter(school_id=resource.school_id, id=resource.id).update(version=resource.version + 1)


@pytest.mark.parametrize("size", [1, 24, 200])
async def test_a_list_costs_three_statements_at_most_however_long(
    browser: Browser, school: TestSchool, statements: Statements, size: int
) -> None:
    await make.curated_list(school.ada, "Long", size, published=True, visibility=Visibility.PUBLIC)
    costs = {}
    for name, reader in (("visitor", None), ("student", school.sam), ("teacher", school.tom)):
        browser.sign_in(reader)
        assert (await browser.get("/lists/long?where=")).status_code == 200
        for what in ("made", "kept"):
            if what == "made":
                kept_pages.clear()
            statements.forget()
            # a visitor's second time never comes so far; another address of the same page does
            page = await browser.get(f"/lists/long?where=&{what}={name}")
            assert page.text.count('<li class="entry">') == size
            assert what == "made" or len(statements) <= 3
            costs[name, what] = len([each for each in statements.seen if FRESHNESS not in each])
    made = {name: number for (name, what), number in costs.items() if what == "made"}
    kept = {name: number for (name, what), number in costs.items() if what == "kept"}
    assert made == {"visitor": 4, "student": 5, "teacher": 4}
    # fewer than the three where nothing was written meanwhile, which PostgreSQL cannot say while others write beside it
    if get_connection("default").capabilities.dialect == "sqlite":
        assert kept == {"visitor": 1, "student": 2, "teacher": 1}


async def test_a_visitor_is_answered_from_memory_and_every_open_is_counted(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    await flush_openings()
    curated = await make.curated_list(school.ada, "Sea", 2, published=True, visibility=Visibility.PUBLIC)
    first = await browser.get("/lists/sea")
    statements.forget()
    again = await browser.get("/lists/sea")
    assert (again.text, again.headers["etag"]) == (first.text, first.headers["etag"])
    assert [each for each in statements.seen if FRESHNESS not in each] == []
    not_changed = await browser.get("/lists/sea", headers={"If-None-Match": first.headers["etag"]})
    assert not_changed.status_code == 304
    await browser.sign_in(school.ada).get("/lists/sea")
    await flush_openings()
    row = await DailyFigure.get(school_id=school.card.id, kind=Kind.LIST_OPENED, list_id=curated.id)
    assert row.count == 3


async def test_what_is_written_elsewhere_makes_no_page_of_visitors_anew(
    browser: Browser, school: TestSchool, statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    curated = await make.curated_list(school.ada, "Sea", 2, published=True, visibility=Visibility.PUBLIC)
    first = await browser.get("/lists/sea")
    await make.district()
    asked: list[object] = []
    monkeypatch.setattr(browser.app.front, "app", lambda *more: asked.append(more))
    statements.forget()
    assert (await browser.get("/lists/sea")).text == first.text
    assert len([each for each in statements.seen if FRESHNESS not in each]) == 1
    # and what is written on it costs one more, that asks for the places
    await ListItem.filter(school_id=curated.school_id, curated_id=curated.id, position=1).update(annotation="Read it.")
    await CuratedList.filter(school_id=curated.school_id, id=curated.id).update(version=curated.version + 1)
    statements.forget()
    assert "Read it." in (await browser.get("/lists/sea")).text
    assert len([each for each in statements.seen if FRESHNESS not in each]) == 2
    assert asked == []


async def test_a_list_that_takes_the_address_of_another_is_counted_for_itself(
    browser: Browser, school: TestSchool
) -> None:
    await flush_openings()
    more = {"published": True, "visibility": Visibility.PUBLIC}
    one = await make.curated_list(school.ada, "Sea", 2, **more)
    other = await make.curated_list(school.ada, "Snow", 2, **more)
    await browser.get("/lists/sea")
    await CuratedList.filter(school_id=one.school_id, id=one.id).update(slug="gone")
    await CuratedList.filter(school_id=one.school_id, id=other.id).update(slug="sea")
    assert "<title>Snow" in (await browser.get("/lists/sea")).text
    assert "<title>Snow" in (await browser.get("/lists/sea")).text
    await CuratedList.filter(school_id=one.school_id, id=other.id).update(state="withdrawn")
    assert (await browser.get("/lists/sea")).status_code == 404
    await flush_openings()
    rows = DailyFigure.filter(school_id=school.card.id, kind=Kind.LIST_OPENED)
    assert dict(await rows.values_list("list_id", "count")) == {one.id: 1, other.id: 2}


async def test_a_draft_that_is_looked_at_is_not_counted(browser: Browser, school: TestSchool) -> None:
    await flush_openings()
    await make.curated_list(school.tom, "Sea", 2)
    assert "Only those who may edit this list see it." in words_of(await browser.sign_in(school.tom).get("/lists/sea"))
    await flush_openings()
    assert await DailyFigure.filter(school_id=school.card.id, kind=Kind.LIST_OPENED).count() == 0


async def test_staff_find_their_tools_on_the_list(browser: Browser, school: TestSchool) -> None:
    curated = await make.curated_list(school.ada, "Sea", 2, published=True)
    assert "Edit this list" in (await browser.sign_in(school.ada).get("/lists/sea")).text
    page = await browser.sign_in(school.tom).get("/lists/sea")
    assert "Edit this list" not in page.text
    assert "Assign it" in page.text
    assert "Take it down" not in page.text
    page = await browser.sign_in(school.alma).get("/lists/sea")
    assert "Take it down" in page.text
    assert "Edit this list" not in page.text
    assert "Add to a list" not in page.text
    gone = await browser.follow(await browser.post(f"/curate/lists/{curated.key}/withdraw"))
    assert "The list is taken down." in words_of(gone)
    assert (await browser.sign_in(school.sam).get("/lists/sea")).status_code == 404


async def test_who_has_lists_puts_what_stands_on_one_on_another(browser: Browser, school: TestSchool) -> None:
    thing = await make.resource("Owl Moon", call_number="E YOL")
    await make.curated_list(school.ada, "Sea", [thing], published=True)
    mine = await make.curated_list(school.tom, "Of Tom")
    for reader, doors in ((school.ada, 1), (school.tom, 1), (school.sam, 0), (school.alma, 0)):
        page = await browser.sign_in(reader).get("/lists/sea")
        assert page.text.count(f"/curate/lists/add/{thing.key}") == doors
    page = await browser.sign_in(school.tom).get("/lists/sea")
    door = re.search(r'href="/lincoln(/curate/lists/add/[^"]+)"', page.text)
    assert door is not None
    path = html.unescape(door[1])
    assert "Of Tom" in (await browser.get(path)).text
    back = await browser.post(path, {"list": mine.key})
    assert back.headers["location"] == f"/lincoln/lists/sea#own-{thing.key}"
    assert await ListItem.filter(school_id=school.card.id, curated_id=mine.id, resource_id=thing.id).exists()


async def test_the_wall_shows_posters_by_mode_and_age(browser: Browser, school: TestSchool) -> None:
    owl = await make.resource("Owl Moon")
    await make.curated_list(school.ada, "Books only", [owl], published=True, grade_low=0, grade_high=2)
    await make.curated_list(school.ada, "Of all kinds", 3, published=True)
    browser.sign_in(school.sam)

    async def on_wall(query: str) -> list[str]:
        return re.findall(r'poster-words"><b><bdi>(.*?)</bdi>', (await browser.get(f"/lists{query}")).text)

    assert await on_wall("") == ["Of all kinds", "Books only"]
    assert await on_wall("?mode=listening") == ["Of all kinds"]
    assert await on_wall("?ages=high") == ["Of all kinds"]
    assert await on_wall("?ages=early&mode=reading") == ["Of all kinds", "Books only"]
    assert await on_wall("?after=nonsense") == ["Of all kinds", "Books only"]


async def test_a_long_wall_has_pages(browser: Browser, school: TestSchool, statements: Statements) -> None:
    for number in range(50):
        await make.curated_list(school.ada, f"List {number}", published=True)
    statements.forget()
    page = await browser.sign_in(school.sam).get("/lists")
    assert len(statements) <= 5
    assert page.text.count('<a class="poster"') == 48
    following = re.search(r'href="([^"]+)" rel="next"', page.text)
    assert following
    last = await browser.get(following[1].replace("&amp;", "&"))
    assert last.text.count('<a class="poster"') == 2


async def test_the_list_on_paper_has_call_numbers_and_whole_addresses(browser: Browser, school: TestSchool) -> None:
    things = [
        await make.resource("Owl Moon", call_number="E YOL"),
        await make.resource("StarDate", url="https://stardate.org/x?y=1"),
    ]
    await make.curated_list(school.ada, "Look up", things, published=True, visibility=Visibility.PUBLIC)
    words = words_of(await browser.get("/lists/look-up/print"))
    assert "https://engage.test/lincoln/lists/look-up" in words
    assert "E YOL" in words
    assert "https://stardate.org/x?y=1" in words


async def test_a_list_of_24_weighs_less_than_150_kilobytes_with_all_it_needs(
    browser: Browser, school: TestSchool
) -> None:
    things = [
        await make.resource(f"A Book of {n} Moons", f"Maker {n}", call_number=f"E {n}", url=f"https://a{n}.example/")
        for n in range(24)
    ]
    await make.curated_list(school.ada, "Look up", things, parts=["One", "Two"], published=True)
    for reader in (school.sam, school.ada):
        page = await browser.sign_in(reader).get("/lists/look-up")
        assert page.text.count('<svg class="cover"') == 24
        total = len(gzip.compress(page.content, 6))
        needed = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text))
        for path in sorted(needed):
            file = await browser.client.get(path, headers={"Accept-Encoding": "gzip"})
            assert file.status_code == 200
            total += int(file.headers["content-length"])
        fonts = [path for path in needed if path.endswith("woff2")]
        assert len(fonts) == 2
        assert total < 150_000, f"{total:,} bytes"
