"""What is asked about inquiries: a student's own and those of their groups, and what was handed in to a teacher.

own_inquiries and trails_for are the two places that decide who sees one: nobody else does, whatever their role
(SAFETY.md, A3, P2).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from engage.classes.inquiry_models import Inquiry, InquirySource
from engage.classes.inquiry_rules import MOST_SOURCES
from engage.classes.models import GroupMember, ReadingGroup
from engage.classes.progress_queries import spoken
from engage.errors import NotFound
from engage.lists.models import ListItem
from engage.lists.queries import published_for
from engage.people.models import ClassMember, SchoolClass
from engage.people.rules import Reader, Role, Scope, Status
from engage.resources.rules import ResourceState

SOURCE = ("id", "key", "title", "url", "position", "maker", "currency", "trust", "used")
OF_RESOURCE = {
    "creators": "resource__creators",
    "mode": "resource__mode",
    "picture": "resource__picture",
    "resource_key": "resource__key",
    "resource_state": "resource__state",
}
WRITTEN = ("title", "url", "maker", "currency", "trust", "used")
MOST_TRAILS = 200


def inquires(reader: Reader) -> bool:
    """Whether the person may have inquiries: students do (LOG01)."""
    return reader.id is not None and reader.is_student and reader.may("LOG01", Scope.MINE)


def own_inquiries(reader: Reader) -> QuerySet[Inquiry]:
    """The inquiries of a student, and of the reading groups that they are in."""
    of = {"school_id": reader.school.id}
    if not inquires(reader):
        return Inquiry.filter(**of, id__in=[])
    groups = GroupMember.filter(**of, person_id=reader.id, until__isnull=True).values("group_id")
    return Inquiry.filter(Q(person_id=reader.id) | Q(group_id__in=Subquery(groups)), **of)


async def inquiry_for(reader: Reader, key: str) -> Inquiry:
    """One inquiry of one's own. Raises NotFound."""
    found = await own_inquiries(reader).get_or_none(key=key)
    if found is None:
        raise NotFound(key)
    return found


async def inquiries_of(reader: Reader) -> list[dict[str, Any]]:
    """One's own inquiries, the last changed first: key question group_id handed_at read_at commented_at sources."""
    rows = own_inquiries(reader).order_by("-changed_at", "-id").limit(100)
    columns = ("id", "key", "question", "group_id", "from_title", "handed_at", "read_at", "commented_at")
    found = await rows.values(*columns)
    of_them = InquirySource.filter(school_id=reader.school.id, inquiry_id__in=[row["id"] for row in found])
    counted = [number for (number,) in await of_them.values_list("inquiry_id")]
    return [{**row, "sources": counted.count(row["id"])} for row in found]


async def sources_of(inquiry: Inquiry) -> list[dict[str, Any]]:
    """The sources of an inquiry in order: SOURCE, OF_RESOURCE."""
    rows = InquirySource.filter(school_id=_school(inquiry), inquiry_id=inquiry.id)
    return await rows.order_by("position", "id").values(*SOURCE, **OF_RESOURCE)


async def source_of(inquiry: Inquiry, key: str) -> InquirySource:
    """One source of an inquiry. Raises NotFound."""
    found = await InquirySource.get_or_none(school_id=_school(inquiry), inquiry_id=inquiry.id, key=key)
    if found is None:
        raise NotFound(key)
    return found


def written_of(source: InquirySource) -> dict[str, Any]:
    """What students write of a source, by field."""
    return {name: getattr(source, name) for name in WRITTEN}


async def things_on(reader: Reader, slug: str) -> tuple[str, list[tuple[str, str]]]:
    """The title of a published list that the reader sees, and what stands on it as pairs of key and title.

    "" and nothing where there is no such list.
    """
    found = await published_for(reader).filter(slug=slug).limit(1).values_list("id", "title") if slug else []
    if not found:
        return "", []
    number, title = found[0]
    items = ListItem.filter(school_id=reader.school.id, curated_id=number, resource__state=ResourceState.OFFERED)
    rows = items.order_by("position", "id").limit(MOST_SOURCES)
    return str(title), await rows.values_list("resource__key", "resource__title")


async def groups_joined(reader: Reader) -> list[dict[str, Any]]:
    """The reading groups that a student is in, by the teacher's name: id key teacher members; never a group's own name.

    A group's name is its teacher's, and may be a student's name.
    """
    if not inquires(reader):
        return []
    of = {"school_id": reader.school.id}
    mine = GroupMember.filter(**of, person_id=reader.id, until__isnull=True).values("group_id")
    groups = ReadingGroup.filter(**of, id__in=Subquery(mine), ended_on__isnull=True, by__status=Status.ACTIVE)
    rows = await groups.order_by("by__name", "id").values("id", "key", teacher="by__name")
    inside = GroupMember.filter(**of, group_id__in=[row["id"] for row in rows], until__isnull=True)
    counted = [number for (number,) in await inside.values_list("group_id")] if rows else []
    return [{**row, "members": counted.count(row["id"])} for row in rows]


def group_said(group: dict[str, Any]) -> str:
    """A reading group as its students know it."""
    return f"The reading group of {group['teacher']}, {group['members']} students"


async def handed_to(reader: Reader, inquiry: Inquiry) -> list[tuple[str, str]]:
    """To whom an inquiry can be handed in: the key of a class, "" for a group; and who will see it then, by name."""
    of = {"school_id": reader.school.id}
    if inquiry.group_id is not None:
        rows = ReadingGroup.filter(**of, id=inquiry.group_id, ended_on__isnull=True, by__status=Status.ACTIVE)
        return [("", str(name)) for (name,) in await rows.values_list("by__name")]
    teachers = ClassMember.filter(
        **of,
        school_class_id__in=sorted(reader.class_ids),
        school_class__ended_on__isnull=True,
        role__not=Role.STUDENT,
        until__isnull=True,
        person__status=Status.ACTIVE,
    )
    rooms: dict[tuple[str, str], list[str]] = {}
    for key, room, name in await teachers.order_by("school_class__name", "person__name", "id").values_list(
        "school_class__key", "school_class__name", "person__name"
    ):
        rooms.setdefault((key, room), []).append(name)
    several = len(rooms) > 1
    names = {key: " and ".join(dict.fromkeys(said)) for key, said in rooms.items()}
    return [(key, f"{said} ({room})" if several else said) for (key, room), said in names.items()]


async def handed_in_to(reader: Reader, inquiry: Inquiry) -> str:
    """Who sees an inquiry that is handed in, by name; "" where nobody does any more."""
    if inquiry.group_id is not None:
        return next((said for _, said in await handed_to(reader, inquiry)), "")
    rows = ClassMember.filter(
        school_id=reader.school.id,
        school_class_id=inquiry.school_class_id or 0,
        role__not=Role.STUDENT,
        until__isnull=True,
        since__lte=inquiry.handed_on,
        person__status=Status.ACTIVE,
    )
    return " and ".join(str(name) for (name,) in await rows.order_by("person__name").values_list("person__name"))


async def trails_for(reader: Reader, key: str = "") -> list[dict[str, Any]]:
    """What was handed in to a teacher, what waits first: id key question from_title handed_on read_at comment who room.

    who: the student, or the group. key: of one, "" for all. Who came to teach a class later sees what was handed in
    from then on; who left the class is not shown any more.
    """
    if reader.id is None or not reader.taught_ids or not reader.may("LOG06", Scope.CLASS):
        return []
    of = {"school_id": reader.school.id}
    came = await ClassMember.filter(
        **of,
        person_id=reader.id,
        school_class_id__in=sorted(reader.taught_ids),
        role__not=Role.STUDENT,
        until__isnull=True,
    ).values_list("school_class_id", "since")
    ways = [Q(school_class_id=room, handed_on__gte=since, group_id__isnull=True) for room, since in came]
    seen = Q(*ways, Q(group__by_id=reader.id, group__ended_on__isnull=True), join_type="OR")
    rows = Inquiry.filter(seen, **of, handed_at__isnull=False)
    found = (
        await (rows.filter(key=key) if key else rows)
        .order_by("-handed_at", "-id")
        .limit(MOST_TRAILS)
        .values(
            *("id", "key", "question", "from_title", "handed_on", "read_at", "comment", "commented_at"),
            *("person_id", "school_class_id", "group_id"),
            name="person__name",
            letter="person__letter",
            room="school_class__name",
            group="group__name",
        )
    )
    there = await _still_there(reader, found)
    shown = [row for row in found if row["group_id"] or (row["person_id"], row["school_class_id"]) in there]
    told = [{**row, "who": row["group"] or spoken(row), "room": row["room"] or ""} for row in shown]
    return sorted(told, key=lambda row: row["read_at"] is not None)


async def _still_there(reader: Reader, rows: Sequence[dict[str, Any]]) -> set[tuple[int, int]]:
    """Pairs of student and class of those who are still in it."""
    people = _ids(row["person_id"] for row in rows)
    if not people:
        return set()
    inside = ClassMember.filter(
        school_id=reader.school.id,
        person_id__in=people,
        school_class_id__in=_ids(row["school_class_id"] for row in rows),
        role=Role.STUDENT,
        until__isnull=True,
        person__status=Status.ACTIVE,
    )
    return {(person, room) for person, room in await inside.values_list("person_id", "school_class_id")}


def _ids(numbers: Iterable[int | None]) -> list[int]:
    return sorted({number for number in numbers if number is not None})


async def trail_for(reader: Reader, key: str) -> dict[str, Any]:
    """One of them. Raises NotFound."""
    found = await trails_for(reader, key) if key else []
    if not found:
        raise NotFound(key)
    return found[0]


async def sources_of_trail(reader: Reader, trail: dict[str, Any]) -> list[dict[str, Any]]:
    """The sources of one that this teacher opened: as sources_of gives them."""
    rows = InquirySource.filter(school_id=reader.school.id, inquiry_id=trail["id"])
    return await rows.order_by("position", "id").values(*SOURCE, **OF_RESOURCE)


async def class_of(reader: Reader, key: str) -> int:
    """The id of a class that a student is in. Raises NotFound."""
    rooms = SchoolClass.filter(
        school_id=reader.school.id, id__in=sorted(reader.class_ids), key=key, ended_on__isnull=True
    )
    found = await rooms.values_list("id")
    if not found:
        raise NotFound(key)
    return int(found[0][0])


def _school(inquiry: Inquiry) -> int:
    return int(inquiry.school_id)  # type: ignore[attr-defined]
