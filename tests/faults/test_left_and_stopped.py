"""A service whose readers go away at any byte, and which is told to stop while it works (SAFETY.md, D8 and D9).

Small here; ENGAGE_GONE=10000 and ENGAGE_STOPS=50 are the figures of section 7.
"""

import asyncio
import os
import random
import signal
import socket
import time
from collections import Counter
from multiprocessing.context import ForkServerProcess
from urllib.parse import urlencode

import httpx2
from tortoise.connection import get_connection

from engage import dates
from engage.engagement.rebuilding import differences
from engage.programs.models import LogEntry
from engage.programs.rebuild import rebuild
from tests import make
from tests.school import give_session
from tests.serving import serving

GONE = int(os.environ.get("ENGAGE_GONE", "200"))
STOPS = int(os.environ.get("ENGAGE_STOPS", "1"))
AT_ONCE, AFTERWARDS, WRITERS = 8, 100, 4
CHALLENGES = [{"unit": "minutes", "goal": 60}, {"unit": "days", "goal": 4}]


def form_of(key: str) -> dict[str, str]:
    return {"form_key": key, "mode": "reading", "minutes": "20", "title": "Kites", "when": "today", "sure": "yes"}


def raw(address: str, token: str, key: str) -> bytes:
    """A log entry as it goes over the wire."""
    body = urlencode(form_of(key)).encode()
    lines = [
        "POST /lincoln/me/log/new HTTP/1.1",
        f"Host: {address.removeprefix('http://')}",
        "Sec-Fetch-Site: same-origin",
        f"Cookie: session={token}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def goes_away(address: str, request: bytes, chance: random.Random) -> None:
    """Send what comes before a random byte, perhaps all of it, and break the connection off."""
    host, _, port = address.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(request[: chance.randrange(1, 2 * len(request))])
    await writer.drain()
    await asyncio.sleep(chance.choice((0, chance.uniform(0, 0.02))))
    # broken off, not ended: nothing says goodbye
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    writer.transport.abort()


async def keys_of(school_id: int, beginning: str) -> Counter[str]:
    """How often each form that begins so is kept."""
    rows = LogEntry.filter(school_id=school_id, form_key__startswith=beginning)
    return Counter(await rows.values_list("form_key", flat=True))


async def test_d8_readers_who_go_away_at_any_byte_leave_nothing_half_done_and_nothing_shut(
    db, database_url, kind, school, ada, sam, tmp_path
):
    chance = random.Random(8)
    await make.enrolment(await make.program(by=ada, challenges=CHALLENGES), sam)
    token = await give_session(sam, dates.now())
    with serving(database_url, tmp_path) as (address, _):
        for start in range(0, GONE, AT_ONCE):
            requests = [raw(address, token, f"gone-{number}") for number in range(start, start + AT_ONCE)]
            await asyncio.gather(*(goes_away(address, request, chance) for request in requests))
        async with httpx2.AsyncClient(trust_env=False, timeout=20) as client:
            page, cookie = f"{address}/lincoln/me/log/new", {"Cookie": f"session={token}"}
            for _ in range(AFTERWARDS // AT_ONCE):
                answers = await asyncio.gather(*(client.get(page, headers=cookie) for _ in range(AT_ONCE)))
                assert Counter(answer.status_code for answer in answers) == {200: AT_ONCE}
            sent = {"Sec-Fetch-Site": "same-origin", **cookie}
            assert (await client.post(page, data=form_of("after"), headers=sent)).status_code == 303
    kept = await keys_of(school.card.id, "gone-")
    assert set(kept.values()) == {1}
    assert len(kept) < GONE
    assert [*await rebuild(school.card.id), *await differences(school.card.id)] == []
    if kind == "sqlite":
        assert await get_connection("default").execute_query_dict("PRAGMA integrity_check") == [
            {"integrity_check": "ok"}
        ]


async def write_on(address: str, token: str, beginning: str) -> set[str]:
    """Log until nobody answers any more; the forms that were acknowledged."""
    acknowledged: set[str] = set()
    headers = {"Sec-Fetch-Site": "same-origin", "Cookie": f"session={token}"}
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
        for number in range(100_000):
            key = f"{beginning}-{number}"
            try:
                answer = await client.post(f"{address}/lincoln/me/log/new", data=form_of(key), headers=headers)
            except httpx2.TransportError:
                return acknowledged
            assert answer.status_code in (303, 503), answer.status_code
            acknowledged |= {key} if answer.status_code == 303 else set()
    raise AssertionError("it never stopped")


async def stop(server: ForkServerProcess, after: float) -> float:
    """Tell it to stop after some seconds; how long it took to end."""
    await asyncio.sleep(after)
    began = time.monotonic()
    server.terminate()
    await asyncio.to_thread(server.join, 30)
    assert server.exitcode in (0, -signal.SIGTERM)
    return time.monotonic() - began


async def test_d9_what_was_begun_when_it_is_told_to_stop_is_finished_and_answered(
    db, database_url, school, ada, tmp_path
):
    chance = random.Random(9)
    program = await make.program(by=ada, challenges=CHALLENGES)
    tokens = []
    for number in range(WRITERS):
        reader = await make.student(f"Child {number}")
        await make.enrolment(program, reader)
        tokens.append(await give_session(reader, dates.now()))
    for turn in range(STOPS):
        with serving(database_url, tmp_path) as (address, server):
            writing = [write_on(address, token, f"{turn}.{who}") for who, token in enumerate(tokens)]
            *acknowledged, seconds = await asyncio.gather(*writing, stop(server, chance.uniform(0.3, 1)))
        assert seconds < 20
        # what was written was answered, and what was answered is there
        kept = await keys_of(school.card.id, f"{turn}.")
        assert set(kept) == set().union(*acknowledged)
        assert set(kept.values()) == {1}
    assert [*await rebuild(school.card.id), *await differences(school.card.id)] == []
