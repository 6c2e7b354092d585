import json
import re
import sqlite3

import pytest
from starlette.requests import Request
from starlette.responses import Response
from tortoise.exceptions import OperationalError

from engage.errors import Busy, NotFound
from engage.logs import JsonLines
from engage.web.limits import Full
from engage.web.problems import SENTENCES, database_problem, plain_page, problem_of
from engage.web.routing import form, page
from tests.school import words_of

CODE = re.compile(r"\b[0-9a-f]{10}\b")


async def test_what_may_not_be_seen_looks_like_what_is_not_there(open_house, school, ada):
    async def show(request: Request) -> Response:
        raise NotFound("a draft of Rosa's" if request.path_params["slug"] == "draft-of-rosa" else "nothing")

    browser = open_house([page("/{school}/lists/{slug}", show, "LST01")]).sign_in(ada)
    hidden, unknown = await browser.get("/lists/draft-of-rosa"), await browser.get("/lists/never-there-at")
    assert hidden.status_code == unknown.status_code == 404
    plain = [CODE.sub("", each.text).replace(str(each.url.path), "") for each in (hidden, unknown)]
    assert plain[0] == plain[1]
    assert "Rosa" not in hidden.text
    assert hidden.headers.multi_items() == unknown.headers.multi_items()
    assert len(hidden.content) == len(unknown.content)


@pytest.mark.parametrize(
    "path", ["/resources/{}", "/lists/{}", "/curate/sources/{}", "/curate/imports/{}", "/programs/{}", "/evaluation/{}"]
)
async def test_a_name_that_is_too_long_for_any_table_looks_like_one_that_is_not_there(browser, ada, path):
    long, unknown = [await browser.sign_in(ada).get(path.format(name)) for name in ("x" * 300, "y" * 13)]
    assert long.status_code == unknown.status_code == 404
    plain = [CODE.sub("", each.text).replace(str(each.url.path), "") for each in (long, unknown)]
    assert plain[0] == plain[1]
    assert (await browser.get(f"/{'x' * 300}/lists")).status_code == 404


async def test_a_busy_library_keeps_what_was_typed(open_house, ada):
    async def busy(request: Request) -> Response:
        raise Busy(4)

    browser = open_house([form("/{school}/log", busy, "LST05")]).sign_in(ada)
    typed = {"title": "Sea <stories>", "note": "Read it by the window.", "form_key": "abc", "password": "hush"}
    answer = await browser.post("/log", typed)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "4")
    assert "Sea &lt;stories&gt;" in answer.text
    assert "Read it by the window." in answer.text
    assert 'action="/lincoln/log"' in answer.text
    assert "hush" not in answer.text
    assert answer.text.count("Sea &lt;") == 1


async def test_the_form_of_a_busy_page_can_be_sent_again_as_it_was(open_house, ada):
    calls = []

    async def busy_once(request: Request) -> Response:
        form = await request.form()
        calls.append(dict(form))
        if len(calls) == 1:
            raise Busy(2)
        return Response("done")

    browser = open_house([form("/{school}/log", busy_once, "LST05")]).sign_in(ada)
    answer = await browser.post("/log", {"title": "Sea stories", "form_key": "the-same-key"})
    again = _fields(answer.text)
    assert again == {"title": "Sea stories", "form_key": "the-same-key"}
    assert (await browser.post("/log", again)).text == "done"
    assert calls[0] == calls[1]


def _fields(text: str) -> dict[str, str]:
    areas = re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>([^<]*)</textarea>', text)
    inputs = re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', text)
    return dict([pair for pair in areas + inputs if pair[0] not in ("q", "theme", "back")])


async def test_other_programs_get_problem_details(open_house):
    async def missing(request: Request) -> Response:
        raise NotFound("x")

    browser = open_house([page("/api/v1/{school}/things", missing, "LST01")])
    answer = await browser.client.get("/api/v1/lincoln/things")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404
    assert CODE.fullmatch(answer.json()["code"])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 408, 409, 413, 422, 431, 500, 503])
async def test_every_problem_is_said_in_a_whole_sentence(status):
    assert re.fullmatch(r"[A-Z][^<>]+\.", SENTENCES[status])


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (sqlite3.OperationalError("database or disk is full"), "cannot save anything"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "cannot save anything"),
        (sqlite3.OperationalError("disk I/O error"), "cannot save anything"),
        (OperationalError(sqlite3.OperationalError("database is locked")), "busy"),
        (ConnectionResetError("gone"), "busy"),
    ],
)
def test_a_database_in_trouble_is_busy_and_not_broken(error, sentence):
    problem = database_problem(error)
    assert problem is not None
    assert problem.status == 503
    assert problem.seconds
    assert sentence in problem.sentence


def test_a_trouble_deep_inside_is_found():
    outer = RuntimeError("outer")
    outer.__cause__ = OperationalError("inner")
    outer.__cause__.__context__ = sqlite3.OperationalError("database is locked")
    assert problem_of(outer).status == 503


def test_a_mistake_of_ours_is_no_busy_database():
    assert problem_of(OperationalError("no such column: titel")).status == 500
    assert problem_of(KeyError("busy")).status == 500


def test_the_page_of_a_full_service_is_small_and_needs_nothing():
    text = plain_page(problem_of(Full()), "0123456789")
    assert len(text) < 4096
    assert "0123456789" in text
    assert 2 <= (problem_of(Full()).seconds or 0) <= 10


async def test_a_broken_error_page_still_answers(open_house, monkeypatch):
    from engage.web import problems

    def broken(*_: object, **__: object) -> Response:
        raise RuntimeError("the template is broken")

    async def missing(request: Request) -> Response:
        raise NotFound("x")

    monkeypatch.setattr(problems, "render_page", broken)
    browser = open_house([page("/{school}/x", missing, "LST01")])
    answer = await browser.get("/x")
    assert answer.status_code == 404
    assert SENTENCES[404] in words_of(answer)


async def test_the_code_finds_the_trace_in_the_log(open_house, caplog):
    async def broken(request: Request) -> Response:
        raise RuntimeError("Sam Smith")

    browser = open_house([page("/{school}/broken", broken, "LST01")])
    shown = await browser.get("/broken")
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records if hasattr(record, "code")]
    line = next(each for each in lines if each["code"] in shown.text)
    assert line["route"] == "web.broken"
    assert line["error"] == "RuntimeError"
    assert "test_problems.py" in line["trace"][-1]
    assert "Sam Smith" not in json.dumps(lines)
