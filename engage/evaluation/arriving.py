"""What is written down about what was sent: that it arrived, what has left with it, what was refused, what is over."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.connection import get_connection

from engage import dates
from engage.database.putting import add_rows
from engage.database.queue import later, sql
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.evaluation.statement_models import DisclosedStudent, Disclosure, Endpoint, EndpointNote, Recall, Statement
from engage.evaluation.statement_rules import (
    GIVES_UP_AFTER,
    OLDEST,
    REFUSALS,
    REMEMBERED,
    Data,
    Speech,
    State,
    Waits,
    pause_after,
)
from engage.outside.fetch import Door
from engage.people.models import Person

log = logging.getLogger("engage.statements")

LEASE_SECONDS = 120
PARKED_KEPT = timedelta(days=30)
REFUSED_PAUSE = timedelta(minutes=5)


class Overtaken(Exception):
    """Another worker sends to this receiver now."""


class Enough(Exception):
    """No more to this receiver in this round."""


@dataclass
class Round:
    """One worker sending to one receiver. under: the agreement for each kind that may be sent."""

    endpoint: Endpoint
    fence: int
    door: Door
    secret: str
    base: str
    under: dict[Data, int]
    sent: int = 0
    refused: int = 0

    @property
    def speech(self) -> Speech:
        """How the receiver wants to be spoken to."""
        return Speech(self.endpoint.speech)

    @property
    def sensor(self) -> str:
        """The address that says who sends."""
        return f"{self.base}/sensors/{self.endpoint.key}"


async def hold(of: Round, *, switched_on: bool = False) -> None:
    """Make sure that the lease is still ours, and renew it. switched_on: and that more may go. Raises Overtaken."""
    more = 'AND "is_on"' if switched_on else ""
    client = get_connection("default")
    rows = await client.execute_query_dict(
        sql(
            f"""UPDATE "endpoint" SET "lease_until"={later(client)} WHERE "id"=? AND "fence"=? {more}
            RETURNING "id" """,
            client,
        ),
        [LEASE_SECONDS, of.endpoint.id, of.fence],
    )
    if not rows:
        raise Overtaken


@one_transaction
async def settle(of: Round, rows: Sequence[dict[str, Any]]) -> None:
    """Write down that these have arrived, and what has left with them, once. Raises Overtaken."""
    await hold(of)
    now = dates.now()
    with every_school("a receiver of the district serves several of its schools"):
        ids = [row["id"] for row in rows]
        await Statement.filter(id__in=ids, state=Waits.WAITING.value).update(
            state=Waits.SENT.value, ended_at=now, body="", problem="", person_id=None, pseudonym="", not_before=None
        )
        # a row that is gone was taken back on our side while it was on the way; it has left all the same
        await _disclose(of, rows, now.date())
        here = set(await Person.filter(id__in=[row["person_id"] for row in rows]).values_list("id", flat=True))
        await _students(of, [row for row in rows if row["person_id"] in here])
        gone = [row for row in rows if row["pseudonym"] and row["person_id"] not in here]
        for (school_id, known_as), number in Counter((row["school_id"], row["pseudonym"]) for row in gone).items():
            await recall(school_id, of.endpoint.id, known_as, number)
    worked = of.endpoint.state == State.WORKS
    changes: dict[str, Any] = {"state": State.WORKS.value, "problem": "", "failures": 0, "failing_since": None}
    await Endpoint.filter(id=of.endpoint.id).update(**changes, retry_at=None, last_sent_at=now)
    if not worked:
        of.endpoint.state = State.WORKS.value
        await EndpointNote.create(endpoint_id=of.endpoint.id, at=now, what="It takes what we send.")


async def _disclose(of: Round, rows: Sequence[dict[str, Any]], on: date) -> None:
    counts = Counter((row["school_id"], row["kind"]) for row in rows)
    key = ("school_id", "endpoint_id", "on", "kind", "agreement_id")
    await add_rows(
        Disclosure,
        key,
        [
            {
                "school_id": school_id,
                "endpoint_id": of.endpoint.id,
                "on": on,
                "kind": kind,
                "agreement_id": of.under.get(Data(kind), 0),
                "number": number,
            }
            for (school_id, kind), number in sorted(counts.items())
        ],
    )


async def _students(of: Round, rows: Sequence[dict[str, Any]]) -> None:
    counts = Counter((row["school_id"], row["person_id"], row["kind"]) for row in rows)
    known_as = {row["person_id"]: row["pseudonym"] for row in rows}
    key = ("school_id", "person_id", "kind")
    sums = [
        {**dict(zip(key, cut, strict=True)), "endpoint_id": of.endpoint.id, "number": number}
        for cut, number in sorted(counts.items())
    ]
    named = {"receiver": of.endpoint.name, "number": 0}
    new = [DisclosedStudent(**{**row, **named, "pseudonym": known_as[row["person_id"]]}) for row in sums]
    await DisclosedStudent.bulk_create(new, ignore_conflicts=True)
    await add_rows(DisclosedStudent, (*key, "endpoint_id"), sums)


async def recall_all(school_id: int, person_id: int) -> int:
    """A student is being erased: what waits of them is gone, and whoever got something has to be asked. How many."""
    rows = DisclosedStudent.filter(school_id=school_id, person_id=person_id)
    sent = await rows.values_list("endpoint_id", "pseudonym", "number")
    for endpoint_id, known_as, number in sent:
        await _recall_of_erased(school_id, person_id, endpoint_id, known_as, number)
    return len(sent)


@one_transaction
async def _recall_of_erased(school_id: int, person_id: int, endpoint_id: int, known_as: str, number: int) -> None:
    """One step, so that an erasure that was broken off counts nothing twice."""
    rows = DisclosedStudent.filter(school_id=school_id, person_id=person_id, endpoint_id=endpoint_id, number=number)
    if await rows.filter(pseudonym=known_as).delete():
        await recall(school_id, endpoint_id, known_as, number)


async def recall(school_id: int, endpoint_id: int, known_as: str, number: int) -> None:
    """The receiver has to be asked to delete what it holds of somebody who is erased here. Inside a unit of work."""
    known = Recall.filter(school_id=school_id, endpoint_id=endpoint_id, pseudonym=known_as)
    if (row := await known.first()) is None:
        whose: dict[str, Any] = {"school_id": school_id, "endpoint_id": endpoint_id}
        await Recall.create(**whose, pseudonym=known_as, number=number, at=dates.now())
    else:
        await known.update(number=row.number + number, settled_at=None)


@one_transaction
async def set_aside(of: Round, row: dict[str, Any], problem: str) -> None:
    """One was refused alone: it is tried some times more, behind all others, and then parked with the reason."""
    await hold(of)
    refusals = row["refusals"] + 1
    changes: dict[str, Any] = {"refusals": refusals, "problem": problem}
    changes["not_before"] = dates.now() + REFUSED_PAUSE * refusals
    if refusals >= REFUSALS:
        changes |= {"state": Waits.PARKED.value, "ended_at": dates.now()}
    await Statement.filter(school_id=row["school_id"], id=row["id"]).update(**changes)


@one_transaction
async def rest(of: Round, problem: str, asked: timedelta | None) -> None:
    """The receiver could not be had: wait, longer each time, and stop after three days."""
    await hold(of)
    now, row = dates.now(), of.endpoint
    failures, since = row.failures + 1, row.failing_since or now
    if now - since >= GIVES_UP_AFTER:
        await _write_stop(row.id, of.fence, f"It could not be had for three days. {problem}")
        return
    if row.failures == 0:
        await EndpointNote.create(endpoint_id=row.id, at=now, what=f"It could not be had. {problem}")
    changes: dict[str, Any] = {"failures": failures, "failing_since": since, "lease_until": None}
    await Endpoint.filter(id=row.id, fence=of.fence).update(
        state=State.RESTS.value, problem=problem, retry_at=now + (asked or pause_after(failures)), **changes
    )


@one_transaction
async def stop(endpoint_id: int, fence: int, problem: str) -> None:
    """Nothing goes until a person has looked; what waits stays."""
    await _write_stop(endpoint_id, fence, problem)


async def _write_stop(endpoint_id: int, fence: int, problem: str) -> None:
    log.warning("a receiver of statements was stopped")
    changed = await Endpoint.filter(id=endpoint_id, fence=fence).update(
        state=State.STOPPED.value, problem=problem, alarm=problem, lease_until=None
    )
    if changed:
        await EndpointNote.create(endpoint_id=endpoint_id, at=dates.now(), what=f"Stopped. {problem}")


async def give_back(of: Round) -> None:
    await Endpoint.filter(id=of.endpoint.id, fence=of.fence).update(lease_until=None)


async def tidy_statements(now: datetime) -> int:
    """Let go of what has arrived some days ago, and of what waited too long, which raises an alarm; a job's work."""
    sent = Statement.filter(state=Waits.SENT.value, ended_at__lt=now - REMEMBERED)
    aside = Statement.filter(
        state__in=[Waits.PARKED.value, Waits.EXPIRED.value], made_at__lt=now - OLDEST - PARKED_KEPT
    )
    return await _expire(now) + await sent.delete() + await aside.delete()


@one_transaction
async def _expire(now: datetime) -> int:
    old = Statement.filter(state=Waits.WAITING.value, made_at__lt=now - OLDEST)
    counts = Counter([number for (number,) in await old.values_list("endpoint_id")])
    await old.update(
        state=Waits.EXPIRED.value, ended_at=now, body="", person_id=None, pseudonym="", problem="It waited for 30 days."
    )
    for endpoint_id, number in counts.items():
        said = f"{number:,} statements waited for 30 days and were given up."
        log.warning("statements were given up", extra={"count": number})
        await Endpoint.filter(id=endpoint_id).update(alarm=said)
        await EndpointNote.create(endpoint_id=endpoint_id, at=now, what=said)
    return sum(counts.values())
