"""The pages of frameworks: what the library judges itself by, in the school's own words where it likes."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import NotFound, Refused
from engage.evaluation import framework_actions as actions
from engage.evaluation import framework_queries as queries
from engage.evaluation import rules
from engage.evaluation.framework import BEST, Criterion
from engage.evaluation.framework_files import written
from engage.evaluation.framework_forms import CriterionForm, FrameworkFileForm, NewFrameworkForm, TitleForm, preset
from engage.evaluation.indicators import ALL
from engage.evaluation.rules import Level
from engage.web.cache import answer
from engage.web.forms import number_in, sent_file
from engage.web.render import render, say, see_other
from engage.web.tables import attachment


async def frameworks(request: Request) -> Response:
    """The frameworks that a cycle can be judged by."""
    own = await queries.frameworks_for(request.user)
    return render(request, "evaluation/frameworks.html", own=own, best=BEST, may_plan=rules.may_plan(request.user))


async def framework(request: Request) -> Response:
    """One framework: its criteria with their four steps."""
    key = request.path_params["key"]
    found = await queries.framework_for(request.user, key)
    may_plan = rules.may_plan(request.user) and key != queries.DEFAULT
    return render(
        request,
        "evaluation/framework.html",
        key=key,
        framework=found,
        levels=list(Level),
        may_plan=may_plan,
        titles={one.name: one.title for one in ALL},
    )


async def framework_json(request: Request) -> Response:
    """A framework to take away, and to bring in elsewhere."""
    found = await queries.framework_for(request.user, request.path_params["key"])
    name = attachment(f"{found.title}.json")
    return answer(request, written(found), "application/json", Content_Disposition=name)


async def new_framework(request: Request) -> Response:
    """Copy a framework, or begin with nothing; or bring one in."""
    rules.check_planner(request.user)
    own = await queries.frameworks_for(request.user)
    first = ("best", f"A copy of {BEST.title}")
    copies = [(key, title if key == "best" else f"A copy of {title}") for key, title in queries.choices_of(own, first)]
    offered = {"source": [*copies, ("", "Nothing: I write all of it")]}
    form = await NewFrameworkForm.read(request, offered, source="best")
    if form.complete:
        try:
            key = await actions.start_framework(
                form.title.data, form.source.data or "", by=request.user, form_key=form.key
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            say(request, f"“{form.title.data}” is made. Change it as you like; cycles that run keep their words.")
            return see_other(request, "evaluation.framework", key=key)
    return render(request, "evaluation/new_framework.html", form.status, form=form)


async def bring_framework(request: Request) -> Response:
    """Bring in a framework as JSON."""
    rules.check_planner(request.user)
    form = await FrameworkFileForm.read(request)
    wrong: list[str] = []
    if form.complete:
        try:
            _, body = await sent_file(form.file)
            key, wrong = await actions.bring_framework(body, by=request.user, form_key=form.key)
        except Refused as refused:
            form.refuse(refused)
        else:
            if key:
                say(request, "The framework is brought in.")
                return see_other(request, "evaluation.framework", key=key)
            form.refuse(Refused("Nothing was brought in. See below what to mend.", about="file"))
    return render(request, "evaluation/bring_framework.html", form.status, form=form, refusals=wrong)


async def edit_framework(request: Request) -> Response:
    """Give a framework another title."""
    rules.check_planner(request.user)
    row = await actions.framework_row(request.user, request.path_params["key"])
    form = await TitleForm.read(request, title=row.title, seen=str(row.version))
    if form.complete:
        try:
            seen = number_in(form.seen.data or "") or 0
            await actions.rename_framework(row.key, form.title.data, by=request.user, seen=seen)
        except Refused as refused:
            form.refuse(refused)
            form.seen.data = str(row.version)
        else:
            say(request, "The framework has its new title.")
            return see_other(request, "evaluation.framework", key=row.key)
    return render(request, "evaluation/edit_framework.html", form.status, form=form, framework=row)


async def new_criterion(request: Request) -> Response:
    """Write a criterion."""
    return await _criterion(request, "")


async def edit_criterion(request: Request) -> Response:
    """Change a criterion."""
    return await _criterion(request, request.path_params["code"])


async def _criterion(request: Request, code: str) -> Response:
    rules.check_planner(request.user)
    row = await actions.framework_row(request.user, request.path_params["key"])
    framework = await queries.framework_for(request.user, row.key)
    found = framework.criterion(code) if code else None
    if code and found is None:
        raise NotFound(code)
    filled: dict[str, Any] = preset(found) if found else {}
    if found is None and framework.criteria:
        filled = {"group": framework.criteria[-1].group}
    offered = {"indicators": [(one.name, one.title) for one in ALL]}
    form = await CriterionForm.read(request, offered, **filled, seen=str(row.version))
    theirs: Criterion | None = None
    if form.complete:
        try:
            seen = number_in(form.seen.data or "") or 0
            await actions.keep_criterion(row.key, code, form.criterion, by=request.user, seen=seen)
        except Refused as refused:
            form.refuse(refused)
            theirs = found if form.seen.data != str(row.version) else None
            form.seen.data = str(row.version)
        else:
            say(request, "The criterion is kept.")
            return see_other(request, "evaluation.framework", key=row.key)
    return render(
        request, "evaluation/edit_criterion.html", form.status, form=form, framework=row, changing=code, theirs=theirs
    )


async def drop_criterion(request: Request) -> Response:
    """Take a criterion out of a framework."""
    key, code = request.path_params["key"], request.path_params["code"]
    await actions.drop_criterion(key, code, by=request.user)
    say(request, "The criterion is taken out. Cycles that began with it keep it.")
    return see_other(request, "evaluation.framework", key=key)


async def delete_framework(request: Request) -> Response:
    """Delete a framework."""
    title = await actions.delete_framework(request.path_params["key"], by=request.user)
    say(request, f"“{title}” is deleted. Cycles that began with it keep its words.")
    return see_other(request, "evaluation.frameworks")
