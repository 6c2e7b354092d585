"""The audit, looked through and taken out; and the alarm when a great deal leaves at once (ADM03, P6)."""

import csv
import io
from datetime import date, time, timedelta

from engage import dates
from engage.people import audit, records
from engage.people.models import AuditEntry, DayOff, Person
from engage.people.privacy_models import RecordTaken
from engage.people.rules import Role
from tests import make
from tests.school import words_of


async def acts(school, ada, tom, sam) -> None:
    now = dates.now()
    rows = [("gave a badge", ada, sam, 0), ("withdrew an assignment", tom, None, 1), ("gave a badge", tom, sam, 3)]
    for act, by, about, days in rows:
        await AuditEntry.create(
            school_id=school.card.id,
            at=now - timedelta(days=days),
            by_id=by.id,
            about_id=about.id if about else None,
            act=act,
            detail=f"=cmd {days}",
        )
    rosa = school.rosa
    await AuditEntry.create(school_id=rosa.school.id, at=now, by_id=rosa.id, act="a neighbour's act")


async def test_the_audit_is_found_by_act_by_person_and_by_day(browser, school, alma, ada, tom, sam):
    await acts(school, ada, tom, sam)
    browser.sign_in(alma)
    whole = words_of(await browser.get("/admin/audit"))
    assert whole.count("=cmd") == 3
    assert "a neighbour's act" not in whole
    assert words_of(await browser.get("/admin/audit?act=gave+a+badge")).count("=cmd") == 2
    assert words_of(await browser.get("/admin/audit?who=reyes")).count("=cmd") == 2
    assert words_of(await browser.get("/admin/audit?who=sam&act=gave+a+badge")).count("=cmd") == 2
    day = dates.on(dates.now() - timedelta(days=3), alma.school.zone)
    assert words_of(await browser.get(f"/admin/audit?on={day}")).count("=cmd") == 1
    # what cannot be read is not looked for
    # what is no day, or one after which none comes, narrows nothing
    for never in ("never", "9999-12-31", "0001-01-01"):
        assert words_of(await browser.get(f"/admin/audit?on={never}&act=nothing")).count("=cmd") == 3
    assert "Nothing found" in words_of(await browser.get("/admin/audit?who=nobody+at+all"))


async def test_the_audit_tells_two_children_of_one_name_apart(browser, school, alma, ada, sam):
    other = await make.person("Sam", Role.STUDENT, school.lincoln)
    await Person.filter(school_id=school.card.id, id=other.id).update(letter="O")
    await acts(school, ada, school.tom, other)
    await acts(school, ada, school.tom, sam)
    browser.sign_in(alma)
    assert words_of(await browser.get("/admin/audit")).count("Sam O.") == 2
    for looked_for in ("sam o", "Sam O."):
        found = words_of(await browser.get("/admin/audit?who=" + looked_for.replace(" ", "+")))
        assert found.count("=cmd") == 2, looked_for
    page = await browser.get(f"/glass/new?student={other.key}")
    assert "Ask to see something of Sam O." in words_of(page)


async def test_the_audit_is_paged_and_keeps_what_is_looked_for(browser, school, alma, ada):
    for number in range(audit.SHOWN + 5):
        await AuditEntry.create(
            school_id=school.card.id, at=dates.now(), by_id=ada.id, act="did", detail=f"number {number}."
        )
    first = await browser.sign_in(alma).get("/admin/audit?act=did")
    assert words_of(first).count("number ") == audit.SHOWN
    last = (await audit.latest(alma, None, audit.Wanted("did")))[-1]["id"]
    assert f"before={last}" in first.text
    second = words_of(await browser.get(f"/admin/audit?act=did&before={last}"))
    assert second.count("number ") == 5


async def test_the_audit_is_taken_out_safely_and_that_is_written_down(browser, school, alma, ada, tom, sam):
    await acts(school, ada, tom, sam)
    answer = await browser.sign_in(alma).get("/admin/audit.csv?act=gave+a+badge")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["Who"], row["About"], row["More"]) for row in rows] == [
        ("Tom Reyes", "Sam", "'=cmd 3"),
        ("Ada Okafor", "Sam", "'=cmd 0"),
    ]
    assert await AuditEntry.filter(school_id=school.card.id, act="took the audit out", by_id=alma.id).count() == 1


async def test_the_district_reads_what_was_done_and_not_to_whom(browser, school, dora, ada, tom, sam):
    await acts(school, ada, tom, sam)
    read = words_of(await browser.sign_in(dora).get("/admin/audit"))
    assert "gave a badge" in read
    assert "Sam" not in read
    assert "Nothing found" in words_of(await browser.get("/admin/audit?who=sam"))


async def test_the_audit_is_for_nobody_else(browser, school, tom, ada, vera, sam):
    for nobody in (tom, ada, vera, sam, None):
        for address in ("/admin/audit", "/admin/audit.csv"):
            assert (await browser.sign_in(nobody).get(address)).status_code in (303, 404), address


async def test_more_than_two_hundred_students_in_an_hour_raise_the_alarm_once(browser, school, tom, alma, dora):
    for _ in range(4):
        await records.noted("progress of a class", 50, by=tom)
    assert "more than 200 students" not in words_of(await browser.sign_in(alma).get("/admin/audit"))
    await records.noted("progress of a class", 1, by=tom)
    await records.noted("progress of a class", 50, by=tom)
    for reader in (alma, dora):
        read = words_of(await browser.sign_in(reader).get("/admin/audit"))
        assert read.count("took out the data of more than 200 students within an hour") == 1
    assert await AuditEntry.filter(school_id=school.card.id, act__startswith="ALARM").count() == 1
    await RecordTaken.filter(school_id=school.card.id).update(at=dates.now() - timedelta(minutes=61))
    await records.noted("progress of a class", 200, by=tom)
    assert await AuditEntry.filter(school_id=school.card.id, act__startswith="ALARM").count() == 1


async def test_outside_school_hours_it_adds_up_until_they_begin_again(school, tom):
    friday, here = date(2026, 3, 6), {"school_id": school.card.id}

    async def take(days: int, hour: int, students: int = 150) -> bool:
        now = dates.moment(friday + timedelta(days=days), time(hour), school.card.zone)
        return await records.take_note("progress of a class", students, by=tom, now=now, **here)

    # in school hours an hour is all that counts, and it is none of what comes after them
    assert [await take(0, hour) for hour in (9, 12, 15)] == [False] * 3
    assert [await take(0, 20), await take(1, 10, 50)] == [False, False]
    assert await take(2, 10, 1)
    assert [await take(2, 20), await take(3, 6)] == [False, False]
    assert [await take(3, hour) for hour in (9, 12)] == [False, False]
    await DayOff.create(on=friday + timedelta(days=4), **here)
    assert [await take(4, 9), await take(4, 12)] == [False, True]
    told = AuditEntry.filter(act="ALARM: took out many students' data outside school hours", by_id=tom.id, **here)
    assert await told.order_by("id").values_list("detail", flat=True) == ["201 students", "300 students"]


async def test_a_class_that_is_taken_out_counts_its_students(browser, school, tom, sam):
    ben = await make.student("Ben")
    await make.in_class(ben, school.room, "student")  # type: ignore[arg-type]
    await browser.sign_in(tom).get(f"/classes/{school.room.key}/progress.csv")
    assert await RecordTaken.filter(school_id=school.card.id).values_list("by_id", "students") == [(tom.id, 2)]
