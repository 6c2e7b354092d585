"""What an import brought in goes onto a list: a file of records or a table, or a list of ISBNs that are here."""

from pathlib import PureWindowsPath

from starlette.requests import Request
from starlette.responses import Response
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

from engage.errors import Refused
from engage.lists import actions, editing, queries, rules
from engage.lists.editing import Addition
from engage.lists.forms import plain
from engage.lists.rules import ListKind, counted
from engage.resources.importing import things_of_import
from engage.resources.queries import import_for
from engage.web.forms import Form
from engage.web.render import render, say, see_other
from engage.web.routing import path_for

NEW = "new"
# records: more than a list holds, as one thing may stand in a file many times
LOOKED_AT = 2_000


class ImportOnForm(Form):
    """The list that takes what was imported. title: of a new one."""

    list = RadioField("Which list?", [InputRequired("Choose a list.")])
    title = StringField(
        "Its title, if it is a new one",
        [Length(max=rules.TITLE, message="Keep the title under 120 letters.")],
        [plain],
    )


async def put_import_on(request: Request) -> Response:
    """Put all that an import brought, or found here, on a list, in the order of the file."""
    reader = request.user
    imported = await import_for(reader, request.path_params["key"])
    keys = await things_of_import(reader, imported, LOOKED_AT)
    if not keys:
        say(request, "There is nothing here that could go on a list.", kind="care")
        return see_other(request, "resources.import_", key=imported["key"])
    lists = await queries.editable_lists(reader)
    choices = [(NEW, "A new list"), *((row["key"], row["title"]) for row in lists)]
    title = PureWindowsPath(imported["name"]).stem[: rules.TITLE]
    form = await ImportOnForm.read(request, offering={"list": choices}, list=NEW, title=title)
    if form.complete:
        try:
            rules.check_room(len(keys))
            return await _put_on(request, form, keys)
        except Refused as refused:
            form.refuse(refused)
    return render(request, "lists/put_import_on.html", form.status, form=form, imported=imported, number=len(keys))


async def _put_on(request: Request, form: ImportOnForm, keys: list[str]) -> Response:
    key = form.list.data
    if key == NEW:
        new = await actions.start_list(
            title=form.title.data, introduction="", kind=ListKind.LIST, by=request.user, form_key=form.key
        )
        key = new.key
    added = await editing.add_items(key, [Addition(each) for each in keys], by=request.user)
    there = f" {counted(len(added.there), 'thing')} stood on it already." if added.there else ""
    undo = path_for(request, "lists.put_back", key=key, number=added.number) if added.number else ""
    words = f"{counted(len(added.keys), 'thing')} added." if added.keys else "Nothing was new."
    say(request, words + there, undo=undo)
    return see_other(request, "lists.edit", {"moved": added.keys[0]} if added.keys else None, key=key)
