"""Programs made from patterns, and copied for another year."""

import json
import re
from datetime import date

import pytest

from engage import dates
from engage.programs import patterns
from engage.programs.activity_models import Activity
from engage.programs.awards import read_rule
from engage.programs.making import moved_rule, title_of_copy
from engage.programs.models import Award, Badge, Challenge, Enrolment, Program
from engage.programs.patterns import PATTERNS, next_year, run_of
from engage.programs.queries import terms_of
from tests import make
from tests.programs.test_pages import key_of
from tests.school import words_of


def sent_of(page):
    """What a browser would send of a form as it stands: its preset fields."""
    sent = {"form_key": key_of(page)}
    for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", page.text):
        name = re.search(r'name="([^"]+)"', tag)
        if name is None or name[1] in sent or "disabled" in tag:
            continue
        if 'type="radio"' in tag or 'type="checkbox"' in tag:
            if "checked" in tag:
                sent[name[1]] = re.search(r'value="([^"]*)"', tag)[1]
        elif tag.startswith("<input"):
            value = re.search(r'value="([^"]*)"', tag)
            sent[name[1]] = value[1] if value else ""
        elif tag.startswith("<select"):
            inside = page.text[page.text.index(tag) :].split("</select>")[0]
            chosen = re.search(r'<option selected value="([^"]*)"', inside)
            sent[name[1]] = chosen[1] if chosen else re.search(r'<option[^>]*value="([^"]*)"', inside)[1]
        else:
            sent[name[1]] = page.text[page.text.index(tag) + len(tag) :].split("</textarea>")[0].strip()
    return sent


@pytest.mark.parametrize("name", sorted(PATTERNS))
async def test_a_pattern_makes_a_whole_program_that_can_be_published(browser, school, ada, sam, name):
    pattern = PATTERNS[name]
    browser.sign_in(ada)
    page = await browser.get(f"/curate/programs/start?from={name}")
    for each in (*pattern.challenges, *pattern.badges):
        assert each["title"] in words_of(page).replace("&#39;", "'"), each["title"]
    answer = await browser.post(f"/curate/programs/start?from={name}", sent_of(page))
    assert answer.status_code == 303, words_of(answer)[:600]
    program = await Program.get(school_id=school.card.id)
    assert (program.title, program.kind, program.state) == (pattern.title, pattern.kind, "draft")
    starts, ends = run_of(pattern, dates.today(school.card.zone), school.card.year_starts_in)
    assert (program.starts, program.ends) == (starts, ends)
    assert await Challenge.filter(school_id=school.card.id).count() == len(pattern.challenges)
    assert await Badge.filter(school_id=school.card.id).count() == len(pattern.badges)
    edit = f"/curate/programs/{program.key}"
    assert f"{pattern.title} is published." in words_of(await browser.follow(await browser.post(f"{edit}/publish")))
    assert (await browser.get(f"/programs/{program.slug}")).status_code == 200


async def test_a_battle_and_a_vote_take_a_list(browser, school, ada):
    books = await make.resources(4)
    curated = await make.curated_list(by=ada, title="Nominees", items=books, published=True)
    browser.sign_in(ada)
    for name in ("battle", "voting"):
        page = await browser.get(f"/curate/programs/start?from={name}")
        await browser.post(f"/curate/programs/start?from={name}", sent_of(page) | {"curated": curated.key})
    listed = Challenge.filter(school_id=school.card.id, kind="list").order_by("id")
    assert await listed.values_list("curated_id", "goal") == [(curated.id, 4), (curated.id, 3)]
    vote = await Activity.get(school_id=school.card.id, kind="answer")
    assert all(book.title in vote.instructions for book in books)


async def test_the_same_form_sent_twice_makes_one_program(browser, school, ada):
    browser.sign_in(ada)
    sent = sent_of(await browser.get("/curate/programs/start?from=bingo"))
    answers = [await browser.post("/curate/programs/start?from=bingo", sent) for _ in range(2)]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert await Program.filter(school_id=school.card.id).count() == 1


def test_days_follow_the_school_year():
    on = {name: run_of(PATTERNS[name], date(2026, 11, 28), 8) for name in PATTERNS}
    assert on["summer"] == (date(2027, 6, 2), date(2027, 7, 30))
    assert on["forty-books"] == (date(2026, 11, 28), date(2027, 6, 1))
    assert on["bingo"] == (date(2026, 11, 30), date(2027, 1, 3))
    assert on["thousand"] == (date(2026, 11, 28), None)
    late = run_of(PATTERNS["forty-books"], date(2027, 5, 20), 8)
    assert late == (date(2027, 8, 1), date(2028, 6, 1))
    assert run_of(PATTERNS["summer"], date(2027, 6, 20), 8)[0] == date(2028, 6, 2)
    assert next_year(date(2028, 2, 29)) == date(2029, 2, 28)


def test_a_year_in_a_name_moves_on():
    assert title_of_copy("Summer 2026", 1) == "Summer 2027"
    assert title_of_copy("40 books 2026-27", 2) == "40 books 2028-29"
    assert title_of_copy("1000 books before kindergarten", 1) == "1000 books before kindergarten"


def test_rules_get_new_keys_and_later_windows():
    rule = {
        "rule": "all",
        "of": [
            {"rule": "badge", "key": "b"},
            {"rule": "total", "unit": "minutes", "goal": 5, "from": "2026-02-01", "to": "2026-02-28"},
            {"rule": "total", "unit": "activities", "goal": 1, "of": "a"},
        ],
    }
    moved = json.loads(moved_rule(json.dumps(rule), {"a": "A", "b": "B"}, 365))
    assert moved["of"][0]["key"] == "B"
    assert (moved["of"][1]["from"], moved["of"][1]["to"]) == ("2027-02-01", "2027-02-28")
    assert moved["of"][2]["of"] == "A"
    read_rule(json.dumps(moved))
    assert patterns.bound('{"rule": "challenge", "key": "#1"}', ["x", 'y"']) == '{"rule": "challenge", "key": "y\\""}'


async def test_a_copy_has_everything_but_what_people_did(browser, school, ada, sam):
    browser.sign_in(ada)
    sent = sent_of(await browser.get("/curate/programs/start?from=summer"))
    await browser.post("/curate/programs/start?from=summer", sent | {"title": "Summer 2027"})
    old = await Program.get(school_id=school.card.id)
    await make.enrolment(old, sam)
    page = await browser.get(f"/curate/programs/{old.key}/copy")
    assert 'value="Summer 2028"' in page.text
    answer = await browser.post(f"/curate/programs/{old.key}/copy", sent_of(page))
    assert "This is the copy." in words_of(await browser.follow(answer))
    new = await Program.get(school_id=school.card.id, title="Summer 2028")
    assert new.starts == next_year(old.starts)
    assert (new.ends - new.starts) == (old.ends - old.starts)
    assert (new.state, new.by_id) == ("draft", ada.id)
    terms = await terms_of(school.card, [old.id, new.id])
    one, two = terms[old.id], terms[new.id]
    for rows, others in ((one.challenges, two.challenges), (one.badges, two.badges), (one.activities, two.activities)):
        assert [row["title"] for row in rows] == [row["title"] for row in others]
        assert {row["key"] for row in rows} & {row["key"] for row in others} == set()
    asked = {part for badge in two.badges for part in re.findall(r'"key":"([^"]+)"', badge["rule"])}
    assert asked <= {row["key"] for row in (*two.challenges, *two.badges)}
    assert asked
    assert await Enrolment.filter(school_id=school.card.id, program_id=new.id).count() == 0
    assert await Award.filter(school_id=school.card.id, program_id=new.id).count() == 0
