"""Charts drawn on the server: a figure with its finding in words, a drawing, and the numbers as a table.

The outer drawing has a height in pixels and the width of its box; x and widths are percentages, so shapes stretch and
type keeps its size on a phone. Axes start at zero. Source: DESIGN-SYSTEM.md, section 9.
"""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise

from markupsafe import Markup

from engage.web.plots import (
    BOTTOM,
    TOP,
    Label,
    Number,
    apart,
    axis,
    caption,
    every,
    figure,
    floor,
    grid,
    key_row,
    known,
    measure,
    number,
    numbers,
    plot,
    rectangle,
    text,
    tick,
)

MODES = (("reading", "Read"), ("viewing", "Watch"), ("listening", "Listen"))
FILLS = {"reading": "f-read", "viewing": "f-view", "listening": "f-listen", "mark": "f-mark"}
STATES = {"met": "f-listen", "track": "f-mark", "work": "f-view"}
# the shape says the mode before the colour does
SWATCHES = {
    "reading": '<path class="f-read" d="M1 1h14v14H1z"/>',
    "viewing": '<path class="f-view" d="M1 1l14 7-14 7z"/>',
    "listening": '<circle class="f-listen" cx="8" cy="8" r="7"/>',
}


def bars(
    id: str,
    title: str,
    sentence: str,
    columns: Sequence[tuple[str, Mapping[str, Number]]],
    *,
    unit: str = "minutes",
    first: str = "Day",
    series: Sequence[tuple[str, str]] = MODES,
    boxed: bool = True,
    height: int = 190,
) -> Markup:
    """Columns over time, stacked by mode.

    columns: a short name for each ("14 Nov") and its numbers by mode. first: what the names are. series: mode and word.
    """
    totals = [sum(values.get(key, 0) for key, _ in series) for _, values in columns]
    step, top = axis(max(totals, default=0))
    foot, left = height - BOTTOM, 6.0
    share = (100 - left) / max(len(columns), 1)
    drawn = grid(step, top, foot, unit)
    for place, (name, values) in enumerate(columns):
        x = left + place * share + share * 0.15
        y = float(foot)
        for key, _ in series:
            tall = (foot - TOP) * values.get(key, 0) / top
            if tall > 0:
                y -= tall
                drawn += rectangle(FILLS[key], x, y, share * 0.7, max(tall - 1.5, 1))
        drawn += tick(place, len(columns), name, x + share * 0.35, height)
    drawn += floor(foot)
    highest = max(range(len(columns)), key=totals.__getitem__, default=None)
    seen = ""
    if highest is not None:
        seen = f"{len(columns)} columns. The highest is {columns[highest][0]}: {measure(totals[highest], unit)}."
    table = ((name, *(values.get(key, 0) for key, _ in series)) for name, values in columns)
    key = key_row((SWATCHES[mode], word) for mode, word in series) if len(series) > 1 else ""
    return figure(
        caption(title, sentence) + key,
        plot(id, height, drawn, title, seen),
        numbers(title, (first, *(word for _, word in series)), table),
        boxed,
    )


def line(
    id: str,
    title: str,
    sentence: str,
    points: Sequence[tuple[str, Number | None, Number | None]],
    *,
    target: Number | None = None,
    unit: str = "",
    first: str = "Week of",
    names: tuple[str, str] = ("", "Last year"),
    boxed: bool = True,
    height: int = 250,
) -> Markup:
    """What is now as a line, last year dotted, the target dashed.

    points: a short name, today's and last year's number; None where there is none yet. names: of both lines; the first
    is "This year" where there are two, else the title.
    """
    now = known(this for _, this, _ in points)
    then = known(last for _, _, last in points)
    names = (names[0] or ("This year" if then else title), names[1])
    step, top = axis(max([*(value for _, value in now + then), target or 0], default=0))
    foot = height - BOTTOM
    gaps = max(len(points) - 1, 1)

    def level(value: Number) -> float:
        return foot - (foot - TOP) * value / top

    def trail(kind: str, steps: list[tuple[int, Number]]) -> str:
        where = " ".join(f"{number(100 * place / gaps)},{number(level(value))}" for place, value in steps)
        return f'<polyline class="{kind}" points="{where}"/>' if steps else ""

    goal = "" if target is None else f'<path class="goal" d="M0 {number(level(target))}H100"/>'
    drawn = grid(step, top, foot, unit)
    drawn += f'<svg viewBox="0 0 100 {height}" width="100%" height="{height}" preserveAspectRatio="none">'
    drawn += f"{goal}{trail('l-then', then)}{trail('l-now', now)}</svg>"
    labels: list[Label] = []
    seen = []
    if target is not None:
        labels.append(Label(level(target) - 7, 100, "t-b", f"Target {measure(target, unit)}"))
        seen.append(f"The target is {measure(target, unit)}.")
    for steps, name, kind in ((now, names[0], "t-b"), (then, names[1], "t-q")):
        if steps:
            begun, begin = steps[0]
            place, value = steps[-1]
            said = f"{points[place][0]}: {measure(value, unit)}" if not then else f"{name} {measure(value, unit)}"
            labels.append(Label(level(value) + 20, 100 * place / gaps, kind, said))
            way = f"from {measure(begin, unit)} ({points[begun][0]}) to {measure(value, unit)} ({points[place][0]})"
            seen.append(f"{name}: {way}.")
    if now:
        drawn += (
            f'<circle class="f-read" cx="{number(100 * now[-1][0] / gaps)}%" cy="{number(level(now[-1][1]))}" r="6"/>'
        )
    drawn += apart(labels, foot)
    for place, (name, _, _) in enumerate(points):
        drawn += tick(place, len(points), name, 100 * place / gaps, height)
    drawn += floor(foot)
    return figure(
        caption(title, sentence),
        plot(id, height, drawn, title, " ".join(seen)),
        numbers(title, (first, *names) if then else (first, names[0]), points if then else [one[:2] for one in points]),
        boxed,
    )


def bullet(
    id: str,
    title: str,
    now: Number | None,
    target: Number,
    *,
    begun: Number | None = None,
    unit: str = "",
    shown: str = "",
    lower_is_better: bool = False,
    state: str = "track",
    most: Number | None = None,
    height: int = 66,
) -> Markup:
    """One aim: a bar for now, a tick at the target, a mark where it stood at the beginning.

    now: None where too few people stand behind it. shown: now as it is read, where that is no plain number. state: met,
    track or work. most: where the bar would be full.
    """
    full = most or (100 if unit == "%" else axis(max(now or 0, target, begun or 0) * 1.1)[1])

    def x(value: Number) -> float:
        return min(100 * value / full, 100)

    drawn = '<rect class="f-tray" y="20" width="100%" height="24"/>'
    drawn += f'<rect class="{STATES[state]}" y="20" width="{number(x(now or 0))}%" height="24"/>'
    drawn += f'<svg x="{number(x(target))}%" overflow="visible"><path class="f-ink" d="M-2 14h4v36h-4z"/></svg>'
    right = x(target) > 60
    label_x = min(x(target) + (0.6 if right else -0.6), 100)
    drawn += text(label_x, 9, f"Target {measure(target, unit)}", "t-b e" if right else "t-b")
    shown = shown or measure(now, unit)
    seen = [f"Now {shown}.", f"Target {measure(target, unit)}."]
    if begun is not None:
        right = x(begun) > 35
        drawn += f'<svg x="{number(x(begun))}%" overflow="visible"><path class="f-ink" d="M-5 55l5-7 5 7z"/>'
        side = 'class="t-q e" x="-10"' if right else 'class="t-q" x="10"'
        drawn += f'<text {side} y="60">Began at {measure(begun, unit)}</text></svg>'
        seen.append(f"Began at {measure(begun, unit)}.")
    note = "Lower is better" if lower_is_better else ""
    big = escape(f"{shown[:1].upper()}{shown[1:]}")
    words = f'<figcaption class="row between"><b class="big">{big}</b><span>{note}</span></figcaption>'
    return figure(words, plot(id, height, drawn, title, " ".join(seen)), "", boxed=False)


def course(
    id: str,
    title: str,
    sentence: str,
    *,
    baseline: Number,
    target: Number,
    now: Number | None,
    gone: float,
    ends: tuple[str, str],
    unit: str = "",
    boxed: bool = False,
    height: int = 170,
) -> Markup:
    """The way of an aim from where it stood to where it should be, with today's place.

    gone: which share of the time is over, 0 to 1. ends: the names of the first and the last day. now: None where too
    few people stand behind it; then only the way is drawn.
    """
    step, top = axis(max(baseline, target, now or 0))
    foot = height - BOTTOM

    def level(value: Number) -> float:
        return foot - (foot - TOP) * value / top

    due = baseline + (target - baseline) * gone
    drawn = grid(step, top, foot, unit)
    drawn += f'<svg viewBox="0 0 100 {height}" width="100%" height="{height}" preserveAspectRatio="none">'
    drawn += f'<polyline class="l-then" points="0,{number(level(baseline))} 100,{number(level(target))}"/></svg>'
    labels = [Label(level(target) - 7, 100, "t-b", f"Target {measure(target, unit)}")]
    seen = [f"From {measure(baseline, unit)} ({ends[0]}) to {measure(target, unit)} ({ends[1]})."]
    rows: list[tuple[str, str]] = [("Where it stood", measure(baseline, unit)), ("Target", measure(target, unit))]
    if now is not None:
        drawn += f'<circle class="f-read" cx="{number(100 * gone)}%" cy="{number(level(now))}" r="6"/>'
        # on the side of the dot where the target's words, set apart from these, cannot push them onto it
        aside = -10 if now > target else 20
        labels.append(Label(level(now) + aside, 100 * gone, "t-b", f"Now {measure(now, unit)}"))
        seen.append(f"Now {measure(now, unit)}; on the way it would be {measure(due, unit)}.")
        rows += [("Now", measure(now, unit)), ("On the way today", measure(due, unit))]
    drawn += apart(labels, foot)
    drawn += text(0, height - 5, ends[0], "t-q") + text(100, height - 5, ends[1], "t-q e") + floor(foot)
    return figure(
        caption(title, sentence),
        plot(id, height, drawn, title, " ".join(seen)),
        numbers(title, ("What", "Value"), rows),
        boxed,
    )


def heat(
    id: str,
    title: str,
    sentence: str,
    columns: Sequence[str],
    rows: Sequence[tuple[str, Sequence[Number | None]]],
    *,
    steps: tuple[Number, Number, Number, Number] = (20, 40, 55, 70),
    unit: str = "%",
    first: str = "",
    boxed: bool = True,
) -> Markup:
    """Shares by row and column in five steps.

    columns: short names. rows: a name and a number for each column, None where too few people stand behind it.
    steps: where the second to the fifth step begin.
    """
    left = max(9.0, 2.3 * max((len(name) for name, _ in rows), default=0))
    wide = (100 - left) / max(len(columns), 1)
    drawn = ""
    for place, name in enumerate(columns):
        if place % every(len(columns)) == 0:
            drawn += text(left + wide * place, 15, name, "t-q")
    for line_number, (name, values) in enumerate(rows):
        y = 24 + 30 * line_number
        drawn += text(0, y + 20, name, "t-b")
        for place, value in enumerate(values):
            kind = "h-none" if value is None else f"h{sum(value >= step for step in steps)}"
            drawn += rectangle(kind, left + wide * place, y + 1, wide - 0.35, 27)
    shown = [(value, name, columns[place]) for name, values in rows for place, value in known(values)]
    seen = ""
    if shown:
        low, high = min(shown), max(shown)
        seen = " ".join(
            f"The {word} is {measure(value, unit)}: {name}, {column}."
            for word, (value, name, column) in (("highest", high), ("lowest", low))
        )
    words = [f"under {measure(steps[0], unit)}"]
    words += [f"{low} to {high - 1}" for low, high in pairwise(steps)]
    words.append(f"{measure(steps[-1], unit)} and up")
    key = key_row((f'<path class="h{place}" d="M0 0h16v16H0z"/>', word) for place, word in enumerate(words))
    return figure(
        caption(title, sentence) + key,
        plot(id, 24 + 30 * len(rows), drawn, title, seen),
        numbers(title, (first, *columns), ((name, *values) for name, values in rows), unit),
        boxed,
    )


def hbars(
    id: str,
    title: str,
    sentence: str,
    items: Sequence[tuple[str, Number, str]],
    *,
    unit: str = "",
    first: str = "Kind",
    boxed: bool = True,
) -> Markup:
    """One lying bar for each thing, with its number. items: name, number, and reading, viewing, listening or mark."""
    most = max((value for _, value, _ in items), default=0) or 1
    drawn = ""
    for place, (name, value, kind) in enumerate(items):
        y = place * 56
        drawn += text(0, y + 14, name, "t-b") + text(100, y + 14, measure(value, unit), "e")
        drawn += f'<rect class="f-tray" y="{y + 21}" width="100%" height="22"/>'
        drawn += f'<rect class="{FILLS[kind]}" y="{y + 21}" width="{number(100 * value / most)}%" height="22"/>'
    seen = " ".join(f"{name} {measure(value, unit)}." for name, value, _ in items)
    return figure(
        caption(title, sentence),
        plot(id, max(56 * len(items) - 10, 0), drawn, title, seen),
        numbers(title, (first, unit or "Number"), ((name, value) for name, value, _ in items)),
        boxed,
    )
