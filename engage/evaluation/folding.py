"""From the diary to statements that wait to go: day by day, school by school, for each receiver.

What was written down on a day is looked at once that day is settled, so nothing that is still being written is missed.
The statements and the day to go on with are kept in one transaction; a fold that was broken off is done again, and the
number of a statement is that of its fact, so none is made twice.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.engagement.models import Engagement
from engage.engagement.rules import Kind, Mode
from engage.evaluation import caliper_check, xapi_check
from engage.evaluation.endpoint_queries import kinds_that_leave
from engage.evaluation.statement_models import Endpoint, EndpointSchool, Statement
from engage.evaluation.statement_rules import (
    FEWEST,
    MOST_WAITING,
    Data,
    Speech,
    Waits,
    pseudonym,
    settled_until,
    spans_to_send,
    stable_id,
)
from engage.evaluation.statement_rules import Logged as OfDay
from engage.evaluation.statements import Act, Fact, said
from engage.lists.models import CuratedList
from engage.lists.rules import State as ListState
from engage.lists.rules import Visibility
from engage.people.models import School
from engage.people.rules import Status
from engage.programs.models import Program
from engage.settings import Settings

log = logging.getLogger("engage.statements")

# so many days of a school are looked at in one round, so that a round ends
DAYS_AT_ONCE = 40
PEOPLE = {"person_key": "person__key", "status": "person__status"}


@dataclass(frozen=True)
class Made:
    """A fact with the student it is about, None where it is nobody's."""

    fact: Fact
    person_id: int | None = None
    pseudonym: str = ""


@dataclass(frozen=True)
class Of:
    """For whom a fold is, and of which school."""

    endpoint: Endpoint
    school: School
    base: str
    secret_key: str

    def fact(self, source: str, kind: Data, act: Act, at: datetime, thing: str = "", **more: Any) -> Fact:
        """A fact of this school for this receiver. source: names it once for all; thing: path below the school."""
        home = f"{self.base}/{self.school.slug}/"
        number = stable_id(self.secret_key, self.endpoint.key, f"{self.school.key}/{source}")
        return Fact(number, kind, act, at, self.base, self.school.name, home, f"{home}{thing}", **more)

    def known_as(self, person_key: str) -> str:
        """A student as this receiver knows them."""
        return pseudonym(self.secret_key, self.endpoint.key, person_key)


async def fold_statements(settings: Settings, now: datetime) -> int:
    """Make the statements of all days that are settled, as a job; how many."""
    number = 0
    for endpoint in await Endpoint.filter(is_on=True, ended_at=None).order_by("id"):
        waiting = await Statement.filter(endpoint_id=endpoint.id, state=Waits.WAITING.value).count()
        for place in await EndpointSchool.filter(endpoint_id=endpoint.id).order_by("id").values_list("id", "school_id"):
            if waiting >= MOST_WAITING:
                await _alarm(endpoint, waiting)
                break
            made = await _fold_school(endpoint, place[0], place[1], settings, now)
            number, waiting = number + made, waiting + made
    return number


async def _alarm(endpoint: Endpoint, waiting: int) -> None:
    """More wait than may: nothing is lost, the days are looked at later."""
    said = f"{waiting:,} statements wait. Until they have gone, no more are made."
    if endpoint.alarm != said:
        log.warning("too many statements wait", extra={"count": waiting})
        await Endpoint.filter(id=endpoint.id).update(alarm=said)


async def _fold_school(endpoint: Endpoint, place: int, school_id: int, settings: Settings, now: datetime) -> int:
    school = await School.get(id=school_id)
    of = Of(endpoint, school, settings.base_url.rstrip("/"), settings.secret_key)
    until, number = settled_until(now), 0
    for _ in range(DAYS_AT_ONCE):
        made, more = await fold_day(of, place, until)
        number += made
        if not more:
            break
    return number


@one_transaction
async def fold_day(of: Of, place: int, until: date) -> tuple[int, bool]:
    """Make the statements of the next settled day of a school. How many, and whether there was a day.

    place: the row of EndpointSchool. until: the first day that is not settled.
    """
    row = await EndpointSchool.filter(school_id=of.school.id, id=place).select_for_update().first()
    if row is None or row.folded_until >= until:
        return 0, False
    day = row.folded_until
    kinds = await kinds_that_leave(of.endpoint, day)
    made = [*await _acts(of, day, kinds), *([] if Data.USE not in kinds else await _use(of, row, day))]
    await _keep(of, made)
    row.folded_until = day + timedelta(days=1)
    await row.save()
    return len(made), True


async def _keep(of: Of, made: Sequence[Made]) -> None:
    speech = Speech(of.endpoint.speech)
    rows = []
    for one in made:
        body = said(one.fact, speech)
        wrong = caliper_check.problems(body) if speech is Speech.CALIPER else xapi_check.problems(body)
        if wrong:
            log.error("a statement of ours is not well-formed", extra={"place": wrong[0].partition(":")[0]})
        rows.append(
            Statement(
                school_id=of.school.id,
                endpoint_id=of.endpoint.id,
                number=one.fact.id,
                kind=one.fact.kind.value,
                person_id=one.person_id,
                pseudonym=one.pseudonym,
                body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
                state=Waits.PARKED.value if wrong else Waits.WAITING.value,
                problem="This statement is not as the standard wants it. That is our fault." if wrong else "",
                made_at=dates.now(),
            )
        )
    await Statement.bulk_create(rows, ignore_conflicts=True)


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


async def _acts(of: Of, day: date, kinds: Sequence[Data]) -> list[Made]:
    """What was done on a day and may be told one by one."""
    told = [kind for data in kinds for kind in TOLD.get(data, ())]
    if not told:
        return []
    rows = Engagement.filter(
        school_id=of.school.id, kind__in=told, at__gte=_begins(day), at__lt=_begins(day + timedelta(days=1))
    )
    columns = ("id", "kind", "on", "at", "mode", "minutes", "count", "list_id", "program_id", "person_id")
    found = await rows.order_by("id").values(*columns, **PEOPLE)
    slugs = {
        "lists": await _slugs(CuratedList, of, found, "list_id", **PUBLIC),
        "programs": await _slugs(Program, of, found, "program_id"),
    }
    return [
        *_opened(of, found, slugs["lists"]),
        *_given(of, found),
        *_programs(of, found, slugs["programs"]),
        *_logged(of, found, day),
    ]


TOLD = {
    Data.LISTS: (Kind.LIST_OPENED,),
    Data.ASSIGNED: (Kind.ASSIGNED,),
    Data.PROGRAMS: (Kind.PROGRAM_JOINED, Kind.PROGRAM_COMPLETED),
    Data.LOG: (Kind.LOGGED,),
}
PUBLIC = {"visibility": Visibility.PUBLIC, "state": ListState.PUBLISHED, "is_template": False}
Row = dict[str, Any]


async def _slugs(model: Any, of: Of, rows: Sequence[Row], column: str, **more: Any) -> dict[int, str]:
    ids = sorted({row[column] for row in rows if row[column]})
    if not ids:
        return {}
    return dict(await model.filter(school_id=of.school.id, id__in=ids, **more).values_list("id", "slug"))


def _opened(of: Of, rows: Sequence[Row], slugs: dict[int, str]) -> Iterator[Made]:
    for row in rows:
        if row["kind"] == Kind.LIST_OPENED and row["list_id"] in slugs:
            for place in range(row["count"]):
                source, thing = f"opened/{row['id']}/{place}", f"lists/{slugs[row['list_id']]}"
                yield Made(of.fact(source, Data.LISTS, Act.OPENED, row["at"], thing))


def _given(of: Of, rows: Sequence[Row]) -> Iterator[Made]:
    for row in rows:
        if row["kind"] == Kind.ASSIGNED and row["count"] > 0:
            yield Made(of.fact(f"given/{row['id']}", Data.ASSIGNED, Act.GIVEN, row["at"], "assignments"))


def _programs(of: Of, rows: Sequence[Row], slugs: dict[int, str]) -> Iterator[Made]:
    """Joined and completed; what was taken back on the same day is not told."""
    sums: dict[tuple[Any, ...], int] = defaultdict(int)
    last: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        if row["kind"] in TOLD[Data.PROGRAMS] and row["program_id"] in slugs and _may_be_told(row):
            key = (row["kind"], row["person_id"], row["program_id"])
            sums[key] += row["count"]
            last[key] = row
    for key, row in last.items():
        if sums[key] > 0:
            act = Act.JOINED if row["kind"] == Kind.PROGRAM_JOINED else Act.COMPLETED
            who = of.known_as(row["person_key"])
            source, thing = f"{act.value}/{row['id']}", f"programs/{slugs[row['program_id']]}"
            yield Made(of.fact(source, Data.PROGRAMS, act, row["at"], thing, who=who), row["person_id"], who)


def _logged(of: Of, rows: Sequence[Row], day: date) -> Iterator[Made]:
    """One sum for each student, day and mode, after the corrections of the same day."""
    sums: dict[tuple[Any, ...], int] = defaultdict(int)
    last: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        if row["kind"] == Kind.LOGGED and row["mode"] and _may_be_told(row):
            key = (row["person_id"], row["on"], row["mode"])
            sums[key] += row["minutes"]
            last[key] = row
    for key, row in last.items():
        if sums[key] > 0:
            who, zone = of.known_as(row["person_key"]), of.school.zone
            source = f"log/{row['person_key']}/{day}/{row['on']}/{row['mode']}"
            more: dict[str, Any] = {"mode": Mode(row["mode"]).value, "minutes": sums[key]}
            more |= {"starts": dates.moment(row["on"], time(), zone), "ends": dates.end_of(row["on"], zone)}
            yield Made(of.fact(source, Data.LOG, Act.USED, row["at"], who=who, **more), row["person_id"], who)


def _may_be_told(row: Row) -> bool:
    """Whether the student is here: who left or is being erased is told of no more."""
    return row["person_id"] is not None and row["status"] == Status.ACTIVE


async def _use(of: Of, row: EndpointSchool, day: date) -> list[Made]:
    """The sums of minutes that may go out once this day was looked at. Moves on the days of row."""
    made = []
    last_of_year = dates.school_year(day, of.school.year_starts_in).ends
    for mode in Mode:
        column = f"{mode.value}_until"
        days = await _days(of, mode, getattr(row, column), day)
        for span in spans_to_send(days, max(FEWEST, of.school.fewest_shared), day if day == last_of_year else None):
            setattr(row, column, span.last + timedelta(days=1))
            if span.minutes:
                starts, ends = _begins(span.first), _begins(span.last + timedelta(days=1))
                more: dict[str, Any] = {"mode": mode.value, "minutes": span.minutes, "starts": starts, "ends": ends}
                source = f"use/{mode.value}/{span.first}/{span.last}"
                made.append(Made(of.fact(source, Data.USE, Act.USED, ends, **more)))
        if day == last_of_year:
            setattr(row, column, day + timedelta(days=1))
    return made


async def _days(of: Of, mode: Mode, since: date, until: date) -> list[OfDay]:
    """What was written down in one mode from a day to a day, both included, day by day."""
    rows = Engagement.filter(
        school_id=of.school.id,
        kind=Kind.LOGGED,
        mode=mode,
        at__gte=_begins(since),
        at__lt=_begins(until + timedelta(days=1)),
    )
    people: dict[date, set[int]] = defaultdict(set)
    minutes: dict[date, int] = defaultdict(int)
    for at, person_id, amount in await rows.values_list("at", "person_id", "minutes"):
        on = at.astimezone(UTC).date()
        minutes[on] += amount
        if person_id is not None:
            people[on].add(person_id)
    return [OfDay(on, frozenset(people[on]), minutes[on]) for on in sorted(minutes)]
