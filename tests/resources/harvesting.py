"""Sources, and feeds for them, as tests of the harvest make them."""

from datetime import UTC, datetime

from engage.resources.harvest import hash_of_address
from engage.resources.incoming_models import InboxEntry, Source
from tests import make

NOW = datetime(2026, 11, 13, 12, 0, 0, tzinfo=UTC)
TYPES = {".rss": "application/rss+xml", ".atom": "application/atom+xml", ".json": "application/feed+json"}
ITEM = "<item><title>{0}</title><guid>{1}</guid><link>http://example.com/{1}</link></item>"


def rss(*items: tuple[str, object], ttl: str = "") -> bytes:
    return make.rss(*(ITEM.format(title, guid) for title, guid in items), more=ttl)


async def source(school, url: str, **more: object) -> Source:
    values = {"school_id": school.card.id, "url": url, "url_hash": hash_of_address(url), "next_visit_at": NOW}
    return await Source.create(**{**values, **more})  # type: ignore[arg-type]


async def again(one: Source) -> Source:
    return await Source.get(id=one.id, school_id=one.school_id)


async def titles(one: Source) -> list[str]:
    rows = InboxEntry.filter(source_id=one.id, school_id=one.school_id).order_by("id")
    return list(await rows.values_list("title", flat=True))
