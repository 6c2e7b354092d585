"""How students come in: by the code of the class and the own tile, or by a card; then by pictures or a PIN."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engage import dates
from engage.errors import NotFound, Refused
from engage.people import actions, cards, devices, passwords, pins, queries, sign_in, ways
from engage.people.cards import Where
from engage.people.forms import CardForm, CodeForm, SecondForm
from engage.people.models import Person
from engage.people.rules import Second, Way
from engage.people.sign_in import OpenClass
from engage.web.forms import sent_form
from engage.web.limits import address_of
from engage.web.render import render, see_other
from engage.web.sessions import (
    DEVICE,
    DEVICE_SECONDS,
    DOOR,
    KIOSK,
    KIOSK_BY_CARD,
    KIOSK_SECONDS,
    drop_cookie,
    own_path,
    set_cookie,
    wanted_page,
)

INKS = ("marigold", "pool", "rose", "meadow", "blue", "night", "tomato", "plum", "leaf", "rose", "sky", "sand")
TILES = [{**picture, "ink": ink} for picture, ink in zip(actions.drawn(passwords.PICTURES), INKS, strict=True)]


async def sign_in_class(request: Request) -> Response:
    """A student types the code of the class."""
    form = await CodeForm.read(request, code=request.query_params.get("code", ""), next=wanted_page(request))
    if form.complete:
        try:
            room = await sign_in.class_by_code(
                form.code.data, address_of(request), request.app.settings.secret_key, dates.now()
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            return see_other(request, "people.sign_in_tiles", {"next": own_path(form.next.data or "")}, code=room.code)
    return render(request, "people/sign_in_class.html", form.status, form=form, next=own_path(form.next.data or ""))


async def sign_in_tiles(request: Request) -> Response:
    """The names of an open class; nobody sees them while its door is shut."""
    try:
        room = await _class_at(request)
    except NotFound:
        return _shut(request)
    shared = request.query_params.get(KIOSK, "")
    tiles = await sign_in.tiles(room)
    page = render(
        request, "people/sign_in_tiles.html", room=room, tiles=tiles, shared=shared, next=wanted_page(request)
    )
    # a card that is shown on this device is shown inside the open class
    set_cookie(page, request, DOOR, room.code, KIOSK_SECONDS)
    if shared:
        set_cookie(page, request, KIOSK, room.code, KIOSK_SECONDS)
    elif KIOSK in request.cookies:
        drop_cookie(page, request, KIOSK)
    return page


async def _class_at(request: Request) -> OpenClass:
    key = request.app.settings.secret_key
    return await sign_in.class_at(request.path_params["code"], address_of(request), key, dates.now())


def _shut(request: Request) -> Response:
    """A door that was shut before a child was through, or that never was: not found, and how to go on from here."""
    form = CodeForm(data={"next": wanted_page(request)})
    form.refuse(Refused(sign_in.NO_CODE, about="code"))
    return render(request, "people/sign_in_class.html", 404, form=form, next=wanted_page(request))


async def sign_in_picture(request: Request) -> Response:
    """Four pictures, one after the other, or a PIN; what is right opens the door, what is wrong begins again."""
    try:
        room = await _class_at(request)
        student = await sign_in.student_at(room, request.path_params["key"])
    except NotFound:
        return _shut(request)
    second = (await ways.ways_of(room.school_id, student.grade)).second
    form = await SecondForm.read(request, next=wanted_page(request))
    if await _opens(request, form, student, second, room.code):
        way = Way.KIOSK if _is_shared(request, room.code) else WAYS[second]
        return await _in(request, student, way, room.school_slug, form.next.data or "", room.code)
    return await _ask_second(request, form, student, second, room.code)


async def card(request: Request) -> Response:
    """A card is scanned or typed; the page that follows asks "is this you?"."""
    form = await CardForm.read(request, next=wanted_page(request))
    back = own_path(form.next.data or "")
    if form.complete:
        key, now = request.app.settings.secret_key, dates.now()
        try:
            shown = await cards.show(form.card.data, _where(request), address_of(request), key, now)
        except Refused as refused:
            form.refuse(refused)
        else:
            handed = cards.hand_out(shown, key, now)
            return render(request, "people/sign_in_is_you.html", shown=shown, handed=handed, next=back)
    form.card.data = ""
    page = render(request, "people/sign_in_card.html", form.status, form=form, next=back)
    device = await devices.enrolled(request.cookies.get(DEVICE, ""))
    if device is not None and device["kiosk"]:
        set_cookie(page, request, KIOSK, KIOSK_BY_CARD, DEVICE_SECONDS)
    elif request.cookies.get(KIOSK) == KIOSK_BY_CARD:
        drop_cookie(page, request, KIOSK)
    return page


async def card_is_mine(request: Request) -> Response:
    """ "Yes, that is me": in, or on to the second step where the card does not open alone."""
    if request.method == "GET":
        return see_other(request, "people.card")
    sent = await sent_form(request)
    handed, back = str(sent.get("handed", "")), own_path(str(sent.get("next", "")))
    try:
        shown = await cards.shown_before(handed, _where(request), request.app.settings.secret_key, dates.now())
    except Refused as refused:
        again = CardForm(data={"next": back})
        again.refuse(refused)
        return render(request, "people/sign_in_card.html", 422, form=again, next=back)
    student = await queries.student_with_card(shown.person_id)
    if shown.alone:
        return await _in(request, student, Way.CARD, shown.school, back, shown.door)
    form = await SecondForm.read(request)
    form.handed.data = cards.hand_out(shown, request.app.settings.secret_key, dates.now())
    if await _opens(request, form, student, shown.second):
        return await _in(request, student, Way.CARD_AND_SECOND, shown.school, back)
    return await _ask_second(request, form, student, shown.second)


WAYS = {Second.PICTURES: Way.PICTURES, Second.PIN: Way.PIN}


async def second_step(request: Request) -> Response:
    """A student who is in shows pictures or PIN once more: after a card alone, or before something that matters."""
    reader = request.user
    if not reader.is_student:
        raise NotFound("the second step of a student")
    student = await queries.oneself(reader)
    second = (await ways.ways_of(reader.school.id, reader.grade)).second
    form = await SecondForm.read(request, handed=own_path(request.query_params.get("next", "")))
    if await _opens(request, form, student, second):
        await actions.prove(request, by=reader)
        return RedirectResponse(own_path(form.handed.data or "") or f"/{reader.school.slug}/", 303)
    return await _ask_second(request, form, student, second, inside=True)


async def _opens(request: Request, form: SecondForm, student: Person, second: Second, class_code: str = "") -> bool:
    """Whether the pictures or the PIN in the form are the student's; the form says what is missing or wrong."""
    if not form.complete:
        return False
    given = _given(form, second)
    if not given:
        return False
    try:
        await sign_in.show_second(
            student, second, given, address_of(request), request.app.settings.secret_key, dates.now(), class_code
        )
    except Refused as refused:
        form.refuse(refused)
        form.chosen.data = ""
        return False
    return True


def _given(form: SecondForm, second: Second) -> list[str]:
    """All four pictures, or the digits of a PIN; none as long as they are not all there."""
    if second is Second.PIN:
        return list(pins.plain_pin(form.pin.data or ""))
    chosen = [name for name in (form.chosen.data or "").split(",") if name in passwords.PICTURES]
    if form.picture.data in passwords.PICTURES:
        chosen = [*chosen, form.picture.data][: passwords.PICTURE_COUNT]
    form.chosen.data, form.picture.data = ",".join(chosen), ""
    return chosen if len(chosen) == passwords.PICTURE_COUNT else []


async def _ask_second(
    request: Request, form: SecondForm, student: Person, second: Second, code: str = "", inside: bool = False
) -> Response:
    chosen = [name for name in (form.chosen.data or "").split(",") if name in passwords.PICTURES]
    form.chosen.data, form.picture.data = ",".join(chosen[: passwords.PICTURE_COUNT]), ""
    return render(
        request,
        "people/sign_in_pin.html" if second is Second.PIN else "people/sign_in_picture.html",
        form.status,
        form=form,
        next=own_path(form.next.data or ""),
        code=code,
        student=student,
        so_far=len(chosen),
        wanted=passwords.PICTURE_COUNT,
        tiles=TILES,
        shared=_is_shared(request, code),
        inside=inside,
    )


async def _in(request: Request, student: Person, way: Way, slug: str, wanted: str, code: str = "") -> Response:
    """In. wanted: where the student was going before, as it came with the form."""
    await actions.sign_in(request, student, way=way, student=True)
    if back := own_path(wanted):
        return RedirectResponse(back, 303)
    if _is_shared(request, code or KIOSK_BY_CARD):
        return see_other(request, "programs.add", school=slug)
    return RedirectResponse(f"/{slug}/", 303)


def _is_shared(request: Request, code: str) -> bool:
    """Whether this device is shared by the class of a code."""
    return bool(code) and sign_in.plain_code(request.cookies.get(KIOSK, "")) == code


def _where(request: Request) -> Where:
    return Where(sign_in.plain_code(request.cookies.get(DOOR, "")), request.cookies.get(DEVICE, ""))
