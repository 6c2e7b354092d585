"""Sends what waits: a batch at a time, in order, by one worker for each receiver, until it is known to have arrived.

Whoever sends holds a lease with a number, by the database's clock; what was sent is written down only under that number
(SAFETY.md, I4). If we are killed between an answer and writing it down, the same statements go again under the same
numbers, which the receiver knows: nothing is lost, and nothing is new twice.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tortoise.connection import get_connection

from engage import dates
from engage.database.queue import later, sql
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.evaluation.arriving import (
    LEASE_SECONDS,
    Enough,
    Overtaken,
    Round,
    give_back,
    hold,
    rest,
    set_aside,
    settle,
    stop,
)
from engage.evaluation.endpoint_actions import seal_of
from engage.evaluation.endpoint_queries import allowed_now
from engage.evaluation.statement_models import Endpoint, EndpointNote, Statement
from engage.evaluation.statement_rules import (
    ALL_REFUSED,
    AT_ONCE,
    Data,
    Outcome,
    Speech,
    State,
    Waits,
    Way,
    asked_pause,
    halves,
    outcome_of,
    reason_of,
    stable_id,
)
from engage.evaluation.statements import Act, Fact, authorization, letter, said
from engage.outside.fetch import Door, Unreachable, door_of
from engage.people import sealing
from engage.people.rules import Reader
from engage.settings import Settings

# so many batches in one round, so that a round ends
BATCHES = 40
RECEIVERS_AT_ONCE = 4


async def send_statements(settings: Settings, now: datetime) -> int:
    """Send what waits for every receiver that is due, as a job; how many were taken."""
    endpoints = Endpoint.filter(is_on=True, ended_at=None).exclude(state=State.STOPPED.value).order_by("id")
    due = [one for one in await endpoints if one.retry_at is None or one.retry_at <= now]
    turns, door = asyncio.Semaphore(RECEIVERS_AT_ONCE), door_of(settings)

    async def one_by_one(endpoint: Endpoint) -> int:
        async with turns:
            return await send_to(endpoint, settings, door)

    return sum(await asyncio.gather(*(one_by_one(endpoint) for endpoint in due)))


async def send_to(endpoint: Endpoint, settings: Settings, door: Door) -> int:
    """Send to one receiver until nothing waits, something is in the way, or the round is over. How many were taken."""
    fence = await _take(endpoint.id)
    if fence is None:
        return 0
    secret = sealing.opened(settings.secret_key, seal_of(endpoint.key), endpoint.secret)
    if secret is None:
        await stop(endpoint.id, fence, "Its key cannot be read any more. Write it once more.")
        return 0
    under = await allowed_now(endpoint, dates.now())
    of = Round(endpoint, fence, door, secret.decode(), settings.base_url.rstrip("/"), under)
    try:
        for _ in range(BATCHES):
            rows = await _next(of)
            if not rows:
                break
            await _deliver(of, rows)
        await give_back(of)
    except (Overtaken, Enough):
        pass
    return of.sent


async def _take(endpoint_id: int) -> int | None:
    """The lease of a receiver and its number, by the database's clock; None while another has it."""
    client = get_connection("default")
    now = later(client)
    rows = await client.execute_query_dict(
        sql(
            f"""UPDATE "endpoint" SET "lease_until"={now}, "fence"="fence"+1 WHERE "id"=?
            AND ("lease_until" IS NULL OR "lease_until" < {now}) RETURNING "fence" """,
            client,
        ),
        [LEASE_SECONDS, endpoint_id, 0],
    )
    return int(rows[0]["fence"]) if rows else None


async def _next(of: Round) -> list[dict[str, Any]]:
    await hold(of, switched_on=True)
    now = dates.now()
    rows = Statement.filter(
        endpoint_id=of.endpoint.id, state=Waits.WAITING.value, kind__in=[kind.value for kind in of.under]
    )
    due = rows.filter(not_before=None).order_by("id").limit(AT_ONCE)
    columns = ("id", "school_id", "kind", "person_id", "pseudonym", "body", "refusals")
    with every_school("a receiver of the district serves several of its schools"):
        found = await due.values(*columns)
        if found:
            return found
        # what was refused alone waits behind everything else
        return await rows.filter(not_before__lte=now).order_by("id").limit(1).values(*columns)


async def _deliver(of: Round, rows: Sequence[dict[str, Any]]) -> None:
    """Send some statements in one request; if they are refused together, find those that are wrong. Raises Enough."""
    packed = letter([row["body"] for row in rows], of.speech, of.sensor, dates.now())
    way = Way(of.endpoint.way)
    try:
        answer = await of.door.send(
            of.endpoint.address,
            packed.body,
            media_type="application/json",
            authorization=authorization(way, of.endpoint.login, of.secret),
            more=packed.headers,
            cut=True,
        )
    except Unreachable as no:
        await rest(of, no.sentence, None)
        raise Enough from no
    outcome = outcome_of(answer.status, of.speech, alone=len(rows) == 1)
    if outcome is Outcome.TAKEN:
        await settle(of, rows)
        of.sent += len(rows)
    elif outcome is Outcome.LATER:
        asked = asked_pause(answer.headers.get("retry-after", ""), dates.now())
        await rest(of, f"It answered {answer.status}.", asked)
        raise Enough
    elif outcome is Outcome.STOP:
        await stop(of.endpoint.id, of.fence, reason_of(answer.status))
        raise Enough
    elif len(rows) > 1:
        cut = halves(len(rows))
        await _deliver(of, rows[:cut])
        await _deliver(of, rows[cut:])
    else:
        of.refused += 1
        if of.refused >= ALL_REFUSED and not of.sent:
            await stop(of.endpoint.id, of.fence, f"It refuses everything. {reason_of(answer.status)}")
            raise Enough
        await set_aside(of, rows[0], reason_of(answer.status))


# -- trying


async def try_now(endpoint: Endpoint, settings: Settings, *, by: Reader) -> tuple[bool, str]:
    """Send one test statement that says nothing of anybody. Whether it was taken, and what came of it in words."""
    secret = sealing.opened(settings.secret_key, seal_of(endpoint.key), endpoint.secret)
    if secret is None:
        return False, "Its key cannot be read any more. Write it once more."
    now, base = dates.now(), settings.base_url.rstrip("/")
    speech, home = Speech(endpoint.speech), f"{base}/{by.school.slug}/"
    number = stable_id(settings.secret_key, endpoint.key, f"test/{now.isoformat()}")
    fact = Fact(number, Data.USE, Act.TESTED, now, base, by.school.name, home, home)
    packed = letter([json.dumps(said(fact, speech), ensure_ascii=False)], speech, f"{base}/sensors/{endpoint.key}", now)
    try:
        answer = await door_of(settings).send(
            endpoint.address,
            packed.body,
            media_type="application/json",
            authorization=authorization(Way(endpoint.way), endpoint.login, secret.decode()),
            more=packed.headers,
            cut=True,
        )
    except Unreachable as no:
        taken, words = False, no.sentence
    else:
        taken = outcome_of(answer.status, speech, alone=True) is Outcome.TAKEN
        words = "It took the test statement." if taken else reason_of(answer.status)
    await _note_try(endpoint, words, by)
    return taken, words


@one_transaction
async def _note_try(endpoint: Endpoint, words: str, by: Reader) -> None:
    await EndpointNote.create(endpoint_id=endpoint.id, at=dates.now(), what=f"Tried. {words}", by_id=by.id)
