"""Lists of feeds: the founders' real ones, what is written is read again, and hostile ones cost nothing."""

import re

import pytest

from feeds import Unreadable
from feeds.opml import Subscription, from_values, read_opml, to_values, write_opml
from tests.data import counted, shared


def listed(outlines: str) -> bytes:
    return f'<opml version="2.0"><head><title>Ours</title></head><body>{outlines}</body></opml>'.encode()


# feeds that the other parser lost, since markup stands unescaped in the descriptions of their outlines
LOST = {
    "Android_Development": 1,
    "Beauty": 1,
    "Business_&_Economy": 1,
    "History": 1,
    "Programming": 1,
    "Startups": 2,
    "Tech": 1,
}
# the other parser counts a feed as often as the list names it
TWICE = {"NetNewsWire__Subs": 2, "awesome-rss-feeds__recommended_iOS_Development": 1}


def test_each_list_gives_all_feeds_that_it_names_and_those_that_another_parser_counted():
    files = sorted(shared("opml").iterdir())
    assert len(files) > 40
    for file in files:
        found = read_opml(file.read_bytes())
        said = int(counted()[f"opml/{file.name}"].split()[0])
        twice = TWICE.get(file.stem, 0)
        lost = LOST.get(file.stem.removeprefix("awesome-rss-feeds__recommended_"), 0)
        assert len(found.feeds) == said + lost - twice, file.name
        assert len(found.feeds) + twice == len(re.findall(rb"xmlUrl\s*=", file.read_bytes())), file.name
        assert found.problems == ((f"Left out: {twice} named twice.",) if twice else ()), file.name


def test_markup_and_quotation_marks_in_a_description_cost_no_feed():
    body = listed(
        '<outline text="Owls" description="<p>By <a href="https://x.example" title="x">us</a> & others</p>" '
        'xmlUrl="https://owls.example/feed?a=1&amp;b=2" type="rss" />'
        '<outline text="The "Fox" show" xmlUrl="https://foxes.example/feed"/>'
    )
    assert read_opml(body).feeds == (
        Subscription("https://owls.example/feed?a=1&b=2", "Owls"),
        Subscription("https://foxes.example/feed", 'The "Fox" show'),
    )


def test_titles_sites_and_topics_come_along():
    body = listed(
        '<outline text="News"><outline text="Science"><outline title="Owls" XMLURL="https://owls.example/feed" '
        'htmlUrl="https://owls.example/"/></outline></outline><outline xmlUrl="https://foxes.example/feed"/>'
    )
    found = read_opml(body)
    assert found.title == "Ours"
    assert found.feeds == (
        Subscription("https://owls.example/feed", "Owls", "https://owls.example/", "News / Science"),
        Subscription("https://foxes.example/feed"),
    )
    assert from_values(to_values(found)) == found


def test_what_is_left_out_is_told():
    body = listed(
        '<outline xmlUrl="ftp://owls.example/feed"/><outline xmlUrl="https://a.example/feed"/>'
        '<outline xmlUrl="http://www.a.example/feed/"/>' + '<outline type="include" url="https://b.example/list.opml"/>'
    )
    found = read_opml(body)
    assert [one.url for one in found.feeds] == ["https://a.example/feed"]
    assert found.problems == ("Left out: 1 whose address is none of the web.", "Left out: 1 named twice.")


def test_u5_a_list_has_two_thousand_feeds_at_most():
    found = read_opml(listed("".join(f'<outline xmlUrl="https://a{each}.example/"/>' for each in range(2_100))))
    assert len(found.feeds) == 2_000
    assert found.problems == ("Left out: 100 beyond the first 2,000.",)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'<!DOCTYPE o [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><opml><body>&b;</body></opml>', "entities"),
        (listed('<outline text="a">' * 10_000), "too-deep"),
        (listed('<outline text="a"/>' * 20_200), "too-large"),
        (b"<html><body>Not found</body></html>", "not-a-list"),
        (b"https://inside.example/list.opml", "not-a-list"),
        (b"", "not-a-list"),
    ],
)
def test_u5_hostile_lists_are_refused(body, code):
    with pytest.raises(Unreadable) as refused:
        read_opml(body)
    assert refused.value.code == code


def test_what_is_written_is_read_again():
    ours = (
        Subscription("https://owls.example/feed?a=1&b=2", 'Owls & "Co" <b>', "https://owls.example/", "Science"),
        Subscription("https://foxes.example/feed", "Foxes"),
        Subscription("https://bats.example/feed", "", "", "Science"),
    )
    written = write_opml("Lincoln", ours)
    found = read_opml(written)
    assert found.title == "Lincoln"
    assert sorted(one.url for one in found.feeds) == sorted(one.url for one in ours)
    by_url = {one.url: one for one in found.feeds}
    assert by_url[ours[0].url] == ours[0]
    assert by_url[ours[2].url].title == ours[2].url
    assert written.count(b'text="Science"') == 1
    assert b'type="rss"' in written
