"""What a class or the school reaches together, as one reader may see it: few are withheld (SAFETY.md, P8 and P10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Subquery
from tortoise.functions import Count, Sum

from engage.engagement import small_groups
from engage.people.models import SchoolClass
from engage.people.rules import Reader, Role
from engage.programs.activity_models import GoalShare, ProgramClass
from engage.programs.joining_rules import Joining
from engage.programs.queries import Terms
from engage.programs.rules import SHARED, ChallengeKind

EACH = "each class"


@dataclass(frozen=True)
class Together:
    """A shared goal. amount: what all have added, None where so few did that it would tell of one of them.

    whose: in words; EACH for who is in no class that it is for and teaches none that added something, or several.
    """

    goal: int
    amount: int | None
    whose: str


async def together_in(reader: Reader, terms: Terms) -> dict[int, Together]:
    """The shared goals of a program by the challenge's id, in one statement, none where there are none.

    A class goal is that of the class which the reader is in, or teaches, by the entries that were made in it. Who is in
    several sees the first that the program is for: of two that have most students in common, one tells of the others.
    """
    shared = [row for row in terms.challenges if row["kind"] in SHARED]
    if not shared:
        return {}
    of = GoalShare.filter(school_id=reader.school.id, challenge_id__in=[row["id"] for row in shared], amount__gt=0)
    sums = of.annotate(all=Sum("amount"), people=Count("person_id", distinct=True)).group_by("challenge_id", "class_id")
    added: dict[int, dict[int, tuple[int, int]]] = {row["id"]: {} for row in shared}
    for challenge, room, amount, people in await sums.values_list("challenge_id", "class_id", "all", "people"):
        added[challenge][room] = (int(amount), int(people))
    each = any(row["kind"] == ChallengeKind.CLASS_GOAL for row in shared)
    rooms = await _rooms(reader, terms) if each else {}
    return {row["id"]: _together(row, added[row["id"]], rooms, reader) for row in shared}


async def _rooms(reader: Reader, terms: Terms) -> dict[int, str]:
    """The classes that the reader is in, or else teaches, and what a sentence calls each; of several with a statement.

    Of several only those that the program is for, where it is for some.
    """
    own = sorted(reader.class_ids or reader.taught_ids)
    if len(own) < 2:
        return dict.fromkeys(own, "your class")
    rooms = SchoolClass.filter(school_id=reader.school.id, id__in=own)
    if terms.program["joining"] == Joining.CLASSES:
        meant = ProgramClass.filter(school_id=reader.school.id, program_id=terms.program["id"])
        rooms = rooms.filter(id__in=Subquery(meant.values("school_class_id")))
    return dict(await rooms.order_by("id").values_list("id", "name"))


def _together(
    row: Mapping[str, Any], added: Mapping[int, tuple[int, int]], rooms: Mapping[int, str], reader: Reader
) -> Together:
    """added: amounts and numbers of people by class, and of all together under 0."""
    whole = added.get(0, (0, 0))
    if row["kind"] == ChallengeKind.SCHOOL_GOAL:
        return Together(row["goal"], whole[0] if enough(whole[1], reader) else None, "the whole school")
    # a teacher of several would not know whose it is
    seen = sorted(rooms) if reader.class_ids else sorted(rooms.keys() & added.keys())
    mine = seen[0] if seen and (reader.class_ids or len(seen) == 1) else 0
    own = added.get(mine, (0, 0)) if mine else (0, 0)
    # whoever knows the school's sum and the class's knows what the rest did
    rest = whole[1] - own[1]
    shown = mine != 0 and enough(own[1], reader) and (rest == 0 or small_groups.enough(rest, reader.school.fewest))
    return Together(row["goal"], own[0] if shown else None, rooms[mine] if mine else EACH)


def enough(people: int, reader: Reader) -> bool:
    """Whether so many added something that their sum tells of none of them; a student knows an own part besides.

    For who is nobody at this school more are needed than inside it (SAFETY.md, section 0 and P10).
    """
    here, inside = bool(reader.roles - {Role.DISTRICT_ADMIN}), reader.school.fewest
    return small_groups.enough(people - reader.is_student, inside if here else small_groups.limit_beyond(inside))
