"""Signing in and out, and the pages about oneself."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engage import dates
from engage.errors import Refused
from engage.people import actions, passwords, queries, sign_in
from engage.people.forms import CodeForm, PasswordForm, PictureForm, StaffForm
from engage.web.limits import address_of
from engage.web.render import render, say, see_other
from engage.web.sessions import own_path

INKS = ("marigold", "pool", "rose", "meadow", "blue", "night", "tomato", "plum", "leaf", "rose", "sky", "sand")
TILES = [{**picture, "ink": ink} for picture, ink in zip(actions.drawn(passwords.PICTURES), INKS, strict=True)]


async def start(request: Request) -> Response:
    """The root: the one school's home, or the choice of schools."""
    schools = await queries.schools_to_visit()
    if len(schools) == 1:
        return RedirectResponse(f"/{schools[0]['slug']}/", 303)
    return render(request, "people/start.html", schools=schools)


async def sign_in_staff(request: Request) -> Response:
    """The front door: staff sign in here, students go on with their class code."""
    form = await StaffForm.read(request, next=own_path(request.query_params.get("next", "")))
    if form.complete:
        try:
            person = await sign_in.staff_member(
                form.login.data,
                form.password.data,
                address_of(request),
                request.app.settings.secret_key,
                dates.now(),
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            await actions.sign_in(request, person, way="password", student=False)
            home = await queries.home_of(person.id)
            return RedirectResponse(own_path(form.next.data or "") or home, 303)
    schools = await queries.schools_to_visit()
    return render(request, "people/sign_in.html", form.status, form=form, code=CodeForm(), schools=schools)


async def sign_in_class(request: Request) -> Response:
    """A student types the code of the class."""
    form = await CodeForm.read(request, code=request.query_params.get("code", ""))
    if form.complete:
        try:
            room = await sign_in.class_by_code(
                form.code.data, address_of(request), request.app.settings.secret_key, dates.now()
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            return see_other(request, "people.sign_in_tiles", code=room.code)
    return render(request, "people/sign_in_class.html", form.status, form=form)


async def sign_in_tiles(request: Request) -> Response:
    """The names of an open class; nobody sees them while its door is shut."""
    room = await sign_in.open_class(request.path_params["code"], dates.now())
    return render(request, "people/sign_in_tiles.html", room=room, tiles=await sign_in.tiles(room))


async def sign_in_picture(request: Request) -> Response:
    """Four pictures, one after the other; the fourth opens the door or begins again."""
    room = await sign_in.open_class(request.path_params["code"], dates.now())
    student = await sign_in.student_at(room, request.path_params["key"])
    form = await PictureForm.read(request)
    chosen = [name for name in (form.chosen.data or "").split(",") if name in passwords.PICTURES]
    if form.complete and form.picture.data in passwords.PICTURES:
        chosen = [*chosen, form.picture.data][: passwords.PICTURE_COUNT]
    if form.complete and len(chosen) == passwords.PICTURE_COUNT:
        try:
            await sign_in.student_with_pictures(
                room, student.key, chosen, address_of(request), request.app.settings.secret_key, dates.now()
            )
        except Refused as refused:
            form.refuse(refused)
            chosen = []
        else:
            await actions.sign_in(request, student, way="picture", student=True)
            return RedirectResponse(f"/{room.school_slug}/", 303)
    form.chosen.data, form.picture.data = ",".join(chosen), ""
    return render(
        request,
        "people/sign_in_picture.html",
        form.status,
        form=form,
        room=room,
        student=student,
        so_far=len(chosen),
        wanted=passwords.PICTURE_COUNT,
        tiles=TILES,
    )


async def sign_out(request: Request) -> Response:
    """Leave, on this device."""
    await actions.sign_out(request)
    return RedirectResponse("/", 303)


async def me(request: Request) -> Response:
    """One's own account: where one is signed in, and for staff the password."""
    reader = request.user
    form = await PasswordForm.read(request) if not reader.is_student else None
    if form is not None and form.complete:
        person = await queries.oneself(reader)
        try:
            await actions.change_password(person, form.current.data, form.password.data, by=reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "Your password is changed. Other devices are signed out.")
            return see_other(request, "people.me")
    own = await queries.sessions_of(reader)
    return render(request, "people/me.html", form.status if form else 200, form=form, sessions=own)


async def end_session(request: Request) -> Response:
    """Sign out on another device."""
    await actions.end_session(request.path_params["session"], by=request.user)
    say(request, "That device is signed out.")
    return see_other(request, "people.me")


async def kept(request: Request) -> Response:
    """What we keep about a reader, in plain words."""
    return render(request, "people/kept.html")
