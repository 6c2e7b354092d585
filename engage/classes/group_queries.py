"""What is asked about reading groups: a teacher's own, and who may be in them."""

from typing import Any

from engage.classes.models import GroupMember, ReadingGroup
from engage.classes.progress_queries import spoken
from engage.errors import NotFound
from engage.people.models import ClassMember
from engage.people.rules import Reader, Role, Scope, Status


async def students_taught(reader: Reader) -> list[dict[str, Any]]:
    """The students of one's own classes, each once, by class and name: id key name letter room room_id."""
    if not reader.taught_ids or not reader.may("REP01", Scope.CLASS):
        return []
    rows = (
        await ClassMember.filter(
            school_id=reader.school.id,
            school_class_id__in=sorted(reader.taught_ids),
            school_class__ended_on__isnull=True,
            role=Role.STUDENT,
            until__isnull=True,
            person__status=Status.ACTIVE,
        )
        .order_by("school_class__name", "person__name", "person__letter", "id")
        .values(
            "person_id",
            key="person__key",
            name="person__name",
            letter="person__letter",
            room="school_class__name",
            room_id="school_class_id",
        )
    )
    once = {row["person_id"]: {**row, "id": row["person_id"]} for row in reversed(rows)}
    return list(once.values())[::-1]


def to_choose(students: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Students as choices of a form: key, and the name; with the class, where they are of several."""
    if len({one["room_id"] for one in students}) == 1:
        return [(one["key"], spoken(one)) for one in students]
    return [(one["key"], f"{spoken(one)} ({one['room']})") for one in students]


async def groups_of(reader: Reader) -> list[dict[str, Any]]:
    """One's own groups that go on, by name: id key name members, as members_to_show counts them. Three statements."""
    if reader.id is None or not reader.taught_ids or not reader.may("REP01", Scope.MINE):
        return []
    of = {"school_id": reader.school.id}
    groups = (
        await ReadingGroup.filter(**of, by_id=reader.id, ended_on__isnull=True)
        .order_by("name", "id")
        .values("id", "key", "name")
    )
    if not groups:
        return []
    taught = [one["id"] for one in await students_taught(reader)]
    inside = GroupMember.filter(**of, group_id__in=[row["id"] for row in groups], until__isnull=True)
    counted = [number for (number,) in await inside.filter(person_id__in=taught).values_list("group_id")]
    return [{**row, "members": counted.count(row["id"])} for row in groups]


async def own_group(reader: Reader, key: str, ended: bool = False) -> ReadingGroup:
    """One of one's own groups. ended: also one that has ended. Raises NotFound (REP01)."""
    found = ReadingGroup.filter(school_id=reader.school.id, key=key, by_id=reader.id or 0)
    group = await (found if ended else found.filter(ended_on__isnull=True)).first()
    if group is None or not reader.may("REP01", Scope.MINE):
        raise NotFound(key)
    return group


async def members_to_show(reader: Reader, group: ReadingGroup) -> list[dict[str, Any]]:
    """Who is in a group, as far as they are still in a class of its teacher: as students_taught gives them."""
    rows = GroupMember.filter(school_id=reader.school.id, group_id=group.id, until__isnull=True)
    inside = {number for (number,) in await rows.values_list("person_id")}
    return [one for one in await students_taught(reader) if one["id"] in inside]
