"""Figures for the monitor of the machine, at a port that nobody else can ask, and the alarms among them.

What the processes of the service count is added up; what stands in the database is asked when the figures are. One
process holds the port, and another takes it when that one ends. The text is that of Prometheus, version 0.0.4.

Source: SAFETY.md, X2. No label names a person, a class, a title, a school or an address.
"""

import asyncio
import logging
import math
import os
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from tortoise.connection import get_connection
from tortoise.expressions import Q

from engage import dates
from engage.backups import OLDEST_DAYS, last_made
from engage.database.queue import waiting_seconds
from engage.database.tenancy import every_school
from engage.people.privacy_models import BreakGlass, RecordTaken
from engage.people.queries import open_schools
from engage.people.records import MANY
from engage.resources.incoming_models import Source
from engage.resources.rules import SourceState
from engage.settings import Settings
from engage.tally import ANSWERS, counted, counting, folder_of, only_one, totals
from engage.web.house import STUCK

log = logging.getLogger("engage.metrics")

HERE = "127.0.0.1"
HOSTS = (HERE, "localhost")
KIND = "text/plain; version=0.0.4; charset=utf-8"
HEAD_BYTES, HEAD_SECONDS = 8 * 1024, 5.0
# the database is asked no more often than the first; alarms are looked at as often as the second
ASKED_SECONDS, LOOK_SECONDS, TRY_SECONDS = 5.0, 60.0, 5.0
SAMPLES_SECONDS, HOUR = 30.0, 3_600.0
STEP_SECONDS = 5.0
SHARE_MINUTES, FEWEST_REFUSED, FEWEST_FAILING = 5, 10, 5
ALARMED_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class Alarm:
    """One alarm: its series says in its help from when on somebody should look.

    name: of the series, after engage_. most: what is still fine. minutes: of what is counted, in how many; 0 for what
    is measured as it stands.
    """

    name: str
    most: float
    minutes: int
    says: str

    @property
    def series(self) -> str:
        """The name of the series."""
        return f"engage_{self.name}_total" if self.minutes else f"engage_{self.name}"

    @property
    def help(self) -> str:
        """What it measures, and from when on it is an alarm."""
        return f"{self.says}. Alarm: over {self.most:g}{f' in {self.minutes} minutes' if self.minutes else ''}."


ALARMS = (
    Alarm("lock_waits", 10, 5, "Changes that waited over a second for the database, or did not end in their time"),
    Alarm(
        "unavailable_share",
        0.01,
        0,
        f"Share of 503 in the answers of the last {SHARE_MINUTES} minutes; 0 where they were under {FEWEST_REFUSED}",
    ),
    Alarm(
        "fetch_failures_share",
        0.25,
        0,
        f"Share of the visited sources whose last visit failed; 0 where they are under {FEWEST_FAILING}",
    ),
    Alarm("parser_kills", 20, 60, "Parser processes that did not end well"),
    Alarm("queue_age_seconds", STUCK.total_seconds(), 0, "How long the job has waited that is due longest"),
    Alarm("backup_age_seconds", OLDEST_DAYS * 86_400, 0, "Age of the last backup, +Inf where there is none"),
    Alarm("denied_elsewhere", 20, 60, "Signed-in people and tokens refused at a school that is not theirs"),
    Alarm(
        "exports_alarmed",
        0,
        0,
        f"Times in 24 hours that one person took data of over {MANY} students, in an hour or with the school closed",
    ),
    Alarm("break_glass_open", 0, 0, "Broken glasses through which somebody may look now"),
    Alarm("clock_steps", 0, 60, f"Times that the clock of this machine was moved by over {STEP_SECONDS:g} seconds"),
)


@dataclass(frozen=True)
class Reading:
    """What was found at a moment. totals: what was ever counted; values: what each alarm compares with its limit.

    asked: whether the database answered; if not, there are no values of what is asked there.
    """

    totals: Mapping[str, int]
    values: Mapping[str, float]
    asked: bool

    @property
    def over(self) -> frozenset[str]:
        """The alarms that are over their limit."""
        return frozenset(each.name for each in ALARMS if self.values.get(each.name, 0) > each.most)


class Watch:
    """Looks at the figures of the service, and tells the log when one goes over its limit."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._samples: deque[tuple[float, dict[str, int]]] = deque()
        self._clocks: tuple[float, datetime] | None = None
        self._last: tuple[float, Reading] | None = None
        self._over: frozenset[str] = frozenset()

    async def look(self, at: float, now: datetime) -> Reading:
        """The figures at a moment, ASKED_SECONDS old at most. at: by the clock that nobody moves, in seconds."""
        if self._last is not None and at - self._last[0] < ASKED_SECONDS:
            return self._last[1]
        self._compare_clocks(at, now)
        found = totals(folder_of(self._settings))
        self._keep(at, found)
        values = {
            each.name: float(found[each.name] - self._before(at, each.minutes)[each.name])
            for each in ALARMS
            if each.minutes
        }
        values["unavailable_share"] = unavailable(found, self._before(at, SHARE_MINUTES))
        made = last_made(self._settings.data_folder)
        values["backup_age_seconds"] = (now - made).total_seconds() if made else math.inf
        try:
            asked = await ask(now)
        except Exception as problem:  # noqa: BLE001 - whatever is in the way is told, and so are the other figures
            log.warning("the database does not tell its figures", extra={"error": type(problem).__name__})
            asked = {}
        reading = Reading(found, values | asked, bool(asked))
        self._last = at, reading
        self._tell(reading)
        return reading

    def _compare_clocks(self, at: float, now: datetime) -> None:
        """Source: SAFETY.md, I5."""
        if self._clocks is not None:
            before, then = self._clocks
            if abs((now - then).total_seconds() - (at - before)) > STEP_SECONDS:
                counted.add("clock_steps")
        self._clocks = at, now

    def _keep(self, at: float, found: dict[str, int]) -> None:
        if not self._samples or at - self._samples[-1][0] >= SAMPLES_SECONDS:
            self._samples.append((at, found))
        while len(self._samples) > 1 and self._samples[1][0] <= at - HOUR:
            self._samples.popleft()

    def _before(self, at: float, minutes: int) -> dict[str, int]:
        """What had been counted so many minutes ago, or when this watch began."""
        older = [found for when, found in self._samples if when <= at - minutes * 60]
        return older[-1] if older else self._samples[0][1]

    def _tell(self, reading: Reading) -> None:
        over = reading.over if reading.asked else reading.over | (self._over - set(reading.values))
        for alarm in ALARMS:
            if alarm.name in over - self._over:
                log.warning("alarm: %s is %g, over %g", alarm.name, reading.values[alarm.name], alarm.most)
            elif alarm.name in self._over - over:
                log.info("no alarm any more: %s", alarm.name)
        self._over = over


def unavailable(found: Mapping[str, int], before: Mapping[str, int]) -> float:
    """The share of 503 among the answers that were given in between."""
    given = {kind: found[f"answers_{kind}"] - before[f"answers_{kind}"] for kind in ANSWERS}
    return given["503"] / sum(given.values()) if given["503"] >= FEWEST_REFUSED else 0.0


async def ask(now: datetime) -> dict[str, float]:
    """What the database knows, by the names of alarms; pages need not wait meanwhile."""
    reading = get_connection("reports")
    with every_school("figures of the whole service, as numbers"):
        tried = Source.filter(
            Q(state=SourceState.ACTIVE, last_visit_at__isnull=False) | Q(state=SourceState.PAUSED, failures__gt=0),
            school_id__in=open_schools(),
        ).using_db(reading)
        failing, sources = await tried.filter(failures__gt=0).count(), await tried.count()
        taken = await RecordTaken.filter(alarmed=True, at__gt=now - ALARMED_FOR).using_db(reading).count()
        glasses = await BreakGlass.filter(agreed=True, ends_at__gt=now, closed_at=None).using_db(reading).count()
    return {
        "fetch_failures_share": failing / sources if failing >= FEWEST_FAILING else 0.0,
        "queue_age_seconds": await waiting_seconds(),
        "exports_alarmed": float(taken),
        "break_glass_open": float(glasses),
    }


def written(reading: Reading) -> str:
    """The figures as a monitor reads them."""
    answers = [(f'{{status="{kind}"}}', reading.totals[f"answers_{kind}"]) for kind in ANSWERS]
    lines = _series("engage_answers_total", "counter", "Answers to requests, without those to health checks.", answers)
    lines += _series("engage_database_up", "gauge", "Whether the database told its figures.", [("", reading.asked)])
    for each in ALARMS:
        value = reading.totals[each.name] if each.minutes else reading.values.get(each.name)
        if value is not None:
            lines += _series(each.series, "counter" if each.minutes else "gauge", each.help, [("", value)])
    alarms = [(f'{{alarm="{each.name}"}}', each.name in reading.over) for each in ALARMS if each.name in reading.values]
    lines += _series("engage_alarm", "gauge", "1 where the figure of this name is over its limit.", alarms)
    return "\n".join(lines) + "\n"


def _series(name: str, kind: str, says: str, values: Sequence[tuple[str, float]]) -> list[str]:
    figures = [f"{name}{labels} {'+Inf' if value == math.inf else format(value, '.15g')}" for labels, value in values]
    return [f"# HELP {name} {says}", f"# TYPE {name} {kind}", *figures]


@asynccontextmanager
async def watched(settings: Settings) -> AsyncIterator[None]:
    """The same, and answer the monitor, or wait to do so until the process that does ends."""
    with counting(settings):
        if not settings.metrics_port:
            yield
            return
        watching = asyncio.create_task(keep_watch(settings))
        watching.add_done_callback(_told_of_its_end)
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.wait((watching,))


def _told_of_its_end(watching: asyncio.Task[None]) -> None:
    if not watching.cancelled() and (problem := watching.exception()) is not None:
        log.error("nobody watches the figures any more", extra={"error": type(problem).__name__})


async def keep_watch(settings: Settings) -> None:
    """Hold the port and look at the alarms, once no other process does."""
    lock, watch, is_open = None, Watch(settings), False
    async with AsyncExitStack() as stack:
        while True:
            if lock is None and (lock := _lock(folder_of(settings) / "port.lock")) is not None:
                stack.callback(os.close, lock)
            if lock is None:
                await asyncio.sleep(TRY_SECONDS)
                continue
            is_open = is_open or await _open(watch, settings.metrics_port, stack)
            await watch.look(monotonic(), dates.now())
            await asyncio.sleep(LOOK_SECONDS)


def _lock(path: Path) -> int | None:
    with suppress(OSError):  # what is in the way was told by counting()
        return only_one(path)
    return None


async def _open(watch: Watch, port: int, stack: AsyncExitStack) -> bool:
    try:
        door = await asyncio.start_server(Door(watch).answer, HERE, port, limit=HEAD_BYTES)
    except OSError as problem:
        log.warning("the port of the metrics cannot be had", extra={"error": type(problem).__name__})
        return False
    stack.callback(door.close)
    return True


class Door:
    """Answers the monitor: one question for each connection."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    async def answer(self, asked: asyncio.StreamReader, told: asyncio.StreamWriter) -> None:
        """Read a request and answer it; who takes too long is cut off."""
        cut = asyncio.get_running_loop().call_later(HEAD_SECONDS, told.transport.abort)
        try:
            head = (await asked.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            status = status_of(head)
            text = written(await self._watch.look(monotonic(), dates.now())) if status.startswith("200") else status
            body = text.encode()
            told.write(f"HTTP/1.1 {status}\r\nContent-Type: {KIND}\r\nContent-Length: {len(body)}\r\n".encode())
            told.write(b"Connection: close\r\nCache-Control: no-store\r\n\r\n" + body)
            await told.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass  # whoever asked went away, or said nothing that is a request
        finally:
            cut.cancel()
            told.close()


def status_of(head: list[str]) -> str:
    """How a request is answered. head: its lines.

    Only by a name of this machine: a page of another site, in a browser here, could come by a name of its own.
    """
    hosts = [line.partition(":")[2].strip().rsplit(":", 1)[0] for line in head if line.lower().startswith("host:")]
    if len(hosts) != 1 or hosts[0] not in HOSTS:
        return "403 Forbidden"
    method, _, rest = head[0].partition(" ")
    if rest.partition(" ")[0] != "/metrics":
        return "404 Not Found"
    return "200 OK" if method == "GET" else "405 Method Not Allowed"
