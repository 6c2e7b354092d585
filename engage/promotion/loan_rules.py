"""What a table of circulation counts says, and what of it is never read; pure.

Only how often a thing was borrowed is taken. A column that may say by whom is refused by its heading, before a cell of
it is read (SAFETY.md, P1 and P5).
"""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from engage.database.fold import words

MOST_LOANS = 100_000
MOST_ROWS = 200_000


class FileState(StrEnum):
    """How far a file of counts is. COUNTED: its rows count."""

    LOOKED_AT = "looked at"
    COUNTED = "counted"
    TAKEN_BACK = "taken back"


class FileKind(StrEnum):
    """What is counted: loans of copies, or requests at a provider's site (COUNTER, title reports)."""

    LOANS = "loans"
    COUNTER = "counter"


# what is read, in the words of the page, with the headings by which a column is known
FIELDS: dict[str, tuple[str, str]] = {
    "barcode": ("Barcode of the copy", "barcode | item barcode | copy barcode | copy id | item id"),
    "record": ("Number of the record", "record number | bib id | bibid | bib number | control number | title id | 001"),
    "call": ("Call number", "call number | call no | callnumber | shelf mark | call"),
    "starts": ("First day, or the month", "from | start | start date | first day | month | date | period"),
    "ends": ("Last day", "to | until | end | end date | last day"),
    "loans": ("How often borrowed", "loans | checkouts | check outs | circulations | circ | circs | circulation | count"
              " | times borrowed | total checkouts | total circulation | issues | uses"),
}  # fmt: skip
BY = ("barcode", "record", "call")
# a heading with one of these words may lead to a person
OF_PEOPLE = frozenset(
    {
        "patron",
        "patrons",
        "borrower",
        "borrowers",
        "student",
        "students",
        "user",
        "users",
        "member",
        "members",
        "customer",
        "reader",
        "person",
        "people",
        "pupil",
        "pupils",
        "name",
        "names",
        "firstname",
        "lastname",
        "surname",
        "email",
        "mail",
        "phone",
        "address",
        "homeroom",
        "teacher",
        "grade",
        "gender",
        "sex",
        "birth",
        "birthday",
        "dob",
        "age",
        "card",
        "login",
        "username",
        "family",
        "parent",
        "guardian",
        "custid",
    }
)


@dataclass(frozen=True)
class Said:
    """What a row says: one of the numbers that name a thing, days, and how often it was borrowed."""

    by: tuple[tuple[str, str], ...]
    starts: date
    ends: date
    loans: int


class Unusable(Exception):
    """A row that says nothing that can be counted, in one sentence, without anything that stands in it."""


def of_people(head: Sequence[str]) -> list[int]:
    """The places of the columns that may say who borrowed."""
    return [place for place, heading in enumerate(head) if OF_PEOPLE & set(words(heading))]


def guess(head: Sequence[str]) -> dict[str, int]:
    """Which column is which field, by the headings; none that may be of people."""
    never = set(of_people(head))
    folded = [" ".join(words(heading)) for heading in head]
    found: dict[str, int] = {}
    for field, (_, known) in FIELDS.items():
        places = {heading: place for place, heading in reversed(list(enumerate(folded))) if place not in never}
        for name in known.split(" | "):
            if name in places and places[name] not in found.values():
                found[field] = places[name]
                break
    return found


def allowed(columns: Mapping[str, int], head: Sequence[str]) -> dict[str, int]:
    """The columns that may be read of those that somebody chose."""
    never = set(of_people(head))
    return {
        field: place
        for field, place in columns.items()
        if field in FIELDS and 0 <= place < len(head) and place not in never
    }


def is_enough(columns: Mapping[str, int], starts: date | None, ends: date | None) -> bool:
    """Whether rows can be counted: what, how often, and when."""
    return (
        any(field in columns for field in BY) and "loans" in columns and ("starts" in columns or bool(starts and ends))
    )


def read(cells: Mapping[str, str], starts: date | None, ends: date | None) -> Said:
    """What the cells of a row say, by field. starts, ends: of the whole file, where its rows say no days.

    Raises Unusable.
    """
    by = tuple((field, cells[field].strip()) for field in BY if cells.get(field, "").strip())
    if not by:
        raise Unusable("It does not say what was borrowed.")
    number = cells.get("loans", "").strip().replace(",", "")
    if not number.isascii() or not number.isdigit() or int(number[:9]) > MOST_LOANS:
        raise Unusable("How often it was borrowed is no number.")
    first = cells.get("starts", "").strip()
    if first:
        begins, over = days_in(first)
        last = cells.get("ends", "").strip()
        over = days_in(last)[1] if last else over
    elif starts and ends:
        begins, over = starts, ends
    else:
        raise Unusable("It does not say when.")
    if over < begins or (over - begins).days > 366:
        raise Unusable("Its days are none, or more than a year.")
    return Said(by, begins, over, int(number))


# of a COUNTER title report: the metric that is one use of one thing, and the columns that name the thing
METRIC = "Total_Item_Requests"
COUNTER_BY = {"ISBN": "isbn", "DOI": "doi"}
ODD = "It is no title report (TR, TR_B1 or TR_B3) of COUNTER 5 or 5.1."


def check_report(header: Mapping[str, str]) -> str:
    """The name of a COUNTER report that can be counted. Raises Unusable. Source: STANDARDS.md, 5.9."""
    name = header.get("Report_ID", "")
    if name not in ("TR", "TR_B1", "TR_B3") or not header.get("Release", "").startswith("5"):
        raise Unusable(ODD)
    return name


def read_report(cells: Mapping[str, str]) -> list[Said]:
    """What a row of a COUNTER title report says, month by month; nothing for other metrics. Raises Unusable."""
    if cells.get("Metric_Type", "") != METRIC:
        return []
    by = tuple((scheme, cells[name].replace("-", "")) if scheme == "isbn" else (scheme, cells[name].lower())
               for name, scheme in COUNTER_BY.items() if cells.get(name, "").strip())  # fmt: skip
    if not by:
        raise Unusable("It has neither ISBN nor DOI.")
    found = []
    for heading, cell in cells.items():
        if not re.fullmatch(r"[A-Z][a-z]{2}-\d{4}", heading) or cell.strip() in ("", "0"):
            continue
        if not cell.isascii() or not cell.isdigit() or int(cell[:9]) > MOST_LOANS:
            raise Unusable("How often it was used is no number.")
        found.append(Said(by, *days_in(heading), int(cell)))
    return found


MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def days_in(text: str) -> tuple[date, date]:
    """The first and the last day of "2026-09-01", "9/1/2026", "2026-09" or "Sep 2026". Raises Unusable."""
    try:
        if found := re.fullmatch(r"(\d{4})-(\d\d?)-(\d\d?)(?:[T ].*)?", text):
            day = date(int(found[1]), int(found[2]), int(found[3]))
            return day, day
        if found := re.fullmatch(r"(\d\d?)/(\d\d?)/(\d{4})(?: .*)?", text):
            one, two, year = int(found[1]), int(found[2]), int(found[3])
            day = date(year, two, one) if one > 12 else date(year, one, two)
            return day, day
        if found := re.fullmatch(r"(\d{4})-(\d\d?)", text):
            return _month(int(found[1]), int(found[2]))
        if (found := re.fullmatch(r"([A-Za-z]{3})[a-z]*\.?[ -](\d{4})", text)) and found[1].lower() in MONTHS:
            return _month(int(found[2]), MONTHS.index(found[1].lower()) + 1)
    except ValueError:
        pass
    raise Unusable("Its day cannot be read. Write it as 2026-09-01.")


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])
