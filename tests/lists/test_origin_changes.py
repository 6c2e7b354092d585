"""Origins that are odd, large or hostile: none stops another, and nothing of theirs is shown before somebody agreed."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engage import dates
from engage.errors import Refused
from engage.lists import copying, exchange, origin_changes, saved, smart
from engage.lists.exchange_form import urn
from engage.lists.exchange_looking import Outlook, Seen, look_at
from engage.lists.exchange_models import Origin
from engage.lists.models import CuratedList
from engage.lists.rules import State, Visibility
from engage.outside.cage import Cage
from engage.outside.fetch import Door
from engage.people.models import School
from engage.resources.gathering import Order
from engage.web.cache import pages as kept_pages
from feeds.shared_list import SharedItem, SharedList
from tests import make
from tests.faults.hostile import Hostile
from tests.school import Browser, TestSchool

BASE = "https://engage.test"
FAR = "https://far.example/l.json"


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    kept_pages.clear()


@pytest.fixture
def outlook(server: Hostile, cage: Cage) -> Outlook:
    """A way to look that may visit the site of the test, and nothing else inside."""
    return Outlook(Door(allowed=server.pairs), cage, BASE)


def shared(*items: SharedItem, **more: Any) -> SharedList:
    return SharedList("urn:far", "Sea stories", "Salt.", "Far", items=items, known=True, total=len(items), **more)


def item(number: int, **more: Any) -> SharedItem:
    return SharedItem(f"urn:i:{number}", f"Book {number} of the sea", (f"Maker {number}",), **more)


async def adopted(school: TestSchool, there: SharedList, *, public: bool = False) -> CuratedList:
    """A list that follows another one, and where it is to be public, is."""
    key = await exchange.take_over(Seen(there, FAR), linked=True, by=school.ada)
    rows = CuratedList.filter(school_id=school.card.id, key=key)
    if public:
        await rows.update(state=State.PUBLISHED, visibility=Visibility.PUBLIC, published_at=dates.now())
    return await rows.get()


async def changed(school: TestSchool, made: CuratedList, there: SharedList) -> int:
    """What the daily look notes when it sees this; how many changes are new."""
    origin = await Origin.get(school_id=school.card.id, curated_id=made.id)
    return await origin_changes._note_seen(school.card.id, origin.id, Seen(there, FAR), dates.now())


async def test_an_odd_link_or_name_of_another_school_stops_nothing(
    browser: Browser, school: TestSchool, outlook: Outlook
) -> None:
    odd = ("https://deep.example/\u200bx", "HTTPS://deep.example/x", "https://deep.example/\u00adx")
    things = [
        await make.resource(f"Deep {number}", "Ida Falk", school="roosevelt", url=url)
        for number, url in enumerate(odd, 1)
    ]
    await make.curated_list(
        school.rosa, "Sea stories", things, published=True, visibility=Visibility.PUBLIC, offered=True
    )
    await School.filter(id=school.roosevelt.id).update(name="R" * 300)
    seen = await look_at(f"{BASE}/roosevelt/lists/sea-stories", outlook)
    assert seen.shared is not None
    assert [one.address for one in seen.shared.items] == ["", "https://deep.example/x", ""]
    key = await exchange.take_over(seen, linked=True, by=school.ada)
    rows = CuratedList.filter(school_id=school.card.id, key=key)
    await rows.update(state=State.PUBLISHED, visibility=Visibility.PUBLIC, published_at=dates.now())
    # as an older Engage may have kept it
    await Origin.filter(school_id=school.card.id).update(seen='{"page": "HTTPS://deep.example/"}', library="R" * 300)
    slug = (await rows.get()).slug
    for ending in ("", ".json", ".opds2"):
        assert (await browser.get(f"/lists/{slug}{ending}")).status_code == 200, ending
    assert await origin_changes.look_at_due(outlook, dates.now() + timedelta(days=2)) == 0
    origin = await Origin.get(school_id=school.card.id)
    assert (origin.failures, origin.problem, json.loads(origin.seen)["title"]) == (0, "", "Sea stories")


async def test_an_origin_that_cannot_be_read_lets_the_others_go_first(
    school: TestSchool, outlook: Outlook, server: Hostile
) -> None:
    for number in (1, 2):
        server.extra[f"/{number}"] = ("application/json", b"{}")
        there = replace(shared(item(number)), guid=f"urn:far:{number}")
        await exchange.take_over(Seen(there, f"{server.base}/{number}"), linked=True, by=school.ada)
    # a tool that is missing is no fault of the origin's
    broken = replace(outlook, cage=None)  # type: ignore[arg-type]
    at = dates.now() + timedelta(days=2)
    assert await origin_changes.look_at_due(broken, at) == 0
    told = await Origin.filter(school_id=school.card.id).values_list("failures", "problem", "next_look")
    assert [(failures, problem) for failures, problem, _ in told] == [(1, origin_changes.NOT_FOLLOWED)] * 2
    assert all(next_look > at for _, _, next_look in told)


async def test_the_address_that_somebody_pasted_is_not_told_with_its_secrets(
    browser: Browser, school: TestSchool
) -> None:
    secret = "https://ada:word@far.example/l.json?token=secret#t"
    there = replace(shared(item(1)), guid="https://far.example/l.json?token=secret")
    key = await exchange.take_over(Seen(there, secret), linked=False, by=school.ada)
    rows = CuratedList.filter(school_id=school.card.id, key=key)
    await rows.update(state=State.PUBLISHED, visibility=Visibility.PUBLIC, published_at=dates.now())
    given = await browser.get("/lists/sea-stories.json")
    assert "secret" not in given.text
    assert "ada:" not in given.text
    said = given.json()["_engage"]
    assert (said["after"]["address"], said["trail"]) == ("https://far.example/l.json",) + (
        ["https://far.example/l.json"],
    )
    page = replace(there, guid="urn:other", title="Other", page="https://far.example/sea")
    await exchange.take_over(Seen(page, secret), linked=False, by=school.ada)
    await CuratedList.filter(school_id=school.card.id, title="Other").update(
        state=State.PUBLISHED, visibility=Visibility.PUBLIC, published_at=dates.now()
    )
    said = (await browser.get("/lists/other.json")).json()["_engage"]
    assert said["after"]["address"] == "https://far.example/sea"


async def test_a_draft_of_somebody_else_is_not_named(school: TestSchool) -> None:
    draft = await make.curated_list(school.ada, "Books for one child", 1)
    ring = replace(shared(), trail=(urn("list", draft.key),))
    told = []
    for reader in (school.tom, school.ada):
        with pytest.raises(Refused) as no:
            await exchange.take_over(Seen(ring, FAR), linked=True, by=reader)
        told.append("Books for one child" in no.value.sentence)
    assert told == [False, True]


async def test_what_changes_by_itself_is_no_template(school: TestSchool) -> None:
    linked = await adopted(school, shared(item(1)))
    with pytest.raises(Refused, match="follows that of another library"):
        await copying.make_template(linked.key, on=True, by=school.ada)
    await exchange.unlink(linked.key, by=school.ada)
    search = saved.Search("owls", {}, Order.NEWEST, 40)
    await smart.save_search(linked.key, search, by=school.ada)
    with pytest.raises(Refused, match="refills itself"):
        await copying.make_template(linked.key, on=True, by=school.ada)
    await smart.stop(linked.key, by=school.ada)
    await copying.make_template(linked.key, on=True, by=school.ada)
    # as an older Engage may have left it
    await Origin.filter(school_id=school.card.id).update(linked=True, next_look=dates.now())
    assert await exchange.due_origins(dates.now(), 9) == []
