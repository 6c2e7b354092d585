"""How a school lets people in: ways by grade, enrolled devices, and its staff with links to choose a password with."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice

from engage.errors import NotAllowed, NotFound, Refused
from engage.people import devices, helping, queries, staff_access, ways
from engage.people.forms import DeviceForm
from engage.people.models import Person
from engage.people.rules import GradeBand, Scope, Second
from engage.people.ways import BANDS, Ways
from engage.web.forms import Form
from engage.web.proving import to_prove
from engage.web.render import render, say, see_other, whole
from engage.web.routing import path_for
from engage.web.sessions import DEVICE, DEVICE_SECONDS, drop_cookie, proved, set_cookie

CHOICES = (
    ("picture cards", "Card and four pictures"),
    ("pin cards", "Card and PIN"),
    ("picture", "Four pictures, no card"),
    ("pin", "PIN, no card"),
)


def _band(words: str) -> RadioField:
    return RadioField(words, choices=[SelectChoice(value, label) for value, label in CHOICES])


class WaysForm(Form):
    """What students sign in with, by grade band."""

    early = _band("Pre-K to grade 2")
    middle = _band("Grades 3 to 5")
    upper = _band("Grades 6 to 8")
    high = _band("Grades 9 to 12")


FIELDS = dict(zip(BANDS, ("early", "middle", "upper", "high"), strict=True))


def _value(chosen: Ways) -> str:
    return f"{chosen.second.value}{' cards' if chosen.cards else ''}"


async def sign_in_ways(request: Request) -> Response:
    """What the students of each grade band sign in with (ADM01)."""
    reader = request.user
    if not reader.may("ADM01"):
        raise NotAllowed("ADM01")
    now = await ways.ways_by_band(reader.school.id)
    preset: dict[str, Any] = {field: _value(now[band]) for band, field in FIELDS.items()}
    form = await WaysForm.read(request, **preset)
    if form.complete:
        chosen: dict[GradeBand, Ways] = {band: _ways(form[field].data) for band, field in FIELDS.items()}
        changed = await ways.choose_ways(chosen, by=reader)
        say(request, KEPT if changed else "Nothing was changed.")
        return see_other(request, "people.sign_in_ways")
    return render(request, "people/sign_in_ways.html", form.status, form=form)


KEPT = "It is kept. Students who have none yet get pictures, PINs and cards from their teachers."


def _ways(value: str) -> Ways:
    second, _, cards = value.partition(" ")
    return Ways(bool(cards), Second(second))


async def enrolled_devices(request: Request) -> Response:
    """The devices on which a card opens alone; the one in hand can be made one of them."""
    reader = request.user
    places = await devices.places_for(reader)
    if not places:
        raise NotFound("devices of one's own")
    preset = {"place": places[0][0]} if len(places) == 1 or places[0][0] == "" else {}
    form = await DeviceForm.read(request, {"place": [(key or ALL, name) for key, name in places]}, **_shown(preset))
    if form.complete:
        try:
            place = form.place.data.removeprefix(ALL)
            token = await devices.enrol(form.name.data, place, form.kiosk.data, by=reader, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{form.name.data} is enrolled. Sign out now, and students can scan their cards on it.")
            answer = see_other(request, "people.devices")
            set_cookie(answer, request, DEVICE, token, DEVICE_SECONDS)
            return answer
    return render(
        request,
        "people/devices.html",
        form.status,
        form=form,
        devices=await devices.devices_of(reader),
        is_enrolled=DEVICE in request.cookies,
        may_set=reader.may("ADM01"),
    )


# a choice of a form has a value
ALL = "school"


def _shown(preset: dict[str, Any]) -> dict[str, Any]:
    return {name: value or ALL for name, value in preset.items()}


async def revoke_device(request: Request) -> Response:
    """A card opens alone on that device no longer."""
    name = await devices.revoke(request.path_params["device"], by=request.user)
    say(request, f"{name} is enrolled no longer.")
    return see_other(request, "people.devices")


async def forget_device(request: Request) -> Response:
    """The device in hand forgets that it was enrolled."""
    answer = see_other(request, "people.devices")
    drop_cookie(answer, request, DEVICE)
    say(request, "This device is like any other now.")
    return answer


async def staff_sign_in(request: Request) -> Response:
    """The staff of the school: who can sign in, and how those come in who cannot (CLS10 to CLS12)."""
    if not request.user.may("CLS10"):
        raise NotFound("staff")
    found = await staff_access.staff_of(
        request.user, request.query_params.get("after", ""), request.app.settings.secret_key
    )
    return render(request, "people/staff_sign_in.html", rows=found.rows, after=found.after, may_end=_may_end(request))


def _may_end(request: Request) -> bool:
    return bool(request.user.may("CLS15", Scope.SCHOOL))


async def make_link(request: Request) -> Response:
    """A link with which one of the staff chooses a password; shown this once."""
    if (ask := _unproved(request)) is not None:
        return ask
    person = await _person(request)
    token = await staff_access.invite(person, request.app.settings.secret_key, by=request.user)
    link = f"{whole(request, path_for(request, 'people.invitation'))}#{token}"
    return render(request, "people/staff_link.html", person=person, link=link)


async def take_back_factor(request: Request) -> Response:
    """Somebody lost the app and the codes: second factor and password are void; a link is next."""
    if (ask := _unproved(request)) is not None:
        return ask
    person = await _person(request)
    await staff_access.take_back_factor(person, by=request.user)
    say(request, f"The second step and the password of {person.name} work no longer. Make a link now.")
    return see_other(request, "people.staff_sign_in")


async def let_staff_go(request: Request) -> Response:
    """Somebody has looked: an account that failures stopped may sign in again."""
    person = await _person(request)
    await staff_access.let_go(person, request.app.settings.secret_key, by=request.user)
    say(request, f"{person.name} can try again.")
    return see_other(request, "people.staff_sign_in")


async def end_staff_sessions(request: Request) -> Response:
    """Sign one of the staff out on every device (CLS15)."""
    if not _may_end(request):
        raise NotFound("sessions of staff")
    person = await queries.staff_at(request.user, request.path_params["person"])
    if person.id == request.user.id:
        raise NotFound("another one of the staff")
    number = await helping.end_sessions(person.id, by=request.user)
    say(request, f"{person.name} is signed out on {number} device{'' if number == 1 else 's'}.")
    return see_other(request, "people.staff_sign_in")


def _unproved(request: Request) -> Response | None:
    if proved(request):
        return None
    return to_prove(request, path_for(request, "people.staff_sign_in"))


async def _person(request: Request) -> Person:
    return await staff_access.staff_to_help(request.user, request.path_params["person"])
