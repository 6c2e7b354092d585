"""The page on which the library's staff write why a resource was chosen."""

import wtforms
from starlette.requests import Request
from starlette.responses import Response
from wtforms.validators import Length

from engage.errors import Refused
from engage.resources import notes
from engage.web.forms import Form, trimmed
from engage.web.render import render, say, see_other

LIMIT = [Length(max=notes.LONGEST, message="Keep this under 1,000 letters.")]


def question(name: str) -> wtforms.TextAreaField:
    """The field of one question."""
    said, asked = notes.QUESTIONS[name]
    return wtforms.TextAreaField(said, LIMIT, [trimmed], description=asked)


class NoteForm(Form):
    """Why it was chosen. Every answer may be left out."""

    authority = question("authority")
    currency = question("currency")
    viewpoint = question("viewpoint")
    access = question("access")
    curriculum = question("curriculum")
    verdict = question("verdict")
    shown = wtforms.BooleanField("Readers see this, as “How we chose this”")


async def note(request: Request) -> Response:
    """Write why it was chosen, and say whether readers see it."""
    resource, at_hand = await notes.note_to_write(request.user, request.path_params["key"])
    form = await NoteForm.read(request, **(at_hand or {"shown": True}))
    if form.complete:
        answers = {name: form[name].data or "" for name in notes.QUESTIONS}
        try:
            kept = await notes.write_note(resource["key"], answers, form.shown.data, by=request.user)
        except Refused as no:
            form.refuse(no)
        else:
            seen = "Readers see it." if form.shown.data else "Only the library's staff see it."
            say(request, f"Your note is kept. {seen}" if kept else "There is no note any more.")
            return see_other(request, "resources.show", key=resource["key"])
    return render(request, "resources/note.html", form.status, form=form, resource=resource, note=at_hand)
