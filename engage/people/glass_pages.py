"""Breaking the glass: asking, being the second person, and taking out a full record (ADM05, ADM06, LOG09)."""

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import NotFound, Refused
from engage.people import glass, privacy_queries, records
from engage.people.glass_rules import ACTS
from engage.people.models import Person
from engage.people.privacy_forms import DecideForm, GlassForm
from engage.people.privacy_pages import record_file
from engage.people.rules import Scope
from engage.web.forms import words
from engage.web.proving import to_prove
from engage.web.render import render, say, see_other
from engage.web.routing import path_for
from engage.web.sessions import proved


async def glasses(request: Request) -> Response:
    """What others ask and wait for a second person, and what one asked oneself."""
    reader = request.user
    if not reader.may("ADM06", Scope.SCHOOL):
        raise NotFound("glass")
    return render(
        request,
        "people/glasses.html",
        waiting=await privacy_queries.glass_to_decide(reader),
        own=await privacy_queries.own_glass(reader),
        may_ask=reader.answers("ADM05", Scope.SCHOOL) in ("Q", "Y"),
        acts=ACTS,
        form=await DecideForm.read(request),
    )


async def ask_glass(request: Request) -> Response:
    """Ask, with a reason, to see what only the student sees."""
    person = await privacy_queries.student_named(request.user, words(request, "student"))
    form = await GlassForm.read(request)
    if form.complete:
        try:
            await glass.ask(form.act.data, person.key, form.reason.data, form.key, by=request.user)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "You asked. Somebody else has to agree; then it is open for 24 hours.")
            return see_other(request, "people.glasses")
    return render(request, "people/ask_glass.html", form.status, form=form, student=person)


async def decide_glass(request: Request) -> Response:
    """Agree as the second person, or not."""
    form = await DecideForm.read(request)
    if form.complete:
        try:
            await glass.decide(request.path_params["key"], form.agreed.data == "yes", by=request.user)
        except Refused as refused:
            say(request, refused.sentence, "care")
        else:
            say(request, "You agreed." if form.agreed.data == "yes" else "You did not agree.")
    return see_other(request, "people.glasses")


async def close_glass(request: Request) -> Response:
    """Close one's own glass, or take the asking back."""
    await glass.close(request.path_params["key"], by=request.user)
    say(request, "It is closed.")
    return see_other(request, "people.glasses")


async def full_record(request: Request) -> Response:
    """One student's full record, for a parent's right of access (LOG09)."""
    row = await privacy_queries.open_glass(request.user, request.path_params["key"], ["LOG09"])
    if not proved(request):
        return to_prove(request, path_for(request, "people.glasses"))
    person = await Person.get(school_id=request.user.school.id, id=row["student_id"])
    await glass.note_use(row, by=request.user)
    await records.noted("one full record", 1, by=request.user)
    return await record_file(request, person, "record.zip")
