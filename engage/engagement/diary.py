"""Writing the diary: what happened, and the day's figures with it, in the transaction of the act itself."""

from collections import Counter, OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from time import monotonic
from typing import Any, NamedTuple, TypeVar

from engage import dates
from engage.database import rows
from engage.database.putting import add_rows
from engage.database.tenancy import every_school
from engage.database.transaction import gather, one_transaction
from engage.engagement.hidden import Hidden, Whose, hidden_of, year_of
from engage.engagement.models import ActiveDay, DailyFigure, Engagement, MonthFigure
from engage.engagement.rules import PERSONAL, Kind, Mode
from engage.engagement.turnout import COUNTED, Part, keep_turnout, month_of
from engage.people.rules import GradeBand, Reader, band_of

K = TypeVar("K", bound=tuple[Any, ...])
# two opens of one thing in one session within this time are one. Source: COUNTER 5.1, STANDARDS.md 5.9
SAME_OPEN_SECONDS = 30
REMEMBERED_OPENS = 20_000


@dataclass(frozen=True)
class Who:
    """The student whose act it was. grade: at the time of the act."""

    id: int
    grade: int | None


class Cut(NamedTuple):
    """What a daily figure is kept for. "" and 0 where there is no such thing."""

    school_id: int
    on: date
    kind: Kind
    mode: str
    format: str
    place: str
    grade_band: str
    list_id: int
    program_id: int


@dataclass(frozen=True)
class Figure:
    """What one act adds to the figures of its day. part: whose taking part it is, where it is a student's own."""

    cut: Cut
    count: int
    minutes: int
    pages: int
    part: Part | None = None


async def record(
    kind: Kind,
    *,
    by: Reader,
    who: Who | None = None,
    on: date | None = None,
    mode: Mode | None = None,
    format: str = "",
    place: str = "",
    minutes: int = 0,
    pages: int = 0,
    count: int = 1,
    list_id: int | None = None,
    resource_id: int | None = None,
    program_id: int | None = None,
    assignment_id: int | None = None,
    display_id: int | None = None,
    class_id: int | None = None,
) -> None:
    """Write one act in the diary, inside the transaction that did it, and keep the figures of its day.

    by: who acted. who: the student whose participation it is, if that is somebody else; a student's own otherwise. A
    name is kept only with kinds that are a person's own act in a program or an assignment. on: the day it counts for,
    today if not given. place: "here" for something on site, "online" for a link. count, minutes, pages: negative to
    take back an act.
    """
    if who is None and by.is_student and by.id is not None:
        who = Who(by.id, by.grade)
    band = band_of(who.grade) if who else GradeBand.NONE
    day = on or dates.today(by.school.zone)
    personal = kind in PERSONAL and who is not None
    row = {
        "school_id": by.school.id,
        "kind": kind,
        "on": day,
        "at": dates.now(),
        "mode": mode,
        "format": format,
        "place": place,
        "grade_band": band,
        "minutes": minutes,
        "pages": pages,
        "count": count,
        "list_id": list_id,
        "resource_id": resource_id,
        "program_id": program_id,
        "assignment_id": assignment_id,
        "display_id": display_id,
        "class_id": class_id,
        "person_id": who.id if personal and who else None,
    }
    gather(write_acts, row)
    cut = Cut(by.school.id, day, kind, mode or "", format, place, band, list_id or 0, program_id or 0)
    part = None
    if who is not None and kind in COUNTED:
        whose = Whose(by.school.id, year_of(day, by.school.year_starts_in), who.id)
        act = (day, kind, mode or "", format, place, band, class_id, count, minutes, pages)
        part = Part(whose, *act, by.school.year_starts_in)
    gather(keep_figures, Figure(cut, count, minutes, pages, part))


async def write_acts(acts: list[dict[str, Any]]) -> None:
    """Write the acts of a unit of work in the diary, in the order in which they were done, in one statement."""
    await rows.add(Engagement, acts)


DAY_SUMS = ("acts", *(f"{mode}_minutes" for mode in Mode))
NO_DAY = dict.fromkeys(DAY_SUMS, 0)
SUMS = ("count", "minutes", "pages")
OF_DAY = ("school_id", "on", "who", "grade_band")
MONTH_CUT = tuple("month" if name == "on" else name for name in Cut._fields)
# the cut in which a band's active days of a month are kept
IN_NO_MODE = {"kind": Kind.LOGGED, "mode": "", "format": "", "place": "", "list_id": 0, "program_id": 0}


async def keep_figures(figures: list[Figure]) -> None:
    """Add what happened to the figures of its day and month, and to who took part; in one order, so that two units
    never wait for each other. The sums of the whole school come last: whoever acts at the same moment waits for them
    until this unit is kept."""
    sums: dict[Cut, list[int]] = {}
    for figure in figures:
        _add(sums.setdefault(figure.cut, [0, 0, 0]), (figure.count, figure.minutes, figure.pages))
    parts = [figure.part for figure in figures if figure.part]
    hidden = await hidden_of(part.whose for part in parts) if parts else {}
    days = await _keep_days([figure for figure in figures if figure.cut.kind is Kind.LOGGED and figure.part], hidden)
    if parts:
        await keep_turnout(parts, hidden)
    rows = [dict(zip((*Cut._fields, *SUMS), (*cut, *sums[cut]), strict=True)) for cut in in_one_order(sums)]
    await add_rows(DailyFigure, Cut._fields, rows)
    await _keep_months(sums, days)


async def _keep_days(logged: list[Figure], hidden: dict[Whose, Hidden]) -> Counter[tuple[int, date, str]]:
    """Add to active days; how many days became active, or ceased to be, by school, month and grade band."""
    days: dict[tuple[int, date, str, str], dict[str, int]] = {}
    for figure in logged:
        assert figure.part is not None
        cut = figure.cut
        day = days.setdefault((cut.school_id, cut.on, hidden[figure.part.whose].who, cut.grade_band), dict(NO_DAY))
        day["acts"] += figure.count
        if cut.mode:
            day[f"{cut.mode}_minutes"] += figure.minutes
    rows = [{**dict(zip(OF_DAY, day, strict=True)), **days[day]} for day in in_one_order(days)]
    changed: Counter[tuple[int, date, str]] = Counter()
    for row in await add_rows(ActiveDay, OF_DAY, rows, back=(*OF_DAY, "acts")):
        on = row["on"] if isinstance(row["on"], date) else date.fromisoformat(row["on"])
        before = row["acts"] - days[row["school_id"], on, row["who"], row["grade_band"]]["acts"]
        changed[row["school_id"], month_of(on), row["grade_band"]] += (row["acts"] > 0) - (before > 0)
    return changed


async def _keep_months(sums: dict[Cut, list[int]], days: Counter[tuple[int, date, str]]) -> None:
    months: dict[Cut, list[int]] = {}
    for cut, amounts in sums.items():
        _add(months.setdefault(cut._replace(on=month_of(cut.on)), [0, 0, 0, 0]), amounts)
    for (school_id, month, band), many in days.items():
        if many:
            cut = Cut(school_id=school_id, on=month, grade_band=band, **IN_NO_MODE)  # type: ignore[arg-type]
            _add(months.setdefault(cut, [0, 0, 0, 0]), (0, 0, 0, many))
    names = (*MONTH_CUT, *SUMS, "days")
    rows = [dict(zip(names, (*cut, *months[cut]), strict=True)) for cut in in_one_order(months)]
    await add_rows(MonthFigure, MONTH_CUT, rows)


def _add(sums: list[int], amounts: Sequence[int]) -> None:
    for place, amount in enumerate(amounts):
        sums[place] += amount


def in_one_order(keys: Collection[K]) -> list[K]:
    """The keys of rows in the same order in every unit; of one alone there is none to be found."""
    return sorted(keys, key=lambda key: tuple(map(str, key))) if len(keys) > 1 else list(keys)


class Opening(NamedTuple):
    """Something that was looked at, by nobody in particular."""

    school_id: int
    zone: str
    kind: Kind
    grade_band: GradeBand
    mode: Mode | None
    list_id: int | None
    resource_id: int | None
    program_id: int | None
    display_id: int | None


_openings: Counter[Opening] = Counter()
_recent: OrderedDict[tuple[Any, ...], float] = OrderedDict()


def opened(
    kind: Kind,
    reader: Reader,
    *,
    mode: Mode | None = None,
    list_id: int | None = None,
    resource_id: int | None = None,
    program_id: int | None = None,
    display_id: int | None = None,
) -> None:
    """Count that something was opened, without a person; it is written with the next flush_openings.

    The same thing twice in one session within 30 seconds counts once. Library staff count for nothing.
    """
    if reader.is_library:
        return
    opening = Opening(
        reader.school.id, reader.school.zone, kind, reader.band, mode, list_id, resource_id, program_id, display_id
    )
    if reader.session_id is not None and _seen_just_now((reader.session_id, *opening)):
        return
    _openings[opening] += 1


def _seen_just_now(act: tuple[Any, ...]) -> bool:
    at = monotonic()
    before = _recent.pop(act, None)
    _recent[act] = at
    while len(_recent) > REMEMBERED_OPENS:
        _recent.popitem(last=False)
    return before is not None and at - before < SAME_OPEN_SECONDS


async def flush_openings() -> int:
    """Write what was opened since the last time; returns how many. Busy leaves them for the next time."""
    waiting = Counter(_openings)
    if not waiting:
        return 0
    await _write_openings(waiting)
    _openings.subtract(waiting)
    for opening in [opening for opening, count in _openings.items() if not count]:
        del _openings[opening]
    return waiting.total()


@one_transaction
async def _write_openings(waiting: Counter[Opening]) -> None:
    at = dates.now()
    rows = []
    for opening, count in waiting.items():
        values = opening._asdict()
        del values["zone"]
        day = dates.on(at, opening.zone)
        rows.append(Engagement(**values, on=day, at=at, count=count))
        cut = Cut(
            opening.school_id,
            day,
            opening.kind,
            opening.mode or "",
            "",
            "",
            opening.grade_band,
            opening.list_id or 0,
            opening.program_id or 0,
        )
        gather(keep_figures, Figure(cut, count, 0, 0))
    with every_school("one flush for all schools"):
        await Engagement.bulk_create(rows)
