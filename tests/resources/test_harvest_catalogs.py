"""A catalog of e-books is harvested page by page, and its books wait with all that it says of them."""

import json
from datetime import UTC, datetime

from engage.engagement.rules import Mode
from engage.outside.fetch import Door
from engage.resources.harvest import harvest_due
from engage.resources.incoming_models import InboxEntry, Source, Visit
from engage.resources.rules import Format
from tests import make
from tests.data import shared

NOW = datetime(2026, 11, 13, 12, 0, 0, tzinfo=UTC)
OPDS1, OPDS2 = "application/atom+xml;profile=opds-catalog;kind=acquisition", "application/opds+json"


def page(next_page: str, *numbers: int) -> tuple[str, bytes]:
    books = "".join(
        f"<entry><id>urn:{number}</id><title>Book {number}</title><updated>2026-01-01T00:00:00Z</updated>"
        f'<link rel="http://opds-spec.org/acquisition/open-access" type="application/epub+zip" href="/{number}.epub"/>'
        "</entry>"
        for number in numbers
    )
    link = f'<link rel="next" type="{OPDS1}" href="{next_page}"/>' if next_page else ""
    head = f'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:c</id><title>Books</title>{link}'
    return OPDS1, f"{head}{books}</feed>".encode()


async def harvested(server, cage, path: str) -> tuple[list[str], str]:
    """The titles that wait, and what the last visit said."""
    source = await make.source(path, url=server.base + path, next_visit_at=NOW)
    await harvest_due(Door(server.pairs), cage, NOW)
    mine = {"source_id": source.id, "school_id": source.school_id}
    said = await Visit.filter(**mine).order_by("-id").first()
    assert said is not None
    return list(await InboxEntry.filter(**mine).order_by("id").values_list("title", flat=True)), said.sentence


async def test_all_pages_of_a_catalog_are_one_visit(ada, server, cage):
    server.extra |= {"/1": page("/2", 1, 2), "/2": page("/3", 3), "/3": page("", 4)}
    titles, said = await harvested(server, cage, "/1")
    assert (titles, said) == (["Book 1", "Book 2", "Book 3", "Book 4"], "4 new.")


async def test_pages_that_lead_back_end_the_visit(ada, server, cage):
    server.extra |= {"/1": page("/2", 1), "/2": page("/1", 2)}
    titles, said = await harvested(server, cage, "/1")
    assert (titles, said) == (["Book 1", "Book 2"], "2 new.")
    assert [request.path for request in server.seen].count("/1") == 1


async def test_a_page_on_another_site_is_not_followed_and_the_specialist_is_told(ada, server, cage):
    server.extra |= {"/1": page("https://elsewhere.example/2", 1)}
    titles, said = await harvested(server, cage, "/1")
    assert titles == ["Book 1"]
    assert "another site" in said


async def test_books_wait_with_all_that_a_real_catalog_says_of_them(ada, server, cage):
    server.extra |= {
        "/one": (OPDS1, shared("opds1/circulation__content_server_mini.opds").read_bytes().replace(b'rel="next"', b"")),
        "/two": (OPDS2, shared("opds2/circulation__opds2_feed.json").read_bytes()),
    }
    titles, _ = await harvested(server, cage, "/one")
    assert titles == ["The Green Mouse", "Johnny Crow's Party"]
    titles, _ = await harvested(server, cage, "/two")
    assert titles == ["Moby-Dick", "Adventures of Huckleberry Finn", "The Politics of Postmodernism"]
    rows = {row.title: row for row in await InboxEntry.filter(school_id=ada.school.id)}
    mouse, moby, finn = (rows[title] for title in ("The Green Mouse", "Moby-Dick", "Adventures of Huckleberry Finn"))
    assert (mouse.creator, mouse.publisher, mouse.language) == ("Robert W. Chambers", "Project Gutenberg", "en")
    assert mouse.subjects.split("; ")[:2] == ["Courtship -- Fiction", "New York (N.Y.) -- Fiction"]
    assert (moby.isbn, moby.year, moby.mode, moby.format) == (
        "9783161484100",
        2015,
        Mode.LISTENING,
        Format.AUDIOBOOK,
    )
    assert (finn.format, finn.language) == (Format.EBOOK, "en")
    assert finn.access == "To borrow with an account; locked with Adobe DRM or LCP"
    kinds = await Source.filter(school_id=ada.school.id).order_by("id").values_list("kind", flat=True)
    assert kinds == ["opds1", "opds2"]


async def test_the_front_page_of_a_catalog_is_no_shelf_and_says_so(ada, server, cage):
    shelf = {"href": "/new.json", "title": "New", "type": OPDS2}
    server.extra["/front"] = OPDS2, json.dumps({"metadata": {"title": "B"}, "navigation": [shelf]}).encode()
    titles, said = await harvested(server, cage, "/front")
    assert (titles, said) == ([], "This is the front page of a catalog, not one of its shelves.")
