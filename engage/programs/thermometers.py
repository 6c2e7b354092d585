"""What a class or the school reaches together, as one reader may see it: few are withheld (SAFETY.md, P8 and P10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Subquery

from engage.database.asked import named_rows_of
from engage.engagement import small_groups
from engage.people.models import SchoolClass
from engage.people.rules import Reader, Role
from engage.programs.activity_models import ProgramClass
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


@dataclass(frozen=True)
class Added:
    """What was added in a class, or by all. people: how many added something.

    others: how many of them are not the reader; elsewhere: how many of those added something besides it.
    """

    amount: int = 0
    people: int = 0
    others: int = 0
    elsewhere: int = 0


NOTHING = Added()
# what each adds in all stands under class 0
ADDED = """
SELECT s.challenge_id, s.class_id, SUM(s.amount) AS amount, COUNT(*) AS people,
 SUM(CASE WHEN s.person_id <> {reader} THEN 1 ELSE 0 END) AS others,
 SUM(CASE WHEN s.person_id <> {reader} AND w.amount > s.amount THEN 1 ELSE 0 END) AS elsewhere
FROM goal_share s JOIN goal_share w ON w.challenge_id = s.challenge_id AND w.person_id = s.person_id AND w.class_id = 0
WHERE s.school_id = {school} AND s.amount > 0 AND s.challenge_id IN ({challenges})
GROUP BY s.challenge_id, s.class_id
"""


async def together_in(reader: Reader, terms: Terms) -> dict[int, Together]:
    """The shared goals of a program by the challenge's id, in one statement, none where there are none.

    A class goal is that of the class which the reader is in, or teaches, by the entries that were made in it. Who is in
    several sees the first that the program is for: of two that have most students in common, one tells of the others.
    """
    shared = [row for row in terms.challenges if row["kind"] in SHARED]
    if not shared:
        return {}
    added = await _added(reader, [row["id"] for row in shared])
    each = any(row["kind"] == ChallengeKind.CLASS_GOAL for row in shared)
    rooms = await _rooms(reader, terms) if each else {}
    return {row["id"]: _together(row, added[row["id"]], rooms, reader) for row in shared}


async def _added(reader: Reader, challenges: Sequence[int]) -> dict[int, dict[int, Added]]:
    """What was added to each of some challenges, by class, and by all of them together under 0."""
    places = ", ".join(f"{{{place}}}" for place in range(2, len(challenges) + 2))
    question = ADDED.format(school="{0}", reader="{1}", challenges=places)
    added: dict[int, dict[int, Added]] = {number: {} for number in challenges}
    for row in await named_rows_of(question, [reader.school.id, reader.id or 0, *challenges]):
        numbers = (int(row[name]) for name in ("amount", "people", "others", "elsewhere"))
        added[row["challenge_id"]][row["class_id"]] = Added(*numbers)
    return added


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


def _together(row: Mapping[str, Any], added: Mapping[int, Added], rooms: Mapping[int, str], reader: Reader) -> Together:
    """added: by class, and of all together under 0."""
    whole = added.get(0, NOTHING)
    if row["kind"] == ChallengeKind.SCHOOL_GOAL:
        return Together(row["goal"], whole.amount if enough(whole.people, reader) else None, "the whole school")
    # a teacher of several would not know whose it is
    seen = sorted(rooms) if reader.class_ids else sorted(rooms.keys() & added.keys())
    mine = seen[0] if seen and (reader.class_ids or len(seen) == 1) else 0
    own = added.get(mine, NOTHING) if mine else NOTHING
    # whoever knows the school's sum and the class's knows what came from elsewhere, also by those who are in both
    rest = whole.others - own.others + own.elsewhere
    shown = mine != 0 and enough(own.people, reader) and (rest == 0 or small_groups.enough(rest, reader.school.fewest))
    return Together(row["goal"], own.amount if shown else None, rooms[mine] if mine else EACH)


def enough(people: int, reader: Reader) -> bool:
    """Whether so many added something that their sum tells of none of them; a student knows an own part besides.

    For who is nobody at this school more are needed than inside it (SAFETY.md, section 0 and P10).
    """
    here, inside = bool(reader.roles - {Role.DISTRICT_ADMIN}), reader.school.fewest
    return small_groups.enough(people - reader.is_student, inside if here else small_groups.limit_beyond(inside))
