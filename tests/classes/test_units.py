"""Units on their pages: planned together, seen by those who plan them and by nobody else, counted without names."""

from datetime import timedelta
from typing import Any

import pytest

from engage import dates
from engage.classes import unit_actions, unit_queries
from engage.classes.unit_models import Unit, UnitList, UnitPlanner, UnitSession, UnitStandard
from engage.classes.unit_rules import Lead, Level, UnitState, prints_of
from engage.dates import Period
from engage.errors import NotFound, Refused
from engage.evaluation.planned import together_of
from engage.lists.standards_models import Framework, Standard
from engage.people.models import Membership, Person
from engage.people.rules import Reader, Role, Status
from engage.routes_classes import PLANNING
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool, as_reader, today, words_of

WORDS: dict[str, Any] = {
    "title": "Tides and moons",
    "subject": "Science",
    "grade_low": 3,
    "grade_high": 4,
    "starts": today() - timedelta(days=7),
    "ends": today() + timedelta(days=14),
    "level": Level.COLLABORATE,
    "objectives": "Why the sea comes and goes.",
    "technology": "A tide table.",
}
SENT = {
    **WORDS,
    "grade_low": "3",
    "grade_high": "4",
    "starts": WORDS["starts"].isoformat(),
    "ends": WORDS["ends"].isoformat(),
    "level": "collaborate",
}
# a day within these, also once a midnight has gone by
MORNING = {"on": today().isoformat(), "what": "Look at the tide table", "lead": "both", "part": "Tom begins."}


async def started(school: TestSchool, *invited: Reader, **more: Any) -> Unit:
    """A unit of Tom's with some colleagues."""
    key = await unit_actions.start_unit(WORDS | more, [one.key for one in invited], by=school.tom)
    return await Unit.get(school_id=school.card.id, key=key)


async def standards(school: TestSchool, many: int = 2) -> list[Standard]:
    """A framework with some standards."""
    of = {"school_id": school.card.id}
    framework = await Framework.create(
        **of, identifier="f", title="Science 3", items_count=many, imported_at=dates.now()
    )
    return [
        await Standard.create(
            **of, framework_id=framework.id, identifier=f"s{n}", code=f"S.{n}", statement=f"Moon {n}", position=n
        )
        for n in range(1, many + 1)
    ]


async def test_a_unit_from_its_title_to_looking_back(browser: Browser, school: TestSchool) -> None:
    tom = browser.sign_in(school.tom)
    sent = {"title": " Tides  and moons ", "invited": [school.ada.key]}
    page = await browser.follow(await tom.post("/units/new", sent))
    said = words_of(page)
    assert "Draft" in said
    assert "Before it is planned, it needs the first day, the last day, the subject" in said
    (unit,) = await unit_queries.units_for(school.ada)
    assert unit.title == "Tides and moons"
    await tom.post(f"/units/{unit.key}/plan")
    assert (await Unit.get(school_id=school.card.id)).state is UnitState.DRAFT

    # the specialist writes the rest
    ada = browser.sign_in(school.ada)
    form = await ada.get(f"/units/{unit.key}/words")
    seen = prints_of(unit_queries.words_of(unit))
    assert seen in form.text
    await ada.post(f"/units/{unit.key}/words", SENT | {"seen": seen})
    await ada.post(f"/units/{unit.key}/lessons/new", MORNING)
    curated = await make.curated_list(by=school.ada, title="Sea stories", items=2, published=True)
    await ada.post(f"/units/{unit.key}/lists", {"curated": curated.key})
    one, _ = await standards(school)
    await ada.post(f"/units/{unit.key}/standards", {"standards": [one.key]})
    page = await browser.follow(await ada.post(f"/units/{unit.key}/plan"))
    said = words_of(page)
    for words in ("The unit is planned.", "Grades 3 to 4", "Collaborate", "Look at the tide table", "Both together"):
        assert words in said
    assert "Sea stories" in said
    assert "S.1 Moon 1" in said

    refused = await ada.post(f"/units/{unit.key}/look-back", {"reflection": " ", "seen": prints_of({"reflection": ""})})
    assert refused.status_code == 422
    back = {"reflection": "The table was hard to read.", "seen": prints_of({"reflection": ""})}
    page = await browser.follow(await ada.post(f"/units/{unit.key}/look-back", back))
    assert "The table was hard to read." in words_of(page)
    assert "Taught" in words_of(page)
    await ada.post(f"/units/{unit.key}/step-back")
    assert (await Unit.get(school_id=school.card.id)).state is UnitState.PLANNED


async def test_a_form_without_a_title_comes_back_filled_and_a_form_sent_twice_makes_one(
    browser: Browser, school: TestSchool
) -> None:
    tom = browser.sign_in(school.tom)
    answer = await tom.post("/units/new", SENT | {"title": " ", "invited": [school.ada.key]})
    assert answer.status_code == 422
    assert "Give the unit a title." in words_of(answer)
    assert "A tide table." in answer.text
    answer = await tom.post("/units/new", SENT | {"ends": "2020-01-01"})
    assert answer.status_code == 422
    assert "The last day is before the first." in words_of(answer)
    for _ in range(2):
        assert (await tom.post("/units/new", SENT | {"form_key": "one and the same"})).status_code == 303
    unit = await Unit.get(school_id=school.card.id)
    for _ in range(2):
        await tom.post(f"/units/{unit.key}/lessons/new", MORNING | {"form_key": "a lesson"})
    assert await UnitSession.filter(school_id=school.card.id).count() == 1


async def test_only_those_who_plan_a_unit_find_it(browser: Browser, school: TestSchool) -> None:
    """Every address of it, and every role; an invitation opens it, and taking it back closes it."""
    unit = await started(school)
    key = await unit_actions.add_session(
        unit.key, {"on": today(), "what": "Look", "lead": Lead.BOTH, "part": ""}, by=school.tom
    )
    uma = await make.person("Uma Falk", Role.TEACHER, school.lincoln, login="uma")
    other = await as_reader(uma, "lincoln")
    outside = [school.ada, other, school.sam, school.vera, school.alma, school.dora, school.rosa, school.remy, None]
    wrong = []
    for row in PLANNING:
        if "/units/{key}" not in row.path:
            continue
        path = row.path.removeprefix("/{school}").format(key=unit.key, session=key, curated="x", person=school.tom.key)
        for reader in outside:
            browser.sign_in(reader)
            for method in row.methods:
                answer = await (browser.get(path) if method == "GET" else browser.post(path, SENT | MORNING))
                if answer.status_code != 404:
                    wrong.append((row.name, reader and reader.name, answer.status_code))
    assert wrong == []
    assert (await Unit.get(school_id=school.card.id)).version == unit.version + 1
    for reader in (school.sam, school.vera, school.alma, school.dora, None):
        for path in ("/units", "/units/new", "/curate/library-help", "/library-help/new"):
            assert (await browser.sign_in(reader).get(path)).status_code == 404

    await unit_actions.invite(unit.key, school.ada.key, by=school.tom)
    assert (await browser.sign_in(school.ada).get(f"/units/{unit.key}")).status_code == 200
    await unit_actions.take_off(unit.key, school.ada.key, by=school.tom)
    assert (await browser.sign_in(school.ada).get(f"/units/{unit.key}")).status_code == 404


async def test_rights_go_with_the_role(school: TestSchool) -> None:
    unit = await started(school, school.ada)
    await Membership.filter(school_id=school.card.id, person_id=school.ada.id).delete()
    ada = await Person.get(school_id=school.card.id, id=school.ada.id)
    await make.membership(ada, Role.VIEWER, school.lincoln)
    with pytest.raises(NotFound):
        await unit_queries.unit_for(await as_reader(ada, "lincoln"), unit.key)


async def test_two_who_write_at_once_are_asked_and_nobodys_words_are_lost(browser: Browser, school: TestSchool) -> None:
    unit = await started(school, school.ada)
    seen = prints_of(unit_queries.words_of(unit))
    ada = browser.sign_in(school.ada)
    hers = SENT | {"seen": seen, "objectives": "What the moon does.", "technology": "Tablets."}
    assert (await ada.post(f"/units/{unit.key}/words", hers)).status_code == 303

    tom = browser.sign_in(school.tom)
    his = SENT | {"seen": seen, "objectives": "Why there are tides.", "subject": "Physics"}
    answer = await tom.post(f"/units/{unit.key}/words", his)
    assert answer.status_code == 409
    assert "Somebody changed this while you were writing. It now says: “What the moon does.”." in words_of(answer)
    assert "Why there are tides." in answer.text
    assert "Tablets." in answer.text  # what he had not touched is hers in the form, too
    row = await Unit.get(school_id=school.card.id)
    assert (row.objectives, row.subject, row.technology) == ("What the moon does.", "Physics", "Tablets.")

    now = prints_of(unit_queries.words_of(row))
    assert now in answer.text
    again = his | {"seen": now, "technology": "Tablets."}
    assert (await tom.post(f"/units/{unit.key}/words", again)).status_code == 303
    row = await Unit.get(school_id=school.card.id)
    assert (row.objectives, row.technology) == ("Why there are tides.", "Tablets.")

    # a lesson and looking back ask in the same way
    lesson = {"on": today(), "what": "Look", "lead": Lead.BOTH, "part": ""}
    key = await unit_actions.add_session(unit.key, lesson, by=school.tom)
    await unit_actions.change_session(unit.key, key, lesson | {"what": "Measure"}, prints_of(lesson), by=school.ada)
    path = f"/units/{unit.key}/lessons/{key}"
    sent = {"on": today().isoformat(), "what": "Draw", "lead": "both", "seen": prints_of(lesson)}
    answer = await tom.post(path, sent)
    assert answer.status_code == 409
    assert "It now says: “Measure”" in words_of(answer)
    page = await browser.follow(await tom.post(f"{path}/remove", {"seen": prints_of(lesson)}))
    assert "Somebody changed this lesson while you looked at it." in words_of(page)
    (there,) = await unit_queries.sessions_of(row)
    assert there["what"] == "Measure"
    # what is taken out comes back by one press
    now = prints_of({name: there[name] for name in unit_queries.OF_SESSION})
    page = await browser.follow(await tom.post(f"{path}/remove", {"seen": now}))
    assert "Measure" not in words_of(page)
    assert (await tom.get(path)).status_code == 404
    assert f"{path}/put-back" in page.text
    page = await browser.follow(await tom.post(f"{path}/put-back"))
    assert "Measure" in words_of(page)
    await unit_actions.plan(unit.key, by=school.tom)
    nothing = prints_of({"reflection": ""})
    await unit_actions.look_back(unit.key, "Good.", nothing, by=school.ada)
    answer = await tom.post(f"/units/{unit.key}/look-back", {"reflection": "Too short.", "seen": nothing})
    assert answer.status_code == 409
    assert "It now says: “Good.”" in words_of(answer)


async def test_a_planned_unit_stays_whole_and_only_a_draft_of_ones_own_is_thrown_away(
    browser: Browser, school: TestSchool
) -> None:
    unit = await started(school, school.ada)
    await unit_actions.plan(unit.key, by=school.ada)
    words = unit_queries.words_of(await Unit.get(school_id=school.card.id))
    with pytest.raises(Refused, match="the subject"):
        await unit_actions.describe(unit.key, words | {"subject": ""}, prints_of(words), by=school.tom)
    for reader in (school.ada, school.tom):
        assert (await browser.sign_in(reader).get(f"/units/{unit.key}/throw-away")).status_code == 404
    await unit_actions.step_back(unit.key, by=school.ada)
    assert (await browser.sign_in(school.ada).post(f"/units/{unit.key}/throw-away")).status_code == 404
    assert "Throw Tides and moons away?" in words_of(
        await browser.sign_in(school.tom).get(f"/units/{unit.key}/throw-away")
    )
    await browser.post(f"/units/{unit.key}/throw-away")
    assert await UnitPlanner.filter(school_id=school.card.id).count() == 0


async def test_who_plans_it_is_asked_and_leaves_and_a_unit_is_never_nobodys(
    browser: Browser, school: TestSchool
) -> None:
    unit = await started(school)
    tom = browser.sign_in(school.tom)
    page = await tom.get(f"/units/{unit.key}/people")
    assert "Ada Okafor" in page.text
    for name in ("Vera Lind", "Alma Berg", "Rosa Hale", "Sam"):
        assert name not in words_of(page).replace("Sam School", "")
    answer = await tom.post(f"/units/{unit.key}/people/{school.tom.key}/drop")
    assert "Nobody else plans this unit." in words_of(await browser.follow(answer))
    await tom.post(f"/units/{unit.key}/people", {"person": school.ada.key})
    assert (await tom.post(f"/units/{unit.key}/people", {"person": school.rosa.key})).status_code == 422
    # only the owner takes others off
    assert (
        await browser.sign_in(school.ada).post(f"/units/{unit.key}/people/{school.tom.key}/drop")
    ).status_code == 404
    await browser.sign_in(school.tom).post(f"/units/{unit.key}/people/{school.tom.key}/drop")
    row = await Unit.get(school_id=school.card.id)
    assert row.owner_id == school.ada.id
    assert [one.id for one in await unit_queries.units_for(school.tom)] == []


async def test_a_list_that_one_may_not_see_has_no_title(browser: Browser, school: TestSchool) -> None:
    unit = await started(school, school.ada)
    draft = await make.curated_list(by=school.ada, title="Secret shore", items=1)
    await browser.sign_in(school.ada).post(f"/units/{unit.key}/lists", {"curated": draft.key})
    assert "Secret shore" in words_of(await browser.get(f"/units/{unit.key}"))
    page = await browser.sign_in(school.tom).get(f"/units/{unit.key}")
    assert "Secret shore" not in page.text
    assert "A list that you may not see" in words_of(page)
    assert (await browser.post(f"/units/{unit.key}/lists", {"curated": draft.key})).status_code == 422
    assert (await browser.post(f"/units/{unit.key}/lists/{draft.key}/drop")).status_code == 404
    await browser.sign_in(school.ada).post(f"/units/{unit.key}/lists/{draft.key}/drop")
    assert await UnitList.filter(school_id=school.card.id).count() == 0


async def test_a_standard_is_chosen_once_and_taken_off(browser: Browser, school: TestSchool) -> None:
    unit = await started(school)
    one, two = await standards(school)
    path = f"/units/{unit.key}/standards"
    tom = browser.sign_in(school.tom)
    assert "S.1" in words_of(await tom.get(f"{path}?q=S.1"))
    for keys in ([one.key], [one.key, two.key]):
        await tom.post(path, {"standards": keys})
    assert await UnitStandard.filter(school_id=school.card.id).count() == 2
    await tom.post(path, {"drop": one.key})
    assert await UnitStandard.filter(school_id=school.card.id).count() == 1
    assert (await tom.post(path, {"standards": ["nothing"]})).status_code == 404
    assert (await tom.post(path, {})).status_code == 422


async def test_the_year_stands_on_one_page_and_costs_the_same_for_many(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    one = await started(school, title="Tides")
    await started(school, title="Some day", starts=None, ends=None)
    tom = browser.sign_in(school.tom)
    counts = []
    for more in (0, 6):
        for number in range(more):
            await started(school, school.ada, title=f"Unit {number}")
            lesson = {"on": today(), "what": "Look", "lead": Lead.BOTH, "part": ""}
            await unit_actions.add_session(one.key, lesson, by=school.tom)
        for path in ("/units", f"/units/{one.key}", "/classes"):
            await tom.get(path)
            statements.forget()
            page = await tom.get(path)
            assert page.status_code == 200
            counts.append(len(statements))
    assert counts[:3] == counts[3:]
    assert max(counts[:2]) <= 8, counts
    assert counts[2] <= 10
    page = await tom.get("/units")
    said = words_of(page)
    assert "Grades 3 to 4, Science" in said
    assert "Without a day yet Some day" in said
    assert f'data-first="{(WORDS["starts"].month - 8) % 12 + 1}"' in page.text
    before = await tom.get(f"/units?year={dates.school_year(today()).starts.year - 1}")
    assert "No units in this year" in words_of(before)
    assert (await tom.get("/units?year=99999999")).status_code == 200


async def test_evaluation_counts_units_lessons_and_standards_and_no_drafts(school: TestSchool) -> None:
    school_id, year = school.card.id, dates.school_year(today())
    one, _ = await standards(school, 2)
    for title, level, planned in (
        ("A", Level.COLLABORATE, True),
        ("B", Level.COLLABORATE, True),
        ("C", Level.COOPERATE, True),
        ("D", Level.COORDINATE, False),
    ):
        unit = await started(school, title=title, level=level)
        for on, lead in ((today(), Lead.BOTH), (today() + timedelta(days=1), Lead.BOTH), (today(), Lead.SPECIALIST)):
            lesson = {"on": on, "what": "Look", "lead": lead, "part": ""}
            await unit_actions.add_session(unit.key, lesson, by=school.tom)
        await UnitStandard.create(school_id=school_id, unit_id=unit.id, standard_id=one.id)
        if planned:
            await unit_actions.plan(unit.key, by=school.tom)
    levels = {Level.COLLABORATE: 2, Level.COORDINATE: 0, Level.COOPERATE: 1}
    week = Period(today(), today() + timedelta(days=6))
    zone = school.card.zone
    for period in (year, week):
        assert (await together_of(school_id, zone, period)).units == levels
    assert (await together_of(school_id, zone, year)).standards == (1, 2)
    for days, taught in ((1, {Lead.SPECIALIST: 3, Lead.BOTH: 3}), (7, {Lead.SPECIALIST: 3, Lead.BOTH: 6})):
        some = await together_of(school_id, zone, Period(today(), today() + timedelta(days=days - 1)))
        assert some.lessons == {Lead.TEACHER: 0, **taught}
    # another school, and a year before
    long_ago = dates.school_year(today() - timedelta(days=800))
    for number, period in ((school.roosevelt.id, year), (school_id, long_ago)):
        other = await together_of(number, zone, period)
        assert {*other.units.values(), *other.lessons.values(), other.standards[0]} == {0}


async def test_an_erased_owner_leaves_the_unit_to_the_others(school: TestSchool) -> None:
    unit = await started(school, school.ada)
    await Person.filter(school_id=school.card.id, id=school.tom.id).update(status=Status.GONE)
    await Person.filter(school_id=school.card.id, id=school.tom.id).delete()
    found = await unit_queries.unit_for(school.ada, unit.key)
    assert found.owner_id is None
    assert [one["name"] for one in await unit_queries.planners_of(found)] == ["Ada Okafor"]
