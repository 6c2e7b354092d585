"""A log entry is kept once: sent fifty times at once, replayed in any order, or by a service that is killed meanwhile.

SAFETY.md, I1, I2, I6 and D1. Small here; ENGAGE_LOG_KILLS=200 and ENGAGE_LOG_REPLAYS=100 are the figures of section 7.
"""

import asyncio
import contextlib
import json
import os
import random
from collections import Counter
from pathlib import Path

import httpx2
import pytest
from tortoise.connection import get_connection

from engage import dates
from engage.engagement.rebuilding import differences
from engage.errors import NotFound, Refused
from engage.people.rules import Reader
from engage.programs import log_actions
from engage.programs.models import Award, LogEntry, Program, Progress, ResourceProgress, Standing
from engage.programs.rebuild import rebuild
from tests import make
from tests.begun import BEGUN_READY
from tests.faults.processes import entry_of, log_until_killed
from tests.patience import until
from tests.school import give_session
from tests.serving import serving

pytestmark = pytest.mark.waits

KILLS = int(os.environ.get("ENGAGE_LOG_KILLS", "8"))
REPLAYS = int(os.environ.get("ENGAGE_LOG_REPLAYS", "10"))
AT_ONCE = 50
WRITERS = 4
BADGES = [
    {"title": "Forty", "rule": json.dumps({"rule": "total", "unit": "minutes", "goal": 40})},
    {"title": "Three titles", "rule": json.dumps({"rule": "total", "unit": "titles", "goal": 3})},
]
CHALLENGES = [{"unit": "minutes", "goal": 60}, {"unit": "days", "goal": 4}, {"unit": "titles", "goal": 5}]


async def a_program(ada: Reader) -> Program:
    return await make.program(by=ada, challenges=CHALLENGES, badges=BADGES)


def sent(**more: str) -> dict[str, str]:
    return {"form_key": "one", "mode": "reading", "minutes": "20", "title": "Kites", "when": "today", **more}


async def post(client: httpx2.AsyncClient, address: str, token: str, data: dict[str, str]) -> int:
    headers = {"Sec-Fetch-Site": "same-origin", "Cookie": f"session={token}"}
    answer = await client.post(f"{address}/lincoln/me/log/new", data=data, headers=headers)
    return answer.status_code


async def test_fifty_posts_of_one_form_at_once_make_one_entry(db, database_url, kind, school, ada, sam, tmp_path):
    await make.enrolment(await a_program(ada), sam)
    nia = await make.student("Nia")
    token, others = await give_session(sam, dates.now()), await give_session(nia, dates.now())
    with contextlib.ExitStack() as stack:
        # two workers; SQLite is served by one process
        addresses = [
            stack.enter_context(serving(database_url, folder))[0]
            for folder in (tmp_path / "one", tmp_path / "two")[: 1 if kind == "sqlite" else 2]
            if not folder.mkdir()
        ]
        async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
            tries = [post(client, addresses[n % len(addresses)], token, sent()) for n in range(AT_ONCE)]
            statuses = Counter(await asyncio.gather(*tries))
            # who waited too long for the others was told so, and asks again
            while statuses.pop(503, 0):
                statuses[await post(client, addresses[0], token, sent())] += 1
            assert set(statuses) == {303}
            assert await LogEntry.filter(school_id=school.card.id).count() == 1
            assert await post(client, addresses[-1], token, sent()) == 303
            assert await post(client, addresses[0], token, sent(minutes="30")) == 422
            assert await post(client, addresses[0], others, sent(minutes="30")) == 303
    rows = await LogEntry.filter(school_id=school.card.id).order_by("id").values_list("person_id", "minutes")
    assert rows == [(sam.id, 20), (nia.id, 30)]
    assert await Progress.filter(school_id=school.card.id, challenge__unit="minutes").values_list("amount") == [(20,)]
    assert await rebuild(school.card.id) == []


async def killed(url: str, folder: Path, round_: int, readers: list[Reader]) -> tuple[set[str], set[str]]:
    """Let some students log, each in a process of its own, and kill each: the forms that they sent, and had kept."""
    writers = []
    for place, reader in enumerate(readers):
        # every other one dies at a statement, the rest at any instant
        at = str(random.randint(15, 120)) if place % 2 else "0"
        said = folder / f"{round_}.{place}"
        said.touch()
        process = BEGUN_READY.Process(target=log_until_killed, args=(url, reader.id, said.name, at, str(said)))
        process.start()
        writers.append((process, said, at))
    for process, said, at in writers:
        if at == "0":
            await until(lambda said=said: b"try " in said.read_bytes(), 120)
            await asyncio.sleep(random.uniform(0, 0.3))
            process.kill()
    lines: list[str] = []
    for process, said, _ in writers:
        await asyncio.to_thread(process.join, 120)
        assert process.exitcode == -9
        # the last line may have been cut off in the middle
        lines += [line.decode() for line in said.read_bytes().split(b"\n")[:-1]]
    tried = {line[4:] for line in lines if line.startswith("try ")}
    return tried, {line[5:] for line in lines if line.startswith("kept ")}


async def test_a_service_killed_at_any_moment_loses_doubles_and_halves_no_entry(
    db, database_url, kind, school, ada, tmp_path
):
    random.seed(2)
    program = await a_program(ada)
    readers = [await make.student(f"Child {number}") for number in range(WRITERS)]
    for reader in readers:
        await make.enrolment(program, reader)
    tried: set[str] = set()
    kept: set[str] = set()
    for round_ in range(-(-KILLS // WRITERS)):
        some, done = await killed(database_url, tmp_path, round_, readers)
        tried |= some
        kept |= done
    async with asyncio.timeout(60):
        keys = Counter(await LogEntry.filter(school_id=school.card.id).values_list("form_key", flat=True))
    assert kept - set(keys) == set()
    assert set(keys.values()) == {1}
    assert len(kept) > KILLS
    found = [*await rebuild(school.card.id), *await differences(school.card.id)]
    # who was killed before the first log has no row yet, which is what an enrolment of these tests begins with
    assert [one for one in found if "standing=None" not in one.kept] == []
    # a browser that got no answer sends the form again
    for key in sorted(tried | set(keys)):
        reader = readers[int(key.partition(".")[2].partition("-")[0])]
        await log_actions.log_entry(entry_of(key, dates.today(reader.school.zone)), key, reader, sure=True)
    keys = Counter(await LogEntry.filter(school_id=school.card.id).values_list("form_key", flat=True))
    assert set(keys) >= tried
    assert set(keys.values()) == {1}
    assert [*await rebuild(school.card.id), *await differences(school.card.id)] == []
    if kind == "sqlite":
        answer = await get_connection("default").execute_query_dict("PRAGMA integrity_check")
        assert answer == [{"integrity_check": "ok"}]
        assert await get_connection("default").execute_query_dict("PRAGMA foreign_key_check") == []


async def state_of(reader: Reader) -> list[object]:
    """All that follows from one student's log."""
    of = {"school_id": reader.school.id, "person_id": reader.id}
    stand = LogEntry.filter(**of, void__id__isnull=True, superseded_by__id__isnull=True)
    return [
        sorted(await stand.values_list("on", "minutes", "title", "ending")),
        sorted(await Progress.filter(**of).values_list("challenge_id", "amount", "goal", "done_on"), key=str),
        sorted(await Award.filter(**of).values_list("badge_id", "state", "earned_on"), key=str),
        await Standing.filter(**of).values_list(
            "minutes", "titles", "days", "streak", "longest", "last_on", "completed_on"
        ),
        sorted(await ResourceProgress.filter(**of).values_list("resource_id", "state", "on")),
    ]


async def play(reader: Reader, chance: random.Random) -> None:
    """A day's requests: entries in any order, most more than once, then what was done to them, likewise."""
    today = dates.today(reader.school.zone)
    forms = [f"day-{number}" for number in range(1, 13)]
    entries: dict[str, str] = {}
    for key in chance.sample(forms + forms[:8], len(forms) + 8):
        kept = await log_actions.log_entry(entry_of(key, today), key, reader, sure=True)
        entries.setdefault(key, kept.entry)
        assert entries[key] == kept.entry
    acts = [("void", "day-3"), ("void", "day-9"), ("correct", "day-6"), ("correct", "day-12")] * 3
    chance.shuffle(acts)
    for act, key in acts:
        # done before: the same form again is answered as the first time, a second press is told so
        with contextlib.suppress(Refused if act == "void" else NotFound):
            if act == "void":
                await log_actions.void_entry(entries[key], reader)
            else:
                other = entry_of("other-2", today)
                await log_actions.correct_entry(entries[key], other, f"mend-{key}", reader, sure=True)


@pytest.mark.parametrize("seed", [1])
async def test_a_days_requests_shuffled_and_repeated_end_in_the_same_state(db, school, ada, seed):
    program = await a_program(ada)
    states = []
    for number in range(REPLAYS):
        reader = await make.student(f"Child {number}")
        await make.enrolment(program, reader)
        await play(reader, random.Random(seed * 1_000 + number))
        states.append(await state_of(reader))
    assert all(state == states[0] for state in states)
    assert len(states[0][0]) == 10
    assert await rebuild(school.card.id) == []
