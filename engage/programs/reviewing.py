"""What is done with reviews: written, approved, shortened, rejected, reported, taken away (SAFETY.md, M1 to M6)."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.engagement.diary import Who, record
from engage.engagement.rules import Kind
from engage.errors import NotAllowed, NotFound, Refused
from engage.people import audit
from engage.people.models import ClassMember, Person
from engage.people.once import once
from engage.people.rules import Reader, Role, Scope
from engage.programs import review_marks, review_rules
from engage.programs.models import Enrolment
from engage.programs.review_following import stand_anew
from engage.programs.review_models import Review, ReviewBefore, ReviewReport
from engage.programs.review_queries import decidable_for, readable_for
from engage.programs.review_rules import Audience, ReviewState, Standing
from engage.programs.settling import hold, settle
from engage.resources.models import Resource
from engage.resources.rules import ResourceState

REASON = 300


@dataclass(frozen=True)
class Written:
    """What somebody writes of a resource. feeling: a Feeling or "". class_id: which of the own classes may read it."""

    text: str
    audience: Audience
    feeling: str = ""
    class_id: int | None = None


@one_transaction
async def write_review(resource: str, said: Written, form_key: str, by: Reader) -> str:
    """Write a review, or write it anew; the words wait until a person of the school has read them. Its key.

    resource: a resource's key. Raises NotFound where the school has no reviews, Refused.
    """
    if not by.school.reviews or by.id is None or not by.may("REV01", Scope.MINE):
        raise NotFound(resource)
    review_rules.check_words(said.text)
    if said.audience is Audience.SCHOOL and by.school.reviews == Audience.CLASS:
        raise Refused("Here reviews are for the own class.", about="audience")
    own = by.class_ids | by.taught_ids
    room = min(own, default=None) if said.class_id is None else said.class_id
    if said.audience is Audience.CLASS and room not in own:
        raise Refused("You are in no class at the moment.", about="audience")
    rows = await Resource.filter(school_id=by.school.id, key=resource, state=ResourceState.OFFERED).values("id")
    if not rows:
        raise NotFound(resource)
    await hold(by, by.id)

    async def act() -> str:
        names = await _names(by)
        values: dict[str, Any] = {
            "text": said.text,
            "audience": said.audience,
            "feeling": said.feeling,
            "class_id": room if said.audience is Audience.CLASS else None,
            "state": ReviewState.PENDING,
            "marks": json.dumps([str(mark) for mark in review_marks.marks_of(said.text, names)]),
            "written_at": dates.now(),
            "reason": "",
        }
        mine = Review.filter(school_id=by.school.id, person_id=by.id, resource_id=rows[0]["id"])
        before = await mine.first()
        if before is None:
            made = await Review.create(
                school_id=by.school.id,
                person_id=by.id,
                resource_id=rows[0]["id"],
                on=dates.today(by.school.zone),
                **values,
            )
            return made.key
        # what others may read was approved for them and for nobody else: it goes until the new words are approved
        elsewhere = (before.audience, before.class_id) != (values["audience"], values["class_id"])
        if elsewhere:
            await _note_end(before)
            values |= {"approved_text": "", "approved_at": None, "public_at": None, "hidden_at": None}
        await mine.update(**values, version=before.version + 1)
        if elsewhere and before.approved_text:
            await _uncount(before, by)
        return before.key

    return await once(by, form_key, {"resource": resource, **vars(said)}, act)


async def _names(by: Reader) -> list[str]:
    """The given names of the school, for the look at a text (M2); the writer's own among them."""
    return list(await Person.filter(school_id=by.school.id, gone_at=None).values_list("name", flat=True))  # type: ignore[arg-type]


@one_transaction
async def approve(key: str, words: str, version: int, by: Reader) -> None:
    """Let others read a review, or what is left of it after leaving words out. Settles what readers reported.

    version: of the review as it was read. Raises NotFound, NotAllowed, Refused.
    """
    review = await _to_decide(key, by, version)
    words = words.strip() or review.text
    if words != review.text:
        review_rules.check_shortened(review.text, words)
    first = not review.approved_text
    now = review_rules.approved(_standing(review), words)
    await _keep(review, now, by, "")
    await stand_anew(review)
    await _settle_reports(review)
    await audit.note("approved a review", by=by, subject=review.key)
    if first:
        await record(Kind.REVIEW_APPROVED, by=by, resource_id=review.resource_id)  # type: ignore[attr-defined]
        await _count_anew(review, by)


@one_transaction
async def reject(key: str, reason: str, version: int, by: Reader) -> None:
    """Say no to the words that wait, while what was approved before them stays; or to what readers reported.

    reason: for the one who wrote them.

    Raises NotFound, NotAllowed, Refused.
    """
    review = await _to_decide(key, by, version)
    if not reason.strip():
        raise Refused("Say why not. The one who wrote it reads it.", about="reason")
    reported = await ReviewReport.exists(school_id=by.school.id, review_id=review.id, settled_at=None)
    now = review_rules.rejected(_standing(review), reported)
    await _keep(review, now, by, " ".join(reason.split())[:REASON])
    await _settle_reports(review)
    await audit.note("rejected a review", by=by, subject=review.key)
    if review.approved_text and not now.shown:
        await _uncount(review, by)


@one_transaction
async def put_before_public(key: str, shown: bool, by: Reader) -> None:
    """Let visitors read an approved review, or no longer (M1). Raises NotFound, NotAllowed, Refused."""
    if not by.may("REV04", Scope.SCHOOL):
        raise NotFound(key)
    if not by.is_library:
        raise NotAllowed("REV04")
    review = await _to_decide(key, by, None)
    if not by.school.public_reviews:
        raise Refused("The school has not let visitors read reviews. The school admin can, on the page of settings.")
    if review.audience != Audience.SCHOOL or not review.approved_text:
        raise Refused("Only a review that everyone here may read can be put before visitors.")
    await Review.filter(school_id=by.school.id, id=review.id).update(public_at=dates.now() if shown else None)
    await audit.note("put a review before visitors" if shown else "kept a review from visitors", by=by, subject=key)


@one_transaction
async def withdraw(key: str, by: Reader) -> None:
    """Take a review away: the own one, or, as staff, another's. Raises NotFound, NotAllowed."""
    review = await Review.filter(school_id=by.school.id, key=key).select_for_update().first()
    if review is None or review.state == ReviewState.WITHDRAWN:
        raise NotFound(key)
    mine = review.person_id is not None and review.person_id == by.id  # type: ignore[attr-defined]
    if not mine:
        sees = await decidable_for(by).filter(id=review.id).exists()
        if not sees and not await readable_for(by).filter(id=review.id).exists():
            raise NotFound(key)
        scope = Scope.CLASS if sees and not by.may("REV06", Scope.SCHOOL) else Scope.SCHOOL
        if not sees or not by.may("REV06", scope):
            raise NotAllowed("REV06")
        await audit.note("took a review away", by=by, subject=key)
    await _keep(review, review_rules.withdrawn(), by, "")
    await _settle_reports(review)
    if review.approved_text:
        await _uncount(review, by)


@one_transaction
async def report(key: str, reason: str, by: Reader) -> None:
    """Ask staff to look at a review again; once two readers did, nobody reads it until then (M5). Raises NotFound."""
    review = await readable_for(by).filter(key=key).select_for_update().first()
    if review is None or by.id is None or not by.may("REV05", Scope.SCHOOL):
        raise NotFound(key)
    await ReviewReport.update_or_create(
        school_id=by.school.id,
        review_id=review.id,
        person_id=by.id,
        defaults={"reason": " ".join(reason.split())[:REASON], "at": dates.now(), "settled_at": None},
    )
    open_ones = await ReviewReport.filter(school_id=by.school.id, review_id=review.id, settled_at=None).count()
    if open_ones >= review_rules.HIDING_REPORTS:
        await Review.filter(school_id=by.school.id, id=review.id).update(hidden_at=dates.now())


async def forget_rejected(now: datetime) -> int:
    """Delete rejected and withdrawn words after thirty days (M5), as a job; how many reviews that were.

    Where an earlier text is still approved, it is what is left.
    """
    old = now - review_rules.REJECTED_KEPT
    refused = Review.filter(state__in=[ReviewState.REJECTED, ReviewState.WITHDRAWN], decided_at__lt=old)
    number = await refused.filter(approved_text="").delete()
    for review in await refused.limit(500):
        await Review.filter(id=review.id).update(
            text=review.approved_text, state=ReviewState.APPROVED, reason="", marks=""
        )
        number += 1
    return number


async def _to_decide(key: str, by: Reader, version: int | None) -> Review:
    """A review that the reader may decide about (REV04), held. version: None where it does not matter."""
    review = await decidable_for(by).filter(key=key).select_for_update().first()
    if review is None or review.state == ReviewState.WITHDRAWN:
        raise NotFound(key)
    classes = ClassMember.filter(
        school_id=by.school.id,
        person_id=review.person_id,  # type: ignore[attr-defined]
        role=Role.STUDENT,
        until=None,
    )
    ids = frozenset(await classes.values_list("school_class_id", flat=True))
    scope = review_rules.scope_of(by, review.person_id, ids)  # type: ignore[attr-defined, arg-type]
    if not by.may("REV04", scope):
        raise NotAllowed("REV04")
    if version is not None and version != review.version:
        raise Refused("It was written anew in the meantime. Read it again.")
    return review


def _standing(review: Review) -> Standing:
    return Standing(
        ReviewState(review.state), review.approved_text, review.hidden_at is not None, review.public_at is not None
    )


async def _keep(review: Review, now: Standing, by: Reader, reason: str) -> None:
    at = dates.now()
    if not now.shown:
        await _note_end(review)
    await Review.filter(school_id=by.school.id, id=review.id).update(
        state=now.state,
        approved_text=now.shown,
        approved_at=(review.approved_at or at) if now.shown else None,
        public_at=review.public_at if now.public else None,
        hidden_at=review.hidden_at if now.hidden else None,
        decided_at=at,
        decided_by_id=by.id,
        reason=reason,
        version=review.version + 1,
    )


async def _note_end(review: Review) -> None:
    """Keep that a review was approved until now: it counts in results that were final meanwhile (rule 20)."""
    if review.approved_at is not None and review.person_id is not None:  # type: ignore[attr-defined]
        await ReviewBefore.create(
            school_id=review.school_id,  # type: ignore[attr-defined]
            person_id=review.person_id,  # type: ignore[attr-defined]
            review=review.id,
            on=review.on,
            approved_at=review.approved_at,
            ended_at=dates.now(),
        )


async def _settle_reports(review: Review) -> None:
    rows = ReviewReport.filter(school_id=review.school_id, review_id=review.id, settled_at=None)  # type: ignore[attr-defined]
    await rows.update(settled_at=dates.now())


async def _uncount(review: Review, by: Reader) -> None:
    """What others could read of a review is gone: take it out of the figures and of its writer's programs."""
    await record(Kind.REVIEW_APPROVED, by=by, resource_id=review.resource_id, count=-1)  # type: ignore[attr-defined]
    await _count_anew(review, by)


async def _count_anew(review: Review, by: Reader) -> None:
    """An approved review is a fact that badges may ask for: count its writer's programs again."""
    if review.person_id is None:  # type: ignore[attr-defined]
        return
    person = await Person.get(school_id=by.school.id, id=review.person_id)  # type: ignore[attr-defined]
    part = Enrolment.filter(school_id=by.school.id, person_id=person.id, left_at=None)
    joined = dict(await part.values_list("program_id", "joined_on"))
    await hold(by, person.id)
    await settle(by, Who(person.id, person.grade), joined)
