"""Nothing of another school is seen, and what is not one's own looks like what nobody has: SAFETY.md, A2 and A3."""

import html
import os
import re
import statistics
from itertools import zip_longest
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from engage.database.fields import new_key
from engage.database.tenancy import every_school
from engage.people.erasing import model_of
from engage.people.models import Session
from engage.people.rules import Reader
from engage.people.sessions import Table
from engage.routes import ROWS
from engage.web.routing import OPEN, PARAMETER, Row
from engage.web.sessions import SAID, read_said
from tests.matrix.asking import NOBODYS, WHOLE, text_of
from tests.matrix.generate import names_in, opener
from tests.matrix.things import OF_SCHOOL, OF_STUDENT, OWNED, TABLES, Corner, value_of
from tests.matrix.world import SENTINEL, World, build, mark_everything
from tests.school import Browser, TestSchool

pytestmark = pytest.mark.slow

LINK = re.compile(r'(?:href|src|action|data-\w+)="(/[^"]*)"')
# of which a second page is looked at
LISTED = frozenset({"/{school}/lists/{slug}", "/{school}/programs/{slug}", "/{school}/classes/{key}"})
# every role looks at every address in test_cells; here two of them follow the links, or all
ASKED = ("visitor", "sam", "tom", "ada", "alma", "dora") if WHOLE else ("ada", "dora")
# where an admin of the district sees what the other schools of it have
OF_THE_DISTRICT = ("/lincoln/admin/moves", "/lincoln/admin/tokens")
NOWHERE = "Zyzzogetox"  # a word that nothing has, as long as the sentinel
SEARCHES = ("/search", "/search/as-you-type", "/opds/search", "/opds2/search")
# how many of each kind are asked for
FOREIGN = int(os.environ.get("ENGAGE_FOREIGN", "2"))
# the tables of what older wings have
ELDER = {
    "list": "curated_list",
    "program": "program",
    "class": "school_class",
    "resource": "resource",
    "source": "source",
    "group": "reading_group",
    "review": "review",
    "provider": "oidc_provider",
    "platform": "lti_platform",
    "person": "person",
    "student": "person",
}
# what a district has, for all of its schools
OF_DISTRICT = ("endpoint", "agreement")
# drawn by another program, or kept for one press by one person
LEFT = (".pdf", ".png", "/out", "/try")


def row_of(path: str) -> str:
    """The row that a path belongs to, as it stands in the table."""
    for row in ROWS:
        if re.fullmatch(PARAMETER.sub("[^/]+", row.path.replace(".", r"\.")), path):
            return row.path
    return path


@pytest.mark.only("sqlite")
async def test_nobody_of_a_school_comes_upon_anything_of_another(browser: Browser, school: TestSchool):
    world = await build(school, SENTINEL)
    assert await mark_everything(school.roosevelt.id) > 10
    starts = [row.path for row in ROWS if "GET" in row.methods and PARAMETER.findall(row.path) == ["school"]]
    # what a school offers others, and its public lists, are for all; everything else of it is not
    seen: list[str] = []
    asked = 0
    for who in ASKED:
        reader = world.readers[who]
        browser.sign_in(reader)
        waiting = [path.replace("{school}", "lincoln") for path in starts]
        for search in SEARCHES:
            answers = [await browser.get(f"/lincoln{search}?q={word}") for word in (SENTINEL, NOWHERE)]
            texts = [re.sub(f"(?i){SENTINEL}|{NOWHERE}", "", one.text) for one in answers]
            assert texts[0] == texts[1], (who, search)
        met: set[str] = set()
        number: dict[str, int] = {}
        while waiting:
            path = waiting.pop(0)
            row = row_of(urlsplit(path).path)
            if path in met or path.endswith(LEFT) or number.get(row, 0) > (row in LISTED):
                continue
            met.add(path)
            number[row] = number.get(row, 0) + 1
            answer = await browser.get(path)
            asked += 1
            assert answer.status_code < 500, path
            if who != "dora" or path not in OF_THE_DISTRICT:
                seen += [
                    f"{who} {path}: {found}" for found in re.findall(f".{{0,60}}{SENTINEL}.{{0,20}}", text_of(answer))
                ]
            for link in map(html.unescape, LINK.findall(answer.text)):
                if link.startswith("/lincoln/"):
                    waiting.append(link.partition("#")[0])
    assert seen == [], "\n".join(["", *seen])
    assert asked > 200


class Answers:
    """Answers to requests for things that are not there, whichever way; what of them is the same for all."""

    def __init__(self, browser: Browser, world: World) -> None:
        self.browser, self.world = browser, world
        self.times: dict[str, list[float]] = {}

    async def ask(self, way: str, row: Row, who: str, values: dict[str, str]) -> tuple[int, str, str]:
        """Status, words and headers, without the keys that were asked for and the code of the request."""
        path = PARAMETER.sub(lambda part: {"school": "lincoln", **values}[part[1]], row.path)
        self.browser.sign_in(self.world.readers[who])
        await self.browser.be_known()
        began = perf_counter()
        answer = await (self.browser.get(path) if "GET" in row.methods else self.browser.post(path))
        self.times.setdefault(way, []).append(perf_counter() - began)
        kept = {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "date")}
        text, said = answer.text, str(sorted(kept.items()))
        if sealed := answer.cookies.get(SAID):  # anew each time
            said = said.replace(sealed, await self.read(sealed, self.world.readers[who]))
        for value in values.values():
            text, said = text.replace(value, "KEY"), said.replace(value, "KEY")
        if answer.status_code == 422:  # a form that was looked at before anything was looked for
            return 422, "", ""
        return answer.status_code, re.sub(r"\b[0-9a-f]{10}\b", "CODE", text), said

    async def read(self, sealed: str, reader: Reader) -> str:
        """What is said to a reader on the next page."""
        key, table = self.browser.app.settings.secret_key, Table()
        ids = await Session.filter(person_id=reader.id).values_list("id", flat=True)
        (text,) = filter(None, (table.unsealed(key, number, sealed) for number in ids))
        return str(read_said(text))


def keys_of(world: World, row: Row, owner: str) -> dict[str, str] | None:
    """What stands in an address for everything that somebody has; None where there is no such thing."""
    found = {}
    for name, kind in names_in(row.path):
        key = kind[1:] if kind.startswith("=") else world.things.get((kind, "", owner))
        if not kind or key is None:
            return None
        found[name] = key.split()[-1 if name == "slug" else 0]
    return found or None


def named(row: Row) -> str:
    """The kind of the first thing that an address names, "" where it names none of a school."""
    names = names_in(row.path) if row.of_school and row.act != OPEN else ()
    return names[0][1] if names and not names[0][1].startswith("=") else ""


@pytest.mark.only("sqlite")
async def test_at_no_address_a_foreign_thing_looks_otherwise_than_none(browser: Browser, school, told):
    """Each address, by who may most there: a key that nobody has, one of a neighbour, one of another district."""
    world = await build(school)
    answers = Answers(browser, world)
    wrong, asked = [], 0
    for row in filter(named, ROWS):
        who = opener(told[row.act])
        others = ("rosa", "hana") if named(row) not in OF_DISTRICT else ("hana",)
        ways = [keys for owner in others if (keys := keys_of(world, row, owner)) is not None]
        if not ways or not who:
            continue
        same = {name for name, kind in names_in(row.path) if kind.startswith("=")}
        unknown = {name: key if name in same else NOBODYS for name, key in ways[0].items()}
        plain = await answers.ask("unknown", row, who, unknown)
        asked += len(ways)
        for keys in ways:
            found = await answers.ask("foreign", row, who, keys)
            if found != plain:
                wrong.append(f"{who} {row.path}: {plain[0]} and {found[0]}, {found[1][:80]!r}")
    assert wrong == [], "\n".join(["", *wrong])
    assert asked > 400


@pytest.mark.only("sqlite")
async def test_what_is_foreign_or_gone_looks_like_what_nobody_has(browser, school, told, record_property):
    """Of each kind: unknown, of another school, deleted; the same bytes. ENGAGE_FOREIGN=300 asks for so many."""
    world = await build(school)
    answers = Answers(browser, world)
    rows: dict[str, Row] = {}
    for row in ROWS:
        if "GET" in row.methods and named(row) and len(names_in(row.path)) == 1 and opener(told[row.act]):
            rows.setdefault(named(row), row)
    kinds = {kind: (TABLES.get(kind, kind), given) for kind, given in OF_SCHOOL}
    kinds |= {kind: (table, given) for kind, table, given in (*OWNED, *OF_STUDENT)}
    kinds |= {kind: (table, {}) for kind, table in ELDER.items()}
    assert len(rows) > 25
    for kind, row in rows.items():
        ways: dict[str, list[str]] = {"unknown": [], "foreign": [], "gone": []}
        other = "hana" if kind in OF_DISTRICT else "rosa"
        foreign = [key for (of, _, owner), key in world.things.items() if of == kind and owner in (other, "hana")]
        ways["foreign"] += [key.split()[-1 if "{slug}" in row.path else 0] for key in foreign]
        if kind in kinds:
            for owner, way in ((other, "foreign"), ("lil", "gone")):
                made = await many(world.corners[owner], kind, *kinds[kind])
                ways[way] += map(value_of, made)
                if way == "gone":
                    with every_school("what is deleted is gone"):
                        await model_of(kinds[kind][0]).filter(id__in=[row.pk for row in made]).delete()
        ways["unknown"] = [new_key() for _ in range(max(2, len(ways["foreign"])))]
        name, bodies = names_in(row.path)[0][0], set()
        for keys in zip_longest(*ways.values()):
            for way, key in zip(ways, keys, strict=True):
                if key is not None:
                    bodies.add(await answers.ask(way, row, opener(told[row.act]), {name: key}))
        assert len(bodies) == 1, (row.path, [(status, len(text)) for status, text, _ in bodies])
        assert bodies.pop()[0] in (403, 404)
    medians = {way: statistics.median(taken) * 1000 for way, taken in answers.times.items()}
    for way, taken in medians.items():
        record_property(f"median of {way}, ms", round(taken, 2))
    if FOREIGN >= 300:
        assert max(medians.values()) < 1.05 * min(medians.values()), medians


async def many(corner: Corner, kind: str, table: str, given: dict[str, Any]) -> list[Model]:
    """So many rows of a kind as are asked for; one where there can be only one."""
    made: list[Model] = []
    for _ in range(FOREIGN):
        try:
            made.append(await corner.one(kind, table, given, ""))
        except IntegrityError:
            break
    return made
