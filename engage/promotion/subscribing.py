"""All lists at once for those who subscribe: the feeds of the public ones (OPML), and what is shown when (iCalendar).

Sources: STANDARDS.md, 2.6 and 5.3.
"""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.lists.exchange_form import urn
from engage.lists.rules import ListKind
from engage.people.rules import Reader
from engage.promotion.catalogue_queries import catalogue, dated
from engage.promotion.catalogues import KIND_WORDS
from engage.promotion.outgoing import shared
from engage.promotion.queries import displays_for
from engage.web.cache import answer
from engage.web.calendars import CALENDAR, Dated, calendar_of
from engage.web.render import whole
from engage.web.routing import path_for
from feeds.opml import Subscription, write_opml

OPML = "text/x-opml; charset=utf-8"
LOOKS_BACK = timedelta(days=366)
DISPLAYS = 300


async def lists_opml(request: Request) -> Response:
    """The feeds of all lists that everybody may see. A feed reader cannot sign in, so others would be dead ends."""
    school = request.user.school
    rows = await catalogue(Reader(school))
    newest = Subscription(
        whole(request, path_for(request, "promotion.lists_rss")),
        f"New lists of {school.name}",
        whole(request, path_for(request, "lists.index")),
    )
    each = [
        Subscription(
            whole(request, path_for(request, "promotion.list_rss", slug=row["slug"])),
            row["title"],
            whole(request, path_for(request, "lists.show", slug=row["slug"])),
            KIND_WORDS[ListKind(row["kind"])],
        )
        for row in rows
    ]
    body = write_opml(f"Lists of {school.name}", [newest, *each])
    return shared(request, answer(request, body, OPML, Content_Disposition='inline; filename="lists.opml"'))


async def lists_ics(request: Request) -> Response:
    """What is on show and from which day to which, and the lists that leave again; all events last whole days."""
    school = request.user.school
    events = [*await displays_as_events(request), *await lists_as_events(request)]
    body = calendar_of(f"On show at {school.name}", "Lists", school.zone, events)
    return shared(request, answer(request, body, CALENDAR))


async def displays_as_events(request: Request) -> list[Dated]:
    """What is put on show, of which the reader may see the thing itself."""
    from_day = dates.today(request.user.school.zone) - LOOKS_BACK
    rows = displays_for(request.user).filter(ends__gte=from_day).order_by("starts", "id").limit(DISPLAYS)
    found = await rows.values(
        *("key", "kicker", "starts", "ends", "made_at"),
        list="curated__title",
        list_slug="curated__slug",
        program="program__title",
        program_slug="program__slug",
    )
    events = []
    for row in found:
        if row["list"] is not None:
            title, path = row["list"], path_for(request, "lists.show", slug=row["list_slug"])
        else:
            title, path = row["program"], path_for(request, "programs.show", slug=row["program_slug"])
        days = (row["starts"], row["ends"], row["made_at"])
        events.append(Dated(urn("display", row["key"]), title, whole(request, path), *days, words=row["kicker"]))
    return events


async def lists_as_events(request: Request) -> list[Dated]:
    """The lists that leave again, from the day of their publication to their last."""
    zone = request.user.school.zone
    from_day = dates.today(zone) - LOOKS_BACK
    events = []
    for row in await dated(request.user):
        last = dates.on(row["publish_until"], zone)
        first = min(dates.on(row["published_at"] or row["changed_at"], zone), last)
        if last >= from_day:
            url = whole(request, path_for(request, "lists.show", slug=row["slug"]))
            days = (first, last, row["changed_at"], row["introduction"], row["version"])
            events.append(Dated(urn("list", row["key"]), row["title"], url, *days))
    return events
