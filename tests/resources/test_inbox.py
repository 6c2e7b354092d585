"""Finding entries of the inbox, counting them by every question at once, and knowing what the library has of them."""

from datetime import UTC, datetime, timedelta

import pytest

from engage import dates
from engage.resources import inbox
from engage.resources.inbox import Wanted
from engage.resources.incoming_models import InboxEntry
from engage.resources.models import Holding, Identifier
from engage.resources.rules import EntryState, Format, ResourceState
from feeds import Attachment, Author
from tests import make

SOUND = {"attachments": (Attachment("https://example.com/a.mp3", "audio/mpeg"),), "duration_seconds": 600}


@pytest.fixture
async def sources(school):
    """Two feeds: one of podcasts in two languages, one of old articles."""
    now = dates.now()
    one, two = await make.source("Brains On!"), await make.source("Old Pages")
    await make.inbox_entry(one, "Bats in the café", language="en-US", published_at=now, **SOUND)
    await make.inbox_entry(one, "Murciélagos", language="es", published_at=now - timedelta(days=3), **SOUND)
    await make.inbox_entry(one, "Bees", published_at=now - timedelta(days=20), **SOUND)
    await make.inbox_entry(two, "Owls", published_at=now - timedelta(days=90), authors=(Author("Nora Night"),))
    await make.inbox_entry(two, "Of bats", published_at=now - timedelta(days=91), summary_html="<p>100% of them</p>")
    return one, two


async def titles(reader, **wanted: str) -> set[str]:
    page = await inbox.entries(reader, Wanted(**wanted), dates.now())
    return {row["title"] for row in page.rows}


BATS, NIGHT, BEES, OWLS, OLD = "Bats in the café", "Murciélagos", "Bees", "Owls", "Of bats"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, {BATS, NIGHT, BEES, OWLS, OLD}),
        ({"mode": "listening"}, {BATS, NIGHT, BEES}),
        ({"language": "en"}, {BATS}),
        ({"language": "es"}, {NIGHT}),
        ({"language": "e"}, set()),
        ({"language": "none"}, {BEES, OWLS, OLD}),
        ({"age": "day"}, {BATS}),
        ({"age": "week"}, {BATS, NIGHT}),
        ({"age": "month"}, {BATS, NIGHT, BEES}),
        ({"age": "older"}, {OWLS, OLD}),
        ({"words": "BATS"}, {BATS, OLD}),
        ({"words": "bats cafe"}, {BATS}),
        ({"words": "murcielagos"}, {NIGHT}),
        ({"words": "nora"}, {OWLS}),
        ({"words": "100%"}, {OLD}),
        ({"words": "%"}, {BATS, NIGHT, BEES, OWLS, OLD}),
        ({"words": "article"}, set()),
        ({"words": "bats", "age": "older"}, {OLD}),
    ],
)
async def test_entries_are_found_by_what_is_asked(ada, sources, wanted, found):
    assert await titles(ada, **wanted) == found
    assert (await inbox.counts(ada, Wanted(**wanted), dates.now())).wanted == len(found)


async def test_entries_are_found_by_their_source(ada, sources):
    assert await titles(ada, source=sources[1].key) == {OWLS, OLD}
    assert await titles(ada, source="nobody") == set()


async def test_each_question_is_counted_under_the_answers_to_the_others(ada, sources, statements):
    one, two = sources
    statements.forget()
    counts = await inbox.counts(ada, Wanted(), dates.now())
    assert len(statements) == 1
    assert counts.source == {one.id: 3, two.id: 2}
    assert counts.mode == {"listening": 3, "reading": 2}
    assert counts.language == {"en": 1, "es": 1, "none": 3}
    assert counts.age == {"day": 1, "week": 2, "month": 3, "older": 2}
    counts = await inbox.counts(ada, Wanted(mode="listening", age="week"), dates.now())
    assert (counts.wanted, counts.mode, counts.source) == (2, {"listening": 2}, {one.id: 2})
    assert counts.language == {"en": 1, "es": 1}
    assert counts.age == {"day": 1, "week": 2, "month": 3}


@pytest.mark.parametrize(
    ("published", "ages"),
    [
        (datetime(2026, 11, 13, 5, tzinfo=UTC), {"day", "week", "month"}),  # midnight in New York
        (datetime(2026, 11, 13, 4, 59, tzinfo=UTC), {"week", "month"}),
        (datetime(2026, 11, 7, 5, tzinfo=UTC), {"week", "month"}),
        (datetime(2026, 11, 7, 4, 59, tzinfo=UTC), {"month"}),
        (datetime(2026, 10, 15, 4, tzinfo=UTC), {"month"}),  # summer time still
        (datetime(2026, 10, 15, 3, 59, tzinfo=UTC), {"older"}),
    ],
)
async def test_an_age_begins_at_midnight_of_the_school(ada, school, published, ages):
    await make.inbox_entry(await make.source(), published_at=published)
    counts = await inbox.counts(ada, Wanted(), datetime(2026, 11, 13, 17, tzinfo=UTC))
    assert set(counts.age) == ages


async def test_what_was_decided_comes_with_the_latest_first(ada, school):
    source = await make.source()
    entries = [await make.inbox_entry(source, f"Story {number}") for number in range(3)]
    for hours, entry in zip((3, 1, 2), entries, strict=True):
        at = dates.now() - timedelta(hours=hours)
        await InboxEntry.filter(id=entry.id, school_id=entry.school_id).update(state=EntryState.IGNORED, decided_at=at)
    page = await inbox.entries(ada, Wanted(state=EntryState.IGNORED), dates.now())
    assert [row["title"] for row in page.rows] == ["Story 1", "Story 2", "Story 0"]


async def held(reader, *entries: InboxEntry) -> dict[str, inbox.Held]:
    mine = InboxEntry.filter(school_id=reader.school.id, id__in=[entry.id for entry in entries])
    return await inbox.held(reader, await mine.values(*inbox.ENTRY, **inbox.NAMED))


async def test_what_the_library_has_under_the_same_number_is_the_same(ada, school):
    book = await make.resource("Owl Moon")
    await Identifier.create(school_id=book.school_id, resource_id=book.id, scheme="isbn", value="9780399214578")
    entry = await make.inbox_entry(await make.source(), "Owl Moon, an e-book")
    await InboxEntry.filter(id=entry.id, school_id=entry.school_id).update(isbn="9780399214578")
    found = (await held(ada, entry))[entry.key]
    assert (found.id, found.key, found.title, found.sure) == (book.id, book.key, "Owl Moon", True)


async def test_what_the_library_has_by_title_and_maker_in_another_format_may_be_the_same(ada, school):
    book = await make.resource("Owl Moon", "Jane Yolen")
    source = await make.source()
    same = await make.inbox_entry(source, "OWL MOON!", authors=(Author("Yolen, Jane"),), **SOUND)
    other = await make.inbox_entry(source, "Owl Moon", url="https://example.com/2", authors=(Author("Al Else"),))
    found = await held(ada, same, other)
    assert list(found) == [same.key]
    assert (found[same.key].id, found[same.key].sure, found[same.key].format) == (book.id, False, Format.BOOK)


async def test_a_shelf_is_named_with_its_copies_and_what_is_gone_is_not_held(ada, school):
    book = await make.resource("Owl Moon", "Jane Yolen")
    await Holding.filter(school_id=book.school_id, resource_id=book.id).delete()
    of = {"school_id": book.school_id, "resource_id": book.id, "as_of": dates.now()}
    await Holding.create(**of, call_number="E YOL", copies=2)
    await Holding.create(**of, call_number="E YOL", copies=1)
    await Holding.create(**of, call_number="E YOL", copies=7, gone_at=dates.now())
    entry = await make.inbox_entry(await make.source(), "Owl Moon", authors=(Author("Jane Yolen"),))
    assert (await held(ada, entry))[entry.key].shelf == "E YOL, 3 copies"
    book.state = ResourceState.TAKEN_BACK
    await book.save(update_fields=["state"])
    assert await held(ada, entry) == {}


async def test_what_another_school_has_is_not_ours(ada, school):
    book = await make.resource("Owl Moon", "Jane Yolen", school="roosevelt")
    entry = await make.inbox_entry(
        await make.source(), "Owl Moon", authors=(Author("Jane Yolen"),), url="https://x.example/"
    )
    await Identifier.create(school_id=book.school_id, resource_id=book.id, scheme="url", value="https://x.example/")
    assert await held(ada, entry) == {}


@pytest.mark.parametrize(
    ("format", "author", "likely"),
    [
        (Format.BOOK, "Yolen, Jane", True),
        (Format.AUDIOBOOK, "Jane Yolen", True),
        (Format.ARTICLE, "Jane Yolen", False),
        (Format.FILM, "Jane Yolen", False),
    ],
)
async def test_what_an_import_would_take_for_the_same_is_likely_the_same(ada, school, format, author, likely):
    book = await make.resource("Owl Moon", "Jane Yolen")
    entry = await make.inbox_entry(await make.source(), "Owl Moon", authors=(Author(author),))
    await InboxEntry.filter(id=entry.id, school_id=entry.school_id).update(format=format)
    found = (await held(ada, entry))[entry.key]
    assert (found.id, found.sure, found.likely) == (book.id, False, likely)
