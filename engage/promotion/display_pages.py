"""The desk on which the library decides what stands where, and when; and the sign of what stands there."""

from datetime import time, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from wtforms import DateField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from engage import dates
from engage.database.fields import new_key
from engage.errors import NotFound, Refused
from engage.lists import queries as lists
from engage.lists.shown import shown
from engage.programs import queries as programs
from engage.promotion import actions, codes, queries, rules
from engage.promotion.flyer_pages import flyer_of
from engage.promotion.paper_pages import PDF, beside, paper_of, pictures_of, the_press
from engage.promotion.posters import ON_POSTER, poster_of
from engage.promotion.promoted import keys_of
from engage.promotion.rules import PLACES, Medium
from engage.web.cache import answer
from engage.web.forms import Form, choice, trimmed
from engage.web.paper import plain
from engage.web.render import render, say, see_other, whole
from engage.web.routing import path_for
from engage.web.tables import attachment

PLACE_CHOICES = [SelectChoice(place.value, words) for place, words in PLACES.items()]
LACKING = 8


class ShowForm(Form):
    """What is put on show, where, and from which day to which."""

    what = SelectField("List or program", [InputRequired("Choose a list or a program.")], choices=[])
    place = SelectField("Where", [InputRequired("Choose a place.")], choices=PLACE_CHOICES)
    spot = StringField("Where in the library", [Length(max=rules.SPOT, message="Use fewer words.")], [trimmed])
    kicker = StringField("The line above its title", [Length(max=rules.KICKER, message="Use fewer words.")], [trimmed])
    starts = DateField("First day", [InputRequired("Pick the first day.")])
    ends = DateField("Last day", [InputRequired("Pick the last day.")])


async def index(request: Request) -> Response:
    """What stands where and when; put something on show."""
    reader = request.user
    if not queries.may_put_on_show(reader):
        raise NotFound("displays")
    today = dates.today(reader.school.zone)
    offering = {"what": await queries.showable(reader)}
    asked = choice(request, "what", [value for value, _ in offering["what"]])
    preset: dict[str, Any] = {"kicker": "List of the week", "starts": today, "ends": today + timedelta(days=6)}
    form = await ShowForm.read(request, offering, **preset, what=asked)
    if form.complete:
        values: dict[str, Any] = {name: value or "" for name, value in form.values.items()}
        try:
            await actions.put_on_show(**values, by=reader, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "It is set. It shows on its days.")
            return see_other(request, "promotion.index")
    displays, shown_once = await queries.displays(reader), await queries.ever_shown(reader)
    return render(
        request,
        "promotion/index.html",
        form.status,
        form=form,
        offers=bool(offering["what"]),
        weeks=rules.calendar(displays, today),
        crowds=rules.crowded(displays, today),
        places=PLACES,
        lacking=[pair for pair in offering["what"] if pair[0] not in shown_once][:LACKING],
        again_key=new_key(),
        groups=[
            ("On show now", [row for row in displays if row["starts"] <= today <= row["ends"]]),
            ("Soon", [row for row in reversed(displays) if row["starts"] > today]),
            ("Over", [row for row in displays if row["ends"] < today][:24]),
        ],
    )


async def extend(request: Request) -> Response:
    """Let it stand a week longer."""
    return await _done(request, actions.extend, "It stands a week longer.")


async def end(request: Request) -> Response:
    """Let it be over."""
    return await _done(request, actions.end, "It is over. What it did is still counted.")


async def repeat(request: Request) -> Response:
    """Show it once more, as long."""
    form = await Form.read(request)
    starts = await actions.repeat(request.path_params["key"], by=request.user, form_key=form.key)
    say(request, f"It is set once more, from {dates.spoken(starts)}.")
    return see_other(request, "promotion.index")


async def take_off(request: Request) -> Response:
    """Take it away as if it had never been."""
    return await _done(request, actions.take_off, "It is off, and so are its counts.")


async def _done(request: Request, act: Any, sentence: str) -> Response:
    try:
        await act(request.path_params["key"], by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
    else:
        say(request, sentence, kind="note")
    return see_other(request, "promotion.index")


async def sign(request: Request) -> Response:
    """The sign that stands beside a display, one sheet, with a code that is counted."""
    reader = request.user
    display = await queries.display_to_change(reader, request.path_params["key"])
    paper = paper_of(request)
    key = (await keys_of(reader, [display["id"]], Medium.SIGN)).get(display["id"], "")
    name = "lists.show" if display["kind"] == "list" else "programs.show"
    way = path_for(request, "promotion.go", key=key) if key else path_for(request, name, slug=display["slug"])
    address = whole(request, way)
    (code,) = await the_press().codes([address], codes.ON_SIGNS)
    if display["kind"] == "list":
        curated = await lists.list_for(reader, display["slug"])
        items = shown(await lists.items_of(curated)).items
        pictures = await pictures_of(request, items, ON_POSTER)
        data = await beside(poster_of, curated, items, pictures, reader.school, paper, address, code)
        at = curated.changed_at
    else:
        program = await programs.program_for(reader, display["slug"])
        data = await beside(flyer_of, program, reader.school, paper, address, code, False)
        at = dates.moment(program["starts"], time(), reader.school.zone)
    data |= {"kicker": plain(display["kicker"] or data["kicker"], rules.KICKER)}
    if display["spot"]:
        data |= {"where": plain(f"{display['spot']}, until {dates.spoken(display['ends'])}.", rules.SPOT + 40)}
    body = await the_press().pdf("poster", data, at)
    named = attachment(f"{display['slug']}-sign-{paper}.pdf")
    return answer(request, body, PDF, Content_Disposition=named)
