"""A made-up district: all that is kept of it follows from its facts."""

from engage.database.tenancy import every_school
from engage.engagement.models import Engagement, MonthFigure
from engage.people.models import School
from engage.programs.models import LogEntry
from engage.rebuilding import rebuild
from engage.simulate import Size, share, simulate


async def test_a_made_up_district_needs_no_rebuilding(db: object) -> None:
    with every_school("a district is made up"):
        for seed in (1, 2):
            await simulate(Size(schools=2, students=30, entries=300, seed=seed))
        schools = await School.all().order_by("id")
        assert [await rebuild(one) for one in schools] == [[]] * 4
        assert await LogEntry.all().count() == 600
        assert await MonthFigure.filter(count__gt=0).count() > 0
        rows = await Engagement.filter(school_id__in=[schools[0].id, schools[1].id]).values_list(
            "on", "mode", "minutes"
        )
        others = await Engagement.filter(school_id=schools[2].id).values_list("on", "mode", "minutes")
        assert len(rows) >= 300
        assert sorted(rows)[:100] != sorted(others)[:100]


def test_a_whole_is_shared_out_to_the_last() -> None:
    assert [sum(share(whole, parts, n) for n in range(parts)) for whole, parts in ((10, 3), (7, 7), (2, 5))] == [
        10,
        7,
        2,
    ]
