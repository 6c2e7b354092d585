"""What is public, and how an address is read."""

import pytest

from engage.errors import Refused
from engage.outside.addresses import address_of, as_typed, follow, is_public, may_connect

CLOSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.0.9",
    "192.0.0.10",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:2::1",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
OPEN = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "172.32.0.1",
    "198.17.0.1",
    "198.20.0.1",
    "223.255.255.254",
    "2606:4700:4700::1111",
    "2001:4860:4860::8888",
    "2a00:1450:4001:81b::200e",
    "::ffff:8.8.8.8",
]


@pytest.mark.parametrize("text", CLOSED)
def test_what_nobody_outside_could_reach_is_not_public(text):
    assert not is_public(text)


@pytest.mark.parametrize("text", OPEN)
def test_what_anybody_can_reach_is_public(text):
    assert is_public(text)


def test_the_table_of_addresses_is_long_enough():
    assert len(set(CLOSED + OPEN)) >= 60


def test_only_the_exact_pair_of_the_settings_is_let_through():
    pairs = frozenset({("127.0.0.1", 8123)})
    assert may_connect("127.0.0.1", 8123, pairs)
    assert not may_connect("127.0.0.1", 8124, pairs)
    assert not may_connect("127.0.0.2", 8123, pairs)
    assert not may_connect("8.8.8.8", 8123, pairs)
    assert not may_connect("127.0.0.1", 80, pairs)
    assert may_connect("8.8.8.8", 443, pairs)


REFUSED = [
    "",
    "ftp://example.com/feed",
    "file:///etc/passwd",
    "gopher://example.com/",
    "javascript:alert(1)",
    "data:text/xml,<rss/>",
    "//example.com/feed",
    "http://",
    "http:///feed",
    "http://me:secret@example.com/",
    "http://@example.com/",
    "http://example.com@127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://127.0.0.1/",
    "http://127.0.0.1./",
    "http://127.0.0.1:80/",
    "http://127。0。0。1/",
    "http://１２７.0.0.1/",  # noqa: RUF001
    "http://①②⑦.⓪.⓪.①/",
    "http://8.8/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:7f00:1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[::1",
    "http://[example.com]/",
    "http://example.com:22/",
    "http://example.com:8080/",
    "http://example.com:0/",
    "http://example.com:65616/",
    "http://example.com:-80/",
    "http://example.com:8 0/",
    "http://exa%6dple.com/",
    "http://127%2e0%2e0%2e1/",
    "http://exa mple.com/",
    "http://example.com\\@127.0.0.1/",
    "http://example.com/a\r\nHost: inside",
    "http://example.com/\x00",
    "http://exam\tple.com/",
    "http://-example.com/",
    "http://exa..mple.com/",
    "http://" + "a" * 64 + ".com/",
    "http://" + "a." * 130 + "com/",
    "http://a℀b.com/",
    "http://example.com/" + "a" * 2000,
    "Refresh: 0; url=http://example.com/",
]


@pytest.mark.parametrize("text", REFUSED)
def test_an_address_that_could_mislead_is_refused_with_a_sentence(text):
    with pytest.raises(Refused) as no:
        address_of(text)
    assert no.value.about == "address"
    assert no.value.sentence.endswith(".")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://Example.COM", "http://example.com/"),
        ("HTTPS://example.com:443/feed.xml#top", "https://example.com/feed.xml"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("https://example.com./a", "https://example.com/a"),
        ("https://example.com?b=1", "https://example.com/?b=1"),
        ("https://bücher.example/ä b?q=ö&x=%20", "https://xn--bcher-kva.example/%C3%A4%20b?q=%C3%B6&x=%20"),
        ("https://my_show.example.com/", "https://my_show.example.com/"),
        ("http://8.8.8.8/feed", "http://8.8.8.8/feed"),
        ("http://[2606:4700:4700:0::1111]/", "http://[2606:4700:4700::1111]/"),
        ("  https://example.com/feed\n", "https://example.com/feed"),
    ],
)
def test_an_address_is_kept_in_one_spelling(text, url):
    assert address_of(text).url == url


def test_a_pair_of_the_settings_opens_its_port_and_its_address():
    pairs = frozenset({("127.0.0.1", 8123)})
    assert address_of("http://127.0.0.1:8123/feed", pairs).url == "http://127.0.0.1:8123/feed"
    with pytest.raises(Refused):
        address_of("http://127.0.0.1/feed", pairs)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("example.com/feed", "https://example.com/feed"),
        ("feed://example.com/rss", "https://example.com/rss"),
        ("feed:http://example.com/rss", "http://example.com/rss"),
        (" http://example.com ", "http://example.com"),
        ("", ""),
    ],
)
def test_what_people_type_is_completed(typed, meant):
    assert as_typed(typed) == meant


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "//127.0.0.1/",
        "///127.1",
        "http:127.0.0.1",
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:1",
        "http://[::1]/",
        "//[",
        "\\\\127.0.0.1\\",
        "http://example.com:65616/",
        "http://127。0。0。1/",
    ],
)
def test_a_redirect_is_judged_like_any_other_address(location):
    start = address_of("https://example.com/feeds/one")
    try:
        assert follow(start, location).host == "example.com"
    except Refused:
        return
    assert location in ("///127.1", "http:127.0.0.1")  # both stay on the same host, as a path


def test_a_redirect_may_be_relative():
    start = address_of("https://example.com/feeds/one?x=1")
    assert follow(start, "two#part").url == "https://example.com/feeds/two"
    assert follow(start, "/two").url == "https://example.com/two"
    assert follow(start, "//other.example/").url == "https://other.example/"
