"""Booktalks and loans follow when two resources become one: what was said of both, and how often both were lent."""

from engage.promotion.loan_models import LoanRow
from engage.promotion.telling_models import Booktalk
from engage.resources.doubles import Merge


async def promotion_follows(merge: Merge) -> None:
    """Let booktalks and counts of loans be about the one that stays. Its version has risen with the merge itself."""
    for table in (Booktalk, LoanRow):
        await table.filter(school_id=merge.school_id, resource_id=merge.gone).update(resource_id=merge.stays)
