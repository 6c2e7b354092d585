"""Where a MARC record says that a picture of the cover is."""

import pytest

from engage.resources import marc
from engage.resources.marc_holdings import picture_in
from tests.resources.marc_records import book

URL = "https://covers.example/1.jpg"


@pytest.mark.parametrize(
    ("field", "picture"),
    [
        (("856", "42", "3", "Cover image", "u", URL), URL),
        (("856", "42", "u", f" {URL} ", "y", "Image of cover"), URL),
        (("856", "41", "3", "Cover", "q", "image/jpeg", "u", URL), URL),
        (("856", "4 ", "3", "Thumbnail", "q", "jpg", "u", URL), URL),
        (("856", "42", "3", "Cover image", "q", "text/html", "u", URL), ""),
        (("856", "42", "3", "Cover image", "u", "javascript:alert(1)"), ""),
        (("856", "42", "3", "Cover text", "u", URL), ""),
        (("856", "42", "3", "Discover images of owls", "u", URL), ""),
        (("856", "40", "u", URL), ""),
    ],
)
def test_the_picture_of_a_cover_is_found_where_the_record_says_so(field, picture):
    assert picture_in(book(1, "Owl moon", field)) == picture


def test_a_picture_is_no_address_of_the_book():
    read = marc.read(book(1, "Owl moon", ("856", "42", "3", "Cover image", "u", URL)), "Library")
    assert (read.cover, read.addresses) == (URL, ())
