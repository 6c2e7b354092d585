"""The office's pages of classes: all of them, one of them with who is in it, and a new one."""

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import Refused
from engage.people import class_actions, class_queries
from engage.people.office_forms import ClassForm, MembersForm
from engage.people.rules import Scope, grade_name, named, spelled
from engage.web.forms import choice, sent_form, words
from engage.web.render import render, say, see_other
from engage.web.routing import path_for


async def all_classes(request: Request) -> Response:
    """The classes of the school, those that go on or those that have ended."""
    asked, ended = words(request, "q", 80), choice(request, "show", ("ended",)) == "ended"
    page = await class_queries.rooms(request.user, asked, request.query_params.get("after", ""), ended)
    return render(
        request,
        "people/classes.html",
        rooms=page.rows,
        after=page.after,
        q=asked,
        ended=ended,
        grade_name=grade_name,
    )


async def new_class(request: Request) -> Response:
    """Make a class."""
    class_queries.check_may_make(request.user)
    form = await ClassForm.read(request)
    if form.complete:
        try:
            key = await class_actions.make_class(form.name.data, number_of(form.grade.data), form.key, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{form.name.data} is made. Put its students in.")
            return see_other(request, "people.one_class", key=key)
    return render(request, "people/class_edit.html", form.status, form=form, room=None)


async def one_class(request: Request) -> Response:
    """A class: who is in it, and who could come."""
    room = await class_queries.room_for(request.user, request.path_params["key"])
    asked = words(request, "q", 80)
    found = await class_queries.could_come(request.user, room, asked)
    return render(
        request,
        "people/class.html",
        room=room,
        code=spelled(room.code),
        members=await class_queries.members_of(request.user, room),
        found=found,
        q=asked,
        grade_name=grade_name,
        office=request.user.may("CLS03", Scope.SCHOOL),
    )


async def edit_class(request: Request) -> Response:
    """Give a class another name or grade."""
    room = await class_queries.room_for(request.user, request.path_params["key"])
    class_queries.check_may_make(request.user)
    grade = "" if room.grade is None else str(room.grade)
    form = await ClassForm.read(request, name=room.name, grade=grade)
    if form.complete:
        try:
            await class_actions.change_class(room, form.name.data, number_of(form.grade.data), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The class is changed.")
            return see_other(request, "people.one_class", key=room.key)
    return render(request, "people/class_edit.html", form.status, form=form, room=room)


async def end_class(request: Request) -> Response:
    """End a class."""
    room = await class_queries.room_for(request.user, request.path_params["key"])
    class_queries.check_may_make(request.user)
    try:
        await class_actions.end_class(room, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
    else:
        say(request, f"{room.name} has ended. What was done in it stays.")
    return see_other(request, "people.all_classes")


async def put_in(request: Request) -> Response:
    """Put people in a class."""
    room = await class_queries.room_for(request.user, request.path_params["key"])
    keys = [str(key) for key in (await sent_form(request)).getlist("people")]
    form = await MembersForm.read(request, {"people": [(key, key) for key in keys]})
    if form.complete:
        try:
            came = await class_actions.put_in(room, form.people.data, by=request.user)
        except Refused as refused:
            say(request, refused.sentence, kind="care")
        else:
            say(request, f"{came} {'is' if came == 1 else 'are'} in {room.name} now.")
    else:
        say(request, "Choose at least one.", kind="care")
    return see_other(request, "people.one_class", key=room.key)


async def take_out(request: Request) -> Response:
    """Take somebody out of a class."""
    room = await class_queries.room_for(request.user, request.path_params["key"])
    person = await class_queries.person_here(request.user.school.id, request.path_params["person"])
    await class_actions.take_out(room, person, by=request.user)
    undo = path_for(request, "people.back_in", key=room.key, person=person.key)
    say(request, f"{named(person.name, person.letter)} is not in {room.name} any more. What was done stays.", undo=undo)
    return see_other(request, "people.one_class", key=room.key)


async def back_in(request: Request) -> Response:
    """Put somebody back in a class in which they were this school year."""
    room = await class_queries.room_for(request.user, request.path_params["key"])
    try:
        await class_actions.put_in(room, [request.path_params["person"]], by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
    else:
        say(request, "They are in the class again.")
    return see_other(request, "people.one_class", key=room.key)


def number_of(text: str | None) -> int | None:
    """A grade as a form gives it; None for none."""
    return int(text) if text else None
