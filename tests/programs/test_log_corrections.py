"""An entry is corrected or taken back, and all that was counted of it follows."""

import json

import pytest

from engage import dates
from engage.database.transaction import one_transaction
from engage.engagement.diary import Who
from engage.engagement.models import ActiveDay, DailyFigure
from engage.engagement.rebuilding import differences
from engage.engagement.rules import Kind, Mode
from engage.errors import NotFound, Refused
from engage.programs import actions, log_actions
from engage.programs.badge_actions import put_badge
from engage.programs.models import (
    Award,
    Enrolment,
    EntryVoid,
    LogEntry,
    ResourceProgress,
)
from engage.programs.paper_models import EntryFlag
from engage.programs.rebuild import rebuild, recount
from engage.programs.rules import Ending
from engage.programs.settling import settle
from engage.resources.models import Resource
from tests import make
from tests.programs.doing import today
from tests.programs.logged import SIXTY, awards, figures, given, log, progress


@one_transaction
async def _settle(person):
    part = Enrolment.filter(school_id=person.school.id, person_id=person.id, left_at=None)
    await settle(person, Who(person.id, person.grade), dict(await part.values_list("program_id", "joined_on")))


async def test_a_correction_adds_a_fact_and_counts_instead_of_the_old_one(school, ada, sam):
    program = await make.program(by=ada, badges=[SIXTY])
    await make.enrolment(program, sam)
    owl = await make.resource("Owl Moon")
    await log(sam, 30, back=2)
    old = await log(sam, 32, back=1, resource=owl.key, ending=Ending.FINISHED)
    assert await awards(sam) == {"Sixty": ("earned", today(1))}

    kept = await log_actions.correct_entry(old.entry, given(10, back=1, mode=Mode.LISTENING, title="Kites"), "c1", sam)
    assert await LogEntry.filter(school_id=school.card.id).count() == 3
    assert await progress(sam, program) == [(40, 60, None)]
    assert await awards(sam) == {"Sixty": ("withdrawn", today(1))}
    (change,) = kept.changes
    assert [lost.badge.title for lost in change.lost] == ["Sixty"]
    why = json.loads((await Award.get(school_id=school.card.id)).why)
    assert why[0] == "You changed an entry, so the badge “Sixty” is not yours at the moment."
    assert "You had 62 minutes; now it is 40 of 60." in why

    assert await figures(school, Kind.LOGGED) == (2, 40)
    assert await figures(school, Kind.FINISHED) == (0, 0)
    assert await figures(school, Kind.BADGE_EARNED) == (0, 0)
    assert await figures(school, Kind.BADGE_WITHDRAWN) == (1, 0)
    assert await figures(school, Kind.PROGRAM_COMPLETED) == (0, 0)
    assert await ResourceProgress.filter(school_id=school.card.id).count() == 0
    assert await differences(school.card.id) == []
    (day,) = await ActiveDay.filter(school_id=school.card.id, on=today(1)).values("acts", "listening_minutes")
    assert day == {"acts": 1, "listening_minutes": 10}

    await log(sam, 30)
    assert await awards(sam) == {"Sixty": ("earned", today())}


async def test_an_entry_is_corrected_once_and_only_by_its_student(school, ada, sam):
    ben = await make.student("Ben")
    old = await log(sam, 30)
    new = await log_actions.correct_entry(old.entry, given(40), "c1", sam)
    assert (await log_actions.correct_entry(old.entry, given(40), "c1", sam)).entry == new.entry
    with pytest.raises(Refused, match="changed this entry"):
        await log_actions.correct_entry(old.entry, given(50), "c2", sam)
    with pytest.raises(Refused, match="changed this entry"):
        await log_actions.void_entry(old.entry, sam)
    with pytest.raises(NotFound):
        await log_actions.correct_entry(new.entry, given(50), "c3", ben)
    with pytest.raises(NotFound):
        await log_actions.void_entry(new.entry, ben)
    assert (await log_actions.correct_entry(new.entry, given(40), "c4", sam)).repeated
    assert await LogEntry.filter(school_id=school.card.id).count() == 2


async def test_a_correction_keeps_its_place_in_time_and_within_the_limits(school, ada, sam):
    old = await log(sam, 1_400)
    with pytest.raises(Refused, match="1,440"):
        await log_actions.correct_entry(old.entry, given(1_441), "c1", sam)
    more = await log_actions.correct_entry(old.entry, given(1_440), "c2", sam)
    await log_actions.correct_entry(more.entry, given(1_439), "c2b", sam)  # what was corrected fills no day
    await LogEntry.filter(school_id=school.card.id, form_key="c2b").delete()
    (entry,) = await LogEntry.filter(school_id=school.card.id, supersedes_id__isnull=True)
    await LogEntry.filter(school_id=school.card.id, id=entry.id).update(on=today(20))
    late = await LogEntry.get(school_id=school.card.id, supersedes_id=entry.id)
    await LogEntry.filter(school_id=school.card.id, id=late.id).update(on=today(20))
    await log_actions.correct_entry(late.key, given(20, back=20), "c3", sam)
    last = await LogEntry.get(school_id=school.card.id, supersedes_id=late.id)
    with pytest.raises(Refused, match="You can log back"):
        await log_actions.correct_entry(last.key, given(20, back=19), "c4", sam)


async def test_an_entry_taken_back_counts_no_longer_and_can_be_put_again(school, ada, sam):
    program = await make.program(by=ada, badges=[SIXTY])
    await make.enrolment(program, sam)
    owl = await make.resource("Owl Moon")
    old = await log(sam, 60, back=1, resource=owl.key)
    kept = await log_actions.void_entry(old.entry, sam)
    assert [lost.badge.title for lost in kept.changes[0].lost] == ["Sixty"]
    assert await progress(sam, program) == [(0, 60, None)]
    assert await ResourceProgress.filter(school_id=school.card.id).count() == 0
    with pytest.raises(Refused):
        await log_actions.void_entry(old.entry, sam)
    await log_actions.restore_entry(old.entry, sam)
    await log_actions.restore_entry(old.entry, sam)
    assert await progress(sam, program) == [(60, 60, today(1))]
    assert await awards(sam) == {"Sixty": ("earned", today(1))}
    assert await LogEntry.filter(school_id=school.card.id).count() == 2
    assert await EntryVoid.filter(school_id=school.card.id).count() == 1
    assert await figures(school, Kind.LOGGED) == (1, 60)
    assert await differences(school.card.id) == []


async def test_what_undoes_an_entry_is_taken_from_the_sums_of_its_program_list_and_place(school, ada, sam):
    program = await make.program(by=ada)
    await make.enrolment(program, sam)
    owl = await make.resource("Owl Moon")
    curated = await make.curated_list(by=ada)
    of = {"school_id": school.card.id, "kind": Kind.LOGGED}

    async def sums():
        rows = DailyFigure.filter(**of).values_list("list_id", "program_id", "place", "count", "minutes")
        return sorted(row for row in await rows if any(row[3:]))

    await log(sam, 20, back=1, resource=owl.key)
    plain = await sums()
    old = await log(sam, 30, back=1, resource=owl.key, program="lantern-nights", list_id=curated.id)
    (place,) = {row[2] for row in plain}
    assert await sums() == sorted([*plain, (curated.id, program.id, place, 1, 30)])
    await Resource.filter(school_id=school.card.id, id=owl.id).update(here=not owl.here)
    new = await log_actions.correct_entry(old.entry, given(45, back=1, resource=owl.key), "c1", sam)
    (moved,) = [row for row in await sums() if row not in plain]
    assert moved[:2] == (curated.id, program.id)
    assert moved[3:] == (1, 45)
    await log_actions.void_entry(new.entry, sam)
    assert await sums() == plain
    await log_actions.restore_entry(new.entry, sam)
    assert [row for row in await sums() if row not in plain] == [moved]
    assert await differences(school.card.id) == []


async def test_an_entry_that_staff_took_back_is_told_as_such(school, ada, sam):
    program = await make.program(by=ada, badges=[SIXTY])
    await make.enrolment(program, sam)
    kept = await log(sam, 60)
    entry = await LogEntry.get(school_id=school.card.id, key=kept.entry)
    await EntryVoid.create(school_id=school.card.id, entry_id=entry.id, by_id=ada.id, at=dates.now())
    await _settle(sam)
    (award,) = await Award.filter(school_id=school.card.id)
    assert json.loads(award.why)[0].startswith("The library took an entry back, so")


async def test_a_closed_program_keeps_its_result_while_the_log_changes(school, ada, sam):
    program = await make.program(by=ada, starts=today(40), ends=today(10), badges=[SIXTY], catching_up=7)
    await make.enrolment(program, sam)
    await make.facts(sam, [(12, 60)], entered_back=12)
    await _settle(sam)
    before = await progress(sam, program), await awards(sam)
    assert before == ([(60, 60, today(12))], {"Sixty": ("earned", today(12))})
    entry = await LogEntry.get(school_id=school.card.id)
    await log_actions.void_entry(entry.key, sam)
    assert (await progress(sam, program), await awards(sam)) == before
    with pytest.raises(Refused):
        await actions.leave("lantern-nights", by=sam)


async def test_what_is_put_back_keeps_the_limits_of_its_programs_and_is_looked_at_again(school, ada, sam):
    limits = json.dumps({"minutes": {"warns": 50, "day": 60}})
    await make.enrolment(await make.program(by=ada, limits=limits), sam)
    first = await log(sam, 60)
    await log_actions.void_entry(first.entry, sam)
    second = await log(sam, 30)
    with pytest.raises(Refused, match="takes up to 60 minutes a day; this day has 30 already"):
        await log_actions.restore_entry(first.entry, sam)
    await log_actions.void_entry(second.entry, sam)
    again = await log_actions.restore_entry(first.entry, sam)
    flagged = EntryFlag.filter(school_id=school.card.id, entry__void__id__isnull=True)
    assert await flagged.values_list("entry__key", flat=True) == [again.entry]


async def test_nobody_is_told_that_a_badge_is_lost_which_they_never_had(browser, school, ada, sam):
    program = await make.program(by=ada, challenges=[{"unit": "minutes", "goal": 500}], badges=[SIXTY])
    first = await log(sam, 60, back=1)
    await log_actions.void_entry(first.entry, sam)
    await actions.join(program.slug, sam)
    # and of one that came later than what was taken back
    second = await log(sam, 59)
    await log_actions.void_entry(second.entry, sam)
    rule = json.dumps({"rule": "total", "unit": "minutes", "goal": 50})
    look = {"description": "", "shape": "round", "ink": "leaf", "mark": ""}
    await put_badge(program.key, "", ada, title="Fifty", rule=rule, **look)
    await recount(school.card.id, program.id)
    assert await awards(sam) == {}
    assert "not yours" not in (await browser.sign_in(sam).get(f"/programs/{program.slug}")).text
    third = await log(sam, 55)
    await log_actions.void_entry(third.entry, sam)
    assert await awards(sam) == {"Fifty": ("withdrawn", today())}
    assert await rebuild(school.card.id) == []
