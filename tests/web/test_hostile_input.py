"""What people type or put into an address stays words: no page runs it, no statement is made of it, no log has it.

SAFETY.md, S6, S8, X3. Every form of every role gets attacks in its fields, every page in its query, every address in
its names; afterwards everybody looks at every page. What is too long, too large or NUL is sent in test_odd_words.py.
ENGAGE_ATTACKS=34 sends each attack in each field.
"""

import json
import logging
import os
import re
import time
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from engage.logs import FIELDS, JsonLines
from engage.routes import ROWS
from engage.web.routing import PARAMETER, Row
from tests.web.test_odd_words import ENDING, Forms, forms_for, lived_in, pages_for, row_of

HOUSE = Path(__file__).parents[2] / "engage"
ATTACKS = {
    "xss": '"><img src=planted onerror=alert(7)><script>alert(7)</script><svg/onload=alert(7)>',
    "attribute": '" onfocus="alert(7)" autofocus x="',
    "other attribute": "' onfocus='alert(7)' autofocus x='",
    "address": "javascript:alert(7)//https://a.example/",
    "sql": "x'; DROP TABLE planted; -- ",
    "sql words": '1" OR "a"="a NEAR(planted MATCH *',
    "template": "{{ 7919 * 7907 }}{% planted %}${7919*7907}#{7919*7907}<%= 7919*7907 %>",
    "traversal": "../../../../../../etc/passwd",
    "head": "x\r\nSet-Cookie: planted=1\r\n\r\n<p>",
    "letters": "\u202e\ufeff\u200b\u2028" + "e" + "\u0301" * 40 + "\U0001f9ff\ufffe",
    "expression": "(" * 60 + "a" * 60 + "!" + "%_\\" * 20,
    "json": '{"$ne": null, "__proto__": {"planted": 1}}]]>',
    "number": "1e309",
    "far number": "-99999999999999999999",
    "letters as digits": "\u0663\u0664",
    "date": "2026-02-30",
    "far date": "10000-01-01",
}
KINDS, RECKONED = list(ATTACKS), str(7919 * 7907)
ROLES = ("ada", "sam", "tom", "alma", "dora")
# how often a form, and a page, gets the attacks, each time other ones in each field
TURNS = int(os.environ.get("ENGAGE_ATTACKS", "2"))
NAMED = re.compile(r'(?:query_params\.get\(|query_params\[|(?:number|choice|words)\(request, )"(\w+)"')
WORKS = 2.0  # seconds of a processor that an answer may take


class Living(HTMLParser):
    """What of a page would do something that we did not write."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            leads = name in ("href", "src", "action", "formaction", "srcset", "data")
            if name.startswith("on") or (leads and "javascript:" in (value or "").lower()) or value == "planted":
                self.found.append(f"<{tag} {name}={value}>")
        if tag in ("script", "svg") and any("alert" in (value or "") for _, value in attrs):
            self.found.append(tag)

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script" and "alert(7)" in data:
            self.found.append("a script")


def looked_at(answer: Any, where: str, wrong: list[str]) -> None:
    """Note whatever of an answer is not as it has to be."""
    if answer.status_code >= 500:
        wrong.append(f"{where}: {answer.status_code}")
    if "planted" in str([name for name, _ in answer.headers.multi_items()]) or "planted" in answer.cookies:
        wrong.append(f"{where}: a header of its own")
    if "html" in answer.headers.get("content-type", ""):
        wrong.extend(f"{where}: {living}" for living in Living(answer.text).found)
        if RECKONED in answer.text:
            wrong.append(f"{where}: it was reckoned")
        if "root:" in answer.text:
            wrong.append(f"{where}: a file of the machine")


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What this process writes into its log, as the service does."""
    written: list[str] = []
    handler, root = logging.Handler(), logging.getLogger()
    handler.setFormatter(JsonLines())
    handler.emit = lambda record: written.append(handler.format(record))  # type: ignore[method-assign]
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.setLevel(level)
    root.removeHandler(handler)


def named_in(lines: list[str], secrets: Iterable[str]) -> list[str]:
    """The lines of a log that are no line of ours, or say what somebody wrote."""
    known = {"at", "level", "logger", "event", *FIELDS}
    said = ("alert(7)", "planted", "passwd", "7919", "1e309", "\u0663", *secrets)
    return [line for line in lines if any(word in line for word in said) or not set(json.loads(line)) <= known]


def said_in(statements: Any, where: str, wrong: list[str]) -> None:
    """Note a statement that is made of what somebody wrote, instead of being told it."""
    if any("alert(7)" in each or "planted" in each for each in statements.seen):
        wrong.append(f"{where}: a statement is made of it")


def turn(names: list[str], start: int) -> dict[str, str]:
    """Each field with the next attack."""
    return {name: ATTACKS[KINDS[(start + number) % len(KINDS)]] for number, name in enumerate(names)}


def names_of_queries() -> list[str]:
    """Every name that some page looks for in its query."""
    return sorted({name for path in HOUSE.rglob("*.py") for name in NAMED.findall(path.read_text())})


NOT_ESCAPED = [
    ATTACKS["xss"],
    f"<a href='{ATTACKS['address']}'>",
    f'<i title="{ATTACKS["attribute"]}">',
    f"<i title='{ATTACKS['other attribute']}'>",
    "<script>const title = 'alert(7)'</script>",
]


@pytest.mark.parametrize("text", NOT_ESCAPED)
def test_s6_what_were_not_escaped_would_be_found(text):
    assert Living(text).found


async def test_s6_s8_what_is_typed_or_asked_for_stays_words_on_every_page(
    browser, school, ada, tom, sam, statements, lines, kind
):
    await lived_in(school, ada, tom, sam, browser)
    wrong: list[str] = []
    sent: set[str] = set()
    # on PostgreSQL those of the library, which write in most of its tables
    roles = ROLES if kind == "sqlite" else ROLES[:1]
    for role in roles:
        browser.sign_in(getattr(school, role))
        forms = {row: form for row, form in (await forms_for(browser)).items() if row not in sent}
        for number, (row, (where, form)) in enumerate(
            sorted(forms.items(), key=lambda pair: bool(ENDING.search(pair[0])))
        ):
            sent.add(row)
            usual = {key: value for key, value in form.items() if value is not None}
            typed = [key for key in form if key in Forms.typed] or [key for key in form if key != "form_key"]
            for again in range(TURNS if role == "ada" else TURNS // 2):
                statements.forget()
                began = time.process_time()
                answer = await browser.post(where, usual | turn(typed, number + again * 7))
                if time.process_time() - began > WORKS:
                    wrong.append(f"{role} {row}: too much work")
                said_in(statements, f"{role} {row}", wrong)
                looked_at(answer, f"{role} {row}", wrong)
    assert len(sent) > 40
    names, told, asked = names_of_queries(), 0, set[tuple[Row | None, bool]]()
    assert {"page", "q", "mode"} <= set(names)
    for role in (*roles, ""):
        browser.sign_in(getattr(school, role, None))
        pages = [page async for page in pages_for(browser)]
        for number, (at, text) in enumerate(pages):
            told += "alert(7)" in text
            wrong.extend(f"{role} {at}: {living}" for living in Living(text).found)
            # each page with queries once by whoever comes upon it first, and by visitors, who get theirs another way
            met = row_of(at, "GET"), role == ""
            for again in range(0 if met in asked else TURNS // 2):
                await ask_with(browser, at, turn(names, number + again * 7), statements, wrong)
            asked.add(met)
    assert wrong == [], "\n".join(["", *wrong])
    assert lines
    assert named_in(lines, [*browser.tokens.values(), "Ada Okafor", "Tom Reyes", "Owl Moon", "Seven words"]) == []
    assert told > 5, "what was typed stands on pages, as words"
    assert len(asked) > 60


async def ask_with(browser: Any, at: str, query: dict[str, str], statements: Any, wrong: list[str]) -> None:
    """Ask for a page with a query; what fails to be understood is as if it were not there."""
    statements.forget()
    answer = await browser.get(f"{at.partition('#')[0].partition('?')[0]}?{urlencode(query)}")
    where = f"{browser.who.name if browser.who else 'a visitor'} {at} with a query"
    if answer.status_code not in (200, 303, 404):
        wrong.append(f"{where}: {answer.status_code}")
    if not answer.headers.get("location", "/").startswith("/"):
        wrong.append(f"{where}: leads to {answer.headers['location']}")
    said_in(statements, where, wrong)
    looked_at(answer, where, wrong)


async def test_s6_s8_no_name_in_an_address_breaks_it(browser, ada, statements, lines):
    wrong: list[str] = []
    browser.sign_in(ada)
    for number, row in enumerate(row for row in ROWS if len(PARAMETER.findall(row.path)) > row.of_school):
        for again in range(2):
            attack = quote(ATTACKS[KINDS[(number * 3 + again * 7) % len(KINDS)]].replace("\ufffe", ""), safe="")
            path = PARAMETER.sub(lambda part, text=attack: "lincoln" if part[1] == "school" else text, row.path)
            await browser.be_known()
            statements.forget()
            ask = browser.client.get if "GET" in row.methods else browser.post
            answer = await ask(path)
            said_in(statements, row.name, wrong)
            if answer.status_code not in (303, 400, 401, 403, 404, 422):
                wrong.append(f"{row.name} {attack}: {answer.status_code}")
            looked_at(answer, row.name, wrong)
    assert wrong == [], "\n".join(["", *wrong])
    assert named_in(lines, browser.tokens.values()) == []
