"""How staff come in: password, then a code or the setting up of one; a link to choose a password; and the way out."""

from datetime import timedelta
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engage import dates
from engage.errors import Refused
from engage.outside import qr
from engage.people import (
    actions,
    oidc_queries,
    one_time_codes,
    passwords,
    queries,
    sealing,
    second_factor,
    sign_in,
    staff_access,
)
from engage.people.forms import CodeForm, CodeOfAppForm, LinkForm, NewPasswordForm, StaffForm
from engage.people.models import Person
from engage.people.rules import Way
from engage.people.sign_in import Next
from engage.web.forms import sent_form
from engage.web.limits import address_of
from engage.web.render import render, see_other
from engage.web.sessions import DEVICE, leave_waiting, own_path, wanted_page

# between the right password and the code; setting up takes longer: an app has to be found first
CODE_WITHIN, SET_UP_WITHIN = timedelta(minutes=5), timedelta(minutes=30)
KIND = "password shown"


async def sign_in_staff(request: Request) -> Response:
    """The front door: staff sign in here, students go on with their class code or card."""
    form = await StaffForm.read(request, next=wanted_page(request))
    if form.complete:
        try:
            entering = await sign_in.staff_member(
                form.login.data, form.password.data, address_of(request), _key(request), dates.now()
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            return await enter(request, entering.person, entering.next, own_path(form.next.data or ""))
    return await show_sign_in(request, form)


async def show_sign_in(request: Request, form: StaffForm, status: int = 0) -> Response:
    """The front door, with whatever went wrong."""
    schools, back = await queries.schools_to_visit(), own_path(form.next.data or "")
    return render(
        request,
        "people/sign_in.html",
        status or form.status,
        form=form,
        code=CodeForm(data={"next": back}),
        schools=schools,
        elsewhere=await oidc_queries.offered(back or (f"/{schools[0]['slug']}/" if len(schools) == 1 else "")),
        back=back,
    )


async def enter(
    request: Request, person: Person, then: Next, back: str, way: Way = Way.PASSWORD, *, proved: bool = True
) -> Response:
    """In, or on to the page that asks for the code, or to the one that sets the second step up.

    proved: see sessions.start_session.
    """
    if then is Next.IN:
        await actions.sign_in(request, person, way=way, student=False, proved=proved)
        return RedirectResponse(back or await queries.home_of(person.id), 303)
    form = CodeOfAppForm(data={"next": back})
    if then is Next.CODE:
        form.handed.data = _hand_on(request, person, CODE_WITHIN)
        return render(request, "people/sign_in_code.html", form=form)
    secret = one_time_codes.new_secret()
    covered = second_factor.covered(secret, person.key, _key(request))
    form.handed.data = _hand_on(request, person, SET_UP_WITHIN, covered=covered)
    return await _show_set_up(request, form, person, secret)


async def sign_in_code(request: Request) -> Response:
    """The second step of staff: the code of the app, or one that stands in for it."""
    form, person, _ = await _handed_on(request)
    if person is None:
        return see_other(request, "people.sign_in", {"next": own_path(form.next.data or "")})
    if form.complete:
        try:
            await sign_in.staff_code(person, form.secret_code.data, address_of(request), _key(request), dates.now())
        except Refused as refused:
            form.refuse(refused)
        else:
            await actions.sign_in(request, person, way=Way.CODE, student=False)
            return RedirectResponse(own_path(form.next.data or "") or await queries.home_of(person.id), 303)
    form.secret_code.data = ""
    return render(request, "people/sign_in_code.html", form.status, form=form)


async def sign_in_set_up(request: Request) -> Response:
    """An admin sets up the second step before the first time; then the codes that stand in for it are shown, once."""
    form, person, what = await _handed_on(request)
    if person is None or "covered" not in what or await second_factor.has_one(person.id):
        return see_other(request, "people.sign_in", {"next": own_path(form.next.data or "")})
    key = _key(request)
    secret = second_factor.uncovered(what["covered"], person.key, key)
    if form.complete:
        try:
            codes = await second_factor.set_up(person, secret, form.secret_code.data, key, dates.now())
        except Refused as refused:
            form.refuse(refused)
        else:
            await actions.sign_in(request, person, way=Way.CODE, student=False)
            back = own_path(form.next.data or "") or await queries.home_of(person.id)
            return render(request, "people/recovery_codes.html", codes=codes, back=back, first=True)
    form.secret_code.data = ""
    return await _show_set_up(request, form, person, secret)


async def _show_set_up(request: Request, form: CodeOfAppForm, person: Person, secret: bytes) -> Response:
    school = await queries.school_name(person.id)
    return render(request, "people/sign_in_set_up.html", form.status, form=form, **drawn(secret, person, school))


def drawn(secret: bytes, person: Person, school: str) -> dict[str, Any]:
    """A secret as the page shows it: a code for the app's camera, and letters to type. It is kept nowhere."""
    address = one_time_codes.app_address(secret, person.login or "", school)
    return {"drawing": Markup(qr.draw(address, "m")), "typed": one_time_codes.typed_secret(secret)}


def _hand_on(request: Request, person: Person, within: timedelta, **more: str) -> str:
    """What says on the next page that the password was right; worth nothing once the password is another one."""
    key = _key(request)
    mark = sealing.keyed(key, KIND, person.password_hash)
    return sealing.handed_out(key, KIND, {"who": person.key, "mark": mark} | more, dates.now() + within)


async def _handed_on(request: Request) -> tuple[CodeOfAppForm, Person | None, dict[str, Any]]:
    form = await CodeOfAppForm.read(request)
    key = _key(request)
    what = sealing.handed_back(key, KIND, form.handed.data or "", dates.now())
    person = await queries.staff_with_key(what["who"]) if what else None
    if what is None or person is None or sealing.keyed(key, KIND, person.password_hash) != what["mark"]:
        return form, None, {}
    return form, person, what


def _key(request: Request) -> str:
    key: str = request.app.settings.secret_key
    return key


async def invitation(request: Request) -> Response:
    """A link to choose a password with: what is in its fragment is sent by the page's script, or typed."""
    form = await LinkForm.read(request)
    if form.complete:
        try:
            handed = await staff_access.follow(form.card.data, address_of(request), _key(request), dates.now())
            person = await staff_access.invited(handed, _key(request), dates.now())
        except Refused as refused:
            form.refuse(refused)
        else:
            chosen = NewPasswordForm(data={"handed": handed})
            two = await second_factor.has_one(person.id)
            return render(request, "people/sign_in_new_password.html", form=chosen, person=person, two=two)
    form.card.data = ""
    return render(request, "people/sign_in_invitation.html", form.status, form=form)


async def choose_password(request: Request) -> Response:
    """The password that somebody chose by a link; then in, or on to the second step."""
    if request.method == "GET":
        return see_other(request, "people.invitation")
    form = await NewPasswordForm.read(request)
    try:
        person = await staff_access.invited(form.handed.data or "", _key(request), dates.now())
    except Refused as refused:
        again = LinkForm()
        again.refuse(refused)
        return render(request, "people/sign_in_invitation.html", 422, form=again)
    two = await second_factor.has_one(person.id)
    if form.complete:
        words = (person.name, person.login or "", person.school.name)
        try:
            passwords.check_password(form.password.data, words, two=two)
            kept = await passwords.hashed(form.password.data)
            await staff_access.choose_password(person, kept, now=dates.now())
        except Refused as refused:
            form.refuse(refused)
        else:
            if two:
                return await enter(request, person, Next.CODE, "")
            needed = await second_factor.needs_one(person.id)
            return await enter(request, person, Next.SET_UP if needed else Next.IN, "")
    return render(request, "people/sign_in_new_password.html", form.status, form=form, person=person, two=two)


async def sign_out(request: Request) -> Response:
    """Leave, on this device. keep: something of a log waits here to be sent, as the page's script says."""
    if (await sent_form(request)).get("keep"):
        leave_waiting(request)
    await actions.sign_out(request)
    return RedirectResponse("/sign-in/card" if DEVICE in request.cookies else "/", 303)
