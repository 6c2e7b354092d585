"""The report in words: each sentence leads to what it speaks of, and where nothing may be shown nothing is said."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from engage.evaluation.cycle_rules import Doing
from engage.evaluation.indicators import ALL
from engage.evaluation.prose import draft, glance_of, than_before, unrated, way_of
from engage.evaluation.report import Figure, Goal, Judgement, Report, from_json
from engage.evaluation.report_parts import Act, Before, Former
from engage.evaluation.rules import HIDDEN, State, Value
from engage.evaluation.survey_rules import Asked, Reply
from engage.evaluation.taking_away import tables_of
from engage.web import charts

pytestmark = pytest.mark.only("sqlite")
STARTS, ENDS = date(2026, 8, 1), date(2027, 7, 31)


def figure(name: str, value: Value, parts: tuple[tuple[str, Value], ...] = ()) -> Figure:
    known = next(one for one in ALL if one.name == name)
    return Figure(name, known.title, known.definition, known.unit, known.version, known.split, value, parts)


def a_report(values: dict[str, Value], **more: object) -> Report:
    figures = tuple(figure(one.name, values.get(one.name, HIDDEN)) for one in ALL)
    at = datetime(2027, 1, 1, tzinfo=UTC)
    usual = Report("Lincoln", "2026-27", "Best", STARTS, ENDS, date(2027, 1, 1), at, 5, figures, (), (), (), (), ())
    return replace(usual, **more)  # type: ignore[arg-type]


def words(report: Report) -> list[str]:
    return [one.text for part in draft(report) for one in part.sentences]


def act(state: Doing, outcome: str = "", carried: bool = False, what: str = "Ask Room 15.") -> Act:
    return Act("k", "reading", what, "The specialist", None, state, outcome, carried)


def test_where_nothing_may_be_shown_nothing_is_said() -> None:
    assert draft(a_report({})) == ()
    assert glance_of(a_report({})).numbers == ()


def test_every_figure_that_is_shown_is_told_and_leads_to_itself() -> None:
    values = {one.name: Value(12) for one in ALL if one.name != "mode_share"}
    told = [one for part in draft(a_report(values)) for one in part.sentences]
    assert {one.about for one in told} == {f"f-{name}" for name in values}
    assert all(one.source and one.text.endswith(".") and "None" not in one.text for one in told)
    assert all(one.text[0].isupper() or one.text[0].isdigit() for one in told)
    bounded = a_report({"reach": Value(bound="over", edge=95)})
    assert words(bounded) == ["Over 95% of our students read, watched or listened and wrote it down."]


def test_a_figure_is_compared_only_with_the_same_figure_of_a_closed_cycle() -> None:
    at = datetime(2026, 8, 1, tzinfo=UTC)
    former = Former("2025-26", at, (Before("reach", 1, Value(48)), Before("active_days", 99, Value(9))), ())
    report = a_report({"reach": Value(75), "active_days": Value(12)}, former=former)
    assert than_before(report, report.figure("reach")) == "In all of 2025-26 it was 48%."
    assert than_before(report, report.figure("active_days")) == ""
    over = replace(report, until=ENDS)
    assert than_before(over, over.figure("reach")) == "In 2025-26 it was 48%."
    assert than_before(a_report({}, former=former), figure("reach", HIDDEN)) == ""


def test_it_says_what_changed_because_of_the_last_findings_and_what_is_next() -> None:
    done = act(Doing.DONE, "they come on Fridays")
    former = Former("2025-26", datetime(2026, 8, 1, tzinfo=UTC), (), (("reading", 2),), (done, act(Doing.OPEN)))
    carried = act(Doing.DONE, "All have been.", carried=True, what="Visit each grade")
    report = a_report(
        {},
        former=former,
        judgements=(Judgement("reading", 3, ""),),
        actions=(carried, act(Doing.OPEN), act(Doing.LET_GO), act(Doing.DONE, "Own.")),
    )
    assert words(report) == [
        "Of 26 criteria, 1 is rated: 1 effective.",
        "“Encouraging reading, viewing and listening” rose from developing to effective.",
        "Planned: ask Room 15. They come on Fridays.",
        "Planned: visit each grade. All have been.",
        "Ask Room 15 (the specialist).",
    ]


def test_surveys_are_told_where_they_are_shown_and_not_those_that_came_before() -> None:
    reply = Reply("I learned something new here.", "scale", "learned", 40, Value(58), (), Value(14))
    asked = Asked("s1", "After", "after", "everybody at school", STARTS, 40, (reply, replace(reply, agreed=HIDDEN)))
    report = a_report({}, surveys=(replace(asked, stage="before"), asked))
    assert words(report) == ["58% of 40 who answered “After” say that they learned something new. Before, it was 14%."]


def test_an_objective_that_is_not_shown_is_not_judged() -> None:
    goal = Goal("k", "More", "", "reach", 40.0, 80.0, ENDS, "", HIDDEN, State.WORK)
    report = a_report({}, goals=(goal,))
    assert words(report) == ["“More” cannot be judged. Where we stand is not shown: too few students stand behind it."]
    way = way_of(report, replace(goal, value=Value(50)))
    assert way is not None
    assert way["gone"] == pytest.approx(153 / 364)
    drawn = charts.course(id="w", **way)
    assert "From 40% (1 Aug) to 80% (31 Jul). Now 50%; on the way it would be 56.8%." in drawn
    assert "Now" not in charts.course(id="w", **{**way, "now": None})
    assert way_of(report, replace(goal, baseline=None)) is None


def test_a_frozen_report_thaws_to_itself_and_an_older_one_to_less() -> None:
    former = Former(
        "2025-26", datetime(2026, 8, 1, tzinfo=UTC), (Before("reach", 1, Value(48)),), (), (act(Doing.DONE, "So."),)
    )
    whole = a_report({"reach": Value(75)}, former=former, actions=(act(Doing.OPEN),))
    assert from_json(whole.to_text()) == whole
    plain = whole.to_json()
    for later in ("practice", "evidence", "actions", "surveys", "former"):
        del plain[later]
    assert from_json(json.dumps(plain)) == a_report({"reach": Value(75)})


def test_what_needs_a_person_is_named_until_it_is_rated() -> None:
    assert len(unrated(a_report({}))) == 9
    assert "Staffing" not in unrated(a_report({}, judgements=(Judgement("staffing", 1, ""),)))
    assert "Staffing" in unrated(a_report({}, judgements=(Judgement("staffing", None, "Soon."),)))


def test_the_tables_hold_what_the_words_hold() -> None:
    report = a_report({"reach": Value(75)})
    names = [name for name, _, _ in tables_of(report)]
    assert names == ["In words", "Figures", "Best practice"]
    assert all(len(row) == len(head) for _, head, rows in tables_of(report) for row in rows)
