"""A receiver of statements on the loopback: it knows what it has seen, and misbehaves as a test plans it."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from engage import dates
from engage.evaluation import caliper_check, endpoint_actions, xapi_check
from engage.evaluation.endpoint_actions import Wanted
from engage.evaluation.statement_models import Endpoint
from engage.evaluation.statement_rules import Data, Speech, Way
from engage.people.rules import Reader
from engage.settings import Settings

KEY = "a-key-that-only-the-receiver-knows"


@dataclass
class Receiver:
    """plan: what it does with the next requests, "ok" once it is used up. bad: numbers that it refuses.

    new: the numbers taken as new, in order; again: how often known ones came. asked: bodies and headers of all
    requests. wrong: what was not well-formed. meanwhile: what happens elsewhere while it has the next request.
    """

    port: int = 0
    plan: list[str] = field(default_factory=list)
    bad: set[str] = field(default_factory=set)
    new: list[str] = field(default_factory=list)
    again: Counter[str] = field(default_factory=Counter)
    asked: list[tuple[list[dict[str, Any]], dict[str, str]]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    retry_after: str = "7"
    refuses_known: bool = False
    meanwhile: Callable[[], Awaitable[object]] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/statements"

    @property
    def pairs(self) -> frozenset[tuple[str, int]]:
        return frozenset({("127.0.0.1", self.port)})

    def take(self, said: list[dict[str, Any]]) -> None:
        for one in said:
            number = str(one["id"]).removeprefix("urn:uuid:")
            if number in self.new:
                self.again[number] += 1
            else:
                self.new.append(number)

    def statements_of(self, body: Any) -> list[dict[str, Any]]:
        if isinstance(body, list):
            self.wrong += [problem for one in body for problem in xapi_check.problems(one)]
            return body
        self.wrong += caliper_check.problems(body)
        data: list[dict[str, Any]] = body["data"]
        return data


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """The receiver, for as long as the block lasts."""
    state = Receiver()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _answer(state, reader, writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        await server.wait_closed()


def status(writer: asyncio.StreamWriter, code: int, body: bytes = b"", more: str = "") -> None:
    writer.write(f"HTTP/1.1 {code} X\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body)


async def _answer(state: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in head[1:] if line)}
    said = state.statements_of(json.loads(await reader.readexactly(int(headers["content-length"]))))
    state.asked.append((said, headers))
    if state.meanwhile is not None:
        meanwhile, state.meanwhile = state.meanwhile, None
        await meanwhile()
    does = state.plan.pop(0) if state.plan else "ok"
    known = [one for one in said if str(one["id"]).removeprefix("urn:uuid:") in state.new]
    if does.isdigit():
        status(writer, int(does), more=f"Retry-After: {state.retry_after}\r\n" if does == "429" else "")
    elif does == "drop":
        return
    elif any(str(one["id"]).removeprefix("urn:uuid:") in state.bad for one in said):
        status(writer, 400, b"no")
    elif known and state.refuses_known:
        for one in known:
            state.again[str(one["id"])] += 1
        status(writer, 409)
    else:
        state.take(said)
        if does == "cut":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n[")
        elif does == "ok":
            status(writer, 200, b"[]")


async def set_up(
    receiver: Receiver,
    settings: Settings,
    by: Reader,
    *kinds: Data,
    speech: Speech = Speech.CALIPER,
    schools: tuple[str, ...] = (),
    signed: bool = True,
) -> Endpoint:
    """A receiver of the district that is switched on. signed: under an agreement for every kind that needs one."""
    wanted = Wanted(
        "Valley LRS", speech, receiver.url, Way.BEARER, "", KEY, kinds or (Data.USE,), schools or (by.school.key,)
    )
    key = await endpoint_actions.set_receiver(wanted, settings.secret_key, receiver.pairs, by=by)
    if signed and any(kind.needs_agreement for kind in kinds):
        today = dates.today(by.school.zone)
        of = [kind for kind in kinds if kind.needs_agreement]
        await endpoint_actions.sign(
            key, of, "Pat Moss, superintendent", "", today, today.replace(year=today.year + 1), by=by
        )
    return await endpoint_actions.switch(key, True, by=by)
