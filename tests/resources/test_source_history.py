"""How a source has done lately, in words."""

from datetime import UTC, datetime, timedelta

import pytest

from engage.resources.incoming_models import Visit
from engage.resources.rules import SourceState
from engage.resources.source_history import history_of, next_visit, spells, summary
from engage.resources.visiting import health
from tests import make

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def visit(hours: float, sentence: str = "Nothing new.", good: bool = True, new: int = 0) -> dict[str, object]:
    return {"at": NOW - hours * HOUR, "good": good, "sentence": sentence, "new": new, "changed": 0}


VISITS = [
    visit(1),
    visit(2),
    visit(3, "2 new.", new=2),
    visit(4, "2 new.", new=2),
    visit(5, "The site has trouble.", good=False),
    visit(6, "The site has trouble.", good=False),
    visit(49, "12 new.", new=12),
]


def test_visits_in_a_row_that_found_the_same_are_one_spell():
    told = [(spell.words, spell.last, spell.first) for spell in spells(VISITS)]
    assert told == [
        ("Nothing new. 2 visits in a row.", NOW - HOUR, NOW - 2 * HOUR),
        # each of these brought something of its own
        ("2 new.", NOW - 3 * HOUR, NOW - 3 * HOUR),
        ("2 new.", NOW - 4 * HOUR, NOW - 4 * HOUR),
        ("The site has trouble. 2 visits in a row.", NOW - 5 * HOUR, NOW - 6 * HOUR),
        ("12 new.", NOW - 49 * HOUR, NOW - 49 * HOUR),
    ]
    assert spells([]) == []


@pytest.mark.parametrize(
    ("visits", "sentences"),
    [
        ([], []),
        ([visit(0, "1 new.", new=1)], ["So far: 1 visit, a good one.", "They brought 1 new entry, just now."]),
        ([visit(25), visit(26)], ["In the last day: 2 visits, all of them good.", "They brought nothing new."]),
        ([visit(1)], ["In the last hour: 1 visit, a good one.", "They brought nothing new."]),
        ([visit(2, "No.", good=False)], ["In the last 2 hours: 1 visit, in vain.", "They brought nothing new."]),
        (
            VISITS,
            [
                "In the last 2 days: 7 visits, 2 of them in vain.",
                "They brought 16 new entries, the last 3 hours ago.",
                "The last trouble was 5 hours ago: The site has trouble.",
            ],
        ),
        # trouble that lasts stands in the health of the source
        (VISITS[4:6], ["In the last 6 hours: 2 visits, 2 of them in vain.", "They brought nothing new."]),
    ],
)
def test_all_visits_together_are_told_in_sentences(visits, sentences):
    assert summary(visits, NOW) == sentences


@pytest.mark.parametrize(
    ("state", "wait", "failures", "words"),
    [
        ("active", timedelta(minutes=41), 0, "The next visit is in 41 minutes."),
        ("active", timedelta(hours=3), 2, "The next try is in 3 hours."),
        ("active", timedelta(hours=47), 3, "The next try is in 2 days."),
        ("active", timedelta(minutes=119), 1, "The next try is in 2 hours."),
        ("active", timedelta(minutes=59, seconds=55), 0, "The next visit is in an hour."),
        ("active", timedelta(seconds=-5), 0, "The next visit is due now."),
        ("paused", HOUR, 0, ""),
        ("retired", HOUR, 0, ""),
        ("suggested", HOUR, 0, ""),
    ],
)
def test_when_a_source_is_visited_next_is_said_in_words(state, wait, failures, words):
    row = {"state": SourceState(state), "next_visit_at": NOW + wait, "failures": failures}
    assert next_visit(row, NOW) == words


def test_one_that_was_removed_is_told_from_one_that_has_ended():
    assert health(SourceState.RETIRED, 0, "", None, None, NOW).sentence == "was removed."
    assert health(SourceState.RETIRED, 1, "", None, None, NOW).sentence == "has ended."


async def test_the_history_is_of_one_source_and_thirty_days(school, ada):
    one, other = await make.source("One"), await make.source("Other")
    for of, days in ((one, 1), (one, 29), (one, 31), (other, 1)):
        where = {"school_id": school.card.id, "source_id": of.id}
        await Visit.create(**where, at=NOW - timedelta(days=days), good=True, sentence="Nothing new.")
    told = await history_of(ada, one.id, NOW)
    assert told.sentences[0] == "In the last 29 days: 2 visits, all of them good."
    assert [spell.times for spell in told.spells] == [2]
