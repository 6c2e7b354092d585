"""Reviews and recommendations follow when two resources become one; nobody's words are lost, and none are joined.

Words that were read and approved were so as they stand, so two of one writer stay two: one is the review of what
stays, the other is kept with what went, where its writer finds it and nobody else reads it. It counts as it did.
"""

from datetime import datetime
from typing import Any

from engage import dates
from engage.programs.review_models import Recommendation, Review
from engage.programs.review_rules import ReviewState
from engage.resources.models import Resource

TOLD = ("person_id", "position", "reason", "because_id", "curated_id", "at", "dismissed_at")
AT_ONCE = 500
OVER = (ReviewState.REJECTED, ReviewState.WITHDRAWN)


async def reviews_follow(gone: int, stays: int, **of: Any) -> None:
    """Move what was written of one resource to another. of: the school, and the person where one alone is meant.

    Safe to do again: of two of one writer the same one stands.
    """
    going = await Review.filter(**of, resource_id=gone).order_by("id").select_for_update()
    if not going:
        return
    writers = [row.person_id for row in going if row.person_id is not None]  # type: ignore[attr-defined]
    theirs = Review.filter(**of, resource_id=stays, person_id__in=writers)
    there = {row.person_id: row for row in await theirs.order_by("id").select_for_update()}  # type: ignore[attr-defined]
    alone = [row.id for row in going if row.person_id not in there]  # type: ignore[attr-defined]
    await Review.filter(**of, id__in=alone).update(resource_id=stays)
    for row in going:
        other = there.get(row.person_id)  # type: ignore[attr-defined]
        if other is not None and _rank(row) > _rank(other):
            await _change_places(row, other)


async def stand_anew(review: Review) -> None:
    """Let a review that is kept with what went stand with what stays, where it has become the one to be read."""
    of: dict[str, Any] = {"school_id": review.school_id}  # type: ignore[attr-defined]
    gone = review.resource_id  # type: ignore[attr-defined]
    ((stays,),) = await Resource.filter(**of, id=gone).values_list("merged_into_id")
    if stays is not None:
        await reviews_follow(gone, stays, **of, person_id=review.person_id)  # type: ignore[attr-defined]


def _rank(review: Review) -> tuple[bool, bool, datetime, int]:
    """Which of two reviews of one writer stands: what others read, before what waits, before what is over; the newer.

    Words that wait take nothing from readers (SAFETY.md, M4); they come into their place when they are approved.
    """
    read = bool(review.approved_text) and review.hidden_at is None
    return read, review.state not in OVER, review.written_at, review.id


async def _change_places(one: Review, other: Review) -> None:
    """Two of one writer change places; a person has one review of a resource, so one has no writer meanwhile."""
    places, writer = (one.resource_id, other.resource_id), one.person_id  # type: ignore[attr-defined]
    of = {"school_id": one.school_id}  # type: ignore[attr-defined]
    await Review.filter(**of, id=other.id).update(person_id=None)
    await Review.filter(**of, id=one.id).update(resource_id=places[1])
    await Review.filter(**of, id=other.id).update(resource_id=places[0], person_id=writer)


async def recommendations_follow(gone: int, stays: int, **of: Any) -> None:
    """Recommend what stays, each to somebody once and not for its own sake; what was sent away stays away."""
    going = Recommendation.filter(**of, resource_id=gone)
    there = Recommendation.filter(**of, resource_id=stays)
    away = await going.filter(dismissed_at__isnull=False).values_list("person_id", flat=True)
    await there.filter(person_id__in=sorted(set(away)), dismissed_at=None).update(dismissed_at=dates.now())
    # made anew and not moved: the job that recommends may give somebody the one that stays at this moment
    come = [Recommendation(**of, resource_id=stays, **row) for row in await going.order_by("id").values(*TOLD)]
    await Recommendation.bulk_create(come, batch_size=AT_ONCE, ignore_conflicts=True)
    await going.delete()
    await Recommendation.filter(**of, because_id=gone).update(because_id=stays)
    await there.filter(because_id=stays, dismissed_at=None).delete()
