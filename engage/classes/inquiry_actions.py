"""What students do with inquiries of their own: begin, change, order, hand in; and their teacher: open, answer.

Nothing that a student types is fetched: an address is kept as words (SAFETY.md, P7).
"""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from tortoise.expressions import Q

from engage import dates
from engage.classes import inquiry_rules as rules
from engage.classes.inquiry_models import Inquiry, InquirySource
from engage.classes.inquiry_queries import class_of, groups_joined, inquires, own_inquiries, trail_for, written_of
from engage.classes.unit_rules import merged
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.lists.models import ListItem
from engage.lists.order import shifted
from engage.lists.queries import published_for
from engage.lists.together import one_form
from engage.people import audit
from engage.people.once import once
from engage.people.retention_rules import Over
from engage.people.rules import Reader, Scope
from engage.resources.record import is_web
from engage.resources.rules import ResourceState

Both = Collection[str]
# a statement takes so many ids: at the end of a year the inquiries of a whole school go in one night
MOST_FORGOTTEN = 10_000


@one_transaction
async def begin(
    question: str, slug: str, group: str, things: Collection[str] | None = None, *, by: Reader, form_key: str = ""
) -> str:
    """Begin an inquiry of one's own, or of a group; returns its key.

    slug: of the published list whose things it begins with, "" for none. group: the key of one that the student is in.
    things: keys of the resources to take along, None for all of the list. Raises NotFound, Refused.
    """
    if not inquires(by):
        raise NotFound("inquiries")

    async def act() -> str:
        of: dict[str, Any] = {"school_id": by.school.id}
        joined = {one["key"]: one["id"] for one in await groups_joined(by)} if group else {}
        if group and group not in joined:
            raise Refused("Choose a group that you are in.", about="group")
        whose = {"group_id": joined[group]} if group else {"person_id": by.id}
        rules.check_question(question, await own_inquiries(by).filter(**whose).count(), bool(group))
        title, taken = await _things_on(slug, things, by) if slug else ("", [])
        now = dates.now()
        words: dict[str, Any] = {"question": _line(question), "from_title": title}
        inquiry = await Inquiry.create(**of, **whose, **words, made_at=now, changed_at=now)
        # what came from a list is nobody's words; in an inquiry of one's own it goes with the person all the same
        by_id = None if group else by.id
        rows = [
            InquirySource(**of, inquiry_id=inquiry.id, **thing, position=place, by_id=by_id)
            for place, thing in enumerate(taken, 1)
        ]
        await InquirySource.bulk_create(rows)
        return inquiry.key

    return await once(
        by, form_key, {"question": question, "list": slug, "group": group, "things": sorted(things or ())}, act
    )


async def _things_on(slug: str, things: Collection[str] | None, by: Reader) -> tuple[str, list[dict[str, Any]]]:
    # LST10 is about lists, which students do not make: what they take is titles of one that is before them
    found = await published_for(by).filter(slug=slug).limit(1).values_list("id", "title")
    if not found:
        raise NotFound(slug)
    number, title = found[0]
    items = ListItem.filter(school_id=by.school.id, curated_id=number, resource__state=ResourceState.OFFERED)
    if things is not None:
        items = items.filter(resource__key__in=list(things))
    rows = items.order_by("position", "id").limit(rules.MOST_SOURCES)
    return str(title), await rows.values("resource_id", title="resource__title")


@one_transaction
async def ask_anew(key: str, question: str, seen: str, *, by: Reader) -> tuple[Inquiry, Both]:
    """Change the question, and whether somebody of the group changed it meanwhile. Raises NotFound, Refused."""
    inquiry = await _hold(key, by)
    rules.check_question(question, 0)
    values, both = merged({"question": inquiry.question}, {"question": _line(question)}, seen)
    if not both:
        inquiry.question = values["question"]
        await _changed(inquiry)
    return inquiry, both


@one_transaction
async def add_source(key: str, words: Mapping[str, str], *, by: Reader, form_key: str = "") -> str:
    """Add a source that was found; returns its key. words: title, url and the notes. Raises NotFound, Refused."""
    inquiry = await _hold(key, by)

    async def act() -> str:
        of: dict[str, Any] = {"school_id": by.school.id, "inquiry_id": inquiry.id}
        number = await InquirySource.filter(**of).count()
        said = _checked(words, number)
        made = await InquirySource.create(**of, **said, position=number + 1, by_id=by.id)
        await _changed(inquiry)
        return made.key

    return await once(by, form_key, {"inquiry": key, **words}, act)


def _checked(words: Mapping[str, str], sources: int) -> dict[str, Any]:
    said: dict[str, Any] = {name: one_form(text) for name, text in words.items()}
    said["title"] = _line(said["title"])
    rules.check_source(said["title"], sources)
    if said["url"] and not is_web(said["url"]):
        raise Refused("An address begins with https:// or http://.", about="url")
    return said


@one_transaction
async def change_source(
    key: str, source: str, words: Mapping[str, str], seen: str, *, by: Reader
) -> tuple[InquirySource, Both]:
    """Change what is said of a source, and the fields in which another of the group wrote. Raises NotFound, Refused."""
    inquiry = await _hold(key, by)
    row = await _source(inquiry, source)
    before = written_of(row)
    values, both = merged(before, _checked(words, 0), seen)
    if values != before:
        await row.update_from_dict({**values, "by_id": by.id}).save(update_fields=[*values, "by_id"])
        await _changed(inquiry)
    return row, both


@one_transaction
async def move_source(key: str, source: str, to: str, *, by: Reader) -> tuple[str, int, int]:
    """Move a source "up" or "down"; its title, its place and how many there are. Raises NotFound, Refused."""
    inquiry = await _hold(key, by)
    row = await _source(inquiry, source)
    of: dict[str, Any] = {"school_id": by.school.id, "inquiry_id": inquiry.id}
    rows = await InquirySource.filter(**of).order_by("position", "id").values_list("id")
    order = shifted([number for (number,) in rows], row.id, "up" if to == "up" else "down")
    for place, number in enumerate(order, 1):
        await InquirySource.filter(**of, id=number).exclude(position=place).update(position=place)
    await _changed(inquiry)
    return row.title, order.index(row.id) + 1, len(order)


@one_transaction
async def remove_source(key: str, source: str, *, by: Reader) -> str:
    """Take a source off; returns its title. Raises NotFound, Refused."""
    inquiry = await _hold(key, by)
    row = await _source(inquiry, source)
    await row.delete()
    await _changed(inquiry)
    return row.title


@one_transaction
async def hand_in(key: str, room: str, *, by: Reader) -> None:
    """Let the teachers of a class, or the teacher of the group, see the trail. room: a class's key.

    Raises NotFound, Refused.
    """
    if not by.may("LOG06", Scope.MINE):
        raise NotFound(key)
    inquiry = await _hold(key, by, handed=True)
    rules.check_hand_in(
        inquiry.handed_at, await InquirySource.filter(school_id=by.school.id, inquiry_id=inquiry.id).count()
    )
    if inquiry.group_id is None:
        inquiry.school_class_id = await class_of(by, room)
    inquiry.handed_at, inquiry.handed_on = dates.now(), dates.today(by.school.zone)
    await inquiry.save(update_fields=["handed_at", "handed_on", "school_class_id"])


@one_transaction
async def take_back(key: str, *, by: Reader) -> None:
    """Take a trail back that no teacher has opened. Raises NotFound, Refused."""
    inquiry = await _hold(key, by, handed=True)
    rules.check_take_back(inquiry.handed_at, inquiry.read_at)
    inquiry.handed_at = inquiry.handed_on = inquiry.school_class_id = None
    await inquiry.save(update_fields=["handed_at", "handed_on", "school_class_id"])


@one_transaction
async def throw_away(key: str, *, by: Reader) -> None:
    """Delete an inquiry of one's own that no teacher is looking at. Raises NotFound, Refused."""
    inquiry = await _hold(key, by)
    if inquiry.person_id != by.id:
        raise NotFound(key)
    await inquiry.delete()


@one_transaction
async def open_trail(key: str, *, by: Reader) -> None:
    """A teacher opens what was handed in; from then on it is not taken back. Raises NotFound."""
    trail = await trail_for(by, key)
    row = await Inquiry.filter(school_id=by.school.id, id=trail["id"]).select_for_update().first()
    # taken back at this very moment
    if row is None or row.handed_at is None:
        raise NotFound(key)
    if row.read_at is None:
        row.read_at = dates.now()
        await row.update_from_dict({"read_by_id": by.id}).save(update_fields=["read_at", "read_by_id"])
    await audit.note("opened an inquiry that was handed in", by=by, about_id=row.person_id, subject=row.key)


@one_transaction
async def comment(key: str, words: str, *, by: Reader) -> None:
    """Answer a trail, once. Raises NotFound, Refused."""
    trail = await trail_for(by, key)
    row = await Inquiry.filter(school_id=by.school.id, id=trail["id"]).select_for_update().first()
    if row is None or row.read_at is None:
        raise NotFound(key)
    rules.check_comment(words, row.comment)
    row.comment, row.commented_at = one_form(words), dates.now()
    await row.save(update_fields=["comment", "commented_at"])
    await audit.note("answered an inquiry", by=by, about_id=row.person_id, subject=row.key)


async def forget_inquiries(school_id: int, over: Over) -> int:
    """Delete inquiries that nobody changed for as long as titles are kept, those that a teacher read, and leavers'.

    How many. A job's work. Source: SAFETY.md, P4.
    """
    old = Q(changed_at__lt=_begin_of(over.titles)) | Q(read_at__lt=_begin_of(over.programs))
    old |= Q(person__gone_at__lt=over.left)
    gone, rows = 0, Inquiry.filter(old, school_id=school_id).order_by("id").limit(MOST_FORGOTTEN)
    while numbers := [number for (number,) in await rows.values_list("id")]:
        gone += await Inquiry.filter(school_id=school_id, id__in=numbers).delete()
    return gone


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _line(text: str) -> str:
    return " ".join(text.split())


async def _hold(key: str, by: Reader, handed: bool = False) -> Inquiry:
    """An own inquiry under its lock. handed: one that is handed in is meant, too. Raises NotFound, Refused."""
    inquiry = await own_inquiries(by).filter(key=key).select_for_update().first()
    if inquiry is None:
        raise NotFound(key)
    if not handed:
        rules.check_open(inquiry.handed_at)
    return inquiry


async def _source(inquiry: Inquiry, key: str) -> InquirySource:
    of: dict[str, Any] = {"school_id": inquiry.school_id, "inquiry_id": inquiry.id}  # type: ignore[attr-defined]
    row = await InquirySource.get_or_none(**of, key=key)
    if row is None:
        raise NotFound(key)
    return row


async def _changed(inquiry: Inquiry) -> None:
    inquiry.changed_at = dates.now()
    await inquiry.save(update_fields=["question", "changed_at"])
