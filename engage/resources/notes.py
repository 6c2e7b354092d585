"""Why a resource was chosen, by the usual questions; readers see it as "How we chose this" where the library says so.

Source: PRODUCT.md, section 2, "Selection note".
"""

from collections.abc import Mapping
from typing import Any

from tortoise.expressions import F

from engage import dates
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people.rules import Reader
from engage.resources.models import Resource, SelectionNote
from engage.resources.queries import resources_for
from engage.resources.rules import ResourceState

# column: what readers see before the answer, and what the specialist is asked
QUESTIONS = {
    "authority": ("Who made it", "Who made it, and why should we believe them?"),
    "currency": ("How new it is", "How new is it, and does that matter here?"),
    "viewpoint": ("Whose view", "Whose voices are in it, and whose are missing?"),
    "access": ("Who can use it", "What does one need: a sign-in, captions, a certain device, good eyes or ears?"),
    "curriculum": ("What it is for", "Which unit, standard or question does it help with?"),
    "verdict": ("Why it is here", "In a sentence: what speaks for it?"),
}
LONGEST = 1_000


@one_transaction
async def write_note(key: str, answers: Mapping[str, str], shown: bool, by: Reader) -> bool:
    """Keep why a resource was chosen; without any answer there is no note. Whether there is one now.

    answers: by QUESTIONS. shown: whether readers see it. Raises NotFound, Refused.
    """
    resource = await Resource.get_or_none(school_id=by.school.id, key=key) if by.may("FED05") else None
    if resource is None or resource.state is ResourceState.MERGED:
        raise NotFound(key)
    said = {name: "\n".join(line.strip() for line in answers[name].strip().splitlines()) for name in QUESTIONS}
    for name, text in said.items():
        if len(text) > LONGEST:
            raise Refused(f"Keep this under {LONGEST:,} letters.", about=name)
    some = any(said.values())
    if shown and not some:
        raise Refused("Write an answer before readers can see it.", about="shown")
    note = await SelectionNote.get_or_none(school_id=by.school.id, resource_id=resource.id)
    before = _seen(note)
    if note is not None and not some:
        await SelectionNote.filter(school_id=by.school.id, id=note.id).delete()
        note = None
    elif some:
        if note is None:
            note = SelectionNote(school_id=by.school.id, resource_id=resource.id)
        note.update_from_dict({**said, "shown": shown, "by_id": by.id, "changed_at": dates.now()})
        await note.save()
    if _seen(note) != before:
        rows = Resource.filter(school_id=by.school.id, id=resource.id)
        await rows.update(version=F("version") + 1, changed_at=dates.now())
    return some


async def note_of(reader: Reader, resource_id: int) -> dict[str, Any] | None:
    """Why a resource was chosen, as the reader may see it: QUESTIONS, shown, changed_at, by_name; None if not.

    by_name: who wrote it, for the library's staff only.
    """
    rows = SelectionNote.filter(school_id=reader.school.id, resource_id=resource_id)
    if not reader.is_library:
        rows = rows.filter(shown=True)
    found = await rows.limit(1).values(*QUESTIONS, "shown", "changed_at", by_name="by__name")
    if not found:
        return None
    return found[0] if reader.is_library else {**found[0], "by_name": ""}


async def note_to_write(reader: Reader, key: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """A resource in short, and its note or None. Raises NotFound."""
    rows = await resources_for(reader).filter(key=key).limit(1).values("id", "key", "title")
    if not rows or not reader.may("FED05"):
        raise NotFound(key)
    return rows[0], await note_of(reader, rows[0]["id"])


def answers_of(note: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """What is answered, in the order of QUESTIONS, with the words that stand before it."""
    return [(QUESTIONS[name][0], note[name]) for name in QUESTIONS if note[name]] if note else []


def _seen(note: SelectionNote | None) -> dict[str, str]:
    """What readers see of a note."""
    return {name: getattr(note, name) for name in QUESTIONS} if note and note.shown else {}
