"""The inbox: promoting one entry to the catalogue and onto a list, skipping it, and taking back."""

import asyncio

import pytest

from engage.database.job_model import Job
from engage.engagement.models import Engagement
from engage.engagement.rules import Kind, Mode
from engage.lists import from_inbox
from engage.lists.models import ListItem
from engage.resources import pictures
from engage.resources.models import Identifier, Link, Resource, Subject
from engage.resources.rules import EntryState, Format, ResourceState
from engage.resources.search import Wanted, find
from feeds import Author
from tests import make
from tests.lists.inboxes import SOUND, catalogued, items, resource, row
from tests.school import TestSchool


async def test_an_entry_becomes_a_resource_with_its_links_and_an_item_of_the_list(school, ada):
    curated = await make.curated_list(by=ada, title="Things with Wings", items=2)
    entry = await make.inbox_entry(await make.source(), **SOUND)
    done = await from_inbox.promote({entry.key: "For everyone afraid of bats."}, curated.key, by=ada)
    assert (done.titles, done.there, done.curated) == ((entry.title,), (), "Things with Wings")
    made = await resource(entry)
    assert (made.title, made.creators, made.mode) == ("How Do Bats See in the Dark?", "Molly Bloom", Mode.LISTENING)
    assert (made.format, made.minutes, made.online, made.here) == (Format.EPISODE, 31, True, False)
    assert made.summary == "Echoes, ears and a visit to a bat cave."
    links = await Link.filter(school_id=made.school_id, resource_id=made.id).order_by("id").values("url", "provider")
    assert [link["url"] for link in links] == [entry.url, "https://example.com/bats.mp3"]
    assert {link["provider"] for link in links} == {"Brains On!"}
    assert (await items(curated))[-1] == (made.title, "For everyone afraid of bats.")
    kept = await row(entry)
    assert (kept.state, kept.decided_by_id, kept.why) == (EntryState.PROMOTED, ada.id, "For everyone afraid of bats.")
    assert kept.decided_at is not None
    diary = await Engagement.filter(school_id=ada.school.id, kind=Kind.ENTRY_PROMOTED).values("mode", "resource_id")
    assert diary == [{"mode": Mode.LISTENING, "resource_id": made.id}]
    found = await find(ada.school.id, Wanted(text="bats dark"))
    assert [hit["key"] for hit in found.rows] == [made.key]


async def test_an_entry_may_go_to_the_catalogue_alone(school, ada):
    entry = await make.inbox_entry(await make.source())
    done = await from_inbox.promote({entry.key: ""}, "", by=ada)
    assert done.curated == ""
    assert (await resource(entry)).format == Format.ARTICLE


async def test_what_the_catalogue_has_under_the_same_address_is_not_put_in_twice(school, ada):
    curated = await make.curated_list(by=ada)
    first = await make.inbox_entry(await make.source("One feed"))
    second = await make.inbox_entry(await make.source("Another feed"))
    await from_inbox.promote({first.key: "a"}, curated.key, by=ada)
    done = await from_inbox.promote({second.key: "b"}, curated.key, by=ada)
    assert (done.titles, len(done.there)) == ((), 1)
    assert (await row(first)).resource_id == (await row(second)).resource_id
    assert await items(curated) == [(first.title, "a")]


async def a_garden(school: TestSchool) -> Resource:
    """The book that `catalogued` brings as an e-book, on our shelf."""
    isbn = (("isbn", "9780064401883"),)
    return await make.resource("The Secret Garden", "Frances Hodgson Burnett", call_number="FIC BUR", identifiers=isbn)


async def test_what_is_here_by_title_and_maker_is_joined_unless_a_person_says_no(school, ada):
    book = await a_garden(school)
    entry = await catalogued(school.card)
    await from_inbox.promote({entry.key: ""}, "", by=ada)
    assert (await row(entry)).resource_id == book.id
    kept = await Resource.get(school_id=book.school_id, id=book.id)
    assert kept.editions == ",r h-a book,r -oa e-book,"
    await from_inbox.undo([entry.key], [], by=ada)
    assert (await Resource.get(school_id=book.school_id, id=book.id)).state is ResourceState.OFFERED
    await from_inbox.promote({entry.key: ""}, "", by=ada, same={entry.key: book.key})
    assert (await row(entry)).resource_id == book.id


async def test_who_says_that_it_is_another_thing_gets_another_one(school, ada):
    book = await a_garden(school)
    entry = await catalogued(school.card)
    await from_inbox.promote({entry.key: ""}, "", by=ada, same={entry.key: ""})
    assert (await row(entry)).resource_id != book.id


async def test_posts_that_are_called_alike_stay_two(school, ada):
    await make.resource("Poem of the week", "Al Post", format=Format.ARTICLE)
    entry = await make.inbox_entry(await make.source(), "Poem of the week", authors=(Author("Al Post"),))
    await from_inbox.promote({entry.key: ""}, "", by=ada)
    assert await Resource.filter(school_id=ada.school.id, title="Poem of the week").count() == 2


async def test_two_people_who_promote_the_same_entry_at_once_make_one_resource(school, ada):
    entry = await make.inbox_entry(await make.source())
    done = await asyncio.gather(*(from_inbox.promote({entry.key: ""}, "", by=ada) for _ in range(4)))
    assert sum(len(each.titles) for each in done) == 1
    assert await Resource.filter(school_id=ada.school.id, title=entry.title).count() == 1


async def test_an_entry_that_was_skipped_may_be_taken_back(school, ada):
    entry = await make.inbox_entry(await make.source())
    assert await from_inbox.ignore([entry.key], "Not for us", by=ada) == 1
    kept = await row(entry)
    assert (kept.state, kept.why, kept.decided_by_id) == (EntryState.IGNORED, "Not for us", ada.id)
    assert await from_inbox.undo([entry.key], [], by=ada) == 1
    kept = await row(entry)
    assert (kept.state, kept.why, kept.decided_by_id, kept.decided_at) == (EntryState.WAITING, "", None, None)


async def test_a_promotion_that_is_taken_back_leaves_neither_item_nor_resource_and_may_be_done_again(school, ada):
    curated = await make.curated_list(by=ada, items=1)
    before = await items(curated)
    entry = await make.inbox_entry(await make.source())
    await from_inbox.promote({entry.key: "Why"}, curated.key, by=ada)
    made = await resource(entry)
    await from_inbox.undo([entry.key], [curated.key], by=ada)
    assert await items(curated) == before
    assert (await Resource.get(id=made.id, school_id=made.school_id)).state is ResourceState.TAKEN_BACK
    assert (await row(entry)).state is EntryState.WAITING
    counts = await Engagement.filter(school_id=ada.school.id, kind=Kind.ENTRY_PROMOTED).values_list("count", flat=True)
    assert sorted(counts) == [-1, 1]
    await from_inbox.promote({entry.key: "Again"}, curated.key, by=ada)
    assert (await resource(entry)).id == made.id
    assert (await resource(entry)).state is ResourceState.OFFERED
    assert (await items(curated))[-1] == (entry.title, "Again")


async def test_what_has_come_to_stand_on_another_list_is_not_taken_back(school, ada):
    one, two = [await make.curated_list(by=ada, title=title) for title in ("One", "Two")]
    entry = await make.inbox_entry(await make.source())
    await from_inbox.promote({entry.key: ""}, one.key, by=ada)
    made = await resource(entry)
    await ListItem.create(school_id=made.school_id, curated_id=two.id, resource_id=made.id, position=1)
    await from_inbox.undo([entry.key], [one.key], by=ada)
    assert (await Resource.get(id=made.id, school_id=made.school_id)).state is ResourceState.OFFERED
    assert await items(one) == []


async def test_what_another_was_merged_into_is_not_taken_back(school, ada):
    entry = await make.inbox_entry(await make.source())
    await from_inbox.promote({entry.key: ""}, "", by=ada)
    made, other = await resource(entry), await make.resource("The same in other words")
    mine = Resource.filter(id=other.id, school_id=other.school_id)
    await mine.update(state=ResourceState.MERGED, merged_into_id=made.id)
    await from_inbox.undo([entry.key], [], by=ada)
    assert (await Resource.get(id=made.id, school_id=made.school_id)).state is ResourceState.OFFERED
    assert (await row(entry)).state is EntryState.WAITING


async def test_the_facts_of_a_catalog_and_the_rules_of_its_source_come_along(school, ada):
    entry = await catalogued(school, access="Costs 4.99 USD", transcript="https://books.example/t.vtt")
    await from_inbox.promote({entry.key: ""}, "", by=ada)
    made = await resource(entry)
    assert (made.publisher, made.series, made.year, made.subjects) == ("Penguin", "Classics", 1911, "Gardens; Orphans")
    assert (made.audience_low, made.audience_high, made.language) == (3, 5, "en")
    assert (made.cover, made.transcript, made.online) == ("https://books.example/garden.jpg", True, True)
    # what must be paid for is not there for the taking
    assert made.available is False
    numbers = Identifier.filter(school_id=made.school_id, resource_id=made.id).order_by("scheme")
    assert await numbers.values_list("scheme", "value") == [("isbn", "9780142437056"), ("url", entry.url)]
    assert await Link.filter(school_id=made.school_id).values_list("access", flat=True) == ["Costs 4.99 USD"]
    terms = await Subject.filter(school_id=made.school_id).order_by("id").values_list("term", flat=True)
    assert terms == ["Gardens", "Orphans"]
    assert await Job.filter(name=pictures.JOB).count() == 1


async def test_a_book_that_stands_on_the_shelf_gets_the_link_and_is_not_put_in_twice(school, ada):
    book = await make.resource("The secret garden", "Burnett", identifiers=(("isbn", "9780142437056"),))
    entry = await catalogued(school)
    await from_inbox.promote({entry.key: ""}, "", by=ada)
    assert (await row(entry)).resource_id == book.id
    assert await Link.filter(school_id=book.school_id, resource_id=book.id).values_list("url", flat=True) == [entry.url]
    kept = await resource(entry)
    assert (kept.title, kept.online, kept.publisher) == ("The secret garden", True, "")
    await from_inbox.undo([entry.key], [], by=ada)
    assert (await Resource.get(id=book.id, school_id=book.school_id)).state is ResourceState.OFFERED


async def test_a_number_that_belongs_to_another_title_makes_no_two_things_one(school, ada):
    book = await make.resource("Tractors", "Someone", identifiers=(("isbn", "9780142437056"),))
    entry = await catalogued(school)
    await from_inbox.promote({entry.key: ""}, "", by=ada)
    assert (await row(entry)).resource_id != book.id


async def test_what_was_merged_into_another_is_that_other(school, ada):
    entry = await make.inbox_entry(await make.source())
    await from_inbox.promote({entry.key: ""}, "", by=ada)
    made, other = await resource(entry), await make.resource("The one that stays")
    mine = Resource.filter(id=made.id, school_id=made.school_id)
    await mine.update(state=ResourceState.MERGED, merged_into_id=other.id)
    await from_inbox.undo([entry.key], [], by=ada)
    await from_inbox.promote({entry.key: ""}, "", by=ada)
    assert (await row(entry)).resource_id == other.id
    assert (await mine.get()).state is ResourceState.MERGED


async def test_an_undo_leaves_on_the_list_what_stood_there_before(school, ada):
    curated = await make.curated_list(by=ada)
    first = await make.inbox_entry(await make.source("One feed"))
    second = await make.inbox_entry(await make.source("Another feed"))
    await from_inbox.promote({first.key: "a"}, curated.key, by=ada)
    await from_inbox.promote({second.key: "b"}, curated.key, by=ada)
    await from_inbox.undo([second.key], [curated.key], by=ada)
    assert await items(curated) == [(first.title, "a")]
    assert (await resource(first)).state is ResourceState.OFFERED


async def test_no_resource_of_another_school_can_be_said_to_be_the_same(school, ada):
    theirs = await make.resource("Owl Moon", "Jane Yolen", school="roosevelt")
    entry = await make.inbox_entry(await make.source(), "Owl Moon")
    await from_inbox.promote({entry.key: ""}, "", by=ada, same={entry.key: theirs.key})
    assert (await row(entry)).resource_id != theirs.id


async def test_no_entry_goes_to_a_list_of_another_school(school, ada):
    curated = await make.curated_list(by=school.rosa, title="Of Roosevelt")
    entry = await make.inbox_entry(await make.source())
    with pytest.raises(Exception, match=curated.key):
        await from_inbox.promote({entry.key: ""}, curated.key, by=ada)
    assert (await row(entry)).state is EntryState.WAITING
