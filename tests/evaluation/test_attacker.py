"""Nobody works out a small group from what is shown: sheets of 500 random schools, the order in which parts stand
together, two reports after each other, and pages with their files."""

import asyncio
import csv
import io
import json
import re
import shutil
import subprocess
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from random import Random
from typing import Any

import openpyxl
import pytest

from engage import dates
from engage.engagement import small_groups
from engage.engagement.rules import Kind, Mode
from engage.engagement.small_groups import HIDDEN, Value, stand_together, steady
from engage.evaluation import actions
from engage.evaluation.freezing import Deed, steadied
from engage.evaluation.indicators import INDICATORS
from engage.evaluation.measuring import BANDS, bands_of
from engage.evaluation.report import Figure, Report
from engage.evaluation.sheets import Sheet, sheet_of
from engage.people.token_rules import Opens
from tests import make
from tests.evaluation.attacker import Act, Attacker, fixture, taken_from
from tests.school import Browser, TestSchool, words_of
from tests.test_api import token_of

pytestmark = pytest.mark.slow

NOW = datetime(2026, 12, 31, tzinfo=UTC)
SUMS = ("minutes_reading", "minutes_listening", "pages", "sessions", "titles")
pure = pytest.mark.only("sqlite")


def behind(acts: list[Act], name: str, by: str, part: object) -> int:
    """How many students are behind one part of a sum."""
    of = {"grade band": "band", "mode": "mode", "format": "format", "place": "place"}

    def there(act: Act) -> bool:
        return act.on.replace(day=1) == part if by == "month" else getattr(act, of[by]) == part

    return len({act.person for act in acts if counted(act, name) and there(act)})


def counted(act: Act, name: str) -> bool:
    """Whether an act is in a sum."""
    if name.startswith("minutes_"):
        return act.mode == name.partition("_")[2] and bool(act.minutes)
    return (name != "pages" or bool(act.pages)) and (name != "titles" or act.finished)


def sheets_of(acts: list[Act], fewest: int, names: tuple[str, ...] = SUMS) -> list[Sheet]:
    enrolled = {"K-2": 30, "3-5": 30, "6-8": 30, "9-12": 30}
    taken = taken_from(acts, enrolled)
    return [sheet_of(INDICATORS[name], taken, "Lincoln", fewest, NOW) for name in names]


@pure
def test_no_small_cell_of_500_schools_follows_from_what_is_shown() -> None:
    shown = 0
    for seed in range(500):
        random = Random(seed)
        acts, fewest = fixture(random), random.choice([5, 5, 10])
        name = SUMS[seed % len(SUMS)]
        (sheet,) = sheets_of(acts, fewest, (name,))
        # who sees what leaves the school, too, sees it with a higher limit
        (beyond,) = sheets_of(acts, small_groups.limit_beyond(fewest), (name,))
        shown += len(sheet.cells) > 1
        for cells in (sheet.to_json()["cells"], [*sheet.to_json()["cells"], *beyond.to_json()["cells"]]):
            attacker = Attacker(cells)
            for by, parts in attacker.parts.items():
                for part in parts:
                    if behind(acts, name, by, part) < fewest:
                        assert not attacker.recovers(by, part), (seed, name, by, part)
    assert shown > 100, "an attack on nothing proves nothing"


@pure
def test_an_attacker_finds_what_is_not_protected(monkeypatch: pytest.MonkeyPatch) -> None:
    """The attacker can do what he is there for: without the limit he finds small cells in most schools."""
    found = 0
    for seed in range(40):
        acts = fixture(Random(seed))
        (sheet,) = sheets_of(acts, 1, ("sessions",))
        attacker = Attacker(sheet.to_json()["cells"])
        found += any(
            behind(acts, "sessions", by, part) < 5 and attacker.recovers(by, part)
            for by, parts in attacker.parts.items()
            for part in parts
        )
    assert found > 20


@pure
@pytest.mark.parametrize("higher", [(), (4,), (6,)])
def test_who_knows_how_parts_stand_together_learns_no_small_part(higher: tuple[int, ...]) -> None:
    """Every table that there can be, by what would be shown of it under one limit, and under a higher one as well: a
    small part is never the same in all of them."""
    fewest = 3
    for many in (2, 3, 4):
        tables = defaultdict(list)
        for table in product(range(9), repeat=many):
            if (whole := sum(table)) > 8:
                continue  # no part is bounded by anything but the whole
            people = [{(place, number) for number in range(size)} for place, size in enumerate(table)]
            shown = tuple(
                tuple((first, last, sum(table[first : last + 1])) for first, last in blocks) if whole >= limit else None
                for limit in (fewest, *higher)
                for blocks in (stand_together(people, limit, least=fewest),)
            )
            tables[shown].append(table)
        for same in tables.values():
            for place in range(many):
                values = {table[place] for table in same}
                assert len(values) > 1 or min(values) >= fewest, same


@pure
def test_a_pair_of_frozen_reports_tells_of_no_small_group() -> None:
    for before, now in product((HIDDEN, *map(Value, range(5, 20))), repeat=2):
        told = steady(before, now, 5)
        assert told in (before, now)
        if before.number is not None and told.number is not None and told != before:
            assert abs(told.number - before.number) >= 5
    assert steady(Value(12), Value(13), 5) == Value(12)
    assert steady(Value(12), Value(17), 5) == Value(17)


def frozen_of(acts: list[Act], fewest: int) -> Report:
    """A report of what was done, as far as it is of taking part."""
    enrolled = {"K-2": 60, "3-5": 60, "6-8": 60, "9-12": 60}
    taken = taken_from(acts, enrolled)
    asked = [(one, one.ask(taken, fewest)) for one in map(INDICATORS.__getitem__, SUMS)]
    figures = tuple(
        Figure(one.name, one.title, "", one.unit, 1, one.split, answer.value, tuple(answer.parts.items()))
        for one, answer in asked
    )
    starts, ends = date(2026, 8, 1), date(2027, 7, 31)
    return Report("Lincoln", "2026-27", "Best", starts, ends, ends, NOW, fewest, figures, (), (), (), (), ())


@pure
def test_two_frozen_reports_subtracted_tell_of_no_few() -> None:
    """What differs in a later report, in all or in a group, is of enough students who did something in between."""
    fewest, moved, told, protected = 5, 0, 0, 0
    for seed in range(60):
        random = Random(seed)
        acts = [replace(act, person=act.person + 100 * more) for more in range(3) for act in fixture(random)]
        share = random.choice([0.02, 0.2, 0.6])
        first = [act for act in acts if random.random() > share]
        later = [act for act in acts if not any(act is one for one in first)]
        before, now = frozen_of(first, fewest), frozen_of(acts, fewest)
        deeds = [
            Deed(act.person, kind, act.mode, act.band, act.minutes > 0, act.pages > 0)
            for act in later
            for kind in (Kind.LOGGED, *([Kind.FINISHED] if act.finished else []))
        ]
        shown = steadied(before, now, deeds)
        for name in SUMS:
            old, new = before.figure(name), shown.figure(name)
            protected += new == old != now.figure(name)
            told += new != old
            for group, value in cells_of(new):
                was = dict(cells_of(old)).get(group, HIDDEN)
                if None in (was.number, value.number) or was == value:
                    continue
                moved += 1
                those = [act for act in later if counted(act, name) and (not group or act.band in bands_of(group))]
                assert len({act.person for act in those}) >= fewest, (seed, name, group)
    assert min(moved, told, protected) > 20, f"an attack on nothing proves nothing: {moved} {told} {protected}"


def cells_of(figure: Figure) -> list[tuple[str, Value]]:
    return [("", figure.value), *figure.parts]


@pure
def test_limits_never_go_below_those_of_the_rules() -> None:
    assert [small_groups.limit_inside(n) for n in (0, 4, 5, 8)] == [5, 5, 5, 8]
    assert [small_groups.limit_beyond(*pair) for pair in ((5, 10), (5, 3), (12, 10), (5, 20))] == [10, 10, 12, 20]
    assert small_groups.check_limits(5, 10, 5, 10) == ""
    assert "never lowered" in small_groups.check_limits(6, 10, 8, 10)


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="no pdftotext here")
async def test_pages_and_files_give_an_attacker_nothing(browser: Browser, school: TestSchool) -> None:
    random = Random(11)
    acts = [act for seed in (4, 7, 9) for act in fixture(Random(seed)) if act.on <= dates.today(school.card.zone)]
    people = {number: await make.student(f"Child {number}", grade=1 + number % 8) for number in range(50)}
    stand = []
    for act in random.sample(acts, min(len(acts), 45)):
        who = people[act.person]
        of = {"format": act.format, "place": act.place, "pages": act.pages}
        await make.log_act(who, act.on, Mode(act.mode), act.minutes, **of)
        stand.append(
            Act(act.person, act.on, act.mode, act.format, act.place, who.band.value, act.minutes, act.pages, False)
        )
    today = dates.today(school.card.zone)
    cycle = await actions.start_cycle(dates.school_year(today), by=school.ada)
    token = await token_of(school.alma, Opens.FIGURES)
    told = await browser.client.get(f"/api/v1/schools/lincoln/cycles/{cycle.slug}", headers=token)
    browser.sign_in(school.ada)
    report = json.loads((await browser.get(f"/evaluation/{cycle.slug}/report.json")).text)
    paper = await on_paper(browser, f"/evaluation/{cycle.slug}/report.pdf", report["figures"])
    for name in ("sessions", "minutes_reading", "pages"):
        path = f"/evaluation/indicators/{name}"
        whole = json.loads((await browser.get(f"{path}.json")).text)
        filtered = await browser.get(f"{path}.json?band=3-5&mode=viewing&from=2026-09-01&to=2026-09-02&year=2025")
        assert json.loads(filtered.text)["cells"] == whole["cells"], "there is nothing to filter by"
        rows = list(csv.DictReader(io.StringIO((await browser.get(f"{path}.csv")).text.lstrip("\ufeff"))))
        book = openpyxl.load_workbook(io.BytesIO((await browser.get(f"{path}.xlsx")).content))
        numbers = [cell["value"] for cell in whole["cells"]]
        assert [float(row["Value"]) if row["Value"] else None for row in rows] == numbers
        assert [line[5] or None for line in book.active.iter_rows(min_row=2, values_only=True)] == numbers
        page = words_of(await browser.get(path))
        assert all(row["Shown as"][1:] in page for row in rows)
        known = [cell for cell in whole["cells"] if cell["by"] != "school year"]
        (figure,) = [one for one in report["figures"] if one["name"] == name]
        written = [("", figure["value"]["number"]), *((of, value["number"]) for of, value in figure["parts"])]
        assert written == [(one["group"], one["value"]) for one in known if one["by"] in ("", "grade band")]
        assert paper[name] == written, "the paper says what the page says, and no more"
        (beyond,) = [one for one in told.json()["data"] if one["indicator"] == name]
        known.append({"by": "", "group": "", "value": beyond["value"]})
        known += [{"by": "grade band", "group": one["group"], "value": one["value"]} for one in beyond["parts"]]
        attacker = Attacker(known, bands=BANDS[:3])
        for by, parts in attacker.parts.items():
            for part in parts:
                if behind(stand, name, by, part) < 5 and (by != "month" or part <= today):
                    assert not attacker.recovers(by, part), (name, by, part)


async def on_paper(
    browser: Browser, path: str, figures: list[dict[str, Any]]
) -> dict[str, list[tuple[str, float | None]]]:
    """What a report on paper says of each figure: of the whole, and of each group. Read from its text alone, between
    the title of a figure and the next one."""
    answer = await browser.get(path)
    assert answer.headers["content-type"] == "application/pdf"
    done = await asyncio.to_thread(
        subprocess.run, ["pdftotext", "-layout", "-", "-"], input=answer.content, capture_output=True, check=True
    )
    text = " ".join(done.stdout.decode().split())
    found = {}
    for place, one in enumerate(figures, 1):
        about = re.escape(" ".join(one["definition"].split()))
        end = rf"Version {one['version']} of this definition\."
        said = re.search(rf" {place} {re.escape(one['title'])} (.*?) {about}(.*?) {end}", text)
        assert said, one["title"]
        groups = [group.rpartition(": ") for group in said[2].strip().split("; ") if group]
        found[one["name"]] = [("", number(said[1])), *((group, number(words)) for group, _, words in groups)]
    return found


def number(words: str) -> float | None:
    """The number in "1,318 minutes"; None in "Not shown"."""
    digits = re.match(r"[\d,.]*\d", words)
    return float(digits[0].replace(",", "")) if digits else None
