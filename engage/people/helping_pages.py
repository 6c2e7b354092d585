"""The desk where teachers and admins help students to sign in: one class at a time, each student with what there is."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import Refused
from engage.outside.typeset import press_in
from engage.people import actions, cards, helping, queries
from engage.people.forms import TickedForm
from engage.people.helping import Secret, Student
from engage.people.models import SchoolClass
from engage.people.rules import Scope, named
from engage.web.forms import choice
from engage.web.paper import paper_for, plain
from engage.web.render import render, say, see_other, template_folder, whole
from engage.web.routing import path_for

# of a code that a child's camera reads from a worn card: a quarter of it may be lost
LEVEL = "q"
NAME, GROUPS = 40, 24
ALL, NO_CARD = "all", "no card"


async def class_sign_in(request: Request) -> Response:
    """Each student of a class: what there is to sign in with, when it was last used, and what can be done."""
    room, students = await _class(request)
    return await _show(request, room, students)


async def _class(request: Request) -> tuple[SchoolClass, list[Student]]:
    room = await queries.class_for(request.user, "CLS05", request.path_params["key"])
    return room, await helping.students_with(room, request.user, request.app.settings.secret_key)


async def _form(request: Request, students: Sequence[Student]) -> TickedForm:
    offering = {"students": [(one.key, one.spoken) for one in students]}
    return await TickedForm.read(request, offering, paper=str(paper_for(request.user.school.zone)))


async def _show(
    request: Request, room: SchoolClass, students: Sequence[Student], form: TickedForm | None = None
) -> Response:
    if form is None:
        form = await _form(request, students)
    return render(
        request,
        "people/class_sign_in.html",
        form.status,
        form=form,
        room=room,
        students=students,
        ticked=set(form.students.data or []) or _asked_for(request, students),
        may_end=queries.may_in_class(request.user, "CLS15", room.id),
    )


def _asked_for(request: Request, students: Sequence[Student]) -> set[str]:
    """The keys of those whom the address asks to tick: all of the class, or who has no card."""
    asked = choice(request, "tick", (ALL, NO_CARD))
    return {one.key for one in students if asked == ALL or (asked and one.ways.cards and not one.card_since)}


async def new_pictures(request: Request) -> Response:
    """New pictures or a new PIN for one student; shown once, to be told to the child."""
    room, students = await _class(request)
    student = helping.student_among(students, request.path_params["student"])
    given = await helping.give_secrets([student], request.app.settings.secret_key, by=request.user)
    return _show_secrets(request, room, given)


async def new_secrets(request: Request) -> Response:
    """The same for all who are ticked, to be printed."""
    room, students = await _class(request)
    form = await _form(request, students)
    try:
        chosen = helping.chosen_among(students, form.students.data or [])
    except Refused as refused:
        form.refuse(refused)
        return await _show(request, room, students, form)
    given = await helping.give_secrets(chosen, request.app.settings.secret_key, by=request.user)
    return _show_secrets(request, room, given)


def _show_secrets(request: Request, room: SchoolClass, given: Sequence[Secret]) -> Response:
    rows = [{"student": one.student, "pictures": actions.drawn(one.pictures), "pin": one.pin} for one in given]
    return render(request, "people/pictures.html", room=room, given=rows)


async def print_cards(request: Request) -> Response:
    """New cards for all who are ticked, as sheets; what they had is void from then on. Nobody can print them again."""
    room, students = await _class(request)
    form = await _form(request, students)
    try:
        if not form.complete:
            raise Refused("Choose students and a sheet.", about="paper")
        chosen = helping.chosen_among(students, form.students.data or [])
        if without := [one.spoken for one in chosen if not one.ways.cards]:
            raise Refused(f"Your school uses no cards in this grade: {', '.join(without)}.", about="students")
    except Refused as refused:
        form.refuse(refused)
        return await _show(request, room, students, form)
    tokens = {one.id: cards.new_token() for one in chosen}
    body = await _sheets(request, room, chosen, tokens, form.paper.data)
    # what could not be set holds nobody out: only now the old cards are void
    await cards.keep_printed(tokens, request.app.settings.secret_key, room.key, by=request.user)
    headers = {"Content-Disposition": 'attachment; filename="cards.pdf"', "Cache-Control": "no-store"}
    return Response(body, headers=headers, media_type="application/pdf")


async def _sheets(
    request: Request, room: SchoolClass, chosen: Sequence[Student], tokens: dict[int, str], paper: str
) -> bytes:
    press = press_in(template_folder() / "paper")
    address = whole(request, path_for(request, "people.card"))
    codes = await press.codes([f"{address}#{tokens[one.id]}" for one in chosen], LEVEL)
    data: dict[str, Any] = {
        "paper": paper,
        "lang": request.user.school.language,
        "title": "Library cards",
        "address": address.removeprefix("https://").removeprefix("http://"),
        "how": "Hold this side before a camera, or type it at",
        "school": plain(request.user.school.name, NAME),
        "room": plain(room.name, GROUPS),
        "cards": [
            {"number": number, "qr": code, "groups": cards.in_groups(tokens[one.id]), "name": plain(one.spoken, NAME)}
            for number, (one, code) in enumerate(zip(chosen, codes, strict=True), 1)
        ],
    }
    return await press.pdf("cards", data, dates.now())


async def void_card(request: Request) -> Response:
    """A card is lost: it opens nothing any more."""
    room, students = await _class(request)
    student = helping.student_among(students, request.path_params["student"])
    gone = await cards.void(student.id, by=request.user)
    name = student.spoken
    say(request, f"The card of {name} opens nothing any more." if gone else f"{name} has no card.")
    return see_other(request, "people.class_sign_in", key=room.key)


async def let_student_go(request: Request) -> Response:
    """The teacher has looked: a student whom failures stopped may try again."""
    room, students = await _class(request)
    student = helping.student_among(students, request.path_params["student"])
    await helping.let_go(student, request.app.settings.secret_key, by=request.user)
    say(request, f"{student.spoken} can try again.")
    return see_other(request, "people.class_sign_in", key=room.key)


async def end_student_sessions(request: Request) -> Response:
    """Sign a student out on every device (CLS15)."""
    reader, key = request.user, request.path_params["key"]
    student = await helping.student_to_sign_out(reader, key, request.path_params["student"])
    number = await helping.end_sessions(student["id"], by=reader)
    words = f"is signed out on {number} device{'' if number == 1 else 's'}" if number else "was signed in nowhere"
    say(request, f"{named(student['name'], student['letter'])} {words}.")
    if reader.may("CLS05", Scope.CLASS) or reader.may("CLS05"):
        return see_other(request, "people.class_sign_in", key=key)
    return see_other(request, "people.me")
