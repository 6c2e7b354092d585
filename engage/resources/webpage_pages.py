"""One web page in: its address, then what it says of itself to look through, then it is in the catalogue."""

import wtforms
from starlette.requests import Request
from starlette.responses import Response
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from engage.errors import Refused
from engage.outside.cage import the_cage
from engage.outside.fetch import door_of
from engage.resources import webpage
from engage.resources.forms import ResourceForm, languages_with
from engage.resources.showing import brief
from engage.web.forms import Form, trimmed, words
from engage.web.render import render, say, see_other

MOST_FEEDS = 5


class LookForm(Form):
    """The address of a page."""

    address = wtforms.StringField(
        "Address of the page", [InputRequired("Write the address."), Length(max=2_000)], filters=[trimmed]
    )


class PageForm(ResourceForm):
    """A page as it is kept. picture: where the page says that its picture is."""

    picture = wtforms.HiddenField(validators=[Length(max=2_000)])
    explicit = wtforms.HiddenField()


async def web_page(request: Request) -> Response:
    """Look at a page that somebody pasted the address of. ?address fills the form."""
    form = await LookForm.read(request, address=words(request, "address", 2_000))
    if form.complete:
        try:
            found = await webpage.look_at(form.values["address"], door_of(request.app.settings), the_cage())
        except Refused as refused:
            form.refuse(refused)
        else:
            found = await webpage.with_held(found, request.user)
            said = webpage.preset(found)
            kept = PageForm(data={**said, "explicit": "yes" if said["explicit"] else ""})
            kept.language.choices = [SelectChoice(value, words) for value, words in languages_with("")]
            return render(
                request,
                "resources/webpage_keep.html",
                form=kept,
                held=[brief(row) for row in found.held],
                feeds=[title or url for title, url in found.facts.feeds[:MOST_FEEDS]],
            )
    return render(request, "resources/webpage.html", form.status, form=form)


async def keep_web_page(request: Request) -> Response:
    """Put it into the catalogue."""
    if request.method == "GET":
        return see_other(request, "resources.web_page")
    form = await PageForm.read(request, {"language": languages_with("")})
    if form.complete:
        try:
            key = await webpage.keep(
                form.written, form.picture.data or "", form.explicit.data == "yes", form.key, by=request.user
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"{form.written.title} is in the catalogue.")
            return see_other(request, "resources.show", key=key)
    return render(request, "resources/webpage_keep.html", form.status, form=form, held=(), feeds=())
