"""What teachers and the library do with requests: ask, answer, make a unit or a list of one, say that it is done."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from engage import dates
from engage.classes import help_rules as rules
from engage.classes import unit_actions
from engage.classes.help_queries import asks, check_answers
from engage.classes.help_rules import HelpKind, HelpState
from engage.classes.unit_models import HelpRequest
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.lists.starting import start_draft_for
from engage.lists.together import one_form, print_of
from engage.people import audit
from engage.people.models import SchoolClass
from engage.people.once import once
from engage.people.rules import Reader

TITLE = 100


@dataclass(frozen=True)
class Wish:
    """What a teacher asks for. room: the key of an own class, "" for none."""

    kind: HelpKind
    text: str
    wished_on: date | None = None
    room: str = ""


@one_transaction
async def ask(wish: Wish, *, by: Reader, form_key: str = "") -> str:
    """Ask the library; returns the key of the request. Raises NotFound, Refused."""
    if not asks(by):
        raise NotFound("asking the library")
    of: dict[str, Any] = {"school_id": by.school.id}

    async def act() -> str:
        waiting = await HelpRequest.filter(**of, by_id=by.id, state=HelpState.ASKED).count()
        rules.check_wish(wish.text, wish.wished_on, waiting, dates.today(by.school.zone))
        rooms = SchoolClass.filter(**of, id__in=sorted(by.taught_ids), key=wish.room)
        room = await rooms.values_list("id") if wish.room else []
        made = await HelpRequest.create(
            **of,
            by_id=by.id,
            kind=wish.kind,
            text=one_form(wish.text),
            wished_on=wish.wished_on,
            school_class_id=room[0][0] if room else None,
            made_at=dates.now(),
        )
        return made.key

    return await once(by, form_key, asdict(wish), act)


@one_transaction
async def take_back(key: str, *, by: Reader) -> None:
    """Take an own request back that nobody has answered: it is gone. Raises NotFound."""
    mine = HelpRequest.filter(school_id=by.school.id, by_id=by.id or 0, key=key, state=HelpState.ASKED)
    if by.id is None or not await mine.delete():
        raise NotFound(key)


def print_of_answer(state: HelpState, answer: str) -> str:
    """A fingerprint of an answer as it stood when somebody began to write theirs."""
    return print_of(f"{state.value}/{answer}")


@one_transaction
async def answer(key: str, state: HelpState, words: str, agreed_on: date | None, seen: str, *, by: Reader) -> None:
    """Answer a request, or answer it anew. seen: print_of_answer when the page was opened. Raises NotFound, Refused."""
    row = await _hold(key, by)
    _check_not_own(row, by)
    if seen != print_of_answer(row.state, row.answer):
        raise Refused(f"Somebody else answered meanwhile: {rules.STATES[row.state]}. {row.answer}".strip())
    rules.check_answer(row.state, state, words, agreed_on, rules.is_dated(row.kind))
    await _answered(row, state, one_form(words), agreed_on if state is HelpState.AGREED else None, by)


@one_transaction
async def done(key: str, *, by: Reader) -> None:
    """What was promised is done. Raises NotFound, Refused."""
    row = await _hold(key, by)
    if row.state is HelpState.DONE:
        return
    if row.state is not HelpState.AGREED:
        raise Refused("Say yes to it first.")
    row.state, row.done_at = HelpState.DONE, dates.now()
    await row.save(update_fields=["state", "done_at"])
    await audit.note("said that a request of a teacher is done", by=by, about_id=row.by_id, subject=row.key)


@one_transaction
async def make_unit(key: str, *, by: Reader) -> str:
    """Make a unit of a request, planned by who asked and who makes it; its key. Raises NotFound, Refused."""
    row = await _hold(key, by)
    _check_not_own(row, by)
    if row.unit_id is not None:
        raise Refused("There is a unit of it already.")
    asker = row.by_id if await unit_actions.is_here(row.by_id, by) else by.id
    words = {"title": _title(row), "starts": row.agreed_on or row.wished_on, "objectives": row.text}
    unit = await unit_actions.make_unit(words, asker, {asker or 0, by.id or 0}, by)
    row.unit_id = unit.id
    await row.save(update_fields=["unit_id"])
    await _taken_up(row, "We plan it as a unit.", by)
    return unit.key


@one_transaction
async def make_list(key: str, *, by: Reader) -> str:
    """Start a draft list for a request, which its teacher may edit, too; its key. Raises NotFound, Refused."""
    row = await _hold(key, by)
    _check_not_own(row, by)
    if row.curated_id is not None:
        raise Refused("There is a list for it already.")
    curated = await start_draft_for(row.by_id, title=_title(row), introduction="", by=by)
    row.curated_id = curated.id
    await row.save(update_fields=["curated_id"])
    await _taken_up(row, "A list is begun.", by)
    return curated.key


def _check_not_own(row: HelpRequest, by: Reader) -> None:
    """Nobody decides about what they asked for themselves (SAFETY.md, A7). Raises Refused."""
    if row.by_id == by.id:
        raise Refused("You asked for this yourself, so somebody else answers it.")


def _title(row: HelpRequest) -> str:
    first = " ".join(row.text.split())
    return first if len(first) <= TITLE else f"{first[: TITLE - 1].rsplit(' ', 1)[0]}…"


async def _taken_up(row: HelpRequest, words: str, by: Reader) -> None:
    if row.state in (HelpState.ASKED, HelpState.TALK, HelpState.NOT_NOW):
        await _answered(row, HelpState.AGREED, words, row.agreed_on or row.wished_on, by)


async def _answered(row: HelpRequest, state: HelpState, words: str, agreed_on: date | None, by: Reader) -> None:
    now = dates.now()
    row.state, row.answer, row.agreed_on = state, words, agreed_on
    row.answered_at, row.first_answered_at = now, row.first_answered_at or now
    await row.update_from_dict({"answered_by_id": by.id}).save()
    await audit.note("answered a request of a teacher", by=by, about_id=row.by_id, subject=row.key, detail=state.value)


async def _hold(key: str, by: Reader) -> HelpRequest:
    check_answers(by)
    row = await HelpRequest.filter(school_id=by.school.id, key=key).select_for_update().first()
    if row is None:
        raise NotFound(key)
    return row
