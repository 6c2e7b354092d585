"""What is asked about reviews: what others may read, what waits for somebody to decide, what one wrote oneself (A3)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet, ValuesQuery

from engage import dates
from engage.errors import NotFound
from engage.people.alike import asked_by
from engage.people.models import ClassMember, School, SchoolClass
from engage.people.rules import Reader, Role, Scope
from engage.programs.review_marks import Mark
from engage.programs.review_models import Review, ReviewReport
from engage.programs.review_rules import Audience, ReviewState, waits_too_long

ENTERS = frozenset("YP")
SHOWN = 50
QUEUE = 100
OWN = {"resource_key": "resource__key", "title": "resource__title", "mode": "resource__mode"}
WRITER = {"shown": "person__shown", "avatar": "person__avatar", "gone_at": "person__gone_at"}
NAMED = {"name": "person__name", "letter": "person__letter"}


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody to look at it. needy: a child may be in need; late: it waits longer than 14 days."""

    rows: Sequence[Mapping[str, Any]]
    needy: bool
    late: int


def readable_for(reader: Reader) -> QuerySet[Review]:
    """The reviews of this school that the reader may read because they are approved for that (REV02)."""
    rows = Review.filter(school_id=reader.school.id, hidden_at=None).exclude(approved_text="")
    if not reader.school.reviews:
        return rows.filter(id__in=[])
    seen = Q(id__in=[])
    if reader.school.public_reviews:
        seen |= Q(public_at__isnull=False)
    if reader.id is not None and reader.school.reviews == Audience.SCHOOL and _reads_school(reader):
        seen |= Q(audience=Audience.SCHOOL)
    if reader.may("REV02", Scope.SCHOOL):
        return rows
    own = sorted(reader.class_ids | reader.taught_ids)
    if own and reader.answers("REV02", Scope.CLASS) in ENTERS:
        seen |= Q(class_id__in=own)
    return rows.filter(seen)


def _reads_school(reader: Reader) -> bool:
    return bool(reader.roles) and reader.answers("REV02", Scope.SCHOOL) in ENTERS


async def reviews_of(reader: Reader, resource_id: int) -> list[dict[str, Any]]:
    """What the reader may read about a resource, newest first.

    Each row: key text feeling on shown avatar; mine; name, the writer's own where the reader may know it (REV07).
    """
    rows = readable_for(reader).filter(resource_id=resource_id).order_by("-on", "-id").limit(SHOWN)
    found = await rows.values("key", "feeling", "on", "person_id", "class_id", text="approved_text", **WRITER, **NAMED)
    return [_told(reader, row) for row in found]


def _told(reader: Reader, row: dict[str, Any]) -> dict[str, Any]:
    knows = reader.may("REV07", Scope.SCHOOL) or (
        row["class_id"] in reader.taught_ids and reader.may("REV07", Scope.CLASS)
    )
    name, letter = row.pop("name"), row.pop("letter")
    writer = row.pop("person_id")
    if row.pop("gone_at") is not None:  # who has left is a reader like any (P4)
        row, name = {**row, "shown": "", "avatar": ""}, ""
    return {
        **row,
        "shown": row["shown"] or "",
        "avatar": row["avatar"] or "",
        "mine": writer is not None and writer == reader.id,
        "name": " ".join(part for part in (name, letter) if part) if knows and name else "",
    }


async def own_review(reader: Reader, resource_key: str) -> dict[str, Any] | None:
    """What the reader wrote about a resource: key text feeling audience state reason; None where nothing."""
    if reader.id is None:
        return None
    rows = Review.filter(school_id=reader.school.id, person_id=reader.id, resource__key=resource_key)
    columns = ("key", "text", "feeling", "audience", "class_id", "state", "reason", "approved_text")
    found = await rows.limit(1).values(*columns)
    return found[0] if found else None


async def own_rooms(reader: Reader) -> list[tuple[int, str]]:
    """The classes that the reader is in or teaches, by name: id and name."""
    rows = SchoolClass.filter(school_id=reader.school.id, id__in=sorted(reader.class_ids | reader.taught_ids))
    return await rows.order_by("name", "id").values_list("id", "name")


async def own_reviews(reader: Reader) -> list[dict[str, Any]]:
    """What the reader wrote, newest first: key text approved_text state reason on hidden_at, and of what it is.

    became: the title that it turned out to be, for what is kept beside other words about that; else None.
    """
    if reader.id is None:
        raise NotFound("reviews of one's own")
    rows = Review.filter(school_id=reader.school.id, person_id=reader.id).order_by("-written_at", "-id").limit(QUEUE)
    columns = ("key", "text", "approved_text", "state", "reason", "on", "hidden_at")
    return await rows.values(*columns, **OWN, became="resource__merged_into__title")


def decidable_for(reader: Reader) -> QuerySet[Review]:
    """The reviews whose writer and waiting words the reader may see to decide about them (REV03, REV04).

    A teacher those of the own students, whom the roster has in the class today.
    """
    rows = Review.filter(school_id=reader.school.id)
    if reader.may("REV03", Scope.SCHOOL):
        return rows
    if not reader.taught_ids or not reader.may("REV03", Scope.CLASS):
        return rows.filter(id__in=[])
    students = ClassMember.filter(
        school_id=reader.school.id, school_class_id__in=sorted(reader.taught_ids), role=Role.STUDENT, until=None
    )
    return rows.filter(person_id__in=Subquery(students.values("person_id")))


async def waiting_for(reader: Reader) -> Waiting:
    """What waits for the reader to decide: who may be in need first, then what was reported, then the oldest.

    Each row: key text approved_text feeling audience state on written_at version hidden_at public_at; marks; reports,
    what readers said of it; own: it is the reader's, who cannot decide about it; resource_key title mode; name letter.
    """
    reported = ReviewReport.filter(school_id=reader.school.id, settled_at=None)
    waits = Q(state=ReviewState.PENDING, person_id__isnull=False)
    asked = waits | Q(id__in=Subquery(reported.values("review_id")))
    rows = decidable_for(reader).filter(asked).order_by("written_at", "id").limit(QUEUE)
    found = await rows.values(
        "id", "key", "text", "approved_text", "feeling", "audience", "state", "on", "written_at", "version",
        "hidden_at", "public_at", "marks", "person_id", **OWN, **NAMED,
    )  # fmt: skip
    said: dict[int, list[str]] = {}
    reports = reported.filter(review_id__in=[row["id"] for row in found]).order_by("at", "id")
    for number, reason in await reports.values_list("review_id", "reason") if found else []:
        said.setdefault(number, []).append(reason)
    now = dates.now()
    told = [
        {
            **row,
            "marks": [Mark(name) for name in json.loads(row["marks"] or "[]")],
            "reports": said.get(row["id"], []),
            "own": row["person_id"] is not None and row["person_id"] == reader.id,
            "late": row["state"] == ReviewState.PENDING and waits_too_long(row["written_at"], now),
        }
        for row in found
    ]
    told.sort(key=lambda row: (Mark.DISTRESS not in row["marks"], not row["reports"], row["written_at"]))
    needy = any(Mark.DISTRESS in row["marks"] for row in told)
    return Waiting(told, needy, sum(row["late"] for row in told))


async def approved_lately(reader: Reader, most: int = 20) -> list[dict[str, Any]]:
    """What was approved last and may be put before the public, or taken from it again: key text on public_at title."""
    shown: dict[str, Any] = {"hidden_at": None, "resource__merged_into_id": None}
    rows = decidable_for(reader).filter(state=ReviewState.APPROVED, audience=Audience.SCHOOL, **shown)
    found = rows.exclude(approved_text="").order_by("-decided_at", "-id").limit(most)
    return await found.values("key", "on", "public_at", text="approved_text", **OWN)


async def number_waiting(reader: Reader) -> tuple[int, int]:
    """How many reviews wait for the reader, and how many of them longer than they should (M5)."""

    def make(asker: Reader) -> ValuesQuery[Any]:
        rows = decidable_for(asker).filter(state=ReviewState.PENDING, person_id__isnull=False)
        return rows.exclude(person_id=asker.id).limit(QUEUE).values("written_at")

    moments = [row["written_at"] for row in await asked_by(reader, "reviews waiting", make)]
    now = dates.now()
    return len(moments), sum(waits_too_long(moment, now) for moment in moments)


async def safeguarding_of(reader: Reader) -> str:
    """The school's own words for when a child seems in need (M2)."""
    rows = await School.filter(id=reader.school.id).values_list("safeguarding", flat=True)
    return str(rows[0])
