"""Every real, podcast, video, ugly and hostile feed that we were given, harvested twice from a loopback server."""

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engage.outside.fetch import Door
from engage.resources.harvest import harvest_due, hash_of_address
from engage.resources.incoming_models import InboxEntry, Source, Visit
from tests import data
from tests.faults.hostile import hostile

NOW = datetime(2026, 11, 13, 12, 0, 0, tzinfo=UTC)
TYPES = {".rss": "application/rss+xml", ".atom": "application/atom+xml", ".json": "application/feed+json"}
FOLDERS = ("feeds-real", "feeds-podcast", "feeds-video", "feeds-ugly", "hostile-xml", "hostile-html-in-feeds")
COUNTED = re.compile(r"(\d+) (?:entries|items)$")

# where we count otherwise than the manifest: what we keep (None: it cannot be read), and why
OTHERWISE: dict[str, tuple[int | None, str]] = {
    "NetNewsWire__scriptingNews.rss": (48, "two posts have the guid and the address of another; the newer stays"),
    "feed-rs__xml_sample_1.xml": (None, "a catalogue of books in XML, no feed; the manifest's 0 says the same"),
}

# no feeds: the expected values of another program's tests stand beside its feeds
EXPECTED_VALUES = "expected parse"


def files(folder: str) -> list[Path]:
    """The files of a folder that are feeds."""
    counted = data.counted()
    paths = sorted(data.shared(folder).iterdir())
    return [each for each in paths if not counted[f"{folder}/{each.name}"].startswith(EXPECTED_VALUES)]


@pytest.mark.parametrize("folder", FOLDERS)
async def test_each_file_is_harvested_without_harm_and_a_second_harvest_adds_nothing(school, cage, folder):
    paths = files(folder)
    async with hostile() as server:
        by_id: dict[int, str] = {}
        for path in paths:
            server.extra[f"/{path.name}"] = TYPES.get(path.suffix, "application/xml"), path.read_bytes()
            url = f"{server.base}/{path.name}"
            made = await Source.create(
                school_id=school.card.id, url=url, url_hash=hash_of_address(url), next_visit_at=NOW
            )
            by_id[made.id] = path.name
        door = Door(server.pairs)
        started = time.monotonic()
        found = await harvest_due(door, cage, NOW)
        assert time.monotonic() - started < 120
        assert len(server.seen) == len(paths)

        kept: dict[str, int | None] = {}
        for number, name in by_id.items():
            visit = await Visit.filter(school_id=school.card.id, source_id=number).get()
            assert visit.sentence.endswith(".")
            assert visit.code in CODES
            rows = InboxEntry.filter(school_id=school.card.id, source_id=number)
            kept[name] = await rows.count() if visit.good else None
        assert found == sum(number or 0 for number in kept.values())
        assert await InboxEntry.filter(school_id=school.card.id).count() == found

        # once more by the same bytes, and once more read afresh, as if everything had been forgotten
        mine = Source.filter(school_id=school.card.id)
        for hour in (48, 96):
            assert await harvest_due(door, cage, NOW + timedelta(hours=hour)) == 0
            await mine.update(body_hash="", etag="", last_modified="")
        assert await InboxEntry.filter(school_id=school.card.id).count() == found
        assert not await Visit.filter(school_id=school.card.id, changed__gt=0).exists()
    assert {name: why for name, why in differences(folder, kept).items() if name not in OTHERWISE} == {}
    assert {name: kept[name] for name in kept if name in OTHERWISE} == {
        name: OTHERWISE[name][0] for name in kept if name in OTHERWISE
    }


def differences(folder: str, kept: dict[str, int | None]) -> dict[str, str]:
    """Where the number that waits in the inbox is not the one that the manifest states for a well-formed file."""
    found: dict[str, str] = {}
    for name, number in kept.items():
        counted = COUNTED.match(data.counted()[f"{folder}/{name}"])
        if counted and number != int(counted[1]):
            found[name] = f"{number}, and the manifest counts {counted[1]}"
    return found


CODES = {
    "",
    "empty",
    "compressed",
    "too-large",
    "web-page",
    "not-a-feed",
    "entities",
    "too-many-attributes",
    "too-deep",
    "too-long-text",
    "json-broken",
    "broken",
}
