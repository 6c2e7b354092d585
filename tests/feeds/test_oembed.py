import json

import pytest

import feeds
from feeds import oembed
from feeds.oembed import Embed, endpoint, read_oembed

ANSWER = {
    "type": "video",
    "version": "1.0",
    "title": "Bread &amp; <b>butter</b>",
    "author_name": "Ann Baker",
    "author_url": "https://vimeo.com/ann",
    "provider_name": "Vimeo",
    "thumbnail_url": "https://i.vimeocdn.com/1.jpg",
    "duration": 62,
    "html": "<iframe src='https://evil.example'></iframe>",
}


def test_an_answer_gives_title_maker_picture_and_length_and_never_its_markup():
    found = read_oembed(json.dumps(ANSWER).encode())
    assert found == Embed(
        title="Bread &amp; butter",
        creator="Ann Baker",
        picture="https://i.vimeocdn.com/1.jpg",
        site_name="Vimeo",
        kind="video",
        seconds=62,
    )
    assert oembed.from_values(json.loads(json.dumps(oembed.to_values(found)))) == found


@pytest.mark.parametrize("body", [b"[]", b"{}", b'"x"', b'{"html": "<b>"}'])
def test_what_is_no_answer_is_refused(body):
    with pytest.raises(feeds.Unreadable) as no:
        read_oembed(body)
    assert no.value.code == "not-a-page"


def test_wrong_types_are_left_out():
    strange = {"type": "video", "title": 3, "author_name": [], "thumbnail_url": "javascript:x", "duration": "long"}
    assert read_oembed(json.dumps(strange).encode()) == Embed(kind="video")


@pytest.mark.parametrize("value", [{"title": 3}, {"picture": "javascript:x"}, {"html": "<b>"}, [], {"seconds": -1}])
def test_a_reader_that_was_taken_over_is_not_believed(value):
    with pytest.raises((ValueError, TypeError, KeyError)):
        oembed.from_values(value)


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        ("https://m.youtube.com/watch?v=1", "www.youtube.com"),
        ("https://youtu.be/1", "www.youtube.com"),
        ("https://player.vimeo.com/video/1", "vimeo.com"),
        ("https://youtube.com.evil.example/", None),
        ("https://notyoutube.com/", None),
        ("not an address", None),
    ],
)
def test_only_providers_on_the_list_are_asked(url, provider):
    where = endpoint(url)
    assert (where is None) if provider is None else str(where).startswith(f"https://{provider}/")
