"""A student moves to another school of the district: CLS17, and A5 and A6 of SAFETY.md."""

from datetime import timedelta

import pytest

from engage import dates
from engage.people import moving
from engage.people.models import AuditEntry, ClassMember, Membership, Person, Session
from engage.people.moving_models import StudentMove
from engage.people.oidc_models import OidcLink, OidcProvider
from engage.people.queries import reader_at
from engage.people.rules import Role, Status
from engage.people.sign_in_models import Card
from engage.programs.models import LogEntry
from tests import make
from tests.people.entering import give_card
from tests.school import as_reader, give_session, words_of


@pytest.mark.parametrize(
    ("letter", "taken", "free"),
    [
        ("", (), ""),
        ("D", ("O",), "D"),
        ("D", ("d",), "D2"),
        ("", ("", "2"), "3"),
        ("Diaz", ("Diaz", "Dia2"), "Dia3"),
    ],
)
def test_a_letter_tells_who_moves_apart_at_the_new_school(letter, taken, free):
    assert moving.free_letter(letter, taken) == free


async def asked(browser, alma, sam, target) -> str:
    answer = await browser.sign_in(alma).post(f"/admin/people/{sam.key}/move", {"school": target.key, "form_key": "a"})
    assert answer.status_code == 303, words_of(answer)
    return (await StudentMove.get(school_id=alma.school.id)).key


async def test_the_school_asks_the_district_moves_and_history_stays(browser, school, alma, dora, sam):
    await make.facts(sam, [(1, 20)], title="Owlsentinel")
    await give_card(sam, school.tom, "k" * 40)
    await give_session(sam, dates.now())
    of = {"school_id": school.lincoln.id, "name": "Hill ID", "issuer": "https://id.example", "client_id": "c"}
    provider = await OidcProvider.create(**of, students=True, whole_district=True)
    now = dates.now()
    await OidcLink.create(provider_id=provider.id, person_id=sam.id, hash="h", made_at=now, used_at=now)
    page = words_of(await browser.sign_in(alma).get(f"/admin/people/{sam.key}/move"))
    assert "Roosevelt School" in page
    assert school.hill.name not in page  # of another district
    key = await asked(browser, alma, sam, school.roosevelt)
    await asked(browser, alma, sam, school.roosevelt)  # the same form twice asks once
    assert "Sam" in words_of(await browser.get("/admin/moves"))
    assert (await browser.post(f"/admin/moves/{key}/decide", {"agreed": "yes"})).status_code in (403, 404)

    seen = words_of(await browser.sign_in(dora).get("/admin/moves"))
    assert "A student of Lincoln School , to Roosevelt School" in seen
    assert "Sam" not in seen.replace("Same", "")  # CLS07: the district sees no student
    answer = await browser.follow(await browser.post(f"/admin/moves/{key}/decide", {"agreed": "yes"}))
    assert "The student has moved." in words_of(answer)

    old = await Person.get(school_id=school.lincoln.id, id=sam.id)
    assert old.status is Status.GONE
    assert await Session.filter(person_id=sam.id).count() == 0
    assert await Card.filter(school_id=school.lincoln.id, person_id=sam.id).count() == 0
    assert await OidcLink.all().count() == 0  # it would shut the new account out for good
    gone = await ClassMember.get(school_id=school.lincoln.id, person_id=sam.id)
    assert gone.until == dates.today(school.card.zone) - timedelta(days=1)
    assert await LogEntry.filter(school_id=school.lincoln.id, person_id=sam.id).count() == 1
    new = await Person.get(school_id=school.roosevelt.id, name="Sam")
    assert (new.grade, new.status, new.picture_hash) == (3, Status.ACTIVE, "")
    assert await LogEntry.filter(school_id=school.roosevelt.id, person_id=new.id).count() == 0
    reader = await reader_at(new.id, "roosevelt")
    assert (reader.roles, reader.class_ids) == ({Role.STUDENT}, frozenset())
    assert not await Membership.filter(school_id=school.lincoln.id, person_id=new.id).exists()
    acts = await AuditEntry.filter(school_id=school.roosevelt.id).values_list("act", "by_id", "about_id")
    assert acts == [("moved a student here", dora.id, new.id)]
    assert await StudentMove.filter(school_id=school.lincoln.id).count() == 0
    assert "Nothing waits" in words_of(await browser.get("/admin/moves"))


async def test_who_may_neither_ask_nor_decide_sees_nothing_of_moves(browser, school, alma, dora, sam):
    key = await asked(browser, alma, sam, school.roosevelt)
    elsewhere = await as_reader(
        await make.person("Dee Hall", Role.DISTRICT_ADMIN, school.hill, login="dee"), school.hill.slug
    )
    for nobody in (school.ada, school.tom, sam, school.vera, None):
        browser.sign_in(nobody)
        name = getattr(nobody, "name", "a visitor")
        assert (await browser.get("/admin/moves")).status_code == 404, name
        assert (await browser.get(f"/admin/people/{sam.key}/move")).status_code == 404, name
        assert (await browser.post(f"/admin/moves/{key}/decide", {"agreed": "yes"})).status_code == 404, name
        assert (await browser.post(f"/admin/moves/{key}/take-back")).status_code == 404, name
    foreign = await browser.sign_in(elsewhere).post(f"/{school.hill.slug}/admin/moves/{key}/decide", {"agreed": "yes"})
    assert foreign.status_code == 404
    assert (await browser.sign_in(dora).get(f"/admin/people/{sam.key}/move")).status_code == 404
    assert (await Person.get(school_id=school.lincoln.id, id=sam.id)).status is Status.ACTIVE


async def test_nobody_decides_what_they_asked_and_an_asking_is_taken_back(browser, school, alma, sam):
    key = await asked(browser, alma, sam, school.roosevelt)
    await make.membership(
        await Person.get(school_id=school.lincoln.id, id=alma.id), Role.DISTRICT_ADMIN, school.lincoln
    )
    both = await reader_at(alma.id, "lincoln")
    assert (await browser.sign_in(both).post(f"/admin/moves/{key}/decide", {"agreed": "yes"})).status_code == 403
    await Membership.filter(school_id=school.lincoln.id, person_id=alma.id, role=Role.DISTRICT_ADMIN).delete()
    assert (await browser.sign_in(alma).post(f"/admin/moves/{key}/take-back")).status_code == 303
    assert await StudentMove.filter(school_id=school.lincoln.id).count() == 0


async def test_who_left_meanwhile_does_not_move_and_old_askings_go(browser, school, alma, dora, sam):
    key = await asked(browser, alma, sam, school.roosevelt)
    await browser.post(f"/admin/people/{sam.key}/let-go")
    said = await browser.sign_in(dora).post(f"/admin/moves/{key}/decide", {"agreed": "yes"})
    assert "They have left already." in words_of(await browser.follow(said))
    assert await Person.filter(school_id=school.roosevelt.id, name="Sam").count() == 0
    assert (await browser.post(f"/admin/moves/{key}/decide", {"agreed": "no"})).status_code == 303
    assert await StudentMove.filter(school_id=school.lincoln.id).count() == 0

    await browser.sign_in(alma).post(f"/admin/people/{sam.key}/come-back")
    again = await browser.post(f"/admin/people/{sam.key}/move", {"school": school.roosevelt.key, "form_key": "b"})
    assert again.status_code == 303
    assert await moving.forget_old_moves(dates.now() + timedelta(days=29)) == 0
    assert await moving.forget_old_moves(dates.now() + timedelta(days=31)) == 1
