"""A roster that was applied is taken back whole, and nothing is lost that happened since. Source: SAFETY.md, U3."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from engage import dates
from engage.database.job_model import Job
from engage.errors import NotFound, Refused
from engage.people import person_actions, roster_applying, year_turning
from engage.people.models import AuditEntry, ClassMember, Membership, Person, SchoolClass, Session
from engage.people.queries import reader_at
from engage.people.roster_models import RosterChange, RosterId, RosterImport
from engage.people.roster_rules import RosterState, What
from engage.people.roster_taking_back import take_back
from engage.people.rules import Role, Status
from engage.people.sign_in_models import Card
from engage.programs.models import LogEntry
from tests import make
from tests.people.rosters import NOTHING, USUAL, a_set, bring, classes, enrollments, names, preview, sums, users, zipped
from tests.programs.logged import log
from tests.school import give_session, words_of

# all that a roster can do: new ones, other names, grades and roles, leavers, classes that end, begin, change their name
WRONG = {
    "users": users(
        "S1 student Samuel Diaz 04",
        "S2 student Sam Okoro 03",
        "S7 student Noa Kent 02",
        "T1 aide Lea Lind",
        "T7 teacher Una Ode",
    ),
    "classes": classes("C1 Owls", "C7 Room 12", "C8 Larks"),
    "enrollments": enrollments("C1 S1 student", "C8 S2 student", "C7 S7 student", "C8 T7 teacher", "C1 T1 aide"),
}
TABLES: dict[Any, tuple[str, ...]] = {
    Person: ("name", "letter", "grade", "status", "login", "gone_at"),
    Membership: ("person_id", "role"),
    SchoolClass: ("name", "grade", "year", "ended_on"),
    ClassMember: ("person_id", "school_class_id", "role", "since", "until", "by_roster"),
    RosterId: ("what", "hash", "person_id", "school_class_id", "role"),
    Card: ("key", "person_id", "token_hash", "year"),
}


async def as_it_is(school, *leave_out: Any) -> dict[str, set[tuple[Any, ...]]]:
    """What a roster may touch at Lincoln. A role that was given back has another number, so numbers are left out."""
    found = {}
    for model, columns in TABLES.items():
        if model not in leave_out:
            rows = await model.filter(school_id=school.lincoln.id).values_list(*columns)
            found[model.__name__] = {tuple(row) for row in rows}
    return found


async def usual(school) -> None:
    """The usual roster stands, and Mia has a card."""
    await bring(school.lincoln, zipped(a_set(**USUAL)))
    at = {"school_id": school.lincoln.id, "person_id": (await mia(school)).id}
    await Card.create(**at, token_hash="a card", year="2026-27", made_at=dates.now())


async def mia(school) -> Person:
    return await Person.get(school_id=school.lincoln.id, name="Mia")


async def wrong(school, **tables: str) -> RosterImport:
    """Another file is brought in, by mistake."""
    return await bring(school.lincoln, zipped(a_set(**(tables or WRONG))), "wrong.zip", yes=True)


async def test_what_it_changed_is_what_it_was_and_whom_it_brought_have_left(school):
    await usual(school)
    before = await as_it_is(school)
    done = await wrong(school)
    changed = await as_it_is(school)
    assert all(before[name] != changed[name] for name in before), "a roster that changes less proves less"
    assert await names(school.lincoln, "gone") == ["Mia"]

    assert await take_back(school.lincoln.id, done.key, by=None) == 0
    after = await as_it_is(school)
    # who came by it and the classes that it made stay for what was done there, and are over
    today = dates.today(school.lincoln.zone)
    assert {(row[0], row[3]) for row in after["Person"] - before["Person"]} == {("Noa", "gone"), ("Una Ode", "gone")}
    assert {(row[0], row[3]) for row in after["SchoolClass"] - before["SchoolClass"]} == {("Larks", today)}
    theirs = [number for (number,) in await Person.filter(school_id=school.lincoln.id, status="gone").values_list("id")]
    assert {row[0] for row in after["Membership"] - before["Membership"]} == set(theirs)
    new = after["RosterId"] - before["RosterId"]
    assert {row[0] for row in new} == {What.PERSON, What.CLASS}
    assert {row[2] for row in new if row[0] is What.PERSON} == set(theirs)
    assert {row[4] for row in new if row[0] is What.CLASS} == {"ended"}
    for name, rows in before.items():
        assert rows <= after[name], name
    assert after["ClassMember"] == before["ClassMember"]
    assert after["Card"] == before["Card"]

    kept = await RosterImport.get(school_id=school.lincoln.id, id=done.id)
    assert (kept.state, kept.taken_back_at is not None) == (RosterState.TAKEN_BACK, True)
    assert await RosterChange.filter(school_id=school.lincoln.id, of_import_id=done.id).count() == 0
    assert await AuditEntry.filter(school_id=school.lincoln.id, act="took a roster back").count() == 1
    assert await Job.filter(name="follow_rosters", state="queued").exists()
    # the file of before changes nothing now
    assert sums(await bring(school.lincoln, zipped(a_set(**USUAL)))) == NOTHING


async def test_who_signed_in_and_logged_loses_nothing_and_is_the_same_person_when_a_later_file_brings_them(school):
    await usual(school)
    done = await wrong(school)
    noa = await Person.get(school_id=school.lincoln.id, name="Noa")
    reader = await reader_at(noa.id, "lincoln")
    assert reader is not None
    await give_session(reader, dates.now())
    await log(reader, minutes=20)
    sam = await Person.get(school_id=school.lincoln.id, name="Samuel")
    own = await reader_at(sam.id, "lincoln")
    assert own is not None
    await give_session(own, dates.now())
    await log(own, minutes=15)

    await take_back(school.lincoln.id, done.key, by=None)
    minutes = LogEntry.filter(school_id=school.lincoln.id).order_by("minutes")
    assert list(await minutes.values_list("person_id", "minutes")) == [(sam.id, 15), (noa.id, 20)]
    left = await reader_at(noa.id, "lincoln")
    assert left is not None
    assert not left.roles
    assert await Session.filter(person_id=noa.id).count() == 0
    # who only has the name of before goes on where they are
    assert await Session.filter(person_id=sam.id).count() == 1
    assert await names(school.lincoln, "gone") == ["Noa", "Una Ode"]

    again = await wrong(school)
    assert again.state is RosterState.APPLIED
    back = await Person.get(school_id=school.lincoln.id, name="Noa")
    assert (back.id, back.status) == (noa.id, Status.ACTIVE)
    assert await SchoolClass.filter(school_id=school.lincoln.id, name="Larks").count() == 1
    await take_back(school.lincoln.id, again.key, by=None)
    assert "Noa" not in await names(school.lincoln)


async def test_whoever_had_left_before_left_on_that_day_and_was_in_a_class_until_then(school):
    """P4: how long anything of a leaver is kept is counted from the day on which they left."""
    await usual(school)
    fewer = {"users": USUAL["users"].replace(",true,O1,student,mia.", ",false,O1,student,mia.")}
    await wrong(school, **{**USUAL, **fewer})
    at = {"school_id": school.lincoln.id, "person_id": (await mia(school)).id}
    long_ago = dates.now() - timedelta(days=50)
    await Person.filter(school_id=school.lincoln.id, id=at["person_id"]).update(gone_at=long_ago)
    await ClassMember.filter(**at).update(until=long_ago.date())
    before = await as_it_is(school)
    done = await wrong(school, **USUAL)
    assert await names(school.lincoln, "gone") == []
    await take_back(school.lincoln.id, done.key, by=None)
    after = await as_it_is(school)
    assert after["Person"] == before["Person"]
    assert after["ClassMember"] == before["ClassMember"]


async def test_a_roster_that_changed_nothing_is_not_taken_back_and_stands_in_no_ones_way(browser, school, alma):
    """A wrong file comes again every night from the office's folder."""
    await usual(school)
    before = await as_it_is(school, SchoolClass, Membership, Person, RosterId)
    done = await wrong(school)
    again = await wrong(school)
    assert sums(again) == NOTHING
    with pytest.raises(Refused, match="changed nothing"):
        await take_back(school.lincoln.id, again.key, by=None)
    words = words_of(await browser.sign_in(alma).get(f"/admin/rosters/{again.key}"))
    assert "Take it back" not in words
    assert "This roster changed nothing, so there is nothing to take back." in words
    assert "Take it back" in words_of(await browser.get(f"/admin/rosters/{done.key}"))
    await take_back(school.lincoln.id, done.key, by=None)
    assert await as_it_is(school, SchoolClass, Membership, Person, RosterId) == before


async def test_whose_role_it_changed_has_to_sign_in_again(school):
    await usual(school)
    done = await wrong(school)
    lea = await Person.get(school_id=school.lincoln.id, name="Lea Lind")
    reader = await reader_at(lea.id, "lincoln")
    assert reader is not None
    assert reader.roles == {Role.HELPER}
    await give_session(reader, dates.now())
    await take_back(school.lincoln.id, done.key, by=None)
    again = await reader_at(lea.id, "lincoln")
    assert again is not None
    assert (again.roles, len(again.taught_ids)) == ({Role.TEACHER}, 2)
    assert await Session.filter(person_id=lea.id).count() == 0


async def test_what_a_person_did_by_hand_since_stays(school, alma):
    await usual(school)
    done = await wrong(school)
    noa = await Person.get(school_id=school.lincoln.id, name="Noa")
    await person_actions.change_student(noa, "Noah", "", 2, by=alma)
    sam = await Person.get(school_id=school.lincoln.id, name="Samuel")
    await person_actions.let_go(sam, by=alma)
    kim = await person_actions.add_student("Kim", "", 3, "k", by=alma)
    assert await take_back(school.lincoln.id, done.key, by=alma) == 2
    here = await names(school.lincoln)
    assert {"Noah", "Kim", "Mia"} <= set(here)
    assert "Samuel" in await names(school.lincoln, "gone")
    assert await Person.filter(school_id=school.lincoln.id, key=kim, status=Status.ACTIVE).exists()
    places = ClassMember.filter(school_id=school.lincoln.id, until__isnull=True)
    assert await places.filter(person_id=noa.id).count() == 1
    assert not await places.filter(person_id=sam.id).exists()
    told = await AuditEntry.get(school_id=school.lincoln.id, act="took a roster back")
    assert (told.by_id, told.detail) == (alma.id, "2 people left as they are")


async def test_of_whom_stays_a_later_roster_takes_the_role_that_this_one_gave(school, alma):
    await usual(school)
    done = await wrong(school)
    lea = await Person.get(school_id=school.lincoln.id, name="Lea Lind")
    await person_actions.give_role(lea, Role.SPECIALIST, by=alma)
    assert await take_back(school.lincoln.id, done.key, by=alma) == 1
    roles = Membership.filter(school_id=school.lincoln.id, person_id=lea.id)
    assert set(await roles.values_list("role", flat=True)) == {Role.HELPER, Role.SPECIALIST}
    await wrong(school, **USUAL)
    assert set(await roles.values_list("role", flat=True)) == {Role.TEACHER, Role.SPECIALIST}


async def test_a_name_of_before_that_another_student_has_by_now_is_not_given_back(school, alma):
    await usual(school)
    renamed = {**USUAL, "users": USUAL["users"].replace(",Mia,Park", ",Maria,Park")}
    done = await wrong(school, **renamed)
    await person_actions.add_student("Mia", "", 0, "k", by=alma)
    await take_back(school.lincoln.id, done.key, by=alma)
    here = await names(school.lincoln)
    assert (here.count("Mia"), here.count("Maria")) == (1, 1)


async def test_a_teacher_who_is_back_sees_nothing_that_was_handed_in_meanwhile(school):
    """P3: on the day of the roster as before, later from the day on which it is taken back."""
    await usual(school)
    at = {"school_id": school.lincoln.id, "person__name": "Lea Lind", "school_class__name": "Room 8"}
    long_ago = dates.today(school.lincoln.zone) - timedelta(days=50)
    for days, since in ((0, long_ago), (3, dates.today(school.lincoln.zone))):
        ids = [number for (number,) in await ClassMember.filter(**at).values_list("id")]
        await ClassMember.filter(school_id=school.lincoln.id, id__in=ids).update(since=long_ago)
        done = await wrong(school)
        when = done.ended_at - timedelta(days=days)
        for one in await RosterImport.filter(school_id=school.lincoln.id):
            one.ended_at = when - timedelta(hours=done.id - one.id)
            await one.save(update_fields=["ended_at"])
        await take_back(school.lincoln.id, done.key, by=None)
        assert set(await ClassMember.filter(**at).values_list("since", "until")) == {(since, None)}


async def test_only_the_last_one_is_taken_back_once_within_a_week_and_by_its_school(school, alma):
    await usual(school)
    first = await RosterImport.get(school_id=school.lincoln.id)
    waiting = await preview(school.lincoln, zipped(a_set(**WRONG)))
    with pytest.raises(Refused, match="Only a roster that was applied"):
        await take_back(school.lincoln.id, waiting, by=None)
    done = await wrong(school)
    with pytest.raises(NotFound):
        await take_back(school.roosevelt.id, done.key, by=None)
    with pytest.raises(Refused, match="Take that one back first"):
        await take_back(school.lincoln.id, first.key, by=None)
    fresh = await preview(school.lincoln, zipped(a_set(**USUAL)))
    await take_back(school.lincoln.id, done.key, by=None)
    with pytest.raises(Refused, match="taken back already"):
        await take_back(school.lincoln.id, done.key, by=None)
    # what was read before that is looked at again
    for key in (waiting, fresh):
        with pytest.raises(Refused, match=r"Upload it"):
            await roster_applying.apply(school.lincoln.id, key, by=None, yes=True)

    notes = RosterChange.filter(school_id=school.lincoln.id)
    for days, left in ((6, True), (8, False)):
        await RosterImport.filter(school_id=school.lincoln.id, id=first.id).update(
            ended_at=dates.now() - timedelta(days=days)
        )
        await roster_applying.tidy_rosters(dates.now())
        assert await notes.exists() is left
    with pytest.raises(Refused, match="for 7 days"):
        await take_back(school.lincoln.id, first.key, by=None)

    again = await wrong(school)
    await year_turning.begin_year(5, by=alma)
    with pytest.raises(Refused, match="school year was begun"):
        await take_back(school.lincoln.id, again.key, by=None)


async def test_taken_back_twice_at_one_moment_it_is_taken_back_once(school):
    await usual(school)
    before = await as_it_is(school, Person, Membership, SchoolClass, RosterId)
    done = await wrong(school)
    ended = await asyncio.gather(
        *(take_back(school.lincoln.id, done.key, by=None) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in ended) == ["Refused", "Refused", "Refused", "int"]
    assert await as_it_is(school, Person, Membership, SchoolClass, RosterId) == before


async def test_what_another_school_gave_is_not_touched(school):
    una = await make.person("Una Ode", Role.SPECIALIST, school.roosevelt, login="una")
    await Person.filter(school_id=school.roosevelt.id, id=una.id).update(email="una.ode@lincoln.example")
    await usual(school)
    done = await wrong(school)
    assert await Membership.filter(school_id=school.lincoln.id, person_id=una.id, role=Role.TEACHER).exists()
    await take_back(school.lincoln.id, done.key, by=None)
    at_home = await Person.get(school_id=school.roosevelt.id, id=una.id)
    assert at_home.status is Status.ACTIVE
    assert await Membership.filter(school_id=school.roosevelt.id, person_id=una.id).count() == 1
    assert not await Membership.filter(school_id=school.lincoln.id, person_id=una.id).exists()


async def test_an_admin_reads_what_it_would_do_and_presses_once(browser, school, alma, ada, tom):
    await usual(school)
    done = await wrong(school)
    noa = await Person.get(school_id=school.lincoln.id, name="Noa")
    reader = await reader_at(noa.id, "lincoln")
    assert reader is not None
    await give_session(reader, dates.now())
    path = f"/admin/rosters/{done.key}"
    for who in (ada, tom, None):
        assert (await browser.sign_in(who).post(f"{path}/take-back")).status_code == 404
    words = words_of(await browser.sign_in(alma).get(path))
    assert "2 people whom it brought leave again; 1 of them has signed in since. What they did stays" in words
    assert "1 person who had left by it is here again, with their cards." in words
    assert "2 classes end. 1 class goes on." in words or "1 class ends. 1 class goes on." in words
    await Session.all().update(proved_at=dates.now() - timedelta(minutes=11))
    assert "/me/prove" in (await browser.post(f"{path}/take-back")).headers["location"]
    await Session.all().update(proved_at=dates.now())
    page = await browser.follow(await browser.post(f"{path}/take-back"))
    assert "The roster is taken back." in words_of(page)
    assert "This was taken back on" in words_of(page)
    assert "Take it back" not in words_of(page)
    assert "Mia" in await names(school.lincoln)
    assert "Taken back" in words_of(await browser.get("/admin/rosters"))
    again = await browser.follow(await browser.post(f"{path}/take-back"))
    assert "taken back already" in words_of(again)
