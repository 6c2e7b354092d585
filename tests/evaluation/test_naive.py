"""Every indicator agrees with a second, naive computation straight from the facts, on random districts.

ENGAGE_DISTRICTS says how many; a few are made in every run.
"""

import os
from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from engage import dates
from engage.dates import Period
from engage.engagement.rebuilding import differences
from engage.evaluation.figures import taken
from engage.evaluation.indicators import ALL
from engage.evaluation.measuring import MODE_WORDS, PLACES, Indicator, band_words, history
from engage.people.models import School
from tests.evaluation.districts import district
from tests.evaluation.naive import Naive, naive_of
from tests.school import TestSchool

pytestmark = pytest.mark.slow

DISTRICTS = int(os.environ.get("ENGAGE_DISTRICTS", "4"))
# assigned work is counted by the classes' own rules, which tests/evaluation/test_figures.py does again; what surveys
# say is withheld by rules of their own, which tests/evaluation/test_surveys.py holds
ELSEWHERE = {"assignments_done", *(one.name for one in ALL if one.name.startswith("survey_"))}


async def test_every_indicator_agrees_with_the_facts(school: TestSchool) -> None:
    random, shown = Random(20), Counter[str]()
    for number in range(DISTRICTS):
        for one in await district(random, number):
            today = dates.today(one.zone)
            year = dates.school_year(today, one.year_starts_in)
            for period in (
                Period(year.starts, today),
                Period(today - timedelta(days=random.randrange(3, 70)), today),
                Period(today - timedelta(days=90), today - timedelta(days=random.randrange(1, 60))),
            ):
                if period.starts >= year.starts or period.ends < year.starts:
                    await agrees(one, period, shown)
            assert await differences(one.id) == []
    never = {one.name for one in ALL} - set(shown) - ELSEWHERE
    assert not never, f"never shown, so never compared: {never}"


async def agrees(one: School, period: Period, shown: Counter[str]) -> None:
    counted = await taken(one.id, period)
    naive = await naive_of(one.id, one.zone, period)
    for indicator in ALL:
        if indicator.name in ELSEWHERE:
            continue
        value, told = indicator.ask(counted, 1).value, naive.of(indicator.name)
        where = (one.slug, period, indicator.name, value, told)
        if value.bound:
            assert told is not None, where
            assert (told < value.edge + 1) if value.bound == "under" else (told > value.edge - 1), where
        elif value.number is None:
            assert told is None or one_of_a_kind(indicator, naive), where
        else:
            assert told is not None, where
            assert abs(value.number - (round(told) if indicator.unit == "%" else told)) < 0.06, where
        shown[indicator.name] += value.number is not None or bool(value.bound)
        if indicator.amount is not None and told:
            steps = history(indicator, counted, 1)
            assert sum(step.value.number or 0 for step in steps) == told, where
    by_groups(counted, naive)


def one_of_a_kind(indicator: Indicator, naive: Naive) -> bool:
    """A share of one is withheld whatever the limit."""
    return (indicator.name in ("reach", "streaks") and len(naive.students) < 2) or indicator.name == "streaks"


def by_groups(counted: object, naive: Naive) -> None:
    """The parts of the log entries that stand alone, by each break-down."""
    sessions = next(one for one in ALL if one.name == "sessions")
    words = {
        "mode": {str(mode): word for mode, word in MODE_WORDS.items()},
        "place": PLACES,
        "format": {form: form.capitalize() for form in ("book", "film", "podcast")},
    }
    answer = sessions.ask(counted, 1)  # type: ignore[arg-type]
    bands = {band: band_words(band) for band in ("K-2", "3-5", "6-8", "9-12", "")}
    for name, parts, known in [
        ("grade_band", answer.parts, bands),
        *((by, split(counted, 1), words[by]) for by, split in sessions.splits.items()),  # type: ignore[arg-type]
    ]:
        facts = Counter(str(act[name]) for act in naive.logged)
        for value, word in known.items():
            if word in parts:
                assert parts[word].number == facts[value], (name, word)
        assert not parts or sum(part.number or 0 for part in parts.values()) == len(naive.logged)
