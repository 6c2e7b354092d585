"""Calendars of a class, a person and a program, read back by two other readers. Source: STANDARDS.md, 5.3."""

import re
from datetime import timedelta
from typing import Any

import httpx2
import icalendar

from engage import dates
from engage.classes import actions, unit_actions
from engage.classes.actions import Whom, assign
from engage.classes.group_actions import make_group
from engage.classes.models import Assignment
from engage.classes.own_models import CalendarAddress
from engage.classes.unit_rules import Lead, prints_of
from engage.people.models import ClassMember, Membership
from tests import make
from tests.classes.asking import ask_room, due, leave, one_more, sea_stories, today
from tests.school import Browser, TestSchool, words_of
from tests.tools import ask_node

ADDRESS = re.compile(r"<code>https://engage\.test(.+?)</code>")
READ_BY_ICAL = """
    const ICAL = require("ical.js").default || require("ical.js");
    const whole = new ICAL.Component(ICAL.parse(text));
    return whole.getAllSubcomponents("vevent").map((part) => [part, new ICAL.Event(part)]).map(([part, one]) =>
        [one.uid, one.summary, one.startDate.isDate, one.startDate.toString(), one.endDate.toString(), one.sequence,
         part.getFirstPropertyValue("status")]);
"""


async def _address(browser: Browser, path: str) -> str:
    """Make an address on its page."""
    answer = await browser.post(path)
    assert answer.status_code == 200
    found = ADDRESS.search(answer.text)
    assert found
    return found[1]


async def _get(browser: Browser, address: str) -> httpx2.Response:
    """What a calendar program gets, which is signed in nowhere."""
    browser.sign_out()
    return await browser.get(address)


def _events(answer: httpx2.Response) -> list[icalendar.Event]:
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return list(icalendar.Calendar.from_ical(answer.content).walk("VEVENT"))


def _read(events: list[icalendar.Event]) -> list[list[Any]]:
    return [
        [
            str(one["uid"]),
            str(one["summary"]),
            True,
            one["dtstart"].dt.isoformat(),
            one["dtend"].dt.isoformat(),
            int(one["sequence"]),
            str(one["status"]) if "status" in one else None,
        ]
        for one in events
    ]


async def test_my_dates_say_what_is_due_on_whole_days(browser: Browser, school: TestSchool) -> None:
    assignment = await ask_room(school, await sea_stories(school), due(5))
    await ask_room(school, await sea_stories(school, title="Without a day"))
    program = await make.program(school.ada)
    await make.enrolment(program, school.sam)
    browser.sign_in(school.sam)
    address = await _address(browser, "/me/calendars")
    assert address.startswith("/lincoln/me/calendar.ics?key=")
    answer = await _get(browser, address)
    calendar = icalendar.Calendar.from_ical(answer.content)
    assert (calendar["method"], calendar["version"]) == ("PUBLISH", "2.0")
    assert str(calendar["name"]) == str(calendar["x-wr-calname"]) == "My dates, Lincoln School"
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT6H" in answer.content
    assert b"X-PUBLISHED-TTL:PT6H" in answer.content
    asked, begins, ends = _events(answer)
    day = today() + timedelta(days=5)
    assert f"DTSTART;VALUE=DATE:{day:%Y%m%d}".encode() in answer.content
    assert f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}".encode() in answer.content
    assert str(asked["summary"]) == "Sea stories"
    assert str(asked["url"]) == f"https://engage.test/lincoln/me/assignments/{assignment.key}"
    assert (begins["dtstart"].dt, ends["dtstart"].dt) == (program.starts, program.ends)
    assert ask_node("ical.js", READ_BY_ICAL, answer.text) == _read([asked, begins, ends])
    # a calendar that has it already gets nothing again
    tag = {"If-None-Match": answer.headers["etag"]}
    assert (await browser.get(address, headers=tag)).status_code == 304


async def test_an_event_keeps_its_name_and_counts_its_changes(browser: Browser, school: TestSchool) -> None:
    assignment = await ask_room(school, await sea_stories(school), due(5))
    address = await _address(browser.sign_in(school.sam), "/me/calendars")
    (first,) = _events(await _get(browser, address))
    later = today() + timedelta(days=8)
    await actions.change(
        assignment.key, required=0, instructions="", shows_from=today(), due_on=later, version=0, by=school.tom
    )
    (second,) = _events(await _get(browser, address))
    assert first["uid"] == second["uid"]
    assert second["sequence"] > first["sequence"]
    assert second["dtstamp"].dt >= first["dtstamp"].dt
    assert second["dtstart"].dt == later
    await actions.withdraw(assignment.key, by=school.tom)
    answer = await _get(browser, address)
    (third,) = _events(answer)
    assert (str(third["uid"]), str(third["status"])) == (str(first["uid"]), "CANCELLED")
    assert third["sequence"] > second["sequence"]
    assert ask_node("ical.js", READ_BY_ICAL, answer.text) == _read([third])
    of = Assignment.filter(school_id=school.card.id, id=assignment.id)
    await of.update(withdrawn_at=dates.now() - timedelta(days=59))
    assert len(_events(await _get(browser, address))) == 1
    await of.update(withdrawn_at=dates.now() - timedelta(days=61))
    assert _events(await _get(browser, address)) == []


async def test_an_address_is_secret_shown_once_renewed_and_ended(browser: Browser, school: TestSchool) -> None:
    await ask_room(school, await sea_stories(school), due(5))
    browser.sign_in(school.sam)
    assert "Google does so every 8 to 24 hours" in words_of(await browser.get("/me/calendars"))
    first = await _address(browser, "/me/calendars")
    token = first.partition("key=")[2]
    row = await CalendarAddress.get(school_id=school.card.id)
    assert token not in str(dict(row))
    page = await browser.sign_in(school.sam).get("/me/calendars")
    assert token not in page.text
    assert "It cannot be shown again." in words_of(page)

    second = await _address(browser.sign_in(school.sam), "/me/calendars")
    assert (await _get(browser, first)).status_code == 404
    assert (await _get(browser, second)).status_code == 200
    assert await CalendarAddress.filter(school_id=school.card.id).count() == 1
    await browser.sign_in(school.sam).post("/me/calendars/end")
    assert (await _get(browser, second)).status_code == 404
    for wrong in ("", "?key=", "?key=x", f"?key={token}x", f"?key={'x' * 5000}"):
        assert (await _get(browser, f"/me/calendar.ics{wrong}")).status_code == 404
    # the calendar of whoever is signed in is not theirs without the secret either
    assert (await browser.sign_in(school.sam).get("/me/calendar.ics")).status_code == 404


async def test_an_address_ends_with_the_rights_of_who_made_it(browser: Browser, school: TestSchool) -> None:
    await ask_room(school, await sea_stories(school), due(5))
    mine = await _address(browser.sign_in(school.sam), "/me/calendars")
    of_class = await _address(browser.sign_in(school.tom), f"/classes/{school.room.key}/calendar")
    assert len(_events(await _get(browser, of_class))) == 1
    await ClassMember.filter(school_id=school.card.id, person_id=school.tom.id).update(
        until=today() - timedelta(days=1)
    )
    assert (await _get(browser, of_class)).status_code == 404
    await leave(school, school.sam)
    assert _events(await _get(browser, mine)) == []
    await Membership.filter(school_id=school.card.id, person_id=school.sam.id).delete()
    assert (await _get(browser, mine)).status_code == 404
    # an address of one thing opens no other, and none of another school
    assert (await _get(browser, mine.replace("/me/", f"/classes/{school.room.key}/"))).status_code == 404
    assert (await _get(browser, of_class.replace(f"/classes/{school.room.key}/", "/me/"))).status_code == 404
    assert (await _get(browser, mine.replace("/lincoln/", "/roosevelt/"))).status_code == 404


async def test_no_calendar_names_a_student_or_a_title_of_anybody(browser: Browser, school: TestSchool) -> None:
    curated = await sea_stories(school)
    lea = await one_more(school, "Lea Unmistakable")
    group = await make_group("Sam and Lea Unmistakable", [school.sam.key, lea.key], by=school.tom)
    whom = Whom((school.room.key,), (group,), ())
    await assign(curated.key, whom, due(5), by=school.tom)
    await assign(curated.key, Whom(students=(lea.key,)), due(6), by=school.tom)
    teachers = await _address(browser.sign_in(school.tom), "/me/calendars")
    of_class = await _address(browser.sign_in(school.tom), f"/classes/{school.room.key}/calendar")
    students = await _address(browser.sign_in(lea), "/me/calendars")
    answers = [await _get(browser, address) for address in (teachers, of_class, students)]
    for answer in answers:
        assert "Unmistakable" not in answer.text
        assert "Sam" not in answer.text
        assert "of the sea" not in answer.text
        assert {str(one["summary"]) for one in _events(answer)} == {"Sea stories"}
    # the teacher has all of it, the class what the whole of it is asked, the student hers, each once
    assert [len(_events(answer)) for answer in answers] == [3, 1, 2]
    words = {str(one.get("description", "")) for one in _events(answers[0])}
    assert words == {"For Room 12", "For a reading group", "For some students of Room 12"}


async def test_a_teachers_dates_are_those_of_own_classes(browser: Browser, school: TestSchool) -> None:
    other = await make.school_class(school.lincoln, "Room 14", code="OWLS14")
    await assign((await sea_stories(school)).key, Whom((other.key,)), due(5), by=school.ada)
    address = await _address(browser.sign_in(school.tom), "/me/calendars")
    assert _events(await _get(browser, address)) == []
    for path in (f"/classes/{other.key}/calendar", f"/classes/{other.key}/calendar/end"):
        assert (await browser.sign_in(school.tom).post(path)).status_code == 404
    assert (await browser.sign_in(school.sam).get(f"/classes/{school.room.key}/calendar")).status_code == 404


async def test_a_program_has_a_calendar_for_who_may_see_it(browser: Browser, school: TestSchool) -> None:
    await make.program(school.ada, title="Open Nights", visibility="public")
    await make.program(school.ada, title="Inside Nights", visibility="school")
    answer = await _get(browser, "/programs/open-nights/calendar.ics")
    begins, ends = _events(answer)
    assert [str(one["summary"]) for one in (begins, ends)] == ["Open Nights begins", "Open Nights ends"]
    assert ask_node("ical.js", READ_BY_ICAL, answer.text) == _read([begins, ends])
    assert (await _get(browser, "/programs/inside-nights/calendar.ics")).status_code == 404
    assert len(_events(await browser.sign_in(school.sam).get("/programs/inside-nights/calendar.ics"))) == 2


async def test_what_shows_later_is_in_no_students_calendar_yet(browser: Browser, school: TestSchool) -> None:
    await ask_room(school, await sea_stories(school), due(9, shown=-3))
    mine = await _address(browser.sign_in(school.sam), "/me/calendars")
    assert _events(await _get(browser, mine)) == []
    teachers = await _address(browser.sign_in(school.tom), "/me/calendars")
    assert len(_events(await _get(browser, teachers))) == 1


async def test_a_title_with_odd_letters_is_read_back_as_it_is(browser: Browser, school: TestSchool) -> None:
    title = "Bäume; Bücher, und \\n „Wörter“ 🦉 " + "lang " * 30
    curated = await sea_stories(school)
    curated.title = title
    await curated.save(update_fields=["title"])
    await assign(curated.key, Whom((school.room.key,)), due(3), by=school.tom)
    answer = await _get(browser, await _address(browser.sign_in(school.sam), "/me/calendars"))
    (event,) = _events(answer)
    assert str(event["summary"]) == " ".join(title.split())
    assert ask_node("ical.js", READ_BY_ICAL, answer.text) == _read([event])


async def test_lessons_of_units_stand_in_the_calendars_of_those_who_plan(browser: Browser, school: TestSchool) -> None:
    day = today() + timedelta(days=3)
    unit = await unit_actions.start_unit({"title": "Tides", "starts": today()}, [school.ada.key], by=school.tom)
    lesson = {"on": day, "what": "Look at the sea", "lead": Lead.BOTH, "part": ""}
    key = await unit_actions.add_session(unit, lesson, by=school.tom)
    address = await _address(browser.sign_in(school.ada), "/me/calendars")
    (one,) = _events(await _get(browser, address))
    assert (str(one["summary"]), one["dtstart"].dt) == ("Tides: Look at the sea", day)
    assert str(one["url"]) == f"https://engage.test/lincoln/units/{unit}"
    await unit_actions.remove_session(unit, key, prints_of(lesson), by=school.tom)
    (gone,) = _events(await _get(browser, address))
    assert (str(gone["uid"]), str(gone["status"])) == (str(one["uid"]), "CANCELLED")
    assert gone["sequence"] > one["sequence"]
    await unit_actions.take_off(unit, school.ada.key, by=school.tom)
    assert _events(await _get(browser, address)) == []
