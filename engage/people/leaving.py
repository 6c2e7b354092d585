"""What ends here when somebody leaves a school: places in classes, ways in and sessions. Source: SAFETY.md, A6."""

from collections.abc import Sequence
from datetime import date

from engage.people.models import ClassMember, Session
from engage.people.oidc_models import OidcLink
from engage.people.sign_in_models import Card, Invitation


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
