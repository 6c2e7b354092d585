"""Who takes part in a program: the list by name, putting students in, and one student with badges and entries."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from engage.errors import Refused
from engage.people.rules import Scope, named
from engage.programs import confirming, running_queries
from engage.programs import participants_queries as queries
from engage.web.forms import Form, trimmed, words
from engage.web.render import render, say, see_other

WHY = "Why?"


class EnrolForm(Form):
    """Students of own classes to put in."""

    students = SelectMultipleField("Students of yours who are not in it", [Optional()], choices=[])


class NameForm(Form):
    """One student to put in, by name and class."""

    name = StringField("Name, as the class writes it", [InputRequired("Write the name."), Length(max=80)], [trimmed])
    room = SelectField("Class", [InputRequired("Choose the class.")], choices=[])


class ReasonForm(Form):
    """Why something is taken."""

    reason = StringField(WHY, [InputRequired("Say why, in a few words."), Length(max=300)], [trimmed])


class GivingForm(ReasonForm):
    """A badge to give, and why."""

    badge = SelectField("Which badge?", [InputRequired("Choose a badge.")], choices=[], default="")


async def participants(request: Request) -> Response:
    """Everybody who takes part, by name, with how much they did; titles are not told."""
    return await _all(request, None)


async def enrol(request: Request) -> Response:
    """Put students in: those of own classes by choice, others by name and class."""
    reader, key = request.user, request.path_params["key"]
    program = await queries.program_with_names(reader, key)
    form = await _enrol_form(request, program)
    if form.complete:
        try:
            if isinstance(form, NameForm):
                name = await confirming.enrol_named(key, form.name.data, form.room.data, reader)
                say(request, f"{name} is in it.")
            else:
                number = await confirming.enrol(key, form.students.data or [], reader)
                say(request, f"{number} {'student is' if number == 1 else 'students are'} in it now.")
        except Refused as refused:
            form.refuse(refused)
        else:
            return see_other(request, "programs.participants", key=key)
    return await _all(request, form)


async def _enrol_form(request: Request, program: dict[str, Any]) -> EnrolForm | NameForm:
    reader = request.user
    if reader.may("PRG04", Scope.SCHOOL):
        rooms = await running_queries.classes_to_choose(reader)
        return await NameForm.read(request, {"room": [("", "Choose"), *((one["key"], one["name"]) for one in rooms)]})
    out = await queries.students_to_enrol(reader, program["id"])
    return await EnrolForm.read(request, {"students": [(one["key"], _name(one)) for one in out]})


def _name(row: dict[str, Any]) -> str:
    return named(row["name"], row["letter"])


async def _all(request: Request, form: EnrolForm | NameForm | None) -> Response:
    reader = request.user
    program = await queries.program_with_names(reader, request.path_params["key"])
    people, more = await queries.people_in(reader, program["id"], words(request, "after"))
    form = form or await _enrol_form(request, program)
    return render(
        request,
        "programs/participants.html",
        form.status,
        program=program,
        people=[{**one, "shown": _name(one)} for one in people],
        more=more,
        form=form,
        by_name=isinstance(form, NameForm),
        own=not reader.may("PRG04", Scope.SCHOOL),
    )


async def participant(request: Request) -> Response:
    """One student in a program: badges, what was logged without its titles, and what staff may do about it."""
    reader = request.user
    program = await queries.program_with_names(reader, request.path_params["key"])
    one = await queries.participant(reader, program, request.path_params["student"])
    await confirming.looked(program["key"], one, reader)
    return await _one(request, program, one, None, None)


async def _one(
    request: Request, program: dict[str, Any], one: queries.Participant, giving: Any, voiding: Any
) -> Response:
    reader = request.user
    badges = await queries.badges_for(reader, program["id"], one.id)
    held = [{**row, **one.awards[row["id"]]} for row in badges if row["id"] in one.awards]
    giving = giving or GivingForm()
    free = [(row["key"], row["title"]) for row in badges if not row["by_hand"]]
    giving.badge.choices = [SelectChoice("", "Choose"), *(SelectChoice(*one) for one in free)]
    form = giving if giving.wrong else voiding
    return render(
        request,
        "programs/participant.html",
        form.status if form else 200,
        program=program,
        one=one,
        held=held,
        giving=giving,
        voiding=voiding or ReasonForm(),
        entries=await queries.entries_in(reader, program, one),
        may_void=confirming.may_void(reader),
    )


async def give_badge(request: Request) -> Response:
    """Give a badge by hand."""
    reader = request.user
    key, student = request.path_params["key"], request.path_params["student"]
    program = await queries.program_with_names(reader, key)
    one = await queries.participant(reader, program, student)
    badges = [(row["key"], row["title"]) for row in await queries.badges_for(reader, program["id"], one.id)]
    form = await GivingForm.read(request, {"badge": [("", "Choose"), *badges]})
    if form.complete:
        try:
            title = await confirming.give_badge(key, student, form.badge.data, form.reason.data, form.key, reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{one.name} has the badge {title} by hand. It adds no reading.")
            return see_other(request, "programs.participant", key=key, student=student)
    return await _one(request, program, one, form, None)


async def void_entry(request: Request) -> Response:
    """Void an entry, without seeing what it is called."""
    key, student = request.path_params["key"], request.path_params["student"]
    return await _with_reason(
        request,
        lambda reason: confirming.void_entry(key, student, request.path_params["entry"], reason, request.user),
        "The entry counts no longer. The student still sees it in the log, as taken out by the library.",
    )


async def take_badge_back(request: Request) -> Response:
    """Take back a badge that was given by hand."""
    key, student = request.path_params["key"], request.path_params["student"]
    return await _with_reason(
        request,
        lambda reason: confirming.take_badge_back(key, student, request.path_params["badge"], reason, request.user),
        "The badge that was given by hand is taken back.",
    )


async def _with_reason(request: Request, act: Callable[[str], Awaitable[Any]], done: str) -> Response:
    reader = request.user
    key, student = request.path_params["key"], request.path_params["student"]
    program = await queries.program_with_names(reader, key)
    one = await queries.participant(reader, program, student)
    form = await ReasonForm.read(request)
    if form.complete:
        try:
            await act(form.reason.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, done)
            return see_other(request, "programs.participant", key=key, student=student)
    return await _one(request, program, one, None, form)


async def remove(request: Request) -> Response:
    """Take a student out; what they did stays theirs."""
    key, student = request.path_params["key"], request.path_params["student"]
    try:
        name = await confirming.remove(key, student, request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="wrong")
    else:
        say(request, f"{name} is out of the program. The log is still theirs.")
    return see_other(request, "programs.participants", key=key)
