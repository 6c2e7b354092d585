"""What the matrix lets somebody do is done, and what it does not is not: SAFETY.md, A1 and A4, by every form.

Each form is filled in as its page shows it and sent by somebody who may; what it did is seen in the database, and
everything is as it was again. It is sent once more with a field for each column that it does not name and with a way
off the site, and does the same (A9, S4). The same forms are sent by everybody who may not.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from engage.people.erasing import model_of
from engage.people.models import Person
from engage.people.passwords import hashed
from engage.routes import ROWS
from engage.web.routing import PARAMETER
from tests.matrix.asking import WHOLE, excused, path_of
from tests.matrix.exceptions import NOT_DONE, NOT_SHOWN
from tests.matrix.generate import Ask, asks, fits
from tests.matrix.presses import (
    AWAY,
    LEADING,
    NOTES,
    PASSWORD,
    PLANTED,
    SENT,
    Forms,
    Kept,
    Sent,
    choices_of,
    planted,
)
from tests.matrix.world import PEOPLE, World, build
from tests.school import Browser

pytestmark = pytest.mark.slow

PAGES = [re.compile(PARAMETER.sub("[^/]+", row.path)) for row in ROWS if "GET" in row.methods and row.of_school]
# one row of each act, of which every cell is done
FIRST = {row.act: row.path for row in reversed(ROWS) if "POST" in row.methods and row.of_school}.values()
# in whose hands a form is tried, after who may most
NEXT = ("tom", "sam", "ada", "alma", "dora")


Rows = dict[str, list[dict[str, Any]]]


class Pressing:
    """Forms as pages show them, and what they do.

    forms: row -> what was sent there. done: rows of which something was done. wrong: answers that should be others.
    more: how often something was sent with fields that no form has.
    """

    def __init__(self, browser: Browser, world: World, kept: Kept) -> None:
        self.browser, self.world, self.kept = browser, world, kept
        self.pages: dict[tuple[str, str], dict[str, Sent]] = {}
        self.forms: dict[str, Sent] = {}
        self.done: set[str] = set()
        self.wrong: list[str] = []
        self.more = 0

    async def form_for(self, ask: Ask, path: str) -> Sent | None:
        """What the page of an address, or the nearest page above it, would send there. None where no page does."""
        parts = path.split("/")
        found = None
        for above in ("/".join(parts[:number]) for number in range(len(parts), 1, -1)):
            if any(page.fullmatch(above) for page in PAGES):
                found = (await self.page(ask.who, above)).get(path)
            if found is not None:
                break
        more = SENT.get(ask.row.path.removeprefix("/{school}"))
        if more is None:
            return found
        sent = {**(found or {})}
        for name, value in more.items():
            if value is None:
                sent.pop(name, None)
            else:
                sent[self.meant(name, ask)] = self.meant(value, ask)
        return sent

    def meant(self, word: str, ask: Ask) -> str:
        """A word of SENT: the key of a thing where it begins with @."""
        if not word.startswith("@"):
            return word
        scopes = (ask.scope, "class", "school")
        return next((found for scope in scopes if (found := self.world.thing(word[1:], "", ask.who, scope))), "")

    async def page(self, who: str, path: str) -> dict[str, Sent]:
        """The forms of a page, as somebody sees it."""
        if (who, path) not in self.pages:
            answer = await self.browser.sign_in(self.world.readers[who]).get(path)
            shown = answer.status_code == 200 and "html" in answer.headers["content-type"]
            self.pages[who, path] = Forms(path, answer.text).found if shown else {}
        return self.pages[who, path]

    async def press(self, ask: Ask, path: str, form: Sent | None) -> set[str]:
        """Send it, and have everything as it was. The tables in which it was done."""
        answer = await self.browser.sign_in(self.world.readers[ask.who]).post(path, form)
        self.look(ask, path, answer.status_code)
        if answer.status_code not in (200, 303):
            return set()
        changed = await self.kept.changed()
        if changed:
            own = getattr(self.world.school, path.split("/")[1]).id
            # what goes out of a district is agreed for its schools together
            if ask.act != "ADM04" and await self.kept.schools(changed) - {own}:
                self.wrong.append(f"{path} of {ask.who} changed rows of another school")
            plain = await self.kept.written(changed)
            await self.kept.back(changed)
            if self.kept.kind == "sqlite" and changed - NOTES:
                await self.press_with_more(ask, path, form or {}, answer.status_code, plain)
        return changed - NOTES

    async def press_with_more(self, ask: Ask, path: str, form: Sent, status: int, plain: Rows) -> None:
        """Send it again with fields that it has not, and with a way off the site; note what that changed."""
        short = ask.row.path.removeprefix("/{school}")
        more = planted(set(plain), {*form, *SENT.get(short, ()), *NOT_SHOWN.get(short, "").split()})
        away = dict.fromkeys(LEADING, AWAY)
        query = f"{path}{'&' if '?' in path else '?'}next={AWAY}&back={AWAY}"
        answer = await self.browser.sign_in(self.world.readers[ask.who]).post(query, {**more, **form, **away})
        there = answer.headers.get("location", "/")
        if there.startswith("//") or not there.startswith("/") or (AWAY in there):
            self.wrong.append(f"{path} of {ask.who} leads to {there}")
        changed = await self.kept.changed()
        rows = await self.kept.written(changed)
        await self.kept.back(changed)
        if answer.status_code != status or chosen(rows) != chosen(plain):
            other = [*(chosen(rows) - chosen(plain)), *(chosen(plain) - chosen(rows))]
            self.wrong.append(f"{path} of {ask.who} with more fields gives {answer.status_code}, changes {other}")
        for table, new in rows.items():
            said = {
                name for row in new for name, value in row.items() if str(value).startswith(tuple(PLANTED.values()))
            }
            if said:
                self.wrong.append(f"{path} of {ask.who} took {sorted(said)} of {table} from no field of its form")
        self.more += 1

    def look(self, ask: Ask, path: str, status: int) -> None:
        """Note an answer that is not as the letter says."""
        if not fits(ask, status) and not excused(ask, status):
            self.wrong.append(f"{ask.act} {ask.who} {ask.scope}: {ask.letter}, POST {path} gave {status}")


async def test_every_act_is_done_by_who_may_and_by_nobody_else(browser: Browser, school, told, kind):
    world = await build(school)
    for reader in world.readers.values():
        await browser.sign_in(reader).be_known()
    await Person.filter(id=school.ada.id, school_id=school.lincoln.id).update(password_hash=await hashed(PASSWORD))
    pressing = Pressing(browser, world, await Kept.now())
    wanted = [ask for ask in asks(ROWS, told, PEOPLE, WHOLE) if ask.method == "POST"]
    # on PostgreSQL one form of each act: which of its rows is asked makes no difference to the database
    every = kind == "sqlite" or WHOLE
    allowed = [ask for ask in wanted if ask.letter in "YPA" and not ask.foreign and (every or ask.row.path in FIRST)]
    await send_all(pressing, allowed)
    assert pressing.wrong == [], "\n".join(["", *pressing.wrong])
    never = {ask.row.path.removeprefix("/{school}") for ask in allowed} - pressing.done
    if every:
        assert pressing.more > 200 or kind != "sqlite"
        assert never == NOT_DONE, f"not done: {sorted(never - NOT_DONE)}; done after all: {sorted(NOT_DONE - never)}"
        acts = {row.act for row in ROWS if row.path.removeprefix("/{school}") in pressing.done}
        assert {ask.act for ask in allowed} <= acts, "of every act something is done"
    asked: set[tuple[str, str]] = set()
    for ask in wanted:
        path = None if ask.letter in "YPAQ" or not (every or ask.row.path in FIRST) else path_of(world, ask)
        if path is not None and (ask.who, path) not in asked:
            asked.add((ask.who, path))
            answer = await browser.sign_in(world.readers[ask.who]).post(path, pressing.forms.get(ask.row.path))
            pressing.look(ask, path, answer.status_code)
    assert pressing.wrong == [], "\n".join(["", *pressing.wrong])
    assert await pressing.kept.changed() == set(), "something that was refused has changed something"


def chosen(rows: Rows) -> Counter[tuple[str, str, str]]:
    """How often each choice stands in new rows, by table and column: what a planted yes would change."""
    found: Counter[tuple[str, str, str]] = Counter()
    for table, new in rows.items():
        columns = [name for name in (new[0] if new else ()) if name in model_of(table)._meta.fields_map]
        found.update((table, name, str(row[name])) for name in columns if choices_of(table, name) for row in new)
    return found


async def send_all(pressing: Pressing, allowed: list[Ask]) -> None:
    """Send every form by one who may, and one form of each act by all who may."""
    tried: set[str] = set()
    for row, of_row in by_row(allowed):
        for ask in of_row:
            path = path_of(pressing.world, ask)
            short = row.removeprefix("/{school}")
            if path is None or (short in pressing.done and row not in FIRST) or (short in NOT_DONE and short in tried):
                continue
            tried.add(short)
            form = await pressing.form_for(ask, path)
            changed = await pressing.press(ask, path, form)
            if changed:
                pressing.done.add(short)
            if form and (changed or row not in pressing.forms):
                pressing.forms[row] = form


def by_row(allowed: list[Ask]) -> Iterator[tuple[str, list[Ask]]]:
    """The asks of each row, by who may most first."""
    rows: dict[str, list[Ask]] = {}
    for ask in allowed:
        rows.setdefault(ask.row.path, []).append(ask)
    for path, found in rows.items():
        yield path, sorted(found, key=lambda ask: (*NEXT,).index(ask.who) if ask.who in NEXT else len(NEXT))
