"""What the library has and offers, and how it is kept up: collection, lists, links, feeds, requests, reviews, streaks.

As in engage.evaluation.figures, nothing is withheld here yet. Moments count for the school's calendar day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from tortoise.connection import get_connection
from tortoise.functions import Count

from engage import dates
from engage.dates import Period
from engage.engagement.small_groups import HIGHEST_LIMIT
from engage.resources.models import Resource
from engage.resources.rules import LinkState, RequestState, ResourceState

# a feed is alive that was read without fault in so many days
ALIVE_DAYS = 7


@dataclass(frozen=True)
class Some:
    """A number of things, and how many students stand behind it; from HIGHEST_LIMIT on, at least so many."""

    number: int = 0
    people: int = 0


@dataclass(frozen=True)
class Things:
    """Resources that are alike. accessible: known to have captions, a transcript, large print or a description."""

    mode: str
    format: str
    language: str
    here: bool
    online: bool
    accessible: bool
    year: int | None
    number: int


@dataclass(frozen=True)
class Mending:
    """Dead links. days: how long each one was dead that was mended in the period; still: dead today."""

    links: int = 0
    still: int = 0
    open: int = 0
    days: tuple[int, ...] = ()


@dataclass(frozen=True)
class Asked:
    """Titles that were asked for in the period. days: from asking to the answer, of each that is answered."""

    requests: Some = Some()
    days: tuple[int, ...] = ()


@dataclass(frozen=True)
class Listed:
    """Lists of the school. published: first put before readers in the period; adopted, forked: in the period.

    items: resources that stand on a published list now; used: those that a student ever logged, with the students.
    """

    published: int = 0
    standing: int = 0
    offered: int = 0
    adopted: int = 0
    forked: int = 0
    items: int = 0
    used: Some = Some()


@dataclass(frozen=True)
class Stock:
    """Everything of one school.

    starts, finishes, saves: of things on published lists, in the period. languages: what was started, by language.
    feeds: active ones and how many of them are alive. streaks: students in programs, and those whose streak is alive.
    staff_hours: of the library's staff in a week, 0 where nobody has said.
    """

    things: tuple[Things, ...] = ()
    listed: Listed = Listed()
    starts: Some = Some()
    finishes: Some = Some()
    saves: Some = Some()
    languages: Mapping[str, Some] = field(default_factory=dict)
    mending: Mending = Mending()
    asked: Asked = Asked()
    reviews: Some = Some()
    feeds: tuple[int, int] = (0, 0)
    streaks: tuple[int, int] = (0, 0)
    staff_hours: int = 0


NO_STOCK = Stock()


# what stands on published lists
LISTED = (
    "listed AS (SELECT DISTINCT i.resource_id FROM list_item i JOIN curated_list l ON l.id = i.curated_id "
    "WHERE i.school_id = {school} AND l.state = 'published')"
)
ON_LISTS = "(SELECT resource_id FROM listed)"
BEGUN = "g.started_on >= {first} AND g.started_on <= {last}"
DONE = 'g.state = \'finished\' AND g."on" >= {first} AND g."on" <= {last}'
PLACES = "resource_progress g WHERE g.school_id = {school}"
# each resource that students began or finished in the period: how many did, and whether it stands on a list
PLACED = (
    f"placed AS (SELECT t.resource_id, r.language, t.begun, t.done, "
    f"CASE WHEN t.resource_id IN {ON_LISTS} THEN 1 ELSE 0 END AS listed "
    "FROM (SELECT resource_id, SUM(begun) AS begun, SUM(done) AS done FROM "
    f"(SELECT g.resource_id, COUNT(*) AS begun, 0 AS done FROM {PLACES} AND {BEGUN} GROUP BY g.resource_id "
    f"UNION ALL SELECT g.resource_id, 0, COUNT(*) FROM {PLACES} AND {DONE} GROUP BY g.resource_id) moved "
    "GROUP BY resource_id) t JOIN resource r ON r.id = t.resource_id WHERE r.school_id = {school})"
)
# among so many places there are nearly always as many students as any limit asks for
FIRST = 10 * HIGHEST_LIMIT


def few(places: str) -> str:
    """The SQL of how many students have some places, HIGHEST_LIMIT at most; the first places tell it nearly always.

    places: what follows FROM, with the places as g.
    """
    first, every = (
        f"(SELECT COUNT(*) FROM (SELECT DISTINCT person_id FROM (SELECT g.person_id FROM {places}{most}) looked "
        f"LIMIT {HIGHEST_LIMIT}) few)"
        for most in (f" LIMIT {FIRST}", "")
    )
    return f"CASE WHEN {first} >= {HIGHEST_LIMIT} THEN {HIGHEST_LIMIT} ELSE {every} END"


def students(known: str, places: str) -> str:
    """The SQL of how many students have the places that some rows p of `placed` are made of.

    known: so many have one of the resources, each once; where those are enough for every limit, nobody is told apart.
    """
    return f"CASE WHEN MAX({known}) >= {HIGHEST_LIMIT} THEN MAX({known}) ELSE {few(places)} END"


OF_LISTS = f"{PLACES} AND g.resource_id IN {ON_LISTS}"
OF_LANGUAGE = (
    "placed q, resource_progress g WHERE q.language = p.language AND g.school_id = {school} "
    f"AND g.resource_id = q.resource_id AND {BEGUN}"
)
# a name, how many things, and how many persons or other things beside them
PAIRS = {
    "published": "COUNT(CASE WHEN published_at >= {begin} AND published_at < {end} THEN 1 END), COUNT(*) "
    "FROM curated_list WHERE school_id = {school} AND state = 'published' AND NOT is_template",
    "offered": "COUNT(CASE WHEN offered THEN 1 END), COUNT(*) "
    "FROM curated_list WHERE school_id = {school} AND state = 'published' AND NOT is_template",
    "adopted": "COUNT(CASE WHEN linked THEN 1 END), COUNT(CASE WHEN NOT linked THEN 1 END) "
    "FROM origin WHERE school_id = {school} AND taken_at >= {begin} AND taken_at < {end}",
    "items": "COUNT(*), 0 FROM listed",
    "used": f"COUNT(*), {few(OF_LISTS)} FROM listed WHERE EXISTS "
    f"(SELECT 1 FROM {PLACES} AND g.resource_id = listed.resource_id)",
    "starts": f"SUM(p.begun), {students('p.begun', f'{OF_LISTS} AND {BEGUN}')} FROM placed p WHERE p.listed = 1",
    "finishes": f"SUM(p.done), {students('p.done', f'{OF_LISTS} AND {DONE}')} FROM placed p WHERE p.listed = 1",
    "saves": "COUNT(*), COUNT(DISTINCT person_id) FROM saved WHERE school_id = {school} "
    f"AND at >= {{begin}} AND at < {{end}} AND resource_id IN {ON_LISTS}",
    "reviews": "COUNT(*), COUNT(DISTINCT person_id) FROM review WHERE school_id = {school} "
    "AND approved_at >= {begin} AND approved_at < {end}",
    "feeds": "COUNT(*), COUNT(CASE WHEN last_good_at >= {alive} THEN 1 END) "
    "FROM source WHERE school_id = {school} AND state = 'active'",
    "links": "COUNT(*), COUNT(CASE WHEN k.state = 'dead' THEN 1 END) FROM link k JOIN resource r "
    "ON r.id = k.resource_id WHERE k.school_id = {school} AND r.state = 'offered'",
    "staff hours": "COALESCE(MAX(staff_hours), 0), 0 FROM school WHERE id = {school}",
    "open": "COUNT(CASE WHEN k.access = '' AND k.state <> 'dead' THEN 1 END), COUNT(*) FROM link k JOIN resource r "
    "ON r.id = k.resource_id WHERE k.school_id = {school} AND r.state = 'offered'",
    "streaks": "COUNT(DISTINCT t.person_id), COUNT(DISTINCT CASE WHEN t.alive_until >= {last} THEN t.person_id END) "
    "FROM standing t JOIN program p ON p.id = t.program_id WHERE t.school_id = {school} AND p.state = 'published' "
    "AND p.starts <= {last} AND (p.ends IS NULL OR p.ends >= {last})",
}
# of links that were ever dead every look, and of titles that were asked for in the period each one
ANSWERS = (
    "SELECT 'check' AS what, c.link_id AS one, c.at AS at, c.state AS state, c.at AS answered, c.id AS number "
    "FROM link_check c WHERE c.school_id = {0} AND c.link_id IN "
    f"(SELECT d.link_id FROM link_check d WHERE d.school_id = {{0}} AND d.state = '{LinkState.DEAD}') "
    "UNION ALL SELECT 'asked', by_id, made_at, state, answered_at, id FROM purchase_request "
    "WHERE school_id = {0} AND made_at >= {1} AND made_at < {2} ORDER BY what, one, at, number"
)
LANGUAGES = (
    f"SELECT 'in ' || p.language AS name, SUM(p.begun) AS many, {students('p.begun', OF_LANGUAGE)} AS beside "
    "FROM placed p WHERE p.begun > 0 GROUP BY p.language"
)


async def stock_of(school_id: int, zone: str, period: Period, found: Mapping[str, tuple[int, int]]) -> Stock:
    """What a school has and offers at the end of a period, and what was done to it within; two statements.

    found: what was found with PAIRS and LANGUAGES.
    """
    links, still = found["links"]
    repairs, asked = await _answers(school_id, zone, period)
    published, standing = found["published"]
    return Stock(
        await _things(school_id),
        Listed(published, standing, found["offered"][0], *found["adopted"], found["items"][0], Some(*found["used"])),
        Some(*found["starts"]),
        Some(*found["finishes"]),
        Some(*found["saves"]),
        {name.removeprefix("in "): Some(*pair) for name, pair in found.items() if name.startswith("in ")},
        Mending(links, still, found["open"][0], tuple(repairs)),
        asked,
        Some(*found["reviews"]),
        found["feeds"],
        found["streaks"],
        found["staff hours"][0],
    )


async def pairs(
    school_id: int, zone: str, period: Period, named: Mapping[str, str], *others: str
) -> dict[str, tuple[int, int]]:
    """Pairs of numbers by name, in one statement.

    named: of each the SQL after its name. others: whole questions, each with rows of name, many and beside. Both may
    hold {school}, {first} and {last} day, {begin} and {end} as moments, and {alive}, and ask `listed` and `placed`.
    """
    begin, end = moments(zone, period)
    alive = dates.end_of(period.ends - timedelta(days=ALIVE_DAYS), zone)
    values = {"school": school_id, "begin": begin, "end": end, "alive": alive}
    values |= {"first": period.starts, "last": period.ends}
    connection = get_connection("default")
    lite = connection.capabilities.dialect == "sqlite"
    questions = [*others, *(f"SELECT '{name}' AS name, {what}" for name, what in named.items())]
    sql = " UNION ALL ".join(questions)
    known = [LISTED, PLACED] if "placed" in sql else [LISTED]
    sql = f"WITH {', '.join(known)} {sql}"
    asked = {name: value for name, value in values.items() if f"{{{name}}}" in sql}
    marks = {name: f"?{place}" if lite else f"${place}" for place, name in enumerate(asked, 1)}
    rows = await connection.execute_query_dict(sql.format_map(marks), list(asked.values()))
    return {row["name"]: (int(row["many"] or 0), int(row["beside"] or 0)) for row in rows}


def moments(zone: str, period: Period) -> tuple[datetime, datetime]:
    """The moments at which a period begins and is over."""
    return dates.end_of(period.starts - timedelta(days=1), zone), dates.end_of(period.ends, zone)


async def _things(school_id: int) -> tuple[Things, ...]:
    known = ("captions", "transcript", "large_print", "audio_description")
    columns = ("mode", "format", "language", "here", "online", *known, "year")
    rows = Resource.filter(school_id=school_id, state=ResourceState.OFFERED)
    counted = rows.annotate(many=Count("id")).group_by(*columns)
    return tuple(
        Things(str(mode), str(form), language, bool(here), bool(online), any(aids), year, many)
        for mode, form, language, here, online, *aids, year, many in await counted.values_list(*columns, "many")
    )


async def _answers(school_id: int, zone: str, period: Period) -> tuple[list[int], Asked]:
    """How long each link was dead that was mended, and what was asked for with days to each answer; one statement."""
    connection = get_connection("default")
    marks = ("?1", "?2", "?3") if connection.capabilities.dialect == "sqlite" else ("$1", "$2", "$3")
    rows = await connection.execute_query_dict(ANSWERS.format(*marks), [school_id, *moments(zone, period)])
    checks = [(row["one"], _moment(row["at"]), row["state"]) for row in rows if row["what"] == "check"]
    asked = [row for row in rows if row["what"] == "asked"]
    days = tuple(
        (dates.on(_moment(row["answered"]), zone) - dates.on(_moment(row["at"]), zone)).days
        for row in asked
        if row["state"] != RequestState.ASKED and row["answered"] is not None
    )
    people = {row["one"] for row in asked if row["one"] is not None}
    return days_dead(checks, zone, period), Asked(Some(len(asked), len(people)), days)


def _moment(value: datetime | str) -> datetime:
    """A moment as either database gives it where nobody says of what kind it is."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def days_dead(checks: Iterable[tuple[int, datetime, str]], zone: str, period: Period) -> list[int]:
    """For how many days each link was dead that came back in a period. checks: link, moment and state, in order."""
    found, since = [], dict[int, date]()
    for link, at, state in checks:
        on = dates.on(at, zone)
        if state == LinkState.DEAD:
            since.setdefault(link, on)
        elif state != LinkState.UNCHECKED and link in since:
            began = since.pop(link)
            if on in period:
                found.append((on - began).days)
    return found
