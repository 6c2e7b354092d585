"""The pages of what stands beside a criterion: evidence of three kinds, and actions with what came of them."""

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.errors import NotFound, Refused
from engage.evaluation import cycle_rules, evidence_queries, queries, rules
from engage.evaluation import evidence_actions as actions
from engage.evaluation.cycle_rules import FileKind, Proof
from engage.evaluation.evidence_queries import Frozen
from engage.evaluation.forms import ActionForm, AddressForm, EvidenceFileForm, PlanForm, ThingForm
from engage.evaluation.freezing import beside_the_last
from engage.evaluation.pages import built
from engage.evaluation.report import SURVEYS, Report
from engage.web.cache import answer
from engage.web.forms import Form, number_in, sent_file
from engage.web.render import render, say, see_other
from engage.web.tables import attachment

ENDINGS = {
    "image/webp": "A picture",
    "application/pdf": "A PDF",
}


async def add_thing(request: Request) -> Response:
    """Put something in Engage beside a criterion, frozen as it is today."""
    report, offered = await _beside(request)
    form = await ThingForm.read(request, {"what": [("", "Choose"), *offered]})
    if form.complete:
        try:
            cycle = await queries.cycle_for(request.user, report.cycle)
            steady = await beside_the_last(request.user.school.id, cycle.id, report)
            frozen = await evidence_queries.freeze_thing(request.user, steady, form.what.data)
            return await _kept(request, report, frozen, form, form.note.data or "")
        except Refused as refused:
            form.refuse(refused)
    return await _page(request, report, offered, thing=form)


async def add_file(request: Request) -> Response:
    """Put a file beside a criterion; a picture is drawn anew, anything else is given as a download only."""
    report, offered = await _beside(request)
    form = await EvidenceFileForm.read(request)
    if form.complete:
        try:
            file = await _file(form)
            frozen = Frozen(Proof.FILE, form.file_title.data or "", dates.today(request.user.school.zone), ())
            return await _kept(request, report, frozen, form, form.file_note.data or "", file=file)
        except Refused as refused:
            form.refuse(refused)
    return await _page(request, report, offered, file=form)


async def add_address(request: Request) -> Response:
    """Put a web address beside a criterion; it is never asked for by us."""
    report, offered = await _beside(request)
    form = await AddressForm.read(request)
    if form.complete:
        try:
            address = cycle_rules.check_address(form.address.data or "")
            frozen = Frozen(Proof.ADDRESS, form.page_title.data or "", dates.today(request.user.school.zone), ())
            return await _kept(request, report, frozen, form, form.page_note.data or "", address=address)
        except Refused as refused:
            form.refuse(refused)
    return await _page(request, report, offered, address=form)


async def _beside(request: Request) -> tuple[Report, list[tuple[str, str]]]:
    rules.check_planner(request.user)
    report = await built(request, (SURVEYS,))
    if report.practice.criterion(request.path_params["code"]) is None:
        raise NotFound(request.path_params["code"])
    return report, await evidence_queries.offered(request.user, report)


async def _file(form: EvidenceFileForm) -> tuple[str, FileKind, bytes]:
    called, body = await sent_file(form.file)
    kind = cycle_rules.kind_of_file(called, body)
    name = cycle_rules.file_name(called, kind)
    return name, kind, await actions.redrawn(body) if kind.picture else body


async def _kept(
    request: Request,
    report: Report,
    frozen: Frozen,
    form: Form,
    note: str,
    *,
    address: str = "",
    file: tuple[str, FileKind, bytes] | None = None,
) -> Response:
    cycle = await queries.cycle_for(request.user, report.cycle)
    code = request.path_params["code"]
    more = {"address": address, "file": file, "by": request.user, "form_key": form.key}
    await actions.add_evidence(cycle, code, frozen, note, **more)
    say(request, "The evidence stands beside the criterion, as it is today.")
    return see_other(request, "evaluation.criterion", cycle=report.cycle, code=code)


async def _page(request: Request, report: Report, offered: list[tuple[str, str]], **forms: Form) -> Response:
    """One page with three forms; the one that was sent is filled, and says what is wrong with it."""
    empty: dict[str, Form] = {"thing": ThingForm(), "file": EvidenceFileForm(), "address": AddressForm()}
    empty["thing"]["what"].choices = [("", "Choose"), *offered]
    known = {**empty, **forms}
    (sent,) = forms.values()
    return render(
        request,
        "evaluation/add_evidence.html",
        sent.status,
        report=report,
        criterion=report.practice.criterion(request.path_params["code"]),
        form=sent,
        thing=known["thing"],
        file=known["file"],
        address=known["address"],
        most=cycle_rules.LARGEST_FILE // 1024 // 1024,
    )


async def evidence(request: Request) -> Response:
    """A piece of evidence as it was on its day."""
    reader = request.user
    cycle = await queries.cycle_for(reader, request.path_params["cycle"])
    piece, number = await evidence_queries.piece_for(reader, cycle, request.path_params["key"])
    file = await evidence_queries.file_for(reader, number) if piece.file else None
    kind = ENDINGS.get(file.media_type, "A document") if file else ""
    return render(
        request,
        "evaluation/evidence.html",
        cycle=cycle,
        piece=piece,
        file=file,
        kind=kind,
        may_plan=rules.may_plan(reader) and cycle.locked_at is None,
    )


async def evidence_file(request: Request) -> Response:
    """The file of a piece of evidence, as a download and never as a page (SAFETY.md, U6)."""
    cycle = await queries.cycle_for(request.user, request.path_params["cycle"])
    _, number = await evidence_queries.piece_for(request.user, cycle, request.path_params["key"])
    file = await evidence_queries.file_for(request.user, number)
    return answer(request, bytes(file.body), file.media_type, Content_Disposition=attachment(file.name))


async def remove_evidence(request: Request) -> Response:
    """Take a piece of evidence away."""
    cycle = await queries.cycle_for(request.user, request.path_params["cycle"])
    code = await actions.remove_evidence(cycle, request.path_params["key"], by=request.user)
    say(request, "The evidence is taken away.")
    return see_other(request, "evaluation.criterion", cycle=cycle.slug, code=code)


async def plan_action(request: Request) -> Response:
    """Plan what is to be done about a criterion."""
    rules.check_planner(request.user)
    report = await built(request, ())
    code = request.path_params["code"]
    found = report.practice.criterion(code)
    if found is None:
        raise NotFound(code)
    form = await PlanForm.read(request)
    if form.complete:
        cycle = await queries.cycle_for(request.user, report.cycle)
        given = {"what": form.what.data, "who": form.who.data or "", "due_on": form.due_on.data}
        try:
            await actions.plan_action(cycle, code, **given, by=request.user, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, "The action is planned. What is still open at the end goes on into the next cycle.")
            return see_other(request, "evaluation.criterion", cycle=report.cycle, code=code)
    return render(request, "evaluation/plan_action.html", form.status, form=form, cycle=report.cycle, criterion=found)


async def change_action(request: Request) -> Response:
    """Change an action, or say what came of it."""
    rules.check_planner(request.user)
    cycle = await queries.cycle_for(request.user, request.path_params["cycle"])
    action = await evidence_queries.action_for(request.user, cycle, request.path_params["key"])
    names = ("what", "who", "due_on", "state", "outcome")
    filled = {name: getattr(action, name) for name in names}
    form = await ActionForm.read(request, **filled, seen=str(action.version))
    theirs = None
    if form.complete:
        values = {**{name: form[name].data or "" for name in names}, "due_on": form.due_on.data}
        try:
            seen = number_in(form.seen.data or "") or 0
            code = await actions.change_action(cycle, action.key, values, by=request.user, seen=seen)
        except Refused as refused:
            form.refuse(refused)
            theirs = filled if form.seen.data != str(action.version) else None
            form.seen.data = str(action.version)
        else:
            say(request, "The action is kept.")
            return see_other(request, "evaluation.criterion", cycle=cycle.slug, code=code)
    return render(
        request,
        "evaluation/change_action.html",
        form.status,
        form=form,
        cycle=cycle.slug,
        action=action,
        theirs=theirs,
    )
