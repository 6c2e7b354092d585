"""Hostile text in every field of a list comes out of every form whole and harmless, as others' readers see it."""

import csv
import html
import io
import json
import re
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree import ElementTree

import bibtexparser
import feedparser
import icalendar
import openpyxl
import pymarc
import pytest
import rispy
from bibtexparser.middlewares import LatexDecodingMiddleware
from lxml import html as lxml_html

from engage import dates
from engage.lists.models import CuratedList, ListItem, Section
from engage.lists.rules import Visibility
from engage.promotion.formats import all_ways
from engage.promotion.models import Display
from engage.resources.models import Creator, Holding, Link, Resource, Subject
from engage.resources.record import Address, Place, Term
from engage.web.cache import pages as kept_pages
from feeds.opml import read_opml
from tests import make
from tests.promotion.opds_readers import READ_BY_R2
from tests.school import Browser, TestSchool
from tests.tools import ask_node

TEXTS = {
    "markup": '<b onclick="x">Bold</b> & <script>alert(1)</script> &amp; <!-- x',
    "cdata": "He said \"]]>\" and 'left' <![CDATA[x",
    "direction": "Ünï \u202egnirts\u202c 星の本 \u0627\u0644\u0643\u062a\u0627\u0628",
    "zalgo": "Z" + "\u0351\u036b\u0343\u032a" * 40 + "algo",
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467 owl \U0001f989 \U0001f3f3\ufe0f\u200d\U0001f308",
    "long": "All the long words of the sea. " * 340,
    "formula": '=HYPERLINK("http://x.example","y")',
    "plus": "+1+cmd|' /C calc'!A0",
    "minus": "-2+3",
    "at": "@SUM(A1)",
    "tab": "\t=1+1",
    "return": "\r=1+1",
    "controls": "A\x01B\x08C\x0bD\x0cE\x1fF\x7fG",
    "latex": r"100% of $5 & #1_x^2 ~ \input{/etc/passwd} {open",
    "lines": "ER  - \r\nTY  - BOOK\r\nEND:VEVENT\r\n@book{x,}",
    "marc": "a\x1eb\x1fc\x1dd",
    "stars": "2 * 3 ** and a *word* alone",
}
NAMES = list(TEXTS)
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    kept_pages.clear()


def bare(text: str) -> str:
    """Text without control characters and blanks: what every reader of every form must show."""
    return "".join(UNSEEN.sub("", text).split())


def same(found: Any, wanted: str) -> bool:
    """Whether a text came through: whole, or cut at a length of 2,000 letters or more."""
    came, meant = bare(str(found)), bare(wanted)
    return came == meant or (len(came) >= 1_500 and meant.startswith(came))


async def hostile_list(school: TestSchool) -> None:
    """A public list with a hostile text in every field of the list, its parts, its items and what stands on it."""
    of = {"school_id": school.card.id}
    file = Address("https://files.example/a.epub?a=1&b='2'", media_type="application/epub+zip")
    things = [
        await make.resource(
            f"T {name}", "Maker", places=(Place("C", "L"),), addresses=(file,), subjects=(Term("S"),), year=2001
        )
        for name in NAMES
    ]
    curated = await make.curated_list(
        school.ada, "List", things, published=True, visibility=Visibility.PUBLIC, slug="hostile", parts=["P"]
    )
    for thing, text in zip(things, TEXTS.values(), strict=True):
        row = {"title": text, "creators": text, "summary": text, "subjects": text, "publisher": text, "series": text}
        await Resource.filter(**of, id=thing.id).update(**row)
        await Creator.filter(**of, resource_id=thing.id).update(name=text)
        await Subject.filter(**of, resource_id=thing.id).update(term=text[:200])
        await Holding.filter(**of, resource_id=thing.id).update(call_number=text, location=text)
        await Link.filter(**of, resource_id=thing.id).update(provider=text)
        await ListItem.filter(**of, resource_id=thing.id).update(annotation=text)
    await Section.filter(**of).update(title=TEXTS["markup"], note=TEXTS["formula"])
    whole = " ".join(bare(TEXTS[name]) for name in ("markup", "cdata", "direction", "emoji", "latex", "zalgo"))
    await CuratedList.filter(**of, id=curated.id).update(title=whole, introduction=TEXTS["lines"] + whole)
    today = dates.today(school.card.zone)
    await Display.create(**of, curated_id=curated.id, kicker=TEXTS["lines"], starts=today, ends=today)


async def test_every_form_holds_hostile_text_whole(browser: Browser, school: TestSchool) -> None:
    await hostile_list(school)
    title = (await CuratedList.get(school_id=school.card.id)).title
    got = {}
    for ending in (".rss", ".atom", ".json", ".opds2", ".opds", ".csv", ".xlsx", ".ris", ".bib", ".mrc", "/data.json",
                   "/csl.json", "/cite", "/cite.txt", "/embed", "/take-along", "/print", "/slides", "/paper",
                   ""):  # fmt: skip
        answer = await browser.get(f"/lists/hostile{ending}")
        assert answer.status_code == 200, (ending, answer.text[:200])
        got[ending] = answer.content
    for ending, read in READERS.items():
        through(read(got[ending]), form=ending)
    assert_harmless(got, title)
    read = ask_node("r2-opds-js", READ_BY_R2, got[".opds2"].decode())
    through([one["title"] for one in read["publications"]])
    items = ask_node("rss-parser", READ_BY_RSS_PARSER, got[".rss"].decode())
    through(items)
    for path in (
        "/lists.opml",
        "/lists.ics",
        "/opds",
        "/opds2",
        "/opds2/search?query=" + "%22%3E%3Cscript%3E%20%E2%80%AE",
    ):
        got[path] = (await browser.get(path)).content
    (_, mine) = read_opml(got["/lists.opml"]).feeds
    assert same(mine.title, title[:500])
    events = list(icalendar.Calendar.from_ical(got["/lists.ics"]).walk("VEVENT"))
    theirs = ask_node("ical.js", READ_BY_ICAL, got["/lists.ics"].decode())
    assert len(events) == len(theirs) == 1
    assert same(events[0]["summary"], title)
    assert (theirs[0]["summary"], theirs[0]["days"]) == (str(events[0]["summary"]), 1)
    assert bare(theirs[0]["description"]) == bare(TEXTS["lines"])
    assert not feedparser.parse(got["/opds"]).bozo
    said = json.loads((await browser.client.get("/oembed?url=https://engage.test/lincoln/lists/hostile")).content)
    (frame,) = lxml_html.fragments_fromstring(said["html"])
    assert (frame.tag, frame.get("title"), len(frame)) == ("iframe", title, 0)


def through(found: Sequence[str], changed: Callable[[str], str] = str, form: str = "") -> None:
    """Check that each text came through."""
    pairs = zip(NAMES, found, strict=True)
    wrong = [(form, name, bare(one)[:80]) for name, one in pairs if not same(one, changed(TEXTS[name]))]
    assert wrong == []


def assert_harmless(got: dict[str, bytes], title: str) -> None:
    """No page runs or becomes anything that somebody wrote."""
    for ending in ("/cite", "/embed", "/take-along", "/print", "/slides", "/paper", ""):
        page = lxml_html.fromstring(got[ending])
        for one in page.iter("script"):
            if one.get("type") == "application/ld+json":
                json.loads(one.text)
            else:
                assert (one.get("src") or "").startswith("/static/"), ending
        assert not page.xpath("//*[@onclick] | //b[.='Bold']"), ending
        assert bare(title[:60]) in bare(page.text_content()), ending
    cells = [cell for row in csv.reader(io.StringIO(got[".csv"].decode("utf-8-sig"))) for cell in row]
    assert [cell for cell in cells if cell[:1] in ("=", "@", "\t", "\r") or cell.startswith(("+1+", "-2+"))] == []
    sheet = openpyxl.load_workbook(io.BytesIO(got[".xlsx"])).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    assert not any(cell.hyperlink for row in sheet.iter_rows() for cell in row)
    assert b"\\input{" not in got[".bib"]


READ_BY_RSS_PARSER = """
    const Parser = require("rss-parser");
    return (await new Parser().parseString(text)).items.map((one) => one.title);
"""
READ_BY_ICAL = """
    const ICAL = require("ical.js");
    const { default: Whole } = ICAL.parse ? { default: ICAL } : ICAL;
    const calendar = new Whole.Component(Whole.parse(text));
    return calendar.getAllSubcomponents("vevent").map((one) => new Whole.Event(one)).map((one) => ({
        summary: one.summary, description: one.description,
        days: one.endDate.subtractDate(one.startDate).toSeconds() / 86400 }));
"""


def of_feed(body: bytes) -> list[str]:
    ElementTree.fromstring(body)
    read = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    assert not read.bozo, read.get("bozo_exception")
    notes = [html.unescape(re.sub("<[^>]+>", " ", entry.summary)) for entry in read.entries]
    through(notes, without_marks)
    return [entry.title for entry in read.entries]


def without_marks(text: str) -> str:
    return text.replace("*word*", "word")


def of_json_feed(body: bytes) -> list[str]:
    return [item["title"] for item in json.loads(body)["items"]]


def of_opds2(body: bytes) -> list[str]:
    things = json.loads(body)["publications"]
    for thing, name in zip(things, NAMES, strict=True):
        note, _, summary = html.unescape(thing["metadata"]["description"]).partition("\n\n")
        # what the note and the summary both say is said once
        said = dict.fromkeys((without_marks(TEXTS[name]), TEXTS[name]))
        assert bare(note + summary) == bare("".join(said)), name
    return [thing["metadata"]["title"] for thing in things]


def of_table(body: bytes) -> list[str]:
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    return [row["Title"].removeprefix("'") for row in rows]


def of_workbook(body: bytes) -> list[str]:
    sheet = openpyxl.load_workbook(io.BytesIO(body)).active
    head, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return [row[head.index("Title")] for row in rows]


def of_data(body: bytes) -> list[str]:
    return [item["title"] for item in json.loads(body)["items"]]


def of_ris(body: bytes) -> list[str]:
    cards = rispy.loads(body.decode())
    assert all(card["type_of_reference"] == "BOOK" for card in cards)
    return [card.get("title") or card["primary_title"] for card in cards]


def of_bibtex(body: bytes) -> list[str]:
    library = bibtexparser.parse_string(body.decode(), append_middleware=[LatexDecodingMiddleware()])
    assert not library.failed_blocks
    assert len({entry.key for entry in library.entries}) == len(NAMES)
    # this reader takes LaTeX's own name of the mark for the accent of the same shape
    return [entry["title"].replace("\u02c6", "^") for entry in library.entries]


def of_csl(body: bytes) -> list[str]:
    return [card["title"] for card in json.loads(body)]


def of_marc(body: bytes) -> list[str]:
    records = list(pymarc.MARCReader(body, to_unicode=True, force_utf8=True))
    assert all(records)
    return [" ".join(record["245"].get_subfields("a", "b")).replace(" : ", ": ") for record in records]


READERS: dict[str, Callable[[bytes], list[str]]] = {
    ".rss": of_feed,
    ".atom": of_feed,
    ".json": of_json_feed,
    ".opds2": of_opds2,
    ".opds": lambda body: [entry.title for entry in feedparser.parse(body, sanitize_html=False).entries],
    ".csv": of_table,
    ".xlsx": of_workbook,
    ".ris": of_ris,
    ".bib": of_bibtex,
    ".mrc": of_marc,
    "/data.json": of_data,
    "/csl.json": of_csl,
}


def test_every_form_is_held_against_hostile_text() -> None:
    read = {f"promotion.{name}" for name in ("cite", "embed", "opds2_list", "opds_list")}
    read |= {f"promotion.list_{name}" for name in ("rss", "atom", "json", "csv", "xlsx", "ris", "bib", "csl", "data")}
    assert {way.name for way in all_ways()} <= read | {"promotion.list_marc"}
