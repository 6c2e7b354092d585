"""L3: what a card opens, where, and what it never does."""

import base64
import logging
import random
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from engage import dates
from engage.engagement.rules import Mode
from engage.outside.typeset import press_in
from engage.people import cards, devices
from engage.people.models import AuditEntry, Person, Session
from engage.people.rules import Role, Status, Way
from engage.people.sessions import Table
from engage.people.sign_in_models import Card
from engage.programs import log_actions
from engage.programs.entries import Given
from engage.programs.marks import marks_of
from engage.programs.models import Saved
from engage.web.render import template_folder
from tests import make
from tests.people.entering import (
    PICTURES,
    PIN,
    SAME,
    WRONG,
    came_in,
    give_card,
    give_pictures,
    give_pin,
    open_door,
    pressed,
    row_of,
    say_yes,
    send,
    session_of,
    show_card,
    shut_door,
    token_of,
    use_ways,
)
from tests.school import words_of
from tests.tools.paper import codes_in, pages_in, picture_of


@pytest.fixture(scope="module", autouse=True)
def one_press() -> Iterator[None]:
    yield
    press_in(template_folder() / "paper").close()
    press_in.cache_clear()


@pytest.fixture
def key(browser):
    return browser.app.settings.secret_key


async def type_the_code(browser, school):
    """This device is one on which the code of the class was typed."""
    room = await open_door(school)
    assert (await browser.client.get(f"/sign-in/class/{room.code}")).status_code == 200
    return room


async def test_l3_a_card_opens_alone_inside_the_open_class_after_the_child_said_yes(browser, school, key):
    token = await give_card(school.sam, school.tom, key)
    await type_the_code(browser, school)
    shown = await show_card(browser, token)
    assert "Is this you?" in words_of(shown)
    assert "Sam" in words_of(shown)
    assert not came_in(shown)

    answer = await say_yes(browser, shown)
    assert (answer.status_code, answer.headers["location"]) == (303, "/lincoln/")
    session = await session_of(browser)
    assert session is not None
    assert (session.person_id, session.way, session.proved_at) == (school.sam.id, Way.CARD, None)


async def test_l3_a_card_asks_for_the_second_step_everywhere_else(browser, school, key):
    token = await give_card(school.sam, school.tom, key)
    await give_pictures(school.sam, key)
    await open_door(school)  # the class is open, but this device has not typed its code: a photograph at home
    for _ in range(20):
        shown = await show_card(browser, token)
        asked = await say_yes(browser, shown)
        assert not came_in(asked)
        assert "Picture 1 of 4" in words_of(asked)
    wrong = await say_yes(browser, shown, **pressed(WRONG))
    assert (wrong.status_code, came_in(wrong)) == (422, False)
    answer = await say_yes(browser, shown, **pressed(PICTURES))
    assert came_in(answer)
    session = await session_of(browser)
    assert session is not None
    assert session.way == Way.CARD_AND_SECOND


async def test_l3_a_pin_is_the_second_step_where_the_school_chose_so(browser, school, key):
    token = await give_card(school.sam, school.tom, key)
    await give_pin(school.sam, key)
    shown = await show_card(browser, token)
    assert "Your PIN" in words_of(await say_yes(browser, shown))
    assert not came_in(await say_yes(browser, shown, pin="846294"))
    assert came_in(await say_yes(browser, shown, pin=PIN))


async def test_l3_once_the_door_is_shut_the_card_asks_again(browser, school, key):
    token = await give_card(school.sam, school.tom, key)
    await type_the_code(browser, school)
    shown = await show_card(browser, token)
    await shut_door(school)
    asked = await say_yes(browser, shown)
    assert not came_in(asked)
    assert "Picture 1 of 4" in words_of(asked)


async def test_l3_a_card_of_another_class_does_not_open_alone_in_this_one(browser, school, key):
    pia = await make.student("Pia")
    token = await give_card(pia, school.alma, key)
    await type_the_code(browser, school)
    assert not came_in(await say_yes(browser, await show_card(browser, token)))


@pytest.mark.only("sqlite")  # the table is asked what it is asked everywhere
async def test_l3_a_million_random_tokens_open_nothing(browser, school, key):
    for number in range(20):
        child = await make.student(f"Child {number}")
        await give_card(child, school.alma, key)
    there = set(await Card.filter(school_id=school.card.id).values_list("token_hash", flat=True))
    dice = random.Random(3)
    # what the door asks the table for, for each of them
    as_ours = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", cards.ALPHABET.encode())
    opened = 0
    for _ in range(1_000_000):
        token = base64.b32encode(dice.randbytes(20)).translate(as_ours).decode()
        opened += cards.hash_of(token, key) in there
    assert (opened, len(token), cards.plain_token(token)) == (0, 32, token)
    await type_the_code(browser, school)
    for _ in range(300):
        answer = await show_card(browser, cards.new_token())
        assert (answer.status_code, came_in(answer)) == (422, False)
        assert cards.NO_CARD in words_of(answer)


@pytest.mark.parametrize(
    "what", ["printed anew", "void", "old year", "left", "moved", "no cards in this grade", "nonsense", "empty"]
)
async def test_l3_a_card_that_is_no_card_any_more_opens_nothing(browser, school, key, what):
    token = await give_card(school.sam, school.tom, key)
    await type_the_code(browser, school)
    before = await show_card(browser, token)
    of = {"school_id": school.card.id, "person_id": school.sam.id}
    if what == "printed anew":
        await give_card(school.sam, school.tom, key)
    elif what == "void":
        assert await cards.void(school.sam.id, by=school.tom)
    elif what == "old year":
        await Card.filter(**of).update(year="2019-20")
    elif what == "left":
        await Person.filter(school_id=school.card.id, id=school.sam.id).update(status=Status.GONE)
    elif what == "moved":
        await Person.filter(school_id=school.card.id, id=school.sam.id).update(school_id=school.roosevelt.id)
    elif what == "no cards in this grade":
        await use_ways(school.sam, cards=False)
    elif what == "nonsense":
        token = "not a card at all"
    else:
        token = "0" * 32
    answer = await show_card(browser, token)
    assert (answer.status_code, came_in(answer)) == (422, False)
    assert cards.NO_CARD in words_of(answer)
    if what not in ("nonsense", "empty"):
        # the page that stood open does not let in either
        again = await say_yes(browser, before)
        assert (again.status_code, came_in(again)) == (422, False)


async def test_l3_a_card_shown_long_ago_is_shown_again(browser, school, key):
    token = await give_card(school.sam, school.tom, key)
    shown = await cards.show(token, cards.Where(), "10.0.0.1", key, dates.now())
    old = cards.hand_out(shown, key, dates.now() - timedelta(minutes=21))
    answer = await send(browser, "/sign-in/card/yes", handed=old)
    assert answer.status_code == 422
    assert cards.LOOK_AGAIN in words_of(answer)
    for wrong in ("", "x", old[:-2]):
        assert (await send(browser, "/sign-in/card/yes", handed=wrong)).status_code == 422
    assert (await browser.client.get("/sign-in/card/yes")).status_code == 303


async def test_l3_a_card_opens_alone_on_an_enrolled_device_of_its_school_or_class(browser, school, key):
    pia = await make.student("Pia")
    sams, pias = await give_card(school.sam, school.tom, key), await give_card(pia, school.alma, key)
    remys = await give_card(school.remy, school.rosa, key)
    for place, alone in (("", {sams, pias}), (school.room.key, {sams})):
        device = await devices.enrol("Library desk", place, by=school.alma)
        for token in (sams, pias, remys):
            browser.client.cookies.clear()
            browser.client.cookies.set("device", device, domain="engage.test")
            answer = await say_yes(browser, await show_card(browser, token))
            assert came_in(answer) is (token in alone)
    (row,) = [one for one in await devices.devices_of(school.alma) if one["room"] is None]
    assert row["used_at"] is not None
    await devices.revoke(row["key"], by=school.alma)
    browser.client.cookies.clear()
    browser.client.cookies.set("device", device[:-1] + "x", domain="engage.test")
    assert not came_in(await say_yes(browser, await show_card(browser, sams)))


async def test_l3_a_session_by_card_changes_no_sign_in_hands_nothing_out_and_shows_today_alone(browser, school, key):
    await give_pin(school.sam, key)
    token = await give_card(school.sam, school.tom, key)
    owl = await make.resource("Owl Moon")
    today = dates.today(school.card.zone)
    for title, back in (("The Old Sentinel", 3), ("The Old Sentinel of last week", 6), ("Seen today", 0)):
        given = Given(today - timedelta(days=back), Mode.READING, minutes=20, title=title)
        await log_actions.log_entry(given, f"day {back}", school.sam)
    old = Given(today - timedelta(days=2), Mode.READING, minutes=20, resource=owl.key)
    await log_actions.log_entry(old, "owl", school.sam)
    await Saved.create(
        school_id=school.card.id, person_id=school.sam.id, resource_id=owl.id, at=dates.now() - timedelta(days=2)
    )
    await type_the_code(browser, school)
    assert came_in(await say_yes(browser, await show_card(browser, token)))

    async def pages() -> str:
        mine = ("/me", "/me/log", "/me/shelf", "/me/year", "/me/log/new", "/me/calendar", "/me/account")
        told = [words_of(await browser.client.get(f"/lincoln{path}")) for path in mine]
        home = words_of(await browser.client.get("/lincoln/"))
        return " ".join([*told, home.replace("Read Owl Moon", "")])  # the shelf of what is new is everybody's

    by_card = await pages()
    assert "Seen today" in by_card
    assert "Sentinel" not in by_card
    assert "Owl Moon" not in by_card
    family = await browser.client.post("/lincoln/me/family", data={"days": "30"}, headers=SAME)
    assert "a card alone hands nothing out" in words_of(family)
    refused = await browser.client.post("/lincoln/me/pin", data={"current": PIN, "pin": "739205"}, headers=SAME)
    assert (refused.status_code, "/me/prove" in refused.headers["location"]) == (303, True)

    before = token_of(browser)
    second = "/lincoln/me/prove/pictures"
    assert (await browser.client.post(second, data={"pin": "111111"}, headers=SAME)).status_code == 422
    assert (await browser.client.post(second, data={"pin": PIN}, headers=SAME)).status_code == 303
    assert token_of(browser) != before
    whole = await pages()
    assert "The Old Sentinel" in whole
    assert "Owl Moon" in whole
    changed = await browser.client.post("/lincoln/me/pin", data={"current": PIN, "pin": "739205"}, headers=SAME)
    assert changed.headers["location"] == "/lincoln/me/account"


async def test_l3_a_list_shows_by_card_what_was_done_today_alone(browser, school, key):
    token = await give_card(school.sam, school.tom, key)
    books = [await make.resource(title) for title in ("Owl Moon", "Sea Stars")]
    today = dates.today(school.card.zone)
    for book, back in zip(books, (3, 0), strict=True):
        given = Given(today - timedelta(days=back), Mode.READING, minutes=9, resource=book.key)
        await log_actions.log_entry(given, f"day {back}", school.sam)
    numbers = [book.id for book in books]
    assert set(await marks_of(school.sam, numbers)) == set(numbers)
    await type_the_code(browser, school)
    assert came_in(await say_yes(browser, await show_card(browser, token)))
    visit = await Table().visit("lincoln", token_of(browser))
    assert visit is not None
    assert visit.user.by_card
    assert set(await marks_of(visit.user, numbers)) == {books[1].id}


async def test_l3_a_card_is_typed_in_any_hand_and_scanned_with_its_address(browser, school, key):
    token = await give_card(school.sam, school.tom, key)
    assert len(token) == 32
    groups = cards.in_groups(token)
    assert [len(group) for group in groups] == [8, 8, 8, 8]
    misread = " ".join(groups).replace("0", "O").replace("1", "l")
    for typed in (token, "-".join(groups), misread, f"https://engage.test/sign-in/card#{token}", f"  {token}\n"):
        assert "Is this you?" in words_of(await show_card(browser, typed))


async def test_l3_no_token_is_in_logs_or_addresses_or_the_table(browser, school, key, caplog):
    caplog.set_level(logging.DEBUG)
    token = await give_card(school.sam, school.tom, key)
    await type_the_code(browser, school)
    page = await browser.client.get("/sign-in/card")
    assert page.headers["referrer-policy"] == "same-origin"
    assert "camera=(self)" in page.headers["permissions-policy"]
    shown = await show_card(browser, token)
    wrong = await show_card(browser, cards.new_token())
    answer = await say_yes(browser, shown)
    assert came_in(answer)
    for said in (page, shown, wrong, answer):
        assert token not in f"{said.text} {said.headers} {said.request.url}"
    ours = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("tortoise"))
    assert token not in ours
    assert token not in str(await Card.filter(school_id=school.card.id).values())


async def test_one_card_a_student_and_printing_it_anew_ends_the_sessions(school, settings):
    key = settings.secret_key
    await give_card(school.sam, school.tom, key)
    await Session.create(
        token_hash="0" * 64,
        person_id=school.sam.id,
        made_at=dates.now(),
        seen_at=dates.now(),
        ends_at=dates.now() + timedelta(hours=1),
    )
    await give_card(school.sam, school.tom, key)
    assert await Card.filter(school_id=school.card.id).count() == 1
    assert await Session.filter(person_id=school.sam.id).count() == 0


async def test_all_cards_of_a_year_that_is_over_are_void(school, settings):
    pia = await make.student("Pia")
    await give_card(school.sam, school.tom, settings.secret_key)
    await give_card(pia, school.alma, settings.secret_key)
    await Card.filter(school_id=school.card.id, person_id=pia.id).update(year="2019-20")
    assert await cards.void_old_cards(dates.now()) == 1
    assert await Card.filter(school_id=school.card.id).values_list("person_id", flat=True) == [school.sam.id]
    assert await cards.void_old_cards(dates.now()) == 0
    next_year = dates.now() + timedelta(days=366)
    assert await cards.void_old_cards(next_year) == 1
    acts = await AuditEntry.filter(school_id=school.card.id, by_id=None).values_list("act", flat=True)
    assert set(acts) == {"voided cards at the end of the year"}


async def test_l3_a_teacher_prints_cards_whose_code_side_names_nobody(browser, school, key):
    nia = await make.student("Niamh", grade=3)
    await make.in_class(await row_of(nia), school.room, Role.STUDENT)
    sheet = {"students": [school.sam.key, nia.key], "paper": "letter"}
    answer = await browser.sign_in(school.tom).post(f"/classes/{school.room.key}/sign-in/cards", sheet)
    assert answer.status_code == 200, words_of(answer)
    assert answer.headers["cache-control"] == "no-store"
    assert await Card.filter(school_id=school.card.id).count() == 2
    assert await AuditEntry.filter(school_id=school.card.id, act="printed a card", by_id=school.tom.id).count() == 2

    codes, names = pages_in(answer.content)
    assert not any(name in codes for name in ("Niamh", "Sam", "Room 12", "Lincoln"))
    assert "#" not in codes
    assert re.findall("Niamh|Sam", names) == ["Sam", "Niamh"]  # mirrored: the first card of a row lies behind the last
    browser.sign_out()
    typed = re.findall(r"\b(?:[0-9A-Z]{8}\s+){4}", f"{codes} ")
    assert [name_shown(await show_card(browser, one)) for one in typed] == ["Niamh", "Sam"]
    scanned = codes_in(picture_of(answer.content, 150))
    assert all(one.startswith("https://engage.test/sign-in/card#") for one in scanned)
    assert sorted([name_shown(await show_card(browser, one)) for one in scanned]) == ["Niamh", "Sam"]


def name_shown(answer):
    assert "Is this you?" in words_of(answer)
    return next(name for name in ("Niamh", "Sam") if name in words_of(answer))


async def test_nobody_else_prints_or_voids_cards(browser, school, key):
    await give_card(school.sam, school.tom, key)
    page = f"/classes/{school.room.key}"
    wants = (
        (f"{page}/sign-in/cards", {"students": [school.sam.key], "paper": "a4"}),
        (f"{page}/students/{school.sam.key}/void-card", {}),
    )
    for reader in (school.ada, school.sam, school.vera, school.dora, None):
        assert (await browser.sign_in(reader).get(f"{page}/sign-in")).status_code == 404
        for path, data in wants:
            assert (await browser.post(path, data)).status_code == 404
    assert (await browser.sign_in(school.rosa).get(f"/lincoln{page}/sign-in")).status_code == 404
    assert await Card.filter(school_id=school.card.id).count() == 1
    assert (await browser.sign_in(school.alma).post(wants[1][0])).status_code == 303
    assert await Card.filter(school_id=school.card.id).count() == 0


async def test_what_could_not_be_printed_leaves_the_old_cards_alone(browser, school, key):
    token = await give_card(school.sam, school.tom, key)
    cards_of = f"/classes/{school.room.key}/sign-in/cards"
    tom = browser.sign_in(school.tom)
    assert (await tom.post(cards_of, {"students": [], "paper": "a4"})).status_code == 422
    assert (await tom.post(cards_of, {"students": [school.sam.key], "paper": "papyrus"})).status_code == 422
    assert (await tom.post(cards_of, {"students": [school.remy.key], "paper": "a4"})).status_code == 422
    await use_ways(school.sam, cards=False)
    refused = await tom.post(cards_of, {"students": [school.sam.key], "paper": "a4"})
    assert "uses no cards in this grade" in words_of(refused)
    await use_ways(school.sam)
    browser.sign_out()
    assert "Is this you?" in words_of(await show_card(browser, token))
