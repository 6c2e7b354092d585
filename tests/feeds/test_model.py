import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

import pytest

import feeds
from feeds import Attachment, Author, Entry, Feed
from feeds.model import BODY, ENTRIES, UNREADABLE

MAY = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
ENTRY = Entry(
    guid="g",
    title="t",
    url="https://e.org/",
    summary_html="<p>s</p>",
    body_html="<p>b</p>",
    published_at=MAY,
    published_guessed=True,
    updated_at=MAY,
    authors=(Author("a", "https://e.org/a"), Author("b")),
    picture="https://e.org/p.jpg",
    attachments=(Attachment("https://e.org/f.mp3", "audio/mpeg", 9, 90),),
    duration_seconds=90,
    transcript_url="https://e.org/t.vtt",
    transcript_type="text/vtt",
    chapters_url="https://e.org/c.json",
    language="en",
    explicit=False,
    medium="audio",
    categories=("c",),
    isbn="9780316769174",
    publisher="p",
    subjects=("s",),
    series="A series, 1",
    year=1951,
    access="For sale",
)
FEED = Feed(
    title="f",
    entries=(ENTRY, Entry()),
    format="RSS 2.0",
    kind="podcast",
    guid="fg",
    site_url="https://e.org/",
    feed_url="https://e.org/feed",
    next_url="https://e.org/feed?2",
    description="d",
    picture="https://e.org/cover.jpg",
    language="en",
    authors=(Author("x"),),
    updated_at=MAY,
    explicit=True,
    medium="podcast",
    ttl_minutes=60,
    skip_hours=(0, 23),
    skip_days=(6,),
    slices=("0123456789abcdef",),
    unchanged=2,
    left_out=3,
)


def test_every_field_survives_the_way_through_json():
    assert feeds.from_json(json.loads(json.dumps(feeds.to_json(FEED)))) == FEED
    assert all(getattr(FEED, one.name) not in (None, "", ()) for one in dataclasses.fields(FEED))
    assert all(getattr(ENTRY, one.name) not in (None, "", ()) for one in dataclasses.fields(ENTRY))
    assert feeds.from_json({}) == Feed()


def entry(**fields: Any) -> dict[str, Any]:
    return {"entries": [fields]}


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "feed",
        {"titel": "x"},
        {"title": 7},
        {"title": None},
        {"title": "x" * 501},
        {"title": "\0"},
        {"title": "\ud800"},
        {"entries": {}},
        {"entries": [{}] * (ENTRIES + 1)},
        {"entries": [[]]},
        {"ttl_minutes": -1},
        {"ttl_minutes": 1.5},
        {"ttl_minutes": True},
        {"explicit": "yes"},
        {"site_url": "javascript:x"},
        {"site_url": "https://e.org/\n"},
        {"site_url": "https://e.org/" + "x" * 2000},
        {"updated_at": "2026-05-01"},
        {"updated_at": "2026-05-01T00:00:00"},
        {"updated_at": "soon"},
        {"updated_at": 5},
        entry(body_html="x" * (BODY + 1)),
        entry(summary_html="x" * 5001),
        entry(authors=[{}]),
        entry(authors=[{"name": "x" * 201}]),
        entry(authors=[{"name": "x", "mail": "y"}]),
        entry(attachments=[{"url": "https://e.org/"}] * 11),
        entry(attachments=[{"url": "https://e.org/", "length": -5}]),
        entry(attachments=[{"media_type": "audio/mpeg"}]),
        entry(categories=["c"] * 21),
        entry(categories="c"),
        entry(duration_seconds=10**9),
        entry(published_at="9999-12-31T23:59:59-14:00"),
    ],
)
def test_an_answer_that_cannot_be_right_is_not_believed(answer):
    with pytest.raises(feeds.Unreadable) as no:
        feeds.from_json(answer)
    assert no.value.code == "bad-answer"


def test_minutes_that_have_begun_count():
    assert [Entry(duration_seconds=one).duration_minutes for one in (None, 1, 60, 61)] == [None, 1, 1, 2]


def test_every_refusal_has_a_sentence_for_people():
    for code, sentence in UNREADABLE.items():
        assert feeds.Unreadable(code).sentence == sentence
        assert sentence[0].isupper()
        assert sentence.endswith(".")


def test_what_is_read_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        FEED.title = "x"  # type: ignore[misc]


def test_a_feed_sleeps_through_the_hours_and_days_that_it_names():
    friday = datetime(2026, 5, 1, 22, 40, tzinfo=UTC)
    assert Feed().awake_from(friday) == friday
    assert Feed(skip_hours=(22, 23)).awake_from(friday) == datetime(2026, 5, 2, tzinfo=UTC)
    assert Feed(skip_hours=(22, 0), skip_days=(5, 6)).awake_from(friday) == datetime(2026, 5, 1, 23, tzinfo=UTC)
    assert Feed(skip_hours=(22, 23, 0), skip_days=(5, 6)).awake_from(friday) == datetime(2026, 5, 4, 1, tzinfo=UTC)
    assert Feed(skip_days=tuple(range(7))).awake_from(friday) == friday  # it cannot mean that
