"""A preview of a roster is applied, whole or not at all: one unit of work, each step of which is one statement.

The rows of the preview lie in the database already, so that even a large roster holds it for a short time only.
Sources: STANDARDS.md, 4.1; SAFETY.md, A6 and D3; DECISIONS.md, "A roster is applied in one piece".
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from engage import dates
from engage.database.operations import measure
from engage.database.queue import enqueue
from engage.database.tenancy import every_school
from engage.database.transaction import budget, one_transaction
from engage.errors import NotFound, Refused
from engage.people import audit, roster_before
from engage.people.models import AuditEntry, School
from engage.people.roster_models import RosterImport, RosterRow
from engage.people.roster_rules import KEPT_DAYS, Outcome, RosterState, counted
from engage.people.roster_staging import newest_applied
from engage.people.roster_statements import (
    CLASS_ADDED,
    CLASS_CHANGED,
    KNOW,
    MEMBER_ADDED,
    MEMBER_CHANGED,
    MEMBER_GONE,
    PERSON_ADDED,
    PERSON_CHANGED,
    PERSON_GONE,
    THOSE_ROOMS,
    do,
    end_rooms,
    let_people_go,
)
from engage.people.rules import Reader

# a roster of 50,000 students takes some seconds; nobody else can write meanwhile on SQLite
BUDGET_SECONDS = 60.0
FORGOTTEN_AT_ONCE = 5_000
OUT_OF_DATE = "Another roster was applied after this one was read. Upload it again."
CHANGED_BY_HAND = "People or classes were changed by hand after this roster was read. Upload it and look at it again."
# what the audit calls that
BY_HAND = (
    *("added a student", "added somebody of the staff", "changed a student", "gave a role", "took a role"),
    *(
        "let somebody go",
        "took somebody back",
        "moved a student here",
        "moved a student to another school",
        "made a class",
    ),
    *("renamed a class", "ended a class", "took a roster back"),
    *("put somebody in a class", "took somebody out of a class", "began a school year"),
)
SAY_YES = "So many would leave or end by this file that somebody has to say yes. Tick the box if that is right."

# whoever is being erased is not brought back
ERASED = """DELETE FROM "roster_row" WHERE "school_id"=? AND "id" IN (SELECT r."id" FROM "roster_row" r
    JOIN "erasure" e ON e."person_id"=r."person_id" AND e."state"='begun'
    WHERE r."school_id"=? AND r."of_import_id"=?)"""
# a teacher who comes again is there from now on, and sees nothing that was handed in before (SAFETY.md, P3)
SINCE = """CASE WHEN "class_member"."role"='student' THEN "class_member"."since" ELSE excluded."since" END"""

CLASSES = (
    f"""INSERT INTO "school_class" ("key", "school_id", "name", "grade", "year", "code", "made_at")
        SELECT r."made_key", r."school_id", r."name", r."grade", r."year", r."code", {{now}}
        FROM "roster_row" r WHERE {CLASS_ADDED}""",
    f"""INSERT INTO "roster_id" ("school_id", "what", "hash", "school_class_id", "role")
        SELECT r."school_id", r."what", r."hash", c."id", '' FROM "roster_row" r
        JOIN "school_class" c ON c."key"=r."made_key" WHERE {CLASS_ADDED} {KNOW}""",
    f"""UPDATE "school_class" SET "name"=r."name", "grade"=r."grade", "year"=r."year", "ended_on"=NULL
        FROM "roster_row" r WHERE {CLASS_CHANGED} AND r."school_class_id"="school_class"."id" """,
    f"""INSERT INTO "roster_id" ("school_id", "what", "hash", "school_class_id", "role")
        SELECT r."school_id", r."what", r."hash", r."school_class_id", '' FROM "roster_row" r
        WHERE {CLASS_CHANGED} {KNOW}""",
)
PEOPLE = (
    f"""INSERT INTO "person" ("key", "district_id", "school_id", "name", "letter", "avatar", "grade", "status", "login",
        "email", "password_hash", "picture_hash", "made_at")
        SELECT r."made_key", s."district_id", r."school_id", r."name", r."letter", r."avatar", r."grade", 'active',
        r."login", r."email", '', '', {{now}}
        FROM "roster_row" r JOIN "school" s ON s."id"=r."school_id" WHERE {PERSON_ADDED}""",
    f"""INSERT INTO "membership" ("school_id", "person_id", "role", "since")
        SELECT r."school_id", p."id", r."role", {{now}} FROM "roster_row" r
        JOIN "person" p ON p."key"=r."made_key" WHERE {PERSON_ADDED}""",
    f"""INSERT INTO "roster_id" ("school_id", "what", "hash", "person_id", "role")
        SELECT r."school_id", r."what", r."hash", p."id", r."role" FROM "roster_row" r
        JOIN "person" p ON p."key"=r."made_key" WHERE {PERSON_ADDED} {KNOW}""",
)
CHANGED_PEOPLE = (
    # a role that comes or goes ends the sessions (SAFETY.md, S1)
    f"""DELETE FROM "session" WHERE "person_id" IN (SELECT r."person_id" FROM "roster_row" r WHERE {PERSON_CHANGED}
        AND NOT EXISTS (SELECT 1 FROM "membership" m WHERE m."school_id"=r."school_id"
        AND m."person_id"=r."person_id" AND m."role"=r."role"))""",
    f"""DELETE FROM "membership" WHERE "school_id"=? AND "id" IN (SELECT m."id" FROM "roster_row" r
        JOIN "roster_id" i ON i."school_id"=r."school_id" AND i."what"='person' AND i."hash"=r."hash"
        JOIN "membership" m ON m."school_id"=r."school_id" AND m."person_id"=r."person_id" AND m."role"=i."role"
        WHERE {PERSON_CHANGED} AND i."role"<>r."role")""",
    f"""UPDATE "person" SET "name"=r."name", "letter"=r."letter", "grade"=r."grade", "status"='active', "gone_at"=NULL
        FROM "roster_row" r WHERE {PERSON_CHANGED} AND r."person_id"="person"."id" """,
    f"""INSERT INTO "membership" ("school_id", "person_id", "role", "since")
        SELECT r."school_id", r."person_id", r."role", {{now}} FROM "roster_row" r WHERE {PERSON_CHANGED}
        ON CONFLICT ("school_id", "person_id", "role") DO NOTHING""",
    f"""INSERT INTO "roster_id" ("school_id", "what", "hash", "person_id", "role")
        SELECT r."school_id", r."what", r."hash", r."person_id", r."role" FROM "roster_row" r
        WHERE {PERSON_CHANGED} {KNOW}""",
)
MEMBERS = tuple(
    f"""INSERT INTO "class_member" ("school_id", "school_class_id", "person_id", "role", "since", "until", "by_roster")
        SELECT r."school_id", c."school_class_id", p."person_id", r."role", r."since", r."until", TRUE
        FROM "roster_row" r
        JOIN "roster_id" c ON c."school_id"=r."school_id" AND c."what"='class' AND c."hash"=r."hash"
        JOIN "roster_id" p ON p."school_id"=r."school_id" AND p."what"='person' AND p."hash"=r."other"
        WHERE {which} ON CONFLICT ("school_class_id", "person_id", "role") DO UPDATE
        SET "until"=excluded."until", "by_roster"=TRUE, "since"={SINCE}"""
    for which in (MEMBER_ADDED, MEMBER_CHANGED)
)


async def apply(school_id: int, key: str, *, by: Reader | None, yes: bool = False) -> RosterImport:
    """Do what a preview says. yes: somebody said that so many may leave or end. Raises NotFound, Refused.

    by: None where a command or the folder applies it.
    """
    await measure(RosterRow)
    with longer():
        imported = await _apply(school_id, key, by, yes)
    await forget_names(imported)
    return imported


@contextmanager
def longer() -> Iterator[None]:
    """Units begun in here may take longer, because they must be whole."""
    token = budget.set(BUDGET_SECONDS)
    try:
        yield
    finally:
        budget.reset(token)


@one_transaction
async def _apply(school_id: int, key: str, by: Reader | None, yes: bool) -> RosterImport:
    # one roster of a school after the other; the school itself stays free for everybody who writes meanwhile
    await RosterImport.filter(school_id=school_id, state=RosterState.READ).order_by("id").select_for_update()
    school = await School.get(id=school_id)
    imported = await RosterImport.get_or_none(school_id=school_id, key=key)
    if imported is None:
        raise NotFound(key)
    if imported.state is not RosterState.READ:
        raise Refused("This roster waits for nothing.")
    if await newest_applied(school_id) != imported.based_on:
        raise Refused(OUT_OF_DATE)
    if await AuditEntry.filter(school_id=school_id, act__in=BY_HAND, at__gte=imported.made_at).exists():
        raise Refused(CHANGED_BY_HAND)
    if imported.asks and not yes:
        raise Refused(SAY_YES, about="yes")
    now, today = dates.now(), dates.today(school.zone)
    of = [school_id, imported.id]
    await do(ERASED, now, [school_id, *of])
    await roster_before.note_before(school_id, imported.id, now)
    for statement in (*CLASSES, *PEOPLE):
        await do(statement, now, of)
    await do(CHANGED_PEOPLE[0], now, of)
    await do(CHANGED_PEOPLE[1], now, [school_id, *of])
    for statement in CHANGED_PEOPLE[2:]:
        await do(statement, now, of)
    # by now whoever a place is for has an id, and none of the places is touched yet
    await roster_before.note_places(school_id, imported.id, now)
    for statement in MEMBERS:
        await do(statement, now, of)
    await _let_go(school_id, of, today - timedelta(days=1), today, now)
    if imported.org_hash:
        await do(
            """INSERT INTO "roster_id" ("school_id", "what", "hash", "role") VALUES (?, 'school', ?, '')
            ON CONFLICT ("school_id", "what", "hash") DO NOTHING""",
            now,
            [school_id, imported.org_hash],
        )
    await roster_before.note_after(school_id, imported.id, now)
    imported.state, imported.ended_at = RosterState.APPLIED, now
    await imported.save(update_fields=["state", "ended_at"])
    told = ", ".join(f"{getattr(imported, name):,} {name}" for name in ("added", "changed", "gone", "refused"))
    await audit.note("applied a roster", by=by, subject=imported.key, detail=told, school_id=school_id)
    await enqueue("follow_rosters", key="follow-rosters-now")
    return imported


async def _let_go(school_id: int, of: list[Any], last: Any, today: Any, now: datetime) -> None:
    """Who and what is gone. last: their last day, so that rights end at once (SAFETY.md, A6)."""
    await do(
        f"""UPDATE "class_member" SET "until"=COALESCE(r."until", ?) FROM "roster_row" r
        WHERE {MEMBER_GONE} AND r."member_id"="class_member"."id" """,
        now,
        [last, *of],
    )
    await let_people_go(f'"roster_row" r WHERE {PERSON_GONE}', school_id, of, last, now)
    await end_rooms(THOSE_ROOMS, school_id, of, today, now)


async def give_up(school_id: int, key: str, *, by: Reader | None) -> None:
    """Throw a preview away. Raises NotFound, Refused."""
    imported = await _give_up(school_id, key, by)
    await forget_names(imported)


@one_transaction
async def _give_up(school_id: int, key: str, by: Reader | None) -> RosterImport:
    imported = await RosterImport.filter(school_id=school_id, key=key).select_for_update().first()
    if imported is None:
        raise NotFound(key)
    if imported.state not in (RosterState.READ, RosterState.READING):
        raise Refused("This roster waits for nothing.")
    imported.state, imported.ended_at = RosterState.GIVEN_UP, dates.now()
    await imported.save(update_fields=["state", "ended_at"])
    await audit.note("gave a roster up", by=by, subject=imported.key, school_id=school_id)
    return imported


async def forget_names(imported: RosterImport) -> int:
    """Delete the rows of a preview that name anybody; what was refused, and why, stays. How many."""
    school_id: int = imported.school_id  # type: ignore[attr-defined]
    number = 0
    while some := await _forget_some(school_id, imported.id):
        number += some
    return number


@one_transaction
async def _forget_some(school_id: int, import_id: int) -> int:
    kept = [Outcome.REFUSED, Outcome.NOTED]
    named = RosterRow.filter(school_id=school_id, of_import_id=import_id).exclude(outcome__in=kept)
    some = [number for (number,) in await named.limit(FORGOTTEN_AT_ONCE).values_list("id")]
    return await RosterRow.filter(school_id=school_id, id__in=some).delete() if some else 0


async def tidy_rosters(now: datetime) -> int:
    """Give up previews that nobody applied for a week, and forget names that were left; a job's work. How many rows."""
    number = 0
    with every_school("old previews of all schools"):
        waiting = RosterImport.filter(
            state__in=[RosterState.READ, RosterState.READING], made_at__lt=now - timedelta(days=KEPT_DAYS)
        )
        for school_id, key in await waiting.values_list("school_id", "key"):
            await give_up(int(school_id), str(key), by=None)
        number += await roster_before.forget_old(now - timedelta(days=KEPT_DAYS))
        ended = RosterImport.filter(state__in=[RosterState.APPLIED, RosterState.GIVEN_UP])
        for imported in await ended.filter(ended_at__gt=now - timedelta(days=2 * KEPT_DAYS)):
            number += await forget_names(imported)
    return number


def told(imported: RosterImport, would: bool) -> str:
    """What came of a roster, or would, in a line."""
    be = "would be " if would else ""
    return (
        f"{counted(imported.added, 'row')} {be}added, {imported.changed:,} {be}changed, {imported.gone:,} {be}gone, "
        f"{imported.same:,} the same, {imported.refused:,} refused."
    )
