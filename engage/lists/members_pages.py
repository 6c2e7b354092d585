"""The page of the people who work on a list."""

from starlette.requests import Request
from starlette.responses import Response
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from engage.errors import Refused
from engage.lists import members, rules
from engage.lists.bench_pages import list_on_bench, text
from engage.lists.rules import Part
from engage.web.forms import Form, sent_form
from engage.web.render import render, say, see_other

PARTS = {Part.EDITOR: "Changes the list", Part.SUGGESTER: "Sees it and suggests"}


class MemberForm(Form):
    """Somebody who works on a list. The choices of person are the staff of the school."""

    person = SelectField("Who?", [InputRequired("Choose somebody.")])
    part = RadioField(
        "What may they do?",
        choices=[SelectChoice(part.value, said) for part, said in PARTS.items()],
        default=Part.EDITOR.value,
    )


async def show_members(request: Request) -> Response:
    """Who works on a list, and somebody more."""
    curated = await list_on_bench(request)
    people = await members.members_of(curated)
    staff = await members.staff_to_choose(request.user)
    form = await MemberForm.read(request, {"person": [("", "Choose somebody"), *staff]})
    if form.complete:
        try:
            name = await members.put_in(curated.key, form.person.data, Part(form.part.data), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{name} works on this list now.")
            return see_other(request, "lists.members", key=curated.key)
    return render(
        request,
        "lists/members.html",
        form.status,
        form=form,
        curated=curated,
        people=people,
        parts=PARTS,
        colleagues=staff,
        owner_here=await members.owner_is_here(curated),
        may_change=rules.may_hand_over(request.user, curated.owner_id),
        may_take_over=rules.may_edit(request.user, None),
    )


async def change_member(request: Request) -> Response:
    """Let somebody do more or less on a list, or no longer work on it."""
    key, person = request.path_params["key"], request.path_params["person"]
    act = text(await sent_form(request), "act")
    if act in list(Part):
        try:
            name = await members.put_in(key, person, Part(act), by=request.user)
        except Refused as refused:
            say(request, refused.sentence, "care")
        else:
            say(request, f"{name}: {PARTS[Part(act)].lower()}.")
    elif act == "remove":
        await members.take_out(key, person, by=request.user)
        say(request, "They no longer work on this list.")
        if person == request.user.key:
            return see_other(request, "lists.curate")
    return see_other(request, "lists.members", key=key)


async def hand_over(request: Request) -> Response:
    """Give a list to somebody else of the staff."""
    curated = await list_on_bench(request)
    try:
        name = await members.hand_over(curated.key, text(await sent_form(request), "person"), by=request.user)
    except Refused as refused:
        say(request, refused.sentence, "care")
    else:
        say(request, f"{name} owns this list now. Who owned it can still change it.")
    return see_other(request, "lists.members", key=curated.key)


async def take_over(request: Request) -> Response:
    """Look after a list whose owner works here no more."""
    key = request.path_params["key"]
    try:
        await members.take_over(key, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, "care")
    else:
        say(request, "You look after this list now.")
    return see_other(request, "lists.edit", key=key)
