"""What is asked about recognition: who may have what, by name for those who may know, and what is one's own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tortoise.expressions import Q, RawSQL, Subquery
from tortoise.queryset import QuerySet, ValuesQuery

from engage import dates
from engage.database.asked import asked_of
from engage.errors import NotFound
from engage.people.models import ClassMember, Membership
from engage.people.rules import Reader, Role, Scope, Status
from engage.programs.models import Award, Badge, Enrolment, Standing
from engage.programs.queries import HELD, program_for
from engage.programs.recognition_models import Delivery, Drawing, Lot, Prize
from engage.programs.recognition_rules import DeliveryKind, called, left_of

Row = dict[str, Any]


@dataclass(frozen=True)
class Sight:
    """Whom of a program somebody of the staff sees by name, and gives to (PRG05, PRG07).

    everybody: the reader is a specialist and runs the program; a teacher sees the students of today also of own
    programs. class_ids: else those of the classes that the reader teaches.
    """

    everybody: bool
    class_ids: frozenset[int] = frozenset()


def sight_of(reader: Reader, program: Mapping[str, Any]) -> Sight | None:
    """Whom the reader sees by name; None for nobody."""
    if not reader.is_staff or reader.id is None:
        return None
    if program["by_id"] == reader.id and reader.may("PRG01", Scope.SCHOOL) and _gives(reader, Scope.MINE):
        return Sight(True)
    return Sight(False, reader.taught_ids) if reader.taught_ids and _gives(reader, Scope.CLASS) else None


def _gives(reader: Reader, scope: Scope) -> bool:
    return reader.may("PRG05", scope) and reader.may("PRG07", scope)


async def at_the_desk(reader: Reader, slug: str) -> tuple[Row, Sight]:
    """A program, and to whom in it the reader may give something. Raises NotFound where that is nobody."""
    program = await program_for(reader, slug)
    sight = sight_of(reader, program)
    if sight is None:
        raise NotFound(slug)
    return program, sight


def taking_part(reader: Reader, program_id: int, sight: Sight) -> QuerySet[Enrolment]:
    """The parts in a program of those whom the reader sees by name."""
    part = Enrolment.filter(
        school_id=reader.school.id, program_id=program_id, left_at=None, person__status=Status.ACTIVE.value
    )
    if sight.everybody:
        return part
    today = dates.today(reader.school.zone)
    pupils = ClassMember.filter(
        Q(until__isnull=True) | Q(until__gte=today),
        school_id=reader.school.id,
        school_class_id__in=sorted(sight.class_ids),
        role=Role.STUDENT.value,
        since__lte=today,
    )
    return part.filter(person_id__in=Subquery(pupils.values("person_id")))


PERSON = {
    "id": "person_id",
    "key": "person__key",
    "name": "person__name",
    "letter": "person__letter",
    "grade": "person__grade",
}


async def participants(reader: Reader, program_id: int, sight: Sight) -> list[Row]:
    """Those whom the reader sees, by grade and name: id, key, name (as it is said), grade, joined_on."""
    rows = taking_part(reader, program_id, sight).order_by("person__grade", "person__name", "person__letter", "id")
    return [{**row, "name": called(row)} for row in await rows.values("joined_on", **PERSON)]


async def participant(reader: Reader, program_id: int, sight: Sight, key: str) -> Row:
    """One of them, by the person's key. Raises NotFound."""
    rows = taking_part(reader, program_id, sight).filter(person__key=key).limit(1)
    found = await rows.values("joined_on", **PERSON)
    if not found:
        raise NotFound(key)
    return {**found[0], "name": called(found[0])}


@dataclass(frozen=True)
class Earned:
    """Since when people have what entitles to something.

    completed: by person. badges: by badge and person. won: what a drawing gave, by prize and person.
    """

    completed: Mapping[int, date]
    badges: Mapping[int, Mapping[int, date]]
    won: Mapping[int, Mapping[int, date]] = field(default_factory=dict)

    def to(self, prize: Mapping[str, Any]) -> Mapping[int, date]:
        """Who may have a prize, and since when."""
        if prize["drawn"]:
            return self.won.get(prize["id"], {})
        return self.of(prize["badge_id"])

    def of(self, badge_id: int | None) -> Mapping[int, date]:
        """Who holds a badge, or, for None, completed the program."""
        return self.completed if badge_id is None else self.badges.get(badge_id, {})


async def earned_in(reader: Reader, program_id: int, person_ids: Collection[int] | None = None) -> Earned:
    """What people have earned in a program, in three statements. person_ids: of whom, None for all who take part."""
    of: dict[str, Any] = {"school_id": reader.school.id, "program_id": program_id}
    lots = Lot.filter(school_id=reader.school.id, drawing__program_id=program_id, won__isnull=False)
    if person_ids is not None:
        of["person_id__in"] = list(person_ids)
        lots = lots.filter(person_id__in=list(person_ids))
    badges: dict[int, dict[int, date]] = {}
    for badge, person, on in await Award.filter(**of, state__in=HELD).values_list("badge_id", "person_id", "earned_on"):
        badges.setdefault(badge, {})[person] = on
    done = Standing.filter(**of, completed_on__isnull=False)
    won: dict[int, dict[int, date]] = {}
    drawn = lots.filter(drawing__prize_id__isnull=False)
    for prize, person, at in await drawn.values_list("drawing__prize_id", "person_id", "drawing__drawn_at"):
        won.setdefault(prize, {})[person] = dates.on(at, reader.school.zone)
    return Earned(dict(await done.values_list("person_id", "completed_on")), badges, won)


PRIZE = ("id", "key", "title", "description", "stock", "position", "badge_id", "version")


# how many of a prize were handed out
HANDED_OUT = """(SELECT COUNT(*) FROM delivery d WHERE d.school_id = "prize"."school_id"
 AND d.program_id = "prize"."program_id" AND d.prize_id = "prize"."id" AND d.undone_at IS NULL)"""


async def prizes_of(reader: Reader, program_id: int) -> list[Row]:
    """The prizes of a program in order: their columns, badge and badge_key (its title and key), drawn, handed and left.

    One statement.
    """
    columns = {"badge": "badge__title", "badge_key": "badge__key", "drawn": "drawings__id"}

    def make(program: int) -> ValuesQuery[Any]:
        of = {"school_id": reader.school.id, "program_id": program}
        prizes = Prize.filter(**of).annotate(handed=RawSQL(HANDED_OUT)).order_by("position", "id")
        return prizes.values("handed", *PRIZE, **columns)

    rows = await asked_of(("prizes", reader.school.id), make, program_id)
    return [
        {**row, "drawn": row["drawn"] is not None, "left": left_of(row["stock"], row["handed"])}
        for row in {row["id"]: row for row in rows}.values()  # once, however many drawings are for it
    ]


async def prize_of(reader: Reader, program_id: int, key: str) -> Row:
    """One prize of a program. Raises NotFound."""
    found = next((row for row in await prizes_of(reader, program_id) if row["key"] == key), None)
    if found is None:
        raise NotFound(key)
    return found


async def one_prize(reader: Reader, program_id: int, key: str) -> Row:
    """One prize with its columns and whether it is drawn, without what is left of it. Raises NotFound."""
    rows = await Prize.filter(school_id=reader.school.id, program_id=program_id, key=key).limit(1).values(*PRIZE)
    if not rows:
        raise NotFound(key)
    drawn = await Drawing.filter(school_id=reader.school.id, prize_id=rows[0]["id"]).exists()
    return {**rows[0], "drawn": drawn}


async def has_earned(reader: Reader, program_id: int, person_id: int, prize: Mapping[str, Any]) -> bool:
    """Whether one person may have a prize, as Earned.to tells it of many."""
    of = {"school_id": reader.school.id, "person_id": person_id}
    if prize["drawn"]:
        return await Lot.filter(**of, drawing__prize_id=prize["id"], won__isnull=False).exists()
    if prize["badge_id"] is not None:
        return await Award.filter(**of, badge_id=prize["badge_id"], state__in=HELD).exists()
    return await Standing.filter(**of, program_id=program_id, completed_on__isnull=False).exists()


async def deliveries_of(
    reader: Reader, program_id: int, kinds: Collection[DeliveryKind], person_ids: Collection[int] | None = None
) -> list[Row]:
    """What was handed over and stands, in the order in which it was.

    Rows: key, kind, person_id, badge_id, badge_key, prize_id, what and on.
    """
    among = {"school_id": reader.school.id, "program_id": program_id, "kind__in": [kind.value for kind in kinds]}
    rows = Delivery.filter(**among, undone_at__isnull=True)
    if person_ids is not None:
        rows = rows.filter(person_id__in=list(person_ids))
    columns = ("key", "kind", "person_id", "badge_id", "prize_id", "what", "on")
    return await rows.order_by("at", "id").values(*columns, badge_key="badge__key")


async def badges_of(reader: Reader, program_id: int) -> list[Row]:
    """The badges of a program in order: id, key, title and how each is drawn."""
    rows = Badge.filter(school_id=reader.school.id, program_id=program_id).order_by("position", "id")
    return await rows.values("id", "key", "title", "shape", "ink", "mark")


async def days_of(reader: Reader, program_id: int, person_ids: Collection[int]) -> dict[int, int]:
    """On how many days each took part in a program."""
    rows = Standing.filter(school_id=reader.school.id, program_id=program_id, person_id__in=list(person_ids))
    return {int(person): int(days) for person, days in await rows.values_list("person_id", "days")}


async def signed_by(reader: Reader, program: Mapping[str, Any]) -> tuple[str, str]:
    """The name and the office of who runs a program, for papers; nothing where that person is gone."""
    roles = Membership.filter(school_id=reader.school.id, person_id=program["by_id"])
    found = await roles.values_list("role", "person__name")
    if not found:
        return "", "Library"
    offices = {Role.SPECIALIST: "Library media specialist", Role.TEACHER: "Teacher", Role.AIDE: "Library"}
    held = {Role(role) for role, _ in found}
    return str(found[0][1]), next((office for role, office in offices.items() if role in held), "Library")
