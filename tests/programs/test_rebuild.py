"""Outcomes made again from facts."""

import json
from datetime import timedelta

from engage import dates
from engage.database.job_model import Job
from engage.database.tenancy import every_school
from engage.engagement.rules import Mode
from engage.lists.models import ListItem
from engage.programs import actions, log_actions
from engage.programs.entries import Given
from engage.programs.models import Award, ChallengeResource, LogEntry, Progress, ResourceProgress, Standing
from engage.programs.rebuild import notice_lists, rebuild, recount
from engage.programs.rules import Ending
from tests import make

SIXTY = {"title": "Sixty", "rule": json.dumps({"rule": "total", "unit": "minutes", "goal": 60})}


def today(back=0):
    return dates.today("America/New_York") - timedelta(days=back)


async def lived(school, ada, sam):
    """Two programs, three students, corrections, removals and a list."""
    books = await make.resources(4)
    curated = await make.curated_list(by=ada, items=books)
    program = await make.program(
        by=ada, challenges=[{"unit": "minutes", "goal": 60}, {"goal": 2, "curated": curated}], badges=[SIXTY]
    )
    await make.program(by=ada, title="Ten Days", challenges=[{"unit": "days", "goal": 10}])
    for person in (sam, await make.student("Ben"), await make.student("Cleo")):
        await actions.join("lantern-nights", by=person)
        for back in range(5):
            given = Given(today(back), Mode.READING, books[back % 4].key, minutes=15, ending=Ending.FINISHED)
            kept = await log_actions.log_entry(given, "", person, sure=True)
        await log_actions.void_entry(kept.entry, person)
        await actions.join("ten-days", by=person)
    return program, curated, books


async def test_a_rebuild_finds_no_difference(school, ada, sam):
    await lived(school, ada, sam)
    assert await rebuild(school.card.id) == []
    assert await rebuild() == []
    assert await Award.filter(school_id=school.card.id, state="earned").count() == 3


async def test_a_rebuild_names_and_repairs_what_stood_differently(school, ada, sam):
    program, _, books = await lived(school, ada, sam)
    of = {"school_id": school.card.id}
    before = await Progress.filter(**of).order_by("id").values("challenge_id", "person_id", "amount", "done_on")
    await Progress.filter(**of, person_id=sam.id, program_id=program.id).update(amount=999)
    await Award.filter(**of, person_id=sam.id).delete()
    await Standing.filter(**of, person_id=sam.id).update(streak=0)
    await ResourceProgress.filter(**of, person_id=sam.id, resource_id=books[0].id).update(state="stopped")
    found = await rebuild(school.card.id)
    assert len(found) == 3  # two programs, one resource
    assert "999" in found[0].kept
    assert "999" not in found[0].derived
    assert await rebuild(school.card.id) == []
    after = await Progress.filter(**of).order_by("id").values("challenge_id", "person_id", "amount", "done_on")
    assert after == before


async def test_rows_of_somebody_who_left_are_a_difference(school, ada, sam):
    program, *_ = await lived(school, ada, sam)
    await actions.leave("ten-days", by=sam)
    assert await rebuild(school.card.id) == []
    await Standing.create(school_id=school.card.id, program_id=program.id, person_id=ada.id, minutes=5)
    assert len(await rebuild(school.card.id)) == 1
    assert await rebuild(school.card.id) == []


async def test_facts_brought_in_by_the_table_are_counted_by_a_rebuild(school, ada, sam):
    program = await make.program(by=ada, badges=[SIXTY])
    await make.enrolment(program, sam)
    await make.facts(sam, [(back, 20) for back in range(10)])
    assert len(await rebuild(school.card.id)) == 1
    (standing,) = await Standing.filter(school_id=school.card.id).values("minutes", "streak", "days")
    assert standing == {"minutes": 200, "streak": 10, "days": 10}
    assert await rebuild(school.card.id) == []
    assert await LogEntry.filter(school_id=school.card.id).count() == 10


async def test_another_school_is_left_alone(school, ada, sam):
    await lived(school, ada, sam)
    await Standing.filter(school_id=school.card.id).update(streak=77)
    assert await rebuild(school.roosevelt.id) == []
    assert len(await rebuild()) == 6


async def test_what_joins_a_list_counts_for_those_who_had_finished_it(school, ada, sam):
    new = await make.resource("Kite")
    program, curated, _ = await lived(school, ada, sam)
    given = Given(today(), Mode.READING, new.key, ending=Ending.FINISHED)
    await log_actions.log_entry(given, "", sam, sure=True)
    challenge = await program.challenges.filter(school_id=school.card.id, kind="list").first()
    await challenge.update_from_dict({"goal": 5}).save()
    await recount(school.card.id, program.id)

    async def amount():
        rows = Progress.filter(school_id=school.card.id, challenge_id=challenge.id, person_id=sam.id)
        return await rows.values_list("amount", "goal")

    assert await amount() == [(4, 4)]
    assert await notice_lists() == 0
    await ListItem.create(school_id=school.card.id, curated_id=curated.id, resource_id=new.id, position=9)
    assert await notice_lists() == 1
    assert await notice_lists() == 0
    with every_school("the table of jobs"):
        jobs = await Job.filter(name="recount").values_list("args", flat=True)
    assert [json.loads(args) for args in jobs] == [{"school_id": school.card.id, "program_id": program.id}]
    assert await recount(**json.loads(jobs[0])) == 3
    assert await amount() == [(5, 5)]
    assert await rebuild(school.card.id) == []


async def test_what_left_a_list_is_noted_with_the_day_of_its_last_change(school, ada, sam):
    program, curated, books = await lived(school, ada, sam)
    changed = dates.now() - timedelta(days=2)
    await curated.items.filter(school_id=school.card.id, resource_id=books[0].id).delete()
    await curated.update_from_dict({"changed_at": changed}).save(update_fields=["changed_at"])
    assert await notice_lists() == 1
    gone = ChallengeResource.filter(school_id=school.card.id, until__isnull=False)
    assert await gone.values_list("resource_id", "until") == [(books[0].id, today(2))]
    await recount(school.card.id, program.id)
    assert await rebuild(school.card.id) == []
