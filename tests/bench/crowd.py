"""What happens when too many come, some of them slowly or for what costs much (SAFETY.md, O1, O2 and O3).

    python -m tests.bench.crowd [--postgres] [--workers 2] [--proxy] [--seconds 60] [--only O1 O2 O3]

The service as it is started for real, by https as behind a proxy: with --proxy one stands in front, Caddy as `engage
proxy` sets it up but for the TLS, and without it none. Pages are asked for by 60
students and by visitors whose browsers send a cookie of somebody else's, so that every page has to be made; each
twentieth request logs an entry. Capacity is what 16 askers get, each of whom asks again once an answer is there.
O1: half of it for ten seconds, four times it for --seconds, and half of it again, at moments that chance gives and
whoever still waits. O2: 500 who send a byte every five seconds, half of them in heads and half in bodies, while half
of the capacity is asked for. O3: 20 exports, 20 reports and 200 sign-ins by pictures at one moment, while a quarter of
it is asked for; what counts is what was asked until the last of them was done, and the memory of the processes that
were there before: the press of the reports begins meanwhile, and what it takes is said beside it.

The askers are processes of their own on the same machine: on two cores they take from the service what they need
themselves (said for each rule, in parts of one core), so a service with two cores to itself does better than this.
PostgreSQL has its share of the same cores, too, and does not wait for the disk (fsync is off); SQLite does.
Prints what was measured beside the figure that has to be kept, and ends with status 1 where one was missed.
"""

import argparse
import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from engage import dates
from engage.cli_proxy import caddyfile
from engage.database.opening import opened
from engage.database.tenancy import every_school
from engage.lists.rules import Visibility
from engage.people.models import Person, School
from engage.people.rules import Reader, Role
from engage.simulate import Size, simulate
from engage.web.sessions import cookie_name
from tests import make
from tests.bench.askers import FRESH, Asked, Got, Want, askers, at_a_pace, at_once, drop_by_drop, each_once, whatever
from tests.bench.first_bell import PICTURES, Child, on_a_database, prepare, service
from tests.bench.turns import HOST
from tests.people.entering import pressed
from tests.proxying import caddy
from tests.school import as_reader, give_session
from tests.serving import free_port
from tests.test_working import children

MIB = 1024 * 1024
ASKERS, WARM, LEARN = 16, 60.0, 10.0
TIMES, QUIET, AFTERWARDS = 4, 10.0, 20.0
SLOW, SIGN_INS, STUDENTS = 500, 200, 60
LOOKED_AT = 25.0  # seconds of pages while others send slowly
STAFF = 5  # each may have four exports and four reports under way
OF_STUDENTS = ("", "me", "me/log", "me/log/new", "programs/lantern-nights", "lists/look-up")
OF_VISITORS = ("", "lists/look-up", "search?q=book", "lists")
EXPORTS = ("csv", "xlsx", "mrc", "bib")
REPORTS = ("", "/report", "/report.xlsx", "/report.pdf")
ENTRY = {"mode": "reading", "minutes": "20", "title": "The long book", "when": "today", "sure": "yes"}
GOOD = (200, 303)


@dataclass
class Service:
    """The service under way, and what is asked of it. missed: how many figures were not kept; capacity: in a second."""

    port: int
    pid: int
    pool: ProcessPoolExecutor
    pages: list[Want]
    costly: list[Want]
    seconds: float
    capacity: float = 0.0
    missed: int = 0
    memory: list[tuple[float, dict[int, int]]] = field(default_factory=list)

    def begin(self, what: Callable[..., Any], *words: Any) -> Future[Asked]:
        """Let a process ask."""
        return self.pool.submit(askers, what, self.port, *words)

    def watch(self, *asking: Future[Asked]) -> list[Asked]:
        """What they found, once all are done; meanwhile the memory of the service is looked at."""
        self.memory = []
        while not all(one.done() for one in asking):
            self.memory.append((time.monotonic(), dict(memory_of(self.pid))))
            time.sleep(0.1)
        return [one.result() for one in asking]

    def held(self, begin: float, end: float, old: Collection[int] = ()) -> float:
        """The most MiB that the service took between two moments. old: by these processes; by all if not given."""
        looks = [each for at, each in self.memory if begin <= at <= end]
        sizes = [sum(size for pid, size in each.items() if not old or pid in old) for each in looks]
        return max(sizes, default=0) / MIB

    def say(self, rule: str, what: str, measured: str, wanted: str = "", *, kept: bool = True) -> None:
        """One line."""
        self.missed += not kept
        verdict = f"   has to be {wanted}{'' if kept else '   MISSED'}" if wanted else ""
        print(f"{rule} {what:22} {measured}{verdict}", flush=True)


def memory_of(pid: int) -> Iterator[tuple[int, int]]:
    """Bytes that a process and those it started have in memory, by their numbers."""
    with suppress(OSError):  # it has ended meanwhile
        yield pid, int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
        for child in children(pid):
            yield from memory_of(child)


def ask_for(name: str, path: str, cookie: str = "", form: dict[str, str] | None = None) -> Want:
    """A request as a browser sends it, in short."""
    body = urlencode(form or {})
    head = f"Host: {HOST}\r\nCookie: {cookie}\r\nAccept-Encoding: gzip\r\n"
    if form is None:
        return Want(name, f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
    head += (
        f"Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}"
    )
    return Want(name, f"POST {path} HTTP/1.1\r\n{head}\r\n\r\n{body}".encode())


async def cookie_of(reader: Reader) -> str:
    """The cookie of a new session."""
    return f"{cookie_name(secure=True)}={await give_session(reader, dates.now())}"


async def pages_of(some: Sequence[Child]) -> list[Want]:
    """The pages of these students and as many visitors; each second student logs as well."""
    wants = []
    for place, child in enumerate(some):
        cookie = await cookie_of(await as_reader(await Person.get(key=child.key), "lincoln"))
        wants += [ask_for(f"student's {path or 'home'}", f"/lincoln/{path}", cookie) for path in OF_STUDENTS]
        wants += [ask_for(f"visitor's {path or 'home'}", f"/lincoln/{path}", "seen=1") for path in OF_VISITORS]
        if place % 2:
            wants.append(ask_for("log", "/lincoln/me/log/new", cookie, {**ENTRY, "form_key": FRESH.decode()}))
    return wants


async def costly_of(some: Sequence[Child], year: str) -> list[Want]:
    """Exports of a list, reports of a made-up school, and sign-ins. year: of the reports."""
    wants = []
    valley = await School.get(slug="sim-1-1")
    for number in range(STAFF):
        somebody = await make.person(f"Specialist {number}", Role.SPECIALIST, valley, login=f"special{number}")
        cookie = await cookie_of(await as_reader(somebody, valley.slug))
        wants += [ask_for("export", f"/lincoln/lists/look-up.{kind}", cookie) for kind in EXPORTS]
        wants += [ask_for("report", f"/{valley.slug}/evaluation/{year}{kind}", cookie) for kind in REPORTS]
    for child in some:
        wants.append(ask_for("sign-in", f"/sign-in/class/{child.code}/{child.key}", form=pressed(PICTURES)))
    return wants


async def furnish(url: str) -> tuple[list[Want], list[Want]]:
    """A school whose students have doors open, logs and a program, and one with a year behind; what is asked there."""
    some = await prepare(url, SIGN_INS)
    async with opened(url):
        with every_school("a benchmark"):
            ada = await as_reader(await Person.get(login="ada"), "lincoln")
            await make.curated_list(ada, "Look up", 50, published=True, visibility=Visibility.PUBLIC)
            await simulate(Size(1, 500, 20_000))
            year = dates.year_name(dates.school_year(dates.today("America/New_York")))
            return await pages_of(some[:STUDENTS]), await costly_of(some, year)


def percentile(seconds: Sequence[float], percent: float) -> float:
    """What so many percent did not exceed; 0 of none."""
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * percent / 100))] if seconds else 0.0


def good(got: Sequence[Got]) -> list[float]:
    """Seconds that each good answer took."""
    return [one.took for one in got if one.status in GOOD]


def took(seconds: Sequence[float]) -> str:
    """The middle and the end of it in words."""
    each = (percentile(seconds, 50), percentile(seconds, 95), percentile(seconds, 99))
    return "{} answers, p50 {:.0f}, p95 {:.0f}, p99 {:.0f} ms".format(len(seconds), *(1000 * one for one in each))


def statuses(got: Sequence[Got]) -> str:
    """How often each came, 0 for none; and how many that say no do not say when to come again."""
    untold = sum(one.status == 503 and not one.told for one in got)
    return f"{dict(sorted(Counter(one.status for one in got).items()))}, {untold} without Retry-After"


def refused_well(got: Sequence[Got]) -> bool:
    """Whether all that is no good answer is a 503 that says when to come again."""
    return all(one.status in GOOD or (one.status == 503 and one.told) for one in got)


def learn(of: Service) -> None:
    """How much the service can do."""
    (asked,) = of.watch(of.begin(each_once, of.pages, ASKERS, WARM))
    of.say("  ", "each page once", f"{statuses(asked.got)}; {took(good(asked.got))}")
    (asked,) = of.watch(of.begin(whatever, of.pages, ASKERS, LEARN, 2))
    of.capacity = len(good(asked.got)) / LEARN
    of.say("  ", "capacity", f"{of.capacity:.0f}/s: {took(good(asked.got))}; askers took {asked.work:.2f} of a core")
    by_name: dict[str, list[float]] = {}
    for one in asked.got:
        by_name.setdefault(f"{one.name} {one.status}", []).append(one.took)
    slowest = sorted(by_name.items(), key=lambda pair: -statistics.median(pair[1]))
    of.say("  ", "medians", ", ".join(f"{name} {1000 * statistics.median(some):.0f} ms" for name, some in slowest))


def too_many(of: Service) -> None:
    """O1: four times the capacity, and what is before and after."""
    usual, much = of.capacity / 2, of.capacity * TIMES
    (asked,) = of.watch(of.begin(at_a_pace, of.pages, [(usual, QUIET), (much, of.seconds), (usual, AFTERWARDS)], 3))
    began = min(one.due for one in asked.got) + QUIET
    ended = began + of.seconds
    before, then, after = (
        [one for one in asked.got if begin <= one.due < end]
        for begin, end in ((0, began), (began, ended), (ended, ended + AFTERWARDS))
    )
    came = [one for one in asked.got if began <= one.due + one.took < ended]
    share = len(good(came)) / of.seconds / of.capacity
    of.say(
        "O1", "asked", f"{len(then) / of.seconds:.0f}/s for {of.seconds:.0f} s; askers took {asked.work:.2f} of a core"
    )
    of.say("O1", "before", took(good(before)))
    of.say("O1", "goodput", f"{share:.0%} of capacity", "80 % or more", kept=share >= 0.8)
    of.say("O1", "accepted", took(good(then)), "p99 under 2,000", kept=percentile(good(then), 99) < 2)
    of.say("O1", "the rest", statuses(then), "503 with Retry-After", kept=refused_well(then))
    of.say("O1", "refused after", took([one.took for one in then if one.status == 503]))
    third = began + of.seconds / 3
    first, last = of.held(began, third), of.held(ended - of.seconds / 3, ended)
    sizes = f"{of.held(0, began):.0f} MiB before, {first:.0f} in the first third, {last:.0f} in the last"
    of.say("O1", "memory", sizes, "flat (10 %)", kept=last <= first * 1.1)
    seconds = back_after(before, after, ended)
    of.say("O1", "as before after", f"{seconds:.0f} s: {took(good(after))}", "5 s or less", kept=seconds <= 5)


def back_after(before: Sequence[Got], after: Sequence[Got], ended: float) -> float:
    """Whole seconds until a second comes in which nobody is refused and the middle answer is as quick as before.

    As quick: it takes no more than what 95 of 100 took then.
    """
    usual = percentile(good(before), 95)
    for number in range(int(AFTERWARDS)):
        some = [one for one in after if number <= one.due - ended < number + 1]
        if some and len(good(some)) == len(some) and percentile(good(some), 50) <= usual:
            return number
    return AFTERWARDS


def slow_ones(of: Service) -> None:
    """O2: 500 who send slowly."""
    head = ask_for("head", "/lincoln/").request.removesuffix(b"\r\n") + b"X-Slow: "
    body = ask_for("body", "/sign-in/class", form={"code": "x" * 1000}).request[:-900]
    wants = [Want("head", head), Want("body", body)] * (SLOW // 2)
    slow = of.begin(drop_by_drop, wants)
    honest, sent = of.watch(of.begin(at_a_pace, of.pages, [(of.capacity / 2, LOOKED_AT)], 4), slow)
    of.say(
        "O2",
        "asked",
        f"{len(honest.got) / 25:.0f}/s; askers took {honest.work:.2f}, slow ones {sent.work:.2f} of a core",
    )
    fine = len(good(honest.got)) == len(honest.got)
    of.say("O2", "pages", took(good(honest.got)), "p99 under 1,000", kept=percentile(good(honest.got), 99) < 1)
    of.say("O2", "answered", statuses(honest.got), "all well", kept=fine)
    for name in ("head", "body"):
        some = [one for one in sent.got if one.name == name]
        open_still, longest = sum(one.status == 0 for one in some), max(one.took for one in some)
        shortest = min(one.took for one in some)
        told = f"{len(some)} closed after {shortest:.1f} to {longest:.1f} s, {open_still} still open"
        of.say("O2", f"slow in a {name}", told, "20 s or less", kept=not open_still and longest <= 20)


def costly_ones(of: Service) -> None:
    """O3: what costs much, all at once."""
    pages = of.begin(at_a_pace, of.pages, [(of.capacity / 4, QUIET + AFTERWARDS)], 5)
    of.watch(of.pool.submit(time.sleep, QUIET))
    before, old = of.held(0, time.monotonic()), of.memory[-1][1].keys()
    burst, honest = of.watch(of.begin(at_once, of.costly), pages)
    began, ended = min(one.due for one in burst.got), max(one.due + one.took for one in burst.got)
    during = [one for one in honest.got if began <= one.due < ended]
    quiet = [one for one in honest.got if one.due < began]
    of.say(
        "O3", "asked", f"{of.capacity / 4:.0f} pages/s; askers took {honest.work:.2f} and {burst.work:.2f} of a core"
    )
    of.say("O3", "pages before", took(good(quiet)))
    of.say("O3", "pages meanwhile", took(good(during)), "p99 under 1,000", kept=percentile(good(during), 99) < 1)
    of.say("O3", "answered", statuses(during), "all well", kept=len(good(during)) == len(during))
    for name in ("export", "report", "sign-in"):
        some = [one for one in burst.got if one.name == name]
        longest = max(one.took for one in some)
        of.say("O3", name, f"{statuses(some)}; {took(good(some))}, the last after {longest:.1f} s")
    of.say("O3", "no good answers", statuses(burst.got), "503 with Retry-After", kept=refused_well(burst.got))
    grew, in_all = (of.held(began, ended, which) - before for which in (old, ()))
    told = f"{before:.0f} MiB before, {grew:+.0f} MiB; {in_all:+.0f} with the press of the reports"
    of.say("O3", "memory", told, "+128 at most, without the press", kept=grew <= 128)


RULES = {"O1": too_many, "O2": slow_ones, "O3": costly_ones}


@contextmanager
def in_front_of(port: int, folder: Path) -> Iterator[int]:
    """Caddy before the service; its port. Its askers speak no TLS."""
    front = free_port()
    text = caddyfile(HOST, port, log=str(folder / "asked.log")).replace(
        f"http://{HOST} {{", f"http://{HOST}:{free_port()} {{"
    )
    with caddy(text.replace(f"https://{HOST} {{", f"http://{HOST}:{front} {{"), folder, front):
        yield front


def run(url: str, folder: Path, options: argparse.Namespace) -> bool:
    """Furnish, serve, ask; whether all figures were kept."""
    pages, costly = asyncio.run(furnish(url))
    with (
        service(url, folder, options.workers, HOST) as (address, pid),
        ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool,
    ):
        port = int(address.rpartition(":")[2])
        with in_front_of(port, folder) if options.proxy else nullcontext(port) as door:
            of = Service(door, pid, pool, pages, costly, options.seconds)
            learn(of)
            for name in options.only:
                RULES[name](of)
    return of.missed == 0


def main() -> None:
    """Run it; status 1 where a figure was missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL server of its own")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--proxy", action="store_true", help="with Caddy in front")
    parser.add_argument("--seconds", type=float, default=60, help="of four times the capacity")
    parser.add_argument("--only", nargs="+", choices=RULES, default=list(RULES))
    on_a_database(run, parser.parse_args())


if __name__ == "__main__":
    main()
