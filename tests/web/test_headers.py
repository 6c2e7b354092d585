import httpx2
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from engage.errors import Busy, NotAllowed, NotFound, Refused
from engage.routes import ROWS
from engage.web.cache import answer
from engage.web.headers import fixed_headers
from engage.web.routing import PARAMETER, form, page

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'"
)
WANTED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
}


def check(answer: httpx2.Response, signed_in: bool, framed: bool = False, camera: bool = False) -> None:
    """That an answer carries all that S5 asks for."""
    headers = answer.headers
    where = (answer.status_code, str(answer.request.url))
    assert {name: headers.get(name) for name in WANTED} == WANTED, where
    if not framed:
        assert headers["content-security-policy"] == POLICY, where
        assert headers["cross-origin-resource-policy"] == "same-origin", where
    # what was turned away before it came to the page is not the page
    mine = "camera=(self)" if camera and answer.status_code in (200, 422) else "camera=()"
    assert mine in headers["permissions-policy"], where
    assert "server" not in headers, where
    if signed_in:
        assert headers["cache-control"] == "no-store", where
    elif "immutable" not in headers.get("cache-control", ""):
        assert headers["cache-control"] in ("no-store", "no-cache"), where
        # a page and a script that are the same for everybody do not depend on the cookie
        same = answer.request.url.path in ("/sw.js", "/offline")
        assert headers["cache-control"] == "no-store" or same or "Cookie" in headers.get("vary", "Cookie"), where
    assert len(headers.get_list("content-security-policy")) == 1, where


# each group has a school of its own, and asks less often than anybody may
GROUPS = 24


@pytest.mark.only("sqlite")  # no database has a part in it
@pytest.mark.parametrize("group", range(GROUPS))
async def test_every_address_dresses_every_answer(browser, ada, group):
    for row in ROWS[group::GROUPS]:
        path = PARAMETER.sub(lambda found: "lincoln" if found[1] == "school" else "0123456789abc", row.path)
        for reader in (None, ada):
            browser.sign_in(reader)
            browser.tokens.clear()  # one of the addresses signs out
            await browser.be_known()
            private = reader is not None and "{school}" in row.path
            for ask in (browser.client.get, browser.client.post, browser.client.head, browser.client.delete):
                check(await ask(path), private, row.framed, row.camera)
            sent = await browser.client.post(path, headers={"Sec-Fetch-Site": "same-origin"})
            check(sent, private, row.framed, row.camera)


ERRORS = [
    (NotFound("x"), 404),
    (NotAllowed("x"), 403),
    (Refused("That is too long."), 422),
    (Busy(3), 503),
    (HTTPException(400), 400),
    (HTTPException(409), 409),
    (HTTPException(413), 413),
    (HTTPException(418), 500),
    (RuntimeError("x"), 500),
    (ConnectionRefusedError("x"), 503),
]


@pytest.mark.parametrize(("error", "status"), ERRORS, ids=[repr(each[0]) for each in ERRORS])
@pytest.mark.parametrize("signed_in", [False, True])
async def test_every_status_is_dressed(open_house, ada, error, status, signed_in):
    async def fails(request: Request) -> Response:
        raise error

    browser = open_house([form("/{school}/fails", fails, "LST01")]).sign_in(ada if signed_in else None)
    for response in (await browser.get("/fails"), await browser.post("/fails", {"a": "b"})):
        assert response.status_code == status
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        check(response, signed_in)


async def test_an_answer_that_is_kept_elsewhere_is_dressed_too(open_house):
    async def tagged(request: Request) -> Response:
        return answer(request, "hello", "text/plain", "v1")

    browser = open_house([page("/{school}/tagged", tagged, "LST01")])
    first = await browser.get("/tagged")
    second = await browser.get("/tagged", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, second.status_code) == (200, 304)
    check(first, False)
    check(second, False)
    assert second.headers["etag"] == first.headers["etag"]


# what a browser would show in place, or run
SHOWABLE = (
    "image/svg+xml",
    "image/png",
    "application/pdf",
    "text/plain",
    "text/xml",
    "application/xhtml+xml",
    "video/mp4",
)


@pytest.mark.parametrize("media", [*SHOWABLE, "application/octet-stream", None])
async def test_u6_a_file_is_an_attachment_even_if_its_handler_forgot(open_house, ada, media):
    async def given(request: Request) -> Response:
        return Response(b"<svg/>", media_type=media)

    async def named(request: Request) -> Response:
        return Response(b"<svg/>", media_type=media, headers={"Content-Disposition": 'attachment; filename="a.svg"'})

    rows = [page("/{school}/given", given, "LST01"), page("/{school}/named", named, "LST01")]
    for reader in (None, ada):
        browser = open_house(rows).sign_in(reader)
        assert (await browser.get("/given")).headers.get_list("content-disposition") == ["attachment"]
        assert (await browser.get("/named")).headers.get_list("content-disposition") == ['attachment; filename="a.svg"']


async def test_what_a_person_gets_is_kept_nowhere_even_if_the_page_says_otherwise(open_house, ada):
    async def lasting(request: Request) -> Response:
        return PlainTextResponse("x", headers={"Cache-Control": "public, max-age=600", "Vary": "Accept"})

    browser = open_house([page("/{school}/lasting", lasting, "LST01")])
    visitor = await browser.get("/lasting")
    assert visitor.headers["cache-control"] == "public, max-age=600"
    assert visitor.headers["vary"].startswith("Cookie, Accept")
    person = await browser.sign_in(ada).get("/lasting")
    assert person.headers["cache-control"] == "no-store"


async def test_a_page_cannot_loosen_the_policy(open_house):
    async def loose(request: Request) -> Response:
        return PlainTextResponse("x", headers={"Content-Security-Policy": "default-src *", "Server": "secret 1.0"})

    browser = open_house([page("/{school}/loose", loose, "LST01")])
    check(await browser.get("/loose"), False)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.test"},
        {"Host": "engage.test.evil.test"},
        {"Host": "engage.test:8443"},
        {"X": "x" * 33_000},
    ],
    ids=["another host", "a longer host", "another port", "a long head"],
)
async def test_even_what_is_turned_away_at_the_doorstep_is_dressed(browser, headers):
    answer = await browser.client.get("/healthz", headers=headers)
    assert answer.status_code in (400, 431)
    check(answer, False)


@pytest.mark.parametrize(
    "path", ["/lincoln/lists/%ff", "/lincoln/lists/a%00b", "/lincoln/?q=%c3%28", "/lincoln/?q=%00"]
)
async def test_text_that_is_none_is_refused(browser, path):
    answer = await browser.client.get(path)
    assert answer.status_code == 400
    check(answer, False)


async def test_a_forwarded_host_changes_nothing(browser):
    plain = await browser.client.get("/lincoln/nonsense")
    bent = await browser.client.get(
        "/lincoln/nonsense", headers={"X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test"}
    )
    assert "evil.test" not in bent.text
    assert bent.status_code == plain.status_code


def test_over_plain_http_nothing_is_promised_for_https():
    names = {name for name, _ in fixed_headers(secure=False)}
    assert b"strict-transport-security" not in names
    assert b"content-security-policy" in names


def test_the_camera_is_for_the_card_page_alone():
    assert "camera=(self)" in dict(fixed_headers(True, camera=True))[b"permissions-policy"].decode()
