"""The pages of rosters: a file is sent, its preview looked at, applied or given up."""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import Refused
from engage.people import records, roster_applying, roster_asking, roster_queries, roster_taking_back
from engage.people.roster_forms import ApplyForm, RosterForm
from engage.people.roster_rules import Outcome, What, counted
from engage.people.roster_staging import Coming, stage
from engage.people.rules import grade_name
from engage.web.forms import choice, sent_file
from engage.web.proving import to_prove
from engage.web.render import render, say, see_other
from engage.web.routing import path_for
from engage.web.sessions import proved
from engage.web.tables import csv_answer

WOULD = {
    Outcome.ADDED: "New",
    Outcome.CHANGED: "Will change",
    Outcome.GONE: "Will go",
    Outcome.REFUSED: "Refused",
    Outcome.NOTED: "Odd",
}
WAS = {**WOULD, Outcome.ADDED: "Added", Outcome.CHANGED: "Changed", Outcome.GONE: "Gone"}
THINGS = {
    What.PERSON: "Person",
    What.CLASS: "Class",
    What.MEMBER: "Place in a class",
    What.FILE: "The file",
    What.SCHOOL: "School",
}
KINDS = {"added": "good", "changed": "info", "gone": "warn", "refused": "bad"}


async def rosters(request: Request) -> Response:
    """The rosters that came for the school, the newest first."""
    page = await roster_queries.imports(request.user, request.query_params.get("after", ""))
    return render(request, "people/rosters.html", imports=page.rows, after=page.after)


async def new_roster(request: Request) -> Response:
    """Send a roster; nothing changes before somebody has seen what would."""
    roster_queries.check_may_import(request.user)
    form = await RosterForm.read(request)
    if form.complete:
        try:
            key = await _taken(request, form)
        except Refused as refused:
            form.refuse(refused)
        else:
            return see_other(request, "people.roster", key=key)
    return render(request, "people/roster_new.html", form.status, form=form)


async def _taken(request: Request, form: RosterForm) -> str:
    """Read what was sent and keep what it would change; the file itself is not kept. Raises Refused."""
    name, body = await sent_file(form.file)
    file, digest = roster_asking.unnamed(body)
    coming = Coming(
        name=name,
        file=file,
        digest=digest,
        org=form.values["org"] or "",
        whole=bool(form.values["whole"]),
        by_id=request.user.id,
    )
    with file:
        return await stage(request.user.school.id, coming, request.app.settings.secret_key)


async def roster(request: Request) -> Response:
    """One roster: what would come of it, or what came."""
    return await _shown(request, await ApplyForm.read(request) if request.method == "GET" else ApplyForm())


async def _shown(request: Request, form: ApplyForm) -> Response:
    row = await roster_queries.import_for(request.user, request.path_params["key"])
    if not proved(request):
        return _to_prove(request)
    outcome = choice(request, "outcome", list(Outcome))
    page = await roster_queries.rows_of(
        request.user, row["id"], Outcome(outcome) if outcome else None, request.query_params.get("after", "")
    )
    why = await roster_queries.why_stays(request.user.school.id, row["id"]) if row["done"] else ""
    return render(
        request,
        "people/roster.html",
        form.status,
        form=form,
        imported=row,
        rows=page.rows,
        after=page.after,
        outcome=outcome,
        outcomes=WOULD if row["waits"] else WAS,
        things=THINGS,
        kinds=KINDS,
        grade_name=grade_name,
        back=await roster_queries.back_of(request.user, row["key"]) if row["done"] and not why else None,
        stays=why,
    )


def _to_prove(request: Request) -> Response:
    return to_prove(request, path_for(request, "people.roster", key=request.path_params["key"]))


async def apply_roster(request: Request) -> Response:
    """Apply a roster, whole; it gives roles, so who one is has to be proved of late."""
    roster_queries.check_may_import(request.user)
    if not proved(request):
        return _to_prove(request)
    form = await ApplyForm.read(request)
    key, school_id = request.path_params["key"], request.user.school.id
    try:
        await roster_applying.apply(school_id, key, by=request.user, yes=bool(form.values["yes"]))
    except Refused as refused:
        if refused.about == "yes":
            form.refuse(refused)
            return await _shown(request, form)
        say(request, refused.sentence, kind="care")
    else:
        say(request, "The roster is applied. What it did stands here.")
    return see_other(request, "people.roster", key=key)


async def take_roster_back(request: Request) -> Response:
    """Take a roster back that was applied; it takes and gives roles, so who one is has to be proved of late."""
    roster_queries.check_may_import(request.user)
    if not proved(request):
        return _to_prove(request)
    key = request.path_params["key"]
    try:
        stay = await roster_taking_back.take_back(request.user.school.id, key, by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
    else:
        more = f" {counted(stay, 'person', 'people')} changed by hand since stay as they are." if stay else ""
        say(request, f"The roster is taken back.{more}")
    return see_other(request, "people.roster", key=key)


async def give_up_roster(request: Request) -> Response:
    """Throw the preview of a roster away."""
    roster_queries.check_may_import(request.user)
    try:
        await roster_applying.give_up(request.user.school.id, request.path_params["key"], by=request.user)
    except Refused as refused:
        say(request, refused.sentence, kind="care")
    else:
        say(request, "Nothing was changed, and nothing of the file is kept.")
    return see_other(request, "people.rosters")


async def roster_report(request: Request) -> Response:
    """The rows of a roster as a table to take away."""
    row = await roster_queries.import_for(request.user, request.path_params["key"])
    if not proved(request):
        return _to_prove(request)
    outcome = choice(request, "outcome", list(Outcome))
    found = await roster_queries.report_of(request.user.school.id, row["id"], *([Outcome(outcome)] if outcome else []))
    await records.noted("rows of a roster", len({row["about"] for row in found}), by=request.user)
    return csv_answer(f"{Path(row['name']).stem or 'roster'} report.csv", HEAD, table_of(found, row["waits"]))


HEAD = ("What", "What becomes of it", "Who or which", "File", "Line", "Why, or what was odd")


def table_of(found: list[dict[str, Any]], waits: bool) -> list[list[str | int]]:
    """Rows of a report as a table."""
    words = WOULD if waits else WAS
    return [
        [THINGS[row["what"]], words[row["outcome"]], row["about"], row["file"], row["line"] or "", row["why"]]
        for row in found
    ]
