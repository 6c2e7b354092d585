"""What is true of lists that come from other libraries: what a change there means here, and what a title is; pure.

Our own edits are never written over: a change there is a proposal, and only what nobody changed here is taken in bulk.
"""

import json
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from engage.engagement.rules import Mode
from engage.lists import rules
from engage.lists.rules import ListKind
from engage.resources.record import Address, CatalogueRecord, Maker, Term
from engage.resources.rules import Format, mode_of
from feeds.shared_list import MOST, SharedItem, SharedList

DAILY = timedelta(days=1)
LONGEST_WAIT = timedelta(days=7)
# what a catalogue keeps of a number that means the same everywhere
BELIEVED = frozenset({"isbn", "issn", "lccn", "oclc", "doi", "upc"})
LANGUAGE, GRADES_TO = 12, 12
STAYS = " What you took over stays."
GONE = "{} no longer gives this list at its address." + STAYS
REFUSED = {401: "wants a password", 403: "lets nobody in", 429: "asks to be visited less often"}


class Kind(StrEnum):
    """What changed at the origin."""

    ADDED = "added"
    REMOVED = "removed"
    NOTE = "note"
    MOVED = "moved"
    WORDS = "words"
    RENAMED = "renamed"


@dataclass(frozen=True)
class Proposed:
    """A change at the origin. guid: of the item, "" for the list. was, now: what it says of the item or the list."""

    kind: Kind
    guid: str
    was: dict[str, Any]
    now: dict[str, Any]


def compare(seen: SharedList, now: SharedList, here: Collection[str], missing: Collection[str] = ()) -> list[Proposed]:
    """What changed at the origin since it was last seen, as far as it means something here: twice MOST and one at most.

    here: the guids of the items that stand on our list. missing: of those that we lack, whose title and creators are
    shown as they are told there; where they stand means nothing. What is neither cannot change or leave.
    """
    before = {item.guid: item for item in seen.items}
    after = {item.guid: item for item in now.items}
    known = {*here, *missing}
    found = []
    if (seen.title, seen.introduction) != (now.title, now.introduction):
        found.append(Proposed(Kind.WORDS, "", _words(seen), _words(now)))
    names = {section.guid: section.title for section in now.sections}
    old_names = {section.guid: section.title for section in seen.sections}
    previous = ""
    for item in now.items:
        if item.guid not in before and item.guid not in known:
            where = {"section": names.get(item.section, ""), "after": previous}
            found.append(Proposed(Kind.ADDED, item.guid, {}, {**item_values(item), "where": where}))
        previous = item.guid
    for item in seen.items:
        # what stands beyond what is taken of a long list has not left it
        if item.guid not in after and item.guid in known and not now.left_out:
            found.append(Proposed(Kind.REMOVED, item.guid, {"title": item.title, "note": item.note}, {}))
    common = [item for item in now.items if item.guid in before]
    ranks = {item.guid: place for place, item in enumerate(seen.items)}
    moved = displaced([ranks[item.guid] for item in common])
    previous = ""
    for place, item in enumerate(common):
        was = before[item.guid]
        if item.guid in missing and (was.title, was.creators) != (item.title, item.creators):
            found.append(Proposed(Kind.RENAMED, item.guid, _name(was), _name(item)))
        if item.guid in known and was.note != item.note:
            told = {"title": item.title}
            found.append(Proposed(Kind.NOTE, item.guid, {**told, "note": was.note}, {**told, "note": item.note}))
        if item.guid in here:
            section, old = names.get(item.section, ""), old_names.get(was.section, "")
            if place in moved or section != old:
                gone_to = {"title": item.title, "section": section, "after": previous}
                found.append(Proposed(Kind.MOVED, item.guid, {"title": item.title, "section": old}, gone_to))
        previous = item.guid
    return found


def remembered(before: SharedList | None, now: SharedList) -> SharedList:
    """What is known of a list after a look: where it was not read whole, also what was read of it before."""
    if before is None or not now.left_out:
        return now
    read = {item.guid for item in now.items}
    rest = [item for item in before.items if item.guid not in read]
    return replace(now, items=(*now.items, *rest)[:MOST])


def _name(item: SharedItem) -> dict[str, Any]:
    return {"title": item.title, "creators": list(item.creators)}


def _words(shared: SharedList) -> dict[str, str]:
    return {"title": shared.title, "introduction": shared.introduction}


def displaced(ranks: Sequence[int]) -> set[int]:
    """The places that must move so that the rest stands in its old order: as few as can be.

    ranks: of each place, where it stood before; each different.
    """
    ends: list[int] = []
    places: list[int] = []
    before: list[int | None] = []
    for place, rank in enumerate(ranks):
        at = bisect_left(ends, rank)
        before.append(places[at - 1] if at else None)
        ends[at : at + 1] = [rank]
        places[at : at + 1] = [place]
    staying = set()
    step = places[-1] if places else None
    while step is not None:
        staying.add(step)
        step = before[step]
    return set(range(len(ranks))) - staying


def item_values(item: SharedItem) -> dict[str, Any]:
    """An item as values for JSON."""
    return asdict(item)


def item_from(values: dict[str, Any]) -> SharedItem:
    """The item of `item_values`, also after a way through JSON; what else stands there is left."""
    kept = {name: values[name] for name in SharedItem.__dataclass_fields__ if name in values}
    for name in ("creators", "subjects"):
        kept[name] = tuple(kept.get(name, ()))
    kept["numbers"] = tuple((scheme, number) for scheme, number in kept.get("numbers", ()))
    return SharedItem(**kept)


def packed(values: dict[str, Any]) -> str:
    """Values as they are kept in a row."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def record_of(item: SharedItem) -> CatalogueRecord:
    """A title of another library as a record to be looked for here, or kept."""
    format = Format(item.format) if item.format in set(Format) else None
    mode = Mode(item.mode) if item.mode in set(Mode) else None
    guessed = format is None and mode in (None, Mode.READING)
    if format is None:
        format = {Mode.VIEWING: Format.VIDEO, Mode.LISTENING: Format.AUDIOBOOK}.get(mode or Mode.READING, Format.BOOK)
    grades = [grade if grade is None else min(grade, GRADES_TO) for grade in (item.grade_low, item.grade_high)]
    return CatalogueRecord(
        title=item.title,
        makers=tuple(Maker(name) for name in item.creators),
        mode=mode or mode_of(format),
        format=format,
        guessed=guessed,
        subjects=tuple(Term(text) for text in item.subjects),
        language=item.language if len(item.language) <= LANGUAGE else "",
        audience_low=grades[0],
        audience_high=grades[1],
        year=item.year or None,
        pages=item.pages or None,
        minutes=item.minutes or None,
        identifiers=tuple((scheme, number) for scheme, number in item.numbers if scheme in BELIEVED),
        addresses=(Address(item.address),) if item.address else (),
    )


def kind_of(shared: SharedList) -> ListKind:
    """What the list is for, where the origin says something that we know."""
    return ListKind(shared.kind) if shared.kind in set(ListKind) else ListKind.LIST


def title_of(shared: SharedList) -> str:
    """The title as a list here may have it."""
    title = " ".join(shared.title.split())
    return title if len(title) <= rules.TITLE else title[: rules.TITLE - 1].rstrip() + "…"


def host_of(address: str) -> str:
    """The host of an address, as it is shown."""
    return (urlsplit(address).hostname or "").removeprefix("www.")


def next_look(now: datetime, failures: int) -> datetime:
    """When to ask the origin again: each day, and less and less often while it does not answer, a week at most."""
    return now + min(DAILY * (1 << min(failures, 3)), LONGEST_WAIT)


def status_problem(status: int, library: str) -> str:
    """What an answer means that is no list."""
    who = library or "The other library"
    if status in (404, 410):
        return GONE.format(who)
    if status in REFUSED:
        return f"The site of {who} {REFUSED[status]}.{STAYS}"
    return f"The site of {who} has trouble of its own at the moment (it answers {status})."


def cut_sentence(shared: SharedList) -> str:
    """What to know of a list that was not taken whole; "" where it was."""
    if not shared.left_out:
        return ""
    if len(shared.items) < MOST:
        return (
            "It goes on over more pages than are read, so some titles are not taken, and none is told to be taken off."
        )
    return f"It holds {shared.left_out:,} more titles, which are not taken: a list here has {rules.LONGEST} at most."
