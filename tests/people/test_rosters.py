"""Rosters come in: seen before they are applied, whole or not at all, twice without a change, and nothing private kept.

Sources: STANDARDS.md, 4.1; SAFETY.md, P1, A5, A6.
"""

from datetime import date, timedelta

import pytest
from tortoise.connection import get_connection

from engage import dates, models
from engage.database.job_model import Job
from engage.database.tenancy import every_school
from engage.errors import Refused
from engage.people import roster_applying
from engage.people.models import AuditEntry, ClassMember, Membership, Person, SchoolClass, Session
from engage.people.queries import reader_at
from engage.people.roster_asking import Hashing
from engage.people.roster_models import RosterId, RosterImport, RosterRow
from engage.people.roster_rules import Outcome, RosterState, What
from engage.people.roster_staging import new_codes
from engage.people.rules import Role, Status
from engage.people.sign_in_models import Card
from tests import make
from tests.data import shared
from tests.people import rosters
from tests.people.rosters import (
    NOTHING,
    REFUSED,
    USUAL,
    a_set,
    bring,
    classes,
    enrollments,
    names,
    preview,
    report,
    sums,
    users,
    zipped,
)
from tests.school import give_session

# what comes of each shared set in an empty school: people, classes, places in classes
COUNTS = {
    # a parent has no account; a teacher is no student of a class; one class has ended
    "Test_full_data_set": (5, 1, 2),
    "Test_minimal_data_set": (5, 2, 4),
    "oneroster_test_data": (1, 1, 1),
}


async def everything() -> str:
    """Every text of every table, as the database has it."""
    client = get_connection("default")
    found = []
    for name in models.__all__:
        table = getattr(models, name)._meta.db_table
        found += [
            repr(tuple(row.values())) for row in await client.execute_query_dict(f'SELECT * FROM "{table}" WHERE 1=1')
        ]
    return "\n".join(found)


@pytest.mark.parametrize("name", COUNTS)
async def test_each_shared_set_comes_in_and_twice_changes_nothing(school, name):
    body = shared(f"oneroster/{name}.zip").read_bytes()
    first = await bring(school.hill, body, f"{name}.zip")
    of = {"school_id": school.hill.id}
    counts = (
        await Person.filter(**of).count(),
        await SchoolClass.filter(**of, ended_on__isnull=True).count(),
        await ClassMember.filter(**of).count(),
    )
    assert counts == COUNTS[name]
    assert first.added == sum(counts)
    assert await report(school.hill, first.key, Outcome.REFUSED) == REFUSED[name]
    again = await bring(school.hill, body, f"{name}.zip")
    assert sums(again) == NOTHING
    assert again.same == sum(counts)
    assert await Person.filter(**of).count() == counts[0]


@pytest.mark.parametrize("name", COUNTS)
async def test_nothing_private_of_the_shared_sets_is_kept(school, name):
    await bring(school.hill, shared(f"oneroster/{name}.zip").read_bytes())
    with every_school("a test looks at all that is kept"):
        kept = await everything()
    private = [
        "Password1-",
        "Batman",
        "6037778888",
        "6031234567",
        "2010-04-17",
        "usr-222",
        "cls-222",
        "org-sch",
        "USER_0",
        "CLASS_001",
        "LDAP",
    ]
    assert [word for word in private if word in kept.replace("@myschool.com", "")] == []
    students = Person.filter(school_id=school.hill.id, memberships__role=Role.STUDENT)
    for student in await students:
        assert (student.login, student.email, student.password_hash) == (None, "", "")
        assert "Jones" not in student.name


async def test_a_roster_makes_students_classes_and_teachers(school):
    done = await bring(school.lincoln, zipped(a_set(**USUAL)))
    assert (sums(done), done.refused) == ({"added": 11, "changed": 0, "gone": 0}, 0)
    assert await names(school.lincoln) == [
        "Ada Okafor", "Alma Berg", "Dora Quist", "Lea Lind", "Mia", "Sam", "Sam D", "Sam O", "Tom Reyes", "Vera Lind",
    ]  # fmt: skip
    lea = await Person.get(school_id=school.lincoln.id, login="lea.lind@lincoln.example")
    roles = await Membership.filter(school_id=school.lincoln.id, person_id=lea.id).values_list("role", flat=True)
    assert (list(roles), lea.password_hash) == ([Role.TEACHER], "")
    rooms = SchoolClass.filter(school_id=school.lincoln.id, name__in=["Room 7", "Room 8"]).order_by("name")
    assert [(room.grade, len(room.code)) for room in await rooms] == [(3, 8), (3, 8)]
    reader = await reader_at(lea.id, "lincoln")
    assert reader is not None
    assert len(reader.taught_ids) == 2
    # programs that go with the roster follow at once
    assert await Job.filter(name="follow_rosters", state="queued").count() == 1
    assert await AuditEntry.filter(school_id=school.lincoln.id, act="applied a roster").count() == 1


async def test_the_same_roster_twice_changes_nothing(school):
    await bring(school.lincoln, zipped(a_set(**USUAL)))
    before = await names(school.lincoln)
    again = await bring(school.lincoln, zipped(a_set(**USUAL)))
    assert (sums(again), again.same) == (NOTHING, 11)
    assert await names(school.lincoln) == before


async def test_who_is_gone_is_switched_off_and_comes_back_as_the_same_person(school):
    await bring(school.lincoln, zipped(a_set(**USUAL)))
    mia = await Person.get(school_id=school.lincoln.id, name="Mia")
    reader = await reader_at(mia.id, "lincoln")
    assert reader is not None
    await give_session(reader, dates.now())
    at = {"school_id": school.lincoln.id, "person_id": mia.id}
    await Card.create(**at, token_hash="a lost one", year="2026-27", made_at=dates.now())
    without = {
        "users": USUAL["users"].replace("S3,true,O1,student", "S3,true,O2,student"),
        "enrollments": enrollments("C1 S1 student", "C1 S2 student", "C1 T1 teacher", "C2 T1 teacher"),
    }
    done = await bring(school.lincoln, zipped(a_set(**{**USUAL, **without})), yes=True)
    assert sums(done) == {"added": 0, "changed": 0, "gone": 1}
    gone = await Person.get(school_id=school.lincoln.id, id=mia.id)
    assert (gone.status, gone.gone_at is not None) == (Status.GONE, True)
    assert await Session.filter(person_id=mia.id).count() == 0
    assert not await Card.exists(**at)
    after = await reader_at(mia.id, "lincoln")
    assert after is not None
    assert not after.roles
    place = await ClassMember.get(school_id=school.lincoln.id, person_id=mia.id)
    assert place.until == dates.today(school.lincoln.zone) - timedelta(days=1)

    back = await bring(school.lincoln, zipped(a_set(**USUAL)))
    assert sums(back) == {"added": 0, "changed": 2, "gone": 0}
    again = await Person.get(school_id=school.lincoln.id, id=mia.id)
    assert (again.status, again.gone_at) == (Status.ACTIVE, None)
    assert (await ClassMember.get(school_id=school.lincoln.id, person_id=mia.id)).until is None
    assert await Person.filter(school_id=school.lincoln.id, name="Mia").count() == 1


async def test_a_tenth_missing_waits_for_a_yes(school):
    many = [f"S{n} student Kid{n} Fam 03" for n in range(20)]
    tables = {"users": users(*many), "classes": classes("C1 Room 7"), "enrollments": enrollments("C1 S0 student")}
    await bring(school.lincoln, zipped(a_set(**tables)))
    nineteen = zipped(a_set(**{**tables, "users": users(*many[:19])}))
    done = await bring(school.lincoln, nineteen)
    assert sums(done)["gone"] == 1  # one of twenty is less than a tenth
    seventeen = zipped(a_set(**{**tables, "users": users(*many[:17])}))
    key = await preview(school.lincoln, seventeen)
    with pytest.raises(Refused, match="say yes"):
        await roster_applying.apply(school.lincoln.id, key, by=None)
    assert await Person.filter(school_id=school.lincoln.id, status=Status.GONE).count() == 1
    await roster_applying.apply(school.lincoln.id, key, by=None, yes=True)
    assert await Person.filter(school_id=school.lincoln.id, status=Status.GONE).count() == 3


async def test_a_tenth_that_the_file_switches_off_waits_for_a_yes_too(school):
    await bring(school.lincoln, zipped(a_set(**USUAL)))
    classes_end = USUAL["classes"].replace("title,", "title,status,").replace("Room 8,", "Room 8,tobedeleted,")
    ended = {**USUAL, "classes": classes_end.replace("Room 7,", "Room 7,active,")}
    for tables in (
        a_set(**{**USUAL, "users": USUAL["users"].replace(",true,", ",false,")}),
        a_set("delta", users=USUAL["users"].replace(",true,", ",false,")),
        a_set(**ended),
    ):
        key = await preview(school.lincoln, zipped(tables))
        with pytest.raises(Refused, match="say yes"):
            await roster_applying.apply(school.lincoln.id, key, by=None)
    assert "Mia" in await names(school.lincoln)
    assert await SchoolClass.filter(school_id=school.lincoln.id, name="Room 8", ended_on__isnull=True).exists()


async def test_a_delta_changes_only_what_it_names(school):
    await bring(school.lincoln, zipped(a_set(**USUAL)))
    table = (
        "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,givenName,familyName,grades\n"
        "S1,active,2026-10-01,true,O1,student,x,Sam,Diaz,04\n"
        "S3,tobedeleted,2026-10-01,true,O1,student,x,Mia,Park,KG\n"
        "S9,active,2026-10-01,true,O1,student,x,Noa,Levi,02\n"
    )
    done = await bring(school.lincoln, zipped(a_set("delta", users=table)), yes=True)
    assert sums(done) == {"added": 1, "changed": 1, "gone": 1}
    found = Person.filter(school_id=school.lincoln.id, name__in=["Noa", "Mia"])
    people = dict(await found.values_list("name", "status"))
    assert people == {"Noa": Status.ACTIVE, "Mia": Status.GONE}
    assert (await Person.get(school_id=school.lincoln.id, name="Sam", letter="D")).grade == 4
    assert (await Person.get(school_id=school.lincoln.id, name="Sam", letter="O")).status is Status.ACTIVE


async def test_whoever_is_switched_off_in_the_file_is_switched_off_here(school):
    await bring(school.lincoln, zipped(a_set(**USUAL)))
    off = USUAL["users"].replace("S3,true", "S3,false")
    done = await bring(school.lincoln, zipped(a_set(**{**USUAL, "users": off})), yes=True)
    assert sums(done)["gone"] == 1
    assert (await Person.get(school_id=school.lincoln.id, name="Mia")).status is Status.GONE


async def test_it_is_whole_or_not_at_all(school):
    key = await preview(school.lincoln, zipped(a_set(**USUAL)))
    before = await names(school.lincoln)
    # somebody else has taken the code of a class that the roster will make: the last class fails in the middle
    row = await RosterRow.filter(school_id=school.lincoln.id, what="class").order_by("-number").first()
    assert row is not None
    await SchoolClass.create(school_id=school.hill.id, name="Other", year="2026-27", code=row.code)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await roster_applying.apply(school.lincoln.id, key, by=None)
    assert await names(school.lincoln) == before
    assert await RosterId.filter(school_id=school.lincoln.id).count() == 0
    assert await ClassMember.filter(school_id=school.lincoln.id, by_roster=True).count() == 0
    assert (await RosterImport.get(school_id=school.lincoln.id, key=key)).state is RosterState.READ


async def test_bad_rows_are_left_out_by_number_and_nobody_is_gone_for_them(school):
    await bring(school.lincoln, zipped(a_set(**USUAL)))
    table = USUAL["users"].replace("S3,true,O1,student", "S3,true,O1,wizard")
    done = await bring(school.lincoln, zipped(a_set(**{**USUAL, "users": table})))
    assert (sums(done), done.refused) == (NOTHING, 2)
    told = await report(school.lincoln, done.key, Outcome.REFUSED)
    assert ("users.csv", 4, "“wizard” is no role that we know.") in told
    assert (await Person.get(school_id=school.lincoln.id, name="Mia")).status is Status.ACTIVE


async def test_a_class_that_is_gone_ends_and_its_history_stays(school):
    await bring(school.lincoln, zipped(a_set(**USUAL)))
    one = {
        "classes": classes("C1 Room 7"),
        "enrollments": enrollments("C1 S1 student", "C1 S2 student", "C1 T1 teacher"),
    }
    done = await bring(school.lincoln, zipped(a_set(**{**USUAL, **one})), yes=True)
    assert done.gone == 1
    room = await SchoolClass.get(school_id=school.lincoln.id, name="Room 8")
    assert room.ended_on == dates.today(school.lincoln.zone)
    assert (
        await ClassMember.filter(school_id=school.lincoln.id, school_class_id=room.id, until__isnull=True).count() == 0
    )
    assert await ClassMember.filter(school_id=school.lincoln.id, school_class_id=room.id).count() == 2
    # what a roster ended a roster begins again
    back = await bring(school.lincoln, zipped(a_set(**USUAL)))
    assert back.gone == 0
    assert (await SchoolClass.get(school_id=school.lincoln.id, id=room.id)).ended_on is None


async def test_names_of_a_preview_are_deleted_when_it_is_applied_given_up_or_old(school):
    key = await preview(school.lincoln, zipped(a_set(**USUAL)))
    rows = RosterRow.filter(school_id=school.lincoln.id)
    assert await rows.filter(about__contains="Mia").count() == 2
    await roster_applying.give_up(school.lincoln.id, key, by=None)
    assert await rows.exclude(about="").count() == 0
    done = await bring(school.lincoln, zipped(a_set(**USUAL)))
    assert await rows.exclude(about="").count() == 0
    assert await rows.exclude(name="").count() == 0
    key = await preview(school.lincoln, zipped(a_set(**{**USUAL, "users": users("S9 student Noa Levi")})))
    await roster_applying.tidy_rosters(dates.now() + timedelta(days=6))
    assert await rows.filter(about__contains="Noa").exists()
    await roster_applying.tidy_rosters(dates.now() + timedelta(days=8))
    assert await rows.exclude(about="").count() == 0
    states = dict(await RosterImport.filter(school_id=school.lincoln.id).values_list("key", "state"))
    assert (states[key], states[done.key]) == (RosterState.GIVEN_UP, RosterState.APPLIED)


async def test_a_teacher_is_in_a_class_from_the_day_on_which_the_file_came(school):
    began = "\n".join(f"{line},2026-09-01" for line in USUAL["enrollments"].splitlines())
    table = began.replace("role,2026-09-01", "role,beginDate", 1)
    await bring(school.lincoln, zipped(a_set(**{**USUAL, "enrollments": table})))
    lea = await Person.get(school_id=school.lincoln.id, login="lea.lind@lincoln.example")
    today = dates.today(school.lincoln.zone)
    of = ClassMember.filter(school_id=school.lincoln.id)
    assert set(await of.filter(person_id=lea.id).values_list("since", flat=True)) == {today}
    mia = await Person.get(school_id=school.lincoln.id, name="Mia")
    assert (await of.filter(person_id=mia.id).values_list("since", flat=True)) == [date(2026, 9, 1)]
    # who left and comes again by a file is there from then on
    long_ago = today - timedelta(days=60)
    await of.filter(person_id=lea.id).update(since=long_ago, until=long_ago)
    await of.filter(person_id=mia.id).update(until=long_ago)
    await bring(school.lincoln, zipped(a_set(**{**USUAL, "enrollments": table})))
    assert set(await of.filter(person_id=lea.id, until=None).values_list("since", flat=True)) == {today}
    assert (await of.filter(person_id=mia.id, until=None).values_list("since", flat=True)) == [date(2026, 9, 1)]


async def test_the_accounts_of_the_staff_are_asked_at_once(school, statements):
    counts = []
    for many in (2, 12):
        names_of = [f"T{many}{n} teacher Kay{many}{n} Lind" for n in range(many)]
        for name in names_of:
            login = ".".join(name.split()[2:]).lower() + "@lincoln.example"
            person = await make.person(name, Role.TEACHER, school.lincoln, login=login)
            await Person.filter(school_id=school.lincoln.id, id=person.id).update(email=login)
        statements.forget()
        await preview(school.lincoln, zipped(a_set("delta", users=users(*names_of))))
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_a_schools_own_table_comes_in_and_its_classes_follow_it(school):
    table = (
        "class,given name,family name,grade,teacher,teacher name\n"
        "Room 12,Ben,Ito,3,tom@x.example,Tom Reyes\n"
        "Room 12,Sam,Diaz,3,,\n"
    )
    done = await bring(school.lincoln, table.encode(), "classes.csv")
    assert done.refused == 0
    assert await names(school.lincoln) == [
        "Ada Okafor", "Alma Berg", "Ben", "Dora Quist", "Sam", "Sam D", "Tom Reyes", "Tom Reyes", "Vera Lind",
    ]  # fmt: skip
    assert sums(await bring(school.lincoln, table.encode(), "classes.csv")) == NOTHING
    left = "class,given name,family name,grade\nRoom 12,Sam,Diaz,3\n"
    done = await bring(school.lincoln, left.encode(), "classes.csv", yes=True)
    assert done.gone >= 1
    ben = await Person.get(school_id=school.lincoln.id, name="Ben")
    assert ben.status is Status.ACTIVE  # out of the class, and still of the school
    assert await ClassMember.filter(school_id=school.lincoln.id, person_id=ben.id, until__isnull=True).count() == 0
    await bring(school.lincoln, left.encode(), "classes.csv", yes=True, whole=True)
    assert (await Person.get(school_id=school.lincoln.id, id=ben.id)).status is Status.GONE


async def test_new_class_codes_meet_no_other(school):
    codes = await new_codes(900)
    assert len(set(codes)) == 900
    assert all(code.isalnum() and code.isupper() for code in codes)


async def test_ids_of_others_hash_apart_for_each_school_and_key(school):
    one = Hashing(rosters.SECRET, 1).of(What.PERSON, "S1")
    assert len(one) == 40
    assert len({one, Hashing(rosters.SECRET, 2).of(What.PERSON, "S1"), Hashing("x" * 40, 1).of(What.PERSON, "S1")}) == 3


async def test_who_left_a_class_and_came_again_is_in_it(school):
    table = (
        "sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate,endDate\n"
        "E1,C1,O1,S1,student,2026-08-24,2026-09-30\n"
        "E2,C1,O1,S1,student,2026-11-02,\n"
        "E3,C2,O1,S3,student,2026-08-24,2026-09-30\n"
    )
    await bring(school.lincoln, zipped(a_set(**{**USUAL, "enrollments": table})))
    places = ClassMember.filter(school_id=school.lincoln.id, by_roster=True).order_by("person__name")
    found = await places.values_list("person__name", "since", "until")
    assert [(name, str(since), str(until)) for name, since, until in found] == [
        ("Mia", "2026-08-24", "2026-09-30"),
        ("Sam", "2026-11-02", "None"),
    ]
