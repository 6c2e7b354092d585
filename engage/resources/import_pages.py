"""Imports: a file is uploaded, looked at, brought in, and reported record by record."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import NotFound, Refused
from engage.resources import asking, import_forms, importing, marc_holdings, queries, table_fields
from engage.resources.asking import ISBN, LARGEST_UPLOAD, TITLES, Table
from engage.resources.catalogue import kept_upload, uploads
from engage.resources.import_forms import ColumnsForm, CopiesForm, StartForm, UploadForm
from engage.resources.rules import ImportState, Outcome
from engage.web.forms import choice, has_file, sent_file
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
# of a list of ISBNs, which is only asked about
FOUND = {Outcome.REFUSED: "Not found", Outcome.SAME: "Here"}
# what the records of a kind of file are called
RECORDS = {asking.MARC: "records in the file", ISBN: "ISBNs"}
# where it is said how a kind of file is read
HOW = {asking.CSV: "resources.columns", asking.MARC: "resources.copies"}
LOOK_AGAIN_SECONDS = 2
PASTED = "Pasted ISBNs"


async def imports(request: Request) -> Response:
    """All imports, the newest first."""
    page = await queries.imports(request.user, request.query_params.get("after", ""))
    return render(request, "resources/imports.html", imports=page.rows, after=page.after)


async def new_import(request: Request) -> Response:
    """Upload a file, or paste ISBNs; it is looked at before anything is written."""
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
    if importing.waits_for_columns(row["kind"], row["mapping"]):
        return see_other(request, "resources.columns", key=row["key"])
    outcome = choice(request, "outcome", list(Outcome))
    page = await queries.import_rows(
        request.user, row["id"], Outcome(outcome) if outcome else None, request.query_params.get("after", "")
    )
    unwritten = row["dry_run"] and row["state"] is ImportState.DONE and bool(row["file"])
    answer = render(
        request,
        "resources/import.html",
        imported=row,
        rows=page.rows,
        after=page.after,
        outcome=outcome,
        outcomes=_words(row),
        of_table=row["kind"] in (asking.CSV, TITLES),
        records=RECORDS.get(row["kind"], "rows in the table"),
        export=(asking.table_of(row["mapping"]).export or "a reading app") if row["kind"] == TITLES else "",
        may_start=unwritten and _any(row),
        form=StartForm(),
        how=HOW.get(row["kind"], "") if unwritten else "",
        for_list=importing.brought_things(row),
    )
    if row["at_work"]:
        # the browser looks again by itself, without a script
        answer.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return answer


async def columns(request: Request) -> Response:
    """Say what the columns of a table are."""
    row = await queries.import_for(request.user, request.path_params["key"])
    if row["kind"] != asking.CSV:
        raise NotFound(row["key"])
    table = asking.table_of(row["mapping"])
    form = await ColumnsForm.read(request, offering=import_forms.offering(table.head), **_preset(table))
    if form.complete:
        try:
            await importing.read_as(row["key"], form.columns, bool(form.values["on_shelf"]), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "Such tables are read like this from now on.")
            return see_other(request, "resources.import_", key=row["key"])
    return render(request, "resources/import_columns.html", form.status, form=form, imported=row, table=table)


async def copies(request: Request) -> Response:
    """Say how copies are written in MARC records, with what that would make of the first ones."""
    row = await queries.import_for(request.user, request.path_params["key"])
    if row["kind"] != asking.MARC:
        raise NotFound(row["key"])
    told = marc_holdings.conventions_of(row["mapping"]) or marc_holdings.USUAL
    form = await CopiesForm.read(request, **import_forms.preset(told))
    seen: list[asking.Seen] = []
    try:
        if form.sent:
            told = form.conventions
            marc_holdings.check(told)
        if form.complete and form.values["act"] == "save":
            await importing.read_copies_as(row["key"], told, by=request.user)
            say(request, "Copies are read like this from now on.")
            return see_other(request, "resources.import_", key=row["key"])
        seen = await _look_at_copies(request, row, told.mapping if form.sent else row["mapping"])
    except Refused as refused:
        form.refuse(refused)
    return render(request, "resources/import_copies.html", form.status, form=form, imported=row, seen=seen)


async def _look_at_copies(request: Request, row: dict[str, Any], mapping: str) -> list[asking.Seen]:
    """The first records of the file that was uploaded. Raises Refused."""
    path = uploads(request.app.settings.data_folder) / row["file"]
    if not row["file"] or not await asyncio.to_thread(path.is_file):
        raise Refused("The file is not kept any more. Upload it again.")
    location = await queries.location_of(request.user)
    return await asking.look_at_copies(path, location, mapping)


def _preset(table: Table) -> dict[str, Any]:
    """The form as the table was read before, else as its headings say."""
    guessed = table.guessed
    shelf = table.shelf if table.columns is not None else table_fields.says_of_shelf(guessed)
    return {"on_shelf": shelf, **{field: str(places[0]) for field, places in guessed.items() if places}}


async def report(request: Request) -> Response:
    """The report as a table to take away."""
    row = await queries.import_for(request.user, request.path_params["key"])
    outcome = choice(request, "outcome", list(Outcome))
    rows = await queries.report_of(request.user, row["id"], Outcome(outcome) if outcome else None)
    names = _words(row)
    return csv_answer(
        f"{Path(row['name']).stem or 'import'} report.csv",
        ["Line" if row["kind"] in (asking.CSV, TITLES) else "Number", "What became of it", "Title", "About", "Why"],
        [[each["number"], names[each["outcome"]], each["title"], each["line"], each["reason"]] for each in rows],
    )


async def go_ahead(request: Request) -> Response:
    """Bring in what was looked at: what can be of it, or all or nothing."""
    form = await StartForm.read(request)
    if not form.valid:
        raise NotFound("a choice that is not offered")
    act = partial(importing.go_ahead, whole=form.values["refused"] == "nothing")
    return await _done(request, act, "The records are being brought in.")


async def go_on(request: Request) -> Response:
    """Begin again where an import was broken off."""
    return await _done(request, importing.go_on, "The import goes on where it was.")


async def take_back(request: Request) -> Response:
    """Take an import back whole."""
    return await _done(request, importing.take_back, "The import is being taken back.")


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


def _words(row: dict[str, Any]) -> dict[Outcome, str]:
    """What outcomes are called on the page of an import."""
    if row["kind"] == ISBN:
        return FOUND
    return WOULD_BE if row["dry_run"] else OUTCOMES


async def _taken(request: Request, form: UploadForm) -> str:
    """Keep what was sent under a name of our own and queue the import. Returns the import's key. Raises Refused."""
    pasted = form.values["isbns"] or ""
    if pasted.strip() and not has_file(form.file):
        called, body = PASTED, pasted.encode()
    else:
        called, body = await sent_file(form.file, "Choose a file, or paste ISBNs below.")
    async with kept_upload(request.app.settings.data_folder, body) as (path, digest):
        look = asking.Look(ISBN) if called is PASTED else await asking.look_at(path, LARGEST_UPLOAD)
        return await importing.start_import(called, path.name, look, digest, form.key, by=request.user)
