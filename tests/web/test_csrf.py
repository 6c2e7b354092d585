import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from engage.routes import ROWS
from engage.web.csrf import ONE_CLICK, SIGNED
from engage.web.routing import PARAMETER, post

OURS = "https://engage.test"
CASES = [
    ("a page of ours", {"Sec-Fetch-Site": "same-origin", "Origin": OURS}, True),
    ("a page of ours, in a browser that says only the origin", {"Origin": OURS}, True),
    ("another site", {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"}, False),
    ("another site that lies about the origin", {"Sec-Fetch-Site": "cross-site", "Origin": OURS}, False),
    ("a neighbour of our site", {"Sec-Fetch-Site": "same-site", "Origin": "https://other.engage.test"}, False),
    ("an address typed in", {"Sec-Fetch-Site": "none"}, False),
    ("a page without an origin", {"Origin": "null"}, False),
    ("nothing said at all", {}, False),
]
OTHERS = [
    {"Origin": "http://engage.test"},
    {"Origin": "https://engage.test:8443"},
    {"Origin": "https://engage.test.evil.test"},
    {"Referer": f"{OURS}/lincoln/"},
    {"Sec-Fetch-Site": "Same-Origin"},
    {"Sec-Fetch-Site": "", "Origin": OURS},
]


async def count(request: Request) -> Response:
    done.append(request.method)
    return PlainTextResponse("done")


done: list[str] = []


@pytest.mark.parametrize(("who", "headers", "lets_in"), CASES, ids=[case[0] for case in CASES])
async def test_only_our_own_pages_can_make_a_browser_act(open_house, ada, who, headers, lets_in):
    browser = open_house([post("/{school}/act", count, "LST05")]).sign_in(ada)
    await browser.be_known()
    done.clear()
    answer = await browser.client.post("/lincoln/act", headers=headers)
    assert answer.status_code == (200 if lets_in else 403)
    assert done == (["POST"] if lets_in else [])


@pytest.mark.parametrize("headers", OTHERS, ids=str)
@pytest.mark.parametrize("media", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
async def test_nothing_else_counts_as_ours(open_house, ada, headers, media):
    browser = open_house([post("/{school}/act", count, "LST05")]).sign_in(ada)
    await browser.be_known()
    done.clear()
    answer = await browser.client.post("/lincoln/act", headers={**headers, "Content-Type": media}, content=b"{}")
    assert (answer.status_code, done) == (403, [])


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
async def test_a_get_cannot_pretend_to_be_a_post(open_house, ada, header):
    browser = open_house([post("/{school}/act", count, "LST05")]).sign_in(ada)
    done.clear()
    answer = await browser.get("/act?_method=POST", headers={header: "POST", "Sec-Fetch-Site": "same-origin"})
    assert answer.status_code in (404, 405)
    assert done == []


@pytest.mark.only("sqlite")  # it comes to no statement
async def test_every_address_that_acts_refuses_seven_of_eight(browser, ada, statements):
    browser.sign_in(ada)
    await browser.be_known()
    statements.forget()
    refused = [each for _, each, lets_in in CASES if not lets_in] + OTHERS
    for row in (row for row in ROWS if "POST" in row.methods and row.path not in SIGNED):
        path = PARAMETER.sub(lambda found: "lincoln" if found[1] == "school" else "0123456789abc", row.path)
        for headers in refused:
            # a mail program says nothing of where it is; every page does
            if row.path.startswith(ONE_CLICK) and not {"Origin", "Sec-Fetch-Site"} & headers.keys():
                continue
            answer = await browser.client.post(path, headers=headers, data={"title": "x"})
            assert answer.status_code == 403, (row.name, headers)
            assert "did not come from a page" in answer.text
    assert len(statements) == 0


def test_platforms_send_to_two_addresses_only():
    assert {row.path for row in ROWS if row.path in SIGNED} == {"/lti/login", "/lti/launch"}


async def test_a_bearer_of_the_api_needs_no_origin_but_a_cookie_does(open_house, ada):
    browser = open_house([post("/api/v1/{school}/act", count, "LST05")]).sign_in(ada)
    await browser.be_known()
    assert (await browser.client.post("/api/v1/lincoln/act")).status_code == 403
    answer = await browser.client.post("/api/v1/lincoln/act", headers={"Authorization": "Bearer x"})
    assert answer.status_code == 200


async def test_an_address_for_signed_messages_that_we_do_not_have_is_no_way_around(open_house, ada):
    """A school could have this very slug."""
    browser = open_house([post("/{school}/act", count, "LST05")]).sign_in(ada)
    await browser.be_known()
    answer = await browser.client.post("/lti/act", headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, "did not come from a page" in answer.text) == (403, True)


async def test_a_bearer_is_nothing_outside_the_api(open_house, ada):
    browser = open_house([post("/{school}/act", count, "LST05")]).sign_in(ada)
    await browser.be_known()
    assert (await browser.client.post("/lincoln/act", headers={"Authorization": "Bearer x"})).status_code == 403
