"""The pages of receivers and of what has left: for the district's admin, and for who reads the audit."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from engage import dates
from engage.database.tenancy import every_school
from engage.evaluation.endpoint_actions import Wanted, change_receiver
from engage.evaluation.statement_models import Agreement, Disclosure, Endpoint, EndpointSchool, Recall, Statement
from engage.evaluation.statement_rules import Data, Speech, Way
from engage.people.models import Session
from tests.evaluation.receiver import KEY, receiving, set_up
from tests.school import words_of


@pytest_asyncio.fixture
async def receiver():
    async with receiving() as running:
        yield running


@pytest.fixture
def settings(settings, receiver):
    return replace(settings, allowed_outside=receiver.pairs)


def filled(receiver, school, **more):
    return {
        "form_key": "one",
        "name": "Valley LRS",
        "speech": "caliper",
        "address": receiver.url,
        "way": "bearer",
        "login": "",
        "secret": KEY,
        "kinds": ["use", "log"],
        "schools": [school.card.key],
        **more,
    }


async def test_only_the_districts_admin_comes_in(browser, school, settings, receiver, dora, ada, tom, sam, vera, alma):
    endpoint = await set_up(receiver, settings, dora)
    paths = (
        "/admin/outside",
        "/admin/outside/new",
        f"/admin/outside/{endpoint.key}",
        f"/admin/outside/{endpoint.key}/sign",
    )
    for reader in (ada, tom, sam, vera, alma, None):
        browser.sign_in(reader)
        for path in paths:
            assert (await browser.get(path)).status_code == 404, (path, reader)
        for act in ("on", "off", "try", "again", "let-go"):
            assert (await browser.post(f"/admin/outside/{endpoint.key}/{act}")).status_code == 404
    browser.sign_in(dora)
    for path in paths:
        assert (await browser.get(path)).status_code == 200, path
    assert (await browser.get("/admin/outside/0123456789abc")).status_code == 404
    for reader, status in ((ada, 404), (tom, 404), (vera, 404), (alma, 200), (dora, 200)):
        browser.sign_in(reader)
        assert (await browser.get("/admin/disclosed")).status_code == status, reader
        assert (await browser.get("/admin/disclosed.csv")).status_code == status


async def test_a_receiver_is_set_up_tried_switched_on_and_let_go(browser, school, receiver, dora, alma, statements):
    browser.sign_in(dora)
    made = await browser.post("/admin/outside/new", filled(receiver, school))
    assert made.status_code == 303
    again = await browser.post("/admin/outside/new", filled(receiver, school))
    assert again.headers["location"] == made.headers["location"]
    page = await browser.follow(made)
    assert "Switched off. Nothing leaves." in words_of(page)
    assert "No agreement, stays here" in words_of(page)
    assert KEY not in page.text
    address = made.headers["location"].removeprefix("/lincoln")
    tried = await browser.follow(await browser.post(f"{address}/try"))
    assert "It took the test statement." in words_of(tried)
    assert (receiver.wrong, len(receiver.new)) == ([], 1)
    await browser.post(f"{address}/on")
    day = str(dates.today("America/New_York"))
    later = str(dates.today("America/New_York") + timedelta(days=300))
    sign = {"kinds": ["log"], "signed_by": "Pat Moss", "where": "Folder 7", "signed_on": day, "until": later}
    wrong = await browser.post(f"{address}/sign", sign | {"until": day.replace("20", "19", 1)})
    assert wrong.status_code == 422
    assert "It has run out already." in words_of(wrong)
    assert (await browser.post(f"{address}/sign", sign)).status_code == 303
    statements.forget()
    page = await browser.get(address)
    assert len(statements) <= 10
    for words in ("Switched on. Nothing has been sent yet.", "Signed by Pat Moss", "Folder 7", "Holds", "Switched on."):
        assert words in words_of(page)
    (agreement,) = re.findall(r"/agreements/(\w+)/end", page.text)
    await browser.post(f"{address}/agreements/{agreement}/end")
    assert (await Agreement.get(key=agreement)).ended_at is not None
    changed = await browser.post(
        f"{address}/change", filled(receiver, school, secret="", name="Hill LRS", kinds=["use"])
    )
    assert changed.status_code == 303
    row = await Endpoint.get(district_id=dora.school.district_id)
    assert (row.name, row.kinds) == ("Hill LRS", "use")
    # another address needs the key once more
    elsewhere = filled(receiver, school, secret="", address=f"{receiver.url}/elsewhere")
    assert (await browser.post(f"{address}/change", elsewhere)).status_code == 422
    await browser.post(f"{address}/off")
    assert (await browser.post(f"{address}/let-go")).status_code == 303
    assert (await browser.get(address)).status_code == 404
    assert (await Endpoint.get(id=row.id)).secret == ""
    assert await EndpointSchool.filter(school_id=dora.school.id).count() == 0
    audit = words_of(await browser.sign_in(alma).get("/admin/audit"))
    for act in ("set up a receiver of data", "put an agreement on file", "let go of a receiver of data"):
        assert act in audit


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"address": "http://example.com/x"}, "The address must begin with https://"),
        ({"address": "https://127.0.0.1/x"}, "This address is not on the public internet"),
        ({"address": "nonsense"}, "The address must begin with http"),
        ({"secret": ""}, "Write the key that the receiver gave you."),
        ({"schools": []}, "Choose at least one school."),
        ({"kinds": []}, "Choose at least one kind of data."),
        ({"name": ""}, "Give it a name"),
        ({"way": "basic"}, "A Caliper receiver is shown a token."),
    ],
)
async def test_a_form_that_cannot_work_comes_back_with_a_sentence(browser, school, receiver, dora, change, sentence):
    answer = await browser.sign_in(dora).post("/admin/outside/new", filled(receiver, school, **change))
    assert answer.status_code == 422
    assert sentence in words_of(answer)
    assert KEY not in answer.text
    assert await Endpoint.all().count() == 0


async def test_who_has_not_proved_who_they_are_changes_nothing(browser, school, settings, receiver, dora):
    endpoint = await set_up(receiver, settings, dora)
    browser.sign_in(dora)
    await browser.be_known()
    await Session.all().update(proved_at=dates.now() - timedelta(minutes=11))
    asked = [
        await browser.get("/admin/outside/new"),
        await browser.post("/admin/outside/new", filled(receiver, school)),
        await browser.post(f"/admin/outside/{endpoint.key}/change", filled(receiver, school)),
        await browser.post(f"/admin/outside/{endpoint.key}/sign", {}),
        await browser.post(f"/admin/outside/{endpoint.key}/on"),
        await browser.post(f"/admin/outside/{endpoint.key}/let-go"),
    ]
    assert {answer.status_code for answer in asked} == {303}
    assert all("/me/prove" in answer.headers["location"] for answer in asked)
    assert await Endpoint.all().count() == 1
    # to stop what leaves, nobody is held up
    assert (await browser.post(f"/admin/outside/{endpoint.key}/off")).headers["location"].endswith(endpoint.key)


async def test_what_has_left_is_read_by_admins_and_says_little_of_few(
    browser, school, settings, receiver, dora, alma, statements
):
    endpoint = await set_up(receiver, settings, dora, Data.USE, Data.LOG)
    on = dates.today(dora.school.zone)
    agreement = await Agreement.get(endpoint_id=endpoint.id)
    with every_school("a test"):
        of = {"endpoint_id": endpoint.id, "on": on}
        await Disclosure.create(school_id=dora.school.id, kind="log", number=3, agreement_id=agreement.id, **of)
        await Disclosure.create(school_id=dora.school.id, kind="use", number=2, **of)
        await Disclosure.create(school_id=school.roosevelt.id, kind="log", number=77, **of)
        recall = await Recall.create(
            school_id=dora.school.id, endpoint_id=endpoint.id, pseudonym="p" * 36, number=4, at=dates.now()
        )
    browser.sign_in(alma)
    await browser.get("/admin/disclosed")
    statements.forget()
    page = words_of(await browser.get("/admin/disclosed"))
    assert len(statements) <= 9
    for words in (
        "Valley LRS",
        "fewer than 5",
        "Minutes of each student",
        "Signed by Pat Moss",
        "p" * 36,
        "Nobody",
        "2",
    ):
        assert words in page or words == "Nobody"
    assert "77" not in page
    table = (await browser.get("/admin/disclosed.csv")).text
    assert "Minutes of each student,fewer than 5," in table
    assert "Lincoln School" in table
    assert (await browser.post(f"/admin/disclosed/{recall.key}/settle")).status_code == 303
    assert "Deleted there" in words_of(await browser.get("/admin/disclosed"))
    assert (await browser.post(f"/admin/disclosed/{recall.key}/settle")).status_code == 404


async def test_what_has_left_goes_on_on_the_next_page_and_no_row_is_lost(browser, settings, receiver, dora, alma):
    endpoint = await set_up(receiver, settings, dora, Data.USE)
    today = dates.today(dora.school.zone)
    of = {"school_id": dora.school.id, "endpoint_id": endpoint.id, "number": 1}
    await Disclosure.bulk_create(
        [
            Disclosure(**of, on=today - timedelta(days=back), kind=kind)
            for back in range(68)
            for kind in ("use", "assigned", "lists")
        ]
    )
    browser.sign_in(alma)
    first = await browser.get("/admin/disclosed")
    second = await browser.get(f"/admin/disclosed?before={today - timedelta(days=65)}")
    assert f"before={today - timedelta(days=65)}" in first.text
    assert [page.text.count(Data.LISTS.words) for page in (first, second)] == [66, 2]


async def test_what_was_set_aside_of_a_school_goes_nowhere_once_the_school_is_taken_out(
    school, settings, receiver, dora
):
    endpoint = await set_up(receiver, settings, dora, schools=(school.card.key, school.roosevelt.key))
    for school_id in (school.card.id, school.roosevelt.id):
        of = {"school_id": school_id, "endpoint_id": endpoint.id, "kind": "use", "body": "{}", "made_at": dates.now()}
        await Statement.create(**of, number=f"number {school_id}", state="parked")
    wanted = Wanted("LRS", Speech.CALIPER, receiver.url, Way.BEARER, "", "", (Data.USE,), (school.card.key,))
    await change_receiver(endpoint.key, wanted, settings.secret_key, receiver.pairs, by=dora)
    with every_school("a test"):
        assert await Statement.filter(endpoint_id=endpoint.id).values_list("school_id", flat=True) == [school.card.id]


async def test_the_public_page_says_to_whom_anything_goes(browser, school, settings, receiver, dora):
    page = words_of(await browser.get("/privacy"))
    assert "Nothing goes to any other system. Nothing went this school year." in page
    endpoint = await set_up(receiver, settings, dora, Data.USE, Data.PROGRAMS, signed=False)
    with every_school("a test"):
        await Disclosure.create(
            school_id=dora.school.id, endpoint_id=endpoint.id, kind="use", number=2, on=dates.today(dora.school.zone)
        )
    page = words_of(await browser.get("/privacy"))
    assert (
        "The district has decided that these get data of the library: Valley LRS How much the library is used." in page
    )
    assert "Programs joined and completed" not in page
    assert "This school year there went: how much the library is used, to Valley LRS" in page
    elsewhere = words_of(await browser.get("/roosevelt/privacy"))
    assert "Nothing goes to any other system." in elsewhere


async def test_no_statement_of_a_school_is_made_once_it_is_taken_out(browser, school, settings, receiver, dora):
    endpoint = await set_up(receiver, settings, dora, schools=(school.card.key, school.roosevelt.key))
    with every_school("a test"):
        for place in (school.card.id, school.roosevelt.id):
            await Statement.create(
                school_id=place, endpoint_id=endpoint.id, number=f"n{place}", kind="use", body="{}", made_at=dates.now()
            )
    browser.sign_in(dora)
    await browser.post(f"/admin/outside/{endpoint.key}/change", filled(receiver, school))
    with every_school("a test"):
        assert await Statement.all().values_list("school_id", flat=True) == [school.card.id]
        assert await EndpointSchool.all().values_list("school_id", flat=True) == [school.card.id]
