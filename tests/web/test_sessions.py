import base64
import re
from datetime import UTC, datetime, timedelta

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from engage.database.tenancy import every_school
from engage.people import sealing
from engage.people.models import Person, Session
from engage.people.sessions import Table, end_all_sessions, end_session, forget_old_sessions, start_session
from engage.web import sessions
from engage.web.render import say
from engage.web.routing import OPEN, page, post
from engage.web.sessions import Said, own_path, take_said
from tests.school import give_session

MORNING = datetime(2026, 11, 13, 13, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def alive(token: str, after: timedelta) -> bool:
    visit = await Table().visit("lincoln", token, MORNING + after)
    assert visit is not None
    assert visit.stale is (visit.session_id is None)
    return visit.session_id is not None


async def test_a_students_session_rests_twenty_minutes_and_no_longer(sam):
    token = await give_session(sam, MORNING)
    assert await alive(token, 19 * MINUTE)
    assert not await alive(token, 20 * MINUTE)


async def test_a_staff_session_rests_an_hour_and_no_longer(ada):
    token = await give_session(ada, MORNING)
    assert await alive(token, 59 * MINUTE)
    assert not await alive(token, 60 * MINUTE)


@pytest.mark.parametrize(("who", "hours"), [("sam", 8), ("ada", 12)])
async def test_even_a_session_in_use_ends(school, who, hours):
    token = await give_session(getattr(school, who), MORNING)
    end = timedelta(hours=hours)
    await Session.all().update(seen_at=MORNING + end - MINUTE)
    assert await alive(token, end - MINUTE)
    await Session.all().update(seen_at=MORNING + end)
    assert not await alive(token, end)


async def test_a_person_who_is_a_student_anywhere_has_the_short_session(school, ada):
    from engage.people.rules import Role
    from tests import make

    token = await give_session(ada, MORNING)
    await make.membership(await Person.get(id=ada.id, school_id=school.card.id), Role.STUDENT, school.roosevelt)
    assert not await alive(token, 30 * MINUTE)


async def test_the_table_holds_no_token(sam):
    token = await give_session(sam, MORNING)
    row = (await Session.all().values())[0]
    assert token not in str(row)
    assert len(row["token_hash"]) == 64


async def test_use_is_written_down_once_a_minute_at_most(open_house, sam, statements):
    browser = open_house([page("/{school}/lists", hello, "LST01")]).sign_in(sam)
    await browser.get("/lists")
    statements.forget()
    await browser.get("/lists")
    assert not any("UPDATE" in each for each in statements.seen)

    await Session.all().update(seen_at=sessions_ago(2))
    await browser.get("/lists")
    assert (await Session.all().values("seen_at"))[0]["seen_at"] > sessions_ago(1)


def sessions_ago(minutes: int) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello" + "".join(f" [{s.kind}: {s.sentence} {s.undo}]" for s in take_said(request)))


async def quiet(request: Request) -> Response:
    return PlainTextResponse("hello")


async def sign_in(request: Request) -> Response:
    with every_school("who signs in is known by the login alone"):
        person = await Person.get(login="ada")
    await start_session(request, person, way="password", student=False)
    say(request, "Good morning.")
    return RedirectResponse("/lincoln/lists", 303)


async def sign_out(request: Request) -> Response:
    await end_session(request)
    say(request, "You are signed out.")
    return RedirectResponse("/lincoln/lists", 303)


async def act(request: Request) -> Response:
    say(request, "Saved.", undo="/lincoln/undo")
    return RedirectResponse("/lincoln/lists", 303)


ROWS = [
    page("/{school}/lists", hello, "LST01"),
    page("/{school}/feed", quiet, "LST01"),
    page("/{school}/new", quiet, "LST05", name="new"),
    post("/{school}/act", act, "LST01"),
    post("/sign-in", sign_in, OPEN),
    post("/sign-out", sign_out, OPEN),
]
SAME = {"Sec-Fetch-Site": "same-origin"}


async def test_signing_in_gives_a_new_token_and_kills_the_one_that_came(open_house, sam):
    browser = open_house(ROWS).sign_in(sam)
    assert (await browser.get("/lists")).status_code == 200
    planted = browser.tokens[sam.id]
    answer = await browser.client.post("/sign-in", headers=SAME)
    cookie = answer.headers["set-cookie"]
    assert re.match(r"__Host-session=[\w-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", cookie)
    fresh = browser.client.cookies["__Host-session"]
    assert fresh != planted
    assert await Session.filter(token_hash=sessions.hash_of(planted)).count() == 0
    assert (await browser.client.get("/lincoln/new")).status_code == 200


async def test_signing_out_ends_the_session_and_clears_the_browser(open_house, ada):
    browser = open_house(ROWS).sign_in(ada)
    await browser.get("/lists")
    token = browser.tokens[ada.id]
    answer = await browser.client.post("/sign-out", headers=SAME)
    assert answer.headers["clear-site-data"] == '"cache", "cookies", "storage"'
    assert await Session.all().count() == 0
    assert "You are signed out." in (await browser.client.get("/lincoln/lists")).text
    replayed = await browser.client.get("/lincoln/new", headers={"Cookie": f"__Host-session={token}"})
    assert replayed.status_code == 303


async def test_all_sessions_of_a_person_can_be_ended_but_one(open_house, ada, sam):
    tokens = [await give_session(ada, datetime.now(UTC)) for _ in range(3)]
    other = await give_session(sam, datetime.now(UTC))
    kept = (await Session.get(token_hash=sessions.hash_of(tokens[0]))).id
    assert await end_all_sessions(ada.id or 0, but=kept) == 2
    visits = [await Table().visit("lincoln", token) for token in [*tokens, other]]
    assert [visit.session_id is not None for visit in visits if visit] == [True, False, False, True]


async def test_old_sessions_are_forgotten(ada, sam):
    await give_session(ada, MORNING)
    await give_session(sam, MORNING)
    assert await forget_old_sessions(MORNING + timedelta(hours=9)) == 1


async def test_a_message_is_shown_on_the_next_page_and_then_never_again(open_house, ada):
    browser = open_house(ROWS).sign_in(ada)
    answer = await browser.post("/act")
    assert "Saved." not in (await browser.get("/feed")).text
    assert "[done: Saved. /lincoln/undo]" in (await browser.follow(answer)).text
    assert "said" not in browser.client.cookies
    assert (await browser.get("/lists")).text == "hello"


async def test_what_is_said_to_a_person_is_read_by_nobody_else_at_the_device(open_house, ada, sam, statements):
    browser = open_house(ROWS).sign_in(ada)
    await browser.get("/lists")
    statements.forget()
    answer = await browser.post("/act")
    assert len(statements) == 1, "who asks; what is said is written nowhere"
    assert re.search(r"said=[\w-]+; HttpOnly; Max-Age=300; Path=/; SameSite=lax; Secure", answer.headers["set-cookie"])
    left = browser.client.cookies["said"]
    assert sessions.read_said(left) == ()
    assert b"Saved" not in base64.urlsafe_b64decode(left + "==")

    for other in (sam, None):
        browser.sign_in(other).client.cookies.set("said", left, domain="engage.test")
        assert (await browser.get("/lists")).text == "hello"
        assert "said" not in browser.client.cookies
    browser.sign_in(ada).client.cookies.set("said", sessions.write_said([Said("Planted.")]), domain="engage.test")
    assert (await browser.get("/lists")).text == "hello"


async def test_messages_wait_for_a_page_that_shows_them(open_house, ada):
    browser = open_house(ROWS).sign_in(ada)
    await browser.post("/act")
    await browser.post("/act")
    assert (await browser.get("/lists")).text == "hello" + 2 * " [done: Saved. /lincoln/undo]"


def test_as_many_messages_wait_as_a_cookie_holds():
    few, many = [Said(f"{number}") for number in range(5)], [Said(400 * "\u4e2d") for _ in range(3)]
    assert sessions.read_said(sessions.write_said(few)) == tuple(few[2:])
    assert sessions.read_said(sessions.write_said(many)) == tuple(many[2:])
    assert len(sealing.sealed("k" * 40, "said", sessions.write_said(many).encode())) < 4_000
    assert sessions.read_said(sessions.write_said([Said("Long.", undo="/" + "a" * 1_990)])) == ()


async def test_a_visitors_message_is_shown_once_too(open_house, school):
    browser = open_house(ROWS)
    answer = await browser.post("/act")
    assert "[done: Saved. /lincoln/undo]" in (await browser.follow(answer)).text
    assert (await browser.get("/lists")).text == "hello"


async def test_a_message_survives_the_sign_in_that_said_it(open_house, school):
    browser = open_house(ROWS)
    answer = await browser.client.post("/sign-in", headers=SAME)
    assert "[done: Good morning. ]" in (await browser.follow(answer)).text
    assert (await browser.client.get("/lincoln/lists")).text == "hello"


@pytest.mark.parametrize(
    "text", ["", "!", "bm9uc2Vuc2U", sessions.write_said([Said("x")])[:-3], "W10", "Wzdd", "e30", "\u00ff", "a" * 9000]
)
def test_a_message_that_is_not_ours_is_none(text):
    assert sessions.read_said(text) == ()


def test_a_message_cannot_lead_off_the_site():
    planted = sessions.write_said([Said("Look", "note", "https://evil.test/")])
    assert sessions.read_said(planted) == (Said("Look", "note", ""),)


@pytest.mark.parametrize(
    "path",
    [
        "//evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "https://evil.test",
        "javascript:alert(1)",
        "/%2fevil.test",
        "/%5cevil.test",
        "/a//b",
        "/a\r\nSet-Cookie: x",
        "/a\x00",
        "/a b",
        "",
        "evil",
        "/\u2044evil.test",
        "/\tevil",
        "/" + "a" * 3000,
    ],
)
def test_a_path_that_may_lead_elsewhere_is_no_path(path):
    assert own_path(path) == ""


@pytest.mark.parametrize("path", ["/", "/lincoln/lists", "/lincoln/search?q=a%2Fb&page=2", "/lincoln/lists/caf%C3%A9"])
def test_a_path_of_ours_is_kept(path):
    assert own_path(path) == path


def test_the_cookies_name_depends_on_https():
    assert (sessions.cookie_name(True), sessions.cookie_name(False)) == ("__Host-session", "session")


def test_tokens_are_256_bits_and_never_the_same():
    tokens = {sessions.new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}
