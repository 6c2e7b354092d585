"""What people did, read from the tables as counting takes it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any

from tortoise.connection import get_connection

from engage.database.at_once import dicts_for
from engage.database.fields import as_day, as_moment
from engage.database.fold import words
from engage.database.rows import read
from engage.dates import Period
from engage.engagement.rules import Mode
from engage.programs.facts import (
    ActivityFact,
    Before,
    DeliveryFact,
    Facts,
    GoalFact,
    GrantFact,
    JoinFact,
    LogFact,
    ReviewFact,
    VoidFact,
)
from engage.programs.paper_models import TypedTitle, TypedTitleBefore
from engage.programs.rules import Ending

LONGEST_TITLE = 400
MANY = 1_000
# by a folded title: the resource that it is, and until when it was taken for what, oldest first
Matched = Mapping[str, tuple[int | None, Sequence[tuple[datetime, int | None]]]]


async def facts_of(school_id: int, person_ids: Collection[int], within: Period | None = None) -> dict[int, Facts]:
    """Everything that these people did, in four statements at most however much that is.

    within: days outside of which no entry counts for what is asked; entries of other days that correct none, and were
    not corrected, are left out then.
    """
    log: dict[int, list[LogFact]] = {number: [] for number in person_ids}
    voids: dict[int, list[VoidFact]] = {number: [] for number in person_ids}
    folded: dict[str, str] = {"": ""}
    for row in await _log(school_id, person_ids, within):
        person, title = row["person_id"], row["title"]
        if title not in folded:
            folded[title] = " ".join(words(title))
        log[person].append(_fact(row, folded[title]))
        if row["void_at"] is not None:
            voids[person].append(VoidFact(row["id"], as_moment(row["void_at"]), row["void_by"] != person))
    matched = await _matched(school_id, [fact for facts in log.values() for fact in facts])
    more, before = await _besides(school_id, person_ids)
    return {
        number: replace(
            more.get(number, Facts()),
            log=tuple(_with_resource(_with_before(fact, before), matched) for fact in log[number]),
            voids=tuple(voids[number]),
        )
        for number in person_ids
    }


# as plain rows: read through the ORM, two thousand entries take longer than everything that is counted of them
LOG = """
SELECT e.id, e.person_id, e."on", e.entered_at, e.mode, e.resource_id, e.title, e.minutes, e.pages, e.chapters,
 e.sessions, e.ending, e.supersedes_id, e.class_id, e.also_in, v.at AS void_at, v.by_id AS void_by
FROM log_entry e LEFT JOIN entry_void v ON v.entry_id = e.id
WHERE e.school_id = {school} AND e.person_id IN ({people}) {within} ORDER BY e.id
"""
# an entry of another day belongs to what counts by what it corrects, or by what corrects it
WITHIN = """
AND (e."on" BETWEEN {first} AND {last} OR e.supersedes_id IS NOT NULL OR e.id IN (SELECT n.supersedes_id
 FROM log_entry n WHERE n.school_id = {school} AND n.person_id IN ({people}) AND n.supersedes_id IS NOT NULL))
"""


async def _log(school_id: int, person_ids: Collection[int], within: Period | None) -> Sequence[Mapping[str, Any]]:
    if not person_ids:
        return ()
    connection = get_connection("default")
    lite = connection.capabilities.dialect == "sqlite"
    days = (within.starts, within.ends) if within else ()
    values = [school_id, *days, *person_ids]
    school, *more = [f"{'?' if lite else '$'}{number}" for number in range(1, len(values) + 1)]
    of = {"school": school, "people": ", ".join(more[len(days) :])}
    sql = LOG.format(**of, within=WITHIN.format(**of, first=more[0], last=more[1]) if days else "")
    return await dicts_for(sql, values)


async def _matched(school_id: int, log: Iterable[LogFact]) -> Matched:
    """Which resource staff said a typed title is, and what it was taken for before, by the folded title."""
    titles = {fact.title[:LONGEST_TITLE] for fact in log if fact.resource is None and fact.title}
    if not titles:
        return {}
    of, among = {"school_id": school_id}, {"folded": sorted(titles)} if len(titles) <= MANY else {}
    known = await read(TypedTitle, ("folded", "resource_id"), of, among=among)
    if not known:
        return {}
    before: dict[str, list[tuple[datetime, int | None]]] = {}
    for row in await read(TypedTitleBefore, ("folded", "resource_id", "until"), of, among=among):
        before.setdefault(row["folded"], []).append((row["until"], row["resource_id"]))
    for earlier in before.values():
        earlier.sort(key=itemgetter(0))
    return {row["folded"]: (row["resource_id"], before.get(row["folded"], ())) for row in known}


def _with_resource(fact: LogFact, matched: Matched) -> LogFact:
    if fact.resource is not None or fact.title[:LONGEST_TITLE] not in matched:
        return fact
    resource, before = matched[fact.title[:LONGEST_TITLE]]
    return replace(fact, resource=resource, before=tuple(Before(until, was, fact.title) for until, was in before))


def _with_before(fact: LogFact, before: Mapping[int, list[Before]]) -> LogFact:
    return replace(fact, before=tuple(sorted(before[fact.id], key=attrgetter("until")))) if fact.id in before else fact


# what people did besides logging, what they were handed, when they joined: eight tables in the columns of one
BESIDES = """
SELECT 'delivery' AS what, d.person_id, d.id, b.key AS one, p.key AS two, d."on" AS day, d.at,
 {none_int} AS number, d.undone_at AS gone_at, {none_int} AS gone_by
FROM delivery d JOIN program p ON p.id = d.program_id LEFT JOIN badge b ON b.id = d.badge_id
WHERE d.school_id = {school} AND d.person_id IN ({people})
 AND (d.badge_id IS NOT NULL OR d.kind <> 'drawn prize')
UNION ALL SELECT 'grant', g.person_id, g.id, b.key, NULL, g."on", g.at, NULL, NULL, NULL
FROM staff_grant g JOIN badge b ON b.id = g.badge_id WHERE g.school_id = {school} AND g.person_id IN ({people})
UNION ALL SELECT 'activity', a.person_id, a.id, c.key, NULL, a."on", a.entered_at, a.entry_id, a.voided_at,
 a.voided_by_id
FROM activity_done a JOIN activity c ON c.id = a.activity_id WHERE a.school_id = {school} AND a.person_id IN ({people})
UNION ALL SELECT 'review', r.person_id, r.id, NULL, NULL, r."on", r.approved_at, NULL, NULL, NULL
FROM review r WHERE r.school_id = {school} AND r.person_id IN ({people}) AND r.approved_at IS NOT NULL
UNION ALL SELECT 'review', w.person_id, w.review, NULL, NULL, w."on", w.approved_at, NULL, w.ended_at, NULL
FROM review_before w WHERE w.school_id = {school} AND w.person_id IN ({people})
UNION ALL SELECT 'before', f.person_id, f.entry_id, f.title, NULL, NULL, f.until, f.resource_id, NULL, NULL
FROM entry_before f WHERE f.school_id = {school} AND f.person_id IN ({people})
UNION ALL SELECT 'goal', o.person_id, o.id, c.key, NULL, NULL, o.at, o.goal, NULL, NULL
FROM own_goal o JOIN challenge c ON c.id = o.challenge_id WHERE o.school_id = {school} AND o.person_id IN ({people})
UNION ALL SELECT 'joined', e.person_id, e.id, p.key, NULL, NULL, e.joined_at, NULL, NULL, NULL
FROM enrolment e JOIN program p ON p.id = e.program_id WHERE e.school_id = {school} AND e.person_id IN ({people})
"""


async def _besides(school_id: int, person_ids: Collection[int]) -> tuple[dict[int, Facts], dict[int, list[Before]]]:
    """What people did besides logging, and what they were handed, in one statement; each kind as it came in.

    Beside it, by the ids of entries, what they were of before.
    """
    if not person_ids:
        return {}, {}
    connection = get_connection("default")
    lite = connection.capabilities.dialect == "sqlite"
    marks = [f"{'?' if lite else '$'}{number}" for number in range(1, len(person_ids) + 2)]
    # PostgreSQL takes the kind of a column of nothing from what it is told first
    none = "NULL" if lite else "NULL::bigint"
    sql = BESIDES.format(school=marks[0], people=", ".join(marks[1:]), none_int=none)
    facts: dict[int, dict[str, list[Any]]] = {}
    before: dict[int, list[Before]] = {}
    rows = await dicts_for(sql, [school_id, *person_ids])
    for row in sorted(rows, key=itemgetter("id")):
        if row["what"] == "before":
            title = " ".join(words(row["one"]))
            before.setdefault(row["id"], []).append(Before(as_moment(row["at"]), row["number"], title))
            continue
        of = facts.setdefault(row["person_id"], {})
        of.setdefault(KINDS[row["what"]], []).append(_besides_fact(row))
    made = {number: Facts(**{kind: tuple(some) for kind, some in of.items()}) for number, of in facts.items()}
    return made, before


KINDS = {
    "delivery": "deliveries",
    "grant": "grants",
    "activity": "activities",
    "review": "reviews",
    "goal": "goals",
    "joined": "joined",
}


def _besides_fact(row: dict[str, Any]) -> Any:
    on, at, gone_at = as_day(row["day"]), as_moment(row["at"]), as_moment(row["gone_at"])
    match row["what"]:
        case "delivery":
            return DeliveryFact(row["one"] or row["two"], on, at, gone_at)
        case "grant":
            return GrantFact(row["one"], on, at)
        case "activity":
            by_staff = gone_at is not None and row["gone_by"] != row["person_id"]
            return ActivityFact(row["id"], row["one"], on, at, row["number"], gone_at, by_staff)
        case "review":
            return ReviewFact(row["id"], on, at, gone_at)
        case "joined":
            return JoinFact(row["one"], at)
    return GoalFact(row["id"], row["one"], row["number"], at)


MODES = {mode.value: mode for mode in Mode}
ENDINGS = {ending.value: ending for ending in Ending}


def _fact(row: Mapping[str, Any], title: str) -> LogFact:
    """A log entry as counting knows it. title: folded."""
    return LogFact(
        row["id"],
        as_day(row["on"]),
        as_moment(row["entered_at"]),
        MODES[row["mode"]],
        row["resource_id"],
        title,
        row["minutes"] or 0,
        row["pages"] or 0,
        row["chapters"] or 0,
        row["sessions"] or 1,
        ENDINGS[row["ending"]],
        row["supersedes_id"],
        row["class_id"] or 0,
        tuple(map(int, row["also_in"].split(","))) if row["also_in"] else (),
    )
