"""Teams: a total sums its members while members, an average takes the roster of the day (rule 21)."""

from datetime import timedelta

import pytest

from engage import dates
from engage.errors import NotFound, Refused
from engage.people.models import ClassMember
from engage.people.rules import Role
from engage.programs import log_actions, team_actions
from engage.programs.activity_models import ProgramClass
from engage.programs.models import EntryVoid, LogEntry, Program
from engage.programs.recognition_models import Team, TeamMember
from engage.programs.rules import Unit
from engage.programs.team_queries import own_team, team_sums
from tests import make
from tests.programs.test_running_pages import fill_in
from tests.resources.merging import make_one, two
from tests.school import words_of


def day(back=0):
    return dates.today("America/New_York") - timedelta(days=back)


async def with_team(ada, *students, name="Owls", **more):
    program = await make.program(ada, **more)
    for student in students:
        await make.enrolment(program, student)
    key = await team_actions.make_team(program.key, ada, name=name, ink="night")
    return program, await Team.get(school_id=program.school_id, key=key)


async def join(team, student, since, until=None):
    await TeamMember.create(
        school_id=team.school_id, team_id=team.id, person_id=student.id, since=day(since), until=until and day(until)
    )


async def sums(ada, program, back=0):
    row = {"id": program.id, "starts": program.starts, "ends": program.ends, "credit": program.credit, "zone": ""}
    row["catching_up"] = program.catching_up
    rows, unit = await team_sums(ada, row, day(back))
    return {one.name: (one.members, one.total) for one in rows}, unit


async def test_rule_21_a_teams_total_sums_its_members_while_members(school, ada, sam):
    program, owls = await with_team(ada, sam)
    await join(owls, sam, 6, 3)
    await make.facts(sam, [(7, 1), (6, 10), (4, 20), (3, 40), (2, 100)])
    assert await sums(ada, program) == ({"Owls": (0, 70)}, Unit.MINUTES)


async def test_rule_21_averages_use_the_roster_of_that_date(school, ada, sam):
    olu = await make.student("Olu")
    program, owls = await with_team(ada, sam, olu)
    await join(owls, sam, 6)
    await join(owls, olu, 2)
    await make.facts(sam, [(6, 30)])
    await make.facts(olu, [(6, 500), (1, 50)])
    assert (await sums(ada, program, 3))[0] == {"Owls": (1, 30)}
    assert (await sums(ada, program))[0] == {"Owls": (2, 80)}


async def test_case_student_moves_from_class_a_to_b_mid_term(school, ada, sam):
    other = await make.school_class(school.lincoln, "Room 14")
    program = await make.program(ada)
    await make.enrolment(program, sam)
    for room in (school.room, other):
        await ProgramClass.create(school_id=room.school_id, program_id=program.id, school_class_id=room.id)
    assert await team_actions.classes_as_teams(program.key, ada) == 2
    assert await team_actions.classes_as_teams(program.key, ada) == 0
    await ClassMember.filter(school_id=ada.school.id, school_class_id=school.room.id, person_id=sam.id).update(
        until=day(4)
    )
    of = {"school_id": other.school_id, "school_class_id": other.id, "role": Role.STUDENT}
    await ClassMember.create(**of, person_id=sam.id, since=day(3))
    await make.facts(sam, [(6, 25), (2, 40)])
    assert (await sums(ada, program))[0] == {"Room 12": (0, 25), "Room 14": (1, 40)}


async def test_what_was_corrected_or_taken_back_or_lies_outside_the_run_adds_nothing(school, ada, sam):
    program, owls = await with_team(ada, sam)
    await join(owls, sam, 30)
    await make.facts(sam, [(25, 1000), (5, 30)])
    kept = await log_actions.log_entry(log_actions.Given(day(1), "reading", title="A", minutes=7), "", sam)
    gone = await log_actions.log_entry(log_actions.Given(day(1), "reading", title="B", minutes=500), "", sam)
    await log_actions.void_entry(gone.entry, sam)
    given = log_actions.Given(day(1), "reading", title="A", minutes=9)
    await log_actions.correct_entry(kept.entry, given, "", sam)
    assert (await sums(ada, program))[0] == {"Owls": (1, 39)}


async def test_what_came_after_the_result_was_final_changes_no_team(school, ada, sam):
    program, owls = await with_team(ada, sam, starts=day(60), ends=day(20))
    await join(owls, sam, 60)
    await make.facts(sam, [(30, 30)], entered_back=30)
    await make.facts(sam, [(25, 500)], entered_back=1)
    entry = await LogEntry.get(school_id=program.school_id, minutes=30)
    await EntryVoid.create(school_id=program.school_id, entry_id=entry.id, at=dates.now())
    assert (await sums(ada, program, 20))[0] == {"Owls": (1, 30)}


async def test_a_final_total_counts_what_was_two_titles_then(browser, school, ada, sam):
    asked = {"challenges": [{"unit": "titles", "goal": 2}], "starts": day(60)}
    gone, stays = await two()
    closed, owls = await with_team(ada, sam, ends=day(30), **asked)
    going_on, foxes = await with_team(ada, sam, name="Foxes", title="All year", **asked)
    for team in (owls, foxes):
        await join(team, sam, 60)
    for thing in (gone, stays):
        await make.facts(sam, [(40, 20)], entered_back=40, ending="finished", resource_id=thing.id)
    assert (await sums(ada, closed, 30))[0] == {"Owls": (1, 2)}
    await make_one(browser, ada, gone, stays)
    assert (await sums(ada, closed, 30))[0] == {"Owls": (1, 2)}
    assert (await sums(ada, going_on))[0] == {"Foxes": (1, 1)}


@pytest.mark.parametrize(
    ("challenge", "total"),
    [
        ({"unit": "minutes", "goal": 60}, 95),
        ({"unit": "minutes", "goal": 60, "modes": "listening"}, 0),
        ({"unit": "days", "goal": 5, "minimum": 20}, 3),
        ({"unit": "titles", "goal": 5}, 2),
        ({"unit": "sessions", "goal": 5}, 4),
        ({"unit": "pages", "goal": 5}, 0),
    ],
)
async def test_a_team_counts_what_the_first_challenge_counts(school, ada, sam, challenge, total):
    program, owls = await with_team(ada, sam, challenges=[challenge])
    await join(owls, sam, 10)
    await make.facts(sam, [(5, 30), (5, 10)], ending="finished", title="Owl Moon")
    await make.facts(sam, [(4, 35)], ending="finished", title="Swimmy")
    await make.facts(sam, [(3, 20)], ending="stopped", title="Coraline")
    assert (await sums(ada, program))[0] == {"Owls": (1, total)}


async def test_members_come_and_go_by_the_day_and_are_in_one_team_only(school, ada, sam):
    olu = await make.student("Olu")
    program, owls = await with_team(ada, sam, olu)
    foxes = await team_actions.make_team(program.key, ada, name="Foxes", ink="leaf")
    assert await team_actions.set_members(program.key, owls.key, [sam.key, olu.key], ada, from_the_start=True) == (2, 0)
    rows = TeamMember.filter(school_id=program.school_id)
    assert {row.since for row in await rows} == {program.starts}
    assert await team_actions.set_members(program.key, foxes, [sam.key], ada, from_the_start=True) == (1, 0)
    assert await own_team(sam, program.id) == foxes
    moved = await rows.filter(person_id=sam.id).order_by("id").values("since", "until")
    assert moved == [{"since": program.starts, "until": day(1)}, {"since": day(), "until": None}]
    assert await team_actions.set_members(program.key, foxes, [], ada) == (0, 1)
    assert await rows.filter(person_id=sam.id).count() == 1
    with pytest.raises(NotFound):
        await team_actions.set_members(program.key, foxes, ["nobody"], ada)
    with pytest.raises(Refused, match="a team owls already"):
        await team_actions.make_team(program.key, ada, name="owls", ink="night")
    await team_actions.end_team(program.key, foxes, ada)
    await team_actions.make_team(program.key, ada, name="Foxes", ink="leaf")


async def test_rule_21_nobody_appears_by_name_without_opting_in(browser, school, ada, tom, sam):
    students = [await make.student(f"Child {number}") for number in range(6)]
    program, owls = await with_team(ada, sam, *students)
    for student in (sam, *students):
        await join(owls, student, 9)
        await make.facts(student, [(3, 20)])
    path = f"/programs/{program.slug}/teams"
    for who in (sam, tom, ada, school.vera, school.alma):
        page = words_of(await browser.sign_in(who).get(path))
        assert "20 minutes each, 140 together" in page, who.name
        assert "Child" not in page
    assert "Your team" in words_of(await browser.sign_in(sam).get(path))
    for who in (None, school.remy, school.rosa):
        assert (await browser.sign_in(who).get(path)).status_code in (303, 403, 404)


async def test_a_team_of_few_is_withheld_but_from_who_runs_the_program(browser, school, ada, sam):
    program, owls = await with_team(ada, sam)
    await join(owls, sam, 9)
    await make.facts(sam, [(3, 77)])
    path = f"/programs/{program.slug}/teams"
    assert "77" not in words_of(await browser.sign_in(sam).get(path))
    assert "77 minutes each" in words_of(await browser.sign_in(ada).get(path))


async def test_the_desk_makes_teams_and_chooses_their_members(browser, school, ada, tom, sam):
    program = await make.program(ada)
    await make.enrolment(program, sam)
    desk = f"/curate/programs/{program.key}/teams"
    browser.sign_in(ada)
    assert (await fill_in(browser, desk, {"name": "", "ink": "night"})).status_code == 422
    made = await fill_in(browser, desk, {"name": "Owls", "ink": "leaf"})
    path = made.headers["location"].removeprefix("/lincoln")
    kept = await fill_in(browser, path, {"people": [sam.key]})
    assert "Owls: 1 came, 0 left." in words_of(await browser.follow(kept))
    classes = await browser.follow(await browser.post(f"{desk}/classes"))
    assert "1 class made a team." in words_of(classes)
    assert await Team.filter(school_id=program.school_id).count() == 2
    for who in (tom, sam, school.vera, school.rosa, school.dora):
        browser.sign_in(who)
        assert (await browser.get(desk)).status_code in (403, 404), who.name
        assert (await browser.get(path)).status_code in (403, 404)
        assert (await browser.post(f"{path}/end")).status_code in (403, 404)
    assert await Team.filter(school_id=program.school_id, ended_at__isnull=False).count() == 0


async def test_a_teams_page_asks_a_steady_number_of_statements(browser, school, ada, sam, statements):
    program = await make.program(ada)
    browser.sign_in(ada)
    await browser.get("/programs")
    counts = []
    for number in range(3):
        student = await make.student(f"Child {number}")
        await make.enrolment(program, student)
        key = await team_actions.make_team(program.key, ada, name=f"Team {number}", ink="night")
        await join(await Team.get(school_id=program.school_id, key=key), student, 5)
        await make.facts(student, [(2, 10)])
        statements.forget()
        assert (await browser.get(f"/programs/{program.slug}/teams")).status_code == 200
        counts.append(len(statements))
    assert len(set(counts)) == 1, counts
    assert await Program.filter(school_id=program.school_id).count() == 1
