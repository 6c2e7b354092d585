"""Breaking the glass: asked with a reason, agreed by a second person, open for a day, written down (ADM05, ADM06)."""

from datetime import datetime, timedelta

from engage import dates
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.people import audit
from engage.people.glass_rules import ACTS, OPEN_FOR, check_asks, check_decides
from engage.people.models import AuditEntry
from engage.people.oidc_models import OidcLink
from engage.people.oidc_rules import ADMINS
from engage.people.once import once
from engage.people.privacy_models import BreakGlass
from engage.people.privacy_queries import WAITS, Row, student_of
from engage.people.rules import Reader

# what gives somebody a way in, as the audit calls it; who did it could sign in as both persons
GIVES_A_WAY_IN = ("added somebody of the staff", "gave a role", "made a sign-in link", "took back a second factor")
# what lets whoever did it say whose accounts elsewhere open the school; an admin comes in by a joined one only
SAYS_WHO_COMES_IN = ("added a way to sign in elsewhere", "changed a way to sign in elsewhere")
OF_LATE = timedelta(days=30)


@one_transaction
async def ask(act: str, student: str, reason: str, form_key: str, *, by: Reader) -> str:
    """Ask to see something of a student, by key; the key of the asking. Raises NotFound, Refused."""
    check_asks(by, act, reason)
    person = await student_of(by, student)

    async def made() -> str:
        row = await BreakGlass.create(
            school_id=by.school.id,
            act=act,
            student_id=person.id,
            by_id=by.id,
            reason=reason.strip(),
            asked_at=dates.now(),
        )
        await audit.note("asked to break the glass", by=by, about_id=person.id, subject=row.key, detail=ACTS[act])
        return row.key

    return await once(by, form_key, {"act": act, "student": student, "reason": reason}, made)


@one_transaction
async def decide(key: str, agreed: bool, *, by: Reader) -> None:
    """Agree, or not, as the second person; from then it is open for 24 hours. Raises NotFound, NotAllowed, Refused."""
    row = await BreakGlass.filter(school_id=by.school.id, key=key).select_for_update().first()
    if row is None:
        raise NotFound(key)
    check_decides(by, row.by_id)  # type: ignore[attr-defined]
    now = dates.now()
    if await _let_in_by(by, row.by_id, now):  # type: ignore[attr-defined]
        raise NotAllowed("ADM06", "Who asks has given you a way in of late. Somebody else has to be the second person.")
    if row.decided_at is not None or row.closed_at is not None or row.asked_at < now - WAITS:
        raise Refused("This was decided already, or it waited too long.")
    row.agreed, row.decided_at, row.decided_by_id = agreed, now, by.id
    row.ends_at = now + OPEN_FOR if agreed else None
    await row.save(update_fields=["agreed", "decided_at", "decided_by_id", "ends_at"])
    act = "agreed to break the glass" if agreed else "did not agree to break the glass"
    await audit.note(act, by=by, about_id=row.student_id, subject=key, detail=ACTS[row.act])  # type: ignore[attr-defined]


async def _let_in_by(by: Reader, asker: int, now: datetime) -> bool:
    """Whether who asks gave this person a role or a way in of late, or set up one by which they come in.

    Then who asks could be both persons.
    """
    of_both = AuditEntry.filter(school_id=by.school.id, by_id=asker, about_id=by.id)
    if await of_both.filter(act__in=GIVES_A_WAY_IN, at__gt=now - OF_LATE).exists():
        return True
    with every_school("a way to sign in elsewhere may be for all schools of the district"):
        says = AuditEntry.filter(by_id=asker, act__in=SAYS_WHO_COMES_IN, at__gt=now - OF_LATE)
        if not await says.exists():
            return False
    return not by.roles & ADMINS or await OidcLink.filter(person_id=by.id).exists()


@one_transaction
async def close(key: str, *, by: Reader) -> None:
    """Close one's own glass before its time, or take the asking back. Raises NotFound."""
    rows = BreakGlass.filter(school_id=by.school.id, key=key, by_id=by.id, closed_at__isnull=True)
    if not await rows.update(closed_at=dates.now()):
        raise NotFound(key)
    await audit.note("closed the glass", by=by, subject=key)


@one_transaction
async def note_use(row: Row, *, by: Reader) -> None:
    """Write down that somebody looked through an open glass."""
    await BreakGlass.filter(school_id=by.school.id, id=row["id"]).update(used_at=dates.now())
    await audit.note(
        "looked through the broken glass",
        by=by,
        about_id=row["student_id"],
        subject=row["key"],
        detail=ACTS[row["act"]],
    )
