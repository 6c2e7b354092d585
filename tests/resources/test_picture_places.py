"""The key of a picture says its shape, and where pictures are looked for."""

import pytest

from engage.resources.picture_seeking import Whereabouts, places_of
from engage.resources.pictures import key_for, shape_of
from engage.settings import read_settings

ISBN = "9780142410370"


@pytest.mark.parametrize("size", [(100, 100), (200, 300), (300, 200), (100, 299), (299, 100)])
def test_a_key_says_the_shape_of_its_picture(size):
    key = key_for(*size)
    assert len(key) == 13
    assert shape_of(key) == pytest.approx(size[1] / size[0], abs=0.002)
    assert key_for(*size)[:11] != key[:11]


def test_the_address_that_a_person_or_a_feed_gives_comes_before_open_library():
    row = {"cover": "https://a.example/c.jpg", "kept": "", "origin": "x 1"}
    library = Whereabouts("openlibrary", f"https://o.example/b/isbn/{ISBN}-M.jpg?default=false")
    assert places_of(row, [ISBN], "https://o.example") == (Whereabouts("record", "https://a.example/c.jpg"), library)
    assert places_of(row | {"origin": "inbox 1"}, [], "")[0].found_by == "feed"
    assert places_of(row | {"kept": "title,cover"}, [], "")[0].found_by == "own"
    assert places_of(row | {"cover": "javascript:alert(1)"}, [ISBN], "") == ()
    assert places_of(row | {"cover": ""}, [ISBN], "https://o.example") == (library,)


def test_open_library_is_asked_unless_the_operator_says_no(tmp_path):
    assert read_settings({}, tmp_path).covers_from == "https://covers.openlibrary.org"
    assert read_settings({"ENGAGE_COVERS_FROM": ""}, tmp_path).covers_from == ""
