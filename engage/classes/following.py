"""Assignments follow when two resources become one: each asks for it once; hand-ins and inquiries keep their words."""

from typing import Any

from engage.classes.inquiry_models import InquirySource
from engage.classes.models import AssignmentItem
from engage.classes.own_models import HandIn
from engage.resources.doubles import Merge


async def assignments_follow(merge: Merge) -> None:
    """Put the one that stays in the place of the one that goes."""
    of: dict[str, Any] = {"school_id": merge.school_id}
    there = await AssignmentItem.filter(**of, resource_id=merge.stays).values_list("assignment_id", flat=True)
    await AssignmentItem.filter(**of, resource_id=merge.gone, assignment_id__in=list(there)).delete()
    await AssignmentItem.filter(**of, resource_id=merge.gone).update(resource_id=merge.stays)
    for table in (HandIn, InquirySource):
        await table.filter(**of, resource_id=merge.gone).update(resource_id=merge.stays)
