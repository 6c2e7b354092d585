"""What ends here when somebody leaves a school: places in classes, ways in and sessions. Source: SAFETY.md, A6."""

import logging
from collections.abc import Sequence
from datetime import date, datetime

from engage.database.tenancy import every_school
from engage.people.models import ClassMember, Membership, Session
from engage.people.oidc_models import OidcLink
from engage.people.sign_in_models import Card, Invitation

log = logging.getLogger("engage.people")
HERE = """
SELECT 1 FROM membership m JOIN person p ON p.id = m.person_id WHERE p.status = 'active' AND m.person_id = one.person_id
"""
# by table: the rows that give a right to somebody who has no role on which it could stand
ORPHANS = {
    "class_member": f"""
        SELECT count(*) AS number FROM class_member one
        WHERE one.until IS NULL AND NOT EXISTS ({HERE} AND m.school_id = one.school_id)
    """,
    "card": f"""
        SELECT count(*) AS number FROM card one WHERE NOT EXISTS ({HERE} AND m.school_id = one.school_id)
    """,
    "session": f"SELECT count(*) AS number FROM session one WHERE NOT EXISTS ({HERE})",
}


async def end_here(school_id: int, people: Sequence[int], last: date) -> None:
    """End what people have at a school, inside the unit of work that lets them go. last: their last day in classes.

    A lost card or link opens nothing, also when the person is here again; and an account elsewhere is free for whoever
    they are from now on, at the school that they move to or as they come back.
    """
    who = list(people)
    members = ClassMember.filter(school_id=school_id, person_id__in=who, until__isnull=True)
    await members.update(until=last)
    await Card.filter(school_id=school_id, person_id__in=who).delete()
    await Invitation.filter(person_id__in=who).delete()
    await OidcLink.filter(person_id__in=who).delete()
    await Session.filter(person_id__in=who).delete()


async def look_for_orphans(now: datetime) -> int:
    """Count the rights that outlived their ground, and tell of them by number; a job's work. How many.

    There are none unless something here is wrong: the guard asks for the role as well, so they open nothing.
    """
    client, total = Membership._meta.db, 0
    for table, statement in ORPHANS.items():
        with every_school("orphans are looked for everywhere"):
            number = int((await client.execute_query_dict(statement))[0]["number"])
        if number:
            log.warning("rows of %s give a right that has no ground", table, extra={"count": number})
        total += number
    return total
