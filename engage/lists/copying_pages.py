"""The pages of copies and templates: a copy of a list that one sees, and what lists can be started from."""

from starlette.requests import Request
from starlette.responses import Response
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length

from engage.errors import NotAllowed, Refused
from engage.lists import copying, queries, rules
from engage.lists.forms import plain
from engage.people.rules import Scope
from engage.web.forms import Form, sent_form
from engage.web.render import render, say, see_other


class CopyForm(Form):
    """A copy of a list."""

    title = StringField(
        "Title of the copy",
        [InputRequired("Give the copy a title."), Length(max=rules.TITLE, message="Keep the title under 120 letters.")],
        [plain],
        description="It becomes a draft of your own. The list itself stays as it is.",
    )
    as_template = BooleanField(
        "Keep it as a template",
        description="Nobody reads a template. Lists are started from it: its parts and notes stand there as prompts.",
    )


async def copy(request: Request) -> Response:
    """Copy a list that one sees into a draft of one's own."""
    reader = request.user
    curated = await queries.list_for(reader, request.path_params["slug"])
    if not copying.may_copy(reader, curated.owner_id, curated.state, curated.part):
        raise NotAllowed("LST10")
    form = await CopyForm.read(request, title=f"{curated.title[: rules.TITLE - 8]}, again")
    if form.complete:
        try:
            made = await copying.copy_list(curated.slug, **form.values, by=reader, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The template is yours to change." if made.is_template else "The copy is yours to change.")
            return see_other(request, "lists.edit", key=made.key)
    return render(request, "lists/copy.html", form.status, form=form, curated=curated)


async def templates(request: Request) -> Response:
    """The templates that lists can be started from."""
    reader = request.user
    known = await copying.templates_to_choose(reader)
    rows = [{**row, "may_edit": rules.may_edit(reader, row["owner_id"])} for row in known]
    return render(request, "lists/templates.html", templates=rows, may_start=reader.may("LST05", Scope.MINE))


async def template(request: Request) -> Response:
    """Make a template of a draft, or a draft of a template."""
    key, on = request.path_params["key"], (await sent_form(request)).get("on") == "1"
    try:
        await copying.make_template(key, on=on, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, "care")
    else:
        say(request, "Lists can be started from it now." if on else "It is a draft again, and no template.")
    return see_other(request, "lists.edit", key=key)
