"""What is asked about assignments by those who made them or may change them, and what specialists propose."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from engage.classes.models import Assignment, AssignmentItem, ReadingGroup
from engage.classes.queries import Assigned, assigned_to, told
from engage.classes.rules import AssignmentKind, asks, same_days
from engage.database.fields import KEY_LENGTH
from engage.database.paging import Page, one_page
from engage.errors import NotFound
from engage.lists.queries import lists_for, published_for
from engage.people.models import SchoolClass
from engage.people.queries import may_in_class
from engage.people.rules import Reader, Scope

LISTS = 500


def changeable_by(reader: Reader) -> QuerySet[Assignment]:
    """The assignments that this person may change or take back (LST12), taken back ones too. Raises NotFound.

    A teacher of its class may, the teacher of its group, and who asked a class that is not the own one.
    """
    of = {"school_id": reader.school.id}
    taught = sorted(reader.taught_ids)
    ways = []
    if taught and reader.may("LST12", Scope.CLASS):
        groups = ReadingGroup.filter(**of, by_id=reader.id, ended_on__isnull=True)
        ways = [Q(school_class_id__in=taught), Q(group_id__in=Subquery(groups.values("id")))]
    if reader.id is not None and reader.may("LST12", Scope.SCHOOL):
        ways.append(Q(by_id=reader.id, group_id__isnull=True))
    if not ways:
        raise NotFound("assignments")
    return Assignment.filter(Q(*ways, join_type="OR"), **of)


async def made_by(reader: Reader, after: str) -> Page:
    """The assignments that this person may change and that are not taken back, the last one first, a page at a time.

    Each row: key shows_from due_on waiting asks, title of the list, by, room and room_key of the class,
    group and group_key.
    """
    page = await one_page(
        changeable_by(reader).filter(withdrawn_at__isnull=True),
        *("id", "key", "kind", "required", "shows_from", "due_on", "waiting", "only_some", "school_class_id"),
        order=("-id",),
        after=after,
        title="curated__title",
        by="by__name",
        room="school_class__name",
        room_key="school_class__key",
        class_ended_on="school_class__ended_on",
        group="group__name",
        group_key="group__key",
    )
    items = AssignmentItem.filter(school_id=reader.school.id, assignment_id__in=[row["id"] for row in page.rows])
    many = [number for (number,) in await items.values_list("assignment_id")]
    for row in page.rows:
        row["asks"] = asks(AssignmentKind(row["kind"]), row["required"], many.count(row["id"]))
        ended = row.pop("class_ended_on") is not None
        row["taught"] = row["school_class_id"] in reader.taught_ids and not ended
    return page


async def one_to_change(reader: Reader, key: str) -> Assigned:
    """One assignment that this person may change. Raises NotFound."""
    found = await told(reader.school.id, changeable_by(reader).filter(key=key, withdrawn_at__isnull=True))
    if not found:
        raise NotFound(key)
    return found[0]


async def asked_already(
    reader: Reader,
    list_id: int,
    resource_ids: Collection[int],
    rooms: Collection[int],
    groups: Collection[int],
    starts: date,
    ends: date | None,
) -> list[dict[str, Any]]:
    """What asks these classes and groups for some of the same things of a list on some of the same days.

    What single students are asked for is theirs, and left out. Each row: id key shows_from due_on waiting
    school_class_id group_id title, and name of the class or group; by name.
    """
    of = {"school_id": reader.school.id}
    whole = Assignment.filter(**of, curated_id=list_id, withdrawn_at__isnull=True, only_some=False)
    ways = Q(group_id__in=sorted(groups)) | Q(group_id__isnull=True, school_class_id__in=sorted(rooms))
    rows = await whole.filter(ways).values(
        *("id", "key", "shows_from", "due_on", "waiting", "school_class_id", "group_id"),
        title="curated__title",
        room="school_class__name",
        group="group__name",
    )
    near = [row for row in rows if same_days(starts, ends, row["shows_from"], row["due_on"])]
    if not near:
        return []
    items = AssignmentItem.filter(**of, assignment_id__in=[row["id"] for row in near])
    same = {number for (number,) in await items.filter(resource_id__in=list(resource_ids)).values_list("assignment_id")}
    found = [{**row, "name": row["group"] or row["room"]} for row in near if row["id"] in same]
    return sorted(found, key=lambda row: (str(row["name"]), row["id"]))


async def changeable_among(reader: Reader, keys: Collection[str]) -> list[dict[str, Any]]:
    """Of some assignments those that this person may change: key, and name of the class or group."""
    named = {"room": "school_class__name", "group": "group__name"}
    rows = await changeable_by(reader).filter(key__in=list(keys)).order_by("id").values("key", **named)
    return [{"key": row["key"], "name": row["group"] or row["room"]} for row in rows]


async def chosen_of(reader: Reader, assigned: Assigned) -> list[str]:
    """The keys of what an assignment asks for, to ask another class for the same."""
    rows = AssignmentItem.filter(school_id=reader.school.id, assignment_id=assigned.id).order_by("position", "id")
    return [key for (key,) in await rows.values_list("resource__key")]


async def list_of(reader: Reader, assigned: Assigned) -> str:
    """The key of the list that an assignment asks for."""
    rows = await Assignment.filter(school_id=reader.school.id, id=assigned.id).values_list("curated__key")
    return str(rows[0][0])


async def proposals_for(reader: Reader, room: SchoolClass) -> list[dict[str, Any]]:
    """What specialists propose to a class, the last one first: key title slug by instructions due_on."""
    rows = Assignment.filter(
        school_id=reader.school.id, school_class_id=room.id, waiting=True, withdrawn_at__isnull=True
    )
    named = {"title": "curated__title", "slug": "curated__slug", "by": "by__name"}
    return await rows.order_by("-id").limit(20).values("key", "instructions", "due_on", **named)


async def place_of(reader: Reader, key: str) -> tuple[str, str]:
    """Where a teacher sees an assignment: the key of a class, or of an own group, and "" for the other.

    Raises NotFound where it is asked of nobody whom the person teaches.
    """
    if not (reader.taught_ids and reader.may("REP01", Scope.CLASS)):
        raise NotFound(key)
    found = await assigned_to(reader.school.id, sorted(reader.taught_ids), key)
    if not found:
        raise NotFound(key)
    (one,) = found
    of = {"school_id": reader.school.id}
    if one.group_id is None:
        return str((await SchoolClass.filter(**of, id=one.class_id).values_list("key"))[0][0]), ""
    own = await ReadingGroup.filter(**of, id=one.group_id, by_id=reader.id).values_list("key")
    if not own:
        raise NotFound(key)
    return "", str(own[0][0])


async def lists_to_ask_for(reader: Reader, asked: str) -> list[dict[str, Any]]:
    """The lists to choose from by title, the newest where there are too many; the one that is asked for is among them.

    asked: its slug or key. Each row: id key slug title items_count.
    """
    found = published_for(reader).filter(items_count__gt=0)
    columns = ("id", "key", "slug", "title", "items_count")
    rows = await found.order_by("-published_at", "-id").limit(LISTS).values(*columns)
    if asked and not any(asked in (one["key"], one["slug"]) for one in rows):
        rows += await found.filter(_called(asked)).values(*columns)
    return sorted(rows, key=lambda one: str(one["title"]).casefold())


def _called(asked: str) -> Q:
    """Lists of this key or slug."""
    return Q(slug=asked) | Q(key=asked) if len(asked) <= KEY_LENGTH else Q(slug=asked)


async def title_of(reader: Reader, asked: str) -> str:
    """The title of a list that this person may see, by slug or key, also one that nobody can be asked for; else ""."""
    rows = await lists_for(reader).filter(_called(asked)).limit(1).values_list("title")
    return str(rows[0][0]) if rows else ""


async def where_asked(
    reader: Reader, made: Sequence[Assignment]
) -> tuple[str, dict[int, SchoolClass], dict[int, ReadingGroup]]:
    """Of what was asked at once: the title of the list, and the classes and groups by id."""
    of = {"school_id": reader.school.id}
    rows = [(one.school_class_id, one.group_id) for one in made]  # type: ignore[attr-defined]
    titles = await lists_for(reader).filter(id=made[0].curated_id).values_list("title")  # type: ignore[attr-defined]
    rooms = await SchoolClass.filter(**of, id__in=sorted({room for room, _ in rows if room}))
    groups = await ReadingGroup.filter(**of, id__in=sorted({group for _, group in rows if group}))
    return str(titles[0][0]), {room.id: room for room in rooms}, {group.id: group for group in groups}


async def keys_of(reader: Reader, class_id: int | None, group_id: int | None) -> tuple[str, str]:
    """The keys of a class that the reader teaches and of an own group that goes on; "" for what is neither."""
    of = {"school_id": reader.school.id}
    if group_id is not None:
        own = ReadingGroup.filter(**of, id=group_id, by_id=reader.id, ended_on__isnull=True)
        return "", "".join([str(key) for (key,) in await own.values_list("key")])
    if class_id is None or not may_in_class(reader, "REP01", class_id):
        return "", ""
    return "".join([str(key) for (key,) in await SchoolClass.filter(**of, id=class_id).values_list("key")]), ""
