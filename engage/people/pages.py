"""The pages about oneself: where one is signed in and how, and what others see of one."""

import random
import secrets

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engage import dates
from engage.errors import NotFound, Refused
from engage.people import (
    actions,
    oidc_queries,
    one_time_codes,
    passwords,
    queries,
    second_factor,
    shown_names,
    sign_in,
    ways,
)
from engage.people.entering_pages import drawn
from engage.people.forms import CodeOfAppForm, GiveUpForm, PasswordForm, PinForm, ProveForm, ShownForm
from engage.people.models import Person
from engage.people.rules import Second
from engage.web.forms import sent_form
from engage.web.limits import address_of
from engage.web.proving import to_prove
from engage.web.render import render, say, see_other
from engage.web.routing import path_for
from engage.web.sessions import STAFF_AGES, STUDENT_AGES, own_path, proved

OFFERED = 8


async def start(request: Request) -> Response:
    """The root: the one school's home, or the choice of schools."""
    schools = await queries.schools_to_visit()
    if len(schools) == 1:
        return RedirectResponse(f"/{schools[0]['slug']}/", 303)
    return render(request, "people/start.html", schools=schools)


async def me(request: Request) -> Response:
    """One's own account: where one is signed in, and how one signs in."""
    reader = request.user
    form = await PasswordForm.read(request) if not reader.is_student else None
    if form is not None and form.complete:
        person = await queries.oneself(reader)
        try:
            await actions.change_password(
                person,
                form.current.data,
                form.password.data,
                address_of(request),
                request.app.settings.secret_key,
                dates.now(),
                by=reader,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "Your password is changed. Other devices are signed out.")
            return see_other(request, "people.me")
    second = (await ways.ways_of(reader.school.id, reader.grade)).second if reader.is_student else None
    return render(
        request,
        "people/me.html",
        form.status if form else 200,
        form=form,
        sessions=await queries.sessions_of(reader, (STUDENT_AGES if reader.is_student else STAFF_AGES).idle),
        shown=(await queries.oneself(reader)).shown,
        two=form is not None and await second_factor.has_one(reader.id),
        may_change_pin=second is Second.PIN,
        elsewhere=await oidc_queries.connectable(reader) if reader.is_staff else [],
    )


async def change_pin(request: Request) -> Response:
    """A student's new PIN."""
    reader = request.user
    if not reader.is_student or (await ways.ways_of(reader.school.id, reader.grade)).second is not Second.PIN:
        raise NotFound("a PIN of one's own")
    if reader.by_card:
        return to_prove(request)
    form = await PinForm.read(request)
    if form.complete:
        person = await queries.oneself(reader)
        key = request.app.settings.secret_key
        try:
            await actions.change_pin(
                person, form.current.data, form.pin.data, address_of(request), key, dates.now(), by=reader
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "Your PIN is changed. Other devices are signed out.")
            return see_other(request, "people.me")
    return render(request, "people/pin.html", form.status, form=form)


async def end_session(request: Request) -> Response:
    """Sign out on another device."""
    await actions.end_session(request.path_params["session"], by=request.user)
    say(request, "That device is signed out.")
    return see_other(request, "people.me")


async def end_other_sessions(request: Request) -> Response:
    """Sign out everywhere but here."""
    number = await actions.end_other_sessions(by=request.user)
    told = f"{number} other device{' is' if number == 1 else 's are'} signed out."
    say(request, told if number else "You were signed in nowhere else.")
    return see_other(request, "people.me")


async def prove(request: Request) -> Response:
    """The password once more, or the code, before something that matters; students show pictures or PIN."""
    reader = request.user
    back = own_path(request.query_params.get("next", ""))
    if reader.is_student and not reader.is_staff:
        return see_other(request, "people.second_step", {"next": back})
    two = await second_factor.has_one(reader.id)
    form = await ProveForm.read(request, next=back)
    if form.complete:
        person, key = await queries.oneself(reader), request.app.settings.secret_key
        try:
            await sign_in.show_again(person, form.secret.data, address_of(request), key, dates.now(), two=two)
        except Refused as refused:
            form.refuse(refused)
        else:
            await actions.prove(request, by=reader)
            return RedirectResponse(own_path(form.next.data or "") or f"/{reader.school.slug}/", 303)
    elsewhere = await oidc_queries.connectable(reader)
    return render(request, "people/prove.html", form.status, form=form, two=two, elsewhere=elsewhere)


async def second_factor_page(request: Request) -> Response:
    """The second step of staff: set it up with an app, or see how it stands."""
    reader = request.user
    if not reader.is_staff:
        raise NotFound("a second step of staff")
    if not proved(request):
        return to_prove(request)
    person, key = await queries.oneself(reader), request.app.settings.secret_key
    if await second_factor.has_one(person.id):
        return await _show_factor(request, GiveUpForm(), person)
    form = await CodeOfAppForm.read(request)
    secret = one_time_codes.new_secret()
    if form.sent:
        secret = second_factor.uncovered(form.handed.data or "", person.key, key)
    if form.complete:
        try:
            codes = await second_factor.set_up(person, secret, form.secret_code.data, key, dates.now())
        except Refused as refused:
            form.refuse(refused)
        else:
            back = path_for(request, "people.me")
            return render(request, "people/recovery_codes.html", codes=codes, back=back, first=True)
    form.handed.data, form.secret_code.data = second_factor.covered(secret, person.key, key), ""
    look = drawn(secret, person, reader.school.name)
    return render(request, "people/second_factor_new.html", form.status, form=form, **look)


async def _show_factor(request: Request, form: GiveUpForm, person: Person) -> Response:
    return render(
        request,
        "people/second_factor.html",
        form.status,
        form=form,
        needed=await second_factor.needs_one(person.id),
        left=await second_factor.codes_left(person.id),
    )


async def renew_codes(request: Request) -> Response:
    """Ten new codes that stand in for the app; the old ones are void."""
    if not proved(request):
        return to_prove(request, path_for(request, "people.second_factor"))
    codes = await second_factor.renew_codes(await queries.oneself(request.user), request.app.settings.secret_key)
    back = path_for(request, "people.second_factor")
    return render(request, "people/recovery_codes.html", codes=codes, back=back, first=False)


async def give_up_factor(request: Request) -> Response:
    """Do without the second step, with a longer password."""
    if not proved(request):
        return to_prove(request, path_for(request, "people.second_factor"))
    person = await queries.oneself(request.user)
    form = await GiveUpForm.read(request)
    if form.complete:
        try:
            passwords.check_password(form.password.data, (person.name, person.login or "", request.user.school.name))
            await second_factor.give_up(person, await passwords.hashed(form.password.data), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "You sign in by password alone from now on. Other devices are signed out.")
            return see_other(request, "people.me")
    return await _show_factor(request, form, person)


async def shown(request: Request) -> Response:
    """How others see one: a name of the given set and a picture (CLS09)."""
    person = await queries.oneself(request.user)
    # a form that comes back offers the same names: they are drawn by the chance of its own key
    sent = await sent_form(request) if request.method == "POST" else {}
    key = str(sent.get("form_key", "")) or secrets.token_urlsafe(16)
    names = shown_names.some(OFFERED, random.Random(key))
    form = await ShownForm.read(
        request,
        {
            "shown": [(name, name) for name in dict.fromkeys([*filter(None, [person.shown]), *names])],
            "avatar": [(one["name"], one["words"]) for one in actions.drawn(passwords.PICTURES)],
        },
        form_key=key,
        shown=person.shown,
        avatar=person.avatar,
    )
    if form.complete:
        try:
            await actions.choose_shown(form.shown.data, form.avatar.data, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"Others see you as {form.shown.data} now.")
            return see_other(request, "people.me")
    return render(request, "people/shown.html", form.status, form=form)
