"""Schools are opened and closed by the admin of their district, and nothing is lost: ADM04 of SAFETY.md."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from engage import dates
from engage.database.tenancy import every_school
from engage.errors import NotAllowed, NotFound, Refused
from engage.lists.exchange import due_origins, offered_elsewhere
from engage.lists.exchange_models import Origin
from engage.outside.cage import Cage
from engage.outside.fetch import Door
from engage.people import moving, roster_drop, schools, tokens
from engage.people.models import AuditEntry, Person, School, SchoolClass, Session
from engage.people.moving_models import StudentMove
from engage.people.queries import home_slug, reader_at
from engage.people.rules import Role
from engage.people.schools import Opening, check_slug, make_school
from engage.people.token_rules import Opens
from engage.promotion.models import PromotedLink
from engage.resources import picture_seeking
from engage.resources.harvest import harvest_due, harvest_now
from engage.resources.incoming_models import Source
from engage.resources.link_checking import check_links
from engage.resources.models import Cover, Link, Resource
from tests import make
from tests.people.entering import (
    GOOD,
    PICTURES,
    came_in,
    give_card,
    give_password,
    give_pictures,
    pressed,
    send,
    show_card,
)
from tests.school import words_of

NEW = {"name": "Elm Grove", "slug": "elm-grove", "zone": "America/Chicago", "admin": "Ms. Ito", "login": "ito@elm.test"}
EDGES = [f"Etc/GMT{hours:+d}" for hours in range(-12, 13)]


async def ask(browser, reader, path, sent=None):
    """A page of the district, or a form of one."""
    browser.sign_in(reader)
    await browser.be_known()
    return await (browser.client.get(path) if sent is None else send(browser, path, **sent))


def closing(school) -> str:
    return f"/district/schools/{school.key}/close"


async def close_roosevelt(school) -> None:
    await schools.close(school.roosevelt.key, "Roosevelt School", by=school.dora)


@pytest.mark.parametrize(
    "slug", ["Elm", "elm grove", "-elm", "elm--grove", "elm/grove", "élm", "", "x" * 61, "sign-in"]
)
def test_what_cannot_begin_an_address_names_no_school(slug):
    with pytest.raises(Refused):
        check_slug(slug, {"sign-in"})


async def test_a_district_admin_opens_a_school_and_its_admin_comes_in_by_a_link(browser, school):
    page = await ask(browser, school.dora, "/district/schools/new")
    (key,) = re.findall(r'name="form_key"[^>]*value="([^"]+)"', page.text)
    for _ in "12":  # pressed twice it opens one
        answer = await ask(browser, school.dora, "/district/schools/new", {**NEW, "form_key": key})
        assert (answer.status_code, answer.headers["location"]) == (303, "/elm-grove/admin/staff"), words_of(answer)
    made = await School.get(slug="elm-grove")
    assert (made.name, made.zone, made.district_id) == ("Elm Grove", "America/Chicago", school.lincoln.district_id)
    (admin,) = await Person.filter(school_id=made.id)
    assert (await reader_at(admin.id, "elm-grove")).roles == {Role.SCHOOL_ADMIN}
    staff = words_of(await browser.follow(answer))
    assert "Elm Grove is open." in staff
    assert "Ms. Ito" in staff
    link = await send(browser, f"/elm-grove/admin/staff/{admin.key}/link")
    assert "/sign-in/invitation#" in link.text
    assert await AuditEntry.filter(school_id=made.id, by_id=school.dora.id, act="opened a school").exists()
    assert await AuditEntry.filter(school_id=school.lincoln.id, act="opened a school", detail="Elm Grove").exists()
    assert "Elm Grove" in words_of(await ask(browser, school.dora, "/district/schools"))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"slug": "lincoln"}, "There is a school with the address lincoln already."),
        ({"slug": "lti"}, "The address lti is the"),
        ({"slug": "Elm Grove"}, "Use small letters, digits and hyphens"),
        ({"login": "tom"}, "The login tom is taken."),
        ({"name": " "}, "Write the name of the school."),
    ],
)
async def test_a_school_that_cannot_be_is_not_opened_in_part(browser, school, changed, sentence):
    answer = await ask(browser, school.dora, "/district/schools/new", NEW | changed)
    assert (answer.status_code, sentence in words_of(answer)) == (422, True)
    assert await School.all().count() == 3
    with every_school("nobody was added anywhere"):
        assert not await Person.filter(name="Ms. Ito").exists()


async def test_a_command_opens_a_school_by_the_same_rules(school):
    assert (await make_school("Elm Grove", "elm", "America/Chicago", "Alder Valley")).district_id == (
        school.lincoln.district_id
    )
    for slug, zone in (("Elm", "America/Chicago"), ("oak", "America/Nowhere"), ("elm", "America/Chicago")):
        with pytest.raises(Refused):
            await make_school("Oak", slug, zone)


async def test_closing_asks_for_the_name_and_a_proof(browser, school):
    page = words_of(await ask(browser, school.dora, closing(school.roosevelt)))
    assert "Nothing is deleted." in page
    for name in ("", "Roosevelt", "Lincoln School"):
        answer = await ask(browser, school.dora, closing(school.roosevelt), {"name": name})
        assert answer.status_code == 422
    await Session.all().update(proved_at=dates.now() - timedelta(minutes=11))
    for path in (closing(school.roosevelt), "/district/schools/new"):
        answer = await ask(browser, school.dora, path, {"name": "Roosevelt School"})
        assert "/me/prove" in answer.headers["location"]
    assert await School.filter(closed_at=None).count() == 3
    await Session.all().update(proved_at=dates.now())
    answer = await ask(browser, school.dora, closing(school.roosevelt), {"name": " roosevelt  school"})
    assert "Roosevelt School is closed." in words_of(await browser.follow(answer))
    assert (await ask(browser, school.dora, closing(school.roosevelt))).status_code == 404


async def test_a_closed_school_answers_nobody_and_comes_back_as_it_was(browser, school):
    curated = await make.curated_list(by=school.rosa, published=True, visibility="public", items=3, title="Owls")
    link = await PromotedLink.create(school_id=school.roosevelt.id, medium="sign", curated_id=curated.id)
    secret = "a key that only the tests know, and nobody else"
    until = dates.today("UTC") + timedelta(days=30)
    token = await tokens.make_token("Dashboard", tuple(Opens), until, True, secret, by=school.dora)
    bearer = {"Authorization": f"Bearer {token}"}
    page = f"/roosevelt/lists/{curated.slug}"
    ways = ["/roosevelt/", page, f"{page}.rss", "/roosevelt/opds", f"/l/{curated.key}", f"/go/{link.key}"]
    ways.append(f"/oembed?url=https://engage.test{page}")

    async def seen() -> list[int]:
        browser.sign_out()
        return [(await browser.client.get(way)).status_code for way in ways]

    async def by_token() -> tuple[str, int]:
        listed = await browser.client.get("/api/v1/schools", headers=bearer)
        lists = await browser.client.get("/api/v1/schools/roosevelt/lists", headers=bearer)
        return listed.text, lists.status_code

    before = await seen()
    assert set(before) == {200, 303}
    assert await seen() == before  # now the front cache has them
    assert "Roosevelt" in (await browser.client.get("/sign-in")).text

    await close_roosevelt(school)
    assert set(await seen()) == {404}
    nowhere = await browser.client.get("/nowhere/")
    closed = await browser.client.get("/roosevelt/")
    same = [re.sub(r"Code [0-9a-f]+|roosevelt|nowhere", "", each.text) for each in (nowhere, closed)]
    assert same[0] == same[1]
    text, status = await by_token()
    assert ("Roosevelt" in text, status) == (False, 404)
    for path in ("/", "/sign-in"):
        assert "Roosevelt" not in (await browser.client.get(path)).text
    for who in (school.rosa, school.dora):
        assert (await browser.sign_in(who).get(page)).status_code == 404
    shown = words_of(await ask(browser, school.dora, "/district/schools"))
    assert "Roosevelt School Closed" in shown

    answer = await ask(browser, school.dora, f"/district/schools/{school.roosevelt.key}/open", {})
    assert "Roosevelt School is open again." in words_of(await browser.follow(answer))
    assert await seen() == before
    assert (await by_token())[1] == 200
    acts = await AuditEntry.filter(school_id=school.roosevelt.id).order_by("id").values_list("act", flat=True)
    assert acts == ["closed a school", "opened a school again"]


async def test_nobody_signs_in_at_a_closed_school(browser, school):
    room = await make.school_class(school.roosevelt, "Room 9", code="BOAT9")
    remy = school.remy
    await make.in_class(await Person.get(school_id=school.roosevelt.id, id=remy.id), room, Role.STUDENT)
    await give_password(school.rosa)
    secret_key = browser.app.settings.secret_key
    await give_pictures(remy, secret_key)
    card = await give_card(remy, school.rosa, secret_key)
    opened = {"sign_in_until": dates.now() + timedelta(minutes=30)}
    await SchoolClass.filter(id=room.id, school_id=school.roosevelt.id).update(**opened)
    await browser.sign_in(school.rosa).be_known()
    browser.sign_out()
    tile = f"/sign-in/class/BOAT9/{remy.key}"
    assert came_in(await send(browser, tile, **pressed(PICTURES)))

    await close_roosevelt(school)
    assert not await Session.filter(person_id__in=[school.rosa.id, remy.id]).exists()
    # also where somebody opens the door after all, as a job or a command might
    await SchoolClass.filter(id=room.id, school_id=school.roosevelt.id).update(**opened)
    browser.sign_out()
    assert (await browser.client.get("/sign-in/class/BOAT9")).status_code == 404
    assert (await browser.client.get(tile)).status_code == 404
    assert (await send(browser, "/sign-in/class", code="BOAT9")).status_code == 422
    assert (await show_card(browser, card)).status_code == 422
    staff = await send(browser, "/sign-in", login="rosa", password=GOOD)
    assert (came_in(staff), staff.status_code, "Your school is closed here." in words_of(staff)) == (False, 403, True)

    await schools.open_again(school.roosevelt.key, by=school.dora)
    assert came_in(await send(browser, "/sign-in", login="rosa", password=GOOD))
    assert (await browser.client.get("/sign-in/class/BOAT9")).status_code == 200


async def test_whoever_works_at_another_school_goes_on_there(browser, school):
    rosa = await Person.get(school_id=school.roosevelt.id, id=school.rosa.id)
    await make.membership(rosa, Role.TEACHER, school.lincoln)
    await give_password(school.rosa)
    await close_roosevelt(school)
    browser.sign_out()
    answer = await send(browser, "/sign-in", login="rosa", password=GOOD)
    assert (came_in(answer), answer.headers["location"]) == (True, "/lincoln/")
    assert (await browser.client.get("/lincoln/classes")).status_code == 200
    # at an address without a school they are found, too
    assert (await browser.client.get("/district/schools")).status_code == 404
    assert await home_slug(school.rosa.id) == "lincoln"


async def test_a_school_in_which_the_districts_admin_is_at_home_stays_open(browser, school):
    answer = await ask(browser, school.dora, closing(school.lincoln), {"name": "Lincoln School"})
    assert answer.status_code == 422
    assert "Dora Quist looks after the district and has no other school here" in words_of(answer)
    assert (await School.get(id=school.lincoln.id)).closed_at is None
    dora = await Person.get(school_id=school.lincoln.id, id=school.dora.id)
    await make.membership(dora, Role.TEACHER, school.roosevelt)
    await schools.close(school.lincoln.key, "Lincoln School", by=school.dora)
    assert (await reader_at(dora.id, "roosevelt")).roles == {Role.DISTRICT_ADMIN, Role.TEACHER}
    with pytest.raises(Refused):  # the last one stays
        await close_roosevelt(school)


async def test_a_student_leaves_a_closed_school_and_comes_to_none(school):
    sam = await Person.get(school_id=school.lincoln.id, id=school.sam.id)
    await moving.ask(sam, school.roosevelt.key, "", by=school.alma)
    key = (await StudentMove.get(school_id=school.lincoln.id)).key
    await close_roosevelt(school)
    with pytest.raises(Refused):
        await moving.ask(sam, school.roosevelt.key, "", by=school.alma)
    with pytest.raises(Refused):
        await moving.decide(key, True, by=school.dora)
    await schools.open_again(school.roosevelt.key, by=school.dora)
    await moving.decide(key, True, by=school.dora)
    assert await Person.filter(school_id=school.roosevelt.id, name="Sam").exists()


async def test_only_the_districts_own_admin_opens_and_closes(school):
    for reader in (school.ada, school.alma, school.vera):
        with pytest.raises(NotAllowed):
            await schools.close(school.roosevelt.key, "Roosevelt School", by=reader)
        with pytest.raises(NotAllowed):
            await schools.open_again(school.roosevelt.key, by=reader)
        with pytest.raises(NotAllowed):
            await schools.open_new(Opening(**NEW), (), "", by=reader)
    with pytest.raises(NotFound):
        await schools.close(school.hill.key, "Hill School", by=school.dora)
    assert await School.filter(closed_at=None).count() == 3


async def test_nothing_is_fetched_or_taken_in_for_a_closed_school(browser, school, tmp_path):
    now = dates.now()
    asleep = next(zone for zone in EDGES if dates.clock_of(now, zone).hour == 2)
    await School.filter(id=school.roosevelt.id).update(zone=asleep)
    source = await make.source(school="roosevelt", next_visit_at=now - timedelta(hours=1))
    resource = await make.resource("Owls", school="roosevelt")
    await Resource.filter(id=resource.id, school_id=school.roosevelt.id).update(cover="https://a.example/owl.jpg")
    link = await Link.create(school_id=school.roosevelt.id, resource_id=resource.id, url="https://a.example/owl")
    curated = await make.curated_list(by=school.rosa, published=True, visibility="public", items=3, offered=True)
    origin = {
        "address": "https://a.example/list",
        "linked": True,
        "taken_at": now,
        "next_look": now - timedelta(hours=1),
    }
    await Origin.create(school_id=school.roosevelt.id, curated_id=curated.id, **origin)
    folder = tmp_path / "rosters"
    (folder / "roosevelt").mkdir(parents=True)
    (folder / "roosevelt" / "people.csv").write_text("nobody reads this")
    later = now + timedelta(hours=1)
    assert len((await offered_elsewhere(school.ada)).rows) == 1
    assert len(await due_origins(now, 9)) == 1

    await close_roosevelt(school)
    door = Door(())
    assert await harvest_due(door, Cage(), now) == 0
    with pytest.raises(Refused):
        await harvest_now(door, Cage(), now, source.key)
    row = await Source.get(id=source.id, school_id=school.roosevelt.id)
    assert (row.fence, row.failures, row.last_visit_at) == (0, 0, None)
    await check_links(browser.app.settings)
    assert (await Link.get(id=link.id, school_id=school.roosevelt.id)).checked_at is None
    await picture_seeking.seek(door, "", now)
    assert not await Cover.filter(school_id=school.roosevelt.id).exists()
    assert await due_origins(now, 9) == []
    assert (await offered_elsewhere(school.ada)).rows == []
    assert await moving.schools_to_move_to(school.alma) == []
    assert await roster_drop.take_rosters(replace(browser.app.settings, roster_folder=folder), later) == 0
    await schools.open_again(school.roosevelt.key, by=school.dora)
    assert await roster_drop.take_rosters(replace(browser.app.settings, roster_folder=folder), later) == 1
