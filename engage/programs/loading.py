"""What people did, read from the tables as counting takes it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

from tortoise.connection import get_connection

from engage.database.fields import as_day, as_moment
from engage.database.fold import words
from engage.database.rows import read
from engage.dates import Period
from engage.engagement.rules import Mode
from engage.programs.facts import (
    ActivityFact,
    DeliveryFact,
    Facts,
    GoalFact,
    GrantFact,
    JoinFact,
    LogFact,
    ReviewFact,
    VoidFact,
)
from engage.programs.paper_models import TypedTitle
from engage.programs.rules import Ending

LONGEST_TITLE = 400
MANY = 1_000


async def facts_of(school_id: int, person_ids: Collection[int], within: Period | None = None) -> dict[int, Facts]:
    """Everything that these people did, in three statements however much that is.

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
    more = await _besides(school_id, person_ids)
    return {
        number: replace(
            more.get(number, Facts()),
            log=tuple(_with_resource(fact, matched) for fact in log[number]),
            voids=tuple(voids[number]),
        )
        for number in person_ids
    }


# as plain rows: read through the ORM, two thousand entries take longer than everything that is counted of them
LOG = """
SELECT e.id, e.person_id, e."on", e.entered_at, e.mode, e.resource_id, e.title, e.minutes, e.pages, e.chapters,
 e.sessions, e.ending, e.supersedes_id, e.class_id, v.at AS void_at, v.by_id AS void_by
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
    _, rows = await connection.execute_query(sql, values)
    return rows


async def _matched(school_id: int, log: Iterable[LogFact]) -> dict[str, int]:
    """Which resource staff said a typed title is, by the folded title."""
    titles = {fact.title[:LONGEST_TITLE] for fact in log if fact.resource is None and fact.title}
    if not titles:
        return {}
    among = {"folded": sorted(titles)} if len(titles) <= MANY else {}
    known = await read(TypedTitle, ("folded", "resource_id"), {"school_id": school_id}, among=among)
    return {row["folded"]: row["resource_id"] for row in known if row["resource_id"] is not None}


def _with_resource(fact: LogFact, matched: Mapping[str, int]) -> LogFact:
    if fact.resource is not None or fact.title[:LONGEST_TITLE] not in matched:
        return fact
    return replace(fact, resource=matched[fact.title[:LONGEST_TITLE]])


# what people did besides logging, what they were handed, when they joined: six tables in the columns of one
BESIDES = """
SELECT 'delivery' AS what, d.person_id, d.id, b.key AS one, p.key AS two, d."on" AS day, d.at,
 {none_int} AS number, {none_at} AS gone_at, {none_int} AS gone_by
FROM delivery d JOIN program p ON p.id = d.program_id LEFT JOIN badge b ON b.id = d.badge_id
WHERE d.school_id = {school} AND d.person_id IN ({people}) AND d.undone_at IS NULL
 AND (d.badge_id IS NOT NULL OR d.kind <> 'drawn prize')
UNION ALL SELECT 'grant', g.person_id, g.id, b.key, NULL, g."on", g.at, NULL, NULL, NULL
FROM staff_grant g JOIN badge b ON b.id = g.badge_id WHERE g.school_id = {school} AND g.person_id IN ({people})
UNION ALL SELECT 'activity', a.person_id, a.id, c.key, NULL, a."on", a.entered_at, a.entry_id, a.voided_at,
 a.voided_by_id
FROM activity_done a JOIN activity c ON c.id = a.activity_id WHERE a.school_id = {school} AND a.person_id IN ({people})
UNION ALL SELECT 'review', r.person_id, r.id, NULL, NULL, r."on", r.approved_at, NULL, NULL, NULL
FROM review r WHERE r.school_id = {school} AND r.person_id IN ({people}) AND r.approved_at IS NOT NULL
UNION ALL SELECT 'goal', o.person_id, o.id, c.key, NULL, NULL, o.at, o.goal, NULL, NULL
FROM own_goal o JOIN challenge c ON c.id = o.challenge_id WHERE o.school_id = {school} AND o.person_id IN ({people})
UNION ALL SELECT 'joined', e.person_id, e.id, p.key, NULL, NULL, e.joined_at, NULL, NULL, NULL
FROM enrolment e JOIN program p ON p.id = e.program_id WHERE e.school_id = {school} AND e.person_id IN ({people})
"""


async def _besides(school_id: int, person_ids: Collection[int]) -> dict[int, Facts]:
    """What people did besides logging, and what they were handed, in one statement; each kind as it came in."""
    if not person_ids:
        return {}
    connection = get_connection("default")
    lite = connection.capabilities.dialect == "sqlite"
    marks = [f"{'?' if lite else '$'}{number}" for number in range(1, len(person_ids) + 2)]
    # PostgreSQL takes the kind of a column of nothing from what it is told first
    none = (
        {"none_int": "NULL", "none_at": "NULL"}
        if lite
        else {"none_int": "NULL::bigint", "none_at": "NULL::timestamptz"}
    )
    sql = BESIDES.format(school=marks[0], people=", ".join(marks[1:]), **none)
    facts: dict[int, dict[str, list[Any]]] = {}
    rows = await connection.execute_query_dict(sql, [school_id, *person_ids])
    for row in sorted(rows, key=itemgetter("id")):
        of = facts.setdefault(row["person_id"], {})
        of.setdefault(KINDS[row["what"]], []).append(_besides_fact(row))
    return {number: Facts(**{kind: tuple(some) for kind, some in of.items()}) for number, of in facts.items()}


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
            return DeliveryFact(row["one"] or row["two"], on, at)
        case "grant":
            return GrantFact(row["one"], on, at)
        case "activity":
            by_staff = gone_at is not None and row["gone_by"] != row["person_id"]
            return ActivityFact(row["id"], row["one"], on, at, row["number"], gone_at, by_staff)
        case "review":
            return ReviewFact(row["id"], on, at)
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
    )
