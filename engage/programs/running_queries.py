"""What the desk of programs asks besides: terms, classes to choose from, who runs a program."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Q

from engage.engagement.small_groups import enough
from engage.people.models import Person, SchoolClass
from engage.people.rules import Reader, Scope
from engage.programs.activity_models import ActivityDone, ProgramClass
from engage.programs.queries import Terms, program_to_run, terms_in


async def terms_to_run(reader: Reader, key: str) -> Terms:
    """A program that the reader may change, with everything that counting needs. Raises NotFound."""
    program = await program_to_run(reader, key)
    return (await terms_in(reader.school, [program]))[program["id"]]


async def classes_to_choose(reader: Reader, program: int | None = None) -> list[dict[str, Any]]:
    """The classes that a program may be for: those that go on, a teacher's own, and those it is for already."""
    rooms = Q(ended_on__isnull=True)
    if not reader.may("PRG01", Scope.SCHOOL):
        rooms &= Q(id__in=sorted(reader.taught_ids))
    elif program is not None:
        rooms |= Q(programs__program_id=program)
    found = SchoolClass.filter(rooms, school_id=reader.school.id).distinct().order_by("name", "id")
    return await found.values("id", "key", "name", "grade")


async def classes_of(reader: Reader, program: int) -> list[dict[str, Any]]:
    """The classes that a program is for: key and name, in order of name."""
    rooms = ProgramClass.filter(school_id=reader.school.id, program_id=program).order_by("school_class__name")
    return await rooms.values(key="school_class__key", name="school_class__name", id="school_class_id")


async def runner_of(reader: Reader, person: int | None) -> str:
    """The name of whoever runs a program, a person of the staff; "" where there is nobody any more."""
    if person is None or person == reader.id:
        return reader.name if person is not None else ""
    rows = await Person.filter(school_id=reader.school.id, id=person).values_list("name")
    return str(rows[0][0]) if rows else ""


@dataclass(frozen=True)
class Answers:
    """rows: an answer and how often it was given. number: of all answers. withheld: answers of few are left out."""

    rows: tuple[tuple[str, int], ...]
    number: int
    withheld: bool


async def answers_to(reader: Reader, activity: int, fewest: int) -> Answers:
    """What students wrote to an activity and did not take back, the commonest first; without who.

    The same words in any case are one answer. fewest: an answer of fewer students is withheld, and with it how many
    answers there are; 0 for none (SAFETY.md, P10).
    """
    given = ActivityDone.filter(school_id=reader.school.id, activity_id=activity, voided_at=None).order_by("id")
    rows = await given.values_list("person_id", "answer")
    spelled: dict[str, str] = {}
    people: dict[str, set[int]] = {}
    counted: Counter[str] = Counter()
    for person, answer in rows:
        folded = " ".join(answer.casefold().split())
        spelled.setdefault(folded, answer)
        people.setdefault(folded, set()).add(person)
        counted[folded] += 1
    shown = [(spelled[folded], count) for folded, count in counted.most_common() if enough(len(people[folded]), fewest)]
    return Answers(tuple(shown), len(rows), withheld=len(shown) < len(counted))
