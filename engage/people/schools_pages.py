"""The pages of the district's admin on which schools are opened and closed (ADM04)."""

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import Refused
from engage.people import schools
from engage.people.office_forms import CloseForm, SchoolForm
from engage.people.schools import Opening
from engage.web.proving import to_prove
from engage.web.render import render, say, see_other
from engage.web.routing import path_for
from engage.web.sessions import proved


async def all_schools(request: Request) -> Response:
    """The schools of the district, open and closed."""
    return render(request, "people/schools.html", schools=await schools.schools_of(request.user))


async def new_school(request: Request) -> Response:
    """Open a school; then its first admin gets a link to sign in with, on the page of its staff."""
    if not proved(request):
        return to_prove(request)
    zones = [(zone, zone.replace("_", " ")) for zone in dates.zones()]
    form = await SchoolForm.read(request, {"zone": zones}, zone=request.user.school.zone)
    if form.complete:
        wanted = Opening(**form.values)
        try:
            slug = await schools.open_new(wanted, request.app.addresses.own_words, form.key, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{wanted.name} is open. Make a link now, with which {wanted.admin} chooses a password.")
            return see_other(request, "people.staff_sign_in", school=slug)
    return render(request, "people/school_new.html", form.status, form=form)


async def close_school(request: Request) -> Response:
    """Ask once more, by its name, and close a school."""
    if not proved(request):
        return to_prove(request)
    key = request.path_params["key"]
    school, form = await schools.school_to_close(request.user, key), await CloseForm.read(request)
    if form.complete:
        try:
            name = await schools.close(key, form.name.data, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{name} is closed. Nothing of it is lost: open it again here.")
            return see_other(request, "people.all_schools")
    return render(request, "people/school_close.html", form.status, form=form, closing=school)


async def open_school(request: Request) -> Response:
    """Open a closed school again."""
    if not proved(request):
        return to_prove(request, path_for(request, "people.all_schools"))
    name = await schools.open_again(request.path_params["key"], by=request.user)
    say(request, f"{name} is open again. Its people sign in as before.")
    return see_other(request, "people.all_schools")
