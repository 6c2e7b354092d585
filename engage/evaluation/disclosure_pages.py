"""The pages of what has left: to whom, when, which kind of data, how much, under which agreement (ADM03)."""

from starlette.requests import Request
from starlette.responses import Response

from engage import dates
from engage.evaluation import endpoint_actions as actions
from engage.evaluation import endpoint_queries as queries
from engage.people.rules import Role
from engage.web.forms import day_of, words
from engage.web.render import render, say, see_other
from engage.web.tables import csv_answer

HEAD = ("Day", "Receiver", "Kind of data", "Statements", "Agreement", "School")


async def disclosed(request: Request) -> Response:
    """What left the school, the last day first, and whom to ask to delete something."""
    rows = await queries.disclosed(request.user, queries.SHOWN + 1, before=day_of(words(request, "before", 10)))
    more = len(rows) > queries.SHOWN
    if more:
        # a day stands on one page, for the next page begins with the day before
        whole = [row for row in rows if row["on"] != rows[-1]["on"]]
        rows = whole or rows
    today = dates.today(request.user.school.zone)
    return render(
        request,
        "evaluation/disclosed.html",
        rows=rows,
        before=rows[-1]["on"] if more else None,
        now=await queries.receivers_of_school(request.user, today),
        recalls=await queries.recalls_of(request.user),
        sets_receivers=Role.DISTRICT_ADMIN in request.user.roles,
    )


async def disclosed_csv(request: Request) -> Response:
    """The same as a table to take away; it holds no name of a student."""
    rows = await queries.disclosed(request.user, queries.TAKEN_OUT)
    columns = ("on", "receiver", "kind", "number", "under")
    school = request.user.school.name
    return csv_answer("what has left.csv", HEAD, [[*(row[name] for name in columns), school] for row in rows])


async def settle_recall(request: Request) -> Response:
    """A receiver said that it deleted what it held of somebody who was erased here."""
    await actions.settle_recall(request.path_params["key"], by=request.user)
    say(request, "It is written down that it was deleted there, too.")
    return see_other(request, "evaluation.disclosed")
