import asyncio
from dataclasses import replace

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from engage.errors import Busy
from engage.web import limits
from engage.web.limits import Full, Gate, SmallGate, is_clean, receive_body, within
from engage.web.routing import OPEN, page


async def test_a_gate_lets_so_many_in_and_keeps_so_many_waiting():
    gate, inside, most = Gate(2, 3), 0, 0

    async def work() -> str:
        nonlocal inside, most
        async with gate:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.01)
            inside -= 1
        return "done"

    results = await asyncio.gather(*(work() for _ in range(9)), return_exceptions=True)
    assert [type(each) for each in results] == [str] * 5 + [Full] * 4
    assert most == 2
    assert gate.free == 2


async def test_a_small_gate_keeps_room_for_others_from_whoever_asks_for_much():
    gate, inside = SmallGate(2, 3, each=2), asyncio.Event()

    async def work(who: str | None) -> str:
        async with gate.turn(who):
            await inside.wait()
        return "done"

    asked = [asyncio.ensure_future(work(who)) for who in ("sam", "sam", "sam", "nina", None, None, None)]
    await asyncio.sleep(0)
    inside.set()
    results = await asyncio.gather(*asked, return_exceptions=True)
    # the third of one person, and visitors beyond what may wait
    assert [type(each) for each in results] == [str, str, Full, str, str, str, Full]
    assert (gate.of, gate.gate.free) == ({}, 2)


async def test_who_came_first_goes_first():
    gate, order = Gate(1, 10), []

    async def work(name: int) -> None:
        async with gate:
            order.append(name)
            await asyncio.sleep(0)

    await asyncio.gather(*(work(n) for n in range(8)))
    assert order == list(range(8))


async def test_who_waited_too_long_makes_room_for_those_who_did_not():
    gate = Gate(1, 10)
    gate.seconds = 0.2

    async def work() -> str:
        async with gate:
            return "done"

    async with gate:
        early = [asyncio.ensure_future(work()) for _ in range(2)]
        await asyncio.sleep(0.3)
        late = asyncio.ensure_future(work())
        await asyncio.sleep(0)
    results = await asyncio.gather(*early, late, return_exceptions=True)
    assert [type(each) for each in results] == [Full, Full, str]
    assert gate.free == 1


@pytest.mark.parametrize("moment", range(12))
async def test_a_gate_forgets_those_who_give_up(moment):
    gate = Gate(1, 10)

    async def work() -> None:
        async with gate:
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    tasks = [asyncio.ensure_future(work()) for _ in range(6)]
    for step in range(12):
        if step == moment:
            tasks[1].cancel()
            tasks[3].cancel()
        await asyncio.sleep(0)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert gate.free == 1
    async with asyncio.timeout(1):
        async with gate:
            pass


async def test_a_full_service_says_when_to_come_again_and_keeps_room_for_what_matters(open_house, statements):
    let_go = asyncio.Event()

    async def slow(request: Request) -> Response:
        await let_go.wait()
        return PlainTextResponse("done")

    async def health(request: Request) -> Response:
        return PlainTextResponse("ok")

    rows = [page("/{school}/slow", slow, "LST01"), page("/healthz", health, OPEN, reserved=True)]
    browser = open_house(rows)
    browser.app.gate.free, browser.app.gate.longest = 2, 1
    working = [asyncio.ensure_future(browser.get("/slow")) for _ in range(3)]
    await asyncio.sleep(0.05)
    statements.forget()
    refused = await browser.get("/slow")
    assert refused.status_code == 503
    assert [each for each in statements.seen if "pg_current_snapshot" not in each] == []
    assert 2 <= int(refused.headers["retry-after"]) <= 10
    assert len(refused.content) < 4096
    assert "content-security-policy" in refused.headers
    assert (await browser.client.get("/healthz")).text == "ok"
    let_go.set()
    assert {(await each).text for each in working} == {"done"}


async def test_who_is_turned_away_leaves_one_short_line(open_house, caplog):
    browser = open_house([])
    browser.app.gate.free = browser.app.gate.longest = 0
    assert (await browser.get("/lists")).status_code == 503
    (line,) = [record for record in caplog.records if hasattr(record, "code")]
    assert (line.error, line.status, line.route) == ("Full", 503, "lists.index")
    # a trace would be most of what it costs to say no, when saying no is most of what is done
    assert not hasattr(line, "trace")


async def test_work_that_takes_too_long_is_given_up_on_but_not_stopped():
    finished = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0.05)
        finished.set()

    with pytest.raises(Busy):
        await within(0.01, work())
    await limits.all_finished(1)
    assert finished.is_set()


async def test_work_that_fails_late_is_written_down_and_not_lost(caplog):
    async def work() -> None:
        await asyncio.sleep(0.02)
        raise RuntimeError("Sam Smith")

    with pytest.raises(Busy):
        await within(0.01, work())
    await limits.all_finished(1)
    await asyncio.sleep(0)
    assert [record.error for record in caplog.records] == ["RuntimeError"]
    assert "Sam Smith" not in caplog.text


def pieces_of(*pieces: bytes, pause: float = 0.0, gone: bool = False):
    left = list(pieces)

    async def receive():
        await asyncio.sleep(pause)
        if not left and gone:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left) or gone}

    return receive


async def test_a_body_is_put_together():
    assert await receive_body(pieces_of(b"a", b"b", b""), {}, 2) == b"ab"


@pytest.mark.parametrize(
    ("headers", "pieces", "status"),
    [
        ({b"content-length": b"4"}, [b"abcd"], 413),
        ({}, [b"ab", b"cd"], 413),
        ({b"content-length": b"many"}, [b"a"], 400),
    ],
)
async def test_a_body_too_large_is_refused(headers, pieces, status):
    with pytest.raises(HTTPException) as refused:
        await receive_body(pieces_of(*pieces), headers, 3)
    assert refused.value.status_code == status


async def test_a_body_that_drips_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "RECEIVE_SECONDS", 0.05)
    with pytest.raises(HTTPException) as refused:
        await receive_body(pieces_of(*[b"x"] * 100, pause=0.01), {}, 1000)
    assert refused.value.status_code == 408


async def test_a_body_that_stops_is_nobodys():
    with pytest.raises(ClientDisconnect):
        await receive_body(pieces_of(b"a", gone=True), {}, 1000)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (b"/caf%C3%A9", True),
        (b"a+b", True),
        (b"%00", False),
        (b"%ff", False),
        (b"%c3%28", False),
        (b"%ED%A0%80", False),
    ],
)
def test_what_is_text(raw, clean):
    assert is_clean(raw) is clean


# how many proxies the operator counted, what the request says of itself, and who it then comes from
WAYS = [
    (0, {}, "127.0.0.1"),
    (0, {"X-Forwarded-For": "203.0.113.7"}, "127.0.0.1"),
    (1, {}, "127.0.0.1"),
    (1, {"X-Forwarded-For": "203.0.113.7"}, "203.0.113.7"),
    (1, {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}, "203.0.113.7"),
    (2, {"X-Forwarded-For": "6.6.6.6, 198.51.100.1,203.0.113.7 "}, "198.51.100.1"),
    (2, {"X-Forwarded-For": "203.0.113.7"}, "127.0.0.1"),
    *((0, {name: "6.6.6.6"}, "127.0.0.1") for name in ("Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP")),
    *((1, {name: "6.6.6.6"}, "127.0.0.1") for name in ("Forwarded", "X-Real-IP", "CF-Connecting-IP", "Via")),
]


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(("proxies", "headers", "address"), WAYS)
async def test_s7_only_as_many_proxies_are_believed_as_were_counted(open_house, settings, proxies, headers, address):
    async def told(request: Request) -> Response:
        return PlainTextResponse(limits.address_of(request))

    browser = open_house([page("/where", told, OPEN)])
    browser.app.settings = replace(settings, proxies=proxies)
    assert (await browser.client.get("/where", headers=headers)).text == address
