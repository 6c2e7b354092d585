"""Imports: a file is uploaded, looked at, brought in, and reported record by record."""

import asyncio
import os
from pathlib import Path
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from engage.database.fields import new_key
from engage.errors import Refused
from engage.resources import actions, queries
from engage.resources.catalogue import uploads
from engage.resources.forms import UploadForm
from engage.resources.rules import ImportState, Outcome
from engage.web.forms import choice
from engage.web.render import render, say, see_other
from engage.web.tables import csv_answer

OUTCOMES = {
    Outcome.REFUSED: "Refused",
    Outcome.ADDED: "Added",
    Outcome.CHANGED: "Changed",
    Outcome.SAME: "Unchanged",
}
# the same before anything was written
WOULD_BE = {
    Outcome.REFUSED: "Refused",
    Outcome.ADDED: "New",
    Outcome.CHANGED: "Will change",
    Outcome.SAME: "Unchanged",
}
LOOK_AGAIN_SECONDS = 2


async def imports(request: Request) -> Response:
    """All imports, the newest first."""
    page = await queries.imports(request.user, request.query_params.get("after", ""))
    return render(request, "resources/imports.html", imports=page.rows, after=page.after)


async def new_import(request: Request) -> Response:
    """Upload a file; it is looked at before anything is written."""
    form = await UploadForm.read(request)
    if form.complete:
        try:
            key = await _taken(request, form)
        except Refused as refused:
            form.refuse(refused)
        else:
            return see_other(request, "resources.import_", key=key)
    return render(request, "resources/import_new.html", form.status, form=form)


async def import_(request: Request) -> Response:
    """One import: how far it is, what came of it, and the report."""
    row = await queries.import_for(request.user, request.path_params["key"])
    outcome = choice(request, "outcome", list(Outcome))
    page = await queries.import_rows(
        request.user, row["id"], Outcome(outcome) if outcome else None, request.query_params.get("after", "")
    )
    answer = render(
        request,
        "resources/import.html",
        imported=row,
        rows=page.rows,
        after=page.after,
        outcome=outcome,
        outcomes=WOULD_BE if row["dry_run"] else OUTCOMES,
        may_start=row["dry_run"] and row["state"] is ImportState.DONE and bool(row["file"]) and _any(row),
    )
    if row["at_work"]:
        # the browser looks again by itself, without a script
        answer.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return answer


async def report(request: Request) -> Response:
    """The report as a table to take away."""
    row = await queries.import_for(request.user, request.path_params["key"])
    outcome = choice(request, "outcome", list(Outcome))
    rows = await queries.report_of(request.user, row["id"], Outcome(outcome) if outcome else None)
    names = WOULD_BE if row["dry_run"] else OUTCOMES
    return csv_answer(
        f"{Path(row['name']).stem or 'import'} report.csv",
        ["Number", "What became of it", "Title", "About", "Why"],
        [[each["number"], names[each["outcome"]], each["title"], each["line"], each["reason"]] for each in rows],
    )


async def go_ahead(request: Request) -> Response:
    """Bring in what was looked at."""
    return await _done(request, actions.go_ahead, "The records are being brought in.")


async def go_on(request: Request) -> Response:
    """Begin again where an import was broken off."""
    return await _done(request, actions.go_on, "The import goes on where it was.")


async def take_back(request: Request) -> Response:
    """Take back what an import added."""
    key = request.path_params["key"]
    try:
        number = await actions.take_back(key, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
    else:
        gone = "1 resource is" if number == 1 else f"{number:,} resources are"
        say(request, f"Taken back: {gone} offered no longer. Import the file again to bring back what was in it.")
    return see_other(request, "resources.import_", key=key)


async def _done(request: Request, act: Any, sentence: str) -> Response:
    key = request.path_params["key"]
    try:
        await act(key, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
    else:
        say(request, sentence, kind="note")
    return see_other(request, "resources.import_", key=key)


def _any(row: dict[str, Any]) -> bool:
    return bool(row["added"] or row["changed"])


async def _taken(request: Request, form: UploadForm) -> str:
    """Keep the file under a name of our own and queue the import. Returns the import's key. Raises Refused."""
    sent = form.file.data
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise Refused("Choose a file.", about="file")
    body = await sent.read()
    if not body:
        raise Refused("The file is empty.", about="file")
    name = new_key()
    path = uploads(request.app.settings.data_folder) / name
    await asyncio.to_thread(_keep, path, body)
    try:
        return await actions.start_import(Path(sent.filename).name, name, form.key, by=request.user)
    except BaseException:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise


def _keep(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
