"""Origins that are odd, large or hostile: none stops another, and nothing of theirs is shown before somebody agreed."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engage import dates
from engage.errors import Refused
from engage.lists import copying, exchange, origin_changes, origin_deciding, queries, saved, smart
from engage.lists.exchange_form import urn
from engage.lists.exchange_looking import Outlook, Seen, look_at
from engage.lists.exchange_models import Missing, Origin
from engage.lists.models import CuratedList, ListItem
from engage.lists.rules import State, Visibility
from engage.people.models import School
from engage.resources.gathering import Order
from engage.web.cache import pages as kept_pages
from feeds.shared_list import SharedItem, SharedList
from tests import make
from tests.conftest import Statements
from tests.faults.hostile import Hostile
from tests.lists.exchanging import BASE, feed
from tests.school import Browser, TestSchool, words_of

FAR = "https://far.example/l.json"


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
    assert (said["after"]["address"], said["trail"]) == ("https://far.example/l.json", ["https://far.example/l.json"])
    long = replace(there, library="L" * 200)
    assert exchange.library_of(Seen(long, secret), long).endswith("LLL (far.example)")
    assert len(exchange.library_of(Seen(long, secret), long)) == 200
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


async def waiting(school: TestSchool, made: CuratedList) -> list[dict[str, Any]]:
    return await origin_deciding.waiting_for(await queries.list_to_edit(school.ada, made.key))


async def take(school: TestSchool, made: CuratedList, rows: list[dict[str, Any]]) -> origin_deciding.Decided:
    keys = [row["key"] for row in rows]
    return await origin_deciding.decide(made.key, keys, take=True, together=True, by=school.ada)


async def test_what_readers_see_of_a_title_that_we_lack_changes_by_our_decision(
    browser: Browser, school: TestSchool
) -> None:
    there = shared(item(1, note="Note."), item(2), item(3))
    made = await adopted(school, there, public=True)
    at = f"/lists/{made.slug}"
    assert "Book 1 of the sea" in words_of(await browser.get(at))
    bad = replace(there, items=(replace(item(2), note="Bad."), replace(item(1), title="Bad words", creators=("Bad",))))
    assert await changed(school, made, bad) == 4
    told = {(row["kind"], row["now"].get("title", "")): row for row in await waiting(school, made)}
    assert list(told) == [
        ("removed", ""),
        ("renamed", "Bad words"),
        *(("note", t) for t in ("Book 2 of the sea", "Bad words")),
    ]
    kept_pages.clear()
    page = words_of(await browser.get(at))
    assert "Bad" not in page
    assert "Book 3 of the sea" in page
    of_origin = f"/curate/lists/{made.key}/origin"
    page = words_of(await browser.sign_in(school.ada).get(of_origin))
    assert "Called otherwise there Bad words By: Bad Readers see now: Book 1 of the sea , Maker 1" in page

    # what was declined is no part of what readers see
    await browser.post(f"{of_origin}/changes", {"act": "decline", "change": told["renamed", "Bad words"]["key"]})
    good = replace(bad, items=(bad.items[0], replace(bad.items[1], title="Better words")))
    assert await changed(school, made, good) == 1
    page = words_of(await browser.get(of_origin))
    assert "Called otherwise there Better words By: Bad Readers see now: Book 1 of the sea , Maker 1" in page
    renamed = next(row for row in await waiting(school, made) if row["kind"] == "renamed")
    await browser.post(f"{of_origin}/changes", {"act": "take", "change": renamed["key"]})
    page = words_of(await browser.sign_in(None).get(at))
    assert "Better words" in page
    assert "Book 1 of the sea" not in page
    row = await Missing.get(school_id=school.card.id, guid="urn:i:1")
    record = json.loads(row.record)
    assert (record["title"], record["creators"], record["note"]) == ("Better words", ["Bad"], "Note.")
    await take(school, made, await waiting(school, made))
    lacked = (
        await Missing.filter(school_id=school.card.id, gone_at=None).order_by("id").values_list("record", flat=True)
    )
    assert [(one["title"], one["note"]) for one in map(json.loads, map(str, lacked))] == [
        ("Better words", ""),
        ("Book 2 of the sea", "Bad."),
    ]
    assert "Book 3 of the sea" not in words_of(await browser.get(at))


async def test_many_changes_are_taken_in_as_many_statements_as_a_few(
    school: TestSchool, statements: Statements
) -> None:
    for number in range(1, 33):
        await make.resource(f"Book {number} of the sea", f"Maker {number}")
    counts = []
    for many in (2, 8):
        # a quarter each stays and moves, has another note, leaves, and is new; of the last, half is not here
        old = [item(number) for number in range(1, 3 * many + 1)]
        made = await adopted(school, replace(shared(*old), guid=f"urn:{many}"))
        noted = [replace(one, note="New.") for one in old[many : 2 * many]]
        lacked = [SharedItem(f"urn:l:{number}", f"Never seen {number}") for number in range(many)]
        new = [item(number) for number in range(3 * many + 1, 4 * many + 1)]
        now = [*new, *lacked, *noted, *reversed(old[:many])]
        await changed(school, made, replace(shared(*now), guid=f"urn:{many}"))
        rows = await waiting(school, made)
        assert len(rows) >= 4 * many
        statements.forget()
        assert (await take(school, made, rows)).done == len(rows)
        counts.append(len(statements))
        here = ListItem.filter(school_id=school.card.id, curated_id=made.id).order_by("position")
        assert [guid for (guid,) in await here.values_list("guid")] == [
            one.guid for one in [*new, *noted, *reversed(old[:many])]
        ]
        assert await here.filter(annotation="New.").count() == many
        assert await Missing.filter(school_id=school.card.id, curated_id=made.id).count() == many
    assert counts[0] == counts[1]


async def test_only_what_was_shown_is_taken_and_nothing_is_lost_where_there_is_no_room(
    browser: Browser, school: TestSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = shared(item(1), item(2), item(3))
    made = await adopted(school, old)
    monkeypatch.setattr(origin_deciding, "SHOWN", 2)
    first = replace(old, items=tuple(replace(one, note="First.") for one in old.items))
    assert await changed(school, made, first) == 3
    browser.sign_in(school.ada)
    at = f"/curate/lists/{made.key}/origin"
    page = await browser.get(at)
    assert "more of them wait" in page.text
    shown = re.findall(r'type="hidden" name="change" value="(\w+)"', page.text.partition("Decline all of them")[0])
    assert len(shown) == 2
    second = replace(first, items=(replace(first.items[0], note="Second."), *first.items[1:]))
    assert await changed(school, made, second) == 0
    form = {"act": "take", "together": "1", "change": shown}
    answer = await browser.post(f"{at}/changes", form)
    assert "1 change taken over. 1 changed again there" in words_of(await browser.follow(answer))
    assert [row["now"]["note"] for row in await waiting(school, made)] == ["First.", "Second."]
    answer = await browser.post(f"{at}/changes", form)
    assert origin_deciding.OVER in words_of(await browser.follow(answer))

    monkeypatch.setattr(origin_changes, "MOST_WAITING", 3)
    third = replace(second, title="Other", items=(*second.items, item(4)))
    assert await changed(school, made, third) == 0
    origin = await Origin.get(school_id=school.card.id)
    assert (origin.problem, json.loads(origin.seen)["title"]) == (origin_changes.FULL, "Sea stories")
    assert len(await waiting(school, made)) == 2
    await origin_deciding.decide(
        made.key, [row["key"] for row in await waiting(school, made)], take=False, by=school.ada
    )
    assert await changed(school, made, third) == 2
    assert [row["kind"] for row in await waiting(school, made)] == ["words", "added"]
    assert (await Origin.get(school_id=school.card.id)).problem == ""


async def test_what_stands_on_pages_that_are_not_read_has_not_been_taken_off(
    school: TestSchool, outlook: Outlook, server: Hostile
) -> None:
    there = shared(*(item(number) for number in range(1, 9)))
    server.extra["/sea"] = feed(there)
    key = await exchange.take_over(await look_at(f"{server.base}/sea", outlook), linked=True, by=school.ada)
    for number in range(1, 9):
        page = replace(there, items=there.items[number - 1 : number], total=0)
        more = {"next_url": f"/sea-{number + 1}"} if number < 8 else {}
        server.extra["/sea" if number == 1 else f"/sea-{number}"] = feed(page, **more)
    made = await CuratedList.get(school_id=school.card.id, key=key)
    assert await changed(school, made, replace(there, items=(*there.items, item(9)))) == 1
    assert await origin_changes.look_at_due(outlook, dates.now() + timedelta(days=2)) == 0
    assert [row["kind"] for row in await waiting(school, made)] == ["added"], "nor has what was new gone again"
    assert "more pages than are read" in (await Origin.get(school_id=school.card.id)).problem
    server.extra["/sea-2"] = feed(replace(there, guid="urn:other"))
    assert await origin_changes.look_at_due(outlook, dates.now() + timedelta(days=4)) == 0
    del server.extra["/sea-2"]
    server.extra["/sea"] = feed(replace(there, items=there.items[:7], total=7))
    assert await origin_changes.look_at_due(outlook, dates.now() + timedelta(days=6)) == 1
    assert await Missing.filter(school_id=school.card.id, curated__key=key, gone_at=None).count() == 8
