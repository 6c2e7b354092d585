"""Nothing of another school is seen, and what is not one's own looks like what nobody has: SAFETY.md, A2 and A3."""

import html
import os
import random
import re
import statistics
from time import perf_counter
from urllib.parse import urlsplit

import pytest
from tortoise.context import get_current_context
from tortoise.expressions import Q
from tortoise.models import Model

from engage.classes.models import ReadingGroup
from engage.database.fields import new_key
from engage.database.tenancy import every_school
from engage.lists.models import CuratedList
from engage.people.models import Person, SchoolClass
from engage.people.oidc_models import OidcProvider
from engage.programs.models import Program
from engage.resources.incoming_models import Source
from engage.resources.models import Resource
from engage.routes import ROWS
from engage.web.routing import PARAMETER
from tests.matrix.world import build
from tests.school import Browser, TestSchool

SENTINEL = "Zyzzogeton"
LINK = re.compile(r'(?:href|src|action|data-\w+)="(/[^"]*)"')
# of which a second page is looked at
LISTED = frozenset({"/{school}/lists/{slug}", "/{school}/programs/{slug}", "/{school}/classes/{key}"})
ASKED = ("visitor", "sam", "tom", "ada", "alma", "dora")
NOWHERE = "Zyzzogetox"  # a word that nothing has, as long as the sentinel
SEARCHES = ("/search", "/search/as-you-type", "/opds/search", "/opds2/search")
# drawn by another program, or kept for one press by one person
LEFT = (".pdf", ".png", "/out", "/try")

# how many ids of each kind and way are asked for; ENGAGE_IDS=300 asks for as many as SAFETY.md, and looks at the clock
IDS, SO_MANY = int(os.environ.get("ENGAGE_IDS", "4")), 300
KINDS: dict[str, type[Model]] = {
    "list": CuratedList,
    "program": Program,
    "resource": Resource,
    "class": SchoolClass,
    "source": Source,
    "group": ReadingGroup,
    "person": Person,
    "student": Person,
    "provider": OidcProvider,
}
NAMED = ("list", "program")  # whose addresses hold a slug
ALONE = ("key", "slug", "code", "login", "url_hash")  # no two rows have them alike

# what somebody writes, by the name of the column, whatever the table
WRITTEN = (
    "title",
    "name",
    "introduction",
    "annotation",
    "text",
    "approved_text",
    "summary",
    "creators",
    "hours",
    "note",
)


async def mark_everything(school_id: int) -> int:
    """Put the sentinel into every column of a school's rows that somebody writes in; how many columns had rows."""
    marked = 0
    with every_school("what no page of another school may show"):
        for model in get_current_context().apps["engage"].values():
            columns = [name for name in WRITTEN if name in model._meta.fields_db_projection]
            if "school" not in model._meta.fields_map or not columns:
                continue  # what a school is called stands on the first page of the service
            for row in await model.filter(school_id=school_id):
                row.update_from_dict({name: f"{getattr(row, name)} {SENTINEL}"[:40] for name in columns})
                await row.save(update_fields=columns)
                marked += len(columns)
    return marked


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
            seen += [f"{who} {path}: {found}" for found in re.findall(f".{{0,60}}{SENTINEL}.{{0,20}}", answer.text)]
            for link in map(html.unescape, LINK.findall(answer.text)):
                if link.startswith("/lincoln/"):
                    waiting.append(link.partition("#")[0])
    assert seen == [], "\n".join(["", *seen])
    assert asked > 500


@pytest.mark.only("sqlite")
async def test_what_is_foreign_or_gone_looks_like_what_nobody_has(browser, school, record_property):
    """Of each kind: unknown, of another school, deleted; for each kind that an address names, the same bytes."""
    world = await build(school)
    kinds = {
        "/lists/{key}": ("tom", "list"),
        "/programs/{key}": ("tom", "program"),
        "/resources/{key}": ("tom", "resource"),
        "/classes/{key}": ("tom", "class"),
        "/curate/sources/{key}": ("ada", "source"),
        "/groups/{key}": ("tom", "group"),
        "/admin/people/{key}": ("alma", "person"),
        "/admin/records/{key}": ("alma", "student"),
        "/admin/sign-in/elsewhere/{key}": ("alma", "provider"),
    }
    times: dict[str, list[float]] = {"unknown": [], "foreign": [], "gone": []}
    for path, (who, kind) in kinds.items():
        browser.sign_in(world.readers[who])
        named = {(of, owner): key for (of, _, owner), key in world.things.items()}
        here = next(key for owner in ("tom", "lil") if (key := named.get((kind, owner))))
        with every_school("ids of another school, and of what was here"):
            foreign, gone = await alike(kind, named[kind, "rosa"]), await alike(kind, here)
            await KINDS[kind].filter(Q(key__in=gone) | Q(slug__in=gone) if kind in NAMED else Q(key__in=gone)).delete()
        unknown = [new_key() for _ in range(IDS)]
        bodies = set()
        for asked in zip(unknown, foreign, gone, strict=True):
            for way, key in random.sample(list(zip(times, asked, strict=True)), 3):
                began = perf_counter()
                answer = await browser.get("/lincoln" + path.replace("{key}", key))
                times[way].append(perf_counter() - began)
                kept = {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "date")}
                text = answer.text.replace(key, "KEY")
                bodies.add((answer.status_code, re.sub(r"\b[0-9a-f]{10}\b", "CODE", text), str(sorted(kept.items()))))
        assert len(bodies) == 1, (path, [(status, len(text)) for status, text, _ in bodies])
        assert bodies.pop()[0] == 404
    medians = {way: statistics.median(taken) * 1000 for way, taken in times.items()}
    for way, median in medians.items():
        record_property(f"median of {way}, ms", round(median, 2))
    if IDS >= SO_MANY:  # fewer say nothing
        assert max(medians.values()) <= 1.05 * min(medians.values()), medians


async def alike(kind: str, name: str) -> list[str]:
    """Make IDS rows like one, and return by what each stands in addresses: its key, or its slug."""
    model = KINDS[kind]
    row = await model.get(Q(key=name.split()[0]) | Q(slug=name.split()[-1]) if kind in NAMED else Q(key=name))
    values = {column: getattr(row, column) for column in model._meta.fields_db_projection if column != "id"}
    alone = [column for column in ALONE if values.get(column)]
    made = [model(**{**values, **{column: new_key()[:12] for column in alone}}) for _ in range(IDS)]
    await model.bulk_create(made)
    return [str(getattr(one, "slug" if kind in NAMED else "key")) for one in made]
