from datetime import UTC, date, datetime, timedelta

import pytest
from jinja2 import UndefinedError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from engage.web.render import ago, clock, day, page_context, see_other, short_day, shortened, whole
from engage.web.routing import page, path_for, post

EVENING = datetime(2026, 11, 25, 2, 45, tzinfo=UTC)


def test_days_are_written_as_people_say_them():
    assert day(date(2026, 11, 13)) == "Friday 13 November"
    assert day(date(2026, 11, 3), year=True) == "Tuesday 3 November 2026"
    assert short_day(date(2026, 11, 3)) == "3 Nov"
    assert short_day(date(2026, 11, 3), year=True) == "3 Nov 2026"


def test_a_moment_is_a_day_of_the_schools_own():
    assert short_day(EVENING, zone="America/New_York") == "24 Nov"
    assert short_day(EVENING, zone="UTC") == "25 Nov"
    with pytest.raises(ValueError, match="zone"):
        day(EVENING)


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (EVENING, "9:45 pm"),
        (datetime(2026, 11, 25, 17, 5, tzinfo=UTC), "12:05 pm"),
        (EVENING.replace(hour=5), "12:45 am"),
    ],
)
def test_the_clock_is_the_schools(at, written):
    assert clock(at, "America/New_York") == written


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=25), "1 day ago"),
        (timedelta(days=13), "1 week ago"),
        (timedelta(days=45), "1 month ago"),
        (timedelta(days=800), "2 years ago"),
    ],
)
def test_how_long_ago(passed, said):
    assert ago(EVENING - passed, EVENING) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("One owl, one moon.", "One owl, one moon."),
        ("Short enough to learn by rote. Long enough to show.", "Short enough to learn by rote…"),
        ("Short enough to learn by hearts, and more", "Short enough to learn by…"),
        ("Donaudampfschifffahrtsgesellschaft am Fluss", "Donaudampfschifffahrtsgesellsc…"),
    ],
)
def test_a_text_is_cut_behind_a_word_and_what_ends_a_sentence_goes(text, said):
    assert shortened(text, 30) == said


async def show(request: Request) -> Response:
    text = request.app.templates.from_string(
        "{{ path('web.show', slug=slug) }} {{ path('web.show', {'page': 2, 'q': '', 'k': 'a&b'}, slug='x') }} "
        "{{ url('web.show', slug='x') }} {{ nav }} {{ today.isoformat() }} {{ school.slug }} {{ theme }}"
    )
    return HTMLResponse(text.render(slug=request.path_params["slug"], **page_context(request)))


ROWS = [page("/{school}/lists/{slug}", show, "LST01")]


async def test_a_template_names_pages_and_never_builds_addresses(open_house):
    answer = await open_house(ROWS).get("/lists/caf%C3%A9%20%26%20%22x%22", headers={"Cookie": "theme=dark"})
    path, other, absolute, nav, _, slug, theme = answer.text.split()
    assert path == "/lincoln/lists/caf%C3%A9%20%26%20%22x%22"
    assert other == "/lincoln/lists/x?page=2&amp;k=a%26b"
    assert absolute == "https://engage.test/lincoln/lists/x"
    assert (nav, slug, theme) == ("lists", "lincoln", "dark")


async def test_addresses_never_come_from_what_the_request_says(open_house):
    async def links(request: Request) -> Response:
        return HTMLResponse(whole(request, path_for(request, "web.links")))

    browser = open_house([page("/{school}/links", links, "LST01")])
    for headers in ({"X-Forwarded-Proto": "http"}, {"X-Forwarded-Host": "evil.test"}):
        assert (await browser.get("/links", headers=headers)).text == "https://engage.test/lincoln/links"


async def test_a_name_that_is_no_page_is_a_mistake(open_house):
    async def wrong(request: Request) -> Response:
        with pytest.raises(KeyError):
            path_for(request, "lists.shwo")
        with pytest.raises(KeyError):
            path_for(request, "web.show", slg="x")
        return see_other(request, "web.show", slug="x")

    browser = open_house([*ROWS, post("/{school}/wrong", wrong, "LST01")])
    answer = await browser.post("/wrong")
    assert (answer.status_code, answer.headers["location"]) == (303, "/lincoln/lists/x")


def test_undefined_names_are_errors_and_every_name_is_escaped(settings):
    from engage.app import build_app

    templates = build_app(settings).templates
    with pytest.raises(UndefinedError):
        templates.from_string("{{ nothing }}").render()
    assert templates.autoescape is True
    assert templates.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"


async def test_a_theme_is_chosen_and_unchosen_and_leads_back(browser):
    same = {"Sec-Fetch-Site": "same-origin"}
    answer = await browser.client.post("/theme", data={"theme": "dark", "back": "/lincoln/lists?page=2"}, headers=same)
    assert (answer.status_code, answer.headers["location"]) == (303, "/lincoln/lists?page=2")
    assert "theme=dark" in answer.headers["set-cookie"]
    assert 'data-theme="dark"' in (await browser.client.get("/lincoln/nonsense")).text
    await browser.client.post("/theme", data={"theme": "purple"}, headers=same)
    assert 'data-theme="dark"' not in (await browser.client.get("/lincoln/nonsense")).text


@pytest.mark.parametrize("back", ["//evil.test", "https://evil.test", "/\\evil.test", "/%2fevil.test", "", "/a\nb"])
async def test_a_theme_leads_nowhere_else(browser, back):
    answer = await browser.client.post(
        "/theme", data={"theme": "dark", "back": back}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.headers["location"] == "/"
