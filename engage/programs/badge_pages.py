"""The badges of a program on the desk: a new one, another rule for one, and what it looks like meanwhile."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engage.errors import NotFound, Refused
from engage.programs import badge_actions, queries, running_queries
from engage.programs.awards import read_rule
from engage.programs.badge_forms import BadgeForm, badge_form, preset_of_badge
from engage.programs.queries import Terms
from engage.programs.rule_forms import MORE_ROWS, MOST_ROWS, rows_asked, rows_for
from engage.programs.rule_words import choices
from engage.programs.sure_pages import drop_if_sure, sure
from engage.programs.windows import window_warnings
from engage.web.forms import sent_form
from engage.web.render import render, say, see_other


async def add_badge(request: Request) -> Response:
    """One more badge."""
    return await _badge(request, await running_queries.terms_to_run(request.user, request.path_params["key"]), None)


async def change_badge(request: Request) -> Response:
    """Change a badge."""
    terms = await running_queries.terms_to_run(request.user, request.path_params["key"])
    row = next((row for row in terms.badges if row["key"] == request.path_params["badge"]), None)
    if row is None:
        raise NotFound(request.path_params["badge"])
    return await _badge(request, terms, row)


async def _badge(request: Request, terms: Terms, row: Any) -> Response:
    reader, program = request.user, terms.program
    form = await _form(request, terms, row)
    if form.pressed:
        # a button that keeps nothing was pressed: what is not filled in yet is no mistake
        return _page(request, form, terms, row)
    if form.complete:
        try:
            asked, key, made = form.asked(), row["key"] if row else "", form.key

            async def put(form_key: str = "") -> tuple[str, ...]:
                return await badge_actions.put_badge(program["key"], key, reader, **asked, form_key=form_key)

            kept = await sure(form, program, reader, put, lambda: put(made))
        except Refused as refused:
            form.refuse(refused)
        else:
            if kept:
                say(request, "The badge is kept.")
                if warnings := _warnings(terms, key, asked["rule"]):
                    say(request, " ".join(warnings), kind="care")
                return see_other(request, "programs.edit", key=program["key"])
    return _page(request, form, terms, row)


async def _form(request: Request, terms: Terms, row: Any) -> BadgeForm:
    others = [each for each in terms.badges if row is None or each["key"] != row["key"]]
    offered = choices(terms.challenges, others, [each for each in terms.activities if each["gone_on"] is None])
    rows = rows_for(row["rule"] if row else "")
    if request.method == "POST":
        sent = await sent_form(request)
        rows = rows_asked(str(sent.get("rows", "")))
        rows = min(rows + MORE_ROWS, MOST_ROWS) if sent.get("more") else rows
    form: BadgeForm = await badge_form(offered, rows).read(request, **(preset_of_badge(row) if row else {}))
    form.rows.data = str(rows)
    return form


def _page(request: Request, form: BadgeForm, terms: Terms, row: Any) -> Response:
    if form.pressed:
        for field in form:
            field.errors = []
        form.form_errors = []
        form.valid = True
    return render(
        request,
        "programs/badge.html",
        form.status,
        form=form,
        program=terms.program,
        badge=row,
        seal=form.seal(),
        warnings=_warnings(terms, row["key"], row["rule"]) if row else (),
        most=form.count >= MOST_ROWS,
    )


def _warnings(terms: Terms, key: str, rule: str) -> tuple[str, ...]:
    """What to tell about windows of badges, this one among them."""
    rules = {row["key"]: read_rule(row["rule"]) for row in terms.badges}
    return window_warnings(rules | {key: read_rule(rule)})


async def drop_badge(request: Request) -> Response:
    """Take a badge out of the program."""
    reader, key = request.user, request.path_params["key"]
    program = await queries.program_to_run(reader, key)

    async def drop() -> str:
        return await badge_actions.drop_badge(key, request.path_params["badge"], reader)

    return await drop_if_sure(request, program, drop)
