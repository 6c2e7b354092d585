"""Students as the figures know them: a hash that changes with the school year, and a number in its turnouts."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256
from secrets import token_hex
from typing import NamedTuple

from tortoise.connection import get_connection

from engage import dates
from engage.database.transaction import after_commit
from engage.engagement.models import HiddenStudent, YearSalt

REMEMBERED = 20_000


class Hidden(NamedTuple):
    """A student of a school year as the figures know one."""

    who: str
    number: int


class Whose(NamedTuple):
    """A student in a school year: what the hash is made of."""

    school_id: int
    year: str
    person_id: int


def year_of(on: date, first_month: int) -> str:
    """The school year of a day, by name."""
    return dates.year_name(dates.school_year(on, first_month))


def hash_with(salt: str, person_id: int) -> str:
    """A student under the salt of a school year: once it is deleted, nothing leads back to anybody."""
    return sha256(f"{salt}/{person_id}".encode()).hexdigest()[:32]


_known: OrderedDict[Whose, Hidden] = OrderedDict()


async def hidden_of(wanted: Iterable[Whose]) -> dict[Whose, Hidden]:
    """Students as the figures know them; who is new gets a number. Inside a unit of work.

    What the unit that is kept knows is remembered: neither a hash nor a number ever changes for who takes part.
    """
    everybody = sorted(set(wanted))
    found = {whose: _known[whose] for whose in everybody if whose in _known}
    new = [whose for whose in everybody if whose not in found]
    for school_id, year in sorted({whose[:2] for whose in new}):
        of = [whose for whose in new if whose[:2] == (school_id, year)]
        salt = await salt_of(school_id, year)
        hashes = {hash_with(salt.salt, whose.person_id): whose for whose in of}
        numbers = await _numbers(school_id, year, list(hashes))
        if missing := [who for who in hashes if who not in numbers]:
            first = await _give(salt.id, len(missing))
            rows = [
                HiddenStudent(school_id=school_id, year=year, who=who, number=first + place)
                for place, who in enumerate(missing)
            ]
            # another unit may have given the same student a number while this one waited for the salt
            await HiddenStudent.bulk_create(rows, ignore_conflicts=True, batch_size=500)
            numbers |= await _numbers(school_id, year, missing)
        found |= {whose: Hidden(who, numbers[who]) for who, whose in hashes.items()}
    after_commit(lambda: _remember(found))
    return found


async def salt_of(school_id: int, year: str) -> YearSalt:
    """The salt of a school year, made where there is none."""
    row, _ = await YearSalt.get_or_create(school_id=school_id, year=year, defaults={"salt": token_hex(32)})
    return row


def _remember(found: dict[Whose, Hidden]) -> None:
    _known.update(found)
    while len(_known) > REMEMBERED:
        _known.popitem(last=False)


async def _numbers(school_id: int, year: str, hashes: Sequence[str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for start in range(0, len(hashes), 500):
        rows = HiddenStudent.filter(school_id=school_id, year=year, who__in=hashes[start : start + 500])
        numbers |= dict(await rows.values_list("who", "number"))
    return numbers


async def _give(salt_id: int, many: int) -> int:
    """The first of so many numbers that nobody has; whoever else asks for the year's waits."""
    connection = get_connection("default")
    marks = ("?", "?") if connection.capabilities.dialect == "sqlite" else ("$1", "$2")
    sql = f"UPDATE year_salt SET given = given + {marks[0]} WHERE id = {marks[1]} RETURNING given"
    rows = await connection.execute_query_dict(sql, [many, salt_id])
    return int(rows[0]["given"]) - many
