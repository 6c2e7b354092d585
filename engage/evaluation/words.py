"""What a report says in plain sentences; each is made from its figures alone."""

import math
from datetime import date, timedelta

from engage.evaluation.report import Figure, Report
from engage.evaluation.rules import Value

# what groups of unequal size may be compared by: a share of each, or what one student did on average
COMPARED = ("%", "days")
# and what a group is there to be compared with others; a share of one thing says nothing against another thing
GROUPED = ("grade band", "mode", "program")


def summary(report: Report) -> str:
    """The first sentence of the report."""
    reach = report.figure("reach")
    if reach.value.number is None and not reach.value.bound:
        return "Too few students have taken part for figures about them to be shown."
    days = report.figure("active_days")
    first = f"{capital(reach.words)} of our students took part."
    return first if days.value.withheld else f"{first} They did so on {days.words} each, on average."


def finding(figure: Figure) -> str:
    """What a figure's break-down says: where it is highest and lowest, as far as that can be told."""
    if figure.parts_withheld:
        return f"Not shown by {figure.split}: one of the groups is too small."
    if figure.unit not in COMPARED or figure.split not in GROUPED:
        return ""
    ranked = [(rank(value), name) for name, value in figure.parts if value.number is not None or value.bound]
    if len(ranked) < 2:
        return ""
    ends = {"Highest": max(ranked)[0], "Lowest": min(ranked)[0]}
    if ends["Highest"] == ends["Lowest"]:
        return "" if math.isinf(ends["Lowest"]) else "Alike in all groups."
    named = {word: [name for place, name in ranked if place == end] for word, end in ends.items()}
    return " ".join(f"{word}: {names[0]}." for word, names in named.items() if len(names) == 1)


def rank(value: Value) -> float:
    """Where a value stands among others: what is only known to be under something is the lowest."""
    if value.number is not None:
        return value.number
    return math.inf if value.bound == "over" else -math.inf


def week_sentence(report: Report) -> str:
    """How taking part went from the first whole week to the last one of which a number is shown."""
    known = [(monday, value.number) for monday, value in report.weeks if value.number is not None]
    if len(known) < 2:
        return "Too few students in most weeks for a number to be shown."
    runs = report.until < known[-1][0] + timedelta(days=6)
    whole = known[:-1] if runs and len(known) > 2 else known
    (first, begin), (last, end) = whole[0], whole[-1]
    said = f"{begin:,.0f} students in the week of {short(first)}, {end:,.0f} in that of {short(last)}."
    left_out = " Weeks with a small group are left out." if len(known) < len(report.weeks) else ""
    return f"{said}{left_out}{' The last week shown is not over yet.' if runs else ''}"


def short(day: date) -> str:
    """ "3 Aug"."""
    return f"{day.day} {day:%b}"


def capital(text: str) -> str:
    """With a capital letter at its head."""
    return text[:1].upper() + text[1:]
