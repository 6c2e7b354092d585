"""A catalog that came as a file: what it lists waits in the inbox, its address is kept, and nothing is visited."""

import pytest

from engage import dates
from engage.database.job_model import Job
from engage.errors import Refused
from engage.outside.cage import the_cage
from engage.people.models import AuditEntry
from engage.resources import catalog_file, sources, suggested
from engage.resources.harvest import hash_of_address
from engage.resources.incoming_models import InboxEntry, Source
from engage.resources.rules import SourceState
from feeds import Feed, Unreadable
from tests import make
from tests.data import shared


async def bring(school, name: str, body: bytes) -> catalog_file.Brought:
    return await catalog_file.bring(school.card.id, name, body, the_cage(), frozenset(), dates.now())


async def test_a_catalog_of_each_kind_waits_in_the_inbox_and_its_source_is_paused(school):
    for folder, name, kind, address in (
        ("opds1", "circulation__biblioboard_mini_feed.opds", "opds1", "https://catalog.biblioboard.com/opds/"),
        ("opds2", "circulation__odl_feed.json", "opds2", "https://market.feedbooks.com/api/libraries/harvest.json"),
    ):
        told = await bring(school, name, (shared(folder) / name).read_bytes())
        assert told.new == told.entries > 2
        made = await Source.get(school_id=school.card.id, key=told.key)
        assert (made.state, made.kind) == (SourceState.PAUSED, kind)
        assert made.url.startswith(address)
        assert await InboxEntry.filter(school_id=school.card.id, source_id=made.id).count() == told.new
    assert await Job.filter(name="harvest").count() == 0
    assert await AuditEntry.filter(school_id=school.card.id, act="read catalog").count() == 2


async def test_the_same_file_again_brings_nothing_new(school):
    body = (shared("opds1") / "circulation__biblioboard_mini_feed.opds").read_bytes()
    first = await bring(school, "mini.opds", body)
    again = await bring(school, "other name.opds", body)
    assert (again.key, again.entries, again.new) == (first.key, first.entries, 0)


async def test_a_catalog_without_an_address_of_its_own_is_visited_only_once_it_has_one(school, ada):
    # its own address is one of a machine, with a port that is not visited
    told = await bring(school, "server.opds", (shared("opds1") / "circulation__content_server.opds").read_bytes())
    assert told.more
    made = await Source.get(school_id=school.card.id, key=told.key)
    assert made.url == "file:server.opds"
    with pytest.raises(Refused, match="Write the address"):
        await sources.go_on(told.key, by=ada)
    assert await suggested.subscriptions(ada) == []
    await sources.change_source(
        told.key, "https://c.example/opds", sources.Decided("C", 60), by=ada, allowed=frozenset()
    )
    await sources.go_on(told.key, by=ada)
    assert (await Source.get(school_id=school.card.id, key=told.key)).state is SourceState.ACTIVE


async def test_a_source_that_is_visited_stays_so_and_its_visit_under_way_writes_nothing(school):
    url = "https://catalog.biblioboard.com/opds/content-type/epub/0"
    before = await make.source("Ours", url=url, url_hash=hash_of_address(url), etag='"v"', body_hash="x")
    told = await bring(school, "m.opds", (shared("opds1") / "circulation__biblioboard_mini_feed.opds").read_bytes())
    after = await Source.get(school_id=school.card.id, id=before.id)
    assert (told.key, after.state, after.title, after.fence) == (before.key, SourceState.ACTIVE, "Ours", 1)
    # the next visit reads what stands there whole
    assert (after.etag, after.body_hash) == ("", "")


async def test_what_is_no_catalog_is_told(school):
    with pytest.raises(Unreadable):
        await bring(school, "licence.json", (shared("opds2") / "circulation__odl_info_ul-book.json").read_bytes())
    assert await Source.filter(school_id=school.card.id).count() == 0


@pytest.mark.parametrize("given", [None, "http://127.0.0.1/", "https://a.example:8000/", "nonsense"])
def test_an_address_that_is_not_visited_is_not_believed(given):
    assert catalog_file.where_it_stands(Feed(feed_url=given), "a.opds", frozenset()) == "file:a.opds"
