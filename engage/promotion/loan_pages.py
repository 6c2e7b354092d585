"""Circulation counts on their desk: a table is uploaded, told how to be read, looked at, counted, taken back."""

import asyncio
import json
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from wtforms import DateField, FileField, SelectField, StringField
from wtforms.validators import Optional

from engage.errors import NotFound, Refused
from engage.promotion import loan_queries as queries
from engage.promotion import loans as counts
from engage.promotion.loan_reading import look_at, preview
from engage.promotion.loan_rules import FIELDS, FileKind, FileState, is_enough, of_people
from engage.resources.catalogue import kept_upload, uploads
from engage.web.forms import Form, sent_file
from engage.web.render import render, say, see_other
from engage.web.tables import csv_answer

NO_COLUMN = ("", "Not in this table")


class LoansForm(Form):
    """A table of how often things were borrowed."""

    file = FileField("Table of loans")


class ReadForm(Form):
    """What its columns are, and the days where no column says so."""

    act = StringField()
    first_day = DateField("First day of the file", [Optional()])
    last_day = DateField("Last day of the file", [Optional()])


for _field, (_words, _) in FIELDS.items():
    setattr(ReadForm, _field, SelectField(_words, default=""))


async def loans(request: Request) -> Response:
    """Upload a table, and see those that were brought in."""
    reader = request.user
    if not queries.may_bring(reader):
        raise NotFound("loans")
    form = await LoansForm.read(request)
    if form.complete:
        try:
            key = await _taken(request, form)
        except Refused as refused:
            form.refuse(refused)
        else:
            return see_other(request, "promotion.loan_file", key=key)
    return render(request, "promotion/loans.html", form.status, form=form, files=await queries.files(reader))


async def loan_file(request: Request) -> Response:
    """One table: say how it is read, look at what would come of it, bring it in; or what came of it."""
    reader = request.user
    found = await queries.file_for(reader, request.path_params["key"])
    path = uploads(request.app.settings.data_folder) / found["file"]
    head, columns = json.loads(found["head"]), json.loads(found["mapping"])
    never = set(of_people(head))
    offered = [(str(at), name or f"Column {at + 1}") for at, name in enumerate(head) if at not in never]
    offering = {name: [NO_COLUMN, *offered] for name in FIELDS}
    preset: dict[str, Any] = {name: str(at) for name, at in columns.items()}
    form = await ReadForm.read(request, offering, **preset, first_day=found["starts"], last_day=found["ends"])
    counter = found["kind"] == FileKind.COUNTER
    told, open_still = None, found["state"] == FileState.LOOKED_AT
    if form.complete and open_still:
        try:
            if form.act.data == "count":
                told = await counts.count(reader.school.id, found["key"], path)
                await asyncio.to_thread(path.unlink, missing_ok=True)
                say(request, f"{told.loans:,} loans are counted.")
            elif not counter:
                chosen = {name: int(form[name].data) for name in FIELDS if form[name].data}
                await counts.read_as(found["key"], chosen, form.first_day.data, form.last_day.data, by=reader)
            return see_other(request, "promotion.loan_file", key=found["key"])
        except Refused as refused:
            form.refuse(refused)
    elif open_still and (counter or is_enough(columns, found["starts"], found["ends"])):
        try:
            told = await preview(found, path)
        except Refused as refused:
            say(request, refused.sentence, kind="care")
    return render(
        request,
        "promotion/loan_file.html",
        form.status,
        form=form,
        fields=[form[name] for name in FIELDS],
        file=found,
        open_still=open_still,
        counter=counter,
        left_unread=json.loads(found["left_unread"]),
        told=told,
        same_days=await queries.of_same_days(reader, told) if told else [],
    )


async def loan_report(request: Request) -> Response:
    """What became of each row, as a table."""
    found = await queries.file_for(request.user, request.path_params["key"])
    rows = await queries.report_of(request.user, found["id"])
    return csv_answer(
        f"{Path(found['name']).stem or 'loans'} report.csv",
        ["Line", "Title", "First day", "Last day", "Loans", "Why it was left out"],
        [[row[name] for name in ("line", "title", "starts", "ends", "loans", "reason")] for row in rows],
    )


async def take_loans_back(request: Request) -> Response:
    """Take a table back whole."""
    key = request.path_params["key"]
    found = await queries.file_for(request.user, key)
    await counts.take_back(key, by=request.user)
    if found["file"]:
        path = uploads(request.app.settings.data_folder) / found["file"]
        await asyncio.to_thread(path.unlink, missing_ok=True)
    say(request, "It is taken back. None of its loans count.", kind="note")
    return see_other(request, "promotion.loan_file", key=key)


async def _taken(request: Request, form: LoansForm) -> str:
    """Keep what was sent under a name of our own. Returns the key of the file. Raises Refused."""
    called, body = await sent_file(form.file)
    async with kept_upload(request.app.settings.data_folder, body) as (path, digest):
        look = await look_at(path)
        return await counts.begin(called, path.name, look, digest, by=request.user, form_key=form.key)
