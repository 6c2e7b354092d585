"""The messages of a program on its desk."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from wtforms import BooleanField, DateField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from engage import dates
from engage.errors import Refused
from engage.programs import message_actions
from engage.programs.message_queries import messages_of
from engage.programs.message_rules import LONGEST, STALLED_AFTER, WORDS, Audience
from engage.programs.queries import program_to_run
from engage.web.forms import Form, trimmed
from engage.web.render import render, say, see_other


class MessageForm(Form):
    """A message, whom it is for, and from which day to which."""

    text = TextAreaField("Message", [InputRequired("Write the message.")], [trimmed])
    to = RadioField(
        "Who sees it on the home page?",
        [InputRequired("Choose who sees it.")],
        choices=[SelectChoice(each.value, said) for each, said in WORDS.items()],
    )
    from_on = DateField("First day", [InputRequired("Pick the first day.")])
    until_on = DateField("Last day", [InputRequired("Pick the last day.")])
    no_name = BooleanField("It is a name in a book, of nobody here")


async def messages(request: Request) -> Response:
    """Put a message on the home page, and see those that stand or stood there."""
    reader = request.user
    program = await program_to_run(reader, request.path_params["key"])
    today = dates.today(reader.school.zone)
    preset: dict[str, Any] = {"to": Audience.EVERYONE.value, "from_on": today, "until_on": today + STALLED_AFTER}
    form = await MessageForm.read(request, **preset)
    if form.complete:
        try:
            await message_actions.put_message(
                program["key"],
                Audience(form.to.data),
                form.text.data,
                form.from_on.data,
                form.until_on.data,
                no_name=bool(form.no_name.data),
                form_key=form.key,
                by=reader,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The message is set. The home page shows it on its days.")
            return see_other(request, "programs.messages", key=program["key"])
    shown = [{**row, "to": WORDS[Audience(row["to"])]} for row in await messages_of(reader, program["id"])]
    return render(
        request,
        "programs/messages.html",
        form.status,
        form=form,
        program=program,
        most=LONGEST,
        messages=shown,
        asks_name=bool(form.no_name.errors) or bool(form.no_name.data),
    )


async def withdraw_message(request: Request) -> Response:
    """Take a message off the home page."""
    key = request.path_params["key"]
    await message_actions.withdraw_message(key, request.path_params["message"], request.user)
    say(request, "The message is off the home page.")
    return see_other(request, "programs.messages", key=key)
