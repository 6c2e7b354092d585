"""What waits is sent until it has arrived, in order, and whatever goes wrong on the way."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import pytest_asyncio

from engage import dates
from engage.database.tenancy import every_school
from engage.evaluation import endpoint_actions
from engage.evaluation.arriving import tidy_statements
from engage.evaluation.endpoint_queries import disclosed, recalls_of, receivers_for
from engage.evaluation.sending import send_statements, try_now
from engage.evaluation.statement_models import Agreement, DisclosedStudent, Disclosure, Endpoint, Statement
from engage.evaluation.statement_rules import Data, Speech, Way, stable_id
from engage.outside.fetch import Unreachable, door_of
from engage.people import erasing
from engage.register import REGISTER
from tests.evaluation.receiver import KEY, receiving, set_up


@pytest_asyncio.fixture
async def receiver():
    async with receiving() as running:
        yield running
        assert running.wrong == []


@pytest.fixture
def settings(settings, receiver):
    return replace(settings, allowed_outside=receiver.pairs)


async def put(endpoint: Endpoint, many: int, who=None, kind: Data = Data.USE, name: str = "") -> list[str]:
    """So many statements that wait; their numbers in order."""
    numbers = [stable_id("test", endpoint.key, f"{kind}/{name}/{place}") for place in range(many)]
    caliper = {
        "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2",
        "type": "ToolUseEvent",
        "actor": "http://purl.imsglobal.org/caliper/Person",
        "action": "Used",
        "object": "https://engage.test",
        "eventTime": "2026-11-15T10:15:00.000Z",
    }
    xapi = {
        "actor": {"account": {"homePage": "https://engage.test", "name": "x"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://engage.test"},
    }
    known_as = stable_id("test", endpoint.key, str(who.key)) if who else ""
    said = [
        caliper | {"id": f"urn:uuid:{number}"} if endpoint.speech == Speech.CALIPER else xapi | {"id": number}
        for number in numbers
    ]
    school_id = 1 if who is None else who.school.id
    await Statement.bulk_create(
        [
            Statement(
                school_id=school_id,
                endpoint_id=endpoint.id,
                number=number,
                kind=kind.value,
                body=json.dumps(one),
                made_at=dates.now(),
                person_id=who.id if who else None,
                pseudonym=known_as,
            )
            for number, one in zip(numbers, said, strict=True)
        ]
    )
    return numbers


async def send(settings, later: timedelta = timedelta()) -> int:
    with every_school("a job"):
        return await send_statements(settings, dates.now() + later)


async def states(endpoint: Endpoint) -> dict[str, int]:
    with every_school("a test"):
        found: dict[str, int] = {}
        for state in await Statement.filter(endpoint_id=endpoint.id).values_list("state", flat=True):
            found[str(state)] = found.get(str(state), 0) + 1
        return found


async def total() -> int:
    with every_school("a test"):
        return sum([number for (number,) in await Disclosure.all().values_list("number")])


async def test_what_waits_arrives_in_order_fifty_at_a_time(school, settings, dora, receiver):
    endpoint = await set_up(receiver, settings, dora)
    numbers = await put(endpoint, 120)
    assert await send(settings) == 120
    assert receiver.new == numbers
    assert [len(said) for said, _ in receiver.asked] == [50, 50, 20]
    assert all(headers["authorization"] == f"Bearer {KEY}" for _, headers in receiver.asked)
    assert all(headers["content-type"] == "application/json" for _, headers in receiver.asked)
    assert await states(endpoint) == {"sent": 120}
    assert await send(settings) == 0
    (row,) = await disclosed(school.alma)
    assert (row["number"], row["receiver"], row["kind"]) == (120, "Valley LRS", Data.USE.words)
    with every_school("a test"):
        assert await Statement.exclude(body="").count() == 0


async def test_an_lrs_is_spoken_to_in_its_own_way(school, settings, dora, receiver):
    endpoint = await set_up(receiver, settings, dora, speech=Speech.XAPI)
    wanted = endpoint_actions.Wanted(
        "LRS", Speech.XAPI, receiver.url, Way.BASIC, "me", "secret", (Data.USE,), (dora.school.key,)
    )
    await endpoint_actions.change_receiver(endpoint.key, wanted, settings.secret_key, receiver.pairs, by=dora)
    numbers = await put(endpoint, 3)
    assert await send(settings) == 3
    assert receiver.new == numbers
    ((_, headers),) = receiver.asked
    assert headers["x-experience-api-version"] == "1.0.3"
    assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == b"me:secret"


async def test_what_did_not_surely_arrive_goes_again_under_the_same_number(school, settings, dora, receiver):
    endpoint = await set_up(receiver, settings, dora)
    for round_, trouble in enumerate(("drop", "cut", "500", "429", "slow down"), 1):
        numbers = await put(endpoint, 3, name=trouble)
        receiver.plan, asked = [trouble], len(receiver.asked)
        assert await send(settings) == 0, trouble
        assert await states(endpoint) == {"waiting": 3} | ({"sent": 3 * (round_ - 1)} if round_ > 1 else {})
        (shown,) = await receivers_for(dora)
        assert shown["words"].startswith("It could not be had for now"), trouble
        # not before its pause is over
        assert await send(settings) == 0
        assert len(receiver.asked) == asked + 1
        assert await send(settings, timedelta(seconds=8 if trouble == "429" else 70)) == 3
        assert receiver.new[-3:] == numbers
        assert {receiver.again[number] for number in numbers} == {1 if trouble in ("cut", "slow down") else 0}
        assert (await states(endpoint), await total()) == ({"sent": 3 * round_}, 3 * round_)


async def test_one_that_is_refused_does_not_hold_up_the_others(school, settings, dora, receiver):
    endpoint = await set_up(receiver, settings, dora)
    numbers = await put(endpoint, 30)
    receiver.bad = {numbers[7]}
    assert await send(settings) == 29
    assert receiver.new == [number for number in numbers if number != numbers[7]]
    assert await states(endpoint) == {"sent": 29, "waiting": 1}
    for _ in range(2):
        with every_school("a test"):
            await Statement.filter(state="waiting").update(not_before=dates.now())
        await send(settings)
    with every_school("a test"):
        parked = await Statement.get(state="parked")
    assert (parked.number, parked.problem) == (numbers[7], "It was not understood.")
    (shown,) = await receivers_for(dora)
    assert (shown["parked"], shown["waiting"]) == (1, 0)
    receiver.bad.clear()
    assert await endpoint_actions.try_again(endpoint.key, by=dora) == 1
    assert await send(settings) == 1


async def test_a_receiver_that_refuses_everything_is_stopped_and_keeps_what_waits(school, settings, dora, receiver):
    endpoint = await set_up(receiver, settings, dora)
    numbers = await put(endpoint, 50)
    receiver.bad = set(numbers)
    assert await send(settings) == 0
    assert await states(endpoint) == {"waiting": 50}
    (shown,) = await receivers_for(dora)
    assert shown["words"].startswith("Stopped, until you look at it. It refuses everything.")
    asked = len(receiver.asked)
    await send(settings, timedelta(days=1))
    assert len(receiver.asked) == asked


async def test_a_wrong_key_or_address_stops_at_once_and_loses_nothing(school, settings, dora, receiver):
    endpoint = await set_up(receiver, settings, dora)
    for status in ("401", "403", "404", "415", "302"):
        numbers = await put(endpoint, 3, name=status)
        receiver.plan = [status]
        assert await send(settings) == 0, status
        (shown,) = await receivers_for(dora)
        assert shown["state"] == "stopped"
        assert await send(settings, timedelta(days=1)) == 0
        await endpoint_actions.switch(endpoint.key, True, by=dora)
        assert await send(settings) == 3
        assert receiver.new[-3:] == numbers


async def test_known_statements_are_taken_for_arrived(school, settings, dora, receiver):
    endpoint = await set_up(receiver, settings, dora, speech=Speech.XAPI)
    numbers = await put(endpoint, 4)
    receiver.refuses_known = True
    receiver.plan = ["cut"]
    assert await send(settings) == 0
    assert await send(settings, timedelta(minutes=2)) == 4
    assert receiver.new == numbers
    assert (await states(endpoint), await total()) == ({"sent": 4}, 4)


async def test_after_three_days_without_an_answer_a_person_has_to_look(school, settings, dora, receiver):
    endpoint = await set_up(receiver, settings, dora)
    await put(endpoint, 1)
    receiver.plan = ["500", "500"]
    await send(settings)
    await Endpoint.filter(id=endpoint.id).update(failing_since=dates.now() - timedelta(hours=73))
    await send(settings, timedelta(minutes=2))
    (shown,) = await receivers_for(dora)
    assert shown["words"].startswith("Stopped, until you look at it. It could not be had for three days.")
    assert await states(endpoint) == {"waiting": 1}


async def test_what_waited_for_thirty_days_is_given_up_and_said_so(school, settings, dora, receiver):
    endpoint = await set_up(receiver, settings, dora)
    await put(endpoint, 2)
    with every_school("a job"):
        assert await tidy_statements(dates.now() + timedelta(days=29)) == 0
        assert await tidy_statements(dates.now() + timedelta(days=31)) == 2
    (shown,) = await receivers_for(dora)
    assert shown["alarm"] == "2 statements waited for 30 days and were given up."
    assert await states(endpoint) == {"expired": 2}


async def test_two_workers_send_to_one_receiver_one_after_the_other(school, settings, dora, receiver):
    endpoint = await set_up(receiver, settings, dora)
    await put(endpoint, 2)
    with every_school("a job"):
        await Endpoint.filter(id=endpoint.id).update(lease_until=dates.now() + timedelta(seconds=60), fence=7)
    assert await send(settings) == 0
    assert receiver.asked == []
    await Endpoint.filter(id=endpoint.id).update(lease_until=dates.now() - timedelta(seconds=1))
    assert await send(settings) == 2
    assert (await Endpoint.get(id=endpoint.id)).fence == 8


async def test_who_was_overtaken_writes_nothing_down(school, settings, dora, receiver):
    endpoint = await set_up(receiver, settings, dora)
    await put(endpoint, 2)

    # its lease runs out while the receiver has the request, and another worker takes it
    receiver.meanwhile = partial(Endpoint.filter(id=endpoint.id).update, fence=99)
    assert await send(settings) == 0
    assert (await states(endpoint), await total()) == ({"waiting": 2}, 0)
    await Endpoint.filter(id=endpoint.id).update(lease_until=None)
    assert await send(settings) == 2
    assert sum(receiver.again.values()) == 2
    assert await total() == 2


async def test_what_no_agreement_covers_any_more_waits(school, settings, dora, receiver, sam):
    endpoint = await set_up(receiver, settings, dora, Data.LOG)
    await put(endpoint, 2, sam, Data.LOG)
    with every_school("a test"):
        await Agreement.all().update(
            until=dates.today("UTC") - timedelta(days=2), signed_on=dates.today("UTC") - timedelta(days=9)
        )
    assert await send(settings) == 0
    assert receiver.asked == []


async def test_an_erased_students_statements_do_not_go_and_who_got_some_is_to_be_asked(
    school, settings, dora, receiver, sam, alma
):
    endpoint = await set_up(receiver, settings, dora, Data.LOG)
    await put(endpoint, 2, sam, Data.LOG)
    assert await send(settings) == 2
    (told,) = await DisclosedStudent.filter(school_id=sam.school.id).values(
        "person_id", "receiver", "number", "pseudonym"
    )
    assert (told["person_id"], told["receiver"], told["number"]) == (sam.id, "Valley LRS", 2)
    with every_school("a test"):
        await Statement.all().delete()
    await put(endpoint, 3, sam, Data.LOG)
    await erasing.erase(REGISTER, sam.school.id, sam.id, settings.secret_key, settings.data_folder, alma)
    assert await states(endpoint) == {}
    assert await DisclosedStudent.filter(school_id=sam.school.id).count() == 0
    (asked,) = await recalls_of(alma)
    assert (asked["receiver"], asked["number"], asked["pseudonym"]) == ("Valley LRS", 2, told["pseudonym"])
    assert await send(settings) == 0
    await endpoint_actions.settle_recall(asked["key"], by=alma)
    assert (await recalls_of(alma))[0]["settled_at"] is not None


async def test_a_test_statement_says_what_came_of_it(school, settings, dora, receiver):
    endpoint = await set_up(receiver, settings, dora)
    assert await try_now(endpoint, settings, by=dora) == (True, "It took the test statement.")
    receiver.plan = ["401", "drop"]
    assert await try_now(endpoint, settings, by=dora) == (
        False,
        "The key was not accepted. Look at it, or ask for a new one.",
    )
    assert (await try_now(endpoint, settings, by=dora))[0] is False
    assert await total() == 0


async def test_only_https_or_what_the_operator_allows_is_sent_to(school, settings, dora, receiver):
    door = door_of(replace(settings, allowed_outside=frozenset()))
    for url in (
        receiver.url,
        "http://example.com/",
        "https://127.0.0.1/",
        "https://user:key@example.com/",
        "ftp://x.example/",
    ):
        with pytest.raises(Unreachable) as no:
            await door.send(url, b"{}", media_type="application/json")
        assert no.value.code in ("address", "unreachable")
    assert receiver.asked == []


async def test_the_key_lies_sealed(school, settings, dora, receiver):
    endpoint = await set_up(receiver, settings, dora)
    assert KEY not in endpoint.secret
    await Endpoint.filter(id=endpoint.id).update(secret="x")
    await put(endpoint, 1)
    assert await send(settings) == 0
    (shown,) = await receivers_for(dora)
    assert "Its key cannot be read any more" in shown["words"]
