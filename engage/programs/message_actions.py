"""What is done with the messages of a program: put on the home page, and withdrawn."""

from datetime import date

from engage import dates
from engage.database.transaction import one_transaction
from engage.errors import NotFound, Refused
from engage.people import audit
from engage.people.once import once
from engage.people.rules import Reader
from engage.programs.message_queries import given_names
from engage.programs.message_rules import Audience, check_message, names_somebody
from engage.programs.queries import program_to_run
from engage.programs.recognition_models import ProgramMessage
from engage.programs.rules import ProgramState

MOST_MESSAGES = 100


@one_transaction
async def put_message(
    program: str, to: Audience, text: str, from_on: date, until_on: date, *, no_name: bool, form_key: str, by: Reader
) -> str:
    """Put a message on the home page of those whom it is for; returns its key. Raises NotFound, Refused.

    no_name: whoever writes says that a name in it is nobody's of the school.
    """
    found = await program_to_run(by, program)
    if found["state"] != ProgramState.PUBLISHED:
        raise Refused("Publish the program first. Nobody sees it now.")
    said = check_message(text, from_on, until_on, dates.today(by.school.zone))
    if not no_name and names_somebody(said, await given_names(by)):
        raise Refused("A student of the school has a name that stands here. Messages name nobody.", about="no_name")
    content = {"of": program, "to": to.value, "text": said, "from": from_on, "until": until_on}

    async def put() -> str:
        if await ProgramMessage.filter(school_id=by.school.id, program_id=found["id"]).count() >= MOST_MESSAGES:
            raise Refused(f"A program has {MOST_MESSAGES} messages at most.")
        made = await ProgramMessage.create(
            school_id=by.school.id,
            program_id=found["id"],
            to=to.value,
            text=said,
            from_on=from_on,
            until_on=until_on,
            at=dates.now(),
            by_id=by.id,
        )
        return made.key

    return await once(by, form_key, content, put)


@one_transaction
async def withdraw_message(program: str, message: str, by: Reader) -> None:
    """Take a message off the home page; once is enough. Raises NotFound."""
    found = await program_to_run(by, program)
    of = ProgramMessage.filter(school_id=by.school.id, program_id=found["id"], key=message)
    if not await of.exists():
        raise NotFound(message)
    if await of.filter(withdrawn_at=None).update(withdrawn_at=dates.now()):
        await audit.note("withdrew a message of a program", by=by, subject=program)
