"""L4, L5, L6, L6b: who guesses gets nowhere, slows down one account alone, and is told nothing."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from engage import dates
from engage.errors import Refused
from engage.people import passwords, pins, sign_in, tries
from engage.people.models import Person, SignInTry
from engage.people.rules import Role, Second
from engage.people.tries import Tried
from tests import make
from tests.people.entering import (
    GOOD,
    PICTURES,
    PIN,
    WRONG,
    give_password,
    give_pictures,
    give_pin,
    open_door,
    pressed,
    row_of,
    send,
    show_pictures,
)
from tests.school import words_of

KEY = "k" * 40
MORNING = datetime(2026, 11, 13, 13, 0, tzinfo=UTC)
DAY = [*range(120), *range(120, 24 * 3_600, 240)]


@pytest.mark.parametrize("addresses", [1, 200])
@pytest.mark.parametrize(
    ("stops", "codes", "percent"), [(tries.PICTURES_STOP, 12**4, 0.05), (tries.PIN_STOP, 900_000, 0.005)]
)
async def test_l4_l5_a_guesser_of_a_whole_day_succeeds_as_seldom_as_it_is_said(
    school, addresses, stops, codes, percent
):
    looked_at = 0
    for number, second in enumerate(DAY):
        tried = Tried("student/sam", f"10.0.0.{number % addresses}", "KITE12", stops)
        looked_at += await tries.begin(tried, KEY, MORNING + timedelta(seconds=second))
    assert looked_at == stops
    assert round(looked_at / codes * 100, 3) <= percent
    assert await tries.stopped_among(["student/sam", "student/nia"], KEY) == {"student/sam"}
    # a day later it is still stopped, and once somebody has looked it is not
    tried = Tried("student/sam", "10.0.9.9", "KITE12", stops)
    assert not await tries.begin(tried, KEY, MORNING + timedelta(days=300))
    await tries.let_go("student/sam", KEY)
    assert await tries.begin(tried, KEY, MORNING + timedelta(days=300))


def test_l5_so_many_pins_may_be_that_the_share_is_right():
    may_be = sum(not pins.is_weak(f"{number:06d}") for number in range(0, 1_000_000, 3)) * 3
    assert tries.PIN_STOP / may_be <= 0.00005
    assert tries.PICTURES_STOP / len(passwords.PICTURES) ** passwords.PICTURE_COUNT <= 0.0005


async def test_l4_l5_the_counters_are_exact_however_many_come_at_once(school):
    """Each counted before it is looked at, so that no two workers take the same one for the fourth."""
    tried = Tried("student/sam", "10.0.0.1", "KITE12", tries.PICTURES_STOP)
    for moment, allowed in ((MORNING, 5), (MORNING + timedelta(seconds=1), 1), (MORNING + timedelta(seconds=3), 1)):
        together = await asyncio.gather(*(tries.begin(tried, KEY, moment) for _ in range(24)))
        assert sum(together) == allowed
    rows = dict(await SignInTry.all().values_list("scope", "failures"))
    assert rows == {"account": 7, "class": 7, "address": 7, "server": 7}
    await tries.succeeded(tried, KEY)
    rows = dict(await SignInTry.all().values_list("scope", "failures"))
    assert rows == {"class": 6, "address": 6, "server": 6}


async def test_l4_ten_wrong_pictures_and_the_teacher_has_to_look(browser, school):
    key = browser.app.settings.secret_key
    await give_pictures(school.sam, key)
    sam = await row_of(school.sam)
    now = dates.now()
    for _ in range(10):
        now += timedelta(seconds=61)
        with pytest.raises(Refused):
            await sign_in.show_second(sam, Second.PICTURES, WRONG, "10.0.0.1", key, now)
    with pytest.raises(Refused):
        await sign_in.show_second(sam, Second.PICTURES, PICTURES, "10.0.0.1", key, now + timedelta(days=1))
    page = f"/classes/{school.room.key}/sign-in"
    assert "Too many wrong tries" in words_of(await browser.sign_in(school.tom).get(page))
    let_go = f"/classes/{school.room.key}/students/{school.sam.key}/let-go"
    assert (await browser.post(let_go)).status_code == 303
    assert "Too many wrong tries" not in words_of(await browser.get(page))
    await sign_in.show_second(sam, Second.PICTURES, PICTURES, "10.0.0.1", key, now + timedelta(days=1))


async def test_l5_what_is_kept_of_a_pin_cannot_be_tried_without_the_key(school):
    await give_pin(school.sam, KEY)
    sam = await row_of(school.sam)
    kept = await sign_in.pin_hash_of(sam)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PIN not in kept
    assert not await passwords.fits(PIN, kept)
    assert not await passwords.fits(passwords.pin_secret(PIN, sam.key, "another key, as long as it has to be"), kept)
    await sign_in.show_second(sam, Second.PIN, list(PIN), "10.0.0.1", KEY, MORNING)


async def test_l6_at_first_bell_nobody_is_refused_while_somebody_guesses_on_the_same_address(school, monkeypatch):
    # how often is what counts here, not how long it takes
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    await give_password(school.ada)
    await give_password(school.tom)
    await open_door(school, 60)
    room = await sign_in.open_class(school.room.code, dates.now())
    children = []
    for number in range(120):
        child = await make.person(f"Child {number}", Role.STUDENT, school.lincoln, grade=3)
        await make.in_class(child, school.room, Role.STUDENT)
        children.append(child)
    kept = await asyncio.gather(
        *(passwords.hashed(passwords.picture_secret(PICTURES, child.key, KEY)) for child in children)
    )
    for child, one in zip(children, kept, strict=True):
        await Person.filter(school_id=school.card.id, id=child.id).update(picture_hash=one)

    now = dates.now()
    guesses = 0
    for number, child in enumerate(children):
        now += timedelta(seconds=5)
        for _ in range(20 if number < 2 else 1):
            guesses += 1
            with pytest.raises(Refused):
                await sign_in.staff_member("ada", f"guess {guesses}", "198.51.100.4", KEY, now)
        for wrong in range(number % 3 + 1 if number % 10 == 0 else 0):
            with pytest.raises(Refused):
                await show_pictures(room, child.key, WRONG, "198.51.100.4", KEY, now)
            now += timedelta(seconds=wrong)
        await show_pictures(room, child.key, PICTURES, "198.51.100.4", KEY, now)

    with pytest.raises(Refused):
        await sign_in.staff_member("ada", GOOD, "198.51.100.4", KEY, now)
    assert (await sign_in.staff_member("tom", GOOD, "198.51.100.4", KEY, now)).person.id == school.tom.id
    wrong_ones = dict(await SignInTry.filter(scope="address").values_list("scope", "failures"))
    assert wrong_ones["address"] < guesses


def shapes(seen):
    """Statements without their values: what a stopwatch could tell apart."""
    return [re.sub(r"\d+", "n", statement) for statement in seen]


async def test_l6b_known_unknown_waiting_stopped_and_wrong_are_the_same_to_whoever_asks(browser, school, statements):
    key = browser.app.settings.secret_key
    for reader in (school.ada, school.tom, school.alma):
        await give_password(reader)
    address, now = "127.0.0.1", dates.now()
    for _ in range(6):
        await tries.begin(Tried("staff/tom", address), key, now + timedelta(seconds=30))  # has to wait
    for second in range(-3_600, 0, 61):
        await tries.begin(Tried("staff/alma", address), key, now + timedelta(seconds=second))  # is stopped
    await tries.let_go("staff/ada", key)
    asked = {
        "wrong": ("ada", "not this one, sorry"),
        "unknown": ("nobody", "not this one, sorry"),
        "waiting": ("tom", GOOD),
        "stopped": ("alma", GOOD),
        "long": ("ada", "x" * 900),
    }
    told = {}
    for name, (login, password) in asked.items():
        statements.forget()
        answer = await send(browser, "/sign-in", login=login, password=password)
        told[name] = (answer.status_code, words_of(answer), shapes(statements.seen))
    assert told["wrong"][0] == 422
    assert sign_in.NO in told["wrong"][1]
    for name, one in told.items():
        assert one == told["wrong"], name


async def test_l6b_a_student_is_told_the_same_by_wrong_pictures_and_by_too_many(browser, school, statements):
    key = browser.app.settings.secret_key
    room = await open_door(school)
    nia = await make.student("Nia")
    await make.in_class(await row_of(nia), school.room, Role.STUDENT)
    for reader in (school.sam, nia):
        await give_pictures(reader, key)
    for second in range(-3_600, 0, 61):
        tried = Tried(f"student/{nia.key}", "10.0.0.9", stops=tries.PICTURES_STOP)
        await tries.begin(tried, key, dates.now() + timedelta(seconds=second))
    told = []
    for reader, pictures in ((school.sam, WRONG), (nia, PICTURES)):
        statements.forget()
        answer = await send(browser, f"/sign-in/class/{room.code}/{reader.key}", **pressed(pictures))
        words = words_of(answer).replace("Hello, Sam", "Hello, Nia")
        told.append((answer.status_code, words, shapes(statements.seen)))
    assert told[0] == told[1]
    assert sign_in.NO_PICTURE in told[0][1]


async def test_six_hundred_failures_from_one_address_close_it_to_strangers_and_not_to_other_addresses(school):
    for number in range(600):
        assert await tries.begin(Tried(f"staff/{number}", "198.51.100.4"), KEY, MORNING)
    assert not await tries.begin(Tried("staff/another", "198.51.100.4"), KEY, MORNING)
    assert await tries.begin(Tried("staff/another", "198.51.100.5"), KEY, MORNING)
    later = MORNING + timedelta(hours=1)
    assert await tries.begin(Tried("staff/another", "198.51.100.4"), KEY, later)


async def test_l6_sixty_failures_in_ten_minutes_close_one_class_code_and_no_other(school):
    for number in range(60):
        assert await tries.begin(Tried(f"student/{number}", f"10.0.0.{number}", "KITE12"), KEY, MORNING)
    assert not await tries.begin(Tried("student/another", "10.0.1.1", "KITE12"), KEY, MORNING + timedelta(minutes=9))
    assert await tries.begin(Tried("student/another", "10.0.1.1", "OWLS14"), KEY, MORNING + timedelta(minutes=9))
    assert await tries.begin(Tried("student/another", "10.0.1.1", "KITE12"), KEY, MORNING + timedelta(minutes=10))


async def test_l6_a_thousand_failures_in_five_minutes_slow_the_server_and_shut_nobody_out(school):
    await SignInTry.bulk_create([SignInTry(scope="server", subject=subject_of_server(), since=MORNING, failures=998)])
    soon = MORNING + timedelta(minutes=4)
    for number in range(2):
        assert await tries.begin(Tried(f"staff/{number}", f"10.0.0.{number}"), KEY, soon)
    # for some seconds nobody is looked at, whoever tries and wherever from; then everybody again
    for second, allowed in ((1, False), (4, False), (5, True), (6, True)):
        tried = Tried(f"staff/at {second}", f"10.0.1.{second}")
        assert await tries.begin(tried, KEY, soon + timedelta(seconds=second)) is allowed, second


async def test_l6_failures_that_are_minutes_apart_never_slow_the_server(school):
    await SignInTry.bulk_create([SignInTry(scope="server", subject=subject_of_server(), since=MORNING, failures=999)])
    for number in range(3):
        assert await tries.begin(Tried(f"staff/{number}", f"10.0.0.{number}"), KEY, MORNING + timedelta(minutes=5))


def subject_of_server() -> str:
    """What stands in the table for the whole server."""
    return Tried("", "").subjects(KEY)[tries.Scope.SERVER]
