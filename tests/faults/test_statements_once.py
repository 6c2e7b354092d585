"""Statements reach a flaky receiver once as new, and none is lost, though whoever makes and sends them is killed.

Small here; ENGAGE_STATEMENT_KILLS=200 makes it long.
"""

import asyncio
import os
import random
from datetime import timedelta

import pytest

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.engagement.diary import record
from engage.engagement.rules import Kind, Mode
from engage.evaluation.folding import fold_statements
from engage.evaluation.statement_models import Disclosure, Endpoint, Statement
from engage.evaluation.statement_rules import Data, Speech
from tests import make
from tests.begun import BEGUN_READY
from tests.evaluation.receiver import receiving, set_up
from tests.faults.sending import once, settings_of, work_until_killed

pytestmark = pytest.mark.waits

KILLS = int(os.environ.get("ENGAGE_STATEMENT_KILLS", "6"))
STUDENTS, DAYS = 5, 12
TROUBLES = ("ok", "ok", "ok", "drop", "cut", "slow down", "500", "503", "429")


@one_transaction
async def note(by, **more) -> None:
    await record(Kind.PROGRAM_JOINED, by=by, **more)


async def test_a_killed_worker_and_a_flaky_receiver_lose_and_double_nothing(
    db, database_url, school, ada, dora, tmp_path
):
    random.seed(4)
    async with receiving() as receiver:
        settings = settings_of(database_url, receiver.port, tmp_path)
        endpoint = await set_up(receiver, settings, dora, Data.LOG, Data.PROGRAMS, speech=Speech.XAPI)
        program = await make.program(by=ada)
        today = dates.today(dora.school.zone)
        readers = [await make.student(f"Child {number}") for number in range(STUDENTS)]
        for reader in readers:
            await note(reader, program_id=program.id)
            for back in range(DAYS):
                for mode in (Mode.READING, Mode.LISTENING):
                    await make.log_act(reader, today.fromordinal(today.toordinal() - back), mode, 5 + back)
        receiver.retry_after = "0"
        receiver.plan = random.choices(TROUBLES, k=400)
        for kill in range(KILLS):
            # every other one dies at a statement to the database, the rest at any instant
            at = str(random.randint(3, 90)) if kill % 2 else "0"
            asked = len(receiver.asked)
            args = (database_url, receiver.port, str(tmp_path), at)
            process = BEGUN_READY.Process(target=work_until_killed, args=args)
            process.start()
            for _ in range(400):
                await asyncio.sleep(0.02)
                if not process.is_alive() or (at == "0" and len(receiver.asked) > asked + random.randint(0, 2)):
                    break
            process.kill()
            await asyncio.to_thread(process.join, 60)
            assert process.exitcode == -9
            # as if the lease of who was killed had run out, and the pause were over
            await Endpoint.filter(id=endpoint.id).update(lease_until=None, retry_at=None)
        receiver.plan.clear()
        await once(settings, dates.now() + timedelta(days=3))
        with every_school("a test"):
            made = await Statement.all().order_by("id").values_list("number", "state")
            left = await Disclosure.all().values_list("number", flat=True)
        assert len(made) == STUDENTS * (1 + 2 * DAYS)
        assert {state for _, state in made} == {"sent"}
        # each once as new, in the order in which they were made; whatever came again was known by its number
        assert receiver.new == [number for number, _ in made]
        assert sum(map(int, left)) == len(made)
        assert receiver.wrong == []
        with every_school("a test"):
            assert await fold_statements(settings, dates.now() + timedelta(days=3)) == 0
