"""What is asked about rosters: the imports of a school, and what would come of the rows of one."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tortoise.connection import get_connection
from tortoise.expressions import Q

from engage import dates
from engage.database.paging import Page, one_page
from engage.database.queue import sql
from engage.errors import NotFound
from engage.people.roster_models import RosterChange, RosterImport, RosterRow, YearTurn
from engage.people.roster_rules import KEPT_DAYS, Outcome, RosterState, Touched, needs_yes
from engage.people.rules import Reader, Scope

SUMS = ("added", "changed", "gone", "same", "refused")
IMPORT = (
    "id",
    "key",
    "kind",
    "name",
    "org_name",
    "state",
    "asks",
    "dropped",
    "made_at",
    "ended_at",
    "taken_back_at",
    *SUMS,
)
ROW = ("number", "what", "outcome", "file", "line", "about", "why", "grade", "role", "hash", "other")
KINDS = {"people": "people", "classes": "classes", "members": "places in classes"}


def check_may_import(reader: Reader) -> None:
    """Only who may create student accounts sees anything of rosters (CLS04). Raises NotFound."""
    if not reader.may("CLS04", Scope.SCHOOL):
        raise NotFound("rosters")


async def imports(reader: Reader, after: str = "") -> Page:
    """The rosters that came, the newest first, a page at a time."""
    check_may_import(reader)
    found = RosterImport.filter(school_id=reader.school.id)
    return await one_page(found, *IMPORT, order=("-made_at", "-id"), after=after, by_name="by__name")


async def import_for(reader: Reader, key: str) -> dict[str, Any]:
    """One of them, with the rows of its files, and what a person has to say yes to. Raises NotFound."""
    check_may_import(reader)
    found = RosterImport.filter(school_id=reader.school.id, key=key)
    rows = await found.values(*IMPORT, "counts", "shares", by_name="by__name")
    if not rows:
        raise NotFound(key)
    row = rows[0]
    shares = json.loads(row.pop("shares"))
    leaving = [
        {"what": KINDS[kind], "known": known, "gone": gone}
        for kind, (known, gone) in shares.items()
        if needs_yes(known, gone)
    ]
    noted = await RosterRow.filter(school_id=reader.school.id, of_import_id=row["id"], outcome=Outcome.NOTED).count()
    waits, done = row["state"] is RosterState.READ, row["state"] is RosterState.APPLIED
    return {
        **row,
        "done": done,
        "counts": json.loads(row["counts"]),
        "leaving": leaving,
        "noted": noted,
        "waits": waits,
    }


async def rows_of(reader: Reader, import_id: int, outcome: Outcome | None, after: str) -> Page:
    """Its rows, or those of one outcome, a page at a time."""
    found = RosterRow.filter(school_id=reader.school.id, of_import_id=import_id)
    if outcome is not None:
        found = found.filter(outcome=outcome)
    return await one_page(found, *ROW, order=("number",), after=after)


async def report_of(school_id: int, import_id: int, *outcomes: Outcome) -> list[dict[str, Any]]:
    """All of its rows, or those of some outcomes, for a table to take away."""
    found = RosterRow.filter(school_id=school_id, of_import_id=import_id)
    if outcomes:
        found = found.filter(outcome__in=list(outcomes))
    return await found.order_by("number").values(*ROW)


@dataclass(frozen=True)
class Back:
    """What taking a roster back would do: people who leave, are here again, or get back what it changed; classes and
    places in classes that end, and those that go on again. used: of those who leave, who signed in since.
    """

    leave: int
    used: int
    return_: int
    people: int
    rooms_end: int
    rooms_go_on: int
    places_end: int
    places_go_on: int


# of each row that a roster touched: whether it was here, and here to the full, before and after
SIDES = """SELECT t."what", t."was", t."now", t."then_on", t."on_now", count(*) AS "number" FROM (SELECT r."what",
    max(CASE WHEN r."is_after" THEN 0 ELSE 1 END) AS "was", max(CASE WHEN r."is_after" THEN 1 ELSE 0 END) AS "now",
    max(CASE WHEN r."is_after" OR r."status"='gone' OR r."until" IS NOT NULL THEN 0 ELSE 1 END) AS "then_on",
    max(CASE WHEN NOT r."is_after" OR r."status"='gone' OR r."until" IS NOT NULL THEN 0 ELSE 1 END) AS "on_now"
    FROM "roster_change" r WHERE r."school_id"=? AND r."of_import_id"=? AND r."what" IN ('person', 'class', 'member')
    GROUP BY r."what", r."row_id") t GROUP BY t."what", t."was", t."now", t."then_on", t."on_now" """
USED = """SELECT count(DISTINCT r."person_id") AS "number" FROM "roster_change" r
    WHERE r."school_id"=? AND r."of_import_id"=? AND r."what"='person' AND r."is_after" AND r."status"='active'
    AND NOT EXISTS (SELECT 1 FROM "roster_change" b WHERE b."school_id"=r."school_id"
    AND b."of_import_id"=r."of_import_id" AND b."what"='person' AND b."row_id"=r."row_id" AND NOT b."is_after"
    AND b."status"='active')
    AND (EXISTS (SELECT 1 FROM "session" s WHERE s."person_id"=r."person_id")
    OR EXISTS (SELECT 1 FROM "student_sign_in" u WHERE u."school_id"=r."school_id" AND u."person_id"=r."person_id"
    AND u."used_on">=?))"""

CHANGES_SOMETHING = Q(added__gt=0) | Q(changed__gt=0) | Q(gone__gt=0)


async def why_stays(school_id: int, import_id: int) -> str:
    """Why a roster cannot be taken back, as a sentence; "" where it can."""
    one = await RosterImport.get(school_id=school_id, id=import_id)
    if one.state is RosterState.TAKEN_BACK:
        return "This roster was taken back already."
    if one.state is not RosterState.APPLIED or one.ended_at is None:
        return "Only a roster that was applied can be taken back."
    # what changed nothing stands in nobody's way, as a file that comes every night
    changed = RosterImport.filter(CHANGES_SOMETHING, school_id=school_id, state=RosterState.APPLIED)
    newest = await changed.order_by("-ended_at", "-id").limit(1).values_list("id")
    if not await changed.filter(id=one.id).exists():
        return "This roster changed nothing, so there is nothing to take back."
    if newest != [(one.id,)]:
        return "Another roster was applied after this one. Take that one back first."
    if await YearTurn.filter(school_id=school_id, at__gte=one.ended_at).exists():
        return "A school year was begun since this roster was applied, so it cannot be taken back any more."
    old = one.ended_at < dates.now() - timedelta(days=KEPT_DAYS)
    if old or not await RosterChange.filter(school_id=school_id, of_import_id=one.id).exists():
        return f"A roster can be taken back for {KEPT_DAYS} days. Bring the right one in."
    return ""


async def back_of(reader: Reader, key: str) -> Back:
    """What taking a roster back would do. Raises NotFound where it cannot be taken back."""
    check_may_import(reader)
    one = await RosterImport.get_or_none(school_id=reader.school.id, key=key)
    if one is None or one.ended_at is None or await why_stays(reader.school.id, one.id):
        raise NotFound(key)
    client, of = get_connection("default"), [reader.school.id, one.id]
    sides = await client.execute_query_dict(sql(SIDES, client), of)
    day = dates.on(one.ended_at, reader.school.zone)
    used = await client.execute_query_dict(sql(USED, client), [*of, day])

    def number(what: Touched, ways: Iterable[tuple[int, int]]) -> int:
        return sum(row["number"] for row in sides if row["what"] == what and (row["then_on"], row["on_now"]) in ways)

    came, went, stayed = [(0, 1)], [(1, 0)], [(1, 1), (0, 0)]
    return Back(
        leave=number(Touched.PERSON, came),
        used=used[0]["number"],
        return_=number(Touched.PERSON, went),
        people=number(Touched.PERSON, stayed),
        rooms_end=number(Touched.CLASS, came),
        rooms_go_on=number(Touched.CLASS, went),
        places_end=number(Touched.MEMBER, came),
        places_go_on=number(Touched.MEMBER, went),
    )
