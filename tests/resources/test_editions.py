"""What there is of a work in each medium, as a resource says it and as a search asks. Source: PRODUCT.md, section 2."""

import re

import pytest

from engage.engagement.rules import Mode
from engage.resources import editions
from engage.resources.editions import Edition, Stock
from engage.resources.models import Resource
from engage.resources.record import CatalogueRecord
from engage.resources.rules import Format

SHELF = Stock("", here=True, available=True)
SPOKEN = Stock("audiobook", here=False, available=False)
BOTH = ",r h-a picture book,l -o- audiobook,"


def like(pattern: str, text: str) -> bool:
    """LIKE, as both databases have it."""
    parts = {"%": ".*", "_": "."}
    return re.fullmatch("".join(parts.get(each, re.escape(each)) for each in pattern), text) is not None


def test_what_has_one_medium_says_nothing():
    assert editions.of(Mode.READING, Format.BOOK, [SHELF, Stock("picture book", True, False)]) == ""
    assert editions.read("") == []


def test_of_each_medium_it_is_said_where_it_is_and_the_own_one_first():
    written = editions.of(Mode.READING, Format.PICTURE_BOOK, [SPOKEN, SHELF])
    assert written == BOTH
    assert editions.read(written) == [
        Edition(Mode.READING, Format.PICTURE_BOOK, here=True, available=True),
        Edition(Mode.LISTENING, Format.AUDIOBOOK, online=True),
    ]
    assert editions.modes_of("reading", written) == {"reading", "listening"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (("", "", "", False), True),
        (("listening", "", "", False), True),
        (("viewing", "", "", False), False),
        (("listening", "", "here", False), False),
        (("listening", "", "online", False), True),
        (("listening", "", "", True), False),
        (("reading", "", "here", True), True),
        (("", "", "online", True), False),
        (("", "audiobook", "", False), True),
        (("", "book", "", False), False),
        (("", "picture book", "", False), True),
        (("listening", "picture book", "", False), False),
    ],
)
def test_one_edition_has_to_be_all_that_is_asked_for(asked, found):
    assert like(editions.pattern(*asked), BOTH) is found


def test_the_longest_there_can_be_fits_into_its_column():
    every = [Stock(each.value, True, True) for each in Format]
    longest = Resource._meta.fields_map["editions"].max_length
    assert len(editions.of(Mode.READING, Format.PICTURE_BOOK, every)) <= longest
    assert len(editions.read(editions.of(Mode.READING, Format.BOOK, every))) == len(Format) - 1
    assert len(editions.LETTERS) == len(Mode)


@pytest.mark.parametrize(
    ("format", "guessed", "own", "said"),
    [
        (Format.BOOK, False, Format.PICTURE_BOOK, ""),
        (Format.BOOK, False, Format.AUDIOBOOK, "book"),
        (Format.BOOK, True, Format.AUDIOBOOK, "book"),
        (Format.BOOK, True, Format.GRAPHIC_NOVEL, ""),
        (Format.AUDIOBOOK, False, Format.BOOK, "audiobook"),
        (Format.FILM, False, Format.FILM, ""),
    ],
)
def test_a_record_says_its_format_where_it_is_another_medium(format, guessed, own, said):
    assert editions.format_of(CatalogueRecord("Owls", format=format, guessed=guessed), own) == said
