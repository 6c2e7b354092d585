"""The demo: it is built by the library's own rules, so nothing in it differs from its facts, and no page is empty."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
import pytest_asyncio
from tortoise.context import TortoiseContext

from engage import dates, demo, rebuilding
from engage.app import build_app
from engage.cli import DEMO_SECONDS
from engage.database.tenancy import every_school
from engage.database.transaction import budget
from engage.demo.books import catalogue
from engage.demo.people import PASSWORDS, STAFF
from engage.demo.shelves import shelves
from engage.errors import Refused
from engage.lists.models import CuratedList
from engage.lists.rules import State
from engage.people.models import Person, School, SchoolClass
from engage.people.passwords import SHORTEST
from engage.people.queries import reader_at
from engage.people.rules import Role
from engage.settings import Settings
from tests.school import Browser, words_of

pytestmark = pytest.mark.only("sqlite")

PAGES = {
    "": ("/", "/lists", "/lists/look-up", "/programs", "/programs/lantern-nights", "/search?q=moon", "/privacy"),
    "okafor": (
        *("/offered", "/curate/lists/templates", "/curate/lists/from-others", "/curate/lists/keep-search?q=moon"),
        *("/", "/curate/lists", "/curate/inbox", "/curate/sources", "/curate/resources", "/curate/imports"),
        *(
            "/curate/requests",
            "/curate/requests?state=no",
            "/glass",
            "/curate/programs",
            "/curate/reviews",
            "/standards",
            "/programs/lantern-nights/hand-out",
            "/curate/displays",
            "/programs/lantern-nights",
            "/evaluation",
            "/evaluation/surveys",
            "/evaluation/frameworks",
            "/lists",
        ),
    ),
    "haddad": ("/batches",),
    "lindqvist": ("/", "/classes", "/lists/look-up", "/programs/lantern-nights"),
    "tanaka": (
        *("/", "/classes", "/admin/audit", "/admin/records", "/admin/privacy", "/glass", "/evaluation"),
        *("/admin/people", "/admin/people?show=staff", "/admin/classes", "/admin/rosters", "/admin/rosters/year"),
        *("/admin/calendar", "/admin/settings"),
    ),
    "ruiz": ("/", "/lists", "/programs", "/evaluation"),
    "Maya": (
        "/",
        "/requests",
        "/me",
        "/me/log",
        "/me/shelf",
        "/me/calendar",
        "/programs/lantern-nights",
        "/lists/look-up",
    ),
}


def test_the_catalogue_has_everything_once_and_the_lists_name_nothing_else() -> None:
    titles = [known.title for known, _ in catalogue()]
    assert len(titles) == len(set(titles)) > 150
    for school in ("alder-creek", "willow-bend"):
        for shelf in shelves(school).values():
            assert set(shelf.titles) <= set(titles), shelf.title
            assert len(shelf.titles) == len(set(shelf.titles))
    assert len(shelves("alder-creek")["Look Up"].titles) == 24


def test_its_passwords_are_as_long_as_those_of_others() -> None:
    assert min(map(len, PASSWORDS.values())) >= SHORTEST
    assert set(PASSWORDS) == set(Role) - {Role.STUDENT}
    assert {role for _, _, role, _, _ in STAFF} == set(PASSWORDS)
    assert len(demo.SECRET) >= 40


@pytest_asyncio.fixture
async def lines(db: TortoiseContext, settings: Settings) -> AsyncIterator[list[str]]:
    """The demo, built; what it prints."""
    # as the command does: nobody else waits, and the machine may be busy with other tests
    budget.set(DEMO_SECONDS)
    yield await demo.begin(settings)


async def test_everything_in_it_follows_from_its_facts_and_every_page_has_something(
    lines: list[str], settings: Settings
) -> None:
    printed = "\n".join(lines)
    assert f"{settings.base_url}/alder-creek/" in printed
    assert "class code KITE-4812, tile Maya R," in printed
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=(app := build_app(settings))), base_url=settings.base_url
    ) as client:
        browser = Browser(client, app, "alder-creek")
        for who, pages in PAGES.items():
            await _be(browser, who)
            for page in pages:
                answer = await browser.client.get(f"/alder-creek{page}")
                assert answer.status_code == 200, (who, page)
                assert 'class="empty"' not in answer.text, (who, page)
        await _be(browser, "Maya")
        home = words_of(await browser.client.get("/alder-creek/"))
        assert "List of the week, from Ms. Okafor Look Up" in home
        assert "For Room 12" in home
        assert "You joined this program" in home
        assert "Reading: A Wrinkle in Time" in home

        await _be(browser, "okafor")
        brought = words_of(await browser.client.get("/alder-creek/evaluation/indicators/feeds_harvested"))
        assert "12 entries" in brought, brought

    with every_school("all that there is"):
        assert await School.all().count() == 2
        assert await SchoolClass.all().count() == 5
        assert await Person.filter(grade__isnull=False).count() == 120
        assert await CuratedList.filter(state=State.PUBLISHED).count() == 12
        for school in await School.all():
            assert await rebuilding.rebuild(school) == []
    await _start_again(lines, settings)


async def _start_again(lines: list[str], settings: Settings) -> None:
    """The same folder, at another address, when the hour of the class is over; then one that was left half built."""
    with every_school("a test closes a class"):
        await SchoolClass.filter(name="Room 12").update(sign_in_until=None)
    elsewhere = replace(settings, base_url="http://127.0.0.1:8099")
    again = await demo.begin(elsewhere)
    assert again == [line.replace(settings.base_url, elsewhere.base_url) for line in lines] != lines
    with every_school("all that there is"):
        assert await School.all().count() == 2
        assert await SchoolClass.filter(name="Room 12", sign_in_until__gt=dates.now()).exists()
    (settings.data_folder / demo.TOLD).unlink()
    with pytest.raises(Refused, match="not built to its end"):
        await demo.begin(settings)


async def _be(browser: Browser, who: str) -> None:
    """Ask as this person of Alder Creek."""
    found = Person.filter(name=who) if who == "Maya" else Person.filter(login=who)
    with every_school("a test looks somebody up"):
        person = await found.order_by("id").first() if who else None
        if who == "Maya":
            person = await Person.get(name="Maya", letter="R")
    browser.sign_in(await reader_at(person.id, "alder-creek") if person else None)
    await browser.be_known()
