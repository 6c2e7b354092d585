"""Each format has a sample, and beside it what reading it gives (`.read.json`, written by hand once and kept)."""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import feeds

SAMPLES = Path(__file__).parent.parent / "samples"
FOUND_AT = "https://found.example.org/feeds/one"
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def read(name: str) -> feeds.Feed:
    return feeds.read((SAMPLES / name).read_bytes(), FOUND_AT, {}, now=NOW)


@pytest.mark.parametrize(
    "name",
    [
        "rss-0.91.xml",
        "rss-1.0.xml",
        "rss-2.0.xml",
        "atom-0.3.xml",
        "atom-1.0.xml",
        "podcast.xml",
        "video-channel.xml",
        "broken.xml",
        "jsonfeed-1.0.json",
        "jsonfeed-1.1.json",
    ],
)
def test_a_sample_gives_what_stands_beside_it(name):
    expected = json.loads((SAMPLES / name).with_suffix(".read.json").read_text(encoding="utf-8"))
    # digests are for the next reading and say nothing of the feed
    said = dataclasses.replace(read(name), slices=())
    assert feeds.to_json(said) == {"unchanged": 0, "left_out": 0, **expected}


def test_a_podcast_is_for_listening_and_tells_how_long_and_whether_it_is_for_children():
    podcast = read("podcast.xml")
    worms, rain = podcast.entries
    assert [feeds.mode_of(entry, podcast) for entry in podcast.entries] == ["listening", "listening"]
    assert (worms.duration_seconds, worms.duration_minutes, rain.duration_minutes) == (3723, 63, 13)
    assert (worms.explicit, rain.explicit) == (True, False)  # the second by what the podcast says of itself
    assert worms.transcript_url == "https://ear.example.org/2.html"  # not the one for machines


def test_the_mail_address_of_a_podcasts_owner_is_not_kept():
    assert "owner@example.org" not in json.dumps(feeds.to_json(read("podcast.xml")))


def test_a_broken_feed_is_read_as_far_as_it_goes_with_its_addresses_whole():
    broken = read("broken.xml")
    assert [entry.title for entry in broken.entries] == ["Unclosed & unescaped", "The second"]
    assert broken.entries[0].url == "http://bread.example.org/1?x=1&section=2"  # not the sign of a section


def test_a_date_that_cannot_be_read_is_left_to_the_moment_of_first_sight():
    entry = read("rss-2.0.xml").entries[1]
    assert (entry.published_at, entry.published_guessed) == (None, True)


def test_how_popular_a_video_is_does_not_come_in():
    assert "1234" not in json.dumps(feeds.to_json(read("video-channel.xml")))
