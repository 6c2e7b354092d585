"""Every statement that pages send is refused once it names its school no more (SAFETY.md, A4: 20 of 20 mutants)."""

import re

from engage.database.tenancy import names_its_school, tenant_tables
from tests import make
from tests.conftest import Statements
from tests.school import Browser, TestSchool

CONDITION = re.compile(r'(?:"?\w+"?\.)?"?school_id"?\s*(?:=\s*(?:\?\d*|\$\d+)|IN\s*\([?$\d, ]+\))')
PAGES = (
    *(
        "/",
        "/lists",
        "/search?q=owl",
        "/curate/lists",
        "/curate/inbox",
        "/curate/sources",
        "/curate/imports",
        "/requests",
    ),
    *("/curate/requests", "/programs", "/classes", "/evaluation", "/evaluation/indicators", "/curate/links"),
    *("/curate/reviews", "/curate/displays", "/curate/loans", "/units", "/evaluation/surveys", "/me/sessions"),
)
FEWEST = 20


async def test_a_statement_without_its_school_is_refused(
    browser: Browser, school: TestSchool, statements: Statements
) -> None:
    await make.curated_list(school.ada, "Owls", 3, published=True)
    await make.program(school.ada)
    browser.sign_in(school.ada)
    for page in PAGES:
        assert (await browser.get(page)).status_code in (200, 404), page
    tables = tenant_tables()
    sent = {text for text in statements.seen if CONDITION.search(text) and re.match(r"\s*(SELECT|WITH)", text)}
    held = {text for text in sent if not names_its_school(CONDITION.sub("1=1", text), tables)}
    assert all(names_its_school(text, tables) for text in sent)
    assert len(held) >= FEWEST
    # what still holds without the condition touches no table of a school
    survived = [text for text in sent - held if any(f'"{table}"' in text for table in tables)]
    assert survived == []
