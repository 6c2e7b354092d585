"""What an entry of the inbox becomes: what its feed or catalog says, and what the rules of its source say."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engage.engagement.rules import Mode
from engage.resources.promoting import changes_of, names_in, numbers_of, record_of
from engage.resources.record import Address, Maker, Term
from engage.resources.rules import Format

ENTRY: dict[str, Any] = {
    "key": "abc",
    "title": "The Secret Garden",
    "url": "https://books.example/garden",
    "summary": "A key, a wall and a robin.",
    "creator": "Frances Hodgson Burnett",
    "published_at": datetime(2026, 11, 2, tzinfo=UTC),
    "mode": Mode.READING,
    "format": Format.EBOOK,
    "file_url": "https://books.example/garden.epub",
    "file_type": "application/epub+zip",
    "minutes": None,
    "language": "en",
    "explicit": False,
    "picture": "https://books.example/garden.jpg",
    "transcript": "",
    "isbn": "9780142437056",
    "publisher": "Penguin",
    "subjects": "Gardens; Orphans",
    "series": "Penguin Classics",
    "year": 1911,
    "access": "",
    "source_title": "Open Books",
    "source_language": "",
    "audience_low": None,
    "audience_high": None,
}


def test_what_a_catalog_says_stands_in_the_record():
    made = record_of(ENTRY)
    assert made.makers == (Maker("Frances Hodgson Burnett", "author"),)
    assert made.subjects == (Term("Gardens"), Term("Orphans"))
    assert (made.publisher, made.series, made.year, made.language) == ("Penguin", "Penguin Classics", 1911, "en")
    assert made.identifiers == (("url", ENTRY["url"]), ("isbn", "9780142437056"))
    assert made.cover == ENTRY["picture"]
    assert made.addresses == (
        Address("https://books.example/garden", "Open Books"),
        Address("https://books.example/garden.epub", "Open Books", media_type="application/epub+zip"),
    )


def test_what_it_costs_to_open_stands_at_every_address():
    made = record_of({**ENTRY, "access": "Costs 4.99 USD"})
    assert [address.access for address in made.addresses] == ["Costs 4.99 USD", "Costs 4.99 USD"]


def test_the_rules_of_a_source_say_the_language_and_whom_it_is_for():
    made = record_of({**ENTRY, "source_language": "es", "audience_low": 3, "audience_high": 5})
    assert (made.language, made.audience_low, made.audience_high) == ("es", 3, 5)


@pytest.mark.parametrize(
    ("format", "said", "year"),
    [
        (Format.EBOOK, None, None),
        (Format.AUDIOBOOK, None, None),
        (Format.EBOOK, 1911, 1911),
        (Format.ARTICLE, None, 2026),
        (Format.EPISODE, None, 2026),
        (Format.VIDEO, 2020, 2020),
    ],
)
def test_a_book_is_not_of_the_year_in_which_a_catalog_lists_it(format, said, year):
    assert record_of({**ENTRY, "format": format, "year": said}).year == year


def test_an_address_that_is_too_long_names_nothing():
    assert numbers_of({**ENTRY, "url": "https://books.example/" + "a" * 300, "isbn": ""}) == ()
    assert numbers_of({**ENTRY, "url": "", "isbn": ""}) == (("url", "https://books.example/garden.epub"),)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ada Okafor, Tom Reyes", ["Ada Okafor", "Tom Reyes"]),
        ("Potter, Beatrix", ["Potter, Beatrix"]),
        ("Potter, Beatrix, Moore, Anne C.", ["Potter, Beatrix", "Moore, Anne C."]),
        (
            "LAPALU, N., Amselem, J., Dallery, J.-F., O'Connell, R. J.",
            ["LAPALU, N.", "Amselem, J.", "Dallery, J.-F.", "O'Connell, R. J."],
        ),
        ("Ursula Le Guin, J. R., Tom Reyes", ["Ursula Le Guin, J. R.", "Tom Reyes"]),
        ("Martin Luther King, Jr., Tom Reyes", ["Martin Luther King, Jr.", "Tom Reyes"]),
        ("Ada Okafor", ["Ada Okafor"]),
        ("", []),
    ],
)
def test_a_line_of_names_is_taken_apart_where_one_name_ends(line, names):
    assert names_in(line) == names


def test_what_a_feed_changed_is_said_in_words():
    assert changes_of({"title": "x", "isbn": "y", "file_url": "a", "file_type": "b"}) == ["title", "file", "ISBN"]
