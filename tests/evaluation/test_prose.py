"""The report in words: each sentence leads to what it speaks of, and where nothing may be shown nothing is said."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from engage.engagement.small_groups import NOTHING
from engage.evaluation.cycle_rules import Doing
from engage.evaluation.indicators import ALL
from engage.evaluation.measuring import bands_words
from engage.evaluation.prose import draft, glance_of, than_before, unrated, way_of
from engage.evaluation.report import Figure, Goal, Judgement, Report, from_json
from engage.evaluation.report_parts import Act, Before, Former
from engage.evaluation.rules import HIDDEN, State, Value
from engage.evaluation.survey_rules import Asked, Reply
from engage.evaluation.taking_away import tables_of
from engage.evaluation.words import finding, week_sentence
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
        "Planned was: “Ask Room 15.” They come on Fridays.",
        "Planned was: “Visit each grade.” All have been.",
        "Ask Room 15. Who: The specialist.",
    ]


def test_surveys_are_told_where_they_are_shown_and_not_those_that_came_before() -> None:
    reply = Reply("I learned something new here.", "scale", "learned", 40, Value(58), (), Value(14))
    asked = Asked("s1", "After", "after", "everybody at school", STARTS, 40, (reply, replace(reply, agreed=HIDDEN)))
    report = a_report({}, surveys=(replace(asked, stage="before"), asked))
    assert words(report) == [
        "Of the 40 who answered “After”, 58% say that they learned something new. Before, it was 14%."
    ]


def test_an_objective_that_is_not_shown_is_not_judged() -> None:
    goal = Goal("k", "More", "", "reach", 40.0, 80.0, ENDS, "", HIDDEN, State.WORK)
    report = a_report({}, goals=(goal,))
    assert words(report) == ["“More” cannot be judged. Students who took part: not shown."]
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


def test_a_number_stands_with_its_unit_and_nothing_stands_for_none() -> None:
    assert [Value(many).words("entries") for many in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]
    assert [Value(many).words("days") for many in (1, 1.5)] == ["1 day", "1.5 days"]
    assert Value(1).words("%") == "1%"
    assert (NOTHING.words("%"), HIDDEN.words("%")) == ("nothing to count", "not shown")
    some = {"entries_promoted": 1, "accessible": 0, "dead_links": 0, "list_opens": 1}
    report = a_report({name: Value(number) for name, number in some.items()})
    assert words(report) == [
        "Lists were opened once.",
        "None of the resources are known to have captions, a transcript, large print or audio description.",
        "No links were dead at the last look.",
        "1 entry of the inbox was put before readers.",
    ]
    assert draft(a_report({"days_to_repair": NOTHING})) == ()


def test_a_finding_names_no_group_that_is_not_alone_at_an_end() -> None:
    under = Value(bound="under", edge=12)
    some = (("A", Value(66)), ("B", Value(13)))
    assert finding(figure("completion", Value(39), some)) == "Highest: A. Lowest: B."
    assert finding(figure("completion", Value(39), (*some, ("C", under)))) == "Highest: A. Lowest: C."
    assert finding(figure("completion", Value(39), (*some, ("C", under), ("D", under)))) == "Highest: A."
    assert finding(figure("completion", Value(39), (("A", Value(4)), ("B", Value(4))))) == "Alike in all groups."
    assert finding(figure("completion", Value(39), (("A", under), ("B", under)))) == ""
    assert finding(figure("reach", Value(39), (("A", HIDDEN), ("B", HIDDEN)))).startswith("Not shown by grade band")
    assert finding(figure("minutes_reading", Value(39), some)) == "", "groups of unequal size are not ranked by a sum"


def test_weeks_are_told_from_the_first_whole_one_to_the_last() -> None:
    weeks = [(date(2026, 12, 7), Value(10)), (date(2026, 12, 14), HIDDEN), (date(2026, 12, 21), Value(30))]
    now = (date(2026, 12, 28), Value(12))
    whole = week_sentence(a_report({}, weeks=tuple(weeks)))
    assert whole == "10 students in the week of 7 Dec, 30 in that of 21 Dec. Weeks with a small group are left out."
    assert week_sentence(a_report({}, weeks=(*weeks, now))) == f"{whole} The last week shown is not over yet."
    assert week_sentence(a_report({}, weeks=tuple(weeks[:2]))).startswith("Too few")


def test_grade_bands_that_stand_together_are_one_range() -> None:
    assert bands_words(["K-2"]) == "Grades K to 2"
    assert bands_words(["K-2", "3-5"]) == "Grades K to 5"
    assert bands_words(["3-5", "9-12", ""]) == "Grades 3 to 12 and no grade"
    assert bands_words([""]) == "No grade"
