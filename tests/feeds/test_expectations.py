"""What the cases of feedparser say beside them that a reader must find in them, found by us."""

import ast
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import feeds
from feeds import clean
from tests.data import shared

DOCUMENT = "http://127.0.0.1:8097/tests/case.xml"
EXPECTED = re.compile(r"^\s*Expect:\s*(?:not bozo and |bozo and )?(.+?)\s*$", re.MULTILINE)
HEADER = re.compile(r"^Header:\s*([\w-]+):\s*(.+?)\s*$", re.MULTILINE)
ENTRY = "entries[0]"


def words(text: str) -> str:
    """The words of a text that may be markup, as far as both of us keep them."""
    return " ".join(clean.plain(text).split())


def of_feed(field: str) -> Callable[[feeds.Feed], Any]:
    return lambda feed: getattr(feed, field)


def of_entry(field: str) -> Callable[[feeds.Feed], Any]:
    return lambda feed: getattr(feed.entries[0], field)


# the names under which feedparser keeps what we keep as well
FIELDS: dict[str, Callable[[feeds.Feed], Any]] = {
    "feed['title']": of_feed("title"),
    "feed['tagline']": of_feed("description"),
    "feed['subtitle']": of_feed("description"),
    "feed['info']": of_feed("description"),
    "feed['description']": of_feed("description"),
    "feed['link']": of_feed("site_url"),
    "feed['language']": of_feed("language"),
    "feed['itunes_explicit']": of_feed("explicit"),
    "feed['image']['href']": of_feed("picture"),
    f"{ENTRY}['title']": of_entry("title"),
    f"{ENTRY}['description']": of_entry("body_html"),
    f"{ENTRY}['summary']": of_entry("body_html"),
    f"{ENTRY}['content'][0]['value']": of_entry("body_html"),
    f"{ENTRY}['link']": of_entry("url"),
    f"{ENTRY}['links'][0]['href']": of_entry("url"),
    f"{ENTRY}['itunes_explicit']": of_entry("explicit"),
    f"{ENTRY}['image']['href']": of_entry("picture"),
    f"{ENTRY}['author']": lambda feed: ", ".join(one.name for one in feed.entries[0].authors),
}


def expectations(path: Path) -> tuple[list[tuple[str, Any]], dict[str, str]]:
    """What a case expects of fields that we have, and the headers with which it came."""
    body = path.read_bytes()
    for encoding in ("utf-8", "utf-16", "latin-1"):
        try:
            text = body.decode(encoding)
        except UnicodeError:
            continue
        if "Expect:" in text:
            break
    headers = {name.lower(): value for name, value in HEADER.findall(text)}
    found = EXPECTED.search(text)
    wanted = []
    for part in re.split(r"\s+and\s+(?=\w)", found[1]) if found else []:
        name, _, value = (*re.split(r"\s*(==|\bis\b)\s*", part, maxsplit=1), "", "")[:3]
        try:
            wanted.append((name, eval_text(value)))
        except (ValueError, SyntaxError):
            continue
    return [(name, value) for name, value in wanted if name in FIELDS], headers


def eval_text(source: str) -> Any:
    """A literal, or texts put together with +."""
    tree = ast.parse(source.strip(), mode="eval").body

    def value(node: ast.expr) -> Any:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return value(node.left) + value(node.right)
        return ast.literal_eval(node)

    return value(tree)


def compared(folder: str) -> tuple[Counter[str], dict[str, tuple[Any, Any]]]:
    """How often each field was compared, and where we read otherwise: by file, what we have and what is expected."""
    seen: Counter[str] = Counter()
    differ: dict[str, tuple[Any, Any]] = {}
    for path in sorted(shared(folder).glob("feedparser__*.xml")):
        wanted, headers = expectations(path)
        if not wanted:
            continue
        url = headers.get("content-location", DOCUMENT)
        try:
            feed = feeds.read(path.read_bytes(), url, headers)
        except feeds.Unreadable as no:
            differ[path.stem.removeprefix("feedparser__")] = (no.code, wanted)
            continue
        for name, value in wanted:
            seen[name] += 1
            try:
                got = FIELDS[name](feed)
            except IndexError:
                got = "no entry"
            same = words(got) == words(value) if isinstance(got, str) and isinstance(value, str) else got == value
            if not same:
                differ[path.stem.removeprefix("feedparser__")] = (got, value)
    return seen, differ


def reason(stem: str) -> str:
    """Why we read a case otherwise."""
    return next((why for ends, why in OTHERWISE.items() if stem.endswith(ends)), "")


# by how the names of the cases end
OTHERWISE = {
    "_explicit_uppercase": "feedparser knows yes and clean in small letters only; a warning for children is not missed",
    "_explicit_whitespace": "so is one with blanks around it",
    "entities_lang": "the entity is read as HTML 5 has it, ⟨, and not as HTML 4 had it",
    "_crazy": "of a script that is cut in pieces nothing is kept, not even as text; feedparser keeps it escaped",
    "_object": "what stands in an object that never ends belongs to the object, and goes with it",
    "_iframe": "what stands in a frame that never ends belongs to the frame, and goes with it",
    "_xml_declaration_unexpected_character": "of a broken declaration feedparser keeps the characters, we keep nothing",
}
# by folder: how many values at least are compared, how many cases are read otherwise
COMPARED = {"feeds-micro": (70, 4), "feeds-ugly": (160, 1), "hostile-html-in-feeds": (270, 16)}


@pytest.mark.parametrize("folder", COMPARED)
def test_each_case_of_feedparser_gives_what_stands_in_it_as_expected(folder):
    seen, differ = compared(folder)
    least, others = COMPARED[folder]
    assert {stem: what for stem, what in differ.items() if not reason(stem)} == {}
    assert len(differ) == others
    assert seen.total() >= least
    if folder == "feeds-ugly":  # each encoding, known or named wrongly, gives the one right title
        assert seen["feed['title']"] == 157
