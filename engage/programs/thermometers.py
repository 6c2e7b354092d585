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
    beside: the same of a second class that the reader is in.
    """

    goal: int
    amount: int | None
    whose: str
    beside: "Together | None" = None


@dataclass(frozen=True)
class Added:
    """What was added in a class, or by all. people: how many added something.

    others: how many of them are not the reader; elsewhere: how many of those added something besides it.
    """

    amount: int = 0
    people: int = 0
    others: int = 0
    elsewhere: int = 0


@dataclass(frozen=True)
class Both:
    """Those besides the reader who added something in both of two classes, and for how many of them what is even.

    same: as much in one as in the other; apart: all that they added is of one or the other, and nothing of both.
    first, second: all of it was added in this one, whatever of it in the other, too.
    """

    people: int = 0
    same: int = 0
    apart: int = 0
    first: int = 0
    second: int = 0


NOTHING, NOBODY = Added(), Both()
# what each adds in all stands under class 0
ADDED = """
SELECT s.challenge_id, s.class_id, SUM(s.amount) AS amount, COUNT(*) AS people,
 SUM(CASE WHEN s.person_id <> {reader} THEN 1 ELSE 0 END) AS others,
 SUM(CASE WHEN s.person_id <> {reader} AND w.amount > s.amount THEN 1 ELSE 0 END) AS elsewhere
FROM goal_share s JOIN goal_share w ON w.challenge_id = s.challenge_id AND w.person_id = s.person_id AND w.class_id = 0
WHERE s.school_id = {school} AND s.amount > 0 AND s.challenge_id IN ({challenges})
GROUP BY s.challenge_id, s.class_id
"""

IN_BOTH = """
SELECT s.challenge_id, s.class_id AS one, t.class_id AS other, COUNT(*) AS people,
 SUM(CASE WHEN s.amount = t.amount THEN 1 ELSE 0 END) AS same,
 SUM(CASE WHEN s.amount + t.amount = w.amount THEN 1 ELSE 0 END) AS apart,
 SUM(CASE WHEN s.amount = w.amount THEN 1 ELSE 0 END) AS first,
 SUM(CASE WHEN t.amount = w.amount THEN 1 ELSE 0 END) AS second
FROM goal_share s JOIN goal_share w ON w.challenge_id = s.challenge_id AND w.person_id = s.person_id AND w.class_id = 0
JOIN goal_share t ON t.challenge_id = s.challenge_id AND t.person_id = s.person_id AND t.class_id > s.class_id
WHERE s.school_id = {school} AND s.person_id <> {reader} AND s.amount > 0 AND t.amount > 0
 AND s.challenge_id IN ({challenges}) AND s.class_id IN ({rooms}) AND t.class_id IN ({rooms})
GROUP BY s.challenge_id, s.class_id, t.class_id
"""
Pairs = Mapping[tuple[int, int], Both]


async def together_in(reader: Reader, terms: Terms) -> dict[int, Together]:
    """The shared goals of a program by the challenge's id, in one statement, none where there are none.

    A class goal is that of the class which the reader is in, or teaches, by the entries that were made in it. Who is in
    several that the program is for sees two of them where no sum tells of a few; that is asked in one statement more.
    """
    shared = [row for row in terms.challenges if row["kind"] in SHARED]
    if not shared:
        return {}
    added = await _added(reader, [row["id"] for row in shared])
    each = [row["id"] for row in shared if row["kind"] == ChallengeKind.CLASS_GOAL]
    rooms = await _rooms(reader, terms) if each else {}
    pairs = await _in_both(reader, each, sorted(rooms)) if reader.class_ids and len(rooms) > 1 else {}
    return {row["id"]: _together(row, added[row["id"]], rooms, pairs.get(row["id"], {}), reader) for row in shared}


async def _added(reader: Reader, challenges: Sequence[int]) -> dict[int, dict[int, Added]]:
    """What was added to each of some challenges, by class, and by all of them together under 0."""
    places = ", ".join(f"{{{place}}}" for place in range(2, len(challenges) + 2))
    question = ADDED.format(school="{0}", reader="{1}", challenges=places)
    added: dict[int, dict[int, Added]] = {number: {} for number in challenges}
    for row in await named_rows_of(question, [reader.school.id, reader.id or 0, *challenges]):
        numbers = (int(row[name]) for name in ("amount", "people", "others", "elsewhere"))
        added[row["challenge_id"]][row["class_id"]] = Added(*numbers)
    return added


async def _in_both(
    reader: Reader, challenges: Sequence[int], rooms: Sequence[int]
) -> dict[int, dict[tuple[int, int], Both]]:
    """Who added something in two of some classes, by challenge and by both classes, the lower number first."""
    values = [reader.school.id, reader.id or 0, *challenges, *rooms]
    marks = [f"{{{place}}}" for place in range(2, len(values))]
    asked, within = ", ".join(marks[: len(challenges)]), ", ".join(marks[len(challenges) :])
    question = IN_BOTH.format(school="{0}", reader="{1}", challenges=asked, rooms=within)
    found: dict[int, dict[tuple[int, int], Both]] = {}
    for row in await named_rows_of(question, values):
        numbers = (int(row[name]) for name in ("people", "same", "apart", "first", "second"))
        found.setdefault(row["challenge_id"], {})[row["one"], row["other"]] = Both(*numbers)
    return found


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
    row: Mapping[str, Any], added: Mapping[int, Added], rooms: Mapping[int, str], pairs: Pairs, reader: Reader
) -> Together:
    """added: by class, and of all together under 0."""
    whole, goal = added.get(0, NOTHING), row["goal"]
    if row["kind"] == ChallengeKind.SCHOOL_GOAL:
        return Together(goal, whole.amount if enough(whole.people, reader) else None, "the whole school")
    # a teacher of several would not know whose it is
    seen = sorted(rooms) if reader.class_ids else sorted(rooms.keys() & added.keys())
    if not seen or (len(seen) > 1 and not reader.class_ids):
        return Together(goal, None, EACH)
    shown = [room for room in seen if _tells_of_none(added.get(room, NOTHING), whole, reader)]
    if not shown:
        return Together(goal, None, rooms[seen[0]])
    first, *more = shown
    # two at most: of three sums and that of all, more can be worked out than is looked at here
    for room in more:
        if _tell_of_none(added[first], added[room], pairs.get((first, room), NOBODY), whole, reader):
            return Together(goal, added[first].amount, rooms[first], Together(goal, added[room].amount, rooms[room]))
    return Together(goal, added[first].amount, rooms[first])


def _tells_of_none(own: Added, whole: Added, reader: Reader) -> bool:
    """Whether the sum of a class, beside that of all, tells of no few."""
    # whoever knows the school's sum and the class's knows what came from elsewhere, also by those who are in both
    rest = whole.others - own.others + own.elsewhere
    return enough(own.people, reader) and _none_or_enough(rest, reader)


def _tell_of_none(one: Added, other: Added, both: Both, whole: Added, reader: Reader) -> bool:
    """Whether the sums of two classes tell of no few, of which each alone, beside that of all, tells of none.

    What one class has more than the other is of those who did not add as much in both: one child who is in one of
    them alone would stand there. What all have besides both, less what was added in both at once, is of those with
    whom these two are not even. Every other sum that leaves somebody out is one of the class alone.
    """
    differ = one.others + other.others - both.people - both.same
    in_one_alone = one.others - one.elsewhere - both.first + other.others - other.elsewhere - both.second
    uneven = whole.others - both.apart - in_one_alone
    return _none_or_enough(differ, reader) and _none_or_enough(uneven, reader)


def _none_or_enough(people: int, reader: Reader) -> bool:
    return people == 0 or small_groups.enough(people, reader.school.fewest)


def enough(people: int, reader: Reader) -> bool:
    """Whether so many added something that their sum tells of none of them; a student knows an own part besides.

    For who is nobody at this school more are needed than inside it (SAFETY.md, section 0 and P10).
    """
    here, inside = bool(reader.roles - {Role.DISTRICT_ADMIN}), reader.school.fewest
    return small_groups.enough(people - reader.is_student, inside if here else small_groups.limit_beyond(inside))
