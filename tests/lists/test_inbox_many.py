"""All that match in the inbox are decided in one go, and taken back in one."""

import pytest

from engage import dates
from engage.engagement.rules import Mode
from engage.errors import Refused
from engage.lists import from_inbox, rules
from engage.lists.models import Revision
from engage.resources.incoming_models import InboxEntry
from engage.resources.models import Identifier, Link, Resource
from engage.resources.rules import EntryState, Format, ResourceState
from feeds import Author
from tests import make
from tests.lists.inboxes import SOUND, count, filled, items, row, undo_of
from tests.school import words_of


async def test_many_are_decided_at_once_or_none_of_them(school, ada):
    source = await make.source()
    entries = [await make.inbox_entry(source, f"Episode {number}") for number in range(25)]
    curated = await make.curated_list(by=ada, items=40)
    done = await from_inbox.promote({entry.key: "" for entry in entries}, curated.key, by=ada)
    assert len(done.titles) == 25
    assert len(await items(curated)) == 65
    more = {f"key{number}": "" for number in range(26)}
    with pytest.raises(Refused):
        await from_inbox.promote(more, "", by=ada)
    with pytest.raises(Refused):
        await from_inbox.promote({}, "", by=ada)
    last = await make.inbox_entry(source, "The last")
    full = await make.curated_list(by=ada, title="Full", items=300)
    with pytest.raises(Refused):
        await from_inbox.promote({last.key: ""}, full.key, by=ada)
    assert (await row(last)).state is EntryState.WAITING
    assert not await Resource.filter(school_id=ada.school.id, title="The last").exists()


async def test_all_that_match_are_skipped_in_one_go_and_taken_back_in_one(browser, school, ada):
    await filled(30)
    for each in range(4):
        await make.inbox_entry(await make.source(f"Podcast {each}"), f"Heard {each}", **SOUND)
    browser.sign_in(ada)
    assert "All 34 that wait" in words_of(await browser.get("/curate/inbox"))
    page = await browser.get("/curate/inbox?q=story")
    assert "All 30 that match" in words_of(page)
    assert "30 of 34 match." in words_of(page)
    done = await browser.follow(await browser.post("/curate/inbox", {"do": "skip", "every": "30", "q": "story"}))
    assert "Skipped 30." in words_of(done)
    assert await count(EntryState.IGNORED, ada.school.id) == 30
    assert await count(EntryState.WAITING, ada.school.id) == 4
    back = await browser.follow(await browser.post(f"/curate/inbox/undo{undo_of(done.text)}"))
    assert "Taken back. 30 wait here again." in words_of(back)
    assert "30 of 34 match." in words_of(back)


async def test_all_that_match_are_added_in_one_go_and_taken_back_in_one(browser, school, ada):
    curated = await make.curated_list(by=ada, title="Look Up", items=2)
    await filled(30)
    browser.sign_in(ada)
    sent = {"do": "add", "every": "30", "to": curated.key, "q": "story"}
    done = await browser.follow(await browser.post("/curate/inbox", sent))
    assert "Added 30 things to Look Up." in words_of(done)
    assert len(await items(curated)) == 32
    back = await browser.follow(await browser.post(f"/curate/inbox/undo{undo_of(done.text)}"))
    assert "Taken back. 30 wait here again." in words_of(back)
    assert len(await items(curated)) == 2
    assert await count(EntryState.WAITING, ada.school.id) == 30


async def test_many_are_taken_back_in_one_change_of_the_list_and_in_as_many_statements_as_one(school, ada, statements):
    counts = []
    for number in (1, 12):
        curated = await make.curated_list(by=ada, title=f"Look Up {number}", items=2)
        source = await make.source(f"Blog {number}")
        entries = [await make.inbox_entry(source, f"Story {number} {each}") for each in range(number)]
        at = dates.now()
        await from_inbox.promote({entry.key: "" for entry in entries}, curated.key, by=ada, at=at)
        statements.forget()
        assert await from_inbox.undo_all(at, [curated.key], by=ada) == number
        counts.append(len(statements))
        acts = (
            await Revision.filter(school_id=ada.school.id, curated_id=curated.id).order_by("number").values_list("act")
        )
        assert [act for (act,) in acts][-2:] == ["added", "removed"]
        assert len(await items(curated)) == 2
    assert counts[0] == counts[1]
    assert (
        await Resource.filter(school_id=ada.school.id, title__startswith="Story", state=ResourceState.OFFERED).count()
        == 0
    )


async def test_two_entries_of_one_thing_are_taken_back_together(school, ada):
    source = await make.source()
    twins = [await make.inbox_entry(source, "Story", guid=str(each)) for each in range(2)]
    addresses = InboxEntry.filter(school_id=ada.school.id, id__in=[twin.id for twin in twins])
    await addresses.update(url="https://example.com/one")
    at = dates.now()
    await from_inbox.promote({entry.key: "" for entry in twins}, "", by=ada, at=at)
    (brought,) = await Resource.filter(school_id=ada.school.id, title="Story")
    assert await from_inbox.undo_all(at, [], by=ada) == 2
    assert (await Resource.get(school_id=ada.school.id, id=brought.id)).state is ResourceState.TAKEN_BACK


async def test_what_was_added_before_a_list_was_full_is_said_and_can_be_taken_back(browser, school, ada, monkeypatch):
    monkeypatch.setattr(rules, "LONGEST", 30)
    curated = await make.curated_list(by=ada, title="Look Up")
    await filled(40)
    browser.sign_in(ada)
    done = await browser.follow(
        await browser.post("/curate/inbox", {"do": "add", "every": "40", "to": curated.key, "q": "story"})
    )
    assert "Added 25 things to Look Up. A list holds 30 items. 5 more fit." in words_of(done)
    assert len(await items(curated)) == 25
    back = await browser.follow(await browser.post(f"/curate/inbox/undo{undo_of(done.text)}"))
    assert "Taken back. 25 wait here again." in words_of(back)
    assert await items(curated) == []
    assert await count(EntryState.WAITING, ada.school.id) == 40


@pytest.mark.parametrize("act", ["add", "skip"])
async def test_nothing_is_decided_about_what_the_person_has_not_seen(browser, school, ada, act):
    await filled(3)
    browser.sign_in(ada)
    done = await browser.follow(await browser.post("/curate/inbox", {"do": act, "every": "2", "to": ""}))
    assert "Now 3 match, and you saw 2." in words_of(done)
    assert await count(EntryState.WAITING, ada.school.id) == 3


async def test_what_cannot_be_done_to_all_that_match_says_why(browser, school, ada):
    await filled(2)
    browser.sign_in(ada)
    done = await browser.follow(await browser.post("/curate/inbox", {"do": "add", "every": "2", "to": "own"}))
    assert "Choose one list for all of them" in words_of(done)
    done = await browser.follow(await browser.post("/curate/inbox", {"do": "add", "every": "251", "to": ""}))
    assert "Add 250 at most at one time." in words_of(done)
    for nonsense in ("-1", "٣", "1e9", "99999999999999999999", "zero"):
        await browser.post("/curate/inbox", {"do": "skip", "every": nonsense})
    assert await count(EntryState.WAITING, ada.school.id) == 2


async def test_one_moment_of_one_person_is_taken_back_and_no_other(browser, school, ada):
    first, second = await filled(2)
    browser.sign_in(ada)
    one = await browser.follow(await browser.post("/curate/inbox", {"skip": first.key}))
    await browser.follow(await browser.post("/curate/inbox", {"skip": second.key}))
    await browser.follow(await browser.post(f"/curate/inbox/undo{undo_of(one.text)}"))
    assert (await row(first)).state is EntryState.WAITING
    assert (await row(second)).state is EntryState.IGNORED
    again = await browser.follow(await browser.post(f"/curate/inbox/undo{undo_of(one.text)}"))
    assert "That was taken back already." in words_of(again)
    await InboxEntry.filter(id=second.id, school_id=second.school_id).update(decided_by_id=school.alma.id)
    kept = await row(second)
    assert await from_inbox.undo_all(kept.decided_at, [], by=ada) == 0
    for nonsense in ("abc", "-1", "٣", "9" * 30, "9" * 17):
        await browser.post(f"/curate/inbox/undo?at={nonsense}")
    assert (await row(second)).state is EntryState.IGNORED


async def test_many_are_added_in_as_many_statements_as_one(school, ada, statements):
    curated = await make.curated_list(by=ada, title="Things with Wings")
    source = await make.source("Open Books")
    counts = []
    for number in (1, 6):
        entries = []
        for each in range(number):
            # one that is here by its title and maker, one by its address, one that was merged away, and a new one
            title = f"Owls {number} {each}"
            await make.resource(title, "Ida Fern", call_number="598")
            work = await make.inbox_entry(source, title, authors=(Author("Ida Fern"),))
            await InboxEntry.filter(id=work.id, school_id=work.school_id).update(format=Format.EBOOK)
            again = await make.inbox_entry(source, f"Bats {number} {each}")
            await make.resource(f"Bats, {number} {each}", format=Format.ARTICLE, identifiers=(("url", again.url),))
            gone = await make.inbox_entry(source, f"Gone {number} {each}")
            kept, merged = [await make.resource(f"{one} {number} {each}", "Al Post") for one in ("Kept", "Merged")]
            state = {"state": ResourceState.MERGED, "merged_into_id": kept.id}
            await Resource.filter(id=merged.id, school_id=kept.school_id).update(**state)
            await InboxEntry.filter(id=gone.id, school_id=gone.school_id).update(resource_id=merged.id)
            entries += [work, again, gone, await make.inbox_entry(source, f"New {number} {each}", **SOUND)]
        before = await Resource.filter(school_id=ada.school.id).count()
        statements.forget()
        done = await from_inbox.promote({each.key: each.title for each in entries}, curated.key, by=ada)
        counts.append(len(statements))
        assert len(done.titles) == 4 * number
        assert await Resource.filter(school_id=ada.school.id).count() == before + number
        whys = InboxEntry.filter(school_id=ada.school.id, state=EntryState.PROMOTED).values_list("title", "why")
        assert all(title == why for title, why in await whys)
    assert counts[0] == counts[1]


async def test_of_those_about_one_thing_each_finds_what_those_before_it_brought(school, ada):
    source = await make.source("Open Books")
    isbn = "9780142437056"
    entries = [
        await make.inbox_entry(source, title, guid=str(each), authors=(Author("Frances Hodgson Burnett"),))
        for each, title in enumerate(("The Secret Garden", "The Secret Garden: a story", "The Secret Garden"))
    ]
    for entry, facts in zip(entries, ({"isbn": isbn}, {"isbn": isbn}, {"isbn": ""}), strict=True):
        mine = InboxEntry.filter(id=entry.id, school_id=entry.school_id)
        await mine.update(format=Format.EBOOK, url=f"https://books.example/{entry.key}", **facts)
    done = await from_inbox.promote({entry.key: "" for entry in entries}, "", by=ada)
    assert len(done.titles) == 3
    (kept,) = await Resource.filter(school_id=ada.school.id, creators__contains="Burnett")
    assert {(await row(entry)).resource_id for entry in entries} == {kept.id}
    addresses = await Link.filter(school_id=ada.school.id, resource_id=kept.id).values_list("url", flat=True)
    assert set(addresses) == {f"https://books.example/{entry.key}" for entry in entries}


async def test_two_that_lead_to_one_thing_by_different_ways_both_add_to_it(school, ada):
    book = await make.resource("Owls", "Ida Fern", call_number="598", identifiers=(("isbn", "9780142437056"),))
    source = await make.source("Open Books")
    one = await make.inbox_entry(source, "Owls", authors=(Author("Ida Fern"),))
    other = await make.inbox_entry(source, "Owls: a life", authors=(Author("I. Fern"),))
    await InboxEntry.filter(id=one.id, school_id=book.school_id).update(format=Format.EBOOK)
    said = {"format": Format.EBOOK, "isbn": "9780142437056"}
    await InboxEntry.filter(id=other.id, school_id=book.school_id).update(**said)
    await from_inbox.promote({one.key: "", other.key: ""}, "", by=ada)
    assert {(await row(each)).resource_id for each in (one, other)} == {book.id}
    links = await Link.filter(school_id=book.school_id, resource_id=book.id).values_list("url", flat=True)
    assert set(links) == {one.url, other.url}


async def test_what_two_bring_to_one_thing_comes_to_it_once(school, ada):
    """One episode, under the address that a publisher gives it and under that of a directory: the file is the same."""
    talk = await make.resource("How Do Bats See?", "Molly Bloom", format=Format.EPISODE, mode=Mode.LISTENING)
    source = await make.source()
    entries = [await make.inbox_entry(source, "How Do Bats See?", guid=guid, **SOUND) for guid in ("a", "b")]
    for entry in entries:
        mine = InboxEntry.filter(id=entry.id, school_id=entry.school_id)
        await mine.update(url=f"https://pods.example/{entry.key}")
    before = await Resource.get(school_id=ada.school.id, id=talk.id)
    same = {entry.key: talk.key for entry in entries}
    await from_inbox.promote({entry.key: "" for entry in entries}, "", by=ada, same=same)
    of = {"school_id": ada.school.id, "resource_id": talk.id}
    addresses = [f"https://pods.example/{entry.key}" for entry in entries]
    links = await Link.filter(**of).order_by("id").values_list("url", flat=True)
    assert links == [addresses[0], SOUND["attachments"][0].url, addresses[1]]
    assert sorted(await Identifier.filter(**of, scheme="url").values_list("value", flat=True)) == sorted(addresses)
    now = await Resource.get(school_id=ada.school.id, id=talk.id)
    assert (now.online, now.version) == (True, before.version + 2)
    assert {(await row(entry)).resource_id for entry in entries} == {talk.id}
