"""What tests ask of entries of the inbox, and of what became of them."""

from engage.lists.models import CuratedList, ListItem
from engage.people.models import School
from engage.resources.incoming_models import InboxEntry
from engage.resources.models import Resource
from engage.resources.rules import EntryState, Format
from feeds import Attachment, Author
from tests import make

SOUND = {
    "attachments": (Attachment("https://example.com/bats.mp3", "audio/mpeg"),),
    "duration_seconds": 31 * 60,
    "authors": (Author("Molly Bloom"),),
    "summary_html": "<p>Echoes, ears and a visit to a bat cave.</p>",
    "language": "en",
}


async def row(entry: InboxEntry) -> InboxEntry:
    return await InboxEntry.get(id=entry.id, school_id=entry.school_id)


async def resource(entry: InboxEntry) -> Resource:
    return await Resource.get(id=(await row(entry)).resource_id, school_id=entry.school_id)


async def items(curated: CuratedList) -> list[tuple[str, str]]:
    rows = ListItem.filter(school_id=curated.school_id, curated_id=curated.id).order_by("position")
    return list(await rows.values_list("resource__title", "annotation"))


async def catalogued(school: School, **facts: object) -> InboxEntry:
    """An entry as a catalog of books brings it, from a source with rules."""
    source = await make.source("Open Books", audience_low=3, audience_high=5, language="en")
    entry = await make.inbox_entry(source, "The Secret Garden", authors=(Author("Frances Hodgson Burnett"),))
    said = {"isbn": "9780142437056", "publisher": "Penguin", "subjects": "Gardens; Orphans", "series": "Classics"}
    said |= {"year": 1911, "format": Format.EBOOK, "picture": "https://books.example/garden.jpg"}
    await InboxEntry.filter(id=entry.id, school_id=entry.school_id).update(**said, **facts)
    return entry


async def filled(number: int) -> list[InboxEntry]:
    source = await make.source()
    return [await make.inbox_entry(source, f"Story {each}") for each in range(number)]


async def count(state: EntryState, school_id: int = 1) -> int:
    return await InboxEntry.filter(school_id=school_id, state=state).count()


def undo_of(page: str) -> str:
    """The query of the undo that the page offers."""
    return page.partition('action="/lincoln/curate/inbox/undo')[2].partition('"')[0].replace("&amp;", "&")
