"""What is new, changed or known in a visit, and what an entry becomes in the inbox."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engage.engagement.rules import Mode
from engage.resources.rules import EntryState, Format
from engage.resources.sorting import Harvested, Known, harvest_of, hash_of, proposal, sort_out
from feeds import Attachment, Author, Entry, Feed

NOW = datetime(2026, 11, 13, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(days=3)


def of(*entries: Entry, **more: object) -> list[Harvested]:
    return harvest_of(Feed(title="Brains On!", entries=entries, **more), NOW)  # type: ignore[arg-type]


def entry(number: int = 1, **more: object) -> Entry:
    values = {
        "guid": f"guid-{number}",
        "title": f"Title {number}",
        "url": f"https://brains.example/{number}",
        "published_at": EARLIER,
    }
    return Entry(**{**values, **more})  # type: ignore[arg-type]


def known(harvested: Harvested, number: int = 1, state: EntryState = EntryState.WAITING, **more: object) -> Known:
    values = {name: getattr(harvested, name) for name in ("identity", "second_key", "content_hash", "published_at")}
    return Known(id=number, state=state, date_guessed=harvested.date_guessed, **{**values, **more})  # type: ignore[arg-type]


def test_an_entry_is_new_once_and_known_after_that():
    first = of(entry(1), entry(2))
    out = sort_out(first, [])
    assert (out.new, out.same) == (tuple(first), 0)
    out = sort_out(first, [known(each) for each in first])
    assert (out.new, out.changed, out.proposed, out.same) == ((), (), (), 2)
    assert not out.changes_ids


def test_an_entry_that_reads_otherwise_has_changed():
    before = known(of(entry(1))[0])
    (after,) = of(entry(1, title="Title 1, corrected"))
    out = sort_out([after], [before])
    assert out.changed == ((before, after),)
    assert not out.new
    assert not out.proposed


def test_an_entry_that_a_person_promoted_is_never_changed_only_proposed():
    (first,) = of(entry(1))
    before = known(first, state=EntryState.PROMOTED)
    (after,) = of(entry(1, title="Buy now!", url="https://elsewhere.example/"))
    out = sort_out([after], [before])
    assert (out.new, out.changed) == ((), ())
    assert out.proposed == ((before, after),)
    said = json.loads(proposal(first.content, after))
    hashed = {"content_hash": after.content_hash}
    assert said == {"title": "Buy now!", "url": "https://elsewhere.example/", **hashed}


def test_a_proposal_that_the_feed_takes_back_is_looked_at_again():
    (first,) = of(entry(1))
    before = known(first, state=EntryState.PROMOTED, proposal='{"title": "Buy now!"}')
    assert sort_out([first], [before]).proposed == ((before, first),)
    assert proposal(first.content, first) == ""


def test_a_date_that_the_feed_does_not_give_changes_nothing():
    undated = entry(1, published_at=None, published_guessed=True)
    first = harvest_of(Feed(entries=(undated,)), NOW)
    later = harvest_of(Feed(entries=(undated,)), NOW + timedelta(days=2))
    assert first[0].published_at == NOW
    assert first[0].date_guessed
    assert sort_out(later, [known(first[0])]).same == 1


def test_the_same_entry_twice_in_one_document_is_one():
    assert len(sort_out(of(entry(1), entry(1)), []).new) == 1


def test_a_feed_that_renames_all_its_entries_is_found_out_at_once():
    first = of(*(entry(number) for number in range(10)))
    renamed = of(*(entry(number, guid=f"new-{number}") for number in range(10)))
    out = sort_out(renamed, [known(each, number) for number, each in enumerate(first)])
    assert out.changes_ids
    assert (out.new, out.same) == ((), 10)


def test_a_feed_that_changes_its_ids_still_brings_new_entries_and_loses_none():
    first = of(*(entry(number) for number in range(10)))
    rows = [known(each, number) for number, each in enumerate(first)]
    fetched = of(entry(11, guid="new-11"), *(entry(number, guid=f"new-{number}") for number in range(9)))
    out = sort_out(fetched, rows)
    assert out.changes_ids
    assert [each.title for each in out.new] == ["Title 11"]
    again = of(*(entry(number, guid=f"newer-{number}") for number in (11, *range(9))))
    assert not sort_out(again, [*rows, known(out.new[0], 11)], out.changes_ids).new


def test_a_few_renamed_entries_do_not_mark_a_feed():
    first = of(*(entry(number) for number in range(10)))
    fetched = of(*(entry(number, guid=f"new-{number}" if number < 7 else f"guid-{number}") for number in range(10)))
    out = sort_out(fetched, [known(each) for each in first])
    assert not out.changes_ids
    assert len(out.new) == 7


def test_a_feed_that_says_the_same_of_every_entry_does_not_lose_them():
    def thought(number: int) -> Entry:
        return entry(
            number, title="Thought of the day", url="https://day.example/", published_at=NOW - timedelta(days=number)
        )

    (first,) = of(thought(9))
    out = sort_out(of(thought(8)), [known(first)])
    assert (len(out.new), out.changes_ids) == (1, False)
    out = sort_out(of(*(thought(number) for number in range(4))), [known(first)])
    assert (len(out.new), out.changes_ids) == (4, False)


def test_a_very_short_feed_is_found_out_when_the_dates_agree_as_well():
    (first,) = of(entry(1))
    assert sort_out(of(entry(1, guid="new")), [known(first)]).changes_ids


def test_a_marked_feed_still_knows_an_entry_by_its_id_when_the_title_changes():
    (first,) = of(entry(1))
    out = sort_out(of(entry(1, title="Another title")), [known(first)], changes_ids=True)
    assert (len(out.new), len(out.changed)) == (0, 1)


@pytest.mark.parametrize(
    ("more", "feed", "mode", "format"),
    [
        ({}, {}, Mode.READING, Format.ARTICLE),
        ({"attachments": (Attachment("https://x.example/a.mp3", "audio/mpeg"),)}, {}, Mode.LISTENING, Format.EPISODE),
        ({"attachments": (Attachment("https://x.example/a.mp4", "video/mp4"),)}, {}, Mode.VIEWING, Format.VIDEO),
        ({"attachments": (Attachment("https://x.example/a.png", "image/png"),)}, {}, Mode.READING, Format.ARTICLE),
        ({"url": "https://www.youtube.com/watch?v=x"}, {}, Mode.VIEWING, Format.VIDEO),
        ({"url": "https://vimeo.com/1"}, {}, Mode.VIEWING, Format.VIDEO),
        ({"medium": "film"}, {}, Mode.VIEWING, Format.FILM),
        ({}, {"medium": "audiobook"}, Mode.LISTENING, Format.AUDIOBOOK),
        ({}, {"medium": "music"}, Mode.LISTENING, Format.MUSIC),
    ],
)
def test_what_an_entry_says_of_itself_decides_how_it_is_taken_in(more, feed, mode, format):
    (found,) = of(entry(1, **more), **feed)
    assert (found.mode, found.format) == (mode, format)


def test_what_the_specialist_said_about_the_source_comes_first():
    (found,) = harvest_of(Feed(entries=(entry(1),)), NOW, Mode.LISTENING)
    assert (found.mode, found.format) == (Mode.LISTENING, Format.EPISODE)


def test_an_entry_without_a_title_takes_the_first_words_or_says_that_it_has_none():
    (told,) = of(entry(1, title="", summary_html="<p>Snow fell all night. Then it stopped.</p>"))
    assert told.title.startswith("Snow fell all night.")
    (silent,) = of(entry(1, title=""))
    assert silent.title == "(no title)"


def test_an_episode_brings_its_file_its_length_and_its_makers():
    (found,) = of(
        entry(
            1,
            url=None,
            attachments=(
                Attachment("https://x.example/cover.jpg", "image/jpeg"),
                Attachment("https://x.example/a", "audio/x-m4a"),
            ),
            duration_seconds=1_441,
            authors=(Author("Molly Bloom"), Author("Sanden Totten")),
            explicit=None,
        ),
        explicit=True,
        language="en-us",
    )
    assert (found.file_url, found.file_type, found.url) == ("https://x.example/a", "audio/x-m4a", "https://x.example/a")
    assert (found.minutes, found.creator, found.explicit) == (25, "Molly Bloom, Sanden Totten", True)
    assert found.language == "en-us"


def test_a_book_of_a_catalog_brings_what_the_catalog_says_and_is_not_made_by_the_catalog():
    book = entry(
        1,
        isbn="9780316769174",
        publisher="Little, Brown",
        subjects=("Boys", "Health; Sport"),
        series="A series, 2",
        year=1951,
        access="To borrow with an account",
        language="eng",
    )
    (found,) = of(book, format="opds1")
    assert (found.isbn, found.publisher, found.series, found.year) == (
        "9780316769174",
        "Little, Brown",
        "A series, 2",
        1951,
    )
    assert (found.subjects, found.access) == ("Boys; Health, Sport", "To borrow with an account")
    assert (found.language, found.creator, found.format) == ("en", "", Format.EBOOK)
    assert of(book)[0].creator == "Brains On!"


def test_a_fingerprint_depends_on_what_is_said_and_on_nothing_else():
    (one,) = of(entry(1))
    assert hash_of(one.content) == one.content_hash
    assert of(entry(1, guid="other"))[0].content_hash == one.content_hash
    assert hash_of(replace(one, title="x").content) != one.content_hash
