"""Messages of a program on the home page: whom they reach, what they may not say, and what they cost (P8)."""

from datetime import timedelta

import pytest

from engage import dates
from engage.errors import Refused
from engage.people.models import AuditEntry
from engage.people.rules import Role
from engage.programs import log_actions
from engage.programs.message_rules import Audience, check_message
from engage.programs.models import LogEntry, Program
from engage.programs.rebuild import rebuild
from engage.programs.recognition_models import ProgramMessage
from tests import make
from tests.programs.test_joining import today
from tests.programs.test_pages import key_of
from tests.programs.test_participants import somebody
from tests.school import words_of

SAID = "The comics shelf is full again."


def sent(to="everyone", text=SAID, back=0, ahead=7, **more):
    return {"to": to, "text": text, "from_on": today(back).isoformat(), "until_on": today(-ahead).isoformat(), **more}


async def put(browser, by, program, **more):
    """Open the form, send it, and give the answer."""
    path = f"/curate/programs/{program.key}/messages"
    page = await browser.sign_in(by).get(path)
    return await browser.post(path, {"form_key": key_of(page), **sent(**more)})


async def five(ada):
    """A program, and five students: out of it, in it since today, busy in it, idle in it, done with it."""
    program = await make.program(by=ada, challenges=[{"unit": "minutes", "goal": 60}])
    out, new, busy, idle, done = [await make.student(name) for name in ("Olive", "Nell", "Bo", "Ike", "Dot")]
    await make.enrolment(program, new, joined_on=today())
    for one, entries in ((busy, [(6, 10)]), (idle, [(7, 10)]), (done, [(15, 60)])):
        await make.enrolment(program, one)
        await make.facts(one, entries)
    await rebuild(ada.school.id)
    return program, {"out": out, "new": new, "busy": busy, "idle": idle, "done": done}


@pytest.mark.parametrize(
    ("to", "reached"),
    [
        ("everyone", {"out", "new", "busy", "idle", "done"}),
        ("not joined", {"out"}),
        ("joined", {"new", "busy", "idle", "done"}),
        ("stalled", {"idle"}),
        ("completed", {"done"}),
    ],
)
async def test_a_message_reaches_those_whom_it_is_for(browser, ada, to, reached):
    program, people = await five(ada)
    assert (await put(browser, ada, program, to=to)).status_code == 303
    for name, one in people.items():
        assert (SAID in words_of(await browser.sign_in(one).get("/"))) == (name in reached), name
    for one in (ada, None):
        assert SAID not in words_of(await browser.sign_in(one).get("/"))


async def test_an_entry_that_was_taken_back_is_no_sign_of_life(browser, ada):
    program, people = await five(ada)
    await put(browser, ada, program, to="stalled")
    await make.facts(people["idle"], [(1, 10)])
    browser.sign_in(people["idle"])
    assert SAID not in words_of(await browser.get("/"))
    entry = await LogEntry.get(school_id=ada.school.id, person_id=people["idle"].id, on=today(1))
    await log_actions.void_entry(entry.key, people["idle"])
    assert SAID in words_of(await browser.get("/"))


async def test_a_message_stands_on_its_days_until_it_is_withdrawn(browser, school, ada, sam):
    program = await make.program(by=ada)
    for back, ahead, shows in ((-1, 3, False), (3, 0, True)):
        await ProgramMessage.filter(school_id=school.card.id).delete()
        assert (await put(browser, ada, program, back=back, ahead=ahead)).status_code == 303
        assert (SAID in words_of(await browser.sign_in(sam).get("/"))) == shows
    message = await ProgramMessage.get(school_id=school.card.id)
    path = f"/curate/programs/{program.key}/messages"
    for _ in range(2):
        assert (await browser.sign_in(ada).post(f"{path}/{message.key}/withdraw")).status_code == 303
    assert SAID not in words_of(await browser.sign_in(sam).get("/"))
    assert "Withdrawn" in words_of(await browser.sign_in(ada).get(path))
    assert await AuditEntry.filter(school_id=school.card.id, act="withdrew a message of a program").count() == 1


async def test_a_program_that_one_may_not_see_says_nothing(browser, ada, sam, school):
    program = await make.program(by=ada)
    await put(browser, ada, program)
    assert SAID in words_of(await browser.sign_in(sam).get("/"))
    of = Program.filter(school_id=school.card.id)
    for hidden in ({"state": "archived"}, {"state": "published", "visibility": "classes"}, {"grade_low": 4}):
        await of.update(**{"state": "published", "visibility": "school", "grade_low": None} | hidden)
        assert SAID not in words_of(await browser.get("/")), hidden
    assert SAID not in words_of(await browser.sign_in(school.remy).get("/roosevelt/"))


async def test_the_same_form_twice_is_one_message(browser, school, ada):
    program = await make.program(by=ada)
    path = f"/curate/programs/{program.key}/messages"
    key = key_of(await browser.sign_in(ada).get(path))
    for _ in range(2):
        assert (await browser.post(path, {"form_key": key, **sent()})).status_code == 303
    assert await ProgramMessage.filter(school_id=school.card.id).count() == 1


async def test_a_message_names_nobody_of_the_school(browser, school, ada):
    program = await make.program(by=ada)
    await make.student("Winnie")
    answer = await put(browser, ada, program, text="A new story about Winnie is here.")
    assert answer.status_code == 422
    assert "Messages name nobody." in words_of(answer)
    assert "A new story about Winnie is here." in answer.text
    assert (await put(browser, ada, program, text="A new story about Winnie.", no_name="y")).status_code == 303
    assert "Winnie" in (await ProgramMessage.get(school_id=school.card.id)).text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("You haven\u2019t read since Monday.", "Leave out “you haven\u2019t”"),
        ("Please COME   BACK!", "Leave out “come back”"),
        ("You're behind.", "Leave out “you\u2019re behind”"),
        (" \n ", "Write the message."),
        ("x" * 281, "Use up to 280 letters."),
    ],
)
def test_a_message_blames_nobody(text, sentence):
    day = today()
    with pytest.raises(Refused, match=sentence.replace("(", "\\(")):
        check_message(text, day, day, day)
    assert check_message("  It is  yours to\nchoose. ", day, day, day) == "It is yours to choose."


def test_the_days_of_a_message_stand_in_order():
    day = today()
    for first, last in ((day, day - timedelta(days=1)), (day - timedelta(days=9), day - timedelta(days=1))):
        with pytest.raises(Refused):
            check_message(SAID, first, last, day)
    with pytest.raises(Refused, match="60 days"):
        check_message(SAID, day, day + timedelta(days=61), day)


async def test_only_who_runs_a_program_writes_its_messages(browser, school, ada, tom, sam):
    program = await make.program(by=ada)
    draft = await make.program(by=ada, title="Later", state="draft")
    assert "Publish the program first." in words_of(await put(browser, ada, draft))
    made = await ProgramMessage.create(
        school_id=school.card.id,
        program_id=program.id,
        to=Audience.EVERYONE.value,
        text=SAID,
        from_on=today(),
        until_on=today(),
        at=dates.now(),
        by_id=ada.id,
    )
    aide = await somebody("Abe", Role.AIDE, "abe")
    path = f"/curate/programs/{program.key}/messages"
    for one in (None, sam, tom, school.vera, school.alma, school.dora, school.rosa, school.remy):
        browser.sign_in(one)
        assert (await browser.get(path)).status_code == 404, one
        assert (await browser.post(path, sent())).status_code == 404, one
        assert (await browser.post(f"{path}/{made.key}/withdraw")).status_code == 404, one
    assert await ProgramMessage.filter(school_id=school.card.id, withdrawn_at=None).count() == 1
    for one in (ada, aide):
        assert (await browser.sign_in(one).get(path)).status_code == 200
    assert (await browser.post(f"{path}/nothing/withdraw")).status_code == 404
    other = await make.program(by=ada, title="Other")
    assert (await browser.post(f"/curate/programs/{other.key}/messages/{made.key}/withdraw")).status_code == 404


async def test_messages_cost_the_home_page_one_statement(browser, ada, sam, statements, school):
    program = await make.program(by=ada)
    await browser.sign_in(sam).get("/")
    numbers = []
    for much in (0, 1, 6):
        for number in range(much):
            row = {"school_id": school.card.id, "program_id": program.id, "to": "everyone", "at": dates.now()}
            await ProgramMessage.create(
                **row, text=f"{SAID} {much} {number}", from_on=today(), until_on=today(), by_id=ada.id
            )
        statements.forget()
        page = words_of(await browser.get("/"))
        numbers.append(sum("program_message" in one for one in statements.seen))
    assert numbers == [1, 1, 1]
    assert page.count(SAID) == 3
