"""Every kind of challenge by its form, rules with groups, and what a change of published rules comes to."""

import json

import pytest

from engage.errors import Refused
from engage.programs.activity_models import Activity, ActivityDone, ProgramClass
from engage.programs.badge_actions import drop_badge, put_badge
from engage.programs.challenge_actions import drop_challenge
from engage.programs.models import Award, Badge, Challenge, FormerRules, Program
from engage.programs.queries import terms_of
from engage.programs.rebuild import rebuild, recount
from engage.programs.running_actions import publish
from tests import make
from tests.programs.test_joining import today
from tests.programs.test_making import sent_of
from tests.programs.test_pages import key_of
from tests.programs.test_participants import SIXTY, somebody
from tests.programs.test_running_pages import BADGE, CHALLENGE, SETTINGS, fill_in
from tests.school import words_of


@pytest.mark.parametrize(
    ("sort", "sent", "columns"),
    [
        ("amount", {"goal": "60", "unit": "pages", "modes": ["reading"]}, ("amount", "pages", 60, "reading", "")),
        ("own goal", {"goal": "200", "unit": "minutes"}, ("own goal", "minutes", 200, "", "")),
        ("class goal", {"goal": "900", "unit": "titles"}, ("class goal", "titles", 900, "", "")),
        ("school goal", {"goal": "900", "unit": "days"}, ("school goal", "days", 900, "", "")),
        (
            "streak",
            {"goal": "5", "row_unit": "school day", "grace": "0"},
            ("streak", "school days", 5, "", {"unit": "school day", "grace": 0}),
        ),
        ("activities", {"things": "Read outdoors\n\n Visit us "}, ("activities", "activities", 2, "", "")),
        ("prompts", {"things": "A poem\nA true story\nA map", "goal": "2"}, ("prompts", "prompts", 2, "", "")),
    ],
)
async def test_each_kind_of_challenge_has_a_form(browser, school, ada, sort, sent, columns):
    program = await make.program(by=ada, state="draft", challenges=[])
    browser.sign_in(ada)
    path = f"/curate/programs/{program.key}/challenges/new?kind={sort}"
    shown = await browser.get(path)
    answer = await browser.post(path, sent_of(shown) | {"title": "It"} | sent)
    assert answer.status_code == 303, words_of(answer)[:500]
    row = await Challenge.get(school_id=school.card.id)
    details = json.loads(row.details) if row.details else ""
    assert (row.kind, row.unit, row.goal, row.modes, details) == columns
    lines = [line.strip() for line in sent.get("things", "").splitlines() if line.strip()]
    assert [title for (title,) in await Activity.filter(school_id=school.card.id).values_list("title")] == lines
    # and it comes back as it is
    path = f"/curate/programs/{program.key}/challenges/{row.key}"
    again = sent_of(await browser.get(path)) | {"things": ""} | ({"modes": sent["modes"]} if "modes" in sent else {})
    assert (await browser.post(path, again)).status_code == 303
    same = await Challenge.get(school_id=school.card.id)
    assert (same.kind, same.unit, same.goal, same.modes, same.details) == (*columns[:4], row.details)
    assert (await browser.get(f"/curate/programs/{program.key}/preview?as=in")).status_code == 200


async def test_a_title_counts_again_after_as_many_days_as_are_typed(browser, school, ada):
    program = await make.program(by=ada, state="draft", challenges=[])
    path = f"/curate/programs/{program.key}/challenges"
    shown = await browser.sign_in(ada).get(f"{path}/new?kind=amount")
    titles = sent_of(shown) | {"goal": "5", "unit": "titles", "repeats": "after", "again_after": "45"}
    assert (await browser.post(f"{path}/new?kind=amount", titles)).status_code == 303
    row = await Challenge.get(school_id=school.card.id)
    assert row.repeats == "after 45"
    path += f"/{row.key}"
    again = sent_of(await browser.get(path))
    assert (again["repeats"], again["again_after"]) == ("after", "45")
    for sent, kept in (({}, "after 45"), ({"repeats": "always"}, "always"), ({"repeats": "once"}, "once")):
        assert (await browser.post(path, sent_of(await browser.get(path)) | sent)).status_code == 303
        assert (await Challenge.get(school_id=school.card.id)).repeats == kept


@pytest.mark.parametrize("size", [3, 4, 5])
async def test_a_bingo_card_is_made_square_by_square_and_frozen_once_published(browser, school, ada, size):
    program = await make.program(by=ada, state="draft", badges=[SIXTY])
    badge = await Badge.get(school_id=school.card.id)
    browser.sign_in(ada)
    path = f"/curate/programs/{program.key}/challenges/new?kind=bingo&size={size}"
    sent = sent_of(await browser.get(path)) | {"title": "Bingo", "goal": "2"}
    sent |= {"words_0": "Sixty first", "what_0": f"badge {badge.key}", "what_1": "titles listening", "goal_1": "3"}
    assert len(sent) < 200
    wrong = await browser.post(path, sent | {"goal_1": ""})
    assert wrong.status_code == 422
    assert "Say how many." in words_of(wrong)
    assert 'value="Sixty first"' in wrong.text
    assert (await browser.post(path, sent)).status_code == 303
    row = await Challenge.get(school_id=school.card.id, kind="bingo")
    card = json.loads(row.details)
    assert (card["size"], len(card["squares"]), row.goal) == (size, size * size, 2)
    assert card["squares"][0] == {"title": "Sixty first", "rule": {"rule": "badge", "key": badge.key}}
    assert card["squares"][1]["title"] == "Listen to 3 titles"
    assert ("rule" not in card["squares"][size * size // 2]) is bool(size % 2)
    await terms_of(school.card, [program.id])

    path = f"/curate/programs/{program.key}/challenges/{row.key}"
    await browser.post(f"/curate/programs/{program.key}/publish")
    shown = await browser.get(path)
    assert "The card is frozen" in words_of(shown)
    renamed = await browser.post(path, sent_of(shown) | {"title": "Winter bingo"})
    assert renamed.status_code == 303
    answer = await browser.post(path, sent_of(await browser.get(path)) | {"goal_1": "4"})
    assert answer.status_code == 422
    assert "The card is frozen since the program was published." in words_of(answer)
    same = await Challenge.get(school_id=school.card.id, kind="bingo")
    assert (same.title, same.details) == ("Winter bingo", row.details)


async def test_activities_are_set_one_by_one_and_what_was_done_of_them_stays(browser, school, ada, sam):
    program = await make.program(by=ada, challenges=[])
    browser.sign_in(ada)
    desk = f"/curate/programs/{program.key}/challenges"
    await fill_in(browser, f"{desk}/new?kind=activities", {"title": "Do", "things": "One\nTwo", "goal": "1"})
    home = await Challenge.get(school_id=school.card.id)
    new = f"{desk}/{home.key}/things/new"
    sent = {"title": "Find the word", "how": "code", "most": "3", "most_a_day": "1", "code": "", "on": ""}
    for more, sentence in (
        ({}, "Write the code word."),
        ({"how": "attend"}, "Pick the day of the event."),
        ({"how": "attend", "on": today(99).isoformat()}, "Pick a day inside the program."),
        ({"title": ""}, "Say what there is to do."),
    ):
        answer = await fill_in(browser, new, sent | more)
        assert answer.status_code == 422
        assert sentence in words_of(answer), sentence
    assert (await fill_in(browser, new, sent | {"code": "Owl light"})).status_code == 303
    coded = await Activity.get(school_id=school.card.id, kind="code")
    assert (coded.code, coded.most) == ("Owl light", 3)
    row = await Activity.get(school_id=school.card.id, title="One")
    await ActivityDone.create(
        school_id=school.card.id,
        person_id=sam.id,
        activity_id=row.id,
        on=today(),
        zone=school.card.zone,
        entered_at=program.published_at,
        form_key="x",
    )
    two = await Activity.get(school_id=school.card.id, title="Two")
    for each in (row, two):
        await browser.post(f"{desk}/{home.key}/things/{each.key}/drop")
    left = await Activity.filter(school_id=school.card.id).order_by("id").values_list("title", "gone_on")
    assert left == [("One", today()), ("Find the word", None)]
    assert (await browser.get(f"{desk}/{home.key}/things/{row.key}")).status_code == 404
    assert (await browser.get(f"{desk}/{home.key}/things/{coded.key}/answers")).status_code == 404


async def test_votes_are_counted_without_names_and_few_are_withheld(browser, school, ada, sam):
    program = await make.program(by=ada, challenges=[])
    browser.sign_in(ada)
    desk = f"/curate/programs/{program.key}/challenges"
    await fill_in(browser, f"{desk}/new?kind=activities", {"title": "Vote", "things": "My vote", "goal": "1"})
    home, row = await Challenge.get(school_id=school.card.id), await Activity.get(school_id=school.card.id)
    await Activity.filter(school_id=school.card.id).update(kind="answer")
    # six answers of one student are the answers of few
    for number, answer in enumerate(("Owl Moon", "owl  moon", "Hatchet", "OWL MOON", "Owl Moon", "Owl Moon")):
        await ActivityDone.create(
            school_id=school.card.id,
            person_id=sam.id,
            activity_id=row.id,
            on=today(),
            zone=school.card.zone,
            entered_at=program.published_at,
            answer=answer,
            form_key=str(number),
        )
    path = f"{desk}/{home.key}/things/{row.key}/answers"
    page = words_of(await browser.get(path))
    assert "6 answers, without names" in page
    assert "Owl Moon 5" in page
    assert "Sam" not in page
    bea = await somebody("Bea", make.Role.SPECIALIST, "bea")
    page = words_of(await browser.sign_in(bea).get(path))
    assert "Answers of few students are withheld." in page
    assert "Owl Moon" not in page


async def test_a_badge_with_groups_is_made_by_form_and_shown_before_it_is_kept(browser, school, ada):
    program = await make.program(by=ada)
    browser.sign_in(ada)
    path = f"/curate/programs/{program.key}/badges/new"
    shown = await browser.get(path)
    more = await browser.post(path, {"form_key": key_of(shown), "rows": "2", "title": "", "more": "yes"})
    assert more.status_code == 200
    assert "There is a problem" not in words_of(more)
    assert 'name="what_4"' in more.text
    look = await browser.post(path, {"form_key": key_of(shown), "rows": "5", "number": "77", "look": "yes"})
    assert ">77</text>" in look.text
    sent = BADGE | {"rows": "5", "what_1": "days", "goal_1": "3", "group_1": "a", "what_2": "pages", "goal_2": "9"}
    sent |= {"group_2": "a", "what_3": "titles", "goal_3": "1", "group_3": "a", "of_a": "2"}
    answer = await fill_in(browser, path, sent | {"of_a": "4"})
    assert "Nobody could do 4 of 3 things." in words_of(answer)
    assert (await fill_in(browser, path, sent)).status_code == 303
    rule = json.loads((await Badge.get(school_id=school.card.id)).rule)
    assert rule["rule"] == "all"
    assert (rule["of"][1]["rule"], rule["of"][1]["goal"], len(rule["of"][1]["of"])) == ("at least", 2, 3)


async def test_what_a_change_comes_to_is_asked_before_it_is_kept(browser, school, ada, sam):
    program = await make.program(by=ada, badges=[SIXTY])
    others = [await make.student(f"Child {number}") for number in range(6)]
    for number, person in enumerate([sam, *others]):
        await make.enrolment(program, person)
        await make.facts(person, [(2, 70 if number < 6 else 40)])
    await rebuild(school.card.id)
    badge = await Badge.get(school_id=school.card.id)
    path = f"/curate/programs/{program.key}/badges/{badge.key}"
    browser.sign_in(ada)
    harder = BADGE | {"goal_0": "90"}
    asked = await fill_in(browser, path, harder)
    assert asked.status_code == 422
    assert "6 students would keep the badge “Sixty” by the former rules." in words_of(asked)
    assert (await Badge.get(school_id=school.card.id)).rule == badge.rule
    assert await FormerRules.filter(school_id=school.card.id).count() == 0
    assert await Award.filter(school_id=school.card.id, state="earned").count() == 6
    easier = await fill_in(browser, path, BADGE | {"goal_0": "30"})
    assert "1 student would have the badge “Sixty” by it." in words_of(easier)
    # whoever does not run it is told no number of few
    bea = await somebody("Bea", make.Role.SPECIALIST, "bea")
    browser.sign_in(bea)
    assert "Fewer than 5 students would have the badge" in words_of(
        await fill_in(browser, path, BADGE | {"goal_0": "30"})
    )
    browser.sign_in(ada)
    # what changes nothing for anybody is kept at once
    assert (await fill_in(browser, path, BADGE | {"goal_0": "65"})).status_code == 303
    assert (await fill_in(browser, path, harder | {"sure": "yes"})).status_code == 303
    await recount(school.card.id, program.id)
    assert await Award.filter(school_id=school.card.id, state="kept by policy").count() == 6
    assert await rebuild(school.card.id) == []


async def test_a_program_is_ended_and_opened_again(browser, school, ada, sam):
    program = await make.program(by=ada)
    await make.enrolment(program, sam)
    desk = f"/curate/programs/{program.key}"
    browser.sign_in(ada)
    assert "is not over" in words_of(
        await browser.follow(await browser.post(f"{desk}/reopen", {"ends": today(-3).isoformat()}))
    )
    await browser.post(f"{desk}/end")
    assert (await Program.get(school_id=school.card.id)).ends == today()
    await Program.filter(school_id=school.card.id).update(ends=today(9))
    assert "The result is final since" in words_of(await browser.get(desk))
    assert "is over" in words_of(
        await fill_in(browser, f"{desk}/settings", SETTINGS | {"starts": today(20).isoformat()})
    )
    for ends, sentence in ((today(1), "Pick today or a later day."), (today(-9), "is open again.")):
        answer = await browser.post(f"{desk}/reopen", {"ends": ends.isoformat()})
        assert sentence in words_of(await browser.follow(answer))
    assert (await Program.get(school_id=school.card.id)).ends == today(-9)
    assert "It runs to" in words_of(await browser.get(desk))


async def test_a_teacher_runs_programs_for_own_classes_and_no_others(browser, school, ada, tom, sam):
    other = await make.school_class(school.lincoln, "Room 3")
    room = await make.SchoolClass.get(school_id=school.card.id, id=school.room.id)
    browser.sign_in(tom)
    page = await browser.get("/curate/programs/start")
    assert "Room 12" in words_of(page)
    assert "Room 3" not in words_of(page)
    sent = sent_of(page) | {"title": "Our room reads", "introduction": "All of us."}
    for more, sentence in (
        ({}, "Choose at least one class."),
        ({"classes": [other.key]}, "Something that was chosen is not offered any more."),
        ({"classes": [room.key], "visibility": "school"}, "Your program is for your own classes."),
        ({"classes": [room.key], "joining": "open"}, "Your program is for your own classes."),
    ):
        answer = await browser.post("/curate/programs/start", sent | more)
        assert answer.status_code == 422, more
        assert sentence in words_of(answer), more
    answer = await browser.post("/curate/programs/start", sent | {"classes": [room.key]})
    program = await Program.get(school_id=school.card.id)
    assert (program.by_id, program.joining, program.visibility) == (tom.id, "classes", "classes")
    desk = f"/curate/programs/{program.key}"
    await fill_in(browser, f"{desk}/challenges/new?kind=amount", CHALLENGE)
    assert "is published" in words_of(await browser.follow(await browser.post(f"{desk}/publish")))
    assert (await browser.sign_in(sam).get("/programs/our-room-reads")).status_code == 200
    stranger = await somebody("Tess", make.Role.TEACHER, "tess")
    for path in ("", "/settings", "/people", "/preview"):
        assert (await browser.sign_in(stranger).get(f"{desk}{path}")).status_code == 404
        assert (await browser.sign_in(tom).get(f"{desk}{path}")).status_code == 200
    # a teacher who shares the class shares the program
    await make.in_class(await make.Person.get(school_id=school.card.id, id=stranger.id), room, make.Role.TEACHER)
    assert (await browser.sign_in(stranger).get(desk)).status_code == 200
    assert "Our room reads" in words_of(await browser.get("/curate/programs"))
    # one that is for another class, too, is not theirs to change
    await ProgramClass.create(school_id=school.card.id, program_id=program.id, school_class_id=other.id)
    assert (await browser.get(desk)).status_code == 404
    assert (await browser.post(f"{desk}/put-away")).status_code == 404
    assert (await browser.sign_in(tom).get(desk)).status_code == 200


async def test_settings_keep_limits_points_tickets_and_completion(browser, school, ada):
    program = await make.program(by=ada, state="draft", badges=[SIXTY])
    browser.sign_in(ada)
    path = f"/curate/programs/{program.key}/settings"
    sent = SETTINGS | {"starts": today().isoformat(), "joining": "code", "join_code": "Owl 7"}
    sent |= {"minutes_entry": "300", "pages_day": "500", "sessions_warns": "3", "completion": "challenges"}
    sent |= {"completion_goal": "1", "points_1_gives": "2", "points_1_per": "20", "points_1_unit": "minutes reading"}
    sent |= {"tickets_1_per": "100", "tickets_1_unit": "pages", "tickets_1_gives": "1"}
    for more, sentence in (
        ({"join_code": "x"}, "Write a code of 4 to 24 letters or numbers."),
        ({"completion_goal": "9"}, "This program has only 1 challenge to do."),
        ({"completion_goal": ""}, "Say how many."),
        ({"joining": "classes"}, "Choose at least one class."),
        ({"visibility": "classes"}, "Only a program that is assigned to classes"),
        ({"opens": today(-3).isoformat()}, "Joining opens on the first day at the latest."),
        ({"announced": today(-3).isoformat()}, "Announce it before one can join."),
    ):
        answer = await fill_in(browser, path, sent | more)
        assert answer.status_code == 422, more
        assert sentence in words_of(answer), more
    assert (await fill_in(browser, path, sent)).status_code == 303
    row = await Program.get(school_id=school.card.id)
    assert json.loads(row.limits) == {"minutes": {"entry": 300}, "pages": {"day": 500}, "sessions": {"warns": 3}}
    assert json.loads(row.points) == [{"unit": "minutes", "per": 20, "points": 2, "modes": ["reading"]}]
    assert json.loads(row.tickets) == [{"unit": "pages", "per": 100, "points": 1}]
    assert json.loads(row.completion) == {"rule": "challenges", "goal": 1}
    again = sent_of(await browser.get(path))
    assert (await browser.post(path, again)).status_code == 303
    same = await Program.get(school_id=school.card.id)
    names = ("limits", "points", "tickets", "completion", "join_code", "joining")
    assert [getattr(same, name) for name in names] == [getattr(row, name) for name in names]


async def test_what_completes_a_program_is_not_taken_out_of_it(school, ada):
    minutes, pages = {"unit": "minutes", "goal": 60}, {"unit": "pages", "goal": 60}
    program = await make.program(by=ada, challenges=[minutes, pages], badges=[SIXTY], state="draft")
    of = {"school_id": school.card.id}
    badge = await Badge.get(**of)
    first, second = await Challenge.filter(**of).order_by("position")
    rows = Program.filter(**of, id=program.id)
    for rule, drop in (
        ({"rule": "challenge", "key": first.key}, drop_challenge(program.key, first.key, ada)),
        ({"rule": "challenges", "goal": 2}, drop_challenge(program.key, second.key, ada)),
        ({"rule": "badge", "key": badge.key}, drop_badge(program.key, badge.key, ada)),
    ):
        await rows.update(completion=json.dumps(rule))
        with pytest.raises(Refused, match="Nobody could complete the program without it"):
            await drop
    await rows.update(completion="")
    await drop_challenge(program.key, second.key, ada)
    await drop_badge(program.key, badge.key, ada)


async def test_a_program_that_nobody_could_complete_is_mended_bit_by_bit(school, ada):
    """What completes it was taken out before that was refused, so nothing else of it may be refused for that."""
    program = await make.program(by=ada, challenges=[{"unit": "minutes", "goal": 60}], state="draft")
    rows = Program.filter(school_id=school.card.id, id=program.id)
    await rows.update(completion=json.dumps({"rule": "challenges", "goal": 3}))
    look = {"description": "", "shape": "round", "ink": "leaf", "mark": ""}
    rule = json.dumps({"rule": "total", "unit": "minutes", "goal": 50})
    await put_badge(program.key, "", ada, title="Fifty", rule=rule, **look)
    assert await Badge.filter(school_id=school.card.id).values_list("title", flat=True) == ["Fifty"]


async def test_a_program_that_was_published_after_its_first_day_can_still_be_set(browser, school, ada):
    program = await make.program(by=ada, starts=today(3), state="draft")
    await publish(program.key, ada)
    browser.sign_in(ada)
    path = f"/curate/programs/{program.key}/settings"
    published = (await Program.get(school_id=school.card.id, id=program.id)).published_at
    answer = await browser.post(path, sent_of(await browser.get(path)) | {"title": "Lantern Days"})
    assert answer.status_code == 303, words_of(answer)[:600]
    row = await Program.get(school_id=school.card.id, id=program.id)
    assert (row.title, row.published_at) == ("Lantern Days", published)
