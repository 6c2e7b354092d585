"""What is done about a flagged entry: it is left as it is, or voided as any entry of a program is (LOG04)."""

from engage import dates
from engage.database.transaction import one_transaction
from engage.people import audit
from engage.people.rules import Reader
from engage.programs import confirming
from engage.programs.flag_queries import flag_on
from engage.programs.paper_models import EntryFlag


@one_transaction
async def look_at_entry(entry: str, by: Reader) -> None:
    """Note that somebody looked at an entry, which counts as it did. Raises NotFound."""
    found = await flag_on(by, entry)
    await _looked(found["id"], by)
    about, program = found["student_id"], found["program_key"]
    await audit.note("looked at a flagged entry", by=by, about_id=about, subject=program)


@one_transaction
async def void_flagged(entry: str, reason: str, by: Reader) -> None:
    """Void a flagged entry, with a reason. Raises NotFound, Refused."""
    found = await flag_on(by, entry)
    await confirming.void_entry(found["program_key"], found["student"], entry, reason, by)
    await _looked(found["id"], by)


async def _looked(flag: int, by: Reader) -> None:
    of = EntryFlag.filter(school_id=by.school.id, id=flag, looked_at=None)
    await of.update(looked_at=dates.now(), looked_by_id=by.id)
