"""Certificates: on one sheet each, for who has earned one, and kept once staff printed it."""

import json
from collections.abc import Iterator
from datetime import date

import pytest

from engage import dates
from engage.errors import NotFound, Refused
from engage.people.models import AuditEntry, ClassMember
from engage.people.rules import Role
from engage.programs import certificate_actions, log_actions
from engage.programs.certificates import Certificate, Sheet, values_of
from engage.programs.handing_pages import the_press
from engage.programs.models import Award, Badge, Standing
from engage.programs.rebuild import rebuild, recount
from engage.programs.recognition_models import Delivery
from engage.web.paper import Paper
from tests import make
from tests.programs.doing import recognition_of
from tests.programs.test_pages import key_of
from tests.school import words_of
from tests.tools.paper import sheets_of, words_and_feet, words_in

SIXTY = {"title": "Sixty", "rule": json.dumps({"rule": "total", "unit": "minutes", "goal": 60}), "mark": "60"}
# points, the longer side across
SHEETS = {"a4": (841.89, 595.276), "letter": (792.0, 612.0)}
HOSTILE = (
    '#{panic()} #read("/etc/passwd") *b* _i_ $x$ <a> @c \\ // /* "]',
    "<script>alert(1)</script><svg onload=x> & &amp; {{ 7*7 }}",
    "\u202egnirts \u2066 עברית العربية 星の本",
    "x" * 500,
    "word " * 200,
    "",
)


@pytest.fixture(scope="module", autouse=True)
def one_press() -> Iterator[None]:
    """The press of the service, ended after these tests."""
    yield
    the_press().close()
    the_press.__globals__["press_in"].cache_clear()


async def reached(ada, *students, **more):
    program = await make.program(ada, badges=[SIXTY], **more)
    for student in students:
        await make.enrolment(program, student)
        await make.facts(student, [(3, 30), (4, 30)])
    await recount(program.school_id, program.id)
    return program


@pytest.mark.parametrize("paper", ["a4", "letter"])
async def test_a_students_own_certificate_is_one_sheet_with_the_name_and_the_day(browser, school, ada, sam, paper):
    program = await reached(ada, sam)
    day = dates.today("America/New_York")
    answer = await browser.sign_in(sam).get(f"/programs/{program.slug}/certificate.pdf?paper={paper}")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith('attachment; filename="lantern-nights-certificate.pdf"')
    assert sheets_of(answer.content) == (1, pytest.approx(SHEETS[paper], abs=0.1))
    words = words_in(answer.content)
    earned = (await Standing.get(school_id=program.school_id, person_id=sam.id)).completed_on
    for said in ("Lincoln School Library", "This is to say that Sam", "took part on 2 days and completed"):
        assert said in words
    assert f"Lantern Nights Ada Okafor Library media specialist {earned.day} {earned:%B %Y} Date" in words
    assert earned <= day
    assert max(foot for _, foot in words_and_feet(answer.content)) < SHEETS[paper][1] - 20
    assert not await Delivery.filter(school_id=program.school_id).exists()


async def test_a_badge_has_a_certificate_of_its_own(browser, school, ada, sam):
    program = await reached(ada, sam)
    badge = await Badge.get(school_id=program.school_id, program_id=program.id)
    answer = await browser.sign_in(sam).get(f"/programs/{program.slug}/certificate.pdf?badge={badge.key}")
    words = words_in(answer.content)
    assert "Sam has earned the badge Sixty in Lantern Nights" in words
    assert "60" in words


async def test_nobody_has_a_certificate_that_is_not_earned(browser, school, ada, tom, sam):
    olu = await make.student("Olu")
    program = await reached(ada, sam)
    await make.enrolment(program, olu)
    for who in (olu, ada, tom, school.remy, school.rosa, school.vera, None):
        answer = await browser.sign_in(who).get(f"/programs/{program.slug}/certificate.pdf")
        assert answer.status_code in (303, 403, 404), who
    assert (await browser.sign_in(sam).get(f"/programs/{program.slug}/certificate.pdf?badge=x")).status_code == 404


async def printed(browser, program, badge="", **values):
    path = f"/programs/{program.slug}/certificates" + (f"?badge={badge}" if badge else "")
    shown = await browser.get(path)
    assert shown.status_code == 200
    return await browser.post(path, {"form_key": key_of(shown), "paper": "letter", **values})


async def test_a_class_is_printed_in_one_file_and_noted_for_each(browser, school, ada, tom, sam):
    noa, olu = await make.student("Noa"), await make.student("Olu")
    since = date(2020, 8, 1)
    of = {"school_id": school.lincoln.id, "school_class_id": school.room.id, "role": Role.STUDENT, "since": since}
    await ClassMember.create(**of, person_id=noa.id)
    program = await reached(ada, sam, noa, olu)
    browser.sign_in(tom)
    page = words_of(await browser.get(f"/programs/{program.slug}/certificates"))
    assert "Noa" in page
    assert "Olu" not in page
    answer = await printed(browser, program, people=[sam.key, noa.key])
    assert sheets_of(answer.content)[0] == 2
    assert {name for name in ("Sam", "Noa", "Olu") if name in words_in(answer.content).split()} == {"Sam", "Noa"}
    noted = await Delivery.filter(school_id=program.school_id).values("person_id", "kind", "badge_id", "what", "by_id")
    assert sorted(row["person_id"] for row in noted) == sorted([sam.id, noa.id])
    assert {(row["kind"], row["badge_id"], row["what"], row["by_id"]) for row in noted} == {
        ("certificate", None, "Lantern Nights", tom.id)
    }
    told = await AuditEntry.filter(school_id=program.school_id).values_list("act", "about_id", "by_id")
    assert sorted(told) == sorted([("printed a certificate", one, tom.id) for one in (sam.id, noa.id)])
    # printed again it is the same fact
    again = await printed(browser, program, people=[sam.key])
    assert sheets_of(again.content)[0] == 1
    assert await Delivery.filter(school_id=program.school_id).count() == 2
    other = await printed(browser, program, people=[olu.key])
    assert other.status_code == 422


@pytest.mark.parametrize("for_badge", [True, False])
async def test_case_certificate_printed_then_the_entry_voided(browser, school, ada, sam, for_badge):
    program = await make.program(ada, badges=[SIXTY])
    await make.enrolment(program, sam)
    day = dates.today("America/New_York")
    kept = await log_actions.log_entry(log_actions.Given(day, "reading", title="Owl Moon", minutes=60), "", sam)
    badge = await Badge.get(school_id=program.school_id, program_id=program.id)
    answer = await printed(browser.sign_in(ada), program, badge.key if for_badge else "", people=[sam.key])
    assert answer.headers["content-type"] == "application/pdf"
    await log_actions.void_entry(kept.entry, sam)
    if for_badge:
        held = await Award.get(school_id=program.school_id, person_id=sam.id)
        assert held.state == "delivered"
        assert held.kept
    else:
        assert (await Standing.get(school_id=program.school_id, person_id=sam.id)).completed_on == day
    assert await rebuild(program.school_id) == []
    mine = await recognition_of(sam, program)
    assert [paper.badge for paper in mine.papers] == [badge.key if for_badge else ""]


async def test_only_what_is_earned_is_noted_and_then_all_of_it_or_nothing(school, ada, sam):
    olu = await make.student("Olu")
    program = await reached(ada, sam)
    await make.enrolment(program, olu)
    with pytest.raises(Refused, match="Olu has not earned it"):
        await certificate_actions.note_printed(program.slug, "", [sam.key, olu.key], ada)
    for people, error in (([], Refused), ([sam.key] * 61, Refused), (["nobody"], NotFound)):
        with pytest.raises(error):
            await certificate_actions.note_printed(program.slug, "", people, ada)
    assert not await Delivery.filter(school_id=program.school_id).exists()
    assert not await AuditEntry.filter(school_id=program.school_id).exists()


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_whatever_a_name_or_title_is_it_is_set_on_one_sheet(school, hostile):
    program = {"title": hostile or "X", "ink": "rose"}
    for badge in (None, {"title": hostile or "X", "shape": "ways", "ink": "plum", "mark": ""}):
        what = Certificate(program, badge, (hostile, hostile))
        data = values_of(what, [Sheet(hostile or "X", date(2026, 11, 3), 1)], school.card, Paper.LETTER)
        pdf = await the_press().pdf("certificate", data, dates.now())
        assert sheets_of(pdf)[0] == 1
        assert "root:" not in words_in(pdf)
