"""What is asked about rosters: the imports of a school, and what would come of the rows of one."""

import json
from typing import Any

from engage.database.paging import Page, one_page
from engage.errors import NotFound
from engage.people.roster_models import RosterImport, RosterRow
from engage.people.roster_rules import Outcome, RosterState, needs_yes
from engage.people.rules import Reader, Scope

SUMS = ("added", "changed", "gone", "same", "refused")
IMPORT = ("id", "key", "kind", "name", "org_name", "state", "asks", "dropped", "made_at", "ended_at", *SUMS)
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
    waits = row["state"] is RosterState.READ
    return {**row, "counts": json.loads(row["counts"]), "leaving": leaving, "noted": noted, "waits": waits}


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
