"""Lists that libraries give each other, for tests: made, adopted, and followed."""

import json
from datetime import timedelta
from typing import Any

from engage import dates
from engage.lists import origin_changes
from engage.lists.exchange_looking import Outlook, Seen, look_at
from engage.lists.models import CuratedList, ListItem
from engage.lists.rules import Visibility
from engage.people.models import School
from engage.resources.models import Resource
from engage.resources.record import Term
from feeds.shared_list import IN_JSON, SharedList, of_item, of_list
from tests import make
from tests.school import TestSchool

BASE = "https://engage.test"
ISBN = "9780306406157"


async def at_roosevelt(school: TestSchool) -> CuratedList:
    """A public list of three books, of which Lincoln has one by number, one by title, and one not at all."""
    things = [
        await make.resource("Whales", "Ann Holm", school="roosevelt", identifiers=(("isbn", ISBN),)),
        await make.resource("Squid", "Bo Li", school="roosevelt"),
        await make.resource(
            "Deep Water", "Ida Falk", school="roosevelt", subjects=(Term("Ocean"),), url="https://deep.example/"
        ),
    ]
    return await make.curated_list(
        school.rosa,
        "Sea stories",
        things,
        parts=("Near", "Far"),
        published=True,
        visibility=Visibility.PUBLIC,
        offered=True,
    )


async def books_of_lincoln() -> dict[str, Resource]:
    return {
        "whales": await make.resource("Whales: a life", "A. Holm", identifiers=(("isbn", ISBN),)),
        "squid": await make.resource("Squid", "Bo Li"),
        "other": await make.resource("Calm Water", "Ida Falk"),
        "ocean": await make.resource("All Oceans", "Zoe Berg", subjects=(Term("Ocean"),)),
    }


async def titles_of(key: str) -> list[str]:
    rows = ListItem.filter(school_id=(await School.get(slug="lincoln")).id, curated__key=key).order_by("position")
    return [title for (title,) in await rows.values_list("resource__title")]


async def look_here(outlook: Outlook) -> Seen:
    return await look_at(f"{BASE}/roosevelt/lists/sea-stories", outlook)


async def follow(school: TestSchool, outlook: Outlook, days: int = 2) -> int:
    """The daily look, some days from now."""
    return await origin_changes.look_at_due(outlook, dates.now() + timedelta(days=days))


def feed(shared: SharedList, **more: Any) -> tuple[str, bytes]:
    """A list as another installation gives it."""
    items = [
        {"id": item.guid, "title": item.title, "content_html": "", IN_JSON: of_item(item)} for item in shared.items
    ]
    top = {"version": "https://jsonfeed.org/version/1.1", "title": shared.title, IN_JSON: of_list(shared), **more}
    return "application/feed+json", json.dumps({**top, "items": items}).encode()
