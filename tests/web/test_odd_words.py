"""What a form sends that no page of ours would: words longer than any column, numbers beyond all, and NUL."""

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any, ClassVar

import pytest

from engage import dates
from engage.classes.actions import Asked, Whom, assign
from engage.classes.group_actions import make_group
from engage.classes.rules import AssignmentKind
from engage.engagement.rules import Mode
from engage.programs.entries import Given
from engage.programs.log_actions import log_entry
from engage.resources import requests
from engage.resources.models import Link
from engage.resources.muting import mute_words
from engage.resources.requests import Title
from engage.resources.rules import LinkState, SourceState
from engage.routes import ROWS
from engage.web.routing import PARAMETER, Row
from tests import make

LONG = "x" * 300
HUGE = "9" * 40
SIXTY = {"title": "Sixty", "rule": '{"rule": "total", "unit": "minutes", "goal": 60}'}
ENDING = re.compile(r"remove|withdraw|drop|take|away|close|freeze|merge|leave|pause|end_")
TEXT = ("text", "search", "url", "number", "date")
PATTERNS = {row: re.compile(PARAMETER.sub("[^/]+", row.path)) for row in ROWS}


class Forms(HTMLParser):
    """The forms of a page, by where they are sent: of each field what a browser would send, None for nothing.

    typed: the names of all fields, on whatever page, in which somebody writes.
    """

    typed: ClassVar[set[str]] = set()

    def __init__(self, at: str, text: str) -> None:
        super().__init__()
        self.at = at
        self.links: list[str] = []
        self.found: dict[str, dict[str, str | None]] = {}
        self.form: dict[str, str | None] = {}
        self.select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        name, value = of.get("name", ""), of.get("value")
        if tag == "a":
            self.links.append(of.get("href", ""))
        elif tag == "form":
            self.form = {}
            if of.get("method") == "post":
                self.found.setdefault(of.get("action") or self.at, self.form)
        elif tag == "select":
            self.select = name
        elif tag == "option" and ("selected" in of or self.form.get(self.select) is None):
            self.form[self.select] = value
        elif tag == "textarea":
            self.form[name] = "Seven words"
            self.typed.add(name)
        elif tag == "button" or of.get("type") in ("radio", "checkbox", "submit"):
            if "checked" in of or name not in self.form:
                self.form[name] = value if "checked" in of else None
        elif tag == "input":
            typed = of.get("type", "text") in TEXT
            self.form[name] = value or ("Seven words" if typed else "")
            self.typed |= {name} if typed else set()
        if of.get("formaction"):
            self.found.setdefault(of["formaction"], self.form)


async def lived_in(school: Any, ada: Any, tom: Any, sam: Any, browser: Any) -> None:
    """Something of everything that a specialist or a student may change."""
    thing = await make.resource("Owl Moon", call_number="E YOL", url="https://a.example/owl")
    await make.resource("Owl Moon")
    dead = {"state": LinkState.MOVED, "moved_to": "https://b.example/", "checked_at": dates.now()}
    await Link.filter(school_id=school.card.id).update(**dead)
    curated = await make.curated_list(by=ada, items=[thing, *await make.resources(2)], published=True, parts=["One"])
    await make.curated_list(by=ada, title="A draft", items=3)
    group = await make_group("Owls", [school.sam.key], by=tom)
    await assign(curated.key, Whom((school.room.key,), (group,)), Asked(AssignmentKind.ALL), by=tom)
    for state in ("published", "draft"):
        program = await make.program(by=ada, title=f"Nights {state}", badges=[SIXTY], state=state)
        if state == "published":
            await make.enrolment(program, sam)
    source = await make.source()
    await make.source("Asked for", state=SourceState.SUGGESTED)
    for number in range(2):
        await make.inbox_entry(source, f"Bats {number}")
    for who in (sam, ada):
        await requests.ask_for(Title("Hoot"), "", by=who)
    await mute_words("coupon", None, by=ada)
    await log_entry(Given(dates.today(school.card.zone), Mode.READING, thing.key, minutes=5), "", by=sam)
    await browser.sign_in(ada).post("/evaluation/start")
    await browser.post("/curate/displays", {"what": curated.key, "starts": "2020-01-01", "ends": "2099-01-01"})


async def pages_for(browser: Any) -> AsyncIterator[tuple[str, str]]:
    """One page of every row to which links lead whoever is signed in: its address and what stands there."""
    waiting, seen = ["/lincoln/", "/lincoln/me", "/lincoln/me/log/new"], set()
    while waiting:
        answer = await browser.get(at := waiting.pop())
        if answer.status_code != 200 or "html" not in answer.headers["content-type"]:
            continue
        yield at, answer.text
        for link in Forms(at, answer.text).links:
            if (row := row_of(link, "GET")) and row.name not in seen and link.startswith("/lincoln"):
                seen.add(row.name)
                waiting.append(link)


async def forms_for(browser: Any) -> dict[str, tuple[str, dict[str, str | None]]]:
    """One form of every row that takes one, as the pages show it to whoever is signed in: its address and fields."""
    forms: dict[str, tuple[str, dict[str, str | None]]] = {}
    async for at, text in pages_for(browser):
        for where, form in Forms(at, text).found.items():
            form.pop("", None)
            if (row := row_of(where, "POST")) and where.startswith("/lincoln/") and form:
                forms.setdefault(row.name, (where, form))
    return forms


def row_of(address: str, method: str) -> Row | None:
    """The row that an address belongs to."""
    path = address.partition("#")[0].partition("?")[0]
    return next((row for row, pattern in PATTERNS.items() if method in row.methods and pattern.fullmatch(path)), None)


@pytest.mark.parametrize(("name", "rows"), [("ada", 40), ("sam", 6)])
async def test_no_form_breaks_on_words_that_no_table_takes(browser, school, ada, tom, sam, name, rows):
    await lived_in(school, ada, tom, sam, browser)
    browser.sign_in(getattr(school, name))
    forms = await forms_for(browser)
    assert len(forms) >= rows
    # what ends something is sent last, so that the others still find it
    for row, (where, form) in sorted(forms.items(), key=lambda pair: bool(ENDING.search(pair[0]))):
        usual = {key: value for key, value in form.items() if value is not None and key}
        refused = await browser.post(where, dict.fromkeys(form, "a\0b"))
        assert refused.status_code == 400, row
        typed = {key: LONG for key in form if key in Forms.typed}
        one_by_one = ({key: LONG} for key in form if key not in Forms.typed)
        for odd in (dict.fromkeys(form, HUGE), dict.fromkeys(form, LONG), typed, *one_by_one):
            answer = await browser.post(where, usual | odd)
            assert answer.status_code < 500, (row, odd)
