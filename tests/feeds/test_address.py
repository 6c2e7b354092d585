import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feeds.address
from feeds.address import absolute, address, host_of

BASE = "https://e.org/a/b?c"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("https://f.org/x?y=1&z#t", "https://f.org/x?y=1&z#t"),
        ("HTTP://f.org/", "http://f.org/"),
        ("../x", "https://e.org/x"),
        ("//f.org/x", "https://f.org/x"),
        ("?d", "https://e.org/a/b?d"),
        (" https://f.org/a b ", "https://f.org/a%20b"),
        ("https://f.org/\n  x", "https://f.org/%20x"),
        ("https://f.org:8080/", "https://f.org:8080/"),
        ("https://müller.example/ü", "https://müller.example/ü"),
        ('https://f.org/"><script>', "https://f.org/%22%3E%3Cscript%3E"),
        ("http://[::1]/", "http://[::1]/"),
    ],
)
def test_an_address_of_the_web_is_made_whole(raw, expected):
    assert address(raw, BASE) == expected


@pytest.mark.parametrize(
    "raw",
    [
        None,
        7,
        "",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://f.org/",
        "mailto:a@b.org",
        "https://good.org@evil.org/",
        "https://user:secret@f.org/",
        "https://good.org\\@evil.org/",
        "https://good.org\\.evil.org/",
        "https://f.org:0/",
        "https://f.org:99999/",
        "https://f.org:x/",
        "http://[::1/",
        "https://f.org/" + "x" * 2000,
        "https://f.org/\u202e",
        "https://f.%6frg/",
        "https://" + "f" * 254 + "/",
    ],
)
def test_anything_else_is_no_address(raw):
    assert address(raw, BASE) is None


def test_an_identity_is_an_address_only_if_it_is_a_whole_one():
    assert absolute("https://f.org/1") == "https://f.org/1"
    assert absolute("17") is None
    assert absolute("/17") is None


@settings(max_examples=300, deadline=None)
@given(st.text("htps:/\\@#?.e[]%0a\t\n <>\"'&\u202e\x00é", max_size=25), st.sampled_from(["", BASE]))
def test_every_address_is_one_that_can_be_shown(raw, base):
    found = address(raw, base)
    assert found is None or (found.startswith(("http://", "https://")) and found.isprintable() and " " not in found)
    if found is not None:
        assert address(found) == found
        assert host_of(found)


ENDS = ("http://", "https://", "HTTPS://", "e.org", "F.org", ":80", ":8080", ":0", ":00080", ":99999", "x" * 1999)
BITS = (
    "/",
    "//",
    "/a",
    "..",
    ".",
    "a",
    "é",
    "?",
    "#",
    "?x=1",
    "&y",
    "@",
    ";",
    ":",
    "%41",
    "%",
    " ",
    "\\",
    "<",
    '"',
    "-+",
)
addresses = st.lists(st.sampled_from([*ENDS, *BITS]), max_size=8).map("".join)
rooted = st.lists(st.sampled_from(["/", "/..", "/.", ".", "a", "/b", "?x=1", "%41"]), max_size=5).map("".join)


@settings(max_examples=1500, deadline=None)
@given(st.one_of(addresses, rooted), st.one_of(addresses, st.just(BASE)))
def test_a_plain_address_is_what_it_would_be_if_it_were_taken_apart(raw, base):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feeds.address, "_PLAIN", re.compile("(?!)"))
        patch.setattr(feeds.address, "_ROOTED", re.compile("(?!)"))
        taken_apart = address(raw, base)
    assert address(raw, base) == taken_apart
