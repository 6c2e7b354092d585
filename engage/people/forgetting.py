"""What of people themselves is taken away when its time is over, or when somebody leaves."""

from datetime import datetime

from tortoise.expressions import Q, Subquery

from engage import dates
from engage.people.models import AuditEntry, ClassMember, Person, School, Session
from engage.people.privacy_models import BreakGlass, Erasure, RecordLink, RecordTaken, RetentionRun
from engage.people.register_rules import ErasureState


async def end_memberships(school_id: int, person_id: int) -> int:
    """Let a student leave the classes of today. How many that were."""
    school = await School.get(id=school_id)
    still = ClassMember.filter(school_id=school_id, person_id=person_id, until__isnull=True)
    return await still.update(until=dates.today(school.zone))


async def forget_sessions(school_id: int, before: datetime) -> int:
    """Delete what is left of sessions that were begun before a moment. How many."""
    here = Person.filter(school_id=school_id).values("id")
    return await Session.filter(person_id__in=Subquery(here), made_at__lt=before).delete()


async def forget_audit(school_id: int, before: datetime) -> int:
    """Delete the audit from before a moment, and what else is kept as long. How many entries of the audit."""
    of = {"school_id": school_id}
    await RecordTaken.filter(**of, at__lt=before).delete()
    await RetentionRun.filter(**of, at__lt=before).delete()
    await Erasure.filter(**of, state__in=[ErasureState.DONE, ErasureState.REFUSED], asked_at__lt=before).delete()
    await BreakGlass.filter(**of, asked_at__lt=before).delete()
    return await AuditEntry.filter(**of, at__lt=before).delete()


async def forget_record_links(now: datetime) -> int:
    """Delete the addresses of copies that were fetched or whose day is over; a job's work. How many."""
    return await RecordLink.filter(Q(ends_at__lt=now) | Q(used_at__isnull=False)).delete()
