"""What students began and finished from lists is counted whole, however many places there are to look at."""

from datetime import timedelta
from itertools import product
from typing import Any

from engage import dates
from engage.dates import Period
from engage.engagement.small_groups import HIGHEST_LIMIT
from engage.evaluation.figures import taken
from engage.evaluation.stock import FIRST, Some, Stock
from engage.lists.models import CuratedList, ListItem
from engage.people.models import Person
from engage.programs.models import ResourceProgress
from engage.resources.models import Resource
from tests.school import TestSchool


async def shelf(school: TestSchool, things: int, students: int) -> tuple[list[int], list[int]]:
    """A published list of so many resources, and so many students; the ids of both."""
    of: dict[str, Any] = {"school_id": school.card.id}
    curated = await CuratedList.create(**of, slug="long", title="Long", state="published")
    await Resource.bulk_create([Resource(**of, title=f"Thing {n}", language="en") for n in range(things)])
    found = [one for (one,) in await Resource.filter(**of, title__startswith="Thing ").order_by("id").values_list("id")]
    await ListItem.bulk_create([ListItem(**of, curated_id=curated.id, resource_id=one) for one in found])
    named = {**of, "district_id": school.card.district_id}
    await Person.bulk_create([Person(**named, name=f"Child {n}", grade=4) for n in range(students)])
    people = [one for (one,) in await Person.filter(**of, name__startswith="Child ").order_by("id").values_list("id")]
    return found, people


async def read(school: TestSchool, pairs: Any, back: int) -> None:
    """Students finished things on a day. pairs: person and resource; back: days ago."""
    on = dates.today(school.card.zone) - timedelta(days=back)
    of = {"school_id": school.card.id, "started_on": on, "on": on, "state": "finished"}
    rows = [ResourceProgress(**of, person_id=person, resource_id=thing) for person, thing in pairs]
    await ResourceProgress.bulk_create(rows, batch_size=500)


async def stock(school: TestSchool, days: int) -> Stock:
    """What there is after so many days, today among them."""
    today = dates.today(school.card.zone)
    return (await taken(school.card.id, Period(today - timedelta(days=days - 1), today))).stock


async def test_who_comes_after_many_places_of_few_is_counted_too(school: TestSchool) -> None:
    things, people = await shelf(school, 101, 15)
    early, late = people[:10], people[10:]
    await read(school, product(early, things), back=20)
    await read(school, product(late, things[-1:]), back=2)
    number = len(early) * len(things) + len(late)
    assert number - len(late) > FIRST, "those who come late are not among the first places"
    found = await stock(school, 30)
    assert found.starts == found.finishes == found.languages["en"] == Some(number, len(people))
    assert found.listed.used == Some(len(things), len(people))
    of_last_days = await stock(school, 5)
    assert of_last_days.starts == of_last_days.finishes == of_last_days.languages["en"] == Some(len(late), len(late))
    assert of_last_days.listed.used == found.listed.used, "what was ever used"


async def test_many_students_are_told_as_many_as_any_limit_asks_for(school: TestSchool) -> None:
    things, people = await shelf(school, 2, HIGHEST_LIMIT + 4)
    await read(school, zip(people, things * len(people), strict=False), back=2)
    found = await stock(school, 30)
    for some in (found.starts, found.finishes, found.languages["en"]):
        assert (some.number, some.people) == (len(people), HIGHEST_LIMIT), "no resource alone has so many"
    assert found.listed.used == Some(2, HIGHEST_LIMIT)
