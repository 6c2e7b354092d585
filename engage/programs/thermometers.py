"""What a class or the school reaches together, as one reader may see it: few are withheld (SAFETY.md, P8 and P10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tortoise.functions import Count, Sum

from engage.engagement import small_groups
from engage.people.rules import Reader, Role
from engage.programs.activity_models import GoalShare
from engage.programs.queries import Terms
from engage.programs.rules import SHARED, ChallengeKind

EACH = "each class"


@dataclass(frozen=True)
class Together:
    """A shared goal. amount: what all have added, None where so few did that it would tell of one of them.

    whose: in words; EACH for who is in no class and teaches none that added something, or several.
    """

    goal: int
    amount: int | None
    whose: str


async def together_in(reader: Reader, terms: Terms) -> dict[int, Together]:
    """The shared goals of a program by the challenge's id, in one statement, none where there are none.

    A class goal is that of the class which the reader is in, or teaches, by the entries that were made in it.
    """
    shared = [row for row in terms.challenges if row["kind"] in SHARED]
    if not shared:
        return {}
    of = GoalShare.filter(school_id=reader.school.id, challenge_id__in=[row["id"] for row in shared], amount__gt=0)
    sums = of.annotate(all=Sum("amount"), people=Count("person_id", distinct=True)).group_by("challenge_id", "class_id")
    added: dict[int, dict[int, tuple[int, int]]] = {row["id"]: {} for row in shared}
    for challenge, room, amount, people in await sums.values_list("challenge_id", "class_id", "all", "people"):
        added[challenge][room] = (int(amount), int(people))
    return {row["id"]: _together(row, added[row["id"]], _room(reader, added[row["id"]]), reader) for row in shared}


def _room(reader: Reader, rooms: Mapping[int, tuple[int, int]]) -> int:
    """The class whose goal the reader sees; 0 for none."""
    taught = sorted(reader.taught_ids & rooms.keys())
    return min(reader.class_ids, default=taught[0] if len(taught) == 1 else 0)


def _together(row: Mapping[str, Any], rooms: Mapping[int, tuple[int, int]], mine: int, reader: Reader) -> Together:
    whole = sum(amount for amount, _ in rooms.values()), sum(people for _, people in rooms.values())
    own = rooms.get(mine, (0, 0))
    if row["kind"] == ChallengeKind.SCHOOL_GOAL:
        return Together(row["goal"], whole[0] if enough(whole[1], reader) else None, "the whole school")
    # whoever knows the school's sum and the class's knows what the rest did
    rest = whole[1] - own[1]
    shown = mine != 0 and enough(own[1], reader) and (rest == 0 or small_groups.enough(rest, reader.school.fewest))
    return Together(row["goal"], own[0] if shown else None, "your class" if mine else EACH)


def enough(people: int, reader: Reader) -> bool:
    """Whether so many added something that their sum tells of none of them; a student knows an own part besides.

    For who is nobody at this school more are needed than inside it (SAFETY.md, section 0 and P10).
    """
    here, inside = bool(reader.roles - {Role.DISTRICT_ADMIN}), reader.school.fewest
    return small_groups.enough(people - reader.is_student, inside if here else small_groups.limit_beyond(inside))
