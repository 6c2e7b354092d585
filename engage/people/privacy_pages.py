"""The privacy desk: the public notice, one's own copy, erasing, and for how long things are kept."""

import asyncio
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import NotAllowed, Refused
from engage.people import erasing, exporting, privacy_queries, records, retention
from engage.people.glass_rules import ACTS
from engage.people.models import Person
from engage.people.privacy_forms import AskErasureForm, EraseForm, RetentionForm
from engage.people.register_rules import Limits
from engage.people.retention_rules import in_words
from engage.people.rules import named
from engage.web.forms import words
from engage.web.proving import to_prove
from engage.web.render import render, say, see_other
from engage.web.sessions import proved
from engage.web.tables import attachment, csv_answer

REGISTER_HEAD = ("table", "column", "of a person", "what it is for", "how long", "taken out in", "when erased")


async def privacy(request: Request) -> Response:
    """What is held, for how long and who sees it, from the register and the school's settings; for everybody."""
    limits = await privacy_queries.limits_of(request.user.school.id)
    runs = await privacy_queries.last_runs(request.user.school.id, 1)
    return render(
        request,
        "people/privacy.html",
        topics=privacy_queries.held(request.app.register, limits),
        limits=limits,
        last=runs[0]["at"] if runs else None,
        broken=await privacy_queries.glass_of_year(request.user),
        acts=ACTS,
        going_out=await request.app.goes_out(request.user),
    )


async def kept_for(request: Request) -> Response:
    """For how long the school keeps things (ADM02), and what was taken away of late."""
    if not request.user.may("ADM02"):
        raise NotAllowed("ADM02")
    now = await privacy_queries.limits_of(request.user.school.id)
    form = await RetentionForm.read(request, **asdict(now))
    if form.complete:
        try:
            changed = await retention.shorten(Limits(**form.values), by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "It is kept for a shorter time from now on." if changed else "Nothing was changed.")
            return see_other(request, "people.kept_for")
    runs = await privacy_queries.last_runs(request.user.school.id)
    return render(request, "people/kept_for.html", form.status, form=form, runs=runs, limits=now)


async def register_csv(request: Request) -> Response:
    """The whole register, a line for each column of each table."""
    kept = await privacy_queries.limits_of(request.user.school.id)
    rows = [
        (one.table, one.name, one.personal, one.purpose, in_words(one.kept, kept), one.exporter, one.eraser)
        for table in request.app.register
        for one in table.entries()
    ]
    return csv_answer("register.csv", REGISTER_HEAD, rows)


async def own_record(request: Request) -> Response:
    """A copy of what is held of oneself (LOG08): one press, and it comes; a card alone is not enough for it (L3)."""
    if request.method == "POST":
        if request.user.by_card or (request.user.is_staff and not proved(request)):
            return to_prove(request)
        token = await records.ask_for_record(by=request.user)
        return see_other(request, "people.own_record_file", token=token)
    return render(
        request,
        "people/own_record.html",
        asked=await privacy_queries.erasure_of(request.user, request.user.id),
        taught=await privacy_queries.students_taught(request.user),
    )


async def own_record_file(request: Request) -> Response:
    """The copy itself, once and in the session that asked for it."""
    person = await records.use_link(request.path_params["token"], by=request.user)
    return await record_file(request, person, "my-record.zip")


async def record_file(request: Request, person: Person, name: str) -> Response:
    """What is held of somebody, as a download."""
    record = await exporting.record_of(request.app.register, person)
    whose = named(person.name, person.letter)
    body = await asyncio.to_thread(exporting.zipped, record, request.app.register, whose, dates.now())
    return Response(body, media_type="application/zip", headers={"Content-Disposition": attachment(name)})


async def ask_to_be_erased(request: Request) -> Response:
    """A student asks that everything be erased; an admin decides (LOG10)."""
    if request.user.by_card:
        return to_prove(request)
    return await _ask(request, await privacy_queries.student_of(request.user, request.user.key), "people.own_record")


async def ask_erasure(request: Request) -> Response:
    """A teacher asks that a student of an own class be erased; an admin decides (LOG10)."""
    student = await privacy_queries.student_taught(request.user, request.path_params["student"])
    return await _ask(request, student, "people.me")


async def _ask(request: Request, student: Person, after: str) -> Response:
    form = await AskErasureForm.read(request)
    if form.complete:
        try:
            await records.ask_erasure(student, form.reason.data or "", by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "You asked. An admin of the school decides.")
            return see_other(request, after)
    own = student.id == request.user.id
    return render(request, "people/ask_erasure.html", form.status, form=form, student=student, own=own)


async def find_record(request: Request) -> Response:
    """The records of students: what was asked for, and a search by name."""
    asked = await privacy_queries.erasures_asked(request.user)
    wanted = words(request, "q")
    found = await privacy_queries.students_named(request.user, wanted)
    return render(request, "people/find_record.html", asked=asked, wanted=wanted, found=found)


async def show_record(request: Request) -> Response:
    """One student's record: erase it now (LOG10), or ask for a copy of it."""
    person = await privacy_queries.student_named(request.user, request.path_params["student"])
    form = await EraseForm.read(request)
    if form.sent and not proved(request):
        return to_prove(request)
    if form.complete:
        settings = request.app.settings
        await erasing.erase(
            request.app.register,
            request.user.school.id,
            person.id,
            settings.secret_key,
            settings.data_folder,
            request.user,
        )
        say(request, "The student is erased.")
        return see_other(request, "people.find_record")
    asked = await privacy_queries.erasure_of(request.user, person.id)
    return render(request, "people/show_record.html", form.status, form=form, student=person, asked=asked)


async def refuse_erasure(request: Request) -> Response:
    """Do not erase somebody as it was asked."""
    person = await privacy_queries.student_named(request.user, request.path_params["student"])
    await records.refuse_erasure(person, by=request.user)
    say(request, "The student stays.")
    return see_other(request, "people.find_record")
