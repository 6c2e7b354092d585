"""What the library tells, and to whom: announcements on the home page and the desk, booktalks of a resource."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.queryset import ValuesQuery

from engage.database.asked import asked_of
from engage.errors import NotFound
from engage.lists.models import ListItem
from engage.people.alike import asked_by
from engage.people.models import SchoolClass
from engage.people.rules import Reader, Scope
from engage.promotion.queries import may_put_on_show
from engage.promotion.telling_models import Announcement, AnnouncementClass, Booktalk
from engage.promotion.telling_rules import MOST_AT_ONCE, Audience
from engage.resources.models import Resource
from engage.resources.queries import resources_for
from engage.resources.rules import ResourceState
from engage.resources.wording import site_of

SHOWN = 60


def _heard_by(reader: Reader) -> Q:
    """The announcements that are for the reader."""
    heard = Q(audience=Audience.PUBLIC)
    if reader.id is None or not reader.roles:
        return heard
    heard |= Q(audience=Audience.SCHOOL)
    if reader.is_staff:
        heard |= Q(audience=Audience.STAFF)
    if reader.is_library:
        return heard | Q(audience=Audience.CLASSES)
    if rooms := reader.class_ids | reader.taught_ids:
        theirs = AnnouncementClass.filter(school_id=reader.school.id, school_class_id__in=sorted(rooms))
        heard |= Q(audience=Audience.CLASSES, id__in=Subquery(theirs.values("announcement_id")))
    return heard


async def announcements_for(reader: Reader, today: date, most: int = MOST_AT_ONCE) -> list[dict[str, Any]]:
    """What the library says to the reader today, the newest first: key and text."""

    def make(asker: Reader) -> ValuesQuery[Any]:
        on = {"withdrawn_at": None, "from_on__lte": today, "until_on__gte": today}
        rows = Announcement.filter(_heard_by(asker), school_id=asker.school.id, **on)
        return rows.order_by("-from_on", "-id").limit(most).values("key", "text")

    return await asked_by(reader, ("announcements", today, most), make)


async def announcements(reader: Reader) -> list[dict[str, Any]]:
    """All announcements of the school, the newest first: key text audience from_on until_on withdrawn_at by."""
    rows = Announcement.filter(school_id=reader.school.id).order_by("-from_on", "-id").limit(SHOWN)
    return await rows.values("key", "text", "audience", "from_on", "until_on", "withdrawn_at", by="by__name")


async def rooms_to_tell(reader: Reader) -> list[tuple[str, str]]:
    """The school classes that an announcement can be for, as pairs of key and name."""
    rows = SchoolClass.filter(school_id=reader.school.id, ended_on=None).order_by("name", "id")
    return [(key, name) for key, name in await rows.values_list("key", "name")]


def may_tell(reader: Reader) -> bool:
    """Whether the reader speaks for the library (as who decides what is on show)."""
    return may_put_on_show(reader)


def may_talk(reader: Reader) -> bool:
    """Whether the reader may say something about a resource: who changes the catalogue (FED05)."""
    return reader.id is not None and reader.may("FED05", Scope.SCHOOL)


TALK = ("key", "text", "url", "resource_id")


async def booktalks_of(reader: Reader, resources: Sequence[int]) -> list[dict[str, Any]]:
    """What was said about some resources: TALK, by, site ("" for words)."""
    rows = Booktalk.filter(school_id=reader.school.id, resource_id__in=list(resources), withdrawn_at=None)
    found = await rows.order_by("id").limit(SHOWN).values(*TALK, by="by__name")
    return [{**row, "site": site_of(row["url"], "") if row["url"] else ""} for row in found]


# whether booktalks_on() gives anything at all, beside the row of a list; a school without any is not looked through
TALKED_ON = """(EXISTS (SELECT 1 FROM booktalk b WHERE b.school_id = "curated_list"."school_id")
 AND EXISTS (SELECT 1 FROM booktalk b WHERE b.school_id = "curated_list"."school_id"
 AND b.withdrawn_at IS NULL AND b.resource_id IN (SELECT i.resource_id FROM list_item i
 WHERE i.school_id = "curated_list"."school_id" AND i.curated_id = "curated_list"."id")))"""


async def booktalks_on(school_id: int, curated_id: int) -> list[dict[str, Any]]:
    """What was said about the things on a list, in its order: key text site by resource_key title mode.

    One statement where nothing was said.
    """
    rows = await asked_of(("booktalks on a list", school_id), partial(_talks_on, school_id), curated_id)
    if rows:
        listed = ListItem.filter(school_id=school_id, curated_id=curated_id)
        places = dict(await listed.values_list("resource_id", "position"))
        rows.sort(key=lambda row: places.get(row["resource_id"], 0))
    return [{**row, "site": site_of(row["url"], "") if row["url"] else ""} for row in rows]


def _talks_on(school_id: int, curated_id: int) -> ValuesQuery[Any]:
    listed = ListItem.filter(school_id=school_id, curated_id=curated_id).values("resource_id")
    rows = Booktalk.filter(
        school_id=school_id,
        withdrawn_at=None,
        resource__state=ResourceState.OFFERED,
        resource_id__in=Subquery(listed),
    )
    about = {"resource_key": "resource__key", "title": "resource__title", "mode": "resource__mode"}
    return rows.order_by("id").limit(SHOWN).values(*TALK, by="by__name", **about)


async def booktalk_for(reader: Reader, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """One booktalk with an address, and the resource that it is about. Raises NotFound."""
    found = await Booktalk.filter(school_id=reader.school.id, key=key, withdrawn_at=None).limit(1).values(*TALK)
    if not found or not found[0]["url"]:
        raise NotFound(key)
    columns = ("id", "key", "title", "creators", "mode", "picture")
    about = await resources_for(reader).filter(id=found[0]["resource_id"]).limit(1).values(*columns)
    if not about:
        raise NotFound(key)
    return {**found[0], "site": site_of(found[0]["url"], "")}, about[0]


async def resource_to_talk_of(reader: Reader, key: str) -> Resource:
    """A resource that the reader may say something about. Raises NotFound."""
    found = await resources_for(reader).get_or_none(key=key) if may_talk(reader) else None
    if found is None:
        raise NotFound(key)
    return found
