"""A roster beside what is here: what people did by hand, other schools and accounts, other rosters at that moment."""

import asyncio
from pathlib import Path

import pytest
from tortoise.connection import get_connection

from engage.database.tenancy import every_school
from engage.errors import NotFound, Refused
from engage.people import person_actions, roster_applying
from engage.people.models import ClassMember, Membership, Person, SchoolClass
from engage.people.queries import reader_at
from engage.people.roster_models import RosterImport
from engage.people.roster_rules import Outcome
from engage.people.rules import Role, Scope, Status
from tests import make
from tests.people.rosters import (
    NOTHING,
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


async def test_a_place_in_a_class_that_a_person_gave_is_not_taken_by_a_roster(school):
    await bring(school.lincoln, zipped(a_set(**USUAL)))
    room = await SchoolClass.get(school_id=school.lincoln.id, name="Room 8")
    await ClassMember.create(
        school_id=school.lincoln.id,
        school_class_id=room.id,
        person_id=school.sam.id,
        role=Role.STUDENT,
        since=make.TERM_STARTS,
    )
    done = await bring(school.lincoln, zipped(a_set(**USUAL)))
    assert sums(done) == NOTHING
    moved = enrollments("C2 S1 student", "C1 S2 student", "C2 S3 student", "C1 T1 teacher", "C2 T1 teacher")
    done = await bring(school.lincoln, zipped(a_set(**{**USUAL, "enrollments": moved})), yes=True)
    assert sums(done) == {"added": 1, "changed": 0, "gone": 1}
    inside = ClassMember.filter(school_id=school.lincoln.id, school_class_id=room.id, until__isnull=True)
    assert await inside.filter(person_id=school.sam.id).exists()
    assert await inside.filter(person__name="Sam", person__letter="D").exists()


async def test_a_specialist_is_never_made_by_a_file_and_keeps_what_a_file_did_not_give(school):
    ada = await Person.get(school_id=school.lincoln.id, id=school.ada.id)
    ada.email = "ada.okafor@lincoln.example"
    await ada.save(update_fields=["email"])
    table = users("T9 teacher Ada Okafor", "A1 aide Amy Ames", "X1 librarian Lib Rary", "P1 parent Pa Rent")
    tables = {
        "users": table,
        "classes": classes("C1 Room 7"),
        "enrollments": enrollments("C1 T9 teacher", "C1 A1 aide"),
    }
    done = await bring(school.lincoln, zipped(a_set(**tables)))
    assert [why for _, _, why in await report(school.lincoln, done.key, Outcome.REFUSED)] == [
        "“librarian” is no role that we know."
    ]
    roles = await Membership.filter(school_id=school.lincoln.id, person_id=ada.id).values_list("role", flat=True)
    assert set(roles) == {Role.SPECIALIST, Role.TEACHER}
    amy = await Person.get(school_id=school.lincoln.id, login="amy.ames@lincoln.example")
    helper = await reader_at(amy.id, "lincoln")
    assert helper is not None
    assert helper.roles == {Role.HELPER}
    assert len(helper.taught_ids) == 1
    assert not any(helper.may(act, scope) for act in ("LST05", "LST06", "LST12") for scope in Scope)
    assert helper.may("CLS01", Scope.CLASS)
    # the teacher is gone: the role of the file goes, the specialist stays and is at work
    none = {
        "users": users("A1 aide Amy Ames"),
        "classes": classes("C1 Room 7"),
        "enrollments": enrollments("C1 A1 aide"),
    }
    await bring(school.lincoln, zipped(a_set(**none)), yes=True)
    reader = await reader_at(ada.id, "lincoln")
    assert reader is not None
    assert (reader.roles, reader.taught_ids) == ({Role.SPECIALIST}, frozenset())


async def test_rows_of_other_schools_are_left_alone_and_nothing_of_theirs_is_touched(school):
    both = {
        **USUAL,
        "users": USUAL["users"] + "R1,true,O2,student,x,Remy,Roe,,03,p\n",
        "enrollments": USUAL["enrollments"] + "E9,C9,O2,R1,student\n",
        "classes": USUAL["classes"] + "C9,Room 1,03,,,homeroom,O2,\n",
    }
    before = await names(school.roosevelt)
    done = await bring(school.lincoln, zipped(a_set(**both)))
    assert done.refused == 0
    assert "Remy" not in await names(school.lincoln)
    assert await names(school.roosevelt) == before
    assert ("users.csv", 0, "1 row of other schools, left alone.") in await report(
        school.lincoln, done.key, Outcome.NOTED
    )


async def test_a_file_of_several_schools_says_which_or_is_asked(school):
    body = zipped({**a_set(**USUAL), "orgs": ORGS_OF_OTHERS})
    with pytest.raises(Refused, match="has several schools: “Adams School”, “Lincoln Elementary”"):
        await preview(school.lincoln, body)
    with pytest.raises(Refused, match="no school “Grant”"):
        await preview(school.lincoln, body, org="Grant")
    done = await bring(school.lincoln, body, org="lincoln elementary")
    assert (done.org_name, done.added) == ("Lincoln Elementary", 11)
    # from now on it is known
    assert sums(await bring(school.lincoln, body)) == NOTHING
    other = zipped({**a_set(**USUAL), "orgs": "sourcedId,name,type\nO2,Roosevelt School,school\n"})
    with pytest.raises(Refused, match="of another school than before"):
        await preview(school.lincoln, other)


ORGS_OF_OTHERS = "sourcedId,name,type\nO1,Lincoln Elementary,school\nO2,Adams School,school\nO0,Valley,district\n"


async def test_a_class_made_by_hand_is_the_class_of_its_name(school):
    done = await bring(school.lincoln, zipped(a_set(**{**USUAL, "classes": classes("C1 Room 12", "C2 Room 8")})))
    assert done.changed == 1
    assert await SchoolClass.filter(school_id=school.lincoln.id, name="Room 12").count() == 1
    # who was in it by hand is still in it
    assert await ClassMember.filter(
        school_id=school.lincoln.id, school_class_id=school.room.id, person_id=school.sam.id, until__isnull=True
    ).exists()


async def test_a_preview_is_out_of_date_once_another_was_applied(school):
    key = await preview(school.lincoln, zipped(a_set(**USUAL)))
    await bring(school.lincoln, zipped(a_set(**USUAL)))
    with pytest.raises(Refused, match="Another roster was applied"):
        await roster_applying.apply(school.lincoln.id, key, by=None)
    with pytest.raises(NotFound):
        await roster_applying.apply(school.roosevelt.id, key, by=None)


async def test_a_preview_is_looked_at_again_once_somebody_changed_people_by_hand(school, alma):
    await bring(school.lincoln, zipped(a_set(**USUAL)))
    key = await preview(school.lincoln, zipped(a_set(**{**USUAL, "classes": classes("C1 Owls", "C2 Room 8")})))
    mia = await Person.get(school_id=school.lincoln.id, name="Mia")
    await person_actions.change_student(mia, "Maria", "", 0, by=alma)
    with pytest.raises(Refused, match="look at it again"):
        await roster_applying.apply(school.lincoln.id, key, by=alma)
    fresh = await preview(school.lincoln, zipped(a_set(**{**USUAL, "classes": classes("C1 Owls", "C2 Room 8")})))
    await roster_applying.apply(school.lincoln.id, fresh, by=alma)
    assert await SchoolClass.exists(school_id=school.lincoln.id, name="Owls")

    tom = await Person.get(school_id=school.lincoln.id, id=school.tom.id)
    await make.membership(tom, Role.SPECIALIST, school.lincoln)
    later = await preview(school.lincoln, zipped(a_set(**{**USUAL, "classes": classes("C1 Larks", "C2 Room 8")})))
    await person_actions.take_role(tom, Role.SPECIALIST, by=alma)
    with pytest.raises(Refused, match="look at it again"):
        await roster_applying.apply(school.lincoln.id, later, by=alma)


@pytest.mark.only("sqlite")
def test_what_is_done_by_hand_is_called_as_the_audit_calls_it():
    people = Path(roster_applying.__file__).parent
    noted = "\n".join(path.read_text() for path in people.glob("*.py") if path.name != "roster_applying.py")
    assert [act for act in roster_applying.BY_HAND if f'note("{act}"' not in noted] == []


async def test_a_login_of_the_file_links_nobody_but_an_e_mail_address_does(school):
    table = (
        users("T9 teacher Tina Tao")
        .replace("tina.tao@lincoln.example,Tina", "tom,Tina")
        .replace("tina.tao@lincoln.example", "")
    )
    done = await bring(school.lincoln, zipped(a_set(users=table)))
    tina = await Person.get(school_id=school.lincoln.id, name="Tina Tao")
    assert (tina.login, tina.id != school.tom.id) == (None, True)
    assert ("users.csv", 2, "Somebody else has this login; the account has none.") in await report(
        school.lincoln, done.key, Outcome.NOTED
    )


async def test_who_was_let_go_elsewhere_is_not_brought_back_by_their_address(school):
    tina = await make.person("Tina Tao", Role.SPECIALIST, school.roosevelt, login="tina")
    of_school = Person.filter(school_id=school.roosevelt.id, id=tina.id)
    await of_school.update(email="tina.tao@lincoln.example", status=Status.GONE)
    await bring(school.lincoln, zipped(a_set(users=users("T9 teacher Tina Tao"))))
    assert (await of_school.get()).status is Status.GONE
    with every_school("a test looks everywhere"):
        assert await Membership.filter(person_id=tina.id).count() == 1


async def test_two_rosters_of_a_school_at_the_same_moment_are_one(school):
    keys = [await preview(school.lincoln, zipped(a_set(**USUAL))) for _ in range(3)]
    apply = roster_applying.apply
    ended = await asyncio.gather(*(apply(school.lincoln.id, key, by=None) for key in keys), return_exceptions=True)
    assert sum(isinstance(one, RosterImport) for one in ended) == 1
    assert [type(one) for one in ended if not isinstance(one, RosterImport)] == [Refused, Refused]
    assert await Person.filter(school_id=school.lincoln.id, name="Mia").count() == 1


async def test_others_write_while_a_roster_is_applied(school, monkeypatch):
    """On PostgreSQL nobody of the school waits for a large roster; on SQLite one writes after the other."""
    key = await preview(school.lincoln, zipped(a_set(**USUAL)))
    began, go_on = asyncio.Event(), asyncio.Event()
    let_go = roster_applying._let_go

    async def slowly(*given):
        await let_go(*given)
        began.set()
        await go_on.wait()

    monkeypatch.setattr(roster_applying, "_let_go", slowly)
    applying = asyncio.create_task(roster_applying.apply(school.lincoln.id, key, by=None))
    await began.wait()
    writing = asyncio.create_task(make.person("Noa", Role.STUDENT, school.lincoln))
    if get_connection("default").capabilities.dialect != "sqlite":
        await writing
    assert not applying.done()
    go_on.set()
    await applying
    await writing
    assert {"Mia", "Noa"} <= set(await names(school.lincoln))
