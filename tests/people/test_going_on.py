"""Who was asked to sign in comes to where they were going, by every way of signing in, and never off the site (S4)."""

import html
import re

import pytest

from engage.people.rules import Second
from tests.people.entering import (
    GOOD,
    PICTURES,
    PIN,
    came_in,
    give_card,
    give_password,
    give_pictures,
    give_pin,
    open_door,
    pressed,
    send,
    use_ways,
)
from tests.school import words_of

WANTED = "/lti/join"
OFF_THE_SITE = ("https://evil.example/", "//evil.example", "/\\evil.example", "/%2fevil.example", "javascript:alert(1)")


def hidden_in(page, action=""):
    """What a form of a page carries on, as a browser would send it. action: of the form, "" for the first one."""
    forms = re.findall(r"<form[^>]*>.*?</form>", page.text, re.DOTALL)
    form = next(each for each in forms if ('method="post"' in each and f'action="{action}' in each) or not action)
    tags = [tag for tag in re.findall(r"<input[^>]*>", form) if 'type="hidden"' in tag]
    pairs = [(re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in tags]
    return {name[1]: html.unescape(value[1] if value else "") for name, value in pairs if name}


def link_in(page, beginning):
    """The first link of a page that begins so."""
    (found,) = set(re.findall(rf'href="({re.escape(beginning)}[^"]*)"', page.text))
    return html.unescape(found)


async def front_door(browser, wanted):
    browser.sign_out()
    return await browser.client.get("/sign-in", params={"next": wanted})


async def by_password(browser, school, wanted):
    await give_password(school.tom)
    page = await front_door(browser, wanted)
    staff = {**hidden_in(page, ""), "next": wanted}
    return await send(browser, "/sign-in", **staff, login="tom", password=GOOD)


async def to_second_step(browser, school, page):
    """From the front door by the code of the class to the page of the own tile."""
    room = await open_door(school)
    wrong = await send(browser, "/sign-in/class", **hidden_in(page, "/sign-in/class"), code="NONE1")
    assert wrong.status_code == 422
    tiles = await browser.follow(await send(browser, "/sign-in/class", **hidden_in(wrong), code=room.code))
    return link_in(tiles, f"/sign-in/class/{room.code}/{school.sam.key}")


async def by_pictures(browser, school, wanted):
    await give_pictures(school.sam, browser.app.settings.secret_key)
    tile = await to_second_step(browser, school, await front_door(browser, wanted))
    page = await send(browser, tile, **hidden_in(await browser.client.get(tile)), picture=PICTURES[1])
    assert "Picture 2 of 4" in words_of(page)
    return await send(browser, tile, **hidden_in(page) | pressed(PICTURES))


async def by_pin(browser, school, wanted):
    await give_pin(school.sam, browser.app.settings.secret_key)
    tile = await to_second_step(browser, school, await front_door(browser, wanted))
    page = await send(browser, tile, **hidden_in(await browser.client.get(tile)), pin="000000")
    assert page.status_code == 422
    return await send(browser, tile, **hidden_in(page), pin=PIN)


async def show_it(browser, school, wanted):
    """From the front door to the page that asks "is this you?"."""
    card = await give_card(school.sam, school.ada, browser.app.settings.secret_key)
    page = await browser.client.get(link_in(await front_door(browser, wanted), "/sign-in/card"))
    return await send(browser, "/sign-in/card", **hidden_in(page), card=card)


async def by_card(browser, school, wanted):
    room = await open_door(school)
    browser.sign_out()
    assert (await browser.client.get(f"/sign-in/class/{room.code}")).status_code == 200
    door = browser.client.cookies.get("door")
    card = await give_card(school.sam, school.ada, browser.app.settings.secret_key)
    page = await browser.client.get(link_in(await front_door(browser, wanted), "/sign-in/card"))
    browser.client.cookies.set("door", door, domain=str(browser.client.base_url.host))
    shown = await send(browser, "/sign-in/card", **hidden_in(page), card=card)
    return await send(browser, "/sign-in/card/yes", **hidden_in(shown))


async def by_card_and_pictures(browser, school, wanted):
    await use_ways(school.sam, second=Second.PICTURES)
    await give_pictures(school.sam, browser.app.settings.secret_key)
    asked = await send(browser, "/sign-in/card/yes", **hidden_in(await show_it(browser, school, wanted)))
    assert "Picture 1 of 4" in words_of(asked)
    return await send(browser, "/sign-in/card/yes", **hidden_in(asked) | pressed(PICTURES))


WAYS = (by_password, by_pictures, by_pin, by_card, by_card_and_pictures)


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("way", WAYS)
async def test_one_comes_to_where_one_was_going(browser, school, way):
    answer = await way(browser, school, WANTED)
    assert (came_in(answer), answer.headers["location"]) == (True, WANTED), words_of(answer)


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("off", OFF_THE_SITE)
async def test_nobody_is_led_off_the_site_by_what_a_form_carries(browser, school, off):
    """Whoever sends the forms puts into them what they like, at each step."""
    secret_key, home = browser.app.settings.secret_key, "/lincoln/"
    await give_pictures(school.sam, secret_key)
    await give_password(school.tom)
    card, room = await give_card(school.sam, school.ada, secret_key), await open_door(school)
    tile = f"/sign-in/class/{room.code}/{school.sam.key}"
    browser.sign_out()
    for path in ("/sign-in", "/sign-in/class", "/sign-in/card", f"/sign-in/class/{room.code}", tile):
        page = await browser.client.get(path, params={"next": off})
        assert "evil" not in page.text
        assert "javascript:alert" not in page.text
    typed = await send(browser, "/sign-in/class", code=room.code, next=off)
    assert typed.headers["location"] == f"/sign-in/class/{room.code}"
    answers = [await send(browser, tile, **pressed(PICTURES), next=off)]
    browser.sign_out()
    answers.append(await send(browser, "/sign-in", login="tom", password=GOOD, next=off))
    browser.sign_out()
    shown = await send(browser, "/sign-in/card", card=card, next=off)
    assert "evil" not in shown.text
    asked = await send(browser, "/sign-in/card/yes", **hidden_in(shown) | {"next": off})
    answers.append(await send(browser, "/sign-in/card/yes", **hidden_in(asked) | pressed(PICTURES) | {"next": off}))
    assert [(came_in(each), each.headers["location"]) for each in answers] == [(True, home)] * 3


async def test_a_page_that_a_visitor_does_not_find_leads_back_to_itself_after_signing_in(browser, school):
    """An address that was shared in another place, such as a course, is opened by a child who is signed out."""
    ours = browser.app.settings.base_url
    shared = "/lincoln/me/assignments/0123456789abc"
    browser.sign_out()
    missing = await browser.client.get(shared)
    assert missing.status_code == 404
    assert shared not in missing.text  # it stays the same bytes as every other missing page
    assert "only for those who are signed in" in words_of(missing)
    front = set(re.findall(r'href="(/sign-in[^"]*)"', missing.text))
    assert front == {"/sign-in?next=here"}

    def asked(referer):
        return browser.client.get("/sign-in?next=here", headers={"Referer": referer} if referer else {})

    page = await asked(f"{ours}{shared}?from=course")
    assert hidden_in(page, "/sign-in/class")["next"] == f"{shared}?from=course"
    for elsewhere in (
        "https://evil.example/lincoln/me",
        f"{ours}.evil.example/x",
        f"{ours}//evil.example",
        f"{ours}/sign-in?next=here",  # read again, as after another look was chosen: no way round in a circle
        f"{ours}/sign-in/class/KITE4812",
        "nothing",
        "",
    ):
        assert hidden_in(await asked(elsewhere), "/sign-in/class")["next"] == "", elsewhere

    signed_in = await browser.sign_in(school.tom).get("/lincoln/me/assignments/0123456789abc")
    assert "only for those who are signed in" not in words_of(signed_in)
