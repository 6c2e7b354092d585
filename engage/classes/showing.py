"""How progress is shown: one cell for each student and assignment or item, on pages, to their scripts, in CSV."""

from typing import Any

from engage.classes.progress_queries import ClassPage, Matrix
from engage.classes.rules import Part, Status

Cell = tuple[str, str]

WORDS = {
    Status.DONE: "finished",
    Status.STARTED: "started",
    Status.STOPPED: "stopped",
    Status.LATE: "overdue",
    Status.NONE: "not started",
}
SHORT = {
    Status.DONE: "Done",
    Status.STARTED: "Started",
    Status.STOPPED: "Stopped",
    Status.LATE: "Overdue",
    Status.NONE: "Not yet",
}
NOT_ASKED: Cell = ("", "")


def part_cell(part: Part | None) -> Cell:
    """A student's part in an assignment: the state, and words for it. Nothing where the student is not asked."""
    if part is None:
        return NOT_ASKED
    counts = part.status is Status.STARTED and part.finished
    return str(part.status), f"{part.finished} of {part.asked}" if counts else SHORT[part.status]


def whole_cell(part: Part) -> Cell:
    """The same where it stands before its items, which say the rest."""
    return str(part.status), f"{part.finished} of {part.asked}"


def item_cell(status: Status) -> Cell:
    """A student's state in one item."""
    return str(status), "Finished" if status is Status.DONE else SHORT[status]


def said(part: Part | None) -> str:
    """A part in words, for a spreadsheet."""
    return "not asked" if part is None else f"{WORDS[part.status]}, {part.finished} of {part.asked}"


def cells_of_class(page: ClassPage) -> dict[str, list[Cell]]:
    """The cells of each student of a class, by key, in the order of the assignments."""
    return {row.key: [part_cell(part) for part in row.parts] for row in page.rows}


def cells_of_items(matrix: Matrix) -> dict[str, list[Cell]]:
    """The cells of each student of an assignment, by key: all of it, then item by item."""
    return {row.key: [whole_cell(row.part), *map(item_cell, row.statuses)] for row in matrix.rows}


def live_class(page: ClassPage) -> dict[str, Any]:
    """What a page of a class asks for every so often: columns, cells by student, totals."""
    return {
        "columns": [one.key for one in page.assignments],
        "rows": cells_of_class(page),
        "totals": [page.done_of(place) for place in range(len(page.assignments))],
    }


def live_items(matrix: Matrix) -> dict[str, Any]:
    """The same for an assignment."""
    return {
        "columns": ["", *(str(item["key"]) for item in matrix.items)],
        "rows": cells_of_items(matrix),
        "totals": [matrix.done, *map(matrix.finished, range(len(matrix.items)))],
    }
