"""What a report says in plain sentences; each is made from its figures alone."""

from datetime import date

from engage.evaluation.report import Figure, Report


def summary(report: Report) -> str:
    """The first sentence of the report."""
    reach = report.figure("reach")
    if reach.value.number is None and not reach.value.bound:
        return "Too few students have taken part for figures about them to be shown."
    days = report.figure("active_days")
    first = f"{capital(reach.words)} of our students took part."
    return first if days.value.withheld else f"{first} Those who did were active on {days.words}."


def finding(figure: Figure) -> str:
    """What a figure's break-down says."""
    if figure.parts_withheld:
        return f"Not shown by {figure.split}: one of the groups is too small."
    known = [(value.number, name) for name, value in figure.parts if value.number is not None]
    if len(known) < 2:
        return ""
    (low, low_name), (high, high_name) = min(known), max(known)
    if low == high:
        return "Alike in all groups."
    return f"Highest: {high_name}. Lowest: {low_name}."


def week_sentence(report: Report) -> str:
    """How taking part went from week to week."""
    known = [(monday, value.number) for monday, value in report.weeks if value.number is not None]
    if len(known) < 2:
        return "Too few students in most weeks for a number to be shown."
    (first, begin), (last, end) = known[0], known[-1]
    way = "Up" if end > begin else "Down" if end < begin else "The same"
    way_words = f"{way} from {begin:,.0f} to {end:,.0f}" if end != begin else f"The same, {end:,.0f}"
    gaps = "" if len(known) == len(report.weeks) else " Weeks with a small group are left out."
    return f"{way_words}, from {short(first)} to {short(last)}.{gaps}"


def short(day: date) -> str:
    """ "3 Aug"."""
    return f"{day.day} {day:%b}"


def capital(text: str) -> str:
    """With a capital letter at its head."""
    return text[:1].upper() + text[1:]
