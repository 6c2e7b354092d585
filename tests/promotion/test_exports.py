"""What leaves as tables, references, records and calendars says what the catalogue knows, as others' readers see it."""

import csv
import io
import json
from datetime import date, timedelta

import bibtexparser
import feedparser
import icalendar
import openpyxl
import pymarc
import pytest
import rispy

from engage import dates
from engage.engagement.rules import Mode
from engage.lists.models import CuratedList, ListItem, Section
from engage.lists.rules import ListKind, Visibility
from engage.promotion.models import Display
from engage.resources.models import Holding, Measure, Resource
from engage.resources.pictures import key_for
from engage.resources.record import Address, Level, Maker, Place, Term
from engage.resources.rules import Format
from engage.web.cache import pages as kept_pages
from feeds.opml import read_opml
from tests import make
from tests.school import Browser, TestSchool
from tests.tools import ask_node

PUBLIC = {"published": True, "visibility": Visibility.PUBLIC}


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    kept_pages.clear()


async def told_list(school: TestSchool) -> CuratedList:
    """A public list of a book that is known well, and of an episode on the web."""
    of = {"school_id": school.card.id}
    book = await make.resource(
        "Owl Moon: a story",
        makers=(Maker("Jane Yolen"), Maker("John Schoenherr", "illustrator")),
        places=(Place("E YOL", "Picture books", 3, "30001; 30002"),),
        identifiers=(("isbn", "9780399214578"), ("lccn", "87002300")),
        measures=(Level("Lexile", "630L", "521"),),
        subjects=(Term("Owls, snowy"), Term("Night")),
        publisher="Philomel",
        year=1987,
        pages=32,
        language="en",
        series="Owls",
        dewey="[E]",
        summary="They go owling.",
    )
    pod = await make.resource(
        "Why do owls hoot?",
        makers=(Maker("Brains On!", "host"),),
        mode=Mode.LISTENING,
        format=Format.EPISODE,
        minutes=20,
        addresses=(
            Address("https://pod.example/1", "APM"),
            Address("https://pod.example/1.mp3", "APM", media_type="audio/mpeg"),
        ),
    )
    curated = await make.curated_list(school.ada, "Owls", [book, pod], **PUBLIC, parts=["Books", "Sounds"])
    await Holding.filter(**of).update(available=2)
    await ListItem.filter(**of, resource_id=book.id).update(annotation="*So* quiet, **so** cold.", start_here=True)
    await Section.filter(**of, title="Books").update(note="To hold.")
    return curated


async def test_tables_say_what_is_known_with_numbers_as_numbers(browser: Browser, school: TestSchool) -> None:
    await told_list(school)
    answer = await browser.get("/lists/owls.xlsx")
    assert answer.headers["content-disposition"].startswith('attachment; filename="owls.xlsx"')
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert (sheet.title, sheet.freeze_panes) == ("Owls", "A2")
    head, first, second = [[cell.value for cell in row] for row in sheet.iter_rows()]
    row = dict(zip(head, first, strict=True))
    assert row == {
        "Number": 1,
        "Part": "Books",
        "Title": "Owl Moon: a story",
        "Creators": "Jane Yolen; John Schoenherr",
        "Mode": "reading",
        "Format": "book",
        "Minutes": None,
        "Pages": 32,
        "Year": 1987,
        "Publisher": "Philomel",
        "Language": "en",
        "ISBN": "9780399214578",
        "Note": "So quiet, so cold.",
        "Call number": "E YOL",
        "Location": "Picture books",
        "Copies": 3,
        "Web address": None,
    }
    assert dict(zip(head, second, strict=True))["Web address"] == "https://pod.example/1"
    plain = await browser.get("/lists/owls.csv")
    (from_csv, _) = csv.DictReader(io.StringIO(plain.content.decode("utf-8-sig")))
    assert from_csv == {name: "" if value is None else str(value) for name, value in row.items()}


async def test_the_plain_json_says_what_is_known(browser: Browser, school: TestSchool) -> None:
    await told_list(school)
    said = json.loads((await browser.get("/lists/owls/data.json")).content)
    assert (said["format"], said["format_version"], said["library"]) == ("engage-list", 1, "Lincoln School")
    book, pod = said["items"]
    assert book["creators"] == [
        {"name": "Jane Yolen", "role": "author"},
        {"name": "John Schoenherr", "role": "illustrator"},
    ]
    assert (book["section"], book["start_here"], book["note"]) == ("Books", True, "So quiet, so cold.")
    (holding,) = book["holdings"]
    assert holding == {
        "call_number": "E YOL",
        "location": "Picture books",
        "copies": 3,
        "available": 2,
        "format": book["format"],
    }
    assert (book["isbn"], book["pages"], book["minutes"], pod["minutes"]) == (["9780399214578"], 32, None, 20)
    assert [link["url"] for link in pod["links"]] == ["https://pod.example/1", "https://pod.example/1.mp3"]


async def test_references_say_what_is_known(browser: Browser, school: TestSchool) -> None:
    await told_list(school)
    book, pod = rispy.loads((await browser.get("/lists/owls.ris")).text)
    assert book["authors"] == ["Yolen, Jane"]
    assert book["keywords"] == ["Owls, snowy", "Night"]
    assert (book["year"], book["publisher"], book["issn"]) == ("1987", "Philomel", "9780399214578")
    assert (pod["type_of_reference"], pod["urls"]) == ("SOUND", ["https://pod.example/1"])
    library = bibtexparser.parse_string((await browser.get("/lists/owls.bib")).text)
    first, second = library.entries
    assert (first.entry_type, first.key, first["author"], first["isbn"]) == (
        *("book", "yolen1987owl", "Yolen, Jane"),
        "9780399214578",
    )
    assert (second.entry_type, second["author"], second["url"]) == ("misc", "{Brains On!}", "https://pod.example/1")
    cards = json.loads((await browser.get("/lists/owls/csl.json")).content)
    assert [card["type"] for card in cards] == ["book", "broadcast"]
    text = (await browser.get("/lists/owls/cite.txt?style=apa")).content.decode()
    assert text == (
        "Owls (APA 7)\r\n\r\n"
        "Brains On! (n.d.). Why do owls hoot? [Podcast]. APM. Retrieved https://pod.example/1\r\n\r\n"
        "Yolen, J. (1987). Owl Moon: a story (J. Schoenherr, Illus.). Philomel.\r\n\r\n"
    )


async def test_records_are_of_what_stands_on_the_shelf_and_of_nothing_private(
    browser: Browser, school: TestSchool
) -> None:
    await told_list(school)
    body = (await browser.get("/lists/owls.mrc")).content
    (record,) = pymarc.MARCReader(body, to_unicode=True, force_utf8=True)
    assert (record.leader[5:9], record.leader[9]) == ("nam ", "a")
    assert record["100"].get_subfields("a", "e") == ["Yolen, Jane", "author"]
    assert record["700"].get_subfields("a", "4") == ["Schoenherr, John", "ill"]
    assert record["245"].get_subfields("a", "b", "c") == ["Owl Moon :", "a story", "Jane Yolen; John Schoenherr"]
    assert record["852"].get_subfields("b", "h") == ["Picture books", "E YOL"]
    assert (record["020"]["a"], record["264"]["c"], record["590"]["a"]) == (
        *("9780399214578", "1987"),
        "So quiet, so cold.",
    )
    assert [len(field.data) for field in record.get_fields("008")] == [40]
    everything = [body]
    for ending in (".opds2", ".json", ".csv", ".ris", ".bib", "/data.json", "/csl.json", "/cite", "/embed"):
        everything.append((await browser.get(f"/lists/owls{ending}")).content)
    assert await Measure.filter(school_id=school.card.id).exists()
    assert not any(secret in each for each in everything for secret in (b"630L", b"Lexile", b"30001"))


async def test_feeds_carry_the_sound_its_length_and_the_cover(browser: Browser, school: TestSchool) -> None:
    curated = await told_list(school)
    key = key_for(240, 300)
    await Resource.filter(school_id=school.card.id, title="Owl Moon: a story").update(picture=key)
    read = feedparser.parse((await browser.get("/lists/owls.rss")).content)
    assert [one.href for one in read.entries[1].enclosures] == ["https://pod.example/1.mp3"]
    assert read.entries[0].media_thumbnail[0]["url"] == f"https://engage.test/lincoln/covers/{key}-480.webp"
    assert read.feed.language == "en"
    said = json.loads((await browser.get(f"/lists/{curated.slug}.json")).content)["items"]
    assert said[1]["attachments"][0]["duration_in_seconds"] == 1200
    assert said[0]["content_html"].startswith("<p>So quiet, so cold.</p>")


async def test_the_calendar_shows_whole_days(browser: Browser, school: TestSchool) -> None:
    curated = await told_list(school)
    last = date(2030, 3, 10)  # the day on which clocks change
    leaving = dates.now().replace(year=2030, month=3, day=11, hour=3)  # 23:00 of the day before, at school
    await CuratedList.filter(school_id=school.card.id, id=curated.id).update(publish_until=leaving)
    today = dates.today(school.card.zone)
    shown = {"curated_id": curated.id, "kicker": "List of the week", "starts": today, "ends": today}
    await Display.create(school_id=school.card.id, **shown)
    draft = await make.curated_list(school.ada, "Draft", 1)
    await Display.create(school_id=school.card.id, curated_id=draft.id, starts=today, ends=today)
    body = (await browser.get("/lists.ics")).content
    calendar = icalendar.Calendar.from_ical(body)
    assert (calendar["method"], str(calendar["x-wr-calname"])) == ("PUBLISH", "On show at Lincoln School")
    display, leaves = calendar.walk("VEVENT")
    assert (display["dtstart"].dt, display["dtend"].dt) == (today, today + timedelta(days=1))
    assert (leaves["dtstart"].dt, leaves["dtend"].dt) == (today, last + timedelta(days=1))
    assert str(leaves["url"]) == "https://engage.test/lincoln/lists/owls"
    program = """
        const ICAL = require("ical.js").default || require("ical.js");
        const whole = new ICAL.Component(ICAL.parse(text));
        return whole.getAllSubcomponents("vevent").map((one) => new ICAL.Event(one)).map((one) =>
            [one.uid, one.summary, one.startDate.toString(), one.endDate.toString()]);
    """
    theirs = ask_node("ical.js", program, body.decode())
    ours = [
        [str(one["uid"]), str(one["summary"]), one["dtstart"].dt.isoformat(), one["dtend"].dt.isoformat()]
        for one in (display, leaves)
    ]
    assert theirs == ours


async def test_the_list_of_feeds_leads_to_feeds(browser: Browser, school: TestSchool) -> None:
    await told_list(school)
    await make.curated_list(school.ada, "Prize", 1, **PUBLIC, kind=ListKind.AWARD)
    answer = await browser.get("/lists.opml")
    assert answer.headers["content-type"] == "text/x-opml; charset=utf-8"
    read = read_opml(answer.content)
    assert [(one.title, one.topic) for one in read.feeds] == [
        ("New lists of Lincoln School", ""),
        ("Prize", "Award lists"),
        ("Owls", "Lists"),
    ]
    for one in read.feeds:
        feed = await browser.get(one.url.removeprefix("https://engage.test"))
        assert feed.headers["content-type"] == "application/rss+xml"
