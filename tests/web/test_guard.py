import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from engage.people.matrix import MATRIX
from engage.people.rules import VIEWER_ACTS, Reader, Role
from engage.web.limits import AT_WORK, Cost
from engage.web.routing import OPEN, Row, build_routes, form, page, post
from tests import make
from tests.school import as_reader, words_of

COLUMN_OF = {"visitor": "V", "sam": "S", "tom": "T", "ada": "L", "alma": "A", "dora": "D"}


async def show(request: Request) -> Response:
    reader: Reader | None = request.user
    return PlainTextResponse(reader.name if reader and reader.id else "a visitor")


async def act(request: Request) -> Response:
    return PlainTextResponse((await request.body()).decode())


def meant(cell: str) -> int:
    """The status that a cell asks for, by the head of SAFETY.md, section 2, read anew and not through the code."""
    letters = set(cell[:3])
    # B enters, too: the page itself asks for an open glass (tests/people/test_glass.py)
    if letters & set("YPAQB"):
        return 200
    return 403 if "x" in letters else 404


async def test_each_letter_of_the_matrix_opens_or_closes_the_door(open_house, school):
    browser = open_house([page(f"/{{school}}/{act}", show, act, name=act) for act in MATRIX])
    wrong = []
    for who, column in COLUMN_OF.items():
        browser.sign_in(getattr(school, who, None))
        for act_id, cells in MATRIX.items():
            status = (await browser.get(f"/{act_id}")).status_code
            if status != meant(cells[column]):
                wrong.append((who, act_id, cells[column], status))
    assert wrong == []


async def test_a_viewer_reads_figures_and_public_things_and_has_an_account_and_nothing_else(open_house, vera):
    browser = open_house([page(f"/{{school}}/{act}", show, act, name=act) for act in MATRIX]).sign_in(vera)
    entered = {act for act in MATRIX if (await browser.get(f"/{act}")).status_code == 200}
    assert {act for act in VIEWER_ACTS if meant(MATRIX[act]["A"]) == 200} <= entered
    named = {act for act in entered if act[:3] in ("LOG", "CLS", "ADM") or act in ("PRG05", "PRG06", "REP01")}
    # whose letters are all n but for what is one's own
    assert named == {"CLS09", "CLS14", "CLS16", "LOG08"}
    assert {MATRIX[act]["A"][1:] for act in named} == {"nnn"}


async def test_a_school_that_is_not_there_looks_like_a_page_that_is_not_there(open_house):
    browser = open_house([page("/{school}/lists", show, "LST01")])
    nowhere = await browser.client.get("/harvard/lists")
    missing = await browser.client.get("/lincoln/nonsense")
    assert (nowhere.status_code, missing.status_code) == (404, 404)


async def test_a_visitor_costs_one_statement_and_so_does_a_person(open_house, sam, statements):
    browser = open_house([page("/{school}/lists", show, "LST01")])
    statements.forget()
    await browser.get("/lists")
    assert (
        len([each for each in statements.seen if "pg_current_snapshot" not in each]) == 1
    )  # the front cache's question
    browser.sign_in(sam)
    await browser.get("/lists")
    statements.forget()
    assert (await browser.get("/lists")).text == "Sam"
    assert len(statements) == 1


async def test_people_are_visitors_at_other_schools(open_house, school):
    browser = open_house([page("/{school}/lists", show, "LST01", name="a"), page("/{school}/new", show, "LST05")])
    browser.sign_in(school.rosa)
    assert (await browser.get("/roosevelt/new")).status_code == 200
    assert (await browser.get("/lincoln/new")).status_code == 404
    assert (await browser.get("/lincoln/lists")).text == "a visitor"


async def test_a_district_admin_is_one_in_every_school_of_the_district_and_in_no_other(open_house, school):
    browser = open_house([page("/{school}/figures", show, "REP04")]).sign_in(school.dora)
    assert (await browser.get("/roosevelt/figures")).status_code == 200
    assert (await browser.get("/hill/figures")).status_code == 404


async def test_roles_add_up(open_house, school, tom):
    person = await make.person("Ines", Role.TEACHER, school.lincoln)
    browser = open_house([page("/{school}/school", show, "ADM01", name="a"), page("/{school}/mine", show, "LST05")])
    assert (await browser.sign_in(await as_reader(person, "lincoln")).get("/school")).status_code == 404
    await make.membership(person, Role.SCHOOL_ADMIN, school.lincoln)
    assert (await browser.get("/school")).status_code == 200
    assert (await browser.get("/mine")).status_code == 200


async def test_a_person_who_is_gone_is_a_visitor_at_the_next_request(open_house, school, ada):
    from engage.people.models import Person
    from engage.people.rules import Status

    browser = open_house([page("/{school}/new", show, "LST05")]).sign_in(ada)
    assert (await browser.get("/new")).status_code == 200
    await Person.filter(id=ada.id, school_id=school.card.id).update(status=Status.GONE)
    assert (await browser.get("/new")).status_code == 303


async def test_a_session_that_ran_out_leads_to_sign_in_and_back(open_house, ada):
    browser = open_house([page("/{school}/new", show, "LST05")]).sign_in(ada)
    browser.tokens[ada.id] = "a-token-that-nobody-knows-any-more"
    answer = await browser.get("/new?mode=viewing")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Flincoln%2Fnew%3Fmode%3Dviewing"


async def test_what_was_typed_is_not_lost_when_the_session_ran_out(open_house, ada):
    browser = open_house([form("/{school}/new", show, "LST05")]).sign_in(ada)
    browser.tokens[ada.id] = "a-token-that-nobody-knows-any-more"
    answer = await browser.post("/new", {"title": "Sea stories", "password": "not this"})
    assert answer.status_code == 401
    assert "Sea stories" in answer.text
    assert "not this" not in answer.text


async def test_a_visitor_without_a_session_is_not_told_that_the_page_exists(open_house):
    browser = open_house([page("/{school}/new", show, "LST05")])
    assert (await browser.get("/new")).status_code == 404


@pytest.mark.parametrize("act_id", ["", "LST99", "open"])
def test_a_row_without_a_matrix_id_does_not_start(act_id):
    row = page("/{school}/lists", show, act_id)
    with pytest.raises(ValueError, match="no matrix id"):
        build_routes([row], MATRIX, None, None)  # type: ignore[arg-type]


def test_two_rows_of_one_name_do_not_start(settings):
    from engage.app import build_app

    with pytest.raises(ValueError, match="two rows are named"):
        build_app(settings, [page("/a", show, OPEN), page("/b", show, OPEN)])


async def test_a_page_that_takes_too_long_is_answered_for_and_still_finishes(open_house):
    finished = asyncio.Event()

    async def slow(request: Request) -> Response:
        await asyncio.sleep(0.3)
        finished.set()
        return PlainTextResponse("late")

    browser = open_house([page("/{school}/slow", slow, "LST01", seconds=0.05)])
    answer = await browser.get("/slow")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert not finished.is_set()
    await asyncio.wait_for(finished.wait(), 2)


async def test_what_costs_much_waits_beside_the_pages_and_the_twenty_first_is_told(open_house, sam):
    let_go = asyncio.Event()

    async def slow(request: Request) -> Response:
        await let_go.wait()
        return PlainTextResponse("done")

    browser = open_house(
        [
            page("/{school}/file", slow, "LST01", name="file", cost=Cost.EXPORT),
            page("/{school}/figures", show, "LST01", name="figures", cost=Cost.REPORT),
            form("/{school}/sheet", show, "LST01", name="sheet", cost=Cost.EXPORT),
            page("/{school}/page", show, "LST01", name="page"),
        ]
    )

    async def ask_at_once(number: int) -> tuple[set[asyncio.Task], int]:
        asked = [asyncio.ensure_future(browser.get("/file")) for _ in range(number)]
        done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        for refused in (each.result() for each in done):
            assert refused.status_code == 503
            assert 2 <= int(refused.headers["retry-after"]) <= 10
            assert "busy right now" in words_of(refused)
        return waiting, len(done)

    waiting, told = await ask_at_once(21)
    assert told == 1
    # four are at work; the others wait without a place at the gate of all
    assert browser.app.gate.free == AT_WORK - 4
    for path in ("/page", "/figures", "/sheet"):
        assert (await browser.get(path)).text == "a visitor", path
    assert (await browser.sign_in(sam).post("/sheet", {})).status_code == 503
    let_go.set()
    assert {(await each).text for each in waiting} == {"done"}

    let_go.clear()
    waiting, told = await ask_at_once(5)
    assert told == 1, "one person has four at once"
    let_go.set()
    assert {(await each).text for each in waiting} == {"done"}
    assert browser.app.gate.free == AT_WORK


async def test_a_form_that_takes_a_report_waits_with_the_reports(open_house):
    let_go = asyncio.Event()

    async def slow(request: Request) -> Response:
        await let_go.wait()
        return PlainTextResponse("done")

    browser = open_house([form("/{school}/close", slow, "LST01", name="close", cost=Cost.REPORT)])
    asked = [asyncio.ensure_future(browser.get("/close")) for _ in range(21)]
    done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    assert [each.result().status_code for each in done] == [503]
    let_go.set()
    assert {(await each).text for each in waiting} == {"done"}


async def test_a_caller_who_goes_away_stops_nothing_half_way(open_house):
    begun, finished = asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> Response:
        begun.set()
        await asyncio.sleep(0.2)
        finished.set()
        return PlainTextResponse("late")

    browser = open_house([page("/{school}/slow", slow, "LST01")])
    asking = asyncio.ensure_future(browser.get("/slow"))
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.wait_for(finished.wait(), 2)


async def test_a_form_may_hold_a_mebibyte_and_an_upload_ten(open_house, ada):
    rows = [post("/{school}/form", act, "LST05", name="a"), post("/{school}/up", act, "LST05", name="b", upload=True)]
    browser = open_house(rows).sign_in(ada)
    half, two = b"x" * 2**19, b"x" * 2**21
    assert (await browser.post("/form", content=half)).status_code == 200
    assert (await browser.post("/form", content=two)).status_code == 413
    assert (await browser.post("/up", content=two)).status_code == 200
    assert (await browser.post("/up", content=b"x" * (10 * 2**20 + 1))).status_code == 413


async def test_a_body_whose_length_is_not_said_is_counted(open_house, ada):
    async def pieces():
        for _ in range(40):
            yield b"x" * 2**16

    browser = open_house([post("/{school}/form", act, "LST05")]).sign_in(ada)
    assert (await browser.post("/form", content=pieces())).status_code == 413


async def test_a_stranger_cannot_make_us_read_an_upload(open_house):
    read = 0

    async def pieces():
        nonlocal read
        for _ in range(100):
            read += 1
            yield b"x" * 2**16

    browser = open_house([post("/{school}/up", act, "FED05", upload=True)])
    assert (await browser.post("/up", content=pieces())).status_code == 404
    assert read <= 1


async def test_the_slash_after_a_school_is_added(open_house):
    browser = open_house([page("/{school}/", show, "LST01")])
    answer = await browser.client.get("/lincoln")
    assert (answer.status_code, answer.headers["location"]) == (308, "/lincoln/")
    assert (await browser.client.get("/lincoln/")).status_code == 200
    assert (await browser.client.get("/harvard")).status_code == 404


async def test_names_come_from_wing_and_function():
    from engage.web.routing import name_of

    assert name_of(show) == "web.show"


async def test_a_framed_page_may_stand_in_others_and_no_other_may(open_house):
    rows: list[Row] = [
        page("/{school}/embed", show, "LST01", name="a", framed=True),
        page("/{school}/lists", show, "LST01", name="b"),
    ]
    browser = open_house(rows)
    assert "frame-ancestors *" in (await browser.get("/embed")).headers["content-security-policy"]
    assert "frame-ancestors 'none'" in (await browser.get("/lists")).headers["content-security-policy"]


async def test_errors_show_a_code_and_no_trace(open_house, ada, caplog):
    async def broken(request: Request) -> Response:
        secret_name = "Sam Smith"
        raise RuntimeError(f"no such thing: {secret_name}")

    browser = open_house([page("/{school}/broken", broken, "LST01")]).sign_in(ada)
    answer = await browser.get("/broken")
    assert answer.status_code == 500
    assert "RuntimeError" not in answer.text
    record = next(r for r in caplog.records if hasattr(r, "code"))
    assert record.code in words_of(answer)
    assert "test_guard.py" in record.trace[-1]
    assert "Sam Smith" not in str(record.__dict__)
