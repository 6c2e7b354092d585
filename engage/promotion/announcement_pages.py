"""Announcements on their desk: put up, from a day to a day, and taken down."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from wtforms import BooleanField, DateField, RadioField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from engage import dates
from engage.errors import NotFound, Refused
from engage.promotion import telling
from engage.promotion.rules import WEEK
from engage.promotion.telling_queries import announcements as announced
from engage.promotion.telling_queries import may_tell, rooms_to_tell
from engage.promotion.telling_rules import AUDIENCES, LONGEST, Audience
from engage.web.forms import Form, trimmed
from engage.web.render import render, say, see_other


class AnnouncementForm(Form):
    """What is said, to whom, and from which day to which."""

    text = TextAreaField("What do you want to say?", [InputRequired("Write the announcement.")], [trimmed])
    audience = RadioField(
        "Who sees it?",
        [InputRequired("Choose who sees it.")],
        choices=[SelectChoice(each.value, words) for each, words in AUDIENCES.items()],
    )
    rooms = SelectMultipleField("Which classes?", choices=[])
    from_on = DateField("First day", [InputRequired("Pick the first day.")])
    until_on = DateField("Last day", [InputRequired("Pick the last day.")])
    no_name = BooleanField("It is a name in a book, of nobody here")


async def announcements(request: Request) -> Response:
    """Put an announcement on the home page, and see those that stand or stood there."""
    reader = request.user
    if not may_tell(reader):
        raise NotFound("announcements")
    today = dates.today(reader.school.zone)
    preset: dict[str, Any] = {"audience": Audience.SCHOOL.value, "from_on": today, "until_on": today + WEEK}
    form = await AnnouncementForm.read(request, {"rooms": await rooms_to_tell(reader)}, **preset)
    if form.complete:
        try:
            await telling.announce(
                form.text.data,
                Audience(form.audience.data),
                form.from_on.data,
                form.until_on.data,
                rooms=form.rooms.data or (),
                no_name=bool(form.no_name.data),
                by=reader,
                form_key=form.key,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "It is set. The home page shows it on its days.")
            return see_other(request, "promotion.announcements")
    return render(
        request,
        "promotion/announcements.html",
        form.status,
        form=form,
        most=LONGEST,
        announcements=[row | {"to": AUDIENCES[Audience(row["audience"])]} for row in await announced(reader)],
        asks_name=bool(form.no_name.errors) or bool(form.no_name.data),
    )


async def withdraw(request: Request) -> Response:
    """Take an announcement off the home page."""
    await telling.withdraw(request.path_params["key"], by=request.user)
    say(request, "It is off the home page.", kind="note")
    return see_other(request, "promotion.announcements")
