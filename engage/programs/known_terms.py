"""What a student takes part in, and the terms of it, kept in memory as long as nothing changed them.

The terms of a program are the same for everybody in it, and eight statements long. So one statement asks for the
student's part and for a stamp of everything that the terms are made of; terms of a known stamp are not read again.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engage import dates
from engage.database.asked import named_rows_of
from engage.database.fields import as_day
from engage.people.rules import SchoolCard
from engage.programs.queries import Terms, terms_of

MOST = 200
# a version rises with each change of a program, a challenge, a badge or an activity; of a list with what stands on it
PARTS = """
SELECT e.program_id AS id, e.joined_on, p.slug, p.title, p.starts, p.ends, p.backdate_days, p.limits,
 p.key || '/' || p.version || '.' || p.rules_version
 || '/' || (SELECT COUNT(*) || '.' || COALESCE(SUM(c.goal), 0) FROM challenge c
  WHERE c.school_id = {0} AND c.program_id = p.id)
 || '/' || (SELECT COUNT(*) FROM badge b WHERE b.school_id = {0} AND b.program_id = p.id)
 || '/' || (SELECT COUNT(*) FROM activity a JOIN challenge c ON c.id = a.challenge_id
  WHERE c.school_id = {0} AND c.program_id = p.id)
 || '/' || (SELECT COUNT(*) || '.' || COALESCE(SUM(l.version), 0) FROM challenge c
  JOIN curated_list l ON l.id = c.curated_id WHERE c.school_id = {0} AND c.program_id = p.id)
 || '/' || (SELECT COUNT(*) || '.' || COALESCE(SUM(i.resource_id), 0) FROM challenge c
  JOIN list_item i ON i.curated_id = c.curated_id WHERE c.school_id = {0} AND c.program_id = p.id)
 || '/' || (SELECT COUNT(*) || '.' || COUNT(r.until) || '.' || COALESCE(SUM(r.resource_id), 0) FROM challenge c
  JOIN challenge_resource r ON r.challenge_id = c.id WHERE c.school_id = {0} AND c.program_id = p.id)
 || '/' || (SELECT COUNT(*) || '.' || COALESCE(SUM(d.id), 0) FROM day_off d WHERE d.school_id = {0}) AS stamp
FROM enrolment e JOIN program p ON p.id = e.program_id
WHERE e.school_id = {0} AND e.person_id = {1} AND e.left_at IS NULL ORDER BY e.program_id
"""


@dataclass(frozen=True)
class Part:
    """A student's part in a program, with what the program asks of an entry. stamp: names its terms exactly."""

    id: int
    joined_on: date
    slug: str
    title: str
    starts: date
    ends: date | None
    backdate_days: int
    limits: str
    stamp: str

    def runs_on(self, day: date) -> bool:
        """Whether a day lies in the run, so that what is logged for it may count."""
        return self.starts <= day and (self.ends is None or day <= self.ends)


async def parts_of(school: SchoolCard, person_id: int) -> list[Part]:
    """The programs that a student is in, in one statement."""
    return [_part(row) for row in await named_rows_of(PARTS, [school.id, person_id])]


def _part(row: dict[str, Any]) -> Part:
    days = {name: as_day(row[name]) for name in ("joined_on", "starts", "ends")}
    return Part(**{**row, **days})


_kept: OrderedDict[tuple[str, date, str], Terms] = OrderedDict()


async def known_terms(school: SchoolCard, stamps: Mapping[int, str]) -> dict[int, Terms]:
    """The terms of programs by id. stamps: as parts_of gave them just now.

    Where something changes meanwhile, newer terms stand under the older stamp, which nothing has any more: whatever
    changes the terms raises a version that never falls, so a change that is taken back at once has a third stamp, and
    to ask for the stamp again would tell less. Kept for a day: a program that is over knows its lists as they were.
    """
    today = dates.today(school.zone)
    known = {number: (school.zone, today, stamp) for number, stamp in stamps.items()}
    found = {number: _kept[key] for number, key in known.items() if key in _kept}
    if missing := [number for number in stamps if number not in found]:
        found |= await terms_of(school, missing)
    # what was there may have had to make room while others were read
    for number, terms in found.items():
        _kept[known[number]] = terms
        _kept.move_to_end(known[number])
    while len(_kept) > MOST:
        _kept.popitem(last=False)
    return {number: found[number] for number in stamps if number in found}
