"""The calendar of the school: on which days there is no school, so that rows of days rest."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length, Optional

from engage import dates
from engage.errors import Refused
from engage.programs import days_off
from engage.web.forms import Form, trimmed
from engage.web.render import render, say, see_other


class DaysForm(Form):
    """A day without school, or days in a row."""

    note = StringField(
        "What is it?",
        [
            InputRequired("Say what it is, such as “Spring break”."),
            Length(max=days_off.LONGEST_NOTE, message="Keep this short."),
        ],
        [trimmed],
    )
    starts = DateField("First day", [InputRequired("Pick the day.")])
    ends = DateField("Last day", [Optional()])


class StretchForm(Form):
    """The days that are taken back."""

    starts = DateField("First day", [InputRequired()])
    ends = DateField("Last day", [InputRequired()])


async def school_days(request: Request) -> Response:
    """The days without school, and more of them."""
    reader = request.user
    form = await DaysForm.read(request)
    if form.complete:
        starts, ends = form.starts.data, form.ends.data or form.starts.data
        try:
            new = await days_off.close_days(starts, ends, form.note.data, by=reader)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "It stands in the calendar." if new else "It stands in the calendar already.")
            return see_other(request, "programs.school_days")
    today = dates.today(reader.school.zone)
    year = dates.school_year(today, reader.school.year_starts_in)
    before = dates.school_year(year.starts - timedelta(days=1), reader.school.year_starts_in)
    found = await days_off.days_off(reader, before.starts)
    return render(
        request,
        "programs/school_days.html",
        form.status,
        form=form,
        coming=[each for each in found if each.ends >= today],
        past=[each for each in reversed(found) if each.ends < today],
    )


async def open_days(request: Request) -> Response:
    """Take days without school back."""
    form = await StretchForm.read(request)
    if form.complete:
        gone = await days_off.open_days(form.starts.data, form.ends.data, by=request.user)
        say(request, "It is taken out of the calendar." if gone else "It did not stand in the calendar.")
    return see_other(request, "programs.school_days")
