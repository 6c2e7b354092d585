"""Charts hold their numbers, in the drawing and beside it."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from engage.web import charts
from engage.web.plots import Label, apart, axis, measure

DAYS = [(f"{day} Nov", {"reading": day * 2, "listening": day % 3 * 10}) for day in range(1, 29)]
WEEKS = [(f"week {week}", 398 + week * 10 if week < 9 else None, 371 + week * 5) for week in range(12)]
GRADES = [(f"Grade {grade}", [None if grade == 3 else grade * 9 + week for week in range(12)]) for grade in range(1, 9)]

FIGURES = {
    "bars": charts.bars("b", "Minutes & days", "Most were <books>.", DAYS),
    "no bars": charts.bars("b", "Minutes", "Nothing yet.", []),
    "bars of nought": charts.bars("b", "Minutes", "Nothing yet.", [("1 Nov", {}), ("2 Nov", {"reading": 0})]),
    "line": charts.line("l", "Students", "Up.", WEEKS, target=549),
    "no line": charts.line("l", "Students", "Nothing yet.", []),
    "one point": charts.line("l", "Students", "Just begun.", [("week 1", 3, None)], unit="days"),
    "bullet": charts.bullet("g", "Reach", 84, 90, begun=71, unit="%"),
    "bullet withheld": charts.bullet("g", "Reach", None, 90, unit="%", lower_is_better=True, state="work"),
    "heat": charts.heat("h", "By grade", "Grade 8 leads.", [name for name, _, _ in WEEKS], GRADES, first="Grade"),
    "no heat": charts.heat("h", "By grade", "Nothing yet.", [], []),
    "hbars": charts.hbars("k", "How", "Listening grew.", [("Read", 6140, "reading"), ("Other", 0, "mark")]),
    "no hbars": charts.hbars("k", "How", "Nothing yet.", []),
}


def parsed(name):
    return ET.fromstring(FIGURES[name].replace("&#x27;", "'"))


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_said_in_words(name):
    figure = parsed(name)
    assert figure.tag == "figure"
    drawing = figure.find("svg")
    assert drawing is not None
    assert drawing.get("role") == "img"
    title, seen = drawing.get("aria-labelledby").split()
    assert drawing.find(f"title[@id='{title}']").text
    assert drawing.find(f"desc[@id='{seen}']").text.endswith(".")
    assert "style=" not in FIGURES[name]


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_drawn_outside_of_the_figure(name):
    for shape in parsed(name).iter("rect"):
        left, wide = (float(shape.get(key, "0").rstrip("%")) for key in ("x", "width"))
        assert -0.01 <= left <= 100
        assert left + wide <= 100.01
        assert float(shape.get("y")) >= 0
        assert float(shape.get("height")) > 0


def test_the_numbers_stand_beside_the_drawing():
    rows = parsed("bars").findall(".//tbody/tr")
    assert len(rows) == len(DAYS)
    assert [cell.text for cell in rows[1]] == ["2 Nov", "4", "0", "20"]
    assert [cell.text for cell in parsed("line").find(".//tbody/tr[12]")] == ["week 11", "not shown", "426"]


def test_a_small_group_is_not_shown_in_the_drawing_nor_in_the_table():
    third = parsed("heat").findall(".//tbody/tr")[2]
    assert {cell.text for cell in third.findall("td")} == {"not shown"}
    assert len(parsed("heat").findall(".//rect[@class='h-none']")) == 12
    assert ">Not shown<" in FIGURES["bullet withheld"]


def test_the_finding_is_escaped():
    assert "Most were &lt;books&gt;." in FIGURES["bars"]
    assert "Minutes &amp; days" in FIGURES["bars"]


def test_bars_of_a_day_stand_on_each_other():
    figure = ET.fromstring(charts.bars("b", "t", "s", [("1 Nov", {"reading": 20, "viewing": 10, "listening": 10})]))
    stacked = [(float(r.get("y")), float(r.get("height"))) for r in figure.iter("rect")]
    tops = [y for y, _ in stacked]
    assert tops == sorted(tops, reverse=True)
    assert tops[-1] == 20
    assert stacked[0][1] == pytest.approx(stacked[1][1] * 2, abs=2)


def test_few_names_are_written_under_many_columns():
    written = re.findall(r">(\d+ Nov)</text>", FIGURES["bars"])
    assert written[0] == "1 Nov"
    assert written[-1] == "28 Nov"
    assert len(written) <= 6


@pytest.mark.parametrize(
    ("most", "step", "top"),
    [(0, 1, 2), (1, 1, 2), (3, 1, 3), (7, 2, 8), (40, 20, 40), (44, 25, 50), (549, 200, 600), (1318, 500, 1500)],
)
def test_an_axis_ends_at_the_lowest_round_number(most, step, top):
    assert axis(most) == (step, top)


@pytest.mark.parametrize("most", [*range(0, 3000, 7), 12_345, 999_999, 0.4, 17.5])
def test_every_axis_has_two_to_four_lines_and_holds_its_highest(most):
    step, top = axis(most)
    assert top >= most
    assert top % step == 0
    assert 2 <= top // step <= 4


def test_labels_at_one_height_are_pushed_apart():
    text = apart([Label(100, 100, "t-b", "one"), Label(101, 100, "t-b", "two"), Label(400, 100, "t-q", "low")], 226)
    heights = sorted(float(y) for y in re.findall(r'y="([\d.]+)"', text))
    assert all(later - earlier >= 16 for earlier, later in pairwise(heights))
    assert heights[-1] == 220


def test_a_measure_carries_its_unit():
    said = [measure(84, "%"), measure(10.6, "days"), measure(1318), measure(12.04, "days"), measure(None, "%")]
    assert said == ["84%", "10.6 days", "1,318", "12 days", "not shown"]


def test_the_words_of_today_stand_clear_of_the_dot_of_today():
    for now, target in ((38.6, 30), (14, 30), (29, 30), (75, 75)):
        drawn = charts.course(
            "w", "The way", "There.", baseline=14, target=target, now=now, gone=0.33, ends=("1 Aug", "31 Jul")
        )
        dot = float(re.findall(r'cy="([\d.]+)"', drawn)[0])
        foot = float(re.findall(r'y="([\d.]+)"[^>]*>Now ', drawn)[0])
        # type of 13 pixels, a dot of 6 to each side
        assert foot >= dot + 16 or foot <= dot - 6, (now, dot, foot)
