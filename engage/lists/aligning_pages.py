"""Where frameworks come in, and where one says which standards a list or a resource serves."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import wtforms
from starlette.requests import Request
from starlette.responses import Response

from engage.database.fields import new_key
from engage.errors import NotFound, Refused
from engage.lists import aligning, queries, standards, standards_import
from engage.outside.cage import the_cage
from engage.resources.catalogue import keep_file, uploads
from engage.resources.queries import resource_for
from engage.web.forms import Form, choice, sent_file, words
from engage.web.render import render, say, see_other
from feeds import Unreadable, case

FILE = re.compile(r"[0-9a-z]{8,20}")
MOST_TOLD = 50


class PackageForm(Form):
    """A framework that somebody downloaded."""

    file = wtforms.FileField("A package of CASE, a file that ends in .json")


class AlignForm(Form):
    """Which standards something serves. drop: one that it serves no longer."""

    standards = wtforms.SelectMultipleField("Standards", validate_choice=False)
    drop = wtforms.StringField()


async def bring_standards(request: Request) -> Response:
    """Upload a framework; it is looked at before anything is written."""
    form = await PackageForm.read(request)
    if form.complete:
        try:
            file = await _taken(request, form)
        except Refused as refused:
            form.refuse(refused)
        else:
            return see_other(request, "lists.look_at_standards", file=file)
    return render(request, "lists/bring_standards.html", form.status, form=form)


async def look_at_standards(request: Request) -> Response:
    """What an uploaded framework would change; and, once that was seen, the change."""
    path = _path(request, request.path_params["file"])
    if not await asyncio.to_thread(path.is_file):
        raise NotFound("upload")
    form = await Form.read(request)
    given = await _read(await asyncio.to_thread(path.read_bytes))
    school_id = request.user.school.id
    if form.complete:
        key, changes = await standards_import.bring_in(school_id, given, request.user.id)
        await asyncio.to_thread(path.unlink, missing_ok=True)
        say(request, _done(changes))
        return see_other(request, "lists.framework", key=key)
    return render(
        request,
        "lists/look_at_standards.html",
        form=form,
        given=given,
        changes=await standards_import.what_would_change(school_id, given),
        most=MOST_TOLD,
    )


def _done(changes: standards_import.Changes) -> str:
    if not changes.any:
        return "The framework is here already, and nothing of it has changed."
    told = [(len(changes.added), "added"), (len(changes.changed), "changed"), (len(changes.gone), "gone")]
    return f"The framework is here: {', '.join(f'{many:,} {what}' for many, what in told if many) or 'renamed'}."


async def _taken(request: Request, form: PackageForm) -> str:
    """Keep what was sent under a name of our own, if a framework can be read of it. Raises Refused."""
    _, body = await sent_file(form.file)
    await _read(body)
    name = new_key()
    await asyncio.to_thread(keep_file, _path(request, name), body)
    return name


async def _read(body: bytes) -> case.Framework:
    try:
        return await standards_import.read(the_cage(), body)
    except Unreadable as no:
        raise Refused(standards_import.sentence_of(no.code, no.sentence), about="file") from no


def _path(request: Request, name: str) -> Path:
    """Where an upload of this school lies. Raises NotFound."""
    if not FILE.fullmatch(name):
        raise NotFound(name)
    folder = uploads(request.app.settings.data_folder)
    return folder / f"standards-{request.user.school.id}-{name}"


async def align(request: Request) -> Response:
    """Say which standards a list serves as a whole."""
    key = request.path_params["key"]
    curated = await queries.list_to_change(request.user, key)
    acts = (aligning.align_list, aligning.drop_from_list)
    answer = await _acted(request, key, "lists.align", acts)
    if answer is not None:
        return answer
    held = await standards.of_list(request.user, curated)
    return await _picker(request, "lists/align.html", held, curated=curated)


async def align_thing(request: Request) -> Response:
    """Say which standards a resource serves, on whatever list it stands."""
    key = request.path_params["key"]
    resource_id = await aligning.resource_to_align(request.user, key)
    acts = (aligning.align_resource, aligning.drop_from_resource)
    answer = await _acted(request, key, "lists.align_thing", acts)
    if answer is not None:
        return answer
    held = await standards.of_resource(request.user, resource_id)
    whole = await resource_for(request.user, key)
    return await _picker(request, "lists/align_thing.html", held, resource=whole.row)


Acts = tuple[Callable[..., Awaitable[int]], Callable[..., Awaitable[None]]]


async def _acted(request: Request, key: str, back: str, acts: Acts) -> Response | None:
    """What a form of the page asks for, done; None where the page is only to be seen, or nothing was chosen."""
    form = await AlignForm.read(request)
    request.state.form = form
    if not form.complete:
        return None
    add, drop = acts
    asked = {"q": words(request, "q"), "framework": words(request, "framework", 20)}
    try:
        if form.drop.data:
            await drop(key, form.drop.data, by=request.user)
            say(request, "It is taken off.", kind="note")
        elif form.standards.data:
            many = await add(key, form.standards.data, by=request.user)
            say(request, f"{many} standard{'' if many == 1 else 's'} added.")
        else:
            raise Refused("Tick the standards that it serves.", about="standards")
    except Refused as no:
        form.refuse(no)
        return None
    return see_other(request, back, asked, key=key)


async def _picker(request: Request, template: str, held: list[dict[str, Any]], **more: Any) -> Response:
    reader = request.user
    known = await standards.frameworks(reader)
    framework = choice(request, "framework", [each["key"] for each in known])
    asked = words(request, "q")
    found = await standards.find(reader, asked, framework) if asked or framework else []
    taken = {row["key"] for row in held if row["whole"] or "resource" in more}
    form = request.state.form
    return render(
        request,
        template,
        form.status,
        form=form,
        held=held,
        frameworks=known,
        framework=framework,
        q=asked,
        found=found,
        taken=taken,
        most=standards.MOST_FOUND,
        **more,
    )
