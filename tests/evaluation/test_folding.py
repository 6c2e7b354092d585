"""From the diary to statements: what may be told, of whom, and nothing twice."""

import json
from datetime import UTC, datetime, time, timedelta

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.engagement.diary import Who, record
from engage.engagement.models import Engagement
from engage.engagement.rules import Kind, Mode
from engage.evaluation import caliper_check, endpoint_actions, xapi_check
from engage.evaluation.folding import fold_statements
from engage.evaluation.statement_models import EndpointSchool, Statement
from engage.evaluation.statement_rules import Data, Speech
from engage.people.models import Person
from engage.people.rules import Status
from tests import make
from tests.evaluation.receiver import Receiver, set_up

NOWHERE = Receiver(port=9)


async def fold(settings, days: int = 3) -> list[dict]:
    """Look through the diary as if it were some days later; the bodies of all statements that wait."""
    with every_school("a job"):
        await fold_statements(settings, dates.now() + timedelta(days=days))
        rows = (
            await Statement.filter(state="waiting").order_by("id").values_list("kind", "body", "person_id", "pseudonym")
        )
    return [{"kind": kind, "said": json.loads(body), "person": who, "as": name} for kind, body, who, name in rows]


async def begin_earlier(days: int) -> None:
    """The receiver has been served for so many days."""
    day = datetime.now(UTC).date() - timedelta(days=days)
    columns = ("folded_until", "reading_until", "viewing_until", "listening_until")
    with every_school("a job"):
        await EndpointSchool.all().update(**dict.fromkeys(columns, day))


@one_transaction
async def note(kind: Kind, by, **more) -> None:
    await record(kind, by=by, **more)


async def logged_on(reader, days_ago: int, minutes: int, mode: Mode = Mode.READING) -> None:
    """Written down some days ago, at noon."""
    day = datetime.now(UTC).date() - timedelta(days=days_ago)
    await make.log_act(reader, day, mode, minutes)
    at = datetime.combine(day, time(12), UTC)
    with every_school("a test"):
        last = await Engagement.all().order_by("-id").first()
        assert last is not None
        await Engagement.filter(id=last.id).update(at=at)


async def test_nothing_of_persons_leaves_without_an_agreement(school, settings, dora, sam, ada):
    await set_up(NOWHERE, settings, dora, *Data, signed=False)
    program = await make.program(by=ada)
    await note(Kind.PROGRAM_JOINED, sam, program_id=program.id)
    await make.log_act(sam, dates.today(sam.school.zone), Mode.READING, 20)
    await note(Kind.ASSIGNED, school.tom)
    assert await fold(settings) == []


async def much(school, sam, ada) -> None:
    """One of everything that may be told."""
    program = await make.program(by=ada, title="Ten books")
    curated = await make.curated_list(by=ada, title="Sea stories", published=True, visibility="public")
    await note(Kind.PROGRAM_JOINED, sam, program_id=program.id)
    await note(Kind.PROGRAM_COMPLETED, sam, program_id=program.id)
    await note(Kind.LIST_OPENED, ada, list_id=curated.id, count=2)
    await note(Kind.ASSIGNED, school.tom, list_id=curated.id, class_id=school.room.id)
    for minutes in (20, 15, -5):
        await make.log_act(sam, dates.today(sam.school.zone), Mode.READING, minutes)


KINDS = ["assigned", "lists", "lists", "log", "programs", "programs"]


async def test_what_was_signed_for_is_told_under_another_name(school, settings, dora, sam, ada):
    await set_up(NOWHERE, settings, dora, *Data)
    await set_up(NOWHERE, settings, dora, *Data, speech=Speech.XAPI)
    await much(school, sam, ada)
    told = await fold(settings)
    events = [one for one in told if "@context" in one["said"]]
    statements = [one for one in told if "verb" in one["said"]]
    for some, check in ((events, caliper_check), (statements, xapi_check)):
        assert sorted(one["kind"] for one in some) == KINDS
        assert [check.problems(one["said"]) for one in some] == [[]] * len(KINDS)
        # one name for Sam at each receiver, which stands in every statement about him
        (known_as,) = {one["as"] for one in some if one["person"] == sam.id}
        assert [known_as in json.dumps(one["said"]) for one in some] == [bool(one["person"]) for one in some]
    assert {one["as"] for one in events if one["as"]} != {one["as"] for one in statements if one["as"]}
    whole = json.dumps([one["said"] for one in told])
    for secret in (sam.key, sam.name, "Room 12", school.room.key, school.tom.key, "Sea stories", "Ten books"):
        assert f'"{secret}' not in whole, secret
        assert f"/{secret}" not in whole, secret
    (measure,) = next(one["said"] for one in events if one["kind"] == "log")["generated"]["items"]
    assert (measure["metric"], measure["metricValue"]) == ("MinutesOnTask", 30.0)
    assert next(one["said"] for one in statements if one["kind"] == "log")["result"]["duration"] == "PT30M"


async def test_folding_again_makes_nothing_twice(school, settings, dora, sam, ada):
    await set_up(NOWHERE, settings, dora, Data.PROGRAMS, Data.LOG)
    program = await make.program(by=ada)
    await note(Kind.PROGRAM_JOINED, sam, program_id=program.id)
    await make.log_act(sam, dates.today(sam.school.zone), Mode.READING, 20)
    first = await fold(settings)
    assert len(first) == 2
    assert await fold(settings) == first
    # also where the cursor was lost: the number of a statement is that of its fact
    await begin_earlier(5)
    assert await fold(settings) == first


async def test_what_is_not_settled_waits(school, settings, dora, sam):
    await set_up(NOWHERE, settings, dora, Data.LOG)
    await make.log_act(sam, dates.today(sam.school.zone), Mode.READING, 20)
    assert await fold(settings, days=0) == []
    assert len(await fold(settings, days=2)) == 1


async def test_what_was_taken_back_on_the_same_day_is_not_told(school, settings, dora, sam, ada):
    await set_up(NOWHERE, settings, dora, Data.PROGRAMS, Data.LOG)
    program = await make.program(by=ada)
    await note(Kind.PROGRAM_COMPLETED, sam, program_id=program.id)
    await note(Kind.PROGRAM_COMPLETED, sam, program_id=program.id, count=-1)
    for minutes in (20, -20):
        await make.log_act(sam, dates.today(sam.school.zone), Mode.READING, minutes)
    assert await fold(settings) == []


async def test_who_has_left_is_told_of_no_more(school, settings, dora, sam):
    await set_up(NOWHERE, settings, dora, Data.LOG)
    await make.log_act(sam, dates.today(sam.school.zone), Mode.READING, 20)
    await Person.filter(id=sam.id).update(status=Status.GONE)
    assert await fold(settings) == []


async def test_a_list_for_the_school_alone_is_not_told_of(school, settings, dora, ada):
    await set_up(NOWHERE, settings, dora, Data.LISTS)
    hidden = await make.curated_list(by=ada, title="For us", published=True, visibility="school")
    await note(Kind.LIST_OPENED, ada, list_id=hidden.id)
    assert await fold(settings) == []


async def test_only_schools_that_were_chosen_are_looked_at(school, settings, dora, sam):
    await set_up(NOWHERE, settings, dora, Data.LOG)
    today = dates.today(sam.school.zone)
    await make.log_act(school.remy, today, Mode.READING, 20)
    assert await fold(settings) == []


async def test_use_goes_as_sums_of_ten_students_and_names_nobody(school, settings, dora):
    await set_up(NOWHERE, settings, dora)
    students = [await make.student(f"Child {number}") for number in range(12)]
    await begin_earlier(20)
    for place, student in enumerate(students[:9]):
        await logged_on(student, 18 - place % 3, 10)
    assert await fold(settings, days=0) == []
    for student in students:
        await logged_on(student, 12, 5)
        await logged_on(student, 9, 7, Mode.LISTENING)
    # one stretch is whole, and kept back until the next one is
    assert await fold(settings, days=0) == []
    await begin_earlier(20)
    for student in students:
        await logged_on(student, 5, 1)
    (told,) = await fold(settings, days=0)
    said = told["said"]
    assert (told["kind"], told["person"], told["as"]) == ("use", None, "")
    assert said["actor"] == {"id": "http://purl.imsglobal.org/caliper/Person", "type": "Person"}
    (measure,) = said["generated"]["items"]
    assert (measure["name"], measure["metricValue"]) == ("Minutes of reading", 9 * 10 + 12 * 5.0)
    assert caliper_check.problems(said) == []
    assert set(said) & {"membership", "session", "referrer", "target"} == set()
    assert not any(student.key in json.dumps(said) or student.name in json.dumps(said) for student in students)


async def test_what_waits_of_a_kind_that_is_switched_off_goes_nowhere(school, settings, dora, sam):
    endpoint = await set_up(NOWHERE, settings, dora, Data.LOG)
    await make.log_act(sam, dates.today(sam.school.zone), Mode.READING, 20)
    assert len(await fold(settings)) == 1
    wanted = endpoint_actions.Wanted(
        "LRS", Speech.CALIPER, NOWHERE.url, endpoint_actions.Way.BEARER, "", "", (Data.USE,), (dora.school.key,)
    )
    await endpoint_actions.change_receiver(endpoint.key, wanted, settings.secret_key, NOWHERE.pairs, by=dora)
    assert await fold(settings) == []


async def test_minutes_logged_for_a_student_by_staff_are_the_students(school, settings, dora, sam, tom):
    await set_up(NOWHERE, settings, dora, Data.LOG)

    @one_transaction
    async def for_sam() -> None:
        assert sam.id is not None
        await record(Kind.LOGGED, by=tom, who=Who(sam.id, 3), mode=Mode.READING, minutes=10)

    await for_sam()
    (told,) = await fold(settings)
    assert told["person"] == sam.id
