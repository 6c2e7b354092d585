"""What was opened, saved, begun and finished, list by list: asked only where somebody reads such a figure.

A title on several lists counts for the oldest of them, so that the lists add up and no two can be subtracted from each
other. Sources: PRODUCT.md, 5, "per item and list"; SAFETY.md, P10.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tortoise.connection import get_connection

from engage.dates import Period
from engage.engagement.rules import Kind
from engage.engagement.small_groups import HIDDEN, Value, hidden_with
from engage.evaluation.kept import months_of
from engage.evaluation.stock import moments
from engage.lists.models import CuratedList
from engage.lists.rules import State, Visibility

# so many lists stand alone; the others, and those that only some may see, stand together
MOST_LISTS = 200
OTHERS = 0
OTHER_WORDS = "Other lists"
TOLD = f"l.visibility IN ('{Visibility.PUBLIC.value}', '{Visibility.SCHOOL.value}')"
OLDEST = (
    f"(SELECT i.resource_id, MIN(CASE WHEN {TOLD} THEN l.id END) AS list_id FROM list_item i "
    "JOIN curated_list l ON l.id = i.curated_id WHERE i.school_id = {school} "
    f"AND l.state = '{State.PUBLISHED.value}' GROUP BY i.resource_id) o"
)
PEOPLE = "COUNT(*) AS many, COUNT(DISTINCT g.person_id) AS people FROM"
# of each figure what is counted for which list
ASKED = {
    "list_opens": f"SELECT CASE WHEN {TOLD} THEN l.id END AS list_id, SUM(f.count) AS many, 0 AS people "
    "FROM month_figure f LEFT JOIN curated_list l ON l.id = f.list_id AND l.school_id = {school} "
    f"WHERE f.school_id = {{school}} AND f.kind = '{Kind.LIST_OPENED.value}' "
    f"AND f.month >= {{month}} AND f.month <= {{last}} GROUP BY 1",
    "list_saves": f"SELECT o.list_id, {PEOPLE} saved g JOIN {OLDEST} ON o.resource_id = g.resource_id "
    "WHERE g.school_id = {school} AND g.at >= {begin} AND g.at < {end} GROUP BY o.list_id",
    "list_starts": f"SELECT o.list_id, {PEOPLE} resource_progress g JOIN {OLDEST} ON o.resource_id = g.resource_id "
    "WHERE g.school_id = {school} AND g.started_on >= {first} AND g.started_on <= {last} GROUP BY o.list_id",
    "list_finishes": f"SELECT o.list_id, {PEOPLE} resource_progress g JOIN {OLDEST} ON o.resource_id = g.resource_id "
    "WHERE g.school_id = {school} AND g.state = 'finished' "
    'AND g."on" >= {first} AND g."on" <= {last} GROUP BY o.list_id',
}


@dataclass(frozen=True)
class OfList:
    """One list: how much was done, and by how many people; 0 people where nobody is known behind it."""

    title: str
    number: int
    people: int


async def by_list(school_id: int, figure: str, zone: str, period: Period, fewest: int) -> dict[str, Value]:
    """A figure by list, in the order of the titles; nothing for a figure that lists have no part in. Two statements.

    period: from the first day of a month.
    """
    if figure not in ASKED:
        return {}
    return shown(await _found(school_id, figure, zone, period), fewest)


def shown(lists: Mapping[int, OfList], fewest: int) -> dict[str, Value]:
    """What may be shown of each list. Where few are behind one, others go with it, for the whole is shown as well."""
    people = {key: one.people for key, one in lists.items() if one.people}
    hidden = hidden_with(people, lambda key: (lists[key].title, key), fewest)
    found: dict[str, Value] = {}
    for key, one in sorted(lists.items(), key=lambda each: (each[0] == OTHERS, each[1].title.casefold(), each[0])):
        name = one.title if one.title not in found else f"{one.title} (list {key})"
        found[name] = HIDDEN if key in hidden else Value(one.number)
    return found


async def _found(school_id: int, figure: str, zone: str, period: Period) -> dict[int, OfList]:
    begin, end = moments(zone, period)
    values = {"school": school_id, "first": period.starts, "last": period.ends, "begin": begin, "end": end}
    values["month"] = months_of(period)[0]
    what = f"{ASKED[figure]} ORDER BY 2 DESC, 1"
    connection = get_connection("default")
    lite = connection.capabilities.dialect == "sqlite"
    asked = {name: value for name, value in values.items() if f"{{{name}}}" in what}
    marks = {name: f"?{place}" if lite else f"${place}" for place, name in enumerate(asked, 1)}
    rows = await connection.execute_query_dict(what.format_map(marks), list(asked.values()))
    ids = [row["list_id"] for row in rows if row["list_id"] is not None][:MOST_LISTS]
    titles = dict(await CuratedList.filter(school_id=school_id, id__in=ids).values_list("id", "title"))
    return counted([(row["list_id"], int(row["many"]), int(row["people"])) for row in rows], titles)


def counted(rows: Sequence[tuple[int | None, int, int]], titles: Mapping[int, str]) -> dict[int, OfList]:
    """Lists by their ids, and those without a title together. rows: id, how much was done and by how many.

    How many are behind these together is not known; it is at least the most that are behind one of them.
    """
    found = {key: OfList(titles[key], many, people) for key, many, people in rows if key is not None and key in titles}
    others = [(many, people) for key, many, people in rows if key not in titles]
    if others:
        found[OTHERS] = OfList(OTHER_WORDS, sum(many for many, _ in others), max(people for _, people in others))
    return found
