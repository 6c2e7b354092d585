"""A roster that was applied is taken back whole: what it touched becomes what it was, and what happened since stays.

Whoever it brought leaves as a leaver does: the account and all that was done with it are kept, and are there again when
a later roster brings them. Only what still is as the roster left it is changed, and whom staff changed by hand since is
left alone. One unit of work, some statements for all rows. Source: SAFETY.md, U3, A6 and P3.
"""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from engage import dates
from engage.database.operations import measure
from engage.database.queue import enqueue
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people import audit, roster_before
from engage.people.models import AuditEntry, Person, School
from engage.people.roster_applying import BY_HAND, longer
from engage.people.roster_models import RosterChange, RosterImport
from engage.people.roster_queries import why_stays
from engage.people.roster_rules import Fate, RosterState, Touched, counted, looks
from engage.people.roster_statements import do, end_rooms, let_people_go
from engage.people.rules import Reader, Role, Status, named

AT_ONCE = 500
# a row as it was (b) beside the same one as the roster left it (a); the values are the school and the import
BOTH = """"roster_change" b JOIN "roster_change" a ON a."school_id"=b."school_id"
    AND a."of_import_id"=b."of_import_id" AND a."what"=b."what" AND a."row_id"=b."row_id" AND a."is_after"
    WHERE b."school_id"=? AND b."of_import_id"=? AND b."what"='{what}' AND NOT b."is_after" """
# what the roster made has no row of before, what it deleted none of after
MADE = """"roster_change" r {join} WHERE r."school_id"=? AND r."of_import_id"=? AND r."what"='{what}' AND r."is_after"
    AND NOT EXISTS (SELECT 1 FROM "roster_change" o WHERE o."school_id"=r."school_id"
    AND o."of_import_id"=r."of_import_id" AND o."what"=r."what" AND o."row_id"=r."row_id" AND NOT o."is_after")"""
DELETED = """"roster_change" r WHERE r."school_id"=? AND r."of_import_id"=? AND r."what"='{what}' AND NOT r."is_after"
    AND NOT EXISTS (SELECT 1 FROM "roster_change" o WHERE o."school_id"=r."school_id"
    AND o."of_import_id"=r."of_import_id" AND o."what"=r."what" AND o."row_id"=r."row_id" AND o."is_after")"""
STAY = """(SELECT s."person_id" FROM "roster_change" s WHERE s."school_id"=? AND s."of_import_id"=?
    AND s."what"='person' AND s."is_after" AND s."fate"='stays')"""
SAME_END = """({one}=a."until" OR ({one} IS NULL AND a."until" IS NULL))"""
SAME_GRADE = """COALESCE({one},-9)=COALESCE(a."grade",-9)"""
SAME_NAME = """"person"."name"=a."name" AND "person"."letter"=a."letter" """

# who came by it, or came again by it
COME = """UPDATE "roster_change" SET "fate"='goes' WHERE "school_id"=? AND "of_import_id"=? AND "what"='person'
    AND "is_after" AND "status"='active' AND NOT EXISTS (SELECT 1 FROM "roster_change" b
    WHERE b."school_id"="roster_change"."school_id" AND b."of_import_id"="roster_change"."of_import_id"
    AND b."what"='person' AND b."row_id"="roster_change"."row_id" AND NOT b."is_after" AND b."status"='active')"""
PEOPLE = f"""UPDATE "person" SET
    "name"=CASE WHEN {SAME_NAME} THEN b."name" ELSE "person"."name" END,
    "letter"=CASE WHEN {SAME_NAME} THEN b."letter" ELSE "person"."letter" END,
    "grade"=CASE WHEN {SAME_GRADE.format(one='"person"."grade"')} THEN b."grade" ELSE "person"."grade" END,
    "status"=CASE WHEN b."status"='active' THEN 'active' ELSE "person"."status" END,
    "gone_at"=CASE WHEN b."status"='active' THEN NULL ELSE "person"."gone_at" END
    FROM {BOTH.format(what="person")} AND "person"."id"=b."row_id" AND a."fate"<>'stays'
    AND "person"."status"=a."status" AND (a."status"='active' OR "person"."gone_at"=a."gone_at")"""
PLACES_MADE = f"""DELETE FROM "class_member" WHERE "school_id"=? AND "id" IN (SELECT r."row_id" FROM {
    MADE.format(
        what="member",
        join='''JOIN "class_member" m ON m."id"=r."row_id" AND m."person_id"=r."person_id" AND m."by_roster"
        AND (m."until"=r."until" OR (m."until" IS NULL AND r."until" IS NULL))''',
    )
} AND r."person_id" NOT IN {STAY})"""
LEAVING = """"roster_change" r WHERE r."school_id"=? AND r."of_import_id"=? AND r."what"='person' AND r."is_after"
    AND r."fate"='goes'"""
# a role that comes or goes ends the sessions (SAFETY.md, S1)
SESSIONS = tuple(
    f"""DELETE FROM "session" WHERE "person_id" IN (SELECT r."person_id" FROM {rows} AND r."person_id" NOT IN {STAY})"""
    for rows in (MADE.format(what="role", join=""), DELETED.format(what="role"))
)
ROLES_MADE = f"""DELETE FROM "membership" WHERE "school_id"=? AND "id" IN (SELECT r."row_id"
    FROM {MADE.format(what="role", join="")} AND r."person_id" NOT IN {STAY})"""
ROLES_DELETED = f"""INSERT INTO "membership" ("school_id", "person_id", "role", "since")
    SELECT r."school_id", r."person_id", r."role", r."at" FROM {DELETED.format(what="role")}
    AND r."person_id" NOT IN {STAY} ON CONFLICT DO NOTHING"""
CLASSES = f"""UPDATE "school_class" SET
    "name"=CASE WHEN "school_class"."name"=a."name" THEN b."name" ELSE "school_class"."name" END,
    "grade"=CASE WHEN {SAME_GRADE.format(one='"school_class"."grade"')} THEN b."grade"
        ELSE "school_class"."grade" END,
    "year"=CASE WHEN "school_class"."year"=a."year" THEN b."year" ELSE "school_class"."year" END,
    "ended_on"=CASE WHEN b."until" IS NULL AND {SAME_END.format(one='"school_class"."ended_on"')} THEN NULL
        ELSE "school_class"."ended_on" END
    FROM {BOTH.format(what="class")} AND "school_class"."id"=b."row_id" """
SAME_PLACE = f"""{BOTH.format(what="member")} AND "class_member"."id"=b."row_id"
    AND "class_member"."person_id"=b."person_id" AND {SAME_END.format(one='"class_member"."until"')}
    AND b."person_id" NOT IN {STAY}"""
# before anybody leaves again, for whom every place that goes on ends
PLACES_OVER = f"""UPDATE "class_member" SET "until"=b."until", "by_roster"=b."by_roster", "since"=b."since"
    FROM {SAME_PLACE} AND b."until" IS NOT NULL"""
# a place goes on again only for somebody who is here, in a class that goes on; since: see _places
PLACES = f"""UPDATE "class_member" SET "until"=NULL, "by_roster"=b."by_roster", "since"=CASE
    WHEN "class_member"."role"='student' OR a."until" IS NULL THEN b."since" ELSE {{since}} END
    FROM {SAME_PLACE} AND b."until" IS NULL AND (a."until" IS NULL OR (
        EXISTS (SELECT 1 FROM "school_class" c WHERE c."school_id"=b."school_id" AND c."id"=b."school_class_id"
        AND c."ended_on" IS NULL)
        AND EXISTS (SELECT 1 FROM "membership" h JOIN "person" p ON p."id"=h."person_id" AND p."status"='active'
        WHERE h."school_id"=b."school_id" AND h."person_id"=b."person_id")))"""
# who had left before left on the same day, from which it is counted how long anything of theirs is kept (P4)
LEFT_THEN = f"""UPDATE "person" SET "gone_at"=b."gone_at" FROM {BOTH.format(what="person")}
    AND "person"."id"=b."row_id" AND a."fate"='goes' AND b."status"='gone' AND "person"."status"='gone'
    AND "person"."gone_at"=?"""
# classes that it made or let go on, unless somebody was put there by hand since
ROOMS = """SELECT r."row_id" FROM "roster_change" r JOIN "school_class" c ON c."id"=r."row_id"
    WHERE r."school_id"=? AND r."of_import_id"=? AND r."what"='class' AND r."is_after" AND r."until" IS NULL
    AND NOT EXISTS (SELECT 1 FROM "roster_change" o WHERE o."school_id"=r."school_id"
    AND o."of_import_id"=r."of_import_id" AND o."what"=r."what" AND o."row_id"=r."row_id" AND NOT o."is_after"
    AND o."until" IS NULL) AND NOT EXISTS (SELECT 1 FROM "class_member" m WHERE m."school_id"=r."school_id"
    AND m."school_class_id"=r."row_id" AND m."until" IS NULL) AND (c."ended_on" IS NULL OR c."ended_on"=?)"""
IDS_MADE = f"""DELETE FROM "roster_id" WHERE "school_id"=? AND "id" IN (SELECT r."row_id"
    FROM {MADE.format(what="id", join="")} AND (r."person_id" IS NULL OR r."person_id" NOT IN {STAY}))"""
# what a roster made of somebody who stays is what a later one takes away again
IDS = f"""UPDATE "roster_id" SET "person_id"=b."person_id", "school_class_id"=b."school_class_id", "role"=b."role"
    FROM {BOTH.format(what="id")} AND "roster_id"."id"=b."row_id"
    AND (b."person_id" IS NULL OR b."person_id" NOT IN {STAY})"""
# the cards of those who had left by mistake are as good as before, unless they have a new one
CARDS = f"""INSERT INTO "card" ("key", "school_id", "person_id", "token_hash", "year", "made_at")
    SELECT r."card_key", r."school_id", r."person_id", r."secret", r."year", r."at" FROM {DELETED.format(what="card")}
    AND r."person_id" NOT IN {STAY} AND EXISTS (SELECT 1 FROM "person" p WHERE p."id"=r."person_id"
    AND p."school_id"=r."school_id" AND p."status"='active') ON CONFLICT DO NOTHING"""


async def take_back(school_id: int, key: str, *, by: Reader | None) -> int:
    """Take the roster back that was applied last. How many people stay as they are. Raises NotFound, Refused."""
    await measure(RosterChange)
    with longer():
        imported, stay = await _take_back(school_id, key, by)
    await roster_before.forget(imported)
    return stay


@one_transaction
async def _take_back(school_id: int, key: str, by: Reader | None) -> tuple[RosterImport, int]:
    # whoever applies a roster holds those that wait, so that none is applied meanwhile
    await RosterImport.filter(school_id=school_id, state=RosterState.READ).order_by("id").select_for_update()
    imported = await RosterImport.filter(school_id=school_id, key=key).select_for_update().first()
    if imported is None:
        raise NotFound(key)
    if why := await why_stays(school_id, imported.id):
        raise Refused(why)
    school = await School.get(id=school_id)
    now, today = dates.now(), dates.today(school.zone)
    await do(COME, now, of := [school_id, imported.id])
    stay = await _leave_alone(imported)
    await _keep_told_apart(school_id, imported.id)
    await do(PEOPLE, now, of)
    await do(PLACES_MADE, now, [school_id, *of, *of])
    await do(PLACES_OVER, now, [*of, *of])
    await let_people_go(LEAVING, school_id, of, today - timedelta(days=1), now)
    await do(LEFT_THEN, now, [*of, now])
    for statement in SESSIONS:
        await do(statement, now, [*of, *of])
    await do(ROLES_MADE, now, [school_id, *of, *of])
    await do(ROLES_DELETED, now, [*of, *of])
    await do(CLASSES, now, of)
    await _places(imported, of, today, school.zone, now)
    await end_rooms(ROOMS, school_id, [*of, today], today, now)
    await do(IDS_MADE, now, [school_id, *of, *of])
    await do(IDS, now, [*of, *of])
    await do(CARDS, now, [*of, *of])
    imported.state, imported.taken_back_at = RosterState.TAKEN_BACK, now
    await imported.save(update_fields=["state", "taken_back_at"])
    told = f"{counted(stay, 'person', 'people')} left as they are" if stay else ""
    await audit.note("took a roster back", by=by, subject=imported.key, detail=told, school_id=school_id)
    await enqueue("follow_rosters", key="follow-rosters-now")
    return imported, stay


async def _leave_alone(imported: RosterImport) -> int:
    """Say of whom staff changed by hand since that they stay as they are. How many."""
    school_id: int = imported.school_id  # type: ignore[attr-defined]
    acts = AuditEntry.filter(school_id=school_id, act__in=BY_HAND, at__gte=imported.ended_at, about_id__isnull=False)
    people = sorted({number for (number,) in await acts.values_list("about_id")})
    of = {"school_id": school_id, "of_import_id": imported.id, "what": Touched.PERSON, "is_after": True}
    number = 0
    for start in range(0, len(people), AT_ONCE):
        theirs = RosterChange.filter(**of, person_id__in=people[start : start + AT_ONCE])
        number += await theirs.update(fate=Fate.STAYS)
    return number


async def _keep_told_apart(school_id: int, import_id: int) -> None:
    """Whose former name would look like another student's by now keeps the one that the roster gave."""
    of = {"school_id": school_id, "of_import_id": import_id, "what": Touched.PERSON}
    was: dict[int, tuple[str, str]] = {}
    left: dict[int, tuple[str, str]] = {}
    for number, after, name, letter in await RosterChange.filter(**of).values_list(
        "row_id", "is_after", "name", "letter"
    ):
        (left if after else was)[int(number)] = (str(name), str(letter))
    other = {number: name for number, name in was.items() if left.get(number, name) != name}
    if not other:
        return
    here = Person.filter(school_id=school_id, status=Status.ACTIVE, memberships__role=Role.STUDENT)
    told = {number: (name, letter) for number, name, letter in await here.values_list("id", "name", "letter")}
    would = {
        number: other[number] if name == left.get(number) and number in other else name for number, name in told.items()
    }
    alike = Counter(looks(named(*name)) for name in would.values())
    for number, (name, letter) in left.items():
        if number in other and number in would and alike[looks(named(*would[number]))] > 1:
            await RosterChange.filter(**of, row_id=number, is_after=False).update(name=name, letter=letter)


async def _places(imported: RosterImport, of: list[Any], today: date, zone: str, now: datetime) -> None:
    """Places in classes as they were.

    A teacher whose place had ended is there again from today on, and sees nothing that was handed in while nobody was
    told of them (SAFETY.md, P3); on the day of the roster itself, as before.
    """
    applied_on = dates.on(imported.ended_at, zone) if imported.ended_at else today
    if applied_on == today:
        await do(PLACES.format(since='b."since"'), now, [*of, *of])
    else:
        await do(PLACES.format(since="?"), now, [today, *of, *of])
