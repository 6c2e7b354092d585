"""Logging without a connection: what the service worker is made of, its page, and the address that takes entries in.

What is kept in a browser, and for whom it can be read, stands in DECISIONS.md and static/outbox.js.
"""

import base64
import hashlib
import hmac
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engage import dates
from engage.errors import NotFound, Refused
from engage.people.rules import Reader
from engage.programs import log_actions
from engage.programs.entries import Given, Kept
from engage.programs.forms import LogForm, usual_minutes
from engage.programs.rules import SENT_BEFORE
from engage.web import assets
from engage.web.forms import KEY_LENGTH
from engage.web.render import render_page

# what the page without a connection is made of; all of it is the same for everybody
SHELL = (
    "site.css",
    "icons.svg",
    "offline.js",
    "outbox.js",
    "fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2",
    "fonts/young-serif-latin-400-normal.woff2",
)


async def worker(request: Request) -> Response:
    """The service worker, with the outbox in it and the files that it keeps by name; another version is another one."""
    files: assets.Assets = request.app.assets
    shell = ["/offline", *(files.path(name) for name in SHELL)]
    begin = f"const VERSION = {json.dumps(files.version)};\nconst SHELL = {json.dumps(shell)};\n"
    request.scope["engage.same_for_all"] = True
    text = begin + files.text("outbox.js") + files.text("worker.js")
    return Response(text, headers={"Cache-Control": "no-cache"}, media_type="text/javascript")


async def offline(request: Request) -> Response:
    """What is shown without a connection; nothing of anybody is in it, since a browser keeps it."""
    request.scope["engage.same_for_all"] = True
    return render_page(
        request, "programs/offline.html", status=200, form=LogForm(data={"minutes": usual_minutes(None)}), theme=""
    )


async def outbox(request: Request) -> Response:
    """What the browser's outbox needs of whoever is signed in: the secret that opens what was sealed for them."""
    reader = request.user
    secret = request.app.settings.secret_key.encode()
    key = hmac.new(secret, f"outbox/{reader.key}".encode(), "sha256").digest()
    return JSONResponse({"who": reader.key, "secret": base64.b64encode(key).decode()})


async def take_in(request: Request) -> Response:
    """An entry out of a browser's outbox: kept once, however often it comes; what is refused is told in a sentence."""
    reader = request.user
    form = await LogForm.read(request)
    # a page that was left open sends what its own student wrote; whoever signed in since is somebody else
    if form.who.data != reader.key:
        return JSONResponse({"kept": False}, 409)
    if form.complete:
        try:
            given = Given(**form.said(dates.today(reader.school.zone)))
            kept = await _kept(reader, given, form.key, form.sure.data == "yes")
        except Refused as refused:
            form.refuse(refused)
        except NotFound:
            form.refuse(Refused("The library does not have this any more. Type its title instead.", about="title"))
        else:
            return JSONResponse({"kept": True, "repeated": kept.repeated})
    field, sentence = form.wrong[0]
    return JSONResponse({"kept": False, "sentence": sentence, "about": field.name if field else ""}, 422)


async def _kept(reader: Reader, given: Given, form_key: str, sure: bool) -> Kept:
    """Log an entry. Where its form was sent before as another one, who is sure has one more. Raises NotFound, Refused.

    What waits in a browser keeps the key of its form, so the key of one more is made of that and of what was said: the
    same however often it comes.
    """
    try:
        return await log_actions.log_entry(given, form_key, reader, sure=sure)
    except Refused as refused:
        if not sure or refused.sentence != SENT_BEFORE:
            raise
    more = hashlib.sha256(f"{form_key} {given}".encode()).hexdigest()[:KEY_LENGTH]
    return await log_actions.log_entry(given, more, reader, sure=True)
