"""What a roster touches is noted as it was and as the roster left it, so that it can be taken back whole for a week.

The notes are written in the unit of work that applies it, some statements for all rows. Source: SAFETY.md, U3.
"""

from datetime import datetime

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.people.roster_models import RosterChange, RosterImport
from engage.people.roster_rules import RosterState
from engage.people.roster_statements import (
    CLASS_ADDED,
    KEEPS,
    MEMBER_GONE,
    PERSON_ADDED,
    THOSE_GONE,
    THOSE_ROOMS,
    do,
)

FORGOTTEN_AT_ONCE = 5_000
# the values of each statement are the school and the import, as often as it asks for them
INTO = """INSERT INTO "roster_change" ("school_id", "of_import_id", "what", "is_after", "row_id", {columns})"""
OF_ROW = """r."school_id", r."of_import_id", '{what}', {after}"""
HERE = """r."school_id"=? AND r."of_import_id"=? AND r."what"='{what}' AND r."outcome" IN ('changed', 'gone')"""
MARKED = """(SELECT r."hash" FROM "roster_row" r WHERE r."school_id"=? AND r."of_import_id"=?
    AND r."what"='{what}' AND r."outcome"='changed')"""

A_PERSON = INTO.format(columns='"person_id", "name", "letter", "grade", "status", "gone_at", "role"')
OF_A_PERSON = 'p."id", p."id", p."name", p."letter", p."grade", p."status", p."gone_at", r."role"'
PERSONS = f"""{A_PERSON} SELECT {OF_ROW.format(what="person", after="{after}")}, {OF_A_PERSON}
    FROM "roster_row" r JOIN "person" p ON p."id"=r."person_id" WHERE {HERE.format(what="person")}"""
PERSONS_ADDED = f"""{A_PERSON} SELECT {OF_ROW.format(what="person", after="{after}")}, {OF_A_PERSON}
    FROM "roster_row" r JOIN "person" p ON p."key"=r."made_key" WHERE {PERSON_ADDED}"""
# whoever leaves keeps the role, for one who comes back, unless another is left
KEEPS_ONE = KEEPS.format(person='r."person_id"', school='r."school_id"', role='r."role"')
ROLES = f"""{INTO.format(columns='"person_id", "role", "at"')}
    SELECT {OF_ROW.format(what="role", after="{after}")}, m."id", m."person_id", m."role", m."since"
    FROM "roster_row" r JOIN "membership" m ON m."school_id"=r."school_id" AND m."person_id"=r."person_id"
    WHERE {HERE.format(what="person")} AND (r."outcome"='changed' OR {KEEPS_ONE})"""
A_CLASS = INTO.format(columns='"school_class_id", "name", "grade", "year", "until"')
OF_A_CLASS = 'c."id", c."id", c."name", c."grade", c."year", c."ended_on"'
CLASSES = f"""{A_CLASS} SELECT {OF_ROW.format(what="class", after="{after}")}, {OF_A_CLASS}
    FROM "roster_row" r JOIN "school_class" c ON c."id"=r."school_class_id" WHERE {HERE.format(what="class")}"""
CLASSES_ADDED = f"""{A_CLASS} SELECT {OF_ROW.format(what="class", after="{after}")}, {OF_A_CLASS}
    FROM "roster_row" r JOIN "school_class" c ON c."key"=r."made_key" WHERE {CLASS_ADDED}"""
IDS = f"""{INTO.format(columns='"of_what", "hash", "person_id", "school_class_id", "role"')}
    SELECT i."school_id", CAST(? AS BIGINT), 'id', {{after}}, i."id", i."what", i."hash", i."person_id",
    i."school_class_id", i."role" FROM "roster_id" i WHERE i."school_id"=? AND (i."what"='school'
    OR (i."what"='person' AND i."hash" IN {MARKED.format(what="person")})
    OR (i."what"='class' AND i."hash" IN {MARKED.format(what="class")})
    OR i."school_class_id" IN ({THOSE_ROOMS}))"""
PLACES = f"""{INTO.format(columns='"person_id", "school_class_id", "role", "since", "until", "by_roster"')}
    SELECT m."school_id", CAST(? AS BIGINT), 'member', {{after}}, m."id", m."person_id", m."school_class_id", m."role",
    m."since", m."until", m."by_roster" FROM "class_member" m WHERE m."school_id"=? AND (
    m."id" IN (SELECT r."member_id" FROM "roster_row" r WHERE {MEMBER_GONE})
    OR m."person_id" IN ({THOSE_GONE}) OR m."school_class_id" IN ({THOSE_ROOMS})
    OR m."id" IN (SELECT x."id" FROM "roster_row" r
        JOIN "roster_id" c ON c."school_id"=r."school_id" AND c."what"='class' AND c."hash"=r."hash"
        JOIN "roster_id" p ON p."school_id"=r."school_id" AND p."what"='person' AND p."hash"=r."other"
        JOIN "class_member" x ON x."school_class_id"=c."school_class_id" AND x."person_id"=p."person_id"
        AND x."role"=r."role" WHERE r."school_id"=? AND r."of_import_id"=? AND r."what"='member'
        AND r."outcome" IN ('added', 'changed')))"""
CARDS = f"""{INTO.format(columns='"person_id", "secret", "card_key", "year", "at"')}
    SELECT k."school_id", CAST(? AS BIGINT), 'card', {{after}}, k."id", k."person_id", k."token_hash", k."key",
    k."year", k."made_at" FROM "card" k WHERE k."school_id"=? AND k."person_id" IN ({THOSE_GONE})"""


async def note_before(school_id: int, import_id: int, now: datetime) -> None:
    """Note people, roles, classes and ids before the roster touches them."""
    await _note((PERSONS, CLASSES, IDS), "FALSE", school_id, import_id, now)
    await _note_roles("FALSE", school_id, import_id, now)


async def note_places(school_id: int, import_id: int, now: datetime) -> None:
    """Note places in classes and cards before the roster touches them, once everybody's id is known."""
    await _note((PLACES, CARDS), "FALSE", school_id, import_id, now)


async def note_after(school_id: int, import_id: int, now: datetime) -> None:
    """Note what the roster left, and what it made."""
    left = (PERSONS, PERSONS_ADDED, CLASSES, CLASSES_ADDED, IDS, PLACES, CARDS)
    await _note(left, "TRUE", school_id, import_id, now)
    await _note_roles("TRUE", school_id, import_id, now)


async def _note_roles(after: str, school_id: int, import_id: int, now: datetime) -> None:
    with every_school("whoever has a role at another school loses the one here"):
        await _note((ROLES,), after, school_id, import_id, now)


async def _note(statements: tuple[str, ...], after: str, school_id: int, import_id: int, now: datetime) -> None:
    for statement in statements:
        asked = statement.format(after=after)
        pairs = [school_id, import_id] * ((asked.count("?") + 1) // 2)
        # what is noted of rows that say their own school begins with the import
        values = [import_id, school_id, *pairs[2:]] if "CAST(? AS BIGINT)" in asked else pairs
        await do(asked, now, values)


async def forget(imported: RosterImport) -> int:
    """Delete the notes of a roster that was taken back. How many."""
    school_id: int = imported.school_id  # type: ignore[attr-defined]
    return await _forget_all(RosterChange.filter(school_id=school_id, of_import_id=imported.id))


async def forget_old(before: datetime) -> int:
    """Delete the notes of rosters that were applied so long ago, or taken back. How many. Inside every_school."""
    old = Q(of_import__ended_at__lt=before) | Q(of_import__state=RosterState.TAKEN_BACK)
    return await _forget_all(RosterChange.filter(old))


async def _forget_all(notes: QuerySet[RosterChange]) -> int:
    number = 0
    while some := [one for (one,) in await notes.limit(FORGOTTEN_AT_ONCE).values_list("id")]:
        number += await _forget(some)
    return number


@one_transaction
async def _forget(some: list[int]) -> int:
    return await RosterChange.filter(id__in=some).delete()
