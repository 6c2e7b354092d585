"""Names taken out of the diary, and the hashes of active days made nobody's (SAFETY.md, P4 and P6)."""

from datetime import date, timedelta
from secrets import token_hex
from typing import Any

from engage import dates
from engage.database.transaction import one_transaction
from engage.engagement.diary import DAY_SUMS
from engage.engagement.hidden import hash_with
from engage.engagement.models import ActiveDay, Engagement, HiddenStudent, YearSalt

AT_ONCE = 2_000


async def active_days_of(school_id: int, person_id: int) -> list[dict[str, Any]]:
    """The days on which a student took part, as long as the salts of their years are kept."""
    salts = await YearSalt.filter(school_id=school_id).values_list("salt", flat=True)
    hashes = [hash_with(str(salt), person_id) for salt in salts]
    rows = ActiveDay.filter(school_id=school_id, who__in=hashes).order_by("on")
    return await rows.values("on", "grade_band", *DAY_SUMS)


async def forget_active_days(school_id: int, person_id: int) -> int:
    """Give a student's days other hashes, one for each year, that nothing leads to; all counts stay. How many years."""
    number = 0
    for salt in await YearSalt.filter(school_id=school_id).values_list("salt", flat=True):
        who = hash_with(str(salt), person_id)
        number += bool(await ActiveDay.filter(school_id=school_id, who=who).update(who=token_hex(16)))
    return number


async def numbers_of(school_id: int, person_id: int) -> list[dict[str, Any]]:
    """Under which number a student stands in the turnouts of each year whose salt is kept."""
    salts = await YearSalt.filter(school_id=school_id).values_list("salt", flat=True)
    hashes = [hash_with(str(salt), person_id) for salt in salts]
    return await HiddenStudent.filter(school_id=school_id, who__in=hashes).order_by("year").values("year", "number")


async def forget_numbers(school_id: int, person_id: int) -> int:
    """Make a student's numbers nobody's; the turnouts stay. How many years."""
    number = 0
    for salt in await YearSalt.filter(school_id=school_id).values_list("salt", flat=True):
        who = hash_with(str(salt), person_id)
        number += bool(await HiddenStudent.filter(school_id=school_id, who=who).update(who=token_hex(16)))
    return number


async def forget_names(school_id: int, before: date) -> int:
    """Take the names out of the diary of the days before this one; what happened stays. How many rows."""
    number = 0
    while done := await _forget_some_names(school_id, before):
        number += done
    return number


@one_transaction
async def _forget_some_names(school_id: int, before: date) -> int:
    named = Engagement.filter(school_id=school_id, on__lt=before, person_id__isnull=False).order_by("id")
    ids = [number for (number,) in await named.limit(AT_ONCE).values_list("id")]
    if not ids:
        return 0
    return await Engagement.filter(school_id=school_id, id__gte=ids[0], id__lte=ids[-1], on__lt=before).update(
        person_id=None
    )


async def forget_salts(school_id: int, today: date, first_month: int, days: int) -> int:
    """Delete the salts of school years that ended more than so many days ago: their days are nobody's. How many."""
    old = dates.school_year(today - timedelta(days=days), first_month).starts
    number = 0
    for year, row in await YearSalt.filter(school_id=school_id).values_list("year", "id"):
        if int(str(year)[:4]) < old.year:
            number += await YearSalt.filter(school_id=school_id, id=row).delete()
    return number
