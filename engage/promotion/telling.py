"""What is done to tell: announcements put up and taken down, booktalks given and taken back."""

from collections.abc import Collection
from datetime import date

from tortoise.expressions import F

from engage import dates
from engage.database.transaction import one_transaction
from engage.errors import NotAllowed, NotFound, Refused
from engage.people import audit
from engage.people.models import SchoolClass
from engage.people.once import once
from engage.people.rules import Reader
from engage.programs.message_queries import given_names
from engage.programs.message_rules import names_somebody
from engage.promotion.telling_models import Announcement, AnnouncementClass, Booktalk
from engage.promotion.telling_queries import may_talk, may_tell, resource_to_talk_of
from engage.promotion.telling_rules import Audience, check_announcement, check_talk
from engage.resources.models import Resource
from engage.resources.record import is_web


@one_transaction
async def announce(
    text: str,
    audience: Audience,
    from_on: date,
    until_on: date,
    *,
    rooms: Collection[str] = (),
    no_name: bool = False,
    by: Reader,
    form_key: str = "",
) -> str:
    """Put words on the home page, from a day to a day. Returns the key. Raises NotFound, Refused.

    rooms: the keys of the classes that it is for. no_name: whoever writes says that a name in it is nobody's here.
    """
    if not may_tell(by):
        raise NotFound("announcements")
    said = check_announcement(text, from_on, until_on, dates.today(by.school.zone))
    if audience is not Audience.STAFF and not no_name and names_somebody(said, await given_names(by)):
        raise Refused(
            "A student of the school has a name that stands here. Announcements name nobody.", about="no_name"
        )
    found: list[int] = []
    if audience is Audience.CLASSES:
        of_school = SchoolClass.filter(school_id=by.school.id, key__in=sorted(rooms), ended_on=None)
        found = sorted([number for (number,) in await of_school.values_list("id")])
        if not found:
            raise Refused("Choose at least one class.", about="rooms")
    content = {"text": said, "audience": audience, "from": from_on, "until": until_on, "rooms": found}

    async def put() -> str:
        made = await Announcement.create(
            school_id=by.school.id, audience=audience.value, text=said, from_on=from_on, until_on=until_on, by_id=by.id
        )
        await AnnouncementClass.bulk_create(
            [AnnouncementClass(school_id=by.school.id, announcement_id=made.id, school_class_id=room) for room in found]
        )
        return made.key

    return await once(by, form_key, content, put)


@one_transaction
async def withdraw(key: str, *, by: Reader) -> None:
    """Take an announcement off the home page; once is enough. Raises NotFound, NotAllowed (LST08)."""
    of = Announcement.filter(school_id=by.school.id, key=key)
    if not await of.exists():
        raise NotFound(key)
    if not may_tell(by):
        raise NotAllowed("LST08")
    if await of.filter(withdrawn_at=None).update(withdrawn_at=dates.now()):
        await audit.note("withdrew an announcement", by=by, subject=key)


@one_transaction
async def talk(resource: str, text: str, url: str, *, by: Reader, form_key: str = "") -> str:
    """Say something about a resource. Returns the key. Raises NotFound, Refused."""
    about = await resource_to_talk_of(by, resource)
    said, address = check_talk(text, url.strip(), is_web(url.strip()))

    async def put() -> str:
        made = await Booktalk.create(school_id=by.school.id, resource_id=about.id, text=said, url=address, by_id=by.id)
        await _seen_anew(by.school.id, about.id)
        return made.key

    return await once(by, form_key, {"of": resource, "text": said, "url": address}, put)


@one_transaction
async def take_back(key: str, *, by: Reader) -> str:
    """Take a booktalk back; once is enough. Returns the key of its resource. Raises NotFound."""
    found = Booktalk.filter(school_id=by.school.id, key=key)
    rows = await found.values("resource_id", resource_key="resource__key") if may_talk(by) else []
    if not rows:
        raise NotFound(key)
    if await found.filter(withdrawn_at=None).update(withdrawn_at=dates.now()):
        await _seen_anew(by.school.id, rows[0]["resource_id"])
        await audit.note("took back a booktalk", by=by, subject=key)
    return str(rows[0]["resource_key"])


async def _seen_anew(school_id: int, resource_id: int) -> None:
    """The lists on which the resource stands are made anew (DESIGN.md, section 6)."""
    await Resource.filter(school_id=school_id, id=resource_id).update(version=F("version") + 1)
