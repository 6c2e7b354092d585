"""Lincoln School and its people, and a browser that asks as one of them."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import httpx2

from engage import dates
from engage.app import App
from engage.people.models import Person, School, SchoolClass, Session
from engage.people.queries import reader_at
from engage.people.rules import Reader, Role, SchoolCard
from engage.web import sessions
from tests import make


@dataclass(frozen=True)
class TestSchool:
    """Lincoln School. room: Tom teaches it, Sam is in it; roosevelt: a neighbour; hill: of another district."""

    __test__ = False

    card: SchoolCard
    lincoln: School
    roosevelt: School
    hill: School
    room: SchoolClass
    ada: Reader
    tom: Reader
    sam: Reader
    vera: Reader
    alma: Reader
    dora: Reader
    rosa: Reader
    remy: Reader


async def make_the_school() -> TestSchool:
    """Two districts, three schools, six people at Lincoln; Rosa (specialist) and Remy (student) at Roosevelt."""
    valley = await make.district("Alder Valley")
    lincoln = await make.school("lincoln", "Lincoln School", valley)
    roosevelt = await make.school("roosevelt", "Roosevelt School", valley)
    hill = await make.school("hill", "Hill School", await make.district("Far Hills"), zone="America/Denver")
    room = await make.school_class(lincoln, "Room 12", code="KITE12")
    people = {
        "ada": await make.person("Ada Okafor", Role.SPECIALIST, lincoln, login="ada"),
        "tom": await make.person("Tom Reyes", Role.TEACHER, lincoln, login="tom"),
        "sam": await make.person("Sam", Role.STUDENT, lincoln, grade=3),
        "vera": await make.person("Vera Lind", Role.VIEWER, lincoln, login="vera"),
        "alma": await make.person("Alma Berg", Role.SCHOOL_ADMIN, lincoln, login="alma"),
        "dora": await make.person("Dora Quist", Role.DISTRICT_ADMIN, lincoln, login="dora"),
    }
    others = {
        "rosa": await make.person("Rosa Hale", Role.SPECIALIST, roosevelt, login="rosa"),
        "remy": await make.person("Remy", Role.STUDENT, roosevelt, grade=3),
    }
    await make.in_class(people["tom"], room, Role.TEACHER)
    await make.in_class(people["sam"], room, Role.STUDENT)
    readers = {name: await as_reader(each, "lincoln") for name, each in people.items()}
    readers |= {name: await as_reader(each, "roosevelt") for name, each in others.items()}
    return TestSchool(card=readers["ada"].school, lincoln=lincoln, roosevelt=roosevelt, hill=hill, room=room, **readers)


def today() -> date:
    """The day at Lincoln School, asked anew: a run may go on while midnight goes by in New York."""
    return dates.today("America/New_York")


async def as_reader(person: Person, slug: str) -> Reader:
    """A person as the Reader of a school."""
    reader = await reader_at(person.id, slug)
    assert reader is not None
    return reader


class Browser:
    """Asks for pages of a school as somebody. Paths are the school's unless they begin with a school of the test."""

    def __init__(self, client: httpx2.AsyncClient, app: App, slug: str = "lincoln") -> None:
        self.client = client
        self.app = app
        self.slug = slug
        self.who: Reader | None = None
        self.tokens: dict[int, str] = {}

    def sign_in(self, reader: Reader | None) -> "Browser":
        """From now on ask as this person; None: as a visitor. The session is made at the next request."""
        self.who = reader
        self.client.cookies.clear()
        return self

    def sign_out(self) -> "Browser":
        """From now on ask as a visitor."""
        return self.sign_in(None)

    async def get(self, path: str, **more: Any) -> httpx2.Response:
        """A page, without following where it leads."""
        await self.be_known()
        return await self.client.get(self.path(path), **more)

    async def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> httpx2.Response:
        """Send a form as our own page would."""
        await self.be_known()
        headers = {"Sec-Fetch-Site": "same-origin", **more.pop("headers", {})}
        return await self.client.post(self.path(path), data=data, headers=headers, **more)

    async def follow(self, response: httpx2.Response) -> httpx2.Response:
        """The page that an answer leads to."""
        assert response.is_redirect, f"{response.status_code} leads nowhere: {words_of(response)[:400]}"
        return await self.client.get(response.headers["location"])

    def path(self, path: str) -> str:
        """The path with the school before it, where it has none."""
        first = path.split("/")[1].partition("?")[0]
        return path if first in ("lincoln", "roosevelt", "hill") else f"/{self.slug}{path}"

    async def be_known(self, now: datetime | None = None) -> None:
        """Give the browser the session of the person who is signed in."""
        if self.who is None or self.who.id is None:
            return
        if self.who.id not in self.tokens:
            self.tokens[self.who.id] = await give_session(self.who, now or dates.now())
        name = sessions.cookie_name(self.app.settings.secure)
        if self.client.cookies.get(name) is None:
            self.client.cookies.set(name, self.tokens[self.who.id], domain=str(self.client.base_url.host))


async def give_session(reader: Reader, now: datetime) -> str:
    """The token of a new session of this person."""
    token = sessions.new_token()
    ages = sessions.STUDENT_AGES if reader.is_student else sessions.STAFF_AGES
    await Session.create(
        token_hash=sessions.hash_of(token),
        person_id=reader.id,
        made_at=now,
        seen_at=now,
        ends_at=now + ages.whole,
        proved_at=now,
    )
    return token


def words_of(response: httpx2.Response) -> str:
    """What a person reads on a page: its text in one line."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", response.text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())
