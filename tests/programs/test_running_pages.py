"""The desk of programs: for specialists, and for nobody else."""

import json
import re
from datetime import timedelta

import pytest

from engage import dates
from engage.database.job_model import Job
from engage.database.tenancy import every_school
from engage.errors import NotFound
from engage.programs import running_actions
from engage.programs.models import Award, Badge, Challenge, FormerRules, Program, Progress, Standing
from engage.programs.rebuild import rebuild, recount
from tests import make
from tests.programs.test_pages import key_of
from tests.school import words_of

SIXTY = {"title": "Sixty", "rule": json.dumps({"rule": "total", "unit": "minutes", "goal": 60})}


def today(back=0):
    return dates.today("America/New_York") - timedelta(days=back)


SETTINGS = {
    "title": "Lantern Nights",
    "introduction": "Read by lantern light.",
    "how": "Read.\nLog it.",
    "kind": "own",
    "visibility": "school",
    "credit": "opening",
    "backdate_days": "7",
    "catching_up": "7",
    "streak_unit": "day",
    "grace_days": "1",
    "minimum": "0",
    "ink": "night",
    "scene": "lanterns",
    "grade_low": "",
    "grade_high": "",
    "points_unit": "",
}
CHALLENGE = {"title": "", "goal": "60", "unit": "minutes", "minimum": "0", "repeats": "once"}
AMOUNT, LIST = "challenges/new?kind=amount", "challenges/new?kind=list"
BADGE = {"title": "Sixty", "shape": "round", "ink": "marigold", "number": "60", "icon": ""}
BADGE |= {"rows": "2", "what_0": "minutes", "goal_0": "60"}


async def fill_in(browser, path, values):
    """Open a form and send it."""
    shown = await browser.get(path)
    assert shown.status_code == 200, words_of(shown)[:300]
    return await browser.post(path, {"form_key": key_of(shown), **values})


async def test_a_specialist_makes_and_publishes_a_program(browser, school, ada, sam):
    books = await make.resources(6)
    curated = await make.curated_list(by=ada, title="Sea stories", items=books, published=True)
    browser.sign_in(ada)
    days = {"starts": today(3).isoformat(), "ends": today(-30).isoformat()}
    answer = await fill_in(browser, "/curate/programs/start", SETTINGS | days)
    edit = answer.headers["location"].removeprefix("/lincoln")
    assert "Your program is started." in words_of(await browser.follow(answer))

    refused = await browser.follow(await browser.post(f"{edit}/publish"))
    assert "Add a challenge first" in words_of(refused)
    assert (await fill_in(browser, f"{edit}/{AMOUNT}", CHALLENGE)).status_code == 303
    listed = {"goal": "5", "curated": curated.key, "title": "Any five"}
    assert (await fill_in(browser, f"{edit}/{LIST}", listed)).status_code == 303
    assert (await fill_in(browser, f"{edit}/badges/new", BADGE)).status_code == 303
    both = json.dumps({"rule": "all", "of": [{"rule": "challenges", "goal": 2}, {"rule": "points", "goal": 1}]})
    assert (await fill_in(browser, f"{edit}/badges/new", BADGE | {"title": "All", "rule": both})).status_code == 303
    page = words_of(await browser.get(edit))
    assert "60 minutes 60 minutes" in page
    assert "Any five Any 5 titles from Sea stories" in page

    assert (await browser.sign_in(sam).get("/programs/lantern-nights")).status_code == 404
    published = await browser.follow(await browser.sign_in(ada).post(f"{edit}/publish"))
    assert "Lantern Nights is published." in words_of(published)
    page = words_of(await browser.sign_in(sam).get("/programs/lantern-nights"))
    assert "Read by lantern light." in page
    assert "Take part" in page
    (program,) = await Program.filter(school_id=school.card.id)
    assert (program.state, program.by_id) == ("published", ada.id)

    await browser.follow(await browser.sign_in(ada).post(f"{edit}/put-away"))
    assert (await browser.sign_in(sam).get("/programs/lantern-nights")).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        *("", "/new", "/start", "/{key}", "/{key}/settings", "/{key}/preview", "/{key}/copy", "/{key}/people"),
        *("/{key}/challenges/new", "/{key}/badges/new"),
    ],
)
async def test_the_desk_is_for_those_who_run_programs(browser, school, ada, tom, sam, path):
    program = await make.program(by=ada)
    own = "{key}" not in path
    path = "/curate/programs" + path.format(key=program.key)
    assert (await browser.sign_in(ada).get(path)).status_code == 200
    # a teacher runs programs of own classes, and no other one
    assert (await browser.sign_in(tom).get(path)).status_code == (200 if own else 404)
    for somebody in (None, sam, school.vera, school.alma, school.dora, school.rosa, school.remy):
        assert (await browser.sign_in(somebody).get(path)).status_code == 404, somebody


async def test_nobody_else_changes_a_program(browser, school, ada, tom, sam):
    program = await make.program(by=ada, badges=[SIXTY], state="draft")
    challenge = await Challenge.get(school_id=school.card.id)
    badge = await Badge.get(school_id=school.card.id)
    acts = ["publish", "put-away", f"challenges/{challenge.key}/drop", f"badges/{badge.key}/drop"]
    for somebody in (None, sam, tom, school.vera, school.rosa):
        browser.sign_in(somebody)
        for act in acts:
            assert (await browser.post(f"/curate/programs/{program.key}/{act}")).status_code == 404
        assert (await browser.post(f"/curate/programs/{program.key}/settings", SETTINGS)).status_code == 404
        if somebody is not tom:
            assert (await browser.post("/curate/programs/start", SETTINGS)).status_code == 404
    assert (await browser.sign_in(school.rosa).get(f"/roosevelt/curate/programs/{program.key}")).status_code == 404
    assert await Program.filter(school_id=school.card.id, state="draft").count() == 1


async def test_the_acts_themselves_know_who_may(school, ada, tom, sam):
    program = await make.program(by=ada)
    for somebody in (sam, school.vera, school.alma):
        with pytest.raises(NotFound):
            await running_actions.start_program({}, "", somebody)
    for somebody in (tom, sam, school.rosa, school.vera):
        with pytest.raises(NotFound):
            await running_actions.publish(program.key, somebody)
        with pytest.raises(NotFound):
            await running_actions.put_away(program.key, somebody)


async def test_the_same_form_sent_twice_makes_one_of_each(browser, school, ada):
    program = await make.program(by=ada, title="Other", state="draft")
    edit = f"/curate/programs/{program.key}"
    browser.sign_in(ada)
    for path, values in (
        ("/curate/programs/start", SETTINGS | {"starts": today().isoformat()}),
        (f"{edit}/{AMOUNT}", CHALLENGE),
        (f"{edit}/badges/new", BADGE),
    ):
        sent = {"form_key": key_of(await browser.get(path)), **values}
        answers = [await browser.post(path, sent) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
        assert answers[0].headers["location"] == answers[1].headers["location"]
    assert await Program.filter(school_id=school.card.id).count() == 2
    assert await Challenge.filter(school_id=school.card.id).count() == 2
    assert await Badge.filter(school_id=school.card.id).count() == 1


async def test_two_programs_of_one_name_have_two_addresses(browser, school, ada):
    browser.sign_in(ada)
    for _ in range(2):
        await fill_in(browser, "/curate/programs/start", SETTINGS | {"starts": today().isoformat()})
    slugs = await Program.filter(school_id=school.card.id).order_by("id").values_list("slug")
    assert [slug for (slug,) in slugs] == ["lantern-nights", "lantern-nights-2"]


async def test_rules_that_could_never_be_met_are_refused_beside_their_field(browser, school, ada):
    books = await make.resources(3)
    curated = await make.curated_list(by=ada, items=books, published=True)
    program = await make.program(by=ada, badges=[SIXTY])
    (badge,) = await Badge.filter(school_id=school.card.id)
    edit = f"/curate/programs/{program.key}"
    browser.sign_in(ada)
    waits = json.dumps({"rule": "badge", "key": badge.key})
    for path, values, sentence in (
        ("badges/new", BADGE | {"goal_0": ""}, "Say how many."),
        ("badges/new", BADGE | {"rule": '{"rule": "all", "of": []}'}, "A badge needs at least one condition."),
        ("badges/new", BADGE | {"what_0": "challenge nothing"}, "Choose one of those that are offered."),
        ("badges/new", BADGE | {"what_0": "challenges", "goal_0": "9"}, "This program has only 1 challenge to do."),
        ("badges/new", BADGE | {"first_0": "2026-10-07"}, "Give both days, or neither."),
        ("badges/new", BADGE | {"title": ""}, "Give the badge a name."),
        ("badges/new", BADGE | {"title": " "}, "Give the badge a name."),
        ("settings", SETTINGS | {"title": " \t"}, "Give the program a name."),
        (f"badges/{badge.key}", BADGE | {"rule": waits}, "These badges wait for each other"),
        (AMOUNT, CHALLENGE | {"goal": "0"}, "One or more."),
        (AMOUNT, CHALLENGE | {"unit": "titles", "repeats": "after"}, "Say after how many days a title counts again."),
        (AMOUNT, CHALLENGE | {"repeats": "after", "again_after": "400"}, "Days must be a number from 1 to 366."),
        (LIST, {"goal": "4", "curated": curated.key}, "The list has 3 titles"),
        (LIST, {"goal": "4", "curated": "nonsense"}, "Choose one of those that are offered."),
        ("settings", SETTINGS | {"starts": "2026-10-07", "ends": "2026-10-01"}, "cannot end before it starts"),
        ("settings", SETTINGS | {"starts": "2026-10-07", "grace_days": "7"}, "Rest days must be a number from 0 to 4."),
        ("settings", SETTINGS | {"starts": "2026-10-07", "points_1_unit": "minutes"}, "Say for how many."),
        ("settings", SETTINGS | {"starts": "2026-10-07", "grade_low": "5", "grade_high": "2"}, "The last grade stands"),
    ):
        answer = await fill_in(browser, f"{edit}/{path}", values)
        assert answer.status_code == 422, (path, sentence)
        assert sentence in words_of(answer), (path, sentence, words_of(answer)[:900])
    assert await Badge.filter(school_id=school.card.id).count() == 1
    assert await Challenge.filter(school_id=school.card.id).count() == 1


async def test_overlapping_windows_warn_while_editing(browser, school, ada):
    window = {"rule": "total", "unit": "minutes", "goal": 60, "from": "2026-10-01", "to": "2026-10-07"}
    program = await make.program(by=ada, badges=[{"title": "Week one", "rule": json.dumps(window)}])
    browser.sign_in(ada)
    path = f"/curate/programs/{program.key}/badges/new"
    answer = await fill_in(browser, path, BADGE | {"first_0": "2026-10-07", "last_0": "2026-10-14"})
    assert "Two badges count the same days: Wednesday 7 October." in words_of(await browser.follow(answer))


async def test_a_badge_and_a_challenge_come_back_into_their_forms_as_they_are(browser, school, ada):
    books = await make.resources(4)
    curated = await make.curated_list(by=ada, items=books, published=True)
    window = {
        "rule": "total",
        "unit": "minutes",
        "goal": 90,
        "from": "2026-10-01",
        "to": "2026-10-07",
        "modes": ["reading"],
    }
    group = {"rule": "any", "of": [window, {"rule": "points", "goal": 3}]}
    program = await make.program(
        by=ada,
        challenges=[{"goal": 2, "curated": curated, "required": books[1].key, "title": "Any two"}],
        badges=[{"title": "A", "rule": json.dumps(window)}, {"title": "B", "rule": json.dumps(group)}],
    )
    browser.sign_in(ada)
    edit = f"/curate/programs/{program.key}"
    challenge = await Challenge.get(school_id=school.card.id)
    one, two = await Badge.filter(school_id=school.card.id).order_by("id")
    page = (await browser.get(f"{edit}/challenges/{challenge.key}")).text
    assert re.search(rf'<option selected value="{curated.key}">', page)
    assert re.search(rf'value="{books[1].key}" checked', page)
    page = (await browser.get(f"{edit}/badges/{one.key}")).text
    assert 'value="2026-10-07"' in page
    assert 'value="90"' in page
    page = (await browser.get(f"{edit}/badges/{two.key}")).text
    assert re.search(r'name="need"[^>]*value="1"', page)
    assert 'value="points"' in page
    assert (await browser.get(f"{edit}/badges/0000000000000")).status_code == 404
    assert (await browser.get(f"{edit}/challenges/{one.key}")).status_code == 404


async def test_a_badge_published_later_is_given_to_those_who_earned_it(browser, school, ada, sam):
    program = await make.program(by=ada, challenges=[{"unit": "days", "goal": 99}])
    await make.enrolment(program, sam)
    await make.facts(sam, [(4, 50), (2, 30)])
    await rebuild(school.card.id)
    browser.sign_in(ada)
    await fill_in(browser, f"/curate/programs/{program.key}/badges/new", BADGE | {"sure": "yes"})
    with every_school("the table of jobs"):
        (job,) = await Job.filter(name="recount")
    await recount(**json.loads(job.args))
    (award,) = await Award.filter(school_id=school.card.id)
    assert (award.state, award.earned_on) == ("earned", today(2))
    assert await rebuild(school.card.id) == []


async def test_a_harder_rule_takes_no_badge_and_no_completion(browser, school, ada, sam):
    program = await make.program(by=ada, badges=[SIXTY])
    ben = await make.student("Ben")
    for person in (sam, ben):
        await make.enrolment(program, person)
    await make.facts(sam, [(2, 70)])
    await make.facts(ben, [(2, 50)])
    await rebuild(school.card.id)
    (badge,) = await Badge.filter(school_id=school.card.id)
    (challenge,) = await Challenge.filter(school_id=school.card.id)
    edit = f"/curate/programs/{program.key}"
    browser.sign_in(ada)
    await fill_in(browser, f"{edit}/badges/{badge.key}", BADGE | {"goal_0": "90", "sure": "yes"})
    await fill_in(browser, f"{edit}/challenges/{challenge.key}", CHALLENGE | {"goal": "90", "sure": "yes"})
    assert await FormerRules.filter(school_id=school.card.id).count() == 2
    await recount(school.card.id, program.id)
    (award,) = await Award.filter(school_id=school.card.id)
    assert (award.person_id, award.state, award.earned_on) == (sam.id, "kept by policy", today(2))
    assert "it stays yours" in award.kept
    standings = Standing.filter(school_id=school.card.id).order_by("person_id")
    assert [on for (on,) in await standings.values_list("completed_on")] == [today(2), None]
    assert await Progress.filter(school_id=school.card.id, goal=90, done_on__isnull=True).count() == 2
    assert await rebuild(school.card.id) == []


async def test_what_somebody_holds_or_asks_for_cannot_be_dropped(browser, school, ada, sam):
    program = await make.program(by=ada, badges=[SIXTY])
    await make.enrolment(program, sam)
    challenge = await Challenge.get(school_id=school.card.id)
    rule = json.dumps({"rule": "challenge", "key": challenge.key})
    await Badge.create(school_id=school.card.id, program_id=program.id, title="Did it", rule=rule)
    await make.facts(sam, [(2, 70)])
    await rebuild(school.card.id)
    edit = f"/curate/programs/{program.key}"
    browser.sign_in(ada)
    sixty, did = await Badge.filter(school_id=school.card.id).order_by("id")
    for path, sentence in (
        (f"badges/{sixty.key}/drop", "Somebody holds this badge already, so it stays."),
        (f"challenges/{challenge.key}/drop", "A badge asks for a challenge that is not in this program."),
    ):
        assert sentence in words_of(await browser.follow(await browser.post(f"{edit}/{path}")))
    await Award.filter(school_id=school.card.id).delete()
    await browser.post(f"{edit}/badges/{did.key}/drop?sure=yes")
    assert await Badge.filter(school_id=school.card.id).count() == 1
    page = words_of(await browser.follow(await browser.post(f"{edit}/challenges/{challenge.key}/drop")))
    assert "A published program keeps at least one challenge." in page


async def test_the_terms_of_a_program_that_is_over_stay(browser, school, ada):
    program = await make.program(by=ada, starts=today(60), ends=today(20), badges=[SIXTY])
    browser.sign_in(ada)
    answer = await fill_in(browser, f"/curate/programs/{program.key}/badges/new", BADGE)
    assert answer.status_code == 422
    assert "This program is over, and its result stays as it is." in words_of(answer)


async def test_the_desk_costs_a_steady_number_of_statements(browser, school, ada, statements):
    program = await make.program(by=ada, badges=[SIXTY])
    browser.sign_in(ada)
    paths = ["/curate/programs", f"/curate/programs/{program.key}"]

    async def counted():
        numbers = []
        for path in paths:
            await browser.get(path)
            statements.forget()
            await browser.get(path)
            numbers.append(len(statements))
        return numbers

    few = await counted()
    for number in range(10):
        await make.program(by=ada, title=f"P {number}", badges=[SIXTY] * 3)
        columns = {"school_id": school.card.id, "program_id": program.id}
        await Challenge.create(**columns, title=f"C {number}", kind="amount", unit="days", goal=5)
        await Badge.create(**columns, title=f"B {number}", rule=SIXTY["rule"])
    assert await counted() == few
    assert max(few) <= 12
