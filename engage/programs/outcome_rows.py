"""The rows of outcomes: what the tables hold of students' results, read in one statement and written in a few."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from tortoise.connection import get_connection
from tortoise.expressions import Q
from tortoise.models import Model

from engage.database.fields import as_day
from engage.database.putting import put_rows
from engage.programs.activity_models import GoalShare
from engage.programs.models import Award, Progress, Standing

WITHDRAWN = "withdrawn"
# the numbers of a standing, then its days
NUMBERS = ("minutes", "titles", "days", "points", "tickets", "streak", "longest")
DAYS = ("last_on", "alive_until", "completed_on")
STANDING = (*NUMBERS, *DAYS)
NOT_YET: tuple[Any, ...] = (*(0 for _ in NUMBERS), None, None, None)
ProgressRow = tuple[int, int, date | None]
AwardRow = tuple[str, date, str, str]


@dataclass(frozen=True)
class Rows:
    """One student's outcome in one program, as the tables hold it.

    progress: amount, goal and done_on by challenge id. awards: state, earned_on, why and kept by badge id.
    standing: the values of STANDING, None where there is no row. shares: what is added to shared goals, by the ids of
    challenge and class.
    """

    progress: dict[int, ProgressRow] = field(default_factory=dict)
    awards: dict[int, AwardRow] = field(default_factory=dict)
    standing: tuple[Any, ...] | None = None
    shares: dict[tuple[int, int], int] = field(default_factory=dict)

    def held(self) -> dict[int, date]:
        """The badges held and since when."""
        return {badge: row[1] for badge, row in self.awards.items() if row[0] != WITHDRAWN}


# four tables in the columns of one: whose it is, which challenge or badge, numbers, texts, days
KEPT = f"""
SELECT 'progress' AS what, program_id, person_id, challenge_id AS other, {{numbers}}, NULL AS state, NULL AS why,
 NULL AS kept, done_on AS one_on, NULL AS two_on, NULL AS three_on
FROM progress WHERE {{of}}
UNION ALL SELECT 'award', program_id, person_id, badge_id, {", ".join("NULL" for _ in NUMBERS)}, state, why, kept,
 earned_on, NULL, NULL FROM award WHERE {{of}}
UNION ALL SELECT 'standing', program_id, person_id, 0, {", ".join(NUMBERS)}, NULL, NULL, NULL, {", ".join(DAYS)}
FROM standing WHERE {{of}}
UNION ALL SELECT 'share', asked.program_id, goal_share.person_id, goal_share.challenge_id, class_id, amount,
 {", ".join("NULL" for _ in NUMBERS[2:])}, NULL, NULL, NULL, NULL, NULL, NULL
FROM goal_share JOIN challenge asked ON asked.id = goal_share.challenge_id WHERE {{of_share}}
"""


async def kept_rows(
    school_id: int, program_ids: Collection[int], person_ids: Collection[int]
) -> dict[tuple[int, int], Rows]:
    """What the tables hold, by program and person, in one statement."""
    if not program_ids or not person_ids:
        return {}
    connection = get_connection("default")
    lite = connection.capabilities.dialect == "sqlite"
    sql = _kept_sql(len(program_ids), len(person_ids), lite)
    values = [school_id, *program_ids, *person_ids]
    found: dict[tuple[int, int], Rows] = {}
    for row in await connection.execute_query_dict(sql, values):
        key = (row["program_id"], row["person_id"])
        rows = found.setdefault(key, Rows())
        if row["what"] == "progress":
            rows.progress[row["other"]] = (row["n0"], row["n1"], as_day(row["one_on"]))
        elif row["what"] == "award":
            earned_on = as_day(row["one_on"])
            assert earned_on is not None
            rows.awards[row["other"]] = (row["state"], earned_on, row["why"], row["kept"])
        elif row["what"] == "share":
            rows.shares[row["other"], row["n0"]] = row["n1"]
        else:
            numbers_of = [row[f"n{place}"] for place in range(len(NUMBERS))]
            days_of = [as_day(row[name]) for name in ("one_on", "two_on", "three_on")]
            found[key] = Rows(rows.progress, rows.awards, (*numbers_of, *days_of), rows.shares)
    return found


@lru_cache(maxsize=64)
def _kept_sql(programs: int, people: int, lite: bool) -> str:
    marks = [f"{'?' if lite else '$'}{number}" for number in range(1, 2 + programs + people)]
    in_programs, of_people = ", ".join(marks[1 : programs + 1]), ", ".join(marks[programs + 1 :])
    of = f"school_id = {marks[0]} AND program_id IN ({in_programs}) AND person_id IN ({of_people})"
    of_share = "goal_share." + of.replace("program_id", "asked.program_id").replace("person_id", "goal_share.person_id")
    # PostgreSQL takes the kind of a column of nothing from what it is told first
    none = "" if lite else "::int"
    text, day = ("", "") if lite else ("::text", "::date")
    numbers = ", ".join(["amount AS n0", "goal AS n1", *(f"NULL{none} AS n{n}" for n in range(2, len(NUMBERS)))])
    sql = KEPT.format(numbers=numbers, of=of, of_share=of_share)
    for name in ("state", "why", "kept"):
        sql = sql.replace(f"NULL AS {name}", f"NULL{text} AS {name}")
    for name in ("two_on", "three_on"):
        sql = sql.replace(f"NULL AS {name}", f"NULL{day} AS {name}")
    return sql


async def write(school_id: int, program_id: int, person_id: int, before: Rows, after: Rows) -> None:
    """Make the tables hold `after` where they hold `before`; what agrees is not touched."""
    await write_all(school_id, person_id, {program_id: (before, after)})


async def write_all(school_id: int, person_id: int, programs: dict[int, tuple[Rows, Rows]]) -> None:
    """The same for one person in several programs, each with what its rows hold and shall hold.

    One statement a table, and one more for a table of which rows shall be gone, however many programs there are.
    """
    progress: list[dict[str, Any]] = []
    awards: list[dict[str, Any]] = []
    standings: list[dict[str, Any]] = []
    shares: list[dict[str, Any]] = []
    gone: dict[type[Model], set[tuple[str, int]]] = {Progress: set(), Award: set(), Standing: set()}
    shares_gone: list[Q] = []
    for program_id, (before, after) in programs.items():
        of = {"school_id": school_id, "program_id": program_id, "person_id": person_id}
        for challenge, row in after.progress.items():
            if before.progress.get(challenge) != row:
                columns = dict(zip(("amount", "goal", "done_on"), row, strict=True))
                progress.append({**of, "challenge_id": challenge, **columns})
        gone[Progress] |= {("challenge_id", number) for number in before.progress.keys() - after.progress.keys()}
        for badge, award in after.awards.items():
            if before.awards.get(badge) != award:
                held = dict(zip(("state", "earned_on", "why", "kept"), award, strict=True))
                awards.append({**of, "badge_id": badge, **held})
        gone[Award] |= {("badge_id", number) for number in before.awards.keys() - after.awards.keys()}
        for (challenge, class_id), amount in after.shares.items():
            if before.shares.get((challenge, class_id)) != amount:
                whose = {"school_id": school_id, "person_id": person_id}
                shares.append({**whose, "challenge_id": challenge, "class_id": class_id, "amount": amount})
        left = before.shares.keys() - after.shares.keys()
        shares_gone += [Q(challenge_id=challenge, class_id=class_id) for challenge, class_id in left]
        if after.standing is None:
            gone[Standing].add(("program_id", program_id))
        elif before.standing != after.standing:
            standings.append({**of, **dict(zip(STANDING, after.standing, strict=True))})
    mine: dict[str, Any] = {"school_id": school_id, "person_id": person_id}
    for table, which in gone.items():
        for column in {name for name, _ in which}:
            await table.filter(**mine, **{f"{column}__in": sorted(number for _, number in which)}).delete()
    if shares_gone:
        await GoalShare.filter(Q(*shares_gone, join_type="OR"), **mine).delete()
    await put_rows(Progress, ("challenge_id", "person_id"), progress)
    await put_rows(Award, ("badge_id", "person_id"), awards)
    await put_rows(Standing, ("program_id", "person_id"), standings)
    await put_rows(GoalShare, ("challenge_id", "person_id", "class_id"), shares)
