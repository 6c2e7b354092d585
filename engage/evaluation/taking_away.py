"""A report to take away: tables for a spreadsheet, values for a paper; all from the one report, nothing asked."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from engage import dates
from engage.evaluation.prose import Section, draft, speaks, stands
from engage.evaluation.report import CSV_HEAD, Figure, Goal, Report, level_words
from engage.evaluation.rules import Value
from engage.evaluation.survey_rules import Asked
from engage.evaluation.words import capital, short
from engage.evaluation.workbooks import Table, book_of
from engage.web.paper import Paper, plain
from engage.web.tables import Cell

LONG = 1_200


def tables_of(report: Report) -> list[Table]:
    """The sheets of a report: name, head and rows of each; those that have a row."""
    criteria = {one.code: one.title for one in report.practice.criteria}
    sheets: list[Table] = [
        (
            "In words",
            ("Section", "Sentence", "From"),
            [(part.title, one.text, one.source) for part in draft(report) for one in part.sentences],
        ),
        ("Figures", CSV_HEAD, report.to_csv_rows()[1:]),
        (
            "Objectives",
            ("Objective", "School goal", "Figure", "Baseline", "Now", "Shown as", "Target", "Due", "Stands"),
            [
                (
                    goal.title,
                    goal.goal,
                    _title(report, goal.indicator),
                    goal.baseline,
                    goal.value.number,
                    goal.value.words(_unit(report, goal.indicator)),
                    goal.target,
                    goal.due_on,
                    _stands(goal),
                )
                for goal in report.goals
            ],
        ),
        (
            "Best practice",
            ("Group", "Criterion", "Kind", "Step of four", "In words", "Step last time", "Note"),
            [
                (
                    one.group,
                    one.title,
                    one.counting.value,
                    judged.level if judged else None,
                    level_words(judged.level if judged else None),
                    report.former.level(one.code) if report.former else None,
                    judged.note if judged else "",
                )
                for one in report.practice.criteria
                for judged in (report.judgement(one.code),)
            ],
        ),
        (
            "Evidence",
            ("Criterion", "Kind", "Title", "Of", "Note", "Web address"),
            [
                (criteria.get(one.criterion, one.criterion), one.kind.word, one.title, one.on, one.note, one.address)
                for one in report.evidence
            ],
        ),
        (
            "Actions",
            ("Criterion", "What", "Who", "Due", "Stands", "Outcome", "Carried over"),
            [
                (
                    criteria.get(one.criterion, one.criterion),
                    one.what,
                    one.who,
                    one.due_on,
                    one.state.word,
                    one.outcome,
                    one.carried,
                )
                for one in report.actions
            ],
        ),
        (
            "Surveys",
            ("Survey", "Question", "Answers", "Answer", "Value", "Shown as", "Closed"),
            [row for asked in report.surveys for row in _survey_rows(asked)],
        ),
        (
            "Weeks",
            ("Week from", "Students taking part", "Shown as"),
            [(monday, value.number, value.words()) for monday, value in report.weeks],
        ),
    ]
    return [sheet for sheet in sheets if sheet[2]]


def _survey_rows(asked: Asked) -> list[Sequence[Cell]]:
    rows: list[Sequence[Cell]] = []
    for reply in asked.replies:
        if reply.kind == "scale" and reply.answers:
            shown = reply.agreed
            rows.append(
                (asked.title, reply.words, reply.answers, "Agree", shown.number, shown.words("%"), asked.closed_on)
            )
        rows += [
            (asked.title, reply.words, reply.answers, name, value.number, value.words("%"), asked.closed_on)
            for name, value in reply.parts
        ]
    return rows


def _stands(goal: Goal) -> str:
    """ "Met", "Needs work"."""
    return capital(stands(goal).removeprefix("is "))


def _figure(report: Report, name: str) -> Figure | None:
    return next((one for one in report.figures if one.name == name), None)


def _title(report: Report, name: str) -> str:
    figure = _figure(report, name)
    return figure.title if figure else name


def _unit(report: Report, name: str) -> str:
    figure = _figure(report, name)
    return figure.unit if figure else ""


def workbook(report: Report) -> bytes:
    """The report as an XLSX workbook, a sheet for each part; what a spreadsheet would take for a formula is text."""
    return book_of([_about(report), *tables_of(report)], report.as_of)


def _about(report: Report) -> Table:
    rows: list[Sequence[Cell]] = [
        ("School", report.school),
        ("Cycle", report.cycle),
        ("Judged by", f"{report.practice.title}, version {report.practice.version}"),
        ("From", report.starts),
        ("Counted until", report.until),
        ("As of", report.as_of),
        ("Closed", report.closed),
        ("Small groups", withheld(report)),
    ]
    return "About", ("What", "Value"), rows


def withheld(report: Report) -> str:
    """What is not shown, in a sentence."""
    few = f"fewer than {report.fewest} students stand behind it, or behind the rest of it"
    return f"A number is not shown where {few}."


def paper_of(report: Report, language: str, paper: Paper, zone: str) -> dict[str, Any]:
    """What stands on the report on paper: values for templates/paper/report.typ."""
    on = dates.on(report.as_of, zone)
    return {
        "paper": str(paper),
        "lang": language[:2] or "en",
        "title": "Library program evaluation",
        "school": plain(report.school, LONG),
        "cycle": report.cycle,
        "period": f"{_day(report.starts)} to {_day(report.until)}. Counted on {_day(on)}.",
        "framework": plain(report.practice.title, LONG),
        "withheld": withheld(report),
        "sections": [_paper_section(part) for part in draft(report)],
        "figures": [
            {
                "name": f"f-{figure.name}",
                "title": plain(figure.title, LONG),
                "value": capital(figure.words),
                "definition": plain(figure.definition, LONG),
                "version": figure.version,
                "split": figure.split,
                "parts": []
                if figure.parts_withheld
                else [{"name": plain(name, 90), "value": value.words(figure.unit)} for name, value in figure.parts],
            }
            for figure in report.figures
        ],
        "goals": [
            {
                "title": plain(goal.title, LONG),
                "aim": plain(goal.aim, LONG),
                "now": capital(goal.value.words(_unit(report, goal.indicator))),
                "target": Value(goal.target).words(_unit(report, goal.indicator)),
                "due": _day(goal.due_on),
                "stands": _stands(goal),
                # shares of the way for the bar: now and target of what is larger
                **_bar(goal.value.number, goal.target),
            }
            for goal in report.goals
        ],
        "surveys": [_paper_survey(asked) for asked in report.surveys],
        "weeks": [
            {"name": short(monday), "value": value.number if value.number is not None else -1}
            for monday, value in report.weeks
        ],
        "criteria": [
            {
                "group": plain(name, 90),
                "rows": [
                    {
                        "title": plain(one.title, LONG),
                        "level": judged.level if judged and judged.level else 0,
                        "word": level_words(judged.level if judged else None),
                        "text": plain(one.levels[judged.level - 1], LONG) if judged and judged.level else "",
                        "note": plain(judged.note, LONG) if judged else "",
                        "evidence": [
                            plain(f"{piece.kind.word}: {piece.title}", 200) for piece in report.evidence_of(one.code)
                        ],
                    }
                    for one in some
                    for judged in (report.judgement(one.code),)
                ],
            }
            for name, some in report.practice.groups
        ],
    }


def _paper_section(part: Section) -> dict[str, Any]:
    said = [{"text": plain(one.text, LONG), "source": plain(one.source, 120)} for one in part.sentences]
    return {"title": plain(part.title, 200), "sentences": said}


def _paper_survey(asked: Asked) -> dict[str, Any]:
    rows = [
        {
            "words": plain(one.words, LONG),
            "parts": "; ".join(f"{plain(name, 90)} {value.words('%')}" for name, value in one.parts)
            if one.parts and speaks(one.parts[0][1])
            else "",
            "shown": f"{capital(one.agreed.words('%'))} agree" if speaks(one.agreed) else "",
        }
        for one in asked.replies
        if one.answers and (speaks(one.agreed) or (one.parts and speaks(one.parts[0][1])))
    ]
    about = (
        f"{asked.answers} answers. Asked of {asked.whom}, closed {_day(asked.closed_on)}. No name stands behind them."
    )
    return {"title": plain(asked.title, 200), "about": about, "rows": rows}


def _bar(now: float | None, target: float) -> dict[str, float]:
    full = max(now or 0, target, 0.001)
    return {"share": min((now or 0) / full, 1), "mark": min(target / full, 1)}


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"
