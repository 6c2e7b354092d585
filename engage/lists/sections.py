"""The parts of a list: headings put in, named, moved with all that is under them, taken away and put back."""

from collections.abc import Mapping
from typing import Any

from engage.database.transaction import one_transaction
from engage.errors import Refused
from engage.lists import rules
from engage.lists.models import Section
from engage.lists.order import Moved, Place, arranged, shifted
from engage.lists.revisions import Taken, keep, put_in_order, stood, take_up
from engage.people.rules import Reader


@one_transaction
async def add_section(key: str, *, title: str, note: str = "", by: Reader) -> str:
    """A new section at the end of the list; returns its key. Raises Refused."""
    taken = await take_up(by, key)
    if len(taken.sections) >= rules.MOST_SECTIONS:
        raise Refused(f"A list has {rules.MOST_SECTIONS} parts at most.", about="title")
    section = await Section.create(
        school_id=taken.curated.school_id,
        curated_id=taken.curated.id,
        title=_heading(title),
        note=_line(note),
        position=len(taken.sections) + 1,
    )
    taken.sections.append(section)
    await keep(taken, by, "part added", section.title)
    return section.key


def _heading(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise Refused("Give the part a name.", about="title")
    if len(text) > rules.TITLE:
        raise Refused(f"The name of a part may have {rules.TITLE} characters.", about="title")
    return text


def _line(text: str) -> str:
    text = " ".join(text.split())
    if len(text) > rules.SECTION_NOTE:
        raise Refused(f"The line beside a part may have {rules.SECTION_NOTE} characters.", about="note")
    return text


@one_transaction
async def rename_section(key: str, section: str, *, title: str, note: str, by: Reader) -> None:
    """Give a section another heading and another line beside it. Raises Refused."""
    taken = await take_up(by, key)
    renamed = taken.section(section)
    if (renamed.title, renamed.note) != (_heading(title), _line(note)):
        renamed.title, renamed.note = _heading(title), _line(note)
        await renamed.save(update_fields=["title", "note"])
        await keep(taken, by, "part named", renamed.title)


@one_transaction
async def move_section(key: str, section: str, *, to: str, by: Reader) -> Moved:
    """Move a section "up" or "down", with all that is in it."""
    taken = await take_up(by, key)
    moving = taken.section(section)
    before, number = taken.parts, None
    order = shifted(before, moving.id, to)
    if order != before:
        at = before.index(moving.id)
        undo = {"part": {"key": moving.key, "after": taken.sections[at - 1].key if at else "", "place": at + 1}}
        await _put_sections(taken, order)
        number = (await keep(taken, by, "part moved", moving.title, undo)).number
    return Moved(moving.title, order.index(moving.id) + 1, len(order), number=number)


async def move_section_back(taken: Taken, stood: Mapping[str, Any]) -> str:
    """A part goes back behind the one that stood before it, with all that is in it now; its heading. Raises Refused.

    stood: its key, after (the key of the part before it, "" for the first) and place (from 1).
    """
    moving = next((each for each in taken.sections if each.key == stood["key"]), None)
    if moving is None:
        raise Refused("This part is on the list no more.")
    others = [each for each in taken.sections if each is not moving]
    keys = [each.key for each in others]
    at = keys.index(stood["after"]) + 1 if stood["after"] in keys else stood["place"] - 1 if stood["after"] else 0
    order = [each.id for each in [*others[:at], moving, *others[at:]]]
    if order == taken.parts:
        raise Refused("It stands where it stood already.")
    await _put_sections(taken, order)
    return moving.title


async def _put_sections(taken: Taken, order: list[int]) -> None:
    """Give the sections this order, and let their items follow."""
    await _number_sections(taken, order)
    await put_in_order(taken, arranged(taken.places, order))


async def _number_sections(taken: Taken, order: list[int]) -> None:
    """Give the sections the positions 1 to n in this order; one that is in no order is left out."""
    there = {section.id: section for section in taken.sections}
    taken.sections = [there[number] for number in order]
    for position, section in enumerate(taken.sections, 1):
        if section.position != position:
            section.position = position
            rows = Section.filter(school_id=taken.curated.school_id, id=section.id)
            await rows.update(position=position)


@one_transaction
async def remove_section(key: str, section: str, *, by: Reader) -> int:
    """Take a heading away; its items join the part before it. Returns the number that
    `undoing.put_back` takes back."""
    taken = await take_up(by, key)
    gone = taken.section(section)
    at = taken.parts.index(gone.id)
    before = taken.parts[at - 1] if at else None
    inside = {item["key"] for item in taken.items if item["section_id"] == gone.id}
    heading = {"key": gone.key, "title": gone.title, "note": gone.note, "position": at + 1}
    undo = {"section": heading, "items": stood(taken, inside)}
    places = [Place(place.item, before if place.part == gone.id else place.part) for place in taken.places]
    await put_in_order(taken, places)
    await gone.delete()
    await _number_sections(taken, [each for each in taken.parts if each != gone.id])
    revision = await keep(taken, by, "part removed", gone.title, undo)
    return revision.number


async def put_section_back(taken: Taken, gone: Mapping[str, Any]) -> None:
    """The heading stands where it stood, over nothing yet. Raises Refused."""
    if any(each.key == gone["key"] for each in taken.sections):
        raise Refused("This part is on the list already.")
    section = await Section.create(
        school_id=taken.curated.school_id,
        curated_id=taken.curated.id,
        key=gone["key"],
        title=gone["title"],
        note=gone["note"],
        position=len(taken.sections) + 1,
    )
    at = gone["position"] - 1
    order = [*taken.parts[:at], section.id, *taken.parts[at:]]
    taken.sections.append(section)
    await _number_sections(taken, order)
    await put_in_order(taken, arranged(taken.places, order))
