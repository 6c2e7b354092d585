"""The parts that charts are put together from: axes, ticks, labels, keys, and the table of the numbers."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

Number = int | float
Cell = str | Number | None

TOP, BOTTOM = 20, 24
MOST_TICKS = 5
LINE = 16
NOT_SHOWN = "not shown"
NOTHING = "There is nothing to show yet."


def number(value: Number) -> str:
    """A length as SVG wants it, to a hundredth."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def measure(value: Number | None, unit: str = "") -> str:
    """A number with its unit: 84%, 10.6 days, 1,318; or that it is not shown."""
    if value is None:
        return NOT_SHOWN
    figures = f"{round(value, 1):,}".removesuffix(".0")
    return f"{figures}{unit}" if unit in ("", "%") else f"{figures} {unit}"


def axis(most: Number) -> tuple[int, int]:
    """The step between grid lines and the top of the axis: the lowest top that two to four round steps reach."""
    most = max(most, 2)
    power = 10 ** max(int(math.log10(most)) - 1, 0)
    lines = [(math.ceil(most / (power * factor)), power * factor) for factor in (1, 2, 5, 10, 20, 25, 50)]
    count, step = min((line for line in lines if 2 <= line[0] <= 4), key=lambda line: (line[0] * line[1], line[0]))
    return step, count * step


def known(values: Iterable[Number | None]) -> list[tuple[int, Number]]:
    """The values that there are, each with its place."""
    return [(place, value) for place, value in enumerate(values) if value is not None]


def every(count: int) -> int:
    """Which of so many names are written under an axis: every so-manieth."""
    return math.ceil(count / MOST_TICKS) or 1


def rectangle(kind: str, x: Number, y: Number, wide: Number, tall: Number) -> str:
    """A block; x and width in percent, y and height in pixels."""
    return f'<rect class="{kind}" x="{number(x)}%" width="{number(wide)}%" y="{number(y)}" height="{number(tall)}"/>'


def text(x: Number, y: Number, words: str, kind: str) -> str:
    """Words at x percent and y pixels."""
    return f'<text class="{kind}" x="{number(x)}%" y="{number(y)}">{escape(words)}</text>'


def grid(step: int, top: int, foot: int, unit: str) -> str:
    """Level lines with their numbers; the unit stands at the highest."""
    drawn = ""
    for value in range(step, top + 1, step):
        y = foot - (foot - TOP) * value / top
        drawn += f'<line class="grid-l" x1="0" x2="100%" y1="{number(y)}" y2="{number(y)}"/>'
        drawn += text(0, y - 4, measure(value, unit if value == top else ""), "t-q")
    return drawn


def floor(foot: int) -> str:
    """The line that everything stands on."""
    return f'<line class="axis" x1="0" x2="100%" y1="{foot}" y2="{foot}"/>'


def tick(place: int, count: int, name: str, x: Number, height: int) -> str:
    """The name under a column or point at x percent, where it is one of those that are written."""
    step = every(count)
    if place == count - 1 and count > 1:
        return text(100, height - 5, name, "t-q e")
    if place % step or (place and count - 1 - place < step):
        return ""
    return text(x, height - 5, name, "t-q m" if x else "t-q")


@dataclass(frozen=True, order=True)
class Label:
    """Words at the end of a line: y in pixels, x in percent."""

    y: Number
    x: Number
    kind: str
    words: str


def apart(labels: Iterable[Label], foot: int) -> str:
    """Labels set end-aligned, pushed apart so that none covers another."""
    drawn = []
    lowest: Number = foot - 6
    for label in sorted(labels, reverse=True):
        y = max(min(label.y, lowest), 12)
        lowest = y - LINE
        if label.x > 35:
            drawn.append(text(label.x, y, label.words, f"{label.kind} halo e"))
        else:
            drawn.append(text(label.x, y, label.words, f"{label.kind} halo"))
    return "".join(reversed(drawn))


def plot(id: str, height: int, body: str, title: str, seen: str) -> str:
    """The drawing, with what it shows for those who do not see it."""
    names = f'aria-labelledby="{id}-t {id}-d"'
    words = f'<title id="{id}-t">{escape(title)}</title><desc id="{id}-d">{escape(seen or NOTHING)}</desc>'
    return f'<svg class="plot" height="{height}" width="100%" role="img" {names}>{words}{body}</svg>'


def caption(title: str, sentence: str) -> str:
    """The title, and the finding in one sentence."""
    return f"<figcaption><b>{escape(title)}</b><span>{escape(sentence)}</span></figcaption>"


def key_row(pairs: Iterable[tuple[str, str]]) -> str:
    """What each fill stands for. pairs: a 16 by 16 swatch and its words."""
    marks = "".join(
        f'<span class="row-s"><svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">{swatch}</svg>'
        f"{escape(words)}</span>"
        for swatch, words in pairs
    )
    return f'<p class="row small key">{marks}</p>'


def numbers(title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]], unit: str = "") -> str:
    """The table of the numbers, folded away. rows: a name and its numbers; None is not shown."""
    first, *others = head
    columns = f'<th scope="col">{escape(first)}</th>'
    columns += "".join(f'<th scope="col" class="r">{escape(name)}</th>' for name in others)
    body = ""
    for name, *values in rows:
        cells = "".join(f'<td class="r">{_cell(value, unit)}</td>' for value in values)
        body += f'<tr><th scope="row">{escape(str(name))}</th>{cells}</tr>'
    return (
        f'<details class="numbers"><summary>Show the numbers<span class="vh">: {escape(title)}</span></summary>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(title)}, numbers">'
        f'<table class="table"><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table></div></details>'
    )


def _cell(value: Cell, unit: str) -> str:
    return escape(value) if isinstance(value, str) else escape(measure(value, unit))


def figure(head: str, drawing: str, table: str, boxed: bool) -> Markup:
    """The whole: caption, drawing, table. boxed: on a sheet of its own."""
    return Markup(f'<figure class="{"fig sheet" if boxed else "fig"}">{head}{drawing}{table}</figure>')
