"""What tests of signing in do again and again: give secrets, show cards, press pictures, read what is handed on."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx2

from engage import dates
from engage.people import actions, cards, helping, passwords, pins, sign_in
from engage.people.models import Person, SchoolClass, Session
from engage.people.rules import GradeBand, Reader, Second
from engage.people.sign_in import OpenClass
from engage.people.sign_in_models import BandWays, StudentSignIn
from engage.web.sessions import hash_of
from tests.school import Browser, TestSchool

SAME = {"Sec-Fetch-Site": "same-origin"}
GOOD = "seven herons at dusk"
PICTURES = ("bird", "fish", "cat", "boat")
WRONG = ("cactus", "cactus", "cactus", "cactus")
PIN = "846293"


async def row_of(reader: Reader) -> Person:
    return await Person.get(school_id=reader.school.id, id=reader.id)


async def give_password(reader: Reader, password: str = GOOD) -> None:
    await Person.filter(school_id=reader.school.id, id=reader.id).update(password_hash=await passwords.hashed(password))


async def give_pictures(reader: Reader, secret_key: str, pictures: Sequence[str] = PICTURES) -> None:
    kept = await passwords.hashed(passwords.picture_secret(pictures, reader.key, secret_key))
    await Person.filter(school_id=reader.school.id, id=reader.id).update(picture_hash=kept)


async def new_pictures(school: TestSchool, secret_key: str) -> tuple[str, ...]:
    """Pictures for Sam as Tom gives them, chosen by chance."""
    room = await SchoolClass.get(school_id=school.card.id, id=school.room.id)
    students = helping.chosen_among(await helping.students_with(room, school.tom, secret_key), [school.sam.key])
    (given,) = await helping.give_secrets(students, secret_key, by=school.tom)
    return tuple(given.pictures)


async def show_pictures(
    room: OpenClass, key: str, pictures: Sequence[str], address: str, secret_key: str, now: datetime
) -> Person:
    """The student of a tile, who presses pictures. Raises Refused where they are not the right ones."""
    person = await sign_in.student_at(room, key)
    await sign_in.show_second(person, Second.PICTURES, pictures, address, secret_key, now, class_code=room.code)
    return person


async def give_pin(reader: Reader, secret_key: str, pin: str = PIN) -> None:
    """A PIN, in a school whose grade band signs in with one."""
    assert pins.check_pin(pin) == pin
    kept = await passwords.hashed(passwords.pin_secret(pin, reader.key, secret_key))
    await StudentSignIn.update_or_create(school_id=reader.school.id, person_id=reader.id, defaults={"pin_hash": kept})
    await use_ways(reader, second=Second.PIN)


async def use_ways(reader: Reader, cards: bool = True, second: Second = Second.PICTURES) -> None:
    assert reader.band is not GradeBand.NONE
    await BandWays.update_or_create(
        school_id=reader.school.id, band=reader.band.value, defaults={"cards": cards, "second": second.value}
    )


async def give_card(reader: Reader, by: Reader, secret_key: str) -> str:
    """A card just printed; what is on it."""
    token = cards.new_token()
    await cards.keep_printed({reader.id or 0: token}, secret_key, "room", by=by)
    return token


async def open_door(school: TestSchool, minutes: int = 30) -> SchoolClass:
    room = await SchoolClass.get(school_id=school.card.id, id=school.room.id)
    await actions.open_door(room, minutes, by=school.tom)
    return room


async def shut_door(school: TestSchool) -> None:
    await SchoolClass.filter(school_id=school.card.id, id=school.room.id).update(
        sign_in_until=dates.now() - timedelta(minutes=1)
    )


def handed(answer: httpx2.Response) -> str:
    """What a page of signing in carries on to the next."""
    (found,) = re.findall(r'name="handed"[^>]*value="([^"]+)"', answer.text)
    return str(found)


async def send(browser: Browser, path: str, **data: Any) -> httpx2.Response:
    """Send a form of a page that names no school."""
    return await browser.client.post(path, data=data, headers=SAME)


async def show_card(browser: Browser, token: str) -> httpx2.Response:
    return await send(browser, "/sign-in/card", card=token)


async def say_yes(browser: Browser, shown: httpx2.Response, **more: Any) -> httpx2.Response:
    """ "Yes, that is me", with pictures or a PIN where they are asked for."""
    return await send(browser, "/sign-in/card/yes", handed=handed(shown), **more)


def pressed(pictures: Sequence[str]) -> dict[str, str]:
    """Four pictures as the last press of them sends them."""
    return {"chosen": ",".join(pictures[:3]), "picture": pictures[3]}


def came_in(answer: httpx2.Response) -> bool:
    """Whether an answer gave a session."""
    return "session=" in answer.headers.get("set-cookie", "") and answer.status_code in (200, 303)


async def session_of(browser: Browser) -> Session | None:
    """The session that the browser holds, if it is one."""
    token = browser.client.cookies.get("__Host-session") or ""
    return await Session.get_or_none(token_hash=hash_of(token))


def token_of(browser: Browser) -> str:
    return str(browser.client.cookies.get("__Host-session") or "")
