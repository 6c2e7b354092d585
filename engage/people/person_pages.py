"""The office's pages of people: the students, the staff, one of them, and somebody new."""

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import NotFound, Refused
from engage.people import class_actions, class_queries, person_actions, person_queries
from engage.people.office_forms import STAFF_ROLES, NewStudentForm, RoleForm, StaffForm, StudentForm, roles_to_give
from engage.people.person_queries import Shown
from engage.people.rules import Reader, Role, Scope, grade_name, named
from engage.people.staff_access import act_for
from engage.web.forms import choice, number, words
from engage.web.proving import to_prove
from engage.web.render import render, say, see_other
from engage.web.routing import path_for
from engage.web.sessions import proved

WORDS = {
    Role.STUDENT: "Student",
    Role.SCHOOL_ADMIN: "School admin",
    Role.DISTRICT_ADMIN: "District admin",
    **STAFF_ROLES,
}


async def to_admin(request: Request) -> Response:
    """The address under which a school is looked after, by itself: to the first of its pages."""
    return see_other(request, "people.people")


async def people(request: Request) -> Response:
    """The students or the staff of the school, found by name."""
    reader = request.user
    asked = words(request, "q", 80)
    students = person_queries.sees_students(reader)
    show = choice(request, "show", ("students", "staff", "gone"), "students" if students else "staff")
    page, pages_in_all, after = number(request, "page", 1, 1, 1_000), 1, None
    if show == "staff":
        rows, pages_in_all = await person_queries.staff(reader, asked, page)
    else:
        found = await person_queries.students(reader, asked, request.query_params.get("after", ""), gone=show == "gone")
        rows, after = found.rows, found.after
    return render(
        request,
        "people/people.html",
        rows=rows,
        show=show,
        q=asked,
        students=students,
        after=after,
        page=page,
        pages_in_all=pages_in_all,
        words=WORDS,
        grade_name=grade_name,
    )


async def new_student(request: Request) -> Response:
    """A student comes."""
    reader = request.user
    if not person_queries.sees_students(reader):
        raise NotFound("students")
    rooms = await class_queries.rooms_to_choose(reader)
    form = await NewStudentForm.read(
        request, {"room": [("", "No class yet"), *rooms]}, room=words(request, "class", 20)
    )
    if form.complete:
        try:
            key = await person_actions.add_student(
                form.name.data, form.letter.data or "", class_grade(form.grade.data), form.key, by=reader
            )
            if form.room.data:
                room = await class_queries.room_for(reader, form.room.data)
                await class_actions.put_in(room, [key], by=reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{form.name.data} is here.")
            return see_other(request, "people.person", key=key)
    return render(request, "people/student_new.html", form.status, form=form)


async def new_staff(request: Request) -> Response:
    """Somebody of the staff comes."""
    if not person_queries.sees_staff(request.user):
        raise NotFound("staff")
    form = await StaffForm.read(request, {"role": roles_to_give(request.user)})
    if form.sent and not proved(request):
        return to_prove(request)
    if form.complete:
        try:
            key = await person_actions.add_staff(
                form.name.data, form.login.data, Role(form.role.data), form.key, by=request.user
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{form.name.data} is here, without a password yet.")
            return see_other(request, "people.person", key=key)
    return render(request, "people/staff_new.html", form.status, form=form)


async def person(request: Request) -> Response:
    """One person of the school: what is kept of them, and their classes."""
    shown = await person_queries.person_for(request.user, request.path_params["key"])
    one = shown.person
    if not shown.is_student:
        return _page(request, shown, await _role_form(request))
    grade = "" if one.grade is None else str(one.grade)
    return _page(request, shown, await StudentForm.read(request, name=one.name, letter=one.letter, grade=grade))


async def change_student(request: Request) -> Response:
    """Give a student another name, letter or grade."""
    shown = await person_queries.student_for(request.user, request.path_params["key"])
    form = await StudentForm.read(request)
    if form.complete:
        try:
            await person_actions.change_student(
                shown.person, form.name.data, form.letter.data or "", class_grade(form.grade.data), by=request.user
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The change is kept.")
            return see_other(request, "people.person", key=shown.person.key)
    return _page(request, shown, form)


async def give_role(request: Request) -> Response:
    """Give somebody of the staff one more role."""
    shown = await person_queries.staff_for(request.user, request.path_params["key"])
    form = await _role_form(request)
    if form.sent and not proved(request):
        return to_prove(request, path_for(request, "people.person", key=shown.person.key))
    if form.complete:
        try:
            await person_actions.give_role(shown.person, Role(form.role.data), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The role is given. Their devices are signed out.")
            return see_other(request, "people.person", key=shown.person.key)
    return _page(request, shown, form)


async def take_role(request: Request) -> Response:
    """Take one of several roles from somebody of the staff."""
    shown = await person_queries.staff_for(request.user, request.path_params["key"])
    if not proved(request):
        return to_prove(request, path_for(request, "people.person", key=shown.person.key))
    asked = request.path_params["role"]
    if asked not in WORDS or asked == Role.STUDENT:
        raise NotFound(asked)
    try:
        await person_actions.take_role(shown.person, Role(asked), by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
    else:
        say(request, "The role is taken. Their devices are signed out.")
    return see_other(request, "people.person", key=shown.person.key)


async def _role_form(request: Request) -> RoleForm:
    return await RoleForm.read(request, {"role": roles_to_give(request.user)})


def _page(request: Request, shown: Shown, form: StudentForm | RoleForm) -> Response:
    return render(
        request,
        "people/person.html",
        form.status,
        form=form,
        shown=shown,
        words=WORDS,
        myself=shown.person.id == request.user.id,
        to_take=_to_take(request.user, shown),
        may_end=shown.is_student or request.user.may(act_for(set(shown.roles)), Scope.SCHOOL),
    )


def _to_take(reader: Reader, shown: Shown) -> list[Role]:
    """The roles that the reader may take from a person who would still have another one."""
    if shown.is_student or len(shown.roles) < 2:
        return []
    return [role for role in shown.roles if reader.may(act_for({role}), Scope.SCHOOL)]


def _called(shown: Shown) -> str:
    return named(shown.person.name, shown.person.letter)


async def let_go(request: Request) -> Response:
    """Somebody leaves the school."""
    shown = await person_queries.person_for(request.user, request.path_params["key"])
    try:
        await person_actions.let_go(shown.person, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
    else:
        say(request, f"{_called(shown)} has left. Nothing of theirs is deleted.")
    return see_other(request, "people.people")


async def come_back(request: Request) -> Response:
    """Somebody comes back, and is the same person."""
    shown = await person_queries.person_for(request.user, request.path_params["key"])
    try:
        await person_actions.take_back(shown.person, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
    else:
        say(request, f"{_called(shown)} is here again.")
    return see_other(request, "people.person", key=shown.person.key)


def class_grade(text: str | None) -> int | None:
    """A grade as a form gives it; None for none."""
    return int(text) if text else None
