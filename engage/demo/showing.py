"""What Alder Creek shows and tells: displays that stood and stand, what came of them, announcements, a booktalk."""

from collections.abc import Mapping
from datetime import timedelta
from random import Random

from engage.database.transaction import one_transaction
from engage.demo.library import moment
from engage.demo.people import Place
from engage.engagement.models import Engagement
from engage.engagement.rules import Kind
from engage.lists.models import CuratedList
from engage.people.rules import GradeBand, Reader
from engage.programs.models import Program
from engage.promotion import actions, digests, telling
from engage.promotion.loan_models import LoanFile, LoanRow
from engage.promotion.models import Display, PromotedDay, PromotedLink
from engage.promotion.rules import Medium
from engage.promotion.rules import Place as Where
from engage.promotion.telling_rules import Audience
from engage.resources.models import Resource

# list, where, line above it, spot, first day and days, opens a day that it brings
STOOD = (
    ("Poems to Say Out Loud", Where.STAND, "Say one out loud", "by the window", 14, 10, 6),
    ("Build It, Break It, Fix It", Where.HERO, "List of the week", "", 52, 7, 3),
    ("Clues and Secret Codes", Where.SCREEN, "Can you solve it?", "", 44, 10, 0),
)
LINKS = {Where.STAND: Medium.SIGN, Where.HERO: Medium.HOME, Where.SCREEN: Medium.SCREEN, Where.SHELF: Medium.HOME}


async def show_and_tell(
    place: Place, lists: Mapping[str, CuratedList], programs: list[Program], have: Mapping[str, Resource], by: Reader
) -> None:
    """Everything of it; before the openings of the school are counted together."""
    rng = Random(f"shown/{place.row.slug}")
    for title, where, kicker, spot, ago, days, more in STOOD:
        starts = place.today - timedelta(days=ago)
        display = await actions.put_on_show(
            what=f"list {lists[title].key}",
            kicker=kicker,
            spot=spot,
            place=where,
            starts=starts,
            ends=starts + timedelta(days=days - 1),
            by=by,
        )
        await _opened(place, lists[title], display, where, days, more, rng)
    await _now(place, lists, programs, by)
    await telling.announce(
        "The library is open at lunch on Fridays until the winter break.",
        Audience.PUBLIC,
        place.today - timedelta(days=2),
        place.today + timedelta(days=12),
        by=by,
    )
    await telling.announce(
        "Please send back class sets before the inventory.",
        Audience.STAFF,
        place.today,
        place.today + timedelta(days=8),
        by=by,
    )
    await telling.talk(
        have["Owl Moon"].key,
        "Hardly anybody says a word in this book, and you hear everything. Read it on a cold night.",
        "https://www.loc.gov/item/webcast-read-aloud",
        by=by,
    )
    starts = place.today - timedelta(days=20)
    await digests.compose("From the library", "What is new this month.", starts, place.today, for_all=False, by=by)
    await _lent(place, by, rng)


async def _now(place: Place, lists: Mapping[str, CuratedList], programs: list[Program], by: Reader) -> None:
    for what, where, kicker, spot, days in (
        (f"list {lists['Things with Wings'].key}", Where.SHELF, "Look out of the window", "", 12),
        (f"program {programs[-1].key}", Where.SHELF, "On now", "", 20),
        (f"list {lists['Laugh until You Hiccup'].key}", Where.STAND, "Read these out loud", "beside the desk", 16),
    ):
        await actions.put_on_show(
            what=what,
            kicker=kicker,
            spot=spot,
            place=where,
            starts=place.today - timedelta(days=3),
            ends=place.today + timedelta(days=days - 4),
            by=by,
        )


@one_transaction
async def _opened(
    place: Place, curated: CuratedList, display: Display, where: Where, days: int, more: int, rng: Random
) -> None:
    """The openings that the display brings, some of them through its links."""
    link = await PromotedLink.get(school_id=place.row.id, display_id=display.id, medium=LINKS[where].value)
    for number in range(days):
        ago = (place.today - display.starts).days - number
        at = moment(place, ago, 13)
        on = place.today - timedelta(days=ago)
        brought = rng.randrange(more, 2 * more + 1) if more else 0
        if brought:
            await Engagement.create(
                school_id=place.row.id,
                on=on,
                at=at,
                kind=Kind.LIST_OPENED,
                list_id=curated.id,
                grade_band=GradeBand.NONE,
                count=brought,
            )
        followed = brought // 2 + rng.randrange(3)
        if followed:
            await PromotedDay.create(school_id=place.row.id, link_id=link.id, on=on, count=followed)


@one_transaction
async def _lent(place: Place, by: Reader, rng: Random) -> None:
    """Last term's loans of what stands on site, month by month."""
    resources = await Resource.filter(school_id=place.row.id, here=True).order_by("id").values_list("id", flat=True)
    first = (place.today - timedelta(days=70)).replace(day=1)
    ends = place.today - timedelta(days=1)
    rows = [(number, rng.choice((0, 0, 1, 1, 2, 3, 5))) for number in resources]
    lent = [(number, loans) for number, loans in rows if loans]
    file = await LoanFile.create(
        school_id=place.row.id,
        by_id=by.id,
        name="circulation since the summer.csv",
        head='["Barcode", "Checkouts", "From", "To"]',
        mapping='{"barcode": 0, "loans": 1, "starts": 2, "ends": 3}',
        state="counted",
        starts=first,
        ends=ends,
        counted=len(lent),
        loans=sum(loans for _, loans in lent),
    )
    await LoanRow.bulk_create(
        [
            LoanRow(
                school_id=place.row.id,
                of_file_id=file.id,
                line=line,
                resource_id=number,
                starts=first,
                ends=ends,
                loans=loans,
            )
            for line, (number, loans) in enumerate(lent, 2)
        ]
    )
