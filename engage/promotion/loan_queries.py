"""What is asked about loans: the files of a school, one of them and its report, and what was lent in some days."""

from collections.abc import Mapping, Sequence
from typing import Any

from engage.dates import Period
from engage.errors import NotFound
from engage.people.rules import Reader, Scope
from engage.promotion.loan_models import LoanFile, LoanRow
from engage.promotion.loan_reading import Told
from engage.promotion.loan_rules import FileState


def may_bring(reader: Reader) -> bool:
    """Whether the reader brings files in (FED05)."""
    return reader.id is not None and reader.may("FED05", Scope.SCHOOL)


FILE = ("id", "key", "school_id", "kind", "name", "file", "head", "mapping", "left_unread", "state")
COUNTS = ("starts", "ends", "counted", "refused", "loans", "at")


async def files(reader: Reader) -> list[dict[str, Any]]:
    """The files of the school, the newest first."""
    rows = LoanFile.filter(school_id=reader.school.id).order_by("-at", "-id").limit(60)
    return await rows.values(*FILE, *COUNTS, by="by__name")


async def file_for(reader: Reader, key: str) -> dict[str, Any]:
    """One file. Raises NotFound."""
    rows = await LoanFile.filter(school_id=reader.school.id, key=key).values(*FILE, *COUNTS, by="by__name")
    if not may_bring(reader) or not rows:
        raise NotFound(key)
    return rows[0]


async def of_same_days(reader: Reader, told: Told) -> list[str]:
    """The names of files that count already and are about some of the same days."""
    if told.starts is None or told.ends is None:
        return []
    rows = LoanFile.filter(
        school_id=reader.school.id, state=FileState.COUNTED.value, starts__lte=told.ends, ends__gte=told.starts
    )
    return [name for (name,) in await rows.order_by("-at").limit(5).values_list("name")]


async def report_of(reader: Reader, file_id: int) -> list[dict[str, Any]]:
    """Every row of a file: line, title, starts, ends, loans, and why it was refused."""
    rows = LoanRow.filter(school_id=reader.school.id, of_file_id=file_id).order_by("line")
    return await rows.values("line", "starts", "ends", "loans", "reason", title="resource__title")


async def loans_of(school_id: int, resources: Sequence[int], reach: Period) -> list[dict[str, Any]]:
    """The rows that count about some resources and touch some days: resource_id starts ends loans."""
    rows = LoanRow.filter(
        school_id=school_id,
        resource_id__in=list(resources),
        starts__lte=reach.ends,
        ends__gte=reach.starts,
        of_file__state=FileState.COUNTED,
    )
    return await rows.values("resource_id", "starts", "ends", "loans")


def loans_in(rows: Sequence[Mapping[str, Any]], then: Period) -> int:
    """Loans in some days; a row about more days gives its share."""
    return round(sum(float(row["loans"]) * _share(row, then) for row in rows))


def _share(row: Mapping[str, Any], then: Period) -> float:
    starts, ends = row["starts"], row["ends"]
    shared = (min(ends, then.ends) - max(starts, then.starts)).days + 1
    return float(max(0, shared) / ((ends - starts).days + 1))
