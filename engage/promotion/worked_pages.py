"""Did it work? What came of each display of a school year, and how sure that is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.dates import Period
from engage.engagement.small_groups import limit_beyond
from engage.people.rules import Reader, Role, SchoolCard
from engage.promotion.effects import Effect, told
from engage.promotion.evidence_queries import Worked, effects_of
from engage.promotion.queries import displays_for
from engage.promotion.rules import MEDIA, PLACES, Medium, Place
from engage.web.forms import choice
from engage.web.render import render
from engage.web.tables import csv_answer

YEARS = 3


async def worked(request: Request) -> Response:
    """Each display of a school year with what came of it."""
    reader = request.user
    year = year_asked(request, reader)
    found = await seen_by(reader, year)
    return render(
        request,
        "promotion/worked.html",
        rows=[as_told(one) for one in found],
        year=dates.year_name(year),
        years=[dates.year_name(each) for each in years_of(reader)],
        fewest=school_for(reader).fewest,
    )


async def worked_csv(request: Request) -> Response:
    """The same as a table."""
    reader = request.user
    year = year_asked(request, reader)
    found = await seen_by(reader, year)
    head = ["On show", "Where", "First day", "Last day", "Days", "Opened before", "Opened while on show", "Expected"]
    head += ["Ratio", "From", "To", "Similar lists", "What it comes to", "Opened by its links", "Saved", "Finished"]
    return csv_answer(f"displays {dates.year_name(year)}.csv", [*head, "Borrowed"], [row_of(one) for one in found])


def school_for(reader: Reader) -> SchoolCard:
    """The school with the limit under which people are not spoken of; for the district that is the one beyond it."""
    school = reader.school
    return replace(school, fewest=limit_beyond(school.fewest)) if reader.roles <= {Role.DISTRICT_ADMIN} else school


async def seen_by(reader: Reader, year: Period) -> list[Worked]:
    """What came of the displays of a year; those who do not run the library only see what they may see themselves."""
    found = await effects_of(school_for(reader), year)
    if reader.is_library:
        return found
    seen = {key for (key,) in await displays_for(reader).values_list("key")}
    return [one for one in found if one.display["key"] in seen]


def row_of(one: Worked) -> list[Any]:
    """One display as a row."""
    shown, during = one.display, one.during
    numbers = [_rounded(value) for value in (during.expected, during.ratio)]
    between = [_rounded(value) if during.ratio is not None else None for value in (during.low, during.high)]
    days = [shown["starts"], shown["ends"], one.days]
    counts = [sum(one.opened.values()), one.saved, one.finished, one.borrowed]
    return [
        *(shown["title"], PLACES[Place(shown["place"])], *days, during.before, during.then, *numbers, *between),
        *(during.similar, told(during), *counts),
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def as_told(one: Worked) -> dict[str, Any]:
    """One display as the page shows it."""
    return {
        **one.display,
        "where": PLACES[Place(one.display["place"])],
        "days": one.days,
        "counted": one.counted,
        "state": state_of(one.during),
        "during": one.during,
        "said": told(one.during) if one.display["kind"] == "list" else one.during.why,
        "after": one.after,
        "links": [(MEDIA[Medium(medium)], count) for medium, count in sorted(one.opened.items()) if count],
        "saved": one.saved,
        "finished": one.finished,
        "borrowed": one.borrowed,
    }


def state_of(found: Effect) -> str:
    """Which mark stands beside it: "met" where it was surely used more, "work" where surely less, else ""."""
    return "met" if found.more else "work" if found.less else ""


def years_of(reader: Reader) -> list[Period]:
    """The school years that can be asked for, this one first."""
    this = dates.school_year(dates.today(reader.school.zone), reader.school.year_starts_in)
    found = [this]
    while len(found) < YEARS:
        found.append(dates.school_year(found[-1].starts - timedelta(days=1), reader.school.year_starts_in))
    return found


def year_asked(request: Request, reader: Reader) -> Period:
    """The school year that the address asks for, else this one."""
    years = {dates.year_name(each): each for each in years_of(reader)}
    return years[choice(request, "year", years, next(iter(years)))]
