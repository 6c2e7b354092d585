"""The report of a cycle, live or frozen: as a page, on paper, and as files; all made from the one report."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.evaluation import actions, queries
from engage.evaluation.pages import built, shown
from engage.evaluation.prose import draft
from engage.evaluation.report import Report, from_json
from engage.evaluation.survey_rules import moved
from engage.evaluation.taking_away import paper_of, withheld, workbook
from engage.outside.typeset import press_in
from engage.web.cache import answer
from engage.web.paper import Paper, paper_for
from engage.web.render import render, say, see_other, template_folder
from engage.web.tables import attachment, csv_answer

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Give = Callable[[Request, Report, str], Awaitable[Response]]


async def report(request: Request) -> Response:
    """The whole report: its sentences, each tied to its figure, and all that they are made from."""
    return _page(request, await built(request))


async def frozen(request: Request) -> Response:
    """A report as it was on the day on which it was frozen."""
    key = request.path_params["key"]
    return _page(request, await _kept(request), key)


def _page(request: Request, made: Report, frozen: str = "") -> Response:
    return render(
        request,
        "evaluation/report.html",
        **shown(made),
        sections=draft(made),
        withheld=withheld(made),
        moved=moved,
        frozen=frozen,
    )


async def _kept(request: Request) -> Report:
    kept = await queries.frozen_for(request.user, request.path_params["cycle"], request.path_params["key"])
    return from_json(kept.content)


async def report_csv(request: Request) -> Response:
    """The figures as a table to take away."""
    return await _csv(request, await built(request), "")


async def report_json(request: Request) -> Response:
    """The whole report as JSON."""
    return await _json(request, await built(request), "")


async def report_xlsx(request: Request) -> Response:
    """The whole report as a workbook."""
    return await _xlsx(request, await built(request), "")


async def report_pdf(request: Request) -> Response:
    """The whole report on paper."""
    return await _pdf(request, await built(request), "")


async def frozen_csv(request: Request) -> Response:
    """The figures of a frozen report."""
    return await _csv(request, await _kept(request), " frozen")


async def frozen_json(request: Request) -> Response:
    """A frozen report as JSON."""
    return await _json(request, await _kept(request), " frozen")


async def frozen_xlsx(request: Request) -> Response:
    """A frozen report as a workbook."""
    return await _xlsx(request, await _kept(request), " frozen")


async def frozen_pdf(request: Request) -> Response:
    """A frozen report on paper."""
    return await _pdf(request, await _kept(request), " frozen")


async def _csv(request: Request, made: Report, which: str) -> Response:
    head, *rows = made.to_csv_rows()
    return csv_answer(f"Evaluation {made.cycle}{which}.csv", head, rows)


async def _json(request: Request, made: Report, which: str) -> Response:
    name = attachment(f"Evaluation {made.cycle}{which}.json")
    return answer(request, made.to_text(), "application/json", Content_Disposition=name)


async def _xlsx(request: Request, made: Report, which: str) -> Response:
    # writing a workbook takes a moment in which other pages need not wait
    body = await asyncio.to_thread(workbook, made)
    name = attachment(f"Evaluation {made.cycle}{which}.xlsx")
    return answer(request, body, XLSX, Content_Disposition=name)


async def _pdf(request: Request, made: Report, which: str) -> Response:
    school = request.user.school
    asked = request.query_params.get("paper")
    paper = Paper(asked) if asked in set(Paper) else paper_for(school.zone)
    data = paper_of(made, school.language, paper, school.zone)
    body = await press_in(template_folder() / "paper").pdf("report", data, made.as_of)
    name = attachment(f"Evaluation {made.cycle}{which}.pdf")
    return answer(request, body, PDF, Content_Disposition=name)


async def freeze(request: Request) -> Response:
    """Keep today's report as it is."""
    cycle = await queries.cycle_for(request.user, request.path_params["cycle"])
    kept = await actions.freeze(cycle, await built(request), by=request.user)
    on = dates.spoken(dates.on(kept.at, request.user.school.zone))
    say(request, f"The report of {on} is frozen. It stays as it is.")
    return see_other(request, "evaluation.frozen", cycle=cycle.slug, key=kept.key)
