"""The library of the demo: the catalogue, the lists, what was imported, the sources and the inbox."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from engage import dates
from engage.database.transaction import one_transaction
from engage.demo import books
from engage.demo.people import Place
from engage.demo.shelves import Shelf, shelves
from engage.engagement.diary import record as tell
from engage.engagement.models import Engagement
from engage.engagement.rules import Kind, Mode
from engage.lists import actions, editing, from_inbox, sections
from engage.lists.models import CuratedList, ListItem
from engage.lists.rules import Visibility
from engage.people.rules import Reader
from engage.resources.incoming_models import Import, ImportRow, InboxEntry, Source, Visit
from engage.resources.keeping import keep_resource, note_stock
from engage.resources.link_checking import note
from engage.resources.link_rules import Standing
from engage.resources.models import Holding, Link, Resource
from engage.resources.record import CatalogueRecord
from engage.resources.rules import ImportState, LinkState, Outcome
from engage.resources.sorting import harvest_of
from feeds import Entry, Feed

AT_ONCE = 12
LINK = ("url", "state", "access", "failures", "found", "moved_to", "fingerprint")
FOUND = {
    1: (LinkState.CHANGED, "The page has another title than when we first saw it."),
    4: (LinkState.SIGN_IN, "It leads to a page for signing in."),
}


def moment(place: Place, days_ago: int, hour: int = 15) -> datetime:
    """An hour of a day some days ago, by the school's clock, and never one to come."""
    day = place.today - timedelta(days=days_ago)
    at = datetime.combine(day, time(hour), ZoneInfo(place.row.zone))
    return min(at, dates.now())


async def fill_catalogue(place: Place) -> dict[str, Resource]:
    """Everything the school has, by title; the second school has what its own lists need, and some more."""
    known = books.catalogue()
    if place.row.slug != "alder-creek":
        named = {title for shelf in shelves(place.row.slug).values() for title in shelf.titles}
        known = [one for n, one in enumerate(known) if one[0].title in named or n % 4 == 0]
    have: dict[str, Resource] = {}
    for start in range(0, len(known), AT_ONCE):
        have |= await _keep(place, known[start : start + AT_ONCE])
    return have


@one_transaction
async def _keep(place: Place, some: list[tuple[CatalogueRecord, int | None]]) -> dict[str, Resource]:
    kept = {}
    for record, free in some:
        kept[record.title] = resource = await keep_resource(place.row.id, record)
        if free is not None:
            await Holding.filter(school_id=place.row.id, resource_id=resource.id).update(available=free)
            await note_stock(place.row.id, [resource.id])
    return kept


async def look_at_links(place: Place) -> None:
    """The nightly look at the links, as it was some nights ago: all are well but two."""
    links = await Link.filter(school_id=place.row.id).order_by("id").values("id", *LINK)
    for number, row in enumerate(links):
        before = Standing(**{name: row[name] for name in LINK})
        state, found = FOUND.get(number, (LinkState.ALIVE, "It works."))
        after = replace(before, state=state, found=found)
        await note(row["id"], place.row.id, before, after, moment(place, 3 + number % 9, 2))


async def make_lists(place: Place, have: dict[str, Resource]) -> dict[str, CuratedList]:
    """The lists, each started, filled, printed and published as a specialist would, some time ago."""
    return {title: await _make_list(place, shelf, have) for title, shelf in shelves(place.row.slug).items()}


async def _make_list(place: Place, shelf: Shelf, have: dict[str, Resource]) -> CuratedList:
    by = place.staff[shelf.by]
    curated = await actions.start_list(title=shelf.title, introduction=shelf.introduction, by=by)
    for part in shelf.parts:
        section = ""
        if part.heading:
            section = await sections.add_section(curated.key, title=part.heading, note=part.line, by=by)
        for title in part.titles:
            thing = have[title]
            await editing.add_item(curated.key, thing.key, section=section, annotation=thing.summary, by=by)
    await _say_where_to_start(curated, by)
    await actions.change_poster(curated.key, ink=shelf.ink, scene=shelf.scene, by=by)
    await actions.publish(curated.key, visibility=Visibility(shelf.visibility), by=by)
    await _some_time_ago(place, curated, shelf)
    return await CuratedList.get(school_id=place.row.id, id=curated.id)


async def _say_where_to_start(curated: CuratedList, by: Reader) -> None:
    """The first item, and one from the middle of the list."""
    items = ListItem.filter(school_id=by.school.id, curated_id=curated.id).order_by("position")
    keys = [key for (key,) in await items.values_list("key")]
    for key in dict.fromkeys((keys[0], keys[len(keys) // 2])):
        await editing.mark_start(curated.key, key, start_here=True, by=by)


@one_transaction
async def _some_time_ago(place: Place, curated: CuratedList, shelf: Shelf) -> None:
    at = moment(place, shelf.days, 10)
    rows = CuratedList.filter(school_id=place.row.id, id=curated.id)
    await rows.update(published_at=at, made_at=at, changed_at=at, grade_low=shelf.low, grade_high=shelf.high)
    told = Engagement.filter(school_id=place.row.id, kind=Kind.LIST_PUBLISHED, list_id=curated.id)
    await told.update(on=dates.on(at, place.row.zone), at=at)


async def start_draft(place: Place, have: dict[str, Resource]) -> None:
    """A list that is not finished."""
    by = place.staff["okafor"]
    draft = await actions.start_list(title="Snow Days", introduction="", by=by)
    for title in ("The Snowy Day", "Owl Moon", "Mr. Popper's Penguins"):
        await editing.add_item(draft.key, have[title].key, annotation=have[title].summary, by=by)


@one_transaction
async def note_import(place: Place, have: dict[str, Resource]) -> None:
    """The import that brought the books, with its report."""
    at = moment(place, 88, 9)
    things = [thing for thing in have.values() if thing.here]
    made = await Import.create(
        school_id=place.row.id,
        by_id=next(iter(place.staff.values())).id,
        kind="marc",
        name="all-books-of-the-library.mrc",
        state=ImportState.DONE,
        records=len(things),
        done=len(things),
        added=len(things),
        started_at=at,
        ended_at=at + timedelta(seconds=4),
    )
    await Import.filter(school_id=place.row.id, id=made.id).update(made_at=at)
    await ImportRow.bulk_create(
        [
            ImportRow(
                school_id=place.row.id,
                of_import_id=made.id,
                number=number,
                outcome=Outcome.ADDED,
                title=thing.title,
                line=thing.creators,
                resource_id=thing.id,
            )
            for number, thing in enumerate(things, 1)
        ]
    )


# name, feed, site, mode, entries as title and a sentence
SOURCES = (
    (
        "LibriVox new releases",
        "https://librivox.org/rss/latest_releases",
        "https://librivox.org/",
        Mode.LISTENING,
        (
            ("A Little Princess", "Sara Crewe loses everything but her manners. Read by volunteers."),
            ("The Story of Doctor Dolittle", "He learns the languages of animals from his parrot."),
            ("Five Children and It", "The sand fairy grants one wish a day, and it never goes well."),
            ("The Tale of Peter Rabbit", "Five minutes in Mr. McGregor's garden."),
            ("Aesop's Fables", "Very short, one for each bus stop."),
        ),
    ),
    (
        "NASA Image of the Day",
        "https://www.nasa.gov/feeds/iotd-feed/",
        "https://www.nasa.gov/",
        Mode.VIEWING,
        (
            ("Earthrise", "Our planet comes up over the moon, as Apollo 8 saw it in December 1968."),
            ("The Blue Marble", "The whole Earth, lit from behind the camera. Taken on the way to the moon in 1972."),
            ("Pale Blue Dot", "Voyager 1 looked back. We are the dot."),
            ("Pillars of Creation", "Towers of gas in which stars begin."),
        ),
    ),
    (
        "Project Gutenberg, new books",
        "https://www.gutenberg.org/cache/epub/feeds/today.rss",
        "https://www.gutenberg.org/",
        Mode.READING,
        (
            ("The Blue Fairy Book", "Andrew Lang put them together in 1889. Begin with the one you know."),
            ("The Enchanted Castle", "A ring that makes you invisible, and will not come off."),
            ("At the Back of the North Wind", "A boy called Diamond rides with the wind."),
        ),
    ),
)


async def subscribe(place: Place, by: Reader) -> None:
    """The sources and what waits from them; two things were decided on already."""
    for number, (name, feed, site, mode, entries) in enumerate(SOURCES):
        await _source(place, number, name, feed, site, mode, entries, by)
    waiting = InboxEntry.filter(school_id=place.row.id)
    keys = dict(await waiting.values_list("title", "key"))
    await from_inbox.promote({keys["Earthrise"]: "The picture that showed us home."}, "", by)
    await from_inbox.ignore([keys["At the Back of the North Wind"]], "Too long to begin with.", by)


@one_transaction
async def _source(
    place: Place,
    number: int,
    name: str,
    feed: str,
    site: str,
    mode: Mode,
    entries: tuple[tuple[str, str], ...],
    by: Reader,
) -> None:
    at = dates.now()
    visited = at - timedelta(hours=2 + number)
    source = await Source.create(
        school_id=place.row.id,
        by_id=by.id,
        url=feed,
        url_hash=sha256(feed.encode()).hexdigest(),
        title=name,
        site=site,
        mode=mode,
        # once a day, so that a demo that is looked at for an hour or two asks no site for anything
        minutes_between=1440,
        next_visit_at=visited + timedelta(days=1),
        last_visit_at=visited,
        last_good_at=visited,
    )
    # as the visit that brought them would have told it
    on = dates.on(visited, by.school.zone)
    await tell(Kind.SOURCE_HARVESTED, by=Reader(by.school), on=on, count=len(entries))
    said = Feed(
        title=name,
        site_url=site,
        entries=tuple(
            Entry(
                guid=f"{site}#{place_in}",
                title=title,
                url=f"{site}#{place_in}",
                summary_html=f"<p>{sentence}</p>",
                published_at=at - timedelta(days=place_in, hours=number * 5 + 3),
            )
            for place_in, (title, sentence) in enumerate(entries)
        ),
    )
    await InboxEntry.bulk_create(
        [
            InboxEntry(school_id=place.row.id, source_id=source.id, **found.columns, seen_at=at)
            for found in harvest_of(said, at, mode, source.key)
        ]
    )
    await Visit.create(
        school_id=place.row.id,
        source_id=source.id,
        at=source.last_visit_at,
        good=True,
        sentence=f"{len(entries)} new",
        new=len(entries),
    )
